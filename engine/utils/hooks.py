"""torch.utils.hooks."""

from __future__ import annotations

from ..copying import unserializable_hook, warn_if_has_hooks
from ..handles import RemovableHandle

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]

RemovableHandle.__module__ = "torch.utils.hooks"


def __dir__() -> list[str]:
    return __all__
