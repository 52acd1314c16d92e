"""torch.autograd.variable."""

from __future__ import annotations

from ..legacy import Variable

__all__ = ["Variable"]


def __dir__() -> list[str]:
    return __all__
