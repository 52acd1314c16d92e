"""torch.autograd.graph."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..tensor import Tensor
from .calls import GradientEdge, get_gradient_edge

__all__ = ["GradientEdge", "Node", "get_gradient_edge", "increment_version"]


def increment_version(tensor: Any) -> None:
    """Count a write the engine could not see."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        t._written()


def __dir__() -> list[str]:
    return __all__
