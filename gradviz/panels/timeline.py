"""The timeline: all events from left to right, passes as segments, and the playhead that is dragged along them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gradviz.panels.navigate import is_accumulation, pass_at
from gradviz.panels.segments import Segment, columns, segments
from gradviz.panels.words import detail_text, kind_text, subject_text
from gradviz.recording import Recording
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme, font

MARGIN, RAIL, SEGMENT_HEIGHT, TICK, TICKS_TOP = 18, 40, 24, 8, 16
_HEIGHT = 84
_INSIDE = 4.0  # px that a label keeps from its box at least
_LEAST_TICK = 4.0  # px between events below which ticks become a density


class Timeline(QWidget):
    """Shows and moves the cursor in time. Wheel steps, Ctrl+wheel zooms, drag scrubs; arrows, Page keys, Home and End move.

    Signals:
        scrubbing: The playhead was taken hold of, or let go.
    """

    scrubbing = Signal(bool)

    def __init__(self, cursor: Cursor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName(self.tr("Timeline"))
        self.setAccessibleDescription(self.tr("Arrow keys step through the events; Home and End go to the start and the end."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._cursor = cursor
        self._theme = theme
        self._segments: list[Segment] = []
        self._accumulations = np.empty(0, bool)
        self._first, self._last = 0.0, 1.0  # the events at the left and right end
        self._ground: QPixmap | None = None
        self._dragging = False
        self._wheel = 0
        cursor.recording_changed.connect(self._take_recording)
        cursor.moved.connect(self._follow)
        self._take_recording()

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        self._repaint_all()

    # Places

    @property
    def _recording(self) -> Recording:
        return self._cursor.recording

    def x_of(self, event: float) -> float:
        """The x of an event."""
        span = max(self._last - self._first, 1e-9)
        return MARGIN + 12 + (event - self._first) / span * (self.width() - 2 * MARGIN - 24)

    def event_at(self, x: float) -> int:
        """The event nearest to an x; -1 (before the first) left of all."""
        span = self._last - self._first
        place = self._first + (x - MARGIN - 12) / max(self.width() - 2 * MARGIN - 24, 1) * span
        return min(max(round(place), -1), len(self._recording) - 1)

    def _take_recording(self) -> None:
        recording = self._recording
        self._segments = segments(recording)
        self._accumulations = is_accumulation(recording)
        self._first, self._last = 0.0, float(max(len(recording) - 1, 1))
        self._repaint_all()

    def _follow(self, event: int) -> None:
        if not self._first <= event <= self._last and not (event < 0 and self._first <= 0):
            half = (self._last - self._first) / 2
            self._view(event - half, event + half)
        self.update()

    def _view(self, first: float, last: float) -> None:
        """Shows the events from ``first`` to ``last``, shifted and widened to what there is."""
        top = float(max(len(self._recording) - 1, 1))
        span = min(max(last - first, min(20.0, top)), top)
        first = min(max(first, 0.0), top - span)
        self._first, self._last = first, first + span
        self._repaint_all()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Zooms in (above 1) or out around an x (default: the playhead's)."""
        at = self.x_of(max(self._cursor.event, 0)) if x is None else x
        share = (at - MARGIN - 12) / max(self.width() - 2 * MARGIN - 24, 1)
        middle = self._first + share * (self._last - self._first)
        span = (self._last - self._first) / factor
        self._view(middle - share * span, middle - share * span + span)

    # Paint

    def _repaint_all(self) -> None:
        self._ground = None
        self.update()

    def _paint_ground(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        ground = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        ground.setDevicePixelRatio(ratio)
        ground.fill(self._theme.panel)
        painter = QPainter(ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        if len(self._recording):
            painter.setPen(QPen(theme.line, 2))
            painter.drawLine(QLineF(MARGIN, RAIL, self.width() - MARGIN, RAIL))
        painter.setClipRect(QRectF(MARGIN - 1, 0, self.width() - 2 * MARGIN + 2, self.height()))
        painter.setFont(font(11))
        for segment in self._segments:
            self._paint_segment(painter, segment)
        self._paint_ticks(painter)
        painter.end()
        return ground

    def _paint_segment(self, painter: QPainter, segment: Segment) -> None:
        """A box from halfway before its first event to halfway after its last, with room between neighbours."""
        left = MARGIN if segment.begin == 0 and self._first <= 0 else self.x_of(segment.begin - 0.5) + 2
        at_end = segment.end >= len(self._recording) - 1 and self._last >= len(self._recording) - 1
        right = self.width() - MARGIN if at_end else self.x_of(segment.end + 0.5) - 2
        if right < MARGIN or left > self.width() - MARGIN or right - left < 0.5:
            return
        box = QRectF(max(left, -50), RAIL - SEGMENT_HEIGHT / 2, 0, SEGMENT_HEIGHT)
        box.setRight(min(right, self.width() + 50))
        theme = self._theme
        painter.setPen(QPen(theme.line, 1))
        painter.setBrush(theme.raised)
        radius = min(6.0, box.width() / 2)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        seen = QRectF(max(box.left(), MARGIN), box.top(), 0, box.height())
        seen.setRight(min(box.right(), self.width() - MARGIN))
        advance = painter.fontMetrics().horizontalAdvance
        text = next((label for label in segment.labels if advance(label) <= seen.width() - 2 * _INSIDE), "")
        painter.setPen(theme.text if segment.pass_ >= 0 else theme.dim)
        inside = min(12.0, (seen.width() - advance(text)) / 2)
        painter.drawText(seen.adjusted(inside, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_ticks(self, painter: QPainter) -> None:
        total = len(self._recording)
        if not total:
            return
        theme, top = self._theme, RAIL + TICKS_TOP
        gap = self.x_of(1) - self.x_of(0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if gap >= _LEAST_TICK:
            low, high = max(0, int(self._first) - 1), min(total, int(self._last) + 2)
            for marked, colour, height in ((False, theme.muted, TICK), (True, theme.leaf, TICK + 3)):
                painter.setPen(QPen(colour, 2))
                numbers = low + np.flatnonzero(self._accumulations[low:high] == marked)
                places = (round(self.x_of(int(number))) for number in numbers)
                painter.drawLines([QLineF(x, top, x, top + height) for x in places])
        else:
            width = max(self.width() - 2 * MARGIN - 24, 1)
            for marked, colour, tall in (
                (~self._accumulations, theme.muted, TICK),
                (self._accumulations, theme.leaf, TICK + 3),
            ):
                counts = columns(marked, self._first, self._last, width)
                most = max(int(counts.max(initial=0)), 1)
                painter.setPen(QPen(colour, 1))
                lines = [
                    QLineF(MARGIN + 12 + x, top, MARGIN + 12 + x, top + 3 + (tall - 3) * counts[x] / most)
                    for x in np.flatnonzero(counts).tolist()
                ]
                painter.drawLines(lines)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._ground is None:
            self._ground = self._paint_ground()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        if not len(self._recording):
            painter.setPen(theme.dim)
            painter.setFont(font(12))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Run a script: its events will stand here."))
            return
        x = float(MARGIN) if self._cursor.event < 0 else self.x_of(self._cursor.event)
        painter.setPen(QPen(theme.now, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QLineF(x, RAIL - 18, x, RAIL + 30))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.now)
        painter.drawEllipse(QPointF(x, RAIL - 20), 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.text, 1.5))
            painter.drawEllipse(QPointF(x, RAIL - 20), 9, 9)

    # Hands

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos().x()), self)
            return True
        return super().event(event)

    def tip_at(self, x: float) -> str:
        """What stands at an x, in words."""
        number = self.event_at(x)
        if number < 0:
            return self.tr("Before the first event") if len(self._recording) else ""
        recording = self._recording
        kind = kind_text(recording.event(number).kind)
        what = f"{number + 1} · {kind} · {subject_text(recording, number)}\n{detail_text(recording, number)}"
        inside = next((s.label for s in self._segments if s.begin <= number <= s.end), "")
        return f"{what}\n{inside}".replace("\n\n", "\n")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self._recording):
            self._dragging = True
            self.scrubbing.emit(True)
            self._cursor.move(self.event_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._cursor.move(self.event_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.scrubbing.emit(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1.25 ** (event.angleDelta().y() / 120), event.position().x())
        else:
            self._wheel += event.angleDelta().y() or event.angleDelta().x()
            steps = int(self._wheel / 120)
            self._wheel -= steps * 120
            if steps:
                self._cursor.step(-steps)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = pass_at(self._recording, self._cursor.event)
        page = max(10, len(self._recording) // 20)
        moves = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_PageUp: -page,
        }
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif event.key() in moves:
            self._cursor.step(moves[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Home:
            self._cursor.move(-1)
        elif event.key() == Qt.Key.Key_End:
            self._cursor.move(self._cursor.last)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom(1.5 if event.key() == Qt.Key.Key_Plus else 1 / 1.5)
        else:
            super().keyPressEvent(event)
        if number != pass_at(self._recording, self._cursor.event):
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._repaint_all()
        super().resizeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(600, _HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(160, _HEIGHT)
