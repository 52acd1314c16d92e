"""Any edits in any order, done, undone and redone: what holds of each of them."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from gradviz.recording import Span
from gradviz.script import edits as e
from gradviz.script.catalogue import entries
from gradviz.script.changes import Edit, Edited, EditRefused, Place, changed, inverse
from gradviz.script.edits.done import span_of
from gradviz.script.flow import Flow
from gradviz.script.placement import RemovePlacement
from gradviz.script.program import Program
from tests.script.scripts import FIRST, check, do, named, run

ROOT = Path(__file__).parents[2]
FILES = [path for folder in ("resources/examples", "tests/data/seed") for path in sorted((ROOT / folder).glob("*.py"))]
SCRIPTS = [path.read_text("utf-8") for path in FILES]

ODD = [
    FIRST.replace("\n", "\r\n"),
    FIRST.rstrip("\n"),
    "\ufeff" + FIRST,
    FIRST.replace("z = y", "z=y").replace("\n\nout", "  \n\t\nout"),
    "import torch\r\nx = torch.ones(2)\ny = (x\r\n     + 1)  # mixed\r\nz = y*2",
    "import torch as th; x = th.ones(2, requires_grad=True); y = x*2  # on one line\nif True:\n\tz = y.sum()\n\tz.backward()\n",
    '"""Doc.\n\nx = 1\n"""\nfrom __future__ import annotations\nimport torch\n\nx: torch.Tensor = torch.ones(2)  # typed\n'
    "é = ((x)) ** 2 ;  # accents\ny = torch.stack([x, é, # inner\n  x],\n)\nprint(f'{y.sum():.2f} é {x!r}', 'x')\n",
    "import torch\nx = torch.ones(2)\nwith torch.no_grad():  # hidden\n    # first\n    y = x + 1\n\n"
    "    '''text\n  kept'''\n    z = y * 2\n    # last\n"
    "# after\nw = z - x\nfor i in range(2):\n    w = w + i\ndef f(v):\n    return v * w\nu = f(x)\n",
    "import torch\nx = torch.ones(2)\nx = x + 1\nx += 2\nx.mul_(2)\ny = x \\\n  * 3\ndel x\n"
    "\n# [gradviz-layout]\n# x = 1, 2\n# y/mul = 3, 4\n",
]
"""Scripts laid out as nobody should."""


def comments(text: str) -> Counter[str]:
    """The comments of a script, its layout block left out."""
    text = RemovePlacement().apply(text).text
    source = io.StringIO(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    tokens = tokenize.generate_tokens(source.readline)
    return Counter(token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT)


def outcome(text: str) -> dict[str, Any] | None:
    """What a script computes, None where it fails."""
    try:
        return run(text)
    except Exception:  # it is a random script
        return None


def nodes(text: str) -> list[Place]:
    """The places a gesture may be about: expressions and variables."""
    program = Program.of(text)
    kinds = (ast.BinOp, ast.Call, ast.UnaryOp, ast.Attribute, ast.Subscript, ast.Compare)
    found = [Place(span_of(n)) for n in ast.walk(program.tree) if isinstance(n, kinds)]
    return found + [Place(None, one.name) for one in Flow.of(program).definitions]


def spans(text: str) -> list[Span]:
    """The places of arguments."""
    program = Program.of(text)
    written = (ast.Store, ast.Del)
    found = [n for n in ast.walk(program.tree) if isinstance(n, ast.expr) and not isinstance(n, ast.JoinedStr)]
    return [span_of(n) for n in found if not isinstance(getattr(n, "ctx", None), written)]


SOURCES: list[Any] = [
    *(e.Ones((2,)), e.Zeros((2, 2)), e.Full((2,), "3"), e.Arange("2"), e.Randn((2,), seed=1), e.Values(["1", "2.5"])),
]
ON_A_WIRE = ["relu", "neg", "sum", "mul", "pow", "detach", "mse_loss"]


class AnyEdits(RuleBasedStateMachine):
    """A person at work on a script."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.done: list[tuple[str, Edited]] = []
        self.undone: list[tuple[str, Edited]] = []

    @initialize(text=st.sampled_from([*SCRIPTS, *ODD, ""]))
    def begin(self, text: str) -> None:
        self.text = text

    def edit(self, edit: Edit, *, keeps_values: bool = False, loses_comments: bool = False) -> None:
        """Does an edit, if it can be done, and checks what must hold of it."""
        before = self.text
        told: EditRefused | None = None
        try:
            edited = edit.apply(before)
        except EditRefused as error:
            told = error
        if told is not None:
            assert told.reason.endswith(".")
            assert 0 <= told.line <= len(before.splitlines()) + 1
            return
        note(f"{edit}\n{edited.text}")
        check(before, edited)
        if not loses_comments:
            assert not comments(before) - comments(edited.text)
        if keeps_values:
            was, now = outcome(before), outcome(edited.text)
            if was is not None:
                assert now is not None
                old = edited.label.split()[1] if isinstance(edit, e.Rename) else None  # or an earlier value's
                assert {name: value for name, value in was.items() if name != old} == {n: now[n] for n in was if n != old}
        self.text = edited.text
        self.done.append((before, edited))
        self.undone.clear()

    def place(self, data: st.DataObject) -> Place:
        return data.draw(st.sampled_from(nodes(self.text) or [Place(None, "x")]))

    def span(self, data: st.DataObject) -> Span:
        return data.draw(st.sampled_from(spans(self.text) or [Span(1, 0, 1, 1)]))

    @rule(data=st.data(), grad=st.booleans())
    def add_tensor(self, data: st.DataObject, grad: bool) -> None:
        source = data.draw(st.sampled_from(SOURCES))
        self.edit(e.AddTensor(source, requires_grad=grad), keeps_values=True)

    @rule(data=st.data(), op=st.sampled_from([one.name for one in entries() if not one.random]))
    def add_op(self, data: st.DataObject, op: str) -> None:
        inputs = [self.place(data) if data.draw(st.booleans()) else "2" for _ in range(data.draw(st.integers(1, 3)))]
        self.edit(e.AddOp(op, inputs))

    @rule(data=st.data(), op=st.sampled_from(["add", "mul", "sub", "exp", "sum"]))
    def add_common_op(self, data: st.DataObject, op: str) -> None:
        self.edit(e.AddOp(op, [self.place(data)] if op in ("exp", "sum") else [self.place(data), self.place(data)]))

    @rule(data=st.data(), to=st.sampled_from(["w", "weights", "é", "x", "for", "h1", "h2", "h3"]))
    def rename(self, data: st.DataObject, to: str) -> None:
        self.edit(e.Rename(self.place(data), to), keeps_values=True)

    @rule(data=st.data(), value=st.sampled_from(["4", "-1", "0.5", "(1, 2)", "1 + 1", "nobody"]))
    def set_literal(self, data: st.DataObject, value: str) -> None:
        self.edit(e.SetLiteral(self.span(data), value), loses_comments=True)

    @rule(data=st.data())
    def set_shape_or_keyword(self, data: st.DataObject) -> None:
        place = self.place(data)
        if data.draw(st.booleans()):
            self.edit(e.SetShape(place, data.draw(st.sampled_from([(), (2,), (3, 2)]))))
        else:
            name = data.draw(st.sampled_from(["dim", "keepdim", "dtype", "requires_grad", "alpha"]))
            self.edit(e.SetKeyword(place, name, data.draw(st.sampled_from([None, "0", "True"]))))

    @rule(data=st.data())
    def connect(self, data: st.DataObject) -> None:
        self.edit(e.Connect(self.place(data), self.span(data)), loses_comments=True)

    @rule(data=st.data())
    def disconnect(self, data: st.DataObject) -> None:
        self.edit(e.Disconnect(self.span(data)), loses_comments=True)

    @rule(
        data=st.data(),
        op=st.sampled_from(ON_A_WIRE),
        name=st.sampled_from(["", "", "k1", "k2"]),
    )
    def insert_op(self, data: st.DataObject, op: str, name: str) -> None:
        others: list[Place | str] = [self.place(data)] if op == "mse_loss" else []
        self.edit(e.InsertOp(op, self.span(data), others, name=name))

    @rule(data=st.data())
    def toggle_requires_grad(self, data: st.DataObject) -> None:
        self.edit(e.ToggleRequiresGrad(self.place(data)), loses_comments=True)

    @rule(data=st.data(), insert=st.booleans())
    def detach(self, data: st.DataObject, insert: bool) -> None:
        at = self.span(data)
        self.edit(e.InsertDetach(at) if insert else e.RemoveDetach(at))

    @rule(data=st.data(), count=st.integers(1, 3), mode=st.sampled_from(["no_grad", "inference_mode"]))
    def wrap(self, data: st.DataObject, count: int, mode: str) -> None:
        self.edit(e.WrapNoGrad([self.place(data) for _ in range(count)], mode))

    @rule(data=st.data(), count=st.integers(1, 3))
    def free(self, data: st.DataObject, count: int) -> None:
        self.edit(e.FreeNoGrad([self.place(data) for _ in range(count)]))

    @rule(data=st.data(), count=st.integers(1, 2), policy=st.sampled_from(["refuse", "delete", "bypass"]))
    def delete(self, data: st.DataObject, count: int, policy: Any) -> None:
        self.edit(e.Delete([self.place(data) for _ in range(count)], policy), loses_comments=True)

    @rule(data=st.data(), count=st.integers(1, 3))
    def duplicate(self, data: st.DataObject, count: int) -> None:
        self.edit(e.Duplicate([self.place(data) for _ in range(count)]))

    @rule(data=st.data(), count=st.integers(1, 3))
    def copy_and_paste(self, data: st.DataObject, count: int) -> None:
        try:
            code = e.copy_text(self.text, [self.place(data) for _ in range(count)])
        except EditRefused:
            return
        ast.parse(code)
        self.edit(e.Paste(code))

    @rule(data=st.data())
    def pass_or_zero(self, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            self.edit(e.AddBackward(self.place(data), data.draw(st.sampled_from([None, (), (2, 2)]))))
        else:
            self.edit(e.ZeroGrads())

    @rule(x=st.floats(-100, 100), key=st.sampled_from(["x", "y", "z/mul", "a#2"]), forget=st.booleans())
    def place_on_the_canvas(self, x: float, key: str, forget: bool) -> None:
        self.edit(e.SetPlacement({key: None if forget else (x, 1)}), keeps_values=True, loses_comments=True)

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        before, edited = self.done.pop()
        self.text = changed(edited.text, inverse(before, edited.changes))
        assert self.text == before
        self.undone.append((before, edited))

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        before, edited = self.undone.pop()
        self.text = changed(before, edited.changes)
        assert self.text == edited.text
        self.done.append((before, edited))


AnyEdits.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    report_multiple_bugs=False,
)
TestAnyEdits = pytest.mark.filterwarnings("ignore")(AnyEdits.TestCase)


@pytest.mark.parametrize("text", [*SCRIPTS, *ODD], ids=range(len(SCRIPTS) + len(ODD)))
def test_a_script_of_any_layout_is_edited_in_one_place_only(text: str) -> None:
    flow = Flow.of(Program.of(text))
    plain = (one for one in flow.definitions if isinstance(one.node, ast.Name) and flow.web(one) == {*flow.named(one.name)})
    name = next(plain).name
    added = do(e.AddOp("exp", [named(name)], name="new_one"), text)
    assert [line for line in added.splitlines() if "new_one" not in line] == text.splitlines()
    assert do(e.Delete([named("new_one")]), added) == text
    there = do(e.Rename(named(name), "renamed"), text)
    assert do(e.Rename(named("renamed"), name), there) == text
    noted = do(e.SetPlacement({"x": (7, 8)}), text)
    assert noted.startswith(text.partition("# [gradviz-layout]")[0])


def test_the_window_can_have_edits_without_what_is_slow_to_load() -> None:
    code = (
        "import sys; import gradviz.script.edits as e; "
        "assert not {'libcst', 'engine', 'PySide6'} & sys.modules.keys(); "
        "e.warm_up(); assert 'libcst' in sys.modules and 'engine' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
