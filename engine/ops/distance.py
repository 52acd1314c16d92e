"""Distances between vectors: cdist, pdist, dist; and renorm, which bounds the norms of slices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import op, public
from ..dispatch import broadcast_error
from ..dtypes import of_array
from ..rules import ARRAYS, TENSORS, helper
from ..tensor import Tensor
from .vocabulary import axis_of

__all__ = ["pdist"]


# -- p-norms of differences


def _distance(difference: Any, p: float) -> Any:
    """The p-norm over the last dimension."""
    size = np.abs(difference)
    if not size.shape[-1]:
        return np.zeros(size.shape[:-1], size.dtype)
    if p == 0:
        return np.count_nonzero(difference, axis=-1).astype(size.dtype)
    if p == math.inf:
        return size.max(axis=-1)
    if p == 1:
        return size.sum(axis=-1)
    if p == 2:
        return np.sqrt((size * size).sum(axis=-1))
    return ((size**p).sum(axis=-1) ** (1 / p)).astype(size.dtype)


def _slope(grad: Any, difference: Any, p: float, distance: Any) -> Any:
    """The gradient of the p-norm with respect to the difference; all three broadcast against it."""
    sign = np.sign(difference)
    size = np.abs(difference)
    if p == 0:
        return np.zeros_like(difference)
    if p == 1:
        return grad * sign
    if p == math.inf:
        return grad * sign * (size == distance)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = difference / distance if p == 2 else sign * size ** (p - 1) / distance ** (p - 1)
    zero = (distance == 0) | ((difference == 0) if p < 2 else False)
    return np.where(zero, 0, grad * unit).astype(difference.dtype)


def _check_floating(name: str, which: str, value: Any) -> None:
    if value.dtype.kind != "f":
        raise RuntimeError(f"{name} only supports floating-point dtypes, {which} got: {of_array(value)._legacy}")


def _cdist_forward(x1: Any, x2: Any, p: float, compute_mode: int | None = None) -> Any:
    _check_floating("cdist", "X1", x1)
    _check_floating("cdist", "X2", x2)
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if x1.dtype != x2.dtype:
        raise RuntimeError(f"expected scalar type {of_array(x1)._legacy} but found {of_array(x2)._legacy}")
    return _distance(x1[..., :, None, :] - x2[..., None, :, :], p)


def _cdist_backward(grad: Any, x1: Any, x2: Any, p: float, cdist: Any) -> Any:
    slope = _slope(grad[..., None], x1[..., :, None, :] - x2[..., None, :, :], p, cdist[..., None])
    return slope.sum(axis=-2)


_cdist_row: Any = op(
    "_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode)",
    _cdist_forward,
    "the p-norm distance of each row of x1 from each of x2",
    node="CdistBackward0",
    x1="_cdist_backward(contiguous(grad), x1, x2, p, result)",
    x2="_cdist_backward(contiguous(mirrored(grad)), x2, x1, p, mirrored(result))",
)
op(
    "_cdist_backward(Tensor grad, Tensor x1, Tensor x2, float p, Tensor cdist)",
    _cdist_backward,
    "the derivative of the distances",
    grad="not_implemented('_cdist_backward')",
    x1="not_implemented('_cdist_backward')",
    x2="not_implemented('_cdist_backward')",
)


@helper
def mirrored(k: Any, value: Any) -> Any:
    """A matrix, or a batch of them, transposed."""
    return k.transpose(value, -2, -1)


def _euclidean(x1: Any, x2: Any) -> Any:
    squares = [(x * x).sum(axis=-1, keepdims=True) for x in (x1, x2)]
    found = squares[0] + squares[1].swapaxes(-2, -1) - 2 * (x1 @ x2.swapaxes(-2, -1))
    return np.sqrt(np.maximum(found, 0))


@helper
def euclidean_share(k: Any, grad: Any, result: Any) -> Any:
    """The gradient over the distance, 0 where that is."""
    return k.masked_fill_Scalar(grad / result, result == 0, 0)


_euclidean_row = op(
    "_euclidean_dist(Tensor x1, Tensor x2)",
    _euclidean,
    "the distance of each row of x1 from each of x2, by way of their product",
    node="EuclideanDistBackward0",
    x1="x1 * sum_dim_IntList(euclidean_share(grad, result), (-1,), True) - euclidean_share(grad, result) @ x2",
    x2="x2 * mirrored(sum_dim_IntList(euclidean_share(grad, result), (-2,), True)) - mirrored(euclidean_share(grad, result)) @ x1",
)

_MODES = {"use_mm_for_euclid_dist_if_necessary": 0, "use_mm_for_euclid_dist": 1, "donot_use_mm_for_euclid_dist": 2}


@public(method=False)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The p-norm distance of each row of x1 from each row of x2, batch by batch."""
    mode = _MODES.get(compute_mode)
    if mode is None:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for which, x in (("X1", x1), ("X2", x2)):
        if x._value.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {which} got: {x._value.ndim}D")
    a, b = x1._value.shape, x2._value.shape
    if a[-1] != b[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {a[-1]} X2: {b[-1]}")
    error = broadcast_error((a[:-2], b[:-2]))
    if error is not None:
        raise error
    if p != 2 or not (mode == 1 or (mode == 0 and max(a[-2], b[-2]) > 25)) or 0 in (a[-2], b[-2], a[-1]):
        return _cdist_row(x1, x2, float(p), mode or None)
    batch = np.broadcast_shapes(a[:-2], b[:-2])
    count = math.prod(batch)
    if count != 1:
        x1, x2 = (
            TENSORS.view(TENSORS.expand(x, (*batch, *s)).contiguous(), (count, *s)) for x, s in ((x1, a[-2:]), (x2, b[-2:]))
        )
    return TENSORS.view(_euclidean_row(x1, x2), (*batch, a[-2], b[-2]))


def _pairs(count: int) -> tuple[Any, Any]:
    return np.triu_indices(count, 1)


def _pdist_forward(self: Any, p: float = 2) -> Any:
    first, second = _pairs(self.shape[0])
    return _distance(self[first] - self[second], p)


def _pdist_backward(grad: Any, self: Any, p: float, pdist: Any) -> Any:
    first, second = _pairs(self.shape[0])
    slope = _slope(grad[:, None], self[first] - self[second], p, pdist[:, None])
    result = np.zeros_like(self)
    np.add.at(result, first, slope)
    np.subtract.at(result, second, slope)
    return result


_pdist_row = op(
    "_pdist_forward(Tensor self, float p=2)",
    _pdist_forward,
    "the p-norm distance of each row of self from each later one",
    node="PdistBackward0",
    self="_pdist_backward(grad, self, p, result)",
)
op(
    "_pdist_backward(Tensor grad, Tensor self, float p, Tensor pdist)",
    _pdist_backward,
    "the derivative of the distances",
    grad="not_implemented('_pdist_backward')",
    self="not_implemented('_pdist_backward')",
    pdist="not_implemented('_pdist_backward')",
)


@public(method=False)
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm distance of each row of input from each later row."""
    if input._value.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input._value.ndim}D")
    _check_floating("pdist", "X1", input._value)
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return _pdist_row(TENSORS.contiguous(input) if not input.is_contiguous() else input, float(p))


# -- norms


op(
    "dist(Tensor self, Tensor other, Scalar p=2)",
    lambda self, other, p=2: ARRAYS.linalg_vector_norm(np.asarray(self - other), p),
    "the p-norm of self - other",
    takes="fc",
    self="vector_norm_backward(grad, self - other, p, result, None, False)",
    other="-vector_norm_backward(grad, self - other, p, result, None, False)",
)


def _renorm(self: Any, p: Any, dim: int, maxnorm: Any) -> Any:
    axis = axis_of(dim, self.ndim)
    if isinstance(p, complex):
        raise RuntimeError("renorm: p must be real-valued")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if isinstance(maxnorm, complex):
        raise RuntimeError("renorm: maxnorm must be real-valued")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if self.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {self.ndim} dimensions")
    rest = tuple(d for d in range(self.ndim) if d != axis)
    norms = ARRAYS.linalg_vector_norm(self, p, rest, True)
    return self * np.where(norms > maxnorm, maxnorm / (norms + 1e-7), 1).astype(self.real.dtype)


@helper
def renorm_backward(k: Any, grad: Any, self: Any, p: Any, dim: int, maxnorm: Any) -> Any:
    """The gradient where the norm is within the bound; else that of self * maxnorm / norm."""
    axis = axis_of(dim, len(self.shape))
    rest = tuple(d for d in range(len(self.shape)) if d != axis)
    norm = k.linalg_vector_norm(self, p, rest, True)
    along = k.sum_dim_IntList(k.real(k.conj(self) * grad), rest, True)
    bend = k.vector_norm_backward(along, self, p, norm, rest, True)
    inverse = 1 / (norm + 1e-7)
    return k.where(norm > maxnorm, maxnorm * inverse * (grad - inverse * bend), grad)


op(
    "renorm(Tensor self, Scalar p, int dim, Scalar maxnorm)",
    _renorm,
    "self, its slices along dim shortened to a p-norm of maxnorm",
    takes="fc",
    kernel="renorm_cpu",
    inplace=True,
    self="renorm_backward(grad, self, p, dim, maxnorm)",
)
