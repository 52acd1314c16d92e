"""Images made larger or smaller: each dimension for itself, each output a weighted sum of a few neighbours.

All of it is linear and separable, so a dimension's neighbours and weights are all there is to a mode; the gradient adds up what the
forward took apart, and is its own second derivative's counterpart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from ..api import op
from ..dtypes import of_array
from ..geometry import channels_last, is_channels_last

__all__ = ["ROWS"]

Taps = tuple[Any, Any]
"""(places, weights) of an output's neighbours, each (outputs, neighbours)."""


def _step(size: int, outputs: int, scale: float | None, kind: Any) -> Any:
    """How far apart outputs stand, in inputs."""
    if scale is not None and scale > 0:
        return kind(1.0 / scale)
    return kind(size) / kind(outputs)


def _aligned(size: int, outputs: int, scale: float | None, align_corners: bool, kind: Any) -> Any:
    if align_corners:
        return kind(size - 1) / kind(outputs - 1) if outputs > 1 else kind(0)
    return _step(size, outputs, scale, kind)


def _nearest(size: int, outputs: int, scale: float | None, align_corners: bool, kind: Any) -> Taps:
    places = np.floor(np.arange(outputs, dtype=np.float32) * _step(size, outputs, scale, np.float32)).astype(np.int64)
    return np.minimum(places, size - 1)[:, None], np.ones((outputs, 1), kind)


def _nearest_exact(size: int, outputs: int, scale: float | None, align_corners: bool, kind: Any) -> Taps:
    middles = np.arange(outputs, dtype=np.float32) + np.float32(0.5)
    places = np.floor(middles * _step(size, outputs, scale, np.float32)).astype(np.int64)
    return np.minimum(places, size - 1)[:, None], np.ones((outputs, 1), kind)


def _sources(size: int, outputs: int, scale: float | None, align_corners: bool, kind: Any) -> Any:
    """Where outputs stand, in inputs."""
    step = _aligned(size, outputs, scale, align_corners, kind)
    places = np.arange(outputs, dtype=kind)
    return places * step if align_corners else (places + kind(0.5)) * step - kind(0.5)


def _linear(size: int, outputs: int, scale: float | None, align_corners: bool, kind: Any) -> Taps:
    at = np.maximum(_sources(size, outputs, scale, align_corners, kind), 0)
    first = np.minimum(at.astype(np.int64), size - 1)
    share = np.clip(at - first, 0, 1).astype(kind)
    return np.stack([first, np.minimum(first + 1, size - 1)], 1), np.stack([1 - share, share], 1)


def _near(x: Any, a: float) -> Any:
    """Keys' cubic up to 1 away."""
    return ((a + 2) * x - (a + 3)) * x * x + 1


def _far(x: Any, a: float) -> Any:
    """The same from 1 to 2 away."""
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a


def _cubic(size: int, outputs: int, scale: float | None, align_corners: bool, kind: Any) -> Taps:
    at = _sources(size, outputs, scale, align_corners, kind)
    base = np.floor(at)
    t, a = at - base, -0.75
    places = base.astype(np.int64)[:, None] + np.arange(-1, 3)
    weights = np.stack([_far(t + 1, a), _near(t, a), _near(1 - t, a), _far(2 - t, a)], 1)
    return np.clip(places, 0, size - 1), weights.astype(kind)


def _smoothed(reach: float, shape: Callable[[Any], Any]) -> Callable[..., Taps]:
    """A filter that is widened when the image is made smaller, so that every input counts."""

    def taps(size: int, outputs: int, scale: float | None, align_corners: bool, kind: Any) -> Taps:
        step = float(_aligned(size, outputs, scale, align_corners, np.float64))
        widen = max(step, 1.0)
        middles = step * (np.arange(outputs) + 0.5)
        low = np.maximum((middles - reach * widen + 0.5).astype(np.int64), 0)
        high = np.minimum((middles + reach * widen + 0.5).astype(np.int64), size)
        most = max(int((high - low).max(initial=1)), 1)
        places = low[:, None] + np.arange(most)
        weights = np.where(places < high[:, None], shape(np.abs((places - middles[:, None] + 0.5) / widen)), 0.0)
        total = weights.sum(1, keepdims=True)
        return np.minimum(places, size - 1), (weights / np.where(total == 0, 1, total)).astype(kind)

    return taps


def _cubic_shape(x: Any) -> Any:
    return np.where(x < 1, _near(x, -0.5), np.where(x < 2, _far(x, -0.5), 0.0))


_MODES: Final[dict[str, Callable[..., Taps]]] = {
    "nearest": _nearest,
    "nearest_exact": _nearest_exact,
    "linear": _linear,
    "cubic": _cubic,
    "linear_aa": _smoothed(1.0, lambda x: np.maximum(1 - x, 0)),
    "cubic_aa": _smoothed(2.0, _cubic_shape),
    "lanczos_aa": _smoothed(3.0, lambda x: np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0.0)),
}


def _taps(
    mode: str,
    input_size: Sequence[int],
    output_size: Sequence[int],
    align_corners: bool,
    scales: Sequence[float | None],
    kind: Any,
) -> list[Taps]:
    dims = len(output_size)
    return [_MODES[mode](n, o, s, align_corners, kind) for n, o, s in zip(input_size[-dims:], output_size, scales, strict=True)]


