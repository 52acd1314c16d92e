"""Ops put on wires, on nodes and on empty ground: from the palette, from quick-add, and nodes that are there already."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gradviz.app.window import Window
from gradviz.canvas.gestures import Wire
from gradviz.view.drags import OP_MIME
from tests.app.conftest import said, settled, trigger
from tests.app.test_building import LEFT, at, drag, node, popup, write

TEXT = "import torch\nx = torch.ones(3, requires_grad=True)\ny = x * 3  # thrice\nz = y.sum()\n"


def on_wire(window: Window, source: str, target: str) -> QPoint:
    """The middle of a wire."""
    scene = window.canvas.scene
    assert scene is not None
    ends = scene.rows[node(window, source)], scene.rows[node(window, target)]
    link = next(row for row, pair in enumerate(scene.ends.tolist()) if tuple(pair) == ends)
    line = scene.line(link)
    middle = (line[0] + line[-1]) / 2
    return QPointF(*window.canvas.viewport.to_view(*middle.tolist())).toPoint()


def carry(window: Window, name: str, place: QPoint) -> None:
    """An op of the palette carried over the canvas, and let go of."""
    canvas, data = window.canvas, QMimeData()
    data.setData(OP_MIME, name.encode())
    keys = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *keys)
    canvas.dragEnterEvent(enter)
    assert enter.isAccepted()
    canvas.dragMoveEvent(QDragMoveEvent(place, *keys))
    canvas.grab()  # what is under it is marked
    canvas.dropEvent(QDropEvent(QPointF(place), *keys))


def test_an_op_dropped_on_a_wire_is_put_there(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    carry(live, "relu", on_wire(live, "y", "SumBackward0"))
    qtbot.waitUntil(lambda: "relu" in live.document.text)
    settled(qtbot, live)
    assert live.document.text == TEXT.replace("y.sum()", "torch.relu(y).sum()")
    assert live.actions_table["action-undo"].text() == "&Undo Insert relu in z"
    trigger(live, "undo")
    settled(qtbot, live)
    assert live.document.text == TEXT


def test_an_op_dropped_between_an_op_and_its_card_wraps_what_the_op_makes(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    carry(live, "exp", on_wire(live, "MulBackward0", "y"))
    qtbot.waitUntil(lambda: "exp" in live.document.text)
    settled(qtbot, live)
    assert live.document.text == TEXT.replace("x * 3", "torch.exp(x * 3)")


def test_an_op_that_cannot_work_there_is_refused_in_the_engine_s_words(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    carry(live, "det", on_wire(live, "y", "SumBackward0"))
    qtbot.waitUntil(lambda: bool(said(live)))
    assert "linalg.det" in said(live)[0] or "dimension" in said(live)[0]
    assert live.document.text == TEXT


def test_an_op_that_takes_no_tensor_has_no_place_on_a_wire(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    carry(live, "zeros", on_wire(live, "y", "SumBackward0"))
    assert said(live) == ["zeros takes no tensor: it cannot stand on a wire."]
    assert live.document.text == TEXT


def test_an_op_dropped_on_a_node_goes_behind_it(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    carry(live, "tanh", at(live, "x"))
    settled(qtbot, live)
    assert "torch.tanh(x)\n" in live.document.text


def test_a_new_tensor_can_be_dropped_on_empty_ground(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    carry(live, "zeros", QPoint(live.canvas.width() // 2, live.canvas.height() - 80))
    settled(qtbot, live)
    assert "= torch.zeros(" in live.document.text


def test_a_double_click_on_a_wire_asks_for_an_op_to_put_there(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    QTest.mouseDClick(live.canvas, LEFT, pos=on_wire(live, "x", "MulBackward0"))
    asked = popup("quick-add-popup")
    assert asked.hint.text() == "It will go on the wire from x to MulBackward0."  # type: ignore[attr-defined]
    field = asked.findChild(QLineEdit, "quick-add")
    QTest.keyClicks(field, "+ 2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "+ 2" in live.document.text)
    settled(qtbot, live)
    assert live.document.text == TEXT.replace("x * 3", "(x + 2) * 3")


def test_a_node_dragged_onto_a_wire_is_led_into_it(live: Window, qtbot: QtBot) -> None:
    text = "import torch\nx = torch.ones(3, requires_grad=True)\ny = x * 3\nz = y.sum()\nw = torch.tanh(x)\n"
    write(qtbot, live, text)
    live.canvas.fit()
    drag(live, at(live, "TanhBackward0"), on_wire(live, "y", "SumBackward0"))
    qtbot.waitUntil(lambda: "tanh(y)" in live.document.text)
    settled(qtbot, live)
    assert "w = torch.tanh(y)\n" in live.document.text
    assert "z = w.sum()\n" in live.document.text
    assert live.document.text.index("w = ") < live.document.text.index("z = ")


def test_a_tensor_dragged_onto_a_wire_is_told_to_have_no_inputs(live: Window, qtbot: QtBot) -> None:
    text = TEXT + "w = torch.ones(3, requires_grad=True)\n"
    write(qtbot, live, text)
    live.canvas.fit()
    drag(live, at(live, "w"), on_wire(live, "y", "SumBackward0"))
    assert said(live) == ["w takes nothing in: only an op can be dropped on a wire."]
    assert live.document.text == text


def test_what_is_carried_away_again_leaves_no_mark(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    before = live.canvas.grab().toImage()
    data = QMimeData()
    data.setData(OP_MIME, b"relu")
    keys = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    live.canvas.dragMoveEvent(QDragMoveEvent(on_wire(live, "y", "SumBackward0"), *keys))
    assert live.canvas.grab().toImage() != before
    live.canvas.dragLeaveEvent(None)  # type: ignore[arg-type]
    assert live.canvas.grab().toImage() == before


def test_the_palette_finds_describes_and_adds_with_return(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.select_nodes([node(live, "y")])
    trigger(live, "palette")
    palette = live.palette_panel
    assert palette.isVisible()
    assert not any(family.isExpanded() for family in palette.families())
    QTest.keyClicks(palette.field, "sum dim=0")
    assert palette.current is not None
    assert palette.current.name == "sum"
    assert palette.note.text().startswith(palette.current.meaning)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    settled(qtbot, live)
    assert ".sum(dim=0)\n" in live.document.text or "torch.sum(y, dim=0)\n" in live.document.text


def test_the_palette_is_walked_by_keys(live: Window, qtbot: QtBot) -> None:
    trigger(live, "palette")
    palette = live.palette_panel
    QTest.keyClicks(palette.field, "zzzz")
    assert palette.shown() == []
    assert palette.note.text() == "No op answers that."
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert len(palette.shown()) > 100
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.tree.hasFocus()
    QTest.keyClick(palette.tree, Qt.Key.Key_Home)
    QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert palette.families()[0].isExpanded()
    QTest.keyClick(palette.tree, Qt.Key.Key_Down)
    assert palette.current is not None
    drag_of_it = palette.tree.drag()
    assert drag_of_it is not None
    assert bytes(drag_of_it.mimeData().data(OP_MIME).data()).decode() == palette.current.name


def test_a_wire_held_over_an_op_offers_what_it_takes_and_ends_at_a_number(live: Window, qtbot: QtBot) -> None:
    text = "import torch\nx = torch.ones(3, requires_grad=True)\nw = torch.full((3,), 2.0)\ny = x * 3  # thrice\nz = w + y\n"
    write(qtbot, live, text)
    live.canvas.fit()
    canvas, scene = live.canvas, live.canvas.scene
    assert scene is not None
    start = canvas.out_port(scene.rows[node(live, "w")]).toPoint()
    over = at(live, "MulBackward0")
    QTest.mousePress(canvas, LEFT, pos=start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(canvas, start + (over - start) * share)
    wire = canvas._gesture
    assert isinstance(wire, Wire)
    spot = wire.argument_boxes()[1].center().toPoint()
    QTest.mouseMove(canvas, spot)
    canvas.grab()
    QTest.mouseRelease(canvas, LEFT, pos=spot)
    qtbot.waitUntil(lambda: "x * w" in live.document.text)
    settled(qtbot, live)
    assert live.document.text == text.replace("x * 3", "x * w")
    # The end of the wire pulled off again: a number stands there that changes nothing.
    scene = live.canvas.scene
    link = int(scene.ports_of(scene.rows[node(live, "MulBackward0")])[1])
    port = QPointF(*canvas.viewport.to_view(*scene.line(link)[-1].tolist())).toPoint()
    drag(live, port, QPoint(canvas.width() // 2, 60))
    settled(qtbot, live)
    assert live.document.text == text.replace("x * 3", "x * 1")


def test_escape_takes_the_offer_back(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT + "w = torch.full((3,), 2.0)\nv = w + 1\n")
    live.canvas.fit()
    canvas = live.canvas
    start = canvas.out_port(canvas.scene.rows[node(live, "w")]).toPoint()  # type: ignore[union-attr]
    QTest.mousePress(canvas, LEFT, pos=start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(canvas, start + (at(live, "MulBackward0") - start) * share)
    assert isinstance(canvas._gesture, Wire)
    assert canvas._gesture.argument_boxes()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, pos=start)
    assert canvas._gesture is None
    assert "x * 3" in live.document.text
