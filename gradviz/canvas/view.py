"""The canvas: a picture to be looked at, moved about in and clicked."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture, QToolTip, QWidget

from gradviz.canvas import walk
from gradviz.canvas.paint_node import badge_boxes
from gradviz.canvas.picture_view import PictureView
from gradviz.canvas.scene import OP, Hit, Scene
from gradviz.canvas.tips import tip
from gradviz.view.cursor import Cursor

_REACH = 6.0  # view px beside a thin thing that still hit it
_WHEEL_STEP = 1.0015  # zoom per unit of a wheel's angle
_KEY_STEP = 1.25
_SCROLL = 0.5  # view px per unit of a wheel's angle
_ARROWS: dict[int, walk.Direction] = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}


class CanvasView(PictureView):
    """Shows a picture at the cursor's event, and lets hands get at it.

    A drag pans, a wheel scrolls, with Ctrl it zooms; a click selects, a double click moves the cursor to the next event
    of what was clicked. Arrows walk along edges, Home and End go to the program's first and last node, Return is a double
    click, F fits all in, + and - zoom.

    Signals:
        node_activated: A node was double-clicked, or Return pressed on it: its id.
    """

    node_activated = Signal(str)

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(cursor, parent)
        self._grabbed: QPointF | None = None
        self._dragged = False
        self.setObjectName("panel-canvas")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)

    def _hit(self, at: QPointF) -> Hit | None:
        if self._scene is None or self._looks is None:
            return None
        x, y = self._viewport.to_picture(at.x(), at.y())
        if self._viewport.level == "near":
            row = self._scene.node_at(x, y, 10)
            if row >= 0 and self._scene.kinds[row] == OP:
                left, top = self._scene.boxes[row, :2].tolist()
                size = cast("tuple[float, float]", tuple(self._scene.sizes[row].tolist()))
                for index, box in enumerate(badge_boxes(self._looks.node(row), size)):
                    if box.translated(left, top).contains(QPointF(x, y)):
                        return Hit("badge", row, index)
        return self._scene.hit(x, y, _REACH / self._viewport.scale)

    def hit(self, at: QPointF) -> tuple[str, str] | None:
        """What is at a point of the widget: its kind ("node", "port", "badge", "link") and the node, or a link's consumer."""
        found = self._hit(at)
        if found is None or self._scene is None:
            return None
        row = int(self._scene.ends[found.row, 1]) if found.kind == "link" else found.row
        return found.kind, self._scene.nodes[row]

    def _activate(self, row: int) -> None:
        scene = cast(Scene, self._scene)
        self._cursor.move(walk.next_event(scene, row, self._cursor.event))
        self.node_activated.emit(scene.nodes[row])

    def _go_to(self, row: int) -> None:
        if self._scene is None or row < 0:
            return
        self._current = row
        self._cursor.select(self._selection_of(row))
        self._describe()
        self.show_node(self._scene.nodes[row])
        self.update()

    # Qt's

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            asked = cast(QHelpEvent, event)
            hit = self._hit(QPointF(asked.pos()))
            text = tip(self._looks, hit) if hit is not None and self._looks is not None else ""
            QToolTip.showText(asked.globalPos(), text, self) if text else QToolTip.hideText()
            return True
        if event.type() == QEvent.Type.NativeGesture:
            gesture = cast(QNativeGestureEvent, event)
            if gesture.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom(1 + gesture.value(), gesture.position())
                return True
        if event.type() == QEvent.Type.Gesture:
            pinch = cast(QGestureEvent, event).gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint())))
                return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            super().mousePressEvent(event)
            return
        self._grabbed, self._dragged = event.position(), False
        hit = self._hit(event.position())
        if event.button() == Qt.MouseButton.LeftButton and hit is not None and hit.kind != "link":
            self._current = hit.row
            self._cursor.select(self._selection_of(hit.row))
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None:
            hit = self._hit(event.position())
            over = hit is not None and hit.kind != "link"
            self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
            return
        moved = event.position() - self._grabbed
        if self._dragged or moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragged = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan(moved.x(), moved.y())
            self._grabbed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None:
            super().mouseReleaseEvent(event)
            return
        hit = self._hit(event.position())
        if event.button() == Qt.MouseButton.LeftButton and not self._dragged and (hit is None or hit.kind == "link"):
            self._cursor.select(None)
        self._grabbed, self._dragged = None, False
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self._hit(event.position())
        if event.button() == Qt.MouseButton.LeftButton and hit is not None and hit.kind != "link":
            self._activate(hit.row)
        else:
            super().mouseDoubleClickEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle, pixels = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(_WHEEL_STEP ** (angle.y() or angle.x() or pixels.y()), event.position())
        elif not pixels.isNull():
            self.pan(pixels.x(), pixels.y())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not angle.x():
            self.pan(angle.y() * _SCROLL, 0)
        else:
            self.pan(angle.x() * _SCROLL, angle.y() * _SCROLL)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        scene, key, modifiers = self._scene, event.key(), event.modifiers()
        plain = not modifiers & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if scene is None or not plain or not len(scene.nodes):
            super().keyPressEvent(event)
        elif key in _ARROWS:
            start = self._current if self._current >= 0 else -1
            self._go_to(walk.next_node(scene, start, _ARROWS[Qt.Key(key)]) if start >= 0 else walk.first_node(scene))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go_to(walk.first_node(scene) if key == Qt.Key.Key_Home else walk.last_node(scene))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current >= 0:
            self._activate(self._current)
        elif key == Qt.Key.Key_Escape and self._cursor.selection is not None:
            self._cursor.select(None)
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_KEY_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / _KEY_STEP)
        else:
            super().keyPressEvent(event)
