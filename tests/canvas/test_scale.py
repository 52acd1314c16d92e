"""The one scale of a recording's gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.canvas.scale import MIDDLE, GradientScale
from gradviz.recording import Budget, Kind, Recording, RecordingBuilder
from tests.canvas.programs import chain, large_values, log_of_zero


def gradients(*arrays: np.ndarray, budget: Budget | None = None) -> Recording:
    builder = RecordingBuilder({}, budget)
    for array in arrays:
        value = builder.value(array)
        builder.event(Kind.CONTRIBUTION, value=value, after=value)
    return builder.build()


def rows(recording: Recording) -> np.ndarray:
    """By gradient its row of values; equal ones may share one."""
    return recording.column("events", "value").astype(np.int64)


def test_norms_are_euclidean_whether_kept_whole_or_not() -> None:
    arrays = [np.array([3.0, 4.0], np.float32), np.array([[1, 2], [2, 4]], np.int64), np.array([True, True, False]),
              np.array([3 + 4j], np.complex64), np.array([1e-30, 0], np.float32), np.array([6e4, 6e4], np.float16),
              np.array([3e30, 4e30], np.float32)]  # fmt: skip
    expected = [float(np.linalg.norm(a.astype(complex if a.dtype.kind == "c" else float))) for a in arrays]
    for budget in (None, Budget(per_value=0)):
        recording = gradients(*arrays, budget=budget)
        assert GradientScale.of(recording).norms[rows(recording)] == pytest.approx(expected, rel=1e-3)


@given(st.lists(st.floats(1e-20, 1e20), min_size=2, max_size=8))
def test_larger_gradients_stand_higher_and_the_ends_are_zero_and_one(sizes: list[float]) -> None:
    recording = gradients(*(np.array([size]) for size in sizes))
    places = GradientScale.of(recording).fractions(rows(recording))
    assert ((places >= 0) & (places <= 1)).all()
    order = np.argsort(sizes)
    assert (np.diff(places[order]) >= 0).all()
    if max(sizes) > 1.01 * min(sizes):
        assert (places[order[0]], places[order[-1]]) == pytest.approx((0, 1))


def test_gradients_that_are_all_alike_stand_in_the_middle_and_zero_at_the_bottom() -> None:
    recording = gradients(np.ones(2), np.ones(2), np.zeros(2))
    scale = GradientScale.of(recording)
    assert scale.fractions(rows(recording)).tolist() == [MIDDLE, MIDDLE, 0.0]
    assert np.isnan(scale.fractions(np.array([-1]))).all()


def test_values_that_are_no_gradients_have_no_place() -> None:
    recording = large_values()
    scale = GradientScale.of(recording)
    assert np.isnan(scale.low)
    assert np.isnan(scale.fractions(np.arange(len(scale.norms)))).all()


@pytest.mark.parametrize("budget", [None, Budget(per_value=0)])
def test_only_what_holds_a_nan_or_an_infinity_is_bad(budget: Budget | None) -> None:
    recording = large_values(budget)
    scale = GradientScale.of(recording)
    names = [recording.names[t] for t in range(recording.tensor_count)]
    assert [names[i] for i in np.flatnonzero(scale.bad)] == ["broken"]
    assert scale.is_bad(np.array([-1])).tolist() == [False]


def test_infinite_gradients_do_not_stretch_the_scale() -> None:
    scale = GradientScale.of(log_of_zero())
    assert np.isfinite(scale.high)


def test_an_empty_recording_has_an_empty_scale() -> None:
    scale = GradientScale.of(RecordingBuilder({}).build())
    assert len(scale.fractions(np.empty(0, np.int64))) == 0


def test_the_scale_spans_all_passes() -> None:
    scale = GradientScale.of(chain(8))
    assert (scale.low, scale.high) == pytest.approx((1, 2.0**7))
