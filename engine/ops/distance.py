"""How far tensors are apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import FUNCTIONS, op, public
from ..grad_mode import no_grad
from ..tensor import Tensor
from .arithmetic import add_scalar
from .statistics import vector_norm

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]

_row: Any = vector_norm
_norm = op(
    "norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False)",
    lambda self, p, dim, keepdim=False: _row.op.forward(self, p, dim, keepdim, None),
    "the sum of |self| ** p over dim, to the power 1 / p",
    function=False,
    method=False,
    node="NormBackward1",
    self="vector_norm_backward(grad, self, p, result, dim, keepdim)",
)


@public(method=False)
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps over the last dimension."""
    last = max(x1.dim(), x2.dim()) - 1
    return _norm(add_scalar(x1 - x2, eps), p, last, keepdim)


@public(method=False)
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The sum of x1 * x2 over dim, over the product of their lengths, neither of which is taken to be less than eps."""
    dtype = FUNCTIONS["result_type"](x1, x2)
    if not dtype.is_floating_point:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {dtype._legacy}")
    shape = FUNCTIONS["broadcast_shapes"](x1.shape, x2.shape)
    parts = []
    for t in (x1, x2):
        wide = t.to(dtype)
        wide = wide if wide.shape == shape else wide.expand(shape)
        length = _row(wide, 2, dim, True).clone()
        # Values are bounded; gradients do not see it.
        with no_grad():
            length.clamp_min_(eps)
        parts.append(wide / length)
    return (parts[0] * parts[1]).sum(dim)


def _pairs(n: int) -> tuple[Any, Any]:
    return np.triu_indices(n, 1)


def _pdist(self: Any, p: float = 2.0) -> Any:
    first, second = _pairs(self.shape[0])
    away = np.abs(self[first] - self[second])
    if p == 0:
        return (away != 0).sum(-1).astype(self.dtype)
    if math.isinf(p):
        return away.max(-1) if self.shape[1] else np.zeros(len(first), self.dtype)
    if p == 1:
        return away.sum(-1, dtype=self.dtype)
    if p == 2:
        return np.sqrt((away * away).sum(-1, dtype=self.dtype))
    return (away**p).sum(-1, dtype=self.dtype) ** (1 / p)


def _pdist_backward(grad: Any, self: Any, p: float, pdist: Any) -> Any:
    result = np.zeros_like(self)
    if p == 0 or not self.size or not grad.size:
        return result
    first, second = _pairs(self.shape[0])
    difference = self[first] - self[second]
    away, length, given = np.abs(difference), pdist[:, None], grad[:, None]
    if p == 1:
        each = given * np.sign(difference)
    elif math.isinf(p):
        each = given * np.sign(difference) * (away == length)
    elif p == 2:
        each = np.where(length == 0, 0, given * difference / np.where(length == 0, 1, length))
    else:
        safe = np.where(length == 0, 1, length)
        power = np.where(away == 0, 0, np.where(away == 0, 1, away) ** (p - 1))
        each = np.where(length == 0, 0, given * np.sign(difference) * power / safe ** (p - 1))
    np.add.at(result, first, each)
    np.subtract.at(result, second, each)
    return result


_pdist_forward = op(
    "_pdist_forward(Tensor self, float p=2)",
    _pdist,
    "the p-norm of self[i] - self[j], for all i < j",
    method=False,
    takes="f",
    kernel="pdist",
    node="PdistBackward0",
    self="_pdist_backward(grad, self, p, result)",
)
op(
    "_pdist_backward(Tensor grad, Tensor self, float p, Tensor pdist)",
    _pdist_backward,
    "grad * (the slope of the norm of self[i] - self[j]), summed",
    method=False,
    node="NotImplemented",
    grad="not_implemented('_pdist_backward')",
    self="not_implemented('_pdist_backward')",
    pdist="not_implemented('_pdist_backward')",
)


@public(method=False)
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm distance of every two rows of a matrix, each pair once.

    Raises:
        RuntimeError: The input is no matrix of numbers, or p is negative.
    """
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if not input.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return _pdist_forward(input.contiguous(), float(p))
