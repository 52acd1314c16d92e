"""Wires: connected, taken off, ops put on them."""

from __future__ import annotations

from gradviz.recording import Span
from gradviz.script.changes import EditRefused, Place
from gradviz.script.edits.wires import Connect, Disconnect, InsertOp, Port
from gradviz.script.nodes import argument_at, arguments
from tests.script.scripts import FIRST, at, do, named, refused, run

TEXT = """\
import torch

x = torch.ones(2, 2)
y = x + 2  # shifted
z = y * y * 3
w = torch.zeros(2)
u = torch.cat([x, y], dim=0)
m = (z - 1).mean(dim=0)
v = torch.where(x > 0, x, y)
p = x @ y
print(u)
"""


def arg(piece: str, number: int, text: str = TEXT) -> Span:
    """Where an argument of an expression stands."""
    return arguments(text, at(text, piece))[number].span


def line(edit: Connect | Disconnect | InsertOp, text: str = TEXT) -> str:
    before = text.splitlines()
    return "|".join(line for line in do(edit, text).splitlines() if line not in before)


def test_arguments_are_told_one_by_one() -> None:
    def told(piece: str) -> list[tuple[str, str, str]]:
        return [(one.name, one.text, one.kind) for one in arguments(TEXT, at(TEXT, piece))]

    assert told("y * y * 3") == [("input", "y * y", "expression"), ("other", "3", "literal")]
    assert told("torch.cat([x, y], dim=0)") == [
        ("tensors[0]", "x", "name"),
        ("tensors[1]", "y", "name"),
        ("dim", "0", "literal"),
    ]
    assert told("(z - 1).mean(dim=0)") == [("input", "z - 1", "expression"), ("dim", "0", "literal")]
    assert [name for name, *_ in told("torch.where(x > 0, x, y)")] == ["condition", "input", "other"]
    assert told("x > 0") == [("input", "x", "name"), ("other", "0", "literal")]
    assert told("torch.ones(2, 2)") == [("size", "2", "literal"), ("size", "2", "literal")]


def test_the_argument_that_a_wire_leads_to() -> None:
    assert argument_at(TEXT, at(TEXT, "y * y"), named("y"), 1).span.col == 8
    assert argument_at(TEXT, at(TEXT, "y * y * 3"), at(TEXT, "y * y")).text == "y * y"
    assert argument_at(TEXT, at(TEXT, "x + 2"), at(TEXT, "torch.ones(2, 2)", name="x")).text == "x"
    again = "import torch\nx = torch.ones(1)\ny = x + 1\nx = x * 2\nz = x + y\n"
    assert argument_at(again, at(again, "x + y"), at(again, "x * 2", name="x")).text == "x"
    error = refused_argument(again, at(again, "x + y"), at(again, "torch.ones(1)", name="x"))
    assert (error.reason, error.line) == ("Line 5 does not say how x gets here. Change it there.", 5)


def refused_argument(text: str, place: Place, source: Place) -> EditRefused:
    try:
        argument_at(text, place, source)
    except EditRefused as error:
        return error
    raise AssertionError("found")


def test_a_tensor_is_given_to_a_node() -> None:
    assert line(Connect(named("x"), arg("y * y", 1))) == "z = y * x * 3"
    assert line(Connect(named("x"), arg("y * y * 3", 0))) == "z = x * 3"
    assert line(Connect(named("x"), arg("y * y * 3", 1))) == "z = y * y * x"
    assert line(Connect(named("x"), arg("(z - 1).mean(dim=0)", 0))) == "m = x.mean(dim=0)"
    assert line(Connect(named("y"), arg("torch.cat([x, y], dim=0)", 0))) == "u = torch.cat([y, y], dim=0)"
    assert line(Connect(named("y"), arg("x > 0", 1))) == "v = torch.where(x > y, x, y)"
    assert Connect(named("x"), arg("y * y", 1)).apply(TEXT).label == "Connect x to z"


def test_a_node_without_a_name_gets_one_to_be_connected_by() -> None:
    assert line(Connect(at(TEXT, "y * y"), arg("x @ y", 1))) == "a = y * y|z = a * 3|p = x @ a"
    assert line(Connect(at(TEXT, "x > 0"), arg("torch.where(x > 0, x, y)", 1))) == "a = x > 0|v = torch.where(a, a, y)"


def test_a_port_that_nothing_is_connected_to() -> None:
    assert line(Connect(named("z"), Port(named("u"), "tensors[2]"))) == "u = torch.cat([x, y, z], dim=0)"
    text = "import torch\nimport torch.nn.functional as F\nx = torch.ones(2)\nw = x * 2\nloss = F.mse_loss(x, x)\n"
    assert line(Connect(named("w"), Port(named("loss"), "weight")), text) == "loss = F.mse_loss(x, x, weight=w)"
    assert refused(Connect(named("w"), Port(at(text, "x * 2"), "alpha")), text).line == 4


