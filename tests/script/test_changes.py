"""Changes of a text: applied, put together and taken back."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.script.changes import Change, Draft, changed, inverse


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, list[list[Change]]]:
    """A text, and steps of changes that each fit the text before it."""
    text = now = draw(st.text("abc\n", max_size=30))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        places = sorted(draw(st.lists(st.integers(0, len(now)), max_size=6, unique=True)))
        step = [Change(a, b, draw(st.text("xyz", max_size=4))) for a, b in zip(places[::2], places[1::2], strict=False)]
        found.append(step)
        now = changed(now, step)
    return text, found


@given(steps())
def test_steps_become_one_edit_that_can_be_taken_back(made: tuple[str, list[list[Change]]]) -> None:
    text, found = made
    draft, now = Draft(text), text
    for step in found:
        draft.apply(step)
        now = changed(now, step)
    assert draft.text == now
    changes = draft.changes()
    assert changed(text, changes) == now
    assert changed(now, inverse(text, changes)) == text
    assert all(a.end <= b.start for a, b in itertools.pairwise(changes))


def test_changes_are_as_small_as_they_can_be() -> None:
    draft = Draft("x = torch.ones(2, 2)\n")
    draft.apply([Change(0, 20, "x = torch.ones(3, 2)")])
    assert draft.changes() == (Change(15, 16, "3"),)
    draft.apply([Change(15, 16, "2")])
    assert draft.changes() == ()


def test_places_are_followed() -> None:
    draft = Draft("abc def ghi")
    draft.apply([Change(0, 0, "__"), Change(4, 7, "d")])
    assert draft.moved(0, 3) == (2, 5)
    assert draft.moved(8, 11) == (8, 11)
    assert draft.text[slice(*draft.moved(4, 7))] == "d"


def test_changes_that_overlap_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Draft("abc").apply([Change(0, 2, ""), Change(1, 3, "")])
