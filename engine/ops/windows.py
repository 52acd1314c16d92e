"""Views of part of a tensor: rows that share the first argument's memory, and the rows that undo them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import geometry
from ..api import op
from ..geometry import Geometry
from ..rules import helper
from .vocabulary import axis_of

__all__: list[str] = []


# -- any strides


def _as_strided(self: Any, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None = None) -> Any:
    value = np.asarray(self)
    offset = geometry.storage_offset(value) if storage_offset is None else storage_offset
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: [{', '.join(map(str, stride))}]"
        )
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    return geometry.strided(value, size, stride, offset)


def _restrided(self: Any, source: Geometry, target: Geometry, base: Geometry) -> Any:
    """Add an array up in a memory where `source` says, and read that memory where `target` says.

    Places that elements of `base` (which is one of the two) share are averaged, as PyTorch does for tensors that overlap
    themselves.
    """
    if not self.size or not math.prod(target[0]):
        return np.zeros(target[0], self.dtype)
    start = min(source[2], target[2])
    size = 1 + max(g[2] - start + sum((n - 1) * s for n, s in zip(g[0], g[1], strict=True)) for g in (source, target))
    memory = np.zeros(size, self.dtype)
    if geometry.overlaps_itself(source[0], source[1]):
        np.add.at(memory, geometry.places(source, -start), self)
    else:
        geometry.strided(memory, source[0], source[1], source[2] - start)[...] = self
    if geometry.overlaps_itself(base[0], base[1]):
        sharing = np.bincount(geometry.places(base, -start).ravel(), minlength=size)
        memory /= np.maximum(sharing, 1).astype(memory.real.dtype)
    return geometry.strided(memory, target[0], target[1], target[2] - start).copy()


@helper
def as_strided_backward(
    k: Any, grad: Any, geometry: Geometry, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None
) -> Any:
    """The gradient added up where it was read from."""
    read = (size, stride, geometry[2] if storage_offset is None else storage_offset)
    return k.restrided(grad, read, geometry, geometry)


op(
    "as_strided(Tensor self, int[] size, int[] stride, int? storage_offset=None)",
    _as_strided,
    "self's memory read with other strides",
    view=True,
    self="as_strided_backward(grad, self.geometry, size, stride, storage_offset)",
)
op(
    "restrided(Tensor self, Geometry source, Geometry target, Geometry base)",
    _restrided,
    "self added up where the source geometry says, and read where the target geometry says",
    function=False,
    self="restrided(grad, target, source, base)",
)


# -- one slice


def _select(self: Any, dim: int, index: int) -> Any:
    if not self.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis = axis_of(dim, self.ndim)
    length = self.shape[axis]
    if not -length <= index < length:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(self.shape)} at dimension {axis}")
    return self[(slice(None),) * axis + (index, ...)]


def _select_backward(grad: Any, input_sizes: tuple[int, ...], dim: int, index: int) -> Any:
    result = np.zeros(input_sizes, grad.dtype)
    result[(slice(None),) * axis_of(dim, len(input_sizes)) + (index,)] = grad
    return result


def _sliced(shape: Sequence[int], dim: int, start: int | None, end: int | None, step: int) -> tuple[slice, ...]:
    if not shape:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    return (slice(None),) * axis_of(dim, len(shape)) + (slice(start, end, step),)


def _slice(self: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    return self[_sliced(self.shape, dim, start, end, step)]


def _slice_backward(grad: Any, input_sizes: tuple[int, ...], dim: int, start: int | None, end: int | None, step: int) -> Any:
    result = np.zeros(input_sizes, grad.dtype)
    result[_sliced(input_sizes, dim, start, end, step)] = grad
    return result


op(
    "select(Tensor self, int dim, int index)",
    _select,
    "self[index] along dim",
    view=True,
    self="select_backward(grad, self.shape, dim, index)",
)
op(
    "select_backward(Tensor grad_output, int[] input_sizes, int dim, int index)",
    _select_backward,
    "zeros, with grad_output at index",
    function=False,
    grad_output="select(grad, dim, index)",
)
op(
    "slice(Tensor self, int dim=0, int? start=None, int? end=None, int step=1)",
    _slice,
    "self[start:end:step] along dim",
    view=True,
    function=False,
    method=False,
    self="slice_backward(grad, self.shape, dim, start, end, step)",
)
op(
    "slice_backward(Tensor grad_output, int[] input_sizes, int dim, int? start, int? end, int step)",
    _slice_backward,
    "zeros, with grad_output at start:end:step",
    function=False,
    grad_output="slice(grad, dim, start, end, step)",
)


# -- a diagonal


def _diagonal(self: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    first, second = axis_of(dim1, self.ndim), axis_of(dim2, self.ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    view = np.diagonal(self, offset, first, second)
    view.flags.writeable = self.flags.writeable
    return view


def _diagonal_backward(grad: Any, input_sizes: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Any:
    result = np.zeros(input_sizes, grad.dtype)
    _diagonal(result, offset, dim1, dim2)[...] = grad
    return result


op(
    "diagonal(Tensor self, int offset=0, int dim1=0, int dim2=1)",
    _diagonal,
    "the diagonal of self",
    view=True,
    self="diagonal_backward(grad, self.shape, offset, dim1, dim2)",
)
op(
    "diagonal_backward(Tensor grad_output, int[] input_sizes, int offset, int dim1, int dim2)",
    _diagonal_backward,
    "zeros, with grad_output on the diagonal",
    function=False,
    grad_output="diagonal(grad, offset, dim1, dim2)",
)


# -- every slice of a size


def _unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    axis = axis_of(dimension, self.ndim)
    length = self.shape[axis] if self.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    value = np.asarray(self)
    if not value.ndim:
        return value.reshape(1)[:size]
    strides = list(geometry.strides_of(value))
    shape = list(value.shape)
    shape[axis] = (length - size) // step + 1
    made = [*strides, strides[axis]]
    made[axis] *= step
    return geometry.strided(value, (*shape, size), made, geometry.storage_offset(value))


def _unfold_backward(grad: Any, input_sizes: tuple[int, ...], dim: int, size: int, step: int) -> Any:
    result = np.zeros(input_sizes, grad.dtype)
    if not input_sizes:
        return np.asarray(grad.sum(), grad.dtype)
    axis = axis_of(dim, len(input_sizes))
    at = (slice(None),) * axis
    for i in range(grad.shape[axis]):
        result[(*at, slice(i * step, i * step + size))] += np.moveaxis(grad[(*at, i)], -1, axis)
    return result


op(
    "unfold(Tensor self, int dimension, int size, int step)",
    _unfold,
    "every slice of the given size along dimension",
    view=True,
    function=False,
    method=True,
    self="unfold_backward(grad, self.shape, dimension, size, step)",
)
op(
    "unfold_backward(Tensor grad_in, int[] input_sizes, int dim, int size, int step)",
    _unfold_backward,
    "grad_in added up where it was read",
    function=False,
    grad_in="unfold(grad, dim, size, step)",
)
