"""A picture with frames and notes over it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gradviz.canvas.annotations import Annotation, Annotations
from gradviz.canvas.paint_picture import Frame as PaintedFrame
from gradviz.canvas.picture_view import PictureView
from gradviz.canvas.words import tr
from gradviz.graph.picture import Box
from gradviz.script.placement import Frame, Note
from gradviz.view.cursor import Cursor


class AnnotatedView(PictureView):
    """Shows frames below the nodes and notes above them.

    Attributes:
        annotations: The frames and notes.

    Signals:
        annotation_chosen: Another frame or note, or none, is chosen.
    """

    annotation_chosen = Signal()

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(cursor, parent)
        self.annotations = Annotations()
        self._carried: tuple[Annotation, float, float] | None = None
        cursor.selection_changed.connect(self._let_go)

    def set_annotations(self, frames: tuple[Frame, ...], notes: tuple[Note, ...]) -> None:
        """Shows other frames and notes."""
        if self.annotations.set(frames, notes):
            self._carried = None
            self.annotation_chosen.emit()
            self.update()

    def choose(self, one: Annotation | None) -> None:
        """Chooses a frame or a note, instead of nodes; None for nothing."""
        if one == self.annotations.chosen:
            return
        self.annotations.chosen = one
        if one is not None:
            self._cursor.select(None)
            self._current = -1
            box = self.annotations.box(one)
            self.see(self._viewport.showing((box.left(), box.top(), box.right(), box.bottom()), self.width(), self.height()))
        self._describe()
        self.annotation_chosen.emit()
        self.update()

    def _let_go(self) -> None:
        if self._cursor.selection is not None:
            self.choose(None)

    def held_by(self, one: Annotation) -> list[str]:
        """The ids of the nodes that go with a frame: those whose middle is in it. None go with its corner, or with a note."""
        scene, inside = self._scene, self.annotations.inside(one)
        if scene is None or one.part or inside.isEmpty():
            return []
        held = []
        for node, (x, y) in zip(scene.nodes, scene.centres.tolist(), strict=True):
            if "@" not in node and inside.contains(x, y):
                held.append(node)
        return held

    def carry(self, one: Annotation, dx: float, dy: float) -> None:
        """Shows a frame or a note away from its place, with what goes with it, by px of the picture."""
        self._carried = (one, dx, dy)
        self.displace(dict.fromkeys(self.held_by(one), (dx, dy)))

    def put_down(self) -> None:
        """Shows what was carried at its place again."""
        self._carried = None
        self.displace({})

    @property
    def _seen(self) -> Annotations:
        """The frames and notes as they are painted."""
        if self._carried is None:
            return self.annotations
        seen = Annotations()
        seen.frames, seen.notes = self.annotations.moved(*self._carried)
        return seen

    # What PictureView asks

    def _describe(self) -> None:
        one = self.annotations.chosen
        if one is None:
            super()._describe()
            return
        kind = tr("frame") if one.kind == "frame" else tr("note")
        self.setAccessibleDescription(f"{kind} {self.annotations.text(one)}")

    def bounds(self) -> Box:
        x, y, w, h = super().bounds()
        found = QRectF(x, y, w, h)
        for one in self.annotations.all():
            found = found.united(self.annotations.box(one).adjusted(-12, -12, 12, 12))
        return found.x(), found.y(), found.width(), found.height()

    def _paint_behind(self, painter: QPainter, frame: PaintedFrame) -> None:
        self._seen.paint_frames(painter, frame.viewport, self._ink, self.annotations.chosen)
        super()._paint_behind(painter, frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.annotations.notes and self._scene is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._seen.paint_notes(painter, self._viewport, self._ink, self.annotations.chosen)
