"""The error function's relatives, and the normal distribution."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from .erfcx_table import ERFCX
from .series import each, pick, polynomial
from .tables import NDTRI_P0, NDTRI_P1, NDTRI_P2, NDTRI_Q0, NDTRI_Q1, NDTRI_Q2

__all__ = ["erfc", "erfcx", "erfinv", "log_ndtr", "ndtri"]

erfc = each(math.erfc)
"""1 - erf(x)."""
_erf: Final = each(math.erf)


def erfinv(y: Any) -> Any:
    """The x with erf(x) = y: a rational approximation (Gary L. Pavlis, 1996), improved by two steps of Newton's method."""

    def central(y: Any) -> Any:
        z = y * y
        above = ((-0.140543331 * z + 0.914624893) * z - 1.645349621) * z + 0.886226899
        return y * above / ((((0.012229801 * z - 0.329097515) * z + 1.442710462) * z - 2.118377725) * z + 1)

    def outer(y: Any) -> Any:
        z = np.sqrt(-np.log((1 - np.abs(y)) / 2))
        above = ((1.641345311 * z + 3.429567803) * z - 1.624906493) * z - 1.970840454
        return np.copysign(above, y) / ((1.637067800 * z + 3.543889200) * z + 1)

    def inside(y: Any) -> Any:
        x = pick(y, (np.abs(y) <= 0.7, central), otherwise=outer)
        for _ in range(2):
            x = x - (_erf(x) - y) / (2 / math.sqrt(math.pi) * np.exp(-x * x))
        return x

    size = np.abs(y)
    return pick(
        y,
        (size < 1, inside),
        (size == 1, lambda y: np.copysign(np.inf, y)),
        otherwise=lambda y: np.full_like(y, np.nan),
    )


def erfcx(x: Any) -> Any:
    """exp(x ** 2) * erfc(x), after Steven G. Johnson's Faddeeva package."""
    table = np.array(ERFCX)

    def middle(x: Any) -> Any:
        y = 400 / (4 + x)
        row = np.minimum(y.astype(np.intp), len(table) - 1)
        t = 2 * y - (2 * row + 1)
        total = np.zeros_like(x)
        for power in range(table.shape[1] - 1, -1, -1):
            total = total * t + table[row, power]
        return np.where(y >= 100, 1.0, total)

    def far(x: Any) -> Any:
        square = x * x
        return 1 / math.sqrt(math.pi) * (square * (square + 4.5) + 2) / (x * (square * (square + 5) + 3.75))

    return pick(
        x,
        (np.isnan(x), lambda x: x),
        (x > 5e7, lambda x: 1 / math.sqrt(math.pi) / x),
        (x > 50, far),
        (x >= 0, middle),
        (x < -26.7, lambda x: np.full_like(x, np.inf)),
        (x < -6.1, lambda x: 2 * np.exp(x * x)),
        otherwise=lambda x: 2 * np.exp(x * x) - middle(-x),
    )


def log_ndtr(x: Any) -> Any:
    """The logarithm of the normal distribution's area below x."""
    return pick(
        x,
        (x < -1, lambda x: np.log(erfcx(-x * math.sqrt(0.5)) / 2) - x * x / 2),
        otherwise=lambda x: np.log1p(-erfc(x * math.sqrt(0.5)) / 2),
    )


_EDGE: Final = math.exp(-2)


def ndtri(y: Any) -> Any:
    """The x below which the normal distribution has the area y (after Cephes)."""

    def central(y: Any) -> Any:
        y = y - 0.5
        square = y * y
        return (y + y * (square * polynomial(square, NDTRI_P0) / polynomial(square, NDTRI_Q0))) * math.sqrt(2 * math.pi)

    def tail(y: Any) -> Any:
        x = np.sqrt(-2 * np.log(y))
        z = 1 / x
        near, far = (z * polynomial(z, p) / polynomial(z, q) for p, q in ((NDTRI_P1, NDTRI_Q1), (NDTRI_P2, NDTRI_Q2)))
        return x - np.log(x) / x - np.where(x < 8, near, far)

    return pick(
        y,
        (y == 0, lambda y: np.full_like(y, -np.inf)),
        (y == 1, lambda y: np.full_like(y, np.inf)),
        (~((y > 0) & (y < 1)), lambda y: np.full_like(y, np.nan)),
        (y > 1 - _EDGE, lambda y: tail(1 - y)),
        (y > _EDGE, central),
        otherwise=lambda y: -tail(y),
    )
