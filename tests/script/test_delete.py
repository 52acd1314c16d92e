"""Deleting nodes, and what depends on them."""

from __future__ import annotations

from gradviz.script.edits.delete import Delete, dependents
from tests.script.scripts import FIRST, at, do, named, refused, run

TEXT = """\
import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2  # shifted

# weighted
z = y * y * 3
w = x * 5
out = z.mean()

out.backward()
print(x.grad)
"""


def test_what_nothing_depends_on_goes_with_its_line() -> None:
    assert do(Delete([named("w")]), TEXT) == TEXT.replace("w = x * 5\n", "")
    assert do(Delete([at(TEXT, "out.backward()")]), TEXT) == TEXT.replace("out.backward()\n", "")
    assert do(Delete([at(TEXT, "print(x.grad)")]), TEXT) == TEXT.replace("print(x.grad)\n", "")
    assert Delete([named("w")]).apply(TEXT).label == "Delete w"


def test_what_depends_on_it_is_told() -> None:
    error = refused(Delete([named("y")]), TEXT)
    assert (error.reason, error.line) == ("z would be left without y.", 7)
    assert [place.name for place in error.dependents] == ["z"]
    assert [place.name for place in dependents(TEXT, [named("y")])] == ["z", "out", ""]
    assert [place.name for place in dependents(TEXT, [named("w")])] == []
    error = refused(Delete([named("x")]), TEXT)
    assert error.reason == "y, w and line 12 would be left without x."


def test_with_what_depends_on_it() -> None:
    edited = do(Delete([named("y")], dependents="delete"), TEXT)
    assert edited == "import torch\n\nx = torch.ones(2, 2, requires_grad=True)\n\n# weighted\nw = x * 5\n\nprint(x.grad)\n"
    assert do(Delete([named("x")], dependents="delete"), TEXT) == "import torch\n\n# weighted\n"
    assert do(Delete([named("y"), named("z"), named("out")], dependents="delete"), TEXT) == edited
    several = do(Delete([named("z"), named("y"), named("out"), at(TEXT, "out.backward()")]), TEXT)
    assert several == edited


def test_around_it() -> None:
    edited = do(Delete([named("y")], dependents="bypass"), TEXT)
    assert edited == TEXT.replace("y = x + 2  # shifted\n\n", "\n").replace("y * y", "x * x").replace("x\n\n\n#", "x\n\n#")
    assert "x = torch.ones(2, 2, requires_grad=True)\n\n# weighted\nz = x * x * 3\n" in edited
    assert "out = y.mean()" in do(Delete([named("z")], dependents="bypass"), TEXT)
    assert "out = x.mean()" in do(Delete([named("y"), named("z")], dependents="bypass"), TEXT)
    error = refused(Delete([named("x")], dependents="bypass"), TEXT)
    assert (error.reason, error.line) == ("x is computed from no variable that could take its place.", 3)


def test_around_it_where_the_name_means_something_else_by_then() -> None:
    text = "import torch\na = torch.ones(1)\nb = a * 2\na = a + 1\nc = b + a\n"
    error = refused(Delete([named("b")], dependents="bypass"), text)
    assert (error.reason, error.line) == ("By line 5, a has another value. Rename one of the two first.", 5)
    assert do(Delete([at(text, "a + 1")], dependents="bypass"), text) == text.replace("a = a + 1\n", "")


def test_a_node_within_an_expression_is_taken_out_of_it() -> None:
    cases = {
        "y * y": "z = y * 3",
        "x + 2": None,
    }
    assert cases["y * y"] in do(Delete([at(TEXT, "y * y")]), TEXT)  # type: ignore[operator]
    text = "import torch\nx = torch.ones(2)\ny = torch.relu(x + 1).sum() * torch.rand(1) - x[0]\nprint((x * 3))\n"
    found = {
        "x + 1": "y = torch.relu(x).sum() * torch.rand(1) - x[0]",
        "torch.relu(x + 1)": "y = (x + 1).sum() * torch.rand(1) - x[0]",
        "torch.relu(x + 1).sum()": "y = torch.relu(x + 1) * torch.rand(1) - x[0]",
        "torch.relu(x + 1).sum() * torch.rand(1)": "y = torch.relu(x + 1).sum() - x[0]",
        "torch.rand(1)": "y = torch.relu(x + 1).sum() * 1 - x[0]",
        "x[0]": "y = torch.relu(x + 1).sum() * torch.rand(1) - x",
        "x * 3": "print(x)",
    }
    for piece, line in found.items():
        assert line in do(Delete([at(text, piece)]), text).splitlines()
    both = do(Delete([at(text, "torch.relu(x + 1)"), at(text, "x + 1")]), text)
    assert "y = x.sum() * torch.rand(1) - x[0]" in both


