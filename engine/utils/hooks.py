"""torch.utils.hooks."""

from __future__ import annotations

from ..handles import RemovableHandle

__all__ = ["RemovableHandle"]

RemovableHandle.__module__ = "torch.utils.hooks"


def __dir__() -> list[str]:
    return __all__
