"""Sorting, and the largest elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op
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
