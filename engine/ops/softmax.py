"""Softmax and its logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import derivative, op, public
from ..dtypes import of_array
from ..rules import helper
from ..tensor import Tensor
from .vocabulary import axis_of

__all__ = ["log_softmax", "softmax"]


def _shifted(self: Any, axis: int) -> Any:
    top = self.max(axis=axis, keepdims=True) if self.size else self
    return self - np.where(np.isfinite(top), top, 0).astype(self.dtype) if self.size else self


def _floats_only(self: Any, name: str, dim: int) -> Any:
    if self.dtype.kind != "f":
        kernel = f"{name}_lastdim_kernel_impl" if axis_of(dim, self.ndim) >= self.ndim - 1 else f"{name}_kernel_impl"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{of_array(self)._legacy}'")
    return self.reshape(1) if not self.ndim else self


def _softmax(self: Any, dim: int) -> Any:
    value = _floats_only(self, "softmax", dim)
    axis = axis_of(dim, self.ndim)
    powers = np.exp(_shifted(value, axis))
    return (powers / powers.sum(axis=axis, keepdims=True)).reshape(self.shape)


def _log_softmax(self: Any, dim: int) -> Any:
    value = _floats_only(self, "log_softmax", dim)
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
    self="_softmax_backward_data(grad, result, dim)",
)
derivative(
    "_softmax_backward_data(Tensor grad_output, Tensor output, int dim)",
    "(grad_output - total(grad_output * output, dim)) * output",
    grad_output="_softmax_backward_data(grad, output, dim)",
    output="grad_output * grad - total(output * grad_output, dim) * grad - grad_output * total(output * grad, dim)",
)
_log_softmax_row = op(
    "_log_softmax(Tensor self, int dim)",
    _log_softmax,
    "log(exp(self) / the sum of exp(self) over dim)",
    self="_log_softmax_backward_data(grad, result, dim)",
)
derivative(
    "_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim)",
    "grad_output - exp(output) * total(grad_output, dim)",
    grad_output="grad - total(grad * exp(output), dim)",
    output="-total(grad_output, dim) * exp(output) * grad",
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
