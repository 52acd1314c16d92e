"""A weight as lengths and directions: v * (g / the norm of v)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, public
from ..rules import ARRAYS, TENSORS, helper
from ..tensor import Tensor

__all__ = ["norm_except_dim"]


def _others(shape: tuple[int, ...], dim: int) -> tuple[int, ...]:
    return tuple(d for d in range(len(shape)) if d != dim)


def _weight_norm_interface_forward(v: Any, g: Any, dim: int = 0) -> Any:
    norms = np.sqrt((v * v).sum(_others(v.shape, dim), keepdims=True, dtype=v.dtype))
    return v * (g / norms), norms


@helper
def weight_norm_v_backward(k: Any, grad: Any, v: Any, g: Any, norms: Any, dim: int) -> Any:
    """The part of the gradient across v, scaled (Salimans and Kingma, 2016)."""
    along = k.sum_dim_IntList(grad * v, _others(v.shape, dim), True)
    return (g / norms) * (grad - v * (along / (norms * norms)))


@helper
def weight_norm_g_backward(k: Any, grad: Any, v: Any, norms: Any, dim: int) -> Any:
    """The part of the gradient along v."""
    return k.sum_dim_IntList(grad * v, _others(v.shape, dim), True) / norms


op(
    "_weight_norm_interface(Tensor v, Tensor g, int dim=0) -> (w, norms)",
    _weight_norm_interface_forward,
    "v * (g / norms), of which each norm is over all dimensions but one",
    function=False,
    v="weight_norm_v_backward(grads[0], v, g, norms, dim)",
    g="weight_norm_g_backward(grads[0], v, norms, dim)",
)


op(
    "norm.Scalar(Tensor self, Scalar p=2)",
    lambda self, p=2: ARRAYS.linalg_vector_norm(self, p),
    "the sum of |self| ** p, to the power 1 / p",
    function=False,
    method=False,
    node="NormBackward0",
    self="vector_norm_backward(grad, self, p, result, None, False)",
)


@public(method=False)
def norm_except_dim(v: Tensor, pow: float = 2, dim: int = 0) -> Tensor:
    """The norms of a tensor over all its dimensions but one.

    Args:
        v: The tensor.
        pow: Of the p-norm.
        dim: The dimension; -1 for one norm over all.
    """
    if dim == -1:
        return TENSORS.norm_Scalar(v, pow)
    sizes = [1] * v.dim()
    if dim == 0:
        sizes[0] = v.shape[0]
        return TENSORS.norm_ScalarOpt_dim(v.contiguous().view(v.shape[0], -1), pow, 1).view(sizes)
    if dim == v.dim() - 1:
        sizes[-1] = v.shape[-1]
        return TENSORS.norm_ScalarOpt_dim(v.contiguous().view(-1, v.shape[-1]), pow, 0).view(sizes)
    return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)


def _weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """The weight that directions and lengths make."""
    v, g = v.contiguous(), g.contiguous()
    if dim in (0, v.dim() - 1):
        fused: Tensor = TENSORS._weight_norm_interface(v, g, dim)[0]
        return fused
    return v * (g / norm_except_dim(v, 2, dim))
