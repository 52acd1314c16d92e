"""Events in words."""

from __future__ import annotations

import pytest

from gradviz.panels.words import detail_text, kind_text, op_text, script_lines, subject_text
from gradviz.recording import Kind, Recording
from tests.panels.made import find


def test_every_kind_has_words_of_its_own() -> None:
    words = [kind_text(kind) for kind in Kind]
    assert all(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("kind", "nth", "subject", "detail"),
    [
        (Kind.CREATE, 0, "x", "=  1"),
        (Kind.OP, 0, "AddBackward0 · 2  →  y", "3"),
        (Kind.OP, 2, "pow · 3  →  w", "27"),
        (Kind.DETACH, 0, "detach  →  k", "2"),
        (Kind.MODE_ENTER, 0, "no_grad", ""),
        (Kind.PASS_BEGIN, 0, "out.backward()", "from out"),
        (Kind.VISIT, 1, "MulBackward0", "grad 0.25  →  0.75, 0.75"),
        (Kind.CONTRIBUTION, 0, "seed  →  out", "0 + 1 = 1"),
        (Kind.CONTRIBUTION, 3, "MulBackward0  →  y", "0.75 + 0.75 = 1.5"),
        (Kind.ACCUMULATE, 0, "x.grad", "None  →  1.5"),
        (Kind.ACCUMULATE, 1, "x.grad", "1.5 + 1 = 2.5"),
        (Kind.FREE, 0, "MeanBackward0", "lets go of its saved tensors"),
        (Kind.OUTPUT, 0, "stdout", "before"),
    ],
)
def test_subject_and_detail(recording: Recording, kind: Kind, nth: int, subject: str, detail: str) -> None:
    event = find(recording, kind, nth)
    assert subject_text(recording, event) == subject
    assert detail_text(recording, event) == detail


def test_no_event_is_without_words(recording: Recording) -> None:
    for event in range(len(recording)):
        assert subject_text(recording, event)


def test_an_op_is_named_with_its_literals(recording: Recording) -> None:
    assert op_text(recording.ops[0]) == "AddBackward0 · 2"


def test_a_backward_event_belongs_to_the_line_that_made_its_node(recording: Recording) -> None:
    lines = script_lines(recording)
    assert lines[find(recording, Kind.VISIT, 1)] == 5
    assert lines[find(recording, Kind.CONTRIBUTION, 3)] == 5
    assert lines[find(recording, Kind.ACCUMULATE)] == 3
    assert lines[find(recording, Kind.ACCUMULATE) - 1] == 3, "the visit of the leaf's AccumulateGrad"
    assert lines[find(recording, Kind.PASS_BEGIN)] == 11
    assert lines[find(recording, Kind.CONTRIBUTION)] == 11, "the seed comes from the call itself"
