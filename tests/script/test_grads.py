"""requires_grad, detach, backward and zeroed gradients."""

from __future__ import annotations

from pathlib import Path

from gradviz.script.edits.grads import AddBackward, InsertDetach, RemoveDetach, ToggleRequiresGrad, ZeroGrads
from gradviz.script.nodes import arguments
from tests.script.scripts import FIRST, at, do, named, refused, run

SEED = Path(__file__).parents[1] / "data" / "seed"


def line(edit: object, text: str) -> str:
    before = text.splitlines()
    return "|".join(line for line in do(edit, text).splitlines() if line not in before)  # type: ignore[arg-type]


def test_a_factory_says_so_by_its_keyword() -> None:
    text = (
        "import torch\na = torch.ones(2, 2)\nb = torch.tensor([1.0, 2.0], requires_grad=False)\n"
        "c = torch.nn.Parameter(a)\nd = torch.zeros(2, requires_grad=True, dtype=torch.float64)\ne = 2 * torch.rand(2)\n"
    )
    assert line(ToggleRequiresGrad(named("a")), text) == "a = torch.ones(2, 2, requires_grad=True)"
    assert line(ToggleRequiresGrad(named("b")), text) == "b = torch.tensor([1.0, 2.0], requires_grad=True)"
    assert line(ToggleRequiresGrad(named("c")), text) == "c = torch.nn.Parameter(a, requires_grad=False)"
    assert line(ToggleRequiresGrad(named("d")), text) == "d = torch.zeros(2, dtype=torch.float64)"
    assert line(ToggleRequiresGrad(at(text, "torch.rand(2)")), text) == "e = 2 * torch.rand(2, requires_grad=True)"
    assert ToggleRequiresGrad(named("a")).apply(text).label == "Turn requires_grad on for a"
    assert do(ToggleRequiresGrad(named("a"), to=False), text) == text
    for name in "abcd":
        twice = do(ToggleRequiresGrad(named(name)), do(ToggleRequiresGrad(named(name)), text))
        assert run(twice)[name][1] == run(text)[name][1]


def test_what_is_computed_says_so_on_a_line_behind_it() -> None:
    text = "import torch\n\na = torch.ones(2) * 3  # three\nb = a + 1"
    on = do(ToggleRequiresGrad(at(text, "torch.ones(2) * 3")), text)
    assert on == "import torch\n\na = torch.ones(2) * 3  # three\na.requires_grad_()\nb = a + 1"
    assert do(ToggleRequiresGrad(named("a")), on) == text
    assert do(ToggleRequiresGrad(named("b")), text).endswith("b = a + 1\nb.requires_grad_()")


def test_the_seed_s_example_of_turning_it_on_later_is_turned_off_again() -> None:
    text = (SEED / "2_requires_grad_.py").read_text()
    off = do(ToggleRequiresGrad(at(text, "(a * 3) / (a - 1)", name="a")), text)
    assert off == text.replace("a.requires_grad_(True)\n", "")
    chained = "import torch\nw = (torch.randn(6, 1) * 0.5).requires_grad_()\nv = torch.ones(1).requires_grad_(True)\n"
    off = do(ToggleRequiresGrad(at(chained, "torch.randn(6, 1) * 0.5", name="w")), chained)
    assert "w = torch.randn(6, 1) * 0.5\n" in off
    assert line(ToggleRequiresGrad(at(chained, "torch.ones(1)")), chained) == "v = torch.ones(1)"
    assert line(ToggleRequiresGrad(named("v")), chained) == "v = torch.ones(1)"
    assigned = "import torch\nx = torch.ones(1) + 1\nx.requires_grad = True\n"
    assert do(ToggleRequiresGrad(named("x")), assigned) == "import torch\nx = torch.ones(1) + 1\n"


def test_no_leaf_and_no_whole_numbers() -> None:
    error = refused(ToggleRequiresGrad(named("y"), to=False), FIRST.replace("y * y", "y.exp() * y"))
    assert error.reason.startswith("You can only change requires_grad flags of leaf variables.")
    assert refused(ToggleRequiresGrad(named("out")), FIRST).line == 6
    assert refused(ToggleRequiresGrad(named("x"), to=False, leaf=False), FIRST).line == 3
    for maker in ("torch.arange(4)", "torch.tensor([1, -2])", "torch.ones(2, dtype=torch.int64)", "torch.randint(0, 3, (2,))"):
        error = refused(ToggleRequiresGrad(named("x")), f"import torch\nx = {maker}\n")
        assert error.reason == "Only Tensors of floating point and complex dtype can require gradients."
    assert refused(ToggleRequiresGrad(named("x"), dtype="int64"), "import torch\nx = torch.ones(1)\n").line == 2
    detached = "import torch\nx = torch.ones(1, requires_grad=True)\ny = x.detach() * 2\nwith torch.no_grad():\n    z = x * 2\n"
    assert "y.requires_grad_()" in do(ToggleRequiresGrad(named("y")), detached)
    assert "    z.requires_grad_()" in do(ToggleRequiresGrad(named("z")), detached)


