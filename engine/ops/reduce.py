"""Sums, means, extremes and other reductions; scans."""

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
    if np.all(np.asarray(getattr(self, "_value", self)) != 0):
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


# -- extremes


def _extreme(name: str, ufunc: Any) -> Any:
    def forward(self: Any) -> Any:
        if not self.size:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
            )
        return ufunc.reduce(self, axis=None) if self.__class__ is _ndarray else self

    return forward


def _extreme_dim(name: str, arg: Any) -> Any:
    def forward(self: Any, dim: int, keepdim: bool = False) -> Any:
        axis = axis_of(dim, self.ndim)
        if not self.ndim:
            return self.copy(), np.int64(0)
        if not self.shape[axis]:
            raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")
        indices = np.expand_dims(arg(self, axis), axis)
        values = np.take_along_axis(self, indices, axis)
        return (values, indices) if keepdim else (values.squeeze(axis), indices.squeeze(axis))

    return forward


@helper
def evenly_distribute(k: Any, grad: Any, self: Any, result: Any) -> Any:
    """The gradient of an extreme, shared by all elements that equal it."""
    mask = self == result
    return k.to_mask(mask, grad) * (grad / mask.sum())


@helper
def to_mask(k: Any, mask: Any, like: Any) -> Any:
    """A mask as zeros and ones."""
    return mask.astype(like.dtype) if not isinstance(mask, Tensor) else mask.to(like.dtype)


@helper
def value_selecting_backward(k: Any, grad: Any, dim: int, indices: Any, shape: tuple[int, ...], keepdim: bool) -> Any:
    """The gradient at the places that were selected, zero elsewhere."""
    if not shape:
        return grad
    axis = axis_of(dim, len(shape))
    if not keepdim:
        grad, indices = k.unsqueeze(grad, axis), k.unsqueeze(indices, axis)
    return k.gather_backward(grad, shape, axis, indices)


@helper
def scale_by_count(k: Any, grad: Any, mask: Any, dim: Any) -> Any:
    """The gradient of an extreme over dims, shared by the elements that equal it."""
    ones = k.to_mask(mask, grad)
    return grad * ones / k.sum_dim_IntList(ones, dim if dim != () else None, True)


for _name, _ufunc, _arg, _word in (("max", np.maximum, np.argmax, "largest"), ("min", np.minimum, np.argmin, "smallest")):
    op(
        f"{_name}(Tensor self)",
        _extreme(_name, _ufunc),
        f"the {_word} element of self",
        function=False,
        node=f"{_name.title()}Backward1",
        self="evenly_distribute(grad, self, result)",
    )
    op(
        f"{_name}.dim(Tensor self, int dim, bool keepdim=False) -> (values, indices)",
        _extreme_dim(_name, _arg),
        f"the {_word} element along dim, and where it is",
        self="value_selecting_backward(grad, dim, indices, self.shape, keepdim)",
    )

    def _amax(self: Any, dim: Any = (), keepdim: bool = False, ufunc: Any = _ufunc, name: str = f"a{_name}") -> Any:
        empty = () if dim == () else [a for a in axes_of(dim, self.ndim) if self.ndim and not self.shape[a]]
        if empty:
            raise IndexError(f"{name}(): Expected reduction dim {empty[0]} to have non-zero size.")
        if not self.size and dim == ():
            raise IndexError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
            )
        return ufunc.reduce(self, axis=kept_axes(self, dim), keepdims=keepdim)

    op(
        f"a{_name}(Tensor self, int[1] dim=[], bool keepdim=False)",
        _amax,
        f"the {_word} element of self over dim",
        self="scale_by_count(restore_dims(grad, self.shape, dim, keepdim), restore_dims(result, self.shape, dim, keepdim) == self, dim)",
    )

    def _choice(
        input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None, axis: Any = None, name: str = _name
    ) -> Any:
        dim = axis if dim is None else dim
        if isinstance(dim, Tensor) or other is not None:
            return TENSORS[name + "imum"](input, dim if other is None else other)
        if dim is None:
            return TENSORS[name](input)
        return TENSORS[name + "_dim"](input, dim, keepdim)

    _choice.__doc__ = f"The {_word} of input: of all of it, along dim (with where it is), or of two tensors element by element."
    public(name=_name)(_choice)

    def _where_extreme(
        self: Any, dim: int | None = None, keepdim: bool = False, arg: Any = _arg, name: str = f"arg{_name}"
    ) -> Any:
        if dim is None:
            if not self.size:
                raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
            found = arg(self)
            return np.asarray(found).reshape((1,) * self.ndim) if keepdim else found
        return arg(self, axis_of(dim, self.ndim), keepdims=keepdim) if self.ndim else np.int64(0)

    op(f"arg{_name}(Tensor self, int? dim=None, bool keepdim=False)", _where_extreme, f"where the {_word} element is")


def _logical(ufunc: Any) -> Any:
    def forward(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        result = ufunc(self, axis=kept_axes(self, dim), keepdims=keepdim)
        return result.astype(np.uint8) if self.dtype == np.uint8 else result

    return forward


op("all(Tensor self, int[]? dim=None, bool keepdim=False)", _logical(np.all), "whether every element is true")
op("any(Tensor self, int[]? dim=None, bool keepdim=False)", _logical(np.any), "whether some element is true")
op(
    "count_nonzero(Tensor self, int[]? dim=None)",
    lambda self, dim=None: np.asarray(np.count_nonzero(self, kept_axes(self, dim)), np.int64)[()],
    "how many elements are not zero",
)
