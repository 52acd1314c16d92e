"""torch.nn.modules."""

from __future__ import annotations

from . import container, layers, lazy, module

_ROOMS = (container, layers, module)
LAYERS = [name for room in _ROOMS for name in room.__all__ if not name.startswith("register_")]
"""What torch.nn has of it."""
__all__ = ["container", "lazy", "module", *LAYERS]

globals().update({name: getattr(room, name) for room in _ROOMS for name in room.__all__})


def __dir__() -> list[str]:
    return __all__
