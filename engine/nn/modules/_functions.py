"""Layers' functions with derivatives of their own."""

from __future__ import annotations

from typing import Any

from ...autograd.function import Function
from ...rules import TENSORS
from ...tensor import Tensor

__all__: list[str] = []


class CrossMapLRN2d(Function):
    """The input over a power of the sum of its neighbouring channels' squares.

    As in PyTorch, whose derivative this is too, the square of the first channel stays in the sum of all that come later.
    """

    @staticmethod
    def forward(ctx: Any, input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> Tensor:
        """The input, normalized."""
        if input.dim() != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.dim()}D instead.")
        ctx.size, ctx.alpha, ctx.beta = size, alpha, beta
        squares = input.pow(2)
        channels = input.shape[1]
        reach = int((size - 1) / 2 + 1)
        sums = [squares[:, : min(reach, channels)].sum(1)]
        for c in range(1, channels):
            total = sums[-1]
            if c < channels - reach + 1:
                total = total + squares[:, c + reach - 1]
            if c > reach:
                total = total - squares[:, c - reach]
            sums.append(total)
        ctx.scale = TENSORS.stack(sums, 1) * (alpha / size) + k
        output = ctx.scale.pow(-beta) * input
        ctx.save_for_backward(input, output)
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """The derivative, of which each window is the forward's turned round."""
        input, output = ctx.saved_tensors
        channels, size = input.shape[1], ctx.size
        before = int(size - (size - 1) / 2)
        batch, _, height, width = input.shape
        ratio = input.new_zeros(batch, channels + size - 1, height, width)
        ratio[:, before : before + channels] = grad_output * output / ctx.scale
        windows = TENSORS.stack([ratio[:, c : c + size].sum(1) for c in range(channels)], 1)
        grad = ctx.scale.pow(-ctx.beta) * grad_output
        return grad - 2 * ctx.alpha * ctx.beta / size * input * windows, None, None, None, None
