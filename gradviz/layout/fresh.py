"""A layout from nothing: each component by itself, then all of them packed onto one sheet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradviz.layout.coordinates import assign_across
from gradviz.layout.lanes import Lane
from gradviz.layout.layers import build_layers
from gradviz.layout.ordering import order_layers
from gradviz.layout.problem import GroupPath, Problem, Spacing, components, subproblem
from gradviz.layout.ranking import make_flow
from gradviz.layout.routing import Tracks

SHEET_ASPECT = 1.6


@dataclass
class Placed:
    """Part of a graph with its places, in the abstract axes.

    Attributes:
        part: the numbers of the nodes in the whole problem; the other columns follow this one.
        along, across: the nodes' centres.
        tracks: the ways for edges; its node numbers count within the part.
        extent: the size of the part along and across; its corner is at (0, 0).
    """

    part: list[int]
    along: list[float]
    across: list[float]
    tracks: Tracks
    extent: tuple[float, float]


def place_all(problem: Problem, spacing: Spacing) -> list[Placed]:
    """Lays out the components and packs them."""
    placed = [place_component(subproblem(problem, part), part, spacing) for part in components(problem)]
    _pack(placed, spacing, problem.orientation)
    return placed


def place_component(problem: Problem, part: list[int], spacing: Spacing) -> Placed:
    """Layered layout of one connected problem."""
    flow = make_flow(len(problem.nodes), problem.edges, problem.weights)
    layered = build_layers(flow, problem.groups)
    order_layers(layered, flow)
    across = assign_across(layered, flow, problem.across, spacing, problem.orientation == "LR")
    bands = _bands(problem, flow.rank, spacing)
    n = layered.node_count
    along = [(bands[r][0] + bands[r][1]) / 2 for r in flow.rank]
    lanes: dict[tuple[int, int], Lane] = {}
    for plan, items in layered.lanes:
        lane = Lane(plan.first, [across[item] for item in items])
        lanes.update((edge, lane) for edge in plan.edges)
    bottom = max((across[i] + problem.across[i] / 2 for i in range(n)), default=0.0)
    if layered.trunk:
        bottom += spacing.node_gap
        trunk = Lane.level(1, len(bands) - 2, bottom)
        lanes.update((edge, trunk) for edge in layered.trunk)
    return Placed(part, along, across[:n], Tracks(bands, list(flow.rank), lanes), (bands[-1][1], bottom))


def _bands(problem: Problem, rank: list[int], spacing: Spacing) -> list[tuple[float, float]]:
    width = [0.0] * (max(rank, default=-1) + 1)
    for i, r in enumerate(rank):
        width[r] = max(width[r], problem.along[i])
    titles = _titles(problem, rank) if problem.orientation == "TB" else {}
    bands: list[tuple[float, float]] = []
    start = 0.0
    for r, w in enumerate(width):
        if r:
            start += titles.get(r, 0) * (spacing.group_title + spacing.group_padding)
        bands.append((start, start + w))
        start += w + spacing.layer_gap
    return bands


def _titles(problem: Problem, rank: list[int]) -> dict[int, int]:
    """By layer, how many frames inside each other begin there: their titles want room before it."""
    first: dict[GroupPath, int] = {}
    for path, r in zip(problem.groups, rank, strict=True):
        for length in range(1, len(path) + 1):
            first[path[:length]] = min(first.get(path[:length], r), r)
    found: dict[int, int] = {}
    for path, r in first.items():
        nested = sum(first[path[:length]] == r for length in range(1, len(path) + 1))
        found[r] = max(found.get(r, 0), nested)
    return found


def _pack(placed: list[Placed], spacing: Spacing, orientation: str) -> None:
    """Sets components on shelves, in program order, so that the sheet comes near a screen's shape; in place."""
    if len(placed) < 2:
        return
    gap_along, gap_across = spacing.layer_gap * 2, spacing.node_gap * 2
    area = sum((a + gap_along) * (c + gap_across) for a, c in (p.extent for p in placed))
    aspect = SHEET_ASPECT if orientation == "LR" else 1 / SHEET_ASPECT
    length = max(math.sqrt(area * aspect), max(p.extent[0] for p in placed))
    along = across = depth = 0.0
    for p in placed:
        if along > 0 and along + p.extent[0] > length:
            along, across, depth = 0.0, across + depth + gap_across, 0.0
        shift(p, along, across)
        along += p.extent[0] + gap_along
        depth = max(depth, p.extent[1])


def shift(p: Placed, along: float, across: float) -> None:
    """Moves a placed part; in place."""
    p.along = [a + along for a in p.along]
    p.across = [c + across for c in p.across]
    p.tracks.bands = [(a + along, b + along) for a, b in p.tracks.bands]
    p.tracks.lanes = _moved(p.tracks.lanes, 0, across)


def join_tracks(placed: list[Placed], node_count: int) -> Tracks:
    """The ways through all parts, with nodes and bands numbered through."""
    tracks = Tracks([], [0] * node_count, {})
    for p in placed:
        base = len(tracks.bands)
        tracks.bands += p.tracks.bands
        for k, i in enumerate(p.part):
            tracks.band[i] = base + p.tracks.band[k]
        lanes = _moved(p.tracks.lanes, base, 0.0)
        tracks.lanes.update(((p.part[u], p.part[v]), lane) for (u, v), lane in lanes.items())
    return tracks


def _moved(lanes: dict[tuple[int, int], Lane], columns: int, across: float) -> dict[tuple[int, int], Lane]:
    """The same lanes elsewhere; edges that shared one still do."""
    moved = {id(lane): lane.moved(columns, across) for lane in lanes.values()}
    return {edge: moved[id(lane)] for edge, lane in lanes.items()}
