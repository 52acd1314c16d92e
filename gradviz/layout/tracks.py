"""Free ways through nodes that already stand somewhere: for edges after an edit or a drag.

A lane stays as it was where that is known and still free. Otherwise it is laid level from end to end if the detour is
worth it, and else from column to column, stepping aside where something stands in the way.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Mapping
from statistics import median_low

from gradviz.layout.gaps import nearest_gap
from gradviz.layout.lanes import Lane, LanePlan, plan_lanes
from gradviz.layout.problem import GroupPath, Problem, Spacing, adjacency, components, subproblem
from gradviz.layout.routing import Tracks

DETOUR = 300.0
ABOVE_BIAS = 0.99

Interval = tuple[float, float]
Knots = list[tuple[float, float]]


def find_tracks(
    problem: Problem,
    along: list[float],
    across: list[float],
    spacing: Spacing,
    known: Mapping[tuple[int, int], Knots] | None = None,
) -> Tracks:
    """Bands of nodes that stand in a column, and a lane for every source of long edges past the nodes in between.

    Components are looked at one by one, since their columns need not agree.

    Args:
        problem: the graph.
        along, across: the nodes' centres.
        spacing: distances.
        known: for edges whose ends stand as before, or both moved alike, the points (along, across) by which they went
            then, moved along with them.
    """
    tracks = Tracks([], [0] * len(problem.nodes), {})
    for part in components(problem):
        base = len(tracks.bands)
        columns = _add_bands(tracks, part, problem, along)
        frames = _Frames(part, problem, along, across, spacing)
        walls = [_Walls(column, problem, across, spacing) for column in columns]
        succ, _ = adjacency(len(part), subproblem(problem, part).edges)
        plans, trunk = plan_lanes([tracks.band[i] for i in part], succ)
        for plan in sorted(plans, key=lambda plan: (plan.last - plan.first, plan.first, plan.owner)):
            edges = [(part[u], part[v]) for u, v in plan.edges]
            passed = walls[plan.first - base : plan.last - base + 1]
            bands = tracks.bands[plan.first : plan.last + 1]
            levels = _as_before(plan, edges, tracks, passed, bands, known or {})
            if levels is None:
                owner = across[part[plan.owner]]
                ends = median_low(across[u if plan.bus else v] for u, v in edges)
                inside = {problem.groups[i] for edge in edges for i in edge}
                blocked = frames.between(bands[0][0], bands[-1][1], inside)
                levels = _straight(owner, ends, passed, blocked) or _stepping(owner, passed, plan.bus)
            for wall, level in zip(passed, levels, strict=True):
                wall.lanes.append(level)
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
    for i in sorted(part, key=lambda i: (along[i] - problem.along[i] / 2, i)):
        half = problem.along[i] / 2
        start, end = along[i] - half, along[i] + half
        if bounds:
            left, right = bounds[-1]
            if min(right, end) - start > min(right - left, end - start) / 2:
                bounds[-1][1] = max(right, end)
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
    """What stands in one band: nodes, and the lanes laid so far.

    Attributes:
        nodes: the extents of the nodes across the flow, with some room round them.
        lanes: the coordinates of lanes.
    """

    def __init__(self, column: list[int], problem: Problem, across: list[float], spacing: Spacing) -> None:
        clear = min(spacing.lane_gap, spacing.node_gap / 2)
        reach = [(across[i], problem.across[i] / 2) for i in column]
        self._bare = [(y - half, y + half) for y, half in reach]
        self.nodes = [(low - clear, high + clear) for low, high in self._bare]
        self.lanes: list[float] = []
        self._lane_gap = spacing.lane_gap

    def taken(self) -> list[Interval]:
        """Where no further lane should go."""
        return self.nodes + [(y - self._lane_gap, y + self._lane_gap) for y in self.lanes]

    def is_free(self, level: float) -> bool:
        """Whether no node stands there."""
        return not any(low < level < high for low, high in self._bare)


class _Frames:
    """The frames of the groups, which lanes of others keep out of."""

    def __init__(self, part: list[int], problem: Problem, along: list[float], across: list[float], spacing: Spacing) -> None:
        self._frames: dict[GroupPath, tuple[float, float, float, float]] = {}
        pad = spacing.group_padding + spacing.lane_gap / 2
        title = spacing.group_title if problem.orientation == "LR" else 0.0
        for i in part:
            a, c = problem.along[i] / 2, problem.across[i] / 2
            box = (along[i] - a, along[i] + a, across[i] - c - pad - title, across[i] + c + pad)
            for length in range(1, len(problem.groups[i]) + 1):
                old = self._frames.setdefault(problem.groups[i][:length], box)
                self._frames[problem.groups[i][:length]] = (
                    min(old[0], box[0]),
                    max(old[1], box[1]),
                    min(old[2], box[2]),
                    max(old[3], box[3]),
                )

    def between(self, start: float, stop: float, inside: set[GroupPath]) -> list[Interval]:
        """The extents across of frames in a range along, but for those of groups with a node of `inside`."""
        entered = {path[:length] for path in inside for length in range(1, len(path) + 1)}
        return [
            (low, high)
            for path, (begin, end, low, high) in self._frames.items()
            if path not in entered and begin < stop and start < end
        ]


def _as_before(
    plan: LanePlan,
    edges: list[tuple[int, int]],
    tracks: Tracks,
    passed: list[_Walls],
    bands: list[tuple[float, float]],
    known: Mapping[tuple[int, int], Knots],
) -> list[float] | None:
    """The levels at which the plan's longest edge went before, if that is known and no node stands there now."""
    longest = min(edges, key=lambda e: tracks.band[e[0]]) if plan.bus else max(edges, key=lambda e: tracks.band[e[1]])
    knots = known.get(longest)
    if knots is None:
        return None
    starts = [x for x, _ in knots]
    levels = []
    for wall, (begin, end) in zip(passed, bands, strict=True):
        k = bisect_right(starts, (begin + end) / 2) - 1
        if not 0 <= k < len(knots) - 1 or knots[k][1] != knots[k + 1][1] or not wall.is_free(knots[k][1]):
            return None
        levels.append(knots[k][1])
    return levels


def _straight(owner: float, ends: float, passed: list[_Walls], blocked: list[Interval]) -> list[float] | None:
    """One level all the way, as near to the two ends as can be; `None` if that leads far out."""
    taken = sorted({*blocked, *(interval for wall in passed for interval in wall.taken())})
    places = (nearest_gap(taken, owner, 0.0, ABOVE_BIAS), nearest_gap(taken, ends, 0.0, ABOVE_BIAS))
    level = min(places, key=lambda y: abs(y - owner) + abs(y - ends))
    detour = abs(level - owner) + abs(level - ends) - abs(owner - ends)
    return [level] * len(passed) if detour <= 2 * DETOUR or len(passed) == 1 else None


def _stepping(owner: float, passed: list[_Walls], bus: bool) -> list[float]:
    """From column to column, beginning at the owner's level, and level while it can be."""
    now = owner
    levels = []
    for wall in reversed(passed) if bus else passed:
        now = nearest_gap(sorted(wall.taken()), now, 0.0, ABOVE_BIAS)
        levels.append(now)
    return levels[::-1] if bus else levels
