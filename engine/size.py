"""torch.Size, torch.device, torch.layout and torch.memory_format: what describes a tensor besides its dtype."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, SupportsIndex, overload

__all__ = [
    "Size",
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "device",
    "layout",
    "memory_format",
    "preserve_format",
    "strided",
]


class Size(tuple[int, ...]):
    """A tensor's shape: a tuple that knows how many elements it spans."""

    __slots__ = ()

    def __new__(cls, sizes: Iterable[Any] = (), /) -> Size:
        made = tuple.__new__(cls, sizes)
        for i, n in enumerate(made):
            if n.__class__ is not int and not hasattr(n, "__index__"):
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {i} is '{type(n).__name__}')")
        return made

    def __reduce__(self) -> Any:
        return _sized, (tuple(self),)

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    @overload
    def __getitem__(self, index: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Size: ...
    def __getitem__(self, index: SupportsIndex | slice) -> int | Size:
        if isinstance(index, slice):
            return Size(tuple.__getitem__(self, index))
        return tuple.__getitem__(self, index)

    def __add__(self, other: tuple[Any, ...]) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: tuple[Any, ...]) -> Size:
        return Size(tuple(other) + tuple(self))

    def __mul__(self, other: SupportsIndex) -> Size:
        return Size(tuple.__mul__(self, other))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"


def _sized(sizes: tuple[int, ...]) -> Size:
    """The size that a pickle or a copy is made of."""
    return Size(sizes)


class device:  # noqa: N801 (PyTorch's name)
    """Where a tensor lives. This engine has the CPU alone.

    Raises:
        RuntimeError: The name is no device PyTorch knows.
        NotImplementedError: It is one this engine does not have.
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: str | device | None = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            index = type.index
            type = type.type
        elif type is None:
            type = "cpu"
        elif not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' must be str, not {type.__class__.__name__}")
        name, _, number = type.partition(":")
        if name not in ("cpu", "cuda", "mps", "xpu", "meta", "xla", "hpu", "mtia"):
            raise RuntimeError(
                "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, "
                f"meta, hpu, mtia, privateuseone device type at start of device string: {name}"
            )
        if name != "cpu":
            raise NotImplementedError(f"the embedded engine has no '{name}' device; use 'cpu'")
        self.type = name
        self.index = int(number) if number else index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type='{self.type}')" if self.index is None else f"device(type='{self.type}', index={self.index})"


class _Named:
    """A constant that prints as its qualified name."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"


class layout(_Named):  # noqa: N801 (PyTorch's name)
    """How a tensor's elements are laid out in memory."""

    __slots__ = ()


class memory_format(_Named):  # noqa: N801 (PyTorch's name)
    """In which order a new tensor's dimensions lie in memory."""

    __slots__ = ()


strided: Final = layout("strided")
contiguous_format: Final = memory_format("contiguous_format")
preserve_format: Final = memory_format("preserve_format")
channels_last: Final = memory_format("channels_last")
channels_last_3d: Final = memory_format("channels_last_3d")

CPU: Final = device("cpu")
