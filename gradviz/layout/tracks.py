"""Free ways through nodes that already stand somewhere: for edges after an edit or a drag."""

from __future__ import annotations

import itertools
from bisect import insort

from gradviz.layout.gaps import nearest_gap
from gradviz.layout.lanes import Lane, LanePlan, plan_lanes
from gradviz.layout.problem import Problem, Spacing, adjacency, components, subproblem
from gradviz.layout.routing import Tracks


def find_tracks(problem: Problem, along: list[float], across: list[float], spacing: Spacing) -> Tracks:
    """Bands of nodes that stand in a column, and a lane for every source of long edges past the nodes in between.

    Components are looked at one by one, since their columns need not agree.
    """
    n = len(problem.nodes)
    tracks = Tracks([], [0] * n, {})
    for part in components(problem):
        base = len(tracks.bands)
        members = _add_bands(tracks, part, problem, along)
        walls = [_Walls(column, problem, across, spacing) for column in members]
        succ, _ = adjacency(len(part), subproblem(problem, part).edges)
        plans, trunk = plan_lanes([tracks.band[i] for i in part], succ)
        for plan in sorted(plans, key=lambda plan: (plan.first, plan.owner)):
            edges = [(part[u], part[v]) for u, v in plan.edges]
            levels = _levels(plan, part, tracks, walls, base, across)
            lane = Lane(plan.first, levels)
            tracks.lanes.update((edge, lane) for edge in edges)
        if trunk:
            bottom = max(across[i] + problem.across[i] / 2 for i in part) + spacing.node_gap
            lane = Lane.level(base + 1, len(tracks.bands) - 2, bottom)
            tracks.lanes.update(((part[u], part[v]), lane) for u, v in trunk)
    return tracks


def _add_bands(tracks: Tracks, part: list[int], problem: Problem, along: list[float]) -> list[list[int]]:
    """Gathers nodes into columns: those whose extents overlap by more than half of the narrower one's."""
    columns: list[list[int]] = []
    bounds: list[list[float]] = []
    for i in sorted(part, key=lambda i: (along[i], i)):
        half = problem.along[i] / 2
        start, end = along[i] - half, along[i] + half
        if bounds:
            left, right = bounds[-1]
            if right - start > min(right - left, end - start) / 2:
                bounds[-1] = [min(left, start), max(right, end)]
                columns[-1].append(i)
                tracks.band[i] = len(tracks.bands) + len(columns) - 1
                continue
        bounds.append([start, end])
        columns.append([i])
        tracks.band[i] = len(tracks.bands) + len(columns) - 1
    for before, after in itertools.pairwise(bounds):
        if before[1] > after[0]:
            before[1] = after[0] = (before[1] + after[0]) / 2
    tracks.bands += [(left, right) for left, right in bounds]
    return columns


class _Walls:
    """What stands in one band: nodes, and the lanes laid so far."""

    def __init__(self, column: list[int], problem: Problem, across: list[float], spacing: Spacing) -> None:
        self._clearance = min(spacing.lane_gap, spacing.node_gap / 2)
        self._lane_gap = spacing.lane_gap
        self._nodes = sorted((across[i] - problem.across[i] / 2, across[i] + problem.across[i] / 2) for i in column)
        self._lanes: list[float] = []

    def add_lane(self, wanted: float) -> float:
        """Takes the free place nearest to `wanted`."""
        clear = self._clearance
        nodes = [(low - clear, high + clear) for low, high in self._nodes]
        reach = self._lane_gap
        lanes = [(y - reach, y + reach) for y in self._lanes]
        place = nearest_gap(sorted(nodes + lanes), wanted, 0.0)
        insort(self._lanes, place)
        return place


def _levels(
    plan: LanePlan, part: list[int], tracks: Tracks, walls: list[_Walls], base: int, across: list[float]
) -> list[float]:
    """One coordinate for each band a lane passes: level while it can be, else stepping aside.

    A lane is laid from its owner's end, so that the owner's side is the straight one.
    """
    now = across[part[plan.owner]]
    if len(plan.edges) == 1:  # nothing else on it: the consumer's level serves as well, and branches join level
        now = across[part[plan.edges[0][1]]]
    levels = []
    order = range(plan.first, plan.last + 1)
    for band in reversed(order) if plan.bus else order:
        now = walls[band - base].add_lane(now)
        levels.append(now)
    return levels[::-1] if plan.bus else levels
