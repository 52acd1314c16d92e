"""torch.nn.functional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...ops import convolve, matmul, padding, trilinear
from . import (
    activation,
    attention,
    dropping,
    embeddings,
    encoding,
    entropy,
    loss,
    margin,
    multihead,
    normalization,
    pooling,
    resizing,
    vision,
)

_ROOMS: Final = (
    activation,
    attention,
    convolve,
    dropping,
    embeddings,
    encoding,
    entropy,
    loss,
    margin,
    multihead,
    normalization,
    padding,
    pooling,
    resizing,
    trilinear,
    vision,
)
__all__ = sorted(["linear", *(name for room in _ROOMS for name in room.__all__)])

linear = matmul.linear
globals().update({name: getattr(room, name) for room in _ROOMS for name in room.__all__})

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def __dir__() -> list[str]:
    return __all__
