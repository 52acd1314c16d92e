"""The strip left of the script: line numbers, breakpoints, and marks of errors and of the cursor's line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from gradviz.panels.parts import now_ground
from gradviz.view.theme import font

if TYPE_CHECKING:
    from gradviz.panels.editor import ScriptEditor

_MARKS_WIDTH = 16  # where breakpoints and error marks stand


class Gutter(QWidget):
    """Paints beside the editor. A click on a number goes to the line's first event; left of it, it sets a breakpoint."""

    def __init__(self, editor: ScriptEditor) -> None:
        super().__init__(editor)
        self.setObjectName("script-gutter")
        self._editor = editor
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(" ")

    def width_needed(self) -> int:
        """Room for the marks and the widest number."""
        digits = max(2, len(str(self._editor.document().blockCount())))
        return _MARKS_WIDTH + 8 + round(digits * self._editor.fontMetrics().horizontalAdvance("9")) + 8

    def line_at(self, y: float) -> int:
        """The line at a height, 0 below the last."""
        for block, top, height in self._editor.visible_blocks():
            if top - 3.5 <= y < top + height - 3.5:
                return block.blockNumber() + 1
        return 0

    def sizeHint(self) -> QSize:
        return QSize(self.width_needed(), 0)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            mistake = self._editor.mistake_at(self.line_at(event.pos().y()))
            if mistake:
                text = mistake.message
            elif event.pos().x() < _MARKS_WIDTH:
                text = self.tr("Click to set or clear a breakpoint (F9)")
            else:
                text = self.tr("Click to go to this line's first event")
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self.line_at(event.position().y())
        if not line or event.button() != Qt.MouseButton.LeftButton:
            return
        if event.position().x() < _MARKS_WIDTH:
            self._editor.toggle_breakpoint(line)
        else:
            self._editor.line_activated.emit(line)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        editor, theme = self._editor, self._editor.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), theme.panel)
        painter.setFont(font(max(8, editor.fontInfo().pixelSize() - 1), mono=True))
        breakpoints, here = editor.breakpoints, editor.textCursor().blockNumber() + 1
        ascent_height = editor.fontMetrics().height()
        for block, top, height in editor.visible_blocks():
            line = block.blockNumber() + 1
            band = QRectF(0, top - 3.5, self.width(), height)
            middle = top + ascent_height / 2
            if line == editor.marks.now:
                painter.fillRect(band, now_ground(theme))
                painter.fillRect(QRectF(0, band.top(), 3, band.height()), theme.now)
            elif line == editor.marks.calling:
                painter.setPen(QPen(theme.now, 1.2))
                painter.drawRect(QRectF(0.5, band.top() + 4, 2, band.height() - 8))
            if line in breakpoints:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.text)
                painter.drawEllipse(QPointF(10.5, middle), 4.2, 4.2)
                painter.setBrush(Qt.BrushStyle.NoBrush)
            if editor.mistake_at(line):
                self._paint_mistake(painter, middle)
            painter.setPen(theme.text if line == here and editor.hasFocus() else theme.dim)
            numbers = QRectF(_MARKS_WIDTH, top, self.width() - _MARKS_WIDTH - 12, ascent_height)
            painter.drawText(numbers, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(line))

    def _paint_mistake(self, painter: QPainter, middle: float) -> None:
        """A triangle with an exclamation mark: its shape says it, not its colour."""
        theme = self._editor.theme
        triangle = [QPointF(10.5, middle - 5.5), QPointF(16.5, middle + 5), QPointF(4.5, middle + 5)]
        painter.setPen(QPen(theme.text, 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF(triangle))
        painter.drawLine(QPointF(10.5, middle - 2), QPointF(10.5, middle + 1.5))
        painter.drawPoint(QPointF(10.5, middle + 3.2))
