"""Images: rearranged, cut into windows, and sampled elsewhere."""

from __future__ import annotations

from typing import Any

from ...ops.arguments import expanded
from ...ops.shuffling import channel_shuffle, col2im, im2col, pixel_shuffle, pixel_unshuffle
from ...rules import TENSORS
from ...tensor import Tensor

__all__ = ["channel_shuffle", "fold", "native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "unfold"]

native_channel_shuffle = TENSORS["native_channel_shuffle"]


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """What each window sees of input, as a column.

    Args:
        input: (samples, channels, height, width), or without samples.
        kernel_size: How large the windows are: a number, or one for each dimension; as what follows.
        dilation: How far apart the elements are that they see.
        padding: How many zeros stand on either side.
        stride: By how much they move.

    Returns:
        (samples, channels * elements of a window, windows).

    Raises:
        RuntimeError: No window fits.
    """
    return im2col(input, *(expanded(value, 2) for value in (kernel_size, dilation, padding, stride)))


def fold(input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """Columns added up where windows see them; what `unfold` does to a gradient.

    Args:
        input: (samples, channels * elements of a window, windows), or without samples.
        output_size: The height and width of the result.
        kernel_size: How large the windows are: a number, or one for each dimension; as what follows.
        dilation: How far apart the elements are that they see.
        padding: How many zeros stand on either side.
        stride: By how much they move.

    Returns:
        (samples, channels, *output_size).

    Raises:
        RuntimeError: The columns are not those of such windows.
    """
    return col2im(input, *(expanded(value, 2) for value in (output_size, kernel_size, dilation, padding, stride)))
