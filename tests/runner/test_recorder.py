"""What is recorded of what a script does: events, their order, values and places."""

# ruff: noqa: E501 (a script stands on one line)
from __future__ import annotations

import ast
import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.observe import observing
from gradviz.recording import Cut, Kind, Mode, Recording, RecordingBuilder, Span
from gradviz.runner.recorder import Recorder
from gradviz.runner.source import ScriptSource
from tests.runner.stories import lines, name_of, number_text, ran, recorded, story

BACKWARD = (Kind.CONTRIBUTION, Kind.VISIT, Kind.FREE, Kind.PASS_BEGIN, Kind.PASS_END)


def cuts(recording: Recording, name: str) -> list[Cut]:
    """Why gradients do not cross into the tensor arguments of the last op of a name."""
    op = [op for op in recording.ops if op.name == name][-1]
    return [entry.cut for entry in op.inputs if entry.tensor >= 0]


class TestTheSeedsSnippets:
    def test_the_mean_of_squares_step_by_step(self) -> None:
        recording = ran("x = torch.ones(2, 2, requires_grad=True)\ny = x + 2\nz = y * y * 3\nout = z.mean()\nout.backward()\n")
        assert story(recording) == [
            "create x by ones: 1",
            "add -> y",
            "mul -> mul()",
            "mul -> z",
            "mean -> out",
            "begin out.backward()",
            "seed -> out: 1, waits 0",
            "visit mean: 1",
            "mean.0 -> z: 0.25, waits 0",
            "visit mul: 0.25",
            "free mul",
            "mul.0 -> mul(): 0.75, waits 0",
            "visit mul: 0.75",
            "free mul",
            "mul.0 -> y: 2.25, waits 1",
            "mul.1 -> y: 2.25 (2.25 + = 4.5), waits 0",
            "visit add: 4.5",
            "add.0 -> x: 4.5, waits 0",
            "visit x: 4.5",
            "accumulate x: None + 4.5 = 4.5",
            "end",
        ]
        assert lines(recording) == [1, 2, 3, 3, 4] + [5] * 16

    def test_gradients_accumulate_and_are_zeroed(self) -> None:
        recording = ran(
            "x = torch.ones(2, 2, requires_grad=True)\n(x * 4.5).sum().backward()\nout2 = x.sum()\nout2.backward()\n"
            "out3 = x.sum()\nx.grad.data.zero_()\nout3.backward()\nprint(x.grad)\n"
        )
        assert story(recording, Kind.ACCUMULATE, Kind.GRAD_SET, Kind.INPLACE, Kind.DATA, Kind.OUTPUT) == [
            "accumulate x: None + 4.5 = 4.5",
            "accumulate x: 4.5 + 1 = 5.5",
            "data -> data()",
            "inplace data() by zero_: 0",
            "inplace x.grad by zero_: 0",
            "grad of x by zero_: 0",
            "accumulate x: 0 + 1 = 1",
            "inplace x.grad by accumulate: 1",
            "print 'tensor([[1., 1.],\\n        [1., 1.]])\\n'",
        ]
        state = recording.state(len(recording) - 1)
        assert number_text(recording.value(int(state.grads[0]))) == "1"

    def test_a_vector_is_weighted(self) -> None:
        recording = ran(
            "x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)\ny = 2 * x\nz = y.view(2, 2)\n"
            "v = torch.tensor([[1.0, 0.1], [0.01, 0.001]], dtype=torch.float)\nz.backward(v)\n"
        )
        assert story(recording, Kind.CONTRIBUTION)[0] == "seed -> z: 1,0.1,0.01,0.001, waits 0"
        assert story(recording, Kind.ACCUMULATE) == ["accumulate x: None + 2,0.2,0.02,0.002 = 2,0.2,0.02,0.002"]
        z, y = (next(t for t in map(recording.tensor, range(4)) if t.name == name) for name in "zy")
        assert (z.base, z.storage) == (y.number, y.storage)

    def test_no_grad_cuts(self) -> None:
        recording = ran(
            "x = torch.tensor(2.0, requires_grad=True)\ny1 = x ** 2\nwith torch.no_grad():\n    y2 = x ** 3\ny3 = y1 + y2\ny3.backward()\n"
        )
        first, second = (op for op in recording.ops if op.name == "pow")
        assert (first.node, first.mode, first.region) == ("PowBackward0", Mode.GRAD, -1)
        assert (second.node, second.mode, second.region) == ("", Mode.NO_GRAD, 0)
        assert cuts(recording, "pow") == [Cut.NO_GRAD]
        assert cuts(recording, "add") == [Cut.NONE, Cut.LEAF]
        (region,) = recording.regions
        assert (region.kind, region.line - 1, region.end_line - 1) == ("no_grad", 3, 4)
        assert story(recording, Kind.MODE_ENTER, Kind.MODE_EXIT) == ["mode_enter no_grad", "mode_exit no_grad"]
        assert story(recording, Kind.ACCUMULATE) == ["accumulate x: None + 4 = 4"]

    def test_writing_through_data_is_seen_by_all_who_share_it(self) -> None:
        recording = ran("x = torch.ones(1, requires_grad=True)\ny = 2 * x\nx.data *= 100\ny.backward()\n")
        assert story(recording, Kind.DATA, Kind.INPLACE) == [
            "data -> x.data",
            "inplace x.data by mul_: 100",
            "inplace x by mul_: 100",
        ]
        assert cuts(recording, "data") == [Cut.DATA]
        assert story(recording, Kind.ACCUMULATE) == ["accumulate x: None + 2 = 2"]


