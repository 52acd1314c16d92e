"""The event list: a model over the recording's columns, never an object per event."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gradviz.panels.parts import now_ground, paint_empty
from gradviz.panels.words import detail_text, kind_text, script_lines, subject_text
from gradviz.recording import Kind, Recording
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme, font

Index = QModelIndex | QPersistentModelIndex
NUMBER, KIND, SUBJECT, DETAIL, LINE = range(5)
_ROW_HEIGHT = 22
_WIDEST = 12  # px that no character of the list is wider than
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ALIGNMENT = {NUMBER: _RIGHT, LINE: _RIGHT}


def matching(recording: Recording, text: str) -> np.ndarray | None:
    """The events that a filter text lets through, or None for all.

    It names a kind ("visit"), a line ("line 5"), or a part of a tensor's, op's or node's name or of printed text.
    """
    words = text.strip().lower()
    if not words:
        return None
    events = recording.tables["events"]
    if line := re.fullmatch(r"(?:line|:)\s*(\d+)", words):
        number = int(line[1])
        return np.flatnonzero((script_lines(recording) == number) | (events["line"] == number))
    kinds = [int(kind) for kind in Kind if words in kind_text(kind).lower() or words in kind.name.lower()]
    found = np.isin(events["kind"], kinds)
    strings = np.array([words in string.lower() for string in recording.strings] + [False], bool)
    found |= strings[events["text"]]
    ops = recording.tables["ops"]
    named_ops = np.append(strings[ops["node"]] | strings[ops["name"]], False)
    named_tensors = np.array([words in name.lower() for name in recording.names] + [False], bool)
    found |= named_ops[events["op"]] | named_ops[events["peer"]] | named_tensors[events["tensor"]]
    outputs = recording.tables["outputs"]
    made = outputs["op"][named_tensors[outputs["tensor"]]] if len(outputs["op"]) else outputs["op"]
    found |= (events["kind"] == Kind.OP) & np.isin(events["op"], made)
    return np.flatnonzero(found)


class EventModel(QAbstractTableModel):
    """The events of the cursor's recording, all or those that a filter lets through."""

    def __init__(self, cursor: Cursor, parent: Any = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._rows: np.ndarray | None = None
        self._count = len(cursor.recording)
        self._filter = ""
        cursor.recording_changed.connect(self._reset)

    @property
    def recording(self) -> Recording:
        return self._cursor.recording

    def set_filter(self, text: str) -> None:
        """Lets only some events through."""
        self._filter = text
        self._reset()

    def _reset(self) -> None:
        self.beginResetModel()
        self._rows = matching(self.recording, self._filter)
        self._count = len(self.recording) if self._rows is None else len(self._rows)
        self.endResetModel()

    def event_of(self, row: int) -> int:
        """The event that stands in a row."""
        return row if self._rows is None else int(self._rows[row])

    def row_of(self, event: int) -> int:
        """The row of an event, or of the last one before it; -1 where there is none."""
        if self._rows is None:
            return event
        return int(np.searchsorted(self._rows, event, side="right")) - 1

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 5

    def text(self, row: int, column: int) -> str:
        """What a cell says."""
        event = self.event_of(row)
        if column == NUMBER:
            return str(event + 1)
        if column == KIND:
            return kind_text(Kind(int(self.recording.column("events", "kind")[event])))
        if column == SUBJECT:
            return subject_text(self.recording, event)
        if column == DETAIL:
            return detail_text(self.recording, event)
        line = int(script_lines(self.recording)[event])
        return self.tr("line {0}").format(line) if line else ""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self._count:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENT.get(index.column(), _LEFT)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.text(index.row(), index.column())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("No."), self.tr("Kind"), self.tr("Subject"), self.tr("What happened"), self.tr("Line"))[section]
        return None


class EventDelegate(QStyledItemDelegate):
    """Paints a row: amber ground for the cursor's, dim for what is yet to come."""

    MONO: ClassVar[frozenset[int]] = frozenset({NUMBER, SUBJECT, DETAIL})

    def __init__(self, cursor: Cursor, theme: Theme, view: EventView) -> None:
        super().__init__(view)
        self._cursor, self._view = cursor, view
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, column = self.theme, index.column()
        event = self._view.events.event_of(index.row())
        rect: QRect = option.rect  # type: ignore[attr-defined]
        now = event == self._cursor.event
        if now:
            painter.fillRect(rect, now_ground(theme))
            if column == NUMBER:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.now)
        elif option.state & QStyle.StateFlag.State_MouseOver:  # type: ignore[attr-defined]
            painter.fillRect(rect, theme.raised if theme.name == "dark" else theme.canvas)
        text = self._view.events.text(index.row(), column)
        mono = column in self.MONO
        used = font(12, mono=mono)
        painter.setFont(used)
        painter.setPen(theme.text if event <= self._cursor.event else theme.dim)
        inside = rect.adjusted(10, 0, -10, 0)
        if len(text) * _WIDEST > inside.width():
            text = QFontMetrics(used).elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, _ALIGNMENT.get(column, _LEFT), text)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, _ROW_HEIGHT)


