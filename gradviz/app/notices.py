"""Messages over the canvas: one clear sentence and what can be done, without a dialog in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from gradviz.app.icons import icon
from gradviz.view.theme import Theme

Choice = tuple[str, Callable[[], None]]


class Notice(QFrame):
    """One message with its choices; a choice or the cross takes it away."""

    def __init__(self, key: str, text: str, choices: Sequence[Choice], theme: Theme, bar: NoticeBar) -> None:
        super().__init__(bar)
        self.setObjectName(f"notice-{key}")
        self.setProperty("role", "notice")
        self.key, self.text = key, text
        self.buttons: list[QPushButton] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 8, 10, 8)
        layout.setSpacing(8)
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(label, 1)
        for word, act in choices:
            button = QPushButton(word)
            button.clicked.connect(lambda _checked=False, act=act: bar.choose(key, act))
            layout.addWidget(button)
            self.buttons.append(button)
        self.cross = QToolButton()
        self.cross.setProperty("role", "quiet")
        self.cross.setToolTip(self.tr("Dismiss this message"))
        self.cross.setAccessibleName(self.tr("Dismiss"))
        self.cross.clicked.connect(lambda: bar.dismiss(key))
        layout.addWidget(self.cross)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self.cross.setIcon(icon("close", theme.dim))


class NoticeBar(QWidget):
    """The messages, one above the other. A new one about the same matter takes the old one's place.

    A message belongs to the document that it speaks of, and is seen while that is shown; or it speaks of none, and is seen
    whichever is shown.

    Signals:
        waiting_changed: There are messages that belong to other documents than the one shown, or none any more.
    """

    waiting_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self._theme = theme
        self._all: dict[tuple[object, str], Notice] = {}
        self._owner: object = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    @property
    def notices(self) -> list[Notice]:
        """What is shown, the oldest first."""
        return [notice for (owner, _), notice in self._all.items() if owner in (None, self._owner)]

    def say(self, key: str, text: str, *choices: Choice) -> None:
        """Shows a message about a matter of the document that is shown."""
        self.say_of(self._owner, key, text, *choices)

    def announce(self, key: str, text: str, *choices: Choice) -> None:
        """Shows a message about a matter of the whole window."""
        self.say_of(None, key, text, *choices)

    def say_of(self, owner: object, key: str, text: str, *choices: Choice) -> None:
        """Shows a message about a matter of a document, once that is shown."""
        self.dismiss(key, owner)
        notice = Notice(key, text, choices, self._theme, self)
        self._all[owner, key] = notice
        self._layout.addWidget(notice)
        notice.setVisible(owner in (None, self._owner))
        self.waiting_changed.emit()

    def dismiss(self, key: str, owner: object = None) -> None:
        """Takes a message away: a document's, or one that is seen now."""
        for whose in (None, self._owner) if owner is None else (owner,):
            notice = self._all.pop((whose, key), None)
            if notice is not None:
                notice.hide()
                notice.deleteLater()
                self.waiting_changed.emit()

    def choose(self, key: str, act: Callable[[], None]) -> None:
        """Takes a message away and does what was chosen."""
        self.dismiss(key)
        act()

    def turn_to(self, owner: object) -> None:
        """Another document is shown: so are its messages."""
        self._owner = owner
        for (whose, _), notice in self._all.items():
            notice.setVisible(whose in (None, owner))
        self.waiting_changed.emit()

    def is_waiting(self, owner: object) -> bool:
        """Whether a document that is not shown has a message."""
        return owner is not self._owner and any(whose is owner for whose, _ in self._all)

    def forget(self, owner: object) -> None:
        """Takes the messages of a document away for ever."""
        for whose, key in list(self._all):
            if whose is owner:
                self.dismiss(key, owner)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        for notice in self._all.values():
            notice.set_theme(theme)
