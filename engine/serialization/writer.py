"""An object as a pickle of PyTorch's form: written by hand, opcode by opcode, for the kinds of things listed here."""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable
from pickle import (
    APPENDS,
    BINFLOAT,
    BINGET,
    BININT,
    BININT1,
    BININT2,
    BINPERSID,
    BINPUT,
    BINUNICODE,
    BUILD,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_TUPLE,
    GLOBAL,
    LONG1,
    LONG_BINGET,
    LONG_BINPUT,
    MARK,
    NEWFALSE,
    NEWTRUE,
    NONE,
    PROTO,
    REDUCE,
    SETITEMS,
    STOP,
    TUPLE,
    PicklingError,
    encode_long,
)  # fmt: skip
from typing import Any, Final

import numpy as np

from .. import geometry
from ..dtypes import dtype
from ..nn.parameter import Parameter
from ..size import Size, device
from ..tensor import Tensor

__all__ = ["Writer"]


class Writer:
    """Writes one object.

    Attributes:
        memories: The memory of the tensors met, by number: flat arrays.
    """

    def __init__(self) -> None:
        self.memories: list[np.ndarray[Any, Any]] = []
        self._out: list[bytes] = [PROTO, b"\x02"]
        self._memo: dict[Any, int] = {}
        self._kept: list[Any] = []
        self._numbers: dict[int, int] = {}

    def dumped(self, thing: Any) -> bytes:
        """The pickle of an object.

        Raises:
            NotImplementedError: It holds something of another kind than is written here.
            PicklingError: It cannot be written.
        """
        self._write(thing)
        self._out.append(STOP)
        return b"".join(self._out)

    # -- what is written once is referred to after

    def _known(self, key: Any) -> bool:
        place = self._memo.get(key)
        if place is None:
            return False
        self._out.append(BINGET + bytes([place]) if place < 256 else LONG_BINGET + struct.pack("<I", place))
        return True

    def _keep(self, key: Any, thing: Any = None) -> None:
        place = self._memo[key] = len(self._memo)
        self._kept.append(thing)
        self._out.append(BINPUT + bytes([place]) if place < 256 else LONG_BINPUT + struct.pack("<I", place))

    def _global(self, module: str, name: str) -> None:
        key = ("global", module, name)
        if not self._known(key):
            self._out.append(GLOBAL + f"{module}\n{name}\n".encode())
            self._keep(key)

    # -- values

    def _write(self, thing: Any) -> None:
        write = _WRITERS.get(type(thing))
        if write is None:
            kind = next((k for k in (Parameter, Tensor) if isinstance(thing, k)), None)
            if kind is None:
                name = f"{type(thing).__module__}.{type(thing).__qualname__}".replace("engine.", "torch.", 1)
                raise NotImplementedError(
                    f"torch.save of {name} is not implemented in the embedded engine: only tensors, numbers, text, dtypes, and lists, "
                    "tuples, sets and dicts of them are saved. Of a module or an optimizer save its state_dict()."
                )
            write = _WRITERS[kind]
        write(self, thing)

    def _none(self, thing: None) -> None:
        self._out.append(NONE)

    def _bool(self, thing: bool) -> None:
        self._out.append(NEWTRUE if thing else NEWFALSE)

    def _int(self, thing: int) -> None:
        if 0 <= thing < 256:
            self._out.append(BININT1 + bytes([thing]))
        elif 0 <= thing < 65536:
            self._out.append(BININT2 + struct.pack("<H", thing))
        elif -(2**31) <= thing < 2**31:
            self._out.append(BININT + struct.pack("<i", thing))
        else:
            digits = encode_long(thing)
            if len(digits) > 255:
                raise PicklingError("an integer of more than 255 bytes cannot be saved")
            self._out.append(LONG1 + bytes([len(digits)]) + digits)

    def _float(self, thing: float) -> None:
        self._out.append(BINFLOAT + struct.pack(">d", thing))

    def _complex(self, thing: complex) -> None:
        self._global("__builtin__", "complex")
        self._reduce(thing.real, thing.imag)

    def _str(self, thing: str) -> None:
        if not self._known(("str", thing)):
            text = thing.encode("utf-8", "surrogatepass")
            self._out.append(BINUNICODE + struct.pack("<I", len(text)) + text)
            self._keep(("str", thing))

    def _bytes(self, thing: bytes) -> None:
        self._global("_codecs", "encode")
        self._reduce(thing.decode("latin1"), "latin1")

    def _bytearray(self, thing: bytearray) -> None:
        self._global("__builtin__", "bytearray")
        self._reduce(bytes(thing))

    def _list(self, thing: list[Any]) -> None:
        if not self._known(id(thing)):
            self._out.append(EMPTY_LIST)
            self._keep(id(thing), thing)
            self._several(thing, APPENDS)

    def _tuple(self, thing: tuple[Any, ...]) -> None:
        if not thing:
            self._out.append(EMPTY_TUPLE)
        elif not self._known(id(thing)):
            self._several(thing, TUPLE)
            self._keep(id(thing), thing)

    def _dict(self, thing: dict[Any, Any]) -> None:
        if not self._known(id(thing)):
            self._out.append(EMPTY_DICT)
            self._keep(id(thing), thing)
            self._several([part for item in thing.items() for part in item], SETITEMS)

    def _ordered(self, thing: OrderedDict[Any, Any]) -> None:
        if self._known(id(thing)):
            return
        self._global("collections", "OrderedDict")
        self._reduce()
        self._keep(id(thing), thing)
        self._several([part for item in thing.items() for part in item], SETITEMS)
        if vars(thing):
            self._write(vars(thing))
            self._out.append(BUILD)

    def _set(self, thing: set[Any]) -> None:
        if not self._known(id(thing)):
            self._global("__builtin__", "set")
            self._reduce(list(thing))
            self._keep(id(thing), thing)

    def _several(self, things: Any, code: bytes) -> None:
        if things or code is TUPLE:
            self._out.append(MARK)
            for thing in things:
                self._write(thing)
            self._out.append(code)

    def _reduce(self, *args: Any) -> None:
        """Call what was written last."""
        self._tuple_of(*args)
        self._out.append(REDUCE)

    def _tuple_of(self, *args: Any) -> None:
        self._several(args, TUPLE) if args else self._out.append(EMPTY_TUPLE)

    # -- what describes tensors, and tensors

    def _size(self, thing: Size) -> None:
        self._global("torch", "Size")
        self._reduce(tuple(thing))

    def _dtype(self, thing: dtype) -> None:
        self._global("torch", repr(thing).removeprefix("torch."))

    def _device(self, thing: device) -> None:
        self._global("torch", "device")
        self._reduce(*[part for part in (thing.type, thing.index) if part is not None])

    def _tensor(self, thing: Tensor) -> None:
        if self._known(id(thing)):
            return
        if getattr(thing, "_layer", None) is not None:
            raise PicklingError("a tensor within a function that is being transformed cannot be saved")
        self._global("torch._utils", "_rebuild_tensor_v2")
        self._out.append(MARK)
        thing._share()
        value = np.asarray(thing._value)
        self._memory(value, thing.dtype)
        for part in (geometry.storage_offset(value), tuple(thing.shape), geometry.strides_of(value)):
            self._write(part)
        self._write(thing.requires_grad)
        self._ordered(OrderedDict())
        self._out.append(TUPLE)
        self._out.append(REDUCE)
        self._keep(id(thing), thing)

    def _memory(self, value: np.ndarray[Any, Any], kind: dtype) -> None:
        """The reference to the memory of an array."""
        root = geometry.root_of(value)
        flat = root.ravel(order="K").view(value.dtype) if root.size else np.empty(0, value.dtype)
        number = self._numbers.get(geometry.address(root))
        if number is None or not flat.size:
            number = len(self.memories)
            self.memories.append(flat)
            if flat.size:
                self._numbers[geometry.address(root)] = number
        self._out.append(MARK)
        self._write("storage")
        self._global("torch", f"{kind._legacy}Storage")
        for part in (str(number), "cpu", flat.size):
            self._write(part)
        self._out += [TUPLE, BINPERSID]

    def _parameter(self, thing: Parameter) -> None:
        if self._known(id(thing)):
            return
        self._global("torch._utils", "_rebuild_parameter")
        self._out.append(MARK)
        self._tensor(thing.data)
        self._write(thing.requires_grad)
        self._ordered(OrderedDict())
        self._out += [TUPLE, REDUCE]
        self._keep(id(thing), thing)


_WRITERS: Final[dict[type, Callable[[Writer, Any], None]]] = {
    type(None): Writer._none,
    bool: Writer._bool,
    int: Writer._int,
    float: Writer._float,
    complex: Writer._complex,
    str: Writer._str,
    bytes: Writer._bytes,
    bytearray: Writer._bytearray,
    list: Writer._list,
    tuple: Writer._tuple,
    dict: Writer._dict,
    OrderedDict: Writer._ordered,
    set: Writer._set,
    Size: Writer._size,
    dtype: Writer._dtype,
    device: Writer._device,
    Tensor: Writer._tensor,
    Parameter: Writer._parameter,
}
