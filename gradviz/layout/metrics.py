"""What can be measured of a layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import networkx as nx
import numpy as np

from gradviz.layout.problem import Node, SizeSource, node_size
from gradviz.layout.routing import Route


def displacement(before: Mapping[Any, tuple[float, float]], after: Mapping[Any, tuple[float, float]]) -> dict[Node, float]:
    """How far each node that is in both layouts has moved, px; nodes that have not moved are left out."""
    moved: dict[Node, float] = {}
    for node, (x, y) in before.items():
        if node in after:
            distance = float(np.hypot(after[node][0] - x, after[node][1] - y))
            if distance > 0:
                moved[node] = distance
    return moved


def count_crossings(routes: Mapping[tuple[Any, Any], Route]) -> int:
    """The number of places where lines of different sources cross, each line being taken from join to join.

    A stretch that several edges of one source share is drawn once and counts once.

    Args:
        routes: as returned by `edge_routes`.
    """
    sources: dict[Any, int] = {}
    pieces: dict[tuple[int, float, float, float, float], None] = {}
    for (u, _), lines in routes.items():
        number = sources.setdefault(u, len(sources))
        for line in lines:
            joins = line[::3]
            for (x0, y0), (x1, y1) in zip(joins[:-1].tolist(), joins[1:].tolist(), strict=True):
                if (x0, y0) != (x1, y1):
                    pieces[number, x0, y0, x1, y1] = None
    return _count(np.array(_joined_levels(pieces), dtype=np.float64).reshape(-1, 5))


def _joined_levels(pieces: Iterable[tuple[int, float, float, float, float]]) -> list[tuple[float, ...]]:
    """The pieces with those of one source that lie along each other, all parallel to an axis, made one."""
    result: list[tuple[float, ...]] = []
    level: dict[tuple[int, int, float], list[tuple[float, float]]] = {}
    for piece in pieces:
        source, x0, y0, x1, y1 = piece
        if y0 == y1:
            level.setdefault((source, 0, y0), []).append((min(x0, x1), max(x0, x1)))
        elif x0 == x1:
            level.setdefault((source, 1, x0), []).append((min(y0, y1), max(y0, y1)))
        else:
            result.append(piece)
    for (source, axis, at), stretches in level.items():
        joined: list[tuple[float, float]] = []
        for low, high in sorted(stretches):
            if joined and low <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], high))
            else:
                joined.append((low, high))
        result += [(source, a, at, b, at) if axis == 0 else (source, at, a, at, b) for a, b in joined]
    return result


def count_straight_crossings(G: nx.DiGraph, positions: Mapping[Any, tuple[float, float]]) -> int:
    """The number of crossings if every edge were a straight line from centre to centre."""
    number = {node: float(i) for i, node in enumerate(G)}
    rows = [(number[u], *positions[u], *positions[v]) for u, v in G.edges() if u != v]
    return _count(np.array(rows, dtype=np.float64).reshape(-1, 5))


def overlapping_nodes(
    G: nx.DiGraph, positions: Mapping[Any, tuple[float, float]], *, size: SizeSource = "size"
) -> list[tuple[Node, Node]]:
    """The pairs of nodes that cover each other."""
    boxes = []
    for node in G:
        (x, y), (w, h) = positions[node], node_size(G, node, size)
        boxes.append((x - w / 2, x + w / 2, y - h / 2, y + h / 2, node))
    boxes.sort(key=lambda box: box[0])
    found = []
    active: list[tuple[float, float, float, float, Node]] = []
    tolerance = 1e-6
    for box in boxes:
        active = [other for other in active if other[1] > box[0] + tolerance]
        found += [(o[4], box[4]) for o in active if o[2] < box[3] - tolerance and box[2] < o[3] - tolerance]
        active.append(box)
    return found


def _count(pieces: np.ndarray) -> int:
    """Proper crossings between straight pieces (source, x0, y0, x1, y1) of different sources."""
    flip = pieces[:, 1] > pieces[:, 3]
    pieces[flip, 1:] = pieces[flip][:, [3, 4, 1, 2]]
    pieces = pieces[np.argsort(pieces[:, 1], kind="stable")]
    source, x0, y0, x1, y1 = pieces.T
    low, high = np.minimum(y0, y1), np.maximum(y0, y1)
    stops = np.searchsorted(x0, x1, side="right")
    total = 0
    for i in range(len(pieces)):
        rest = slice(i + 1, int(stops[i]))
        near = (source[rest] != source[i]) & (low[rest] <= high[i]) & (high[rest] >= low[i])
        if not near.any():
            continue
        ax, ay, bx, by = x0[rest][near], y0[rest][near], x1[rest][near], y1[rest][near]
        dx, dy = x1[i] - x0[i], y1[i] - y0[i]
        side_a = dx * (ay - y0[i]) - dy * (ax - x0[i])
        side_b = dx * (by - y0[i]) - dy * (bx - x0[i])
        ex, ey = bx - ax, by - ay
        side_c = ex * (y0[i] - ay) - ey * (x0[i] - ax)
        side_d = ex * (y1[i] - ay) - ey * (x1[i] - ax)
        total += int(np.count_nonzero((side_a * side_b < 0) & (side_c * side_d < 0)))
    return total
