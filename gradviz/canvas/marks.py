"""Small signs, so that no meaning hangs on colour alone. Each is drawn about a point, in px."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPolygonF

from gradviz.canvas.ink import pen
from gradviz.view.theme import Theme

SCISSORS_ROOM = 9.0  # half of the gap that a pair of scissors needs


def scissors(painter: QPainter, x: float, y: float, colour: QColor, size: float = 1.0, *, down: bool = False) -> None:
    """A pair of scissors, its blades to the right (or down)."""
    painter.save()
    painter.translate(x, y)
    if down:
        painter.rotate(90)
    painter.scale(size, size)
    painter.setPen(pen(colour, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(-6, -4), 3, 3)
    painter.drawEllipse(QPointF(-6, 4), 3, 3)
    painter.drawLine(QLineF(-3.5, -2.5, 9, 5))
    painter.drawLine(QLineF(-3.5, 2.5, 9, -5))
    painter.restore()


def pin(painter: QPainter, x: float, y: float, colour: QColor) -> None:
    """A pin: `retain_grad()` holds on to something here."""
    painter.setPen(pen(colour, 1.4))
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(x, y - 3), 2.6, 2.6)
    painter.drawLine(QLineF(x, y, x, y + 5))


def alarm(painter: QPainter, x: float, y: float, colour: QColor, ground: QColor) -> None:
    """A triangle with an exclamation mark: a NaN or an infinity."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(x, y - 6), QPointF(x + 6.5, y + 5.5), QPointF(x - 6.5, y + 5.5)]))
    painter.setPen(pen(ground, 1.5))
    painter.drawLine(QLineF(x, y - 2, x, y + 1.4))
    painter.drawLine(QLineF(x, y + 3.6, x, y + 3.7))


def tick(painter: QPainter, x: float, y: float, colour: QColor) -> None:
    """A tick: done."""
    painter.setPen(pen(colour, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(x - 3, y), QPointF(x - 1, y + 2.3), QPointF(x + 3, y - 2.7)]))


def hatch(painter: QPainter, box: QRectF, colour: QColor, step: float = 7.0) -> None:
    """Slanting lines over a box; lines, not a pattern or a clip, so that vector files keep them."""
    left, right, bottom = box.left(), box.right(), box.bottom()
    lines = []
    at = left - box.height() + step / 2
    while at < right:
        x0, y0 = max(at, left), bottom - max(left - at, 0)
        x1 = min(at + box.height(), right)
        y1 = bottom - (x1 - at)
        lines.append(QLineF(x0, y0, x1, y1))
        at += step
    painter.setPen(pen(colour, 1.0))
    painter.drawLines(lines)


def chip(painter: QPainter, box: QRectF, colour: QColor, radius: float = 2.0) -> None:
    """A small block of colour."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(box, radius, radius)


def rounded(box: QRectF, radius: float) -> QPainterPath:
    """A box with round corners."""
    path = QPainterPath()
    path.addRoundedRect(box, radius, radius)
    return path


def heat_map(thumbnail: np.ndarray, theme: Theme) -> QImage:
    """A value as an image, a pixel an element (or block of elements): grey by value, the alarm colour where not finite.

    Greys, since the coloured scale is kept for gradients.
    """
    finite = np.isfinite(thumbnail)
    low, high = (float(thumbnail[finite].min()), float(thumbnail[finite].max())) if finite.any() else (0.0, 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        share = (thumbnail.astype(float) - low) / (high - low) if high > low else np.full(thumbnail.shape, 0.5)
    ends = [np.array(colour.getRgb()[:3], float) for colour in (theme.line, theme.text)]
    colours = ends[0] + np.where(finite, share, 0.0)[..., None] * (ends[1] - ends[0])
    colours[~finite] = theme.alarm.getRgb()[:3]
    pixels = np.ascontiguousarray(
        np.concatenate((colours, np.full((*thumbnail.shape, 1), 255.0)), axis=-1).round().astype(np.uint8)
    )
    rows, cols = thumbnail.shape
    return QImage(pixels.data, cols, rows, 4 * cols, QImage.Format.Format_RGBA8888).copy()
