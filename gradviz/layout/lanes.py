"""Who shares the way of a long edge.

All long edges of one source share one lane as far as they go the same way (as in iongraph), so a tensor used at six hundred
places costs one lane and not six hundred. In the same way the long edges that gather at one consumer, as a `stack` of all
of a loop's results, come in on one bus.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUS_SIZE = 6
BUDGET = 60_000


@dataclass
class LanePlan:
    """A shared way: the layers it passes, and the edges that take it for a part or the whole of them.

    Attributes:
        owner: the source, or for a bus the consumer.
        first, last: the layers it passes.
        edges: the edges on it.
        bus: whether the edges gather instead of fanning out.
    """

    owner: int
    first: int
    last: int
    edges: list[tuple[int, int]]
    bus: bool


def plan_lanes(layer: Sequence[int], succ: list[list[int]]) -> tuple[list[LanePlan], list[tuple[int, int]]]:
    """The lanes for all edges that pass a layer, and the edges for which there is no room in the layered flow.

    The second list is empty for any graph a person would look at closely. It keeps the time bounded where thousands of
    unrelated edges pass thousands of layers: the longest are taken out and drawn on one trunk line beside the graph.
    """
    long = [(u, v) for u, targets in enumerate(succ) for v in targets if layer[v] > layer[u] + 1]
    out, into = Counter(u for u, _ in long), Counter(v for _, v in long)
    plans: dict[tuple[bool, int], LanePlan] = {}
    for u, v in long:
        bus = into[v] >= BUS_SIZE and out[u] == 1
        owner = v if bus else u
        plan = plans.setdefault((bus, owner), LanePlan(owner, layer[u] + 1, layer[v] - 1, [], bus))
        plan.first, plan.last = min(plan.first, layer[u] + 1), max(plan.last, layer[v] - 1)
        plan.edges.append((u, v))
    total = sum(plan.last - plan.first + 1 for plan in plans.values())
    if total <= BUDGET:
        return list(plans.values()), []
    kept: list[LanePlan] = []
    trunk: list[tuple[int, int]] = []
    for plan in sorted(plans.values(), key=lambda plan: (plan.first - plan.last, plan.owner)):
        if total > BUDGET:
            total -= plan.last - plan.first + 1
            trunk += plan.edges
        else:
            kept.append(plan)
    return kept, trunk


class Lane:
    """A way past columns of nodes: level runs, one after the other.

    Args:
        first: the first column it passes.
        levels: its coordinate across the flow in that column and those after it.
    """

    def __init__(self, first: int, levels: Sequence[float]) -> None:
        self.first, self.last = first, first + len(levels) - 1
        self._starts: list[int] = []
        self._levels: list[float] = []
        for k, level in enumerate(levels):
            if not self._levels or self._levels[-1] != level:
                self._starts.append(first + k)
                self._levels.append(level)
        self._points: NDArray[np.float64] | None = None

    @classmethod
    def level(cls, first: int, last: int, level: float) -> Lane:
        """A lane that is level all the way."""
        lane = cls(first, [level])
        lane.last = last
        return lane

    def at(self, column: int) -> float:
        """The coordinate across the flow in a column."""
        return self._levels[bisect_right(self._starts, column) - 1]

    def moved(self, columns: int, across: float) -> Lane:
        """The same lane elsewhere."""
        lane = Lane(self.first + columns, [])
        lane.last = self.last + columns
        lane._starts = [start + columns for start in self._starts]
        lane._levels = [level + across for level in self._levels]
        return lane

    def points(self, first: int, last: int, bands: list[tuple[float, float]]) -> NDArray[np.float64]:
        """The ends of its level runs from one column to another, both included; of shape (2 k, 2)."""
        if self._points is None:
            stops = [start - 1 for start in self._starts[1:]] + [self.last]
            ends = zip(self._starts, stops, self._levels, strict=True)
            self._points = np.array([p for a, b, y in ends for p in ((bands[a][0], y), (bands[b][1], y))])
        begin = bisect_right(self._starts, first) - 1
        end = bisect_left(self._starts, last + 1)
        points = self._points[2 * begin : 2 * end].copy()
        points[0, 0], points[-1, 0] = bands[first][0], bands[last][1]
        return points
