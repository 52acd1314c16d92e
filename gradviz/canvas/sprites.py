"""Pixmaps of nodes and ports, each drawn once for as long as it looks the same."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from gradviz.canvas.looks import NodeLook
from gradviz.canvas.paint_node import MARGIN

_SPARE = 300  # sprites kept beside those in view
_MOST_SHARED = 1000
HURRIED = 40  # sprites drawn anew in one frame of a zoom; the others are stretched until their turn comes
_MOST_SMOOTH = 200  # more sprites than this are stretched without smoothing

Draw = Callable[[QPainter, NodeLook, tuple[float, float]], None]


class Sprites:
    """The pixmaps of one scene's nodes. Nodes that look the same share one.

    Attributes:
        stale: Whether the last frame showed a sprite that should be drawn anew.
    """

    def __init__(self) -> None:
        self._nodes: dict[int, tuple[NodeLook, float, QPixmap]] = {}
        self._shared: dict[Hashable, QPixmap] = {}
        self._dots: dict[tuple[int, float], QPixmap] = {}
        self._left = 0
        self._smooth = True
        self.stale = False

    def begin(self, seen: list[int], *, hurried: bool) -> None:
        """Begins a frame that shows some rows; a hurried one may draw only so many sprites anew."""
        self._left = HURRIED if hurried else sys.maxsize
        self._smooth = len(seen) <= _MOST_SMOOTH
        self.stale = False
        if len(self._nodes) > len(seen) + _SPARE:
            self._nodes = {row: self._nodes[row] for row in seen if row in self._nodes}
        if len(self._shared) > _MOST_SHARED:
            self._shared.clear()

    def put(
        self,
        painter: QPainter,
        row: int,
        look: NodeLook,
        at: tuple[float, float],
        density: float,
        ratio: float,
        draw: Draw,
        shape: Shape,
    ) -> None:
        """Puts a node's sprite on the view, drawing it first if there is none that fits.

        Args:
            painter: Of the view, in its own px.
            row: The node.
            look: What it looks like.
            at: Where its upper left corner is, in the view's px.
            density: Device px for each px of the picture.
            ratio: Device px for each px of the view.
            draw: Draws a node of a size with its upper left corner at (0, 0), in px of the picture.
            shape: The node's size, and what of its look is drawn.
        """
        known = self._nodes.get(row)
        if known is None or known[1] != density or known[0] is not look:
            known = self._renewed(row, known, look, density, ratio, draw, shape)
        u, v = at
        _, drawn, sheet = known
        if drawn == density:
            # Whole device px, so that a sprite is as sharp as it was drawn.
            margin = math.ceil(MARGIN * density)
            painter.drawPixmap(QPointF((round(u * ratio) - margin) / ratio, (round(v * ratio) - margin) / ratio), sheet)
            return
        by = density / drawn
        reach = math.ceil(MARGIN * drawn) * by / ratio
        target = QRectF(u - reach, v - reach, sheet.width() * by / ratio, sheet.height() * by / ratio)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth)
        painter.drawPixmap(target, sheet, QRectF(sheet.rect()))

    def _renewed(
        self,
        row: int,
        known: tuple[NodeLook, float, QPixmap] | None,
        look: NodeLook,
        density: float,
        ratio: float,
        draw: Draw,
        shape: Shape,
    ) -> tuple[NodeLook, float, QPixmap]:
        """The sprite to use for a row whose own does not fit: another one's, a new one, or for now the old one."""
        key = (shape.of(look), density, ratio)
        sheet = self._shared.get(key)
        if sheet is None:
            if self._left <= 0 and known is not None:
                self.stale = True
                return known
            self._left -= 1
            sheet = self._shared[key] = _sprite(look, shape.size, density, ratio, draw)
        made = self._nodes[row] = (look, density, sheet)
        return made

    def put_dot(self, painter: QPainter, u: float, v: float, radius: float, colour: QColor, ratio: float) -> None:
        """Puts a small disc on the view; all in the view's px."""
        key = (colour.rgba(), radius * ratio)
        side = math.ceil(radius * ratio) * 2 + 3
        sheet = self._dots.get(key)
        if sheet is None:
            sheet = QPixmap(side, side)
            sheet.fill(Qt.GlobalColor.transparent)
            inner = QPainter(sheet)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.setPen(Qt.PenStyle.NoPen)
            inner.setBrush(colour)
            inner.drawEllipse(QPointF(side / 2, side / 2), radius * ratio, radius * ratio)
            inner.end()
            sheet.setDevicePixelRatio(ratio)
            self._dots[key] = sheet
            if len(self._dots) > 200:
                self._dots.pop(next(iter(self._dots)))
        painter.drawPixmap(QPointF(round(u * ratio - side / 2) / ratio, round(v * ratio - side / 2) / ratio), sheet)


@dataclass(frozen=True, slots=True)
class Shape:
    """A node's size in px of the picture, and whether it is drawn in full or from midway."""

    size: tuple[float, float]
    near: bool

    def of(self, look: NodeLook) -> Hashable:
        """What tells this node's drawing from others."""
        if self.near:
            return look, self.size
        shade = -1 if look.gradient is None or look.kind != "tensor" else round(look.gradient * 63)
        flags = (look.born, look.now, look.selected, look.leaf, look.muted, look.freed, look.visited, look.bad, look.slot.bad)
        return look.kind, look.label, flags, shade, self.size


def _sprite(look: NodeLook, size: tuple[float, float], density: float, ratio: float, draw: Draw) -> QPixmap:
    margin = math.ceil(MARGIN * density)
    sheet = QPixmap(math.ceil(size[0] * density) + 2 * margin, math.ceil(size[1] * density) + 2 * margin)
    sheet.fill(Qt.GlobalColor.transparent)
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(margin, margin)
    painter.scale(density, density)
    draw(painter, look, size)
    painter.end()
    sheet.setDevicePixelRatio(ratio)
    return sheet
