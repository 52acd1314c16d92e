"""Views: rows whose outputs share the first argument's memory, and the rows that undo them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .. import geometry
from ..api import op
from ..dtypes import of_array
from ..rules import ARRAYS, helper
from .vocabulary import axes_of, axis_of

__all__ = ["inferred", "split_row", "split_sizes_row", "viewed"]


def inferred(size: Sequence[int], numel: int) -> tuple[int, ...]:
    """A shape with its -1 worked out.

    Raises:
        RuntimeError: It does not span that many elements.
    """
    wanted = tuple(size)
    unknown = [i for i, n in enumerate(wanted) if n == -1]
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if any(n < -1 for n in wanted):
        raise RuntimeError(f"invalid shape dimension {min(wanted)}")
    known = math.prod(n for n in wanted if n != -1)
    if unknown:
        if known == 0 and numel == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(wanted)} because the unspecified dimension size -1 can be any "
                "value and is ambiguous"
            )
        if known and numel % known == 0:
            return (*wanted[: unknown[0]], numel // known, *wanted[unknown[0] + 1 :])
    elif known == numel:
        return wanted
    raise RuntimeError(f"shape '{list(wanted)}' is invalid for input of size {numel}")


def viewed(self: Any, size: tuple[int, ...]) -> Any:
    """The same memory in another shape, or None if that takes a copy."""
    result = self.reshape(size)
    # Of a copy NumPy returns, the base is another array or none.
    base = result.base
    return result if base is self or (base is not None and base is self.base) or not self.size else None


def _view(self: Any, size: tuple[int, ...]) -> Any:
    result = viewed(self, inferred(size, self.size))
    if result is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
            "subspaces). Use .reshape(...) instead."
        )
    return result


def _expand(self: Any, size: tuple[int, ...]) -> Any:
    extra = len(size) - self.ndim
    if extra < 0:
        raise RuntimeError(
            f"expand(torch.{_legacy(self)}Tensor{{{list(self.shape)}}}, size={list(size)}): the number of sizes provided "
            f"({len(size)}) must be greater or equal to the number of dimensions in the tensor ({self.ndim})"
        )
    shape = list(size)
    strides = [0] * len(size)
    for i in range(len(size) - 1, -1, -1):
        wanted = size[i]
        if i < extra:
            if wanted == -1:
                raise RuntimeError(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}"
                )
            continue
        have = self.shape[i - extra]
        if wanted in (-1, have):
            shape[i] = have
            strides[i] = self.strides[i - extra] // self.itemsize
        elif have != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({wanted}) must match the existing size ({have}) at non-singleton dimension {i}.  "
                f"Target sizes: {list(size)}.  Tensor sizes: {list(self.shape)}"
            )
    value = np.asarray(self)
    if not value.size:
        return np.broadcast_to(value, shape)
    return geometry.strided(value, shape, strides, geometry.storage_offset(value))


def _legacy(value: Any) -> str:
    return of_array(value)._legacy


def _squeezed(self: Any, dim: tuple[int, ...]) -> Any:
    axes = axes_of(dim, self.ndim) if self.ndim else ()
    return self.reshape(tuple(n for i, n in enumerate(self.shape) if not (i in axes and n == 1)))


def _as_strided(self: Any, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None = None) -> Any:
    value = np.asarray(self)
    return geometry.strided(value, size, stride, geometry.storage_offset(value) if storage_offset is None else storage_offset)


def _as_strided_backward(
    grad: Any, shape: tuple[int, ...], size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None
) -> Any:
    result = np.zeros(shape, grad.dtype)
    flat = result.reshape(-1)
    places = np.zeros(size, np.intp) + (storage_offset or 0)
    for axis, (n, s) in enumerate(zip(size, stride, strict=True)):
        places += (np.arange(n) * s).reshape([-1 if i == axis else 1 for i in range(len(size))])
    np.add.at(flat, places, grad)
    return result


def _select(self: Any, dim: int, index: int) -> Any:
    axis = axis_of(dim, self.ndim)
    length = self.shape[axis] if self.ndim else 0
    if not self.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    if not -length <= index < length:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(self.shape)} at dimension {axis}")
    return self[(slice(None),) * axis + (index, ...)]


def _select_backward(grad: Any, input_sizes: tuple[int, ...], dim: int, index: int) -> Any:
    result = np.zeros(input_sizes, grad.dtype)
    result[(slice(None),) * axis_of(dim, len(input_sizes)) + (index,)] = grad
    return result


def _sliced(shape: Sequence[int], dim: int, start: int | None, end: int | None, step: int) -> tuple[slice, ...]:
    if step <= 0:
        raise ValueError("slice step must be positive")
    return (slice(None),) * axis_of(dim, len(shape)) + (slice(start, end, step),)


def _slice(self: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    return self[_sliced(self.shape, dim, start, end, step)]


def _slice_backward(grad: Any, input_sizes: tuple[int, ...], dim: int, start: int | None, end: int | None, step: int) -> Any:
    result = np.zeros(input_sizes, grad.dtype)
    result[_sliced(input_sizes, dim, start, end, step)] = grad
    return result


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


def _t(self: Any) -> Any:
    if self.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self.ndim}D")
    return self.T


def _permute(self: Any, dims: tuple[int, ...]) -> Any:
    if len(dims) != self.ndim:
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions i.e. input.dim() = {self.ndim} is not equal to len(dims) = {len(dims)}"
        )
    axes = tuple(axis_of(d, self.ndim) for d in dims)
    if len(set(axes)) != len(axes):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return self.transpose(axes)


def _unbind(self: Any, dim: int = 0) -> list[Any]:
    axis = axis_of(dim, self.ndim)
    if not self.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return [self[(slice(None),) * axis + (i, ...)] for i in range(self.shape[axis])]


def _split_sizes(self: Any, split_sizes: Sequence[int], dim: int = 0) -> list[Any]:
    axis = axis_of(dim, self.ndim)
    length = self.shape[axis]
    if sum(split_sizes) != length:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at dimension {dim}), but got "
            f"split_sizes={list(split_sizes)}"
        )
    ends = np.cumsum([0, *split_sizes])
    return [self[(slice(None),) * axis + (slice(a, b),)] for a, b in pairwise(ends)]


def _split(self: Any, split_size: int, dim: int = 0) -> list[Any]:
    if not self.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    if split_size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
    length = self.shape[axis_of(dim, self.ndim)]
    if split_size == 0 and length:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}")
    count = max(1, math.ceil(length / split_size)) if split_size else 1
    parts = [split_size] * (count - 1)
    return _split_sizes(self, [*parts, length - sum(parts)], dim)


def _unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    axis = axis_of(dimension, self.ndim)
    length = self.shape[axis] if self.ndim else 1
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {length} but size is {size}")
    windows = np.lib.stride_tricks.sliding_window_view(self, size, axis, writeable=True)
    return windows[(slice(None),) * axis + (slice(None, None, step),)]


def _unfold_backward(grad: Any, input_sizes: tuple[int, ...], dimension: int, size: int, step: int) -> Any:
    result = np.zeros(input_sizes, grad.dtype)
    axis = axis_of(dimension, len(input_sizes))
    for i in range(grad.shape[axis]):
        at = (slice(None),) * axis
        result[(*at, slice(i * step, i * step + size))] += np.moveaxis(grad[(*at, i)], -1, axis)
    return result


ARRAYS["reshape"] = lambda self, size: self.reshape(size) if size or self.ndim else self


def _spread(self: Any, size: tuple[int, ...]) -> Any:
    """What rules expand with: mostly a single number over a whole shape."""
    if not size:
        return self
    if self.ndim:
        return _expand(self, size)
    value = np.asarray(self)
    return np.ndarray(size, value.dtype, value, 0, (0,) * len(size))


ARRAYS["expand"] = _spread

op(
    "view(Tensor self, int[] size)",
    _view,
    "self in another shape",
    view=True,
    function=False,
    method=False,
    self="reshape(grad, self.shape)",
)
op(
    "_reshape_alias(Tensor self, int[] size)",
    _view,
    "self in another shape",
    view=True,
    node="ReshapeAliasBackward0",
    self="reshape(grad, self.shape)",
)
op(
    "_unsafe_view(Tensor self, int[] size)",
    lambda self, size: self.reshape(inferred(size, self.size)).copy(),
    "self in another shape",
    node="UnsafeViewBackward0",
    self="reshape(grad, self.shape)",
)
op(
    "expand(Tensor self, int[] size)",
    _expand,
    "self repeated without copying",
    view=True,
    function=False,
    method=False,
    self="sum_to(grad, self.shape)",
)
op("t(Tensor self)", _t, "self transposed", view=True, node="TBackward0", self="t(grad)")
op(
    "transpose(Tensor self, int dim0, int dim1)",
    lambda self, dim0, dim1: self.swapaxes(axis_of(dim0, self.ndim), axis_of(dim1, self.ndim)) if self.ndim else self[...],
    "self with two dimensions exchanged",
    view=True,
    self="transpose(grad, dim0, dim1)",
)
op(
    "permute(Tensor self, int[] dims)",
    _permute,
    "self with its dimensions reordered",
    view=True,
    function=False,
    method=False,
    self="permute(grad, inverse(dims))",
)
op(
    "squeeze(Tensor self)",
    lambda self: _squeezed(self, ()),
    "self without its dimensions of size 1",
    view=True,
    function=False,
    method=False,
    self="reshape(grad, self.shape)",
)
op(
    "squeeze.dim(Tensor self, int dim)",
    lambda self, dim: _squeezed(self, (dim,)),
    "self without dimension dim, if its size is 1",
    view=True,
    node="SqueezeBackward1",
    self="reshape(grad, self.shape)",
)
op(
    "squeeze.dims(Tensor self, int[] dim)",
    _squeezed,
    "self without those of the dimensions whose size is 1",
    view=True,
    node="SqueezeBackward2",
    self="reshape(grad, self.shape)",
)
op(
    "unsqueeze(Tensor self, int dim)",
    lambda self, dim: np.expand_dims(self, axis_of(dim, self.ndim + 1)),
    "self with a new dimension",
    view=True,
    self="squeeze_dim(grad, dim)",
)
op("alias(Tensor self)", lambda self: self[...], "self", view=True, function=False, method=False, self="grad")
op(
    "as_strided(Tensor self, int[] size, int[] stride, int? storage_offset=None)",
    _as_strided,
    "self's memory read with other strides",
    view=True,
    self="as_strided_backward(grad, self.shape, size, stride, storage_offset)",
)
op(
    "as_strided_backward(Tensor grad_output, int[] shape, int[] size, int[] stride, int? storage_offset)",
    _as_strided_backward,
    "grad_output added up where it was read from",
    function=False,
    grad_output="as_strided(contiguous(grad), size, stride, storage_offset)",
)
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
op("unbind(Tensor self, int dim=0) -> (outputs)", _unbind, "the slices of self along dim", view=True, self="stack(grads, dim)")
split_row: Any = op(
    "split(Tensor self, int split_size, int dim=0) -> (outputs)",
    _split,
    "self in pieces of split_size",
    view=True,
    function=False,
    method=False,
    self="cat(grads, dim)",
)
split_sizes_row: Any = op(
    "split_with_sizes(Tensor self, int[] split_sizes, int dim=0) -> (outputs)",
    _split_sizes,
    "self in pieces of the given sizes",
    view=True,
    self="cat(grads, dim)",
)


@helper
def inverse(k: Any, dims: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes another."""
    n = len(dims)
    return tuple(sorted(range(n), key=lambda i: dims[i] % n))
