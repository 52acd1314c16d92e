"""Free places on a line."""

from __future__ import annotations

from collections.abc import Iterable


def nearest_gap(taken: Iterable[tuple[float, float]], wanted: float, half: float, bias: float = 1.0) -> float:
    """The place nearest to `wanted` for the middle of something that reaches `half` to both sides.

    Args:
        taken: (low, high) of what is already there, by ascending `low`; may overlap. Touching is allowed.
        wanted: the place to be near to.
        half: half the size of what is to be placed.
        bias: how much farther a place below `wanted` counts than one above it.
    """
    below: float | None = None  # the nearest free middle <= wanted that has been passed
    edge = float("-inf")  # where the free room began that is being looked at
    for low, high in taken:
        if high <= edge:
            continue
        start, stop = edge + half, low - half
        if start <= stop:
            if start <= wanted <= stop:
                return wanted
            if stop < wanted:
                below = stop
            else:
                return _nearer(below, start, wanted, bias)
        edge = max(edge, high)
    return _nearer(below, max(edge + half, wanted), wanted, bias)


def _nearer(below: float | None, above: float, wanted: float, bias: float) -> float:
    if below is not None and (wanted - below) * bias < above - wanted:
        return below
    return above
