"""Losses. `reduction` is 0 for none, 1 for the mean and 2 for the sum, as ATen has it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op
from ..promotion import arithmetic
from ..rules import helper

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "huber_loss", "mse_loss", "nll_loss", "smooth_l1_loss"]


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
    function=False,
    method=False,
    self="spread_loss(grad, self.shape, reduction) * 2 * (self - target)",
    target="spread_loss(grad, self.shape, reduction) * 2 * (target - self)",
)
smooth_l1_loss = op(
    "smooth_l1_loss(Tensor self, Tensor target, int reduction=1, float beta=1.0)",
    lambda self, target, reduction=1, beta=1.0: _reduced(_smooth(np.abs(self - target), beta), reduction),
    "(self - target) ** 2 / (2 * beta) where |self - target| < beta, else |self - target| - beta / 2, reduced",
    promote=arithmetic,
    function=False,
    method=False,
    self="spread_loss(grad, self.shape, reduction) * smooth_slope(self - target, beta)",
    target="spread_loss(grad, self.shape, reduction) * smooth_slope(target - self, beta)",
)
huber_loss = op(
    "huber_loss(Tensor self, Tensor target, int reduction=1, float delta=1.0)",
    lambda self, target, reduction=1, delta=1.0: _reduced(_smooth(np.abs(self - target), delta) * delta, reduction),
    "(self - target) ** 2 / 2 where |self - target| < delta, else delta * (|self - target| - delta / 2), reduced",
    promote=arithmetic,
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
    function=False,
    method=False,
    self="times(spread_loss(grad, self.shape, reduction) * logit_slope(self, target, pos_weight), weight)",
    target="times(spread_loss(grad, self.shape, reduction) * logit_target_slope(self, pos_weight), weight)",
)


# -- negative log likelihood


def _chosen(shape: tuple[int, ...], target: Any, weight: Any, ignore_index: int, dtype: Any) -> tuple[Any, Any]:
    """(index of each sample's own class, that class's weight: 0 where it is ignored)."""
    classes = shape[1] if len(shape) > 1 else shape[0]
    kept = target != ignore_index
    safe = np.where(kept, target, 0)
    if safe.size and (safe.min() < 0 or safe.max() >= classes):
        wrong = int(safe[(safe < 0) | (safe >= classes)].flat[0]) if safe.ndim else int(safe)
        raise IndexError(f"Target {wrong} is out of bounds.")
    own = kept.astype(dtype) if weight is None else np.where(kept, weight[safe], 0).astype(dtype)
    return safe, own


def _nll(self: Any, target: Any, weight: Any = None, reduction: int = 1, ignore_index: int = -100) -> Any:
    if self.ndim > 1 and (self.ndim - 1 != target.ndim or self.shape[0] != target.shape[0]):
        if self.shape[0] != target.shape[0]:
            raise ValueError(f"Expected input batch_size ({self.shape[0]}) to match target batch_size ({target.shape[0]}).")
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.dtype not in (np.int64, np.uint8):
        from ..dtypes import of_array

        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {of_array(target)._legacy}")
    safe, own = _chosen(self.shape, target, weight, ignore_index, self.dtype)
    picked = self[safe] if self.ndim == 1 else np.take_along_axis(self, np.expand_dims(safe, 1), 1).squeeze(1)
    losses = np.where(own == 0, 0, -picked * own).astype(self.dtype)
    if reduction == 0:
        return losses[()]
    summed = losses.sum(dtype=self.dtype)
    return summed if reduction == 2 else summed / own.sum(dtype=self.dtype)


def _nll_backward(grad: Any, shape: tuple[int, ...], target: Any, weight: Any, reduction: int, ignore_index: int) -> Any:
    safe, own = _chosen(shape, target, weight, ignore_index, grad.dtype)
    each = -own * (grad if reduction != 1 else grad / own.sum(dtype=grad.dtype))
    result = np.zeros(shape, grad.dtype)
    if len(shape) == 1:
        result[safe] = each
    else:
        np.put_along_axis(result, np.expand_dims(safe, 1), np.expand_dims(each, 1), 1)
    return result


def _nll_double(grad: Any, target: Any, weight: Any, reduction: int, ignore_index: int) -> Any:
    safe, own = _chosen(grad.shape, target, weight, ignore_index, grad.dtype)
    picked = grad[safe] if grad.ndim == 1 else np.take_along_axis(grad, np.expand_dims(safe, 1), 1).squeeze(1)
    each = -own * picked
    return each if reduction == 0 else each.sum() if reduction == 2 else each.sum() / own.sum(dtype=grad.dtype)


nll_loss = op(
    "nll_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, int ignore_index=-100)",
    _nll,
    "-weight[target] * self[target], reduced",
    function=False,
    method=False,
    self="nll_loss_backward(grad, self, target, weight, reduction, ignore_index)",
)
op(
    "nll_loss_backward(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int reduction, int ignore_index)",
    lambda grad_output, self, *options: _nll_backward(grad_output, self.shape, *options),
    "-weight[target] * grad_output at [target], 0 elsewhere",
    function=False,
    method=False,
    grad_output="nll_loss_gather(grad, target, weight, reduction, ignore_index)",
    self="zeros_like(grad)",
)
op(
    "nll_loss_gather(Tensor self, Tensor target, Tensor? weight, int reduction, int ignore_index)",
    _nll_double,
    "-weight[target] * self[target], reduced",
    function=False,
    method=False,
    self="nll_loss_backward(grad, self, target, weight, reduction, ignore_index)",
)
