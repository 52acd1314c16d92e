"""An op carried over the canvas from a palette: what it would be dropped on is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QPainter, QPen

from gradviz.canvas.ground import transform
from gradviz.canvas.ink import Ink
from gradviz.canvas.paint_links import link_path
from gradviz.canvas.scene import Hit
from gradviz.view.drags import OP_MIME

if TYPE_CHECKING:
    from gradviz.canvas.view import CanvasView

_REACH = 12.0  # view px beside a wire that still hit it


class Dropping:
    """What is carried over a canvas, and over what.

    Attributes:
        target: The node or wire that it would be dropped on, None for empty ground.
        active: Whether anything is carried over the canvas.
    """

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self.target: Hit | None = None
        self.active = False

    def takes(self, event: QDropEvent) -> bool:
        """Whether what is carried can be dropped here."""
        return self._canvas.editable and event.mimeData().hasFormat(OP_MIME)

    def move(self, event: QDragMoveEvent) -> None:
        """It is over another place."""
        if not self.takes(event):
            event.ignore()
            return
        self.active = True
        self.target = self._at(event.position())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._canvas.update()

    def leave(self) -> None:
        """It is not over the canvas any more."""
        self.active, self.target = False, None
        self._canvas.update()

    def drop(self, event: QDropEvent) -> None:
        """It is let go of: tells where."""
        if not self.takes(event):
            event.ignore()
            return
        hit, scene = self._at(event.position()), self._canvas.scene
        self.leave()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        name = bytes(event.mimeData().data(OP_MIME).data()).decode(errors="replace")
        if hit is not None and hit.kind == "link":
            self._canvas.op_dropped.emit(name, "", hit.row)
        else:
            self._canvas.op_dropped.emit(name, scene.nodes[hit.row] if hit is not None and scene is not None else "", -1)

    def _at(self, at: QPointF) -> Hit | None:
        scene, view = self._canvas.scene, self._canvas.viewport
        return scene.hit(*view.to_picture(at.x(), at.y()), _REACH / view.scale) if scene is not None else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        """Marks what it would be dropped on."""
        scene, hit = self._canvas.scene, self.target
        if scene is None or hit is None:
            return
        painter.save()
        painter.setTransform(transform(self._canvas.viewport), True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink.theme.now, 3 / self._canvas.viewport.scale))
        if hit.kind == "link":
            painter.drawPath(link_path(scene.curve(hit.row)))
        else:
            left, top, right, bottom = scene.boxes[hit.row].tolist()
            painter.drawRoundedRect(QRectF(left - 4, top - 4, right - left + 8, bottom - top + 8), 10, 10)
        painter.restore()
