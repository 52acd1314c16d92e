"""The plain values of a node, typed on its card."""

from __future__ import annotations

import pytest

from gradviz.recording import Span
from gradviz.script.changes import EditRefused, Place, changed, inverse
from gradviz.script.edits.arguments import SetArguments, written_values

HEAD = "import torch\nx = torch.ones(2, 2, requires_grad=True)  # twos\n"


def at(text: str, expression: str) -> Place:
    """The place of an expression that stands once in the last line."""
    line = text.rstrip("\n").count("\n") + 1
    start = text.rstrip("\n").rpartition("\n")[2].index(expression)
    return Place(Span(line, start, line, start + len(expression)))


@pytest.mark.parametrize(
    ("line", "expression", "shown", "typed", "wanted"),
    [
        ("y = x * 3  # thrice", "x * 3", "3", "4.5", "y = x * 4.5  # thrice"),
        ("y = x ** 2", "x ** 2", "2", "-1", "y = x ** -1"),
        ("y = -2 - x", "-2 - x", "-2", "7", "y = 7 - x"),
        ("y = x.sum()", "x.sum()", "", "dim=0", "y = x.sum(dim=0)"),
        ("y = x.sum()", "x.sum()", "", "1", "y = x.sum(1)"),
        ("y = x.sum(dim=0)", "x.sum(dim=0)", "dim=0", "dim=1, keepdim=True", "y = x.sum(dim=1, keepdim=True)"),
        ("y = x.sum( 0,keepdim=True )", "x.sum( 0,keepdim=True )", "0, keepdim=True", "0", "y = x.sum( 0 )"),
        ("y = torch.cat([x, x], dim=0)", "torch.cat([x, x], dim=0)", "dim=0", "dim=1", "y = torch.cat([x, x], dim=1)"),
        ("w = torch.ones(2, 2)", "torch.ones(2, 2)", "2, 2", "4", "w = torch.ones(4)"),
        ("w = torch.ones(2, dtype=torch.float64)", "torch.ones(2, dtype=torch.float64)", "2", "2, 3",
         "w = torch.ones(2, 3, dtype=torch.float64)"),
        ("w = torch.tensor([1., 2.])", "torch.tensor([1., 2.])", "[1., 2.]", "[3., 4., 5.]", "w = torch.tensor([3., 4., 5.])"),
        ("w = torch.full((3,), 2.0)", "torch.full((3,), 2.0)", "(3,), 2.0", "(3,), 0.5", "w = torch.full((3,), 0.5)"),
        ("y = x[0]", "x[0]", "0", "1", "y = x[1]"),
    ],
)  # fmt: skip
def test_only_what_is_another_value_is_written(line: str, expression: str, shown: str, typed: str, wanted: str) -> None:
    text = f"{HEAD}{line}\n"
    place = at(text, expression)
    assert written_values(text, place) == shown
    edited = SetArguments(place, typed).apply(text)
    assert edited.text == f"{HEAD}{wanted}\n"
    assert changed(edited.text, inverse(text, edited.changes)) == text


@pytest.mark.parametrize(
    ("expression", "typed", "reason"),
    [
        ("x * 3", "3, 4", "Line 3 takes one value here."),
        ("x * 3", "", "Line 3 takes one value here."),
        ("x * 3", "(", "“(” is no list of values."),
        ("x * 3", "1) + (2", "“1) + (2” is no list of values."),
        ("x * 3", "three", "The script has no variable three."),
        ("x * 3", "3, alpha=2", "Line 3 writes this without a call: it takes nothing by name."),
        ("x * 3", "*[3]", "Stars cannot stand here. Change it in the script."),
    ],
)
def test_what_is_no_value_is_refused_in_plain_words(expression: str, typed: str, reason: str) -> None:
    text = f"{HEAD}y = {expression}\n"
    with pytest.raises(EditRefused) as refused:
        SetArguments(at(text, expression), typed).apply(text)
    assert refused.value.reason == reason


def test_an_unknown_keyword_is_refused_with_how_the_op_is_called() -> None:
    text = f"{HEAD}y = x.sum(dim=0)\n"
    with pytest.raises(EditRefused, match="sum has no parameter dimm: it is called as"):
        SetArguments(at(text, "x.sum(dim=0)"), "dimm=1").apply(text)


def test_what_is_made_in_a_loop_says_its_line() -> None:
    text = f"{HEAD}for i in range(2):\n    y = x * 3\n"
    with pytest.raises(EditRefused, match="Line 4 makes this in a loop"):
        written_values(text, Place(Span(4, 8, 4, 13)))


def test_values_over_lines_are_shown_in_one_and_kept_where_nothing_else_is_typed() -> None:
    text = f"{HEAD}w = torch.full(\n    (2,\n     2), 3)\n"
    place = Place(Span(3, 4, 5, 11))
    assert written_values(text, place) == "(2, 2), 3"
    assert SetArguments(place, "(2, 2), 4").apply(text).text == text.replace("2), 3)", "2), 4)")


def test_a_comment_among_the_numbers_is_not_lost() -> None:
    text = f"{HEAD}w = torch.tensor([1.,  # one\n                  2.])\n"
    place = Place(Span(3, 4, 4, 22))
    with pytest.raises(EditRefused) as refused:
        SetArguments(place, "[3.]").apply(text)
    assert refused.value.reason == "Line 3 has a comment within the value. Change it there."
