"""Smooth activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..numerics.erf import erf
from ..rules import fresh, helper
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
    return grad * (s * (1 + self * (1 - s)))


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
    return grad * (t + self * k.sigmoid(self) * (1 - t * t))


softplus = activation(
    "softplus(Tensor self, Scalar beta=1, Scalar threshold=20)",
    lambda self, beta=1, threshold=20: np.where(
        self * beta > threshold, self, _softplus(np.minimum(self * beta, threshold)) / beta
    ).astype(self.dtype)[()],
    "log(1 + exp(beta * self)) / beta",
    keeps_layout=True,
    takes="hf",
    self="where(self * beta > threshold, grad, grad * sigmoid(self * beta))",
)
log_sigmoid = activation(
    "log_sigmoid(Tensor self)",
    lambda self: np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self))),
    "log(sigmoid(self))",
    takes="hf",
    self="grad * sigmoid(-self)",
)


def _gelu(self: Any, approximate: str = "none") -> Any:
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (self + 0.044715 * self * self * self)
        return 0.5 * self * (1 + np.tanh(inner))
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    return 0.5 * self * (1 + erf(self * math.sqrt(0.5)))


@fresh
def gelu_backward(k: Any, grad: Any, self: Any, approximate: str) -> Any:
    """The normal distribution's cdf, plus self times its pdf; or the derivative of the tanh approximation."""
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (self + 0.044715 * self * self * self)
        t = k.tanh(inner)
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * self * self)
        return grad * (0.5 * (1 + t) + 0.5 * self * (1 - t * t) * slope)
    cdf = 0.5 * (1 + k.erf(self * math.sqrt(0.5)))
    pdf = k.exp(-0.5 * self * self) * (1 / math.sqrt(2 * math.pi))
    return grad * (cdf + self * pdf)


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


@helper
def glu_backward(k: Any, grad: Any, self: Any, dim: int) -> Any:
    """grad * sigmoid(second half), and grad * first half * the slope of sigmoid."""
    axis = axis_of(dim, len(self.shape))
    half = self.shape[axis] // 2
    first, second = k.slice(self, axis, 0, half, 1), k.slice(self, axis, half, 2 * half, 1)
    s = k.sigmoid(second)
    return k.cat([grad * s, grad * first * s * (1 - s)], axis)


glu = activation(
    "glu(Tensor self, int dim=-1)",
    _glu,
    "the first half of self * sigmoid(the second half)",
    takes="hf",
    self="glu_backward(grad, self, dim)",
)
