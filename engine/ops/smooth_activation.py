"""Smooth activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import derivative, op
from ..numerics.erf import erf
from ..rules import ARRAYS, fresh, helper
from .activation import activation, written
from .vocabulary import axis_of

__all__ = ["gelu", "glu", "log_sigmoid", "mish", "silu", "softplus"]


def _sigmoid(value: Any) -> Any:
    return 1 / (1 + np.exp(-value))


def _softplus(value: Any) -> Any:
    return np.maximum(value, 0) + np.log1p(np.exp(-np.abs(value)))


silu = activation(
    "silu(Tensor self)",
    lambda self: self / (1 + np.exp(-self)),
    "self * sigmoid(self)",
    takes="hfc",
    inplace=True,
    self="silu_backward(grad, self)",
)
written(silu, "silu_")


@fresh
def silu_backward(k: Any, grad: Any, self: Any) -> Any:
    """grad * sigmoid(self) * (1 + self * (1 - sigmoid(self)))."""
    s = k.sigmoid(self)
    return grad * s * k.add_number(self * k.sub_number(1, s), 1)


mish = activation(
    "mish(Tensor self)",
    lambda self: self * np.tanh(_softplus(self)),
    "self * tanh(softplus(self))",
    takes="hf",
    inplace=True,
    self="mish_backward(grad, self)",
)
written(mish, "mish_")


@fresh
def mish_backward(k: Any, grad: Any, self: Any) -> Any:
    """grad * (t + self * sigmoid(self) * (1 - t ** 2)), where t = tanh(softplus(self))."""
    t = k.tanh(k.softplus(self, 1, 20))
    return grad * (t + self * k.sigmoid(self) * k.sub_number(1, t**2))


softplus = activation(
    "softplus(Tensor self, Scalar beta=1, Scalar threshold=20)",
    lambda self, beta=1, threshold=20: np.where(
        self * beta > threshold, self, _softplus(np.minimum(self * beta, threshold)) / beta
    ).astype(self.dtype)[()],
    "log(1 + exp(beta * self)) / beta",
    keeps_layout=True,
    takes="hf",
    self="softplus_backward(grad, self, beta, threshold)",
)
derivative(
    "softplus_backward(Tensor grad_output, Tensor self, Scalar beta, Scalar threshold)",
    "where(self * beta > threshold, grad_output, grad_output * sigmoid(self * beta))",
    grad_output="softplus_backward(grad, self, beta, threshold)",
    self="sigmoid_backward(grad * grad_output, sigmoid(self * beta)) * (self * beta < threshold) * beta",
)
log_sigmoid = activation(
    "log_sigmoid(Tensor self)",
    lambda self: np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self))),
    "log(sigmoid(self))",
    takes="hf",
    self="log_sigmoid_backward(grad, self)",
)
derivative(
    "log_sigmoid_backward(Tensor grad_output, Tensor self)",
    "grad_output * sigmoid(-self)",
    grad_output="log_sigmoid_backward(grad, self)",
    self="grad * grad_output * (sigmoid(self) - 1) * sigmoid(self)",
)


def _gelu(self: Any, approximate: str = "none") -> Any:
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (self + 0.044715 * self * self * self)
        return 0.5 * self * (1 + np.tanh(inner))
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    return 0.5 * self * (1 + erf(self * math.sqrt(0.5)))


def _gelu_backward(grad: Any, self: Any, approximate: str) -> Any:
    k = ARRAYS
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (self + 0.044715 * self * self * self)
        t = k.tanh(inner)
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * self * self)
        return grad * (0.5 * (1 + t) + 0.5 * self * (1 - t * t) * slope)
    cdf = 0.5 * (1 + k.erf(self * math.sqrt(0.5)))
    pdf = k.exp(-0.5 * self * self) * (1 / math.sqrt(2 * math.pi))
    return grad * (cdf + self * pdf)


@fresh
def gelu_curvature(k: Any, self: Any, approximate: str) -> Any:
    """The second derivative of gelu."""
    if approximate == "tanh":
        t = k.tanh(math.sqrt(2 / math.pi) * (self + 0.044715 * self * self * self))
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * self * self)
        bend = math.sqrt(2 / math.pi) * 6 * 0.044715 * self
        return (1 - t * t) * (slope + 0.5 * self * (bend - 2 * t * slope * slope))
    pdf = k.exp(-0.5 * self * self) * (1 / math.sqrt(2 * math.pi))
    return 2 * pdf - self * self * pdf


op(
    "gelu_backward(Tensor grad_output, Tensor self, str approximate)",
    _gelu_backward,
    "grad_output * (the normal distribution's cdf at self + self * its density at self)",
    function=False,
    method=False,
    keeps_layout=True,
    grad_output="gelu_backward(grad, self, approximate)",
    self="grad * grad_output * gelu_curvature(self, approximate)",
)


gelu = activation(
    "gelu(Tensor self, *, str approximate='none')",
    _gelu,
    "self * (the normal distribution's cdf at self)",
    keeps_layout=True,
    takes="hf",
    kernel="GeluKernelImpl",
    self="gelu_backward(grad, self, approximate)",
)


def _halves(self: Any, dim: int) -> tuple[Any, Any]:
    if not self.ndim:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    axis = axis_of(dim, self.ndim)
    if self.shape[axis] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {axis} is size {self.shape[axis]}")
    first, second = np.split(self, 2, axis)
    return first, second


def _glu(self: Any, dim: int = -1) -> Any:
    first, second = _halves(self, dim)
    return first * _sigmoid(second)


def _parts(k: Any, value: Any, dim: int) -> tuple[Any, Any, int]:
    """The halves of what glu is given, and the axis they lie along."""
    axis = axis_of(dim, len(value.shape))
    half = value.shape[axis] // 2
    return k.slice(value, axis, 0, half, 1), k.slice(value, axis, half, 2 * half, 1), axis


def _glu_backward(grad: Any, self: Any, dim: int) -> Any:
    first, second, axis = _parts(ARRAYS, self, dim)
    s = _sigmoid(second)
    return np.concatenate([grad * s, grad * first * s * (1 - s)], axis)


@helper
def glu_through(k: Any, grad: Any, self: Any, dim: int) -> Any:
    """What arrives for glu's gradient, as it goes on to the gradient that was given."""
    first, second, _ = _parts(k, self, dim)
    to_first, to_second, _ = _parts(k, grad, dim)
    s = k.sigmoid(second)
    return to_first * s + to_second * first * s * (1 - s)


@helper
def glu_bend(k: Any, grad: Any, grad_output: Any, self: Any, dim: int) -> Any:
    """What arrives for glu's gradient, as it goes on to glu's input."""
    first, second, axis = _parts(k, self, dim)
    to_first, to_second, _ = _parts(k, grad, dim)
    s = k.sigmoid(second)
    slope = grad_output * s * (1 - s)
    return k.cat([to_second * slope, to_first * slope + to_second * first * slope * (1 - 2 * s)], axis)


op(
    "glu_backward(Tensor grad_output, Tensor self, int dim)",
    _glu_backward,
    "grad_output * sigmoid(second half), and grad_output * first half * the slope of sigmoid",
    function=False,
    method=False,
    grad_output="glu_through(grad, self, dim)",
    self="glu_bend(grad, grad_output, self, dim)",
)


glu = activation(
    "glu(Tensor self, int dim=-1)",
    _glu,
    "the first half of self * sigmoid(the second half)",
    takes="hf",
    self="glu_backward(grad, self, dim)",
)
