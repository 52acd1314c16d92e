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

__all__: list[str] = []


def _axes(self: Any, dim: Any) -> Any:
    return None if dim is None or dim == () else axes_of(dim, self.ndim) if self.ndim else axes_of(dim, 0) and ()


def _sum(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    kind = dtype._numpy if dtype is not None else np.dtype(np.int64) if self.dtype.kind in "iub" else self.dtype
    wide = np.float32 if kind == np.float16 else kind
    return self.sum(axis=_axes(self, dim), keepdims=keepdim, dtype=wide).astype(kind, copy=False)


def _mean(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    found = of_array(self) if dtype is None else dtype
    if category(found) < FLOATING:
        word = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {word} dtype must be either a floating point or complex dtype. Got: {found._legacy}"
        )
    total = _sum(self, dim, keepdim, found)
    return (total / count(self.shape, dim)).astype(found._numpy, copy=False)


def count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements go into each element of a reduction."""
    return math.prod(shape) if dim is None or dim == () else math.prod(shape[a] for a in axes_of(dim, len(shape))) if shape else 1


@helper
def reduced_count(k: Any, shape: tuple[int, ...], dim: Any) -> int:
    """How many elements go into each element of a reduction."""
    return count(shape, dim)


_sum_all = op("sum(Tensor self, *, ScalarType? dtype=None)", lambda self, dtype=None: _sum(self, dtype=dtype), "the sum of all of self",
              function=False, self="expand(grad, self.shape)")  # fmt: skip
_sum_dim = op("sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None)", _sum, "the sum of self over dim",
              node="SumBackward1", self="expand_over(grad, self.shape, dim, keepdim)")  # fmt: skip
_mean_all = op("mean(Tensor self, *, ScalarType? dtype=None)", lambda self, dtype=None: _mean(self, dtype=dtype), "the mean of all of self",
               function=False, self="expand(grad / numel(self.shape), self.shape)")  # fmt: skip
_mean_dim = op("mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None)", _mean, "the mean of self over dim",
               node="MeanBackward1", self="expand_over(grad / reduced_count(self.shape, dim), self.shape, dim, keepdim)")  # fmt: skip


def _either(whole: Any, along: Any, name: str, doc: str) -> Any:
    def reduction(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:
        options = {} if out is None else {"out": out}
        if dim is None and not keepdim:
            return whole(input, dtype=dtype, **options)
        return along(input, dim, keepdim, dtype=dtype, **options)

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


_prod_all = op("prod(Tensor self, *, ScalarType? dtype=None)", lambda self, dtype=None: _prod(self, dtype=dtype), "the product of all of self",
               function=False, self="prod_backward(grad, self, result, None, False)")  # fmt: skip
_prod_dim = op("prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None)", _prod, "the product of self over dim",
               node="ProdBackward1", self="prod_backward(grad, self, result, dim, keepdim)")  # fmt: skip
_either(_prod_all, _prod_dim, "prod", "The product of input, over all of it or over dim.")


# -- extremes


def _extreme(name: str, ufunc: Any) -> Any:
    def forward(self: Any) -> Any:
        if not self.size:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
            )
        return ufunc.reduce(self, axis=None)

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
    op(f"{_name}(Tensor self)", _extreme(_name, _ufunc), f"the {_word} element of self", function=False, node=f"{_name.title()}Backward1",
       self="evenly_distribute(grad, self, result)")  # fmt: skip
    op(f"{_name}.dim(Tensor self, int dim, bool keepdim=False) -> (values, indices)", _extreme_dim(_name, _arg),
       f"the {_word} element along dim, and where it is", self="value_selecting_backward(grad, dim, indices, self.shape, keepdim)")  # fmt: skip

    def _amax(self: Any, dim: Any = (), keepdim: bool = False, ufunc: Any = _ufunc, name: str = f"a{_name}") -> Any:
        empty = () if dim == () else [a for a in axes_of(dim, self.ndim) if self.ndim and not self.shape[a]]
        if empty:
            raise IndexError(f"{name}(): Expected reduction dim {empty[0]} to have non-zero size.")
        if not self.size and dim == ():
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.")
        return ufunc.reduce(self, axis=_axes(self, dim), keepdims=keepdim)

    op(f"a{_name}(Tensor self, int[1] dim=[], bool keepdim=False)", _amax, f"the {_word} element of self over dim",
       self="scale_by_count(restore_dims(grad, self.shape, dim, keepdim), restore_dims(result, self.shape, dim, keepdim) == self, dim)")  # fmt: skip

    def _choice(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None, name: str = _name) -> Any:
        if isinstance(dim, Tensor) or other is not None:
            return TENSORS[name + "imum"](input, dim if other is None else other)
        if dim is None:
            return TENSORS[name](input)
        return TENSORS[name + "_dim"](input, dim, keepdim)

    _choice.__doc__ = f"The {_word} of input: of all of it, along dim (with where it is), or of two tensors element by element."
    public(name=_name)(_choice)

    def _where_extreme(self: Any, dim: int | None = None, keepdim: bool = False, arg: Any = _arg, name: str = f"arg{_name}") -> Any:
        if dim is None:
            if not self.size:
                raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
            found = arg(self)
            return np.asarray(found).reshape((1,) * self.ndim) if keepdim else found
        return arg(self, axis_of(dim, self.ndim), keepdims=keepdim) if self.ndim else np.int64(0)

    op(f"arg{_name}(Tensor self, int? dim=None, bool keepdim=False)", _where_extreme, f"where the {_word} element is")


def _logical(ufunc: Any) -> Any:
    def forward(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        result = ufunc(self, axis=_axes(self, dim), keepdims=keepdim)
        return result.astype(np.uint8) if self.dtype == np.uint8 else result

    return forward


op("all(Tensor self, int[]? dim=None, bool keepdim=False)", _logical(np.all), "whether every element is true")
op("any(Tensor self, int[]? dim=None, bool keepdim=False)", _logical(np.any), "whether some element is true")
op("count_nonzero(Tensor self, int[]? dim=None)", lambda self, dim=None: np.asarray(np.count_nonzero(self, _axes(self, dim)), np.int64)[()],
   "how many elements are not zero")  # fmt: skip


# -- spread and norms


def _var(self: Any, dim: Any = None, correction: Any = None, keepdim: bool = False) -> Any:
    if self.dtype.kind not in "fc":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    axes = _axes(self, dim)
    degrees = count(self.shape, dim) - (1 if correction is None else correction)
    if degrees <= 0:
        from ..frames import warn

        warn("var(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel divided by "
             "output numel).", UserWarning)  # fmt: skip
    wide = np.float64 if self.dtype.kind == "f" else np.complex128
    away = self.astype(wide) - self.mean(axis=axes, keepdims=True, dtype=wide)
    total = (away * away.conj()).real.sum(axis=axes, keepdims=keepdim)
    return (total / np.float64(max(0, degrees))).astype(self.real.dtype)


@helper
def var_backward(k: Any, grad: Any, self: Any, dim: Any, correction: Any, keepdim: bool) -> Any:
    """2 / (n - correction) * grad * (self - mean(self))."""
    shape = tuple(self.shape)
    degrees = count(shape, dim) - (1 if correction is None else correction)
    spread = restore(k, grad, len(shape), dim, keepdim)
    factor = 2.0 / degrees if degrees else math.inf
    return spread * factor * (self - k.mean_dim(self, dim, True))


_variance = op("var(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)", _var, "the variance of self over dim",
               function=False, self="var_backward(grad, self, dim, correction, keepdim)")  # fmt: skip
_deviation = op("std(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)", lambda *args: np.sqrt(_var(*args)),
                "the standard deviation of self over dim", function=False,
                self="var_backward(where(result == 0, 0, grad / (result * 2)), self, dim, correction, keepdim)")  # fmt: skip


def _spread(row: Any, name: str, doc: str) -> Any:
    def reduction(input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if unbiased is not None:
            correction = 1 if unbiased else 0
        return row(input, dim, correction=correction, keepdim=keepdim)

    reduction.__doc__ = doc
    reduction.__name__ = reduction.__qualname__ = name
    return public(reduction)


_spread(_variance, "var", "The variance of input over dim; divided by n - 1 unless said otherwise.")
_spread(_deviation, "std", "The standard deviation of input over dim; divided by n - 1 unless said otherwise.")


def _with_mean(name: str, spread: Any, derivative: str) -> None:
    found = op(
        f"{name}_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> ({name}, mean)",
        lambda self, dim=None, correction=None, keepdim=False: (spread(self, dim, correction, keepdim), _mean(self, dim, keepdim)),
        f"the {name} and the mean of self over dim",
        node=f"{name.title()}MeanBackward0",
        self=f"{derivative} + expand_over(grads[1] / reduced_count(self.shape, dim), self.shape, dim, keepdim)",
    )

    def both(input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        return tuple(found(input, dim, correction=correction if unbiased is None else int(unbiased), keepdim=keepdim))

    both.__doc__ = f"The {name} of input over dim, and its mean."
    public(method=False, name=f"{name}_mean")(both)


_with_mean("var", _var, "var_backward(grad, self, dim, correction, keepdim)")
_with_mean("std", lambda *args: np.sqrt(_var(*args)),
           "var_backward(where(std == 0, 0, grad / (std * 2)), self, dim, correction, keepdim)")  # fmt: skip


def _vector_norm(self: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    if self.dtype.kind not in "fc":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {of_array(self)._legacy}"
        )
    value = self if dtype is None else self.astype(dtype._numpy)
    axes = _axes(self, dim)
    size = np.abs(value)
    if ord == math.inf:
        return size.max(axis=axes, keepdims=keepdim)
    if ord == -math.inf:
        return size.min(axis=axes, keepdims=keepdim)
    if ord == 0:
        return (size != 0).sum(axis=axes, keepdims=keepdim).astype(size.dtype)
    if ord == 1:
        return size.sum(axis=axes, keepdims=keepdim)
    if ord == 2:
        return np.sqrt((size * size).sum(axis=axes, keepdims=keepdim))
    return ((size**ord).sum(axis=axes, keepdims=keepdim)) ** (1.0 / ord)


@helper
def vector_norm_backward(k: Any, grad: Any, self: Any, ord: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    """The derivative of the norm for each kind of order; 0 where the norm is 0."""
    ndim = len(self.shape)
    grad = restore(k, grad, ndim, dim, keepdim)
    norm = restore(k, result, ndim, dim, keepdim)
    if ord == 0:
        return None
    if ord == 1:
        return k.sgn(self) * grad
    if ord == 2:
        return self * k.where(norm == 0, 0, grad / norm)
    size = k.abs(self)
    if ord in (math.inf, -math.inf):
        mask = k.to_mask(size == norm, grad)
        return k.sgn(self) * (mask / k.sum_dim_IntList(mask, dim, True) * grad)
    if ord < 1:
        scaled = k.where(self == 0, 0, k.sgn(self) * size ** (ord - 1))
        return scaled * grad * norm ** (1 - ord)
    if ord < 2:
        return k.sgn(self) * size ** (ord - 1) * k.where(norm == 0, 0, grad / norm ** (ord - 1))
    return self * k.where(self == 0, 0, size ** (ord - 2)) * k.where(norm == 0, 0, grad / norm ** (ord - 1))


vector_norm = op(
    "linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)",
    _vector_norm,
    "the sum of |self| ** ord over dim, to the power 1 / ord",
    function=False,
    self="vector_norm_backward(grad, self, ord, result, dim, keepdim)",
)


@public
def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None) -> Tensor:
    """The p-norm of input over dim."""
    order = 2 if p in ("fro", None) else math.inf if p == "inf" else p
    if not isinstance(order, (int, float)):
        raise NotImplementedError(f"norm with p={p!r} is not implemented; use 'fro' or a number")
    result: Tensor = vector_norm(input, order, dim, keepdim, dtype=dtype, **({} if out is None else {"out": out}))
    return result


# -- scans


def _scan(ufunc: Any) -> Any:
    def forward(self: Any, dim: int, dtype: Any = None) -> Any:
        kind = dtype._numpy if dtype is not None else np.dtype(np.int64) if self.dtype.kind in "iub" else self.dtype
        axis = axis_of(dim, self.ndim)
        return ufunc.accumulate(self.astype(kind, copy=False), axis) if self.ndim else self.astype(kind)

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
    if np.all(np.asarray(getattr(self, "_value", self)) != 0):
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


op("cumsum(Tensor self, int dim, *, ScalarType? dtype=None)", _scan(np.add), "the running sum of self along dim",
   self="reversed_cumsum(grad, dim)")  # fmt: skip
op("cumprod(Tensor self, int dim, *, ScalarType? dtype=None)", _scan(np.multiply), "the running product of self along dim",
   self="cumprod_backward(grad, self, result, dim)")  # fmt: skip


def _logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Any:
    axes = _axes(self, dim)
    value = self if self.dtype.kind in "fc" else self.astype(np.float32)
    if not value.size:
        return np.log(np.exp(value).sum(axis=axes, keepdims=keepdim))
    top = value.max(axis=axes, keepdims=True)
    top = np.where(np.isfinite(top), top, 0).astype(value.dtype)
    result = np.log(np.exp(value - top).sum(axis=axes, keepdims=True)) + top
    return result if keepdim else result.reshape(np.sum(value, axis=axes).shape)[()]


op("logsumexp(Tensor self, int[1] dim, bool keepdim=False)", _logsumexp, "log(sum(exp(self))) over dim",
   self="restore_dims(grad, self.shape, dim, keepdim) * exp(self - restore_dims(result, self.shape, dim, keepdim))")  # fmt: skip
