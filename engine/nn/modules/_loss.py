"""What all losses share: their reduction, and their classes' weight."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .._reduction import chosen
from .module import Module

__all__: list[str] = []


class _Loss(Module):
    """A loss with its reduction.

    Args:
        size_average: Deprecated, as is reduce: what they mean is said by reduction.
        reduce: Deprecated.
        reduction: "mean", "sum" or "none".
    """

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = chosen(reduction, size_average, reduce)


class _WeightedLoss(_Loss):
    """A loss with a weight for each class or element, which is a buffer."""

    def __init__(
        self, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
