"""Embeddings: rows of a matrix, looked up by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..api import op
from ..dtypes import of_array
from ..rules import helper
from ..tensor import Tensor, wrap
from .vocabulary import numbers_of

__all__ = ["check_indices", "embedding", "renorm"]


def check_indices(indices: Any, name: str, argument: str = "#1 'indices'") -> None:
    """See that indices are 32- or 64-bit integers.

    Raises:
        RuntimeError: They are not.
    """
    if indices.dtype not in (np.int32, np.int64):
        found = "CPUBoolType" if indices.dtype == np.bool_ else dtypes.type_name(of_array(indices))
        raise RuntimeError(
            f"Expected tensor for argument {argument} to have one of the following scalar types: Long, Int; but got {found} instead "
            f"(while checking arguments for {name})"
        )


def _embedding(weight: Any, indices: Any, padding_idx: int, scale_grad_by_freq: bool, sparse: bool) -> Any:
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    check_indices(indices, "embedding")
    if indices.size and (indices.min() < 0 or indices.max() >= weight.shape[0]):
        raise IndexError("index out of range in self")
    return weight[indices]


def _factors(indices: Any, padding_idx: int, scale_grad_by_freq: bool) -> Any:
    """What each row's gradient counts for: nothing where it is padding; the less, the more often it was looked up, if so wanted."""
    flat = numbers_of(indices, "the derivative of embedding").reshape(-1)
    factors = np.ones(flat.shape)
    if scale_grad_by_freq:
        _, inverse, counts = np.unique(flat, return_inverse=True, return_counts=True)
        factors /= counts[inverse]
    factors[flat == padding_idx] = 0
    return factors


def _dense_backward(grad_output: Any, indices: Any, num_weights: int, padding_idx: int, scale_grad_by_freq: bool) -> Any:
    flat = indices.reshape(-1)
    rows = grad_output.reshape(flat.size, -1)
    if scale_grad_by_freq:
        rows = rows * _factors(indices, padding_idx, True)[:, None].astype(rows.dtype)
    kept = flat != padding_idx
    if not kept.all():
        flat, rows = flat[kept], rows[kept]
    result = np.zeros((num_weights, grad_output.shape[-1]), grad_output.dtype)
    np.add.at(result, flat, rows)
    return result


@helper
def embedding_backward(
    k: Any, grad: Any, indices: Any, size: Sequence[int], padding_idx: int, scale_grad_by_freq: bool, sparse: bool
) -> Any:
    """The gradients of the rows, added up where they came from."""
    if sparse:
        raise NotImplementedError("the sparse gradient of embedding is not implemented")
    return k.embedding_dense_backward(grad, indices, size[0], padding_idx, scale_grad_by_freq)


@helper
def embedding_dense_double_backward(k: Any, grad: Any, indices: Any, padding_idx: int, scale_grad_by_freq: bool) -> Any:
    """The rows looked up again, each times what its gradient counts for."""
    rows = k.index_select(grad, 0, k.reshape(indices, (-1,)))
    if padding_idx >= 0 or scale_grad_by_freq:
        factors = _factors(indices, padding_idx, scale_grad_by_freq)[:, None]
        rows = rows * (wrap(factors.astype(rows._value.dtype)) if isinstance(rows, Tensor) else factors.astype(rows.dtype))
    return k.reshape(rows, (*indices.shape, grad.shape[1]))


embedding = op(
    "embedding(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False)",
    _embedding,
    "weight[indices]",
    method=False,
    weight="embedding_backward(grad, indices, weight.shape, padding_idx, scale_grad_by_freq, sparse)",
)
op(
    "embedding_dense_backward(Tensor grad_output, Tensor indices, int num_weights, int padding_idx, bool scale_grad_by_freq)",
    _dense_backward,
    "grad_output added up where it came from",
    function=False,
    method=False,
    grad_output="embedding_dense_double_backward(grad, indices, padding_idx, scale_grad_by_freq)",
)


def _renormalized(self: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    check_indices(indices, "embedding_renorm_", "#2 'indices'")
    result = np.array(self)
    if max_norm < 0:
        raise RuntimeError(f"expected max_norm to be >= 0, but got {max_norm:g}")
    for row in np.unique(indices):
        length = np.linalg.norm(result[row].astype(np.float64), norm_type)
        if length > max_norm:
            result[row] *= self.dtype.type(max_norm / (length + 1e-7))
    return result


renorm = op(
    "embedding_renorm(Tensor self, Tensor indices, float max_norm, float norm_type)",
    _renormalized,
    "self, with the rows at indices that are longer than max_norm made that long",
    function=False,
    method=False,
    inplace="embedding_renorm_",
    self="not_implemented('embedding_renorm_')",
)
