"""torch.nn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import functional, init, modules, parameter
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "functional",
    "init",
    "modules",
    "parameter",
    *modules.LAYERS,
]

globals().update({name: getattr(modules, name) for name in modules.LAYERS})

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def __dir__() -> list[str]:
    return __all__
