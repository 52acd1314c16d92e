"""Tensors from data: numbers, nested sequences of them, arrays, buffers, other tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..dtypes import dtype as Dtype
from ..frames import warn
from ..history import c_name
from ..tensor import Tensor, tensor_method
from .making import finish, kind_of, offered, shape_of

__all__ = ["array_of", "legacy_tensor"]


def _nested(data: Any) -> tuple[list[int], list[Any]]:
    """The shape and the numbers of nested sequences.

    Raises:
        ValueError: They are ragged.
    """
    shape: list[int] = []
    probe = data
    while isinstance(probe, (list, tuple)) or (isinstance(probe, (Tensor, np.ndarray)) and probe.ndim > 0):
        shape.append(len(probe))
        if not len(probe):
            break
        probe = probe[0]
    flat: list[Any] = []

    def walk(item: Any, level: int) -> None:
        if level == len(shape):
            if isinstance(item, (list, tuple)):
                raise TypeError(f"'{type(item).__name__}' object cannot be interpreted as an integer")
            flat.append(item.item() if isinstance(item, (Tensor, np.ndarray, np.generic)) else item)
            return
        if not isinstance(item, (list, tuple, Tensor, np.ndarray)):
            raise TypeError("not a sequence")
        if len(item) != shape[level]:
            raise ValueError(f"expected sequence of length {shape[level]} at dim {level} (got {len(item)})")
        for part in item:
            walk(part, level + 1)

    walk(data, 0)
    return shape, flat


def _no_number(item: Any) -> Exception:
    """The error for something no tensor can hold."""
    if isinstance(item, str):
        return TypeError(f"new(): invalid data type '{type(item).__name__}'")
    return RuntimeError(f"Could not infer dtype of {type(item).__name__}")


def _inferred(flat: Sequence[Any]) -> Dtype:
    found = dtypes.bool_ if flat else dtypes.get_default_dtype()
    for item in flat:
        if not isinstance(item, (bool, int, float, complex)):
            raise _no_number(item)
        found = dtypes.promote_types(found, dtypes.of_number(item))
    return found


def array_of(data: Any, d: Dtype | None) -> Any:
    """Memory holding data: numbers, nested sequences of them, arrays or tensors; always a copy.

    Raises:
        TypeError: The data is no number.
        ValueError: The sequences are ragged.
    """
    if isinstance(data, Tensor):
        return np.array(data._value, None if d is None else d._numpy)
    if isinstance(data, (np.ndarray, np.generic)):
        return np.array(data, (d or dtypes.of_array(data))._numpy)
    if isinstance(data, range):
        data = list(data)
    if isinstance(data, float):
        return kind_of(d).type(data)
    if not isinstance(data, (list, tuple)):
        if hasattr(data, "__array__"):
            return array_of(np.asarray(data), d)
        return (d or _inferred([data]))._numpy.type(data)
    shape, flat = _nested(data)
    kind = (d or _inferred_with_tensors(data, flat))._numpy
    if any(isinstance(item, complex) for item in flat) and kind.kind != "c":
        raise TypeError("must be real number, not complex")
    try:
        return np.array(flat, kind).reshape(shape)
    except OverflowError:
        raise RuntimeError(
            f"value cannot be converted to type {kind.name}{'_t' if kind.kind == 'i' else ''} without overflow"
        ) from None
    except (TypeError, ValueError):
        raise _no_number(next((item for item in flat if not isinstance(item, (bool, int, float, complex))), flat[0])) from None


def _inferred_with_tensors(data: Any, flat: Sequence[Any]) -> Dtype:
    """The dtype of a list: of its tensors if it holds any, else of its numbers."""
    probe = data
    while isinstance(probe, (list, tuple)) and probe:
        probe = probe[0]
    if isinstance(probe, Tensor):
        return probe.dtype
    if isinstance(probe, (np.ndarray, np.generic)):
        return dtypes.of_array(probe)
    return _inferred(flat)


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
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
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
    elif isinstance(obj, (bytes, bytearray, memoryview)):
        found = frombuffer(obj, dtype=dtype or dtypes.get_default_dtype())
    else:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return finish(array_of(obj, dtype), "asarray", requires_grad, device)
    if dtype is not None and dtype is not found.dtype:
        if copy is False:
            raise ValueError(f"can't alias tensor with dtype '{c_name(found.dtype)}' into dtype '{c_name(dtype)}'.")
        found = found.to(dtype)
    elif copy:
        found = found.clone()
    if found.requires_grad and not requires_grad:
        found = found.detach()
    elif requires_grad and not found.requires_grad:
        found = found.detach().requires_grad_()
    return found


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
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.of_array(ndarray)
    if min(ndarray.strides, default=0) < 0:
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
            "(You can probably work around this by making a copy of your array  with array.copy().) "
        )
    if not ndarray.flags.writeable:
        warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this "
            "tensor will result in undefined behavior. You may want to copy the array to protect its data or make it writable before "
            "converting it to a tensor. This type of warning will be suppressed for the rest of this program.",
            UserWarning,
        )
    made = finish(ndarray, "from_numpy")
    made._share()
    return made


def legacy_tensor(*args: Any, **kwargs: Any) -> Tensor:
    """What calling `torch.Tensor` makes: floats from data, or memory of a size."""
    if not args:
        return finish(np.empty(0, kind_of(None)), "Tensor")
    if len(args) == 1 and isinstance(args[0], (list, tuple, np.ndarray)) and not hasattr(args[0], "numel"):
        return finish(np.asarray(array_of(args[0], dtypes.get_default_dtype())), "Tensor")
    if len(args) == 1 and isinstance(args[0], Tensor):
        return args[0].detach()
    return finish(np.zeros(shape_of(args, "Tensor"), kind_of(None)), "Tensor")


@tensor_method
def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """As calling torch.Tensor, with this tensor's dtype."""
    kind = self._value.dtype
    if not args:
        return finish(np.empty(0, kind), "new")
    if len(args) == 1 and isinstance(args[0], Tensor):
        if args[0].dtype is not self.dtype:
            raise TypeError(f"expected a tensor of {self.dtype!r} (got {args[0].dtype!r})")
        return args[0].detach()
    if len(args) == 1 and isinstance(args[0], (list, tuple, np.ndarray)) and not hasattr(args[0], "numel"):
        return finish(np.asarray(array_of(args[0], self.dtype)), "new")
    return finish(np.zeros(shape_of(args, "new"), kind), "new")
