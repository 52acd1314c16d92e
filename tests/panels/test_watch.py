"""Watches: what they come to, and what they refuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.panels.watch import WatchError, watch_text
from gradviz.recording import Kind, Recording
from tests.panels.made import find, seed_recording


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", "1 (all)"),
        (" x.grad ", "2.5 (all)"),
        ("x.grad.sum()", "10"),
        ("x.grad[0, 1]", "2.5"),
        ("x.grad[0]", "2.5 (all)"),
        ("x[:, -1].shape", "(2,)"),
        ("y.grad", "None"),
        ("y.shape", "(2, 2)"),
        ("y.grad_fn", "MulBackward0".replace("Mul", "Add")),
        ("x.grad_fn", "None"),
        ("x.requires_grad", "True"),
        ("w.requires_grad", "False"),
        ("x.dtype", "torch.float32"),
        ("x._version", "0"),
        ("out.item()", "9"),
        ("y.norm()", "6"),
        ("z.T.max()", "9"),
    ],
)
def test_a_watch_comes_to_what_the_script_would_see(recording: Recording, text: str, expected: str) -> None:
    assert watch_text(text, recording.state(len(recording) - 1)) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "x +",
            "x + y",
            "q",
            "x.nothing",
            "x.__class__",
            "x.grad.__class__",
            "x.data.tobytes()",
            "x[5]",
            "x['a']",
            "x[0.5]",
            "x[::0]",
            "x[{[]: 1}]",
        ),
        *(
            "x.sum(0)",
            "__import__('os')",
            "(lambda: 1)()",
            "[i for i in x]",
            "y.grad.sum()",
            "y.grad[0]",
            "x\n=1",
            "x." * 5000 + "x",
        ),
    ],
)
def test_what_a_watch_cannot_say_is_refused_in_words(recording: Recording, text: str) -> None:
    with pytest.raises(WatchError, match=r"\w"):
        watch_text(text, recording.state(len(recording) - 1))


def test_a_name_is_what_it_stands_for_at_the_event(recording: Recording) -> None:
    before = find(recording, Kind.OP) - 1
    with pytest.raises(WatchError, match="y is not set yet"):
        watch_text("y", recording.state(before))
    first = find(recording, Kind.ACCUMULATE)
    assert watch_text("x.grad", recording.state(first - 1)) == "None"
    assert watch_text("x.grad", recording.state(first)) == "1.5 (all)"


@given(st.text(max_size=40))
def test_no_text_breaks_a_watch(text: str) -> None:
    state = seed_recording().state(20)
    try:
        assert isinstance(watch_text(text, state), str)
    except WatchError:
        return
