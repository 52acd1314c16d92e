"""A popup of a field and a list of what answers what is typed in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gradviz.panels.parts import mixed
from gradviz.view.theme import Theme

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ListRow(QStyledItemDelegate):
    """Paints a row of the list; the chosen one on a lighter ground."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def begin(self, painter: QPainter, option: QStyleOptionViewItem) -> QRect:
        """Paints the ground; returns the row's rectangle."""
        rect: QRect = option.rect  # type: ignore[attr-defined]
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(self._theme.text, self._theme.raised, 0.12))
            painter.drawRoundedRect(rect, 5, 5)
        return rect


class ListPopup(QFrame):
    """A field with a list below. Arrows and Page keys choose, Return takes what is chosen, Escape leaves.

    Attributes:
        field, list: The two.
        keys: The keys that take what is chosen.
    """

    keys: tuple[Qt.Key, ...] = _RETURN

    def __init__(self, name: str, parent: QWidget, *between: QWidget) -> None:
        """Makes it, empty.

        Args:
            name: What its parts' objectNames begin with.
            parent: The widget it belongs to.
            *between: What stands between field and list.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = QLineEdit()
        self.list = QListWidget()
        self.list.setObjectName(f"{name}-list")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        for part in (self.field, *between, self.list):
            layout.addWidget(part)
        self.field.textChanged.connect(self.fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item: self.take())

    def fill(self, words: str) -> None:
        """Lists what answers some words."""
        raise NotImplementedError

    def take(self) -> None:
        """Takes what is chosen."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), self.list.count() - 1))
                return True
            if event.key() in self.keys:
                self.take()
                return True
        return super().eventFilter(watched, event)
