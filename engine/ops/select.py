"""Choosing, filling, copying, joining: where, masked_fill, gather, cat, flip, tril and their like."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, public
from ..dispatch import broadcast_error
from ..geometry import relaid
from ..promotion import arithmetic
from ..rules import TENSORS, helper
from ..tensor import Tensor, tensor_attribute
from .shape import sizes
from .vocabulary import axes_of, axis_of

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


def _clone(self: Any) -> Any:
    if self.__class__ is not np.ndarray:
        return self
    return relaid(np.array(self, order="K", copy=True), self) if self.ndim else np.array(self)[()]


op(
    "clone(Tensor self, *, MemoryFormat? memory_format=None)",
    lambda self, memory_format=None: _clone(self),
    "self, copied",
    keeps_layout=True,
    self="grad",
)
op(
    "contiguous(Tensor self, *, MemoryFormat? memory_format=None)",
    lambda self, memory_format=None: np.array(self, order="C", copy=True),
    "self, copied row by row",
    function=False,
    method=False,
    node="CloneBackward0",
    self="grad",
)


@public(function=False)
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if its elements lie row by row, else such a copy."""
    from ..geometry import is_contiguous

    return self if is_contiguous(self._value) else TENSORS.contiguous(self)


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


# -- joining


def _cat(tensors: list[Any], dim: int = 0) -> Any:
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(tensors):
        if not t.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    # An empty vector joins anything.
    real = [(i, t) for i, t in enumerate(tensors) if t.shape != (0,)] or [(0, tensors[0])]
    first = real[0][1]
    axis = axis_of(dim, first.ndim)
    for i, t in real[1:]:
        if t.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {t.ndim}")
        for d in range(first.ndim):
            if d != axis and t.shape[d] != first.shape[d]:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {first.shape[d]} but got size {t.shape[d]} "
                    f"for tensor number {i} in the list."
                )
    return np.concatenate(_one_kind([t for _, t in real]), axis)


def _one_kind(tensors: list[Any]) -> list[Any]:
    operands = list(tensors)
    arithmetic(operands, range(len(operands)))
    return operands


@helper
def cat_backward(k: Any, grad: Any, shapes: list[tuple[int, ...]], dim: int) -> list[Any]:
    """The part of the gradient that belongs to each of the joined tensors."""
    parts = []
    start = 0
    for shape in shapes:
        if shape == (0,):
            parts.append(k.slice(k.reshape(grad, (-1,)), 0, 0, 0, 1))
            continue
        length = shape[axis_of(dim, len(shape))]
        parts.append(k.slice(grad, dim, start, start + length, 1))
        start += length
    return parts


op(
    "cat(Tensor[] tensors, int dim=0)",
    _cat,
    "the tensors, end to end along dim",
    method=False,
    tensors="cat_backward(grad, tensors.shape, dim)",
)
public(method=False, name="concat")(TENSORS.cat)
public(method=False, name="concatenate")(TENSORS.cat)


def _stack(tensors: list[Any], dim: int = 0) -> Any:
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for i, t in enumerate(tensors):
        if t.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and {list(t.shape)} at entry {i}"
            )
    return np.stack(_one_kind(tensors), axis_of(dim, np.ndim(tensors[0]) + 1))


op("stack(Tensor[] tensors, int dim=0)", _stack, "the tensors along a new dimension", method=False, tensors="unbind(grad, dim)")


# -- rearranging


def _flip(self: Any, dims: tuple[int, ...]) -> Any:
    return np.flip(self, axes_of(dims, self.ndim)).copy() if dims else self.copy()


_flip_row = op(
    "flip(Tensor self, int[] dims)",
    _flip,
    "self backwards along dims",
    function=False,
    method=False,
    keeps_layout=True,
    self="flip(grad, dims)",
)


@public
def flip(input: Tensor, *dims: Any) -> Tensor:
    """input backwards along dims."""
    return _flip_row(input, sizes(dims))


def _triangle(name: str, cut: Any) -> Any:
    def forward(self: Any, diagonal: int = 0) -> Any:
        if self.ndim < 2:
            raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
        return cut(self, diagonal)

    return forward


op(
    "tril(Tensor self, int diagonal=0)",
    _triangle("tril", np.tril),
    "self below the diagonal, 0 above",
    inplace=True,
    self="tril(grad, diagonal)",
)
op(
    "triu(Tensor self, int diagonal=0)",
    _triangle("triu", np.triu),
    "self above the diagonal, 0 below",
    inplace=True,
    self="triu(grad, diagonal)",
)


def _diag_embed(self: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    ndim = self.ndim + 1
    first, second = axis_of(dim1, ndim), axis_of(dim2, ndim)
    n = self.shape[-1] + abs(offset)
    square = np.zeros((*self.shape[:-1], n, n), self.dtype)
    rows = np.arange(self.shape[-1])
    square[..., rows + max(0, -offset), rows + max(0, offset)] = self
    return np.ascontiguousarray(np.moveaxis(square, (-2, -1), (first, second)))


op(
    "diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1)",
    _diag_embed,
    "self on a diagonal, 0 elsewhere",
    self="diagonal(grad, offset, dim1, dim2)",
)


_diagonal_copy = op(
    "diagonal_copy(Tensor self, int offset=0)",
    lambda self, offset=0: np.diagonal(self, offset).copy(),
    "the diagonal of self, copied",
    function=False,
    method=False,
    node="DiagonalBackward0_copy",
    self="diagonal_backward(grad, self.shape, offset, 0, 1)",
)


@public
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, copied, or the matrix with a vector on its diagonal."""
    if input._value.ndim == 1:
        return TENSORS.diag_embed(input, diagonal)
    if input._value.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input._value.ndim}D")
    return _diagonal_copy(input, diagonal)


def _repeat(self: Any, repeats: tuple[int, ...]) -> Any:
    if len(repeats) < self.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return np.tile(self, repeats)


@helper
def repeat_backward(k: Any, grad: Any, repeats: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """The copies' gradients, added up."""
    extra = len(repeats) - len(shape)
    split: list[int] = []
    for i, n in enumerate(repeats):
        split += [n, 1 if i < extra else shape[i - extra]]
    return k.reshape(k.sum_dim_IntList(k.reshape(grad, tuple(split)), tuple(range(0, len(split), 2)), False), shape)


_repeat_row = op(
    "repeat(Tensor self, int[] repeats)",
    _repeat,
    "self, side by side",
    function=False,
    method=False,
    self="repeat_backward(grad, repeats, self.shape)",
)


@public(function=False)
def repeat(self: Tensor, *repeats: Any) -> Tensor:
    """self, repeats[i] times along each dimension."""
    return _repeat_row(self, sizes(repeats))


@public
def tile(input: Tensor, *dims: Any) -> Tensor:
    """input repeated, as NumPy's tile does it."""
    counts = sizes(dims)
    return _repeat_row(input, (1,) * (input._value.ndim - len(counts)) + counts)
