"""The gamma function's relatives."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from .series import each, pick, polynomial
from .tables import LANCZOS_P, LANCZOS_Q

__all__ = ["digamma", "igamma", "igammac", "lgamma", "polygamma", "trigamma", "zeta"]

_EPSILON: Final = 1.11022302462515654042e-16


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):
        return math.inf


lgamma = each(_lgamma)
"""log(|gamma(x)|)."""

_DIGAMMA: Final = (
    1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12,
)  # fmt: skip


def digamma(x: Any) -> Any:
    """The derivative of lgamma (after Cephes): shifted above 10, then an asymptotic series."""

    def positive(x: Any) -> Any:
        total = np.zeros_like(x)
        x = x.copy()
        while (low := x < 10).any():
            total[low] -= 1 / x[low]
            x[low] += 1
        z = 1 / (x * x)
        series = np.where(x < 1e17, z * polynomial(z, _DIGAMMA), 0)
        return np.where(x == 10, total + 2.25175258906672110764, total + np.log(x) - 0.5 / x - series)

    def negative(x: Any) -> Any:
        return positive(1 - x) - math.pi / np.tan(math.pi * np.modf(x)[0])

    return pick(
        x,
        (np.isnan(x), lambda x: x),
        (x == 0, lambda x: np.copysign(np.inf, -x)),
        (x > 0, positive),
        (x == np.trunc(x), lambda x: np.full_like(x, np.nan)),
        otherwise=negative,
    )


_ZETA: Final = (
    12.0, -720.0, 30240.0, -1209600.0, 47900160.0, -1.8924375803183791606e9, 7.47242496e10, -2.950130727918164224e12,
    1.1646782814350067249e14, -4.5979787224074726105e15, 1.8152105401943546773e17, -7.1661652561756670113e18,
)  # fmt: skip


def zeta(x: Any, q: Any) -> Any:
    """The Hurwitz zeta function, sum of (n + q) ** -x (after Cephes, by the Euler-Maclaurin formula)."""
    x, q = (np.array(v, np.float64) for v in np.broadcast_arrays(x, q))
    outside = (x < 1) | ((q <= 0) & (q != np.floor(q)) & (x != np.floor(x)))
    infinite = (x == 1) | ((q <= 0) & (q == np.floor(q)) & ~(x < 1))
    total = q**-x
    a = q.copy()
    b = np.zeros_like(a)
    done = outside | infinite | np.isnan(x) | np.isnan(q)
    step = 0
    while not done.all():
        going = ~done & ((a <= 9) | (step < 9))
        if not going.any():
            break
        step += 1
        a[going] += 1
        b[going] = a[going] ** -x[going]
        total[going] += b[going]
        done |= going & (np.abs(b) < _EPSILON * np.abs(total))
    w = a.copy()
    total = np.where(done, total, total + b * w / (x - 1) - 0.5 * b)
    factor = np.ones_like(a)
    k = 0.0
    for denominator in _ZETA:
        factor = factor * (x + k)
        b = b / w
        term = factor * b / denominator
        total = np.where(done, total, total + term)
        done |= np.abs(term / total) < _EPSILON
        factor = factor * (x + k + 1)
        b = b / w
        k += 2
    return np.where(outside, np.nan, np.where(infinite, np.inf, total))


def trigamma(x: Any) -> Any:
    """The derivative of digamma, in the dtype of x, by PyTorch's own short series."""
    low = x < 0.5
    sine = np.sin(math.pi * x)
    total = np.where(low, -(math.pi**2) / (sine * sine), 0).astype(x.dtype)
    x = np.where(low, 1 - x, x)
    rest = np.zeros_like(x)
    for _ in range(6):
        rest += 1 / (x * x)
        x = x + 1
    square = 1 / (x * x)
    rest += (1 + 1 / (2 * x) + square * (1 / 6 - square * (1 / 30 - square * (1 / 42)))) / x
    return np.where(low, -(total + rest), total + rest)


