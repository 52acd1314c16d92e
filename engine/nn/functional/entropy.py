"""Losses of choices: negative log likelihood, cross entropy, and sequences of labels without their times."""

from __future__ import annotations

import math
from typing import Any

from ...api import public
from ...ops import likelihood as loss
from ...ops.arithmetic import add_scalar, div_scalar, mul_scalar
from ...ops.ctc import ctc_loss as ctc
from ...ops.matmul import linear
from ...tensor import Tensor
from .._reduction import chosen, get_enum
from . import activation

__all__ = ["cross_entropy", "ctc_loss", "linear_cross_entropy", "nll_loss"]


def _nll(input: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int) -> Tensor:
    """Negative log likelihood in any number of dimensions."""
    shape, wanted = input._value.shape, target._value.shape
    if not shape:
        raise ValueError(f"Expected 1 or more dimensions (got {len(shape)})")
    if len(shape) != 1 and shape[0] != (wanted[0] if wanted else None):
        if not wanted:
            raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        raise ValueError(f"Expected input batch_size ({shape[0]}) to match target batch_size ({wanted[0]}).")
    if len(shape) <= 2:
        return loss.nll_loss(input, target, weight, reduction, ignore_index)
    if len(shape) == 4:
        return loss.nll_loss2d(input, target, weight, reduction, ignore_index)
    if shape[2:] != wanted[1:]:
        raise RuntimeError(f"Expected target size {[shape[0], *shape[2:]]}, got {list(wanted)}")
    full = bool(input._value.size)
    planes = input.reshape(shape[0], shape[1], *((1, -1) if full else (0, 0)))
    places = target.reshape(shape[0], *((1, -1) if target._value.size else (0, 0)))
    result = loss.nll_loss2d(planes, places, weight, reduction, ignore_index)
    return result if reduction else result.view(wanted)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """-input[target], by class weight, averaged, summed or as it is.

    Args:
        input: (classes), (samples, classes) or (samples, classes, ...): logarithms of probabilities.
        target: Class numbers, without the class dimension.
        weight: (classes).
        size_average: Deprecated, with reduce.
        ignore_index: A class number that counts for nothing.
        reduce: Deprecated.
        reduction: "mean" (over the weights), "sum" or "none".
    """
    return _nll(input, target, weight, get_enum(chosen(reduction, size_average, reduce)), ignore_index)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The cross entropy of logits and targets: class numbers, or a probability for each class.

    Args:
        input: (classes), (samples, classes) or (samples, classes, ...).
        target: Class numbers without the class dimension, or probabilities of input's shape.
        weight: (classes).
        size_average: Deprecated, with reduce.
        ignore_index: A class number that counts for nothing.
        reduce: Deprecated.
        reduction: "mean", "sum" or "none".
        label_smoothing: Between 0 and 1: how much of each target is spread evenly over all classes.
    """
    number = get_enum(chosen(reduction, size_average, reduce))
    axis = 0 if input.ndim == 1 else 1
    if input.shape == target.shape:
        if not target.is_floating_point():
            raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target.dtype._legacy}")
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        _check_class_weight(weight, input, axis)
        return _probability_entropy(activation.log_softmax(input, axis), target, weight, axis, number, float(label_smoothing))
    if label_smoothing > 0.0:
        if label_smoothing > 1.0:
            raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
        return _smoothed(input, target, weight, axis, number, ignore_index, label_smoothing)
    return _nll(activation.log_softmax(input, axis), target, weight, number, ignore_index)


def _check_class_weight(weight: Tensor | None, input: Tensor, axis: int) -> None:
    classes = input.shape[axis]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
            f"{list(weight.shape)}"
        )


def _by_class(weight: Tensor, ndim: int, axis: int) -> Tensor:
    return weight.view([-1 if d == axis else 1 for d in range(ndim)])


def _smoothed(
    input: Tensor, target: Tensor, weight: Tensor | None, axis: int, reduction: int, ignore_index: int, smoothing: float
) -> Tensor:
    classes = input.shape[axis]
    logs = activation.log_softmax(input, axis)
    plain = _nll(logs, target, weight, reduction, ignore_index)
    _check_class_weight(weight, input, axis)
    smooth = -(logs if weight is None else logs * _by_class(weight, input.ndim, axis)).sum(axis)
    ignored: Any = target == ignore_index
    smooth = smooth.masked_fill(ignored, 0.0)
    if reduction == 1:
        if weight is None:
            smooth = smooth.sum() / ignored.logical_not().sum()
        else:
            own = weight[target.masked_fill(ignored, 0)].masked_fill(ignored, 0.0)
            smooth = smooth.sum() / own.sum()
    elif reduction == 2:
        smooth = smooth.sum()
    return mul_scalar(plain, 1 - smoothing) + mul_scalar(smooth, smoothing / classes)


def _probability_entropy(
    logs: Tensor, target: Tensor, weight: Tensor | None, axis: int, reduction: int, smoothing: float
) -> Tensor:
    if smoothing > 0.0:
        if smoothing > 1.0:
            raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {smoothing:g}")
        target = add_scalar(mul_scalar(target, 1 - smoothing), smoothing / logs.shape[axis])
    products = logs * target
    if weight is not None:
        products = products * _by_class(weight, logs.ndim, axis)
    if reduction == 0:
        return -products.sum(axis)
    summed = -products.sum()
    return summed if reduction == 2 else div_scalar(summed, logs.numel() // logs.shape[axis])


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Tensor:
    """cross_entropy(linear(input, linear_weight, linear_bias), target).

    Args:
        input: (in_features) or (samples, in_features).
        linear_weight: (classes, ..., in_features).
        target: As of cross_entropy.
        linear_bias: (classes, ...).
        weight: (classes).
        reduction: "mean", "sum" or "none".
        ignore_index: A class number that counts for nothing.
        label_smoothing: How much of each target is spread evenly over all classes.
        options: How to part the work, which makes no difference to the result here.

    Raises:
        RuntimeError: The sizes do not fit.
    """
    if not 1 <= input.dim() <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    features = input.shape[-1]
    if features != linear_weight.shape[-1]:
        raise RuntimeError(
            f"expected equal input and linear_weight last dimensions (in_features), got {features} and {linear_weight.shape[-1]}, respectively"
        )
    samples, (classes, *out_features, _) = input.shape[:-1], linear_weight.shape
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *out_features):
        raise RuntimeError(f"expected linear_bias shape {(classes, *out_features)}, got {tuple(linear_bias.shape)}")
    if out_features and not samples:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, (N, {features}), got "
            f"unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*samples, classes, *out_features)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if out_features:
        count = math.prod(out_features, start=classes)
        linear_weight = linear_weight.reshape((count, features))
        linear_bias = None if linear_bias is None else linear_bias.reshape(count)
    logits = linear(input, linear_weight, linear_bias).reshape(shape)
    return cross_entropy(
        logits,
        target,
        weight=weight,
        reduction=reduction,
        ignore_index=-100 if ignore_index is None else ignore_index,
        label_smoothing=label_smoothing,
    )


@public(method=False, name="ctc_loss")
def _torch_ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 1,
    zero_infinity: bool = False,
) -> Tensor:
    """The connectionist temporal classification loss."""
    return ctc(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """The connectionist temporal classification loss (Graves et al., 2006).

    Args:
        log_probs: (times, samples, classes) or (times, classes): logarithms of probabilities.
        targets: (samples, longest) or all targets one after the other: class numbers.
        input_lengths: How many times there are of each sample.
        target_lengths: How long each target is.
        blank: The class number that stands for nothing.
        reduction: "mean" (each loss over its target's length, then averaged), "sum" or "none".
        zero_infinity: Whether losses that are infinite, and their gradients, are made 0.
    """
    return _torch_ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, get_enum(reduction), zero_infinity)
