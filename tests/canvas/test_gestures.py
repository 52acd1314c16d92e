"""Gestures with real mouse and keys: what they show, what they tell when they end, and that Escape leaves nothing behind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradviz.canvas import CanvasView
from gradviz.canvas.scene import Hit, point_along
from gradviz.view.cursor import Cursor

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def node(canvas: CanvasView, label: str) -> str:
    assert canvas.picture is not None
    return next(n for n, d in canvas.picture.graph.nodes(data=True) if d["label"] == label and d["kind"] != "alias")


def at(canvas: CanvasView, label: str) -> QPoint:
    return canvas.node_point(node(canvas, label))


def press(canvas: CanvasView, way: Sequence[QPoint], keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
    """A drag along a way, not yet let go of."""
    QTest.mousePress(canvas, button, keys, way[0])
    for start, end in pairwise(way):
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(canvas, start + (end - start) * share)


def drag(canvas: CanvasView, way: Sequence[QPoint], keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
    press(canvas, way, keys, button)
    QTest.mouseRelease(canvas, button, keys, way[-1])


def corners(canvas: CanvasView, label: str, margin: int = 12) -> list[QPoint]:
    """A way round a node."""
    assert canvas.scene is not None
    left, top, right, bottom = canvas.scene.boxes[canvas.scene.rows[node(canvas, label)]].tolist()
    (x0, y0), (x1, y1) = canvas.viewport.to_view(left, top), canvas.viewport.to_view(right, bottom)
    x0, y0, x1, y1 = (round(v) for v in (x0 - margin, y0 - margin, x1 + margin, y1 + margin))
    return [QPoint(x0, y0), QPoint(x1, y0), QPoint(x1, y1), QPoint(x0, y1)]


def link_between(canvas: CanvasView, source: str, target: str) -> int:
    scene = canvas.scene
    assert scene is not None
    ends = [scene.rows[node(canvas, source)], scene.rows[node(canvas, target)]]
    return next(row for row, pair in enumerate(scene.ends.tolist()) if pair == ends)


def middle_of(canvas: CanvasView, link: int) -> QPoint:
    assert canvas.scene is not None
    return QPoint(*(round(v) for v in canvas.viewport.to_view(*point_along(canvas.scene.line(link), 0.5))))


def port(canvas: CanvasView, label: str) -> QPoint:
    assert canvas.scene is not None
    return canvas.out_port(canvas.scene.rows[node(canvas, label)]).toPoint()


@pytest.fixture
def editing(canvas: CanvasView) -> CanvasView:
    canvas.editable = True
    return canvas


def names(canvas: CanvasView) -> list[str]:
    assert canvas.picture is not None
    return [canvas.picture.graph.nodes[n]["label"] for n in canvas.selected_nodes()]


# Selecting


def test_shift_and_a_click_select_one_more_and_one_less(canvas: CanvasView) -> None:
    QTest.mouseClick(canvas, LEFT, NONE, at(canvas, "x"))
    QTest.mouseClick(canvas, LEFT, SHIFT, at(canvas, "y"))
    assert names(canvas) == ["x", "y"]
    assert canvas.node_state(node(canvas, "x")).selected
    assert canvas.node_state(node(canvas, "y")).selected
    QTest.mouseClick(canvas, LEFT, SHIFT, at(canvas, "x"))
    assert names(canvas) == ["y"]
    QTest.mouseClick(canvas, LEFT, NONE, at(canvas, "z"))
    assert names(canvas) == ["z"]


def test_a_box_selects_what_it_touches(canvas: CanvasView, cursor: Cursor) -> None:
    before = canvas.viewport
    way = corners(canvas, "y")
    drag(canvas, [way[0], way[2]], SHIFT)
    assert "y" in names(canvas)
    assert "x" not in names(canvas)
    assert canvas.viewport == before
    way = corners(canvas, "x")
    drag(canvas, [way[2], way[0]], SHIFT)
    assert {"x", "y"} <= set(names(canvas))


def test_a_lasso_selects_what_it_goes_round(canvas: CanvasView) -> None:
    drag(canvas, corners(canvas, "z"), ALT)
    assert names(canvas) == ["z"]


@pytest.mark.parametrize("keys", [SHIFT, ALT])
def test_escape_takes_a_selection_in_the_making_back(canvas: CanvasView, keys: Qt.KeyboardModifier) -> None:
    QTest.mouseClick(canvas, LEFT, NONE, at(canvas, "x"))
    way = corners(canvas, "y")
    press(canvas, [way[0], way[2]], keys)
    shown = canvas.grab().toImage()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.grab().toImage() != shown
    QTest.mouseRelease(canvas, LEFT, keys, way[2])
    assert names(canvas) == ["x"]


def test_escape_takes_a_pan_back(canvas: CanvasView) -> None:
    before = canvas.viewport
    press(canvas, [QPoint(40, 600), QPoint(200, 500)])
    assert canvas.viewport != before
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(200, 500))
    assert canvas.viewport == before


# What edits the script


def test_a_canvas_that_may_not_edit_tells_of_no_edit(canvas: CanvasView, qtbot: QtBot) -> None:
    told: list[object] = []
    for signal in (canvas.add_asked, canvas.nodes_moved, canvas.wired, canvas.links_cut, canvas.node_dropped):
        signal.connect(lambda *_: told.append(1))
    drag(canvas, [at(canvas, "y"), at(canvas, "y") + QPoint(60, 40)])
    drag(canvas, [QPoint(20, 40), QPoint(1100, 640)], CONTROL)
    QTest.mouseDClick(canvas, LEFT, NONE, QPoint(30, 640))
    assert not told


def test_nodes_that_are_dragged_tell_where_they_are(editing: CanvasView, qtbot: QtBot) -> None:
    assert editing.scene is not None
    x, y = node(editing, "x"), node(editing, "y")
    QTest.mouseClick(editing, LEFT, NONE, at(editing, "x"))
    QTest.mouseClick(editing, LEFT, SHIFT, at(editing, "y"))
    before = {n: editing.scene.centres[editing.scene.rows[n]].tolist() for n in (x, y)}
    start = at(editing, "y")
    with qtbot.waitSignal(editing.nodes_moved) as told:
        drag(editing, [start, start + QPoint(0, -120)])
    (places,) = told.args
    scale = editing.viewport.scale
    assert set(places) == {x, y}
    for n, (px, py) in before.items():
        assert places[n] == pytest.approx((px, py - 120 / scale))


def test_a_node_in_the_hand_is_drawn_there_and_escape_puts_it_back(editing: CanvasView) -> None:
    told: list[object] = []
    editing.nodes_moved.connect(told.append)
    QTest.mouseClick(editing, LEFT, NONE, at(editing, "y"))
    QTest.mouseMove(editing, QPoint(5, 690))
    before = editing.grab().toImage()
    press(editing, [at(editing, "y"), at(editing, "y") + QPoint(0, -150)])
    assert editing.grab().toImage() != before
    QTest.keyClick(editing, Qt.Key.Key_Escape)
    QTest.mouseRelease(editing, LEFT, NONE, QPoint(5, 690))
    QTest.mouseMove(editing, QPoint(6, 690))
    assert editing.grab().toImage() == before
    assert not told


def test_a_wire_tells_where_it_was_dropped(editing: CanvasView, qtbot: QtBot) -> None:
    assert editing.scene is not None
    rows = editing.scene.rows
    with qtbot.waitSignal(editing.wired) as told:
        drag(editing, [port(editing, "x"), at(editing, "MeanBackward0")])
    source, taken, target = told.args
    assert (source, taken) == (rows[node(editing, "x")], -1)
    assert isinstance(target, Hit)
    assert target.row == rows[node(editing, "MeanBackward0")]


def test_a_wire_dropped_on_nothing_asks_for_a_node(editing: CanvasView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(editing.add_asked) as told:
        drag(editing, [port(editing, "y"), QPoint(500, 640)])
    assert told.args == [QPoint(500, 640), node(editing, "y")]


def test_a_double_click_on_nothing_asks_for_a_node(editing: CanvasView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(editing.add_asked) as told:
        QTest.mouseDClick(editing, LEFT, NONE, QPoint(40, 640))
    assert told.args == [QPoint(40, 640), ""]


def test_why_a_wire_cannot_end_here_is_written_beside_the_hand(editing: CanvasView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(editing.wire_over):
        press(editing, [port(editing, "x"), at(editing, "MeanBackward0")])
    before = editing.grab().toImage()
    editing.refuse_wire("The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0")
    assert editing.grab().toImage() != before
    editing.refuse_wire("")
    assert editing.grab().toImage() == before
    QTest.keyClick(editing, Qt.Key.Key_Escape)
    QTest.mouseRelease(editing, LEFT, NONE, at(editing, "MeanBackward0"))


def test_a_stroke_cuts_the_wires_it_crosses(editing: CanvasView, qtbot: QtBot) -> None:
    link = link_between(editing, "x", "AddBackward0")
    place = middle_of(editing, link)
    with qtbot.waitSignal(editing.links_cut) as told:
        drag(editing, [place - QPoint(0, 60), place + QPoint(0, 60)], CONTROL)
    assert link in told.args[0]
    with qtbot.assertNotEmitted(editing.links_cut):
        drag(editing, [QPoint(20, 620), QPoint(300, 640)], CONTROL)
        press(editing, [place - QPoint(0, 60), place + QPoint(0, 60)], CONTROL)
        QTest.keyClick(editing, Qt.Key.Key_Escape)
        QTest.mouseRelease(editing, LEFT, CONTROL, place + QPoint(0, 60))


def test_a_node_dropped_on_a_wire_tells_of_it(editing: CanvasView, qtbot: QtBot) -> None:
    link = link_between(editing, "x", "AddBackward0")
    with qtbot.waitSignal(editing.node_dropped) as told:
        drag(editing, [at(editing, "MeanBackward0"), middle_of(editing, link)])
    assert told.args == [node(editing, "MeanBackward0"), link]


def test_the_end_of_a_wire_can_be_taken_and_let_go(editing: CanvasView, qtbot: QtBot) -> None:
    assert editing.scene is not None
    link = link_between(editing, "x", "AddBackward0")
    end = QPoint(*(round(v) for v in editing.viewport.to_view(*editing.scene.line(link)[-1].tolist())))
    assert editing.hit(end.toPointF()) == ("port", node(editing, "AddBackward0"))
    with qtbot.waitSignal(editing.links_cut) as told:
        drag(editing, [end, QPoint(40, 640)])
    assert told.args == [[link]]


def test_a_double_click_on_a_name_asks_to_change_it(editing: CanvasView, qtbot: QtBot) -> None:
    assert editing.scene is not None
    left, top, _, _ = editing.scene.boxes[editing.scene.rows[node(editing, "y")]].tolist()
    place = QPoint(*(round(v) for v in editing.viewport.to_view(left + 20, top + 16)))
    with qtbot.waitSignal(editing.text_activated) as told:
        QTest.mouseDClick(editing, LEFT, NONE, place)
    assert told.args == [node(editing, "y"), "name"]
