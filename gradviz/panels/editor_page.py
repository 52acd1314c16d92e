"""A script's text with what belongs to it in an editor, so that one editor can show several, one at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout

from gradviz.panels.highlighter import PythonHighlighter
from gradviz.view.theme import Theme, font

FONT_SIZE = 13
LEADING = 7.0  # px between lines beside the font's own


class SpacedLayout(QPlainTextDocumentLayout):
    """Plain text with some room between the lines."""

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:  # noqa: N802
        """Qt's rectangle and the room below it."""
        rect = super().blockBoundingRect(block)
        return rect.adjusted(0, 0, 0, LEADING) if rect.height() else rect


def script_document(parent: QObject | None = None) -> QTextDocument:
    """An empty document as the editor shows it."""
    document = QTextDocument(parent)
    document.setDocumentLayout(SpacedLayout(document))
    document.setDefaultFont(font(FONT_SIZE, mono=True))
    document.setDocumentMargin(6)
    document.clearUndoRedoStacks()  # Qt takes a margin for an edit
    document.setModified(False)
    return document


class EditorPage:
    """One text of an editor.

    Attributes:
        text: The text, with its undo history.
        breakpoints: Cursors at the lines that have one; they move with their text.
        cursor: Where the text cursor was when the text was shown last, and what was selected.
        seen: How far it was scrolled, across and down.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        self.text = script_document(parent)
        self.breakpoints: list[QTextCursor] = []
        self.cursor = QTextCursor(self.text)
        self.seen = (0, 0)
        self._theme = theme
        self._highlighter = PythonHighlighter(self.text, theme)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        if theme is not self._theme:
            self._theme = theme
            self._highlighter.set_theme(theme)
