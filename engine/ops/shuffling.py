"""Rearrangements of images: channels into pixels and back, channels among groups, windows into columns and back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..api import op
from ..dtypes import of_array
from .pooling_windows import Moving

__all__ = ["channel_shuffle", "col2im", "im2col", "pixel_shuffle", "pixel_unshuffle"]


def _check_pixels(name: str, self: Any, word: str, factor: int) -> None:
    if self.ndim < 3:
        raise RuntimeError(f"{name} expects input to have at least 3 dimensions, but got input with {self.ndim} dimension(s)")
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {word}, but got {factor}")


def _pixel_shuffle(self: Any, upscale_factor: int) -> Any:
    _check_pixels("pixel_shuffle", self, "upscale_factor", upscale_factor)
    *lead, channels, height, width = self.shape
    r = upscale_factor
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={channels} is not divisible by {r * r}"
        )
    parts = self.reshape(math.prod(lead), channels // (r * r), r, r, height, width).transpose(0, 1, 4, 2, 5, 3)
    return np.array(parts.reshape(*lead, channels // (r * r), height * r, width * r))


def _pixel_unshuffle(self: Any, downscale_factor: int) -> Any:
    _check_pixels("pixel_unshuffle", self, "downscale_factor", downscale_factor)
    *lead, channels, height, width = self.shape
    r = downscale_factor
    for name, place, size in (("height", -2, height), ("width", -1, width)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({place})={size} is not divisible by {r}"
            )
    parts = self.reshape(math.prod(lead), channels, height // r, r, width // r, r).transpose(0, 1, 3, 5, 2, 4)
    return np.array(parts.reshape(*lead, channels * r * r, height // r, width // r))


def _channel_shuffle(self: Any, groups: int) -> Any:
    if self.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(self.shape)}")
    samples, channels, *places = self.shape
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if channels % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups.")
    parts = self.reshape(samples, groups, channels // groups, math.prod(places)).swapaxes(1, 2)
    return np.array(parts.reshape(self.shape))


pixel_shuffle = op(
    "pixel_shuffle(Tensor self, int upscale_factor)",
    _pixel_shuffle,
    "self, each upscale_factor ** 2 channels made one of as much larger images",
    method=False,
    self="pixel_unshuffle(grad, upscale_factor)",
)
pixel_unshuffle = op(
    "pixel_unshuffle(Tensor self, int downscale_factor)",
    _pixel_unshuffle,
    "self, each channel made downscale_factor ** 2 of as much smaller images",
    method=False,
    self="pixel_shuffle(grad, downscale_factor)",
)
channel_shuffle = op(
    "channel_shuffle(Tensor self, int groups)",
    _channel_shuffle,
    "self, its channels dealt out among the groups",
    method=False,
    self="channel_shuffle(grad, self.shape[1] // groups)",
)
op(
    "native_channel_shuffle(Tensor self, int groups)",
    _channel_shuffle,
    "self, its channels dealt out among the groups",
    method=False,
    node="NotImplemented",
    self="not_differentiable('native_channel_shuffle')",
)


# -- windows as columns


def _window(
    sizes: Sequence[int],
    kernel_size: Sequence[int],
    dilation: Sequence[int],
    padding: Sequence[int],
    stride: Sequence[int],
) -> Moving:
    for what, word, values in (
        ("kernel size", "kernel", kernel_size),
        ("stride", "stride", stride),
        ("dilation", "dilation", dilation),
    ):
        if min(values) <= 0:
            raise RuntimeError(
                f"{what} should be greater than zero, but got {word}_height: {values[0]} {word}_width: {values[1]}"
            )
    if min(padding) < 0:
        raise RuntimeError(f"padding should be non-negative, but got pad_height: {padding[0]} pad_width: {padding[1]}")
    outputs = tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(sizes, kernel_size, dilation, padding, stride, strict=True)
    )
    return Moving(tuple(kernel_size), tuple(stride), tuple(padding), tuple(dilation), outputs)


def _pairs(**values: Sequence[int]) -> None:
    for name, value in values.items():
        if len(value) != 2:
            raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(value)}")


def _shown(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))})"


def _as_columns(value: Any, window: Moving) -> Any:
    """(samples, channels * kernel elements, places) from (samples, channels, height, width)."""
    padded = np.pad(value, [(0, 0), (0, 0), *((p, p) for p in window.padding)])
    places = itertools.product(*map(range, window.kernel))
    parts = [padded[(slice(None), slice(None), *window.region(place))] for place in places]
    samples, channels = value.shape[:2]
    columns = np.stack(parts, 2) if parts else np.empty((samples, channels, 0, *window.outputs), value.dtype)
    return columns.reshape(samples, channels * math.prod(window.kernel), math.prod(window.outputs))


def _from_columns(columns: Any, sizes: Sequence[int], window: Moving) -> Any:
    """Columns added back to where they were taken from."""
    samples, elements, _ = columns.shape
    area = math.prod(window.kernel)
    parts = columns.reshape(samples, elements // area, area, *window.outputs)
    padded = np.zeros(
        (samples, elements // area, *(n + 2 * p for n, p in zip(sizes, window.padding, strict=True))), columns.dtype
    )
    for i, place in enumerate(itertools.product(*map(range, window.kernel))):
        padded[(slice(None), slice(None), *window.region(place))] += parts[:, :, i]
    inside = (slice(p, p + n) for n, p in zip(sizes, window.padding, strict=True))
    return np.ascontiguousarray(padded[(slice(None), slice(None), *inside)])


def _im2col(
    self: Any, kernel_size: Sequence[int], dilation: Sequence[int], padding: Sequence[int], stride: Sequence[int]
) -> Any:
    _pairs(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    if self.ndim == 2:
        raise IndexError("Dimension out of range (expected to be in range of [-2, 1], but got 2)")
    window = _window(self.shape[-2:], kernel_size, dilation, padding, stride)
    if self.ndim not in (3, 4) or 0 in self.shape[self.ndim - 3 :]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: "
            f"{list(self.shape)}"
        )
    if min(window.outputs) < 1:
        sizes = [_shown(v) for v in (self.shape[-2:], kernel_size, dilation, padding, window.outputs)]
        raise RuntimeError(
            "Given input with spatial size {}, kernel_size={}, dilation={}, padding={}, calculated shape of the array of sliding "
            "blocks as {}, but its components must be at least one.".format(*sizes)
        )
    if self.dtype.kind == "i" or self.dtype.kind == "u":
        raise NotImplementedError(f"\"im2col_out_cpu\" not implemented for '{of_array(self)._legacy}'")
    columns = _as_columns(self if self.ndim == 4 else self[None], window)
    return columns if self.ndim == 4 else columns[0]


def _col2im(
    self: Any,
    output_size: Sequence[int],
    kernel_size: Sequence[int],
    dilation: Sequence[int],
    padding: Sequence[int],
    stride: Sequence[int],
) -> Any:
    _pairs(output_size=output_size, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    window = _window(output_size, kernel_size, dilation, padding, stride)
    ndim, area = self.ndim, math.prod(kernel_size)
    if ndim not in (2, 3) or 0 in self.shape[ndim - 2 :]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: "
            f"{list(self.shape)}"
        )
    if self.shape[-2] % area:
        raise RuntimeError(
            f"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)={self.shape[-2]} and "
            f"kernel_size={_shown(kernel_size)}."
        )
    blocks = math.prod(window.outputs)
    if self.shape[-1] != blocks or min(window.outputs) < 1:
        sizes = [_shown(v) for v in (output_size, kernel_size, dilation, padding, stride)]
        start = "Given output_size={}, kernel_size={}, dilation={}, padding={}, stride={}, ".format(*sizes)
        if self.shape[-1] != blocks:
            raise RuntimeError(
                f"{start}expected size of input's dimension 2 to match the calculated number of sliding blocks "
                f"{window.outputs[0]} * {window.outputs[1]} = {blocks}, but got input.size(2)={self.shape[-1]}."
            )
        raise RuntimeError(
            f"{start}calculated shape of the array of sliding blocks as {_shown(window.outputs)}, which is too small (non-positive)"
        )
    if self.dtype.kind in "iu":
        raise NotImplementedError(f"\"col2im_out_cpu\" not implemented for '{of_array(self)._legacy}'")
    image = _from_columns(self if ndim == 3 else self[None], output_size, window)
    return image if ndim == 3 else image[0]


_SIZES: Final = "int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride"
_GIVEN: Final = "kernel_size, dilation, padding, stride"
im2col = op(
    f"im2col(Tensor self, {_SIZES})",
    _im2col,
    "what each window sees of self, as a column",
    function=False,
    method=False,
    node="Im2ColBackward0",
    self=f"col2im(grad, self.shape[-2:], {_GIVEN})",
)
col2im = op(
    f"col2im(Tensor self, int[2] output_size, {_SIZES})",
    _col2im,
    "the columns of self added up where windows see them",
    function=False,
    method=False,
    node="Col2ImBackward0",
    self=f"im2col(grad, {_GIVEN})",
)
