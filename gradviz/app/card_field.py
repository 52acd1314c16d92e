"""A field on the canvas, over what it changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from gradviz.view.theme import font

_REASON_WIDTH = 300


class CardField(QLineEdit):
    """Takes one text. Return, or going elsewhere, takes it over; Escape leaves it as it was.

    A text that cannot be taken over is told of below the field, which stays; going elsewhere leaves it then.

    Signals:
        done: Another text than before was typed.
    """

    done = Signal(str)

    def __init__(self, text: str, parent: QWidget, box: QRectF, check: Callable[[str], str] = lambda _: "") -> None:
        """Opens it.

        Args:
            text: What it holds at first.
            parent: The canvas.
            box: Where on it.
            check: Says why a text cannot be taken over; "" where it can.
        """
        super().__init__(text, parent)
        self._before, self._check = text, check
        self._left = False
        self.reason = QLabel(parent)
        self.reason.setObjectName(f"{self.objectName()}-reason")
        self.reason.setProperty("role", "card-reason")
        self.reason.setWordWrap(True)
        self.reason.hide()
        self.setProperty("role", "card-field")
        self.setFont(font(13, mono=True, bold=True))
        self.setGeometry(box.toRect())
        self.selectAll()
        self.textEdited.connect(lambda _text: self.reason.hide())
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave(self, *, keep: bool) -> None:
        if self._left:
            return
        self._left = True
        text = self.text().strip()
        self.reason.hide()
        self.reason.deleteLater()
        self.hide()
        self.deleteLater()
        parent = self.parentWidget()
        if parent is not None:
            parent.setFocus()
        if keep and text and text != self._before and not self._check(text):
            self.done.emit(text)

    def _take(self) -> None:
        text = self.text().strip()
        reason = self._check(text) if text and text != self._before else ""
        if not reason:
            self._leave(keep=True)
            return
        self.reason.setText(f"⚠ {reason}")
        self.reason.setFixedWidth(_REASON_WIDTH)
        self.reason.adjustSize()
        room = self.parentWidget().rect()
        below = self.y() + self.height() + 4
        fits = below + self.reason.height() <= room.height()
        x = max(0, min(self.x(), room.width() - _REASON_WIDTH))
        self.reason.move(x, below if fits else self.y() - self.reason.height() - 4)
        self.reason.show()
        self.reason.raise_()
        self.setAccessibleDescription(reason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave(keep=False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._leave(keep=True)
