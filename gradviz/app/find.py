"""Find a node or an event: a field whose matches drop down as one types."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QModelIndex, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from gradviz.panels.navigate import first_on_line
from gradviz.panels.words import op_text, tensor_kind_text
from gradviz.recording import Recording
from gradviz.view.cursor import Cursor, Selection

_SHOWN = 40


def _tr(text: str) -> str:
    return QCoreApplication.translate("find", text)


@dataclass(frozen=True, slots=True)
class Found:
    """A match: what is shown of it, where the cursor goes, what is selected."""

    text: str
    event: int
    selection: Selection | None = None


def matches(recording: Recording, text: str) -> list[Found]:
    """What a text finds: tensors and ops by name (those that begin with it first), events by number, lines."""
    words = text.strip().lower()
    if not words or not len(recording):
        return []
    found: list[Found] = []
    if number := re.fullmatch(r"(?:event\s*)?(\d+)", words):
        event = int(number[1]) - 1
        if 0 <= event < len(recording):
            found.append(Found(_tr("event {0}").format(event + 1), event))
    if line := re.fullmatch(r"(?:line\s*|:)?(\d+)", words):
        first = first_on_line(recording, int(line[1]))
        if first is not None:
            found.append(Found(_tr("line {0}").format(int(line[1])), first))
    ranked: list[tuple[int, int, Found]] = []
    for tensor in range(recording.tensor_count):
        name = recording.names[tensor]
        if words in name.lower():
            seen = recording.tensor(tensor)
            entry = Found(f"{name}   {tensor_kind_text(seen)}", seen.event, Selection("tensor", tensor))
            ranked.append((_rank(name, words), seen.event, entry))
    for op in recording.ops:
        if words in f"{op.node} {op.name}".lower():
            line_number = int(recording.column("events", "line")[op.event]) if op.event >= 0 else 0
            entry = Found(f"{op_text(op)}   {_tr('line {0}').format(line_number)}", op.event, Selection("op", op.number))
            ranked.append((_rank(op.node or op.name, words), op.event, entry))
    ranked.sort(key=lambda item: item[:2])
    return (found + [entry for _, _, entry in ranked])[:_SHOWN]


def _rank(name: str, words: str) -> int:
    name = name.lower()
    return 0 if name == words else 1 if name.startswith(words) else 2


class FindField(QLineEdit):
    """The field. Return or a click on a match goes there; Escape gives the focus back.

    Signals:
        missed: Nothing matches the text.
        left: It was left by Escape, or when something had been found.
    """

    missed = Signal(str)
    left = Signal()

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("find")
        self.setPlaceholderText(self.tr("Find node or event"))
        self.setAccessibleName(self.tr("Find node or event"))
        self.setMinimumWidth(90)
        self.setMaximumWidth(170)
        self._cursor = cursor
        self._found: list[Found] = []
        self._texts = QStringListModel(self)
        self._completer = QCompleter(self._texts, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self)
        self._completer.popup().setMinimumWidth(280)
        self._completer.activated[QModelIndex].connect(self._take)  # texts may be the same, rows are not
        self.textEdited.connect(self._search)

    def _search(self, text: str) -> None:
        self._found = matches(self._cursor.recording, text)
        self._texts.setStringList([found.text for found in self._found])
        if self._found:
            self._completer.complete()
        else:
            self._completer.popup().hide()

    def _take(self, index: QModelIndex) -> None:
        if index.row() < len(self._found):
            self.go(self._found[index.row()])

    def go(self, found: Found) -> None:
        """Goes to a match: selects a thing that exists already, else moves to where it begins."""
        if found.selection is None or found.event > self._cursor.event:
            self._cursor.move(found.event)
        if found.selection is not None:
            self._cursor.select(found.selection)
        self._completer.popup().hide()
        self.clear()
        self.left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            found = matches(self._cursor.recording, self.text())
            if found:
                self.go(found[0])
            elif self.text().strip():
                self.missed.emit(self.text().strip())
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)
