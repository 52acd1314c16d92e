"""torch.nn.utils.rnn: sequences of several lengths as one batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ... import dtypes
from ...api import FUNCTIONS
from ...ops.packing import pad_packed, padded
from ...rules import TENSORS
from ...tensor import Tensor
from ..modules.names import shown_type

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence", "pad_sequence",
    "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class PackedSequence_(NamedTuple):  # noqa: N801 (PyTorch's name)
    """What a PackedSequence holds."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(PackedSequence_):
    """Sequences of several lengths, step by step, without padding: as pack_sequence and pack_padded_sequence make it.

    Attributes:
        data: The elements.
        batch_sizes: How many sequences there are at each step.
        sorted_indices: How they were ordered by length, if they were.
        unsorted_indices: How they were before.
    """

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with its data converted, as by Tensor.to."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Itself: there is the CPU only."""
        return self.to(*args, device="cpu", **kwargs)

    def double(self) -> PackedSequence:
        """The same in float64."""
        return self.to(dtype=dtypes.float64)

    def float(self) -> PackedSequence:
        """The same in float32."""
        return self.to(dtype=dtypes.float32)

    def half(self) -> PackedSequence:
        """The same in float16."""
        return self.to(dtype=dtypes.float16)

    def long(self) -> PackedSequence:
        """The same in int64."""
        return self.to(dtype=dtypes.int64)

    def int(self) -> PackedSequence:
        """The same in int32."""
        return self.to(dtype=dtypes.int32)

    def short(self) -> PackedSequence:
        """The same in int16."""
        return self.to(dtype=dtypes.int16)

    def char(self) -> PackedSequence:
        """The same in int8."""
        return self.to(dtype=dtypes.int8)

    def byte(self) -> PackedSequence:
        """The same in uint8."""
        return self.to(dtype=dtypes.uint8)

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False

    def is_pinned(self) -> bool:
        """False."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Where each number stands in a permutation."""
    if permutation is None:
        return None
    return TENSORS.empty_like(permutation).scatter_(0, permutation, FUNCTIONS["arange"](permutation.numel()))


def pack_padded_sequence(input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """Take the padding out of a batch of sequences.

    Args:
        input: (steps, batch, ...), or (batch, steps, ...) with batch_first.
        lengths: How long each sequence is.
        batch_first: Whether the batch comes first.
        enforce_sorted: Whether the lengths must decrease; else the sequences are ordered by them, and put back later.

    Raises:
        RuntimeError: The lengths do not fit.
    """
    lengths = FUNCTIONS["as_tensor"](lengths, dtype=dtypes.int64)
    order = None
    if not enforce_sorted:
        lengths, order = TENSORS.sort(lengths, descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    data, batch_sizes = TENSORS._pack_padded_sequence(input, lengths, batch_first)
    return PackedSequence(data, batch_sizes, order, None)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Put padding back into packed sequences.

    Args:
        sequence: The packed sequences.
        batch_first: Whether the batch comes before the steps.
        padding_value: What the padding is made of.
        total_length: How many steps there shall be; as many as the longest sequence has if not given.

    Returns:
        The batch, and how long each sequence is.

    Raises:
        ValueError: The longest sequence is longer.
    """
    length = sequence.batch_sizes.shape[0]
    if total_length is not None:
        if total_length < length:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {length}"
            )
        length = total_length
    output, lengths = pad_packed(sequence.data, sequence.batch_sizes, batch_first, padding_value, length)
    order = sequence.unsorted_indices
    if order is None:
        return output, lengths
    return output.index_select(0 if batch_first else 1, order), lengths[order]


def pad_sequence(sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right") -> Tensor:
    """Make one batch of tensors of several lengths.

    Args:
        sequences: The tensors; all but their first sizes are the same.
        batch_first: Whether the batch comes before the steps.
        padding_value: What the padding is made of.
        padding_side: "right" or "left".

    Raises:
        RuntimeError: There are none, or no such side.
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {shown_type(type(sequences))}"
        )
    return padded(tuple(sequences), batch_first, padding_value, padding_side)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a batch, each of its own length."""
    if not batch_first:
        padded_sequences.transpose_(0, 1)
    steps = FUNCTIONS["arange"](padded_sequences.shape[1])
    return [sequence[steps.lt(length)] for sequence, length in zip(padded_sequences, lengths, strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack tensors of several lengths.

    Args:
        sequences: The tensors.
        enforce_sorted: Whether their lengths must decrease; else they are ordered by them, and put back later.
    """
    lengths = FUNCTIONS["as_tensor"]([s.shape[0] for s in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The tensors that were packed."""
    sequences, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(sequences, lengths, batch_first=True)


def __dir__() -> list[str]:
    return __all__
