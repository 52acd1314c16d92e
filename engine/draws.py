"""Random numbers over flat arrays, drawn and transformed as ATen's CPU kernels do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from .box_muller import box_muller, fused
from .random import Generator

__all__ = [
    "binomial", "cauchy", "doubles", "exponential", "geometric", "integers", "log_normal", "normal", "permutation", "poisson",
    "uniform", "whole_range",
]  # fmt: skip

Array: TypeAlias = "np.ndarray[Any, Any]"
_DOUBLE: Final = np.dtype(np.float64)


def uniform(count: int, kind: np.dtype[Any], source: Generator, low: float = 0.0, high: float = 1.0) -> Array:
    """Uniform numbers in [low, high): 53 random bits for a double, 24 for anything less (at::uniform_real_distribution)."""
    if kind == np.float64:
        unit = (source._longs(count) & np.uint64(2**53 - 1)).astype(np.float64) * (1.0 / 2**53)
        return fused(unit, high - low, low)
    unit32 = (source._words(count) & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(1.0 / 2**24)
    return fused(unit32, np.float32(high) - np.float32(low), np.float32(low)).astype(kind)


def doubles(count: int, source: Generator) -> Array:
    """Uniform doubles in [0, 1)."""
    return uniform(count, _DOUBLE, source)


def normal(
    count: int, kind: np.dtype[Any], source: Generator, mean: float = 0.0, std: float = 1.0, blocks: bool = True
) -> Array:
    """Normal numbers: in blocks of 16 from 16 uniform ones if there are so many, else one by one from pairs of doubles.

    Args:
        count: How many.
        kind: The dtype.
        source: Where from.
        mean: Their mean.
        std: Their standard deviation.
        blocks: Whether they will lie side by side in memory, as blocks must.
    """
    if kind == np.float16 and blocks and count >= 16:
        # By way of floats, block by block; the last block begins where the whole ones end, and is moved back.
        whole = count - count % 16
        made = normal(whole, np.dtype(np.float32), source, mean, std)
        if whole != count:
            last = normal(16, np.dtype(np.float32), source, mean, std)
            made = np.concatenate([made[: count - 16], last])
        return made.astype(kind)
    if blocks and count >= 16:
        flat = uniform(count, kind, source)
        whole = count - count % 16
        box_muller(flat[:whole].reshape(-1, 16), mean, std)
        if whole != count:
            # The last block is drawn again, over the end of the one before it.
            last = uniform(16, kind, source).reshape(1, 16)
            box_muller(last, mean, std)
            flat[count - 16 :] = last[0]
        return flat
    return fused(_normal_doubles(count, source), std, mean).astype(kind)


def _normal_doubles(count: int, source: Generator) -> Array:
    """Standard normal doubles, one by one; the second of a pair is kept for the next time (at::normal_distribution)."""
    kept = [] if source._normal is None or not count else [source._normal]
    pairs = (count - len(kept) + 1) // 2
    drawn = doubles(2 * pairs, source)
    made = [*kept]
    if kept:
        source._normal = None
    for first, second in zip(drawn[0::2].tolist(), drawn[1::2].tolist(), strict=True):
        radius = math.sqrt(-2.0 * math.log1p(-second))
        angle = 2.0 * math.pi * first
        made += (radius * math.cos(angle), radius * math.sin(angle))
    if len(made) > count:
        source._normal = made.pop()
    return np.array(made, np.float64)


def integers(count: int, low: int, high: int, source: Generator) -> Array:
    """Integers in [low, high), by remainder (at::uniform_int_from_to_distribution)."""
    span = high - low
    if span >= 2**64:
        return source._longs(count).view(np.int64)
    drawn = source._longs(count) if span >= 2**28 else source._words(count).astype(np.uint64)
    return (drawn % np.uint64(span)).view(np.int64) + np.int64(low)


def whole_range(count: int, kind: np.dtype[Any], source: Generator) -> Array:
    """Integers from 0 up to what a dtype can tell apart from its neighbour (at::uniform_int_distribution)."""
    if kind.kind == "b":
        return (source._words(count) & np.uint32(1)).astype(kind)
    if kind == np.float64:
        return (source._longs(count) % np.uint64(2**53 + 1)).astype(kind)
    if kind == np.int64:
        return (source._longs(count) % np.uint64(2**63)).astype(kind)
    largest = {"float16": 2**11, "float32": 2**24}.get(kind.name) or int(np.iinfo(kind).max)
    return (source._words(count).astype(np.uint64) % np.uint64(largest + 1)).astype(kind)


def permutation(n: int, source: Generator) -> Array:
    """The numbers from 0 to n - 1 in random order (Fisher and Yates, from the front)."""
    order = list(range(n))
    for i, draw in enumerate(source._words(max(n - 1, 0)).tolist()):
        j = i + draw % (n - i)
        order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)


def exponential(count: int, source: Generator, rate: float = 1.0) -> Array:
    """Exponential numbers, as doubles."""
    return (-1.0 / rate) * np.log1p(-doubles(count, source))


def geometric(count: int, source: Generator, p: float) -> Array:
    """How many tries the first success takes, as doubles."""
    return np.ceil(np.log(doubles(count, source)) / math.log1p(-p))


def cauchy(count: int, source: Generator, median: float, sigma: float) -> Array:
    """Cauchy numbers, as doubles."""
    return median + sigma * np.tan(math.pi * (doubles(count, source) - 0.5))


def log_normal(count: int, source: Generator, mean: float, std: float) -> Array:
    """Numbers whose logarithms are normal, as doubles."""
    return np.exp(fused(_normal_doubles(count, source), std, mean))


def poisson(rate: float, source: Generator) -> int:
    """A Poisson number: by products of uniform ones, or for large rates by rejection (Hörmann, 1993)."""
    draw = _drawing(source)
    if rate == 0:
        return 0
    if rate < 10:
        least, product, found = math.exp(-rate), draw(), 0
        while product > least:
            product *= draw()
            found += 1
        return found
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    bound = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = draw() - 0.5, draw()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= bound:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        if math.log(v) + math.log(inverse) - math.log(a / (us * us) + b) <= -rate + k * log_rate - math.lgamma(k + 1):
            return k


def binomial(count: float, p: float, source: Generator) -> float:
    """How many of some tries succeed: by the gaps between successes, or for many by rejection (Hörmann, 1993)."""
    draw = _drawing(source)
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if math.isnan(p) or math.isnan(count):
        return math.nan
    rarer = min(p, 1.0 - p) if p <= 0.5 else 1.0 - p
    found = _binomial_by_rejection(count, rarer, draw) if count * rarer >= 10 else _binomial_by_gaps(count, rarer, draw)
    return found if p <= 0.5 else count - found


def _drawing(source: Generator) -> Callable[[], float]:
    return lambda: float(doubles(1, source)[0])


def _binomial_by_gaps(count: float, p: float, draw: Callable[[], float]) -> float:
    total, found, log_failure = 0.0, 0, math.log1p(-p)
    while True:
        u = draw()
        total += math.ceil(math.log(u) / log_failure) if u > 0 else math.inf
        if total > count:
            return float(found)
        found += 1


def _binomial_by_rejection(count: float, p: float, draw: Callable[[], float]) -> float:
    deviation = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = count * p + 0.5
    bound = 0.92 - 4.2 / b
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * deviation
    m = math.floor((count + 1) * p)
    while True:
        u, v = draw() - 0.5, draw()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c) if us else -1
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= bound:
            return float(k)
        least = math.log(v * alpha / (a / (us * us) + b))
        most = (
            (m + 0.5) * math.log((m + 1) / (odds * (count - m + 1)))
            + (count + 1) * math.log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _stirling_tail(m)
            + _stirling_tail(count - m)
            - _stirling_tail(k)
            - _stirling_tail(count - k)
        )
        if least <= most:
            return float(k)


_TAILS: Final = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211, 0.0138761288230707,
    0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


def _stirling_tail(k: float) -> float:
    """What Stirling's approximation of log(k!) leaves out."""
    if k <= 9:
        return _TAILS[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)
