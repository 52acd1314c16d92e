"""Bessel and Airy functions, after Cephes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import tables as t
from .series import chebyshev, pick, polynomial

__all__ = [
    "airy_ai",
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "spherical_bessel_j0",
]


def _nothing(x: Any) -> Any:
    return np.full_like(x, np.nan)


def _ratio(x: Any, above: Any, below: Any) -> Any:
    return polynomial(x, above) / polynomial(x, below)


def _far(x: Any, order: int, shift: float) -> Any:
    """The oscillating part beyond 5: of the first kind, or of the second if shifted by a quarter turn more."""
    square = 25 / (x * x)
    if order:
        p, q, angle = _ratio(square, t.FIRST_PP, t.FIRST_PQ), _ratio(square, t.FIRST_QP, t.FIRST_QQ), x - 0.75 * math.pi
    else:
        p, q, angle = _ratio(square, t.ZEROTH_PP, t.ZEROTH_PQ), _ratio(square, t.ZEROTH_QP, t.ZEROTH_QQ), x - 0.25 * math.pi
    angle = angle - shift
    return (p * np.cos(angle) - 5 / x * q * np.sin(angle)) * math.sqrt(2 / math.pi) / np.sqrt(x)


def bessel_j0(x: Any) -> Any:
    """The Bessel function of the first kind of order 0."""
    x = np.abs(x)

    def near(x: Any) -> Any:
        s = x * x
        return (s - 5.78318596294678452118) * (s - 3.04712623436620863991e1) * _ratio(s, t.J0_RP, t.J0_RQ)

    return pick(x, (x < 1e-5, lambda x: 1 - x * x / 4), (x <= 5, near), otherwise=lambda x: _far(x, 0, 0.0))


def bessel_j1(x: Any) -> Any:
    """The Bessel function of the first kind of order 1."""

    def near(x: Any) -> Any:
        s = x * x
        return _ratio(s, t.J1_RP, t.J1_RQ) * x * (s - 1.46819706421238932572e1) * (s - 4.92184563216946036703e1)

    return pick(x, (np.abs(x) <= 5, near), otherwise=lambda x: np.sign(x) * _far(np.abs(x), 1, 0.0))


def bessel_y0(x: Any) -> Any:
    """The Bessel function of the second kind of order 0."""
    return pick(
        x,
        (x == 0, lambda x: np.full_like(x, -np.inf)),
        (x < 0, _nothing),
        (x <= 5, lambda x: _ratio(x * x, t.Y0_YP, t.Y0_YQ) + 2 / math.pi * np.log(x) * bessel_j0(x)),
        otherwise=lambda x: _far(x, 0, math.pi / 2),
    )


def bessel_y1(x: Any) -> Any:
    """The Bessel function of the second kind of order 1."""
    return pick(
        x,
        (x == 0, lambda x: np.full_like(x, -np.inf)),
        (x < 0, _nothing),
        (x <= 5, lambda x: x * _ratio(x * x, t.Y1_YP, t.Y1_YQ) + 2 / math.pi * (bessel_j1(x) * np.log(x) - 1 / x)),
        otherwise=lambda x: _far(x, 1, math.pi / 2),
    )


def i0e(x: Any) -> Any:
    """exp(-|x|) * i0(x)."""
    x = np.abs(x)
    return pick(
        x,
        (x <= 8, lambda x: chebyshev(x / 2 - 2, t.I0_A)),
        otherwise=lambda x: chebyshev(32 / x - 2, t.I0_B) / np.sqrt(x),
    )


def i0(x: Any) -> Any:
    """The modified Bessel function of the first kind of order 0."""
    return np.exp(np.abs(x)) * i0e(x)


def i1e(x: Any) -> Any:
    """exp(-|x|) * i1(x)."""
    size = np.abs(x)
    found = pick(
        size,
        (size <= 8, lambda x: chebyshev(x / 2 - 2, t.I1_A) * x),
        otherwise=lambda x: chebyshev(32 / x - 2, t.I1_B) / np.sqrt(x),
    )
    return np.where(x < 0, -found, found)


def i1(x: Any) -> Any:
    """The modified Bessel function of the first kind of order 1."""
    return np.exp(np.abs(x)) * i1e(x)


def _k(x: Any, near: Any, far: Any) -> Any:
    return pick(x, (x == 0, lambda x: np.full_like(x, np.inf)), (x < 0, _nothing), (x <= 2, near), otherwise=far)


def _k0_near(x: Any) -> Any:
    return chebyshev(x * x - 2, t.K0_A) - np.log(0.5 * x) * i0(x)


def _k1_near(x: Any) -> Any:
    return np.log(0.5 * x) * i1(x) + chebyshev(x * x - 2, t.K1_A) / x


def k0(x: Any) -> Any:
    """The modified Bessel function of the second kind of order 0."""
    return _k(x, _k0_near, lambda x: np.exp(-x) * chebyshev(8 / x - 2, t.K0_B) / np.sqrt(x))


def k0e(x: Any) -> Any:
    """exp(x) * k0(x)."""
    return _k(x, lambda x: _k0_near(x) * np.exp(x), lambda x: chebyshev(8 / x - 2, t.K0_B) / np.sqrt(x))


def k1(x: Any) -> Any:
    """The modified Bessel function of the second kind of order 1."""
    return _k(x, _k1_near, lambda x: np.exp(-x) * chebyshev(8 / x - 2, t.K1_B) / np.sqrt(x))


def k1e(x: Any) -> Any:
    """exp(x) * k1(x)."""
    return _k(x, lambda x: _k1_near(x) * np.exp(x), lambda x: chebyshev(8 / x - 2, t.K1_B) / np.sqrt(x))


def spherical_bessel_j0(x: Any) -> Any:
    """sin(x) / x."""

    def near(x: Any) -> Any:
        terms = [(-1) ** n / math.factorial(2 * n + 1) for n in range(6, -1, -1)]
        return polynomial(x * x, terms)

    return pick(
        x,
        (np.isinf(x), lambda x: np.zeros_like(x)),
        (np.abs(x) < 0.5, near),
        otherwise=lambda x: np.sin(x) / x,
    )


def airy_ai(x: Any) -> Any:
    """The Airy function Ai."""

    def left(x: Any) -> Any:
        zeta = -2 * x * np.sqrt(-x) / 3
        z = 1 / zeta
        angle = zeta + 0.25 * math.pi
        even = 1 + z * z * _ratio(z * z, t.AIRY_AFN, t.AIRY_AFD)
        odd = z * _ratio(z * z, t.AIRY_AGN, t.AIRY_AGD)
        return 1 / math.sqrt(math.pi) / np.sqrt(np.sqrt(-x)) * (np.sin(angle) * even - np.cos(angle) * odd)

    def right(x: Any) -> Any:
        zeta = 2 * x * np.sqrt(x) / 3
        found = _ratio(1 / zeta, t.AIRY_AN, t.AIRY_AD)
        return 1 / math.sqrt(math.pi) * found / (2 * np.sqrt(np.sqrt(x)) * np.exp(zeta))

    def middle(x: Any) -> Any:
        cube = x * x * x
        f, g, m, n, k = np.ones_like(x), x.copy(), np.ones_like(x), x.copy(), 1
        while True:
            m, n = m * cube / (k + 1) / (k + 2), n * cube / (k + 2) / (k + 3)
            f, g, k = f + m, g + n, k + 3
            if not (np.abs(m / f) > np.finfo(np.float64).eps).any():
                return 0.355028053887817239260 * f - 0.258819403792806798405 * g

    return pick(
        x,
        (~np.isfinite(x), _nothing),
        (x > 103.892, lambda x: np.zeros_like(x)),
        (x < -2.09, left),
        (x >= 2.09, right),
        otherwise=middle,
    )
