"""Statistics of values, which are computed block by block, are those of the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradviz.recording.schema import HISTOGRAM_BINS
from gradviz.recording.values import AnyArray, summarise

RNG = np.random.default_rng(3)
FAR = np.concatenate([np.full(9000, 1e6), np.full(9000, 1e6 + 1)])
ARRAYS = {
    "one element": np.array(3.0),
    "many blocks": RNG.standard_normal((300, 200)).astype(np.float32),
    "by columns": RNG.standard_normal((300, 200)).T,
    "far from zero": FAR,
    "an outlier": np.append(RNG.standard_normal(20_000), 1e9),
    "not all finite": np.array([np.inf, 1, np.nan, 0, -2, -np.inf] * 5000, np.float32),
    "one block of NaN": np.concatenate([np.full(10_000, np.nan), np.arange(20_000.0)]),
    "sums to infinity": np.full(20_000, 60_000, np.float16),
    "huge": np.array([0, 2.7e154]),
    "tiny": np.array([0, 5e-324]),
    "constant": np.full(20_000, 0.1),
    "integers": np.arange(20_000) % 7,
    "truth": RNG.integers(0, 2, 20_000).astype(bool),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_statistics_are_those_of_the_finite_elements(name: str) -> None:
    array: AnyArray = ARRAYS[name]
    found = summarise(array)
    real = array.astype(np.float64).reshape(-1)
    finite = real[np.isfinite(real)]
    assert (found.min, found.max) == (finite.min(), finite.max())
    assert found.mean == pytest.approx(finite.mean())
    with np.errstate(over="ignore"):
        assert found.std == pytest.approx(finite.std())
        assert found.norm == pytest.approx(np.linalg.norm(finite))
    assert (found.nan, found.zero) == (np.isnan(real).sum(), (finite == 0).sum())
    assert found.inf == np.isinf(real).sum()
    assert found.histogram.sum() == finite.size
    if name == "tiny":
        assert (found.histogram[0], found.histogram[-1]) == (1, 1)
    elif finite.min() < finite.max():
        expected, _ = np.histogram(finite, HISTOGRAM_BINS, (finite.min(), finite.max()))
        # An element on the edge of two bins may fall into either.
        assert np.abs(found.histogram - expected).sum() <= 2 * max(np.unique(finite, return_counts=True)[1])
    else:
        assert found.histogram[HISTOGRAM_BINS // 2] == finite.size


def test_complex_numbers_count_by_their_magnitude() -> None:
    found = summarise(np.array([3 + 4j, -5, 0]))
    assert (found.min, found.max, found.zero) == (0, 5, 1)
    assert found.norm == pytest.approx(math.sqrt(50))


@pytest.mark.parametrize("array", [np.zeros(0), np.full(4, np.nan), np.array([np.inf])], ids=["empty", "nan", "inf"])
def test_there_may_be_no_finite_element(array: AnyArray) -> None:
    found = summarise(array)
    assert math.isnan(found.mean)
    assert found.norm == 0
    assert found.histogram.sum() == 0


def test_a_thumbnail_shows_means_over_blocks() -> None:
    array = np.arange(64 * 64, dtype=np.float32).reshape(64, 64)
    expected = array.reshape(32, 2, 32, 2).mean((1, 3))
    np.testing.assert_allclose(summarise(array).thumbnail, expected)
