"""Functions of one tensor, element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import FUNCTIONS, op, public
from ..promotion import arithmetic, floating
from ..rules import TENSORS
from ..tensor import Tensor, tensor_attribute
from .precise import precise
from .special import erf

__all__: list[str] = []


def _neg(self: Any) -> Any:
    if self.dtype == np.bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
            "`logical_not()` operator instead."
        )
    return -self


def _sgn(self: Any) -> Any:
    return np.sign(self)


def _round(self: Any, decimals: int = 0) -> Any:
    return np.round(self, decimals) if self.dtype.kind != "b" else self.copy()


_exp = precise(np.exp)


def _sigmoid(self: Any) -> Any:
    return 1 / (1 + _exp(-self))


def _abs(self: Any) -> Any:
    if self.dtype == np.bool_:
        raise NotImplementedError("\"abs_cpu\" not implemented for 'Bool'")
    return np.abs(self)


def _kept_kind(ufunc: Any) -> Any:
    """floor and its like leave integers as they are."""

    def forward(self: Any) -> Any:
        return ufunc(self) if self.dtype.kind == "f" else self.copy()

    return forward


neg = op("neg(Tensor self)", _neg, "-self", inplace=True, self="-grad")
op("abs(Tensor self)", _abs, "|self|", inplace=True, self="grad * sgn(self)")
op("sgn(Tensor self)", _sgn, "self / |self|", inplace=True, self="sgn_backward(grad, self, result)")
op("sign(Tensor self)", _sgn, "-1, 0 or 1 by the sign of self", inplace=True, self="zeros_like(grad)")
op("sqrt(Tensor self)", np.sqrt, "the square root of self", promote=floating, inplace=True, self="grad / (2 * conj(result))")
op(
    "rsqrt(Tensor self)",
    lambda self: 1 / np.sqrt(self),
    "1 / sqrt(self)",
    promote=floating,
    inplace=True,
    self="-0.5 * grad * conj(result * result * result)",
)
op(
    "reciprocal(Tensor self)",
    lambda self: 1 / self,
    "1 / self",
    promote=floating,
    inplace=True,
    self="-grad * conj(result * result)",
)
op("exp(Tensor self)", precise(np.exp), "e ** self", promote=floating, inplace=True, self="grad * conj(result)")
op(
    "exp2(Tensor self)",
    precise(np.exp2),
    "2 ** self",
    promote=floating,
    inplace=True,
    self=f"grad * conj(result) * {math.log(2)}",
)
op("expm1(Tensor self)", precise(np.expm1), "e ** self - 1", promote=floating, inplace=True, self="grad * conj(result + 1)")
op(
    "log(Tensor self)",
    precise(np.log),
    "the natural logarithm of self",
    promote=floating,
    inplace=True,
    self="grad / conj(self)",
)
op(
    "log2(Tensor self)",
    precise(np.log2),
    "the logarithm of self to base 2",
    promote=floating,
    inplace=True,
    self=f"grad / (conj(self) * {math.log(2)})",
)
op(
    "log10(Tensor self)",
    precise(np.log10),
    "the logarithm of self to base 10",
    promote=floating,
    inplace=True,
    self=f"grad / (conj(self) * {math.log(10)})",
)
op("log1p(Tensor self)", precise(np.log1p), "log(1 + self)", promote=floating, inplace=True, self="grad / conj(self + 1)")
op("sin(Tensor self)", precise(np.sin), "the sine of self", promote=floating, inplace=True, self="grad * conj(cos(self))")
op("cos(Tensor self)", precise(np.cos), "the cosine of self", promote=floating, inplace=True, self="-grad * conj(sin(self))")
op(
    "tan(Tensor self)",
    precise(np.tan),
    "the tangent of self",
    promote=floating,
    inplace=True,
    self="grad * conj(1 + result * result)",
)
op(
    "asin(Tensor self)",
    precise(np.arcsin),
    "the angle whose sine is self",
    promote=floating,
    inplace=True,
    self="grad * conj(rsqrt(1 - self * self))",
)
op(
    "acos(Tensor self)",
    precise(np.arccos),
    "the angle whose cosine is self",
    promote=floating,
    inplace=True,
    self="-grad * conj(rsqrt(1 - self * self))",
)
op(
    "atan(Tensor self)",
    precise(np.arctan),
    "the angle whose tangent is self",
    promote=floating,
    inplace=True,
    self="grad / conj(self * self + 1)",
)
op(
    "sinh(Tensor self)",
    precise(np.sinh),
    "the hyperbolic sine of self",
    promote=floating,
    inplace=True,
    self="grad * conj(cosh(self))",
)
op(
    "cosh(Tensor self)",
    precise(np.cosh),
    "the hyperbolic cosine of self",
    promote=floating,
    inplace=True,
    self="grad * conj(sinh(self))",
)
op(
    "tanh(Tensor self)",
    precise(np.tanh),
    "the hyperbolic tangent of self",
    promote=floating,
    inplace=True,
    self="grad * conj(1 - result * result)",
)
op(
    "asinh(Tensor self)",
    precise(np.arcsinh),
    "the number whose sinh is self",
    promote=floating,
    inplace=True,
    self="grad * conj(rsqrt(self * self + 1))",
)
op(
    "acosh(Tensor self)",
    precise(np.arccosh),
    "the number whose cosh is self",
    promote=floating,
    self="grad * conj(rsqrt(self - 1) * rsqrt(self + 1))",
)
op(
    "atanh(Tensor self)",
    precise(np.arctanh),
    "the number whose tanh is self",
    promote=floating,
    inplace=True,
    self="grad / conj(1 - self * self)",
)
op(
    "sigmoid(Tensor self)",
    _sigmoid,
    "1 / (1 + exp(-self))",
    promote=floating,
    inplace=True,
    self="grad * conj((1 - result) * result)",
)
op(
    "erf(Tensor self)",
    erf,
    "the error function of self",
    promote=floating,
    inplace=True,
    self=f"{2 / math.sqrt(math.pi)} * exp(-self * self) * grad",
)
op("floor(Tensor self)", _kept_kind(np.floor), "self rounded down", inplace=True, self="zeros_like(grad)")
op("ceil(Tensor self)", _kept_kind(np.ceil), "self rounded up", inplace=True, self="zeros_like(grad)")
op("trunc(Tensor self)", _kept_kind(np.trunc), "self rounded towards zero", inplace=True, self="zeros_like(grad)")
op("frac(Tensor self)", lambda self: self - np.trunc(self), "self - trunc(self)", inplace=True, self="grad")
op(
    "round(Tensor self)",
    _round,
    "self rounded, halves to even",
    inplace=True,
    function=False,
    method=False,
    self="zeros_like(grad)",
)
op(
    "round.decimals(Tensor self, *, int decimals)",
    _round,
    "self rounded to decimals",
    inplace=True,
    node="RoundBackward1",
    self="zeros_like(grad)",
)
op("isnan(Tensor self)", np.isnan, "whether self is nan")
op("isinf(Tensor self)", np.isinf, "whether self is infinite")
op("isfinite(Tensor self)", np.isfinite, "whether self is finite")
op("signbit(Tensor self)", np.signbit, "whether self has a minus sign")
op(
    "real(Tensor self)",
    lambda self: self.real.copy(),
    "the real part of self",
    function=False,
    self="to_dtype(grad, self.dtype)",
)

# PyTorch has no derivative for this one written in place.
op(
    "acosh.inplace(Tensor self)",
    precise(np.arccosh),
    "the number whose cosh is self",
    inplace="acosh_",
    node="AcoshBackward1",
    self="inplace_not_implemented('acosh')",
)


def _clamp(self: Any, min: Any = None, max: Any = None) -> Any:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    bounded = self if min is None else np.maximum(self, min)
    return bounded if max is None else np.minimum(bounded, max)


_clamp_numbers = op(
    "clamp(Tensor self, Scalar? min=None, Scalar? max=None)",
    _clamp,
    "self, kept between min and max",
    promote=arithmetic,
    inplace=True,
    function=False,
    node="ClampBackward1",
    self="where(within(self, min, max), grad, 0)",
)
_clamp_tensors = op(
    "clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None)",
    _clamp,
    "self, kept between min and max",
    promote=arithmetic,
    inplace=True,
    node="ClampBackward0",
    self="where(within(self, min, max), grad, 0)",
    min="where(below(self, min, max), grad, 0)",
    max="where(above(self, min, max), grad, 0)",
)


def _clamped(in_place: bool) -> Any:
    def clamp(input: Tensor, min: Any = None, max: Any = None, *, out: Any = None) -> Any:
        """input, kept between min and max."""
        row = _clamp_tensors if isinstance(min, Tensor) or isinstance(max, Tensor) else _clamp_numbers
        if in_place:
            return row.in_place(input, min, max)
        return row(input, min, max) if out is None else row(input, min, max, out=out)

    return clamp


for _name in ("clamp", "clip"):
    public(name=_name)(_clamped(False))
    public(name=_name + "_")(_clamped(True))


op(
    "clamp_min(Tensor self, Scalar min)",
    np.maximum,
    "self, but at least min",
    promote=arithmetic,
    inplace=True,
    self="where(self >= min, grad, 0)",
)
op(
    "clamp_max(Tensor self, Scalar max)",
    np.minimum,
    "self, but at most max",
    promote=arithmetic,
    inplace=True,
    self="where(self <= max, grad, 0)",
)


for _alias, _name in (
    ("absolute", "abs"), ("negative", "neg"), ("arcsin", "asin"), ("arccos", "acos"), ("arctan", "atan"), ("arcsinh", "asinh"),
    ("arccosh", "acosh"), ("arctanh", "atanh"), ("fix", "trunc"), ("arctan2", "atan2"),
):  # fmt: skip
    public(method=False, name=_alias)(FUNCTIONS[_name])
    tensor_attribute(_alias, getattr(Tensor, _name))


@public
def positive(input: Tensor) -> Tensor:
    """input itself."""
    if input._value.dtype == np.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@public(name="round")
def round_(input: Tensor, *, decimals: int = 0, out: Any = None) -> Tensor:
    """input rounded to a number of decimals, halves to even."""
    options = {} if out is None else {"out": out}
    if decimals:
        return TENSORS.round_decimals(input, decimals=decimals, **options)
    return TENSORS.round(input, **options)


for _operator, _name in (("__neg__", "neg"), ("__pos__", "positive"), ("__abs__", "abs")):
    tensor_attribute(_operator, getattr(Tensor, _name))
