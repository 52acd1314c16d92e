"""Orthogonal polynomials of an order that may differ from element to element, in the dtype of x."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "chebyshev_t",
    "chebyshev_u",
    "chebyshev_v",
    "chebyshev_w",
    "hermite_h",
    "hermite_he",
    "laguerre",
    "legendre",
]

Step = Callable[[int, Any, Any, Any], Any]


def _orders(n: Any) -> Any:
    """Orders as whole numbers; what is none counts as negative."""
    return np.where(np.isfinite(n) & (np.abs(n) < 2**62), np.trunc(n), -1).astype(np.int64)


def _recurrence(x: Any, n: Any, first: Any, step: Step, known: Any, values: Any) -> Any:
    """Values by a three-term recurrence.

    Args:
        x: Where.
        n: The orders.
        first: The polynomial of order 1.
        step: (k, x, p_k, p_{k-1}) -> p_{k+1}.
        known: Where the value is known without.
        values: The values there.
    """
    result = np.where(n == 0, 1, first).astype(x.dtype)
    result = np.where(n < 0, 0, np.where(known, values, result)).astype(x.dtype)
    going = (n > 1) & ~known
    before, now = np.ones_like(x), np.array(first, x.dtype)
    k = 1
    while going.any():
        before, now = now, np.asarray(step(k, x, now, before), x.dtype)
        k += 1
        result = np.where(going & ((n == k) | np.isnan(now)), now, result)
        going &= (n > k) & ~np.isnan(now)
    return result


def _sides(x: Any, n: Any, right: Any, left: Any) -> tuple[Any, Any]:
    """What is known at 1 and, up to its sign for odd orders, at -1."""
    return np.abs(x) == 1, np.where(x > 0, right, np.where(n % 2 == 0, left, -left))


def _double(k: int, x: Any, now: Any, before: Any) -> Any:
    return (x + x) * now - before


def _by_angle(x: Any, n: Any, above: int, known: Any, values: Any, of_angle: Any) -> tuple[Any, Any]:
    """High orders between -1 and 1 by their trigonometric form."""
    wave = ~known & (n > above) & (np.abs(x) < 1)
    angle = np.arccos(np.where(wave, x, 0))
    return known | wave, np.where(wave, of_angle(angle), values)


def chebyshev_t(x: Any, n: Any) -> Any:
    """The Chebyshev polynomial of the first kind."""
    n = _orders(n)
    known, values = _sides(x, n, 1, 1)
    known, values = _by_angle(x, n, 6, known, values, lambda angle: np.cos(n * angle))
    return _recurrence(x, n, x, _double, known, values)


def chebyshev_u(x: Any, n: Any, above: int = 8) -> Any:
    """The Chebyshev polynomial of the second kind; from orders above the given one on by its trigonometric form."""
    n = _orders(n)
    known, values = _sides(x, n, n + 1, n + 1)
    known, values = _by_angle(
        x,
        n,
        above,
        known,
        values,
        lambda angle: np.where(
            np.sin(angle) != 0, np.sin((n + 1) * angle) / np.sin(angle), (n + 1) * np.cos((n + 1) * angle) / x
        ),
    )
    return _recurrence(x, n, x + x, _double, known, values)


def chebyshev_v(x: Any, n: Any, above: int = 8) -> Any:
    """The Chebyshev polynomial of the third kind; from orders above the given one on by its trigonometric form."""
    n = _orders(n)
    edge = np.where(n % 2 == 0, 2 * n + 1, -(2 * n + 1))
    known, values = _sides(x, n, 1, 2 * n + 1)
    known, values = _by_angle(
        x,
        n,
        above,
        known,
        values,
        lambda angle: np.where(np.sin(angle / 2) != 1, np.cos((n + 0.5) * angle) / np.cos(angle / 2), edge),
    )
    return _recurrence(x, n, x + x - 1, _double, known, values)


def chebyshev_w(x: Any, n: Any, above: int = 8) -> Any:
    """The Chebyshev polynomial of the fourth kind; from orders above the given one on by its trigonometric form."""
    n = _orders(n)
    edge = np.where(x > 0, 2 * n + 1, np.where(n % 2 == 0, 1, -1))
    known, values = _sides(x, n, 2 * n + 1, 1)
    known, values = _by_angle(
        x,
        n,
        above,
        known,
        values,
        lambda angle: np.where(np.cos(angle / 2) != 1, np.sin((n + 0.5) * angle) / np.sin(angle / 2), edge),
    )
    return _recurrence(x, n, x + x + 1, _double, known, values)


def _too_high(x: Any, n: Any) -> Any:
    return n > (128 if x.dtype == np.float32 else 512)


def hermite_h(x: Any, n: Any) -> Any:
    """The physicist's Hermite polynomial."""
    n = _orders(n)
    return _recurrence(x, n, x + x, lambda k, x, p, q: (x + x) * p - 2 * k * q, _too_high(x, n), np.nan)


def hermite_he(x: Any, n: Any) -> Any:
    """The probabilist's Hermite polynomial."""
    n = _orders(n)
    return _recurrence(x, n, x, lambda k, x, p, q: x * p - k * q, _too_high(x, n), np.nan)


def laguerre(x: Any, n: Any) -> Any:
    """The Laguerre polynomial."""
    n = _orders(n)
    return _recurrence(x, n, 1 - x, lambda k, x, p, q: ((k + k + (1 - x)) * p - k * q) / (k + 1), np.equal(x, 0), 1)


def legendre(x: Any, n: Any) -> Any:
    """The Legendre polynomial."""
    n = _orders(n)
    known, values = _sides(x, n, 1, 1)
    return _recurrence(x, n, x, lambda k, x, p, q: ((k + k + 1) * x * p - k * q) / (k + 1), known, values)
