"""Which rows of the table are alike, as far as transforms are concerned."""

from __future__ import annotations

from typing import Final

from ..table import Op
from .level import names

__all__ = ["ELEMENTWISE", "LINEAR", "is_elementwise"]

ELEMENTWISE: Final = names(
    """
    _to_copy abs bitwise_not ceil celu clone conj contiguous copy elu elu_backward fill.Scalar floor frac gelu hardshrink
    hardsigmoid hardswish hardtanh hardtanh_backward imag isclose isfinite isinf isnan isneginf isposinf leaky_relu
    leaky_relu_backward log_sigmoid logical_not logit masked_fill.Scalar mish nan_to_num neg positive real relu relu6 round
    round.decimals sgn sign signbit silu softplus softshrink threshold threshold_backward to_dtype trunc zero
    """
)
"""Rows that work element by element although they bring their operands to no common dtype."""

LINEAR: Final = names(
    """
    _fft_c2c _fft_c2r _fft_r2c _to_copy _unsafe_view bmm clone contiguous cumsum diag_embed diag_of diagonal_copy dot flip gather
    index index_select kron masked_select mean mean.dim mm mv permute_copy real repeat roll squeeze_.dim sum sum.dim_IntList
    to_dtype trace tril triu unfold_backward select_backward slice_backward diagonal_backward gather_backward index_backward
    index_select_backward masked_select_backward conj
    """
)
"""Rows that are linear in each of their differentiable arguments (over the real numbers), beside the views."""


def _is_promoted(row: Op) -> bool:
    """Whether a row brings operands that broadcast to one dtype, and works on them element by element."""
    return row.promote is not None and not any(p.name in ("reduction", "dim", "keepdim") for p in row.schema.parameters)


def is_elementwise(row: Op) -> bool:
    """Whether a row works element by element on operands that broadcast."""
    return _is_promoted(row) or row.schema.name in ELEMENTWISE
