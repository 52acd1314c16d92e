"""torch.nn.modules.batchnorm: batch normalization, with running statistics for when there is no training."""

from __future__ import annotations

from typing import Any

from ...api import FUNCTIONS
from ...tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter, UninitializedBuffer, UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "SyncBatchNorm",
]


class _NormBase(Module):
    """What the normalizations that may keep running statistics have.

    Args:
        num_features: How many channels there are.
        eps: Added to the variance.
        momentum: How far running statistics move towards a batch's; None for the mean of all batches' so far.
        affine: Whether a learned weight and bias are applied to each channel.
        track_running_stats: Whether running statistics are kept.
        device: The CPU.
        dtype: Of parameters and statistics.
        bias: Whether there is a bias, if there is a weight.
    """

    _version = 2

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            made = Parameter(FUNCTIONS["empty"](num_features, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)
        kept: list[Tensor | None] = [None, None, None]
        if track_running_stats:
            kept = [FUNCTIONS[f](num_features, device=device, dtype=dtype) for f in ("zeros", "ones")]
            kept.append(FUNCTIONS["tensor"](0, device=device))
        for name, buffer in zip(("running_mean", "running_var", "num_batches_tracked"), kept, strict=True):
            self.register_buffer(name, buffer)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Begin the running statistics anew: mean 0, variance 1, no batches."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Begin anew: weight 1, bias 0."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        *rest: Any,
    ) -> None:
        version = local_metadata.get("version")
        key = prefix + "num_batches_tracked"
        # Before version 2 batches were not counted.
        if (version is None or version < 2) and self.track_running_stats and key not in state_dict:
            known = self.num_batches_tracked
            state_dict[key] = FUNCTIONS["tensor"](0) if known is None else known
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class _BatchNorm(_NormBase):
    __doc__ = _NormBase.__doc__

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """batch_norm(input): by the batch's statistics in training, or if there are no running ones."""
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                momentum = 1.0 / float(self.num_batches_tracked)
        known = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if known else None,
            self.running_var if known else None,
            self.weight,
            self.bias,
            self.training or (self.running_mean is None and self.running_var is None),
            momentum,
            self.eps,
        )


class _Of2dOr3d:
    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in (2, 3):
            raise ValueError(f"expected 2D or 3D input (got {input.dim()}D input)")


class _Of4d:
    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() != 4:
            raise ValueError(f"expected 4D input (got {input.dim()}D input)")


class _Of5d:
    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() != 5:
            raise ValueError(f"expected 5D input (got {input.dim()}D input)")


class BatchNorm1d(_Of2dOr3d, _BatchNorm):
    __doc__ = _NormBase.__doc__


class BatchNorm2d(_Of4d, _BatchNorm):
    __doc__ = _NormBase.__doc__


class BatchNorm3d(_Of5d, _BatchNorm):
    __doc__ = _NormBase.__doc__


class _LazyNormBase(LazyModuleMixin, _NormBase):
    """A normalization that learns num_features from its first input; the other arguments are the normalization's."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = FUNCTIONS["tensor"](0, device=device)

    def reset_parameters(self) -> None:
        """As the normalization it becomes, once there is a shape."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Give the parameters and statistics the shapes that fit the input."""
        if self.has_uninitialized_params():
            self.num_features = input.shape[1]
            found = [self.weight, self.bias] if self.affine else []
            found += [self.running_mean, self.running_var] if self.track_running_stats else []
            for value in found:
                if value is not None:
                    value.materialize((self.num_features,))
            self.reset_parameters()


class LazyBatchNorm1d(_Of2dOr3d, _LazyNormBase, _BatchNorm):
    __doc__ = _LazyNormBase.__doc__
    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_Of4d, _LazyNormBase, _BatchNorm):
    __doc__ = _LazyNormBase.__doc__
    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_Of5d, _LazyNormBase, _BatchNorm):
    __doc__ = _LazyNormBase.__doc__
    cls_to_become = BatchNorm3d


class SyncBatchNorm(_BatchNorm):
    """Batch normalization over the batches of several processes; of one, as here, that over its own.

    Args:
        num_features: How many channels there are.
        eps: Added to the variance.
        momentum: How far running statistics move towards a batch's; None for the mean of all batches' so far.
        affine: Whether a learned weight and bias are applied to each channel.
        track_running_stats: Whether running statistics are kept.
        process_group: Without effect.
        device: The CPU.
        dtype: Of parameters and statistics.
        bias: Whether there is a bias, if there is a weight.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected at least 2D input (got {input.dim()}D input)")
        if input.shape[1] == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """A module with a SyncBatchNorm for each batch normalization in it, which takes over its parameters and statistics."""
        result = module
        if isinstance(module, _BatchNorm):
            result = SyncBatchNorm(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
                bias=module.bias is not None,
            )
            if module.affine:
                result.weight, result.bias = module.weight, module.bias
            for name in ("running_mean", "running_var", "num_batches_tracked", "training"):
                setattr(result, name, getattr(module, name))
        for name, child in module.named_children():
            result.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return result


def __dir__() -> list[str]:
    return __all__
