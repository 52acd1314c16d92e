"""torch.nn.modules.normalization: normalization of layers, of groups of channels, and of neighbouring channels."""

from __future__ import annotations

import numbers
from typing import Any

from ...api import FUNCTIONS
from ...tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from ._functions import CrossMapLRN2d as _CrossMapLRN2d
from .module import Module
from .utils import _own

__all__ = ["CrossMapLRN2d", "GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


class _ResponseNorm(Module):
    """The input over a power of its neighbouring channels' mean square (Krizhevsky, Sutskever and Hinton, 2012).

    Args:
        size: How many channels.
        alpha: By what the mean square is multiplied.
        beta: The power.
        k: What is added to it.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


@_own("__init__")
class LocalResponseNorm(_ResponseNorm):
    __doc__ = _ResponseNorm.__doc__

    def forward(self, input: Tensor) -> Tensor:
        """local_response_norm(input)."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)


class CrossMapLRN2d(_ResponseNorm):
    """The older way of LocalResponseNorm, of planes, which keeps the first channel in the sums of all that come later.

    Args:
        size: How many channels.
        alpha: By what the mean square is multiplied.
        beta: The power.
        k: What is added to it.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized."""
        found: Tensor = _CrossMapLRN2d.apply(input, self.size, self.alpha, self.beta, self.k)
        return found


class _AffineNorm(Module):
    """A normalization whose weight begins as 1 and whose bias as 0."""

    def _make(self, shape: tuple[int, ...], wanted: bool, bias: bool, device: Any, dtype: Any) -> None:
        for name, there in (("weight", wanted), ("bias", wanted and bias)):
            self.register_parameter(name, Parameter(FUNCTIONS["empty"](shape, device=device, dtype=dtype)) if there else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin anew: weight 1, bias 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if getattr(self, "bias", None) is not None:
            init.zeros_(self.bias)


def _shape(normalized_shape: Any) -> tuple[int, ...]:
    return (int(normalized_shape),) if isinstance(normalized_shape, numbers.Integral) else tuple(normalized_shape)


class LayerNorm(_AffineNorm):
    """Normalization of each sample over its last dimensions (Ba, Kiros and Hinton, 2016).

    Args:
        normalized_shape: The sizes of those dimensions, or of the last one.
        eps: Added to the variance.
        elementwise_affine: Whether a learned weight and bias are applied to each element.
        bias: Whether there is a bias, if there is a weight.
        device: The CPU.
        dtype: Of the parameters.
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._make(self.normalized_shape, elementwise_affine, bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """layer_norm(input)."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(_AffineNorm):
    """Normalization of each sample's channels in groups (Wu and He, 2018).

    Args:
        num_groups: How many groups.
        num_channels: How many channels.
        eps: Added to the variance.
        affine: Whether a learned weight and bias are applied to each channel.
        device: The CPU.
        dtype: Of the parameters.
        bias: Whether there is a bias, if there is a weight.

    Raises:
        ValueError: The groups do not divide the channels.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._make((num_channels,), affine, bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """group_norm(input)."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


class RMSNorm(_AffineNorm):
    """The input over its root mean square over the last dimensions (Zhang and Sennrich, 2019).

    Args:
        normalized_shape: The sizes of those dimensions, or of the last one.
        eps: Added to the mean square; the dtype's own if not given.
        elementwise_affine: Whether a learned weight is applied to each element.
        device: The CPU.
        dtype: Of the weight.
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = FUNCTIONS["empty"](self.normalized_shape, device=device, dtype=dtype) if elementwise_affine else None
        self.register_parameter("weight", None if weight is None else Parameter(weight))
        self.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """rms_norm(x)."""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


def __dir__() -> list[str]:
    return __all__
