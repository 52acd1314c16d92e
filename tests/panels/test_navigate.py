"""Where to go in a recording."""

from __future__ import annotations

import itertools

import numpy as np

from gradviz.panels import navigate
from gradviz.recording import Kind, Recording, RecordingBuilder
from gradviz.view.cursor import Selection
from tests.panels.made import SCRIPT, Maker, find, full, seed_recording


def test_home_is_the_start_of_the_first_pass(recording: Recording) -> None:
    assert navigate.home_event(recording) == find(recording, Kind.PASS_BEGIN)


def test_home_without_a_pass_or_with_an_error_is_the_end() -> None:
    maker = Maker()
    maker.create(full(1, 2), 3, "x")
    assert navigate.home_event(maker.builder.build()) == 0
    maker = Maker()
    maker.create(full(1, 2), 3, "x")
    maker.error(5, "exception", "ValueError", "no")
    assert navigate.home_event(maker.builder.build()) == 1
    assert navigate.home_event(RecordingBuilder({}).build()) == -1


def test_a_breakpoint_stops_forward_and_back_at_the_same_events(recording: Recording) -> None:
    places = navigate.stops(recording, {5})
    assert find(recording, Kind.OP, 1) in places
    assert find(recording, Kind.VISIT, 1) in places
    forward, event = [], -1
    while (event := navigate.run_target(recording, event, {5}, 1)) < len(recording) - 1:
        forward.append(event)
    back, event = [], len(recording) - 1
    while (event := navigate.run_target(recording, event, {5}, -1)) >= 0:
        back.append(event)
    assert forward == back[::-1] == list(places)


def test_running_without_breakpoints_goes_to_the_ends(recording: Recording) -> None:
    assert navigate.run_target(recording, 3, (), 1) == len(recording) - 1
    assert navigate.run_target(recording, 3, (), -1) == -1


def test_the_neighbours_on_a_tensor_are_inverses(recording: Recording) -> None:
    x = Selection("tensor", 0)
    places = navigate.touching(recording, x)
    assert find(recording, Kind.ACCUMULATE) in places
    for before, after in itertools.pairwise(places):
        assert navigate.neighbour(recording, x, before, 1) == after
        assert navigate.neighbour(recording, x, after, -1) == before
    assert navigate.neighbour(recording, x, int(places[-1]), 1) is None
    assert navigate.next_visit(recording, x, int(places[-1])) == places[0], "past its last event it begins anew"


def test_events_of_an_op_are_its_own_and_what_it_sends(recording: Recording) -> None:
    mul = Selection("op", 1)
    kinds = [Kind(int(recording.column("events", "kind")[n])) for n in navigate.touching(recording, mul)]
    assert kinds == [Kind.OP, Kind.CONTRIBUTION, Kind.VISIT, Kind.CONTRIBUTION, Kind.CONTRIBUTION, Kind.FREE]


def test_a_new_run_stands_at_the_same_place_of_the_same_pass(recording: Recording) -> None:
    new = seed_recording()
    for event in range(len(recording)):
        assert navigate.same_place(recording, event, new) == event


def test_a_new_run_with_more_before_the_pass_keeps_the_place_in_it(recording: Recording) -> None:
    maker = Maker(SCRIPT)
    x = maker.create(full(1, 2), 3, "x", requires=True)
    maker.create(full(1, 2), 3, "more")
    number = maker.begin(11, "out.backward()", x)
    for _ in range(30):
        maker.contribute(11, number, -1, -1, -1, x, full(1, 2), 0)
    maker.end(11, number)
    new = maker.builder.build()
    begin = find(recording, Kind.PASS_BEGIN)
    assert navigate.same_place(recording, begin + 4, new) == new.passes[0].begin + 4
    assert navigate.same_place(recording, len(recording) - 1, new) == len(new) - 1
    assert navigate.same_place(RecordingBuilder({}).build(), -1, new) == new.passes[0].begin


def test_the_first_event_of_a_line(recording: Recording) -> None:
    assert navigate.first_on_line(recording, 5) == find(recording, Kind.OP, 1)
    assert navigate.first_on_line(recording, 2) is None


def test_the_pass_of_an_event(recording: Recording) -> None:
    passes = np.array([navigate.pass_at(recording, n) for n in range(len(recording))])
    assert passes[find(recording, Kind.VISIT)] == 0
    assert passes[find(recording, Kind.ACCUMULATE, 1)] == 1
    assert passes[find(recording, Kind.OUTPUT, 1)] == -1
