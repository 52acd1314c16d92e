"""Links: thin and neutral forwards, alight where a gradient crossed, dashed with a gap and scissors where none can."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gradviz.canvas import marks
from gradviz.canvas.ink import Ink, pen, text_width
from gradviz.canvas.looks import IDLE_WIDTH, LinkLook, Looks, Stroke
from gradviz.canvas.scene import FAILED, OP, TENSOR, Floats, Scene, between, is_quiet, lengths, point_along
from gradviz.recording import Cut

PORT_RADIUS = 2.4
DOT_RADIUS = 5.5
DOT_PLACE = 0.3  # where on its way the dot of a gradient rests, from the producer
_LABEL, _SMALL_LABEL = 11.0, 9.5
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


_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE_TO, _CURVE_TO, _CURVE_DATA = 0, 2, 3


def joined_path(scene: Scene, links: np.ndarray) -> QPainterPath:
    """The curves of many links as one path, handed to Qt in the form in which it writes paths to a stream."""
    counts = np.diff(scene.starts)[links]
    firsts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64) if len(counts) else np.empty(0, np.int64)
    total = int(counts.sum())
    rows = np.arange(total) + np.repeat(scene.starts[:-1][links] - firsts, counts)
    place = np.arange(total) - np.repeat(firsts, counts)
    elements = np.empty(total, _ELEMENT)
    elements["kind"] = np.where(place == 0, _MOVE_TO, np.where(place % 3 == 1, _CURVE_TO, _CURVE_DATA))
    elements["x"], elements["y"] = scene.points[rows, 0], scene.points[rows, 1]
    head, tail = np.array([total], ">i4").tobytes(), np.array([max(total - 1, 0), 0], ">i4").tobytes()
    path = QPainterPath()
    if total:
        stream = QDataStream(QByteArray(head + elements.tobytes() + tail))
        stream >> path
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
            faint, born = (joined_path(self.scene, np.flatnonzero(looks.links_born == there)) for there in (False, True))
            self._idle = (key, faint, born)
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
            self._stroke(painter, lit[buckets == bucket], QPen(ink.gradient(bucket / (_BUCKETS - 1))))
        self._stroke(painter, rows[looks.links_bad[rows]], QPen(ink.theme.alarm))

    def _stroke(self, painter: QPainter, links: np.ndarray, used: QPen) -> None:
        painter.setPen(_hair(used))
        painter.drawPath(joined_path(self.scene, links))

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

    def paint_lit(self, painter: QPainter, looks: Looks, rows: np.ndarray, ink: Ink) -> None:
        """Links that a gradient has crossed."""
        for link in rows.tolist():
            self.paint_crossed(painter, link, looks.stroke(link), ink)

    def paint_crossed(self, painter: QPainter, link: int, look: Stroke, ink: Ink, since: float = 0.0) -> None:
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

    def paint_dot(
        self, painter: QPainter, link: int, look: LinkLook, ink: Ink, place: float, *, with_text: bool = False
    ) -> None:
        """The gradient itself, at a place between producer (0) and consumer (1), with its value where there is room."""
        x, y = point_along(self.scene.line(link), place)
        colour = ink.theme.alarm if look.bad else ink.gradient(look.gradient)
        painter.setPen(pen(ink.theme.canvas, 1.5))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, y), DOT_RADIUS, DOT_RADIUS)
        wide = text_width(look.text, 12, True, True)
        if with_text and self._is_free(x - wide / 2, y - 22, wide, 14):
            ink.text(painter, x, y - 11, look.text, ink.theme.now, 12, mono=True, bold=True, anchor="middle")

    def ports(self, looks: Looks, rows: np.ndarray, ink: Ink) -> list[tuple[float, float, QColor]]:
        """Where arguments arrive at functions, in their order, and the colour of each."""
        scene = self.scene
        shown = rows[np.isin(scene.kinds[scene.ends[rows, 1]], (OP, FAILED)) & looks.links_born[rows]]
        points = scene.points[scene.starts[shown + 1] - 1].tolist()
        lit, bad, muted = (
            (looks.link_values[shown] >= 0).tolist(),
            looks.links_bad[shown].tolist(),
            scene.muted[scene.ends[shown, 1]].tolist(),
        )
        places = np.nan_to_num(looks.link_gradients[shown]).tolist()
        found = []
        for (x, y), is_lit, is_bad, is_muted, place in zip(points, lit, bad, muted, places, strict=True):
            colour = ink.theme.alarm if is_bad else ink.gradient(place) if is_lit else ink.theme.dim
            found.append((x, y, ink.theme.muted if is_muted else colour))
        return found

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
        wide = text_width(reason, _LABEL)
        if down:
            places = [x + 14, x - 14 - wide]
            free = [left for left in places if self._is_free(left, y - 8, wide, 16)]
            if free:
                ink.text(painter, free[0], y + 4, reason, ink.theme.dim, _LABEL)
            return
        left, right = self._room(link)
        if wide <= right - left:
            start = min(max(x - wide / 2, left), right - wide)
            if self._is_free(start, y + 16, wide, 12):
                ink.text(painter, start, y + 25, reason, ink.theme.dim, _LABEL)
                return
        lines = reason.split(" · ")
        widest = max(text_width(text, _SMALL_LABEL) for text in lines)
        if not quiet and self._is_free(x - widest / 2, y + 14, widest, 24):
            for i, text in enumerate(lines):
                ink.text(painter, x, y + 22 + 12 * i, text, ink.theme.dim, _SMALL_LABEL, anchor="middle")

    def _is_free(self, left: float, top: float, width: float, height: float) -> bool:
        """Whether no node stands where a label would."""
        return not len(self.scene.visible_nodes(left, top, left + width, top + height))

    def _room(self, link: int) -> tuple[float, float]:
        """From where to where a label under a link is clear of its ends; under a pill or a chip there is room."""
        scene = self.scene
        source, target = scene.ends[link].tolist()
        left = (
            scene.boxes[source, 2] + 1 if scene.kinds[source] == TENSOR else scene.boxes[source, 0] + scene.sizes[source, 0] / 2
        )
        return float(left), float(scene.boxes[target, 0] - 4)


def _hair(used: QPen) -> QPen:
    used.setCosmetic(True)
    used.setWidthF(1.0)
    return used
