"""A pickle of PyTorch's form read without Python's own unpickler: few opcodes, and calls to the functions listed here alone.

After PyTorch's `torch/_weights_only_unpickler.py`. Whatever else a file asks for is refused by name; nothing is looked up by name
outside the list, and nothing is called but what stands in it.
"""

from __future__ import annotations

import pickle
import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError, decode_long
from typing import Any, Final

import numpy as np

from .. import dtypes, geometry
from ..dtypes import dtype
from ..nn.parameter import Parameter
from ..size import Size, device
from ..tensor import Tensor, wrap

__all__ = ["Reader"]


class _StorageKind:
    """What stands for a class of storages: the dtype of their elements."""

    def __init__(self, kind: dtype) -> None:
        self.dtype = kind


class _Memory:
    """The memory of a storage, as elements of its dtype."""

    def __init__(self, flat: np.ndarray[Any, Any]) -> None:
        self.flat = flat


def _sizes(found: Any) -> tuple[int, ...]:
    if not isinstance(found, tuple) or any(type(n) is not int or n < 0 for n in found):
        raise UnpicklingError("sizes, strides and offsets must be whole numbers")
    return found


def _rebuild_tensor(memory: Any, offset: Any, size: Any, stride: Any, *rest: Any) -> Tensor:
    """torch._utils._rebuild_tensor_v2, and (without the rest) _rebuild_tensor."""
    if not isinstance(memory, _Memory):
        raise UnpicklingError("a tensor without a storage")
    shape, strides = _sizes(size), _sizes(stride)
    if len(shape) != len(strides):
        raise UnpicklingError("a tensor of another number of sizes than of strides")
    (start,) = _sizes((offset,))
    made = wrap(geometry.strided(memory.flat, shape, strides, start))
    made._share()
    if rest and rest[0]:
        made.requires_grad_(True)
    return made


def _rebuild_parameter(data: Any, requires_grad: Any, hooks: Any = None) -> Any:
    if not isinstance(data, Tensor):
        raise UnpicklingError("a parameter that is no tensor")
    return Parameter(data, bool(requires_grad))


def _encode(text: Any, encoding: Any) -> bytes:
    if not isinstance(text, str) or encoding != "latin1":
        raise UnpicklingError("bytes that are not written as latin1")
    return text.encode("latin1")


def _bytearray(*args: Any) -> bytearray:
    if not all(isinstance(a, bytes) for a in args):
        raise UnpicklingError("a bytearray of something else than bytes")
    return bytearray(*args)


_CALLED: Final[dict[str, Callable[..., Any]]] = {
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch.Size": Size,
    "torch.device": device,
    "_codecs.encode": _encode,
    "__builtin__.set": set,
    "__builtin__.complex": complex,
    "__builtin__.bytearray": _bytearray,
    "builtins.set": set,
    "builtins.complex": complex,
    "builtins.bytearray": _bytearray,
}
_ALLOWED: Final[dict[str, Any]] = {
    **_CALLED,
    **{repr(d): d for d in dtypes.ALL},
    **{f"torch.{d._legacy}Storage": _StorageKind(d) for d in dtypes.ALL},
}


