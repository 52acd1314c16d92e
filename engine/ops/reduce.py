"""Sums, means, products, and whether all or any."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import op, public
from ..dtypes import FLOATING, category, of_array
from ..rules import TENSORS, helper
from ..tensor import Tensor
from .vocabulary import axes_of, axis_of, restore

__all__ = ["count", "kept_axes", "mean"]


_add: Any = np.add
_ndarray = np.ndarray
_REAL = frozenset(map(np.dtype, (np.float32, np.float64)))
_REAL_SCALARS = frozenset({np.float32, np.float64})


def kept_axes(self: Any, dim: Any) -> Any:
    """The axes a `dim` argument means, as NumPy takes them."""
    return None if dim is None or dim == () else axes_of(dim, self.ndim) if self.ndim else axes_of(dim, 0) and ()


def _sum(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    if dtype is None and self.dtype in _SUMMED_AS_IS:
        return _add.reduce(self, kept_axes(self, dim), keepdims=keepdim)
    kind = dtype._numpy if dtype is not None else np.dtype(np.int64) if self.dtype.kind in "iub" else self.dtype
    wide = np.float32 if kind == np.float16 else kind
    return _add.reduce(self, kept_axes(self, dim), wide, keepdims=keepdim).astype(kind, copy=False)


_SUMMED_AS_IS = frozenset(map(np.dtype, (np.float32, np.float64, np.int64)))


def mean(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    if dim is None and dtype is None and not keepdim and self.dtype in _REAL:
        return _add.reduce(self, None) / self.size
    found = of_array(self) if dtype is None else dtype
    if category(found) < FLOATING:
        word = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {word} dtype must be either a floating point or complex dtype. Got: {found._legacy}"
        )
    total = _sum(self, dim, keepdim, dtype)
    return (total / count(self.shape, dim)).astype(found._numpy, copy=False)


def count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements go into each element of a reduction."""
    return (
        math.prod(shape) if dim is None or dim == () else math.prod(shape[a] for a in axes_of(dim, len(shape))) if shape else 1
    )


@helper
def reduced_count(k: Any, shape: tuple[int, ...], dim: Any) -> int:
    """How many elements go into each element of a reduction."""
    return count(shape, dim)


def _sum_whole(self: Any, dtype: Any = None) -> Any:
    return self if self.__class__ in _REAL_SCALARS and dtype is None else _sum(self, dtype=dtype)


def _mean_whole(self: Any, dtype: Any = None) -> Any:
    return self if self.__class__ in _REAL_SCALARS and dtype is None else mean(self, dtype=dtype)


_sum_all = op(
    "sum(Tensor self, *, ScalarType? dtype=None)",
    _sum_whole,
    "the sum of all of self",
    function=False,
    self="expand(grad, self.shape)",
)
_sum_dim = op(
    "sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None)",
    _sum,
    "the sum of self over dim",
    node="SumBackward1",
    self="expand_over(grad, self.shape, dim, keepdim)",
)
_mean_all = op(
    "mean(Tensor self, *, ScalarType? dtype=None)",
    _mean_whole,
    "the mean of all of self",
    function=False,
    self="expand(grad / numel(self.shape), self.shape)",
)
_mean_dim = op(
    "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None)",
    mean,
    "the mean of self over dim",
    node="MeanBackward1",
    self="expand_over(grad / reduced_count(self.shape, dim), self.shape, dim, keepdim)",
)


def _either(whole: Any, along: Any, name: str, doc: str) -> Any:
    def reduction(
        input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, axis: Any = None
    ) -> Any:
        dim = axis if dim is None else dim
        if out is not None:
            return along(input, dim, keepdim, dtype=dtype, out=out)
        if dtype is not None:
            return along(input, dim, keepdim, dtype=dtype) if dim is not None or keepdim else whole(input, dtype=dtype)
        return along(input, dim, keepdim) if dim is not None or keepdim else whole(input)

    reduction.__doc__ = doc
    reduction.__name__ = reduction.__qualname__ = name
    return public(reduction)