class TestOps:
    def test_inputs_have_slots_literals_and_formulas(self) -> None:
        recording = ran("x = torch.ones(2, requires_grad=True)\ny = x * 3\nz = torch.cat([y, y + 1, torch.ones(1)])\n")
        mul, cat = recording.ops[0], recording.ops[-1]
        assert [(e.parameter, e.literal, e.slot, e.cut, e.formula) for e in mul.inputs] == [
            ("self", "", 0, Cut.NONE, "grad * other"),
            ("other", "3", -1, Cut.NONE, ""),
        ]
        assert [(e.parameter, e.slot, e.cut) for e in cat.inputs if e.tensor >= 0] == [
            ("tensors[0]", 0, Cut.NONE),
            ("tensors[1]", 1, Cut.NONE),
            ("tensors[2]", -1, Cut.LEAF),
        ]

    @pytest.mark.parametrize(
        ("text", "op", "expected"),
        [
            ("y = x.detach()", "detach", [Cut.DETACH]),
            ("y = x.data", "data", [Cut.DATA]),
            ("with torch.inference_mode():\n    y = x + 1", "add", [Cut.INFERENCE]),
            ("with torch.no_grad():\n    x -= 1", "sub_", [Cut.NO_GRAD]),
            ("y = x[torch.tensor([0])]", "index", [Cut.NONE, Cut.DTYPE]),
            ("y = x > torch.ones(2)", "gt", [Cut.NOT_DIFFERENTIABLE, Cut.LEAF]),
            ("y = x * torch.ones(2)", "mul", [Cut.NONE, Cut.LEAF]),
            ("y = x * (torch.ones(2) + 1)", "mul", [Cut.NONE, Cut.CONSTANT]),
            ("y = x * x.detach()", "mul", [Cut.NONE, Cut.LEAF]),
            ("y = x * (x.detach() * 2)", "mul", [Cut.NONE, Cut.CONSTANT]),
            ("y = torch.ones(2, dtype=torch.int64) + torch.ones(2, dtype=torch.int64)", "add", [Cut.DTYPE, Cut.DTYPE]),
        ],
    )
    def test_every_cut_has_its_reason(self, text: str, op: str, expected: list[Cut]) -> None:
        assert cuts(ran(f"x = torch.ones(2, requires_grad=True)\n{text}\n"), op) == expected

    def test_what_a_node_saves_is_told_with_its_version(self) -> None:
        recording = ran("x = torch.ones(2, requires_grad=True)\nc = torch.ones(2)\nc += 1\ny = x * c\nz = y.exp()\n")
        mul, exp = (next(op for op in recording.ops if op.name == name) for name in ("mul", "exp"))
        assert [(s.name, name_of(recording, s.tensor), s.version) for s in mul.saved] == [("other", "c", 1)]
        assert [(s.name, name_of(recording, s.tensor), s.version) for s in exp.saved] == [("result", "z", 0)]
        assert number_text(recording.value(mul.saved[0].value)) == "2"

    def test_an_op_of_several_outputs(self) -> None:
        recording = ran("x = torch.tensor([[1.0, 5.0], [7.0, 2.0]], requires_grad=True)\nm, i = x.max(1)\nm.sum().backward()\n")
        (op,) = (op for op in recording.ops if op.name == "max")
        assert [recording.tensor(t).name for t in op.outputs] == ["m", "i"]
        assert [recording.tensor(t).output for t in op.outputs] == [0, 1]
        assert story(recording, Kind.ACCUMULATE) == ["accumulate x: None + 0,1,1,0 = 0,1,1,0"]

    @pytest.mark.parametrize(
        ("literal", "shown"),
        [
            ("0.1", "0.1"),
            ("5.0", "5"),
            ("1e-5", "1e-05"),
            ("0.123456789", "0.123456789"),
            ("True", "True"),
            ("-3", "-3"),
            ("1j", "1j"),
        ],
    )
    def test_numbers_are_shown_as_they_are(self, literal: str, shown: str) -> None:
        recording = ran(f"y = torch.ones(2) * {literal}\n")
        assert [e.literal for e in recording.ops[-1].inputs if e.tensor < 0] == [shown]

    def test_an_argument_that_cannot_be_shown_is_called_by_its_class(self) -> None:
        text = "class Odd:\n    def __index__(self): return 0\n    def __repr__(self): raise ValueError\ny = torch.ones(2)[Odd()]\n"
        recording = recorded(text)
        assert all(error.kind == "exception" for error in recording.errors)

    def test_values_are_copies(self) -> None:
        recording = ran("a = torch.zeros(3)\nfor i in range(3):\n    a[i] = i + 1\n")
        assert [number_text(recording.value(e.value)) for e in map(recording.event, range(4))] == [
            "0",
            "1,0,0",
            "1,2,0",
            "1,2,3",
        ]


