"""Losses that want scores to be apart by a margin. `reduction` is 0 for none, 1 for the mean and 2 for the sum, as ATen has it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..promotion import floating
from ..rules import helper
from .activation import activation

__all__ = ["multi_margin_loss", "multilabel_margin_loss", "soft_margin_loss"]


def _reduced(value: Any, reduction: int) -> Any:
    return value if reduction == 0 else value.mean(dtype=value.dtype) if reduction == 1 else value.sum(dtype=value.dtype)


def _shared(grad: Any, count: int, reduction: int) -> Any:
    """A reduced loss's gradient for each sample: (samples or 1, 1)."""
    each = np.reshape(grad, (-1, 1))
    return each / count if reduction == 1 else each


# -- soft margin


def _soft_margin(self: Any, target: Any, reduction: int = 1) -> Any:
    return _reduced(np.log1p(np.exp(-self * target)).astype(self.dtype, copy=False), reduction)


@helper
def soft_margin_slope(k: Any, grad: Any, self: Any, target: Any, reduction: int) -> Any:
    """-target * sigmoid(-target * self), for each element."""
    each = -target * k.sigmoid(-target * self)
    return (grad / k.numel(self.shape) if reduction == 1 else grad) * each


soft_margin_loss = activation(
    "soft_margin_loss(Tensor self, Tensor target, int reduction=1)",
    _soft_margin,
    "log(1 + exp(-target * self)), reduced",
    promote=floating,
    numbers=False,
    self="soft_margin_slope(grad, self, target, reduction)",
)

# -- one right class


def _by_samples(self: Any, target: Any, name: str) -> tuple[Any, Any]:
    """(scores, targets) with a dimension of samples.

    Raises:
        RuntimeError: They do not fit each other.
    """
    valid = (self.ndim == 2 and self.shape[1] != 0) or (self.ndim == 1 and self.shape[0] != 0) or self.ndim == 0
    if not valid:
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(self.shape)}")
    scores = self.reshape(1, -1) if self.ndim < 2 else self
    if target.ndim > 1 or target.size != scores.shape[0]:
        raise RuntimeError(
            f"{name}: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size "
            f"[{scores.shape[0]}], but got {list(target.shape)}. Input has shape {list(self.shape)}."
        )
    if target.dtype != np.int64:
        from ..dtypes import of_array

        raise RuntimeError(f"expected scalar type Long but found {of_array(target)._legacy}")
    wanted = target.reshape(-1)
    if wanted.size and (wanted.min() < 0 or wanted.max() >= scores.shape[1]):
        raise RuntimeError("target out of range")
    return scores, wanted


def _excess(scores: Any, wanted: Any, margin: Any) -> tuple[Any, Any]:
    """(how far each score is above what the right one allows, the right ones' places)."""
    rows = np.arange(len(wanted))
    away = scores - scores[rows, wanted][:, None] + scores.dtype.type(margin)
    away[rows, wanted] = 0
    return np.maximum(away, 0), rows


def _check_weight(weight: Any, scores: Any) -> None:
    if weight is not None and weight.size != scores.shape[1]:
        raise RuntimeError(f"inconsistent weight size, expected {scores.shape[1]} but got {list(weight.shape)}")


def _multi_margin(self: Any, target: Any, p: Any = 1, margin: Any = 1, weight: Any = None, reduction: int = 1) -> Any:
    if p not in (1, 2):
        raise RuntimeError("only p == 1 and p == 2 supported")
    scores, wanted = _by_samples(self, target, "multi_margin_loss")
    _check_weight(weight, scores)
    excess, _ = _excess(scores, wanted, margin)
    each = excess if p == 1 else excess * excess
    if weight is not None:
        each = each * weight[wanted][:, None]
    losses = each.sum(1, dtype=self.dtype) / scores.shape[1]
    if reduction == 0:
        return losses.reshape(target.shape)[()].astype(self.dtype)
    return _reduced(losses, reduction).astype(self.dtype)


