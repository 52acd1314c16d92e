"""A picture as NumPy arrays: what is within view and what is under the pointer are answered for all nodes and links at once.

No Qt here, so that a scene can be made on any thread. A *link* is one line of one edge: `y * y` has two between its card
and its pill.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from gradviz.canvas.scale import GradientScale
from gradviz.graph import Link, Picture
from gradviz.recording import Cut

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TENSOR, OP, ALIAS, FAILED = 0, 1, 2, 3
_KINDS = {"tensor": TENSOR, "op": OP, "alias": ALIAS, "failed": FAILED}
_SAMPLES = 12  # points taken from each curved piece of a link

# By the picture's id, which is no other's for as long as its scene lives: the scene holds the picture.
_scenes: WeakValueDictionary[int, Scene] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Hit:
    """What is at a point: a node (its row), one of its ports, badges or offered arguments (``index``), or a link (its row)."""

    kind: Literal["node", "port", "badge", "argument", "link"]
    row: int
    index: int = -1


@dataclass(frozen=True, eq=False)
class Scene:
    """The arrays of one picture; lengths in px of the picture.

    Attributes:
        picture: What it was made from.
        nodes: Node ids by row.
        centres, sizes: float64 (n, 2).
        kinds: TENSOR, OP, ALIAS or FAILED by node.
        numbers: Rows of the recording's tensors or ops by node, -1 for what failed.
        born: The event each node comes to be at.
        muted, leaf: By node, as in the graph.
        links: By row of link, what it stands for.
        ends: int (m, 2), the nodes a link runs from and to.
        points: float64 (p, 2), the Bézier control points of all links one after another.
        starts: int (m + 1,), where each link's control points begin.
        scale: The scale of the recording's gradients.
    """

    picture: Picture
    nodes: tuple[str, ...]
    centres: Floats
    sizes: Floats
    kinds: Ints
    numbers: Ints
    born: Ints
    muted: Bools
    leaf: Bools
    links: tuple[Link, ...]
    ends: Ints
    points: Floats
    starts: Ints
    scale: GradientScale

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each node id."""
        return {node: row for row, node in enumerate(self.nodes)}

    @cached_property
    def boxes(self) -> Floats:
        """(left, top, right, bottom) of each node."""
        half = self.sizes / 2
        return np.concatenate((self.centres - half, self.centres + half), axis=1)

    @cached_property
    def link_rows(self) -> Ints:
        """By link its row of the recording's ``inputs``, -1 for the way from an op to its tensor."""
        return np.array([link.row if link.kind == "input" else -1 for link in self.links], np.int64)

    @cached_property
    def link_tensors(self) -> Ints:
        """By link the tensor that flows."""
        return np.array([link.tensor for link in self.links], np.int64)

    @cached_property
    def link_cuts(self) -> Ints:
        """By link why gradients do not cross it, 0 where they do."""
        return np.array([int(link.cut) for link in self.links], np.int64)

    @cached_property
    def sources_of_links(self) -> Ints:
        """By link the op that made what flows, -1 for none."""
        ops = self.picture.recording.column("tensors", "op")
        return np.where(self.link_tensors >= 0, ops[self.link_tensors], -1) if len(self.links) else self.link_tensors

    @cached_property
    def link_boxes(self) -> Floats:
        """(left, top, right, bottom) of each link's control points, which hold its curve."""
        if not self.links:
            return np.empty((0, 4))
        starts = self.starts[:-1]
        low, high = np.minimum.reduceat(self.points, starts), np.maximum.reduceat(self.points, starts)
        return np.concatenate((low, high), axis=1)

    def curve(self, link: int) -> Floats:
        """Control points of a link, of shape (3 k + 1, 2), without pieces of no length at its end."""
        points: Floats = self.points[self.starts[link] : self.starts[link + 1]]
        used = np.flatnonzero((points != points[-1]).any(axis=1))
        last = int(used[-1]) + 1 if len(used) else 0
        return points[: max(last + (-last % 3), 3 if len(points) > 3 else 0) + 1]

    def line(self, link: int) -> Floats:
        """Points along a link, dense enough to look like its curve."""
        known = self._lines.get(link)
        if known is None:
            known = self._lines[link] = sampled(self.curve(link))
        return known

    @cached_property
    def _lines(self) -> dict[int, Floats]:
        return {}

    def visible_nodes(self, left: float, top: float, right: float, bottom: float) -> Ints:
        """Rows of the nodes that a rectangle touches."""
        b = self.boxes
        return np.flatnonzero((b[:, 2] >= left) & (b[:, 0] <= right) & (b[:, 3] >= top) & (b[:, 1] <= bottom))

    def visible_links(self, left: float, top: float, right: float, bottom: float) -> Ints:
        """Rows of the links whose surroundings a rectangle touches."""
        b = self.link_boxes
        return np.flatnonzero((b[:, 2] >= left) & (b[:, 0] <= right) & (b[:, 3] >= top) & (b[:, 1] <= bottom))

    def node_at(self, x: float, y: float, margin: float = 0.0) -> int:
        """The row of the node at a point, -1 for none; the nearest centre where several are within the margin."""
        rows = self.visible_nodes(x - margin, y - margin, x + margin, y + margin)
        if not len(rows):
            return -1
        away = np.abs(self.centres[rows] - (x, y)).max(axis=1)
        return int(rows[np.argmin(away)])

    def link_at(self, x: float, y: float, margin: float) -> int:
        """The row of the link that passes nearest to a point, -1 for none within the margin."""
        best, nearest = -1, margin
        for link in self.visible_links(x - margin, y - margin, x + margin, y + margin).tolist():
            distance = distance_to(self.line(link), x, y)
            if distance <= nearest:
                best, nearest = link, distance
        return best

    def ports_of(self, row: int) -> Ints:
        """The links that end at a node, in the order of its arguments."""
        return self._arriving.get(row, np.empty(0, np.int64))

    @cached_property
    def _arriving(self) -> dict[int, Ints]:
        found: dict[int, list[int]] = {}
        for link, target in enumerate(self.ends[:, 1].tolist()):
            found.setdefault(target, []).append(link)
        across = 1 if self.picture.orientation == "LR" else 0
        last = self.points[self.starts[1:] - 1][:, across] if self.links else np.empty(0)
        return {row: np.array(sorted(rows, key=lambda r: last[r]), np.int64) for row, rows in found.items()}

    @cached_property
    def leaving(self) -> dict[int, list[int]]:
        """By node the links that begin at it."""
        found: dict[int, list[int]] = {}
        for link, source in enumerate(self.ends[:, 0].tolist()):
            found.setdefault(source, []).append(link)
        return found

    def hit(self, x: float, y: float, margin: float) -> Hit | None:
        """What is at a point: a port before its node, a node before a link.

        Args:
            x, y: The point.
            margin: How far beside a thin thing still counts as on it.
        """
        row = self.node_at(x, y, margin / 2)
        if row >= 0 and self.kinds[row] in (OP, FAILED):
            for index, link in enumerate(self.ports_of(row).tolist()):
                if np.hypot(*(self.points[self.starts[link + 1] - 1] - (x, y))) <= margin:
                    return Hit("port", row, index)
        if row >= 0:
            return Hit("node", row)
        link = self.link_at(x, y, margin)
        return Hit("link", link) if link >= 0 else None

    def displaced(self, by: Floats) -> Scene:
        """The scene with its nodes elsewhere; links go with both of their ends.

        Args:
            by: float64 (n, 2), how far each node is from its place.
        """
        counts = np.diff(self.starts)
        link_of = np.repeat(np.arange(len(self.links)), counts)
        along = (np.arange(len(self.points)) - self.starts[link_of]) / np.maximum(counts[link_of] - 1, 1)
        share = along[:, None]
        shift = by[self.ends[link_of, 0]] * (1 - share) + by[self.ends[link_of, 1]] * share
        return replace(self, centres=self.centres + by, points=self.points + shift)


