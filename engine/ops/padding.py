"""Padding: with a number, or with what the tensor itself goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..api import FUNCTIONS, op, public
from ..rules import TENSORS
from ..tensor import Tensor
from .arguments import ints

__all__ = ["pad"]

_LETTERS: Final = "DHW"


def _pairs(padding: Sequence[int], ndim: int) -> list[tuple[int, int]]:
    """(before, after) of each dimension, from a list that begins with the last one's."""
    found = [(0, 0)] * ndim
    for i in range(len(padding) // 2):
        found[ndim - 1 - i] = (padding[2 * i], padding[2 * i + 1])
    return found


def _constant(self: Any, pad: Sequence[int], value: Any = 0) -> Any:
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * self.ndim:
        raise RuntimeError(
            f"Length of pad should be no more than twice the number of dimensions of the input. Pad length is {len(pad)}while the input has "
            f"{self.ndim}dimensions."
        )
    pairs = _pairs(pad, self.ndim)
    shape = [n + before + after for n, (before, after) in zip(self.shape, pairs, strict=True)]
    for i, (n, m, (before, after)) in enumerate(zip(self.shape, shape, pairs, strict=True)):
        if m < 0:
            if n + min(before, 0) + min(after, 0) < 0:
                raise RuntimeError("narrow(): length must be non-negative.")
            raise RuntimeError(
                f"The input size {n}, plus negative padding {before} and {after} resulted in a negative output size, which is invalid. "
                f"Check dimension {i} of your input."
            )
    result = np.full(shape, value, self.dtype) if value else np.zeros(shape, self.dtype)
    target = tuple(slice(max(b, 0), m - max(a, 0)) for m, (b, a) in zip(shape, pairs, strict=True))
    source = tuple(slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(self.shape, pairs, strict=True))
    result[target] = self[source]
    return result


constant_pad_nd = op(
    "constant_pad_nd(Tensor self, int[] pad, Scalar value=0)",
    _constant,
    "self with rows of value around it",
    method=False,
    self="constant_pad_nd(grad, [-n for n in pad], 0)",
)


def _reflected(n: int, before: int, after: int) -> Any:
    places = np.abs(np.arange(-before, n + after))
    return np.where(places < n, places, 2 * (n - 1) - places)


def _replicated(n: int, before: int, after: int) -> Any:
    return np.clip(np.arange(-before, n + after), 0, n - 1)


def _check(self: Any, padding: Sequence[int], kind: str) -> None:
    """See that a tensor can be padded with itself.

    Raises:
        NotImplementedError: Its dtype cannot be.
        RuntimeError: Its sizes do not fit.
    """
    dims = len(padding) // 2
    if self.dtype == np.bool_:
        raise NotImplementedError(f"\"{kind}_pad{dims}d\" not implemented for 'Bool'")
    # Only the dimension of samples may be empty.
    if self.ndim not in (dims + 1, dims + 2) or 0 in self.shape[self.ndim - dims - 1 :]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but "
            f"got: {list(self.shape)}"
        )
    pairs = _pairs(padding, self.ndim)[-dims:]
    sizes = self.shape[-dims:]
    if kind == "reflection":
        for i in range(dims):
            n, (before, after) = sizes[-1 - i], pairs[-1 - i]
            if before >= n or after >= n:
                raise RuntimeError(
                    f"Argument #{4 + 2 * i}: Padding size should be less than the corresponding input dimension, but got: padding "
                    f"({before}, {after}) at dimension {self.ndim - 1 - i} of input {list(self.shape)}"
                )
    outputs = [n + b + a for n, (b, a) in zip(sizes, pairs, strict=True)]
    if any(n < 1 for n in outputs):
        letters = _LETTERS[3 - dims :]
        words = [", ".join(f"{x}: {n}" for x, n in zip(letters, given, strict=True)) for given in (sizes, outputs)]
        raise RuntimeError(f"input ({words[0]}) is too small. Calculated output {words[1].replace(',', '')}")


