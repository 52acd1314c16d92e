"""Frames and notes, with keys and mouse: kept in the script, moved with what they hold, one undo step each."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gradviz.app.window import Window
from gradviz.canvas.annotations import TITLE, Annotation
from tests.app.conftest import settled, trigger
from tests.app.test_building import LEFT, drag, node, write

TEXT = "import torch\nx = torch.ones(3, requires_grad=True)\ny = x * 3  # thrice\nz = y.sum()\n"
FRAME, NOTE = Annotation("frame", 0), Annotation("note", 0)


def typed(window: Window, name: str, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    field = next(one for one in window.canvas.findChildren(QLineEdit, name) if one.isVisible())
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, key)


def framed(qtbot: QtBot, window: Window, title: str = "Scale") -> None:
    """A frame round x and what multiplies it."""
    write(qtbot, window, TEXT)
    window.canvas.fit()
    window.canvas.select_nodes([node(window, "x"), node(window, "MulBackward0")])
    trigger(window, "frame")
    typed(window, "frame-text", title)
    settled(qtbot, window)


def seen(window: Window, x: float, y: float) -> QPoint:
    return QPointF(*window.canvas.viewport.to_view(x, y)).toPoint()


def title_of(window: Window) -> QPoint:
    frame = window.canvas.annotations.frames[0]
    return seen(window, frame.x + 20, frame.y - TITLE / 2)


def test_selected_nodes_are_framed_with_a_title_that_the_script_keeps(live: Window, qtbot: QtBot) -> None:
    framed(qtbot, live)
    assert live.document.text.startswith(TEXT)
    assert '# frame "Scale" = ' in live.document.text
    assert set(live.canvas.held_by(FRAME)) == {node(live, "x"), node(live, "MulBackward0")}
    assert live.actions_table["action-undo"].text() == "&Undo Frame 2 nodes"
    trigger(live, "undo")
    settled(qtbot, live)
    assert live.document.text == TEXT
    assert live.canvas.annotations.frames == ()


def test_a_frame_moves_with_its_nodes_as_one_step(live: Window, qtbot: QtBot) -> None:
    framed(qtbot, live)
    live.canvas.zoom(0.7)
    before, text = live.canvas.picture, live.document.text
    assert before is not None
    was, frame = dict(before.positions), live.canvas.annotations.frames[0]
    drag(live, title_of(live), title_of(live) + QPoint(40, -60))
    settled(qtbot, live)
    after, moved = live.canvas.picture, live.canvas.annotations.frames[0]
    assert after is not None
    dx, dy = moved.x - frame.x, moved.y - frame.y
    assert (dx > 0, dy < 0) == (True, True)
    for label in ("x", "MulBackward0"):
        one = node(live, label)
        assert abs(after.positions[one][0] - was[one][0] - dx) <= 1
        assert abs(after.positions[one][1] - was[one][1] - dy) <= 1
    assert set(live.canvas.held_by(FRAME)) == {node(live, "x"), node(live, "MulBackward0")}
    assert live.actions_table["action-undo"].text() == "&Undo Move the frame Scale"
    trigger(live, "undo")
    settled(qtbot, live)
    assert live.document.text == text


def test_escape_puts_a_frame_back(live: Window, qtbot: QtBot) -> None:
    framed(qtbot, live)
    text, start = live.document.text, title_of(live)
    before = live.canvas.grab().toImage()
    QTest.mousePress(live.canvas, LEFT, pos=start)
    for share in (10, 30, 60):
        QTest.mouseMove(live.canvas, start + QPoint(share, share))
    assert live.canvas.grab().toImage() != before
    QTest.keyClick(live.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(live.canvas, LEFT, pos=start + QPoint(60, 60))
    assert live.document.text == text
    assert title_of(live) == start


def test_a_frame_is_renamed_resized_and_deleted(live: Window, qtbot: QtBot) -> None:
    framed(qtbot, live)
    QTest.mouseDClick(live.canvas, LEFT, pos=title_of(live))
    typed(live, "frame-text", "First layer")
    settled(qtbot, live)
    assert [one.title for one in live.canvas.annotations.frames] == ["First layer"]
    frame = live.canvas.annotations.frames[0]
    corner = seen(live, frame.x + frame.width - 4, frame.y + frame.height - 4)
    drag(live, corner, corner + QPoint(0, 40))
    settled(qtbot, live)
    larger = live.canvas.annotations.frames[0]
    assert larger.height > frame.height
    assert (larger.x, larger.y) == (frame.x, frame.y)
    QTest.mouseClick(live.canvas, LEFT, pos=title_of(live))
    assert live.canvas.annotations.chosen == FRAME
    assert live.canvas.accessibleDescription() == "frame First layer"
    trigger(live, "delete")
    settled(qtbot, live)
    assert live.document.text == TEXT


def test_two_frames_cannot_have_one_title(live: Window, qtbot: QtBot) -> None:
    framed(qtbot, live)
    live.canvas.select_nodes([node(live, "z")])
    trigger(live, "frame")
    before = live.document.text
    typed(live, "frame-text", "Scale")
    assert live.document.text == before
    typed(live, "frame-text", "Sum")
    settled(qtbot, live)
    assert [one.title for one in live.canvas.annotations.frames] == ["Scale", "Sum"]


def test_a_note_is_written_changed_dragged_and_gone_to_by_keys(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    trigger(live, "note")
    typed(live, "note-text", "gradients stop here")
    settled(qtbot, live)
    assert '# note "gradients stop here" = ' in live.document.text
    QTest.mouseClick(live.canvas, LEFT, pos=QPoint(5, live.canvas.height() - 5))
    trigger(live, "next-note")
    assert live.canvas.annotations.chosen == NOTE
    trigger(live, "rename")
    typed(live, "note-text", "try 0.5 here")
    settled(qtbot, live)
    box = live.canvas.annotations.box(NOTE)
    start = seen(live, box.center().x(), box.center().y())
    drag(live, start, start + QPoint(30, 50))
    settled(qtbot, live)
    note = live.canvas.annotations.notes[0]
    assert (note.text, note.y > box.top()) == ("try 0.5 here", True)
    text = live.document.text
    live.document.new()
    settled(qtbot, live)
    assert live.canvas.annotations.notes == ()
    write(qtbot, live, text)
    assert live.canvas.annotations.notes == (note,)


def test_escape_writes_no_note(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    trigger(live, "note")
    typed(live, "note-text", "nothing", Qt.Key.Key_Escape)
    assert live.document.text == TEXT


def test_the_ground_within_a_frame_is_ground(live: Window, qtbot: QtBot) -> None:
    framed(qtbot, live)
    frame = live.canvas.annotations.frames[0]
    QTest.mouseClick(live.canvas, LEFT, pos=seen(live, frame.x + 4, frame.y + 4))
    assert live.canvas.annotations.chosen is None
    assert live.canvas.hit(QPointF(seen(live, frame.x + 4, frame.y + 4))) is None
