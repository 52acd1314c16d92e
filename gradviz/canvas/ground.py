"""What lies beneath the nodes: regions, forward edges, and the edges that gradients have crossed."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

from gradviz.canvas.ink import Ink, elided, pen
from gradviz.canvas.looks import Looks
from gradviz.canvas.paint_links import LinkPainter
from gradviz.canvas.scene import Scene
from gradviz.canvas.viewport import Viewport
from gradviz.canvas.words import tr

_MOST_SMOOTH_LINKS = 1500  # far off, more hair lines than this are not smoothed
_REGIONS = {"no_grad": "with torch.no_grad()", "inference_mode": "with torch.inference_mode()"}


def transform(view: Viewport) -> QTransform:
    """From the picture's px to the view's."""
    return QTransform(view.scale, 0, 0, view.scale, view.dx, view.dy)


class Ground:
    """The ground of one scene. In a window it is kept as a pixmap; a step adds the edges it lights."""

    def __init__(self, scene: Scene, links: LinkPainter, ink: Ink) -> None:
        self._scene, self._links, self._ink = scene, links, ink
        self._key: object = None
        self._sheet = QPixmap()
        self._lit: np.ndarray = np.empty(0, np.int64)

    def draw(self, painter: QPainter, looks: Looks, view: Viewport, rows: np.ndarray, lit: np.ndarray) -> None:
        """Draws the ground in the view's px.

        Args:
            painter: Of the view.
            looks: What to draw.
            view: Which part is seen.
            rows: The links in view.
            lit: By link the gradient to show on it, a row of ``values``; -1 for none.
        """
        painter.save()
        painter.setTransform(transform(view), True)
        self._base(painter, looks, view, rows, smooth=True)
        self._light(painter, looks, view, rows[lit[rows] >= 0], smooth=True)
        painter.restore()

    def put(
        self,
        painter: QPainter,
        looks: Looks,
        view: Viewport,
        size: tuple[float, float],
        ratio: float,
        rows: np.ndarray,
        lit: np.ndarray,
    ) -> None:
        """Puts the kept ground on a view of this size, ``ratio`` device px for each of its px; else as `draw`."""
        entered = tuple(looks.entered(group) for group in self._scene.picture.boxes)
        key = (view, size, ratio, entered, looks.links_born.tobytes())
        fits = key == self._key and len(lit) == len(self._lit)
        grown = self._lit != lit if fits else None
        if grown is None or (self._lit[grown] >= 0).any():
            self._sheet = QPixmap(math.ceil(size[0] * ratio), math.ceil(size[1] * ratio))
            self._sheet.setDevicePixelRatio(ratio)
            self._sheet.fill(self._ink.theme.canvas)
            self._paint_on(self._sheet, looks, view, rows, rows[lit[rows] >= 0], base=True)
        elif grown.any():
            self._paint_on(self._sheet, looks, view, rows, rows[grown[rows]], base=False)
        self._key, self._lit = key, lit.copy()
        painter.drawPixmap(0, 0, self._sheet)

    def _paint_on(self, sheet: QPixmap, looks: Looks, view: Viewport, rows: np.ndarray, lit: np.ndarray, *, base: bool) -> None:
        painter = QPainter(sheet)
        smooth = len(rows) <= _MOST_SMOOTH_LINKS
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setTransform(transform(view), True)
        if base:
            self._base(painter, looks, view, rows, smooth=smooth)
        self._light(painter, looks, view, lit, smooth=smooth)
        painter.end()

    def _base(self, painter: QPainter, looks: Looks, view: Viewport, rows: np.ndarray, *, smooth: bool) -> None:
        self._regions(painter, looks, titled=view.level == "near")
        if view.level != "far":
            self._links.paint_idle(painter, looks, rows, self._ink, near=view.level == "near")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        self._links.paint_far(painter, looks, self._ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _light(self, painter: QPainter, looks: Looks, view: Viewport, rows: np.ndarray, *, smooth: bool) -> None:
        if view.level != "far":
            self._links.paint_lit(painter, looks, rows, self._ink)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        self._links.paint_far_lit(painter, looks, rows, self._ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _regions(self, painter: QPainter, looks: Looks, *, titled: bool) -> None:
        theme, picture = self._ink.theme, self._scene.picture
        for group, (x, y, w, h) in picture.boxes.items():
            entered = looks.entered(group)
            painter.setBrush(theme.mutedfill if entered else Qt.BrushStyle.NoBrush)
            painter.setPen(pen(theme.muted if entered else self._ink.faint, 1, (6, 4)))
            painter.drawRoundedRect(QRectF(x, y, w, h), 12, 12)
            kind, line = picture.graph.graph["regions"][group]
            if titled:
                place = f"  ·  {tr('line {0}').format(line)}" if line else ""
                titles = [f"{_REGIONS.get(kind, kind)}{place}", f"{kind}{place}", kind]
                title = next((text for text in titles if elided(text, w - 24, 11) == text), kind)
                colour = theme.dim if entered else self._ink.faint_text
                self._ink.text(painter, x + 16, y + 18, title, colour, 11)
