"""Arguments of a call, described so that they can be built on PyTorch, on the engine, and from a file alike.

A tensor is described by its memory, shape, strides, offset and whether it requires grad; tensors that share memory go on
sharing it. What is no data (a dtype, a device, a generator) is named.
"""

from __future__ import annotations

import base64
import enum
import zlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128")
"""The dtypes the engine has, by the names both NumPy and PyTorch give them."""

_MOST = 1 << 20
"""Tensors of more bytes than this are no material for a case."""


class UndescribableError(Exception):
    """An argument that the engine cannot be given: a sparse tensor, a dtype it does not have, a function."""


@dataclass(frozen=True)
class Memory:
    """A piece of memory that tensors may share.

    Attributes:
        dtype: The dtype's name.
        data: The bytes.
    """

    dtype: str
    data: bytes

    def fresh(self) -> np.ndarray[Any, Any]:
        """A copy of it as a flat array."""
        return np.frombuffer(self.data, self.dtype).copy()


@dataclass(frozen=True)
class TensorSpec:
    """A dense tensor.

    Attributes:
        memory: Which of the case's pieces of memory it lies in.
        shape: Its sizes.
        strides: In elements.
        offset: In elements.
        requires_grad: Whether it does, as a leaf.
        number: Which tensor of the case it is; equal numbers are one object.
        parameter: Whether it is an nn.Parameter.
    """

    memory: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    requires_grad: bool
    number: int
    parameter: bool = False


@dataclass(frozen=True)
class Named:
    """What both sides have under a name: `torch.float32`, `torch.device('cpu')`, a number NumPy made.

    Attributes:
        kind: "dtype", "device", "layout", "memory_format", "Size", "generator" or "numpy".
        text: Which one.
    """

    kind: str
    text: Any


class Description:
    """Describes the arguments of one call; tensors it has seen are known again."""

    def __init__(self) -> None:
        self.memories: list[Memory] = []
        self._memory_of: dict[int, int] = {}
        self._tensors: dict[int, TensorSpec] = {}
        self._keep: list[Any] = []

    def describe(self, value: Any) -> Any:
        """The description of a value of PyTorch's.

        Raises:
            UndescribableError: The engine has nothing like it.
        """
        import torch

        if isinstance(value, torch.Tensor):
            return self._tensor(value)
        if isinstance(value, torch.Size):
            return Named("Size", tuple(value))
        if value is None or value is Ellipsis or isinstance(value, (bool, int, float, complex, str)):
            if isinstance(value, enum.Enum):
                raise UndescribableError(f"{type(value).__name__}")
            return value
        if isinstance(value, tuple) and type(value) is not tuple:
            return tuple(self.describe(v) for v in tuple(value))
        if isinstance(value, (tuple, list)):
            return type(value)(self.describe(v) for v in value)
        if isinstance(value, dict):
            return {k: self.describe(v) for k, v in value.items()}
        if isinstance(value, slice):
            return slice(*(self.describe(v) for v in (value.start, value.stop, value.step)))
        if isinstance(value, (np.ndarray, np.generic)):
            return Named("numpy", value)
        for kind in ("dtype", "device", "layout", "memory_format"):
            if isinstance(value, getattr(torch, kind)):
                text = str(value).removeprefix("torch.")
                if kind == "dtype" and text not in DTYPES:
                    raise UndescribableError(f"dtype {text}")
                return Named(kind, text)
        if isinstance(value, torch.Generator):
            return Named("generator", value.initial_seed())
        raise UndescribableError(f"{type(value).__name__}")

    def _tensor(self, tensor: Any) -> TensorSpec:
        import torch

        known = self._tensors.get(id(tensor))
        if known is not None:
            return known
        if tensor.layout is not torch.strided or tensor.device.type != "cpu" or tensor.is_quantized or tensor.is_nested:
            raise UndescribableError(f"{tensor.layout} on {tensor.device}")
        if tensor.ndim > 64:
            raise UndescribableError("more dimensions than NumPy has")
        dtype = str(tensor.dtype).removeprefix("torch.")
        if dtype not in DTYPES:
            raise UndescribableError(f"dtype {dtype}")
        plain = tensor.detach()
        if plain.is_conj() or plain.is_neg():
            plain = plain.resolve_conj().resolve_neg()
        storage = plain.untyped_storage()
        if storage.nbytes() > _MOST:
            raise UndescribableError("a large tensor")
        key = storage.data_ptr() if storage.nbytes() else -id(storage)
        place = self._memory_of.get(key)
        if place is not None and self.memories[place].dtype != dtype:
            raise UndescribableError("memory read by two dtypes")
        if place is None:
            place = self._memory_of[key] = len(self.memories)
            flat = torch.empty(0, dtype=plain.dtype).set_(storage)
            self.memories.append(Memory(dtype, flat.numpy().tobytes()))
        found = TensorSpec(
            place,
            tuple(plain.shape),
            tuple(plain.stride()),
            plain.storage_offset(),
            tensor.requires_grad,
            len(self._tensors),
            isinstance(tensor, torch.nn.Parameter),
        )
        self._tensors[id(tensor)] = found
        self._keep.append((tensor, plain))
        return found


