"""Frames and notes in the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from gradviz.canvas.annotations import Annotation
from gradviz.canvas.gestures import Gesture

if TYPE_CHECKING:
    from gradviz.canvas.view import CanvasView


class Carry(Gesture):
    """A frame or a note goes with the hand, with what is in it; or a frame becomes larger by its corner."""

    def __init__(self, canvas: CanvasView, one: Annotation) -> None:
        super().__init__(canvas)
        self._one = one
        self.shape = Qt.CursorShape.SizeFDiagCursor if one.part else Qt.CursorShape.SizeAllCursor

    def start(self, at: QPointF) -> None:
        super().start(at)
        self._begun = at

    def _by(self) -> tuple[float, float]:
        away, scale = self.at - self._begun, self.canvas.viewport.scale
        return away.x() / scale, away.y() / scale

    def move(self, at: QPointF) -> None:
        super().move(at)
        self.canvas.carry(self._one, *self._by())

    def end(self, at: QPointF) -> None:
        super().move(at)
        self.canvas.put_down()
        self.canvas.annotation_moved.emit(self._one, *self._by())

    def cancel(self) -> None:
        self.canvas.put_down()
