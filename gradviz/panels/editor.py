"""The script editor: plain text with line numbers, the cursor's line, errors and breakpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from gradviz.panels import editor_keys
from gradviz.panels.editor_gutter import Gutter
from gradviz.panels.editor_page import FONT_SIZE, LEADING, EditorPage
from gradviz.panels.highlighter import utf16_place
from gradviz.panels.parts import mixed, now_ground
from gradviz.recording import Span
from gradviz.view.theme import Theme, font

FONT_SIZES = range(8, 33)


@dataclass(frozen=True, slots=True)
class Marks:
    """The lines that mean something now, 0 for none.

    Attributes:
        now: The line of the cursor's event.
        calling: The line that runs meanwhile: of backward(), in a pass.
        selected: The line that made the selection.
    """

    now: int = 0
    calling: int = 0
    selected: int = 0


@dataclass(frozen=True, slots=True)
class Mistake:
    """A place in the script that an error speaks of."""

    span: Span
    message: str


class ScriptEditor(QPlainTextEdit):
    """Edits graph scripts, one at a time.

    Attributes:
        page: The text that is shown, with what belongs to it.

    Signals:
        line_activated: A line number was clicked, or a line with Ctrl held: its events are asked for.
        breakpoints_changed: Breakpoints were set, cleared, or moved with their lines.
        zoomed: The font's pixel size changed.
    """

    line_activated = Signal(int)
    breakpoints_changed = Signal()
    zoomed = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("script-text")
        self.setAccessibleName(self.tr("Script"))
        self.setAccessibleDescription(self.tr("F9 sets a breakpoint; Ctrl+click goes to a line's first event."))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setCursorWidth(2)
        self.setMinimumWidth(200)
        self.theme = theme
        self.marks = Marks()
        self.mistakes: tuple[Mistake, ...] = ()
        self._seen_breakpoints: frozenset[int] = frozenset()
        self._size = FONT_SIZE
        self._gutter = Gutter(self)
        self.page = EditorPage(theme, self)
        self.setDocument(self.page.text)
        self.blockCountChanged.connect(self._blocks_changed)
        self.updateRequest.connect(self._scroll_gutter)
        self.cursorPositionChanged.connect(self._gutter.update)
        self.set_zoom(FONT_SIZE)

    # What is shown

    def turn_to(self, page: EditorPage) -> None:
        """Shows another text where it was left, and keeps how the one before it was left."""
        if page is self.page:
            return
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        self.page.cursor, self.page.seen = self.textCursor(), (across.value(), down.value())
        self.page = page
        page.set_theme(self.theme)
        self.marks, self.mistakes = Marks(), ()
        self.setDocument(page.text)
        self.setTextCursor(page.cursor)
        self.setExtraSelections([])
        self._use_font()
        self.scroll_back()
        self._gutter.update()

    def scroll_back(self) -> None:
        """Scrolls to where the text was when another was turned to."""
        self.horizontalScrollBar().setValue(self.page.seen[0])
        self.verticalScrollBar().setValue(self.page.seen[1])

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self.theme = theme
        self.page.set_theme(theme)
        self._underline()
        self.viewport().update()
        self._gutter.update()

    def set_marks(self, marks: Marks) -> None:
        """Marks the cursor's line and those that go with it, and brings the cursor's line into view."""
        if marks == self.marks:
            return
        came, before = marks.now != self.marks.now, self.marks
        self.marks = marks
        for line in {marks.now, marks.calling, marks.selected, before.now, before.calling, before.selected} - {0}:
            self._update_line(line)
        if came and not self.hasFocus():
            self.show_line(marks.now)

    def _update_line(self, line: int) -> None:
        """Has a line painted anew."""
        block = self.document().findBlockByNumber(line - 1)
        if block.isValid():
            rect = self.blockBoundingGeometry(block).translated(self.contentOffset()).toAlignedRect()
            self.viewport().update(0, rect.top() - 4, self.viewport().width(), rect.height() + 8)
            self._gutter.update(0, rect.top() - 4, self._gutter.width(), rect.height() + 8)

    def show_line(self, line: int) -> None:
        """Scrolls until a line is in view; leaves the text cursor where it is."""
        block = self.document().findBlockByNumber(line - 1)
        if not line or not block.isValid():
            return
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        if rect.top() < 0 or rect.bottom() > self.viewport().height():
            shown = self.viewport().height() / max(rect.height(), 1)
            self.verticalScrollBar().setValue(max(0, round(line - shown / 2)))

    def set_mistakes(self, mistakes: Sequence[Mistake]) -> None:
        """Underlines what errors speak of."""
        self.mistakes = tuple(mistakes)
        self._underline()
        self._gutter.update()

    def _underline(self) -> None:
        selections = []
        for mistake in self.mistakes:
            block = self.document().findBlockByNumber(mistake.span.line - 1)
            if mistake.span.line < 1 or not block.isValid():
                continue
            cursor = QTextCursor(block)
            start, end = self._columns(mistake.span, block)
            cursor.setPosition(block.position() + start)
            cursor.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
            shape = QTextCharFormat()
            shape.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            shape.setUnderlineColor(self.theme.text)
            shape.setToolTip(mistake.message)
            selection = QTextEdit.ExtraSelection()
            selection.cursor, selection.format = cursor, shape  # type: ignore[attr-defined]
            selections.append(selection)
        self.setExtraSelections(selections)

    @staticmethod
    def _columns(span: Span, block: QTextBlock) -> tuple[int, int]:
        """From and to where a mistake is underlined in its line, as Qt counts; the whole line where it has no width."""
        text = block.text()
        data = text.encode("utf-8", "surrogatepass")
        start = len(data[: span.col].decode("utf-8", "ignore"))
        end = len(data[: span.end_col].decode("utf-8", "ignore")) if span.end_line == span.line else len(text)
        if end <= start:
            start, end = len(text) - len(text.lstrip()), len(text)
        return utf16_place(text, start), utf16_place(text, end)

    def mistake_at(self, line: int) -> Mistake | None:
        """The error on a line, if any."""
        return next((mistake for mistake in self.mistakes if mistake.span.line == line), None)

    # Breakpoints

    @property
    def breakpoints(self) -> frozenset[int]:
        """The lines that have a breakpoint; they move with their text."""
        return frozenset(cursor.blockNumber() + 1 for cursor in self.page.breakpoints)

    def toggle_breakpoint(self, line: int | None = None) -> None:
        """Sets or clears a breakpoint on a line (default: the text cursor's)."""
        number = self.textCursor().blockNumber() if line is None else line - 1
        block = self.document().findBlockByNumber(number)
        if not block.isValid():
            return
        kept = [cursor for cursor in self.page.breakpoints if cursor.blockNumber() != number]
        if len(kept) == len(self.page.breakpoints):
            kept.append(QTextCursor(block))
        self.page.breakpoints = kept
        self._tell_breakpoints()

    def clear_breakpoints(self) -> None:
        """Clears all breakpoints."""
        self.page.breakpoints = []
        self._tell_breakpoints()

    def _tell_breakpoints(self) -> None:
        if self._seen_breakpoints != self.breakpoints:
            self._seen_breakpoints = self.breakpoints
            self.breakpoints_changed.emit()
            self._gutter.update()

    # Edits from elsewhere

    def text(self) -> str:
        """The script, character for character."""
        return self.document().toRawText().replace("\u2029", "\n")

    def replace_text(self, text: str) -> None:
        """Makes the script another one, as one undo step."""
        editor_keys.replace_text(self.document(), text)

    def toggle_comment(self) -> None:
        """Comments the selected lines out or in."""
        editor_keys.toggle_comment(self.textCursor())

    def set_zoom(self, size: int) -> None:
        """Sets the font's pixel size."""
        self._size = min(max(size, FONT_SIZES[0]), FONT_SIZES[-1])
        self._use_font()
        self.zoomed.emit(self._size)

    def _use_font(self) -> None:
        made = font(self._size, mono=True)
        self.setFont(made)
        self.document().setDefaultFont(made)
        self.setTabStopDistance(editor_keys.INDENT * QFontMetricsF(made).horizontalAdvance(" "))
        self._blocks_changed()

    def zoom(self, by: int) -> None:
        """Makes the font larger or smaller by some pixels."""
        self.set_zoom(self._size + by)

    # Geometry that the gutter asks for

    def visible_blocks(self) -> list[tuple[QTextBlock, float, float]]:
        """The blocks in view, each with its top and height in the viewport."""
        found = []
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= self.viewport().height():
            height = self.blockBoundingRect(block).height()
            found.append((block, top, height))
            top += height
            block = block.next()
        return found

    def _blocks_changed(self) -> None:
        self.setViewportMargins(self._gutter.width_needed(), 0, 0, 0)
        self._place_gutter()
        self._tell_breakpoints()

    def _scroll_gutter(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def _place_gutter(self) -> None:
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), self._gutter.width_needed(), inside.height()))

    def insertFromMimeData(self, source: object) -> None:  # noqa: N802
        """Pastes text as it is, its line endings made one kind."""
        text = source.text() if hasattr(source, "text") else ""
        self.textCursor().insertText(text.replace("\r\n", "\n").replace("\r", "\n"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_gutter()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        for block, top, height in self.visible_blocks():
            line = block.blockNumber() + 1
            band = QRectF(0, top - LEADING / 2, self.viewport().width(), height)
            if line == self.marks.now:
                painter.fillRect(band, now_ground(self.theme))
            elif line == self.marks.selected:
                painter.fillRect(band, mixed(self.theme.text, self.theme.panel, 0.07))
        painter.end()
        super().paintEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.cursorForPosition(self.viewport().mapFrom(self, event.pos()))
            mistake = self.mistake_at(place.blockNumber() + 1)
            QToolTip.showText(event.globalPos(), mistake.message if mistake else "", self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.button() == Qt.MouseButton.LeftButton:
            self.line_activated.emit(self.textCursor().blockNumber() + 1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        cursor, key, modifiers = self.textCursor(), event.key(), event.modifiers()
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        plain = not modifiers & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if plain and key == Qt.Key.Key_Tab:
            editor_keys.indent(cursor)
        elif plain and key == Qt.Key.Key_Backtab:
            editor_keys.unindent(cursor)
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            editor_keys.new_line(cursor)
            self.setTextCursor(cursor)
        elif plain and key == Qt.Key.Key_Home:
            mode = QTextCursor.MoveMode.KeepAnchor if shift else QTextCursor.MoveMode.MoveAnchor
            editor_keys.smart_home(cursor, mode)
            self.setTextCursor(cursor)
        elif not (plain and not shift and key == Qt.Key.Key_Backspace and editor_keys.unindent_backspace(cursor)):
            super().keyPressEvent(event)
            return
        self.ensureCursorVisible()
        event.accept()

    def sizeHint(self) -> QSize:
        return QSize(380, 500)
