"""Normal numbers from uniform ones, to the last bit as ATen's vector kernel makes them.

The float kernel (normal_fill_16 in ATen/native/cpu/DistributionTemplates.h) takes its logarithm, sine and cosine from
avx_mathfun.h, which follows the Cephes library (S. Moshier), and is compiled with fused multiply-add.
"""

from __future__ import annotations

import math
from typing import Any, Final, TypeAlias

import numpy as np

__all__ = ["box_muller", "fused"]

Array: TypeAlias = "np.ndarray[Any, Any]"
_f: Final = np.float32

_LOG: Final = (
    -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_COSINE: Final = (-1.388731625493765e-003, 4.166664568298827e-002)
_SINE: Final = (8.3321608736e-3, -1.6666654611e-1)
_PI_OVER_4: Final = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)


def fused(a: Array, b: Any, c: Any) -> Array:
    """a * b + c with one rounding, in the dtype of a: by way of the next wider type, in which the product loses next to nothing."""
    wider: Any = np.float64 if a.dtype == _f else np.longdouble
    return (a.astype(wider) * wider(b) + wider(c)).astype(a.dtype)


def _logarithm(x: Array) -> Array:
    """log256_ps."""
    x = np.maximum(x, _f(1.17549435e-38))
    bits = x.view(np.int32)
    exponent = ((bits >> 23) - 0x7F).astype(_f) + _f(1)
    x = ((bits & np.int32(~0x7F800000)) | _f(0.5).view(np.int32)).view(_f)
    low = x < _f(0.707106781186547524)
    x = (x - _f(1)) + np.where(low, x, _f(0))
    exponent = exponent - low.astype(_f)
    square = x * x
    y = np.full_like(x, _f(7.0376836292e-2))
    for coefficient in _LOG:
        y = fused(y, x, _f(coefficient))
    y = fused(y * x, square, exponent * _f(-2.12194440e-4))
    y = fused(-square, _f(0.5), y)
    return fused(exponent, _f(0.693359375), x + y)


def _sine_and_cosine(x: Array) -> tuple[Array, Array]:
    """sincos256_ps, for angles that are not negative."""
    octant = ((x * _f(1.27323954473516)).astype(np.int32) + 1) & ~1
    for part in _PI_OVER_4:
        x = fused(octant.astype(_f), _f(part), x)
    square = x * x
    cosine = np.full_like(x, _f(2.443315711809948e-005))
    for coefficient in _COSINE:
        cosine = fused(cosine, square, _f(coefficient))
    cosine = fused(cosine * square, square, -(square * _f(0.5))) + _f(1)
    sine = np.full_like(x, _f(-1.9515295891e-4))
    for coefficient in _SINE:
        sine = fused(sine, square, _f(coefficient))
    sine = fused(sine * square, x, x)
    straight = (octant & 2) == 0
    sines, cosines = np.where(straight, sine, cosine), np.where(straight, cosine, sine)
    return np.where(octant & 4, -sines, sines), np.where(~(octant - 2) & 4, -cosines, cosines)


def box_muller(block: Array, mean: float, std: float) -> None:
    """Turn each row of 16 uniform numbers in [0, 1) into normal ones, in place: 0..7 give the radii, 8..15 the angles.

    Args:
        block: (n, 16), float32 or float64.
        mean: Of the numbers.
        std: Their standard deviation.
    """
    first, second = block[:, :8], block[:, 8:]
    if block.dtype == np.float64:
        radius = np.sqrt(-2.0 * np.log(1.0 - first))
        angle = 2.0 * math.pi * second
        block[:, :8], block[:, 8:] = fused(radius * np.cos(angle), std, mean), fused(radius * np.sin(angle), std, mean)
        return
    radius = np.sqrt(_f(-2) * _logarithm(_f(1) - first))
    sine, cosine = _sine_and_cosine(_f(2 * math.pi) * second)
    block[:, :8], block[:, 8:] = fused(radius * cosine, _f(std), _f(mean)), fused(radius * sine, _f(std), _f(mean))
