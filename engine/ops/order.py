"""Sorting, and the largest elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, public
from ..rules import TENSORS
from ..tensor import Tensor
from .vocabulary import axis_of

__all__: list[str] = []


def _sort(self: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    if not self.ndim:
        return self.copy(), np.int64(0)
    axis = axis_of(dim, self.ndim)
    indices = _order(self, axis, descending)
    return np.take_along_axis(self, indices, axis), indices


def _order(value: Any, axis: int, descending: bool) -> Any:
    """The order that sorts an axis, equal elements as they come."""
    if not descending:
        return np.argsort(value, axis, kind="stable")
    backwards = np.flip(np.argsort(np.flip(value, axis), axis, kind="stable"), axis)
    return value.shape[axis] - 1 - backwards


def _topk(self: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    axis = axis_of(dim, self.ndim)
    if k < 0 or k > (self.shape[axis] if self.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if not self.ndim:
        return self.copy(), np.int64(0)
    indices = _order(self, axis, largest).take(range(k), axis)
    return np.take_along_axis(self, indices, axis), indices


op(
    "sort(Tensor self, int dim=-1, bool descending=False, bool stable=False) -> (values, indices)",
    _sort,
    "self in order along dim",
    self="value_selecting_backward(grad, dim, indices, self.shape, True)",
)
op(
    "topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True) -> (values, indices)",
    _topk,
    "the k largest elements along dim",
    self="value_selecting_backward(grad, dim, indices, self.shape, True)",
)
op(
    "argsort(Tensor self, int dim=-1, bool descending=False, bool stable=False)",
    lambda *args: _sort(*args)[1],
    "the order that sorts self",
)


@public(method=False)
def hstack(tensors: Any) -> Tensor:
    """The tensors side by side: along the second dimension, or the only one."""
    parts = [t.reshape(1) if t.ndim == 0 else t for t in tensors]
    return TENSORS.cat(parts, 0 if parts and parts[0].ndim == 1 else 1)


@public(method=False)
def vstack(tensors: Any) -> Tensor:
    """The tensors on top of each other, vectors as rows."""
    return TENSORS.cat([t.reshape(1, 1) if t.ndim == 0 else t.unsqueeze(0) if t.ndim == 1 else t for t in tensors], 0)


@public(method=False)
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of every point of a grid."""
    if indexing != "ij":
        raise NotImplementedError("meshgrid with indexing other than 'ij' is not implemented")
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    shape = tuple(t.numel() for t in given)
    return tuple(TENSORS.expand(t.view([-1 if d == i else 1 for d in range(len(given))]), shape) for i, t in enumerate(given))
