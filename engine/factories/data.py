"""Tensors from data: numbers, nested sequences of them, arrays, buffers, other tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from .. import dtypes, modes
from ..dtypes import dtype as Dtype
from ..frames import warn
from ..history import c_name
from ..signatures.kinds import type_name
from ..size import Size
from ..tensor import Tensor, tensor_method
from .making import filled_with, finish, kind_of, offered, shape_of

__all__ = ["array_of", "legacy_tensor"]


def _is_sequence(item: Any) -> bool:
    """Whether something is made of items, as PyTorch sees it: tensors and text are not."""
    if isinstance(item, (list, tuple, np.ndarray)):
        return True
    if isinstance(item, (Tensor, str, bytes, dict, np.generic)):
        return False
    return hasattr(type(item), "__getitem__") and hasattr(type(item), "__len__")


def _nested(data: Any) -> tuple[list[int], list[Any]]:
    """The shape and the items of nested sequences.

    Raises:
        TypeError: A sequence holds sequences and other things.
        ValueError: They are ragged, or hold text.
    """
    shape: list[int] = []
    probe = data
    while _is_sequence(probe):
        inner = bool(shape)
        shape.append(len(probe))
        if inner and isinstance(probe, np.ndarray):
            warn(
                "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single "
                "numpy.ndarray with numpy.array() before converting to a tensor.",
                UserWarning,
            )
        if not len(probe):
            break
        probe = probe[0]
        if isinstance(probe, str):
            raise ValueError("too many dimensions 'str'")
    flat: list[Any] = []

    def walk(item: Any, level: int) -> None:
        if level == len(shape):
            if isinstance(item, (list, tuple)):
                raise TypeError(f"'{type(item).__name__}' object cannot be interpreted as an integer")
            flat.append(item)
            return
        if not _is_sequence(item):
            raise TypeError("not a sequence")
        if len(item) != shape[level]:
            raise ValueError(f"expected sequence of length {shape[level]} at dim {level} (got {len(item)})")
        for part in item:
            walk(part, level + 1)

    walk(data, 0)
    return shape, flat


def _no_number(item: Any) -> Exception:
    """The error for something no tensor can hold."""
    if isinstance(item, (str, bytes)):
        return TypeError(f"new(): invalid data type '{type(item).__name__}'")
    return RuntimeError(f"Could not infer dtype of {type(item).__name__}")


def _dtype_of(item: Any) -> Dtype:
    if isinstance(item, Tensor):
        return item.dtype
    if isinstance(item, (np.ndarray, np.generic)):
        return dtypes.of_array(item)
    if isinstance(item, (bool, int, float, complex)):
        return dtypes.of_number(item)
    raise _no_number(item)


def _inferred(flat: Sequence[Any]) -> Dtype:
    """The dtype of items: the one they all convert to."""
    if not flat:
        return dtypes.get_default_dtype()
    found = dtypes.bool_
    # One of each type will do, of those whose type says all.
    plain = {type(item): item for item in flat}
    for item in plain.values() if plain.keys() <= _PLAIN else flat:
        found = dtypes.promote_types(found, _dtype_of(item))
    return found


_PLAIN: Final = {bool, int, float, complex}


def _number(item: Any, kind: np.dtype[Any]) -> Any:
    """An item as a Python number."""
    if isinstance(item, Tensor):
        return item.__index__() if kind.kind in "iu" and not item.dtype.is_floating_point else _NUMBERS[kind.kind](item)
    return item.item() if isinstance(item, (np.ndarray, np.generic)) else item


_NUMBERS: Final[dict[str, Callable[[Any], Any]]] = {"f": float, "c": complex, "i": int, "u": int, "b": bool}


def _element(number: Any, kind: np.dtype[Any]) -> Any:
    """A number as an element.

    Raises:
        RuntimeError: The dtype cannot hold it.
        TypeError: It is no number, or complex where that cannot be.
    """
    if not isinstance(number, (bool, int, float, complex)):
        raise _no_number(number)
    if isinstance(number, complex) and kind.kind != "c":
        raise TypeError("must be real number, not complex")
    if kind.kind == "f":
        return kind.type(number)
    if kind.kind in "iu" and isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return filled_with(number, kind, kind.name)


def array_of(data: Any, d: Dtype | None) -> Any:
    """Memory holding data: numbers, nested sequences of them, arrays or tensors; always a copy.

    Raises:
        TypeError: The data is no number.
        ValueError: The sequences are ragged.
    """
    if isinstance(data, Tensor):
        return np.array(data._value, None if d is None else d._numpy)
    if isinstance(data, np.ndarray):
        _check_array(data)
    if isinstance(data, (np.ndarray, np.generic)):
        return np.array(data, (d or dtypes.of_array(data))._numpy)
    if data.__class__ is float and (d is None or d.is_floating_point):
        return kind_of(d).type(data)
    if not _is_sequence(data):
        return _element(data, (d or _dtype_of(data))._numpy)
    shape, items = _nested(data)
    kind = (d or _inferred(items))._numpy
    plain = set(map(type, items))
    flat = items if plain <= _PLAIN else [_number(item, kind) for item in items]
    try:
        if kind.kind != "c" and not plain <= {bool, int, float} and any(isinstance(item, complex) for item in flat):
            raise TypeError
        return np.array(flat, kind).reshape(shape)
    except (OverflowError, TypeError, ValueError):
        return np.array([_element(number, kind) for number in flat], kind).reshape(shape)


@offered
def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf holding a copy of the data."""
    if isinstance(data, Tensor):
        warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
        )
    return finish(array_of(data, _read("tensor", dtype)), "tensor", requires_grad, device)


