"""Changing numbers, shapes and keywords."""

from __future__ import annotations

from gradviz.script.edits.values import SetKeyword, SetLiteral, SetShape
from gradviz.script.nodes import arguments
from tests.script.scripts import FIRST, at, do, named, refused, span_at

TEXT = """\
import torch

x = torch.ones(2, 2, requires_grad=True)
y = x.view(4) - 1 ** 2 + (-3)
z = torch.full((2, 2), 0.5, dtype=torch.float64)
a = torch.ones(
    2,  # rows
    3,
    dtype=torch.float32,  # small
    requires_grad=True,
)
b = torch.ones([2, 2])
c = torch.zeros(size=(3,))
d = y.mean()
e = y.sum(0, True)
f = torch.reshape(y, (2, 2))
g = torch.rand()
"""


def line(edit: SetLiteral | SetShape | SetKeyword, text: str = TEXT) -> str:
    """The lines that an edit changes, as they are after it."""
    before = text.splitlines()
    return "|".join(line for line in do(edit, text).splitlines() if line not in before)


def test_numbers() -> None:
    assert line(SetLiteral(span_at(FIRST, "3"), "4"), FIRST) == "z = y * y * 4"
    assert line(SetLiteral(span_at(FIRST, "3"), "-2"), FIRST) == "z = y * y * -2"
    assert line(SetLiteral(span_at(FIRST, "3"), "1 + 1"), FIRST) == "z = y * y * (1 + 1)"
    assert line(SetLiteral(span_at(FIRST, "3"), " torch.pi "), FIRST) == "z = y * y * torch.pi"
    assert line(SetLiteral(span_at(TEXT, "-3"), "5")) == "y = x.view(4) - 1 ** 2 + 5"
    assert line(SetLiteral(span_at(TEXT, "1"), "-1")) == "y = x.view(4) - (-1) ** 2 + (-3)"
    assert line(SetLiteral(span_at(TEXT, "(2, 2)"), "(3, 3)")) == "z = torch.full((3, 3), 0.5, dtype=torch.float64)"
    assert (
        line(SetLiteral(span_at(TEXT, "torch.float64"), "torch.float16")) == "z = torch.full((2, 2), 0.5, dtype=torch.float16)"
    )
    assert SetLiteral(span_at(FIRST, "3"), "4").apply(FIRST).label == "Change 3 to 4"
    assert SetLiteral(span_at(FIRST, "3"), "3").apply(FIRST).changes == ()
    text = "import torch\nx = torch.tensor([\n    [1., 2],  # first\n    [3, 4],\n])\n"
    assert line(SetLiteral(span_at(text, "2"), "5.5"), text) == "    [1., 5.5],  # first"


def test_what_is_no_value() -> None:
    cases = {
        "": "Type a value.",
        "1 +": "“1 +” is no Python expression.",
        "q": "The script has no variable q.",
        "(k := 1)": "“(k := 1)”",
    }
    for typed, reason in cases.items():
        error = refused(SetLiteral(span_at(FIRST, "3"), typed), FIRST)
        assert error.reason.startswith(reason)
        assert error.line in (0, 5)
    assert refused(SetLiteral(span_at(FIRST, "y "), "1"), FIRST).reason.startswith("The script has changed")
    y = arguments(FIRST, at(FIRST, "y * y"))[0].span
    assert refused(SetLiteral(y, "1"), FIRST).reason == "Line 5 has no plain value there. Connect or disconnect it instead."


def test_shapes_keep_their_form() -> None:
    cases = {
        (named("x"), (3,)): "x = torch.ones(3, requires_grad=True)",
        (named("x"), ()): "x = torch.ones((), requires_grad=True)",
        (at(TEXT, "x.view(4)"), (2, -1)): "y = x.view(2, -1) - 1 ** 2 + (-3)",
        (named("z"), (3,)): "z = torch.full((3,), 0.5, dtype=torch.float64)",
        (named("b"), (3,)): "b = torch.ones([3])",
        (named("c"), (1, 2)): "c = torch.zeros(size=(1, 2))",
        (named("f"), (4,)): "f = torch.reshape(y, (4,))",
        (named("g"), (2, 3)): "g = torch.rand(2, 3)",
    }
    for (place, shape), expected in cases.items():
        assert line(SetShape(place, shape)) == expected
    assert refused(SetShape(named("d"), (1,)), TEXT).reason == "mean has no shape to set. Change its values instead."
    assert refused(SetShape(named("y"), (1,)), TEXT).line == 4
    assert refused(SetShape(named("a"), (1,)), TEXT).reason == "Line 6 has a comment within the shape. Change it there."


def test_keywords() -> None:
    cases = {
        (named("d"), "dim", "0"): "d = y.mean(dim=0)",
        (named("x"), "dtype", "torch.float64"): "x = torch.ones(2, 2, dtype=torch.float64, requires_grad=True)",
        (named("x"), "requires_grad", None): "x = torch.ones(2, 2)",
        (named("z"), "dtype", None): "z = torch.full((2, 2), 0.5)",
        (named("z"), "fill_value", "2.0"): "z = torch.full((2, 2), 2.0, dtype=torch.float64)",
        (named("e"), "dim", "1"): "e = y.sum(1, True)",
        (named("e"), "keepdim", None): "e = y.sum(0)",
        (named("a"), "device", '"cpu"'): '    device="cpu",',
        (named("a"), "dtype", None): "    # small",
        (named("g"), "dtype", "torch.float64"): "g = torch.rand(dtype=torch.float64)",
    }
    for (place, name, value), expected in cases.items():
        assert line(SetKeyword(place, name, value)) == expected
    assert do(SetKeyword(named("a"), "requires_grad", None), TEXT) == TEXT.replace("    requires_grad=True,\n", "")
    assert do(SetKeyword(named("d"), "dim", None), TEXT) == TEXT
    assert SetKeyword(named("d"), "dim", "0").apply(TEXT).label == "Set dim to 0"


def test_keywords_that_cannot_be() -> None:
    cases = {
        (
            named("d"),
            "size",
            "0",
        ): "mean has no parameter size: it is called as mean(input, dim=None, keepdim=False, *, dtype=None).",
        (named("z"), "fill_value", None): "Line 5 cannot do without fill_value.",
        (named("y"), "alpha", "2"): "Line 4 writes this without a call, so that it takes no further arguments.",
        (named("e"), "dim", None): "Line 15 cannot do without dim.",
    }
    for (place, name, value), reason in cases.items():
        text = TEXT.replace("g = torch.rand()\n", "")
        assert refused(SetKeyword(place, name, value), text).reason == reason