class TestWrites:
    def test_autograd_gives_a_tensor_written_to_a_new_row_of_the_same_object(self) -> None:
        recording = ran("x = torch.ones(2, requires_grad=True)\ny = x * 2\ny += 1\ny.sum().backward()\n")
        rows = [t for t in map(recording.tensor, range(recording.tensor_count)) if t.name == "y"]
        assert len(rows) == 2
        assert rows[0].object == rows[1].object
        assert [t.version for t in rows] == [0, 1]
        (write,) = (op for op in recording.ops if op.name == "add_")
        assert (write.inplace, write.outputs) == (rows[0].number, (rows[1].number,))
        assert story(recording, Kind.INPLACE) == []
        assert story(recording, Kind.ACCUMULATE) == ["accumulate x: None + 2 = 2"]

    def test_writing_to_a_view_gives_its_base_a_new_history(self) -> None:
        recording = ran(
            "x = torch.ones(4, requires_grad=True)\nb = x * 2\nv = b[1:3]\nv.mul_(3)\n(b.sum() + v.sum()).backward()\n"
        )
        assert story(recording, Kind.OP) == [
            "mul -> b",
            "slice -> v",
            "mul_ -> b",
            "as_strided -> v",
            "sum -> sum()",
            "sum -> sum()",
            "add -> add()",
        ]
        write = next(op for op in recording.ops if op.name == "mul_")
        assert write.node == "CopySlices"
        assert name_of(recording, write.inplace) == "v"
        assert story(recording, Kind.ACCUMULATE) == ["accumulate x: None + 2,12,12,2 = 2,12,12,2"]
        arrived = [line for line in story(recording, Kind.CONTRIBUTION) if "-> b" in line]
        assert arrived == [
            "sum.0 -> b: 1, waits 1",
            "as_strided.0 -> b: 0,1,1,0 (1 + = 1,2,2,1), waits 0",
            "mul_.0 -> b: 1,6,6,1, waits 0",
        ]

    def test_a_base_written_to_renews_the_views_that_are_used_later(self) -> None:
        recording = ran("x = torch.ones(4, requires_grad=True)\nb = x * 2\nv = b[1:3]\nb.mul_(3)\nv.sum().backward()\n")
        assert story(recording, Kind.OP)[-2:] == ["as_strided -> v", "sum -> sum()"]
        assert story(recording, Kind.ACCUMULATE) == ["accumulate x: None + 0,6,6,0 = 0,6,6,0"]

    def test_slices_assigned(self) -> None:
        recording = ran("x = torch.ones(3, requires_grad=True)\nb = x * 2\nb[0] = 5.0\nb[1] = x[2] * 3\nb.sum().backward()\n")
        writes = [op for op in recording.ops if op.name == "__setitem__"]
        assert [[(e.parameter, e.slot) for e in op.inputs if e.tensor >= 0] for op in writes] == [
            [("self", 0)],
            [("self", 0), ("value", 1)],
        ]
        assert story(recording, Kind.ACCUMULATE) == ["accumulate x: None + 0,0,5 = 0,0,5"]

    @pytest.mark.parametrize(
        "write", ["d += 1", "d.add_(1)", "d[...] = 2", "d.data.add_(1)", "b[:] = 2", "d.copy_(torch.full((2,), 2.0))"]
    )
    def test_whoever_shares_the_memory_is_told(self, write: str) -> None:
        recording = ran(f"b = torch.ones(2)\nd = b.detach()\nv = b.view(2, 1)\nother = torch.ones(2)\n{write}\n")
        state = recording.state(len(recording) - 1)
        values = {recording.tensor(i).name: number_text(recording.value(int(v))) for i, v in enumerate(state.values)}
        assert (values["b"], values["d"], values["v"], values["other"]) == ("2", "2", "2", "1")

    def test_a_view_elsewhere_in_the_memory_is_not(self) -> None:
        recording = ran("b = torch.ones(4)\nleft = b[:2]\nright = b[2:]\nleft.zero_()\n")
        assert story(recording, Kind.INPLACE) == ["inplace left by zero_: 0", "inplace b by zero_: 0,0,1,1"]

    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("x.grad = None", ["grad of x by grad: None"]),
            ("x.grad = torch.zeros(2)", ["grad of x by grad: 0"]),
            ("x.grad.zero_()", ["grad of x by zero_: 0"]),
            ("x.grad.data.zero_()", ["grad of x by zero_: 0"]),
            ("x.grad.mul_(2)", ["grad of x by mul_: 4"]),
            ("g = x.grad\ng[0] = 7", ["grad of x by __setitem__: 7,2"]),
            ("x.grad = x.grad", []),
            ("y.sum().backward()", []),
        ],
    )
    def test_changes_of_grad_outside_a_pass(self, statement: str, expected: list[str]) -> None:
        recording = ran(f"x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.sum().backward(retain_graph=True)\n{statement}\n")
        assert story(recording, Kind.GRAD_SET) == expected

    def test_a_parameter_shares_the_memory_it_was_made_of(self) -> None:
        recording = ran("t = torch.ones(2)\np = torch.nn.Parameter(t)\np.data.add_(1)\n")
        assert story(recording, Kind.INPLACE) == ["inplace data() by add_: 2", "inplace t by add_: 2", "inplace p by add_: 2"]

    def test_training_with_a_module_and_an_optimizer(self) -> None:
        recording = ran(
            "net = torch.nn.Linear(1, 1)\nopt = torch.optim.SGD(net.parameters(), lr=0.5)\n"
            "with torch.no_grad():\n    net.weight.fill_(2.0)\n    net.bias.fill_(0.0)\n"
            "loss = net(torch.ones(1, 1)).sum()\nopt.zero_grad()\nloss.backward()\nopt.step()\n"
        )
        state = recording.state(len(recording) - 1)
        rows = {recording.tensor(i).name: i for i in range(recording.tensor_count)}
        assert number_text(recording.value(int(state.values[rows["weight"]]))) == "1.5"
        assert number_text(recording.value(int(state.grads[rows["weight"]]))) == "1"
        assert recording.passes[0].label == "loss.backward()"
        write = [e for e in map(recording.event, range(len(recording))) if e.kind is Kind.INPLACE][-1]
        assert (write.line - 1, recording.ops[write.op].mode) == (9, Mode.NO_GRAD)

    def test_new_data_of_another_shape_is_another_row(self) -> None:
        recording = ran("x = torch.ones(2)\nx.data = torch.zeros(2)\nx.data = torch.zeros(3)\n")
        rows = [t for t in map(recording.tensor, range(recording.tensor_count)) if t.name == "x"]
        assert [t.shape for t in rows] == [(2,), (3,)]
        assert story(recording, Kind.INPLACE) == ["inplace x by data: 0"]

    def test_the_recording_keeps_no_tensor_alive(self) -> None:
        source = ScriptSource("", "script.py")
        recorder = Recorder(source, RecordingBuilder({}))
        gc.disable()
        try:
            with observing(recorder):
                x = engine.ones(3, requires_grad=True)
                y = x * 2
                z = y[1:]
                z.detach().zero_()
                y.sum().backward()
                gone = [weakref.ref(t) for t in (y, z)]
                del y, z
                assert [reference() for reference in gone] == [None, None]
                grad = weakref.ref(x.grad)
                x.grad = None
                assert grad() is None
        finally:
            gc.enable()


