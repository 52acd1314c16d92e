"""Renaming: every use of the variable that is meant, and nothing else."""

from __future__ import annotations

import pytest

from gradviz.script.edits.names import Rename
from tests.script.scripts import FIRST, at, do, named, refused, run


def renamed(text: str, old: str, new: str) -> str:
    edited = do(Rename(named(old), new), text)
    before, after = run(text), run(edited)
    assert after[new] == before[old]
    assert after[""] == before[""]
    return edited


def test_every_use_is_renamed_and_nothing_else() -> None:
    text = (
        "import torch\n\nx = torch.ones(2)  # x\ny = (x + x.sum()).expand(size=(2,))\n"
        "print(f'x {x} {x.sum()!r:>{len(x)}} {[x for x in x]}', 'x', dict(x=x)['x'])\n"
        "def f(x): return x\ndef g(): return x\ny = f(x=x) + g() + (lambda q: q + x)(1)\ndel x\nx = 3\n"
    )
    edited = do(Rename(at(text, "torch.ones(2)"), "w"), text)
    assert edited == (
        "import torch\n\nw = torch.ones(2)  # x\ny = (w + w.sum()).expand(size=(2,))\n"
        "print(f'x {w} {w.sum()!r:>{len(w)}} {[x for x in w]}', 'x', dict(x=w)['x'])\n"
        "def f(x): return x\ndef g(): return w\ny = f(x=w) + g() + (lambda q: q + w)(1)\ndel w\nw = 3\n"
    )
    assert Rename(named("y"), "shifted").apply(FIRST).label == "Rename y to shifted"


def test_an_earlier_value_of_the_name_is_another_variable() -> None:
    text = "import torch\na = torch.ones(2)\na = a * 3\nprint(a)\na += 1\nb = a.sum()\n"
    assert do(Rename(at(text, "torch.ones(2)"), "c"), text) == text.replace("a = torch", "c = torch").replace("a * 3", "c * 3")
    later = "import torch\na = torch.ones(2)\nc = a * 3\nprint(c)\nc += 1\nb = c.sum()\n"
    assert do(Rename(at(text, "a * 3"), "c"), text) == later
    assert do(Rename(named("a"), "c"), text) == later
    assert do(Rename(at(text, "a += 1"), "c"), text) == later


def test_values_that_meet_are_one_variable() -> None:
    text = "import torch\nif torch.rand(1) < 2:\n    y = torch.ones(1)\nelse:\n    y = torch.zeros(1)\nz = y + 1\n"
    assert do(Rename(at(text, "torch.ones(1)"), "w"), text).count("w") == 3
    text = "import torch\nw = torch.ones(1)\nfor i in range(3):\n    w = w * 2\nprint(w)\n"
    assert do(Rename(at(text, "torch.ones(1)"), "x"), text).count("x") == 4


@pytest.mark.parametrize("text", [FIRST, FIRST.replace("\n", "\r\n"), "\ufeff" + FIRST.replace("y = x", "y\t=  x")])
def test_nothing_is_computed_otherwise(text: str) -> None:
    renamed(text, "z", "weighted")
    renamed(text, "x", "é")


def test_what_is_changed_in_place_is_renamed_where_it_was_made() -> None:
    text = "import torch\nx = torch.ones(2)\nx.add_(1)\nx.mul_(2).sub_(1)\n"
    edited = "import torch\nw = torch.ones(2)\nw.add_(1)\nw.mul_(2).sub_(1)\n"
    assert do(Rename(at(text, "x.add_(1)", name="x"), "w"), text) == edited
    assert do(Rename(at(text, "x.mul_(2).sub_(1)", name="x"), "w"), text) == edited


def test_a_node_without_a_name_gets_one_on_a_line_of_its_own() -> None:
    edited = Rename(at(FIRST, "y * y"), "squared").apply(FIRST)
    assert "squared = y * y\nz = squared * 3\n" in edited.text
    assert edited.label == "Name squared"
    assert run(edited.text)["x"] == run(FIRST)["x"]
    text = "import torch\nx = torch.ones(2)\nif x.sum() > 0:\n    print((x + 1), end='')\n"
    assert "if x.sum() > 0:\n    y = x + 1\n    print(y, end='')" in do(Rename(at(text, "x + 1"), "y"), text)
    assert "s = x.sum()\nif s > 0:\n" in do(Rename(at(text, "x.sum()"), "s"), text)
    several = "import torch\nx = torch.ones(2)\ny = (\n    x\n    + 1  # one\n) * 2\nx.sum()\n"
    assert "z = (\n    x\n    + 1  # one\n)\ny = z * 2\n" in do(Rename(at(several, "x\n    + 1"), "z"), several)
    assert do(Rename(at(several, "x.sum()"), "s"), several).endswith("\ns = x.sum()\n")


