"""Losses of each element by itself."""

from __future__ import annotations

import math
from typing import Any

from ...api import FUNCTIONS, public
from ...frames import warn
from ...grad_mode import no_grad
from ...ops import loss
from ...ops.arithmetic import add_scalar, mul_scalar
from ...tensor import Tensor
from .._reduction import chosen, get_enum, reduced

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "gaussian_nll_loss", "huber_loss", "kl_div", "l1_loss", "mse_loss",
    "poisson_nll_loss", "smooth_l1_loss",
]  # fmt: skip


def _broadcast(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both expanded to their common shape, with PyTorch's warning if they differ."""
    if input.shape == target.shape:
        return input, target
    warn(
        f"Using a target size ({target.shape!r}) that is different to the input size ({input.shape!r}). This will likely lead to "
        "incorrect results due to broadcasting. Please ensure they have the same size.",
        UserWarning,
    )
    return tuple(FUNCTIONS["broadcast_tensors"](input, target))


def _check_weight(weight: Tensor, input: Tensor) -> None:
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")


def _weighted(each: Tensor, weight: Tensor, reduction: str, by_weight: bool) -> Tensor:
    """A loss times weights; its mean is over the weights, or over the elements."""
    each = each * weight
    if reduction == "none":
        return each
    if reduction == "sum":
        return each.sum()
    if reduction == "mean":
        return each.sum() / weight.sum() if by_weight else each.mean()
    raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """(input - target) ** 2, averaged, summed or as it is."""
    first, second = _broadcast(input, target)
    reduction = chosen(reduction, size_average, reduce)
    if weight is None:
        return loss.mse_loss(first, second, get_enum(reduction))
    _check_weight(weight, input)
    return _weighted((first - second) ** 2, weight, reduction, True)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """|input - target|, averaged, summed or as it is."""
    first, second = _broadcast(input, target)
    reduction = chosen(reduction, size_average, reduce)
    if weight is None:
        number = get_enum(reduction)
        return reduced((first - second).abs(), number)
    _check_weight(weight, input)
    return _weighted((first - second).abs(), weight, reduction, True)


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """A parabola within beta of the target, a straight line beyond (Girshick, 2015).

    Raises:
        RuntimeError: beta is negative.
    """
    first, second = _broadcast(input, target)
    number = get_enum(chosen(reduction, size_average, reduce))
    if beta == 0:
        return reduced((first - second).abs(), number)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return loss.smooth_l1_loss(first, second, number, float(beta))


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """A parabola within delta of the target, a straight line of slope delta beyond (Huber, 1964).

    Raises:
        RuntimeError: delta is not positive.
    """
    first, second = _broadcast(input, target)
    number = get_enum(reduction) if weight is None else 0
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    each = loss.huber_loss(first, second, number, float(delta))
    if weight is None:
        return each
    _check_weight(weight, input)
    return _weighted(each, weight, reduction, False)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The cross entropy of probabilities and targets between 0 and 1."""
    number = get_enum(chosen(reduction, size_average, reduce))
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape!r}) that is different to the input size ({input.shape!r}) is deprecated. Please ensure "
            "they have the same size."
        )
    if weight is not None:
        weight = weight.expand(FUNCTIONS["broadcast_shapes"](target.shape, weight.shape))
    return loss.binary_cross_entropy(input, target, weight, number)


@public(method=False, name="binary_cross_entropy_with_logits")
def _torch_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: int = 1
) -> Tensor:
    """The cross entropy of logits and targets between 0 and 1."""
    return loss.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The cross entropy of logits and targets between 0 and 1.

    Args:
        input: The logits.
        target: Of input's shape.
        weight: By which each element's loss is multiplied.
        size_average: Deprecated, with reduce.
        reduce: Deprecated.
        reduction: "mean", "sum" or "none".
        pos_weight: By which the loss of positive targets is multiplied.
    """
    number = get_enum(chosen(reduction, size_average, reduce))
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape!r}) must be the same as input size ({input.shape!r})")
    return loss.binary_cross_entropy_with_logits(input, target, weight, pos_weight, number)


@public(method=False, name="kl_div")
def _torch_kl_div(input: Tensor, target: Tensor, reduction: int = 1, *, log_target: bool = False) -> Tensor:
    """The Kullback-Leibler divergence of a target from an input given as logarithms, element by element."""
    if input.is_complex() or target.is_complex():
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if not input.is_floating_point() or not target.is_floating_point():
        raise RuntimeError("kl_div: Integral inputs not supported.")
    each = target.exp() * (target - input) if log_target else FUNCTIONS["xlogy"](target, target) - target * input
    return reduced(each, reduction)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """The Kullback-Leibler divergence.

    Args:
        input: Logarithms of probabilities.
        target: Probabilities; their logarithms if log_target.
        size_average: Deprecated, with reduce.
        reduce: Deprecated.
        reduction: "batchmean" for the sum over the number of samples; "mean", "sum" or "none".
        log_target: Whether the target holds logarithms.
    """
    if size_average is not None or reduce is not None:
        number = get_enum(chosen(reduction, size_average, reduce))
    else:
        if reduction == "mean":
            warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch "
                "size, and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major "
                "release.",
                UserWarning,
            )
        number = get_enum("sum" if reduction == "batchmean" else reduction)
    result = _torch_kl_div(input, target, number, log_target=log_target)
    return result / input.size(0) if reduction == "batchmean" and input.dim() else result


@public(method=False, name="poisson_nll_loss")
def _torch_poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int) -> Tensor:
    """The negative logarithm of the probability that a Poisson distribution gives target."""
    each = input.exp() - target * input if log_input else input - target * add_scalar(input, eps).log()
    if full:
        stirling = target * target.log() - target + mul_scalar(mul_scalar(target, 2 * math.pi).log(), 0.5)
        each += stirling.masked_fill(FUNCTIONS["le"](target, 1), 0)
    return reduced(each, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative logarithm of the probability that a Poisson distribution gives target.

    Args:
        input: The expected value; its logarithm if log_input.
        target: What was counted.
        log_input: Whether the input holds logarithms.
        full: Whether to add Stirling's approximation of the target's factorial.
        size_average: Deprecated, with reduce.
        eps: Added to input before its logarithm is taken.
        reduce: Deprecated.
        reduction: "mean", "sum" or "none".
    """
    reduction = chosen(reduction, size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not a valid value for reduction")
    return _torch_poisson_nll_loss(input, target, log_input, full, eps, get_enum(reduction))


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """The negative logarithm of the density a normal distribution has at target (Nix and Weigend, 1994).

    Args:
        input: The expected value.
        target: What was seen.
        var: The variance: of input's shape, or one for each sample, or one.
        full: Whether to add the constant.
        eps: What the variance is at least, without a gradient.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The variance is negative or of a wrong size.
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * FUNCTIONS["ones_like"](input)
    elif FUNCTIONS["lt"](var, 0).any():
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif not (input.ndim == var.ndim and sum(y for x, y in zip(input.shape, var.shape, strict=True) if x != y) == 1):
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    each = (var.log() + (input - target) ** 2 / var) * 0.5
    if full:
        each += 0.5 * math.log(2 * math.pi)
    return reduced(each, get_enum(reduction))