def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of digamma."""
    if n == 0:
        return digamma(x)
    return (1 if n % 2 else -1) * math.gamma(n + 1) * zeta(n + 1, x)


# -- incomplete gamma functions


def _lanczos(x: Any) -> Any:
    """The scaled Lanczos sum of Boost."""
    big = np.abs(x) > 1
    y = np.where(big, 1 / x, x)
    above, below = (np.where(big, polynomial(y, tuple(reversed(c))), polynomial(y, c)) for c in (LANCZOS_P, LANCZOS_Q))
    return above / below


def _factor(a: Any, x: Any) -> Any:
    """x ** a * exp(-x) / gamma(a)."""
    apart = np.abs(a - x) > 0.4 * np.abs(a)
    plain = np.exp(a * np.log(x) - x - lgamma(a))
    g = 6.024680040776729583740234375
    shifted = a + g - 0.5
    scale = np.sqrt(shifted / math.e) / _lanczos(a)
    ratio = (x - a - g + 0.5) / shifted
    large = np.exp(a * (np.log1p(ratio) - ratio) + x * (0.5 - g) / shifted)
    small = np.exp(a - x) * (x / shifted) ** a
    return np.where(apart, plain, scale * np.where((a < 200) & (x < 200), small, large))


_MOST: Final = 20_000
"""Terms after which a series is given up; near a million, where the two arguments agree, it takes a few thousand."""


def _lower_series(a: Any, x: Any) -> Any:
    """The lower function by its power series (DLMF 8.11.4)."""
    r, c, total = a.copy(), np.ones_like(a), np.ones_like(a)
    for _ in range(_MOST):
        r += 1
        c *= x / r
        total += c
        if (c <= _EPSILON * total).all():
            break
    return total * _factor(a, x) / a


def _upper_series(a: Any, x: Any) -> Any:
    """The upper function for small x, without cancellation (DLMF 8.7.3)."""
    factor, total = np.ones_like(a), np.zeros_like(a)
    for n in range(1, _MOST):
        factor *= -x / n
        term = factor / (a + n)
        total += term
        if (np.abs(term) <= _EPSILON * np.abs(total)).all():
            break
    return -np.expm1(a * np.log(x) - lgamma(1 + a)) - np.exp(a * np.log(x) - lgamma(a)) * total


def _upper_fraction(a: Any, x: Any) -> Any:
    """The upper function by a continued fraction (DLMF 8.9.2)."""
    y = 1 - a
    z = x + y + 1
    p2, q2, p1, q1 = np.ones_like(a), x.copy(), x + 1, z * x
    result = p1 / q1
    for c in range(1, _MOST):
        y = y + 1
        z = z + 2
        p, q = p1 * z - p2 * (y * c), q1 * z - q2 * (y * c)
        found = np.where(q != 0, p / q, result)
        change = np.abs((result - found) / found)
        result = found
        shrink = np.where(np.abs(p) > 4.503599627370496e15, 2.22044604925031308085e-16, 1.0)
        p2, p1, q2, q1 = p1 * shrink, p * shrink, q1 * shrink, q * shrink
        if (change <= _EPSILON).all():
            break
    return result * _factor(a, x)


def _incomplete(a: Any, x: Any, upper: bool) -> Any:
    a, x = (np.array(v, np.float64) for v in np.broadcast_arrays(a, x))
    result = np.full_like(a, np.nan)
    inside = (a > 0) & (x > 0) & np.isfinite(a) & np.isfinite(x)
    result[(a >= 0) & (x >= 0) & ((a == 0) ^ (x == 0) | (np.isinf(a) ^ np.isinf(x)))] = 0.0
    one = ((x == 0) & (a > 0)) | (np.isinf(a) & np.isfinite(x) & (x >= 0))
    zero = ((a == 0) & (x > 0)) | (np.isinf(x) & np.isfinite(a) & (a > 0))
    result[one], result[zero] = (1.0, 0.0) if upper else (0.0, 1.0)
    # Lower or upper, whichever is smaller, is computed; the other is what is left to 1.
    small_lower = np.where(x > 1.1, x < a, np.where(x <= 0.5, -0.4 / np.log(x) < a, x * 1.1 < a))
    fraction = inside & ~small_lower & (x > 1.1)
    series = inside & ~small_lower & ~fraction
    for where, function, is_upper in (
        (inside & small_lower, _lower_series, False),
        (fraction, _upper_fraction, True),
        (series, _upper_series, True),
    ):
        if where.any():
            found = function(a[where], x[where])
            result[where] = found if is_upper == upper else 1 - found
    return result


def igamma(a: Any, x: Any) -> Any:
    """The regularized lower incomplete gamma function (after Cephes, without its expansion for large, nearly equal arguments)."""
    return _incomplete(a, x, upper=False)


def igammac(a: Any, x: Any) -> Any:
    """The regularized upper incomplete gamma function."""
    return _incomplete(a, x, upper=True)
