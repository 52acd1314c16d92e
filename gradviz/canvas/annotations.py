"""Frames with a title round nodes, and notes: what a person writes over the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from gradviz.canvas.ground import transform
from gradviz.canvas.ink import Ink, elided, pen, wrapped
from gradviz.canvas.paint_node import ring
from gradviz.canvas.viewport import Viewport
from gradviz.script.placement import Frame, Note

Kind = Literal["frame", "note"]

TITLE, CORNER = 24.0, 14.0  # px of the strip with a frame's title above it, and of the corner it is made larger by
LEAST = (80.0, 60.0)
_TITLE_FONT, _NOTE_FONT, _NOTE_LINE, _NOTE_WIDTH, _PADDING = 13.0, 12.0, 16.0, 190.0, 9.0


@dataclass(frozen=True, slots=True)
class Annotation:
    """A frame or a note, by its place among them; ``part`` is "corner" where a frame is made larger by it."""

    kind: Kind
    index: int
    part: Literal["", "corner"] = ""


class Annotations:
    """The frames and notes of a picture; lengths in px of the picture.

    Attributes:
        frames, notes: All of them.
        chosen: The one that was clicked, or gone to by keys.
    """

    def __init__(self) -> None:
        self.frames: tuple[Frame, ...] = ()
        self.notes: tuple[Note, ...] = ()
        self.chosen: Annotation | None = None

    def set(self, frames: tuple[Frame, ...], notes: tuple[Note, ...]) -> bool:
        """Takes over others; says whether they are others. What is chosen stays chosen where it is still there."""
        if (frames, notes) == (self.frames, self.notes):
            return False
        name = self.text(self.chosen) if self.chosen is not None else ""
        kind = self.chosen.kind if self.chosen is not None else "note"
        self.frames, self.notes = frames, notes
        self.chosen = next((one for one in self.all() if one.kind == kind and name and self.text(one) == name), None)
        return True

    def all(self) -> list[Annotation]:
        """All of them, frames first."""
        frames = [Annotation("frame", i) for i in range(len(self.frames))]
        return [*frames, *(Annotation("note", i) for i in range(len(self.notes)))]

    def text(self, one: Annotation) -> str:
        """A frame's title, or what a note says."""
        return self.frames[one.index].title if one.kind == "frame" else self.notes[one.index].text

    def box(self, one: Annotation) -> QRectF:
        """Where one is; a frame with its title."""
        if one.kind == "frame":
            frame = self.frames[one.index]
            return QRectF(frame.x, frame.y - TITLE, frame.width, frame.height + TITLE)
        note = self.notes[one.index]
        return QRectF(note.x, note.y, _NOTE_WIDTH, _NOTE_LINE * len(_lines(note)) + 2 * _PADDING)

    def inside(self, one: Annotation) -> QRectF:
        """What a frame holds; nothing for a note."""
        if one.kind == "note":
            return QRectF()
        frame = self.frames[one.index]
        return QRectF(frame.x, frame.y, frame.width, frame.height)

    def hit(self, x: float, y: float) -> Annotation | None:
        """What is at a point: a note, a frame's title or its corner; what it holds is not the frame. The last is on top."""
        point = QPointF(x, y)
        for one in reversed(self.all()):
            box = self.box(one)
            if one.kind == "note" and box.contains(point):
                return one
            if one.kind == "frame":
                if QRectF(box.right() - CORNER, box.bottom() - CORNER, CORNER, CORNER).contains(point):
                    return replace(one, part="corner")
                if QRectF(box.left(), box.top(), box.width(), TITLE).contains(point):
                    return one
        return None

    def moved(self, one: Annotation, dx: float, dy: float) -> tuple[tuple[Frame, ...], tuple[Note, ...]]:
        """All of them with one elsewhere, or larger where it is held by its corner; the notes in a frame go with it."""
        frames, notes = list(self.frames), list(self.notes)
        if one.kind == "note":
            note = notes[one.index]
            notes[one.index] = replace(note, x=note.x + dx, y=note.y + dy)
            return self.frames, tuple(notes)
        frame = frames[one.index]
        if one.part == "corner":
            wide, high = max(frame.width + dx, LEAST[0]), max(frame.height + dy, LEAST[1])
            frames[one.index] = replace(frame, width=wide, height=high)
            return tuple(frames), self.notes
        inside = self.inside(one)
        frames[one.index] = replace(frame, x=frame.x + dx, y=frame.y + dy)
        for i, note in enumerate(notes):
            if inside.contains(self.box(Annotation("note", i)).center()):
                notes[i] = replace(note, x=note.x + dx, y=note.y + dy)
        for i, other in enumerate(frames):
            if i != one.index and inside.contains(self.inside(Annotation("frame", i))):
                frames[i] = replace(other, x=other.x + dx, y=other.y + dy)
        return tuple(frames), tuple(notes)

    # Painting

    def paint_frames(self, painter: QPainter, view: Viewport, ink: Ink, chosen: Annotation | None) -> None:
        """Paints the frames, below all nodes."""
        painter.save()
        painter.setTransform(transform(view), True)
        for i, frame in enumerate(self.frames):
            box = QRectF(frame.x, frame.y, frame.width, frame.height)
            fill = QColor(ink.theme.panel)
            fill.setAlphaF(0.3)
            painter.setBrush(fill)
            painter.setPen(pen(ink.edge, 1.2 / max(view.scale, 0.4)))
            painter.drawRoundedRect(box, 10, 10)
            size = max(_TITLE_FONT, 11 / view.scale)
            title = elided(frame.title, max(frame.width - 8, 10.0), round(size, 1), bold=True)
            ink.text(painter, frame.x + 4, frame.y - 9, title, ink.theme.text, round(size, 1), bold=True)
            painter.setPen(pen(ink.edge, 1.4))
            for inset in (5.0, 9.0):
                painter.drawLine(QPointF(box.right() - inset, box.bottom() - 3), QPointF(box.right() - 3, box.bottom() - inset))
            if chosen is not None and (chosen.kind, chosen.index) == ("frame", i):
                ring(painter, box, 10, ink.theme.text, 1.5 / view.scale)
        painter.restore()

    def paint_notes(self, painter: QPainter, view: Viewport, ink: Ink, chosen: Annotation | None) -> None:
        """Paints the notes, above all nodes: slips with a folded corner."""
        painter.save()
        painter.setTransform(transform(view), True)
        for i, note in enumerate(self.notes):
            box = self.box(Annotation("note", i))
            painter.setBrush(ink.theme.panel)
            painter.setPen(pen(ink.edge, 1.0))
            fold = 9.0
            painter.drawPolygon(
                [
                    box.topLeft(),
                    QPointF(box.right() - fold, box.top()),
                    QPointF(box.right(), box.top() + fold),
                    box.bottomRight(),
                    box.bottomLeft(),
                ]
            )
            painter.drawPolyline(
                [
                    QPointF(box.right() - fold, box.top()),
                    QPointF(box.right() - fold, box.top() + fold),
                    QPointF(box.right(), box.top() + fold),
                ]
            )
            for row, line in enumerate(_lines(note)):
                baseline = box.top() + _PADDING + 12 + _NOTE_LINE * row
                ink.text(painter, box.left() + _PADDING, baseline, line, ink.theme.text, _NOTE_FONT)
            if chosen is not None and (chosen.kind, chosen.index) == ("note", i):
                ring(painter, box, 3, ink.theme.text, 1.5 / view.scale)
        painter.restore()


def _lines(note: Note) -> list[str]:
    room = _NOTE_WIDTH - 2 * _PADDING
    return [elided(line, room, _NOTE_FONT) for part in note.text.split("\n") for line in wrapped(part, room, _NOTE_FONT)]
