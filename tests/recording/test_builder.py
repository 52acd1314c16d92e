"""Writing a recording: values, budgets, summaries, undoing, and what is added afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradviz.recording import Budget, Error, Kind, Recording, RecordingBuilder, Span, Value, read_bytes, to_bytes, with_error
from gradviz.recording.schema import HISTOGRAM_BINS, THUMBNAIL_SIDE
from tests.recording.made import recordings, same

ARRAYS = hnp.arrays(
    st.sampled_from(["bool", "uint8", "int64", "float16", "float32", "float64", "complex64"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
)


def kept(array: np.ndarray, budget: Budget | None = None) -> Value:
    builder = RecordingBuilder({}, budget)
    number = builder.value(array)
    return read_bytes(to_bytes(builder.build())).value(number)


@settings(max_examples=150, deadline=None)
@given(ARRAYS)
def test_a_value_within_the_budget_is_kept_bit_for_bit(array: np.ndarray) -> None:
    value = kept(array)
    assert value.array is not None
    assert (value.shape, value.dtype) == (array.shape, array.dtype.name)
    assert value.array.tobytes() == array.tobytes()


@settings(max_examples=150, deadline=None)
@given(ARRAYS)
def test_a_summary_says_of_an_array_what_the_array_says(array: np.ndarray) -> None:
    value = kept(array, Budget(per_value=-1))
    assert value.array is None
    assert not value.is_whole
    summary = value.summary
    numbers = np.abs(array).astype(float) if array.dtype.kind == "c" else array.astype(float)
    finite = numbers[np.isfinite(numbers)]
    assert (summary.nan, summary.inf) == (np.isnan(numbers).sum(), np.isinf(numbers).sum())
    assert value.is_bad == bool(summary.nan or summary.inf)
    assert summary.histogram.sum() == finite.size
    assert summary.zero == (finite == 0).sum()
    if finite.size:
        assert (summary.min, summary.max) == (finite.min(), finite.max())
        with np.errstate(all="ignore"):
            np.testing.assert_allclose([summary.mean, summary.std], [finite.mean(), finite.std()])
            np.testing.assert_allclose(summary.norm, np.linalg.norm(finite))
    assert len(summary.histogram) == HISTOGRAM_BINS


@pytest.mark.parametrize("shape", [(), (0,), (1,), (7,), (32, 32), (33, 100), (5, 6, 7), (1000, 3)])
def test_a_thumbnail_shows_means_of_blocks(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).normal(size=shape)
    thumbnail = kept(array, Budget(per_value=-1)).summary.thumbnail
    assert max(thumbnail.shape, default=0) <= THUMBNAIL_SIDE
    if array.size:
        matrix = array.reshape(-1, shape[-1]) if shape else array.reshape(1, 1)
        if max(matrix.shape) <= THUMBNAIL_SIDE:
            np.testing.assert_allclose(thumbnail, matrix, rtol=1e-6)
        else:
            assert matrix.min() <= thumbnail.min() <= thumbnail.max() <= matrix.max()


def test_the_budget_of_one_value_and_of_all() -> None:
    builder = RecordingBuilder({}, Budget(per_value=100, total=250))
    sizes = [100, 101, 96, 64, 48]
    numbers = [builder.value(np.arange(size, dtype="uint8")) for size in sizes]
    recording = builder.build()
    assert [recording.array(n) is not None for n in numbers] == [True, False, True, False, True]


def test_equal_small_values_are_kept_once_and_unequal_ones_apart() -> None:
    builder = RecordingBuilder({})
    first = builder.value(np.zeros(3, "float32"))
    assert builder.value(np.zeros(3, "float32")) == first
    others = [np.zeros(3), np.zeros((3, 1), "float32"), -np.zeros(3, "float32"), np.zeros(3, "int32"), np.zeros(4, "float32")]
    numbers = {builder.value(other) for other in others}
    assert len(numbers | {first}) == 6
    large = np.zeros(1000)
    assert builder.value(large) != builder.value(large)


def test_a_value_is_a_copy() -> None:
    builder = RecordingBuilder({})
    array = np.ones(3)
    number = builder.value(array)
    array[:] = 7
    strided = builder.value(np.arange(10.0)[::3])
    recording = builder.build()
    np.testing.assert_array_equal(recording.array(number), [1, 1, 1])
    np.testing.assert_array_equal(recording.array(strided), [0, 3, 6, 9])


def test_rows_can_be_taken_back() -> None:
    builder = RecordingBuilder({})
    builder.event(Kind.CREATE, value=builder.value(np.ones(1)))
    builder.take_chunk()
    builder.event(Kind.OUTPUT, text=builder.string("a"))
    mark = builder.mark()
    lost = builder.value(np.full(1, 7.0))
    builder.event(Kind.OUTPUT, value=lost, text=builder.string("b"))
    builder.add("names", 0, 0, 0)
    builder.rollback(mark)
    assert (len(builder), builder.count("values"), builder.count("names")) == (2, 1, 0)
    again = builder.value(np.full(1, 7.0))
    assert again == builder.count("values") - 1  # not the row that is gone


def test_what_was_taken_cannot_be_built() -> None:
    builder = RecordingBuilder({})
    builder.take_chunk()
    with pytest.raises(ValueError, match="taken in chunks"):
        builder.build()


@settings(max_examples=40, deadline=None)
@given(recordings())
def test_an_error_can_be_added_to_any_recording(recording: Recording) -> None:
    error = Error(-1, "killed", "", "It was killed.", "Look.", "", Span(3, 1, 3, 5))
    more = with_error(recording, error)
    again = read_bytes(to_bytes(more))
    assert same(again, more)
    assert len(again) == len(recording) + 1
    event = again.event(-1)
    assert (event.kind, event.span, event.tensor, event.pass_) == (Kind.ERROR, Span(3, 1, 3, 5), -1, -1)
    assert again.errors[-1].event == event.number
    assert again.errors[:-1] == recording.errors
    assert again.errors[-1].advice == "Look."
    assert again.meta == recording.meta