class TestPasses:
    def test_grad_captures(self) -> None:
        recording = ran("x = torch.tensor(3.0, requires_grad=True)\ny = x * x\ng, = torch.autograd.grad(y, x)\n")
        assert story(recording, Kind.CAPTURE, Kind.ACCUMULATE) == ["capture x: 6"]
        (only,) = recording.passes
        assert (only.kind, only.label, name_of(recording, only.root)) == ("grad", "torch.autograd.grad(y, x)", "y")

    def test_second_derivatives_are_a_graph_of_their_own(self) -> None:
        recording = ran(
            "x = torch.tensor(3.0, requires_grad=True)\ny = x ** 3\n"
            "g, = torch.autograd.grad(y, x, create_graph=True)\nh, = torch.autograd.grad(g, x)\n"
        )
        assert story(recording, Kind.CAPTURE) == ["capture x: 27", "capture x: 18"]
        assert recording.passes[0].create_graph
        assert name_of(recording, recording.passes[1].root) == "g"
        second = recording.passes[1]
        visited = [recording.event(i).op for i in range(second.begin, second.end) if recording.event(i).kind is Kind.VISIT]
        assert all(op < 0 or recording.ops[op].node for op in visited)

    def test_hooks_and_retained_gradients(self) -> None:
        recording = ran(
            "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x * 2\ny.retain_grad()\n"
            "def ten(grad):\n    return grad * 10\ny.register_hook(ten)\ny.sum().backward()\n"
        )
        assert story(recording, Kind.RETAIN_GRAD, Kind.HOOK, Kind.ACCUMULATE) == [
            "retain_grad of y",
            "hook ten on mul: 1 -> 10",
            "accumulate y: None + 10 = 10",
            "accumulate x: None + 20 = 20",
        ]
        inside = next(i for i in range(len(recording)) if recording.event(i).kind is Kind.OP and recording.event(i).line == 6)
        assert recording.stack(recording.event(inside).stack) == (("<module>", 8), ("ten", 6))

    def test_a_function_of_the_users_own(self) -> None:
        recording = ran(
            "class Square(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
            "        ctx.save_for_backward(x)\n        return x * x\n    @staticmethod\n    def backward(ctx, grad):\n"
            "        (x,) = ctx.saved_tensors\n        return 2 * x * grad\n"
            "a = torch.tensor(3.0, requires_grad=True)\nb = Square.apply(a)\nb.backward()\n"
        )
        op = next(op for op in recording.ops if op.name == "Square")
        assert op.node == "SquareBackward"
        assert [name_of(recording, t) for t in op.outputs] == ["b"]
        assert [(s.name, name_of(recording, s.tensor)) for s in op.saved] == [("saved_tensors[0]", "a")]
        assert story(recording, Kind.ACCUMULATE) == ["accumulate a: None + 6 = 6"]

    def test_a_failing_pass_ends_and_the_error_says_both_lines(self) -> None:
        recording = recorded("x = torch.ones(2, requires_grad=True)\ny = x.exp()\ny += 1\ny.sum().backward()\n")
        (error,) = recording.errors
        assert story(recording)[-2:] == ["end", "error RuntimeError"]
        assert "at version 1; expected version 0" in error.message
        assert "Line 3" in error.advice
        assert "Line 4" in error.advice

    def test_requires_grad_changes(self) -> None:
        recording = ran("x = torch.ones(2)\nx.requires_grad_()\nx.requires_grad = False\n")
        assert story(recording)[1:] == ["requires_grad of x: True", "requires_grad of x: False"]

    def test_a_chain_of_unknown_nodes_is_no_recursion(self) -> None:
        x = engine.ones(1, requires_grad=True)
        y = x
        for _ in range(3000):
            y = y + 1
        builder = RecordingBuilder({})
        recorder = Recorder(ScriptSource("", "script.py"), builder)
        with observing(recorder):
            y.backward()
        recording = builder.build().checked()
        assert recording.op_count == 3000
        assert recording.event(-1).kind is Kind.PASS_END


