"""How far vectors are apart, and how much they point the same way."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS, op, public
from ..grad_mode import no_grad
from ..tensor import Tensor
from .arithmetic import add_scalar
from .statistics import vector_norm

__all__ = ["cosine_similarity", "pairwise_distance"]

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
