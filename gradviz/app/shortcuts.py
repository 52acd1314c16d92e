"""The sheet of shortcuts: every action that has one, by menu, and what hands do on the canvas."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gradviz.app.actions import MENU_BAR, MENUS, SPECS, plain, translated
from gradviz.panels.parts import Heading

T = QT_TRANSLATE_NOOP

HANDS: tuple[tuple[str, str], ...] = (
    (T("shortcuts", "Add a node"), T("shortcuts", "Tab, double click on nothing")),
    (T("shortcuts", "Draw a wire"), T("shortcuts", "drag from a node's edge")),
    (T("shortcuts", "Take a wire elsewhere, or off"), T("shortcuts", "drag its end")),
    (T("shortcuts", "Cut wires"), T("shortcuts", "Ctrl+drag across them")),
    (T("shortcuts", "Select in a box, in a lasso"), T("shortcuts", "Shift+drag, Alt+drag")),
    (T("shortcuts", "Select one more"), T("shortcuts", "Ctrl+click")),
    (T("shortcuts", "Move about, zoom"), T("shortcuts", "drag or wheel, Ctrl+wheel")),
    (T("shortcuts", "Walk along edges"), T("shortcuts", "arrow keys, Home, End")),
    (T("shortcuts", "Go to a node's next event"), T("shortcuts", "double click, Return")),
    (T("shortcuts", "Rename"), T("shortcuts", "double click on the name")),
    (T("shortcuts", "Leave a gesture, a field, a popup"), T("shortcuts", "Esc")),
)


def tr(text: str) -> str:
    """A text of this module in the user's language."""
    return QCoreApplication.translate("shortcuts", text)


def _leaves(name: str) -> list[str]:
    """The actions of a menu and of those within it."""
    found = []
    for one in MENUS[name][1]:
        found += _leaves(one) if one.startswith("menu-") else [one] if one != "-" else []
    return found


def rows(actions: Mapping[str, QAction]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By menu, what is done and with which keys; the hands on the canvas last."""
    found = []
    texts = {spec.name: plain(translated(spec.text)) for spec in SPECS}
    for name in MENU_BAR:
        lines = []
        for one in _leaves(name):
            keys = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in actions[one].shortcuts()]
            if keys:
                lines.append((texts[one], ", ".join(keys)))
        found.append((plain(translated(MENUS[name][0])), lines))
    found.append((tr("On the canvas"), [(tr(what), tr(how)) for what, how in HANDS]))
    return [(title, lines) for title, lines in found if lines]


class ShortcutSheet(QDialog):
    """All shortcuts at a glance, in columns. It may stay open beside the work."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        blocks = rows(actions)
        total = sum(len(lines) + 2 for _, lines in blocks)
        inside = QWidget()
        across = QHBoxLayout(inside)
        across.setContentsMargins(24, 20, 24, 20)
        across.setSpacing(40)
        column, used = self._column(across), 0
        for title, lines in blocks:
            if used and used + len(lines) / 2 > total / 3:
                column, used = self._column(across), 0
            self._add(column, title, lines)
            used += len(lines) + 2
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self._inside = inside

    def showEvent(self, event: QShowEvent) -> None:
        """Takes the room that it needs, which is known once it has its fonts, or what there is of it."""
        super().showEvent(event)
        room, hint = self.screen().availableSize(), self._inside.sizeHint()
        self.resize(min(hint.width() + 24, room.width() - 80), min(hint.height() + 16, room.height() - 80))

    @staticmethod
    def _column(across: QHBoxLayout) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(5)
        holder = QVBoxLayout()
        holder.addLayout(grid)
        holder.addStretch(1)
        across.addLayout(holder)
        return grid

    @staticmethod
    def _add(grid: QGridLayout, title: str, lines: list[tuple[str, str]]) -> None:
        at = grid.rowCount()
        if at > 1:
            grid.setRowMinimumHeight(at, 10)
        grid.addWidget(Heading(title), at + 1, 0, 1, 2)
        for i, (what, keys) in enumerate(lines):
            grid.addWidget(QLabel(what), at + 2 + i, 0)
            label = QLabel(keys)
            label.setProperty("role", "code")
            grid.addWidget(label, at + 2 + i, 1)
