"""Adding tensors and ops: the script that is written is one a person would write."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gradviz.runner import record
from gradviz.script.edits.ops import AddOp
from gradviz.script.edits.tensors import AddTensor, Arange, FromFile, Full, Ones, Randn, Values, Zeros
from tests.script.scripts import FIRST, at, do, named, refused, run


def lines_of(edit: AddTensor | AddOp, text: str = "import torch\n") -> list[str]:
    """The lines that an edit adds."""
    before = text.splitlines()
    return [line for line in do(edit, text).splitlines() if line and line not in before]


def test_the_first_example_from_an_empty_script() -> None:
    text = do(AddTensor(Ones((2, 2)), requires_grad=True), "")
    text = do(AddOp("add", [named("x"), "2"]), text)
    text = do(AddOp("mul", [named("y"), named("y")]), text)
    text = do(AddOp("mean", [named("z")]), text)
    assert text == ("import torch\n\nx = torch.ones(2, 2, requires_grad=True)\ny = x + 2\nz = y * y\nout = z.mean()\n")


def test_tensors_are_written_as_a_person_writes_them() -> None:
    found = {
        AddTensor(Ones((2, 3))): "x = torch.ones(2, 3)",
        AddTensor(Zeros((4,)), requires_grad=True): "x = torch.zeros(4, requires_grad=True)",
        AddTensor(
            Zeros((2,)), dtype="float64", requires_grad=True
        ): "x = torch.zeros(2, dtype=torch.float64, requires_grad=True)",
        AddTensor(Zeros(())): "x = torch.zeros(())",
        AddTensor(Full((2,), "0.5")): "x = torch.full((2,), 0.5)",
        AddTensor(Full((2, 2), "3"), requires_grad=True): "x = torch.full((2, 2), 3.0, requires_grad=True)",
        AddTensor(Arange("4")): "x = torch.arange(4)",
        AddTensor(Arange("4"), requires_grad=True): "x = torch.arange(4.0, requires_grad=True)",
        AddTensor(Arange("1", step="0.25")): "x = torch.arange(0, 1, 0.25)",
        AddTensor(Randn((2, 2))): "x = torch.randn(2, 2)",
        AddTensor(Values("3")): "x = torch.tensor(3)",
        AddTensor(Values(("1", "2"))): "x = torch.tensor([1, 2])",
        AddTensor(Values(("1", "2")), requires_grad=True): "x = torch.tensor([1.0, 2.0], requires_grad=True)",
        AddTensor(Values((("1", "2.5"), ("-3", "1e-3")))): "x = torch.tensor([[1.0, 2.5], [-3.0, 1e-3]])",
        AddTensor(Values((" inf", "−1"))): 'x = torch.tensor([float("inf"), -1.0])',
        AddTensor(Values(("true", "False"))): "x = torch.tensor([True, False])",
        AddTensor(Ones((1,)), name="weights"): "weights = torch.ones(1)",
    }
    assert {edit: lines_of(edit) for edit in found} == {edit: [line] for edit, line in found.items()}
    for edit in found:
        run(do(edit, ""))


def test_what_is_no_tensor_is_refused() -> None:
    cases = {
        AddTensor(Values(("1", "two"))): "“two” is no number.",
        AddTensor(Values(("1", ""))): "Type a number into every cell.",
        AddTensor(Values((("1",), ("1", "2")))): "Every row must have the same number of cells.",
        AddTensor(Ones((2, -1))): "A size cannot be negative.",
        AddTensor(Ones((2,)), dtype="int64", requires_grad=True): (
            "Only Tensors of floating point and complex dtype can require gradients."
        ),
        AddTensor(Ones((2,)), name="x"): "The script uses the name x already. Choose another one.",
        AddTensor(Ones((2,)), name="for"): "“for” is a word of Python's own. Choose another name.",
        AddTensor(Ones((2,)), name="sum"): "“sum” is a builtin of Python's. Choose another name.",
        AddTensor(Ones((2,)), name="2x"): "“2x” is no name for a variable: use letters, digits and _, a letter first.",
    }
    assert {edit: refused(edit, FIRST).reason for edit in cases} == cases


def test_a_tensor_goes_before_the_backward_pass_and_behind_the_head() -> None:
    assert "out = z.mean()\na = torch.ones(1)\n\nout.backward()" in do(AddTensor(Ones((1,))), FIRST)
    assert do(AddTensor(Ones((1,))), "# Mine\n") == "# Mine\n\nimport torch\n\nx = torch.ones(1)\n"
    assert do(AddTensor(Ones((1,))), '"""Doc."""\n') == '"""Doc."""\n\nimport torch\n\nx = torch.ones(1)\n'
    assert do(AddTensor(Ones((1,))), "import math") == "import math\nimport torch\n\nx = torch.ones(1)"
    assert do(AddTensor(Ones((1,))), "print(1)\n") == "import torch\n\nprint(1)\nx = torch.ones(1)\n"


def test_the_script_s_own_way_to_end_lines_and_to_call_torch_is_kept() -> None:
    assert do(AddTensor(Ones((1,))), "import torch as th\r\n\r\na = 1\r\n").endswith("a = 1\r\nx = th.ones(1)\r\n")
    assert do(AddTensor(Ones((1,))), "\ufeffimport torch\n\na = 1") == "\ufeffimport torch\n\na = 1\nx = torch.ones(1)"
    text = "import torch.nn.functional as fun\nimport torch\n\nx = torch.ones(2)\n"
    assert lines_of(AddOp("mse_loss", [named("x"), named("x")]), text) == ["loss = fun.mse_loss(x, x)"]


def test_a_seed_is_set_once() -> None:
    text = do(AddTensor(Randn((2,), seed=0)), "")
    assert text == "import torch\n\ntorch.manual_seed(0)\n\nx = torch.randn(2)\n"
    assert lines_of(AddTensor(Randn((3,), seed=0)), text) == ["y = torch.randn(3)"]
    assert lines_of(AddTensor(Randn((3,), seed=7)), text) == ["torch.manual_seed(7)", "y = torch.randn(3)"]


def test_random_numbers_are_drawn_behind_those_that_are_there() -> None:
    text = FIRST + "r = torch.rand(2)\nr.sum()\n"
    edited = do(AddTensor(Randn((2,), seed=3)), text)
    assert edited.endswith("r = torch.rand(2)\nr.sum()\ntorch.manual_seed(3)\na = torch.randn(2)\n")


def test_a_small_file_is_written_out_and_runs_restricted(tmp_path: Path) -> None:
    array = np.array([[0.1, 1e-8], [np.inf, 3]], dtype=np.float32)
    np.save(tmp_path / "a.npy", array)
    text = do(AddTensor(FromFile(str(tmp_path / "a.npy"))), "")
    assert text == 'import torch\n\nx = torch.tensor([[0.1, 1e-08], [float("inf"), 3.0]])\n'
    assert np.array_equal(np.array(run(text)["x"][0], np.float32), array)
    assert not record(text).errors
    np.save(tmp_path / "b.npy", array.astype(np.float64))
    assert "dtype=torch.float64" in do(AddTensor(FromFile(str(tmp_path / "b.npy"))), "")


def test_a_large_file_is_loaded_which_takes_trust(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.ones((10, 10), np.float32))
    edited = AddTensor(FromFile(str(path)), requires_grad=True).apply("")
    assert edited.text.endswith(f"x = torch.from_numpy(np.load({str(path)!r})).requires_grad_()\n")
    assert edited.text.startswith("import numpy as np\nimport torch\n")
    assert edited.note == "The script reads a file when it runs, which only a trusted script may do."
    assert run(edited.text)["x"][1]
    assert "may not import `numpy`" in record(edited.text).errors[0].message


def test_what_is_no_array_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_text("no")
    assert refused(AddTensor(FromFile(str(tmp_path / "a.npy"))), "").reason.startswith("a.npy cannot be read")
    assert (
        refused(AddTensor(FromFile(str(tmp_path / "b.npy"))), "").reason == "b.npy cannot be read: No such file or directory."
    )
    np.save(tmp_path / "c.npy", np.array(["a"]))
    assert refused(AddTensor(FromFile(str(tmp_path / "c.npy"))), "").reason == "c.npy holds no array of real numbers."


def test_ops_are_written_with_operators_methods_and_functions() -> None:
    x, y = named("x"), named("y")
    found = [
        (AddOp("add", [x]), "x + 2"),
        (AddOp("sub", ["1", x]), "1 - x"),
        (AddOp("mul", [x, "-3"]), "x * -3"),
        (AddOp("pow", ["-2", x]), "(-2) ** x"),
        (AddOp("neg", [x]), "-x"),
        (AddOp("matmul", [x, y]), "x @ y"),
        (AddOp("div", [x, y], {"rounding_mode": '"floor"'}), 'torch.div(x, y, rounding_mode="floor")'),
        (AddOp("add", [x, "y + 1"]), "x + (y + 1)"),
        (AddOp("relu", [x]), "torch.relu(x)"),
        (AddOp("softmax", [x], {"dim": "0"}), "torch.softmax(x, dim=0)"),
        (AddOp("view", [x], {"size": "4"}), "x.view(4)"),
        (AddOp("sum", [x], {"dim": "1", "keepdim": "True"}), "x.sum(dim=1, keepdim=True)"),
        (AddOp("clamp", [x]), "x.clamp(0, 1)"),
        (AddOp("cat", [x, y]), "torch.cat([x, y], dim=0)"),
        (AddOp("where", ["x > 0", x]), "torch.where(x > 0, x, 0.0)"),
        (AddOp("linear", [x, y]), "F.linear(x, y)"),
        (AddOp("linear", [x, y, x]), "F.linear(x, y, x)"),
        (AddOp("transpose", [x]), "x.transpose(0, 1)"),
        (AddOp("T", [x]), "x.T"),
        (AddOp("index", [x], {"index": "0, 1"}), "x[0, 1]"),
        (AddOp("detach", [x]), "x.detach()"),
    ]
    text = "import torch\nx = torch.rand(2, 2)\ny = torch.rand(2, 2)\n"
    assert [lines_of(edit, text)[-1].partition(" = ")[2] for edit, _ in found] == [code for _, code in found]
    for edit, _ in found:
        run(do(edit, text).replace("(x, y, x)", "(x, y, x[0])"))


def test_an_op_s_result_is_named_for_what_it_is() -> None:
    assert lines_of(AddOp("sum", [named("y")]), FIRST) == ["out2 = y.sum()"]
    assert lines_of(AddOp("mse_loss", [named("y"), named("z")]), FIRST)[-1] == "loss = F.mse_loss(y, z)"
    assert lines_of(AddOp("relu", [named("y")], name="hidden"), FIRST) == ["hidden = torch.relu(y)"]
    assert AddOp("add", [named("y"), "1"]).apply(FIRST).label == "Add a = y + 1"


def test_new_names_are_free_everywhere() -> None:
    text = "import torch\nx = torch.ones(1)\ndef f(y): return y\nprint(lambda z: z, [a for a in x])\nb: int\n"
    assert lines_of(AddOp("exp", [named("x")]), text) == ["c = torch.exp(x)"]


def test_an_op_goes_where_its_inputs_are_what_was_meant() -> None:
    text = "import torch\na = torch.ones(2)\na = a * 2\nprint(a)\na.mul_(3)\nprint(a)\n"
    first = do(AddOp("exp", [at(text, "torch.ones(2)", name="a")]), text)
    assert first.splitlines()[1:4] == ["a = torch.ones(2)", "x = torch.exp(a)", "a = a * 2"]
    second = do(AddOp("exp", [at(text, "a * 2", name="a")]), text)
    assert second.splitlines()[3:6] == ["print(a)", "x = torch.exp(a)", "a.mul_(3)"]


def test_inputs_that_never_meet_are_refused() -> None:
    text = "import torch\na = torch.ones(2)\na = a * 2\nb = a + 1\n"
    error = refused(AddOp("mul", [at(text, "torch.ones(2)"), named("b")]), text)
    assert (error.reason, error.line) == ("Line 3 gives a another value before it is needed.", 3)


def test_a_node_without_a_name_gets_one() -> None:
    text = do(AddOp("exp", [at(FIRST, "y * y")]), FIRST)
    assert "y = x + 2  # shifted\na = y * y\nz = a * 3\nout = z.mean()\nb = torch.exp(a)\n" in text


def test_several_nodes_of_one_expression_get_names_from_within_outwards() -> None:
    text = "import torch\nx = torch.ones(2)\nz = (x + 1) * 2 - 3\n"
    edited = do(AddOp("add", [at(text, "(x + 1) * 2"), at(text, "x + 1")]), text)
    assert edited == "import torch\nx = torch.ones(2)\ny = x + 1\na = y * 2\nz = a - 3\nb = a + y\n"


def test_what_an_op_cannot_take_is_refused() -> None:
    x = named("x")
    cases = [
        (AddOp("nothing", [x]), "There is no op “nothing”."),
        (AddOp("matmul", [x]), "matmul needs 2 tensors: matmul("),
        (AddOp("exp", [x, x]), "exp takes 1 tensors, not 2."),
        (AddOp("exp", [x], {"dim": "0"}), "exp has no parameter dim: it is called as exp(input)."),
        (AddOp("add", [x, "2 +"]), "“2 +” is no Python expression."),
        (AddOp("add", [named("nobody")]), "The script has no variable nobody."),
    ]
    for edit, reason in cases:
        assert refused(edit, FIRST).reason.startswith(reason)


def test_a_script_that_is_no_python_is_left_alone() -> None:
    error = refused(AddTensor(Ones((1,))), "x = (1\ny = \n")
    assert error.line in (1, 2)
    assert error.reason.endswith("Mend it first.")
