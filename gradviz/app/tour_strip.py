"""What is seen of the tour: a strip over the canvas, and a ring about the place it speaks of."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from gradviz.app.icons import icon
from gradviz.view.theme import Theme

_DOT, _APART = 6, 5  # px of a step's dot, and between two


class Dots(QWidget):
    """A dot for each step: full for those done, ringed for the one at hand."""

    def __init__(self, count: int, theme: Theme) -> None:
        super().__init__()
        self._count, self._at, self.theme = count, 0, theme

    def go(self, at: int) -> None:
        """Shows that another step is at hand."""
        self._at = at
        self.setAccessibleName(self.tr("Step {0} of {1}").format(min(at + 1, self._count), self._count))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = (self.height() - _DOT) / 2
        for i in range(self._count):
            box = QRectF(1 + i * (_DOT + _APART), y, _DOT, _DOT)
            painter.setPen(QPen(self.theme.text if i <= self._at else self.theme.dim, 1.2))
            painter.setBrush(self.theme.text if i < self._at else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(box)

    def sizeHint(self) -> QSize:
        return QSize(self._count * (_DOT + _APART) + 2, _DOT + 4)


class TourStrip(QFrame):
    """Says what to do. It takes room of its own, so that it covers nothing, and takes no keys away.

    Signals:
        asked_done: The step shall be done for the user.
        left: The tour shall be left.
    """

    asked_done = Signal()
    left = Signal()

    def __init__(self, count: int, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("tour")
        self.setProperty("role", "notice")
        self.setAccessibleName(self.tr("Tour"))
        self.dots = Dots(count, theme)
        self.title = QLabel()
        self.title.setObjectName("tour-title")
        self.title.setProperty("role", "strong")
        self.words = QLabel()
        self.words.setObjectName("tour-words")
        self.words.setWordWrap(True)
        for label in (self.title, self.words):
            label.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title)
        head.addWidget(self.dots)
        head.addStretch(1)
        text = QVBoxLayout()
        text.setSpacing(3)
        text.addLayout(head)
        text.addWidget(self.words)
        self.do_it = QPushButton(self.tr("Do it for me"))
        self.do_it.setObjectName("tour-do")
        self.do_it.clicked.connect(self.asked_done)
        self.cross = QToolButton()
        self.cross.setObjectName("tour-leave")
        self.cross.setProperty("role", "quiet")
        self.cross.setToolTip(self.tr("Leave the tour; Help takes it up again"))
        self.cross.setAccessibleName(self.tr("Leave the tour"))
        self.cross.clicked.connect(self.left)
        for button in (self.do_it, self.cross):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus on the canvas
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 8, 10, 10)
        layout.setSpacing(10)
        layout.addLayout(text, 1)
        layout.addWidget(self.do_it, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.cross, 0, Qt.AlignmentFlag.AlignVCenter)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self.dots.theme = theme
        self.dots.update()
        self.cross.setIcon(icon("close", theme.dim))

    def say(self, at: int, title: str, words: str) -> None:
        """Shows a step."""
        self.dots.go(at)
        self.title.setText(title)
        self.words.setText(words)
        self.setAccessibleDescription(f"{title}. {words}")


class Pointer(QWidget):
    """A ring about a place of the window. It lies over everything and takes neither mouse nor keys."""

    def __init__(self, window: QWidget, place: Callable[[], QRect], theme: Theme) -> None:
        super().__init__(window)
        self.setObjectName("tour-pointer")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._place, self.theme = place, theme
        self._box = QRect()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.follow()
        return super().eventFilter(watched, event)

    @property
    def box(self) -> QRect:
        """What it points at, in the window; empty while that cannot be seen."""
        return self._box

    def follow(self) -> None:
        """Looks where the place is now."""
        self.setGeometry(self.parentWidget().rect())
        self._box = self._place() & self.rect()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._box.isEmpty():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(self._box).adjusted(-3, -3, 3, 3) & QRectF(self.rect()).adjusted(2, 2, -2, -2)
        ground = QColor(self.theme.canvas)
        for colour, width in ((ground, 5), (self.theme.text, 2)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.DashLine if width == 2 else Qt.PenStyle.SolidLine))
            painter.drawRoundedRect(ring, 10, 10)