def make_scene(picture: Picture) -> Scene:
    """The arrays of a picture; the same ones for as long as somebody holds them."""
    known = _scenes.get(id(picture))
    if known is None:
        known = _scenes[id(picture)] = _made(picture)
    return known


def _made(picture: Picture) -> Scene:
    graph = picture.graph
    nodes = tuple(graph.nodes)
    data = [graph.nodes[node] for node in nodes]
    rows = {node: row for row, node in enumerate(nodes)}
    links: list[Link] = []
    ends: list[tuple[int, int]] = []
    curves: list[Floats] = []
    for source, target, bundle in graph.edges(data="links"):
        route = picture.routes[source, target]
        for place, link in enumerate(bundle):
            links.append(link)
            ends.append((rows[source], rows[target]))
            curves.append(np.asarray(route[min(place, len(route) - 1)], np.float64))
    counts = [len(curve) for curve in curves]
    return Scene(
        picture=picture,
        nodes=nodes,
        centres=np.array([picture.positions[node] for node in nodes], np.float64).reshape(-1, 2),
        sizes=np.array([cells["size"] for cells in data], np.float64).reshape(-1, 2),
        kinds=np.array([_KINDS[cells["kind"]] for cells in data], np.int64),
        numbers=np.array([cells["number"] for cells in data], np.int64),
        born=np.array([cells["born"] for cells in data], np.int64),
        muted=np.array([cells["muted"] for cells in data], np.bool_),
        leaf=np.array([cells["leaf"] for cells in data], np.bool_),
        links=tuple(links),
        ends=np.array(ends, np.int64).reshape(-1, 2),
        points=np.concatenate(curves) if curves else np.empty((0, 2)),
        starts=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        scale=GradientScale.of(picture.recording),
    )