class TestModes:
    def test_a_decorator_covers_its_function(self) -> None:
        recording = ran("@torch.no_grad()\ndef f(a):\n    return a + 1\n\ny = f(torch.ones(1))\n")
        (region,) = recording.regions
        assert (region.kind, region.line - 1, region.end_line - 1) == ("no_grad", 2, 3)

    def test_modes_nest(self) -> None:
        recording = ran(
            "with torch.no_grad():\n    with torch.enable_grad():\n        a = torch.ones(1) + 1\n    b = a + 1\nc = b + 1\n"
        )
        assert [op.region for op in recording.ops] == [1, 0, -1]
        assert [r.parent for r in recording.regions] == [-1, 0]

    def test_set_grad_enabled_covers_what_follows_until_it_is_set_back(self) -> None:
        recording = ran(
            "a = torch.ones(1, requires_grad=True)\ntorch.set_grad_enabled(False)\nb = a + 1\ntorch.set_grad_enabled(True)\nc = a + 1\n"
            "with torch.set_grad_enabled(False):\n    d = a + 1\ne = a + 1\n"
        )
        assert [(op.region, op.mode) for op in recording.ops] == [
            (0, Mode.NO_GRAD),
            (-1, Mode.GRAD),
            (1, Mode.NO_GRAD),
            (-1, Mode.GRAD),
        ]

    def test_an_exception_leaves_a_mode(self) -> None:
        recording = ran(
            "try:\n    with torch.no_grad():\n        raise ValueError\nexcept ValueError:\n    a = torch.ones(1) + 1\n"
        )
        assert recording.ops[0].region == -1


