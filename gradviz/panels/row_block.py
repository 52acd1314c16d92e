"""Rows of text in columns, painted directly: a step changes most of what the inspector says, and rich text would be slow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gradviz.panels.parts import Heading, StillText
from gradviz.view.theme import Theme, font

_GAP, _HEAD = 7, 16
_COLUMN_GAP, _LINE_GAP = 14, 2
_WRAP = int(Qt.TextFlag.TextWordWrap)
_BREAK = "\u200b"  # zero width: where a word may be broken


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text.

    Attributes:
        text: The text.
        ink: The theme's colour it is written in, by name.
        mono, bold: How it is written.
        event: Where a click on it goes, -1 for nowhere.
        right: Whether it is set at its column's right.
    """

    text: str
    ink: str = "text"
    mono: bool = True
    bold: bool = False
    event: int = -1
    right: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Cells beside each other; the last one is wrapped where it has no room.

    Attributes:
        cells: The cells.
        flow: Whether they follow each other as words do, not in columns.
        gap: px above it.
    """

    cells: tuple[Cell, ...]
    flow: bool = False
    gap: int = 0


@lru_cache(maxsize=16)
def _metrics(mono: bool, bold: bool) -> QFontMetrics:
    return QFontMetrics(font(12, mono=mono, bold=bold))


def _advance(cell: Cell) -> int:
    return _metrics(cell.mono, cell.bold).horizontalAdvance(cell.text)


def _breakable(cell: Cell, room: int) -> str:
    """The text of a cell with places to break the words that are wider than the room."""
    advance = _metrics(cell.mono, cell.bold).horizontalAdvance
    return " ".join(_BREAK.join(word) if advance(word) > room else word for word in cell.text.split(" "))


class RowBlock(QWidget):
    """Shows rows. Links are followed by a click, or by the arrow keys and Return.

    Signals:
        followed: A link was followed, given by its event.
    """

    followed = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, boxed: bool = False) -> None:
        super().__init__(parent)
        self._boxed, self._margin = boxed, 11 if boxed else 0
        self.rows: tuple[Row, ...] = ()
        self._theme: Theme | None = None
        self._placed: list[tuple[QRect, Cell, str]] = []
        self._height, self._width = 0, -1
        self._at = -1
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        self.update()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Shows other rows."""
        rows = tuple(rows)
        if rows == self.rows:
            return
        self.rows, self._width, self._at = rows, -1, -1
        linked = any(cell.event >= 0 for row in rows for cell in row.cells)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if linked else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.plain_text()[:500])
        self.update()

    def plain_text(self) -> str:
        """The text alone, a line for each row."""
        return "\n".join(("" if row.flow else "  ").join(cell.text for cell in row.cells) for row in self.rows)

    def links(self) -> list[int]:
        """The events that can be gone to, in order."""
        return [cell.event for _, cell in self._linked()]

    def _linked(self) -> list[tuple[QRect, Cell]]:
        return [(rect, cell) for rect, cell, _ in self._placed if cell.event >= 0]

    def height_for(self, width: int) -> int:
        """How high it is at a width; places the cells."""
        if width != self._width:
            self._width = width
            self._place(width - 2 * self._margin)
        return self._height

    def _place(self, width: int) -> None:
        columns: dict[int, int] = {}
        for row in self.rows:
            if not row.flow:
                for column, cell in enumerate(row.cells[:-1]):
                    columns[column] = max(columns.get(column, 0), _advance(cell))
        self._placed = []
        y = self._margin
        for row in self.rows:
            y += row.gap
            x, height = self._margin, 0
            for column, cell in enumerate(row.cells):
                asked = _advance(cell)
                last = column == len(row.cells) - 1
                room = max(width + self._margin - x, 24)
                wide = asked if row.flow and not last else room if last else columns[column]
                tall = _metrics(cell.mono, cell.bold).height()
                text = cell.text
                if last and asked > room:
                    text = _breakable(cell, room)
                    tall = _metrics(cell.mono, cell.bold).boundingRect(QRect(0, 0, room, 10_000), _WRAP, text).height()
                self._placed.append((QRect(x, y, wide, tall), cell, text))
                x += asked if row.flow else wide + _COLUMN_GAP
                height = max(height, tall)
            y += height + _LINE_GAP
        self._height = y - _LINE_GAP + self._margin if self.rows else 0

    def _link_at(self, at: QPointF) -> int:
        return next((cell.event for rect, cell in self._linked() if rect.contains(at.toPoint())), -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        if theme is None:
            return
        painter = QPainter(self)
        if self._boxed:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.line, 1))
            painter.setBrush(theme.canvas if theme.name == "dark" else theme.panel)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        chosen = self._linked()[self._at][0] if self.hasFocus() and 0 <= self._at < len(self._linked()) else None
        for rect, cell, text in self._placed:
            if not rect.intersects(event.rect()):
                continue
            painter.setFont(font(12, mono=cell.mono, bold=cell.bold))
            painter.setPen(getattr(theme, cell.ink))
            across = Qt.AlignmentFlag.AlignRight if cell.right else Qt.AlignmentFlag.AlignLeft
            painter.drawText(rect, int(across) | _WRAP if rect.height() > 20 else int(across), text)
            if rect is chosen:
                painter.drawLine(rect.left(), rect.bottom(), rect.left() + min(_advance(cell), rect.width()), rect.bottom())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._link_at(event.position()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        target = self._link_at(event.position())
        if target >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.followed.emit(target)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._at = max(self._at, 0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        links = self.links()
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in steps and links:
            self._at = (self._at + steps[Qt.Key(event.key())]) % len(links)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._at < len(links):
            self.followed.emit(links[self._at])
        else:
            super().keyPressEvent(event)


class Section(QWidget):
    """A heading with a note at its right, perhaps a picture, and rows below.

    Attributes:
        heading, note: What stands in the first line.
        picture: A widget of fixed height between heading and rows, or None.
        body: The rows.
        filled: Whether there is anything to show.
    """

    def __init__(self, title: str, name: str, picture: QWidget | None = None, *, boxed: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self.heading = Heading(title, self)
        self.note = StillText("", self)
        self.note.setProperty("role", "note")
        self.note.set_right()
        self.picture = picture
        if picture is not None:
            picture.setParent(self)
        self.body = RowBlock(self, boxed=boxed)
        self.filled = False

    def fill(self, rows: Sequence[Row], note: str = "", *, always: bool = False) -> None:
        """Shows rows and a note; where there are neither rows nor ``always``, the section is left out."""
        self.filled = bool(rows) or always
        self.body.set_rows(rows)
        self.note.setText(note)

    def arrange(self, left: int, top: int, width: int) -> int:
        """Takes its place and returns its height, 0 where it is left out."""
        if not self.filled:
            self.hide()
            return 0
        asked = self.heading.sizeHint().width() + 8
        self.heading.setGeometry(0, 0, asked, _HEAD)
        self.note.setGeometry(asked, 0, max(width - asked, 0), _HEAD)
        y = _HEAD + _GAP if self.heading.text() else 0
        if self.picture is not None and not self.picture.isHidden():
            self.picture.setGeometry(0, y, width, self.picture.height())
            y += self.picture.height() + _GAP
        height = self.body.height_for(width)
        self.body.setGeometry(0, y, width, height)
        self.body.setVisible(height > 0)
        y = y + height if height else max(y - _GAP, 0)
        self.setGeometry(left, top, width, y)
        self.show()
        return y

    def plain_text(self) -> str:
        """All its texts."""
        return f"{self.heading.text()}  {self.note.text()}\n{self.body.plain_text()}".strip()
