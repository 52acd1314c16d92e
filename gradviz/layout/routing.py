"""The curves along which edges are drawn.

Between two neighbouring columns of nodes ("bands") an edge is an S-curve; through a band it runs level, in a lane free of
nodes. A route is a chain of cubic Bézier curves whose tangents all point along the flow, so it never has a corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from gradviz.layout.lanes import Lane
from gradviz.layout.problem import Edge, Node, Problem

Route = NDArray[np.float64]

PORT_PITCH = 8.0
TWIN_PITCH = 34.0
LOOP_REACH = 28.0


@dataclass
class Tracks:
    """The free ways through a placed graph, in the abstract axes.

    Attributes:
        bands: (start, end) of each column of nodes along the flow; ascending, not overlapping.
        band: each node's column.
        lanes: for each edge that passes columns, the way it takes, which it may share with others.
    """

    bands: list[tuple[float, float]]
    band: list[int]
    lanes: dict[tuple[int, int], Lane]


@dataclass
class _Strand:
    """One line of one edge: its ends' offsets from the centres of the two nodes, and from the lanes it passes in."""

    source: int
    target: int
    slot: int | None
    out_offset: float = 0.0
    in_offset: float = 0.0
    lane_offset: float = 0.0


def route_edges(G: nx.DiGraph, problem: Problem, along: list[float], across: list[float], tracks: Tracks) -> dict[Edge, Route]:
    """Routes for all edges of `G`.

    Args:
        G: the graph; an edge's `ports` attribute is the number of lines between the two nodes, or the sequence of
            argument positions at the consumer that they lead to.
        problem: the same graph in columns.
        along, across: the nodes' centres.
        tracks: the ways between them.

    Returns:
        for each edge an array of shape (strands, 3 k + 1, 2): the control points, in px, of k joined cubic Bézier curves
        for each of the edge's lines, from the producer to the consumer.

    Raises:
        ValueError: a `ports` attribute that is neither a positive number nor a sequence of positions.
    """
    strands: dict[Edge, list[_Strand]] = {}
    for u, v, data in G.edges(data=True):
        slots = _slots(u, v, data)
        strands.setdefault((u, v), []).extend(_Strand(problem.index[u], problem.index[v], slot) for slot in slots)
    _assign_ports(strands, problem, across, tracks)
    router = _Router(problem, along, across, tracks)
    routes: dict[Edge, Route] = {}
    for edge, lines in strands.items():
        curves = [router.curve(line) for line in lines]
        longest = max(len(curve) for curve in curves)
        points = np.array([_lengthened(curve, longest) for curve in curves])
        routes[edge] = points if problem.orientation == "LR" else np.ascontiguousarray(points[..., ::-1])
    return routes


def _slots(u: Node, v: Node, data: Mapping[str, Any]) -> list[int | None]:
    ports = data.get("ports", 1)
    if isinstance(ports, int) and ports > 0:
        return [None] * ports
    try:
        slots: list[int | None] = [int(slot) for slot in ports]
    except (TypeError, ValueError):
        slots = []
    if not slots:
        raise ValueError(f"ports of edge {u!r} -> {v!r} must be a count or a sequence of positions, not {ports!r}")
    return slots


def _assign_ports(strands: dict[Edge, list[_Strand]], problem: Problem, across: list[float], tracks: Tracks) -> None:
    """Gives each line its own place on the two nodes' sides."""
    arriving: dict[int, list[_Strand]] = {}
    for lines in strands.values():
        for line in lines:
            arriving.setdefault(line.target, []).append(line)
    for v, lines in arriving.items():
        if len(lines) > 1:
            lines.sort(key=lambda line: _arrival_key(line, across, tracks))
            level = [k for k, line in enumerate(lines) if _arrival_level(line, across, tracks) == across[v]]
            middle = float(level[0]) if len(level) == 1 else (len(lines) - 1) / 2
            room = max(problem.across[v] / 2 - 5.0, 3.0)
            pitch = min(PORT_PITCH, room / max(middle, len(lines) - 1 - middle))
            for k, line in enumerate(lines):
                line.in_offset = (k - middle) * pitch
    for lines in strands.values():
        u, v = lines[0].source, lines[0].target
        room = max(problem.across[u] / 2 - 8.0, 0.0)
        if len(lines) > 1:
            lines = sorted(lines, key=lambda line: line.in_offset)
            pitch = min(TWIN_PITCH, 2 * room / (len(lines) - 1))
            for k, line in enumerate(lines):
                line.out_offset = (k - (len(lines) - 1) / 2) * pitch
                line.lane_offset = (k - (len(lines) - 1) / 2) * 6.0
            continue
        # A line to a port almost level with its source leaves the source at the port's height, and so is level.
        rise = across[v] + lines[0].in_offset - across[u]
        if tracks.band[v] == tracks.band[u] + 1 and abs(rise) <= min(room, PORT_PITCH * 2):
            lines[0].out_offset = rise
    _clear_twins(strands, problem, across, tracks)


