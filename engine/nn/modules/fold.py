"""torch.nn.modules.fold: windows of planes as columns, and back."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .module import Module

__all__ = ["Fold", "Unfold"]


class _Windows(Module):
    def __init__(self, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(_Windows):
    """Adds columns up to planes.

    Args:
        output_size: Of the planes.
        kernel_size: How large the windows are that columns stand for.
        dilation: How far apart a window's elements are.
        padding: How far the windows reach beyond the planes.
        stride: By how much the windows move.
    """

    def __init__(self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """fold(input)."""
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, {super().extra_repr()}"


class Unfold(_Windows):
    """Makes each window of planes a column.

    Args:
        kernel_size: How large the windows are.
        dilation: How far apart a window's elements are.
        padding: How far zeros surround the planes.
        stride: By how much the windows move.
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__(kernel_size, dilation, padding, stride)

    def forward(self, input: Tensor) -> Tensor:
        """unfold(input)."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


def __dir__() -> list[str]:
    return __all__
