"""A tensor in pieces: rows whose outputs are views, and the functions that choose among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np

from ..api import op, public
from ..rules import TENSORS
from ..tensor import Tensor
from .vocabulary import axis_of

__all__: list[str] = []


def _unbind(self: Any, dim: int = 0) -> list[Any]:
    axis = axis_of(dim, self.ndim)
    if not self.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return [self[(slice(None),) * axis + (i, ...)] for i in range(self.shape[axis])]


def _split_sizes(self: Any, split_sizes: Sequence[int], dim: int = 0) -> list[Any]:
    if not self.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    axis = axis_of(dim, self.ndim)
    length = self.shape[axis]
    if any(n < 0 for n in split_sizes):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={list(split_sizes)}"
        )
    if sum(split_sizes) != length:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at dimension {axis}), but got "
            f"split_sizes={list(split_sizes)}"
        )
    ends = np.cumsum([0, *split_sizes])
    return [self[(slice(None),) * axis + (slice(a, b),)] for a, b in pairwise(ends)]


def _split(self: Any, split_size: int, dim: int = 0) -> list[Any]:
    if not self.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    if split_size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
    length = self.shape[axis_of(dim, self.ndim)]
    if split_size == 0 and length:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}")
    count = max(1, math.ceil(length / split_size)) if split_size else 1
    parts = [split_size] * (count - 1)
    return _split_sizes(self, [*parts, length - sum(parts)], dim)


op(
    "unbind(Tensor self, int dim=0) -> (outputs)",
    _unbind,
    "the slices of self along dim",
    view=True,
    self="stack(grads, dim)",
)
_split_row: Any = op(
    "split(Tensor self, int split_size, int dim=0) -> (outputs)",
    _split,
    "self in pieces of split_size",
    view=True,
    function=False,
    method=False,
    self="cat(grads, dim)",
)
_split_sizes_row: Any = op(
    "split_with_sizes(Tensor self, int[] split_sizes, int dim=0) -> (outputs)",
    _split_sizes,
    "self in pieces of the given sizes",
    view=True,
    self="cat(grads, dim)",
)
_unsafe_row: Any = op(
    "unsafe_split(Tensor self, int split_size, int dim=0) -> (outputs)",
    _split,
    "self, which nobody else will write to, in pieces of split_size",
    keeps_layout=True,
    self="cat(grads, dim)",
)
_unsafe_sizes_row: Any = op(
    "unsafe_split_with_sizes(Tensor self, int[] split_sizes, int dim=0) -> (outputs)",
    _split_sizes,
    "self, which nobody else will write to, in pieces of the given sizes",
    keeps_layout=True,
    self="cat(grads, dim)",
)


@public
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """A tensor in pieces of one size, or of given sizes."""
    if isinstance(split_size_or_sections, (tuple, list)):
        return _split_sizes_row(tensor, split_size_or_sections, dim)
    if not hasattr(split_size_or_sections, "__index__"):
        kind = type(split_size_or_sections).__name__
        raise TypeError(f"split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, not {kind}")
    return _split_row(tensor, split_size_or_sections, dim)


def _chunked(input: Tensor, chunks: int, dim: int, of_size: Any, of_sizes: Any) -> tuple[Tensor, ...]:
    if not input._value.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    length = input._value.shape[axis_of(dim, input._value.ndim)]
    if not length:
        return cast("tuple[Tensor, ...]", of_sizes(input, (0,) * chunks, dim))
    return cast("tuple[Tensor, ...]", of_size(input, -(-length // chunks), dim))


@public
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """input in at most the given number of pieces."""
    return _chunked(input, chunks, dim, _split_row, _split_sizes_row)


@public
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """input in at most the given number of pieces, which are not tracked as views."""
    return _chunked(input, chunks, dim, _unsafe_row, _unsafe_sizes_row)


@public
def tensor_split(
    input: Tensor, indices_or_sections: Any = None, dim: int = 0, *, indices: Any = None, sections: Any = None
) -> tuple[Tensor, ...]:
    """input in a number of pieces as even as can be, or cut at given places."""
    cuts = next((c for c in (indices_or_sections, indices, sections) if c is not None), None)
    ndim = input._value.ndim
    if not ndim:
        raise RuntimeError(f"tensor_split expected at least a 1-dimensional tensor, but got a tensor with {ndim} dims")
    if isinstance(cuts, Tensor):
        if cuts._value.dtype != np.int64:
            raise RuntimeError(
                f"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {cuts.dtype._legacy}"
            )
        if cuts._value.ndim > 1:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor "
                f"with {cuts._value.ndim} dims"
            )
        cuts = cuts._value.tolist()
    axis = axis_of(dim, ndim)
    length = input._value.shape[axis]
    if isinstance(cuts, (tuple, list)):
        ends = [*cuts, length]
    else:
        assert cuts is not None
        if cuts <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {cuts}")
        least, more = divmod(length, cuts)
        ends = [(i + 1) * least + min(i + 1, more) for i in range(cuts)]
    return tuple([TENSORS.slice(input, axis, start, end, 1) for start, end in pairwise([0, *ends])])


def _axis_split(name: str, least: int, axis: int) -> None:
    def pieces(
        input: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None
    ) -> tuple[Tensor, ...]:
        cuts = next((c for c in (indices_or_sections, indices, sections) if c is not None), None)
        shape = input._value.shape
        if len(shape) < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {len(shape)} dimensions!"
            )
        dim = min(axis, len(shape) - 1)
        if isinstance(cuts, int) and (cuts == 0 or shape[dim] % cuts):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {shape[dim]} is not divisible "
                f"by the split_size {cuts}!"
            )
        return tensor_split(input, cuts, dim)

    pieces.__name__ = pieces.__qualname__ = name
    pieces.__doc__ = (
        f"input in pieces along its {('first', 'second', 'third')[axis]} dimension: so many, or cut at given places."
    )
    public(pieces)


_axis_split("hsplit", 1, 1)
_axis_split("vsplit", 2, 0)
_axis_split("dsplit", 3, 2)
