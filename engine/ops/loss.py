"""Losses of each element. `reduction` is 0 for none, 1 for the mean and 2 for the sum, as ATen has it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import derivative, op
from ..promotion import arithmetic
from ..rules import helper

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "huber_loss", "mse_loss", "smooth_l1_loss"]


def _reduced(value: Any, reduction: int) -> Any:
    return value if reduction == 0 else value.mean(dtype=value.dtype) if reduction == 1 else value.sum(dtype=value.dtype)


@helper
def spread_loss(k: Any, grad: Any, shape: tuple[int, ...], reduction: int) -> Any:
    """A loss's gradient before the reduction: divided by the number of elements for a mean."""
    return grad / max(k.numel(shape), 1) if reduction == 1 else grad


mse_loss = op(
    "mse_loss(Tensor self, Tensor target, int reduction=1)",
    lambda self, target, reduction=1: _reduced((self - target) * (self - target), reduction),
    "(self - target) ** 2, reduced",
    promote=arithmetic,
    takes="hf",
    kernel="mse_cpu",
    function=False,
    method=False,
    self="mse_loss_backward(grad, self, target, reduction)",
    target="mse_loss_backward(grad, target, self, reduction)",
)
derivative(
    "mse_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction)",
    "spread_loss(grad_output, self.shape, reduction) * 2 * (self - target)",
    grad_output="sum_to(mse_loss_backward(grad, self, target, reduction), grad_output.shape)",
    self="spread_loss(grad * grad_output, self.shape, reduction) * 2",
    target="-(spread_loss(grad * grad_output, self.shape, reduction) * 2)",
)
smooth_l1_loss = op(
    "smooth_l1_loss(Tensor self, Tensor target, int reduction=1, float beta=1.0)",
    lambda self, target, reduction=1, beta=1.0: _reduced(_smooth(np.abs(self - target), beta), reduction),
    "(self - target) ** 2 / (2 * beta) where |self - target| < beta, else |self - target| - beta / 2, reduced",
    promote=arithmetic,
    takes="hf",
    kernel="smooth_l1_cpu",
    function=False,
    method=False,
    self="smooth_l1_loss_backward(grad, self, target, reduction, beta)",
    target="smooth_l1_loss_backward(grad, target, self, reduction, beta)",
)
derivative(
    "smooth_l1_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction, float beta)",
    "spread_loss(grad_output, self.shape, reduction) * smooth_slope(self - target, beta)",
    grad_output="sum_to(smooth_l1_loss_backward(grad, self, target, reduction, beta), grad_output.shape)",
    self="smooth_bend(spread_loss(grad * grad_output, self.shape, reduction), self - target, beta)",
    target="-smooth_bend(spread_loss(grad * grad_output, self.shape, reduction), self - target, beta)",
)
huber_loss = op(
    "huber_loss(Tensor self, Tensor target, int reduction=1, float delta=1.0)",
    lambda self, target, reduction=1, delta=1.0: _reduced(_smooth(np.abs(self - target), delta) * delta, reduction),
    "(self - target) ** 2 / 2 where |self - target| < delta, else delta * (|self - target| - delta / 2), reduced",
    promote=arithmetic,
    takes="hf",
    kernel="huber_cpu",
    function=False,
    method=False,
    self="spread_loss(grad, self.shape, reduction) * delta * smooth_slope(self - target, delta)",
    target="spread_loss(grad, self.shape, reduction) * delta * smooth_slope(target - self, delta)",
)


def _smooth(size: Any, beta: float) -> Any:
    if beta == 0:
        return size
    return np.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta).astype(size.dtype)[()]


@helper
def smooth_slope(k: Any, difference: Any, beta: float) -> Any:
    """The slope of a parabola that turns into a straight line at beta."""
    size = k.abs(difference)
    return k.sgn(difference) if beta == 0 else k.where(size < beta, difference / beta, k.sgn(difference))


@helper
def smooth_bend(k: Any, grad: Any, difference: Any, beta: float) -> Any:
    """The gradient over the width of the parabola, where there is one."""
    return k.zeros_like(grad) if beta == 0 else k.where(k.abs(difference) < beta, grad / beta, 0.0)


def _weighted(value: Any, weight: Any) -> Any:
    return value if weight is None else value * weight


def _entropy(self: Any, target: Any, weight: Any = None, reduction: int = 1) -> Any:
    if self.size and (self.min() < 0 or self.max() > 1):
        raise RuntimeError("all elements of input should be between 0 and 1")
    # The logarithms are kept above -100, as PyTorch keeps them.
    with_target = target * np.maximum(np.log(self), -100) + (1 - target) * np.maximum(np.log1p(-self), -100)
    return _reduced(_weighted(-with_target, weight), reduction)


binary_cross_entropy = op(
    "binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=1)",
    _entropy,
    "-(target * log(self) + (1 - target) * log(1 - self)), reduced",
    takes="hf",
    kernel="binary_cross_entropy",
    function=False,
    method=False,
    self="times(spread_loss(grad, self.shape, reduction) * (self - target) / at_least((1 - self) * self, 1e-12), weight)",
    target="times(spread_loss(grad, self.shape, reduction) * (log(1 - self) - log(self)), weight)",
)


@helper
def times(k: Any, value: Any, weight: Any) -> Any:
    """`value * weight`, or the value itself if there is no weight."""
    return value if weight is None else value * weight


@helper
def at_least(k: Any, value: Any, low: float) -> Any:
    """The value, but not below a bound."""
    return k.where(value < low, low, value)


def _logit_entropy(self: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: int = 1) -> Any:
    log_sigmoid = np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self)))
    factor = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    return _reduced(_weighted((1 - target) * self - factor * log_sigmoid, weight), reduction)


@helper
def logit_slope(k: Any, self: Any, target: Any, pos_weight: Any) -> Any:
    """The slope of binary cross entropy over a logit."""
    if pos_weight is None:
        return k.sigmoid(self) - target
    weighted = pos_weight * target
    return (weighted + 1 - target) * k.sigmoid(self) - weighted


@helper
def logit_target_slope(k: Any, self: Any, pos_weight: Any) -> Any:
    """The slope of binary cross entropy over the target."""
    if pos_weight is None:
        return -self
    return k.log(1 - k.sigmoid(self)) - pos_weight * k.log(k.sigmoid(self))


binary_cross_entropy_with_logits = op(
    "binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=1)",
    _logit_entropy,
    "-(target * log(sigmoid(self)) + (1 - target) * log(1 - sigmoid(self))), reduced",
    takes="hf",
    kernel="log_sigmoid_cpu",
    function=False,
    method=False,
    self="times(spread_loss(grad, self.shape, reduction) * logit_slope(self, target, pos_weight), weight)",
    target="times(spread_loss(grad, self.shape, reduction) * logit_target_slope(self, pos_weight), weight)",
)
