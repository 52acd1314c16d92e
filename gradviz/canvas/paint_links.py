"""Links: thin and neutral forwards, alight where a gradient crossed, dashed with a gap and scissors where none can."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from gradviz.canvas import marks
from gradviz.canvas.ink import Ink, pen, text_width
from gradviz.canvas.looks import IDLE_WIDTH, LinkLook, Looks
from gradviz.canvas.scene import OP, TENSOR, Floats, Scene, between, is_quiet, lengths, point_along
from gradviz.recording import Cut

PORT_RADIUS = 2.4
DOT_RADIUS = 5.5
DOT_PLACE = 0.3  # where on its way the dot of a gradient rests, from the producer
_LABEL, _SMALL_LABEL = 11.0, 10.0
_BUCKETS = 12


def link_path(curve: Floats) -> QPainterPath:
    """The curve of a link."""
    points = curve.tolist()
    path = QPainterPath(QPointF(*points[0]))
    for i in range(1, len(points) - 2, 3):
        (ax, ay), (bx, by), (cx, cy) = points[i : i + 3]
        if ay == by == cy == points[i - 1][1] or ax == bx == cx == points[i - 1][0]:
            path.lineTo(cx, cy)
        else:
            path.cubicTo(ax, ay, bx, by, cx, cy)
    return path


class LinkPainter:
    """Paints the links of one scene; keeps their paths."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._paths: dict[int, QPainterPath] = {}
        self._idle: tuple[bytes, QPainterPath, QPainterPath] | None = None

    def path(self, link: int) -> QPainterPath:
        """A link's curve, in px of the picture."""
        known = self._paths.get(link)
        if known is None:
            known = self._paths[link] = link_path(self.scene.curve(link))
        return known

    # Far off: one stroke for all

    def paint_far(self, painter: QPainter, looks: Looks, ink: Ink) -> None:
        """All links that are not alight, as hair lines."""
        key = looks.links_born.tobytes()
        if self._idle is None or self._idle[0] != key:
            paths = (QPainterPath(), QPainterPath())
            for link, born in enumerate(looks.links_born.tolist()):
                paths[born].addPath(self.path(link))
            self._idle = (key, *paths)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for path, colour in zip(self._idle[1:], (ink.faint, ink.theme.line), strict=True):
            painter.setPen(_hair(QPen(colour)))
            painter.drawPath(path)

    def paint_far_lit(self, painter: QPainter, looks: Looks, rows: np.ndarray, ink: Ink) -> None:
        """The links among some that are alight, as hair lines in the colours of the scale."""
        places = looks.link_gradients[rows]
        lit = rows[~np.isnan(places) & ~looks.links_bad[rows]]
        buckets = (looks.link_gradients[lit] * (_BUCKETS - 1)).round().astype(int)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for bucket in np.unique(buckets).tolist():
            self._stroke(painter, lit[buckets == bucket].tolist(), QPen(ink.gradient(bucket / (_BUCKETS - 1))))
        self._stroke(painter, rows[looks.links_bad[rows]].tolist(), QPen(ink.theme.alarm))

    def _stroke(self, painter: QPainter, links: Iterable[int], used: QPen) -> None:
        path = QPainterPath()
        for link in links:
            path.addPath(self.path(link))
        painter.setPen(_hair(used))
        painter.drawPath(path)

    # Near by

    def paint_idle(self, painter: QPainter, looks: Looks, rows: np.ndarray, ink: Ink, *, near: bool) -> None:
        """Forward edges and cuts, which do not change while a pass runs."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        plain, muted, faint = pen(ink.edge, IDLE_WIDTH), pen(ink.theme.muted, 1.2, (4, 4)), pen(ink.faint, IDLE_WIDTH)
        cuts = []
        for link in rows.tolist():
            if not looks.links_born[link]:
                painter.setPen(faint)
            elif self.scene.link_cuts[link] and self._shows_cut(link):
                cuts.append(link)
                continue
            elif self.scene.muted[self.scene.ends[link, 1]]:
                painter.setPen(muted)
            else:
                painter.setPen(plain)
            painter.drawPath(self.path(link))
        for link in cuts:
            self._cut(painter, link, looks.link(link), ink, near=near)

    def _shows_cut(self, link: int) -> bool:
        """Whether scissors belong here: not between two things that autograd sees neither of."""
        source, target = self.scene.ends[link].tolist()
        return not (self.scene.muted[target] and is_quiet(self.scene.links[link].cut)) and not (
            self.scene.muted[source] and self.scene.muted[target]
        )

    def paint_lit(self, painter: QPainter, looks: Looks, rows: np.ndarray, ink: Ink, skip: frozenset[int]) -> None:
        """The links that a gradient has crossed, save those it is still travelling on."""
        for link in rows[looks.link_values[rows] >= 0].tolist():
            if link not in skip:
                self.paint_crossed(painter, link, looks.link(link), ink)

    def paint_crossed(self, painter: QPainter, link: int, look: LinkLook, ink: Ink, since: float = 0.0) -> None:
        """A link alight, from its consumer back to a share ``since`` of its length."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(ink.theme.alarm if look.bad else ink.gradient(look.gradient), look.width))
        line = self.scene.line(link)
        if since <= 0:
            painter.drawPath(self.path(link))
        else:
            total = float(lengths(line)[-1])
            part = between(line, since * total, total)
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in part.tolist()]))
        if look.bad and since <= 0:
            marks.alarm(painter, *point_along(line, 0.5), ink.theme.alarm, ink.theme.canvas)

    def paint_dot(self, painter: QPainter, link: int, look: LinkLook, ink: Ink, place: float, *, text: str = "") -> None:
        """The gradient itself, at a place between producer (0) and consumer (1), with its value beside it."""
        x, y = point_along(self.scene.line(link), place)
        colour = ink.theme.alarm if look.bad else ink.gradient(look.gradient)
        painter.setPen(pen(ink.theme.canvas, 1.5))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, y), DOT_RADIUS, DOT_RADIUS)
        if text:
            ink.text(painter, x, y - 11, text, ink.theme.now, 12, mono=True, bold=True, anchor="middle")

    def paint_ports(self, painter: QPainter, looks: Looks, rows: np.ndarray, ink: Ink) -> None:
        """Where arguments arrive at functions, in their order."""
        scene = self.scene
        painter.setPen(Qt.PenStyle.NoPen)
        for link in rows.tolist():
            target = int(scene.ends[link, 1])
            if scene.kinds[target] != OP or not looks.links_born[link]:
                continue
            look = looks.link(link)
            lit = look.gradient is not None or look.bad
            colour = ink.theme.alarm if look.bad else ink.gradient(look.gradient) if lit else ink.theme.dim
            painter.setBrush(ink.theme.muted if look.muted else colour)
            x, y = scene.points[scene.starts[link + 1] - 1].tolist()
            painter.drawEllipse(QPointF(x, y), PORT_RADIUS, PORT_RADIUS)

    # Cuts

    def _cut(self, painter: QPainter, link: int, look: LinkLook, ink: Ink, *, near: bool) -> None:
        line = self.scene.line(link)
        total = float(lengths(line)[-1])
        size = min(1.0, total / (2 * marks.SCISSORS_ROOM + 12))
        room = (marks.SCISSORS_ROOM + 3) * size
        quiet = is_quiet(look.cut) or look.muted
        size *= 0.8 if quiet else 1.0
        colour = ink.theme.dim
        painter.setPen(pen(ink.theme.muted, 1.2, (4, 4)) if quiet else pen(colour, IDLE_WIDTH, (5, 4)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for part in (between(line, 0, total / 2 - room), between(line, total / 2 + room, total)):
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in part.tolist()]))
        x, y = point_along(line, 0.5)
        ahead = np.subtract(point_along(line, 0.55), point_along(line, 0.45))
        down = bool(abs(ahead[1]) > abs(ahead[0]))
        marks.scissors(painter, x, y, colour, size, down=down)
        if near and not (quiet and look.cut in (Cut.NO_GRAD, Cut.INFERENCE)):
            self._label(painter, link, look.reason, ink, (x, y), down=down, quiet=quiet)

    def _label(
        self, painter: QPainter, link: int, reason: str, ink: Ink, at: tuple[float, float], *, down: bool, quiet: bool
    ) -> None:
        """The reason beside the scissors: in one line, in two, or not at all, as there is room for it."""
        x, y = at
        if down:
            ink.text(painter, x + 14, y + 4, reason, ink.theme.dim, _LABEL)
            return
        left, right = self._room(link)
        wide = text_width(reason, _LABEL)
        if wide <= right - left:
            centre = min(max(x, left + wide / 2), right - wide / 2)
            ink.text(painter, centre, y + 25, reason, ink.theme.dim, _LABEL, anchor="middle")
            return
        lines = reason.split(" · ")
        if quiet or any(text_width(text, _SMALL_LABEL) > right - left for text in lines):
            return
        for i, text in enumerate(lines):
            ink.text(painter, x, y + 22 + 12 * i, text, ink.theme.dim, _SMALL_LABEL, anchor="middle")

    def _room(self, link: int) -> tuple[float, float]:
        """From where to where a label under a link is clear of its ends; under a pill or a chip there is room."""
        scene = self.scene
        source, target = scene.ends[link].tolist()
        left = (
            scene.boxes[source, 2] + 1 if scene.kinds[source] == TENSOR else scene.boxes[source, 0] + scene.sizes[source, 0] / 2
        )
        return float(left), float(scene.boxes[target, 0] - 1)


def _hair(used: QPen) -> QPen:
    used.setCosmetic(True)
    used.setWidthF(1.0)
    return used
