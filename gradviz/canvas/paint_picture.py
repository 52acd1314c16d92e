"""A whole picture from scene and looks: with caches for a window, without them for a file."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

from gradviz.canvas.ink import Ink, pen
from gradviz.canvas.looks import Looks, NodeLook
from gradviz.canvas.paint_far import paint_far_nodes, paint_middle_node
from gradviz.canvas.paint_links import DOT_PLACE, LinkPainter
from gradviz.canvas.paint_node import MARGIN, RING, paint_node, ring
from gradviz.canvas.scene import OP, TENSOR, Scene
from gradviz.canvas.viewport import Viewport
from gradviz.canvas.words import tr

_MOST_SPRITES = 1500
_MOST_SMOOTH_LINKS = 1500  # far off, more hair lines than this are not smoothed
_REGIONS = {"no_grad": "with torch.no_grad()", "inference_mode": "with torch.inference_mode()"}


@dataclass(frozen=True, slots=True)
class Travel:
    """Gradients on their way along links; ``share`` is how far they have come, from consumer (0) to producer (1)."""

    links: tuple[int, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Frame:
    """What is to be painted where.

    Attributes:
        viewport: Which part of the picture.
        width, height: The view's size in its own px.
        ratio: Device px for each of them.
        travel: Gradients on their way.
        held: Nodes (by row) that still look as they did before, until a gradient has arrived, and how.
        fading: By node how much of it is there already, 0 to 1; None for all of them whole.
        ring: The node the keyboard is at, -1 for none.
    """

    viewport: Viewport
    width: float
    height: float
    ratio: float = 1.0
    travel: Travel | None = None
    held: tuple[tuple[int, NodeLook], ...] = ()
    fading: np.ndarray | None = None
    ring: int = -1


class PicturePainter:
    """Paints one scene; between two calls it keeps what did not change."""

    def __init__(self, scene: Scene, ink: Ink, *, cached: bool = True) -> None:
        """Begins with nothing kept.

        Args:
            scene: What to paint.
            ink: In which colours.
            cached: Keep pixmaps of nodes and ground. A file wants the strokes themselves.
        """
        self.scene, self.ink = scene, ink
        self._cached = cached and not ink.outlines
        self._links = LinkPainter(scene)
        self._sprites: dict[int, tuple[NodeLook, float, QPixmap]] = {}
        self._ground: tuple[object, QPixmap] | None = None

    def displaced(self, by: np.ndarray) -> PicturePainter:
        """A painter of the same scene with its nodes elsewhere; (n, 2) px each. It shares what is kept of nodes."""
        other = PicturePainter(self.scene.displaced(by), self.ink, cached=self._cached)
        other._sprites = self._sprites
        return other

    def paint(self, painter: QPainter, looks: Looks, frame: Frame) -> None:
        """Paints the picture; the painter is in the view's px and has nothing set."""
        view = frame.viewport
        seen = view.seen(frame.width, frame.height)
        reach = MARGIN + 4
        around = (seen[0] - reach, seen[1] - reach, seen[2] + reach, seen[3] + reach)
        nodes, links = self.scene.visible_nodes(*around), self.scene.visible_links(*around)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, looks, frame, links)
        painter.save()
        painter.setTransform(_transform(view), True)
        if view.level == "far":
            self._links_far(painter, looks, links)
            paint_far_nodes(painter, self.scene, looks, nodes, self.ink, view.scale)
        else:
            self._links_near(painter, looks, frame, links)
        painter.restore()
        if view.level != "far":
            self._paint_nodes(painter, looks, frame, nodes)
        painter.save()
        painter.setTransform(_transform(view), True)
        if view.level == "near":
            self._links.paint_ports(painter, looks, links, self.ink)
        self._paint_now(painter, looks, frame, links)
        if frame.ring >= 0:
            self._paint_focus(painter, frame)
        painter.restore()

    def _paint_focus(self, painter: QPainter, frame: Frame) -> None:
        """Where the keyboard is: a ring outside that of the selection, as wide at every scale."""
        scale = frame.viewport.scale
        left, top, right, bottom = self.scene.boxes[frame.ring].tolist()
        radius = 8.0 if self.scene.kinds[frame.ring] == TENSOR else (bottom - top) / 2
        ring(painter, QRectF(left, top, right - left, bottom - top), radius, self.ink.theme.text, 2 / scale, RING + 3.5 / scale)

    # Regions and forward edges

    def _paint_ground(self, painter: QPainter, looks: Looks, frame: Frame, links: np.ndarray) -> None:
        if not self._cached:
            painter.save()
            painter.setTransform(_transform(frame.viewport), True)
            self._ground_strokes(painter, looks, frame, links)
            painter.restore()
            return
        key = (frame.viewport, frame.width, frame.height, frame.ratio, looks.links_born.tobytes())
        if self._ground is None or self._ground[0] != key:
            size = (math.ceil(frame.width * frame.ratio), math.ceil(frame.height * frame.ratio))
            sheet = QPixmap(*size)
            sheet.setDevicePixelRatio(frame.ratio)
            sheet.fill(self.ink.theme.canvas)
            inner = QPainter(sheet)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.setTransform(_transform(frame.viewport), True)
            self._ground_strokes(inner, looks, frame, links)
            inner.end()
            self._ground = (key, sheet)
        painter.drawPixmap(0, 0, self._ground[1])

    def _ground_strokes(self, painter: QPainter, looks: Looks, frame: Frame, links: np.ndarray) -> None:
        level = frame.viewport.level
        self._paint_regions(painter, level != "far")
        if level == "far":
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(links) <= _MOST_SMOOTH_LINKS or not self._cached)
            self._links.paint_far(painter, looks, self.ink)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        else:
            self._links.paint_idle(painter, looks, links, self.ink, near=level == "near")

    def _paint_regions(self, painter: QPainter, titled: bool) -> None:
        theme, picture = self.ink.theme, self.scene.picture
        for group, (x, y, w, h) in picture.boxes.items():
            painter.setBrush(theme.mutedfill)
            painter.setPen(pen(theme.muted, 1, (6, 4)))
            painter.drawRoundedRect(QRectF(x, y, w, h), 12, 12)
            kind, line = picture.graph.graph["regions"][group]
            if titled:
                title = f"{_REGIONS.get(kind, kind)}  ·  {tr('line {0}').format(line)}" if line else _REGIONS.get(kind, kind)
                self.ink.text(painter, x + 16, y + 18, title, theme.dim, 11)

    # What changes

    def _links_far(self, painter: QPainter, looks: Looks, links: np.ndarray) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(links) <= _MOST_SMOOTH_LINKS or not self._cached)
        self._links.paint_far_lit(painter, looks, links, self.ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _links_near(self, painter: QPainter, looks: Looks, frame: Frame, links: np.ndarray) -> None:
        travel = frame.travel
        self._links.paint_lit(painter, looks, links, self.ink, frozenset(travel.links if travel else ()))
        for link in travel.links if travel else ():
            self._links.paint_crossed(painter, link, looks.link(link), self.ink, since=1 - travel.share if travel else 0)

    def _paint_nodes(self, painter: QPainter, looks: Looks, frame: Frame, rows: np.ndarray) -> None:
        held = dict(frame.held)
        for row in rows.tolist():
            look = held.get(row) or looks.node(row)
            if frame.fading is not None:
                painter.setOpacity(float(frame.fading[row]))
            self._paint_node(painter, row, look, frame)
        painter.setOpacity(1.0)

    def _paint_node(self, painter: QPainter, row: int, look: NodeLook, frame: Frame) -> None:
        view, ratio = frame.viewport, frame.ratio
        u, v = view.to_view(*self.scene.boxes[row, :2].tolist())
        if not self._cached:
            painter.save()
            painter.translate(u, v)
            painter.scale(view.scale, view.scale)
            self._strokes(painter, row, look, view)
            painter.restore()
            return
        sprite = self._sprites.get(row)
        density = view.scale * ratio
        if sprite is None or sprite[1] != density or not (sprite[0] is look or sprite[0] == look):
            sprite = self._sprites[row] = (look, density, self._sprite(row, look, view, ratio))
            if len(self._sprites) > _MOST_SPRITES:
                self._sprites.pop(next(iter(self._sprites)))
        # Whole device px, so that a sprite is as sharp as it was drawn.
        margin = math.ceil(MARGIN * density)
        painter.drawPixmap(QPointF((round(u * ratio) - margin) / ratio, (round(v * ratio) - margin) / ratio), sprite[2])

    def _sprite(self, row: int, look: NodeLook, view: Viewport, ratio: float) -> QPixmap:
        density = view.scale * ratio
        margin = math.ceil(MARGIN * density)
        w, h = (math.ceil(side * density) + 2 * margin for side in self.scene.sizes[row].tolist())
        sheet = QPixmap(w, h)
        sheet.fill(Qt.GlobalColor.transparent)
        painter = QPainter(sheet)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(margin, margin)
        painter.scale(density, density)
        self._strokes(painter, row, look, view)
        painter.end()
        sheet.setDevicePixelRatio(ratio)
        return sheet

    def _strokes(self, painter: QPainter, row: int, look: NodeLook, view: Viewport) -> None:
        width, height = self.scene.sizes[row].tolist()
        if view.level == "near":
            paint_node(painter, look, (width, height), self.ink, self.scene.picture.recording)
        else:
            paint_middle_node(painter, look, (width, height), self.ink)

    def _paint_now(self, painter: QPainter, looks: Looks, frame: Frame, links: np.ndarray) -> None:
        """The gradient that moves at this event, and this step's product."""
        level, travel = frame.viewport.level, frame.travel
        if level == "far":
            return
        if travel is not None:
            for link in travel.links:
                look = looks.link(link)
                self._links.paint_dot(
                    painter, link, look, self.ink, 1 - travel.share, text=look.text if level == "near" else ""
                )
        else:
            for link in links[looks.links_now[links] & (looks.link_values[links] >= 0)].tolist():
                self._links.paint_dot(painter, link, looks.link(link), self.ink, DOT_PLACE)
        if level == "near":
            for row in np.flatnonzero(looks.now & (self.scene.kinds == OP)).tolist():
                caption = looks.node(row).caption
                if caption:
                    x, y = self.scene.centres[row].tolist()
                    top = y - self.scene.sizes[row, 1] / 2
                    self.ink.text(painter, x, top - 8, caption, self.ink.theme.now, 12, anchor="middle")


def _transform(view: Viewport) -> QTransform:
    return QTransform(view.scale, 0, 0, view.scale, view.dx, view.dy)
