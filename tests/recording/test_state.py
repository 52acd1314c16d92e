"""State at any event is what replaying all events up to it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.recording import Kind, Recording, RecordingBuilder, Sum
from tests.recording.made import recordings


class Replay:
    """The state after some events, told the simplest way: by going through them one by one."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        tensors, ops = recording.tensor_count, recording.op_count
        self.values, self.grads, self.sums = [-1] * tensors, [-1] * tensors, [-1] * tensors
        self.requires_grad = [recording.tensor(t).requires_grad for t in range(tensors)]
        self.retains = [False] * tensors
        self.visited, self.pending, self.freed = [-1] * ops, [-1] * ops, [False] * ops
        inputs = recording.tables["inputs"]
        self.edges = [-1] * len(inputs["op"])
        self.pass_ = -1

    def step(self, number: int) -> None:
        """Takes the next event."""
        recording = self.recording
        inputs = recording.tables["inputs"]
        self._outputs(number)
        event = recording.event(number)
        begins = recording.column("passes", "event").tolist()
        if number in begins:
            self.pass_ = begins.index(number)
            self.sums, self.edges = [-1] * len(self.sums), [-1] * len(self.edges)
            self.visited, self.pending = [-1] * len(self.visited), [-1] * len(self.pending)
        tensor = event.tensor
        if event.kind in (Kind.CREATE, Kind.INPLACE) and tensor >= 0 and event.value >= 0:
            self.values[tensor] = event.value
        elif event.kind is Kind.ACCUMULATE and tensor >= 0:
            self.grads[tensor] = event.after
        elif event.kind is Kind.GRAD_SET and tensor >= 0:
            self.grads[tensor] = event.value
        elif event.kind is Kind.REQUIRES_GRAD and tensor >= 0:
            self.requires_grad[tensor] = event.flag == 1
        elif event.kind is Kind.RETAIN_GRAD and tensor >= 0:
            self.retains[tensor] = True
        elif event.kind is Kind.CONTRIBUTION and self.pass_ >= 0:
            if tensor >= 0:
                self.sums[tensor] = event.after
            if event.op >= 0:
                self.pending[event.op] = event.pending
            if event.peer >= 0 and event.slot >= 0:
                rows = np.flatnonzero((inputs["op"] == event.peer) & (inputs["slot"] == event.slot))
                for row in rows[:1].tolist():
                    self.edges[row] = event.value
        elif event.kind is Kind.VISIT and event.op >= 0 and self.pass_ >= 0:
            self.visited[event.op] = number
        elif event.kind is Kind.FREE and event.op >= 0:
            self.freed[event.op] = True

    def _outputs(self, number: int) -> None:
        table, ops = self.recording.tables["outputs"], self.recording.tables["ops"]
        for op, tensor, value in zip(table["op"].tolist(), table["tensor"].tolist(), table["value"].tolist(), strict=True):
            if ops["event"][op] == number and value >= 0:
                self.values[tensor] = value


def well_formed(recording: Recording) -> bool:
    """Whether a made recording is one a run could have given, as far as look-ups lean on it.

    One event each for passes, in order; a tensor's value is told once in an event; `.grad` is not both accumulated and None.
    """
    passes = recording.column("passes", "event").tolist()
    outputs, ops = recording.tables["outputs"], recording.tables["ops"]
    told = list(zip(outputs["tensor"].tolist(), ops["event"][outputs["op"]].tolist(), strict=True))
    kinds = recording.column("events", "kind")
    told += [
        (int(recording.column("events", "tensor")[e]), int(e))
        for e in np.flatnonzero(np.isin(kinds, (Kind.CREATE, Kind.INPLACE)))
    ]
    inputs = recording.tables["inputs"]
    slots = [pair for pair in zip(inputs["op"].tolist(), inputs["slot"].tolist(), strict=True) if pair[1] >= 0]
    return passes == sorted(set(passes)) and len(told) == len(set(told)) and len(slots) == len(set(slots))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_looking_up_is_replaying(data: st.DataObject) -> None:
    recording = data.draw(recordings().filter(well_formed))
    replay = Replay(recording)
    for event in range(-1, len(recording)):
        if event >= 0:
            replay.step(event)
        state = recording.state(event)
        found: dict[str, Any] = {
            "values": state.values.tolist(),
            "grads": state.grads.tolist(),
            "sums": state.sums.tolist(),
            "requires_grad": state.requires_grad.tolist(),
            "retains": state.retains_grad.tolist(),
            "edges": state.edges.tolist(),
            "visited": state.ops_visited.tolist(),
            "pending": state.ops_pending.tolist(),
            "freed": state.ops_freed.tolist(),
            "pass_": state.pass_,
        }
        assert found == {name: getattr(replay, name) for name in found}
        born = recording.column("tensors", "event") <= event
        assert state.tensors_born.tolist() == born.tolist()


