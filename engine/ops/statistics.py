"""Variance and norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import op, public
from ..dtypes import of_array
from ..frames import warn
from ..rules import fresh, helper
from ..tensor import Tensor
from .reduce import count, kept_axes, mean
from .vocabulary import restore

__all__: list[str] = []

# -- spread and norms


def _var(self: Any, dim: Any = None, correction: Any = None, keepdim: bool = False, name: str = "var") -> Any:
    if self.dtype.kind not in "fc":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    axes = kept_axes(self, dim)
    degrees = count(self.shape, dim) - (1 if correction is None else correction)
    # Of complex numbers the parts are taken one after the other.
    for _ in range(0 if degrees > 0 else 2 if self.dtype.kind == "c" else 1):
        warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel divided by "
            "output numel).",
            UserWarning,
        )
    wide = np.float64 if self.dtype.kind == "f" else np.complex128
    away = self.astype(wide) - self.mean(axis=axes, keepdims=True, dtype=wide)
    total = (away * away.conj()).real.sum(axis=axes, keepdims=keepdim)
    return (total / np.float64(max(0, degrees))).astype(self.real.dtype)


def _std(self: Any, dim: Any = None, correction: Any = None, keepdim: bool = False) -> Any:
    return np.sqrt(_var(self, dim, correction, keepdim, "std"))


@fresh
def var_backward(k: Any, grad: Any, self: Any, dim: Any, correction: Any, keepdim: bool) -> Any:
    """2 / (n - correction) * grad * (self - mean(self))."""
    shape = tuple(self.shape)
    degrees = count(shape, dim) - (1 if correction is None else correction)
    spread = restore(k, grad, len(shape), dim, keepdim)
    mean = k.mean(self) if dim is None else k.mean_dim(self, dim, True)
    return k.mul_number(spread, 2.0 / degrees if degrees else math.inf) * (self - mean)


_variance = op(
    "var(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)",
    _var,
    "the variance of self over dim",
    function=False,
    out="",
    self="var_backward(grad, self, dim, correction, keepdim)",
)
_deviation = op(
    "std(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)",
    _std,
    "the standard deviation of self over dim",
    function=False,
    out="",
    self="var_backward(masked_fill_Scalar(grad / (result * 2), result == 0, 0), self, dim, correction, keepdim)",
)


def _spread(row: Any, name: str, doc: str) -> Any:
    def reduction(
        input: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
        axis: Any = None,
        out: Any = None,
    ) -> Any:
        dim = axis if dim is None else dim
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if unbiased is not None:
            correction = 1 if unbiased else 0
        return row(input, dim, correction=correction, keepdim=keepdim, **({} if out is None else {"out": out}))

    reduction.__doc__ = doc
    reduction.__name__ = reduction.__qualname__ = name
    return public(reduction)


_spread(_variance, "var", "The variance of input over dim; divided by n - 1 unless said otherwise.")
_spread(_deviation, "std", "The standard deviation of input over dim; divided by n - 1 unless said otherwise.")


def _with_mean(name: str, spread: Any, derivative: str) -> None:
    def forward(self: Any, dim: Any = None, correction: Any = None, keepdim: bool = False) -> Any:
        if self.dtype.kind not in "fc":
            raise RuntimeError(f"{name}_mean only support floating point and complex dtypes")
        return spread(self, dim, correction, keepdim), mean(self, dim, keepdim)

    found = op(
        f"{name}_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> ({name}, mean)",
        forward,
        f"the {name} and the mean of self over dim",
        node=f"{name.title()}MeanBackward0",
        self=f"{derivative} + expand_over(grads[1] / reduced_count(self.shape, dim), self.shape, dim, keepdim)",
    )

    def both(
        input: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
        axis: Any = None,
    ) -> Any:
        dim = axis if dim is None else dim
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        return tuple(found(input, dim, correction=correction if unbiased is None else int(unbiased), keepdim=keepdim))

    both.__doc__ = f"The {name} of input over dim, and its mean."
    public(method=False, name=f"{name}_mean")(both)


_with_mean("var", _var, "var_backward(grad, self, dim, correction, keepdim)")
_with_mean(
    "std",
    _std,
    "var_backward(where(std == 0, 0, grad / (std * 2)), self, dim, correction, keepdim)",
)


def _vector_norm(self: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    if self.dtype.kind not in "fc":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {of_array(self)._legacy}"
        )
    value = self if dtype is None else self.astype(dtype._numpy)
    axes = kept_axes(self, dim)
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
        return grad * k.masked_fill_Scalar(self / norm, norm == 0, 0)
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