class EventView(QTableView):
    """The table; its keyboard moves the cursor, and it scrolls after it.

    Attributes:
        events: Its model.
    """

    def __init__(self, cursor: Cursor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("events-list")
        self.setAccessibleName(self.tr("Events"))
        self._cursor = cursor
        self._row = -1
        self.events = EventModel(cursor, self)
        self.setModel(self.events)
        self.delegate = EventDelegate(cursor, theme, self)
        self.setItemDelegate(self.delegate)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setTabKeyNavigation(False)
        rows, header = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(_ROW_HEIGHT)
        rows.setMinimumSectionSize(_ROW_HEIGHT)
        header.hide()
        for column, width in ((NUMBER, 64), (KIND, 124), (SUBJECT, 280), (LINE, 90)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(DETAIL, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(lambda index: cursor.move(self.events.event_of(index.row())))
        cursor.moved.connect(self._follow)
        self.events.modelReset.connect(self._start_anew)

    def empty_text(self) -> str:
        """What to do, where there is nothing to list."""
        if self.events.rowCount():
            return ""
        if len(self.events.recording):
            return self.tr("No event fits the filter. Clear it, or look for a name, a kind or a line.")
        return self.tr(
            "Nothing has happened yet. Add a node on the canvas with Tab, or write a script: its events will stand here."
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if text := self.empty_text():
            paint_empty(self, text)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self.delegate.theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, theme.panel)
        self.setPalette(palette)
        self.viewport().update()

    def _start_anew(self) -> None:
        self._row = -1
        self._follow()
        self.viewport().update()

    def _follow(self) -> None:
        """Scrolls after the cursor and paints the rows anew that it came past."""
        row, before = self.events.row_of(self._cursor.event), self._row
        self._row = row
        index = self.events.index(max(row, 0), NUMBER)
        if index.isValid():
            self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
            near = self.events.index(min(row + 2, self.events.rowCount() - 1), NUMBER)
            if near.isValid() and self.viewport().height() > 4 * _ROW_HEIGHT:
                self.scrollTo(near, QAbstractItemView.ScrollHint.EnsureVisible)
        top = self.rowViewportPosition(max(min(row, before), 0))
        bottom = self.rowViewportPosition(max(row, before, 0)) + _ROW_HEIGHT
        seen = QRect(0, top, self.viewport().width(), bottom - top) & self.viewport().rect()
        self.viewport().update(seen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leaves room for whole rows only."""
        super().resizeEvent(event)
        over = (self.height() - 2 * self.frameWidth()) % _ROW_HEIGHT
        if self.viewportMargins().top() != over:
            self.setViewportMargins(0, over, 0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count, row = self.events.rowCount(), self.events.row_of(self._cursor.event)
        page = max(1, self.viewport().height() // _ROW_HEIGHT - 1)
        moves = {
            Qt.Key.Key_Down: row + 1,
            Qt.Key.Key_Up: row - 1,
            Qt.Key.Key_PageDown: row + page,
            Qt.Key.Key_PageUp: row - page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: count - 1,
        }
        if event.key() in moves and count and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._cursor.move(self.events.event_of(min(max(moves[Qt.Key(event.key())], 0), count - 1)))
            event.accept()
        else:
            super().keyPressEvent(event)


class EventsPanel(QWidget):
    """The event list with its filter.

    Attributes:
        view: The table.
        filter: The filter's field.
    """

    def __init__(self, cursor: Cursor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = EventView(cursor, theme)
        self.filter = QLineEdit()
        self.filter.setObjectName("events-filter")
        self.filter.setPlaceholderText(self.tr("Filter: x, MulBackward0, visit, line 5"))
        self.filter.setAccessibleName(self.tr("Filter of the event list"))
        self.filter.setProperty("role", "small")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.view.events.set_filter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.filter)
        self.setFocusProxy(self.view)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self.view.set_theme(theme)
