"""torch.nn.modules.padding: layers that widen their input's last one, two or three dimensions."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .module import Module
from .utils import _ntuple, _own

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ReflectionPad1d",
    "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip


class _PadNd(Module):
    """A layer that pads `_dims` dimensions.

    Args:
        padding: How far on each side: one number, or two for each dimension, the last dimension first. A negative one crops.
    """

    _dims: int
    _mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(2 * self._dims)(padding)

    def forward(self, input: Tensor) -> Tensor:
        """pad(input)."""
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _CircularPadNd(_PadNd):
    _mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """pad(input), after a look at its dimensions."""
        least = self._dims + 1
        if input.dim() not in (least, least + 1):
            raise ValueError(f"expected {least}D or {least + 1}D input (got {input.dim()}D input)")
        return super().forward(input)


@_own("__init__")
class CircularPad1d(_CircularPadNd):
    """Pads the last dimension with the input's other end."""

    _dims = 1


@_own("__init__")
class CircularPad2d(_CircularPadNd):
    """Pads the last two dimensions with the input's other ends."""

    _dims = 2


@_own("__init__")
class CircularPad3d(_CircularPadNd):
    """Pads the last three dimensions with the input's other ends."""

    _dims = 3


class _ConstantPadNd(_PadNd):
    """Pads with one value.

    Args:
        padding: How far on each side.
        value: The value.
    """

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """pad(input)."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


@_own("__init__")
class ConstantPad1d(_ConstantPadNd):
    """Pads the last dimension with a value."""

    _dims = 1


@_own("__init__")
class ConstantPad2d(_ConstantPadNd):
    """Pads the last two dimensions with a value."""

    _dims = 2


@_own("__init__")
class ConstantPad3d(_ConstantPadNd):
    """Pads the last three dimensions with a value."""

    _dims = 3


class _ReflectionPadNd(_PadNd):
    _mode = "reflect"


@_own("__init__")
class ReflectionPad1d(_ReflectionPadNd):
    """Pads the last dimension with the input's reflection at its borders."""

    _dims = 1


@_own("__init__")
class ReflectionPad2d(_ReflectionPadNd):
    """Pads the last two dimensions with the input's reflection at its borders."""

    _dims = 2


@_own("__init__")
class ReflectionPad3d(_ReflectionPadNd):
    """Pads the last three dimensions with the input's reflection at its borders."""

    _dims = 3


class _ReplicationPadNd(_PadNd):
    _mode = "replicate"


@_own("__init__")
class ReplicationPad1d(_ReplicationPadNd):
    """Pads the last dimension with the values at the input's borders."""

    _dims = 1


@_own("__init__")
class ReplicationPad2d(_ReplicationPadNd):
    """Pads the last two dimensions with the values at the input's borders."""

    _dims = 2


@_own("__init__")
class ReplicationPad3d(_ReplicationPadNd):
    """Pads the last three dimensions with the values at the input's borders."""

    _dims = 3


class ZeroPad1d(ConstantPad1d):
    """Pads the last dimension with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Pads the last two dimensions with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Pads the last three dimensions with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


def __dir__() -> list[str]:
    return __all__
