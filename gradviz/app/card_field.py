"""A field on the canvas, over what it changes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gradviz.view.theme import font


class CardField(QLineEdit):
    """Takes one text. Return, or going elsewhere, takes it over; Escape leaves it as it was.

    Signals:
        done: Another text than before was typed.
    """

    done = Signal(str)

    def __init__(self, text: str, parent: QWidget, box: QRectF) -> None:
        super().__init__(text, parent)
        self._before = text
        self._left = False
        self.setProperty("role", "card-field")
        self.setFont(font(13, mono=True, bold=True))
        self.setGeometry(box.toRect())
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave(self, *, keep: bool) -> None:
        if self._left:
            return
        self._left = True
        text = self.text().strip()
        self.hide()
        self.deleteLater()
        parent = self.parentWidget()
        if parent is not None:
            parent.setFocus()
        if keep and text and text != self._before:
            self.done.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave(keep=False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._leave(keep=True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._leave(keep=True)
