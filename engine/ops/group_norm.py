"""Group normalization: the channels of a sample fall into groups, each brought to mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op
from ..dtypes import float32, of_array
from ..geometry import channels_last, is_channels_last
from ..rules import helper
from .normalization import check_kinds, widened

__all__ = ["check_groups", "group_norm"]


def check_groups(input: Any, num_groups: int, weight: Any, bias: Any) -> None:
    """See that channels fall into groups, and that there is a weight and a bias for each.

    Raises:
        RuntimeError: It is not so.
    """
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    shape = list(input.shape)
    if shape[1] % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {shape} and num_groups={num_groups}"
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and value.shape != (shape[1],):
            # PyTorch looks at the bias's shape, and shows the weight's.
            other = weight if name == "bias" else value
            seen = [0] if other is None else list(other.shape)
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape {seen} and input of "
                f"shape {shape}"
            )


def _forward(
    input: Any, weight: Any, bias: Any, samples: int, channels: int, places: int, group: int, eps: float
) -> tuple[Any, Any, Any]:
    if input.dtype.kind != "f":
        raise NotImplementedError(f"\"GroupNormKernelImpl\" not implemented for '{of_array(input)._legacy}'")
    check_kinds(input, weight, bias)
    value = widened(input)
    if not value.size:
        empty = np.zeros((samples, group), value.dtype)
        return np.empty(input.shape, input.dtype), empty, empty
    value = value.reshape(samples, group, -1)
    count = value.shape[-1]
    mean = value.mean(-1, dtype=np.float64, keepdims=True)
    variance = np.square(value - mean.astype(value.dtype)).sum(-1, dtype=np.float64, keepdims=True) / count
    mean, rstd = mean.astype(value.dtype), (1 / np.sqrt(variance + eps)).astype(value.dtype)
    result = ((value - mean) * rstd).reshape(samples, channels, places)
    if weight is not None:
        result *= weight[:, None]
    if bias is not None:
        result += bias[:, None]
    result = result.reshape(input.shape).astype(input.dtype, copy=False)
    if is_channels_last(input):
        result = channels_last(result)
    return result, mean.reshape(samples, group), rstd.reshape(samples, group)


@helper
def native_group_norm_backward(
    k: Any,
    grads: Sequence[Any],
    input: Any,
    weight: Any,
    mean: Any,
    rstd: Any,
    samples: int,
    channels: int,
    places: int,
    group: int,
    needed: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """The gradients of input, weight and bias.

    The output is a * input + c, with a = rstd * weight and c = bias - mean * a; so all follow from the sums of the gradient, and of
    the gradient times the input, over each channel. Mean and rstd are outputs too, and have gradients of their own.
    """
    grad, to_mean, to_rstd = grads
    sizes = (samples, group, channels // group, places)
    if str(rstd.dtype).removeprefix("torch.") != str(input.dtype).removeprefix("torch."):
        input, grad = k.to_dtype(input, float32), None if grad is None else k.to_dtype(grad, float32)
    count = channels // group * places
    value = k.reshape(input, sizes)
    center, scale = (k.reshape(v, (samples, group, 1, 1)) for v in (mean, rstd))
    to_input = to_weight = to_bias = None
    slope: Any = None if to_rstd is None else k.reshape(to_rstd, (samples, group, 1, 1))
    shift: Any = None if to_mean is None else k.reshape(to_mean, (samples, group, 1, 1))
    if grad is not None:
        given = k.reshape(grad, sizes)
        products, sums = (k.sum_dim_IntList(v, (3,), True) for v in (given * value, given))
        if needed[1]:
            to_weight = k.reshape(k.sum_dim_IntList((products - sums * center) * scale, (0,), False), (channels,))
        if needed[2]:
            to_bias = k.reshape(k.sum_dim_IntList(sums, (0,), False), (channels,))
        factor: Any = 1.0
        if weight is not None:
            factor = k.reshape(weight, (1, group, channels // group, 1))
        along, level = (k.sum_dim_IntList(v * factor, (2,), True) for v in (products, sums))
        rise = along - level * center
        slope = rise if slope is None else slope + rise
        fall = -level * scale
        shift = fall if shift is None else shift + fall
    if needed[0]:
        parts = []
        if grad is not None:
            parts.append(given * (scale * factor))
        if slope is not None:
            # d rstd / d input is -rstd ** 3 * (input - mean) / count.
            parts.append((value - center) * (slope * (scale * scale * scale) * (-1.0 / count)))
        if shift is not None:
            parts.append(shift * (1.0 / count))
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        to_input = k.reshape(total if tuple(total.shape) == sizes else k.expand(total, sizes), tuple(input.shape))
    return to_input, to_weight, to_bias


_CALL = "native_group_norm_backward(grads, input, weight, result1, result2, N, C, HxW, group, needed)"
group_norm = op(
    "native_group_norm(Tensor input, Tensor? weight, Tensor? bias, int N, int C, int HxW, int group, float eps) "
    "-> (result0, result1, result2)",
    _forward,
    "(input - mean) / sqrt(var + eps) * weight + bias, for each group of channels of each sample",
    function=False,
    method=False,
    keeps_layout=True,
    input=f"{_CALL}[0]",
    weight=f"{_CALL}[1]",
    bias=f"{_CALL}[2]",
)
group_norm.op.missing = True