@settings(max_examples=50, deadline=None)
@given(recordings())
def test_every_row_of_any_sound_recording_can_be_looked_at(recording: Recording) -> None:
    for event in range(-1, len(recording)):
        state = recording.state(event)
        assert set(state.focus.tensors) <= set(range(recording.tensor_count))
        assert set(state.focus.ops) <= set(range(recording.op_count))
        assert isinstance(state.in_pass, bool)
        for tensor in range(recording.tensor_count):
            state.version(tensor)
            state.grad_sum(tensor)
            state.passing_sum(tensor)
            recording.timeline.touching.events_of(tensor, event)
    for value in range(len(recording.column("values", "dtype"))):
        seen = recording.value(value)
        assert seen.is_whole == (recording.array(value) is not None)
    for stack in range(len(recording.column("stacks", "line"))):
        assert recording.stack(stack)
    assert len(recording.passes) == len(recording.column("passes", "event"))
    assert len(recording.regions) == len(recording.column("regions", "event"))
    assert len(recording.errors) == len(recording.column("errors", "event"))


def accumulated() -> Recording:
    """x.grad = 4.5, then + 1; in the second pass 1 arrives in two parts."""
    builder = RecordingBuilder({})
    string = builder.string
    v = {n: builder.value(np.float64(n)) for n in (4.5, 1.0, 5.5, 0.25, 0.75)}
    builder.add("tensors", 0, string(""), string("float64"), 1, 1, -1, 0, 0, -1, 2, 0, 0, string("ones"))
    builder.event(Kind.CREATE, tensor=0, value=v[1.0])
    builder.add("passes", string("backward"), string("a.backward()"), 0, 0, 0, 1)
    builder.event(Kind.PASS_BEGIN, **{"pass": 0})
    builder.event(Kind.ACCUMULATE, tensor=0, value=v[4.5], after=v[4.5])
    builder.event(Kind.PASS_END, **{"pass": 0})
    builder.event(Kind.INPLACE, tensor=0, value=v[4.5])
    builder.add("passes", string("backward"), string("b.backward()"), 0, 0, 0, 5)
    builder.event(Kind.PASS_BEGIN, **{"pass": 1})
    builder.event(Kind.CONTRIBUTION, tensor=0, value=v[0.25], after=v[0.25], pending=1)
    builder.event(Kind.CONTRIBUTION, tensor=0, value=v[0.75], before=v[0.25], after=v[1.0])
    builder.event(Kind.ACCUMULATE, tensor=0, value=v[1.0], before=v[4.5], after=v[5.5])
    builder.event(Kind.GRAD_SET, tensor=0, value=-1)
    return builder.build().checked()


def test_the_terms_of_a_sum_are_told() -> None:
    recording = accumulated()
    v = {float(recording.array(i)): i for i in range(5)}  # type: ignore[arg-type]
    sums = [recording.state(event).grad_sum(0) for event in range(len(recording))]
    first, second = Sum(v[4.5], (v[4.5],), 2), Sum(v[5.5], (v[4.5], v[1.0]), 8)
    assert sums == [None, None, *[first] * 6, second, None]
    passing = [recording.state(event).passing_sum(0) for event in range(len(recording))]
    assert passing[:6] == [None] * 6
    assert passing[6] == Sum(v[0.25], (v[0.25],), 6)
    assert passing[7] == Sum(v[1.0], (v[0.25], v[0.75]), 7)


def test_versions_count_writes_from_birth_on() -> None:
    recording = accumulated()
    assert [recording.state(event).version(0) for event in (0, 3, 4, 9)] == [2, 2, 3, 3]


def test_a_pass_holds_from_its_beginning_to_its_end() -> None:
    recording = accumulated()
    assert [recording.state(event).pass_ for event in range(-1, 6)] == [-1, -1, 0, 0, 0, 0, 1]
    assert [recording.state(event).in_pass for event in range(6)] == [False, True, True, False, False, True]
    assert [(p.begin, p.end) for p in recording.passes] == [(1, 3), (5, 9)]


@pytest.mark.parametrize("event", [-2, 10, 1000])
def test_no_state_outside(event: int) -> None:
    with pytest.raises(IndexError):
        accumulated().state(event)


def test_nothing_can_be_changed() -> None:
    recording = accumulated()
    with pytest.raises(ValueError, match="read-only"):
        recording.column("events", "kind")[0] = 3
    array = recording.array(0)
    assert array is not None
    with pytest.raises(ValueError, match="read-only"):
        array[...] = 0
