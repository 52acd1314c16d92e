"""Changes of shape, as functions that choose among the rows of `views`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import geometry, observe
from ..api import public
from ..dispatch import broadcast_error
from ..dtypes import dtype as Dtype
from ..dtypes import read as read_dtype
from ..frames import warn
from ..geometry import is_contiguous, strides_of
from ..observe import OpCall
from ..rules import TENSORS
from ..schema import integers
from ..size import Size
from ..tensor import Tensor, tensor_attribute, wrap
from .views import inferred, viewed
from .vocabulary import axis_of

__all__ = ["flatten", "reinterpreted", "reshape", "unsqueezed_to"]


# -- any shape, any dtype


@public(function=False)
def view(self: Tensor, *args: Any, size: Any = None, dtype: Dtype | None = None) -> Tensor:
    """The same memory in another shape, or as another dtype."""
    kind = args[0] if args and isinstance(args[0], (Dtype, type)) else dtype
    if kind is not None:
        return reinterpreted(self, read_dtype(kind))
    return TENSORS.view(self, integers("view", "size", args if size is None else (size,), 1))


def reinterpreted(self: Tensor, dtype: Dtype) -> Tensor:
    """A tensor's memory as another dtype, which has no history.

    Raises:
        RuntimeError: The new elements do not fit into the memory of the old.
    """
    counter = self._share()
    value = self._value
    old, new = value.itemsize, dtype.itemsize
    if old != new:
        words = f"to view {self.dtype._legacy} as {dtype._legacy} (different element sizes)"
        if not value.ndim:
            raise RuntimeError(f"self.dim() cannot be 0 {words}")
        strides = strides_of(value)
        if new > old:
            ratio = new // old
            if value.shape[-1] % ratio:
                raise RuntimeError(f"self.size(-1) must be divisible by {ratio} {words}, but got {value.shape[-1]}")
            if geometry.storage_offset(value) % ratio:
                raise RuntimeError(
                    f"self.storage_offset() must be divisible by {ratio} {words}, but got {geometry.storage_offset(value)}"
                )
            for d, stride in enumerate(strides[:-1]):
                if stride % ratio:
                    raise RuntimeError(f"self.stride({d}) must be divisible by {ratio} {words}, but got {stride}")
        if strides[-1] != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 {words}, but got {strides[-1]}")
    made = wrap(value.view(dtype._numpy))
    made._counter = counter
    if observe.active is not None:
        observe.active.op_called(
            OpCall("view", (("self", self), ("dtype", dtype)), (made,), None, None, "self's memory as dtype")
        )
    return made


def reshape(input: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The same elements in another shape; shares memory where it can."""
    value = np.asarray(input._value)
    size = inferred(shape, value.size)
    if is_contiguous(value):
        return TENSORS.view(input, size)
    if viewed(value, size) is not None:
        return TENSORS._reshape_alias(input, size)
    return TENSORS._unsafe_view(TENSORS.contiguous(input), size)


TENSORS.setdefault("reshape", reshape)


@public(method=False, name="reshape")
def _reshape(input: Tensor, shape: Sequence[int]) -> Tensor:
    """The same elements in another shape; shares memory where it can."""
    return reshape(input, integers("reshape", "shape", (shape,), 2))


@public(function=False, name="reshape")
def _method_reshape(self: Tensor, *args: Any, shape: Any = None) -> Tensor:
    """The same elements in another shape; shares memory where it can."""
    return reshape(self, integers("reshape", "shape", args if shape is None else (shape,), 1))


@public(function=False)
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """self in the shape of another tensor."""
    return reshape(self, other._value.shape)


@public(function=False)
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """self's memory in the shape of another tensor."""
    return TENSORS.view(self, other._value.shape)


@public
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """input with the dimensions from start_dim to end_dim made one."""
    value = input._value
    first, last = axis_of(start_dim, value.ndim), axis_of(end_dim, value.ndim)
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not value.ndim:
        return reshape(input, (1,))
    if first == last:
        return input
    return reshape(input, (*value.shape[:first], math.prod(value.shape[first : last + 1]), *value.shape[last + 1 :]))


@public
def ravel(input: Tensor) -> Tensor:
    """input in one dimension, row by row."""
    return TENSORS.view(input if is_contiguous(input._value) else TENSORS.contiguous(input), (-1,))


@public
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """input with one dimension made several."""
    shape = input._value.shape
    if not shape:
        raise RuntimeError("unflatten got an unexpected error:\nDimension specified as 0 but tensor has no dimensions")
    axis = axis_of(dim, len(shape))
    wanted = tuple(sizes)
    if not wanted:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        found = inferred(wanted, shape[axis])
    except RuntimeError as error:
        if "is invalid for" not in str(error):
            raise RuntimeError(f"unflatten got an unexpected error:\n{error}") from None
        raise RuntimeError(
            f"unflatten: Provided sizes {list(wanted)} don't multiply up to the size of dim {axis} ({shape[axis]}) in the input tensor"
        ) from None
    return TENSORS.view(input, (*shape[:axis], *found, *shape[axis + 1 :]))


@public
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """input without its dimensions of size 1, or without those of the given ones."""
    if dim is None:
        return TENSORS.squeeze(input)
    return (TENSORS.squeeze_dims if isinstance(dim, (tuple, list)) else TENSORS.squeeze_dim)(input, dim)


def unsqueezed_to(least: int, input: Tensor) -> Tensor:
    """input with new dimensions, as NumPy's atleast_1d, atleast_2d and atleast_3d place them."""
    ndim = input._value.ndim
    if ndim >= least:
        return input
    if not ndim:
        return reshape(input, (1,) * least)
    if least == 2:
        return TENSORS.unsqueeze(input, 0)
    return TENSORS.unsqueeze(TENSORS.unsqueeze(input, 0) if ndim == 1 else input, -1)


