"""Small parts that the panels are built from."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QLabel, QSizePolicy, QWidget

from gradviz.view.theme import Theme, font


def mixed(over: QColor, under: QColor, share: float) -> QColor:
    """``over`` laid on ``under`` with an opacity of ``share``."""
    a, b = over.getRgb()[:3], under.getRgb()[:3]
    return QColor(*(round(x * share + y * (1 - share)) for x, y in zip(a, b, strict=True)))


def now_ground(theme: Theme) -> QColor:
    """The ground of the row or line where the cursor is."""
    return mixed(theme.now, theme.panel, 0.16 if theme.name == "dark" else 0.09)


class Heading(QLabel):
    """A section's heading in small bold capitals."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text.upper(), parent)
        self.setProperty("role", "heading")


class StillText(QWidget):
    """A line of text that keeps its room whatever it says, so that saying something else lays nothing out anew.

    What does not fit is elided. ``setAccessibleName`` follows the text.
    """

    def __init__(self, widest: str, parent: QWidget | None = None) -> None:
        """Makes an empty one as wide as ``widest`` is; "" takes what room it gets."""
        super().__init__(parent)
        self._text, self._widest = "", widest
        self._align = Qt.AlignmentFlag.AlignLeft
        across = QSizePolicy.Policy.Preferred if widest else QSizePolicy.Policy.Expanding
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """What it says."""
        return self._text

    def setText(self, text: str) -> None:  # noqa: N802
        """Says something else."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def set_right(self) -> None:
        """Sets the text at the right."""
        self._align = Qt.AlignmentFlag.AlignRight

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self._align | Qt.AlignmentFlag.AlignVCenter, text)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._widest) + 2, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(10, self.sizeHint().height())


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


def paint_empty(area: QAbstractScrollArea, text: str) -> None:
    """Writes in the middle of an empty list what to do next; to be called while it is painted."""
    painter = QPainter(area.viewport())
    painter.setFont(font(12))
    painter.setPen(area.palette().color(QPalette.ColorRole.PlaceholderText))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(area.viewport().rect().adjusted(20, 4, -20, -4), int(flags), text)
