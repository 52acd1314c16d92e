"""The short way for plain ops and plain nodes writes what the long way writes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.observe import Observer
from gradviz.recording import Kind, Recording
from gradviz.recording.schema import SCHEMA
from gradviz.runner import record
from gradviz.runner.plain import PlainCalls
from gradviz.runner.recorder import Recorder
from tests.runner.stories import ran, story

PREAMBLE = (
    "import torch\nx = torch.tensor([0.5, 0.25, 0.125], requires_grad=True)\na = x * 1\nb = torch.ones(3)\n"
    "s = torch.tensor(2.0)\n"
)
STATEMENTS = [
    "a = a * b", "b = a + b", "a = a.exp() / s", "b = b.detach()", "s = s * s", "s = s.tanh()", "s = (a * b).sum()",
    "a += 1", "b[0] = a.sum()", "a.sum().backward(retain_graph=True)", "(a * b).mean().backward()", "s.backward()",
    "v = a[1:]\na = torch.cat([v, v])[:3]", "x.grad = None", "b = b.data", "b.mul_(2)", "a = a.view(3, 1).view(3)",
    "with torch.no_grad():\n    b = a * 3", "a = torch.where(a > b, a, 1.0)", "a = torch.relu(a.clamp(max=1))",
    "a.register_hook(lambda g: g * 2)", "a.retain_grad()", "a = (a.unsqueeze(0) @ torch.ones(3, 3)).squeeze(0)",
    "for i in range(2):\n    a = a.sin() * (i + 1)", "def f(t):\n    u = t - 1\n    return u * u\na = f(a)", "b = b.double()",
    "g = torch.autograd.grad((a * a).sum(), x, create_graph=True)[0]", "a = b = a - b",
    "with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), lambda t: t * 1):\n    a = a * a.exp()",
    "a = torch.utils.checkpoint.checkpoint(lambda t: t.exp() * t, a, use_reentrant=False)",
]  # fmt: skip


def rows(recording: Recording) -> dict[str, list[tuple[object, ...]]]:
    """The rows of all tables; sequence numbers, which go on from run to run, by their order."""
    tables = {
        name: list(zip(*(column.tolist() for column in columns.values()), strict=True))
        for name, columns in recording.tables.items()
        if name != "ops"
    }
    ops = dict(recording.tables["ops"])
    ops["sequence"] = np.unique(ops["sequence"], return_inverse=True)[1]
    tables["ops"] = list(zip(*(column.tolist() for column in ops.values()), strict=True))
    strings = recording.strings
    # Strings are numbered as they come, which is not the same for both ways.
    for name, found in tables.items():
        texts = [column.refers == "strings" for column in SCHEMA[name].values()]
        tables[name] = [
            tuple(strings[cell] if text and cell >= 0 else cell for cell, text in zip(row, texts, strict=True)) for row in found
        ]
    return tables


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STATEMENTS), max_size=10))
def test_both_ways_write_the_same(statements: list[str]) -> None:
    text = PREAMBLE + "\n".join(statements) + "\n"
    short = record(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainCalls, "call", lambda self, call: False)
        patch.setattr(Recorder, "node_ran", Observer.node_ran)
        long = record(text)
    assert rows(short) == rows(long)
    assert [e.message for e in short.errors] == [e.message for e in long.errors]


def test_a_node_is_visited_before_its_saved_tensors_are_computed_anew() -> None:
    recording = ran(
        "from torch.utils.checkpoint import checkpoint\nx = torch.ones(1, requires_grad=True)\n"
        "y = checkpoint(lambda t: t.exp() * 2, x, use_reentrant=False)\ny.backward()\n"
    )
    told = [line for line in story(recording) if line.startswith(("visit mul", "visit exp", "exp ->", "begin"))]
    assert told == ["exp -> exp()", "begin y.backward()", "visit mul: 1", "visit exp: 2", "exp -> exp()"]


def test_what_hooks_packed_is_kept_by_nobody() -> None:
    recording = ran(
        "x = torch.ones(2, requires_grad=True)\ngraph = torch.autograd.graph\n"
        "hooks = graph.saved_tensors_hooks(lambda t: 1, lambda n: torch.ones(2))\n"
        "with hooks:\n    y = x.exp()\nz = x.exp()\n"
    )
    first, second = (op for op in recording.ops if op.name == "exp")
    assert (len(first.saved), len(second.saved)) == (0, 1)


def test_a_node_whose_gradient_does_not_fit_was_visited() -> None:
    recording = record(
        "import torch\nx = torch.ones(3, requires_grad=True)\ny = x * 1\ny.data = torch.ones(2)\ny.sum().backward()\n"
    )
    assert "visit sum: 1" in story(recording, Kind.VISIT)


def test_what_is_written_in_batches_is_recorded() -> None:
    recording = ran(
        "def f(v):\n    y = v.clone()\n    y.add_(1)\n    y[0] = 7\n    return y\nz = torch.func.vmap(f)(torch.ones(4, 3))\n"
    )
    assert {"clone", "add_", "__setitem__"} <= {op.name for op in recording.ops}
