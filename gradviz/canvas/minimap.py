"""A small picture of the whole graph in a corner of the canvas, with what is seen of it as a rectangle to be dragged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from gradviz.canvas.ground import transform
from gradviz.canvas.ink import Ink, pen
from gradviz.canvas.legend import legend_room
from gradviz.canvas.scene import OP, Scene
from gradviz.canvas.viewport import Viewport
from gradviz.canvas.words import tr

if TYPE_CHECKING:
    from gradviz.canvas.annotated_view import AnnotatedView

_MOST, _LEAST, _AWAY, _INSIDE = (208, 132), (72, 48), 16, 8.0
_LEAST_VIEW = 320  # a narrower canvas has no room for it
_DOT, _WINDOW = 2.5, 9.0  # px: no node is smaller, and not what is seen
_EDGE = 20.0  # px about a picture in which there is nothing to be missed
_WHEEL_STEP = 1.0015
_STEPS = {Qt.Key.Key_Left: (60, 0), Qt.Key.Key_Right: (-60, 0), Qt.Key.Key_Up: (0, 60), Qt.Key.Key_Down: (0, -60)}


class Minimap(QWidget):
    """Shows where in a large picture one is; there is none where all of it is seen.

    A press takes the view there, a drag moves it, a wheel zooms; arrows move it, Escape goes back to the canvas.
    """

    def __init__(self, view: AnnotatedView) -> None:
        super().__init__(view)
        self.setObjectName("minimap")
        self.setAccessibleName(tr("Map of the graph"))
        self.setToolTip(tr("The whole graph; drag the rectangle to look elsewhere"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._view = view
        self._wanted = True
        self._held: QPointF | None = None
        self._sheet: QPixmap | None = None
        self._drawn: tuple[object, ...] = ()
        self.resize(*_MOST)
        self.hide()
        view.viewport_changed.connect(self.refresh)
        view.picture_changed.connect(self.refresh)
        view.annotation_chosen.connect(self.refresh)
        view.installEventFilter(self)

    def set_wanted(self, wanted: bool) -> None:
        """Sets whether it is shown where it is of use."""
        self._wanted = wanted
        self.refresh()

    def refresh(self) -> None:
        """Shows what is seen now; hides where that is all."""
        view, scene = self._view, self._view.scene
        x, y, w, h = view.bounds()
        left, top, right, bottom = view.viewport.seen(view.width(), view.height())
        is_all = left <= x + _EDGE and top <= y + _EDGE and x + w - _EDGE <= right and y + h - _EDGE <= bottom
        is_small = view.width() < _LEAST_VIEW or view.height() < _LEAST_VIEW
        useful = scene is not None and len(scene.nodes) > 1 and not is_all and not is_small
        if self._held is None:
            self.setVisible(self._wanted and useful)
        if scene is not None and self.isVisible():
            fitted = Viewport.fitted((x, y, w, h), _MOST[0] - 2 * _INSIDE, _MOST[1] - 2 * _INSIDE)
            wide, high = (math.ceil(length * fitted.scale + 2 * _INSIDE) for length in (w, h))
            self.resize(max(wide, _LEAST[0]), max(high, _LEAST[1]))
            place = view.height() - self.height() - round(legend_room(scene, view.width())) - 6
            self.move(view.width() - self.width() - _AWAY, place)
            self.update()

    def map(self) -> Viewport:
        """How the map shows the picture."""
        x, y, w, h = self._view.bounds()
        inside = Viewport.fitted((x, y, w, h), self.width() - 2 * _INSIDE, self.height() - 2 * _INSIDE)
        return inside.moved(_INSIDE, _INSIDE)

    def window_box(self) -> QRectF:
        """The part of the picture that is seen, on the map."""
        view, shown = self._view, self.map()
        left, top, right, bottom = view.viewport.seen(view.width(), view.height())
        return QRectF(QPointF(*shown.to_view(left, top)), QPointF(*shown.to_view(right, bottom)))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        scene, ink = self._view.scene, self._view.ink
        if scene is None:
            return
        painter = QPainter(self)
        key = (scene, ink.theme.name, self.map(), self._view.annotations.frames, self.devicePixelRatioF())
        if key != self._drawn or self._sheet is None:
            self._sheet, self._drawn = self._made(scene, ink), key
        painter.drawPixmap(0, 0, self._sheet)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = self.map()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.theme.now)
        for row in self._view.rows_now():
            painter.drawRect(_dot(scene, row, shown))
        seen = _at_least(self.window_box(), _WINDOW).intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        fill = QColor(ink.theme.text)
        fill.setAlphaF(0.1)
        painter.setBrush(fill)
        painter.setPen(pen(ink.theme.text, 2.2 if self.hasFocus() else 1.4))
        painter.drawRoundedRect(seen, 3, 3)

    def _made(self, scene: Scene, ink: Ink) -> QPixmap:
        """The map without what changes from event to event."""
        ratio = self.devicePixelRatioF()
        sheet = QPixmap(math.ceil(self.width() * ratio), math.ceil(self.height() * ratio))
        sheet.setDevicePixelRatio(ratio)
        sheet.fill(ink.theme.canvas)
        painter = QPainter(sheet)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen(ink.theme.line, 1))
        painter.setBrush(ink.theme.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        shown = self.map()
        painter.save()
        painter.setTransform(transform(shown), True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(ink.edge, 1 / shown.scale))
        for frame in self._view.annotations.frames:
            painter.drawRect(QRectF(frame.x, frame.y, frame.width, frame.height))
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        is_op = scene.kinds == OP
        for rows, colour in (
            (np.flatnonzero(is_op), ink.edge),
            (np.flatnonzero(~is_op & ~scene.leaf), ink.theme.dim),
            (np.flatnonzero(scene.leaf), ink.theme.leaf),
        ):
            painter.setBrush(colour)
            painter.drawRects([_dot(scene, row, shown) for row in rows.tolist()])
        painter.end()
        return sheet

    # Hands

    def _look_at(self, at: QPointF) -> None:
        """Brings what is at a point of the map to the middle of the view."""
        view = self._view
        u, v = view.viewport.to_view(*self.map().to_picture(at.x(), at.y()))
        view.pan(view.width() / 2 - u, view.height() / 2 - v)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        box, at = _at_least(self.window_box(), _WINDOW), event.position()
        self._held = box.center() - at if box.contains(at) else QPointF()  # it is dragged by where it was taken
        self._look_at(at + self._held)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._look_at(event.position() + self._held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None
        self.refresh()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._view.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._view.zoom(_WHEEL_STEP ** event.angleDelta().y())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self._view.pan(*step)
        elif event.key() == Qt.Key.Key_Escape:
            self._view.setFocus()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize:
            self.refresh()
        return super().eventFilter(watched, event)


def _dot(scene: Scene, row: int, shown: Viewport) -> QRectF:
    left, top, right, bottom = scene.boxes[row].tolist()
    box = QRectF(QPointF(*shown.to_view(left, top)), QPointF(*shown.to_view(right, bottom)))
    return _at_least(box, _DOT)


def _at_least(box: QRectF, least: float) -> QRectF:
    wide, high = max(box.width(), least), max(box.height(), least)
    return QRectF(box.center().x() - wide / 2, box.center().y() - high / 2, wide, high)
