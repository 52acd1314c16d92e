"""torch.utils."""

from __future__ import annotations

from . import checkpoint, data, hooks
from .swap import swap_tensors

__all__ = ["checkpoint", "data", "hooks", "swap_tensors"]


def __dir__() -> list[str]:
    return __all__
