"""Layer normalization: over the last dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op
from ..dtypes import of_array
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

__all__ = ["check_layer", "layer_norm"]


def check_layer(input: Any, normalized_shape: tuple[int, ...], weight: Any, bias: Any, star: str = "*, ") -> None:
    """See that the last dimensions are those to normalize over, and those of weight and bias.

    Raises:
        RuntimeError: They are not.
    """
    wanted = list(normalized_shape)
    if not wanted:
        raise RuntimeError(
            f"Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = {wanted}"
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and value.shape != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(value.shape)} and normalized_shape = "
                f"{wanted}"
            )
    if input.shape[max(0, input.ndim - len(wanted)) :] != normalized_shape:
        raise RuntimeError(
            f"Given normalized_shape={wanted}, expected input with shape [{star}{', '.join(map(str, wanted))}], but got input of "
            f"size{list(input.shape)}"
        )


def _last(ndim: int, shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(range(ndim - len(shape), ndim))


def _layer_norm(input: Any, normalized_shape: tuple[int, ...], weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    check_layer(input, normalized_shape, weight, bias)
    if input.dtype.kind != "f":
        raise NotImplementedError(f"\"LayerNormKernelImpl\" not implemented for '{of_array(input)._legacy}'")
    check_kinds(input, weight, bias)
    value, axes = widened(input), _last(input.ndim, normalized_shape)
    count = math.prod(normalized_shape)
    if not value.size:
        shape = (*input.shape[: axes[0]], *(1,) * len(axes))
        return np.empty(input.shape, input.dtype), np.zeros(shape, value.dtype), np.zeros(shape, value.dtype)
    mean, squares = statistics(value, axes)
    mean, rstd = mean.astype(value.dtype), (1 / np.sqrt(squares / count + eps)).astype(value.dtype)
    result = (value - mean) * rstd
    if weight is not None:
        result *= weight
    if bias is not None:
        result += bias
    return result.astype(input.dtype, copy=False), mean, rstd


def _layer_norm_backward(
    grad_out: Any,
    input: Any,
    normalized_shape: tuple[int, ...],
    mean: Any,
    rstd: Any,
    weight: Any,
    eps: float,
    output_mask: Sequence[bool],
) -> tuple[Any, Any, Any]:
    axes = _last(input.ndim, normalized_shape)
    return normalize_backward(grad_out, input, mean, rstd, weight, axes, tuple(range(axes[0])), output_mask)


@helper
def layer_norm_double_backward(
    k: Any,
    grads: Sequence[Any],
    grad_out: Any,
    input: Any,
    normalized_shape: tuple[int, ...],
    weight: Any,
    eps: float,
    mask: Sequence[bool],
    needed: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """What the gradients of layer normalization pass on."""
    axes = _last(len(input.shape), normalized_shape)
    mean, rstd = recomputed(k, input, axes, eps)
    given = [g if wanted else None for g, wanted in zip(grads, mask, strict=True)]
    to_grad, to_value, to_scale = normalize_double_backward(
        k, given, grad_out, input, mean, rstd, weight, axes, tuple(range(axes[0])), needed
    )
    return to_grad, to_value, None if to_scale is None else k.reshape(to_scale, normalized_shape)


layer_norm = op(
    "native_layer_norm(Tensor input, int[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> (result0, result1, result2)",
    _layer_norm,
    "(input - mean) / sqrt(var + eps) * weight + bias, over the last dimensions",
    function=False,
    method=False,
    constant_outputs=(1, 2),
    input="native_layer_norm_backward(grad, input, normalized_shape, result1, result2, weight, eps, needed)[0]",
    weight="native_layer_norm_backward(grad, input, normalized_shape, result1, result2, weight, eps, needed)[1]",
    bias="native_layer_norm_backward(grad, input, normalized_shape, result1, result2, weight, eps, needed)[2]",
)
_backward = op(
    "native_layer_norm_backward(Tensor grad_out, Tensor input, int[] normalized_shape, Tensor mean, Tensor rstd, Tensor? weight, "
    "float eps, bool[3] output_mask) -> (grad_input, grad_weight, grad_bias)",
    _layer_norm_backward,
    "what is left of grad_out * weight across 1 and across the normalized input, and grad_out summed for each weight",
    function=False,
    method=False,
    **double_rules(  # type: ignore[arg-type]
        "layer_norm_double_backward(grads, grad_out, input, normalized_shape, weight, eps, output_mask, needed)"
    ),
)
_backward.op.missing = True
