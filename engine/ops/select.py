"""Choosing, filling, copying and gathering: where, masked_fill, clone, copy_, gather, index_select."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, public
from ..dispatch import broadcast_error
from ..geometry import channels_last as channels_last_of
from ..geometry import relaid
from ..promotion import arithmetic
from ..rules import TENSORS, helper
from ..size import channels_last, contiguous_format, preserve_format
from ..size import memory_format as MemoryFormat
from ..tensor import Tensor, tensor_attribute
from .vocabulary import axis_of

__all__: list[str] = []


def _where(condition: Any, self: Any, other: Any) -> Any:
    if condition.__class__ is np.bool_:
        chosen, left = (self, other) if condition else (other, self)
        if chosen.__class__ is left.__class__ and isinstance(chosen, np.generic):
            return chosen
        # A number takes the dtype of the other branch.
        if isinstance(left, np.floating) and chosen.__class__ in (int, float):
            return left.dtype.type(chosen)
        if isinstance(chosen, np.floating) and left.__class__ in (int, float):
            return chosen
    return np.where(condition, self, other)[()]


def _where_promoted(operands: list[Any], slots: Any) -> None:
    if getattr(operands[0], "dtype", None) not in (np.bool_, np.uint8):
        from ..dtypes import of_array

        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {of_array(operands[0])._legacy}"
        )
    arithmetic(operands, slots[1:])


_where_row = op(
    "where(Tensor condition, Tensor self, Tensor other)",
    _where,
    "self where condition, else other",
    promote=_where_promoted,
    function=False,
    self="where(condition, grad, 0)",
    other="where(condition, 0, grad)",
)


@public(method=False)
def where(condition: Tensor, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """input where condition holds, else other; with the condition alone, the indices where it holds."""
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    return _where_row(condition, input, other) if out is None else _where_row(condition, input, other, out=out)


def _method_where(self: Tensor, condition: Tensor, other: Any) -> Any:
    """self where condition holds, else other."""
    return _where_row(condition, self, other)


_method_where.__name__ = "where"
tensor_attribute("where", _method_where)


def _masked_fill(self: Any, mask: Any, value: Any) -> Any:
    if mask.dtype != np.bool_:
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype " + c_name(mask))
    return np.where(mask, np.asarray(value).astype(self.dtype), self)


def c_name(value: Any) -> str:
    from ..dtypes import of_array
    from ..history import c_name as name

    return name(of_array(value))


_mask_number = op(
    "masked_fill.Scalar(Tensor self, Tensor mask, Scalar value)",
    _masked_fill,
    "value where mask, else self",
    inplace=True,
    self="where(mask, 0, grad)",
)
_mask_tensor = op(
    "masked_fill.Tensor(Tensor self, Tensor mask, Tensor value)",
    _masked_fill,
    "value where mask, else self",
    inplace=True,
    node="MaskedFillBackward1",
    self="where(mask, 0, grad)",
    value="sum_all(where(mask, grad, 0))",
)


@public
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """value where mask holds, else input."""
    return (_mask_tensor if isinstance(value, Tensor) else _mask_number)(input, mask, value)


@public(function=False)
def masked_fill_(self: Tensor, mask: Tensor, value: Any) -> Tensor:
    """Write value where mask holds."""
    row: Any = _mask_tensor if isinstance(value, Tensor) else _mask_number
    return row.in_place(self, mask, value)


@helper
def sum_all(k: Any, value: Any) -> Any:
    """The sum of all elements."""
    return value.sum()


def _clone(self: Any, memory_format: MemoryFormat | None = None) -> Any:
    if self.__class__ is not np.ndarray:
        return self
    if memory_format is None or memory_format is preserve_format:
        return relaid(np.array(self, order="K", copy=True), self) if self.ndim else np.array(self)[()]
    return laid_out(np.array(self, order="C", copy=True), memory_format)


def laid_out(value: Any, memory_format: MemoryFormat) -> Any:
    """A new array brought into a memory format.

    Raises:
        RuntimeError: It has the wrong number of dimensions for it.
    """
    if memory_format is contiguous_format or memory_format is preserve_format:
        return value
    rank = 4 if memory_format is channels_last else 5
    if value.ndim != rank:
        raise RuntimeError(f"required rank {rank} tensor to use {str(memory_format).removeprefix('torch.')} format")
    return channels_last_of(value)


op(
    "clone(Tensor self, *, MemoryFormat? memory_format=None)",
    _clone,
    "self, copied",
    keeps_layout=True,
    self="grad",
)
op(
    "contiguous(Tensor self, *, MemoryFormat? memory_format=None)",
    lambda self, memory_format=None: _clone(self, memory_format or contiguous_format),
    "self, copied row by row",
    function=False,
    method=False,
    keeps_layout=True,
    node="CloneBackward0",
    self="grad",
)


@public(function=False)
def contiguous(self: Tensor, memory_format: MemoryFormat = contiguous_format) -> Tensor:
    """The tensor itself if its elements lie so in memory, else such a copy."""
    return self if self.is_contiguous(memory_format) else TENSORS.contiguous(self, memory_format=memory_format)


# -- writing


def _fill(self: Any, value: Any) -> Any:
    return np.full(self.shape, np.asarray(value).astype(self.dtype), self.dtype)


fill_tensor = op(
    "fill.Tensor(Tensor self, Tensor value)",
    _fill,
    "value everywhere",
    inplace=True,
    node="FillBackward3",
    self="zeros_like(grad)",
    value="sum_all(grad)",
)
_fill_number = op(
    "fill.Scalar(Tensor self, Scalar value)",
    _fill,
    "value everywhere",
    inplace=True,
    node="FillBackward2",
    self="zeros_like(grad)",
)


@public(method=True, name="fill_")
def fill_(input: Tensor, value: Any) -> Tensor:
    """Write one number everywhere."""
    row: Any = fill_tensor if isinstance(value, Tensor) else _fill_number
    return row.in_place(input, value)


op(
    "zero(Tensor self)",
    lambda self: np.zeros(self.shape, self.dtype),
    "0 everywhere",
    inplace=True,
    function=False,
    method=False,
    self="zeros_like(grad)",
)


def _copied(self: Any, src: Any, non_blocking: bool = False) -> Any:
    error = broadcast_error((self.shape, src.shape))
    if error is not None:
        raise error
    shape = np.broadcast_shapes(self.shape, src.shape)
    if shape != self.shape:
        raise RuntimeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(shape)}")
    kept = src if self.dtype.kind == "c" or src.dtype.kind != "c" else src.real
    return np.broadcast_to(kept, self.shape).astype(self.dtype)


op(
    "copy(Tensor self, Tensor src, bool non_blocking=False)",
    _copied,
    "src, as self's dtype",
    inplace=True,
    function=False,
    node="CopyBackwards",
    self="zeros_like(grad)",
    src="to_dtype(grad, src.dtype)",
)


# -- gathering


def _gather(self: Any, dim: int, index: Any, sparse_grad: bool = False) -> Any:
    axis = axis_of(dim, self.ndim)
    if not self.ndim:
        return np.broadcast_to(self, index.shape).copy()
    if index.dtype != np.int64:
        raise RuntimeError("gather(): Expected dtype int64 for index")
    if index.ndim != self.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    for d in range(self.ndim):
        if d != axis and index.shape[d] > self.shape[d]:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than self {list(self.shape)} "
                f"apart from dimension {axis}"
            )
    check_range(index, self.shape[axis])
    return self[places(index, axis)]


def check_range(index: Any, length: int) -> None:
    """See that indices lie within a dimension.

    Raises:
        RuntimeError: One does not.
    """
    if index.size and (index.min() < 0 or index.max() >= length):
        wrong = int(index[(index < 0) | (index >= length)].flat[0]) if index.ndim else int(index)
        raise RuntimeError(f"index {wrong} is out of bounds for dimension 0 with size {length}")


def places(index: Any, axis: int) -> tuple[Any, ...]:
    """NumPy's index for the elements an index tensor names along an axis."""
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[axis] = index
    return tuple(grid)