def test_what_only_says_something_of_it_goes_too() -> None:
    text = "import torch\nx = torch.ones(1) * 2\nx.requires_grad_()\nx.grad = None\nx.add_(1)\nx += 1\ndel x\ny = 1\n"
    assert do(Delete([at(text, "torch.ones(1) * 2")]), text) == "import torch\ny = 1\n"
    written = "import torch\nx = torch.ones(1)\nx += 1\nx.mul_(2)\nprint(x)\n"
    assert do(Delete([at(written, "x += 1")]), written) == written.replace("x += 1\n", "")
    assert do(Delete([at(written, "x.mul_(2)")]), written) == written.replace("x.mul_(2)\n", "")


def test_blocks_that_are_left_with_nothing() -> None:
    text = "import torch\nx = torch.ones(1)\nwith torch.no_grad():\n    w = x * 2\nprint(x)\n"
    assert do(Delete([named("w")]), text) == "import torch\nx = torch.ones(1)\nprint(x)\n"
    commented = text.replace("    w =", "    # why\n    w =")
    assert do(Delete([named("w")]), commented) == commented.replace("w = x * 2", "pass")
    branched = "import torch\nx = torch.ones(1)\nif x > 0:\n    y = x\nelse:\n    z = x * 2\n"
    assert do(Delete([named("z")]), branched) == branched.replace("z = x * 2", "pass")
    inner = "import torch\nx = torch.ones(1)\nif x > 0:\n    with torch.no_grad(): w = x * 2\n"
    assert do(Delete([named("w")]), inner) == "import torch\nx = torch.ones(1)\n"


def test_lines_with_several_statements() -> None:
    text = "import torch\na = torch.ones(1); b = a * 2; c = a * 3  # three\n"
    assert do(Delete([named("b")]), text) == text.replace("b = a * 2; ", "")
    assert do(Delete([named("c")]), text) == text.replace("; c = a * 3", "")
    assert do(Delete([named("b"), named("c")]), text) == text.replace("; b = a * 2; c = a * 3", "")
    assert do(Delete([named("a"), named("b"), named("c")]), text) == "import torch\n"


def test_blank_lines_and_endings() -> None:
    assert do(Delete([named("b")]), "a = 1\n\nb = 2\n\nc = 3\n") == "a = 1\n\nc = 3\n"
    assert do(Delete([named("c")]), "a = 1\n\nb = 2\n\nc = 3") == "a = 1\n\nb = 2"
    assert do(Delete([named("c")]), "a = 1\r\nc = 3\r\n") == "a = 1\r\n"
    assert do(Delete([named("a")]), "a = 1") == ""
    assert do(Delete([named("a")]), "\ufeffa = 1\nb = 2\n") == "\ufeffb = 2\n"
    assert do(Delete([named("a")]), "a = (\n  1\n)\nb = 2\n") == "b = 2\n"


def test_functions_that_depend_on_it_are_left_to_the_editor() -> None:
    text = "import torch\nx = torch.ones(1)\ndef f(): return x\n"
    assert refused(Delete([named("x")], dependents="delete"), text).line == 3
    loop = "import torch\nx = torch.ones(1)\nfor i in range(2):\n    y = x * i\n    z = y + 1\n"
    assert do(Delete([named("x")], dependents="delete"), loop) == "import torch\n"


def test_what_is_left_computes_what_it_did() -> None:
    before, after = run(TEXT), run(do(Delete([named("w")]), TEXT))
    assert {name: after[name] for name in after} == {name: before[name] for name in after}
    assert run(do(Delete([named("w")]), FIRST + "w = x * 2\n")) == run(FIRST)


def test_several_targets_are_left_to_the_editor() -> None:
    text = "import torch\nx = torch.ones(2)\na, b = x.chunk(2)\n"
    assert refused(Delete([at(text, "x.chunk(2)")]), text).line == 3
    assert refused(Delete([]), text).reason == "Nothing is selected."
