"""Normalization: of batches, layers, groups, instances, and by neighbouring channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...api import FUNCTIONS, public
from ...dtypes import float16, float32, float64, of_array
from ...frames import warn
from ...grad_mode import no_grad
from ...ops import batch_norm as batches
from ...ops import group_norm as groups
from ...ops import layer_norm as layers
from ...ops.padding import pad
from ...rules import TENSORS
from ...size import Size
from ...tensor import Tensor
from .pooling import avg_pool2d, avg_pool3d

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]


def _value(tensor: Tensor | None) -> Any:
    return None if tensor is None else tensor._value


def _update(running: Tensor | None, found: Tensor, momentum: float) -> None:
    """Move a running statistic towards a batch's; no write that autograd counts, as in PyTorch."""
    if running is not None:
        with no_grad():
            running.data.lerp_(found.to(running.dtype), momentum)


@public(method=False, name="batch_norm")
def _torch_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """(input - mean) / sqrt(var + eps) * weight + bias for each channel; moves the running statistics if training.

    Raises:
        RuntimeError: What is given for each channel is not as many as there are channels.
        ValueError: Only one of the running statistics is given.
    """
    return _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def _batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    if not input.numel():
        kept = FUNCTIONS["empty"](input.shape[1] if input.ndim > 1 else 0, dtype=input.dtype)
        result = input.clone()
        if weight is not None:
            result = result * weight[0]
        return result if bias is None else result + bias[0], kept, kept.clone()
    batches.check_features(input._value, _value(weight), _value(bias), _value(running_mean), _value(running_var), training)
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    row: Any = batches.native_batch_norm
    result, mean, rstd, variance = row(input, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        _update(running_mean, mean, momentum)
        _update(running_var, variance, momentum)
    return result, mean, rstd


@public(method=False)
def native_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """batch_norm, and with it the mean and 1 / sqrt(var + eps) of each channel, if training."""
    return _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def _verify_batch_size(size: Sequence[int]) -> None:
    if math.prod((size[0], *size[2:])) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """input with each channel brought to mean 0 and variance 1, then scaled and moved (Ioffe and Szegedy, 2015).

    Args:
        input: (samples, channels, ...).
        running_mean: A mean for each channel: used if not training, else moved towards that of the input.
        running_var: The same of the variance.
        weight: What each channel is scaled by.
        bias: What is added to each channel.
        training: Whether to normalize by the input's own mean and variance.
        momentum: How far the running statistics move: 0 for not at all, 1 for all the way.
        eps: Added to the variance.

    Raises:
        ValueError: There is but one number for each channel when training, or eps is not positive.
        RuntimeError: What is given for each channel is not as many as there are channels.
    """
    if training:
        _verify_batch_size(input.shape)
    if training and eps <= 0.0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0.0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return _torch_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def _shape(name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not {type(value).__name__}")
    return tuple(value)


@public(method=False, name="layer_norm")
def _torch_layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """(input - mean) / sqrt(var + eps) * weight + bias, over the last dimensions."""
    return native_layer_norm(input, normalized_shape, weight, bias, eps)[0]


@public(method=False)
def native_layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """layer_norm, and with it the mean and 1 / sqrt(var + eps)."""
    row: Any = layers.layer_norm
    return tuple(row(input, _shape("layer_norm", normalized_shape), weight, bias, eps))


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """input brought to mean 0 and variance 1 over its last dimensions, then scaled and moved (Ba et al., 2016).

    Args:
        input: (..., *normalized_shape).
        normalized_shape: The sizes of the dimensions to normalize over.
        weight: What is multiplied by, of that shape.
        bias: What is added, of that shape.
        eps: Added to the variance.

    Raises:
        RuntimeError: The shapes do not fit.
    """
    return _torch_layer_norm(input, normalized_shape, weight, bias, eps)


@public(method=False, name="group_norm")
def _torch_group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """(input - mean) / sqrt(var + eps) * weight + bias, for each group of channels of each sample."""
    groups.check_groups(input._value, num_groups, _value(weight), _value(bias))
    n, c, *places = input.shape
    weight, bias = (None if p is None else p.contiguous() for p in (weight, bias))
    return native_group_norm(input.contiguous(), weight, bias, n, c, math.prod(places), num_groups, eps)[0]


@public(method=False)
def native_group_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    N: int,  # noqa: N803 (PyTorch's names)
    C: int,  # noqa: N803
    HxW: int,  # noqa: N803
    group: int,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """group_norm, and with it the mean and 1 / sqrt(var + eps) of each group."""
    row: Any = groups.group_norm
    return tuple(row(input, weight, bias, N, C, HxW, group, eps))


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """input with each group of channels of each sample brought to mean 0 and variance 1, then scaled and moved (Wu and He, 2018).

    Args:
        input: (samples, channels, ...).
        num_groups: Into how many groups the channels fall.
        weight: What each channel is scaled by.
        bias: What is added to each channel.
        eps: Added to the variance.

    Raises:
        ValueError: There is but one number for each channel.
        RuntimeError: The channels do not fall into so many groups, or weight or bias is not one for each.
    """
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    n, c, *places = input.shape
    _verify_batch_size([n * c // num_groups, num_groups, *places])
    return _torch_group_norm(input, num_groups, weight, bias, eps)


@public(method=False, name="instance_norm")
def _torch_instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """batch_norm of each sample for itself: its channels are taken for channels of one sample."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    n, c, *places = input.shape

    def repeated(value: Tensor | None) -> Tensor | None:
        return None if value is None else value.repeat(n)

    plain_mean, plain_var = repeated(running_mean), repeated(running_var)
    result = _torch_batch_norm(
        input.contiguous().view(1, n * c, *places),
        repeated(weight),
        repeated(bias),
        plain_mean,
        plain_var,
        use_input_stats,
        momentum,
        eps,
    )
    for running, found in ((running_mean, plain_mean), (running_var, plain_var)):
        if running is not None and found is not None:
            running.detach().copy_(found.view(n, c).mean(0, False))
    return result.view(input.shape)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """input with each channel of each sample brought to mean 0 and variance 1, then scaled and moved (Ulyanov et al., 2016).

    Args:
        input: (samples, channels, ...).
        running_mean: A mean for each channel: used if not `use_input_stats`, else moved towards that of the input.
        running_var: The same of the variance.
        weight: What each channel is scaled by.
        bias: What is added to each channel.
        use_input_stats: Whether to normalize by the input's own mean and variance.
        momentum: How far the running statistics move: 0 for not at all, 1 for all the way.
        eps: Added to the variance.

    Raises:
        ValueError: A channel has but one number.
        RuntimeError: What is given for each channel is not as many as there are channels.
    """
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {Size(input.shape)}")
    return _torch_instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


@public(method=False, name="rms_norm")
def _torch_rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """input / sqrt(the mean of its squares over the last dimensions + eps) * weight."""
    shape, kind = _shape("rms_norm", normalized_shape), input.dtype
    layers.check_layer(input._value, shape, _value(weight), None, "*")
    if not (kind.is_floating_point or kind.is_complex):
        raise NotImplementedError(f"\"rms_norm\" not implemented for '{of_array(input._value)._legacy}'")
    if weight is not None and weight.dtype is not kind:
        names = {float16: "c10::Half", float32: "float", float64: "double"}
        first, second = (names.get(d, d._legacy) for d in (kind, weight.dtype))
        warn(
            f"Mismatch dtype between input and weight: input dtype = {first}, weight dtype = {second}, Cannot dispatch to fused implementation.",
            UserWarning,
        )
    if eps is None:
        eps = float(np.finfo(np.float32 if kind is float16 else kind._numpy).eps)
    wide = input.to(float32) if kind is float16 else input
    mean = TENSORS.mean_dim(wide.pow(2), tuple(range(input.ndim - len(shape), input.ndim)), True)
    result = wide.mul(TENSORS.add_Scalar(mean, eps).rsqrt())
    if weight is not None:
        result = result.mul(weight)
    return result.type_as(input).contiguous()


def rms_norm(input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """input over the root of the mean of its squares over the last dimensions, then scaled (Zhang and Sennrich, 2019).

    Args:
        input: (..., *normalized_shape).
        normalized_shape: The sizes of the dimensions to normalize over.
        weight: What is multiplied by, of that shape.
        eps: Added to the mean of the squares; the dtype's own epsilon if not given.

    Raises:
        RuntimeError: The shapes do not fit.
    """
    return _torch_rms_norm(input, normalized_shape, weight, eps)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """input over (k + alpha * the mean of the squares of neighbouring channels) ** beta (Krizhevsky et al., 2012).

    Args:
        input: (samples, channels, ...).
        size: How many channels are looked at.
        alpha: What the mean is multiplied by.
        beta: The exponent.
        k: Added to it.

    Raises:
        ValueError: The input has fewer than three dimensions.
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)")
    if not input.numel():
        return input
    square = input.mul(input)
    around = (size // 2, (size - 1) // 2)
    if input.ndim == 3:
        square = avg_pool2d(pad(square.unsqueeze(1), (0, 0, *around)), (size, 1), stride=1).squeeze(1)
    else:
        n, c, h, *_ = input.shape
        square = pad(square.view(n, 1, c, h, -1), (0, 0, 0, 0, *around))
        square = avg_pool3d(square, (size, 1, 1), stride=1).squeeze(1).view(input.shape)
    return input / square.mul(alpha).add(k).pow(beta)