class Reader:
    """Reads one object.

    Args:
        data: The pickle.
        memory: Gives the bytes of the storage of a name.
    """

    def __init__(self, data: bytes, memory: Callable[[str], bytearray]) -> None:
        self._data = data
        self._at = 0
        self._memory = memory
        self._memories: dict[str, _Memory] = {}
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def loaded(self) -> Any:
        """The object.

        Raises:
            EOFError: The pickle ends too early.
            UnpicklingError: It asks for what is not allowed, or is broken.
        """
        while True:
            code = self._take(1)
            if code == pickle.STOP:
                return self._pop()
            step = _STEPS.get(code)
            if step is None:
                raise UnpicklingError(f"Unsupported operand {code[0]}")
            try:
                step(self)
            except (IndexError, KeyError, TypeError, ValueError, struct.error) as error:
                raise UnpicklingError(f"a broken pickle: {error}") from None

    # -- bytes and the stack

    def _take(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise EOFError
        self._at += count
        return found

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _line(self) -> str:
        end = self._data.index(b"\n", self._at)
        found = self._data[self._at : end].decode("utf-8")
        self._at = end + 1
        return found

    def _pop(self) -> Any:
        return self._stack.pop()

    def _since_mark(self) -> list[Any]:
        found, self._stack = self._stack, self._marks.pop()
        return found

    # -- opcodes

    def _protocol(self) -> None:
        version = self._number("B")
        if version not in (2, 3):
            raise UnpicklingError(f"pickle protocol {version} is not supported")

    def _mark(self) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def _push(self, thing: Any) -> None:
        self._stack.append(thing)

    def _text(self) -> None:
        self._push(self._take(self._number("<I")).decode("utf-8", "surrogatepass"))

    def _tuple(self, count: int) -> None:
        found = tuple(self._pop() for _ in range(count))[::-1]
        self._push(found)

    def _append(self) -> None:
        item = self._pop()
        self._extended([item])

    def _extended(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise UnpicklingError(f"Can only append to lists, but got {type(target)}")
        target.extend(items)

    def _set_items(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) not in (dict, OrderedDict, Counter):
            raise UnpicklingError(f"Can only set items of dicts, but got {type(target)}")
        for i in range(0, len(items), 2):
            target[items[i]] = items[i + 1]

    def _set_item(self) -> None:
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def _global(self) -> None:
        path = f"{self._line()}.{self._line()}"
        if path not in _ALLOWED:
            shown = path.removeprefix("builtins.").removeprefix("__builtin__.")
            raise UnpicklingError(f"Unsupported global: GLOBAL {shown} was not an allowed global by default.")
        self._push(_ALLOWED[path])

    def _reduce(self) -> None:
        args, function = self._pop(), self._pop()
        if not isinstance(args, tuple) or not any(function is f for f in _CALLED.values()):
            raise UnpicklingError(f"Trying to call reduce for unrecognized function {function}")
        self._push(function(*args))

    def _build(self) -> None:
        state, target = self._pop(), self._stack[-1]
        if type(target) is not OrderedDict or type(state) is not dict or not set(state) <= {"_metadata"}:
            raise UnpicklingError(f"Can only build OrderedDict instances, but got {type(target)}")
        vars(target).update(state)

    def _persistent(self) -> None:
        kind, storage, key, _location, count = self._pop()
        if kind != "storage" or not isinstance(storage, _StorageKind) or not isinstance(key, str):
            raise UnpicklingError("Only persistent_load of storage is allowed")
        found = self._memories.get(key)
        if found is None:
            data = self._memory(key)
            each = storage.dtype.itemsize
            if len(data) != count * each:
                raise UnpicklingError(f"storage {key} has {len(data)} bytes, not {count} elements of {each}")
            found = self._memories[key] = _Memory(np.frombuffer(data, storage.dtype._numpy))
        elif found.flat.dtype != storage.dtype._numpy:
            found = _Memory(found.flat.view(storage.dtype._numpy))
        self._push(found)

    def _get(self, place: int) -> None:
        self._push(self._memo[place])

    def _put(self, place: int) -> None:
        self._memo[place] = self._stack[-1]


_STEPS: Final[dict[bytes, Callable[[Reader], None]]] = {
    pickle.PROTO: Reader._protocol,
    pickle.MARK: Reader._mark,
    pickle.NONE: lambda r: r._push(None),
    pickle.NEWTRUE: lambda r: r._push(True),
    pickle.NEWFALSE: lambda r: r._push(False),
    pickle.BININT: lambda r: r._push(r._number("<i")),
    pickle.BININT1: lambda r: r._push(r._number("B")),
    pickle.BININT2: lambda r: r._push(r._number("<H")),
    pickle.LONG1: lambda r: r._push(decode_long(r._take(r._number("B")))),
    pickle.BINFLOAT: lambda r: r._push(r._number(">d")),
    pickle.BINUNICODE: Reader._text,
    pickle.SHORT_BINSTRING: lambda r: r._push(r._take(r._number("B")).decode("latin1")),
    pickle.EMPTY_TUPLE: lambda r: r._push(()),
    pickle.EMPTY_LIST: lambda r: r._push([]),
    pickle.EMPTY_DICT: lambda r: r._push({}),
    pickle.EMPTY_SET: lambda r: r._push(set()),
    pickle.TUPLE: lambda r: r._push(tuple(r._since_mark())),
    pickle.TUPLE1: lambda r: r._tuple(1),
    pickle.TUPLE2: lambda r: r._tuple(2),
    pickle.TUPLE3: lambda r: r._tuple(3),
    pickle.APPEND: Reader._append,
    pickle.APPENDS: lambda r: r._extended(r._since_mark()),
    pickle.SETITEM: Reader._set_item,
    pickle.SETITEMS: lambda r: r._set_items(r._since_mark()),
    pickle.GLOBAL: Reader._global,
    pickle.REDUCE: Reader._reduce,
    pickle.BUILD: Reader._build,
    pickle.BINPERSID: Reader._persistent,
    pickle.BINGET: lambda r: r._get(r._number("B")),
    pickle.LONG_BINGET: lambda r: r._get(r._number("<I")),
    pickle.BINPUT: lambda r: r._put(r._number("B")),
    pickle.LONG_BINPUT: lambda r: r._put(r._number("<I")),
}