def _gather_backward(grad: Any, size: tuple[int, ...], dim: int, index: Any) -> Any:
    result = np.zeros(size, grad.dtype)
    if not size:
        return np.asarray(grad.sum(), grad.dtype)
    np.add.at(result, places(index, axis_of(dim, len(size))), grad)
    return result


op(
    "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False)",
    _gather,
    "the elements of self that index names along dim",
    self="gather_backward(grad, self.shape, dim, index)",
)
op(
    "gather_backward(Tensor grad_output, int[] size, int dim, Tensor index)",
    _gather_backward,
    "grad_output added up where it came from",
    function=False,
    grad_output="gather(grad, dim, index)",
)


def _index_select(self: Any, dim: int, index: Any) -> Any:
    axis = axis_of(dim, self.ndim)
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    check_range(np.asarray(index), self.shape[axis] if self.ndim else 1)
    return np.take(self, np.atleast_1d(index), axis) if self.ndim else self.copy()


def _index_select_backward(grad: Any, size: tuple[int, ...], dim: int, index: Any) -> Any:
    result = np.zeros(size, grad.dtype)
    place: Any = (slice(None),) * axis_of(dim, len(size)) + (np.atleast_1d(index),)
    np.add.at(result, place, grad)
    return result


op(
    "index_select(Tensor self, int dim, Tensor index)",
    _index_select,
    "the slices of self that index names along dim",
    self="index_select_backward(grad, self.shape, dim, index)",
)
op(
    "index_select_backward(Tensor grad_output, int[] size, int dim, Tensor index)",
    _index_select_backward,
    "grad_output added up where it came from",
    function=False,
    grad_output="index_select(grad, dim, index)",
)