class TestPlaces:
    def test_the_span_is_that_of_the_expression(self) -> None:
        recording = ran("α = torch.ones(1)\ny = α + (α *\n     2)\n")
        mul = recording.event(recording.ops[0].event)
        # Columns count UTF-8 bytes, as ast's do.
        assert mul.span == Span(3, 10, 4, 6)

    def test_the_stack_tells_the_calls(self) -> None:
        recording = ran("def f(a):\n    return g(a) * 2\ndef g(a):\n    return a + 1\ny = f(torch.ones(1))\n")
        add, mul = (recording.stack(recording.event(op.event).stack) for op in recording.ops)
        assert add == (("<module>", 6), ("f", 3), ("g", 5))
        assert mul == (("<module>", 6), ("f", 3))

    @pytest.mark.parametrize(
        "statement", ["y = x.relu()", "x.data.mul_(2)", "x[0] = 1", "y = -x", "y = x @ x", "y = torch.exp(x)"]
    )
    def test_guards_do_not_move_what_is_recorded(self, statement: str) -> None:
        text = f"x = torch.ones(2)\n{statement}\n"
        free, restricted = ran(text, trusted=True), ran(text)
        for name in ("kind", "line", "col", "end_line", "end_col", "tensor", "op"):
            np.testing.assert_array_equal(free.column("events", name), restricted.column("events", name))
        assert free.names == restricted.names


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["a = a * b", "b = a + b", "a = a.exp()", "b = b.detach()", "a += 1", "b[0] = a.sum()", "a.sum().backward(retain_graph=True)",
             "v = a[1:]", "a = torch.cat([a, b])[:3]", "x.grad = None", "b = b.data", "b.mul_(2)", "a = a.view(3, 1).view(3)"]
        ),
        max_size=12,
    )
)  # fmt: skip
def test_any_program_gives_a_sound_recording_whose_last_state_is_the_engines(statements: list[str]) -> None:
    text = (
        "x = torch.tensor([0.5, 0.25, 0.125], requires_grad=True)\na = x * 1\nb = torch.ones(3)\n"
        + "\n".join(statements)
        + "\n"
    )
    recording = recorded(text)
    if recording.errors:
        return  # the engine refused the program; what was recorded of it is sound all the same
    variables: dict[str, object] = {"torch": engine}
    exec(text, variables)
    state = recording.state(len(recording) - 1)
    rows = {recording.tensor(i).name: i for i in range(recording.tensor_count)}
    for name in "xab":
        tensor = variables[name]
        assert isinstance(tensor, engine.Tensor)
        seen = recording.value(int(state.values[rows[name]])).array
        np.testing.assert_array_equal(seen, np.asarray(tensor.detach().numpy()))
    x = variables["x"]
    assert isinstance(x, engine.Tensor)
    grad = int(state.grads[0])
    assert (grad < 0) == (x.grad is None)
    if x.grad is not None:
        np.testing.assert_array_equal(recording.value(grad).array, x.grad.numpy())


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    "expression",
    [
        "(x\n + 1).detach()",
        "(x\n + 1).T",
        "x\\\n.exp()",
        "(x\n  .relu()\n  .sum(\n 0))",
        "torch\\\n.exp(x)",
        "((x\n @ x)\n.mT\n.mean())",
    ],
)
def test_a_method_on_a_later_line_than_it_begins_stands_where_the_whole_of_it_does(expression: str, trusted: bool) -> None:
    text = f"x = torch.ones(2, 2)\ny = {expression}\n"
    recording = ran(text, trusted=trusted)
    span = recording.event(recording.ops[-1].event).span
    value = ast.parse("import torch\n" + text).body[-1].value  # type: ignore[attr-defined]
    assert span == Span(value.lineno, value.col_offset, value.end_lineno, value.end_col_offset)


def test_what_numpy_writes_to_memory_it_shares_is_noticed() -> None:
    recording = ran(
        "import numpy\na = numpy.ones(2, numpy.float32)\nx = torch.ones(2, requires_grad=True)\ng = torch.from_numpy(a)\n"
        "x.grad = g\na[0] = 5\nx.grad = g\n",
        trusted=True,
    )
    assert story(recording, Kind.GRAD_SET) == ["grad of x by grad: 1", "grad of x by grad: 5,1"]