def test_its_place_on_the_canvas_goes_with_it() -> None:
    text = FIRST + "\n# [gradviz-layout]\n# x = 1, 2\n# y/add = 3, 4\n# x@y/add = 5, 6\n# xx = 7, 8\n# y = 9, 9\n"
    edited = do(Rename(named("x"), "leaf"), text)
    assert edited.endswith("# leaf = 1, 2\n# y/add = 3, 4\n# leaf@y/add = 5, 6\n# xx = 7, 8\n# y = 9, 9\n")
    assert do(Rename(named("y"), "k"), text).endswith("# k/add = 3, 4\n# x@k/add = 5, 6\n# xx = 7, 8\n# k = 9, 9\n")


def test_places_of_several_variables_of_one_name() -> None:
    text = "import torch\na = torch.ones(1)\na = a + 1\n\n# [gradviz-layout]\n# a = 1, 1\n# a#2 = 2, 2\n"
    assert do(Rename(at(text, "torch.ones(1)"), "b"), text).endswith("# b = 1, 1\n# a = 2, 2\n")
    assert do(Rename(at(text, "a + 1"), "b"), text).endswith("# a = 1, 1\n# b = 2, 2\n")


def test_names_that_cannot_be_had_are_refused() -> None:
    cases = {
        "out": "The script uses the name out already. Choose another one.",
        "torch": "The script uses the name torch already. Choose another one.",
        "class": "“class” is a word of Python's own. Choose another name.",
        "print": "“print” is a builtin of Python's. Choose another name.",
        "a b": "“a b” is no name for a variable: use letters, digits and _, a letter first.",
        "": "“” is no name for a variable: use letters, digits and _, a letter first.",
    }
    assert {to: refused(Rename(named("x"), to), FIRST).reason for to in cases} == cases
    assert do(Rename(named("x"), "x"), FIRST) == FIRST
    assert refused(Rename(named("x"), "y"), "x = 1\ndef f(): y = 2\n").line == 1


MANY = """\
import torch
x = torch.ones(2)
def f(v):
    return v * 2
for i in range(2):
    x = x + i
ws = [torch.ones(1), x.exp()]
squares = [a * a for a in ws]
g = lambda t: t - 1
a, b = x.chunk(2)
c = d = x.sin()
if (n := x.cos()) is not None:
    pass
class M:
    w = torch.zeros(3)
ws[0] = x.tan()
e = {"k": x.log()}
while x.sum() < 0:
    x = x.abs()
"""


def test_what_no_gesture_can_mean_is_refused_with_its_line() -> None:
    cases = {
        "v * 2": (4, "in the function f"),
        "x + i": (6, "in a loop"),
        "torch.ones(1)": (7, "in a list"),
        "a * a": (8, "in a comprehension"),
        "t - 1": (9, "in a lambda"),
        "x.chunk(2)": (10, "several variables at once"),
        "x.sin()": (11, "several variables at once"),
        "x.cos()": (12, "in an assignment within an expression"),
        "torch.zeros(3)": (15, "in the class M"),
        "x.tan()": (16, "no plain variable"),
        "x.log()": (17, "in a dictionary"),
        "x.sum()": (18, "in a loop"),
        "x.abs()": (19, "in a loop"),
    }
    for piece, (line, words) in cases.items():
        error = refused(Rename(at(MANY, piece), "fresh"), MANY)
        assert (error.line, words in error.reason) == (line, True), error.reason
        assert f"Line {line}" in error.reason


def test_a_name_that_a_function_changes_is_renamed_by_hand() -> None:
    text = "import torch\nx = torch.ones(1)\ndef f():\n    global x\n    x = x + 1\nf()\n"
    assert refused(Rename(named("x"), "w"), text.replace("f()\n", "f()\n", 1)).line == 5


def test_a_place_that_is_gone_is_refused() -> None:
    error = refused(Rename(at(FIRST, "y * y * 3"), "w"), FIRST.replace("y * y * 3", "y + y"))
    assert error.reason == "The script has changed since it ran. Run it and try again."
