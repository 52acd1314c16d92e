"""What hands do on the canvas, an object for each gesture: it starts with a press, ends with a release, or is cancelled.

A gesture changes nothing but what is seen while it lasts; what it comes to is told by the canvas's signals when it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF

from gradviz.canvas.ink import Ink, pen, text_width
from gradviz.canvas.scene import OP, Hit, Scene

if TYPE_CHECKING:
    from gradviz.canvas.view import CanvasView

_ARGUMENT_FONT, _ARGUMENT_ROW = 11.0, 26.0  # of the arguments that are offered below a node
_INSERT_REACH = 14.0  # picture px between a dropped node's middle and the wire that takes it in


class Gesture:
    """One thing a hand does, from press to release.

    Attributes:
        shape: What the pointer looks like meanwhile.
    """

    shape = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas
        self.at = QPointF()

    @property
    def scene(self) -> Scene:
        """The picture; there is none only before the first run."""
        return cast(Scene, self.canvas.scene)

    def start(self, at: QPointF) -> None:
        """The button went down at a point of the view."""
        self.at = at

    def move(self, at: QPointF) -> None:
        """The pointer is elsewhere now."""
        self.at = at

    def end(self, at: QPointF) -> None:
        """The button was let go of: tells what came of it."""

    def cancel(self) -> None:
        """All is as before the press."""

    def paint(self, painter: QPainter, ink: Ink) -> None:
        """Draws what is in the making, in px of the view."""

    def to_picture(self, at: QPointF) -> tuple[float, float]:
        """A point of the view in the picture."""
        return self.canvas.viewport.to_picture(at.x(), at.y())

    def to_view(self, x: float, y: float) -> QPointF:
        """A point of the picture in the view."""
        return QPointF(*self.canvas.viewport.to_view(x, y))


class Pan(Gesture):
    """The picture goes with the hand."""

    shape = Qt.CursorShape.ClosedHandCursor

    def start(self, at: QPointF) -> None:
        super().start(at)
        self._begun = self.canvas.viewport

    def move(self, at: QPointF) -> None:
        self.canvas.pan(at.x() - self.at.x(), at.y() - self.at.y())
        super().move(at)

    def cancel(self) -> None:
        self.canvas.see(self._begun)


class _Selecting(Gesture):
    """Selects the nodes in what the hand draws; with what is selected already, if asked."""

    shape = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, *, adding: bool = False) -> None:
        super().__init__(canvas)
        self._kept = canvas.selected_nodes() if adding else []

    def end(self, at: QPointF) -> None:
        self.move(at)
        nodes = [self.scene.nodes[row] for row in self._rows()]
        self.canvas.select_nodes(list(dict.fromkeys([*self._kept, *nodes])))

    def _rows(self) -> list[int]:
        raise NotImplementedError

    @staticmethod
    def _outline(painter: QPainter, path: QPainterPath, ink: Ink) -> None:
        fill = QColor(ink.theme.text)
        fill.setAlpha(24)
        painter.setBrush(fill)
        painter.setPen(pen(ink.theme.text, 1, (4, 3)))
        painter.drawPath(path)


class BoxSelect(_Selecting):
    """A box: what it touches is selected."""

    def start(self, at: QPointF) -> None:
        super().start(at)
        self._corner = self.to_picture(at)

    def _rows(self) -> list[int]:
        (x0, y0), (x1, y1) = self._corner, self.to_picture(self.at)
        found: list[int] = self.scene.visible_nodes(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)).tolist()
        return found

    def paint(self, painter: QPainter, ink: Ink) -> None:
        path = QPainterPath()
        path.addRect(QRectF(self.to_view(*self._corner), self.at).normalized())
        self._outline(painter, path, ink)


class Lasso(_Selecting):
    """A line drawn round nodes: those whose middle is inside are selected."""

    def start(self, at: QPointF) -> None:
        super().start(at)
        self._line = [QPointF(*self.to_picture(at))]

    def move(self, at: QPointF) -> None:
        super().move(at)
        self._line.append(QPointF(*self.to_picture(at)))

    def _rows(self) -> list[int]:
        area = QPolygonF(self._line)
        return [
            row
            for row, (x, y) in enumerate(self.scene.centres.tolist())
            if area.containsPoint(QPointF(x, y), Qt.FillRule.OddEvenFill)
        ]

    def paint(self, painter: QPainter, ink: Ink) -> None:
        path = QPainterPath()
        path.addPolygon(QPolygonF([self.to_view(p.x(), p.y()) for p in self._line]))
        self._outline(painter, path, ink)


class CutStroke(Gesture):
    """A stroke across wires: those it crosses are cut."""

    shape = Qt.CursorShape.CrossCursor

    def start(self, at: QPointF) -> None:
        super().start(at)
        self._line = [self.to_picture(at)]

    def move(self, at: QPointF) -> None:
        super().move(at)
        self._line.append(self.to_picture(at))

    def end(self, at: QPointF) -> None:
        self.move(at)
        links = self.crossed()
        if links:
            self.canvas.links_cut.emit(links)

    def crossed(self) -> list[int]:
        """The rows of the wires that the stroke crosses."""
        stroke = np.array(self._line)
        (left, top), (right, bottom) = stroke.min(axis=0).tolist(), stroke.max(axis=0).tolist()
        rows = self.scene.visible_links(left, top, right, bottom).tolist()
        return [row for row in rows if _cross(stroke, self.scene.line(row))]

    def paint(self, painter: QPainter, ink: Ink) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(ink.theme.now, 2, (5, 4)))
        painter.drawPolyline([self.to_view(*point) for point in self._line])


def _cross(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two polylines (n, 2) and (m, 2) cross each other."""
    p, r = a[:-1, None], np.diff(a, axis=0)[:, None]
    q, s = b[None, :-1], np.diff(b, axis=0)[None]

    def turned(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])

    across = turned(r, s)
    with np.errstate(divide="ignore", invalid="ignore"):
        t, u = turned(q - p, s) / across, turned(q - p, r) / across
    return bool(((across != 0) & (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)).any())


