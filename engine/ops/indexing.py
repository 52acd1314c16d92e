"""Square brackets: every kind of index, for reading and for writing."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from .. import geometry, observe
from ..api import op, public
from ..dtypes import of_array
from ..frames import warn
from ..observe import OpCall
from ..rules import TENSORS
from ..tensor import Tensor, tensor_attribute, wrap
from .select import as_element, fill_tensor

__all__ = ["getitem", "setitem"]

NO_TUPLE: Final = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use x[tuple(seq)] "
    "instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], which will result either in "
    "an error or a different result"
)
NO_INDEX = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"


def _arrays(self: Any, indices: list[Any], within: bool = True) -> tuple[Any, ...]:
    """NumPy's index for PyTorch's: masks become the places where they hold.

    Args:
        self: What is indexed.
        indices: A mask, numbers or None for each dimension.
        within: Whether the numbers must be in range.

    Raises:
        IndexError: An index does not fit.
    """
    found: list[Any] = []
    for index in indices:
        axis = len(found)
        if index is None:
            found.append(slice(None))
        elif index.dtype in (np.bool_, np.uint8):
            for d in range(index.ndim):
                if axis + d >= self.ndim or index.shape[d] != self.shape[axis + d]:
                    raise IndexError(
                        f"The shape of the mask {list(index.shape)} at index {d} does not match the shape of the indexed tensor "
                        f"{list(self.shape)} at index {axis + d}"
                    )
            found += np.nonzero(index)
        elif index.dtype.kind == "i":
            length = self.shape[axis]
            if index.size and not length:
                raise IndexError("index is out of bounds for dimension with size 0")
            if within and index.size and (index.min() < -length or index.max() >= length):
                wrong = int(index[(index < -length) | (index >= length)].flat[0]) if index.ndim else int(index)
                raise IndexError(f"index {wrong} is out of bounds for dimension {axis} with size {length}")
            found.append(index)
        else:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    shapes = [i.shape for i in found if not isinstance(i, slice)]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {', '.join(str(list(s)) for s in shapes)}"
        ) from None
    return tuple(found)


def _index(self: Any, indices: list[Any]) -> Any:
    return np.array(self[_arrays(self, indices)])


def _index_backward(grad: Any, size: tuple[int, ...], indices: list[Any]) -> Any:
    result = np.zeros(size, grad.dtype)
    np.add.at(result, _arrays(result, indices), grad)
    return result


def _index_put(self: Any, indices: list[Any], values: Any, accumulate: bool = False) -> Any:
    if len(indices) > self.ndim:
        raise IndexError(f"too many indices for tensor of dimension {self.ndim} (got {len(indices)})")
    shape = _result_shape(self, _arrays(self, indices, False))
    if not accumulate and values.size == 1 and _is_one_mask(indices):
        values = as_element(np.asarray(values).reshape(()), self.dtype)
    try:
        np.broadcast_to(values, shape)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of shape "
            f"{list(shape)}"
        ) from None
    if values.dtype != self.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{of_array(self)._legacy} for the destination and {of_array(values)._legacy} for the source."
        )
    result = np.array(self)
    where = _arrays(self, indices)
    if accumulate:
        np.add.at(result, where, values)
    else:
        result[where] = values
    return result


def _result_shape(self: Any, where: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape of what an index picks, whether its numbers are in range or not."""
    first = tuple(i if isinstance(i, slice) else np.zeros_like(i) for i in where)
    return np.broadcast_to(np.False_, self.shape)[first].shape


def _is_one_mask(indices: list[Any]) -> bool:
    """Whether indices are a single mask, which one value then fills, whatever its dtype."""
    masks = [i for i in indices if i is not None]
    return len(masks) == 1 and masks[0].dtype in (np.bool_, np.uint8)


op(
    "index(Tensor self, Tensor?[] indices)",
    _index,
    "self[indices]",
    function=False,
    method=False,
    self="index_backward(grad, self.shape, indices)",
)
op(
    "index_backward(Tensor grad_output, int[] size, Tensor?[] indices)",
    _index_backward,
    "grad_output added up where it came from",
    function=False,
    grad_output="index(grad, indices)",
)
_put = op(
    "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False)",
    _index_put,
    "self, with values at indices",
    inplace=True,
    self="grad if accumulate else index_put(grad, indices, zeros_of(grad, values.shape))",
    values="index(grad, indices)",
)


# -- reading the brackets