def test_a_node_is_moved_behind_what_it_is_given() -> None:
    assert do(Connect(named("w"), arg("x + 2", 0)), TEXT) == TEXT.replace(
        "y = x + 2  # shifted\nz = y * y * 3\nw = torch.zeros(2)\n", "w = torch.zeros(2)\ny = w + 2  # shifted\nz = y * y * 3\n"
    )
    edited = do(Connect(named("m"), arg("torch.cat([x, y], dim=0)", 0)), TEXT.replace("print(u)\n", "print(x)"))
    assert "m = (z - 1).mean(dim=0)\nu = torch.cat([m, y], dim=0)\n" in edited
    last = "import torch\na = torch.ones(1)\nb = a + 1\nc = torch.ones(1)"
    assert (
        do(Connect(named("c"), arg("a + 1", 0, last)), last) == "import torch\na = torch.ones(1)\nc = torch.ones(1)\nb = c + 1"
    )
    within = "import torch\nx = torch.ones(1)\nwith torch.no_grad():\n    a = x + 1\n    b = x * 2\n    c = x + 3\n"
    assert "    b = x * 2\n    a = b + 1\n    c = x + 3\n" in do(Connect(named("b"), arg("x + 1", 0, within)), within)
    after = "import torch\nx = torch.ones(1)\na = x + 1\nwith torch.no_grad():\n    b = x * 2\n"
    assert do(Connect(named("b"), arg("x + 1", 0, after)), after).endswith("    b = x * 2\na = b + 1\n")


def test_what_cannot_be_moved_is_refused() -> None:
    circle = refused(Connect(named("z"), arg("x + 2", 0)), TEXT)
    assert (circle.reason, circle.line) == ("That would be a circle: line 5 is computed from y.", 5)
    own = refused(Connect(named("z"), arg("y * y", 0)), TEXT)
    assert (own.reason, own.line) == ("That would be a circle: line 5 makes z.", 5)
    printed = "import torch\nx = torch.ones(1)\ny = x + 1\nprint(y)\nw = x * 2\n"
    error = refused(Connect(named("w"), arg("x + 1", 0, printed)), printed)
    assert (error.reason, error.line) == ("Line 4 cannot be moved: it does more than compute a value.", 4)
    written = "import torch\nx = torch.ones(1)\nv = x * 1\ny = v + x\nv.add_(1)\nw = x * 2\n"
    error = refused(Connect(named("w"), arg("v + x", 1, written)), written)
    assert (error.reason, error.line) == ("Line 5 changes it in between. Move the lines by hand.", 5)
    drawn = "import torch\nx = torch.ones(1)\ny = torch.rand(1) + x\nw = x * 2\n"
    assert refused(Connect(named("w"), arg("torch.rand(1) + x", 1, drawn)), drawn).line == 3
    inside = "import torch\nx = torch.ones(1)\nwith torch.no_grad():\n    a = x + 1\nb = x * 2\n"
    assert refused(Connect(named("b"), arg("x + 1", 0, inside)), inside).line == 3
    shared = "import torch\nx = torch.ones(1); y = x + 1\nw = torch.ones(1)\n"
    assert refused(Connect(named("w"), arg("x + 1", 0, shared)), shared).line == 2


def test_a_name_that_means_another_tensor_there_is_refused() -> None:
    text = "import torch\na = torch.ones(1)\nb = torch.zeros(1)\na = a * 2\nc = b + 1\n"
    error = refused(Connect(at(text, "torch.ones(1)"), arg("b + 1", 0, text)), text)
    assert (error.reason, error.line) == ("By line 5, a has another value. Rename one of the two first.", 5)
    assert line(Connect(at(text, "a * 2"), arg("b + 1", 0, text)), text) == "c = a + 1"


def test_an_argument_is_taken_off() -> None:
    assert line(Disconnect(arg("y * y", 0))) == "z = 1 * y * 3"
    assert line(Disconnect(arg("torch.cat([x, y], dim=0)", 0))) == "u = torch.cat([y], dim=0)"
    assert line(Disconnect(arg("torch.cat([x, y], dim=0)", 2))) == "u = torch.cat([x, y])"
    assert line(Disconnect(arg("torch.where(x > 0, x, y)", 2))) == "v = torch.where(x > 0, x)"
    text = "import torch\nx = torch.ones(1)\ny = torch.add(x, x)\nz = x - (y + 1)\nz += x\nq = x[y]\n"
    assert line(Disconnect(arg("torch.add(x, x)", 1, text)), text) == "y = torch.add(x, 0)"
    assert line(Disconnect(arg("x - (y + 1)", 1, text)), text) == "z = x - 0"
    assert line(Disconnect(arg("z += x", 1, text)), text) == "z += 0"
    assert line(Disconnect(arg("x[y]", 1, text)), text) == "q = x[0]"
    assert Disconnect(arg("y * y", 0)).apply(TEXT).label == "Disconnect y from z"


