"""The command palette: every action by name, with its shortcut."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence, QPainter
from PySide6.QtWidgets import QListWidgetItem, QStyleOptionViewItem, QWidget

from gradviz.app.actions import plain
from gradviz.panels.list_popup import ListPopup, ListRow
from gradviz.view.theme import Theme, font

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


class _Row(ListRow):
    """The name at the left, the shortcut at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index) -> None:  # type: ignore[no-untyped-def]
        theme, action = self._theme, index.data(_ACTION)
        inside = self.begin(painter, option).adjusted(12, 0, -12, 0)
        painter.setFont(font(12))
        painter.setPen(theme.text if action.isEnabled() else theme.dim)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, left, index.data())
        painter.setPen(theme.dim)
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index.data(_KEYS))


class CommandPalette(ListPopup):
    """A field and the actions that fit. Return does the chosen one, Escape leaves."""

    def __init__(self, actions: Iterable[QAction], theme: Theme, parent: QWidget) -> None:
        super().__init__("command-palette", parent)
        self.setObjectName("command-palette")
        self._actions = [action for action in actions if action.text() and not action.isSeparator()]
        self.field.setObjectName("command-palette-field")
        self.field.setPlaceholderText(self.tr("What would you like to do?"))
        self.field.setAccessibleName(self.tr("Find a command"))
        self.list.setItemDelegate(_Row(theme, self.list))
        self.fill("")

    def open_over(self, window: QWidget) -> None:
        """Opens at the window's top."""
        width = min(560, window.width() - 80)
        self.resize(width, 400)
        self.move(window.mapToGlobal(QPoint((window.width() - width) // 2, 60)))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def fill(self, words: str) -> None:
        """Lists the actions that fit."""
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

    def take(self) -> None:
        """Does the chosen action."""
        item = self.list.currentItem()
        if item is None:
            return
        action: QAction = item.data(_ACTION)
        if action.isEnabled():
            self.close()
            action.trigger()
