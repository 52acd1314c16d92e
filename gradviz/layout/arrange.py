"""Boxes put in line, or at equal distances, as a person asks for it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Line = Literal["left", "right", "top", "bottom", "column", "row"]
_ENDS: dict[Line, tuple[int, int]] = {"left": (0, -1), "right": (0, 1), "top": (1, -1), "bottom": (1, 1)}


def aligned(centres: Floats, sizes: Floats, line: Line) -> Floats:
    """The centres of boxes put in line.

    Args:
        centres: float64 (n, 2).
        sizes: float64 (n, 2).
        line: The side that goes to the outermost of all; or "column" for all middles one below the other, "row" for all
            middles side by side, halfway between the outermost.
    """
    new = centres.copy()
    if line in _ENDS:
        axis, sign = _ENDS[line]
        edges = sign * centres[:, axis] + sizes[:, axis] / 2
        new[:, axis] += sign * (edges.max() - edges)
        return new
    axis = 0 if line == "column" else 1
    new[:, axis] = (centres[:, axis].min() + centres[:, axis].max()) / 2
    return new


def distributed(centres: Floats, sizes: Floats, axis: int) -> Floats:
    """The centres of boxes with equal gaps between them along an axis; the first and the last stay.

    Args:
        centres: float64 (n, 2).
        sizes: float64 (n, 2).
        axis: 0 across, 1 down.
    """
    order = np.argsort(centres[:, axis], kind="stable")
    middles, lengths = centres[order, axis], sizes[order, axis]
    start, end = middles[0] - lengths[0] / 2, middles[-1] + lengths[-1] / 2
    gap = (end - start - lengths.sum()) / max(len(order) - 1, 1)
    before = np.concatenate(([0.0], np.cumsum(lengths[:-1] + gap)))
    new = centres.copy()
    new[order, axis] = start + before + lengths / 2
    return new
