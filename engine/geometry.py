"""Where elements lie in memory: strides in elements, offsets, and windows into a buffer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

__all__ = [
    "Geometry",
    "address",
    "channels_last",
    "contiguous_strides",
    "dense_and_shared",
    "is_channels_last",
    "is_contiguous",
    "is_dense",
    "may_overlap_itself",
    "of",
    "overlaps_itself",
    "partly_overlaps",
    "place",
    "places",
    "relaid",
    "root_of",
    "storage_offset",
    "strided",
    "strides_of",
    "view_strides",
    "window",
]

Array: TypeAlias = "np.ndarray[Any, Any]"
Geometry: TypeAlias = "tuple[tuple[int, ...], tuple[int, ...], int]"
"""(shape, strides in elements, offset in elements)."""


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a row-major array."""
    strides = []
    step = 1
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def strides_of(value: Any) -> tuple[int, ...]:
    """An array's strides in elements, as PyTorch would report them."""
    if not isinstance(value, np.ndarray) or not value.ndim:
        return ()
    size = value.itemsize
    if value.ndim == 2 and value.size:
        # The commonest case first.
        rows, columns = value.strides
        if rows and columns:
            return rows // size, columns // size
    if not value.size:
        return contiguous_strides(value.shape)
    if 0 in value.strides:
        # NumPy may say 0 for a dimension of one element, where PyTorch says what the dimension after it spans.
        strides: list[int] = []
        span = 1
        for n, s in zip(reversed(value.shape), reversed(value.strides), strict=True):
            strides.append(span if n == 1 and s == 0 else s // size)
            span = n * strides[-1]
        return tuple(reversed(strides))
    return tuple([s // size for s in value.strides])


def is_contiguous(value: Any) -> bool:
    """Whether the elements lie row-major and without gaps."""
    return not isinstance(value, np.ndarray) or value.flags.c_contiguous


def view_strides(shape: Sequence[int], strides: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...] | None:
    """The strides, in whatever unit, that show the same memory in another shape of as many elements; None if there are none.

    From PyTorch's `computeStride`: dimensions that lie in memory as one are cut anew, each such chunk by itself.
    """
    if not shape:
        return (1,) * len(wanted)
    if not math.prod(shape):
        return tuple(strides) if tuple(shape) == tuple(wanted) else contiguous_strides(wanted)
    made = [0] * len(wanted)
    place = len(wanted) - 1
    step = strides[-1]
    old = new = 1
    for d in range(len(shape) - 1, -1, -1):
        old *= shape[d]
        if d and (shape[d - 1] == 1 or strides[d - 1] == old * step):
            continue
        while place >= 0 and (new < old or wanted[place] == 1):
            made[place] = new * step
            new *= wanted[place]
            place -= 1
        if new != old:
            return None
        if d:
            step = strides[d - 1]
            old = new = 1
    return tuple(made) if place < 0 else None


def address(value: Array) -> int:
    """Where the first element lies."""
    return value.__array_interface__["data"][0]


def root_of(value: Array) -> Array:
    """The array that owns the memory."""
    while isinstance(value.base, np.ndarray):
        value = value.base
    return value


def storage_offset(value: Any) -> int:
    """How many elements into its memory an array begins."""
    if not isinstance(value, np.ndarray) or not value.size:
        return 0
    return (address(value) - address(root_of(value))) // value.itemsize


def of(value: Array, base: Array) -> Geometry:
    """The geometry of an array within another that shares its memory."""
    offset = (_origin(value) - _origin(base)) // max(value.itemsize, 1) if value.size else 0
    return tuple(value.shape), strides_of(value), offset


def _origin(value: Array) -> int:
    """Where the first element lies, or that of the sample a batch shows (see `transforms.lanes`)."""
    found: int | None = getattr(value, "origin", None)
    return address(value) if found is None else found


def strided(value: Array, shape: Sequence[int], strides: Sequence[int], offset: int) -> Array:
    """A view of an array's whole memory by shape, strides and offset in elements.

    Raises:
        RuntimeError: It would reach outside the memory.
    """
    root = root_of(value)
    reach = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) + 1 if math.prod(shape) else 0
    available = root.size * root.itemsize // value.itemsize
    if reach > available:
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {offset}, and itemsize {value.itemsize} "
            f"requiring a storage size of {reach * value.itemsize} are out of bounds for storage of size {available * value.itemsize}"
        )
    return _laid(root.ravel(order="K").view(value.dtype), shape, strides, offset)


def _laid(flat: Array, shape: Sequence[int], strides: Sequence[int], offset: int) -> Array:
    """A view of a flat array. (NumPy's as_strided would hide whose memory it is.)"""
    if not math.prod(shape):
        return flat[:0].reshape(shape)
    size = flat.itemsize
    return np.ndarray(tuple(shape), flat.dtype, flat, offset * size, tuple(s * size for s in strides))


def relaid(value: Array, like: Any) -> Array:
    """A new array in the order PyTorch would lay it out in: that of the first operand, row by row if that one overlaps itself."""
    if like.__class__ is not np.ndarray or like.flags.c_contiguous or value.shape != like.shape or value.ndim < 2:
        return value
    if any(s == 0 and n > 1 for s, n in zip(like.strides, like.shape, strict=True)):
        return np.ascontiguousarray(value)
    order = sorted(range(like.ndim), key=lambda d: -like.strides[d])
    if value.transpose(order).flags.c_contiguous:
        return value
    laid: Array = np.empty([like.shape[d] for d in order], value.dtype).transpose(np.argsort(order))
    laid[...] = value
    return laid


def is_channels_last(value: Any) -> bool:
    """Whether the elements lie with the second dimension innermost, as images of interleaved channels do."""
    return (
        isinstance(value, np.ndarray)
        and value.ndim in (4, 5)
        and not value.flags.c_contiguous
        and bool(np.moveaxis(value, 1, -1).flags.c_contiguous)
    )


def channels_last(value: Array) -> Array:
    """The array so laid out, copied if need be."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(value, 1, -1)), -1, 1)


def partly_overlaps(first: Any, second: Any) -> bool:
    """Whether two arrays lie without gaps in memory and share some of it, but are not the same window on it."""
    ranges = []
    for value in (first, second):
        if not isinstance(value, np.ndarray) or not value.size or not is_dense(value):
            return False
        begin = address(value)
        ranges.append((begin, begin + value.size * value.itemsize))
    if ranges[0] == ranges[1]:
        return strides_of(first) != strides_of(second)
    return ranges[0][0] < ranges[1][1] and ranges[1][0] < ranges[0][1]


def dense_and_shared(first: Any, second: Any) -> bool:
    """Whether two arrays lie without gaps in memory and share some of it."""
    if not (isinstance(first, np.ndarray) and isinstance(second, np.ndarray) and first.size and second.size):
        return False
    return np.may_share_memory(first, second) and is_dense(first) and is_dense(second)


def may_overlap_itself(value: Any) -> bool:
    """Whether several elements may lie in the same place: not, if each stride leads past all that the smaller ones reach."""
    if not isinstance(value, np.ndarray) or value.flags.c_contiguous or value.size < 2:
        return False
    reach = 0
    for stride, n in sorted((abs(s), n) for s, n in zip(value.strides, value.shape, strict=True) if n > 1):
        if stride <= reach:
            return True
        reach += (n - 1) * stride
    return False


def is_dense(value: Array) -> bool:
    """Whether the elements fill their stretch of memory, each in a place of its own."""
    step = value.itemsize
    for stride, n in sorted((s, n) for s, n in zip(value.strides, value.shape, strict=True) if n > 1):
        if stride != step:
            return False
        step *= n
    return True


def overlaps_itself(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether several elements may lie in one place: whether a stride is too short to step over what lies within it."""
    reach = 0
    for stride, n in sorted((s, n) for s, n in zip(strides, shape, strict=True) if n > 1):
        if stride <= reach:
            return True
        reach += (n - 1) * stride
    return False


def places(geometry: Geometry, shift: int = 0) -> Array:
    """Where in memory each element lies."""
    shape, strides, offset = geometry
    found = np.full(shape, offset + shift, np.intp)
    for axis, (n, s) in enumerate(zip(shape, strides, strict=True)):
        found += (np.arange(n) * s).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return found


def place(value: Any, geometry: Geometry) -> Array:
    """A copy of an array laid out with the given strides (which must not overlap)."""
    shape, strides, _ = geometry
    value = np.asarray(value)
    if strides == contiguous_strides(shape):
        return np.array(value, order="C", copy=True)
    reach = sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) + 1 if math.prod(shape) else 0
    buffer = np.zeros(reach, value.dtype)
    laid = _laid(buffer, shape, strides, 0)
    laid[...] = value
    return laid


def window(value: Array, geometry: Geometry) -> Array:
    """The part of an array a geometry relative to it names, as a view."""
    shape, strides, offset = geometry
    return strided(value, shape, strides, offset + storage_offset(value))
