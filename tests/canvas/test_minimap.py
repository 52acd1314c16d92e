"""The map of a graph that does not fit into view, with real mouse, wheel and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gradviz.canvas import CanvasView
from gradviz.canvas.minimap import Minimap
from gradviz.view.cursor import Cursor
from gradviz.view.theme import load_theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def minimap(canvas: CanvasView) -> Minimap:
    """The map of a picture that is seen in part."""
    canvas.fit()
    canvas.zoom(3)
    return canvas.minimap


def middle(canvas: CanvasView) -> tuple[float, float]:
    """What of the picture is in the middle of the view."""
    return canvas.viewport.to_picture(canvas.width() / 2, canvas.height() / 2)


def test_there_is_a_map_only_where_something_is_out_of_sight(canvas: CanvasView) -> None:
    canvas.fit()
    assert not canvas.minimap.isVisible()
    canvas.zoom(3)
    assert canvas.minimap.isVisible()
    assert canvas.rect().contains(canvas.minimap.geometry())
    canvas.resize(300, 300)
    assert not canvas.minimap.isVisible()


def test_the_map_can_be_left_out(canvas: CanvasView, minimap: Minimap) -> None:
    minimap.set_wanted(False)
    assert not minimap.isVisible()
    minimap.set_wanted(True)
    assert minimap.isVisible()


def test_the_rectangle_is_what_is_seen(canvas: CanvasView, minimap: Minimap) -> None:
    box, shown = minimap.window_box(), minimap.map()
    assert shown.to_picture(box.left(), box.top()) == pytest.approx(canvas.viewport.to_picture(0, 0))
    assert shown.to_picture(box.right(), box.bottom()) == pytest.approx(
        canvas.viewport.to_picture(canvas.width(), canvas.height())
    )
    canvas.pan(-100, 0)
    assert minimap.window_box().left() > box.left()


def test_a_press_looks_there(canvas: CanvasView, minimap: Minimap) -> None:
    canvas.zoom(3)
    spot = QPoint(20, minimap.height() // 2)
    assert not minimap.window_box().contains(spot)
    QTest.mouseClick(minimap, LEFT, pos=spot)
    assert middle(canvas) == pytest.approx(minimap.map().to_picture(spot.x(), spot.y()))


def test_the_rectangle_is_dragged_by_where_it_was_taken(canvas: CanvasView, minimap: Minimap) -> None:
    box = minimap.window_box()
    start = (box.center() + (box.bottomRight() - box.center()) / 4).toPoint()
    before = middle(canvas)
    QTest.mousePress(minimap, LEFT, pos=start)
    assert middle(canvas) == pytest.approx(before, abs=1)
    QTest.mouseMove(minimap, start + QPoint(10, 0))
    QTest.mouseRelease(minimap, LEFT, pos=start + QPoint(10, 0))
    assert middle(canvas)[0] == pytest.approx(before[0] + 10 / minimap.map().scale, abs=1)
    assert middle(canvas)[1] == pytest.approx(before[1], abs=1)


def test_keys_move_the_rectangle_and_escape_leaves(canvas: CanvasView, minimap: Minimap) -> None:
    minimap.setFocus()
    before = middle(canvas)
    QTest.keyClick(minimap, Qt.Key.Key_Right)
    assert middle(canvas)[0] > before[0]
    QTest.keyClick(minimap, Qt.Key.Key_Escape)
    assert canvas.hasFocus()


def test_a_double_click_shows_all_again(canvas: CanvasView, minimap: Minimap) -> None:
    QTest.mouseDClick(minimap, LEFT, pos=QPoint(30, 30))
    QTest.mouseRelease(minimap, LEFT, pos=QPoint(30, 30))
    assert not minimap.isVisible()


def test_what_is_now_is_amber_on_the_map(canvas: CanvasView, minimap: Minimap, cursor: Cursor) -> None:
    theme = load_theme("dark")
    cursor.move(0)
    canvas.fit()
    canvas.zoom(3)
    row = canvas.rows_now()[0]
    x, y = minimap.map().to_view(*canvas.scene.centres[row].tolist())  # type: ignore[union-attr]
    seen = minimap.grab().toImage().pixelColor(round(x), round(y))
    assert abs(seen.red() - theme.now.red()) < 40
    assert seen.blue() < 140


def test_an_empty_canvas_has_no_map(canvas: CanvasView, minimap: Minimap) -> None:
    canvas.set_picture(None)
    assert not minimap.isVisible()
