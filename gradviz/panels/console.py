"""The console: what the script printed, bright up to the cursor and dim after it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from gradviz.panels.highlighter import utf16_place
from gradviz.recording import Kind
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme, font


class Console(QPlainTextEdit):
    """Shows stdout and stderr in the order they came; stderr is set in italics. A double click goes to the print's event."""

    def __init__(self, cursor: Cursor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("console-text")
        self.setAccessibleName(self.tr("Console output"))
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setFont(font(12, mono=True))
        self.document().setDocumentMargin(8)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._cursor, self._theme = cursor, theme
        self._events = np.empty(0, np.int64)
        self._ends = np.empty(0, np.int64)  # where each event's text ends, as Qt counts
        cursor.recording_changed.connect(self._take_recording)
        cursor.moved.connect(self._follow)
        self._take_recording()

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        self._follow()

    def _take_recording(self) -> None:
        recording = self._cursor.recording
        self._events = np.flatnonzero(recording.column("events", "kind") == Kind.OUTPUT)
        texts = [recording.string(int(n)) for n in recording.column("events", "text")[self._events]]
        texts = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
        self._ends = np.cumsum([utf16_place(text, len(text)) for text in texts], dtype=np.int64)
        whole = "".join(texts)
        self.setPlaceholderText(
            self.tr("The script printed nothing. Write print(x.grad) in it.")
            if len(recording)
            else self.tr("What the script prints will stand here: write print(x.grad) in it.")
        )
        if whole != self.toPlainText():
            self.setPlainText(whole)
        self._follow()

    def bright_end(self) -> int:
        """Where what has been printed by the cursor ends, as Qt counts."""
        count = int(np.searchsorted(self._events, self._cursor.event, side="right"))
        return int(self._ends[count - 1]) if count else 0

    def event_at(self, position: int) -> int | None:
        """The event that printed the text at a position."""
        place = int(np.searchsorted(self._ends, position, side="right"))
        return int(self._events[place]) if place < len(self._events) else None

    def _selection(self, start: int, end: int, shape: QTextCharFormat) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        selection.cursor, selection.format = cursor, shape  # type: ignore[attr-defined]
        return selection

    def _follow(self) -> None:
        selections = []
        flags = self._cursor.recording.column("events", "flag")[self._events]
        for place in np.flatnonzero(flags == 1)[:1000].tolist():
            shape = QTextCharFormat()
            shape.setFontItalic(True)
            start = int(self._ends[place - 1]) if place else 0
            selections.append(self._selection(start, int(self._ends[place]), shape))
        bright, end = self.bright_end(), int(self._ends[-1]) if len(self._ends) else 0
        if bright < end:
            shape = QTextCharFormat()
            shape.setForeground(self._theme.dim)
            selections.append(self._selection(bright, end, shape))
        self.setExtraSelections(selections)
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(max(bright - 1, 0), max(self.document().characterCount() - 1, 0)))
        self.setTextCursor(cursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self.event_at(self.cursorForPosition(event.position().toPoint()).position())
        if number is not None:
            self._cursor.move(number)
        super().mouseDoubleClickEvent(event)
