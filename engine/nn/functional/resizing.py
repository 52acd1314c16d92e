"""Images made larger or smaller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...frames import warn
from ...ops.resampling import ROWS
from ...tensor import Tensor
from .pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

# By number of dimensions: what is called, and whether it takes align_corners.
_AREA: Final[dict[int, Callable[..., Any]]] = {3: adaptive_avg_pool1d, 4: adaptive_avg_pool2d, 5: adaptive_avg_pool3d}
_LINES: Final = {"linear": 3, "bilinear": 4, "trilinear": 5}


def _wanted(
    input: Tensor, size: Any, scale_factor: Any, recompute_scale_factor: bool | None, mode: str
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """(sizes, scale factors) by dimension; no factors where a size was given, or they are to be computed from the sizes.

    Raises:
        ValueError: Not exactly one of the two is given, or not as many as there are dimensions.
        TypeError: A size is no integer.
    """
    sizes = list(input.shape[2:])
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        if isinstance(size, (list, tuple)):
            if len(size) != len(sizes):
                raise ValueError(
                    "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of "
                    f"{sizes} and output size of {size}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in "
                    "(o1, o2, ...,oK) format."
                )
            if not all(hasattr(n, "__index__") for n in size):
                raise TypeError(
                    "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size with types "
                    f"{[type(n) for n in size]}"
                )
        else:
            size = (size,) * len(sizes)
        if recompute_scale_factor:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return tuple(size), (None,) * len(sizes)
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if isinstance(scale_factor, (list, tuple)):
        if len(scale_factor) != len(sizes):
            raise ValueError(
                "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of "
                f"{sizes} and scale_factor of shape {scale_factor}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
                "scale_factor in (s1, s2, ...,sK) format."
            )
        factors = tuple(scale_factor)
    else:
        factors = (scale_factor,) * len(sizes)
    made = tuple(int(n * f) for n, f in zip(sizes, factors, strict=True))
    return made, (None,) * len(sizes) if recompute_scale_factor or mode == "area" else factors


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """input at another size.

    Args:
        input: (samples, channels, length), (samples, channels, height, width) or with a depth before these.
        size: The new size: a number, or one for each dimension.
        scale_factor: The same as a factor.
        mode: "nearest", "nearest-exact" or "area" for any of them; "linear", "bilinear" (or "bicubic", "lanczos") or "trilinear" by
            the number of dimensions.
        align_corners: Whether the first and last elements stay where they are, not the edges of the image.
        recompute_scale_factor: Whether factors follow from the size that `scale_factor` gives.
        antialias: Whether what is made smaller is first smoothed: "bilinear", "bicubic" and "lanczos" only.

    Raises:
        ValueError: The options do not fit each other.
        NotImplementedError: There is no such mode for that many dimensions.
    """
    plain = mode in ("nearest", "area", "nearest-exact")
    if plain and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    sizes, factors = _wanted(input, size, scale_factor, recompute_scale_factor, mode)
    ndim = input.dim()
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    found: Tensor
    if plain and ndim in _AREA:
        if mode == "area":
            found = _AREA[ndim](input, sizes)
        else:
            name = "upsample_nearest" if mode == "nearest" else "_upsample_nearest_exact"
            found = ROWS[f"{name}{ndim - 2}d"](input, sizes, *factors)
        return found
    align = bool(align_corners)
    if ndim == 4 and mode == "lanczos":
        if align:
            raise ValueError("Lanczos mode does not support align_corners=True")
        if not antialias:
            raise ValueError("Lanczos mode requires antialias=True")
    if _LINES.get(mode) == ndim or (ndim == 4 and mode in ("bicubic", "lanczos")):
        name = f"_upsample_{mode}2d_aa" if antialias else f"upsample_{mode}{ndim - 2}d"
        found = ROWS[name](input, sizes, align, *factors)
        return found
    if mode in _LINES and ndim in _AREA:
        raise NotImplementedError(f"Got {ndim}D input, but {mode} mode needs {_LINES[mode]}D input")
    raise NotImplementedError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported"
        f" (got {ndim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
        f" (got {mode})"
    )


def _deprecated(name: str) -> None:
    warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning)


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """interpolate, by an older name."""
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """interpolate to the nearest, by an older name."""
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """interpolate with aligned corners, by an older name."""
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
