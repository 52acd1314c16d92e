"""The error function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["erf"]

# W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969): numerators and denominators for
# |x| <= 0.46875, <= 4 and above, each highest power first, good to the last bits of a double.
_SMALL = (
    (1.85777706184603153e-1, 3.16112374387056560e00, 1.13864154151050156e02, 3.77485237685302021e02, 3.20937758913846947e03),
    (1.0, 2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03, 2.84423683343917062e03),
)
_MIDDLE = (
    (
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e00, 6.61191906371416295e01, 2.98635138197400131e02,
        8.81952221241769090e02, 1.71204761263407058e03, 2.05107837782607147e03, 1.23033935479799725e03,
    ),
    (
        1.0, 1.57449261107098347e01, 1.17693950891312499e02, 5.37181101862009858e02, 1.62138957456669019e03, 3.29079923573345963e03,
        4.36261909014324716e03, 3.43936767414372164e03, 1.23033935480374942e03,
    ),
)  # fmt: skip
_LARGE = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e00, 1.87295284992346725e00, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    return np.polyval(coefficients[0], x) / np.polyval(coefficients[1], x)


def erf(x: Any) -> Any:
    """The error function of a real array, in its own dtype."""
    if isinstance(x, np.floating):
        return x.dtype.type(math.erf(x))
    wide = np.asarray(x, np.float64)
    size = np.abs(wide)
    square = size * size
    small = size * _ratio(_SMALL, square)
    bounded = np.clip(size, 0.46875, 26.0)
    middle = 1 - np.exp(-bounded * bounded) * _ratio(_MIDDLE, np.minimum(bounded, 4.0))
    inverse = 1 / (bounded * bounded)
    tail = (1 / np.sqrt(np.pi) - inverse * _ratio(_LARGE, inverse)) / bounded
    large = 1 - np.exp(-bounded * bounded) * tail
    result = np.where(size <= 0.46875, small, np.where(size <= 4.0, middle, large))
    result = np.copysign(np.where(np.isnan(wide), np.nan, result), wide)
    return result.astype(x.dtype)[()]
