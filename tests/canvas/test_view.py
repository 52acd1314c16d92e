"""The canvas with real mouse, wheel and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from gradviz.canvas import CanvasView
from gradviz.canvas.scene import make_scene, point_along
from gradviz.graph import Picture, make_picture
from gradviz.recording import Kind, RecordingBuilder
from gradviz.view.cursor import Cursor, Selection
from gradviz.view.theme import load_theme
from tests.canvas import programs
from tests.panels.made import find

LEFT = Qt.MouseButton.LeftButton


def node(canvas: CanvasView, label: str) -> str:
    assert canvas.picture is not None
    return next(n for n, d in canvas.picture.graph.nodes(data=True) if d["label"] == label and d["kind"] != "alias")


def click(canvas: CanvasView, at: QPoint) -> None:
    QTest.mouseClick(canvas, LEFT, Qt.KeyboardModifier.NoModifier, at)


def wheel(canvas: CanvasView, angle: QPoint, at: QPoint, *modifiers: Qt.KeyboardModifier, pixels: QPoint | None = None) -> None:
    keys = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        keys |= modifier
    event = QWheelEvent(
        QPointF(at), canvas.mapToGlobal(QPointF(at)), pixels or QPoint(), angle, Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def tooltip(canvas: CanvasView, at: QPoint) -> str:
    QApplication.sendEvent(canvas, QHelpEvent(QEvent.Type.ToolTip, at, canvas.mapToGlobal(at)))
    text = QToolTip.text()
    QToolTip.hideText()
    return text


# Looking


def test_a_new_picture_is_fitted_in(canvas: CanvasView) -> None:
    for name in canvas.picture.graph.nodes:  # type: ignore[union-attr]
        assert canvas.rect().contains(canvas.node_point(name))


def test_a_picture_too_large_to_be_read_at_once_begins_where_the_cursor_is(canvas: CanvasView, cursor: Cursor) -> None:
    recording = programs.chain(60)
    cursor.set_recording(recording, recording.passes[0].begin)
    canvas.set_picture(make_picture(recording), keep_still=False)
    assert canvas.viewport.level == "near"
    assert canvas.rect().contains(canvas.node_point(f"t{recording.passes[0].root}"))
    assert not canvas.rect().contains(canvas.node_point("t0"))
    canvas.fit()
    assert canvas.rect().contains(canvas.node_point("t0"))


def test_the_view_follows_the_cursor(canvas: CanvasView, cursor: Cursor) -> None:
    recording = programs.chain(60)
    cursor.set_recording(recording, len(recording) - 1)
    canvas.set_picture(make_picture(recording), keep_still=False)
    for event in (1, 40, find(recording, Kind.VISIT, 5), 3, find(recording, Kind.VISIT, 50)):
        cursor.move(event)
        looks = recording.state(event).focus
        for name in [f"t{tensor}" for tensor in looks.tensors] + [f"o{op}" for op in looks.ops]:
            assert canvas.rect().contains(canvas.node_point(name))
    seen = canvas.viewport
    cursor.move(find(recording, Kind.FREE, 50))
    assert canvas.viewport == seen


def test_fit_brings_everything_back(canvas: CanvasView) -> None:
    fitted = canvas.viewport
    canvas.pan(5000, 0)
    canvas.zoom(3)
    QTest.keyClick(canvas, Qt.Key.Key_F)
    assert canvas.viewport == fitted


def test_a_fitted_picture_stays_fitted_when_the_window_grows_and_another_is_left_alone(canvas: CanvasView) -> None:
    scale = canvas.viewport.scale
    canvas.resize(600, 400)
    QApplication.processEvents()
    assert canvas.viewport.scale < scale
    canvas.pan(10, 0)
    mine = canvas.viewport
    canvas.resize(1200, 700)
    QApplication.processEvents()
    assert canvas.viewport == mine


def test_the_wheel_scrolls_and_with_ctrl_zooms_to_the_pointer(canvas: CanvasView) -> None:
    at, before = QPoint(300, 200), canvas.viewport
    wheel(canvas, QPoint(0, -120), at)
    assert (canvas.viewport.dx, canvas.viewport.dy) == (before.dx, before.dy - 60)
    wheel(canvas, QPoint(0, 120), at, Qt.KeyboardModifier.ShiftModifier)
    assert (canvas.viewport.dx, canvas.viewport.dy) == (before.dx + 60, before.dy - 60)
    below = canvas.viewport.to_picture(300, 200)
    wheel(canvas, QPoint(0, 120), at, Qt.KeyboardModifier.ControlModifier)
    assert canvas.viewport.scale > before.scale
    assert canvas.viewport.to_picture(300, 200) == pytest.approx(below)
    wheel(canvas, QPoint(0, -120), at, Qt.KeyboardModifier.ControlModifier)
    assert canvas.viewport.scale == pytest.approx(before.scale)


def test_two_fingers_scroll_by_the_pixel(canvas: CanvasView) -> None:
    before = canvas.viewport
    wheel(canvas, QPoint(0, 8), QPoint(50, 50), pixels=QPoint(7, -3))
    assert (canvas.viewport.dx, canvas.viewport.dy) == (before.dx + 7, before.dy - 3)


def test_a_pinch_zooms_about_the_fingers(canvas: CanvasView) -> None:
    at, before = QPointF(300, 200), canvas.viewport
    device = QPointingDevice.primaryPointingDevice()
    gesture = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, device, 2, at, at, canvas.mapToGlobal(at), 0.25, QPointF()
    )
    QApplication.sendEvent(canvas, gesture)
    assert canvas.viewport.scale == pytest.approx(before.scale * 1.25)
    assert canvas.viewport.to_picture(300, 200) == pytest.approx(before.to_picture(300, 200))


def test_plus_and_minus_zoom_within_limits(canvas: CanvasView) -> None:
    before = canvas.viewport.scale
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.viewport.scale == pytest.approx(before * 1.25)
    QTest.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.viewport.scale == pytest.approx(before)
    for _ in range(80):
        canvas.zoom(1.5)
    assert canvas.viewport.scale <= 4


@pytest.mark.parametrize("button", [LEFT, Qt.MouseButton.MiddleButton])
def test_a_drag_pans_and_selects_nothing(canvas: CanvasView, cursor: Cursor, button: Qt.MouseButton) -> None:
    before = canvas.viewport
    QTest.mousePress(canvas, button, pos=QPoint(40, 600))
    for x in range(40, 141, 20):
        QTest.mouseMove(canvas, QPoint(x, 600 - (x - 40) // 2))
    QTest.mouseRelease(canvas, button, pos=QPoint(140, 550))
    assert (canvas.viewport.dx, canvas.viewport.dy) == pytest.approx((before.dx + 100, before.dy - 50))
    assert cursor.selection is None


# Choosing


def test_a_click_selects_a_card_or_a_pill_and_beside_them_nothing(canvas: CanvasView, cursor: Cursor) -> None:
    click(canvas, canvas.node_point(node(canvas, "y")))
    assert cursor.selection == Selection("tensor", 1)
    assert canvas.node_state(node(canvas, "y")).selected
    click(canvas, canvas.node_point(node(canvas, "MeanBackward0")))
    assert cursor.selection == Selection("op", 5)
    assert not canvas.node_state(node(canvas, "y")).selected
    click(canvas, QPoint(30, 640))
    assert cursor.selection is None


def test_what_is_selected_elsewhere_is_shown(canvas: CanvasView, cursor: Cursor) -> None:
    cursor.select(Selection("op", 1))
    assert canvas.node_state("o1").selected
    cursor.select(None)
    assert not canvas.node_state("o1").selected


def test_a_double_click_goes_to_the_node_s_next_event(canvas: CanvasView, cursor: Cursor, qtbot: QtBot) -> None:
    with qtbot.waitSignal(canvas.node_activated) as told:
        QTest.mouseDClick(canvas, LEFT, pos=canvas.node_point(node(canvas, "z")))
    assert told.args == [node(canvas, "z")]
    assert cursor.event == 2
    QTest.mouseDClick(canvas, LEFT, pos=canvas.node_point(node(canvas, "z")))
    assert cursor.event == find(cursor.recording, Kind.CONTRIBUTION, 1)
    QTest.mouseDClick(canvas, LEFT, pos=QPoint(30, 640))
    assert cursor.event == find(cursor.recording, Kind.CONTRIBUTION, 1)


def test_the_keyboard_walks_along_edges_and_keeps_what_it_is_at_in_view(canvas: CanvasView, cursor: Cursor) -> None:
    canvas.setFocus()
    canvas.zoom(3)
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    assert cursor.selection == Selection("tensor", 0)
    graph = canvas.picture.graph  # type: ignore[union-attr]
    here = "t0"
    for _ in range(4):
        QTest.keyClick(canvas, Qt.Key.Key_Right)
        chosen = cursor.selection
        assert chosen is not None
        there = f"{'t' if chosen.kind == 'tensor' else 'o'}{chosen.number}"
        assert graph.has_edge(here, there)
        assert canvas.rect().contains(canvas.node_point(there))
        here = there
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    QTest.keyClick(canvas, Qt.Key.Key_End)
    assert cursor.selection == Selection("tensor", 7)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert cursor.event == find(cursor.recording, Kind.OP, 5)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert cursor.selection is None


def test_an_arrow_begins_at_the_program_s_first_node(canvas: CanvasView, cursor: Cursor) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert cursor.selection == Selection("tensor", 0)


def test_keys_with_ctrl_are_left_to_the_window(canvas: CanvasView, cursor: Cursor) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert cursor.selection is None


def test_where_the_keyboard_is_can_be_seen(canvas: CanvasView, cursor: Cursor, qtbot: QtBot) -> None:
    canvas.activateWindow()
    canvas.clearFocus()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(canvas.hasFocus)
    ringed = canvas.grab().toImage()
    canvas.clearFocus()
    assert canvas.grab().toImage() != ringed
    cursor.select(Selection("tensor", 1))
    chosen = canvas.grab().toImage()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(canvas.hasFocus)
    assert canvas.grab().toImage() != chosen


# Asking


def test_hits_tell_nodes_ports_badges_and_links_apart(canvas: CanvasView, cursor: Cursor) -> None:
    cursor.move(cursor.last)
    canvas.zoom(1 / canvas.viewport.scale)
    scene = make_scene(canvas.picture)  # type: ignore[arg-type]
    canvas.show_node("o1")
    pill = scene.rows["o1"]

    def at(x: float, y: float) -> tuple[str, str] | None:
        return canvas.hit(QPointF(*canvas.viewport.to_view(x, y)))

    left, top, _, bottom = scene.boxes[pill]
    port = scene.points[scene.starts[scene.ports_of(pill)[0] + 1] - 1]
    assert at(*port) == ("port", "o1")
    assert at(left + 24, bottom) == ("badge", "o1")
    assert at(*scene.centres[pill]) == ("node", "o1")
    assert at(*point_along(scene.line(scene.ports_of(pill)[0]), 0.5)) == ("link", "o1")
    assert at(left, top - 60) is None


def test_tooltips_say_why_and_what(canvas: CanvasView, cursor: Cursor) -> None:
    cursor.move(cursor.last)
    scene = make_scene(canvas.picture)  # type: ignore[arg-type]
    cut = int(np.flatnonzero(scene.link_cuts == 1)[0])
    at = QPointF(*canvas.viewport.to_view(*point_along(scene.line(cut), 0.5))).toPoint()
    assert "detach" in tooltip(canvas, at)
    assert "line 8" in tooltip(canvas, at)
    mul = tooltip(canvas, canvas.node_point("o1"))
    assert "self * other" in mul
    assert "grad_other = grad * self" in mul
    x = tooltip(canvas, canvas.node_point("t0"))
    assert "2×2 · f32" in x
    assert "version 0" in x
    assert "requires_grad=True" in x
    assert canvas.hit(QPointF(30, 640)) is None


def test_the_tooltip_of_a_lit_edge_names_its_gradient(canvas: CanvasView, cursor: Cursor) -> None:
    cursor.move(find(cursor.recording, Kind.VISIT, 2))
    scene = make_scene(canvas.picture)  # type: ignore[arg-type]
    link = int(scene.ports_of(scene.rows["o1"])[0])
    at = QPointF(*canvas.viewport.to_view(*point_along(scene.line(link), 0.5))).toPoint()
    assert tooltip(canvas, at).splitlines() == ["y", "derivative: grad * other", "gradient norm 1.5"]


def test_those_who_do_not_see_are_told(canvas: CanvasView, cursor: Cursor) -> None:
    assert canvas.accessibleName() == "Graph"
    cursor.move(find(cursor.recording, Kind.CONTRIBUTION, 3))
    assert "tensor y, 2×2, passing 0.75 + 0.75 = 1.5, now" in canvas.accessibleDescription()
    cursor.select(Selection("tensor", 0))
    assert "leaf that needs grad" in canvas.accessibleDescription()


def test_the_looks_that_are_asked_for_are_those_that_are_painted(canvas: CanvasView, cursor: Cursor) -> None:
    cursor.move(find(cursor.recording, Kind.CONTRIBUTION, 3))
    assert canvas.node_state("t1").slot.text == "0.75 + 0.75 = 1.5"
    assert [link.gradient is not None for link in canvas.link_states("t1", "o1")] == [True, True]
    assert canvas.header() == "left to right · 13 nodes"
    assert "cut" in canvas.legend()
    for wrong in (lambda: canvas.node_state("t99"), lambda: canvas.link_states("t0", "t99"), lambda: canvas.node_point("t99")):
        with pytest.raises(KeyError):
            wrong()


# Other pictures


def test_an_empty_canvas_says_what_to_do(qtbot: QtBot, qapp: object) -> None:
    cursor = Cursor()
    canvas = CanvasView(cursor)
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    assert "open an example" in canvas.accessibleDescription() or canvas.picture is None
    blank = canvas.grab().toImage()
    assert len({blank.pixel(x, y) for x in range(0, 500, 5) for y in range(150, 250)}) > 2
    canvas.set_picture(make_picture(cursor.recording))
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_F, Qt.Key.Key_Plus):
        QTest.keyClick(canvas, key)
    click(canvas, QPoint(200, 200))
    assert cursor.selection is None
    canvas.set_picture(None)
    assert "write a script" in canvas.accessibleDescription()
    with pytest.raises(KeyError):
        canvas.node_state("t0")


def test_between_a_new_recording_and_its_picture_the_old_one_stays(canvas: CanvasView, cursor: Cursor) -> None:
    before = canvas.node_state("t0")
    other = programs.retained_and_shared()
    cursor.set_recording(other, 5, Selection("tensor", 2))
    assert canvas.node_state("t0") == before
    cursor.move(3)
    canvas.grab()
    assert canvas.node_state("t0") == before
    canvas.set_picture(make_picture(other))
    assert canvas.node_state("t2").selected
    assert canvas.node_state("t1").retained


def test_a_picture_of_another_recording_than_the_cursor_s_is_shown_all_the_same(canvas: CanvasView) -> None:
    canvas.set_picture(make_picture(programs.log_of_zero()))
    canvas.grab()
    assert not canvas.node_state("t0").selected


def test_an_edit_leaves_what_was_clicked_where_it_is(canvas: CanvasView, cursor: Cursor, picture: Picture) -> None:
    click(canvas, canvas.node_point("t1"))
    canvas.zoom(1.3)
    place = canvas.node_point("t1")
    upright = make_picture(picture.recording, orientation="TB")
    canvas.set_picture(upright, keep_still=True)
    assert (canvas.node_point("t1") - place).manhattanLength() <= 2
    assert cursor.selection == Selection("tensor", 1)


def test_an_edit_does_not_move_a_view_that_shows_it_all(canvas: CanvasView, picture: Picture) -> None:
    before = canvas.viewport
    canvas.set_picture(make_picture(picture.recording, previous=picture.places))
    assert canvas.viewport == before


def test_a_picture_that_would_be_out_of_sight_is_fetched_back(canvas: CanvasView, picture: Picture) -> None:
    canvas.pan(-9000, -9000)
    canvas.set_picture(make_picture(picture.recording))
    assert all(canvas.rect().contains(canvas.node_point(name)) for name in picture.graph.nodes)


def test_themes_change_every_colour(canvas: CanvasView) -> None:
    dark = canvas.grab().toImage()
    canvas.set_theme(load_theme("light"))
    light = canvas.grab().toImage()
    assert dark.pixelColor(3, 3) == load_theme("dark").canvas
    assert light.pixelColor(3, 3) == load_theme("light").canvas


def test_a_recording_without_tensors_is_an_empty_canvas(canvas: CanvasView, cursor: Cursor) -> None:
    builder = RecordingBuilder({"script": "print(1)\n"})
    builder.event(Kind.OUTPUT, text=builder.string("1\n"))
    recording = builder.build()
    cursor.set_recording(recording, 0)
    canvas.set_picture(make_picture(recording), keep_still=False)
    canvas.grab()
    assert canvas.header() == "left to right · 0 nodes"
