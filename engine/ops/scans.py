"""Running sums, products and extremes; logarithms of sums of exponentials."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op
from ..rules import ARRAYS, fresh, helper
from ..table import OUT_SCALAR_TYPE
from .reduce import kept_axes
from .vocabulary import axis_of, is_complex

__all__: list[str] = []


def _scan(name: str, ufunc: Any) -> Any:
    def forward(self: Any, dim: int, dtype: Any = None) -> Any:
        kind = dtype._numpy if dtype is not None else np.dtype(np.int64) if self.dtype.kind in "iub" else self.dtype
        if kind.kind == "b":
            raise NotImplementedError(f"\"{name}_out_cpu\" not implemented for 'Bool'")
        axis = axis_of(dim, self.ndim)
        return ufunc.accumulate(self.astype(kind, copy=False), axis, kind) if self.ndim else self.astype(kind)

    return forward


@helper
def reversed_cumsum(k: Any, grad: Any, dim: int) -> Any:
    """For each place, the sum of the gradients from there on."""
    if not len(grad.shape):
        return grad
    return k.flip(k.cumsum(k.flip(grad, (dim,)), dim), (dim,))


@helper
def cumprod_backward(k: Any, grad: Any, self: Any, result: Any, dim: int) -> Any:
    """By division where there are no zeros; else place by place."""
    shape = tuple(self.shape)
    if not shape:
        return grad
    if k.has_no_zeros(self):
        return k.reversed_cumsum(grad * k.conj(result), dim) / k.conj(self)
    axis = axis_of(dim, len(shape))
    parts = []
    for place in range(shape[axis]):
        before = k.slice(result, axis, place - 1, place, 1) if place else k.slice(self, axis, 0, 1, 1) * 0 + 1
        after = k.slice(self, axis, place + 1, None, 1)
        ones = k.slice(self, axis, 0, 1, 1) * 0 + 1
        factors = before * k.cumprod(k.cat([ones, after], axis), axis)
        parts.append(k.sum_dim_IntList(k.slice(grad, axis, place, None, 1) * k.conj(factors), axis, True))
    return k.cat(parts, axis)


op(
    "cumsum(Tensor self, int dim, *, ScalarType? dtype=None)",
    _scan("cumsum", np.add),
    "the running sum of self along dim",
    inplace=True,
    out="",
    self="reversed_cumsum(grad, dim)",
)
op(
    "cumprod(Tensor self, int dim, *, ScalarType? dtype=None)",
    _scan("cumprod", np.multiply),
    "the running product of self along dim",
    inplace=True,
    out="",
    self="cumprod_backward(grad, self, result, dim)",
)


def _running(ufunc: Any, reaches: Any) -> Any:
    def forward(self: Any, dim: int) -> Any:
        axis = axis_of(dim, self.ndim)
        if not self.ndim:
            return self.copy(), np.int64(0)
        values = ufunc.accumulate(self, axis)
        places = np.arange(self.shape[axis]).reshape([-1 if d == axis else 1 for d in range(self.ndim)])
        before = (slice(None),) * axis
        found = np.zeros(self.shape, np.int64)
        # The last of equal elements counts, and every nan.
        later = self[(*before, slice(1, None))]
        reached = reaches(later, values[(*before, slice(None, -1))])
        if self.dtype.kind == "f":
            reached |= np.isnan(later)
        found[(*before, slice(1, None))] = np.where(reached, places[(*before, slice(1, None))], 0)
        return values, np.maximum.accumulate(found, axis)

    return forward


@helper
def selected_backward(k: Any, grad: Any, shape: tuple[int, ...], dim: int, indices: Any) -> Any:
    """The gradients added up where the elements were taken from."""
    return k.gather_backward(grad, shape, axis_of(dim, len(shape)), indices) if shape else grad


for _name, _ufunc, _reaches, _word in (
    ("cummax", np.maximum, np.greater_equal, "largest"),
    ("cummin", np.minimum, np.less_equal, "smallest"),
):
    op(
        f"{_name}(Tensor self, int dim) -> (values, indices)",
        _running(_ufunc, _reaches),
        f"the {_word} element so far along dim, and where it is",
        takes="bihf",
        out=OUT_SCALAR_TYPE,
        self="selected_backward(grad, self.shape, dim, indices)",
    )

# -- logarithms of sums of exponentials


def _logcumsumexp(self: Any, dim: int) -> Any:
    axis = axis_of(dim, self.ndim)
    if not self.ndim or not self.size:
        return self.copy()
    if self.dtype.kind == "f":
        return np.logaddexp.accumulate(self, axis)
    rows = np.moveaxis(self, axis, 0)
    result = np.empty_like(rows)
    result[0] = rows[0]
    for i in range(1, len(rows)):
        result[i] = ARRAYS.logaddexp(result[i - 1], rows[i])
    return np.moveaxis(result, 0, axis)


@fresh
def logcumsumexp_backward(k: Any, grad: Any, self: Any, result: Any, dim: int) -> Any:
    """In logarithms, positive and negative gradients apart."""
    if not len(self.shape) or not all(self.shape):
        return grad * 1

    def backwards(value: Any) -> Any:
        return k.flip(k.logcumsumexp(k.flip(value, (dim,)), dim), (dim,))

    if is_complex(grad):
        return k.conj(k.exp(backwards(k.log(k.conj(grad)) - result) + self))
    size = k.log(k.abs(grad))
    least = float(np.finfo(np.float32 if "32" in str(grad.dtype) else np.float64).min)
    parts = [k.exp(backwards(k.where(side, size, least) - result) + self) for side in (grad > 0, grad < 0)]
    return parts[0] - parts[1]


op(
    "logcumsumexp(Tensor self, int dim)",
    _logcumsumexp,
    "the logarithm of the running sum of exp(self) along dim",
    takes="hfc",
    kernel="logcumsumexp_out_cpu",
    out=OUT_SCALAR_TYPE,
    self="logcumsumexp_backward(grad, self, result, dim)",
)


def _logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Any:
    axes = kept_axes(self, dim)
    value = self if self.dtype.kind in "fc" else self.astype(np.float32)
    if not value.size:
        return np.log(np.exp(value).sum(axis=axes, keepdims=keepdim))
    top = value.real.max(axis=axes, keepdims=True)
    top = np.where(np.isfinite(top), top, 0).astype(top.dtype)
    result = np.log(np.exp(value - top).sum(axis=axes, keepdims=True)) + top
    return result if keepdim else result.reshape(np.sum(value, axis=axes).shape)[()]


op(
    "logsumexp(Tensor self, int[1] dim, bool keepdim=False)",
    _logsumexp,
    "log(sum(exp(self))) over dim",
    out="",
    self="restore_dims(grad, self.shape, dim, keepdim) * conj(exp(self - restore_dims(result, self.shape, dim, keepdim)))",
)
