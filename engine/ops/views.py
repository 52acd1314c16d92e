"""Views of all of a tensor: rows that show the first argument's memory in another shape, order or dtype."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import geometry
from ..api import op
from ..dtypes import of_array, type_name
from ..geometry import strides_of
from ..rules import ARRAYS, helper
from .vocabulary import axes_of, axis_of

__all__ = ["inferred", "viewed"]


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
        place, wrong = next((i, n) for i, n in enumerate(wanted) if n < -1)
        raise RuntimeError(f"invalid shape dimension {wrong} at index {place} of shape {list(wanted)}")
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
    value = np.asarray(self)
    if value.flags.c_contiguous:
        return value.reshape(size)
    strides = geometry.view_strides(value.shape, strides_of(value), size)
    return None if strides is None else geometry.strided(value, size, strides, geometry.storage_offset(value))


def _view(self: Any, size: tuple[int, ...]) -> Any:
    result = viewed(self, inferred(size, self.size))
    if result is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
            "subspaces). Use .reshape(...) instead."
        )
    return result


def _expand(self: Any, size: tuple[int, ...]) -> Any:
    value = np.asarray(self)
    extra = len(size) - value.ndim
    if extra < 0:
        raise RuntimeError(
            f"expand({type_name(of_array(value))}{{{list(value.shape)}}}, size={list(size)}): the number of sizes provided "
            f"({len(size)}) must be greater or equal to the number of dimensions in the tensor ({value.ndim})"
        )
    shape = list(size)
    strides = [0] * len(size)
    for i in range(len(size) - 1, -1, -1):
        wanted = size[i]
        if wanted < -1:
            raise RuntimeError("numel: integer multiplication overflow")
        if wanted == -1 and i < extra:
            raise RuntimeError(f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}")
        have = value.shape[i - extra] if i >= extra else 1
        if wanted in (-1, have):
            shape[i] = have
            if i >= extra:
                strides[i] = value.strides[i - extra] // value.itemsize
            elif value.ndim:
                strides[i] = shape[i + 1] * strides[i + 1]
        elif have != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({wanted}) must match the existing size ({have}) at non-singleton dimension {i}.  "
                f"Target sizes: {list(size)}.  Tensor sizes: {list(value.shape)}"
            )
    if not value.size:
        return np.broadcast_to(value, shape)
    return geometry.strided(value, shape, strides, geometry.storage_offset(value))


def _spread(self: Any, size: tuple[int, ...]) -> Any:
    """What rules expand with: mostly a single number over a whole shape."""
    if not size:
        return self
    if self.ndim:
        return _expand(self, size)
    value = np.asarray(self)
    return np.ndarray(size, value.dtype, value, 0, (0,) * len(size))


ARRAYS["reshape"] = lambda self, size: self.reshape(size) if size or self.ndim else self
ARRAYS["expand"] = _spread


def _squeezed(self: Any, dim: tuple[int, ...]) -> Any:
    value = np.asarray(self)
    axes = axes_of(dim, value.ndim) if dim else ()
    return value.squeeze(tuple(a for a in axes if a < value.ndim and value.shape[a] == 1))


def _unsqueeze(self: Any, dim: int) -> Any:
    value = np.asarray(self)
    axis = axis_of(dim, value.ndim + 1)
    if value.flags.c_contiguous or not value.size:
        return value.reshape((*value.shape[:axis], 1, *value.shape[axis:]))
    strides = strides_of(value)
    span = value.shape[axis] * strides[axis] if axis < value.ndim else 1
    shape = (*value.shape[:axis], 1, *value.shape[axis:])
    return geometry.strided(value, shape, (*strides[:axis], span, *strides[axis:]), geometry.storage_offset(value))


def _transpose(self: Any, dim0: int, dim1: int) -> Any:
    first, second = axis_of(dim0, self.ndim), axis_of(dim1, self.ndim)
    return self.swapaxes(first, second) if self.ndim else self[...]


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


@helper
def inverse(k: Any, dims: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes another."""
    n = len(dims)
    return tuple(sorted(range(n), key=lambda i: dims[i] % n))


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
    lambda self, size: self.reshape(inferred(size, self.size)),
    "self, which nobody else holds, in another shape",
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
    _transpose,
    "self with two dimensions exchanged",
    view=True,
    self="transpose(grad, dim0, dim1)",
)
op(
    "permute(Tensor self, int[] dims)",
    _permute,
    "self with its dimensions reordered",
    view=True,
    self="permute(grad, inverse(dims))",
)
op(
    "squeeze(Tensor self)",
    lambda self: np.squeeze(np.asarray(self)),
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
    _unsqueeze,
    "self with a new dimension",
    view=True,
    self="squeeze_dim(grad, dim)",
)
op("alias(Tensor self)", lambda self: self[...], "self", view=True, function=False, method=False, self="grad")