def _clear_twins(strands: dict[Edge, list[_Strand]], problem: Problem, across: list[float], tracks: Tracks) -> None:
    """Where a node sends several lines to one consumer, its other lines leave outside of them, on the side they go to."""
    reach: dict[int, float] = {}
    for lines in strands.values():
        if len(lines) > 1:
            u = lines[0].source
            reach[u] = max(reach.get(u, 0.0), *(abs(line.out_offset) for line in lines))
    for lines in strands.values():
        u, v = lines[0].source, lines[0].target
        if len(lines) == 1 and u in reach:
            lane = tracks.lanes.get((u, v))
            level = (across[v] if lane is None else lane.at(tracks.band[u] + 1)) - across[u]
            offset = min(reach[u] + PORT_PITCH, max(problem.across[u] / 2 - 8.0, reach[u]))
            lines[0].out_offset = offset if level >= 0 else -offset


def _arrival_key(line: _Strand, across: list[float], tracks: Tracks) -> tuple[bool, float, float]:
    """Lines that know their argument position arrive in that order, others in the order in which they come in."""
    if line.slot is not None:
        return (False, line.slot, 0.0)
    return (True, _arrival_level(line, across, tracks), across[line.source])


def _arrival_level(line: _Strand, across: list[float], tracks: Tracks) -> float:
    """The coordinate across the flow at which a line comes in, but for its port."""
    lane = tracks.lanes.get((line.source, line.target))
    return across[line.source] if lane is None else lane.at(tracks.band[line.target] - 1)


class _Router:
    def __init__(self, problem: Problem, along: list[float], across: list[float], tracks: Tracks) -> None:
        self.problem, self.along, self.across, self.tracks = problem, along, across, tracks

    def curve(self, line: _Strand) -> Route:
        """Control points of one line, of shape (3 k + 1, 2), in the abstract axes."""
        u, v = line.source, line.target
        extent, tracks = self.problem.along, self.tracks
        start = (self.along[u] + extent[u] / 2, self.across[u] + line.out_offset)
        end = (self.along[v] - extent[v] / 2, self.across[v] + line.in_offset)
        if u == v:
            return self._loop(u, start, end)
        if end[0] < start[0]:
            return _returning(start, end)
        a, b = tracks.band[u], tracks.band[v]
        if b <= a:
            return _beziers(np.array([start, end]))
        knots = [start, (max(start[0], tracks.bands[a][1]), start[1])]
        last = [(min(end[0], tracks.bands[b][0]), end[1]), end]
        lane = tracks.lanes.get((u, v))
        if lane is not None:
            passing = lane.points(a + 1, b - 1, tracks.bands)
            passing[:, 1] += line.lane_offset
            return _beziers(_without_repeats(np.concatenate((knots, passing, last))))
        return _beziers(_without_repeats(np.array(knots + last)))

    def _loop(self, u: int, start: tuple[float, float], end: tuple[float, float]) -> Route:
        top = self.across[u] - self.problem.across[u] / 2 - LOOP_REACH
        middle = (self.along[u], top)
        reach = LOOP_REACH
        return np.array(
            [
                start,
                (start[0] + reach, start[1]),
                (start[0] + reach, top),
                middle,
                (end[0] - reach, top),
                (end[0] - reach, end[1]),
                end,
            ]
        )


def _returning(start: tuple[float, float], end: tuple[float, float]) -> Route:
    """A curve to a consumer that lies before its producer: it leaves and arrives along the flow all the same."""
    reach = LOOP_REACH * 2
    return np.array([start, (start[0] + reach, start[1]), (end[0] - reach, end[1]), end])


def _without_repeats(knots: Route) -> Route:
    """Knots without doubled points, and level runs that follow each other made one."""
    keep = np.ones(len(knots), dtype=bool)
    keep[1:] = np.any(knots[1:] != knots[:-1], axis=1)
    knots = knots[keep]
    if len(knots) > 2:
        level = knots[1:, 1] == knots[:-1, 1]
        inner = np.r_[True, ~(level[1:] & level[:-1]), True]
        knots = knots[inner]
    return knots


def _beziers(knots: Route) -> Route:
    """Cubic Bézier control points through knots, level at each of them."""
    points = np.empty((3 * len(knots) - 2, 2))
    points[::3] = knots
    half = np.diff(knots[:, 0]) / 2
    points[1::3, 0] = knots[:-1, 0] + half
    points[1::3, 1] = knots[:-1, 1]
    points[2::3, 0] = knots[1:, 0] - half
    points[2::3, 1] = knots[1:, 1]
    return points


def _lengthened(curve: Route, length: int) -> Route:
    """The same curve with more control points: pieces of no length at its end."""
    return np.concatenate((curve, np.repeat(curve[-1:], length - len(curve), axis=0)))
