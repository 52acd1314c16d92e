"""A script of any layout, opened, edited on the canvas in one place and saved: all its other bytes are as they were."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from gradviz.app.window import Window
from tests.app.hands import Hands

VARIABLES = ["y", "größe", "z1", "_a", "变量", "out"]
STATEMENTS = [
    "{n} = {v} + 2",
    "{n}={v}*{v}",
    "{n} =   ({v}\n\t- 1)   ",
    "{n} = {v} \\\n    * 3  # {v} and more",
    "{n} = torch.exp( {v} ) ;",
    "{n} = {v}.relu(  )  # é 😀 \u2028 x\u0085\u00a0",
    "if True:\n\t{n} = {v} + 1",
    "with torch.no_grad():   # {n}\n  # first\n  {n} = {v} - 1\n\n  '{n}'",
    "{n} = torch.stack([ {v},# first\n   {v} ,\n]).sum( 0,)",
    "{n}: torch.Tensor = -{v}",
    "{n} = {v} / 2; print(f'{{{n}.sum():.2f}} {n}', '''{n}\n  {n}''')",
]
BETWEEN = [
    *("", "   ", "\t", "# {n} = 1", "\x0c", "'''doc\n  {n} = 1\n'''", "#", "  # indented", "x.grad   ;"),
    "def f(v):\n\n    return v*2  # {n}",
]


@st.composite
def scripts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A script as a person might leave it, with one kind of line ending or several, and the variables it gives values."""
    names = draw(st.lists(st.sampled_from(VARIABLES), min_size=1, max_size=5, unique=True))
    lines, last = ["import torch", "x = torch.ones( 2,2 , requires_grad = True)  # leaf"], "x"
    for name in names:
        lines += [one.format(n=name) for one in draw(st.lists(st.sampled_from(BETWEEN), max_size=2))]
        lines.append(draw(st.sampled_from(STATEMENTS)).format(n=name, v=last))
        last = name
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n  \n", "  # end"]))
    usual = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    other = draw(st.sampled_from([usual, "\n", "\r\n"]))
    parts = text.split("\n")
    ends = [usual if draw(st.integers(0, 4)) else other for _ in parts[1:]]
    written = "".join(part + end for part, end in zip(parts, [*ends, ""], strict=True))
    return draw(st.sampled_from(["", "\ufeff"])) + written, names


def rename(hands: Hands, name: str) -> None:
    """F2 on a card."""
    canvas = hands.window.canvas
    assert canvas.picture is not None
    nodes = [n for n, data in canvas.picture.graph.nodes(data=True) if data["label"] == name and data["kind"] == "tensor"]
    canvas.select_nodes(nodes[-1:])
    hands.key(Qt.Key.Key_F2)
    field = canvas.findChild(QLineEdit, "card-name")
    assert field is not None
    QTest.keyClicks(field, "renamed")
    QTest.keyClick(field, Qt.Key.Key_Return)
    hands.settle()
    hands.leave()


def test_all_other_bytes_are_kept(live: Window, tmp_path: Path) -> None:
    hands, path = Hands(live, tmp_path, []), tmp_path / "script.py"

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(scripts(), st.data())
    @example(("\ufeffimport torch\r\nx = torch.ones(2)\ny = x \\\r\n\t+ 1  # y\r\n\r\nz1 = y;", ["y", "z1"]), None)
    def edited_in_one_place(script: tuple[str, list[str]], data: st.DataObject | None) -> None:
        before, names = script[0].encode(), script[1]
        hands.begin(script[0])
        assert path.read_bytes() == before
        name = data.draw(st.sampled_from(names)) if data is not None else "y"
        rename(hands, name)
        assert live.document.modified, [notice.text for notice in live.notices.notices]
        hands.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        after = path.read_bytes()
        assert b"renamed" in after
        assert after.replace(b"renamed", name.encode()) == before
        undo_and_add(before)

    def undo_and_add(before: bytes) -> None:
        hands.undo_one()
        hands.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        assert path.read_bytes() == before
        live.cursor.select(None)
        hands.key(Qt.Key.Key_Tab)
        field = QApplication.activePopupWidget().findChild(QLineEdit, "quick-add")
        QTest.keyClicks(field, "zeros 3")
        QTest.keyClick(field, Qt.Key.Key_Return)
        hands.settle()
        hands.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        lines = path.read_bytes().splitlines(keepends=True)
        added = [i for i, line in enumerate(lines) if b"= torch.zeros(3)" in line]
        assert len(added) == 1
        rest = b"".join(lines[: added[0]] + lines[added[0] + 1 :])
        assert rest in (before, before + b"\n", before + b"\r\n", before + b"\r")

    edited_in_one_place()
