"""torch.nn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import functional, init, modules, parameter
from .parameter import Buffer, Parameter

__all__ = ["Buffer", "Parameter", "functional", "init", "modules", "parameter", *modules.__all__]

globals().update({name: getattr(modules, name) for name in modules.__all__})

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def __dir__() -> list[str]:
    return __all__
