"""Two texts side by side: what they share stands at one height, and what differs is marked on both sides."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QTextEdit, QWidget

from gradviz.panels.editor_page import FONT_SIZE, LEADING, script_document
from gradviz.panels.highlighter import PythonHighlighter, utf16_place
from gradviz.panels.parts import mixed
from gradviz.script.line_pairs import Pair, common_ends, side_by_side
from gradviz.view.theme import Theme, font

_SIGN_WIDTH = 18


class _Numbers(QWidget):
    """Left of a text: its line numbers, and a sign at each line that differs."""

    def __init__(self, side: TextSide) -> None:
        super().__init__(side)
        self._side = side

    def paintEvent(self, event: QPaintEvent) -> None:
        self._side.paint_numbers(QPainter(self), event)


class TextSide(QPlainTextEdit):
    """One of the two texts, to be read and copied from. Where the other one has more lines it has gaps."""

    def __init__(self, name: str, sign: str, theme: Theme) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setDocument(script_document(self))
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(font(FONT_SIZE, mono=True))
        self._sign, self._theme = sign, theme
        self._lines: list[int | None] = []
        self._differing: frozenset[int] = frozenset()
        self._numbers = _Numbers(self)
        self._highlighter = PythonHighlighter(self.document(), theme)
        self.updateRequest.connect(lambda _rect, _dy: self._numbers.update())

    def show_lines(self, texts: Sequence[str], lines: Sequence[int | None], parts: dict[int, tuple[int, int]]) -> None:
        """Shows a text.

        Args:
            texts: Its lines with the gaps.
            lines: Their numbers, from 0; None for a gap.
            parts: The rows that differ, each with the columns from and to which it does.
        """
        self._lines, self._differing = list(lines), frozenset(parts)
        self.setPlainText("\n".join(texts))
        self._mark(parts)
        self._place_numbers()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _mark(self, parts: dict[int, tuple[int, int]]) -> None:
        shape = QTextCharFormat()
        shape.setBackground(mixed(self._theme.text, self._theme.panel, 0.26))
        marks = []
        for row, (start, end) in parts.items():
            block = self.document().findBlockByNumber(row)
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + utf16_place(block.text(), start))
            cursor.setPosition(block.position() + utf16_place(block.text(), end), QTextCursor.MoveMode.KeepAnchor)
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = cursor, shape  # type: ignore[attr-defined]
            marks.append(mark)
        self.setExtraSelections(marks)

    # Painting

    def _rows(self) -> list[tuple[int, float, float]]:
        """The rows in view, each with its top and height."""
        found, block = [], self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= self.viewport().height():
            height = self.blockBoundingRect(block).height()
            found.append((block.blockNumber(), top, height))
            top += height
            block = block.next()
        return found

    def _ground(self, painter: QPainter, row: int, top: float, height: float, width: int) -> None:
        if row < len(self._lines) and self._lines[row] is None:
            painter.fillRect(QRectF(0, top - LEADING / 2, width, height), self._theme.canvas)
        elif row in self._differing:
            painter.fillRect(QRectF(0, top - LEADING / 2, width, height), mixed(self._theme.text, self._theme.panel, 0.1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        for row, top, height in self._rows():
            self._ground(painter, row, top, height, self.viewport().width())
        painter.end()
        super().paintEvent(event)

    def paint_numbers(self, painter: QPainter, event: QPaintEvent) -> None:
        """Paints what stands left of the text."""
        painter.fillRect(event.rect(), self._theme.panel)
        painter.setFont(font(FONT_SIZE - 1, mono=True))
        width, height = self._numbers.width(), self.fontMetrics().height()
        for row, top, row_height in self._rows():
            self._ground(painter, row, top, row_height, width)
            line = self._lines[row] if row < len(self._lines) else None
            if line is None:
                continue
            room = QRectF(0, top, width - _SIGN_WIDTH, height)
            painter.setPen(self._theme.dim)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(line + 1))
            if row in self._differing:
                painter.setPen(self._theme.text)
                sign = QRectF(width - _SIGN_WIDTH, top, _SIGN_WIDTH, height)
                painter.drawText(sign, Qt.AlignmentFlag.AlignCenter, self._sign)

    def _place_numbers(self) -> None:
        digits = max(2, len(str(len(self._lines))))
        width = 10 + round(digits * self.fontMetrics().horizontalAdvance("9")) + _SIGN_WIDTH
        self.setViewportMargins(width, 0, 0, 0)
        inside = self.contentsRect()
        self._numbers.setGeometry(inside.left(), inside.top(), width, inside.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_numbers()


class SideBySide(QWidget):
    """Two texts, which are scrolled together.

    Attributes:
        left, right: The two.
        differences: The rows at which runs of lines that differ begin.

    Signals:
        shown: Other texts are shown.
    """

    shown = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left, self.right = TextSide("compare-left", "−", theme), TextSide("compare-right", "+", theme)
        self.differences: list[int] = []
        self._titles = QLabel(), QLabel()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(1)
        layout.setVerticalSpacing(6)
        for column, (title, side) in enumerate(zip(self._titles, (self.left, self.right), strict=True)):
            title.setTextFormat(Qt.TextFormat.PlainText)
            title.setProperty("role", "strong")
            title.setContentsMargins(10, 0, 10, 0)
            layout.addWidget(title, 0, column)
            layout.addWidget(side, 1, column)
            layout.setColumnStretch(column, 1)
        for one, other in ((self.left, self.right), (self.right, self.left)):
            one.verticalScrollBar().valueChanged.connect(other.verticalScrollBar().setValue)
            one.horizontalScrollBar().valueChanged.connect(other.horizontalScrollBar().setValue)
        self.setFocusProxy(self.right)

    def show_texts(self, titles: tuple[str, str], left: str, right: str) -> None:
        """Shows two texts, and goes to where they first differ."""
        for label, side, title in zip(self._titles, (self.left, self.right), titles, strict=True):
            label.setText(title)
            side.setAccessibleName(title)
        lefts, rights = left.split("\n"), right.split("\n")
        pairs = side_by_side(lefts, rights)
        parts = [_differing_part(pair, lefts, rights) for pair in pairs]
        for side, lines, numbers, which in (
            (self.left, lefts, [pair.left for pair in pairs], 0),
            (self.right, rights, [pair.right for pair in pairs], 1),
        ):
            texts = ["" if number is None else lines[number] for number in numbers]
            found = {row: part[which] for row, part in enumerate(parts) if part is not None}
            side.show_lines(texts, numbers, {row: part for row, part in found.items() if numbers[row] is not None})
        self.differences = [row for row, pair in enumerate(pairs) if not pair.same and (row == 0 or pairs[row - 1].same)]
        if self.differences:
            self.go_to(self.differences[0])
        self.shown.emit()

    def go_to(self, row: int) -> None:
        """Scrolls a row into view, somewhat below the top, and puts the text cursors there."""
        for side in (self.left, self.right):
            side.setTextCursor(QTextCursor(side.document().findBlockByNumber(row)))
        self.right.verticalScrollBar().setValue(max(0, row - 3))

    def step(self, by: int) -> None:
        """Goes to the next difference, or to the one before."""
        here = self.right.textCursor().blockNumber()
        found = [row for row in self.differences if (row > here if by > 0 else row < here)]
        if found:
            self.go_to(found[0] if by > 0 else found[-1])


def _differing_part(pair: Pair, lefts: Sequence[str], rights: Sequence[str]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """From and to which columns each line of a pair differs from the other; nothing of a line that stands alone."""
    if pair.same:
        return None
    if pair.left is None or pair.right is None:
        return (0, 0), (0, 0)
    one, other = lefts[pair.left], rights[pair.right]
    head, tail = common_ends(one, other)
    return (head, len(one) - tail), (head, len(other) - tail)