class Builder:
    """Builds described arguments on one of the two sides.

    Args:
        torch: The module to build with: PyTorch or the engine.
        memories: The pieces of memory of the case.
    """

    def __init__(self, torch: ModuleType, memories: list[Memory]) -> None:
        self._torch = torch
        self._memories = [memory_of(torch, m.fresh()) for m in memories]
        self._tensors: dict[int, Any] = {}

    def build(self, value: Any) -> Any:
        """The value a description stands for."""
        if isinstance(value, TensorSpec):
            if value.number not in self._tensors:
                self._tensors[value.number] = self._tensor(value)
            return self._tensors[value.number]
        if isinstance(value, Named):
            return self._named(value)
        if isinstance(value, (tuple, list)):
            return type(value)(self.build(v) for v in value)
        if isinstance(value, dict):
            return {k: self.build(v) for k, v in value.items()}
        if isinstance(value, slice):
            return slice(*(self.build(v) for v in (value.start, value.stop, value.step)))
        return value

    def leaves(self) -> list[Any]:
        """The tensors built so far that require grad, in the order of the description."""
        return [t for _, t in sorted(self._tensors.items()) if t.requires_grad]

    def tensors(self) -> list[Any]:
        """All tensors built so far."""
        return [t for _, t in sorted(self._tensors.items())]

    def _tensor(self, spec: TensorSpec) -> Any:
        made = tensor_over(self._torch, self._memories[spec.memory], spec.shape, spec.strides, spec.offset)
        if spec.parameter:
            return self._torch.nn.Parameter(made, requires_grad=spec.requires_grad)
        if spec.requires_grad:
            made.requires_grad_(True)
        return made

    def _named(self, value: Named) -> Any:
        torch = self._torch
        if value.kind == "Size":
            return torch.Size(value.text)
        if value.kind == "device":
            return torch.device(value.text)
        if value.kind == "generator":
            return torch.Generator().manual_seed(value.text)
        if value.kind == "numpy":
            return value.text.copy()
        return getattr(torch, value.text)


def memory_of(torch: ModuleType, flat: np.ndarray[Any, Any]) -> Any:
    """A flat array as what a side makes tensors over: for PyTorch a tensor of its own, whose memory it can resize."""
    return torch.from_numpy(flat).clone() if torch.__name__ == "torch" else flat


