"""torch.nn.modules."""

from __future__ import annotations

from . import container, layers, module

__all__ = [*container.__all__, *layers.__all__, *module.__all__]

globals().update({name: getattr(room, name) for room in (container, layers, module) for name in room.__all__})


def __dir__() -> list[str]:
    return __all__
