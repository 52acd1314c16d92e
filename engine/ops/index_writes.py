"""Slices written, added or reduced where a vector of indices says: index_add, index_copy, index_fill, index_reduce."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, public
from ..dtypes import of_array
from ..frames import warn
from ..rules import helper
from ..tensor import Tensor
from .gather import check_range, is_index
from .scatter import Places, combined, reduced_backward
from .select import as_element
from .vocabulary import axis_of

__all__: list[str] = []


def _slices(axis: int, index: Any) -> tuple[Any, ...]:
    return (*(slice(None),) * axis, np.atleast_1d(index))


def _added_to(name: str, self: Any, dim: int, index: Any, source: Any) -> int:
    """The axis index_add or index_reduce works along.

    Raises:
        IndexError: The index is no vector.
        RuntimeError: The arguments do not fit each other.
    """
    axis = axis_of(dim, self.ndim)
    count = source.shape[axis] if source.ndim > axis else 1
    if index.ndim > 1:
        raise IndexError(
            f"{name}_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: {of_array(index)._legacy} and size: "
            f"{list(index.shape)}"
        )
    if not is_index(index):
        raise RuntimeError(f"{name}_(): Expected dtype int32/int64 for index but got: {of_array(index)._legacy}")
    if self.dtype != source.dtype:
        kinds = f"self ({of_array(self)._legacy}) and source ({of_array(source)._legacy})"
        raise RuntimeError(f"{name}_(): {kinds} must have the same scalar type")
    if source.ndim and axis >= source.ndim:
        raise RuntimeError(f"{name}_(): Indexing dim {axis} is out of bounds of the source tensor with dim {source.ndim}")
    if index.size != count:
        raise RuntimeError(
            f"{name}_(): Number of indices ({index.size}) should be equal to source.size(dim): ({count}), for dim: {axis}"
        )
    mine, theirs = list(self.shape), list(source.shape)
    if mine and theirs:
        del mine[axis : axis + 1], theirs[axis : axis + 1]
    if mine != theirs:
        raise RuntimeError(
            f"source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(self.shape)} source.shape = {list(source.shape)}"
        )
    return axis


def _index_add(self: Any, dim: int, index: Any, source: Any, alpha: Any = 1) -> Any:
    axis = _added_to("index_add", self, dim, index, source)
    check_range(index, self.shape[axis] if self.ndim else 1, axis)
    result = np.array(self, order="C")
    scaled = source if alpha == 1 else (source * alpha).astype(self.dtype)
    target = np.atleast_1d(result)
    np.add.at(target, _slices(axis, index), np.atleast_1d(scaled))
    return result


@helper
def taken(k: Any, grad: Any, dim: int, index: Any, shape: tuple[int, ...]) -> Any:
    """What index_select finds, in the shape of what was put there."""
    return k.reshape(k.index_select(grad, dim, index), shape)


@helper
def taken_like(k: Any, grad: Any, dim: int, index: Any, source: Any) -> Any:
    """The same, where PyTorch keeps what was put there, although its shape would do."""
    return k.taken(grad, dim, index, tuple(source.shape))


op(
    "index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1)",
    _index_add,
    "self, with alpha * source added to the slices that index names",
    inplace=True,
    self="grad",
    source="maybe_multiply(taken(grad, dim, index, source.shape), conj(alpha))",
)


def _index_copy(self: Any, dim: int, index: Any, source: Any) -> Any:
    axis = axis_of(dim, self.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    if not source.ndim and index.size != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {index.size})")
    if source.ndim != self.ndim and source.ndim and self.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source dimensionality "
            f"({source.ndim}), destination dimensionality ({self.ndim})"
        )
    if index.dtype != np.int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {of_array(index)._legacy}")
    if self.dtype != source.dtype:
        raise RuntimeError(
            f"index_copy_(): self and source expected to have the same dtype, but got (self) {of_array(self)._legacy} and (source) "
            f"{of_array(source)._legacy}"
        )
    mine, theirs = list(self.shape), list(source.shape)
    if self.ndim:
        del mine[axis]
    if source.ndim:
        del theirs[axis]
    if mine != theirs:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, mine))} at dimension {axis} and source slice shape: {' '.join(map(str, theirs))} at dimension 0."
        )
    if source.ndim and index.size != source.shape[axis]:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim) ({source.shape[axis]})"
        )
    check_range(index, self.shape[axis] if self.ndim else 1, axis, IndexError, "index_copy_(): ")
    result = np.array(self, order="C")
    np.atleast_1d(result)[_slices(axis, index)] = np.atleast_1d(source)
    return result


op(
    "index_copy(Tensor self, int dim, Tensor index, Tensor source)",
    _index_copy,
    "self, with source in the slices that index names",
    inplace=True,
    self="index_fill_int_Scalar(grad, dim, index, 0)",
    source="taken_like(grad, dim, index, source)",
)


def _index_fill(self: Any, dim: int, index: Any, value: Any) -> Any:
    axis = axis_of(dim, self.ndim)
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if index.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    if self.dtype.kind != "c" and isinstance(value, complex):
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    length = self.shape[axis] if self.ndim else 1
    if index.size and (index.min() < -length or index.max() >= length):
        wrong = int(np.ravel(index)[np.ravel((index < -length) | (index >= length))][0])
        raise IndexError(f"index {wrong} is out of bounds for dimension {axis} with size {length}")
    result = np.array(self, order="C")
    np.atleast_1d(result)[_slices(axis, index)] = as_element(value, self.dtype)
    return result


_fill_number = op(
    "index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value)",
    _index_fill,
    "self, with value in the slices that index names",
    inplace=True,
    self="index_fill_int_Scalar(grad, dim, index, 0)",
)
_fill_tensor = op(
    "index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value)",
    _index_fill,
    "self, with value in the slices that index names",
    inplace=True,
    node="IndexFillBackward1",
    self="index_fill_int_Scalar(grad, dim, index, 0)",
    value="sum_all(index_select(grad, dim, once(index)))",
)


@helper
def once(k: Any, index: Any) -> Any:
    """Each index once."""
    return k._unique2(index, True, False, False)[0]


@public
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """input, with one number in the slices that index names."""
    return (_fill_tensor if isinstance(value, Tensor) else _fill_number)(input, dim, index, value)


@public(function=False)
def index_fill_(self: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Write one number into the slices that index names."""
    row: Any = _fill_tensor if isinstance(value, Tensor) else _fill_number
    return row.in_place(self, dim, index, value)


