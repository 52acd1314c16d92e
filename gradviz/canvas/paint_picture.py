"""A whole picture from scene and looks: with caches for a window, without them for a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from gradviz.canvas.ground import Ground, transform
from gradviz.canvas.ink import Ink, elided, pen, text_width, wrapped
from gradviz.canvas.looks import Looks, NodeLook
from gradviz.canvas.paint_far import paint_far_nodes, paint_middle_node
from gradviz.canvas.paint_links import DOT_PLACE, PORT_RADIUS, LinkPainter
from gradviz.canvas.paint_node import MARGIN, RING, paint_node, ring
from gradviz.canvas.scene import TENSOR, Scene
from gradviz.canvas.sprites import Shape, Sprites
from gradviz.canvas.viewport import Viewport

DIMMED = 0.32
_REASON_WIDTH, _REASON_FONT, _REASON_LINES = 240.0, 10.5, 4  # of the words below what failed


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
        hurried: The view is being zoomed: sprites may be stretched for now.
    """

    viewport: Viewport
    width: float
    height: float
    ratio: float = 1.0
    travel: Travel | None = None
    held: tuple[tuple[int, NodeLook], ...] = ()
    fading: np.ndarray | None = None
    ring: int = -1
    hurried: bool = False


class PicturePainter:
    """Paints one scene; between two calls it keeps what did not change.

    Attributes:
        behind: Paints what lies between the ground and the nodes.
    """

    def __init__(self, scene: Scene, ink: Ink, *, cached: bool = True, sprites: Sprites | None = None) -> None:
        """Begins with nothing kept.

        Args:
            scene: What to paint.
            ink: In which colours.
            cached: Keep pixmaps of nodes and ground. A file wants the strokes themselves.
            sprites: Pixmaps of the same nodes, to be used and added to.
        """
        self.scene, self.ink = scene, ink
        self._cached = cached
        self._links = LinkPainter(scene)
        self._ground = Ground(scene, self._links, ink)
        self._sprites = sprites or Sprites()
        self.behind: Callable[[QPainter, Frame], None] | None = None

    def displaced(self, by: np.ndarray) -> PicturePainter:
        """A painter of the same scene with its nodes elsewhere; (n, 2) px each. It shares what is kept of nodes."""
        made = PicturePainter(self.scene.displaced(by), self.ink, cached=self._cached, sprites=self._sprites)
        made.behind = self.behind
        return made

    @property
    def unfinished(self) -> bool:
        """Whether the last frame was hurried and another one would look better."""
        return self._sprites.stale

    def paint(self, painter: QPainter, looks: Looks, frame: Frame) -> None:
        """Paints the picture; the painter is in the view's px and has nothing set."""
        view = frame.viewport
        left, top, right, bottom = view.seen(frame.width, frame.height)
        around = (left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)
        nodes, links = self.scene.visible_nodes(*around), self.scene.visible_links(*around)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_ground(painter, looks, frame, links)
        if self.behind is not None:
            self.behind(painter, frame)
        if view.level != "far":
            self._paint_nodes(painter, looks, frame, nodes)
        if view.level == "near":
            self._paint_ports(painter, looks, frame, links)
        painter.save()
        painter.setTransform(transform(view), True)
        if view.level == "far":
            paint_far_nodes(painter, self.scene, looks, nodes, self.ink, view.scale)
        else:
            self._paint_now(painter, looks, frame, nodes, links)
        if frame.ring >= 0:
            self._paint_focus(painter, frame)
        painter.restore()

    def paint_dimmed(self, painter: QPainter, looks: Looks, frame: Frame, nodes: np.ndarray, links: np.ndarray) -> None:
        """Paints some nodes and links so that they are hardly there."""
        view = frame.viewport
        around = view.seen(frame.width, frame.height)
        nodes = np.intersect1d(nodes, self.scene.visible_nodes(*around))
        links = np.intersect1d(links, self.scene.visible_links(*around))
        painter.save()
        painter.setOpacity(DIMMED)
        painter.setTransform(transform(view), True)
        self._links.paint_idle(painter, looks, links, self.ink, near=False)
        if view.level == "far":
            paint_far_nodes(painter, self.scene, looks, nodes, self.ink, view.scale)
        painter.restore()
        if view.level != "far":
            whole = replace(frame, travel=None, held=(), fading=np.full(len(self.scene.nodes), DIMMED))
            self._paint_nodes(painter, looks, whole, nodes)

    def _paint_ground(self, painter: QPainter, looks: Looks, frame: Frame, links: np.ndarray) -> None:
        lit, travel = looks.link_values, frame.travel
        if travel is not None:
            lit = lit.copy()
            lit[list(travel.links)] = -1
        if self._cached:
            self._ground.put(painter, looks, frame.viewport, (frame.width, frame.height), frame.ratio, links, lit)
        else:
            self._ground.draw(painter, looks, frame.viewport, links, lit)
        if travel is not None:
            painter.save()
            painter.setTransform(transform(frame.viewport), True)
            for link in travel.links:
                self._links.paint_crossed(painter, link, looks.stroke(link), self.ink, since=1 - travel.share)
            painter.restore()

    def _paint_nodes(self, painter: QPainter, looks: Looks, frame: Frame, rows: np.ndarray) -> None:
        view, ratio, held = frame.viewport, frame.ratio, dict(frame.held)
        is_near = view.level == "near"
        corners = (self.scene.boxes[rows, :2] * view.scale + (view.dx, view.dy)).tolist()
        seen, density, draw = rows.tolist(), view.scale * ratio, self._near if is_near else self._middle
        shapes = self._shapes[is_near]
        self._sprites.begin(seen, hurried=frame.hurried)
        for row, (u, v) in zip(seen, corners, strict=True):
            look = held.get(row) or (looks.node(row) if is_near else looks.sketch(row))
            if frame.fading is not None:
                painter.setOpacity(float(frame.fading[row]))
            if self._cached:
                self._sprites.put(painter, row, look, (u, v), density, ratio, draw, shapes[row])
            else:
                painter.save()
                painter.translate(u, v)
                painter.scale(view.scale, view.scale)
                draw(painter, look, shapes[row].size)
                painter.restore()
        painter.setOpacity(1.0)

    @cached_property
    def _shapes(self) -> tuple[list[Shape], list[Shape]]:
        """By node, how it is drawn from midway, and near by."""
        sizes = self.scene.sizes.tolist()
        return [Shape((w, h), False) for w, h in sizes], [Shape((w, h), True) for w, h in sizes]

    def _near(self, painter: QPainter, look: NodeLook, size: tuple[float, float]) -> None:
        paint_node(painter, look, size, self.ink, self.scene.picture.recording)

    def _middle(self, painter: QPainter, look: NodeLook, size: tuple[float, float]) -> None:
        paint_middle_node(painter, look, size, self.ink)

    def _paint_ports(self, painter: QPainter, looks: Looks, frame: Frame, links: np.ndarray) -> None:
        view = frame.viewport
        radius = PORT_RADIUS * view.scale
        for x, y, colour in self._links.ports(looks, links, self.ink):
            u, v = view.to_view(x, y)
            if self._cached:
                self._sprites.put_dot(painter, u, v, radius, colour, frame.ratio)
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawEllipse(QPointF(u, v), radius, radius)

    def _paint_now(self, painter: QPainter, looks: Looks, frame: Frame, nodes: np.ndarray, links: np.ndarray) -> None:
        """The gradient that moves at this event, this step's product, and who waits for more."""
        travel, is_near = frame.travel, frame.viewport.level == "near"
        if travel is not None:
            for link in travel.links:
                self._links.paint_dot(painter, link, looks.link(link), self.ink, 1 - travel.share, with_text=is_near)
        else:
            for link in links[looks.links_now[links] & (looks.link_values[links] >= 0)].tolist():
                self._links.paint_dot(painter, link, looks.link(link), self.ink, DOT_PLACE)
        if is_near:
            held = dict(frame.held)
            for row in nodes.tolist():
                look = held.get(row) or looks.node(row)
                if look.kind == "failed" and look.born:
                    self._paint_reason(painter, row, look.sub)
                elif look.caption:
                    self._paint_note(painter, row, look.caption, 12, self.ink.theme.now, reach=look.selected)
                elif look.pending:
                    self._paint_note(painter, row, look.pending, 10, self.ink.theme.dim, reach=look.selected)

    def _paint_reason(self, painter: QPainter, row: int, text: str) -> None:
        """Why a node failed, on a plate by it, where that hides least."""
        left, top, right, bottom = self.scene.boxes[row].tolist()
        lines = wrapped(text, _REASON_WIDTH, _REASON_FONT)
        if len(lines) > _REASON_LINES:
            lines = [*lines[: _REASON_LINES - 1], elided(" ".join(lines[_REASON_LINES - 1 :]), _REASON_WIDTH, _REASON_FONT)]
        wide, high = max(text_width(line, _REASON_FONT) for line in lines) + 20, 15.0 * len(lines) + 12
        middle = (left + right) / 2 - wide / 2
        places = [QRectF(x, y, wide, high) for y in (bottom + 9, top - 9 - high) for x in (middle, left, right - wide)]
        box = min(places, key=self._hidden)  # the first of the best
        x = box.left()
        painter.setPen(pen(self.ink.theme.text, 1.2))
        painter.setBrush(self.ink.theme.raised)
        painter.drawRoundedRect(box, 6, 6)
        for i, line in enumerate(lines):
            self.ink.text(painter, x + 10, box.top() + 18 + 15 * i, line, self.ink.theme.text, _REASON_FONT)

    def _hidden(self, box: QRectF) -> float:
        """How much of the nodes a box would hide, in square px."""
        rows = self.scene.visible_nodes(box.left(), box.top(), box.right(), box.bottom())
        boxes = self.scene.boxes[rows]
        wide = np.minimum(boxes[:, 2], box.right()) - np.maximum(boxes[:, 0], box.left())
        high = np.minimum(boxes[:, 3], box.bottom()) - np.maximum(boxes[:, 1], box.top())
        return float((wide * high).sum())

    def _paint_note(self, painter: QPainter, row: int, text: str, size: float, colour: QColor, *, reach: bool) -> None:
        """A few words over a node; beside it where edges come from above."""
        left, top, right, bottom = self.scene.boxes[row].tolist()
        away = size / 2 + 2 + (RING + 3 if reach else 0)
        if self.scene.picture.orientation == "LR":
            self.ink.text(painter, (left + right) / 2, top - away, text, colour, size, anchor="middle")
            return
        wide, middle = text_width(text, size), (top + bottom) / 2
        on_right = not len(self.scene.visible_nodes(right + away, middle - 8, right + away + wide, middle + 8))
        x = right + away if on_right else left - away
        self.ink.text(painter, x, middle + size / 3, text, colour, size, anchor="start" if on_right else "end")

    def _paint_focus(self, painter: QPainter, frame: Frame) -> None:
        """Where the keyboard is: the ring of what is selected, heavier, and as wide at every scale."""
        scale = frame.viewport.scale
        left, top, right, bottom = self.scene.boxes[frame.ring].tolist()
        radius = 8.0 if self.scene.kinds[frame.ring] == TENSOR else (bottom - top) / 2
        box = QRectF(left, top, right - left, bottom - top)
        ring(painter, box, radius, self.ink.theme.text, 2.4 / scale, max(RING, 5 / scale))
