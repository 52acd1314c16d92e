"""How pooling moves a window over a tensor: sizes, the places it covers, and what is wrong with its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

__all__ = ["Moving", "adaptive_bounds", "check_adaptive", "check_dims", "moving"]

_COUNT: Final = {1: "one int", 2: "two ints", 3: "three ints"}


@dataclass(frozen=True, slots=True)
class Moving:
    """A window and how it moves, one number a dimension.

    Attributes:
        kernel: Its size.
        stride: By how much it moves.
        padding: How far it starts before the tensor.
        dilation: How far apart the elements are that it covers.
        outputs: How many places it stands at.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    outputs: tuple[int, ...]

    def reach(self, sizes: Sequence[int]) -> list[tuple[int, int]]:
        """How far the windows go before and after the tensor, each dimension."""
        return [
            (p, max(0, (o - 1) * s + d * (k - 1) + 1 - p - n))
            for n, k, s, p, d, o in zip(sizes, self.kernel, self.stride, self.padding, self.dilation, self.outputs, strict=True)
        ]

    def region(self, place: Sequence[int]) -> tuple[slice, ...]:
        """What the element of the window at `place` sees of the padded tensor, at all places it stands at."""
        return tuple(
            slice(i * d, i * d + s * (o - 1) + 1, s)
            for i, d, s, o in zip(place, self.dilation, self.stride, self.outputs, strict=True)
        )


def _output_size(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    reach = n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)
    found = reach // s + 1
    # The last window must begin within the tensor or the padding before it.
    return found - 1 if ceil_mode and (found - 1) * s >= n + p else found


def _wide(name: str, word: str, values: Sequence[int], dims: int, maximum: bool) -> tuple[int, ...]:
    if len(values) in (1, dims):
        return tuple(values) * (dims if len(values) == 1 else 1)
    verb = "must be either" if word == "dilation" else "must" if dims == 3 and word == "kernel_size" else "must either"
    choice = "be omitted, a single int" if word == "stride" else "be a single int"
    if word == "dilation":
        choice = "a single int"
    if dims == 3 and not maximum and word == "stride":
        verb = "must"
    if dims == 3 and maximum and word == "kernel_size":
        verb = "must either"
    raise RuntimeError(f"{name}: {word} {verb} {choice}, or a tuple of {_COUNT[dims]}")


def moving(
    name: str,
    sizes: Sequence[int],
    channels: int,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    ceil_mode: bool,
    maximum: bool,
) -> Moving:
    """Work out how a pooling window moves.

    Args:
        name: The function, for error messages.
        sizes: Of the dimensions it moves over.
        channels: How many there are, for error messages.
        kernel: Its size.
        stride: By how much it moves; empty for its size.
        padding: How far it starts before the tensor.
        dilation: How far apart the elements are that it covers.
        ceil_mode: Whether a last window may hang over the end.
        maximum: Whether it is for max pooling.

    Raises:
        RuntimeError: The numbers do not fit.
    """
    dims = len(sizes)
    kernel = _wide(name, "kernel_size", kernel, dims, maximum)
    stride = _wide(name, "stride", stride, dims, maximum) if stride else kernel
    padding = _wide(name, "padding", padding, dims, maximum)
    dilation = _wide(name, "dilation", dilation, dims, maximum)
    if 0 in stride:
        raise RuntimeError("stride should not be zero")
    if any(d <= 0 for d in dilation):
        words = " ".join(f"dilation{x}: {d}" for x, d in zip("THW"[3 - dims :], dilation, strict=True))
        raise RuntimeError(f"dilation should be greater than zero, but got {words}")
    for k, p, d in zip(kernel, padding, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
    outputs = tuple(_output_size(*values, ceil_mode) for values in zip(sizes, kernel, stride, padding, dilation, strict=True))
    if any(n < 1 for n in outputs):
        if dims == 3 and not maximum:
            parts = [" ".join(f"{p}{x}: {n}" for x, n in zip("THW", v, strict=True)) for p, v in (("", sizes), ("k", kernel))]
            raise RuntimeError(f"input image ({parts[0]}) smaller than kernel size ({parts[1]})")
        before, after = ("x".join(map(str, (channels, *s))) for s in (sizes, outputs))
        raise RuntimeError(f"Given input size: ({before}). Calculated output size: ({after}). Output size is too small")
    return Moving(kernel, stride, padding, dilation, outputs)


def check_dims(name: str, shape: Sequence[int], dims: int) -> None:
    """See that a tensor has channels, perhaps samples, and that no dimension but that of samples is empty.

    Raises:
        RuntimeError: It is not so.
    """
    if len(shape) not in (dims + 1, dims + 2):
        raise RuntimeError(f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input")
    if 0 in shape[len(shape) - dims - 1 :]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(shape)}"
        )


def check_adaptive(name: str, shape: Sequence[int], output_size: Sequence[int], dims: int, maximum: bool) -> None:
    """See that a tensor can be pooled to a size.

    Raises:
        RuntimeError: It cannot.
    """
    if len(output_size) != dims:
        words = f"(): internal error: output_size.size() must be {dims}" if maximum else f": output_size must be {dims}"
        raise RuntimeError(name + words)
    if len(shape) not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got{':' if maximum else ''} {list(shape)}"
        )
    for d in range(len(shape) - dims, len(shape)):
        if shape[d] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {list(shape)} with dimension "
                f"{d} being empty"
            )
    if any(n < 0 for n in output_size):
        if maximum:
            made = [*shape[: len(shape) - dims], *output_size]
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(output_size)}: {made}")
        shown = ", ".join(map(str, output_size)) if dims == 2 else "{}, {},{}".format(*output_size)
        raise RuntimeError(f"{name}: elements of output_size must be greater than or equal to 0 but received {{{shown}}}")


def adaptive_bounds(size: int, outputs: int) -> tuple[Any, Any]:
    """(first, one past the last) of the elements that each of so many outputs covers."""
    places = np.arange(outputs, dtype=np.int64)
    return places * size // max(outputs, 1), -(-(places + 1) * size // max(outputs, 1))