class MoveNodes(Gesture):
    """Nodes go with the hand, and stay where they are let go; one let go on a wire is taken into it."""

    shape = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: CanvasView, nodes: list[str]) -> None:
        super().__init__(canvas)
        self._nodes = nodes

    def start(self, at: QPointF) -> None:
        super().start(at)
        self._begun = at

    def move(self, at: QPointF) -> None:
        super().move(at)
        self.canvas.displace({node: self._by() for node in self._nodes})

    def _by(self) -> tuple[float, float]:
        scale = self.canvas.viewport.scale
        return (self.at.x() - self._begun.x()) / scale, (self.at.y() - self._begun.y()) / scale

    def end(self, at: QPointF) -> None:
        self.move(at)
        dx, dy = self._by()
        self.canvas.displace({})
        rows = [self.scene.rows[node] for node in self._nodes]
        if len(rows) == 1 and (wire := self._wire_under(rows[0], dx, dy)) >= 0:
            self.canvas.node_dropped.emit(self._nodes[0], wire)
            return
        places = {node: self.scene.centres[row] + (dx, dy) for node, row in zip(self._nodes, rows, strict=True)}
        self.canvas.nodes_moved.emit({node: (float(x), float(y)) for node, (x, y) in places.items()})

    def _wire_under(self, row: int, dx: float, dy: float) -> int:
        """The wire that a node was dropped on, -1 for none; its own do not count."""
        x, y = (self.scene.centres[row] + (dx, dy)).tolist()
        link = self.scene.link_at(x, y, _INSERT_REACH)
        return -1 if link < 0 or row in self.scene.ends[link].tolist() else link

    def cancel(self) -> None:
        self.canvas.displace({})