def _multi_margin_backward(grad_output: Any, self: Any, target: Any, p: Any, margin: Any, weight: Any, reduction: int) -> Any:
    scores, wanted = _by_samples(self, target, "multi_margin_loss")
    excess, rows = _excess(scores, wanted, margin)
    slope = (excess > 0).astype(self.dtype) if p == 1 else 2 * excess
    if weight is not None:
        slope = slope * weight[wanted][:, None]
    slope = slope / scores.shape[1]
    slope[rows, wanted] = -slope.sum(1)
    return (slope * _shared(grad_output, len(wanted), reduction)).reshape(self.shape).astype(self.dtype)


_MULTI: Final = "Scalar p, Scalar margin, Tensor? weight, int reduction"
multi_margin_loss = activation(
    "multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, int reduction=1)",
    _multi_margin,
    "the mean over all other classes of max(0, margin - self[target] + self[class]) ** p, reduced",
    takes="f",
    kernel="multi_margin_loss_cpu_kernel",
    self="multi_margin_loss_backward(grad, self, target, p, margin, weight, reduction)",
)
activation(
    f"multi_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, {_MULTI})",
    _multi_margin_backward,
    "grad_output, where the margin is not kept, and the opposite at the target",
    node="NotImplemented",
    grad_output="not_differentiable('multi_margin_loss_backward')",
    self="not_differentiable('multi_margin_loss_backward')",
)

# -- several right classes


def _label_masks(self: Any, target: Any) -> tuple[Any, Any, Any]:
    """(scores, how often each class is wanted, whether it is wanted at all), by sample.

    Raises:
        RuntimeError: Scores and targets do not fit each other.
    """
    if self.ndim > 2 or (self.ndim and self.shape[-1] == 0):
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(self.shape)}")
    if target.shape != self.shape and not (self.ndim <= 1 and target.ndim <= 1 and target.size == self.size):
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(self.shape)}")
    scores, labels = (v.reshape(1, -1) if v.ndim < 2 else v for v in (self, target))
    if labels.dtype != np.int64:
        from ..dtypes import of_array

        raise RuntimeError(f"expected scalar type Long but found {of_array(target)._legacy}")
    if labels.size and (labels.min() < -1 or labels.max() >= scores.shape[1]):
        raise RuntimeError("argument #2 'target' is out of range")
    # What comes after the first -1 does not count.
    listed = np.logical_and.accumulate(labels >= 0, axis=1)
    counts = np.zeros(scores.shape, scores.dtype)
    rows, _ = np.nonzero(listed)
    np.add.at(counts, (rows, labels[listed]), 1)
    return scores, counts, counts > 0


def _multilabel(self: Any, target: Any, reduction: int = 1) -> Any:
    scores, counts, wanted = _label_masks(self, target)
    excess = np.maximum(1 - scores[:, :, None] + scores[:, None, :], 0)
    pairs = counts[:, :, None] * ~wanted[:, None, :]
    losses = (excess * pairs).sum((1, 2), dtype=self.dtype) / max(scores.shape[1], 1)
    if reduction == 0:
        return losses.reshape(self.shape[:-1])[()].astype(self.dtype)
    return _reduced(losses, reduction).astype(self.dtype)


def _multilabel_backward(grad_output: Any, self: Any, target: Any, reduction: int) -> Any:
    scores, counts, wanted = _label_masks(self, target)
    above = 1 - scores[:, :, None] + scores[:, None, :] > 0
    pairs = counts[:, :, None] * (above & ~wanted[:, None, :]) / max(scores.shape[1], 1)
    slope = pairs.sum(1) - pairs.sum(2)
    return (slope * _shared(grad_output, len(scores), reduction)).reshape(self.shape).astype(self.dtype)


multilabel_margin_loss = activation(
    "multilabel_margin_loss(Tensor self, Tensor target, int reduction=1)",
    _multilabel,
    "the mean over all wanted and unwanted classes of max(0, 1 - self[wanted] + self[unwanted]), reduced",
    takes="f",
    kernel="multilabel_margin_loss_forward_out_frame",
    self="multilabel_margin_loss_backward(grad, self, target, reduction)",
)
activation(
    "multilabel_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction)",
    _multilabel_backward,
    "grad_output where an unwanted class is not below a wanted one by 1, and the opposite at the wanted one",
    node="NotImplemented",
    grad_output="not_differentiable('multilabel_margin_loss_backward')",
    self="not_differentiable('multilabel_margin_loss_backward')",
)
