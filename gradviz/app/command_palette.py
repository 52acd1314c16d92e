"""The command palette: every action by name, with its shortcut."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gradviz.app.actions import plain
from gradviz.panels.parts import mixed
from gradviz.view.theme import Theme, font

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
_ACTION, _KEYS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


def score(text: str, words: str) -> int | None:
    """How well an action's name fits what was typed, the less the better; None where it does not.

    All letters have to come in order; beginnings of words count more than their insides, and what stands together more than
    what is scattered.
    """
    text, words = text.lower(), words.lower().replace(" ", "")
    place, total = -1, 0
    for letter in words:
        after = text.find(letter, place + 1)
        if after < 0:
            return None
        starts = [i for i in range(place + 1, len(text)) if text[i] == letter and (i == 0 or text[i - 1] == " ")]
        if after != place + 1 and starts:
            after = starts[0]
        total += 0 if after == place + 1 else 1 if after == 0 or text[after - 1] == " " else 4
        place = after
    return total * 100 + len(text)


class _Row(QStyledItemDelegate):
    """The name at the left, the shortcut at the right."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index) -> None:  # type: ignore[no-untyped-def]
        theme = self._theme
        rect: QRect = option.rect  # type: ignore[attr-defined]
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(theme.text, theme.raised, 0.12))
            painter.drawRoundedRect(rect, 5, 5)
        action = index.data(_ACTION)
        inside = rect.adjusted(12, 0, -12, 0)
        painter.setFont(font(12))
        painter.setPen(theme.text if action.isEnabled() else theme.dim)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, left, index.data())
        painter.setPen(theme.dim)
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index.data(_KEYS))


class CommandPalette(QFrame):
    """A field and the actions that fit. Return does the chosen one, Escape leaves."""

    def __init__(self, actions: Iterable[QAction], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command-palette")
        self.setProperty("role", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = [action for action in actions if action.text() and not action.isSeparator()]
        self.field = QLineEdit()
        self.field.setObjectName("command-palette-field")
        self.field.setPlaceholderText(self.tr("What would you like to do?"))
        self.field.setAccessibleName(self.tr("Find a command"))
        self.list = QListWidget()
        self.list.setObjectName("command-palette-list")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Row(theme, self.list))
        self.list.setUniformItemSizes(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item: self._do())
        self._fill("")

    def open_over(self, window: QWidget) -> None:
        """Opens at the window's top."""
        width = min(560, window.width() - 80)
        self.resize(width, 400)
        self.move(window.mapToGlobal(QPoint((window.width() - width) // 2, 60)))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self, words: str) -> None:
        self.list.clear()
        found = []
        for place, action in enumerate(self._actions):
            fit = score(plain(action.text()), words)
            if fit is not None:
                found.append((not action.isEnabled(), fit if words else place, place, action))
        for _, _, _, action in sorted(found, key=lambda entry: entry[:3]):
            item = QListWidgetItem(plain(action.text()))
            item.setData(_ACTION, action)
            item.setData(_KEYS, action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _do(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        action: QAction = item.data(_ACTION)
        if action.isEnabled():
            self.close()
            action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), self.list.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._do()
                return True
        return super().eventFilter(watched, event)
