"""Sorting, the largest elements, searching what is sorted, and each value once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op, public
from ..dtypes import of_array
from ..geometry import relaid
from ..tensor import Tensor
from .vocabulary import axis_of

__all__: list[str] = []


# -- sorting


def order(value: Any, axis: int, descending: bool) -> Any:
    """The order that sorts an axis, equal elements as they come, nan last (or first, if descending)."""
    if not descending:
        return np.argsort(value, axis, kind="stable")
    backwards = np.flip(np.argsort(np.flip(value, axis), axis, kind="stable"), axis)
    return value.shape[axis] - 1 - backwards


def _refuse_complex(self: Any, name: str) -> None:
    if self.dtype.kind == "c":
        raise RuntimeError(f" {name} does not support complex dtypes on CPU")


def _sort(self: Any, dim: int = -1, descending: bool = False) -> Any:
    axis = axis_of(dim, self.ndim)
    _refuse_complex(self, "Sort")
    if not self.ndim:
        return self.copy(), np.int64(0)
    indices = order(self, axis, descending)
    return relaid(np.take_along_axis(self, indices, axis), self), relaid(indices, self)


_sort_row: Any = op(
    "sort(Tensor self, int dim=-1, bool descending=False) -> (values, indices)",
    _sort,
    "self in order along dim",
    function=False,
    keeps_layout=True,
    self="value_selecting_backward(grad, dim, indices, self.shape, True)",
)
_stable_row: Any = op(
    "sort.stable(Tensor self, int dim=-1, bool descending=False) -> (values, indices)",
    _sort,
    "self in order along dim, equal elements as they come",
    node="SortBackward1",
    keeps_layout=True,
    self="value_selecting_backward(grad, dim, indices, self.shape, True)",
)


@public
def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool | None = None, out: Any = None) -> Any:
    """input in order along dim, and where each element was; equal elements stay as they come, whatever `stable` says."""
    row = _sort_row if stable is None else _stable_row
    return row(input, dim, descending) if out is None else row(input, dim, descending, out=out)


op(
    "argsort(Tensor self, int dim=-1, bool descending=False, bool stable=False)",
    lambda self, dim=-1, descending=False, stable=False: _sort(self, dim, descending)[1],
    "the order that sorts self",
)


@public(out="msort")
def msort(input: Tensor) -> Tensor:
    """input in order along its first dimension."""
    values: Tensor = _sort_row(input, 0, False)[0]
    return values


# -- the largest


def _topk(self: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    axis = axis_of(dim, self.ndim)
    _refuse_complex(self, "topk")
    if k < 0 or k > (self.shape[axis] if self.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if not self.ndim:
        return self.copy(), np.int64(0)
    indices = order(self, axis, largest).take(range(k), axis)
    return np.take_along_axis(self, indices, axis), indices


op(
    "topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True) -> (values, indices)",
    _topk,
    "the k largest elements along dim",
    self="value_selecting_backward(grad, dim, indices, self.shape, True)",
)


def _kthvalue(self: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    axis = axis_of(dim, self.ndim)
    length = self.shape[axis] if self.ndim else 1
    if not length:
        raise IndexError(f"kthvalue(): Expected reduction dim {axis} to have non-zero size.")
    if not 1 <= k <= length:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    if not self.ndim:
        return self.copy(), np.int64(0)
    indices = order(self, axis, False).take([k - 1], axis)
    values = np.take_along_axis(self, indices, axis)
    return (values, indices) if keepdim else (values.squeeze(axis), indices.squeeze(axis))


op(
    "kthvalue(Tensor self, int k, int dim=-1, bool keepdim=False) -> (values, indices)",
    _kthvalue,
    "the k-th smallest element along dim",
    takes="ihf",
    self="value_selecting_backward(grad, dim, indices, self.shape, keepdim)",
)


# -- searching


def _searched(boundaries: Any, values: Any, right: bool, out_int32: bool) -> Any:
    kind = np.int32 if out_int32 else np.int64
    side: Any = "right" if right else "left"
    common = np.result_type(boundaries, values)
    boundaries, values = boundaries.astype(common), np.asarray(values).astype(common)
    if boundaries.ndim == 1:
        return np.searchsorted(boundaries, values, side).astype(kind)
    found = np.empty(values.shape, kind)
    for row in np.ndindex(values.shape[:-1]):
        found[row] = np.searchsorted(boundaries[row], values[row], side)
    return found


def _searchsorted(
    sorted_sequence: Any, self: Any, out_int32: bool = False, right: bool = False, side: str | None = None, sorter: Any = None
) -> Any:
    name, ndim = "torch.searchsorted(): ", sorted_sequence.ndim
    shape, wanted = list(np.shape(self)), list(sorted_sequence.shape)
    if side not in (None, "left", "right"):
        raise RuntimeError(f"{name}side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(f"{name}side and right can't be set to opposites, got side of left while right was True")
    if ndim != 1 and not shape:
        raise RuntimeError(
            f"{name}input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim({ndim}) "
            f"and input value's dim({len(shape)}) numel(1)"
        )
    if not ndim:
        raise RuntimeError(f"{name}boundaries tensor should have positive dimension, but got 0 dimension")
    if ndim != 1 and wanted[:-1] != shape[:-1]:
        raise RuntimeError(
            f"{name}boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must "
            f"match, but we got boundaries tensor {wanted} and input value tensor {shape}"
        )
    if sorter is not None:
        if list(sorter.shape) != wanted:
            raise RuntimeError(
                f"{name}boundary and sorter must have the same size, but got boundary tensor {wanted}and got sorter tensor "
                f"{list(sorter.shape)}"
            )
        if sorter.dtype != np.int64:
            raise RuntimeError(f"{name}sorter must be a tensor of long dtype but got dtype {of_array(sorter)._legacy}")
        if sorter.size and (sorter.min() < 0 or sorter.max() >= wanted[-1]):
            raise RuntimeError(f"{name}sorter index out of range")
        sorted_sequence = np.take_along_axis(sorted_sequence, sorter, -1)
    return _searched(sorted_sequence, self, right or side == "right", out_int32)


op(
    "searchsorted(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None)",
    _searchsorted,
    "where in the sorted sequence each element of self belongs",
    numbers=True,
    method=False,
    takes="bihf",
)


def _bucketize(self: Any, boundaries: Any, out_int32: bool = False, right: bool = False) -> Any:
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return _searched(boundaries, self, right, out_int32)


op(
    "bucketize(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False)",
    _bucketize,
    "between which boundaries each element of self lies",
    numbers=True,
    method=False,
    takes="bihf",
)


# -- each value once


def _unique(self: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False) -> Any:
    found, inverse, counts = np.unique(self, return_inverse=True, return_counts=True, equal_nan=False)
    nothing = np.empty(0, np.int64)
    return (
        found,
        inverse.reshape(self.shape).astype(np.int64) if return_inverse or return_counts else nothing,
        counts.astype(np.int64) if return_counts else nothing,
    )


def _runs(rows: Any) -> tuple[Any, Any, Any]:
    """Where runs of equal rows begin, which run each row belongs to, and how long each is."""
    if not len(rows):
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing
    flat = rows.reshape(len(rows), -1)
    begins = np.concatenate([[True], (flat[1:] != flat[:-1]).any(axis=1)])
    starts = np.flatnonzero(begins)
    return starts, np.cumsum(begins) - 1, np.diff(np.append(starts, len(rows)))


def _unique_consecutive(self: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) -> Any:
    if dim is None:
        rows = np.ravel(self)
        starts, inverse, counts = _runs(rows)
        found, inverse = rows[starts], inverse.reshape(np.shape(self))
    else:
        axis = axis_of(dim, self.ndim)
        starts, inverse, counts = _runs(np.moveaxis(self, axis, 0))
        found = np.take(self, starts, axis)
    nothing = np.empty(0, np.int64)
    return found, inverse.astype(np.int64) if return_inverse else nothing, counts.astype(np.int64) if return_counts else nothing


def _unique_dim(self: Any, dim: int, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False) -> Any:
    axis = axis_of(dim, self.ndim)
    if not self.size and self.shape[axis]:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    found, inverse, counts = np.unique(self, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
    return found, inverse.reshape(-1).astype(np.int64), counts.astype(np.int64)


_unique_row: Any = op(
    "_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (output, inverse, counts)",
    _unique,
    "each element of self once, in order",
    node="Unique2Backward0",
    self="not_implemented('_unique2')",
)
_unique_dim_row: Any = op(
    "_unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (output, inverse, counts)",
    _unique_dim,
    "each slice of self along dim once, in order",
    node="UniqueDimBackward0",
    self="not_implemented('unique_dim')",
)
_consecutive_row: Any = op(
    "unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None) -> (output, inverse, counts)",
    _unique_consecutive,
    "self without the elements that equal the one before",
    function=False,
    method=False,
    self="not_implemented('unique_consecutive')",
)


def _chosen(found: Sequence[Tensor], return_inverse: bool, return_counts: bool) -> Any:
    output, inverse, counts = found
    wanted = [output, *([inverse] if return_inverse else []), *([counts] if return_counts else [])]
    return tuple(wanted) if len(wanted) > 1 else output


@public
def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Each element (or slice along dim) once, in order; where each came to be, and how often it was there, if asked for."""
    if dim is None:
        found = _unique_row(input, sorted, return_inverse, return_counts)
    else:
        found = _unique_dim_row(input, dim, sorted, return_inverse, return_counts)
    return _chosen(found, return_inverse, return_counts)


@public
def unique_consecutive(input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) -> Any:
    """input without the elements (or slices along dim) that equal the one before."""
    return _chosen(_consecutive_row(input, return_inverse, return_counts, dim), return_inverse, return_counts)
