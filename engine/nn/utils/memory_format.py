"""torch.nn.utils.memory_format: how convolutions' weights lie in memory."""

from __future__ import annotations

from typing import Any

from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]


def _convert(module: Module, memory_format: Any, kinds: tuple[type[Module], ...]) -> None:
    for found in module.modules():
        if isinstance(found, kinds):
            found.weight.data = found.weight.detach().clone(memory_format=memory_format)


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Lay the weights of a module's convolutions over planes in a memory format; returns the module."""
    _convert(module, memory_format, (Conv2d, ConvTranspose2d))
    return module


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Lay the weights of a module's convolutions over volumes in a memory format; returns the module."""
    _convert(module, memory_format, (Conv3d, ConvTranspose3d))
    return module


def __dir__() -> list[str]:
    return __all__