def test_what_is_nothing_without_it_is_refused() -> None:
    cases = {
        arg("x + 2", 0): "Line 4 computes with no other tensor. Delete the node instead.",
        arg("(z - 1).mean(dim=0)", 0): "Line 8 computes nothing without this. Delete the node instead.",
        arg("x @ y", 0): "Line 10 takes two tensors: no number can stand for one of them.",
        arg("torch.where(x > 0, x, y)", 0): "where on line 9 cannot do without condition.",
        arg("print(u)", 0): "Line 11 passes this to a function that GradViz does not know. Change it there.",
    }
    assert {span: refused(Disconnect(span), TEXT).reason for span in cases} == cases


def test_an_op_is_put_on_a_wire() -> None:
    y, z = arg("y * y", 0), arg("y * y * 3", 0)
    cases = [
        (InsertOp("relu", y), "z = torch.relu(y) * y * 3"),
        (InsertOp("sum", y), "z = y.sum() * y * 3"),
        (InsertOp("detach", z), "z = (y * y).detach() * 3"),
        (InsertOp("exp", arg("(z - 1).mean(dim=0)", 0)), "m = torch.exp(z - 1).mean(dim=0)"),
        (InsertOp("abs", arg("(z - 1).mean(dim=0)", 0)), "m = (z - 1).abs().mean(dim=0)"),
        (InsertOp("mul", arg("(z - 1).mean(dim=0)", 0), ["2"]), "m = ((z - 1) * 2).mean(dim=0)"),
        (InsertOp("neg", y), "z = -y * y * 3"),
        (InsertOp("add", y, ["x"]), "z = (y + x) * y * 3"),
        (InsertOp("sub", y, [named("x")]), "z = (y - x) * y * 3"),
        (InsertOp("softmax", y, options={"dim": "1"}), "z = torch.softmax(y, dim=1) * y * 3"),
        (InsertOp("relu", arg("torch.cat([x, y], dim=0)", 1)), "u = torch.cat([x, torch.relu(y)], dim=0)"),
        (InsertOp("relu", y, name="h"), "h = torch.relu(y)|z = h * y * 3"),
        (InsertOp("mul", z, [named("x")], name="h"), "h = y * y * x|z = h * 3"),
    ]
    assert [line(edit) for edit, _ in cases] == [expected for _, expected in cases]
    for edit, _ in cases:
        run(do(edit, TEXT))
    assert InsertOp("relu", y).apply(TEXT).label == "Insert relu in z"
    assert len(InsertOp("relu", z).apply(TEXT).changes) == 2


def test_on_the_wire_to_the_card_of_a_result() -> None:
    whole = at(TEXT, "y * y * 3").span
    assert whole is not None
    assert line(InsertOp("mul", whole, ["2"])) == "z = y * y * 3 * 2"
    assert line(InsertOp("detach", whole)) == "z = (y * y * 3).detach()"
    assert line(InsertOp("mse_loss", whole, [named("x")])) == "import torch.nn.functional as F|z = F.mse_loss(y * y * 3, x)"


def test_another_tensor_that_is_made_later_moves_the_node() -> None:
    span = arg("x + 2", 0)
    edited = do(InsertOp("mul", span, [named("w")]), TEXT)
    assert "w = torch.zeros(2)\ny = x * w + 2  # shifted\nz = y * y * 3\n" in edited
    edited = do(InsertOp("mul", span, [named("w")], name="k"), TEXT)
    assert "w = torch.zeros(2)\nk = x * w\ny = k + 2  # shifted\nz = y * y * 3\n" in edited
    assert refused(InsertOp("mul", span, [named("m")]), TEXT).reason == "That would be a circle: line 8 is computed from z."
    assert refused(InsertOp("mul", span, ["w"]), TEXT).reason == "w is only made after line 4."


def test_comments_and_lines_within_an_expression_stay() -> None:
    text = "import torch\nx = torch.ones(2)\ny = (\n    x  # the input\n    + 1  # one\n) * 2\nz = torch.exp((x +  1))\n"
    wire = arg("(\n    x  # the input\n    + 1  # one\n) * 2", 0, text)
    assert do(InsertOp("relu", wire), text) == text.replace("y = (", "y = torch.relu(")
    assert do(InsertOp("abs", wire), text) == text.replace(") * 2", ").abs() * 2")
    assert line(InsertOp("abs", arg("torch.exp((x +  1))", 0, text)), text) == "z = torch.exp((x +  1).abs())"
    inner = arguments(text, at(text, "x  # the input\n    + 1"))[0].span
    assert "    torch.exp(x)  # the input\n" in do(InsertOp("exp", inner), text)


def test_the_first_example_is_the_same_after_a_wire_is_cut_and_mended() -> None:
    cut = do(Disconnect(arg("y * y", 1, FIRST)), FIRST)
    assert "z = y * 1 * 3" in cut
    assert do(Connect(named("y"), arg("y * 1", 1, cut)), cut) == FIRST
