"""Batch normalization: over samples and places, for each channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op
from ..dtypes import of_array
from ..geometry import channels_last, is_channels_last
from ..rules import helper
from .normalization import (
    check_kinds,
    double_rules,
    normalize_backward,
    normalize_double_backward,
    recomputed,
    statistics,
    widened,
)

__all__ = ["check_features", "native_batch_norm"]


def _all_but_channels(ndim: int) -> tuple[int, ...]:
    return (0, *range(2, ndim))


def _by_channel(value: Any, ndim: int) -> Any:
    return None if value is None else value.reshape(-1, *(1,) * (ndim - 2))


def check_features(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool) -> None:
    """See that all there is for each channel is as many as there are channels.

    Raises:
        RuntimeError: It is not.
    """
    features = input.shape[1] if input.ndim > 1 else 0
    for name, value in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        if value is not None and value.size != features:
            raise RuntimeError(f"{name} should contain {features} elements not {value.size}")
        if value is None and not training and name.startswith("running"):
            raise RuntimeError(f"{name} must be defined in evaluation mode")


def _batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Any, Any, Any, Any]:
    check_features(input, weight, bias, running_mean, running_var, training)
    if input.dtype.kind != "f":
        raise NotImplementedError(f"\"batch_norm\" not implemented for '{of_array(input)._legacy}'")
    check_kinds(input, weight, bias, running_mean, running_var)
    value, ndim, axes = widened(input), input.ndim, _all_but_channels(input.ndim)
    given = next((p for p in (weight, bias, running_mean, running_var) if p is not None), input)
    if training:
        count = value.size // value.shape[1]
        mean, squares = statistics(value, axes)
        rstd = 1 / np.sqrt(squares / count + eps)
        spread = squares / (count - 1) if count > 1 else squares * math.nan
        mean, rstd, spread = (v.astype(given.dtype) for v in (mean, rstd, spread))
        kept = (mean.reshape(-1), rstd.reshape(-1), spread.reshape(-1))
    else:
        mean, rstd = _by_channel(running_mean, ndim), 1 / np.sqrt(_by_channel(widened(running_var), ndim) + eps)
        kept = (np.empty(0, given.dtype),) * 3
    result = (value - mean) * (rstd if weight is None else rstd * _by_channel(weight, ndim))
    if bias is not None:
        result += _by_channel(bias, ndim)
    result = result.astype(input.dtype, copy=False)
    return channels_last(result) if is_channels_last(input) else np.ascontiguousarray(result), *kept


def _batch_norm_backward(
    grad_out: Any,
    input: Any,
    weight: Any,
    running_mean: Any,
    running_var: Any,
    save_mean: Any,
    save_invstd: Any,
    train: bool,
    eps: float,
    output_mask: Sequence[bool],
) -> tuple[Any, Any, Any]:
    ndim, axes = input.ndim, _all_but_channels(input.ndim)
    mean, rstd = (save_mean, save_invstd) if train else (running_mean, 1 / np.sqrt(widened(running_var) + eps))
    found = normalize_backward(
        grad_out,
        input,
        _by_channel(mean, ndim),
        _by_channel(rstd, ndim),
        _by_channel(weight, ndim),
        axes if train else None,
        axes,
        output_mask,
    )
    if is_channels_last(input) and output_mask[0]:
        return channels_last(found[0]), *found[1:]
    return found


@helper
def batch_norm_double_backward(
    k: Any,
    grads: Sequence[Any],
    grad_out: Any,
    input: Any,
    weight: Any,
    running_mean: Any,
    running_var: Any,
    train: bool,
    eps: float,
    mask: Sequence[bool],
    needed: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """What the gradients of batch normalization pass on."""
    ndim = len(input.shape)
    axes, shape = _all_but_channels(ndim), (1, input.shape[1], *(1,) * (ndim - 2))

    def by_channel(value: Any) -> Any:
        return None if value is None else k.reshape(value, shape)

    if train:
        mean, rstd = recomputed(k, input, axes, eps)
    else:
        mean, rstd = by_channel(running_mean), k.rsqrt(by_channel(running_var) + eps)
    to_input, to_weight, to_bias = (g if wanted else None for g, wanted in zip(grads, mask, strict=True))
    to_grad, to_value, to_scale = normalize_double_backward(
        k,
        (to_input, by_channel(to_weight), by_channel(to_bias)),
        grad_out,
        input,
        mean,
        rstd,
        by_channel(weight),
        axes if train else None,
        axes,
        needed,
    )
    return to_grad, to_value, None if to_scale is None else k.reshape(to_scale, tuple(weight.shape))


def _batch_norm_rules() -> dict[str, str]:
    saved = "weight, running_mean, running_var, result1, result2, training, eps"
    return {
        name: f"native_batch_norm_backward(grad, input, {saved}, needed)[{i}]"
        for i, name in enumerate(("input", "weight", "bias"))
    }


native_batch_norm = op(
    "_native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, "
    "float momentum, float eps) -> (result0, result1, result2, result3)",
    _batch_norm,
    "(input - mean) / sqrt(var + eps) * weight + bias, for each channel",
    function=False,
    method=False,
    keeps_layout=True,
    node="NativeBatchNormBackward0",
    constant_outputs=(1, 2, 3),
    **_batch_norm_rules(),  # type: ignore[arg-type]
)
"""Also returns the mean, 1 / sqrt(var + eps) and the unbiased variance of each channel, if training."""
_backward = op(
    "native_batch_norm_backward(Tensor grad_out, Tensor input, Tensor? weight, Tensor? running_mean, Tensor? running_var, "
    "Tensor save_mean, Tensor save_invstd, bool train, float eps, bool[3] output_mask) -> (grad_input, grad_weight, grad_bias)",
    _batch_norm_backward,
    "what is left of grad_out * weight across 1 and across the normalized input, and grad_out summed for each channel",
    function=False,
    method=False,
    keeps_layout=True,
    **double_rules(  # type: ignore[arg-type]
        "batch_norm_double_backward(grads, grad_out, input, weight, running_mean, running_var, train, eps, output_mask, needed)"
    ),
)
_backward.op.missing = True
