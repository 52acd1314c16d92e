"""Attention (Vaswani et al., 2017)."""

from __future__ import annotations

import math
from typing import Any

from ... import dtypes
from ...api import FUNCTIONS
from ...history import c_name
from ...ops.attention import fused_attention, safe_softmax
from ...ops.matmul import matmul
from ...rules import TENSORS
from ...tensor import Tensor

__all__ = ["scaled_dot_product_attention"]


def _cpp(tensor: Tensor) -> str:
    names = {"Half": "c10::Half", "Float": "float", "Double": "double", "Long": "long int", "Int": "int", "Bool": "bool"}
    return names.get(tensor.dtype._legacy, c_name(tensor.dtype))


def _check(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None) -> None:
    if not query.dtype is key.dtype is value.dtype:
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {_cpp(query)} key.dtype: {_cpp(key)} and "
            f"value.dtype: {_cpp(value)} instead."
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {query.ndim} key.dim: {key.ndim} and "
            f"value.dim: {value.ndim} instead."
        )
    if attn_mask is not None and attn_mask.dtype not in (dtypes.bool_, dtypes.float32, query.dtype):
        raise RuntimeError(
            f"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {_cpp(attn_mask)} and  "
            f"query.dtype: {_cpp(query)} instead."
        )


def _is_fused(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, dropout_p: float, enable_gqa: bool) -> bool:
    """Whether PyTorch computes it as one op."""
    q, k, v = query._value, key._value, value._value
    if not q.ndim == k.ndim == v.ndim == 4 or dropout_p > 0 or not query.dtype.is_floating_point:
        return False
    if not q.shape[0] == k.shape[0] == v.shape[0] or not q.shape[3] == k.shape[3] == v.shape[3]:
        return False
    if k.shape[2] != v.shape[2] or 0 in (*q.shape, *k.shape):
        return False
    if not (q.shape[1] == k.shape[1] == v.shape[1] or (enable_gqa and k.shape[1] == v.shape[1])):
        return False
    if any(t.stride()[-1] != 1 for t in (query, key, value)):
        return False
    if attn_mask is None:
        return True
    if attn_mask.requires_grad:
        return False
    rows, columns = attn_mask.size(-2), attn_mask.size(-1)
    if rows not in (1, q.shape[2]) or columns not in (1, k.shape[2]):
        return False
    sizes = tuple(attn_mask.shape)
    return len(sizes) == 2 or (len(sizes) == 4 and sizes[0] in (1, q.shape[0]) and sizes[1] in (1, q.shape[1]))


def _as_numbers(attn_mask: Tensor | None, kind: Any) -> Tensor | None:
    """A mask of what is attended to as what is added to the scores: nothing, or minus infinity."""
    if attn_mask is None or attn_mask.dtype is not dtypes.bool_:
        return attn_mask
    return TENSORS.masked_fill_Scalar(FUNCTIONS["zeros_like"](attn_mask, dtype=kind), attn_mask.logical_not(), -math.inf)


def _composed(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None,
    dropout_p: float,
    is_causal: bool,
    scale: float | None,
    enable_gqa: bool,
) -> Tensor:
    kind = query.dtype
    if kind is dtypes.float16:
        query, key, value = (t.to(dtypes.float32) for t in (query, key, value))
    factor = math.sqrt(abs(scale) if scale is not None else 1 / math.sqrt(max(query.size(-1), 1)))
    query = TENSORS.mul_Scalar(query, -factor if scale is not None and scale < 0 else factor)
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
        attn_mask = FUNCTIONS["ones"](query.size(-2), key.size(-2), dtype=dtypes.bool_).tril()
    attn_mask = _as_numbers(attn_mask, query.dtype)
    if enable_gqa:
        heads = query.size(-3)
        if heads % key.size(-3) or heads % value.size(-3):
            raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
        key, value = (t.repeat_interleave(heads // t.size(-3), -3) for t in (key, value))
    scores = matmul(query, TENSORS.mul_Scalar(key.transpose(-2, -1), factor))
    if attn_mask is not None:
        scores.add_(attn_mask)
    weights = safe_softmax(scores, -1)
    if dropout_p > 0:
        weights = FUNCTIONS["dropout"](weights, dropout_p, True)
    return matmul(weights, value).to(kind)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key.T * scale + attn_mask) @ value.

    As PyTorch does, it is one op where that has a kernel for it (four dimensions, no dropout, a mask without gradient), which has no
    second derivative; and a composition of ops else.

    Args:
        query: (..., targets, features).
        key: (..., sources, features).
        value: (..., sources, value features).
        attn_mask: What may be attended to, if booleans; what is added to the scores, if numbers.
        dropout_p: The chance by which weights are zeroed.
        is_causal: Whether a target sees only the sources up to its own place.
        scale: What the products are multiplied by; 1 / sqrt(features) if not given.
        enable_gqa: Whether keys and values may have fewer heads (the dimension before the last two), each for several queries'.

    Raises:
        RuntimeError: The tensors do not fit each other.
    """
    _check(query, key, value, attn_mask)
    if not _is_fused(query, key, value, attn_mask, dropout_p, enable_gqa):
        return _composed(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    row: Any = fused_attention
    attn_mask = _as_numbers(attn_mask, query.dtype)
    result: Tensor = row(query, key, value, dropout_p, is_causal, attn_mask, scale)[0]
    return result