def tensor_over(torch: ModuleType, flat: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """A tensor, no view of another, over what `memory_of` gave."""
    if torch.__name__ == "torch":
        return flat.as_strided(shape, strides, offset).data
    from engine.tensor import wrap

    if not shape and flat.size == 1:
        return wrap(flat[0])
    if 0 in shape:
        return wrap(flat[:0].reshape(shape))
    size = flat.itemsize
    return wrap(np.ndarray(shape, flat.dtype, flat, offset * size, tuple(s * size for s in strides)))


def array_of(tensor: Any) -> np.ndarray[Any, Any]:
    """What a tensor of either side holds, as an array of its own."""
    value = getattr(tensor, "_value", None)
    return np.array(tensor.detach().numpy(force=True) if value is None else value)


# -- as JSON


def packed(data: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(zlib.compress(data, 9)).decode()


def unpacked(text: str) -> bytes:
    """What `packed` made text of."""
    return zlib.decompress(base64.b64decode(text))


def to_json(value: Any) -> Any:
    """A description as JSON has it."""
    if isinstance(value, TensorSpec):
        place = [value.memory, list(value.shape), list(value.strides), value.offset]
        return {"tensor": [*place, value.requires_grad, value.number, value.parameter]}
    if isinstance(value, Named):
        if value.kind == "numpy":
            array = np.asarray(value.text)
            return {"numpy": [array.dtype.name, list(array.shape), packed(array.tobytes()), isinstance(value.text, np.generic)]}
        return {"named": [value.kind, list(value.text) if isinstance(value.text, tuple) else value.text]}
    if isinstance(value, Memory):
        return [value.dtype, packed(value.data)]
    if isinstance(value, tuple):
        return {"tuple": [to_json(v) for v in value]}
    if isinstance(value, list):
        return [to_json(v) for v in value]
    if isinstance(value, dict):
        return {"dict": [[k, to_json(v)] for k, v in value.items()]}
    if isinstance(value, slice):
        return {"slice": [to_json(v) for v in (value.start, value.stop, value.step)]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if value is Ellipsis:
        return {"ellipsis": []}
    return value


def from_json(value: Any) -> Any:
    """The description JSON has."""
    if isinstance(value, list):
        return [from_json(v) for v in value]
    if not isinstance(value, dict):
        return value
    ((kind, parts),) = value.items()
    if kind == "tensor":
        memory, shape, strides, offset, requires_grad, number, parameter = parts
        return TensorSpec(memory, tuple(shape), tuple(strides), offset, requires_grad, number, parameter)
    if kind == "numpy":
        dtype, shape, data, scalar = parts
        array = np.frombuffer(unpacked(data), dtype).reshape(shape)
        return Named("numpy", array[()] if scalar else array)
    if kind == "named":
        return Named(parts[0], tuple(parts[1]) if isinstance(parts[1], list) else parts[1])
    if kind == "dict":
        return {k: from_json(v) for k, v in parts}
    if kind == "complex":
        return complex(*parts)
    if kind == "slice":
        return slice(*(from_json(v) for v in parts))
    if kind == "ellipsis":
        return Ellipsis
    return tuple(from_json(v) for v in parts)


def memory_from_json(value: list[str]) -> Memory:
    """A piece of memory."""
    return Memory(value[0], unpacked(value[1]))


# -- as words


def words(value: Any, memories: list[Memory]) -> str:
    """A description in few words."""
    if isinstance(value, TensorSpec):
        short = memories[value.memory].dtype
        for long, letter in (("float", "f"), ("complex", "c"), ("uint", "u"), ("int", "i")):
            short = short.replace(long, letter)
        dense, step = [], 1
        for n in reversed(value.shape):
            dense.append(step)
            step *= max(n, 1)
        laid = "" if tuple(reversed(dense)) == value.strides or 0 in value.shape else f"/{list(value.strides)}"
        text = f"{short}{list(value.shape)}{laid}".replace(" ", "")
        if not value.shape:
            text += f"={np.frombuffer(memories[value.memory].data, memories[value.memory].dtype)[value.offset]!r}"
        return text + ("*" if value.requires_grad else "")
    if isinstance(value, Named):
        return repr(value.text) if value.kind == "numpy" else str(value.text)
    if isinstance(value, (tuple, list)):
        inner = ", ".join(words(v, memories) for v in value)
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={words(v, memories)}" for k, v in value.items()) + "}"
    return repr(value)
