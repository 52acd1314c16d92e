"""Duplicating, copying and pasting."""

from __future__ import annotations

import pytest

from gradviz.script.changes import EditRefused
from gradviz.script.edits.copies import Duplicate, Paste, copy_text
from tests.script.scripts import FIRST, at, do, named, refused, run


def test_a_copy_has_a_name_of_its_own() -> None:
    assert do(Duplicate([named("z")]), FIRST) == FIRST.replace("out =", "z2 = y * y * 3\nout =")
    twice = do(Duplicate([named("z")]), do(Duplicate([named("z")]), FIRST))
    assert "z2 = y * y * 3\nout" in twice
    assert "z3 = y * y * 3\nz2" in twice
    assert Duplicate([named("z")]).apply(FIRST).label == "Duplicate z"
    assert Duplicate([named("z")]).apply(FIRST).selection[0].name == "z2"


def test_copies_are_connected_among_themselves() -> None:
    edited = do(Duplicate([named("z"), at(FIRST, "x + 2"), named("out")]), FIRST)
    assert "out = z.mean()\ny2 = x + 2\nz2 = y2 * y2 * 3\nout2 = z2.mean()\n\nout.backward()" in edited
    passed = do(Duplicate([named("out"), at(FIRST, "out.backward()")]), FIRST)
    assert "out.backward()\nout2 = z.mean()\nout2.backward()\n" in passed


def test_a_node_without_a_name_is_copied_under_a_new_one() -> None:
    assert "z = y * y * 3\na = y * y\nout" in do(Duplicate([at(FIRST, "y * y")]), FIRST)
    assert "y2 = x + 2\na = y2 * y2\n" in do(Duplicate([at(FIRST, "y * y"), named("y")]), FIRST)


def test_copies_change_nothing_else() -> None:
    for name in ("x", "y", "z", "out"):
        before, after = run(FIRST), run(do(Duplicate([named(name)]), FIRST))
        assert {key: after[key] for key in before} == before
        assert after[f"{name}2"][:2] == before[name][:2]
    drawn = "import torch\ntorch.manual_seed(0)\nx = torch.randn(2)\ny = torch.randn(2)\nz = x + y\n"
    edited = do(Duplicate([named("x")]), drawn)
    assert edited.endswith("z = x + y\nx2 = torch.randn(2)\n")
    assert run(edited)["y"] == run(drawn)["y"]


def test_layout_is_kept() -> None:
    text = "import torch\nif True:\n\tx = torch.cat([\n\t\ttorch.ones(1),  # one\n\t])  # all\n\ty = x\n"
    assert do(Duplicate([named("x")]), text) == text.replace(
        "\ty = x", "\tx2 = torch.cat([\n\t\ttorch.ones(1),  # one\n\t])\n\ty = x"
    )


def test_what_cannot_be_copied() -> None:
    several = "import torch\nx = torch.ones(2)\na, b = x.chunk(2)\n"
    assert refused(Duplicate([at(several, "x.chunk(2)")]), several).line == 3
    assert refused(Duplicate([]), FIRST).reason == "Nothing is selected."
    changed = "import torch\nx = torch.ones(1)\ny = x + 1\nx = x * 2\nz = y + 1\n"
    error = refused(Duplicate([named("y"), named("z")]), changed)
    assert (error.reason, error.line) == ("Line 4 gives x another value in between.", 4)


def test_the_clipboard_holds_lines_of_python() -> None:
    assert copy_text(FIRST, [named("out"), at(FIRST, "y * y"), at(FIRST, "x + 2")]) == (
        "y = x + 2\nz = y * y * 3\nout = z.mean()\n"
    )
    text = "import torch\nif True:\n    x = torch.cat([\n        torch.ones(1),\n    ])\r\n    y = '''a\n    b'''\n"
    assert copy_text(text, [named("x"), named("y")]) == "x = torch.cat([\n    torch.ones(1),\n])\ny = '''a\n    b'''\n"
    with pytest.raises(EditRefused, match="Nothing is selected"):
        copy_text(FIRST, [])


def test_pasted_lines_get_names_that_are_free_and_read_the_script_s() -> None:
    code = copy_text(FIRST, [named("y"), named("z")])
    edited = do(Paste(code), FIRST)
    assert "out = z.mean()\ny2 = x + 2\nz2 = y2 * y2 * 3\n\nout.backward()" in edited
    assert run(edited)["z2"] == run(edited)["z"]
    assert Paste(code).apply(FIRST).label == "Paste 2 lines"
    assert Paste("w = x * 2").apply(FIRST).label == "Paste w"


def test_text_from_any_editor() -> None:
    code = "\r\n    # mine\r\n    w = torch.ones(2, 2)  # ones\r\n\r\n    v = (w\r\n         + x)\r\n"
    edited = do(Paste(code), FIRST)
    assert "out = z.mean()\n# mine\nw = torch.ones(2, 2)  # ones\n\nv = (w\n     + x)\n\nout.backward()" in edited
    assert do(Paste("w = x\n"), FIRST.replace("\n", "\r\n")).count("\r\n") == FIRST.count("\n") + 1
    assert do(Paste("import torch\nx = torch.ones(1)\n"), "") == "import torch\n\nx = torch.ones(1)\n"
    whole = do(Paste(FIRST), FIRST)
    assert whole.startswith(FIRST)
    assert whole.endswith("out2 = z2.mean()\n\nout2.backward()\nprint(x2.grad)\n")
    assert run(whole)["x2"] == run(FIRST)["x"]


def test_imports_come_along() -> None:
    edited = do(Paste("import torch\nimport torch.nn.functional as F\nimport math\nw = F.relu(x) * math.pi\n"), FIRST)
    assert edited.startswith("import torch\nimport torch.nn.functional as F\n\nx = ")
    assert "import math\nw = F.relu(x) * math.pi\n" in edited
    run(edited)


def test_a_pass_goes_to_the_end() -> None:
    assert do(Paste("k = x.sum()\nk.backward()\n"), FIRST) == FIRST + "k = x.sum()\nk.backward()\n"


def test_functions_loops_and_rebinding() -> None:
    code = "def double(v):\n    x = v\n    return x * 2\n\nx = x + 1\nfor i in range(2):\n    x = double(x)\nprint(f'{x}')\n"
    edited = do(Paste(code), FIRST)
    assert (
        "def double(v):\n    x = v\n    return x * 2\n\nx2 = x + 1\nfor i in range(2):\n    x2 = double(x2)\nprint(f'{x2}')\n"
        in edited
    )


def test_what_cannot_be_pasted() -> None:
    cases = {
        "": "The clipboard holds no lines of Python.",
        "  # nothing\n": "The clipboard holds no lines of Python.",
        "w = q * 2": "The pasted lines read q, which the script has not.",
        "def y(): pass": "The script uses the name y already. Rename it before pasting.",
        "import torch": "The clipboard holds nothing that the script has not.",
        "import numpy as x": "The script uses the name x for something else. Rename it first.",
    }
    assert {code: refused(Paste(code), FIRST).reason for code in cases} == cases
    assert "Line 1 is no Python" in refused(Paste("this is no prose at all"), FIRST).reason


def test_the_layout_of_another_script_stays_behind() -> None:
    code = "w = x * 2\n\n# [gradviz-layout]\n# version = 1\n# w = 1, 2\n"
    assert "layout" not in do(Paste(code), FIRST)
