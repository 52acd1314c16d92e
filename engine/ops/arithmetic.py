"""Arithmetic, powers and comparisons of two operands."""

from __future__ import annotations

import operator as python
from typing import Any

import numpy as np

from ..api import OpFunction, op, operator, public
from ..promotion import arithmetic, floating
from ..tensor import Tensor, tensor_attribute

__all__ = ["add", "div", "div_scalar", "mul", "mul_scalar", "pow_", "sub"]


def _no_bools(self: Any, other: Any) -> None:
    if getattr(self, "dtype", None) == np.bool_ and (isinstance(other, bool) or getattr(other, "dtype", None) == np.bool_):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
        )


def _sub(self: Any, other: Any, alpha: Any = 1) -> Any:
    _no_bools(self, other)
    return self - other if alpha == 1 else self - alpha * other


def _rsub(self: Any, other: Any, alpha: Any = 1) -> Any:
    _no_bools(self, other)
    return other - self if alpha == 1 else other - alpha * self


def _nonzero(self: Any, other: Any) -> None:
    if np.asarray(self).dtype.kind in "iub" and np.asarray(other).dtype.kind in "iub" and not np.all(other):
        raise RuntimeError("ZeroDivisionError")


def _floor_divide(self: Any, other: Any) -> Any:
    _nonzero(self, other)
    if np.asarray(self).dtype.kind == "f" or np.asarray(other).dtype.kind == "f":
        # NumPy gives nan where PyTorch gives the infinity of the true quotient.
        return np.where(np.equal(other, 0), self / other, np.floor_divide(self, other)).astype(np.result_type(self, other))
    return np.floor_divide(self, other)


