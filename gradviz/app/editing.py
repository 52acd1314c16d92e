"""Edits made by hand: each becomes one undo step of the script's text, with a name, and is told why where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextCursor

from gradviz.graph import Picture
from gradviz.panels.editor_keys import apply_changes
from gradviz.script.changes import Edit, EditRefused, Place, moved_place
from gradviz.view.cursor import Selection

if TYPE_CHECKING:
    from gradviz.app.window import Window


class Editing(QObject):
    """Carries edits out on the script that a window shows."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._wanted: tuple[Place, ...] = ()
        self._wanted_of = ""
        self._later: Callable[[], None] | None = None
        window.documents.text_changed.connect(self.want_nothing)

    # Edits

    def carry_out(self, edit: Edit) -> bool:
        """Makes an edit and runs the script; where it is refused, says why and goes to the line.

        Returns:
            Whether it was made.
        """
        window = self._window
        window.notices.dismiss("edit")
        if window.document.recording is not None:
            window.notices.say("edit", self.tr("A recording cannot be changed. Save its script under a new name first."))
            return False
        try:
            edited = edit.apply(window.document.text)
        except EditRefused as refused:
            self.refuse(refused)
            return False
        if not edited.changes:
            return False
        page = window.documents.current
        with page.undo_names.step(edited.label):
            apply_changes(page.script.text, edited.changes)
        self._wanted, self._wanted_of = edited.selection, edited.text
        if edited.note:
            window.notices.say("edit", edited.note)
        window.run_now()
        window.update_actions()
        return True

    def try_then(self, edit: Edit, refuse: Callable[[str], None], go_on: Callable[[], None]) -> None:
        """Finds out aside whether the script would fail after an edit, with an error that it has not now.

        Args:
            edit: The edit.
            refuse: Called with the reason where it cannot be.
            go_on: Called where it can.
        """
        window = self._window
        try:
            text = edit.apply(window.document.text).text
        except EditRefused as refused:
            refuse(refused.reason)
            return
        before = {error.message for error in window.results.errors}
        if window.trusted:
            go_on()  # a trusted script may do anything at all: it is not run behind its user's back
            return

        def told(message: str, _line: int) -> None:
            if message and message not in before:
                refuse(message)
            else:
                go_on()

        window.session.try_out(text, window.document.filename, told)

    def refuse(self, refused: EditRefused) -> None:
        """Says why an edit cannot be, and goes to the line that must be changed by typing."""
        window = self._window
        window.notices.say("edit", refused.reason)
        if refused.line > 0:
            self.go_to_line(refused.line)

    def go_to_line(self, line: int) -> None:
        """Shows a line of the script, and puts the text cursor there."""
        editor = self._window.editor
        self._window.show_line(line)
        editor.setTextCursor(QTextCursor(editor.document().findBlockByNumber(line - 1)))

    def want_nothing(self) -> None:
        """What the last edit made shall not be selected any more: the text has changed since."""
        self._wanted, self._later = (), None

    # Nodes and places in the text

    def place(self, node: str) -> Place:
        """Where the text, as it is now, makes a node of the picture; nowhere, if the text has changed there since it ran."""
        picture = self._window.canvas.picture
        if picture is None or node not in picture.graph:
            return Place()
        return moved_place(place_of(picture, node), picture.recording.script, self._window.document.text)

    def _is_pending(self) -> bool:
        """Whether what the last edit made is about to be selected, once its run comes back."""
        return bool(self._wanted) and self._wanted_of == self._window.document.text

    def postponed(self, act: Callable[[], None]) -> bool:
        """Whether something that needs to see what is selected must wait for a run; it is done then."""
        self._later = act if self._is_pending() and self._window.session.busy else None
        return self._later is not None

    def selected_places(self) -> list[Place]:
        """Where the text makes what is selected: what the last edit made, while its run has not come back yet."""
        if self._is_pending():
            return list(self._wanted)
        return [self.place(node) for node in self._window.canvas.selected_nodes()]

    def select_wanted(self, picture: Picture) -> None:
        """Selects what the last edit made, once the picture has it."""
        wanted = self._wanted if self._wanted_of == picture.recording.script else ()
        if picture.recording.script == self._window.document.text:
            self._wanted = ()
        found: list[Selection] = []
        for place in wanted:
            node = node_at(picture, place)
            if node and picture.graph.nodes[node]["kind"] == "failed":
                self._window.canvas.go_to_node(node)
            elif node:
                data = picture.graph.nodes[node]
                found.append(Selection("op" if data["kind"] == "op" else "tensor", data["number"]))
        if found:
            self._window.cursor.select_all(found)
        if self._later is not None:
            QTimer.singleShot(0, self, self._later)
            self._later = None


def place_of(picture: Picture, node: str) -> Place:
    """Where the text makes a node: the expression, and the variable that holds it."""
    data, recording = picture.graph.nodes[node], picture.recording
    if data["kind"] == "failed":
        return Place(recording.errors[-1].span)
    if data["kind"] == "op":
        return Place(recording.event(recording.ops[data["number"]].event).span)
    tensor = recording.tensor(data["number"])
    return Place(recording.event(tensor.event).span if tensor.event >= 0 else None, tensor.name)


def node_at(picture: Picture, place: Place) -> str:
    """The node of a picture that a place of the text makes: the card where there is one, "" for none."""
    best = ""
    for node, data in picture.graph.nodes(data=True):
        if data["kind"] == "alias":
            continue
        here = place_of(picture, node)
        if place.name and here.name == place.name:
            best = node  # the last of that name is the one that was just made
        elif not best and place.span is not None and here.span == place.span:
            best = node
    return best
