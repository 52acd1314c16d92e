"""Rich text that lays itself out once per change, and sections made of it, stacked without a layout's many passes."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
)
from PySide6.QtWidgets import QWidget

from gradviz.panels.parts import Heading, StillText
from gradviz.view.theme import Theme, font

_GAP, _HEAD = 7, 16


class TextBlock(QWidget):
    """Shows rich text. Links are followed by a click, or by the arrow keys and Return.

    Signals:
        linkActivated: A link was followed, given by its target.
    """

    linkActivated = Signal(str)  # noqa: N815

    def __init__(self, parent: QWidget | None = None, *, boxed: bool = False) -> None:
        super().__init__(parent)
        self._boxed = boxed
        self._margin = 11 if boxed else 0
        self._html = ""
        self._links: list[tuple[str, int, int]] = []
        self._at = -1
        self._ground: Theme | None = None
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self._document.setDefaultFont(font(12))
        self.setMouseTracking(True)

    def text(self) -> str:
        """The rich text."""
        return self._html

    def plain_text(self) -> str:
        """The text without its marks."""
        return QTextDocumentFragment(self._document).toPlainText().replace("\xa0", " ")

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours for the box."""
        self._ground = theme
        self.update()

    def setText(self, html: str) -> None:  # noqa: N802
        """Shows another text."""
        if html == self._html:
            return
        self._html = html
        self._document.setHtml(html)
        self._links = self._found_links() if "<a " in html else []
        self._at = -1
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if self._links else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.plain_text()[:500])
        self.update()

    def height_for(self, width: int) -> int:
        """How high it is at a width."""
        self._document.setTextWidth(max(width - 2 * self._margin - 2 * bool(self._boxed), 10))
        return ceil(self._document.size().height()) + 2 * self._margin

    def _found_links(self) -> list[tuple[str, int, int]]:
        """The links, each with where it begins and ends."""
        found: list[tuple[str, int, int]] = []
        block = self._document.begin()
        while block.isValid():
            for place in block:
                fragment = place.fragment()
                target = fragment.charFormat().anchorHref()
                if target:
                    found.append((target, fragment.position(), fragment.position() + fragment.length()))
            block = block.next()
        return found

    def _target(self, at: QPointF) -> str:
        return self._document.documentLayout().anchorAt(at - QPointF(self._margin, self._margin))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._boxed and self._ground is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme = self._ground
            painter.setPen(QPen(theme.line, 1))
            painter.setBrush(theme.canvas)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.translate(self._margin, self._margin)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette = self.palette()  # type: ignore[attr-defined]
        if self.hasFocus() and 0 <= self._at < len(self._links):
            _, start, end = self._links[self._at]
            chosen = QAbstractTextDocumentLayout.Selection()
            cursor = QTextCursor(self._document)
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            chosen.cursor = cursor  # type: ignore[attr-defined]
            chosen.format.setFontUnderline(True)  # type: ignore[attr-defined]
            chosen.format.setBackground(self.palette().highlight())  # type: ignore[attr-defined]
            context.selections = [chosen]  # type: ignore[attr-defined]
        self._document.documentLayout().draw(painter, context)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = bool(self._target(event.position()))
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        target = self._target(event.position())
        if target and event.button() == Qt.MouseButton.LeftButton:
            self.linkActivated.emit(target)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._at = max(self._at, 0)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in steps and self._links:
            self._at = (self._at + steps[Qt.Key(event.key())]) % len(self._links)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._at < len(self._links):
            self.linkActivated.emit(self._links[self._at][0])
        else:
            super().keyPressEvent(event)


class Section(QWidget):
    """A heading with a note at its right, perhaps a picture, and a body of text below.

    Attributes:
        heading, note: What stands in the first line.
        picture: A widget of fixed height between heading and text, or None.
        body: The text.
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
        self.body = TextBlock(self, boxed=boxed)
        self.filled = False

    def fill(self, html: str, note: str = "", *, always: bool = False) -> None:
        """Shows a text and a note; where there is neither text nor ``always``, the section is left out."""
        self.filled = bool(html) or always
        self.body.setText(html)
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
        if self.body.text():
            height = self.body.height_for(width)
            self.body.setGeometry(0, y, width, height)
            self.body.show()
            y += height
        else:
            self.body.hide()
            y = max(y - _GAP, 0)
        self.setGeometry(left, top, width, y)
        self.show()
        return y

    def plain_text(self) -> str:
        """All its texts."""
        return f"{self.heading.text()}  {self.note.text()}\n{self.body.plain_text()}".strip()
