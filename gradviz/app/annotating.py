"""Frames round nodes and notes on the canvas: written, moved, renamed and taken away, each as one undo step of the script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF

from gradviz.app.card_field import CardField
from gradviz.canvas.annotations import TITLE, Annotation

if TYPE_CHECKING:
    from gradviz.app.window import Window
    from gradviz.script.placement import SetPlacement

_ROOM = 22.0  # px between a new frame and the nodes in it
_FIELD = (240.0, 30.0)


class Annotating(QObject):
    """One method for each thing a person does to frames and notes."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._canvas = window.canvas
        self._canvas.annotation_moved.connect(self.move)
        self._canvas.annotation_activated.connect(self.rename)
        self._canvas.annotation_chosen.connect(window.update_actions)

    def show(self, script: str) -> None:
        """Shows the frames and notes that a script keeps."""
        from gradviz.script.placement import read_placement

        kept = read_placement(script)
        self._canvas.set_annotations(kept.frames, kept.notes)

    def _carry_out(self, edit: SetPlacement) -> None:
        if self._window.editing.carry_out(edit):
            self.show(self._window.document.text)

    # New ones

    def add_frame(self) -> None:
        """Asks for a title, and puts a frame round the selected nodes."""
        canvas, scene = self._canvas, self._canvas.scene
        nodes = canvas.selected_nodes()
        if scene is None or not nodes:
            return
        boxes = scene.boxes[[scene.rows[node] for node in nodes]]
        (left, top), (right, bottom) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
        box = QRectF(left - _ROOM, top - _ROOM, right - left + 2 * _ROOM, bottom - top + 2 * _ROOM)
        self._ask(QPointF(box.left(), box.top() - TITLE), "", "frame", lambda title: self._framed(title, box, len(nodes)))

    def _framed(self, title: str, box: QRectF, count: int) -> SetPlacement:
        from gradviz.script.placement import Frame, SetPlacement

        rounded = (round(part) for part in (box.x(), box.y(), box.width(), box.height()))
        new = Frame(title, *rounded)
        return SetPlacement(
            frames=(*self._canvas.annotations.frames, new),
            label=(self.tr("Frame {0} nodes") if count > 1 else self.tr("Frame a node")).format(count),
        )

    def add_note(self) -> None:
        """Asks what a new note shall say, and puts it where the pointer is."""
        canvas = self._canvas
        self._window.show_picture()
        at = canvas.mapFromGlobal(canvas.cursor().pos())
        if not canvas.rect().adjusted(8, 8, -8, -8).contains(at):
            at = canvas.rect().center()
        x, y = canvas.viewport.to_picture(at.x(), at.y())
        self._ask(QPointF(x, y), "", "note", lambda text: self._noted(text, x, y))

    def _noted(self, text: str, x: float, y: float) -> SetPlacement:
        from gradviz.script.placement import Note, SetPlacement

        return SetPlacement(
            notes=(*self._canvas.annotations.notes, Note(text, round(x), round(y))), label=self.tr("Add a note")
        )

    def _ask(self, at: QPointF, text: str, kind: str, edit: Callable[[str], SetPlacement]) -> None:
        """Opens a field at a point of the picture."""
        canvas, annotations = self._canvas, self._canvas.annotations
        if self._window.document.recording is not None:
            return
        x, y = canvas.viewport.to_view(at.x(), at.y())
        x = max(8.0, min(x, canvas.width() - _FIELD[0] - 8))
        y = max(8.0, min(y, canvas.height() - _FIELD[1] - 8))

        def reason(typed: str) -> str:
            taken = any(one.kind == kind and annotations.text(one) == typed for one in annotations.all())
            if not taken:
                return ""
            is_frame = kind == "frame"
            return self.tr("There is a frame of that title already.") if is_frame else self.tr("There is such a note already.")

        field = CardField(text, canvas, QRectF(x, y, *_FIELD), reason)
        field.setObjectName(f"{kind}-text")
        words = self.tr("Title of the frame") if kind == "frame" else self.tr("What the note says")
        field.setAccessibleName(words)
        field.setPlaceholderText(words)
        field.done.connect(lambda typed: self._carry_out(edit(typed)))

    # Those that are there

    def rename(self, one: Annotation) -> None:
        """Changes a frame's title, or what a note says."""
        annotations = self._canvas.annotations
        box = annotations.box(one)
        self._ask(box.topLeft(), annotations.text(one), one.kind, lambda text: self._renamed(one, text))

    def _renamed(self, one: Annotation, text: str) -> SetPlacement:
        from gradviz.script.placement import SetPlacement

        frames, notes = list(self._canvas.annotations.frames), list(self._canvas.annotations.notes)
        if one.kind == "frame":
            frames[one.index] = replace(frames[one.index], title=text)
            return SetPlacement(frames=tuple(frames), label=self.tr("Rename a frame"))
        notes[one.index] = replace(notes[one.index], text=text)
        return SetPlacement(notes=tuple(notes), label=self.tr("Change a note"))

    def move(self, one: Annotation, dx: float, dy: float) -> None:
        """Keeps where one was dragged to, with the nodes and notes in a frame; or how large it was made."""
        from gradviz.script.placement import SetPlacement, key_of

        canvas, picture = self._canvas, self._canvas.picture
        dx, dy = round(dx), round(dy)
        frames, notes = canvas.annotations.moved(one, dx, dy)
        places: dict[str, tuple[float, float] | None] = {}
        if picture is not None:
            for node in canvas.held_by(one):
                x, y = picture.positions[node]
                places[key_of(picture.graph.nodes[node]["key"])] = (round(x) + dx, round(y) + dy)
        label = {
            "frame": self.tr("Move the frame {0}"),
            "note": self.tr("Move a note"),
            "corner": self.tr("Resize the frame {0}"),
        }[one.part or one.kind].format(canvas.annotations.text(one))
        self._carry_out(SetPlacement(places, frames=frames, notes=notes, label=label))

    def delete(self, one: Annotation) -> None:
        """Takes a frame or a note away; what a frame holds stays."""
        from gradviz.script.placement import SetPlacement

        annotations = self._canvas.annotations
        if one.kind == "frame":
            frames = annotations.frames[: one.index] + annotations.frames[one.index + 1 :]
            self._carry_out(SetPlacement(frames=frames, label=self.tr("Delete a frame")))
        else:
            notes = annotations.notes[: one.index] + annotations.notes[one.index + 1 :]
            self._carry_out(SetPlacement(notes=notes, label=self.tr("Delete a note")))

    def next(self) -> None:
        """Goes to the next frame or note."""
        annotations = self._canvas.annotations
        found = annotations.all()
        if found:
            here = found.index(annotations.chosen) if annotations.chosen in found else -1
            self._canvas.choose(found[(here + 1) % len(found)])
            self._canvas.setFocus()
