"""Images: rearranged, cut into windows, and sampled elsewhere."""

from __future__ import annotations

from typing import Any

from ...frames import warn
from ...ops.affine import affine_grid_generator
from ...ops.arguments import expanded
from ...ops.shuffling import channel_shuffle, col2im, im2col, pixel_shuffle, pixel_unshuffle
from ...rules import TENSORS
from ...tensor import Tensor

__all__ = ["affine_grid", "channel_shuffle", "fold", "native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "unfold"]

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


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """Where the places of an image are taken from by affine maps, as `grid_sample` wants it (Jaderberg et al., 2015).

    Args:
        theta: (samples, 2, 3) for images, (samples, 3, 4) for volumes.
        size: That of the image: (samples, channels, height, width), or with a depth.
        align_corners: Whether -1 and 1 are the middles of the first and last elements, not the edges of the image.

    Raises:
        ValueError: The maps are not of floats, or not for such an image.
        NotImplementedError: The image has another number of dimensions.
    """
    if align_corners is None:
        warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
            "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details.",
            UserWarning,
        )
        align_corners = False
    if not theta.dtype.is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    dims = len(size) - 2
    if dims not in (2, 3):
        raise NotImplementedError(
            f"affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size {size}."
        )
    if theta.dim() != 3 or tuple(theta.shape[-2:]) != (dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {size}. Got {theta.shape}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if align_corners and 1 in tuple(size)[2:]:
        warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This is not an intended "
            "use case of affine_grid. See the documentation of affine_grid for details.",
            UserWarning,
        )
    return affine_grid_generator(theta, tuple(size), align_corners)
