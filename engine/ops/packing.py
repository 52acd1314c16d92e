"""Sequences of several lengths as one batch: padded, or packed step by step without the padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import FUNCTIONS, op
from ..dtypes import of_array
from ..rules import helper
from ..tensor import Tensor, wrap
from .vocabulary import numbers_of

__all__ = ["pad_packed", "padded"]


def _check_lengths(lengths: Any, batch: int) -> None:
    if lengths.ndim != 1 or lengths.dtype != np.int64:
        kind = of_array(lengths)._legacy
        raise RuntimeError(f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.ndim}D cpu {kind} tensor")
    if lengths.size != batch:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {lengths.size} (batch_size={batch})")
    if (lengths <= 0).any():
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if (np.diff(lengths) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need "
            "ONNX exportability."
        )


def _places(batch_sizes: Any, batch: int) -> Any:
    """Where packed elements stand in steps of whole batches, laid one after the other."""
    return np.concatenate([step * batch + np.arange(size) for step, size in enumerate(batch_sizes)])


def _pack_padded_sequence(input: Any, lengths: Any, batch_first: bool) -> Any:
    if input.size == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if input.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")
    steps = input.swapaxes(0, 1) if batch_first else input
    count, batch = steps.shape[:2]
    _check_lengths(lengths, batch)
    if lengths[0] > count:
        raise RuntimeError(f"start ({count}) + length (1) exceeds dimension size ({count}).")
    batch_sizes = (lengths > np.arange(lengths[0])[:, None]).sum(1)
    rows = steps.reshape(count * batch, *input.shape[2:])
    return rows[_places(batch_sizes, batch)], batch_sizes


@helper
def pack_padded_backward(k: Any, grad: Any, shape: tuple[int, ...], batch_sizes: Any, batch_first: bool) -> Any:
    """The gradient where it came from, zeros at the padding."""
    batch, count = (shape[0], shape[1]) if batch_first else (shape[1], shape[0])
    places = (
        wrap(_places(numbers_of(batch_sizes, "packing"), batch)) if isinstance(grad, Tensor) else _places(batch_sizes, batch)
    )
    rows = k.index_add(k.zeros_of(grad, (count * batch, *shape[2:])), 0, places, grad, alpha=1)
    steps = k.reshape(rows, (count, batch, *shape[2:]))
    return k.transpose(steps, 0, 1) if batch_first else steps


op(
    "_pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first) -> (data, batch_sizes)",
    _pack_padded_sequence,
    "the elements that are no padding, step by step, and how many there are in each",
    function=False,
    method=False,
    node="PackPaddedSequenceBackward0",
    input="pack_padded_backward(grads[0], input.shape, batch_sizes, batch_first)",
)


def pad_packed(
    data: Tensor, batch_sizes: Tensor, batch_first: bool, padding_value: float, total_length: int
) -> tuple[Tensor, Tensor]:
    """Packed sequences as a padded batch, and their lengths.

    Args:
        data: As `_pack_padded_sequence` gives it.
        batch_sizes: As that gives them.
        batch_first: Whether the batch comes before the steps.
        padding_value: What the padding is made of.
        total_length: How many steps there are, with padding.
    """
    sizes = [int(n) for n in numbers_of(batch_sizes, "packing")]
    batch = sizes[0]
    result = data.new_full((total_length, batch, *data.shape[1:]), padding_value)
    begin = first = 0
    for step in range(1, len(sizes) + 1):
        # Steps with as many sequences are written at once.
        if step == len(sizes) or sizes[step] != sizes[first]:
            rows = (step - first) * sizes[first]
            part = data[begin : begin + rows].view(step - first, sizes[first], *data.shape[1:])
            result[first:step, : sizes[first]].copy_(part)
            begin, first = begin + rows, step
    lengths = FUNCTIONS["as_tensor"]([sum(size > place for size in sizes) for place in range(batch)])
    return (result.transpose(0, 1) if batch_first else result), lengths


def padded(sequences: Sequence[Tensor], batch_first: bool, padding_value: float, padding_side: str) -> Tensor:
    """Tensors of several lengths as one batch.

    Args:
        sequences: The tensors; all but their first sizes are the same.
        batch_first: Whether the batch comes before the steps.
        padding_value: What the padding is made of.
        padding_side: "right" or "left".

    Raises:
        RuntimeError: There are none, or no such side.
    """
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    length, count = max(s.shape[0] for s in sequences), len(sequences)
    shape = (count, length) if batch_first else (length, count)
    result = sequences[0].new_full((*shape, *sequences[0].shape[1:]), padding_value)
    for place, sequence in enumerate(sequences):
        begin = length - sequence.shape[0] if padding_side == "left" else 0
        end = begin + sequence.shape[0]
        target = result[place, begin:end] if batch_first else result[begin:end, place]
        target.copy_(sequence)
    return result
