"""Choosing, filling and copying: where, masked_fill, masked_select, clone, fill_, copy_."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import op, public
from ..dispatch import broadcast_error
from ..dtypes import of_array, of_numpy
from ..frames import warn
from ..geometry import channels_last as channels_last_of
from ..geometry import relaid
from ..gradients import sum_to
from ..history import c_name
from ..promotion import arithmetic
from ..rules import TENSORS, helper
from ..size import channels_last, contiguous_format, preserve_format
from ..size import memory_format as MemoryFormat
from ..tensor import Tensor, tensor_attribute

__all__ = ["as_element", "fill_tensor"]


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
    kind = getattr(operands[0], "dtype", None)
    if kind == np.uint8:
        warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future version of PyTorch. "
            "Use a boolean condition instead.",
            UserWarning,
        )
    elif kind != np.bool_:
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
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {c_name(of_array(mask))}")
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    error = broadcast_error((self.shape, mask.shape))
    if error is not None:
        raise error
    return np.where(mask, as_element(value, self.dtype), self)


def as_element(value: Any, kind: np.dtype[Any]) -> Any:
    """A number, or a 0-d array, as an element of a tensor.

    Raises:
        RuntimeError: It is a complex number that is not real, and the tensor is; or a number too large for the tensor's dtype.
    """
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise OverflowError("int too big to convert")
    if (kind.kind in "iuf" and np.imag(value)) or (isinstance(value, (int, float)) and _overflows(value, kind)):
        whole = "int" if kind.itemsize == 4 else f"int{8 * kind.itemsize}_t"
        names = {"i": whole, "u": "uint8_t"}
        raise RuntimeError(f"value cannot be converted to type {names.get(kind.kind, c_name(of_numpy(kind)))} without overflow")
    return np.asarray(value if kind.kind in "cb" else np.real(value)).astype(kind)


def _overflows(value: float, kind: np.dtype[Any]) -> bool:
    if kind.kind in "iu":
        low, high = (-255, 255) if kind.kind == "u" else (np.iinfo(kind).min, np.iinfo(kind).max)
        return not low <= value <= high
    return kind.kind in "fc" and not math.isinf(value) and abs(value) > np.finfo(kind).max


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
def contiguous(self: Tensor, *, memory_format: MemoryFormat = contiguous_format) -> Tensor:
    """The tensor itself if its elements lie so in memory, else such a copy."""
    return self if self.is_contiguous(memory_format=memory_format) else TENSORS.contiguous(self, memory_format=memory_format)


# -- writing


def _fill(self: Any, value: Any) -> Any:
    if getattr(value, "ndim", 0):
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "c" != self.dtype.kind:
        warn("Casting complex values to real discards the imaginary part", UserWarning)
        value = value.real
    return np.full(self.shape, as_element(value, self.dtype), self.dtype)


def _filling(overload: str, kind: str, node: str, inplace: bool, **derivatives: Any) -> Any:
    return op(
        f"fill.{overload}(Tensor self, {kind} value)",
        _fill,
        "value everywhere",
        inplace=inplace,
        function=False,
        node=node,
        self="zeros_like(grad)",
        **derivatives,
    )


fill_tensor = _filling("Tensor", "Tensor", "FillBackward3", True, value="sum_all(grad)")
_fill_number = _filling("Scalar", "Scalar", "FillBackward2", True)
_filled_tensor = _filling("Tensor_copy", "Tensor", "FillBackward1", False, value="sum_all(grad)")
_filled_number = _filling("Scalar_copy", "Scalar", "FillBackward0", False)


@public
def fill_(input: Tensor, value: Any) -> Tensor:
    """Write one number everywhere."""
    row: Any = fill_tensor if isinstance(value, Tensor) else _fill_number
    return row.in_place(input, value)


@public(method=False)
def fill(input: Tensor, value: Any) -> Tensor:
    """One number in input's shape and dtype."""
    return (_filled_tensor if isinstance(value, Tensor) else _filled_number)(input, value)


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


# -- picking


def _masked_select(self: Any, mask: Any) -> Any:
    if mask.dtype != np.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    error = broadcast_error((self.shape, mask.shape))
    if error is not None:
        raise error
    shape = np.broadcast_shapes(self.shape, mask.shape)
    return np.array(np.broadcast_to(self, shape)[np.broadcast_to(mask, shape)])


def _masked_select_backward(grad: Any, size: tuple[int, ...], mask: Any) -> Any:
    shape = np.broadcast_shapes(size, mask.shape)
    result = np.zeros(shape, grad.dtype)
    result[np.broadcast_to(mask, shape)] = grad
    return sum_to(result, size)


@helper
def unselected(k: Any, grad: Any, self: Any, mask: Any) -> Any:
    """The gradient where it came from, of a tensor that is kept as PyTorch keeps it, although its shape would do."""
    return k.masked_select_backward(grad, tuple(self.shape), mask)


op(
    "masked_select(Tensor self, Tensor mask)",
    _masked_select,
    "the elements of self where mask",
    self="unselected(grad, self, mask)",
)
op(
    "masked_select_backward(Tensor grad_output, int[] size, Tensor mask)",
    _masked_select_backward,
    "grad_output where mask, 0 elsewhere",
    function=False,
    grad_output="masked_select(grad, mask)",
)


def _masked_scatter(self: Any, mask: Any, source: Any) -> Any:
    if self.dtype != source.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got{of_array(self)._legacy} and {of_array(source)._legacy}"
        )
    if mask.dtype != np.bool_:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {of_array(mask)._legacy}")
    error = broadcast_error((self.shape, mask.shape))
    if error is not None:
        raise error
    shape = np.broadcast_shapes(self.shape, mask.shape)
    result = np.array(np.broadcast_to(self, shape))
    where = np.broadcast_to(mask, shape)
    count = np.count_nonzero(where)
    if count > source.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    result[where] = source.ravel()[:count]
    return result


@helper
def masked_scatter_backward(k: Any, grad: Any, mask: Any, shape: tuple[int, ...]) -> Any:
    """What went into the places of the mask, then zeros."""
    taken = k.masked_select(grad, mask)
    rest = math.prod(shape) - taken.shape[0]
    return k.reshape(k.cat([taken, k.zeros_of(grad, (rest,))], 0) if rest else taken, shape)


op(
    "masked_scatter(Tensor self, Tensor mask, Tensor source)",
    _masked_scatter,
    "self, with the elements of source one after another where mask",
    inplace=True,
    self="masked_fill_Scalar(grad, mask, 0)",
    source="masked_scatter_backward(grad, mask, source.shape)",
)