def _truncated(self: Any, other: Any) -> Any:
    _nonzero(self, other)
    if np.asarray(self).dtype.kind in "iub":
        return (np.sign(self) * np.sign(other) * (np.abs(self) // np.abs(other))).astype(np.asarray(self).dtype)
    return np.trunc(self / other)


def _remainder(self: Any, other: Any) -> Any:
    _nonzero(self, other)
    return np.remainder(self, other)


def _fmod(self: Any, other: Any) -> Any:
    _nonzero(self, other)
    return np.fmod(self, other)


def _pow(self: Any, exponent: Any) -> Any:
    if np.asarray(self).dtype.kind in "iu" and np.asarray(exponent).dtype.kind in "iu" and np.any(np.less(exponent, 0)):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return self**exponent


add = op(
    "add(Tensor self, Tensor other, *, Scalar alpha=1)",
    lambda self, other, alpha=1: self + other if alpha == 1 else self + alpha * other,
    "self + alpha * other",
    promote=arithmetic,
    short=python.add,
    inplace=True,
    self="grad",
    other="maybe_multiply(grad, conj(alpha))",
)
sub = op(
    "sub(Tensor self, Tensor other, *, Scalar alpha=1)",
    _sub,
    "self - alpha * other",
    promote=arithmetic,
    short=python.sub,
    inplace=True,
    self="grad",
    other="-maybe_multiply(grad, conj(alpha))",
)
rsub = op(
    "rsub(Tensor self, Tensor other, *, Scalar alpha=1)",
    _rsub,
    "other - alpha * self",
    promote=arithmetic,
    method=False,
    self="-maybe_multiply(grad, conj(alpha))",
    other="grad",
)
_rsub_scalar = op(
    "rsub.Scalar(Tensor self, Scalar other, *, Scalar alpha=1)",
    _rsub,
    "other - alpha * self",
    promote=arithmetic,
    node="RsubBackward1",
    self="-maybe_multiply(grad, conj(alpha))",
)
mul = op(
    "mul(Tensor self, Tensor other)",
    python.mul,
    "self * other",
    promote=arithmetic,
    short=python.mul,
    inplace=True,
    into=np.multiply,
    self="grad * conj(other)",
    other="grad * conj(self)",
)
_true_div = op(
    "div(Tensor self, Tensor other)",
    python.truediv,
    "self / other",
    promote=floating,
    short=python.truediv,
    inplace=True,
    function=False,
    into=np.true_divide,
    self="grad / conj(other)",
    other="-grad * conj(self / other / other)",
)
mul_scalar = op(
    "mul.Scalar(Tensor self, Scalar other)",
    python.mul,
    "self * other",
    promote=arithmetic,
    node="MulBackward1",
    self="grad * conj(other)",
)
div_scalar = op(
    "div.Scalar(Tensor self, Scalar other)",
    python.truediv,
    "self / other",
    promote=floating,
    node="DivBackward1",
    self="grad / conj(other)",
)
_ROUNDED = {"floor": _floor_divide, "trunc": _truncated}
_div_mode = op(
    "div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode)",
    lambda self, other, rounding_mode: _ROUNDED[rounding_mode](self, other),
    "self / other, rounded by rounding_mode",
    promote=arithmetic,
    inplace=True,
    node="DivBackward2",
    self="zeros_like(grad)",
    other="zeros_like(grad)",
)
_floor_divide_tensor = op(
    "floor_divide.Tensor(Tensor self, Tensor other)",
    _floor_divide,
    "floor(self / other)",
    promote=arithmetic,
    inplace=True,
    node="NotImplemented",
    self="not_implemented('floor_divide')",
    other="not_implemented('floor_divide')",
)
_floor_divide_number = op(
    "floor_divide.Scalar(Tensor self, Scalar other)",
    _floor_divide,
    "floor(self / other)",
    promote=arithmetic,
    inplace=True,
    node="NotImplemented",
    self="not_implemented('floor_divide')",
)
_remainder_tensor = op(
    "remainder.Tensor(Tensor self, Tensor other)",
    _remainder,
    "self - other * floor(self / other)",
    promote=arithmetic,
    inplace=True,
    node="RemainderBackward1",
    self="grad",
    other="-grad * floor(self / other)",
)
_remainder_scalar = op(
    "remainder.Scalar(Tensor self, Scalar other)",
    _remainder,
    "self - other * floor(self / other)",
    promote=arithmetic,
    inplace=True,
    self="grad",
)
_remainder_of_number = op(
    "remainder.Scalar_Tensor(Scalar self, Tensor other)",
    _remainder,
    "self - other * floor(self / other)",
    promote=arithmetic,
    node="NotImplemented",
    other="not_implemented('remainder')",
)
_fmod_tensor = op(
    "fmod.Tensor(Tensor self, Tensor other)",
    _fmod,
    "self - other * trunc(self / other)",
    promote=arithmetic,
    inplace=True,
    node="FmodBackward1",
    self="grad",
    other="-grad * trunc(self / other)",
)
_fmod_scalar = op(
    "fmod.Scalar(Tensor self, Scalar other)",
    _fmod,
    "self - other * trunc(self / other)",
    promote=arithmetic,
    inplace=True,
    self="grad",
)
_pow_number = op(
    "pow.Tensor_Scalar(Tensor self, Scalar exponent)",
    _pow,
    "self ** exponent",
    promote=arithmetic,
    inplace=True,
    self="grad * conj(exponent * self ** (exponent - 1)) if exponent != 0 else zeros_like(grad)",
)
_pow_tensor = op(
    "pow.Tensor_Tensor(Tensor self, Tensor exponent)",
    _pow,
    "self ** exponent",
    promote=arithmetic,
    inplace=True,
    node="PowBackward1",
    self="where(exponent == 0, 0, grad * conj(exponent * self ** (exponent - 1)))",
    exponent="where((self == 0) & (exponent >= 0), 0, grad * conj(result * log(self)))",
)
_pow_of_number = op(
    "pow.Scalar(Scalar self, Tensor exponent)",
    _pow,
    "self ** exponent",
    promote=arithmetic,
    node="PowBackward2",
    exponent="grad * conj(result * log_of(self)) if self != 0 else where(exponent >= 0, 0, grad * result * log_of(self))",
)
maximum = op(
    "maximum(Tensor self, Tensor other)",
    np.maximum,
    "the larger of self and other",
    promote=arithmetic,
    self="where(self == other, grad / 2, where(self < other, 0, grad))",
    other="where(self == other, grad / 2, where(self > other, 0, grad))",
)
minimum = op(
    "minimum(Tensor self, Tensor other)",
    np.minimum,
    "the smaller of self and other",
    promote=arithmetic,
    self="where(self == other, grad / 2, where(self > other, 0, grad))",
    other="where(self == other, grad / 2, where(self < other, 0, grad))",
)
op(
    "atan2(Tensor self, Tensor other)",
    np.arctan2,
    "the angle of the point (other, self)",
    promote=floating,
    inplace=True,
    self="grad * where((self == 0) & (other == 0), 0, other / (self * self + other * other))",
    other="grad * where((self == 0) & (other == 0), 0, -self / (self * self + other * other))",
)

op(
    "addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)",
    lambda self, tensor1, tensor2, value=1: self + (tensor1 * tensor2 if value == 1 else value * tensor1 * tensor2),
    "self + value * tensor1 * tensor2",
    promote=arithmetic,
    inplace=True,
    self="grad",
    tensor1="grad * conj(tensor2 * value)",
    tensor2="grad * conj(tensor1 * value)",
)
op(
    "addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)",
    lambda self, tensor1, tensor2, value=1: self + (tensor1 if value == 1 else value * tensor1) / tensor2,
    "self + value * tensor1 / tensor2",
    promote=arithmetic,
    inplace=True,
    self="grad",
    tensor1="grad * conj(value / tensor2)",
    tensor2="-grad * conj(value * tensor1 / (tensor2 * tensor2))",
)


def _lerp(self: Any, end: Any, weight: Any) -> Any:
    # From whichever end is nearer, as ATen does.
    near = np.abs(weight) < 0.5
    return np.where(near, self + weight * (end - self), end - (end - self) * (1 - weight)).astype(np.result_type(self, end))[()]


_lerp_number = op(
    "lerp.Scalar(Tensor self, Tensor end, Scalar weight)",
    _lerp,
    "self + weight * (end - self)",
    promote=arithmetic,
    inplace=True,
    self="grad * conj(1 - weight)",
    end="grad * conj(weight)",
)
_lerp_tensor = op(
    "lerp.Tensor(Tensor self, Tensor end, Tensor weight)",
    _lerp,
    "self + weight * (end - self)",
    promote=arithmetic,
    inplace=True,
    node="LerpBackward1",
    self="grad * conj(1 - weight)",
    end="grad * conj(weight)",
    weight="grad * conj(end - self)",
)


@public
def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
    """input / other; rounded towards zero for "trunc", down for "floor"."""
    options = {} if out is None else {"out": out}
    if rounding_mode is None:
        return _true_div(input, other, **options)
    if rounding_mode not in _ROUNDED:
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")
    return _div_mode(input, other, rounding_mode=rounding_mode, **options)


public(name="divide")(div)
public(name="true_divide")(_true_div)
public(name="multiply")(mul)
public(name="subtract")(sub)


def _is_number(value: Any) -> bool:
    return not isinstance(value, Tensor)


@public(name="pow")
def pow_(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """input ** exponent."""
    row = _pow_of_number if _is_number(input) else _pow_number if _is_number(exponent) else _pow_tensor
    return row(input, exponent) if out is None else row(input, exponent, out=out)


@public
def remainder(input: Any, other: Any, *, out: Any = None) -> Any:
    """What is left of input divided by other, with the sign of other."""
    row = _remainder_of_number if _is_number(input) else _remainder_scalar if _is_number(other) else _remainder_tensor
    return row(input, other) if out is None else row(input, other, out=out)


@public
def floor_divide(input: Any, other: Any, *, out: Any = None) -> Any:
    """input / other, rounded down."""
    row = _floor_divide_number if _is_number(other) and not _is_number(input) else _floor_divide_tensor
    return row(input, other) if out is None else row(input, other, out=out)


@public
def fmod(input: Any, other: Any, *, out: Any = None) -> Any:
    """What is left of input divided by other, with the sign of input."""
    row = _fmod_scalar if _is_number(other) else _fmod_tensor
    return row(input, other) if out is None else row(input, other, out=out)


@public
def square(input: Any) -> Any:
    """input ** 2."""
    return pow_(input, 2)


@public
def float_power(input: Any, exponent: Any) -> Any:
    """input ** exponent in double precision."""
    from ..dtypes import float64

    wide = input.to(float64) if isinstance(input, Tensor) else input
    return pow_(wide, exponent.to(float64) if isinstance(exponent, Tensor) else float(exponent))


@public
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input)."""
    return (_lerp_tensor if isinstance(weight, Tensor) else _lerp_number)(input, end, weight)


def _reversed_sub(other: Any, self: Tensor) -> Any:
    return rsub(self, other) if isinstance(other, Tensor) else _rsub_number(self, other)


def _rsub_number(self: Tensor, other: Any) -> Any:
    return _rsub_scalar(self, other)


def _reversed_div(other: Any, self: Tensor) -> Any:
    return self.reciprocal() * other


operator("__add__", add, add.op, python.add)
operator("__radd__", add, add.op, python.add)
operator("__sub__", sub, sub.op, python.sub)
operator("__rsub__", _reversed_sub, swapped=True)
operator("__mul__", mul, mul.op, python.mul)
operator("__rmul__", mul, mul.op, python.mul)
operator("__truediv__", _true_div, _true_div.op, python.truediv)
operator("__rtruediv__", _reversed_div, swapped=True)
operator("__floordiv__", floor_divide)
operator("__rfloordiv__", floor_divide, swapped=True)
operator("__mod__", remainder)
operator("__rmod__", remainder, swapped=True)
operator("__pow__", pow_, _pow_number.op, python.pow)
operator("__rpow__", pow_, swapped=True)


def _chooser(name: str, number: OpFunction, tensor: OpFunction) -> Any:
    """The in-place form of a function that has a row for numbers and one for tensors."""

    def written(self: Tensor, other: Any, *more: Any) -> Any:
        last = more[-1] if more else other
        return (number if _is_number(last) else tensor).in_place(self, other, *more)

    written.__name__ = written.__qualname__ = name
    tensor_attribute(name, written)
    return written


@public(function=False)
def div_(self: Tensor, other: Any, *, rounding_mode: str | None = None) -> Any:
    """Divide in place."""
    if rounding_mode is None:
        return _true_div.in_place(self, other)
    return _div_mode.in_place(self, other, rounding_mode=rounding_mode)


_chooser("fmod_", _fmod_scalar, _fmod_tensor)
_chooser("lerp_", _lerp_number, _lerp_tensor)
for _name, _form in (
    ("__iadd__", add.in_place),
    ("__isub__", sub.in_place),
    ("__imul__", mul.in_place),
    ("__itruediv__", div_),
    ("__ifloordiv__", _chooser("floor_divide_", _floor_divide_number, _floor_divide_tensor)),
    ("__imod__", _chooser("remainder_", _remainder_scalar, _remainder_tensor)),
    ("__ipow__", _chooser("pow_", _pow_number, _pow_tensor)),
):
    tensor_attribute(_name, _form)
