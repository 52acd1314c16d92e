"""Values as a recording keeps them: whole while they fit the budget, else as statistics and a thumbnail that say so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gradviz.recording.schema import HISTOGRAM_BINS, THUMBNAIL_SIDE

AnyArray = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many bytes of values a recording keeps whole: of one value, and of all together."""

    per_value: int = 1 << 20
    total: int = 256 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Statistics of a value's finite elements, how many are not finite, and what is needed to draw it small.

    Attributes:
        thumbnail: float32, at most 32 x 32: means over blocks of the value seen as a matrix.
        histogram: int64 counts in equal bins from ``min`` to ``max``.
    """

    min: float
    max: float
    mean: float
    std: float
    norm: float
    nan: int
    inf: int
    zero: int
    thumbnail: npt.NDArray[np.float32]
    histogram: npt.NDArray[np.int64]


class Value:
    """A value seen at an event.

    Attributes:
        shape: Its shape.
        dtype: PyTorch's name of its dtype, "float32".
        array: Its elements, read-only, or None where only a summary was kept.
    """

    def __init__(self, shape: tuple[int, ...], dtype: str, array: AnyArray | None, summary: Summary | None = None) -> None:
        """Takes the elements or, where they were not kept, their summary."""
        self.shape = shape
        self.dtype = dtype
        self.array = array
        self._recorded = summary

    @cached_property
    def summary(self) -> Summary:
        """Statistics: recorded, or computed from the elements when first asked for."""
        if self._recorded is not None:
            return self._recorded
        assert self.array is not None
        return summarise(self.array)

    @property
    def is_whole(self) -> bool:
        return self.array is not None

    @cached_property
    def norm(self) -> float:
        """Euclidean norm of the finite elements."""
        if self.array is None or self.array.dtype.kind not in "fc" or self.is_bad:
            return self.summary.norm
        flat = self.array.reshape(-1)
        wide = flat.astype(np.complex128 if flat.dtype.kind == "c" else np.float64)
        return float(np.linalg.norm(wide))

    @cached_property
    def is_bad(self) -> bool:
        """Whether it holds a NaN or an infinity."""
        if self.array is None:
            return bool(self.summary.nan or self.summary.inf)
        return self.array.dtype.kind in "fc" and not bool(np.isfinite(self.array).all())


def as_matrix(array: AnyArray) -> AnyArray:
    """The array as the matrix a thumbnail shows: the last axis across, all others down."""
    if array.ndim == 0:
        return array.reshape(1, 1)
    return array.reshape(-1, array.shape[-1]) if array.size else array.reshape(0, 0)


def _thumbnail(matrix: AnyArray) -> npt.NDArray[np.float32]:
    for axis in (0, 1):
        n = matrix.shape[axis]
        if n > THUMBNAIL_SIDE:
            edges = np.linspace(0, n, THUMBNAIL_SIDE + 1).astype(np.intp)[:-1]
            counts = np.diff(np.append(edges, n))
            sums = np.add.reduceat(matrix, edges, axis=axis, dtype=np.float64)
            matrix = sums / (counts[:, None] if axis == 0 else counts)
    return matrix.astype(np.float32)


_BLOCK = 1 << 13
"""How many elements are looked at together: as many as stay in the processor's cache, converted."""


def _blocks(array: AnyArray) -> Iterator[npt.NDArray[np.float64]]:
    """The elements, as floats, block by block."""
    flat = array.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        yield flat[start : start + _BLOCK].astype(np.float64)


def summarise(array: AnyArray) -> Summary:
    """Statistics, thumbnail and histogram of an array of any shape and numeric dtype; complex ones by their magnitude."""
    with np.errstate(all="ignore"):
        real = np.abs(array) if array.dtype.kind == "c" else array
        thumbnail = _thumbnail(as_matrix(real))
        low, high, total, squares = math.inf, -math.inf, 0.0, 0.0
        count = nan = zero = 0
        for block in _blocks(real):
            subtotal = float(block.sum())
            if not math.isfinite(subtotal):
                nan += int(np.isnan(block).sum())
                block = block[np.isfinite(block)]
                subtotal = float(block.sum())
            if block.size:
                count += block.size
                low, high = min(low, float(block.min())), max(high, float(block.max()))
                total += subtotal
                squares += float(block.dot(block))
                zero += int(np.count_nonzero(block == 0))
        if not count:
            none, empty = float("nan"), np.zeros(HISTOGRAM_BINS, np.int64)
            return Summary(none, none, none, none, 0.0, nan, real.size - nan, 0, thumbnail, empty)
        mean = total / count
        deviation, histogram = _spread(real, low, high, mean, count < real.size)
        return Summary(
            min=low,
            max=high,
            mean=mean,
            std=math.sqrt(deviation / count),
            norm=math.sqrt(squares),
            nan=nan,
            inf=real.size - nan - count,
            zero=zero,
            thumbnail=thumbnail,
            histogram=histogram,
        )


def _spread(real: AnyArray, low: float, high: float, mean: float, mixed: bool) -> tuple[float, npt.NDArray[np.int64]]:
    """The sum of squares of the finite elements' distances from their mean, and their histogram."""
    span = high - low
    # The greatest is at the end of the last bin, and in it.
    counts = np.zeros(HISTOGRAM_BINS + 1, np.int64)
    squares = 0.0
    for block in _blocks(real):
        if mixed:
            block = block[np.isfinite(block)]
        distances = block - mean
        squares += float(distances.dot(distances))
        if 0 < span < math.inf:
            block -= low
            block /= span
            block *= HISTOGRAM_BINS
            counts += np.bincount(block.astype(np.intp), minlength=HISTOGRAM_BINS + 1)
        else:
            counts[HISTOGRAM_BINS // 2] += block.size
    counts[-2] += counts[-1]
    return squares, counts[:-1].copy()
