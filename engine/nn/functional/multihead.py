"""Attention of several heads, with the projections before and after it."""

from __future__ import annotations

import math
from typing import Any

from ... import dtypes
from ...api import FUNCTIONS
from ...frames import warn
from ...ops.matmul import linear
from ...ops.padding import pad
from ...tensor import Tensor
from .activation import softmax
from .attention import scaled_dot_product_attention
from .dropping import dropout

__all__ = ["multi_head_attention_forward"]


def _checked_batch(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> bool:
    """Whether there are samples.

    Raises:
        AssertionError: The numbers of dimensions do not fit each other.
    """
    dims = query.dim()
    if dims not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {dims}-D query tensor")
    start = f"For {'batched' if dims == 3 else 'unbatched'} ({dims}-D) `query`, expected"
    if key.dim() != dims or value.dim() != dims:
        raise AssertionError(
            f"{start} `key` and `value` to be {dims}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != dims - 1:
        raise AssertionError(
            f"{start} `key_padding_mask` to be `None` or {dims - 1}-D but found {key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.dim() not in (2, 3):
        raise AssertionError(f"{start} `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D tensor instead")
    if dims == 2 and attn_mask is not None and attn_mask.dim() == 3:
        wanted = (num_heads, query.shape[0], key.shape[0])
        if attn_mask.shape != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}")
    return dims == 3


def _numbers(
    mask: Tensor | None, name: str, kind: dtypes.dtype, other: Tensor | None = None, other_name: str = "attn_mask"
) -> Tensor | None:
    """A mask of what is left out as what is added to the scores: minus infinity, or nothing."""
    if mask is None:
        return None
    if mask.dtype is not dtypes.bool_ and not mask.dtype.is_floating_point:
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if other is not None and mask.dtype is not other.dtype:
        warn(
            f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.",
            UserWarning,
        )
    if mask.dtype.is_floating_point:
        return mask
    found: Tensor = FUNCTIONS["zeros_like"](mask, dtype=kind).masked_fill_(mask, -math.inf)
    return found


def _parts(projected: Tensor, count: int, size: int) -> tuple[Tensor, ...]:
    """What one product made for several: each in memory of its own."""
    apart = projected.unflatten(-1, (count, size)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
    return tuple(apart[i] for i in range(count))


def _projected_together(query: Tensor, key: Tensor, value: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, ...]:
    """Queries, keys and values by one matrix, with as few products as can be."""
    size = query.size(-1)
    if key is value and query is key:
        return _parts(linear(query, weight, bias), 3, size)
    if key is value:
        of_query, of_both = weight.split([size, size * 2])
        b_query, b_both = (None, None) if bias is None else bias.split([size, size * 2])
        first = linear(query, of_query, b_query)
        return first, *_parts(linear(key, of_both, b_both), 2, size)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(linear(t, w, b) for t, w, b in zip((query, key, value), weight.chunk(3), biases, strict=True))


def _projected_apart(
    tensors: tuple[Tensor, Tensor, Tensor], weights: tuple[Tensor | None, ...], bias: Tensor | None
) -> tuple[Tensor, ...]:
    """Queries, keys and values by a matrix each."""
    names = ("query", "key", "value")
    held: list[Tensor] = []
    for letter, weight in zip("qkv", weights, strict=True):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {letter}_proj_weight is None")
        held.append(weight)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    size = tensors[0].size(-1)
    for name, weight, tensor in zip(names, held, tensors, strict=True):
        wanted = (size, tensor.size(-1))
        if weight.shape != wanted:
            raise AssertionError(f"expecting {name} weights shape of {wanted}, but got {weight.shape}")
    for name, b in zip(names, biases, strict=True):
        if b is not None and b.shape != (size,):
            raise AssertionError(f"expecting {name} bias shape of {(size,)}, but got {b.shape}")
    return tuple(linear(t, w, b) for t, w, b in zip(tensors, held, biases, strict=True))


def _in_heads(tensor: Tensor, static: Tensor | None, name: str, rows: int, head_dim: int) -> Tensor:
    """(samples and heads, places, features of a head)."""
    if static is None:
        return tensor.view(tensor.shape[0], rows, head_dim).transpose(0, 1)
    for dim, wanted in ((0, rows), (2, head_dim)):
        if static.size(dim) != wanted:
            raise AssertionError(f"expecting static_{name}.size({dim}) of {wanted}, but got {static.size(dim)}")
    return static


def _checked_mask(attn_mask: Tensor | None, batch: int, targets: int, sources: int) -> Tensor | None:
    if attn_mask is None:
        return None
    dims = attn_mask.dim()
    if dims not in (2, 3):
        raise RuntimeError(f"attn_mask's dimension {dims} is not supported")
    wanted = (targets, sources) if dims == 2 else (batch, targets, sources)
    if attn_mask.shape != wanted:
        raise RuntimeError(f"The shape of the {dims}D attn_mask is {attn_mask.shape}, but should be {wanted}.")
    return attn_mask.unsqueeze(0) if dims == 2 else attn_mask


def _widened(*masks: Tensor | None) -> list[Tensor | None]:
    """Masks with one more source, which is seen."""
    return [None if mask is None else pad(mask, (0, 1)) for mask in masks]


def _merged(attn_mask: Tensor | None, padding: Tensor | None, batch: int, heads: int, sources: int) -> Tensor | None:
    """The mask, and what keys are left out, in one."""
    if padding is None:
        return attn_mask
    for dim, wanted in ((0, batch), (1, sources)):
        if padding.shape[dim] != wanted:
            raise AssertionError(f"Expected key_padded_mask.shape[{dim}] to be {wanted}, but got {padding.shape[dim]}")
    spread = padding.view(batch, 1, 1, sources).expand(-1, heads, -1, -1).reshape(batch * heads, 1, sources)
    return spread if attn_mask is None else attn_mask + spread


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention of several heads: (the outputs, the weights if `need_weights`).

    Args:
        query: (targets, samples, features), or without samples; as what follows.
        key: (sources, samples, key features).
        value: (sources, samples, value features).
        embed_dim_to_check: How many features the queries must have.
        num_heads: Into how many heads they fall.
        in_proj_weight: (3 * features, features): what queries, keys and values are projected by.
        in_proj_bias: (3 * features): what is then added.
        bias_k: A key added to all.
        bias_v: Its value.
        add_zero_attn: Whether to add a key and value of zeros.
        dropout_p: The chance by which weights are zeroed when training.
        out_proj_weight: (features, features): what the result is projected by.
        out_proj_bias: What is then added.
        training: Whether to drop out.
        key_padding_mask: (samples, sources): the keys to leave out, if booleans; else what is added to the scores.
        need_weights: Whether to return the weights too.
        attn_mask: (targets, sources), or one for each sample and head: what to leave out, or what is added to the scores.
        use_separate_proj_weight: Whether the next three are used, not `in_proj_weight`.
        q_proj_weight: What queries are projected by.
        k_proj_weight: What keys are projected by.
        v_proj_weight: What values are projected by.
        static_k: Keys to use as they are.
        static_v: Values to use as they are.
        average_attn_weights: Whether the weights are averaged over heads.
        is_causal: A hint that attn_mask lets a target see only the sources up to its own place.

    Raises:
        AssertionError: The tensors do not fit each other.
        RuntimeError: The mask does not fit.
    """
    batched = _checked_batch(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    targets, batch, features = query.shape
    sources = key.shape[0]
    key_padding_mask = _numbers(key_padding_mask, "key_padding_mask", query.dtype, attn_mask)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = _numbers(attn_mask, "attn_mask", query.dtype)
        is_causal = is_causal and key_padding_mask is None
    if features != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {features}")
    head_dim = features // num_heads
    if head_dim * num_heads != features:
        raise AssertionError(f"embed_dim {features} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _projected_apart((query, key, value), weights, in_proj_bias)
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _projected_together(query, key, value, in_proj_weight, in_proj_bias)
    attn_mask = _checked_mask(attn_mask, batch * num_heads, targets, sources)
    if bias_k is not None and bias_v is not None:
        for name, static in (("key", static_k), ("value", static_v)):
            if static is not None:
                raise AssertionError(f"bias cannot be added to static {name}.")
        k = FUNCTIONS["cat"]([k, bias_k.repeat(1, batch, 1)])
        v = FUNCTIONS["cat"]([v, bias_v.repeat(1, batch, 1)])
        attn_mask, key_padding_mask = _widened(attn_mask, key_padding_mask)
    elif bias_k is not None:
        raise AssertionError("bias_k is set but bias_v is None")
    elif bias_v is not None:
        raise AssertionError("bias_v is set but bias_k is None")
    rows = batch * num_heads
    q = _in_heads(q, None, "q", rows, head_dim)
    k, v = _in_heads(k, static_k, "k", rows, head_dim), _in_heads(v, static_v, "v", rows, head_dim)
    if add_zero_attn:
        k, v = (FUNCTIONS["cat"]([t, FUNCTIONS["zeros"]((rows, 1, head_dim), dtype=t.dtype)], 1) for t in (k, v))
        attn_mask, key_padding_mask = _widened(attn_mask, key_padding_mask)
    sources = k.size(1)
    attn_mask = _merged(attn_mask, key_padding_mask, batch, num_heads, sources)
    if not training:
        dropout_p = 0.0
    scores: Any = None
    if need_weights:
        scaled = q * math.sqrt(1.0 / float(head_dim))
        if is_causal and attn_mask is None:
            raise AssertionError("FIXME: is_causal not implemented for need_weights")
        turned = k.transpose(-2, -1)
        scores = FUNCTIONS["bmm"](scaled, turned) if attn_mask is None else FUNCTIONS["baddbmm"](attn_mask, scaled, turned)
        scores = softmax(scores, dim=-1)
        if dropout_p > 0.0:
            scores = dropout(scores, p=dropout_p)
        output = FUNCTIONS["bmm"](scores, v).transpose(0, 1).reshape(targets * batch, features)
    else:
        if attn_mask is not None:
            if attn_mask.size(0) == 1 and attn_mask.dim() == 3:
                attn_mask = attn_mask.unsqueeze(0)
            else:
                attn_mask = attn_mask.view(batch, num_heads, -1, sources)
        q = q.view(batch, num_heads, targets, head_dim)
        k, v = (t.view(batch, num_heads, sources, head_dim) for t in (k, v))
        output = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
        output = output.permute(2, 0, 1, 3).reshape(batch * targets, features)
    output = linear(output, out_proj_weight, out_proj_bias)
    output = output.view(targets, batch, output.size(1))
    if scores is not None:
        scores = scores.view(batch, num_heads, targets, sources)
        if average_attn_weights:
            scores = scores.mean(dim=1)
    if not batched:
        output, scores = output.squeeze(1), None if scores is None else scores.squeeze(0)
    return output, scores
