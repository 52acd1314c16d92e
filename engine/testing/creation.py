"""Tensors to try things with: make_tensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..api import FUNCTIONS
from ..dtypes import bool_, int64
from ..dtypes import dtype as Dtype
from ..frames import warn
from ..tensor import Tensor
from ..typeinfo import finfo, iinfo

__all__ = ["make_tensor"]


def make_tensor(
    *shape: Any,
    dtype: Dtype,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A tensor of numbers drawn evenly from [low, high), as `torch.testing.make_tensor` draws them.

    Args:
        shape: The sizes, as one sequence or one by one.
        dtype: The dtype.
        device: The CPU.
        low: The lower bound; -9 if not given (0 for what has no negative numbers).
        high: The upper bound, not included; 9 if not given, 10 for integers, 2 for bools.
        requires_grad: Whether gradients are computed for it.
        noncontiguous: Whether its elements shall not lie side by side.
        exclude_zero: Whether zeros are replaced: by 1, or the least normal number.
        memory_format: How it is laid out.

    Raises:
        ValueError: The bounds, or the options, do not go together.
    """
    whole = not (dtype.is_floating_point or dtype.is_complex)
    sizes = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], Sequence) else tuple(shape)
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"noncontiguous={noncontiguous!r} and memory_format={memory_format!r}"
        )
    if requires_grad and whole:
        raise ValueError(f"`requires_grad=True` is not supported for boolean and integral dtypes, but got dtype={dtype!r}")
    noncontiguous = noncontiguous and math.prod(sizes) > 1
    if noncontiguous:
        sizes = (*sizes[:-1], 2 * sizes[-1])
    first, end = _bounds(dtype, low, high)
    if whole:
        made = FUNCTIONS["randint"](math.ceil(first), math.ceil(end), sizes, device=device, dtype=dtype)
    else:
        made = FUNCTIONS["empty"](sizes, device=device, dtype=dtype)
        parts = FUNCTIONS["view_as_real"](made) if dtype.is_complex else made
        if end - first >= finfo(dtype).max:
            parts.uniform_(first / 2, end / 2).mul_(2)
        else:
            parts.uniform_(first, end)
    if noncontiguous:
        made = made[..., 1::2]
    elif memory_format is not None:
        made = made.clone(memory_format=memory_format)
    if exclude_zero:
        made[made == 0] = 1 if whole else finfo(dtype).tiny
    if not whole:
        made.requires_grad = requires_grad
    return made


def _bounds(dtype: Dtype, low: float | None, high: float | None) -> tuple[float, float]:
    """The bounds to draw between, within what the dtype can hold.

    Raises:
        ValueError: There is nothing between them.
    """
    least: float
    end: float
    usual: tuple[float, float]
    if dtype is bool_:
        least, end, usual = 0, 2, (0, 2)
    elif dtype.is_floating_point or dtype.is_complex:
        least, end, usual = finfo(dtype).min, finfo(dtype).max, (-9, 9)
    else:
        least, end, usual = iinfo(dtype).min, iinfo(dtype).max + (dtype is not int64), (-9, 10)
    low = usual[0] if low is None else low
    high = usual[1] if high is None else high
    if any(isinstance(value, float) and math.isnan(value) for value in (low, high)):
        raise ValueError(f"`low` and `high` cannot be NaN, but got low={low!r} and high={high!r}")
    if low == high and (dtype.is_floating_point or dtype.is_complex):
        warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 and will be "
            "removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
        )
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < least or low >= end:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), but {dtype!r} only supports [{least}, {end})"
        )
    return min(max(low, least), end), min(max(high, least), end)
