"""Attention as one op: the softmax of scaled products of queries and keys, times the values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import op
from ..dtypes import of_array
from ..geometry import relaid
from .normalization import widened
from .vocabulary import axis_of

__all__ = ["fused_attention", "safe_softmax"]


def _safe_softmax(self: Any, dim: int) -> Any:
    axis = axis_of(dim, self.ndim)
    if self.dtype.kind != "f":
        raise NotImplementedError(f"\"softmax_lastdim_kernel_impl\" not implemented for '{of_array(self)._legacy}'")
    if not self.size:
        return np.empty(self.shape, self.dtype)
    top = self.max(axis=axis, keepdims=True)
    powers = np.exp(self - np.where(np.isneginf(top), 0, top).astype(self.dtype))
    total = powers.sum(axis=axis, keepdims=True)
    return powers / np.where(total == 0, 1, total).astype(self.dtype)


safe_softmax = op(
    "_safe_softmax(Tensor self, int dim)",
    _safe_softmax,
    "exp(self) / the sum of exp(self) over dim; 0 where all of self is minus infinity",
    function=False,
    method=False,
    self="(grad - total(grad * result, dim)) * result",
)


def _spread_heads(value: Any, heads: int) -> Any:
    """Keys or values for so many heads, neighbours sharing one."""
    return value if value.shape[1] == heads else np.repeat(value, heads // value.shape[1], 1)


def _gathered_heads(value: Any, heads: int) -> Any:
    """The sums over those that shared one."""
    if value.shape[1] == heads:
        return value
    n, all_heads, *rest = value.shape
    return value.reshape(n, heads, all_heads // heads, *rest).sum(2)


def _scores(query: Any, key: Any, is_causal: bool, attn_mask: Any, scale: float | None) -> Any:
    scores = (query @ _spread_heads(key, query.shape[1]).swapaxes(-1, -2)) * _factor(query, scale)
    if attn_mask is not None:
        scores = scores + attn_mask
    if is_causal:
        places = np.tri(query.shape[2], key.shape[2], dtype=np.bool_)
        scores = np.where(places, scores, -np.inf)
    return scores.astype(query.dtype, copy=False)


def _factor(query: Any, scale: float | None) -> Any:
    return query.dtype.type(1 / math.sqrt(query.shape[-1]) if scale is None else scale)


def _forward(
    query: Any, key: Any, value: Any, dropout_p: float, is_causal: bool, attn_mask: Any, scale: float | None
) -> tuple[Any, Any]:
    q, k, v = (widened(t) for t in (query, key, value))
    scores = _scores(q, k, is_causal, attn_mask, scale)
    weights = _safe_softmax(scores, -1)
    top = scores.max(-1, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0).astype(q.dtype)
    total = np.exp(scores - shift).sum(-1, keepdims=True)
    # PyTorch keeps 0 where nothing is attended to.
    known = total != 0
    logsumexp = np.where(known, np.log(np.where(known, total, 1)) + shift, 0).astype(q.dtype)[..., 0]
    result = (weights @ _spread_heads(v, q.shape[1])).astype(query.dtype, copy=False)
    return relaid(result, query) if result.shape == query.shape else result, logsumexp


def _backward(
    grad_out: Any,
    query: Any,
    key: Any,
    value: Any,
    output: Any,
    logsumexp: Any,
    dropout_p: float,
    is_causal: bool,
    attn_mask: Any,
    scale: float | None,
) -> tuple[Any, Any, Any]:
    grad, q, k, v, out = (widened(t) for t in (grad_out, query, key, value, output))
    heads = q.shape[1]
    weights = np.exp(_scores(q, k, is_causal, attn_mask, scale) - logsumexp[..., None])
    of_weights = grad @ _spread_heads(v, heads).swapaxes(-1, -2)
    of_scores = weights * (of_weights - (grad * out).sum(-1, keepdims=True)) * _factor(q, scale)
    found = (
        of_scores @ _spread_heads(k, heads),
        _gathered_heads(of_scores.swapaxes(-1, -2) @ q, k.shape[1]),
        _gathered_heads(weights.swapaxes(-1, -2) @ grad, v.shape[1]),
    )
    # As in PyTorch, they lie in memory with the heads of a place side by side.
    first, second, third = (np.ascontiguousarray(part.swapaxes(1, 2)).swapaxes(1, 2) for part in found)
    return first, second, third


_CALL = (
    "_scaled_dot_product_attention_backward(grad, query, key, value, output, logsumexp, dropout_p, is_causal, attn_mask, scale)"
)
_NAME = "_scaled_dot_product_flash_attention_for_cpu_backward"
fused_attention = op(
    "_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p, bool is_causal, "
    "Tensor? attn_mask, float? scale) -> (output, logsumexp)",
    _forward,
    "softmax(query @ key.T * scale + attn_mask) @ value",
    function=False,
    method=False,
    keeps_layout=True,
    constant_outputs=(1,),
    node="ScaledDotProductFlashAttentionForCpuBackward0",
    query=f"{_CALL}[0]",
    key=f"{_CALL}[1]",
    value=f"{_CALL}[2]",
)
op(
    "_scaled_dot_product_attention_backward(Tensor grad_out, Tensor query, Tensor key, Tensor value, Tensor output, "
    "Tensor logsumexp, float dropout_p, bool is_causal, Tensor? attn_mask, float? scale) -> (grad_query, grad_key, grad_value)",
    _backward,
    "grad_out through the product with value, the softmax, and the product of query and key",
    function=False,
    method=False,
    keeps_layout=True,
    node="NotImplemented",
    **dict.fromkeys(("grad_out", "query", "key", "value"), f"not_differentiable('{_NAME}')"),  # type: ignore[arg-type]
)