@tensor_method
def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """As torch.tensor, with this tensor's dtype."""
    if isinstance(data, Tensor):
        warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than tensor.new_tensor(sourceTensor).",
            UserWarning,
        )
    return finish(array_of(data, _read("new_tensor", dtype) or self.dtype), "new_tensor", requires_grad, device)


@offered
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor: a tensor itself, the memory of an array, a copy of anything else."""
    dtype = _read("as_tensor", dtype)
    if isinstance(data, Tensor):
        return data if dtype is None or dtype is data.dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or dtypes.of_array(data) is dtype):
        return from_numpy(data)
    return finish(array_of(data, dtype), "as_tensor", device=device)


@offered
def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """The data as a tensor, sharing its memory where that can be (or must be, or must not, as `copy` says).

    Raises:
        ValueError: It must share memory with what has none, or has other elements.
    """
    dtype = _read("asarray", dtype)
    if isinstance(obj, np.ndarray):
        found = from_numpy(obj)
    elif isinstance(obj, Tensor):
        found = obj
    elif _has_buffer(obj):
        found = frombuffer(obj, dtype=dtype or dtypes.get_default_dtype())
    else:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return finish(array_of(obj, dtype), "asarray", bool(requires_grad), device)
    if requires_grad is None and found.requires_grad:
        warn(
            "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass requires_grad=False "
            "explicitly to get the old behavior and silence this warning.",
            UserWarning,
        )
        requires_grad = True
    if dtype is not None and dtype is not found.dtype:
        if copy is False:
            raise ValueError(f"can't alias tensor with dtype '{found.dtype._legacy}' into dtype '{dtype._legacy}'.")
        found = found.to(dtype)
    elif copy:
        found = found.clone()
    if found.requires_grad and not requires_grad:
        found = found.detach()
    elif requires_grad and not found.requires_grad:
        found = found.detach().requires_grad_()
    return found


def _has_buffer(thing: Any) -> bool:
    """Whether an object gives its memory by Python's buffer protocol."""
    if isinstance(thing, np.generic):
        return False
    try:
        memoryview(thing).release()
    except TypeError:
        return False
    return True


