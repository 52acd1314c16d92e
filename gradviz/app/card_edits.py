"""Names and values changed on the card itself: a field over what is written there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF

from gradviz.app.card_field import CardField
from gradviz.canvas.ink import text_width
from gradviz.canvas.view import CARD_NAME_HEIGHT, CARD_SLOT_HEIGHT
from gradviz.script.changes import Edit, EditRefused

if TYPE_CHECKING:
    from gradviz.app.window import Window

_HEIGHT, _LEAST, _BESIDE = 30.0, 120.0, 28.0  # px of a field: high, wide at least, and beside its text


class CardEdits(QObject):
    """Opens a field on a node's card. Return takes over what is typed there, Escape leaves it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._canvas = window.canvas
        self._editing = window.editing
        self._canvas.text_activated.connect(self._activated)

    def _activated(self, node: str, part: str) -> None:
        """A double click on a card: on its name, on its value, or on a function."""
        if part == "name":
            self.rename_node(node)
        elif not self._opens(node):
            self._canvas.activate(node)

    def _opens(self, node: str) -> bool:
        """Opens the values of a node where it has some of its own."""
        picture = self._canvas.picture
        if picture is None:
            return False
        data = picture.graph.nodes[node]
        if data["kind"] == "tensor" and picture.recording.tensor(data["number"]).op >= 0:
            return False  # its value is computed
        try:
            found = self._values(node)
        except EditRefused:
            return False
        if found:
            self._open_values(node, found)
        return bool(found)

    def rename(self) -> None:
        """Changes the name of the selected tensor; of an op that takes plain values, those."""
        for node in self._canvas.selected_nodes()[-1:]:
            is_op = self._canvas.picture is not None and self._canvas.picture.graph.nodes[node]["kind"] == "op"
            if not (is_op and self._opens(node)):
                self.rename_node(node)

    def edit_value(self) -> None:
        """Changes the plain values that the selected node takes."""
        for node in self._canvas.selected_nodes()[-1:]:
            try:
                self._open_values(node, self._values(node))
            except EditRefused as refused:
                self._editing.refuse(refused)

    def _values(self, node: str) -> str:
        from gradviz.script.edits.arguments import written_values

        return written_values(self._window.document.text, self._editing.place(node))

    def rename_node(self, node: str) -> None:
        """Opens a field for a node's name."""
        from gradviz.script.edits.names import Rename

        place = self._editing.place(node)
        field = self._field(node, place.name, "name", lambda text: Rename(place, text))
        if field is not None:
            field.setObjectName("card-name")
            field.setAccessibleName(self.tr("Name of the tensor"))

    def _open_values(self, node: str, values: str) -> None:
        from gradviz.script.edits.arguments import SetArguments

        place = self._editing.place(node)
        field = self._field(node, values, "value", lambda text: SetArguments(place, text))
        if field is not None:
            field.setObjectName("card-value")
            field.setAccessibleName(self.tr("Values of {0}").format(place.name or self.tr("this node")))
            field.setPlaceholderText(self.tr("2, 3 or dim=0"))

    def _field(self, node: str, text: str, part: str, edit: Callable[[str], Edit]) -> CardField | None:
        canvas, scene = self._canvas, self._canvas.scene
        if scene is None or self._window.document.recording is not None:
            return None
        canvas.show_node(node)
        row = scene.rows[node]
        left, top, right, bottom = scene.boxes[row].tolist()
        if part == "value" and scene.picture.graph.nodes[node]["kind"] == "tensor":
            top += CARD_NAME_HEIGHT
            bottom -= CARD_SLOT_HEIGHT
        (x0, y0), (x1, y1) = canvas.viewport.to_view(left, top), canvas.viewport.to_view(right, bottom)
        wide = min(max(x1 - x0, _LEAST, text_width(text, 13, True, True) + _BESIDE), canvas.width() - 16.0)
        x = max(8.0, min(x0, canvas.width() - wide - 8))
        y = y0 if part == "name" else (y0 + y1 - _HEIGHT) / 2

        def reason(typed: str) -> str:
            try:
                edit(typed).apply(self._window.document.text)
            except EditRefused as refused:
                return refused.reason
            return ""

        field = CardField(text, canvas, QRectF(x, y, wide, _HEIGHT), reason)
        field.done.connect(lambda typed: self._editing.carry_out(edit(typed)))
        return field
