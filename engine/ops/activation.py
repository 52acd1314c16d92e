"""Activations and softmax."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from ..api import op, public
from ..dtypes import of_array
from ..numerics.erf import erf
from ..reuse import IN_PLACE
from ..rules import ARRAYS, fresh, helper
from ..table import OUT_FOUND
from ..tensor import Tensor
from .vocabulary import axis_of

__all__ = ["elu", "gelu", "hardtanh", "leaky_relu", "log_softmax", "relu", "silu", "softmax", "softplus"]

_ndarray: Final = np.ndarray
_WORDS: Final = {np.dtype(f"f{n}"): np.dtype(f"i{n}") for n in (2, 4, 8)}


def _only_where(value: Any, mask: Any, out: Any = None) -> Any:
    """A float array where a mask holds, else 0, in a third of the time `np.where` takes: its bits, times 1 or 0."""
    word = _WORDS.get(value.dtype)
    if word is None or value.shape != mask.shape:
        return np.where(mask, value, value.dtype.type(0))
    return np.multiply(value.view(word), mask, None if out is None else out.view(word)).view(value.dtype)


def _relu(self: Any) -> Any:
    if self.__class__ is not _ndarray:
        return self.dtype.type(0) if self < 0 else self
    # Of two zeros the second is taken, which keeps the sign of -0.
    return np.maximum(0, self)


def _threshold_backward(grad_output: Any, self: Any, threshold: Any) -> Any:
    if self.__class__ is not _ndarray and grad_output.__class__ is self.__class__:
        return self.dtype.type(0) if self <= threshold else grad_output
    below = np.less_equal(self, threshold)
    return _only_where(np.asarray(grad_output), np.logical_not(below, below) if below.ndim else ~below)[()]


def _threshold_into(grad_output: Any, self: Any, threshold: Any, mine: bool) -> Any:
    if not mine or grad_output.__class__ is not _ndarray or grad_output.shape != np.shape(self):
        return _threshold_backward(grad_output, self, threshold)
    above = np.less_equal(self, threshold)
    return _only_where(grad_output, np.logical_not(above, above), grad_output)


ARRAYS["threshold_into"] = _threshold_into
IN_PLACE["threshold_backward"] = "threshold_into"

relu = op(
    "relu(Tensor self)",
    _relu,
    "the larger of self and 0",
    inplace=True,
    self="threshold_backward(grad, result, 0)",
)
leaky_relu = op(
    "leaky_relu(Tensor self, Scalar negative_slope=0.01)",
    lambda self, negative_slope=0.01: np.where(self > 0, self, self * negative_slope).astype(self.dtype)[()],
    "self where self > 0, else negative_slope * self",
    function=False,
    method=False,
    inplace=True,
    self="leaky_relu_backward(grad, self, negative_slope)",
)
elu = op(
    "elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1)",
    lambda self, alpha=1, scale=1, input_scale=1: np.where(
        self > 0, self * scale, np.expm1(self * input_scale) * (alpha * scale)
    ).astype(self.dtype)[()],
    "scale * self where self > 0, else scale * alpha * (exp(input_scale * self) - 1)",
    function=False,
    method=False,
    inplace=True,
    self="elu_backward(grad, alpha, scale, input_scale, self)",
)
hardtanh = op(
    "hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1)",
    lambda self, min_val=-1, max_val=1: np.clip(self, min_val, max_val),
    "self, kept between min_val and max_val",
    function=False,
    method=False,
    inplace=True,
    self="hardtanh_backward(grad, self, min_val, max_val)",
)

# The slopes of these are ops themselves: they have a derivative with respect to self, which is 0 almost everywhere.
op(
    "threshold_backward(Tensor grad_output, Tensor self, Scalar threshold)",
    _threshold_backward,
    "grad_output where self > threshold, else 0",
    function=False,
    method=False,
    grad_output="threshold_backward(grad, self, threshold)",
    self="zeros_like(grad)",
)
op(
    "leaky_relu_backward(Tensor grad_output, Tensor self, Scalar negative_slope)",
    lambda grad_output, self, negative_slope: np.where(self > 0, grad_output, grad_output * negative_slope).astype(
        grad_output.dtype
    )[()],
    "grad_output where self > 0, else negative_slope * grad_output",
    function=False,
    method=False,
    grad_output="leaky_relu_backward(grad, self, negative_slope)",
    self="zeros_like(grad)",
)
op(
    "hardtanh_backward(Tensor grad_output, Tensor self, Scalar min_val, Scalar max_val)",
    lambda grad_output, self, min_val, max_val: np.where((self <= min_val) | (self >= max_val), 0, grad_output).astype(
        grad_output.dtype
    )[()],
    "grad_output where self is between the bounds, else 0",
    function=False,
    method=False,
    grad_output="hardtanh_backward(grad, self, min_val, max_val)",
    self="zeros_like(grad)",
)
op(
    "elu_backward(Tensor grad_output, Scalar alpha, Scalar scale, Scalar input_scale, Tensor self)",
    lambda grad_output, alpha, scale, input_scale, self: np.where(
        self <= 0, grad_output * (input_scale * alpha * scale) * np.exp(self * input_scale), grad_output * scale
    ).astype(grad_output.dtype)[()],
    "grad_output * scale where self > 0, else grad_output * scale * alpha * input_scale * exp(input_scale * self)",
    function=False,
    method=False,
    grad_output="elu_backward(grad, alpha, scale, input_scale, self)",
    self="where(self <= 0, grad * grad_output * (input_scale * input_scale * alpha * scale) * exp(self * input_scale), 0)",
)
silu = op(
    "silu(Tensor self)",
    lambda self: self / (1 + np.exp(-self)),
    "self * sigmoid(self)",
    function=False,
    method=False,
    inplace=True,
    self="grad * sigmoid(self) * (1 + self * (1 - sigmoid(self)))",
)
softplus = op(
    "softplus(Tensor self, Scalar beta=1, Scalar threshold=20)",
    lambda self, beta=1, threshold=20: np.where(self * beta > threshold, self, np.log1p(np.exp(self * beta)) / beta).astype(
        self.dtype
    )[()],
    "log(1 + exp(beta * self)) / beta",
    function=False,
    method=False,
    out=OUT_FOUND,
    self="where(self * beta > threshold, grad, grad * sigmoid(self * beta))",
)
log_sigmoid = op(
    "log_sigmoid(Tensor self)",
    lambda self: np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self))),
    "log(sigmoid(self))",
    function=False,
    method=False,
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


gelu = op(
    "gelu(Tensor self, *, str approximate='none')",
    _gelu,
    "self * (the normal distribution's cdf at self)",
    function=False,
    method=False,
    out=OUT_FOUND,
    self="gelu_backward(grad, self, approximate)",
)


def _shifted(self: Any, axis: int) -> Any:
    top = self.max(axis=axis, keepdims=True) if self.size else self
    return self - np.where(np.isfinite(top), top, 0).astype(self.dtype) if self.size else self


def _floats_only(self: Any, name: str) -> Any:
    if self.dtype.kind != "f":
        raise NotImplementedError(f"\"{name}\" not implemented for '{of_array(self)._legacy}'")
    return self.reshape(1) if not self.ndim else self


def _softmax(self: Any, dim: int) -> Any:
    value = _floats_only(self, "softmax_lastdim_kernel_impl")
    axis = axis_of(dim, self.ndim)
    powers = np.exp(_shifted(value, axis))
    return (powers / powers.sum(axis=axis, keepdims=True)).reshape(self.shape)


def _log_softmax(self: Any, dim: int) -> Any:
    value = _floats_only(self, "log_softmax_lastdim_kernel_impl")
    axis = axis_of(dim, self.ndim)
    shifted = _shifted(value, axis)
    return (shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))).reshape(self.shape)


@helper
def total(k: Any, value: Any, dim: int) -> Any:
    """The sum over a dimension, kept as 1."""
    return k.sum_dim_IntList(value, (dim,), True) if len(value.shape) else value


_softmax_row = op(
    "_softmax(Tensor self, int dim)",
    _softmax,
    "exp(self) / the sum of exp(self) over dim",
    self="(grad - total(grad * result, dim)) * result",
)
_log_softmax_row = op(
    "_log_softmax(Tensor self, int dim)",
    _log_softmax,
    "log(exp(self) / the sum of exp(self) over dim)",
    self="grad - exp(result) * total(grad, dim)",
)


def _cast(input: Tensor, dtype: Any) -> Tensor:
    return input if dtype is None else input.to(dtype)


@public
def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """exp(input), scaled so that it sums to 1 over dim."""
    return _softmax_row(_cast(input, dtype), dim)


@public
def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """The logarithm of softmax."""
    return _log_softmax_row(_cast(input, dtype), dim)
