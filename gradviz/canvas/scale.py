"""How large a recording's gradients are: one scale for all of them, so that a colour means the same at every event."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradviz.recording import Kind, Recording

MIDDLE = 2 / 3  # where a gradient stands on a scale whose ends are alike


@dataclass(frozen=True, eq=False)
class GradientScale:
    """The norms of a recording's values on a logarithmic scale.

    Attributes:
        low, high: The least and the greatest norm above zero of all gradients; NaN where there are none.
        norms: By row of ``values`` the Euclidean norm of the finite elements; NaN where it is no gradient.
        bad: By row of ``values`` whether it holds a NaN or an infinity.
    """

    low: float
    high: float
    norms: npt.NDArray[np.float64]
    bad: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, recording: Recording) -> GradientScale:
        """The scale of a recording."""
        count = len(recording.column("values", "dtype"))
        norms, bad = np.full(count, np.nan), np.zeros(count, np.bool_)
        for row in range(count):
            norms[row], bad[row] = _norm(recording, row)
        events = recording.tables["events"]
        arrived = np.isin(events["kind"], (Kind.CONTRIBUTION, Kind.VISIT, Kind.ACCUMULATE))
        seen = np.concatenate([events[name][arrived] for name in ("value", "after")])
        is_gradient = np.zeros(count, np.bool_)
        is_gradient[seen[seen >= 0]] = True
        norms[~is_gradient] = np.nan
        sizes = norms[is_gradient & (norms > 0)]
        low, high = (float(sizes.min()), float(sizes.max())) if len(sizes) else (math.nan, math.nan)
        return cls(low, high, norms, bad)

    def fractions(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Where values stand on the scale, 0 to 1; NaN for rows that are -1 or no gradients."""
        norms = np.where(values >= 0, self.norms[values], np.nan) if len(self.norms) else np.full(len(values), np.nan)
        if math.isnan(self.low):
            return np.where(np.isnan(norms), np.nan, 0.0)
        if self.high <= self.low * (1 + 1e-6):
            return np.where(np.isnan(norms), np.nan, np.where(norms > 0, MIDDLE, 0.0))
        with np.errstate(divide="ignore"):
            place = (np.log(norms) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return np.asarray(place.clip(0, 1))

    def is_bad(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of some rows of ``values`` hold a NaN or an infinity; -1 does not."""
        return (values >= 0) & self.bad[values] if len(self.bad) else np.zeros(len(values), np.bool_)


def _norm(recording: Recording, row: int) -> tuple[float, bool]:
    array = recording.array(row)
    if array is None:
        kept = recording.value(row)
        return kept.norm, kept.is_bad
    flat: npt.NDArray[Any] = array.reshape(-1)
    if flat.dtype.kind == "b":
        flat = flat.astype(np.int64)
    if flat.dtype.kind not in "fc":
        return float(np.linalg.norm(flat)), False
    if flat.dtype.itemsize > 2:
        square = float(np.vdot(flat, flat).real)
        if math.isfinite(square) and square > 1e-30:
            return math.sqrt(square), False
    if not flat.any():
        return 0.0, False
    kept = recording.value(row)
    return kept.norm, kept.is_bad