def test_gradients_are_cut_on_a_wire_and_at_a_definition() -> None:
    wire = arguments(FIRST, at(FIRST, "y * y"))[1].span
    cut = do(InsertDetach(wire), FIRST)
    assert "z = y * y.detach() * 3\n" in cut
    assert do(RemoveDetach(at(cut, "y.detach()")), cut) == FIRST
    whole = do(InsertDetach(at(FIRST, "x + 2")), FIRST)
    assert "y = (x + 2).detach()  # shifted\n" in whole
    assert do(RemoveDetach(named("y")), whole) == FIRST
    inner = do(InsertDetach(at(FIRST, "y * y")), FIRST)
    assert "z = (y * y).detach() * 3\n" in inner
    assert do(RemoveDetach(at(inner, "(y * y).detach()")), inner) == FIRST
    assert InsertDetach(wire).apply(FIRST).label == "Detach y"
    assert RemoveDetach(named("y")).apply(whole).label == "Undo detach of x + 2"
    assert run(cut)["x"][2] == [[4.5, 4.5], [4.5, 4.5]] or run(cut)["x"][2] == [[2.25, 2.25], [2.25, 2.25]]


def test_other_ways_of_cutting_are_mended_too() -> None:
    text = "import torch\nx = torch.ones(1)\na = x.data + 1\nb = torch.detach(x * 2)\nc = 2 * (x + 1).detach()\n"
    assert line(RemoveDetach(at(text, "x.data")), text) == "a = x + 1"
    assert line(RemoveDetach(named("b")), text) == "b = x * 2"
    assert line(RemoveDetach(at(text, "(x + 1).detach()")), text) == "c = 2 * (x + 1)"
    assert refused(RemoveDetach(named("x")), text).reason == "Line 2 is not detached there."
    assert refused(InsertDetach(named("b")), text).reason == "Line 4 is detached already."
    assert refused(InsertDetach(at(text, "x.data")), text).reason == "Line 3 is detached already."
    several = "import torch\na = b = torch.ones(1)\n"
    assert refused(InsertDetach(at(several, "torch.ones(1)")), several).line == 2


def test_a_backward_pass_is_added_at_the_end() -> None:
    text = FIRST.replace("\nout.backward()\nprint(x.grad)\n", "")
    assert do(AddBackward(named("out"), shape=()), text) == text + "out.backward()\n"
    assert do(AddBackward(named("z"), shape=(2, 2)), text) == text + "z.backward(torch.ones_like(z))\n"
    assert do(AddBackward(named("z"), shape=(1, 1)), text) == text + "z.backward()\n"
    assert do(AddBackward(named("z"), gradient="2 * z"), text) == text + "z.backward(2 * z)\n"
    unnamed = do(AddBackward(at(text, "y * y"), shape=(2, 2)), text)
    assert "a = y * y\nz = a * 3\n" in unnamed
    assert unnamed.endswith("a.backward(torch.ones_like(a))\n")
    assert AddBackward(named("out")).apply(text).label == "Add out.backward()"


def test_pressed_again_it_adds_up() -> None:
    once = FIRST
    assert run(once)["x"][2] == [[4.5, 4.5], [4.5, 4.5]]
    twice = do(AddBackward(named("out"), shape=()), once)
    assert twice == FIRST.replace("out.backward()", "out.backward(retain_graph=True)") + "out.backward()\n"
    assert run(twice)["x"][2] == [[9, 9], [9, 9]]
    thrice = do(AddBackward(named("out"), shape=()), twice)
    assert thrice.endswith("print(x.grad)\nout.backward(retain_graph=True)\nout.backward()\n")
    assert run(thrice)["x"][2] == [[13.5, 13.5], [13.5, 13.5]]


def test_only_passes_through_the_same_graph_keep_it() -> None:
    text = FIRST + "k = (x * 2).sum()\n"
    assert do(AddBackward(named("k"), shape=()), text) == text + "k.backward()\n"
    shared = do(AddBackward(named("z"), shape=(2, 2)), FIRST)
    assert "out.backward(retain_graph=True)" in shared
    run(shared)


def test_gradients_are_thrown_away() -> None:
    assert do(ZeroGrads(), FIRST) == FIRST + "x.grad = None\n"
    assert do(ZeroGrads([named("x")]), FIRST) == FIRST + "x.grad = None\n"
    assert ZeroGrads([named("x")]).apply(FIRST).label == "Zero x.grad"
    two = FIRST + "w = torch.zeros(1)\nw.requires_grad_()\nv = torch.ones(1)\n"
    assert do(ZeroGrads(), two) == two + "x.grad = None\nw.grad = None\n"
    trained = "import torch\nw = torch.ones(1, requires_grad=True)\nopt = torch.optim.SGD([w], lr=0.1)\n"
    assert do(ZeroGrads(), trained) == trained + "opt.zero_grad()\n"
    run(do(ZeroGrads(), trained))
    assert refused(ZeroGrads(), "import torch\nv = torch.ones(1)\n").reason == "No tensor of this script needs a gradient."