def _weighted(value: Any, places: Any, weights: Any, axis: int) -> Any:
    shape = (-1, *(1,) * (value.ndim - axis - 1))
    if weights.shape[1] == 1:
        return np.take(value, places[:, 0], axis)
    total = np.take(value, places[:, 0], axis) * weights[:, 0].reshape(shape)
    for i in range(1, weights.shape[1]):
        total += np.take(value, places[:, i], axis) * weights[:, i].reshape(shape)
    return total


def _scattered(grad: Any, places: Any, weights: Any, size: int, axis: int) -> Any:
    moved = np.moveaxis(grad, axis, 0)
    result = np.zeros((size, *moved.shape[1:]), grad.dtype)
    for i in range(weights.shape[1]):
        np.add.at(result, places[:, i], moved * weights[:, i].reshape(-1, *(1,) * (grad.ndim - 1)))
    return np.moveaxis(result, 0, axis)


def _working(value: Any) -> Any:
    return value.astype(np.float32) if value.dtype == np.float16 else value


def _kernel(mode: str, dims: int) -> str:
    """What PyTorch's error calls the kernel of a mode."""
    family = mode.partition("_")[0]
    if (family == "nearest" and dims > 1) or (mode == "linear" and dims == 2):
        return f"upsample_{'bilinear' if family == 'linear' else family}{dims}d_channels_last"
    return f"compute_indices_weights_{family}"


def _check(mode: str, self: Any, output_size: Sequence[int], exact: bool) -> None:
    dims = len(output_size)
    sizes = self.shape[2:]
    if len(sizes) == dims and (min(sizes) <= 0 or min(output_size) <= 0):
        letters = "DHW"[3 - dims :]
        shown = (", ".join(f"{x}: {n}" for x, n in zip(letters, v, strict=True)) for v in (sizes, output_size))
        raise RuntimeError("Input and output sizes should be greater than 0, but got input ({}) output ({})".format(*shown))
    if self.dtype.kind != "f" and not (exact and self.dtype == np.uint8):
        raise NotImplementedError(f"\"{_kernel(mode, dims)}\" not implemented for '{of_array(self)._legacy}'")


def _row(name: str, mode: str, dims: int, words: str) -> None:
    aligned = not mode.startswith("nearest")
    letters = [""] if dims == 1 else ["_d", "_h", "_w"][3 - dims :]
    scales = [f"scales{x}" for x in letters]
    options = ", ".join([*(["align_corners"] if aligned else []), *scales])
    typed = ", ".join([*(["bool align_corners"] if aligned else []), *(f"float? {s}=None" for s in scales)])

    def forward(self: Any, output_size: Sequence[int], *rest: Any) -> Any:
        _check(mode, self, output_size, not aligned)
        value = _working(self)
        align, factors = (rest[0], rest[1:]) if aligned else (False, rest)
        kind = value.dtype.type if value.dtype.kind == "f" else np.float32
        for i, (places, weights) in enumerate(_taps(mode, self.shape, output_size, align, factors, kind)):
            value = _weighted(value, places, weights, 2 + i)
        value = value.astype(self.dtype, copy=False)
        return channels_last(value) if is_channels_last(self) else np.ascontiguousarray(value)

    def backward(grad_output: Any, output_size: Sequence[int], input_size: Sequence[int], *rest: Any) -> Any:
        align, factors = (rest[0], rest[1:]) if aligned else (False, rest)
        value = _working(grad_output)
        taps = _taps(mode, input_size, output_size, align, factors, value.dtype.type)
        for i, (places, weights) in enumerate(taps):
            value = _scattered(value, places, weights, input_size[2 + i], 2 + i)
        return np.ascontiguousarray(value)

    ROWS[name] = op(
        f"{name}(Tensor self, int[{dims}] output_size, {typed})",
        forward,
        words,
        function=False,
        method=False,
        keeps_layout=True,
        self=f"{name.lstrip('_')}_backward(grad, output_size, self.shape, {options})",
    )
    op(
        f"{name.lstrip('_')}_backward(Tensor grad_output, int[{dims}] output_size, int[{dims + 2}] input_size, {typed})",
        backward,
        "grad_output added up where its inputs were taken from",
        function=False,
        method=False,
        grad_output=f"{name}(grad, output_size, {options})",
    )


ROWS: Final[dict[str, Any]] = {}
"""The rows by name."""
_NAMES: Final = ("", "linear", "bilinear", "trilinear")
for _dims in (1, 2, 3):
    _row(f"upsample_nearest{_dims}d", "nearest", _dims, "the nearest of self, counted from the left")
    _row(f"_upsample_nearest_exact{_dims}d", "nearest_exact", _dims, "the nearest of self")
    _row(f"upsample_{_NAMES[_dims]}{_dims}d", "linear", _dims, "the straight line through the two nearest of self, each way")
_row("upsample_bicubic2d", "cubic", 2, "Keys' cubic through the four nearest of self, each way")
_row("_upsample_bilinear2d_aa", "linear_aa", 2, "self smoothed by a triangle as wide as an output")
_row("_upsample_bicubic2d_aa", "cubic_aa", 2, "self smoothed by Keys' cubic, as wide as an output")
_row("_upsample_lanczos2d_aa", "lanczos_aa", 2, "self smoothed by Lanczos' window, as wide as an output")
