"""torch.nn.modules.transformer: layers of attention and of what follows it (Vaswani et al., 2017)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from ...api import FUNCTIONS
from ...frames import warn
from ...grad_mode import is_grad_enabled
from ...tensor import Tensor
from .. import functional as F
from ..functional.multihead import _numbers as as_numbers
from ..init import xavier_uniform_
from .activation import GELU, MultiheadAttention, ReLU
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

__all__ = ["Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer"]

Activation = str | Callable[[Tensor], Tensor]


def _later_ones(size: int, dtype: Any = None) -> Tensor:
    """The mask of what comes later: minus infinity above the diagonal."""
    return FUNCTIONS["full"]((size, size), float("-inf"), dtype=dtype).triu(1)


def _is_causal(mask: Tensor | None, said: bool | None, size: int) -> bool:
    """Whether a mask leaves out what comes later, if it is not said."""
    if said is not None or mask is None:
        return said is True
    later = _later_ones(size, mask.dtype)
    return mask.shape == later.shape and bool(mask.eq(later).all())


def _length(source: Tensor, batch_first: bool) -> int:
    return source.shape[0] if source.dim() == 2 else source.shape[1 if batch_first else 0]


def _clones(module: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(module) for _ in range(count)])


class _Layer(Module):
    """What the layers of both sides have.

    Args:
        d_model: Size of the input and of the output.
        nhead: How many heads attend.
        dim_feedforward: Size of what is between the two Linears.
        dropout: How likely an element is zeroed in training.
        activation: Of what is between them: "relu", "gelu" or a function.
        layer_norm_eps: Added to variances.
        batch_first: Whether the batch comes before the sequence.
        norm_first: Whether what is attended with is normalized, not what comes of it.
        bias: Whether Linears and normalizations have biases.
        device: The CPU.
        dtype: Of the parameters.
    """

    activation: Callable[[Tensor], Tensor]

    def _attention(
        self, sizes: tuple[int, int], dropout: float, bias: bool, batch_first: bool, made: Any
    ) -> MultiheadAttention:
        return MultiheadAttention(*sizes, dropout=dropout, bias=bias, batch_first=batch_first, **made)

    def _feed_forward(
        self, d_model: int, wide: int, dropout: float, eps: float, norm_first: bool, bias: bool, count: int, made: Any
    ) -> None:
        self.linear1 = Linear(d_model, wide, bias=bias, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(wide, d_model, bias=bias, **made)
        self.norm_first = norm_first
        for i in range(1, count + 1):
            setattr(self, f"norm{i}", LayerNorm(d_model, eps=eps, bias=bias, **made))
        for i in range(1, count + 1):
            setattr(self, f"dropout{i}", Dropout(dropout))

    def _choose(self, activation: Activation) -> None:
        named: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}
        if isinstance(activation, str) and activation not in named:
            raise RuntimeError(f"activation should be relu/gelu, not {activation}")
        self.activation = named[activation] if isinstance(activation, str) else activation

    def _sa_block(self, x: Tensor, mask: Tensor | None, padding: Tensor | None, is_causal: bool = False) -> Tensor:
        found = self.self_attn(x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False, is_causal=is_causal)
        return self.dropout1(found[0])

    def _wide(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    __doc__ = _Layer.__doc__

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        made = {"device": device, "dtype": dtype}
        super().__init__()
        self.self_attn = self._attention((d_model, nhead), dropout, bias, batch_first, made)
        self._feed_forward(d_model, dim_feedforward, dropout, layer_norm_eps, norm_first, bias, 2, made)
        self._choose(activation)
        chosen = self.activation
        self.activation_relu_or_gelu = (
            1 if chosen is F.relu or isinstance(chosen, ReLU) else 2 if chosen is F.gelu or isinstance(chosen, GELU) else 0
        )

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """Attend to the source itself, then go through the two Linears.

        Args:
            src: (sequence, batch, d_model), (batch, sequence, d_model) with batch_first, or without the batch.
            src_mask: (sequence, sequence): which pairs are left out, or what is added to their scores.
            src_key_padding_mask: (batch, sequence): which of the source are left out.
            is_causal: Whether src_mask leaves out what comes later.
        """
        src_key_padding_mask = as_numbers(src_key_padding_mask, "src_key_padding_mask", src.dtype, src_mask, "src_mask")
        src_mask = as_numbers(src_mask, "src_mask", src.dtype)
        x = src
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), src_mask, src_key_padding_mask, is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(x + self._sa_block(x, src_mask, src_key_padding_mask, is_causal))
        return self.norm2(x + self._ff_block(x))

    def _ff_block(self, x: Tensor) -> Tensor:
        return self.dropout2(self._wide(x))


class TransformerDecoderLayer(_Layer):
    __doc__ = _Layer.__doc__

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        made = {"device": device, "dtype": dtype}
        super().__init__()
        self.self_attn = self._attention((d_model, nhead), dropout, bias, batch_first, made)
        self.multihead_attn = self._attention((d_model, nhead), dropout, bias, batch_first, made)
        self._feed_forward(d_model, dim_feedforward, dropout, layer_norm_eps, norm_first, bias, 3, made)
        self._choose(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Attend to the target itself, then to the memory, then go through the two Linears.

        Args:
            tgt: As the encoder layer's source.
            memory: What the encoder gave.
            tgt_mask: As src_mask.
            memory_mask: (target, memory): which pairs are left out.
            tgt_key_padding_mask: (batch, target): which of the target are left out.
            memory_key_padding_mask: (batch, memory): which of the memory are left out.
            tgt_is_causal: Whether tgt_mask leaves out what comes later.
            memory_is_causal: Whether memory_mask does.
        """
        x = tgt
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *own)
            x = x + self._mha_block(self.norm2(x), *other)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._sa_block(x, *own))
        x = self.norm2(x + self._mha_block(x, *other))
        return self.norm3(x + self._ff_block(x))

    def _mha_block(
        self, x: Tensor, memory: Tensor, mask: Tensor | None, padding: Tensor | None, is_causal: bool = False
    ) -> Tensor:
        found = self.multihead_attn(
            x, memory, memory, attn_mask=mask, key_padding_mask=padding, is_causal=is_causal, need_weights=False
        )
        return self.dropout2(found[0])

    def _ff_block(self, x: Tensor) -> Tensor:
        return self.dropout3(self._wide(x))


