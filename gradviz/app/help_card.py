"""A card beside the mouse that explains something; a key or a click elsewhere takes it away."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from gradviz.app.explain import Explanation

_WIDTH, _AWAY = 400, 14


class HelpCard(QFrame):
    """Shows an `Explanation`."""

    def __init__(self, what: Explanation, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("help-card")
        self.setProperty("role", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(what.title)
        self.setAccessibleDescription("\n".join((what.text, *what.code)))
        self.setFixedWidth(_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        paragraphs = [
            (what.title, "strong"),
            *((line, "") for line in what.text.splitlines()),
            *((one, "code") for one in what.code),
        ]
        for text, role in paragraphs:
            label = QLabel(text)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setProperty("role", role)
            layout.addWidget(label)

    def open_at(self, at: QPoint) -> None:
        """Opens beside a point of the screen, where there is room."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        x = min(max(at.x() + _AWAY, room.left()), room.right() - self.width())
        y = at.y() + _AWAY
        if y + self.height() > room.bottom():
            y = max(room.top(), at.y() - _AWAY - self.height())
        self.move(x, y)
        self.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.close()
