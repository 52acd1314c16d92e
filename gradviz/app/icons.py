"""The icons of the tool bar, drawn in the theme's ink so that they are sharp at any size."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

_SIDE = 16
_WIDTH = 20  # with some room before the words


def _triangle(x: float, direction: int, wide: float = 9) -> QPolygonF:
    return QPolygonF([QPointF(x, 3), QPointF(x + direction * wide, 8), QPointF(x, 13)])


def _paint(painter: QPainter, name: str, ink: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    if name == "play":
        painter.drawPolygon(_triangle(4, 1))
    elif name == "pause":
        painter.drawRect(QRectF(4, 3, 3, 10))
        painter.drawRect(QRectF(9, 3, 3, 10))
    elif name == "step-forward":
        painter.drawPolygon(_triangle(2.5, 1))
        painter.drawRect(QRectF(12, 3, 2, 10))
    elif name == "step-back":
        painter.drawPolygon(_triangle(13.5, -1))
        painter.drawRect(QRectF(2, 3, 2, 10))
    elif name == "end":
        painter.drawPolygon(_triangle(1, 1, 6))
        painter.drawPolygon(_triangle(7, 1, 6))
        painter.drawRect(QRectF(13, 3, 2, 10))
    elif name == "start":
        painter.drawPolygon(_triangle(15, -1, 6))
        painter.drawPolygon(_triangle(9, -1, 6))
        painter.drawRect(QRectF(1, 3, 2, 10))
    elif name == "close":
        painter.setPen(QPen(ink, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(4.5, 4.5), QPointF(11.5, 11.5))
        painter.drawLine(QPointF(11.5, 4.5), QPointF(4.5, 11.5))
    else:
        raise KeyError(name)


def icon(name: str, ink: QColor, disabled: QColor | None = None) -> QIcon:
    """An icon in an ink; in another one where it cannot be used."""
    made = QIcon()
    for colour, mode in ((ink, QIcon.Mode.Normal), (disabled or ink, QIcon.Mode.Disabled)):
        for scale in (1, 2):
            pixmap = QPixmap(QSize(_WIDTH, _SIDE) * scale)
            pixmap.setDevicePixelRatio(scale)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            _paint(painter, name, colour)
            painter.end()
            made.addPixmap(pixmap, mode)
    return made