def _index_reduce(self: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool = True) -> Any:
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    axis = _added_to("index_reduce", self, dim, index, source)
    if index.size and (index.min() < 0 or index.max() >= (self.shape[axis] if self.ndim else 1)):
        raise IndexError("index out of range in self")
    result = np.array(self, order="C")
    combined(reduce, np.atleast_1d(result), _slices(axis, index), np.atleast_1d(source), include_self)
    return result


@helper
def index_reduce_backward(
    k: Any, grad: Any, self: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool, result: Any
) -> tuple[Any, Any]:
    """The gradients of self and source."""
    at = Places(
        lambda value: k.index_select(value, dim, index),
        lambda value, more: k.index_add(value, dim, index, more, alpha=1),
        lambda value, more: k.index_reduce(value, dim, index, more, reduce, include_self=include_self),
        lambda value: k.index_fill_int_Scalar(value, dim, index, 0),
    )
    return reduced_backward(k, grad, self, source, result, reduce, include_self, at, "index_reduce")


_reduce_row: Any = op(
    "index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True)",
    _index_reduce,
    "self, with source reduced into the slices that index names",
    inplace=True,
    function=False,
    self="index_reduce_backward(grad, self, dim, index, source, reduce, include_self, result)[0]",
    source="index_reduce_backward(grad, self, dim, index, source, reduce, include_self, result)[1]",
)


@public
def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True, out: Any = None
) -> Any:
    """input, with source reduced (prod, mean, amax or amin) into the slices that index names."""
    warn("index_reduce() is in beta and the API may change at any time.", UserWarning)
    options: dict[str, Any] = {"include_self": include_self}
    if out is not None:
        options["out"] = out
    return _reduce_row(input, dim, index, source, reduce, **options)


@public(function=False)
def index_reduce_(self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True) -> Tensor:
    """Reduce source into the slices that index names."""
    warn("index_reduce() is in beta and the API may change at any time.", UserWarning)
    written: Tensor = _reduce_row.in_place(self, dim, index, source, reduce, include_self=include_self)
    return written
