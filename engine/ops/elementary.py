"""Roots, exponentials, logarithms and trigonometry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import derivative, op
from ..numerics.erf import erf
from ..promotion import floating
from ..rules import fresh
from .precise import precise
from .unary import alias, real_only
from .vocabulary import is_complex

__all__: list[str] = []

_exp = precise(np.exp)


def _sigmoid(self: Any) -> Any:
    return 1 / (1 + _exp(-self))


op("sqrt(Tensor self)", np.sqrt, "the square root of self", promote=floating, inplace=True, self="grad / (2 * conj(result))")
op(
    "rsqrt(Tensor self)",
    lambda self: 1 / np.sqrt(self),
    "1 / sqrt(self)",
    promote=floating,
    inplace=True,
    self="-0.5 * grad * conj(result ** 3)",
)
op(
    "reciprocal(Tensor self)",
    lambda self: 1 / self,
    "1 / self",
    promote=floating,
    inplace=True,
    self="-grad * conj(result * result)",
)

# -- exponentials and logarithms


def _exp2(self: Any) -> Any:
    return np.exp(self * math.log(2)).astype(self.dtype) if self.dtype.kind == "c" else _real_exp2(self)


_real_exp2 = precise(np.exp2)


op("exp(Tensor self)", precise(np.exp), "e ** self", promote=floating, inplace=True, self="grad * conj(result)")
op(
    "exp2(Tensor self)",
    _exp2,
    "2 ** self",
    promote=floating,
    inplace=True,
    self=f"grad * conj(result) * {math.log(2)}",
)
op("expm1(Tensor self)", precise(np.expm1), "e ** self - 1", promote=floating, inplace=True, self="grad * (conj(result) + 1)")
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
op(
    "sigmoid(Tensor self)",
    _sigmoid,
    "1 / (1 + exp(-self))",
    promote=floating,
    inplace=True,
    self="sigmoid_backward(grad, result)",
)
derivative(
    "sigmoid_backward(Tensor grad_output, Tensor output)",
    "grad_output * conj((1 - output) * output)",
    grad_output="sigmoid_backward(grad, conj(output))",
    output="conj(grad) * grad_output * (-2 * conj(output) + 1)",
)


def _logit(self: Any, eps: Any = None) -> Any:
    x = self if eps is None else np.minimum(np.maximum(self, eps), 1 - eps)
    return np.log(x / (1 - x))


@fresh
def logit_backward(k: Any, grad: Any, self: Any, eps: Any) -> Any:
    """grad / (self * (1 - self)) between the bounds; outside 0 if they were given, else nan."""
    low, high = (0.0, 1.0) if eps is None else (eps, 1.0 - eps)
    return k.where((self >= low) & (self <= high), grad / (self * k.sub_number(1, self)), math.nan if eps is None else 0.0)


op(
    "logit(Tensor self, float? eps=None)",
    _logit,
    "log(self / (1 - self)), self first kept between eps and 1 - eps",
    promote=floating,
    inplace=True,
    takes="hf",
    self="logit_backward(grad, self, eps)",
)

# -- trigonometry

op("sin(Tensor self)", precise(np.sin), "the sine of self", promote=floating, inplace=True, self="grad * conj(cos(self))")
op("cos(Tensor self)", precise(np.cos), "the cosine of self", promote=floating, inplace=True, self="grad * conj(-sin(self))")
op(
    "tan(Tensor self)",
    precise(np.tan),
    "the tangent of self",
    promote=floating,
    inplace=True,
    self="grad * conj(1 + result ** 2)",
)
op(
    "asin(Tensor self)",
    precise(np.arcsin),
    "the angle whose sine is self",
    promote=floating,
    inplace=True,
    self="grad * conj(rsqrt(-self * self + 1))",
)
op(
    "acos(Tensor self)",
    precise(np.arccos),
    "the angle whose cosine is self",
    promote=floating,
    inplace=True,
    self="grad * conj(-rsqrt(-self * self + 1))",
)
op(
    "atan(Tensor self)",
    precise(np.arctan),
    "the angle whose tangent is self",
    promote=floating,
    inplace=True,
    self="grad / conj(self * self + 1)",
)


def _sinc(self: Any) -> Any:
    angle = self * math.pi
    return np.where(self == 0, 1, np.sin(angle) / np.where(self == 0, 1, angle)).astype(self.dtype)[()]


@fresh
def sinc_backward(k: Any, grad: Any, self: Any) -> Any:
    """The derivative of sin(pi x) / (pi x); 0 at 0."""
    angle = k.mul_number(self, math.pi)
    square = k.mul_number(self * self, math.pi)
    return k.where(square == 0, 0, grad * k.conj((angle * k.cos(angle) - k.sin(angle)) / square))


op(
    "sinc(Tensor self)",
    _sinc,
    "sin(pi * self) / (pi * self), 1 at 0",
    promote=floating,
    inplace=True,
    self="sinc_backward(grad, self)",
)
for _name, _factor, _words in (
    ("deg2rad", 0.017453292519943295, "from degrees to radians"),
    ("rad2deg", 57.29577951308232, "from radians to degrees"),
):
    op(
        f"{_name}(Tensor self)",
        real_only(f"{_name} is not supported for complex tensors.", lambda self, factor=_factor: self * factor),
        f"self, {_words}",
        promote=floating,
        inplace=True,
        self=f"grad * {_factor}",
    )

# -- hyperbolic functions

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
    self="tanh_backward(grad, result)",
)
derivative(
    "tanh_backward(Tensor grad_output, Tensor output)",
    "grad_output * conj(1 - output * output)",
    grad_output="tanh_backward(grad, conj(output))",
    output="conj(grad) * (-2 * conj(output) * grad_output)",
)


@fresh
def acosh_slope(k: Any, self: Any) -> Any:
    """The derivative of acosh; on complex numbers its branch cut asks for two roots."""
    return k.rsqrt(self + 1) * k.rsqrt(self - 1) if is_complex(self) else k.rsqrt(self * self - 1)


# PyTorch has no derivative for the inverse functions written in place.
for _name, _ufunc, _words, _derivative in (
    ("asinh", np.arcsinh, "sinh", "grad * conj(rsqrt(self ** 2 + 1))"),
    ("acosh", np.arccosh, "cosh", "grad * conj(acosh_slope(self))"),
    ("atanh", np.arctanh, "tanh", "grad * 1 / conj(1 - self ** 2)"),
):
    op(f"{_name}(Tensor self)", precise(_ufunc), f"the number whose {_words} is self", promote=floating, self=_derivative)
    op(
        f"{_name}.inplace(Tensor self)",
        precise(_ufunc),
        f"the number whose {_words} is self",
        promote=floating,
        inplace=f"{_name}_",
        node=f"{_name.title()}Backward1",
        self=f"not_implemented('inplace version of {_name}')",
    )

op(
    "erf(Tensor self)",
    erf,
    "the error function of self",
    promote=floating,
    inplace=True,
    takes="hf",
    kernel="erf_vml_cpu",
    self=f"{2 / math.sqrt(math.pi)} * exp(-(self ** 2)) * grad",
)

for _alias, _of in (
    ("arcsin", "asin"), ("arccos", "acos"), ("arctan", "atan"), ("arcsinh", "asinh"), ("arccosh", "acosh"), ("arctanh", "atanh"),
):  # fmt: skip
    alias(_alias, _of)
