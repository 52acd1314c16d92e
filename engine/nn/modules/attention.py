"""torch.nn's MultiheadAttention."""

from __future__ import annotations

from typing import Any

from ...api import FUNCTIONS
from ...tensor import Tensor
from .. import functional as F
from ..functional.multihead import _numbers as as_numbers
from ..init import constant_, xavier_normal_, xavier_uniform_
from ..parameter import Parameter
from .linear import NonDynamicallyQuantizableLinear
from .module import Module

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Attention of several heads, with the projections before and after it (Vaswani et al., 2017).

    Args:
        embed_dim: Size of the queries and of the output.
        num_heads: How many heads; they part embed_dim among them.
        dropout: How likely a weight is zeroed in training.
        bias: Whether the projections have biases.
        add_bias_kv: Whether a learned key and value are added to those given.
        add_zero_attn: Whether a key and a value of zeros are added.
        kdim: Size of the keys; embed_dim if not given.
        vdim: Size of the values; embed_dim if not given.
        batch_first: Whether the batch comes before the sequence.
        device: The CPU.
        dtype: Of the parameters.

    Raises:
        ValueError: A size is not above 0.
        AssertionError: The heads do not divide embed_dim.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        together, apart = self._qkv_same_embed_dim, not self._qkv_same_embed_dim
        shapes: dict[str, tuple[bool, tuple[int, ...]]] = {
            "q_proj_weight": (apart, (embed_dim, embed_dim)),
            "k_proj_weight": (apart, (embed_dim, self.kdim)),
            "v_proj_weight": (apart, (embed_dim, self.vdim)),
            "in_proj_weight": (together, (3 * embed_dim, embed_dim)),
            "in_proj_bias": (bias, (3 * embed_dim,)),
        }
        if together:
            # Parameters are listed in the order they are registered in.
            shapes = {"in_proj_weight": shapes.pop("in_proj_weight"), **shapes}
        for name, (wanted, shape) in shapes.items():
            self.register_parameter(name, self._empty(shape, device, dtype) if wanted else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        self.bias_k: Parameter | None = self._empty((1, 1, embed_dim), device, dtype) if add_bias_kv else None
        self.bias_v: Parameter | None = self._empty((1, 1, embed_dim), device, dtype) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    @staticmethod
    def _empty(shape: tuple[int, ...], device: Any, dtype: Any) -> Parameter:
        return Parameter(FUNCTIONS["empty"](shape, device=device, dtype=dtype))

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            constant_(self.in_proj_bias, 0.0)
            constant_(self.out_proj.bias, 0.0)
        for added in (self.bias_k, self.bias_v):
            if added is not None:
                xavier_normal_(added)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Attend to keys with queries.

        Args:
            query: (targets, batch, embed_dim), (batch, targets, embed_dim) with batch_first, or without the batch.
            key: The same of kdim.
            value: The same of vdim.
            key_padding_mask: (batch, sources): which keys are left out, or what is added to their scores.
            need_weights: Whether the weights are given too.
            attn_mask: (targets, sources), or for each sample and head: which pairs are left out, or what is added to their scores.
            average_attn_weights: Whether the weights are averaged over the heads.
            is_causal: Whether attn_mask leaves out what comes later.

        Returns:
            The output, and the weights or None.
        """
        batched = query.dim() == 3
        key_padding_mask = as_numbers(key_padding_mask, "key_padding_mask", query.dtype, attn_mask)
        attn_mask = as_numbers(attn_mask, "attn_mask", query.dtype)
        if self.batch_first and batched:
            # What is one tensor stays one: it is then projected at once.
            turned = {id(t): t.transpose(1, 0) for t in (query, key, value)}
            query, key, value = turned[id(query)], turned[id(key)], turned[id(value)]
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (output.transpose(1, 0) if self.batch_first and batched else output), weights

    def merge_masks(
        self, attn_mask: Tensor | None, key_padding_mask: Tensor | None, query: Tensor
    ) -> tuple[Tensor | None, int | None]:
        """Two masks as one, and its kind: 1 if it is that of the padding alone, 2 if it is of all pairs."""
        if attn_mask is None:
            return key_padding_mask, None if key_padding_mask is None else 1
        batch, count, _ = query.shape
        if attn_mask.dim() == 3:
            merged = attn_mask.view(batch, -1, count, count)
        else:
            merged = attn_mask.view(1, 1, count, count).expand(batch, self.num_heads, -1, -1)
        if key_padding_mask is not None:
            merged = merged + key_padding_mask.view(batch, 1, 1, count).expand(-1, self.num_heads, -1, -1)
        return merged, 2


def __dir__() -> list[str]:
    return __all__