def _padder(kind: str, places: Any) -> tuple[Any, Any]:
    """The forward of a kind of padding, and its transpose."""

    def forward(self: Any, padding: Sequence[int]) -> Any:
        _check(self, padding, kind)
        result = self
        for axis, (n, (before, after)) in enumerate(zip(self.shape, _pairs(padding, self.ndim), strict=True)):
            if before or after:
                result = np.take(result, places(n, before, after), axis)
        return result.copy() if result is self else result

    def backward(grad_output: Any, self: Any, padding: Sequence[int]) -> Any:
        result = grad_output
        for axis, (n, (before, after)) in enumerate(zip(self.shape, _pairs(padding, self.ndim), strict=True)):
            if before or after:
                given = np.moveaxis(result, axis, 0)
                summed = np.zeros((n, *given.shape[1:]), given.dtype)
                # All but the padding comes from its own place; the padding, row by row, from where it was taken.
                first, last = max(before, 0), given.shape[0] - max(after, 0)
                summed[max(-before, 0) : n - max(-after, 0)] = given[first:last]
                taken = places(n, before, after)
                for row in (*range(first), *range(last, given.shape[0])):
                    summed[taken[row]] += given[row]
                result = np.moveaxis(summed, 0, axis)
        return np.array(result)

    return forward, backward


def _rows(kind: str, places: Any, words: str) -> None:
    forward, backward = _padder(kind, places)
    for dims in (1, 2, 3):
        name = f"{kind}_pad{dims}d"
        op(
            f"{name}(Tensor self, int[{2 * dims}] padding)",
            forward,
            words,
            function=False,
            method=False,
            self=f"{name}_backward(grad, self, padding)",
        )
        op(
            f"{name}_backward(Tensor grad_output, Tensor self, int[{2 * dims}] padding)",
            backward,
            "grad_output, each place's summed where it was taken from",
            function=False,
            method=False,
            grad_output=f"{name}(grad, padding)",
            self="zeros_like(self)",
        )


_rows("reflection", _reflected, "self, going on as in a mirror at its edges")
_rows("replication", _replicated, "self, going on with the numbers at its edges")


@public(function=False, method=False)
def _pad_circular(self: Tensor, padding: Sequence[int]) -> Tensor:
    """self, going on with what stands at its other end."""
    ndim = self._value.ndim
    dims = len(padding) // 2
    pairs = _pairs(padding, ndim)
    sizes = []
    for n, (before, after) in zip(self._value.shape, pairs, strict=True):
        if before > n or after > n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if n + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        sizes.append(n + before + after)
    out = FUNCTIONS["empty"](sizes, dtype=self.dtype)
    target, source = out, self
    walk = [ndim - 1 - i for i in range(dims)]
    for d in walk:
        before, after = pairs[d]
        target = TENSORS.slice(target, d, max(before, 0), sizes[d] - max(after, 0))
        source = TENSORS.slice(source, d, max(-before, 0), self._value.shape[d] - max(-after, 0))
    target.copy_(source)
    for d in walk:
        before, after = pairs[d]
        if before > 0:
            end = sizes[d] - max(after, 0)
            TENSORS.slice(out, d, 0, before).copy_(TENSORS.slice(out, d, end - before, end))
        if after > 0:
            start = max(before, 0)
            TENSORS.slice(out, d, sizes[d] - after, sizes[d]).copy_(TENSORS.slice(out, d, start, start + after))
    return out


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """input with more at the ends of its last dimensions.

    Args:
        input: The tensor.
        pad: How much before and after the last dimension, then before and after the one before it, and so on. Less than 0 cuts.
        mode: "constant" for a number; "reflect", "replicate" or "circular" for what the tensor itself goes on with.
        value: The number; 0 if not given.

    Raises:
        RuntimeError: The sizes do not fit.
        NotImplementedError: There is no such mode, or not for so many dimensions.
    """
    sizes = ints(pad)
    if sizes is None:
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}")
    ndim = input._value.ndim
    if len(sizes) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(sizes) > 2 * ndim:
        raise RuntimeError(
            f"Padding length should be less than or equal to two times the input dimension but got padding length {len(sizes)} and input of "
            f"dimension {ndim}"
        )
    if mode == "constant":
        return constant_pad_nd(input, sizes, value or 0)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    dims = len(sizes) // 2
    if dims in (1, 2, 3) and ndim in (dims + 1, dims + 2):
        if mode == "circular":
            return _pad_circular(input, sizes)
        if mode in ("reflect", "replicate"):
            kind = {"reflect": "reflection", "replicate": "replication"}[mode]
            result: Tensor = TENSORS[f"{kind}_pad{dims}d"](input, sizes)
            return result
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    raise NotImplementedError(
        f"Padding size {len(sizes)} is not supported for {ndim}D input tensor.\nSupported combinations for non-constant padding:\n"
        "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
        "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
        "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
    )
