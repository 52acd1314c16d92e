"""The canvas: a picture to be looked at, moved about in and clicked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, cast

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture, QToolTip, QWidget

from gradviz.canvas import walk
from gradviz.canvas.annotated_view import AnnotatedView
from gradviz.canvas.annotation_gestures import Carry
from gradviz.canvas.annotations import Annotation
from gradviz.canvas.dropping import Dropping
from gradviz.canvas.gestures import BoxSelect, CutStroke, Gesture, Lasso, MoveNodes, Pan, Wire
from gradviz.canvas.minimap import Minimap
from gradviz.canvas.paint_node import badge_boxes
from gradviz.canvas.scene import FAILED, OP, TENSOR, Hit, Scene
from gradviz.canvas.tips import tip
from gradviz.view.cursor import Cursor

CARD_NAME_HEIGHT, CARD_SLOT_HEIGHT = 29, 34  # px of a card's first line, and of what is below its rule
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


class CanvasView(AnnotatedView):
    """Shows a picture at the cursor's event, and lets hands get at it.

    A click selects, with Shift or Ctrl one thing more; a double click moves the cursor to the next event of what was clicked,
    on a wire or on nothing it asks for a new node. A drag pans, with Shift it selects in a box, with Alt in a lasso, with Ctrl
    it cuts the wires it crosses; a node goes with the hand, a port gives a wire. A wheel scrolls, with Ctrl it zooms. Arrows
    walk along edges, Home and End go to the first and last node, Return is a double click, F fits all in, + and -
    zoom, Escape cancels. What edits the script only tells of it: nodes are given by their ids, wires by their rows.

    Signals:
        node_activated: A node was double-clicked, or Return pressed on it: its id.
        text_activated: A double click on what is written on a card, or on a function: its id, "name" or "value".
        add_asked: A node is wanted: the point of the view, and the node whose tensor it shall take, "" for none.
        nodes_moved: Nodes were dragged: their centres in the picture by id.
        node_dropped: A node was dropped on a wire: its id, and the wire.
        wired: A wire was drawn: the row of the node it comes from, the wire whose end was taken (-1), and where it was dropped.
        wire_over: The same, while the wire is held over a place where it may be dropped; `refuse_wire` may answer.
        links_cut: Wires were cut.
        insert_asked: A node is wanted on a wire: the point of the view, and the wire.
        op_dropped: An op of the palette was dropped: its name, on which node ("" for none) or wire (-1 for none).
        annotation_moved: A frame or note was dragged, or a frame by its corner: which, and by how much.
        annotation_activated: A frame or note was double-clicked.
        menu_asked: A menu is wanted at a point of the view.
    """

    node_activated = Signal(str)
    text_activated = Signal(str, str)
    add_asked = Signal(QPoint, str)
    nodes_moved = Signal(dict)
    node_dropped = Signal(str, int)
    wired = Signal(int, int, object)
    wire_over = Signal(int, int, object)
    links_cut = Signal(list)
    insert_asked = Signal(QPoint, int)
    op_dropped = Signal(str, str, int)
    annotation_moved = Signal(object, float, float)
    annotation_activated = Signal(object)
    menu_asked = Signal(QPoint)

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(cursor, parent)
        self._pressed: QPointF | None = None
        self._waiting: Gesture | None = None
        self._gesture: Gesture | None = None
        self._hovered = -1
        self.editable = False
        self._dropping = Dropping(self)
        self.minimap = Minimap(self)
        self.setAcceptDrops(True)
        self.setObjectName("panel-canvas")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)

    def hit_at(self, at: QPointF) -> Hit | None:
        """The thing at a point of the widget: a node, a port, a saved tensor's badge or a link, by its row."""
        return self._hit(at)

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

    def activate(self, node: str) -> None:
        """Moves the cursor to the next event of a node, as a double click does. Raises KeyError for an unknown one."""
        if self._scene is None:
            raise KeyError(node)
        self._activate(self._scene.rows[node])

    def _activate(self, row: int) -> None:
        scene = cast(Scene, self._scene)
        self._cursor.move(walk.next_event(scene, row, self._cursor.event))
        self.node_activated.emit(scene.nodes[row])

    def _go_to(self, row: int) -> None:
        if self._scene is None or row < 0:
            return
        self._current = row
        self._cursor.select(self._selection_of(row))
        self._current = row
        self._describe()
        self.show_node(self._scene.nodes[row])
        self.update()

    # What gestures ask

    def selected_nodes(self) -> list[str]:
        """The ids of the selected nodes that are in the picture."""
        if self._scene is None:
            return []
        rows = (self._row_of(one) for one in self._cursor.selected)
        return [self._scene.nodes[row] for row in rows if row >= 0]

    def select_nodes(self, nodes: Iterable[str]) -> None:
        """Selects nodes by their ids; the last is looked at."""
        if self._scene is not None:
            found = (self._selection_of(self._scene.rows[node]) for node in nodes)
            self._cursor.select_all(one for one in found if one is not None)

    def go_to_node(self, node: str) -> None:
        """Looks at a node, as the keyboard does. Raises KeyError for an unknown one."""
        if self._scene is None:
            raise KeyError(node)
        self._go_to(self._scene.rows[node])

    def out_port(self, row: int) -> QPointF:
        """Where in the view a node's tensor leaves it. Raises KeyError where there is no picture."""
        if self._scene is None:
            raise KeyError(row)
        left, top, right, bottom = self._scene.boxes[row].tolist()
        level = self._scene.picture.orientation == "LR"
        return QPointF(*self._viewport.to_view(*((right, (top + bottom) / 2) if level else ((left + right) / 2, bottom))))

    def target_at(self, at: QPointF, source: int) -> Hit | None:
        """The node or port where a wire from a node may be dropped."""
        hit = self._hit(at)
        return None if hit is None or hit.kind not in ("node", "port", "badge") or hit.row == source else hit

    def refuse_wire(self, reason: str) -> None:
        """Says why the wire in the hand cannot end where it is held; "" where it can."""
        if isinstance(self._gesture, Wire):
            self._gesture.reason = reason
            self.update()

    def offer_arguments(self, row: int, arguments: tuple[str, ...]) -> None:
        """Shows what the node takes over which a wire is held, so that it can be dropped on one of them."""
        if isinstance(self._gesture, Wire):
            self._gesture.offer(row, arguments)
            self.update()

    def text_at(self, at: QPointF) -> Literal["name", "value", ""]:
        """What is written on a card at a point of the view; a function has values alone."""
        hit = self._hit(at)
        if self._scene is None or hit is None or self._viewport.level != "near":
            return ""
        if self._scene.kinds[hit.row] != TENSOR:
            return "value" if self._scene.kinds[hit.row] == OP and hit.kind == "node" else ""
        top, bottom = self._scene.boxes[hit.row, [1, 3]].tolist()
        y = self._viewport.to_picture(at.x(), at.y())[1]
        return "name" if y < top + CARD_NAME_HEIGHT else "value" if y < bottom - CARD_SLOT_HEIGHT else ""

    # Qt's

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and self.editable and cast(QKeyEvent, event).key() == Qt.Key.Key_Tab:
            # Before Qt takes it to the next widget; Shift+Tab, F6 and Shift+F6 leave the canvas.
            self.add_asked.emit(self.mapFromGlobal(self.cursor().pos()) if self.underMouse() else self.rect().center(), "")
            return True
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
        if self._gesture is not None:
            self.cancel_gesture()
            return
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            super().mousePressEvent(event)
            return
        self._pressed = event.position()
        self._waiting = self._gesture_for(event)

    def _gesture_for(self, event: QMouseEvent) -> Gesture:
        """What a drag from here would be; a click on a node selects it at once."""
        at, modifiers = event.position(), event.modifiers()
        hit = self._hit(at)
        if event.button() == Qt.MouseButton.MiddleButton or self._scene is None:
            return Pan(self)
        annotation = self._annotation_at(at, hit)
        self.choose(annotation)
        if annotation is not None:
            return Carry(self, annotation) if self.editable else Pan(self)
        if hit is None or hit.kind == "link":
            if modifiers & Qt.KeyboardModifier.AltModifier:
                return Lasso(self, adding=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
            if modifiers & Qt.KeyboardModifier.ControlModifier and self.editable:
                return CutStroke(self)
            return BoxSelect(self, adding=True) if modifiers & Qt.KeyboardModifier.ShiftModifier else Pan(self)
        if self.editable and (wire := self._wire_from(at, hit)) is not None:
            return wire
        self._click(hit.row, adding=bool(modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)))
        return MoveNodes(self, self.selected_nodes()) if self.editable else Pan(self)

    def _annotation_at(self, at: QPointF, hit: Hit | None) -> Annotation | None:
        """The frame or note at a point; nodes are above frames, and below notes."""
        found = self.annotations.hit(*self._viewport.to_picture(at.x(), at.y()))
        is_covered = found is not None and found.kind == "frame" and hit is not None and hit.kind != "link"
        return None if is_covered else found

    def _wire_from(self, at: QPointF, hit: Hit) -> Wire | None:
        """A wire that begins at a port: a new one at a node's outgoing side, one that is there at its end."""
        scene = cast(Scene, self._scene)
        if hit.kind == "port":
            link = int(scene.ports_of(hit.row)[hit.index])
            return Wire(self, int(scene.ends[link, 0]), link)
        if (
            scene.kinds[hit.row] != FAILED
            and self._viewport.level == "near"
            and (at - self.out_port(hit.row)).manhattanLength() <= 2 * _REACH
        ):
            return Wire(self, hit.row)
        return None

    def _click(self, row: int, *, adding: bool) -> None:
        wanted = self._selection_of(row)
        chosen = self._cursor.selected
        if wanted is None:
            self._go_to(row)
            return
        self._current = row
        if adding:
            self._cursor.select_all([one for one in chosen if one != wanted] + ([] if wanted in chosen else [wanted]))
        elif wanted not in chosen or len(chosen) == 1:
            self._cursor.select(wanted)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._gesture is not None:
            self._gesture.move(at)
            self.update()
        elif self._pressed is not None and self._waiting is not None:
            if (at - self._pressed).manhattanLength() >= QApplication.startDragDistance():
                self._gesture, self._waiting = self._waiting, None
                self.setCursor(self._gesture.shape)
                self._gesture.start(self._pressed)
                self._gesture.move(at)
                self.update()
        else:
            self._hover(at)

    def _hover(self, at: QPointF) -> None:
        hit = self._hit(at)
        over = hit is not None and hit.kind != "link"
        annotation = self._annotation_at(at, hit) if self.annotations.frames or self.annotations.notes else None
        if annotation is not None:
            self.setCursor(Qt.CursorShape.SizeFDiagCursor if annotation.part else Qt.CursorShape.SizeAllCursor)
            return
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        hovered = hit.row if hit is not None and over and self.editable and self._kind(hit.row) != FAILED else -1
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseReleaseEvent(event)
            return
        gesture, self._gesture, self._waiting, self._pressed = self._gesture, None, None, None
        if gesture is not None:
            gesture.end(event.position())
            self.update()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._clicked(event)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def _clicked(self, event: QMouseEvent) -> None:
        hit = self._hit(event.position())
        if hit is None or hit.kind == "link":
            if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._cursor.select(None)
        elif len(self._cursor.selected) > 1 and not event.modifiers():
            self._cursor.select(self._selection_of(hit.row))

    def _kind(self, row: int) -> int:
        return int(cast(Scene, self._scene).kinds[row])

    def cancel_gesture(self) -> None:
        """Ends what the hand is doing as if it had not begun."""
        if self._gesture is not None:
            self._gesture.cancel()
        self._gesture = self._waiting = self._pressed = None
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self._hit(event.position())
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseDoubleClickEvent(event)
        elif (annotation := self._annotation_at(event.position(), hit)) is not None:
            if self.editable:
                self.annotation_activated.emit(replace(annotation, part=""))
        elif hit is None and self.editable:
            self.add_asked.emit(event.position().toPoint(), "")
        elif hit is not None and hit.kind == "link" and self.editable:
            self.insert_asked.emit(event.position().toPoint(), hit.row)
        elif hit is not None and hit.kind != "link":
            part = self.text_at(event.position())
            if self.editable and part:
                self.text_activated.emit(cast(Scene, self._scene).nodes[hit.row], part)
            else:
                self._activate(hit.row)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        hit = self._hit(QPointF(event.pos()))
        if hit is not None and hit.kind != "link" and self._selection_of(hit.row) not in self._cursor.selected:
            self._click(hit.row, adding=False)
        self.menu_asked.emit(event.pos())

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()
        super().leaveEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._dropping.move(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._dropping.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._dropping.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self._dropping.drop(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._scene is None or (self._gesture is None and self._hovered < 0 and not self._dropping.active):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._hovered >= 0 and self._gesture is None and self._viewport.level == "near":
            painter.setPen(QPen(self._ink.theme.now, 1.5))
            painter.setBrush(self._ink.theme.canvas)
            painter.drawEllipse(self.out_port(self._hovered), 5, 5)
        if self._gesture is not None:
            self._gesture.paint(painter, self._ink)
        elif self._dropping.active:
            self._dropping.paint(painter, self._ink)

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
        elif key == Qt.Key.Key_Escape and self._pressed is not None:
            self.cancel_gesture()
        elif key == Qt.Key.Key_Escape and self.annotations.chosen is not None:
            self.choose(None)
        elif key == Qt.Key.Key_Escape and (self._cursor.selection is not None or self._current >= 0):
            self._current = -1
            self._cursor.select(None)
            self.update()
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_KEY_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / _KEY_STEP)
        else:
            super().keyPressEvent(event)
