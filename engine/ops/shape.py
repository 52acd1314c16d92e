"""Changes of shape, as functions that choose among the rows of `views`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import observe
from ..api import public
from ..dispatch import broadcast_error
from ..dtypes import dtype as Dtype
from ..frames import warn
from ..geometry import is_contiguous
from ..observe import OpCall
from ..rules import TENSORS
from ..size import Size
from ..tensor import Tensor, tensor_attribute, wrap
from .views import inferred, split_row, split_sizes_row, viewed
from .vocabulary import axis_of

__all__ = ["reshape", "sizes"]


def sizes(args: tuple[Any, ...]) -> tuple[int, ...]:
    """A shape given as one sequence or as separate numbers."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = tuple(args[0])
    return tuple(int(n) if isinstance(n, Tensor) else n.__index__() for n in args)


@public(function=False)
def view(self: Tensor, *size: Any) -> Tensor:
    """The same memory in another shape, or as another dtype of the same size."""
    if len(size) == 1 and isinstance(size[0], Dtype):
        return _reinterpret(self, size[0])
    return TENSORS.view(self, sizes(size))


def _reinterpret(self: Tensor, d: Dtype) -> Tensor:
    counter = self._share()
    made = wrap(self._value.view(d._numpy))
    made._counter = counter
    if observe.active is not None:
        observe.active.op_called(OpCall("view", (("self", self), ("dtype", d)), (made,), None, None, "self's memory as dtype"))
    return made


@public
def reshape(input: Tensor, *shape: Any) -> Tensor:
    """The same elements in another shape; shares memory where it can."""
    size = sizes(shape)
    value = np.asarray(input._value)
    if viewed(value, inferred(size, value.size)) is not None:
        return (TENSORS.view if is_contiguous(value) else TENSORS._reshape_alias)(input, size)
    return TENSORS._unsafe_view(TENSORS.clone(input), size)


@public(function=False)
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """self in the shape of another tensor."""
    return reshape(self, other.shape)


@public(function=False)
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """self's memory in the shape of another tensor."""
    return self.view(other.shape)


@public(function=False)
def expand(self: Tensor, *size: Any) -> Tensor:
    """self repeated along dimensions of size 1, without copying."""
    return TENSORS.expand(self, sizes(size))


@public(function=False)
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """self repeated to the shape of another tensor."""
    return TENSORS.expand(self, tuple(other._value.shape))


@public(method=False)
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """input repeated to a shape."""
    return TENSORS.expand(input, sizes((size,)))


tensor_attribute("broadcast_to", broadcast_to)


@public
def permute(input: Tensor, *dims: Any) -> Tensor:
    """input with its dimensions reordered."""
    return TENSORS.permute(input, sizes(dims))


@public
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """input without its dimensions of size 1, or without those of the given ones."""
    if dim is None:
        return TENSORS.squeeze(input)
    return (TENSORS.squeeze_dims if isinstance(dim, (tuple, list)) else TENSORS.squeeze_dim)(input, dim)


@public
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """input with the dimensions from start_dim to end_dim made one."""
    value = input._value
    first, last = axis_of(start_dim, value.ndim), axis_of(end_dim, value.ndim)
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not value.ndim:
        return reshape(input, 1)
    if first == last:
        return input
    return reshape(input, (*value.shape[:first], math.prod(value.shape[first : last + 1]), *value.shape[last + 1 :]))


@public
def ravel(input: Tensor) -> Tensor:
    """input in one dimension."""
    return reshape(input, -1)


@public
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """input with one dimension made several."""
    shape = input._value.shape
    axis = axis_of(dim, len(shape))
    return TENSORS.view(input, (*shape[:axis], *inferred(sizes, shape[axis]), *shape[axis + 1 :]))


@public
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """input with dimensions moved to other places."""
    ndim = input._value.ndim
    sources = [axis_of(d, ndim) for d in (source if isinstance(source, (tuple, list)) else (source,))]
    places = [axis_of(d, ndim) for d in (destination if isinstance(destination, (tuple, list)) else (destination,))]
    order = [d for d in range(ndim) if d not in sources]
    for place, d in sorted(zip(places, sources, strict=True)):
        order.insert(place, d)
    return TENSORS.permute(input, tuple(order))


public(name="moveaxis")(movedim)
public(name="swapaxes")(TENSORS.transpose)
public(name="swapdims")(TENSORS.transpose)


@public
def adjoint(input: Tensor) -> Tensor:
    """input with its last two dimensions exchanged, conjugated if complex."""
    exchanged = TENSORS.transpose(input, -2, -1)
    return TENSORS.conj(exchanged) if input.dtype.is_complex else exchanged


@public
def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """The part of input from start on, length long, along dim."""
    if not input._value.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    size = input._value.shape[axis_of(dim, input._value.ndim)]
    begin = start + size if start < 0 else start
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not 0 <= begin <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    if begin + length > size:
        raise RuntimeError(f"start ({begin}) + length ({length}) exceeds dimension size ({size}).")
    return TENSORS.slice(input, dim, begin, begin + length, 1)


@public(name="split")
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """A tensor in pieces of one size, or of given sizes."""
    if isinstance(split_size_or_sections, (tuple, list)):
        return split_sizes_row(tensor, split_size_or_sections, dim)
    return split_row(tensor, split_size_or_sections, dim)


@public
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """input in at most the given number of pieces."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    if not input._value.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    length = input._value.shape[axis_of(dim, input._value.ndim)]
    if not length:
        return split_sizes_row(input, (0,) * chunks, dim)
    return split_row(input, -(-length // chunks), dim)


def _reversed(self: Tensor) -> Tensor:
    """The dimensions in reverse order."""
    if self._value.ndim == 0:
        warn("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.", UserWarning)
    elif self._value.ndim != 2:
        warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a "
            "future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to "
            "reverse the dimensions of a tensor.",
            UserWarning,
        )
    return TENSORS.permute(self, tuple(range(self._value.ndim - 1, -1, -1)))


def _matrix_transposed(self: Tensor) -> Tensor:
    """The last two dimensions exchanged."""
    if self._value.ndim < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {self._value.ndim}-D tensor.")
    return TENSORS.transpose(self, -2, -1)


tensor_attribute("T", property(_reversed))
tensor_attribute("mT", property(_matrix_transposed))
tensor_attribute("H", property(adjoint))
tensor_attribute("mH", property(adjoint))


@public(method=False)
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that shapes broadcast to.

    Raises:
        RuntimeError: There is none.
    """
    sizes_given = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return Size(np.broadcast_shapes(*sizes_given))
    except ValueError:
        raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape") from None


@public(method=False)
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors, expanded to their common shape.

    Raises:
        RuntimeError: They have none.
    """
    shapes = [tuple(t._value.shape) for t in tensors]
    error = broadcast_error(shapes)
    if error is not None:
        raise error
    size = np.broadcast_shapes(*shapes)
    return tuple(TENSORS.expand(t, size) for t in tensors)