def _tensor_of(index: Any) -> Tensor:
    """A sequence as an index tensor."""
    if isinstance(index, np.ndarray):
        return wrap(np.asarray(index))
    array = (
        np.array([i.item() if isinstance(i, Tensor) and i._value.ndim == 0 else i for i in index])
        if index
        else np.zeros(0, np.int64)
    )
    if array.dtype == object or array.dtype.kind not in "iub":
        wrong = next((i for i in index if not isinstance(i, (int, bool))), index)
        if isinstance(wrong, (list, tuple)):
            return wrap(np.array([np.asarray(i) for i in index]))
        raise TypeError(NO_INDEX.format(type(wrong).__name__))
    return wrap(array)


def _items(index: Any) -> tuple[Any, ...]:
    if isinstance(index, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(index, tuple):
        return index
    if isinstance(index, (list, range)) and len(index) < 32 and any(_speaks_of_dims(i) for i in index):
        # As NumPy once did: a short list is taken for a tuple, if something in it is more than a number.
        warn(NO_TUPLE, UserWarning)
        return tuple(index)
    return (index,)


def _speaks_of_dims(item: Any) -> bool:
    return item is None or item is Ellipsis or isinstance(item, (Tensor, slice, list, tuple, range, str, np.ndarray))


def _consumed(item: Any) -> int:
    """How many dimensions an index takes."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if isinstance(item, Tensor) and item._value.dtype in (np.bool_, np.uint8):
        return item._value.ndim
    return 1


def _is_bool(item: Any) -> bool:
    return isinstance(item, (bool, np.bool_)) or (
        isinstance(item, Tensor) and item._value.ndim == 0 and item._value.dtype == np.bool_
    )


def resolve(self: Tensor, index: Any) -> tuple[Tensor, list[Tensor | None]]:
    """Apply all that makes a view; returns it, and the index tensors left, by dimension.

    Raises:
        IndexError: There are too many indices, or one is of no use as an index.
    """
    items = _items(index)
    several = isinstance(index, tuple)
    taken = sum(_consumed(item) for item in items)
    ndim = self._value.ndim
    if taken > ndim:
        if not ndim and not several and isinstance(index, slice):
            raise IndexError("slice() cannot be applied to a 0-dim tensor.")
        if not ndim and not several and hasattr(index, "__index__") and not isinstance(index, (Tensor, bool)):
            if index.__index__():
                raise IndexError(f"index {index.__index__()} is out of bounds for dimension 0 with size 0")
            raise IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor "
                "to a number"
            )
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    result = self
    indices: dict[int, Tensor] = {}
    dim = 0
    for item in items:
        if item is None:
            result = TENSORS.unsqueeze(result, dim)
            dim += 1
        elif item is Ellipsis:
            dim += ndim - taken
        elif _is_bool(item):
            result = TENSORS.unsqueeze(result, dim)
            indices[dim] = wrap(np.array([bool(item)]))
            dim += 1
        elif isinstance(item, slice):
            result = _sliced(result, dim, item, several)
            dim += 1
        elif isinstance(item, Tensor) and not (
            item._value.ndim == 0
            and item._value.dtype.kind in "iu"
            and not item.requires_grad
            and getattr(item, "_layer", None) is None
        ):
            if item._value.dtype.kind in "fc":
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
            indices[dim] = item
            dim += _consumed(item)
        elif hasattr(item, "__index__") and not isinstance(item, np.ndarray):
            result = _chosen(result, dim, item.__index__())
        elif isinstance(item, (list, tuple, np.ndarray, range)):
            made = _tensor_of(item)
            indices[dim] = made
            dim += max(1, _consumed(made))
        else:
            raise IndexError(NO_INDEX.format(type(item).__name__))
    ordered: list[Tensor | None] = []
    for d in sorted(indices):
        ordered += [None] * (d - sum(max(1, _consumed(i)) if i is not None else 1 for i in ordered))
        ordered.append(indices[d])
    return result, ordered


def _chosen(self: Tensor, dim: int, index: int) -> Tensor:
    length = self._value.shape[dim]
    if not -length <= index < length:
        raise IndexError(f"index {index} is out of bounds for dimension {dim} with size {length}")
    return TENSORS.select(self, dim, index)


def _bound(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    return value.__index__()


def _sliced(self: Tensor, dim: int, item: slice, several: bool) -> Tensor:
    start, stop, step = _bound(item.start), _bound(item.stop), _bound(item.step)
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero")
    length = self._value.shape[dim]
    first, last, by = slice(start, stop, step).indices(length)
    if several and (first, last, by) == (0, length, 1):
        return self
    return TENSORS.slice(self, dim, first, 2**63 - 1 if stop is None else last, by)


def getitem(self: Tensor, index: Any) -> Tensor:
    """self[index]."""
    view, indices = resolve(self, index)
    if indices:
        return TENSORS.index(view, indices)
    return TENSORS.alias(self) if view is self else view


def setitem(self: Tensor, index: Any, value: Any) -> None:
    """self[index] = value.

    Raises:
        RuntimeError: The tensor may not be written to, or the value does not fit.
        TypeError: The value is neither a number nor a tensor.
    """
    if not isinstance(value, (Tensor, bool, int, float, complex, np.generic, np.ndarray)):
        raise TypeError(f"can't assign a {type(value).__name__} to a torch.{self.dtype._legacy}Tensor")
    listener, observe.active = observe.active, None
    try:
        _write(self, index, value)
    finally:
        observe.active = listener
    if listener is not None:
        node = self.grad_fn
        listener.op_called(
            OpCall(
                "__setitem__", (("self", self), ("index", index), ("value", value)), (self,), node, self, "self[index] = value"
            )
        )


def _write(self: Tensor, index: Any, value: Any) -> None:
    if not isinstance(value, Tensor):
        number = value.item() if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0 else value
        value = wrap(np.asarray(number) if isinstance(number, np.ndarray) else _number(number, self._value.dtype))
    if index is False:
        return
    indices: list[Tensor | None] = []
    if index is None or index is True:
        target = TENSORS.unsqueeze(self, 0)
    elif isinstance(index, slice) and self._value.ndim:
        target = _sliced(self, 0, index, True)
    else:
        target, indices = resolve(self, index)
    shape = value._value.shape
    sliced = _without_leading_ones(shape)
    if indices:
        if sliced != shape:
            value = TENSORS.view(value, sliced)
        _put.in_place(target, indices, value)
        return
    if shape != target._value.shape:
        if not shape:
            fill_tensor.in_place(target, value)
            return
        value = TENSORS.view(value, sliced)
        if sliced != target._value.shape:
            value = TENSORS.expand(value, target._value.shape)
    target.copy_(value)


def _number(value: Any, kind: np.dtype[Any]) -> Any:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("Overflow when unpacking long long")
    if kind == np.float16:
        with np.errstate(over="ignore"):
            return np.asarray(as_element(value, np.dtype(np.float64))).astype(kind)
    return as_element(value, kind)


def _without_leading_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[next((i for i, n in enumerate(shape) if n != 1), len(shape)) :]


tensor_attribute("__getitem__", getitem)
tensor_attribute("__setitem__", setitem)


# -- finding


def _nonzero(self: Any) -> Any:
    # (PyTorch writes the indices dimension by dimension.)
    return np.array(np.nonzero(self), np.int64).T if self.ndim else np.empty((int(bool(self)), 0), np.int64)


_nonzero_row = op(
    "nonzero(Tensor self)",
    _nonzero,
    "the indices of the elements that are not 0",
    function=False,
    method=False,
    takes="bihfc",
)


@public
def nonzero(input: Tensor, *, out: Any = None, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero: a row for each, or a tensor for each dimension."""
    if as_tuple:
        return tuple(_nonzero_row(input if input._value.ndim else input.unsqueeze(0)).unbind(1))
    return _nonzero_row(input) if out is None else _nonzero_row(input, out=out)


@public
def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not zero, in rows."""
    return _nonzero_row(input)


def _nonzero_static(self: Any, size: int, fill_value: int = -1) -> Any:
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = np.argwhere(self).astype(np.int64)[:size]
    return np.concatenate([found, np.full((size - len(found), self.ndim), fill_value, np.int64)])


op(
    "nonzero_static(Tensor self, *, int size, int fill_value=-1)",
    _nonzero_static,
    "the indices of the first so many elements that are not 0, filled up",
)


@public(method=False)
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Indices into a flattened shape as indices into each of its dimensions."""
    if indices._value.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    wrong = next((n for n in sizes if n < 0), None)
    if wrong is not None:
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    steps, lengths = (wrap(np.array(n, np.int64)) for n in (geometry.contiguous_strides(sizes), sizes))
    found: Tensor = indices.unsqueeze(-1).div(steps, rounding_mode="trunc") % lengths
    return TENSORS.unbind(found, -1)  # type: ignore[return-value]
