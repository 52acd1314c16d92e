"""Negative log likelihood. `reduction` is 0 for none, 1 for the mean and 2 for the sum, as ATen has it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .activation import activation

__all__ = ["nll_loss", "nll_loss2d"]


def _chosen(shape: tuple[int, ...], target: Any, weight: Any, ignore_index: int, dtype: Any) -> tuple[Any, Any]:
    """(index of each sample's own class, that class's weight: 0 where it is ignored).

    Raises:
        IndexError: There is no such class.
    """
    classes = shape[1] if len(shape) > 1 else shape[0]
    kept = target != ignore_index
    safe = np.where(kept, target, 0).astype(np.int64, copy=False)
    if safe.size and (safe.min() < 0 or safe.max() >= classes):
        wrong = int(safe[(safe < 0) | (safe >= classes)].flat[0]) if safe.ndim else int(safe)
        raise IndexError(f"Target {wrong} is out of bounds.")
    own = kept.astype(dtype) if weight is None else np.where(kept, weight[safe], 0).astype(dtype)
    return safe, own


def _check(self: Any, target: Any, weight: Any) -> None:
    """See that the arguments of `nll_loss` fit each other.

    Raises:
        RuntimeError: They do not.
        ValueError: They do not, either.
    """
    if self.ndim not in (1, 2):
        raise RuntimeError("input tensor should be 1D or 2D")
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if self.ndim == 1 and target.ndim == 1 and target.shape[0] != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.shape[0]}")
    if not (self.ndim == 1 and target.ndim <= 1) and self.shape[0] != target.shape[0]:
        raise RuntimeError(f"size mismatch (got input: {list(self.shape)}, target: {list(target.shape)})")
    classes = self.shape[-1]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
            f"{list(weight.shape)}"
        )


def _check2d(self: Any, target: Any, weight: Any) -> None:
    """See that the arguments of `nll_loss2d` fit each other.

    Raises:
        RuntimeError: They do not.
    """
    if target.ndim != 3:
        raise RuntimeError(
            f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {target.ndim}"
        )
    if self.ndim != 4:
        raise RuntimeError(f"only batches of spatial inputs supported (4D tensors), but got input of dimension: {self.ndim}")
    if weight is not None and weight.size != self.shape[1]:
        raise RuntimeError("weight tensor should be defined either for all or no classes")
    if (self.shape[0], *self.shape[2:]) != target.shape:
        raise RuntimeError(f"size mismatch (got input: {list(self.shape)} , target: {list(target.shape)}")


def _loss(check: Any) -> Any:
    def forward(self: Any, target: Any, weight: Any = None, reduction: int = 1, ignore_index: int = -100) -> Any:
        check(self, target, weight)
        if target.dtype not in (np.int64, np.uint8):
            from ..dtypes import of_array

            raise RuntimeError(f"expected target dtype to be Long or Byte, but got {of_array(target)._legacy}")
        shape = target.shape
        if self.ndim == 1:
            target = target.reshape(())
        safe, own = _chosen(self.shape, target, weight, ignore_index, self.dtype)
        picked = self[safe] if self.ndim == 1 else np.take_along_axis(self, np.expand_dims(safe, 1), 1).squeeze(1)
        losses = np.where(own == 0, 0, -picked * own).astype(self.dtype)
        if reduction == 0:
            return losses.reshape(shape)[()]
        summed = losses.sum(dtype=self.dtype)
        return summed if reduction == 2 else summed / own.sum(dtype=self.dtype)

    return forward


def _backward(grad: Any, self: Any, target: Any, weight: Any, reduction: int, ignore_index: int) -> Any:
    flat = self.ndim == 1
    if flat:
        target, grad = np.reshape(target, ()), np.reshape(grad, ())
    safe, own = _chosen(self.shape, target, weight, ignore_index, grad.dtype)
    each = -own * (grad if reduction != 1 else grad / own.sum(dtype=grad.dtype))
    each = np.where(own == 0, 0, each).astype(grad.dtype)
    result = np.zeros(self.shape, grad.dtype)
    if flat:
        result[safe] = each
    else:
        np.put_along_axis(result, np.expand_dims(safe, 1), np.expand_dims(each, 1), 1)
    return result


def _rows(name: str, check: Any) -> Any:
    """A loss, its backward, and the loss again as the derivative of that."""
    options = "target, weight, reduction, ignore_index"
    row = activation(
        f"{name}(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, int ignore_index=-100)",
        _loss(check),
        "-weight[target] * self[target], reduced",
        takes="hf",
        kernel="nll_loss_out_frame" if name == "nll_loss" else "nll_loss2d_forward_out_frame",
        self=f"{name}_backward(grad, self, {options})",
    )
    activation(
        f"{name}_backward(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int reduction, int ignore_index)",
        _backward,
        "-weight[target] * grad_output at [target], 0 elsewhere",
        grad_output=f"{name}(grad, {options})",
        self="zeros_like(grad)",
    )
    return row


nll_loss = _rows("nll_loss", _check)
nll_loss2d = _rows("nll_loss2d", _check2d)
