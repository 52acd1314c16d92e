"""Sums of polynomials, and choosing between approximations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["chebyshev", "each", "pick", "polynomial"]


def polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    """A polynomial, the highest power first."""
    total = np.zeros_like(x)
    for c in coefficients:
        total = total * x + c
    return total


def chebyshev(x: Any, coefficients: Sequence[float]) -> Any:
    """Half a Chebyshev series, the highest order first, by Clenshaw's recurrence."""
    first, second, third = np.full_like(x, coefficients[0]), np.zeros_like(x), np.zeros_like(x)
    for c in coefficients[1:]:
        first, second, third = x * first - second + c, first, second
    return 0.5 * (first - third)


def pick(x: Any, *pieces: tuple[Any, Callable[[Any], Any]], otherwise: Callable[[Any], Any]) -> Any:
    """A function by pieces: each is computed where its condition is the first to hold.

    Args:
        x: Where to compute it.
        pieces: (condition, function) of each.
        otherwise: The function where no condition holds.
    """
    result = np.empty_like(x)
    left = np.ones(x.shape, np.bool_)
    for condition, function in (*pieces, (left.copy(), otherwise)):
        here = left & condition
        if here.any():
            result[here] = function(x[here])
        left &= ~here
    return result


def each(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function of one number over arrays."""
    lifted: Any = np.frompyfunc(function, 1, 1)
    return lambda x: np.asarray(lifted(x), np.float64)
