"""torch.nn.modules.dropout: layers that zero by chance while training, and do nothing afterwards."""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _DropoutNd(Module):
    """What all of them have.

    Args:
        p: How likely an element, or a channel, is zeroed.
        inplace: Whether the input itself is written.

    Raises:
        ValueError: p is no probability.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Zeroes elements; the others are divided by 1 - p."""

    def forward(self, input: Tensor) -> Tensor:
        """dropout(input)."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Zeroes whole channels of lines; the others are divided by 1 - p."""

    def forward(self, input: Tensor) -> Tensor:
        """dropout1d(input)."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Zeroes whole channels of planes; the others are divided by 1 - p."""

    def forward(self, input: Tensor) -> Tensor:
        """dropout2d(input)."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Zeroes whole channels of volumes; the others are divided by 1 - p."""

    def forward(self, input: Tensor) -> Tensor:
        """dropout3d(input)."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Sets elements to SELU's lower bound, and keeps mean and variance (Klambauer et al., 2017)."""

    def forward(self, input: Tensor) -> Tensor:
        """alpha_dropout(input)."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """Sets whole channels to SELU's lower bound, and keeps mean and variance."""

    def forward(self, input: Tensor) -> Tensor:
        """feature_alpha_dropout(input)."""
        return F.feature_alpha_dropout(input, self.p, self.training)


def __dir__() -> list[str]:
    return __all__
