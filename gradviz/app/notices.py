"""Messages over the canvas: one clear sentence and what can be done, without a dialog in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
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
    """The messages, one above the other. A new one about the same matter takes the old one's place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self._theme = theme
        self._shown: dict[str, Notice] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    @property
    def notices(self) -> list[Notice]:
        """What is shown, the oldest first."""
        return list(self._shown.values())

    def say(self, key: str, text: str, *choices: Choice) -> None:
        """Shows a message about a matter."""
        self.dismiss(key)
        notice = Notice(key, text, choices, self._theme, self)
        self._shown[key] = notice
        self._layout.addWidget(notice)
        notice.show()

    def dismiss(self, key: str) -> None:
        """Takes a message away."""
        notice = self._shown.pop(key, None)
        if notice is not None:
            notice.hide()
            notice.deleteLater()

    def choose(self, key: str, act: Callable[[], None]) -> None:
        """Takes a message away and does what was chosen."""
        self.dismiss(key)
        act()

    def clear(self) -> None:
        """Takes all messages away."""
        for key in list(self._shown):
            self.dismiss(key)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        for notice in self._shown.values():
            notice.set_theme(theme)
