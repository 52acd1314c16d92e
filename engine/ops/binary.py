"""Functions of two operands that are not arithmetic: angles, signs, logarithms of sums, interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..api import op, overloaded
from ..history import c_name
from ..promotion import arithmetic, floating
from ..rules import fresh
from .unary import alias, real_only

__all__ = ["same_dtype"]


def same_dtype(operands: list[Any], slots: Sequence[int]) -> None:
    """Operands that must have one dtype already."""


op(
    "atan2(Tensor self, Tensor other)",
    np.arctan2,
    "the angle of the point (other, self)",
    promote=floating,
    numbers=False,
    inplace=True,
    takes="hf",
    self="grad * where((self == 0) & (other == 0), 0, other / (self * self + other * other))",
    other="grad * where((self == 0) & (other == 0), 0, -self / (self * self + other * other))",
)
alias("arctan2", "atan2")
op(
    "hypot(Tensor self, Tensor other)",
    np.hypot,
    "sqrt(self ** 2 + other ** 2)",
    promote=arithmetic,
    numbers=False,
    inplace=True,
    takes="hf",
    self="grad * self / result",
    other="grad * other / result",
)


@fresh
def copysign_backward(k: Any, grad: Any, self: Any, result: Any) -> Any:
    """1 or -1 by whether the sign changed; 0 at 0."""
    return grad * k.where(self == 0, 0, result / self)


overloaded(
    "input with the sign of other.",
    tensor=op(
        "copysign(Tensor self, Tensor other)",
        np.copysign,
        "|self| with the sign of other",
        promote=floating,
        numbers=False,
        inplace=True,
        function=False,
        takes="hf",
        self="copysign_backward(grad, self, result)",
        other="zeros_like(grad)",
    ),
    number=op(
        "copysign.Scalar(Tensor self, Scalar other)",
        np.copysign,
        "|self| with the sign of other",
        promote=floating,
        inplace=True,
        node="CopysignBackward1",
        takes="hf",
        self="copysign_backward(grad, self, result)",
    ),
)
op(
    "nextafter(Tensor self, Tensor other)",
    np.nextafter,
    "the next number after self towards other",
    promote=arithmetic,
    numbers=False,
    inplace=True,
    takes="hf",
    self="where(self != other, grad, 0)",
    other="zeros_like(grad)",
)


def _heaviside(self: Any, values: Any) -> Any:
    if self.dtype != values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return np.where(self == 0, values, self > 0).astype(self.dtype)[()]


op(
    "heaviside(Tensor self, Tensor values)",
    real_only("heaviside is not yet implemented for complex tensors.", _heaviside),
    "0 below 0, 1 above, values at 0",
    promote=same_dtype,
    numbers=False,
    inplace=True,
    node="NotImplemented",
    out="heaviside is not yet implemented for tensors with different dtypes.",
    self="not_differentiable('heaviside')",
    values="not_differentiable('heaviside')",
)

# -- logarithms and exponentials


def _logaddexp(self: Any, other: Any) -> Any:
    if self.dtype.kind != "c":
        return np.logaddexp(self, other)
    first = self.real < other.real
    small, large = np.where(first, self, other), np.where(first, other, self)
    same = ~np.isfinite(small.real) & (small.real == large.real)
    ends = np.where(small.real < 0, small, np.log(np.exp(small) + np.exp(large)))
    return np.where(same, ends, large + np.log1p(np.exp(small - large))).astype(self.dtype)[()]


op(
    "logaddexp(Tensor self, Tensor other)",
    _logaddexp,
    "log(exp(self) + exp(other))",
    promote=arithmetic,
    numbers=False,
    takes="hfc",
    self="grad / conj(1 + exp(other - self))",
    other="grad / conj(1 + exp(self - other))",
)
op(
    "logaddexp2(Tensor self, Tensor other)",
    np.logaddexp2,
    "log2(2 ** self + 2 ** other)",
    promote=arithmetic,
    numbers=False,
    takes="hf",
    self="grad / (1 + exp2(other - self))",
    other="grad / (1 + exp2(self - other))",
)


def _xlogy(self: Any, other: Any) -> Any:
    return np.where(np.isnan(other), math.nan, np.where(np.equal(self, 0), 0, self * np.log(other))).astype(
        np.result_type(self, other)
    )[()]


_XLOGY: dict[str, Any] = {"promote": floating, "takes": "hf", "kernel": "xlogy_cpu"}
overloaded(
    "input * log(other), 0 where input is 0.",
    tensor=op(
        "xlogy(Tensor self, Tensor other)",
        _xlogy,
        "self * log(other), 0 where self is 0",
        numbers=False,
        inplace=True,
        function=False,
        self="where((self == 0) & (other <= 0), 0, xlogy(grad, other))",
        other="grad * self / other",
        **_XLOGY,
    ),
    number=op(
        "xlogy.Scalar_Other(Tensor self, Scalar other)",
        _xlogy,
        "self * log(other), 0 where self is 0",
        inplace=True,
        node="XlogyBackward2",
        self="xlogy_Scalar_Other(grad, other) if other > 0 else where(self == 0, 0, xlogy_Scalar_Other(grad, other))",
        **_XLOGY,
    ),
    of_number=op(
        "xlogy.Scalar_Self(Scalar self, Tensor other)",
        _xlogy,
        "self * log(other), 0 where self is 0",
        node="XlogyBackward1",
        other="grad * self / other",
        **_XLOGY,
    ),
)
op(
    "ldexp(Tensor self, Tensor other)",
    lambda self, other: self * np.exp2(other),
    "self * 2 ** other",
    promote=floating,
    numbers=False,
    inplace=True,
    self="grad * conj(exp2(other))",
    other=f"grad * conj(result) * {math.log(2)}",
)

# -- interpolation


def _lerp(self: Any, end: Any, weight: Any) -> Any:
    # From whichever end is nearer, as ATen does.
    near = np.abs(weight) < 0.5
    return np.where(near, self + weight * (end - self), end - (end - self) * (1 - weight)).astype(self.dtype)[()]


def _lerp_operands(operands: list[Any], slots: Sequence[int]) -> None:
    """Nothing is promoted, only a 0-d weight takes the others' dtype.

    Raises:
        RuntimeError: The dtypes differ.
    """
    self, end, weight = operands
    names = [("end", end)]
    if isinstance(weight, (np.ndarray, np.generic)):
        if weight.ndim:
            names.append(("weight", weight))
        else:
            operands[2] = weight.astype(self.dtype)
    for name, operand in names:
        if operand.dtype != self.dtype:
            wanted, found = (c_name(dtypes.of_array(o)) for o in (self, operand))
            raise RuntimeError(f"expected dtype {wanted} for `{name}` but got dtype {found}")


overloaded(
    "input + weight * (end - input).",
    number=op(
        "lerp.Scalar(Tensor self, Tensor end, Scalar weight)",
        _lerp,
        "self + weight * (end - self)",
        promote=_lerp_operands,
        numbers=False,
        inplace=True,
        takes="hfc",
        kernel="lerp_kernel_scalar",
        self="grad * conj(1 - weight)",
        end="grad * conj(weight)",
    ),
    tensor=op(
        "lerp.Tensor(Tensor self, Tensor end, Tensor weight)",
        _lerp,
        "self + weight * (end - self)",
        promote=_lerp_operands,
        numbers=False,
        inplace=True,
        node="LerpBackward1",
        takes="hfc",
        kernel="lerp_kernel_tensor",
        self="grad * conj(1 - weight)",
        end="grad * conj(weight)",
        weight="grad * conj(end - self)",
    ),
)