def _at_least(least: int) -> None:
    def made(*tensors: Any) -> Any:
        if len(tensors) == 1:
            if isinstance(tensors[0], Tensor):
                return unsqueezed_to(least, tensors[0])
            tensors = tuple(tensors[0])
        return tuple([unsqueezed_to(least, t) for t in tensors])

    made.__name__ = made.__qualname__ = f"atleast_{least}d"
    made.__doc__ = f"The tensor, or each of the tensors, with {least} dimension{'s' if least > 1 else ''} or more."
    public(method=False)(made)


for _least in (1, 2, 3):
    _at_least(_least)


# -- broadcasting


@public(function=False)
def expand(self: Tensor, *args: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """self repeated along dimensions of size 1, without copying."""
    return TENSORS.expand(self, integers("expand", "size", args if size is None else (size,), 1))


@public(function=False)
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """self repeated to the shape of another tensor."""
    return TENSORS.expand(self, other._value.shape)


@public
def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """input repeated to a shape."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"broadcast_to(): argument 'size' (position 2) must be tuple of ints, not {type(size).__name__}")
    return TENSORS.expand(input, integers("broadcast_to", "size", (size,), 2))


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
    given = tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    shapes = [tuple(t._value.shape) for t in given]
    error = broadcast_error(shapes)
    if error is not None:
        raise error
    size = np.broadcast_shapes(*shapes)
    return tuple([t if shape == size else TENSORS.expand(t, size) for t, shape in zip(given, shapes, strict=True)])


@public(function=False)
def sum_to_size(self: Tensor, *args: Any, size: Any = None) -> Tensor:
    """self summed over what broadcasting from a shape would repeat."""
    wanted = integers("sum_to_size", "size", args if size is None else (size,), 1)
    shape = self._value.shape
    extra = len(shape) - len(wanted)
    if not wanted:
        return TENSORS.sum(self)
    if extra < 0 or any(n not in (1, m) for n, m in zip(wanted, shape[extra:], strict=True)):
        raise RuntimeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(shape)}}}.")
    axes = tuple(i for i, m in enumerate(shape) if i < extra or (wanted[i - extra] == 1 and m != 1))
    result = TENSORS.sum_dim_IntList(self, axes, True) if axes else self
    return TENSORS.view(result, wanted) if extra > 0 else result


# -- order of dimensions


def _named_axes(names: tuple[str, str], called: str) -> None:
    def exchanged(input: Tensor, *axes: int, **named: int) -> Tensor:
        first, second = (*axes, *(named[n] for n in names[len(axes) :]))
        return TENSORS.transpose(input, first, second)

    exchanged.__name__ = exchanged.__qualname__ = called
    exchanged.__doc__ = "input with two dimensions exchanged."
    public(exchanged)


_named_axes(("axis0", "axis1"), "swapaxes")
_named_axes(("dim0", "dim1"), "swapdims")


def _moved(called: str) -> None:
    def moved(input: Tensor, source: Any, destination: Any) -> Tensor:
        ndim = input._value.ndim
        given = [tuple(d) if isinstance(d, (tuple, list)) else (d,) for d in (source, destination)]
        if len(given[0]) != len(given[1]):
            raise RuntimeError(
                f"movedim: Invalid source or destination dims: source ({list(given[0])} dims) should contain the same number of dims as "
                f"destination ({list(given[1])} dims)"
            )
        sources, places = ([axis_of(d, ndim) for d in dims] for dims in given)
        for name, found, dims in (("source", sources, given[0]), ("destination", places, given[1])):
            if len(set(found)) != len(found):
                raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(dims)})")
        if not ndim:
            return TENSORS.alias(input)
        order = [d for d in range(ndim) if d not in sources]
        for place, d in sorted(zip(places, sources, strict=True)):
            order.insert(place, d)
        return TENSORS.permute(input, tuple(order))

    moved.__name__ = moved.__qualname__ = called
    moved.__doc__ = "input with dimensions moved to other places."
    public(moved)


_moved("movedim")
_moved("moveaxis")


def _conjugated(input: Tensor, name: str) -> Tensor:
    if input._value.ndim < 2:
        raise RuntimeError(f"{name} is only supported on matrices or batches of matrices. Got {input._value.ndim}-D tensor.")
    exchanged = TENSORS.transpose(input, -2, -1)
    return TENSORS.conj(exchanged) if input.dtype.is_complex else exchanged


@public
def adjoint(input: Tensor) -> Tensor:
    """input with its last two dimensions exchanged, conjugated if complex."""
    return _conjugated(input, "tensor.adjoint()")


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


def _matrix_adjoint(self: Tensor) -> Tensor:
    """The last two dimensions exchanged, conjugated if complex."""
    return _conjugated(self, "tensor.mH")


def _adjoint(self: Tensor) -> Tensor:
    """A matrix transposed, conjugated if complex."""
    ndim = self._value.ndim
    if ndim not in (0, 2):
        more = " For batches of matrices, consider using tensor.mH" if ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor.{more}")
    if not ndim:
        warn("Tensor.H is deprecated on 0-D tensors. Consider using x.conj().", UserWarning)
        return TENSORS.conj(self) if self.dtype.is_complex else self
    return _conjugated(self, "tensor.H")


for _name, _property in (("T", _reversed), ("mT", _matrix_transposed), ("H", _adjoint), ("mH", _matrix_adjoint)):
    tensor_attribute(_name, property(_property))


# -- parts


@public
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """The part of input from start on, length long, along dim."""
    if isinstance(start, Tensor):
        if start._value.ndim or start._value.dtype.kind not in "iu":
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        start = start.item()
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


@public
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape."""
    return bool(input._value.shape == other._value.shape)
