"""What batch and layer normalization share: numbers brought to mean 0 and variance 1, then scaled and moved.

With x_hat = (input - mean) * rstd, where rstd = 1 / sqrt(var + eps), a gradient g of x_hat moves the input by
rstd * (g - mean(g) - x_hat * mean(g * x_hat)): what is left of g when its parts along 1 and along x_hat, which normalizing takes
away, are gone. Where mean and variance are given from without, only rstd * g.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import of_array

__all__ = [
    "check_kinds",
    "double_rules",
    "normalize_backward",
    "normalize_double_backward",
    "recomputed",
    "statistics",
    "widened",
]


def widened(value: Any) -> Any:
    """Halves as floats, which PyTorch computes with."""
    return value.astype(np.float32) if value.dtype == np.float16 else value


def check_kinds(input: Any, *parameters: Any) -> None:
    """See that parameters have the input's dtype; those of halves may be floats.

    Raises:
        RuntimeError: They have not.
    """
    given = [p for p in parameters if p is not None]
    if not given or all(p.dtype == input.dtype for p in given):
        return
    if given[0].dtype == input.dtype:
        wrong = next(p for p in given if p.dtype != input.dtype)
        raise RuntimeError(f"expected scalar type {of_array(input)._legacy} but found {of_array(wrong)._legacy}")
    if input.dtype == np.float64:
        raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
    if any(p.dtype != np.float32 for p in given):
        raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")


def statistics(value: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """(mean, sum of squared distances from it), with the dimensions kept as 1; floats are added up as doubles."""
    mean = value.mean(axes, dtype=np.float64, keepdims=True)
    away = value - mean.astype(value.dtype)
    return mean, np.square(away).sum(axes, dtype=np.float64, keepdims=True)


def normalize_backward(
    grad: Any,
    value: Any,
    mean: Any,
    rstd: Any,
    weight: Any,
    axes: tuple[int, ...] | None,
    over: tuple[int, ...],
    mask: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """The gradients of input, weight and bias.

    Args:
        grad: Of the output.
        value: The input.
        mean: What was taken off it; as `rstd` and `weight` in a shape that goes with the input's.
        rstd: What it was multiplied by.
        weight: What that was scaled by, if by anything.
        axes: The dimensions mean and variance are of; None if they do not depend on the input.
        over: The dimensions that weight and bias do not have.
        mask: Which gradients are wanted.
    """
    grad, value = widened(grad), widened(value)
    found: list[Any] = [np.empty(0, grad.dtype)] * 3
    hat = (value - mean) * rstd
    if mask[0]:
        g = grad if weight is None else grad * weight
        if axes is not None:
            g = g - g.mean(axes, keepdims=True) - hat * (g * hat).mean(axes, keepdims=True)
        found[0] = g * rstd
    if mask[1]:
        found[1] = (grad * hat).sum(over)
    if mask[2]:
        found[2] = grad.sum(over)
    return found[0], found[1], found[2]


def normalize_double_backward(
    k: Any,
    grads: Sequence[Any],
    grad: Any,
    value: Any,
    mean: Any,
    rstd: Any,
    weight: Any,
    axes: tuple[int, ...] | None,
    over: tuple[int, ...],
    needed: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """The derivatives of `normalize_backward`: of grad, of the input, of the weight; those that are `needed`.

    `grads` are those of the gradients of input, weight and bias, the latter two in a shape that goes with the input's; None for
    none. The other arguments are those of `normalize_backward`.
    """
    to_input, to_weight, to_bias = grads

    def average(tensor: Any) -> Any:
        return k.mean_dim(tensor, axes, True)

    def across(tensor: Any) -> Any:
        return tensor if axes is None else tensor - average(tensor) - hat * average(tensor * hat)

    def total(parts: Sequence[Any]) -> Any:
        found = None
        for part in parts:
            if part is not None:
                found = part if found is None else found + part
        return found

    hat = (value - mean) * rstd
    scaled = grad if weight is None else grad * weight
    moved = None if to_input is None else rstd * across(to_input)
    to_grad = to_value = to_scale = None
    if needed[0]:
        to_grad = total(
            [
                None if moved is None else moved if weight is None else moved * weight,
                None if to_weight is None else to_weight * hat,
                to_bias,
            ]
        )
        if to_grad is not None and tuple(to_grad.shape) != tuple(grad.shape):
            to_grad = k.expand(to_grad, tuple(grad.shape))
    if needed[1]:
        if axes is None:
            to_value = None if to_weight is None else to_weight * grad * rstd
        else:
            # Through x_hat, and through rstd, which multiplies what comes of x_hat.
            through_hat = total(
                [
                    None if to_input is None else -rstd * (to_input * average(scaled * hat) + scaled * average(to_input * hat)),
                    None if to_weight is None else to_weight * grad,
                ]
            )
            if through_hat is not None:
                to_value = rstd * across(through_hat)
            if to_input is not None:
                to_value = to_value - rstd * rstd * hat * average(to_input * across(scaled))
    if needed[2] and moved is not None:
        to_scale = grad * moved
        if over:
            to_scale = k.sum_dim_IntList(to_scale, over, True)
    return to_grad, to_value, to_scale


def recomputed(k: Any, value: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """(mean, 1 / sqrt(var + eps)), through which derivatives of any order flow."""
    mean = k.mean_dim(value, axes, True)
    away = value - mean
    return mean, k.rsqrt(k.mean_dim(away * away, axes, True) + eps)


def double_rules(call: str) -> dict[str, str]:
    """The rules of a backward whose derivatives one call computes together."""
    return {name: f"{call}[{i}]" for i, name in enumerate(("grad_out", "input", "weight"))}
