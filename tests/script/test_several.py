"""Edits of several things at once, and places of a text that has changed since it ran."""

from __future__ import annotations

from gradviz.recording import Span
from gradviz.script.changes import Place, moved_place
from gradviz.script.edits import Disconnect, InsertDetach, Several
from tests.script.scripts import at, do, refused, span_at

TEXT = "import torch\nx = torch.ones(2)\ny = x * x  # twice\nz = y + 1\n"


def test_both_ends_of_two_wires_are_taken_off_as_one_step() -> None:
    spans = [span_at(TEXT, "x", 2), span_at(TEXT, "y", 1)]
    edit = Several([lambda work, span=span: InsertDetach(work.span(span)) for span in spans], "Detach {} nodes")
    text = do(edit, TEXT)
    assert text == TEXT.replace("x * x", "x * x.detach()").replace("y + 1", "y.detach() + 1")
    assert edit.apply(TEXT).label == "Detach 2 nodes"


def test_one_alone_is_called_as_it_is() -> None:
    span = span_at(TEXT, "y", 1)
    edit = Several([lambda work: InsertDetach(work.span(span))], "Detach {} nodes")
    assert edit.apply(TEXT).label == "Detach y"


def test_where_one_cannot_be_done_none_is() -> None:
    spans = [span_at(TEXT, "x", 2), span_at(TEXT, "x", 1)]
    told = refused(Several([lambda work, span=span: Disconnect(work.span(span)) for span in spans], "Cut {} wires"), TEXT)
    assert told.line == 3


def test_a_place_goes_with_its_lines() -> None:
    place = at(TEXT, "y + 1", name="z")
    assert moved_place(place, TEXT, TEXT) == place
    assert moved_place(place, TEXT, "# new\n" + TEXT) == at("# new\n" + TEXT, "y + 1", name="z")
    assert moved_place(place, TEXT, TEXT + "more\n") == place
    assert moved_place(place, TEXT, TEXT.replace("x * x", "x\n\n")) == Place(Span(6, 4, 6, 9), "z")


def test_a_place_whose_line_is_another_now_is_nowhere() -> None:
    assert moved_place(at(TEXT, "x * x", name="y"), TEXT, TEXT.replace("x * x", "x + x")) == Place()