_T = np.linspace(0, 1, _SAMPLES + 1)[:, None]
_BASIS = np.concatenate(((1 - _T) ** 3, 3 * _T * (1 - _T) ** 2, 3 * _T**2 * (1 - _T), _T**3), axis=1)


def sampled(curve: Floats) -> Floats:
    """Points along joined cubic Bézier curves; a straight piece gives its ends alone."""
    parts = [curve[:1]]
    for start in range(0, len(curve) - 1, 3):
        piece = curve[start : start + 4]
        level = (piece == piece[0]).all(axis=0).any()
        parts.append(piece[3:] if level else (_BASIS @ piece)[1:])
    return np.concatenate(parts)


def lengths(line: Floats) -> Floats:
    """The way from the beginning of a line to each of its points."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    return np.concatenate(([0.0], np.cumsum(steps)))


def point_along(line: Floats, share: float) -> tuple[float, float]:
    """The point at a share (0 to 1) of a line's length."""
    way = lengths(line)
    at = share * way[-1]
    return float(np.interp(at, way, line[:, 0])), float(np.interp(at, way, line[:, 1]))


def between(line: Floats, start: float, end: float) -> Floats:
    """The part of a line from one length to another, in px."""
    way = lengths(line)
    start, end = max(start, 0.0), min(end, float(way[-1]))
    inner = line[(way > start) & (way < end)]
    tips = [(np.interp(at, way, line[:, 0]), np.interp(at, way, line[:, 1])) for at in (start, end)]
    return np.concatenate((np.array(tips[:1]), inner, np.array(tips[1:])))


def distance_to(line: Floats, x: float, y: float) -> float:
    """How far a point is from a line."""
    a, b = line[:-1], line[1:]
    if not len(a):
        return float(np.hypot(*(line[0] - (x, y))))
    ab = b - a
    square = (ab**2).sum(axis=1)
    share = ((np.array((x, y)) - a) * ab).sum(axis=1) / np.where(square > 0, square, 1)
    nearest = a + ab * share.clip(0, 1)[:, None]
    return float(np.hypot(*(nearest - (x, y)).T).min())


def is_quiet(cut: Cut) -> bool:
    """Whether a cut is where it is for want of anything to carry, rather than because the script said so."""
    return cut in (Cut.LEAF, Cut.CONSTANT, Cut.DTYPE, Cut.NOT_DIFFERENTIABLE)
