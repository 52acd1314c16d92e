"""The watches: expressions and what they come to at the cursor."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from gradviz.panels.parts import paint_empty
from gradviz.panels.watch import WatchError, watch_text
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme, font


class _Table(QTableWidget):
    """The rows; Delete removes the current one."""

    removed = Signal(int)

    def empty_text(self) -> str:
        """What to do, where nothing is watched."""
        return "" if self.rowCount() else self.tr("Nothing is watched yet. Type x.grad below: its value follows the cursor.")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if text := self.empty_text():
            paint_empty(self, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.currentRow() >= 0:
            self.removed.emit(self.currentRow())
        else:
            super().keyPressEvent(event)


class WatchesPanel(QWidget):
    """A row per watch, and a field for a new one.

    Signals:
        expressions_changed: Watches were added, edited or removed.
    """

    expressions_changed = Signal()

    def __init__(self, cursor: Cursor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor, self._theme = cursor, theme
        self._filling = False
        self.table = _Table(0, 2)
        self.table.setObjectName("watches-list")
        self.table.setAccessibleName(self.tr("Watches"))
        self.table.setFrameShape(QTableWidget.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.horizontalHeader().hide()
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.setColumnWidth(0, 240)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.field = QLineEdit()
        self.field.setObjectName("watches-new")
        self.field.setProperty("role", "small")
        self.field.setPlaceholderText(self.tr("Watch: x.grad, y.norm(), w[0, 1], z.requires_grad"))
        self.field.setAccessibleName(self.tr("New watch"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.field)
        self.setFocusProxy(self.field)
        self.field.returnPressed.connect(self._take_field)
        self.table.removed.connect(self.remove)
        self.table.itemChanged.connect(self._edited)
        for signal in (cursor.moved, cursor.recording_changed):
            signal.connect(self.refresh)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        self.refresh()

    @property
    def expressions(self) -> list[str]:
        """The watches' texts, in order."""
        return [self.table.item(row, 0).text() for row in range(self.table.rowCount())]

    def set_expressions(self, expressions: Iterable[str]) -> None:
        """Replaces all watches."""
        self.table.setRowCount(0)
        for expression in expressions:
            self.add(expression)

    def add(self, expression: str) -> None:
        """Adds a watch."""
        if not expression.strip():
            return
        self._filling = True
        try:
            row = self.table.rowCount()
            self.table.insertRow(row)
            name = QTableWidgetItem(expression.strip())
            name.setFont(font(12, mono=True))
            result = QTableWidgetItem()
            result.setFont(font(12, mono=True))
            result.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.table.setItem(row, 0, name)
            self.table.setItem(row, 1, result)
        finally:
            self._filling = False
        self.refresh()
        self.expressions_changed.emit()

    def remove(self, row: int) -> None:
        """Removes a watch."""
        self.table.removeRow(row)
        self.expressions_changed.emit()

    def refresh(self) -> None:
        """Looks all watches up at the cursor."""
        self._filling = True
        try:
            for row in range(self.table.rowCount()):
                self._refresh_row(row)
        finally:
            self._filling = False

    def _refresh_row(self, row: int) -> None:
        name, result = self.table.item(row, 0), self.table.item(row, 1)
        try:
            text, known = watch_text(name.text(), self._cursor.state), True
        except WatchError as error:
            text, known = str(error), False
        changed = bool(result.text()) and result.text() != text and known
        result.setText(text)
        result.setToolTip(text)
        name.setForeground(self._theme.text)
        result.setForeground(self._theme.now if changed else self._theme.text if known else self._theme.dim)
        result.setFont(font(12, mono=known, bold=changed))

    def _take_field(self) -> None:
        self.add(self.field.text())
        self.field.clear()

    def _edited(self, item: QTableWidgetItem) -> None:
        if self._filling or item.column() != 0:
            return
        if not item.text().strip():
            self.remove(item.row())
            return
        self.refresh()
        self.expressions_changed.emit()