def _why_padded(layer: Any) -> str:
    """Why PyTorch would not take padding out of a batch for this layer; empty if it would."""
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer was not TransformerEncoderLayer"
    if layer.norm_first:
        return "encoder_layer.norm_first was True"
    if not layer.self_attn.batch_first:
        return "encoder_layer.self_attn.batch_first was not True(use batch_first for better inference performance)"
    if not layer.self_attn._qkv_same_embed_dim:
        return "encoder_layer.self_attn._qkv_same_embed_dim was not True"
    if layer.self_attn.in_proj_bias is None:
        return "encoder_layer.self_attn was passed bias=False"
    if not layer.activation_relu_or_gelu:
        return "encoder_layer.activation_relu_or_gelu was not True"
    if layer.norm1.eps != layer.norm2.eps:
        return "encoder_layer.norm1.eps was not equal to encoder_layer.norm2.eps"
    return "encoder_layer.self_attn.num_heads is odd" if layer.self_attn.num_heads % 2 else ""


class TransformerEncoder(Module):
    """Encoder layers, one after the other.

    Args:
        encoder_layer: Of which each is a copy.
        num_layers: How many.
        norm: What comes after the last.
        enable_nested_tensor: Whether, without training, outputs at the padding are zeros.
        mask_check: Whether that is done only where the padding comes last.
    """

    def __init__(
        self,
        encoder_layer: Any,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.use_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        why = _why_padded(encoder_layer)
        if enable_nested_tensor and why:
            warn(f"enable_nested_tensor is True, but self.use_nested_tensor is False because {why}", UserWarning)
            self.use_nested_tensor = False

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """Go through all layers; the arguments are a layer's."""
        src_key_padding_mask = as_numbers(src_key_padding_mask, "src_key_padding_mask", src.dtype, mask, "mask")
        mask = as_numbers(mask, "mask", src.dtype)
        first = self.layers[0]
        causal = _is_causal(mask, is_causal, _length(src, first.self_attn.batch_first))
        output = src
        for layer in self.layers:
            output = layer(output, src_mask=mask, is_causal=causal, src_key_padding_mask=src_key_padding_mask)
        if src_key_padding_mask is not None and mask is None and self._drops_padding(src, src_key_padding_mask):
            output = output.masked_fill(src_key_padding_mask.ne(0).unsqueeze(-1), 0.0)
        return output if self.norm is None else self.norm(output)

    def _drops_padding(self, src: Tensor, padding: Tensor) -> bool:
        """Whether PyTorch would run the layers without the padding, and put zeros in its place."""
        first = self.layers[0]
        if not self.use_nested_tensor or first.training or src.dim() != 3:
            return False
        if self.mask_check and bool(padding.ne(0).int().diff(dim=1).lt(0).any()):
            return False
        return not (is_grad_enabled() and any(t.requires_grad for t in (src, *first.parameters())))


class TransformerDecoder(Module):
    """Decoder layers, one after the other.

    Args:
        decoder_layer: Of which each is a copy.
        num_layers: How many.
        norm: What comes after the last.
    """

    def __init__(self, decoder_layer: Any, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Go through all layers; the arguments are a layer's."""
        output = tgt
        causal = _is_causal(tgt_mask, tgt_is_causal, _length(tgt, self.layers[0].self_attn.batch_first))
        for layer in self.layers:
            output = layer(
                output,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=causal,
                memory_is_causal=memory_is_causal,
            )
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """An encoder, and a decoder that attends to what it gives.

    Args:
        d_model: Size of sources, targets and outputs.
        nhead: How many heads attend.
        num_encoder_layers: How many layers the encoder has.
        num_decoder_layers: How many layers the decoder has.
        dim_feedforward: Size of what is between the layers' two Linears.
        dropout: How likely an element is zeroed in training.
        activation: "relu", "gelu" or a function.
        custom_encoder: Another encoder.
        custom_decoder: Another decoder.
        layer_norm_eps: Added to variances.
        batch_first: Whether the batch comes before the sequence.
        norm_first: Whether what is attended with is normalized, not what comes of it.
        bias: Whether Linears and normalizations have biases.
        device: The CPU.
        dtype: Of the parameters.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        made = {"device": device, "dtype": dtype}
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **made)

        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(*sizes, **made)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm())
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(*sizes, **made)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm())
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Encode the source, and decode the target with it; the arguments are the layers'.

        Raises:
            RuntimeError: The shapes do not fit.
        """
        place = 0 if self.batch_first else 1
        if src.dim() == 3 and src.shape[place] != tgt.shape[place]:
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """The mask of what comes later: minus infinity above the diagonal, 0 elsewhere."""
        return _later_ones(sz, dtype)

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.dim() > 1:
                xavier_uniform_(parameter)


def __dir__() -> list[str]:
    return __all__
