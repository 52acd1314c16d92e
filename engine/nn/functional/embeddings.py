"""Embeddings."""

from __future__ import annotations

from ...grad_mode import no_grad
from ...ops.embedding import embedding as looked_up
from ...ops.embedding import renorm
from ...tensor import Tensor

__all__ = ["embedding"]


def _renormalize(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    with no_grad():
        renorm.in_place(weight.detach(), input, max_norm, norm_type)


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of weight that input numbers.

    Args:
        input: Which rows, in any shape.
        weight: (rows, features).
        padding_idx: A row that gets no gradient.
        max_norm: If given, rows that are looked up and longer are first made that long, in place.
        norm_type: The p of the norm that is meant.
        scale_grad_by_freq: Whether a row's gradient is divided by how often it was looked up.
        sparse: Whether the gradient shall be sparse, which is not implemented.

    Raises:
        AssertionError: There is no row `padding_idx`.
        IndexError: There is no such row.
    """
    if padding_idx is not None:
        rows = weight._value.shape[0]
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        if padding_idx < 0:
            padding_idx += rows
    if max_norm is not None:
        input = input.contiguous()
        _renormalize(weight, input, max_norm, norm_type)
    return looked_up(weight, input, -1 if padding_idx is None else padding_idx, scale_grad_by_freq, sparse)