@offered
def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A one-dimensional tensor over the memory of an object with Python's buffer protocol.

    Raises:
        ValueError: The memory is empty, or too short.
    """
    dtype = _read("frombuffer", dtype)
    try:
        memory = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    size, each = memory.nbytes, dtype.itemsize
    if not (size > 0 and count != 0):
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count <= 0 and (size - offset) % each:
        raise ValueError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({each})"
        )
    number = (size - offset) // each if count < 0 else count
    if offset + number * each > size:
        raise ValueError(
            f"requested buffer length ({number} * {each} bytes) after offset ({offset} bytes) must not be greater than actual buffer "
            f"length ({size} bytes)"
        )
    if memory.readonly:
        warn(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write to the "
            "underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to protect its data or make "
            "it writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program.",
            UserWarning,
        )
    made = finish(np.frombuffer(memory, dtype._numpy, number, offset), "frombuffer", requires_grad)
    made._share()
    return made


def _read(name: str, dtype: Any) -> Dtype | None:
    """A dtype given as an argument, or None."""
    if dtype is None or isinstance(dtype, Dtype):
        return dtype
    try:
        return dtypes.read(dtype)
    except TypeError as error:
        raise TypeError(f"{name}(): argument 'dtype' {error}") from None


@offered
def from_numpy(ndarray: Any, /) -> Tensor:
    """A tensor over an array's memory: writes to either are seen by both."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type_name(ndarray)})")
    _check_array(ndarray)
    if not ndarray.flags.writeable:
        warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this "
            "tensor will result in undefined behavior. You may want to copy the array to protect its data or make it writable before "
            "converting it to a tensor. This type of warning will be suppressed for the rest of this program.",
            UserWarning,
        )
    made = finish(ndarray if ndarray.__class__ is np.ndarray else np.asarray(ndarray), "from_numpy")
    if modes.watching:
        # Whoever listens must not take it for memory that only the engine writes to.
        made._share()
    return made


def _check_array(array: np.ndarray[Any, Any]) -> None:
    """See that an array can be a tensor.

    Raises:
        TypeError: Its elements cannot be a tensor's.
        ValueError: It lies in memory as no tensor does.
    """
    dtypes.of_array(array)
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is currently not "
            "supported."
        )
    if array.ndim and min(array.strides) < 0:
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
            "(You can probably work around this by making a copy of your array  with array.copy().) "
        )


_OPTIONS_OF: Final = (
    "TensorOptions(dtype={}, device=cpu, layout=Strided, requires_grad=false (default), pinned_memory=false (default), "
    "memory_format=(nullopt))"
)


def legacy_tensor(args: tuple[Any, ...], d: Dtype, name: str) -> Tensor:
    """What the older ways to make a tensor make: one of data, or memory of a size.

    Args:
        args: What was given: data or sizes.
        d: The dtype.
        name: What was called.

    Raises:
        TypeError: It is neither.
    """
    if not args:
        return finish(np.empty(0, d._numpy), name)
    first = args[0]
    whole = hasattr(first, "__index__") and not isinstance(first, (Tensor, np.ndarray))
    if len(args) == 1 and not (whole or isinstance(first, Size)):
        if isinstance(first, Tensor):
            if first.dtype is not d and name != "Tensor":
                wanted, given = (_OPTIONS_OF.format(c_name(kind)) for kind in (d, first.dtype))
                raise TypeError(f"expected {wanted} (got {given})")
            return first.detach()
        if isinstance(first, (str, bytes)):
            raise _no_number(first)
        if not _is_sequence(first):
            raise TypeError(f"new(): data must be a sequence (got {type_name(first)})")
        return finish(np.asarray(array_of(first, d)), name)
    sizes = tuple(first) if isinstance(first, Size) else args
    for place, n in enumerate(sizes, start=1):
        if not hasattr(n, "__index__"):
            raise TypeError(
                f"new(): argument 'size' failed to unpack the object at pos {place} with error \"type must be tuple of ints,but got "
                f'{type_name(n)}"'
            )
    return finish(np.zeros(shape_of(sizes, name), d._numpy), name)


@tensor_method
def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """As calling torch.Tensor, with this tensor's dtype."""
    return legacy_tensor(args, self.dtype, "new")
