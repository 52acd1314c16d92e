"""A dialog that shows two versions of documents side by side, and lets one choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QListWidget, QPushButton, QToolButton, QVBoxLayout, QWidget

from gradviz.panels.side_by_side import SideBySide
from gradviz.view.theme import Theme


@dataclass(frozen=True, slots=True)
class Versions:
    """Two versions of a document.

    Attributes:
        name: What the document is called.
        titles: What the left and the right version are.
        left, right: The versions.
    """

    name: str
    titles: tuple[str, str]
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen for a document.

    Attributes:
        name: The button's objectName.
        word: What it says.
        tip: What will be done.
        act: Does it, given the number of the document in the list that was shown at first.
    """

    name: str
    word: str
    tip: str
    act: Callable[[int], None]


class ComparisonDialog(QDialog):
    """Asks about one document after the other; the first choice is the one that Return takes. Escape decides nothing."""

    def __init__(
        self, words: str, documents: Sequence[Versions], choices: Sequence[Choice], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("comparison")
        self.setWindowTitle("GradViz")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._documents, self._left = documents, list(range(len(documents)))
        self.texts = SideBySide(theme)
        self.count = QLabel()
        self.count.setObjectName("comparison-count")
        self.count.setProperty("role", "status")
        self.list = QListWidget()
        self.list.setObjectName("comparison-list")
        self.list.setAccessibleName(self.tr("Documents"))
        self.list.addItems([document.name for document in documents])
        self.list.setMaximumHeight(min(len(documents), 4) * 27 + 12)
        self.list.setVisible(len(documents) > 1)
        head = QLabel(words)
        head.setTextFormat(Qt.TextFormat.PlainText)
        head.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        layout.addWidget(head)
        layout.addWidget(self.list)
        layout.addWidget(self.texts, 1)
        layout.addLayout(self._foot(choices))
        self.list.currentRowChanged.connect(self._show)
        self.texts.shown.connect(self._count)
        self.list.setCurrentRow(0)
        self.resize(self.sizeHint().expandedTo(QSize(1080, 640)).boundedTo(parent.size() * 0.94))
        self._buttons[0].setFocus()

    def _foot(self, choices: Sequence[Choice]) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for name, arrow, word, key, by in (
            ("difference-previous", "↑", self.tr("Previous difference"), "Alt+Up", -1),
            ("difference-next", "↓", self.tr("Next difference"), "Alt+Down", 1),
        ):
            button = QToolButton()
            button.setObjectName(name)
            button.setText(arrow)
            button.setProperty("role", "quiet")
            keys = QKeySequence(key)
            button.setToolTip(f"{word} ({keys.toString(QKeySequence.SequenceFormat.NativeText)})")
            button.setAccessibleName(word)
            button.clicked.connect(lambda _checked=False, by=by: self.texts.step(by))
            QShortcut(keys, self).activated.connect(lambda by=by: self.texts.step(by))
            foot.addWidget(button)
        foot.addWidget(self.count)
        foot.addStretch(1)
        self._buttons: list[QPushButton] = []
        for choice in choices:
            button_ = QPushButton(choice.word)
            button_.setObjectName(choice.name)
            button_.setToolTip(choice.tip)
            button_.setAutoDefault(False)
            button_.clicked.connect(lambda _checked=False, choice=choice: self._choose(choice))
            self._buttons.append(button_)
        later = QPushButton(self.tr("Decide Later"))
        later.setObjectName("comparison-later")
        later.setToolTip(self.tr("Change nothing now (Esc)"))
        later.setAutoDefault(False)
        later.clicked.connect(self.reject)
        self._buttons[0].setDefault(True)
        for one in (later, *reversed(self._buttons)):
            foot.addWidget(one)
        return foot

    def _show(self, row: int) -> None:
        if 0 <= row < len(self._left):
            shown = self._documents[self._left[row]]
            self.texts.show_texts(shown.titles, shown.left, shown.right)

    def _count(self) -> None:
        count = len(self.texts.differences)
        self.count.setText(self.tr("1 difference") if count == 1 else self.tr("{0} differences").format(count))

    def _choose(self, choice: Choice) -> None:
        row = max(self.list.currentRow(), 0)
        number = self._left.pop(row)
        if self._left:
            self.list.blockSignals(True)
            self.list.takeItem(row)
            self.list.setCurrentRow(min(row, len(self._left) - 1))
            self.list.blockSignals(False)
            self._show(self.list.currentRow())
        choice.act(number)
        if not self._left:
            self.accept()
