"""A script that fails: what failed is marked on the canvas, and what was there before stays behind it, dimmed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from gradviz.app.explain import Explainer
from gradviz.app.window import Window
from gradviz.graph.failure import FAILED
from tests.app.conftest import said, trigger
from tests.app.test_building import LEFT, at, drag, node, write

GOOD = "import torch\nx = torch.ones(3)\nw = torch.full((3,), 2.0)\ny = x * w\nz = y + 1\n"
BAD = GOOD.replace("torch.full((3,), 2.0)", "torch.ones(2, 2)")
REASON = "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1"


def place(window: Window, label: str) -> tuple[float, float]:
    assert window.canvas.picture is not None
    return window.canvas.picture.positions[node(window, label)]


def test_what_failed_stands_where_it_stood_with_its_wires_and_its_reason(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, GOOD)
    before = place(live, "mul")
    write(qtbot, live, BAD)
    picture = live.canvas.picture
    assert picture is not None
    look = live.canvas.node_state(FAILED)
    assert (look.label, look.born) == ("mul", True)
    assert look.sub == f"RuntimeError: {REASON}"
    assert {source for source, _ in picture.graph.in_edges(FAILED)} == {node(live, "x"), node(live, "w")}
    assert picture.positions[FAILED] == before
    assert live.canvas.header().endswith("stopped at line 4; what came after is dimmed")


def test_the_last_good_picture_stays_behind_until_the_script_runs_again(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, GOOD)
    was = {label: place(live, label) for label in ("y", "add", "z")}
    write(qtbot, live, BAD)
    assert live.canvas.dimmed_nodes() == ["add", "y", "z"]
    write(qtbot, live, BAD + "\n")  # it fails again: what was good is still there
    assert live.canvas.dimmed_nodes() == ["add", "y", "z"]
    write(qtbot, live, GOOD)
    assert live.canvas.dimmed_nodes() == []
    assert FAILED not in live.canvas.picture.graph  # type: ignore[union-attr]
    assert {label: place(live, label) for label in was} == was


def test_dimmed_nodes_are_seen_but_are_not_in_the_way(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, GOOD)
    live.canvas.fit()
    spot = at(live, "z") + QPoint(30, 30)
    lit = live.canvas.grab().toImage().pixelColor(spot)
    empty = live.canvas.grab().toImage().pixelColor(3, live.canvas.height() // 2)
    write(qtbot, live, BAD)
    dimmed = live.canvas.grab().toImage().pixelColor(spot)
    assert dimmed not in (lit, empty)
    assert live.canvas.hit(QPointF(spot)) is None


def test_a_text_that_cannot_be_read_dims_the_whole_picture(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, GOOD)
    write(qtbot, live, GOOD + "a = (")
    assert live.canvas.is_stale
    assert "line 6 cannot be read" in live.canvas.header()
    write(qtbot, live, GOOD)
    assert not live.canvas.is_stale


def test_the_keyboard_reaches_what_failed_and_return_goes_to_its_line(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, BAD)
    QTest.keyClick(live.canvas, Qt.Key.Key_Home)
    QTest.keyClick(live.canvas, Qt.Key.Key_Right)
    assert live.cursor.selection is None
    assert "failed mul, RuntimeError: The size of tensor a (3)" in live.canvas.accessibleDescription()
    QTest.keyClick(live.canvas, Qt.Key.Key_Return)
    assert live.editor.textCursor().blockNumber() == 3
    assert live.problems.isVisible()
    live.editor.moveCursor(QTextCursor.MoveOperation.Start)
    QTest.keyClick(live.canvas, Qt.Key.Key_Escape)
    QTest.keyClick(live.canvas, Qt.Key.Key_Return)
    assert live.editor.textCursor().blockNumber() == 0


def test_the_whole_reason_and_the_advice_are_in_the_tool_tip(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, BAD)
    live.canvas.fit()
    spot = live.canvas.node_point(FAILED)
    QApplication.sendEvent(live.canvas, QHelpEvent(QHelpEvent.Type.ToolTip, spot, live.canvas.mapToGlobal(spot)))
    assert REASON in QToolTip.text()
    assert "The shapes do not broadcast" in QToolTip.text()
    QToolTip.hideText()


def test_a_wire_led_to_what_failed_mends_it(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, BAD.replace("y = x", "v = x.exp()\ny = v"))
    live.canvas.fit()
    scene = live.canvas.scene
    assert scene is not None
    row = scene.rows[FAILED]
    port = QPointF(*live.canvas.viewport.to_view(*scene.line(int(scene.ports_of(row)[1]))[-1].tolist())).toPoint()
    drag(live, live.canvas.out_port(scene.rows[node(live, "v")]).toPoint(), port)
    qtbot.waitUntil(lambda: "y = v * v\n" in live.document.text)
    qtbot.waitUntil(lambda: not live.session.busy)
    assert not live.problems.problems


def test_a_pass_that_cannot_begin_is_marked_at_its_call(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\nx.sum().backward()\n")
    assert live.canvas.node_state(FAILED).label == "backward"
    assert said(live) == []
    assert live.canvas.picture is not None
    assert [source for source, _ in live.canvas.picture.graph.in_edges(FAILED)] == [node(live, "sum")]


def test_clicking_what_failed_selects_nothing_of_the_recording(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, BAD)
    live.canvas.fit()
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "x"))
    QTest.mouseClick(live.canvas, LEFT, pos=live.canvas.node_point(FAILED))
    assert live.cursor.selected == ()
    QTest.mouseClick(live.canvas, LEFT, Qt.KeyboardModifier.ShiftModifier, at(live, "x"))
    assert len(live.cursor.selected) == 1


def test_the_tool_bar_says_that_the_script_fails_until_it_runs(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, BAD)
    assert live.tool_bar.busy.text() == "⚠ line 4 fails"
    live.files.new()
    qtbot.waitUntil(lambda: not live.session.busy)
    assert live.tool_bar.busy.text() == ""
    live.documents.step(1)
    assert live.tool_bar.busy.text() == "⚠ line 4 fails"
    write(qtbot, live, GOOD)
    assert live.tool_bar.busy.text() == ""


def test_what_failed_is_explained(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, BAD)
    live.canvas.fit()
    found = Explainer(live).at(live.canvas, live.canvas.node_point(FAILED))
    assert found.title == "What the script failed at: RuntimeError"
    assert REASON in found.text


def test_an_op_that_fails_now_is_no_longer_selected(live: Window, qtbot: QtBot) -> None:
    works = "import torch\nx = torch.ones(3, 2, requires_grad=True)\ny = x.sum(dim=1)\n"
    write(qtbot, live, works)
    live.canvas.fit()
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "SumBackward1"))
    assert live.cursor.selection is not None
    fails = works.replace("dim=1", "dim=5")
    write(qtbot, live, fails)
    assert live.canvas.node_state(FAILED).label == "sum"
    assert live.cursor.selected == ()
    trigger(live, "backward")  # of no tensor: what failed has none
    assert said(live) == ["There is no tensor yet that a backward pass could begin at."]
    assert live.document.text == fails
