"""Small parts that the panels are built from."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gradviz.view.theme import Theme


def mixed(over: QColor, under: QColor, share: float) -> QColor:
    """``over`` laid on ``under`` with an opacity of ``share``."""
    a, b = over.getRgb()[:3], under.getRgb()[:3]
    return QColor(*(round(x * share + y * (1 - share)) for x, y in zip(a, b, strict=True)))


def now_ground(theme: Theme) -> QColor:
    """The ground of the row or line where the cursor is."""
    return mixed(theme.now, theme.panel, 0.16 if theme.name == "dark" else 0.1)


class Heading(QLabel):
    """A section's heading in small bold capitals."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text.upper(), parent)
        self.setProperty("role", "heading")


class PanelHead(QWidget):
    """The head of a panel: its name at the left, anything at the right. A dock is dragged by it.

    Attributes:
        title: The label with the panel's name.
    """

    def __init__(self, title: str, *right: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel-head")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 12, 16, 8)
        layout.setSpacing(8)
        self.title = Heading(title)
        layout.addWidget(self.title)
        layout.addStretch(1)
        for widget in right:
            layout.addWidget(widget)


class Section(QWidget):
    """A heading with a note at its right, and a body of rich text or widgets below.

    Attributes:
        body: The label of the text.
        note: The label at the heading's right.
    """

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(7)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.heading = Heading(title)
        self.note = QLabel()
        self.note.setProperty("role", "note")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.heading)
        head.addStretch(1)
        head.addWidget(self.note)
        layout.addLayout(head)
        self.body = rich_label()
        layout.addWidget(self.body)

    def show_text(self, html: str, note: str = "") -> None:
        """Shows the text and the note; hides the whole section where there is no text."""
        if self.body.text() != html:
            self.body.setText(html)
        self.note.setText(note)
        self.body.setVisible(bool(html))
        self.setVisible(bool(html))


def rich_label() -> QLabel:
    """A label for rich text that can be selected and whose links work by mouse and keyboard."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.LinksAccessibleByMouse
        | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    )
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def escaped(text: str) -> str:
    """Text made safe for rich text, its runs of spaces kept."""
    from html import escape

    return escape(text).replace("  ", " &nbsp;").replace("\n", "<br>")


def span(text: str, colour: QColor, *, mono: bool = False, bold: bool = False) -> str:
    """A stretch of rich text."""
    family = "font-family:'DejaVu Sans Mono';" if mono else ""
    weight = "font-weight:600;" if bold else ""
    return f'<span style="{family}{weight}color:{colour.name()}">{escaped(text)}</span>'
