"""The script's panel: the editor, marked with what the cursor is about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gradviz.panels.editor import Marks, Mistake, ScriptEditor
from gradviz.panels.navigate import first_on_line, pass_at
from gradviz.panels.parts import PanelHead
from gradviz.panels.words import script_lines
from gradviz.recording import Error, Recording
from gradviz.view.cursor import Cursor, Selection
from gradviz.view.theme import Theme


def made_on_line(recording: Recording, selection: Selection) -> int:
    """The line that made a tensor or called an op, 0 where unknown."""
    table = "tensors" if selection.kind == "tensor" else "ops"
    event = int(recording.column(table, "event")[selection.number])
    return int(recording.column("events", "line")[event]) if event >= 0 else 0


class ScriptPanel(QWidget):
    """Shows the script beside the picture: a click on a line number moves the cursor there.

    Attributes:
        head: Its head, by which a dock may be dragged.
        editor: The text.
    """

    def __init__(self, cursor: Cursor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._trust = QLabel()
        self._trust.setObjectName("script-trust")
        self.head = PanelHead(self.tr("Script"), self._trust)
        self.editor = ScriptEditor(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.editor)
        self.setFocusProxy(self.editor)
        self.editor.line_activated.connect(self.go_to_line)
        cursor.moved.connect(self._follow)
        cursor.selection_changed.connect(self._follow)
        cursor.recording_changed.connect(lambda: self.show_errors(cursor.recording.errors))
        self.set_trusted(False)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self.editor.set_theme(theme)

    def set_trusted(self, trusted: bool) -> None:
        """Says how the script runs."""
        self._trust.setText(self.tr("trusted") if trusted else self.tr("restricted"))
        self._trust.setProperty("role", "note" if trusted else "ok")
        self._trust.setToolTip(
            self.tr("This script runs with all of Python: it may read and write files.")
            if trusted
            else self.tr("This script runs restricted: no files, no processes, no network.")
        )
        self._trust.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._trust.style().unpolish(self._trust)
        self._trust.style().polish(self._trust)

    def go_to_line(self, line: int) -> None:
        """Moves the cursor to the first event of a line, if it has one."""
        event = first_on_line(self._cursor.recording, line)
        if event is not None:
            self._cursor.move(event)

    def _follow(self) -> None:
        recording, event = self._cursor.recording, self._cursor.event
        if event < 0:
            self.editor.set_marks(Marks())
            return
        now = int(script_lines(recording)[event])
        number = pass_at(recording, event)
        calling = recording.passes[number].line if number >= 0 else 0
        chosen = self._cursor.selection
        selected = made_on_line(recording, chosen) if chosen else 0
        self.editor.set_marks(Marks(now, calling, selected))

    def show_errors(self, errors: Sequence[Error]) -> None:
        """Underlines what errors speak of."""
        self.editor.set_mistakes([Mistake(e.span, f"{e.type}: {e.message}" if e.type else e.message) for e in errors])