class Wire(Gesture):
    """A wire drawn from a node, or from the end of a wire that is there, to where it shall lead."""

    shape = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, source: int, taken: int = -1) -> None:
        """Begins a wire.

        Args:
            canvas: Where.
            source: The row of the node that the tensor comes from.
            taken: The wire whose end is in the hand, -1 for a new one.
        """
        super().__init__(canvas)
        self.source, self.taken = source, taken
        self.target: Hit | None = None
        self.reason = ""
        self._offered: tuple[str, ...] = ()
        self._offering = -1

    def start(self, at: QPointF) -> None:
        super().start(at)
        self._from = self.canvas.out_port(self.source)

    def move(self, at: QPointF) -> None:
        super().move(at)
        before, self.target = self.target, self._target_at(at)
        if self.target != before:
            self.reason = ""
            if self.target is None or self.target.row != self._offering:
                self._offered, self._offering = (), -1
            if self.target is not None:
                self.canvas.wire_over.emit(self.source, self.taken, self.target)

    def end(self, at: QPointF) -> None:
        self.move(at)
        if self.target is not None:
            self.canvas.wired.emit(self.source, self.taken, self.target)
        elif self.taken >= 0:
            self.canvas.links_cut.emit([self.taken])
        elif self.canvas.hit(at) is None:
            self.canvas.add_asked.emit(at.toPoint(), self.scene.nodes[self.source])

    def paint(self, painter: QPainter, ink: Ink) -> None:
        start, end = self._from, self.at
        flat = self.scene.picture.orientation == "LR"
        reach = max(abs(end.x() - start.x()) if flat else abs(end.y() - start.y()), 40) / 2
        away = QPointF(reach, 0) if flat else QPointF(0, reach)
        path = QPainterPath(start)
        path.cubicTo(start + away, end - away, end)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(ink.theme.now, 2, (5, 4) if self.reason else ()))
        painter.drawPath(path)
        if self.target is not None:
            x, y, w, h = self._box(self.target.row)
            painter.drawRoundedRect(QRectF(self.to_view(x, y), self.to_view(x + w, y + h)).adjusted(-4, -4, 4, 4), 10, 10)
        self._paint_offered(painter, ink)
        if self.reason:
            self._say(painter, ink)

    def offer(self, row: int, arguments: tuple[str, ...]) -> None:
        """Shows what a node takes, each as a place where the wire may be dropped."""
        self._offered, self._offering = arguments, row

    def argument_boxes(self) -> list[QRectF]:
        """Where in the view each argument is offered: one below the other, under the node."""
        if self._offering < 0:
            return []
        left, _, right, bottom = self.scene.boxes[self._offering].tolist()
        corner, end = self.to_view(left, bottom), self.to_view(right, bottom)
        wide = max([end.x() - corner.x(), *(text_width(text, _ARGUMENT_FONT, True) + 34 for text in self._offered)])
        top = corner.y() + 12
        room = self.canvas.height() - 8 - len(self._offered) * _ARGUMENT_ROW
        return [
            QRectF(corner.x(), min(top, room) + _ARGUMENT_ROW * i, wide, _ARGUMENT_ROW - 4) for i in range(len(self._offered))
        ]

    def _target_at(self, at: QPointF) -> Hit | None:
        boxes = self.argument_boxes()
        for index, box in enumerate(boxes):
            if box.contains(at):
                return Hit("argument", self._offering, index)
        found = self.canvas.target_at(at, self.source)
        if found is None and boxes:
            x, y, w, h = self._box(self._offering)
            around = QRectF(self.to_view(x, y), self.to_view(x + w, y + h))
            for box in boxes:
                around = around.united(box)
            return Hit("node", self._offering) if around.contains(at) else None
        return found

    def _paint_offered(self, painter: QPainter, ink: Ink) -> None:
        """The arguments: a hollow port and what stands there now, heavier where the wire would end."""
        chosen = self.target.index if self.target is not None and self.target.kind == "argument" else -1
        for index, (box, text) in enumerate(zip(self.argument_boxes(), self._offered, strict=True)):
            painter.setBrush(ink.theme.raised)
            painter.setPen(pen(ink.theme.now if index == chosen else ink.edge, 2 if index == chosen else 1))
            painter.drawRoundedRect(box, 5, 5)
            painter.setBrush(ink.theme.now if index == chosen else ink.theme.canvas)
            painter.setPen(pen(ink.theme.now if index == chosen else ink.theme.dim, 1.4))
            painter.drawEllipse(QPointF(box.left() + 11, box.center().y()), 4, 4)
            ink.text(painter, box.left() + 23, box.center().y() + 4, text, ink.theme.text, _ARGUMENT_FONT, mono=True)

    def _box(self, row: int) -> tuple[float, float, float, float]:
        left, top, right, bottom = self.scene.boxes[row].tolist()
        return left, top, right - left, bottom - top

    def _say(self, painter: QPainter, ink: Ink) -> None:
        """Writes why the wire cannot end here beside the hand."""
        flags = int(Qt.TextFlag.TextWordWrap)
        painter.setFont(self.canvas.font())
        words = painter.boundingRect(QRectF(0, 0, 320, 200), flags, f"⊘ {self.reason}")
        room = QRectF(self.canvas.rect()).adjusted(12, 10, -12, -10)
        words.moveTo(min(self.at.x() + 22, room.right() - words.width()), min(self.at.y() + 20, room.bottom() - words.height()))
        box = words.adjusted(-8, -6, 8, 6)
        painter.setBrush(ink.theme.raised)
        painter.setPen(pen(ink.theme.line, 1))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(ink.theme.text)
        painter.drawText(words, flags, f"⊘ {self.reason}")


def is_op(scene: Scene, row: int) -> bool:
    """Whether a node is an op's."""
    return bool(scene.kinds[row] == OP)