_either(_sum_all, _sum_dim, "sum", "The sum of input, over all of it or over dim.")
_either(_mean_all, _mean_dim, "mean", "The mean of input, over all of it or over dim.")


def _prod(self: Any, dim: int | None = None, keepdim: bool = False, dtype: Any = None) -> Any:
    kind = dtype._numpy if dtype is not None else np.dtype(np.int64) if self.dtype.kind in "iub" else self.dtype
    return self.prod(axis=None if dim is None or not self.ndim else axis_of(dim, self.ndim), keepdims=keepdim, dtype=kind)


@helper
def prod_backward(k: Any, grad: Any, self: Any, result: Any, dim: int | None, keepdim: bool) -> Any:
    """The product of all the other elements: by division, or by two scans where there are zeros."""
    shape = tuple(self.shape)
    if not shape:
        return grad
    if dim is None:
        axes, spread, whole = 0, grad, k.reshape(self, (-1,))
    else:
        axes, spread, whole = axis_of(dim, len(shape)), restore(k, grad, len(shape), dim, keepdim), self
        result = restore(k, result, len(shape), dim, keepdim)
    if k.has_no_zeros(self):
        return spread * k.conj(result / self)
    others = _exclusive(k, whole, axes) * k.flip(_exclusive(k, k.flip(whole, (axes,)), axes), (axes,))
    return k.reshape(spread * k.conj(others), shape)


def _exclusive(k: Any, value: Any, axis: int) -> Any:
    """For each place, the product of all elements before it."""
    length = value.shape[axis]
    ones = k.slice(value, axis, 0, 1, 1) * 0 + 1
    return k.cumprod(k.cat([ones, k.slice(value, axis, 0, length - 1, 1)], axis), axis)


_prod_all = op(
    "prod(Tensor self, *, ScalarType? dtype=None)",
    lambda self, dtype=None: _prod(self, dtype=dtype),
    "the product of all of self",
    function=False,
    self="prod_backward(grad, self, result, None, False)",
)
_prod_dim = op(
    "prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None)",
    _prod,
    "the product of self over dim",
    node="ProdBackward1",
    self="prod_backward(grad, self, result, dim, keepdim)",
)
_either(_prod_all, _prod_dim, "prod", "The product of input, over all of it or over dim.")


def _nansum(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    if self.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    return _sum(np.where(np.isnan(self), 0, self).astype(self.dtype) if self.dtype.kind == "f" else self, dim, keepdim, dtype)


op(
    "nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)",
    _nansum,
    "the sum of self over dim, nan counting as 0",
    out="",
    self="expand_over(grad, self.shape, dim, keepdim) * logical_not(isnan(self))",
)


@public(out="nanmean")
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of input over dim, without what is nan."""
    if not (input.is_floating_point() or input.is_complex()):
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype._legacy}")
    numbers = TENSORS.logical_not(TENSORS.isnan(input.detach()))
    counted = numbers.sum(tuple(range(numbers.ndim)) if dim is None else dim, keepdim)
    return TENSORS.nansum(input, dim, keepdim, dtype=dtype).div(counted)


def _logical(ufunc: Any) -> Any:
    def forward(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        result = ufunc(self, axis=kept_axes(self, dim), keepdims=keepdim)
        return result.astype(np.uint8) if self.dtype == np.uint8 else result

    return forward


op(
    "all(Tensor self, int[]? dim=None, bool keepdim=False)",
    _logical(np.all),
    "whether every element is true",
    out="all only supports bool tensor for result, got: {out}",
)
op(
    "any(Tensor self, int[]? dim=None, bool keepdim=False)",
    _logical(np.any),
    "whether some element is true",
    out="any only supports bool tensor for result, got: {out}",
)
op(
    "count_nonzero(Tensor self, int[]? dim=None)",
    lambda self, dim=None: np.asarray(np.count_nonzero(self, kept_axes(self, dim)), np.int64)[()],
    "how many elements are not zero",
)
