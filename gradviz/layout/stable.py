"""A layout after an edit: what was there stays where it was, and only what an edge or a node forces moves.

Along the flow, a node is pushed on only when a producer of it now ends too close before it; the columns that already
exist are used first. Sources hang beside their consumers and go with them. Across the flow, what has not been pushed
keeps its place, what has been pushed keeps its level if that is free, and new nodes take the free place nearest to their
neighbours.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any

from gradviz.layout.fresh import place_all, shift
from gradviz.layout.problem import Problem, Spacing, components, subproblem
from gradviz.layout.ranking import Flow, hanging_cost, make_flow
from gradviz.layout.sheet import Sheet

KEEP_SHARE = 3
SNAP = 72.0
BELOW_BIAS = 2.0

Place = tuple[float, float]


def worth_keeping(problem: Problem, previous: Mapping[Any, tuple[float, float]]) -> bool:
    """Whether enough of the graph, one node in `KEEP_SHARE`, was there before."""
    return sum(node in previous for node in problem.nodes) * KEEP_SHARE >= len(problem.nodes) > 0


def place_again(problem: Problem, previous: Mapping[Any, tuple[float, float]], spacing: Spacing) -> list[Place]:
    """The nodes' places (along, across), in program order."""
    old = {i: problem.from_xy(*previous[node]) for i, node in enumerate(problem.nodes) if node in previous}
    kept: list[int] = []
    fresh: list[int] = []
    for part in components(problem):
        (kept if any(i in old for i in part) else fresh).extend(part)
    kept.sort()
    result: list[Place] = [(0.0, 0.0)] * len(problem.nodes)
    local = subproblem(problem, kept)
    for i, place in zip(kept, _Edit(local, {k: old[i] for k, i in enumerate(kept) if i in old}, spacing).run(), strict=True):
        result[i] = place
    if fresh:
        start = min(result[i][0] - problem.along[i] / 2 for i in kept)
        floor = max(result[i][1] + problem.across[i] / 2 for i in kept) + spacing.node_gap * 2
        floor += spacing.group_padding * max(len(path) for path in problem.groups)
        for placed in place_all(subproblem(problem, sorted(fresh)), spacing):
            shift(placed, start, floor)
            for k, i in enumerate(placed.part):
                result[sorted(fresh)[i]] = (placed.along[k], placed.across[k])
    return result


class _Edit:
    def __init__(self, problem: Problem, old: dict[int, Place], spacing: Spacing) -> None:
        self.problem, self.old, self.spacing = problem, old, spacing
        self.flow = make_flow(len(problem.nodes), problem.edges)
        self.leads = _leading_on(self.flow, old)
        self.hanging = _hanging(self.flow, old, self.leads)
        self.columns = sorted({a for a, _ in old.values()})
        self.along: dict[int, float] = {}

    def run(self) -> list[Place]:
        self._go_along()
        across = _Across(self.problem, self.flow, self.old, self.along, self.hanging, self.spacing).run()
        return [(self.along[i], across[i]) for i in range(len(self.problem.nodes))]

    def _distance(self, u: int, v: int) -> float:
        """The least distance along of a producer and a consumer: the full gap, or what they had if that leaves a wire room."""
        touching = (self.problem.along[u] + self.problem.along[v]) / 2
        full = touching + self.spacing.layer_gap
        if u in self.old and v in self.old:
            had = self.old[v][0] - self.old[u][0]
            if had >= touching + self.spacing.layer_gap / 2:
                return min(full, had)
        return full

    def _go_along(self) -> None:
        flow, old, along, hanging = self.flow, self.old, self.along, self.hanging
        for v in flow.topological:
            if hanging[v]:
                continue
            bounds = [along[u] + self._distance(u, v) for u in flow.pred[v] if not hanging[u]]
            if v not in old and not (bounds and self.leads[v]):
                bounds += [old[u][0] + self._distance(u, v) for u in flow.pred[v] if hanging[u] and u in old]
            low = max(bounds, default=None)
            if v in old and (low is None or old[v][0] >= low - 1e-6):
                along[v] = old[v][0]
            else:
                along[v] = self._next_column(low if low is not None else 0.0)
        for v in reversed(flow.topological):
            if not hanging[v]:
                continue
            limit = min(along[w] - self._distance(v, w) for w in flow.succ[v])
            if v in old:
                first = min((w for w in flow.succ[v] if w in old), key=lambda w: old[w][0], default=None)
                moved = max(along[first] - old[first][0], 0.0) if first is not None else 0.0
                along[v] = min(old[v][0] + moved, limit)
            else:
                along[v] = self._previous_column(limit)

    def _next_column(self, low: float) -> float:
        k = bisect_left(self.columns, low - 1e-6)
        return self.columns[k] if k < len(self.columns) and self.columns[k] - low <= SNAP else low

    def _previous_column(self, high: float) -> float:
        k = bisect_right(self.columns, high + 1e-6)
        return self.columns[k - 1] if k and high - self.columns[k - 1] <= SNAP else high


def _leading_on(flow: Flow, old: Mapping[int, Place]) -> list[bool]:
    """Which nodes have a node after them that was there before."""
    leads = [False] * len(flow.succ)
    for v in reversed(flow.topological):
        leads[v] = any(w in old or leads[w] for w in flow.succ[v])
    return leads


def _hanging(flow: Flow, old: Mapping[int, Place], leads: list[bool]) -> list[bool]:
    """Which nodes follow their consumers rather than lead them: parameters, aliases, and what is made of such alone.

    What an edit makes of parameters alone is put in before its use, as long as that was there, and draws them back.
    """
    n = len(flow.succ)
    cost = hanging_cost(flow.succ, flow.pred, flow.topological)
    main_pred = [min(p, key=lambda u: (-flow.depth[u], u)) if p else -1 for p in flow.pred]
    made = [False] * n
    for v in flow.topological:
        made[v] = v not in old and all(made[u] or (leads[v] and not flow.pred[u]) for u in flow.pred[v])
    hanging = [False] * n
    for v in reversed(flow.topological):
        follows = made[v] or all(main_pred[w] != v or hanging[w] for w in flow.succ[v])
        hanging[v] = bool(flow.succ[v]) and (cost[v] == 0 or made[v]) and follows
    for v in flow.topological:
        hanging[v] = hanging[v] and all(hanging[u] for u in flow.pred[v])
    return hanging


class _Across:
    """Gives nodes whose place along the flow is settled their place across it."""

    def __init__(
        self,
        problem: Problem,
        flow: Flow,
        old: dict[int, Place],
        along: dict[int, float],
        hanging: list[bool],
        spacing: Spacing,
    ) -> None:
        self.flow, self.old, self.along, self.hanging = flow, old, along, hanging
        self.problem = problem
        self.sheet = Sheet(problem, spacing)
        self.across: dict[int, float] = {}

    def run(self) -> dict[int, float]:
        """The places, once all nodes have one."""
        old, along = self.old, self.along
        stayed = [v for v in sorted(old) if along[v] == old[v][0]]
        pushed = [v for v in sorted(old) if along[v] != old[v][0]]
        displaced: list[int] = []
        for v in stayed:
            if self.sheet.overlaps(v, along[v], old[v][1]):
                displaced.append(v)
            else:
                self._put(v, old[v][1])
        for block in self._levels(pushed):
            in_the_way = {w for v in block for w in self.sheet.overlaps(v, along[v], old[v][1])}
            if len(in_the_way) < len(block):
                for w in in_the_way:
                    self.sheet.remove(w)
                    del self.across[w]
                displaced += in_the_way
                for v in block:
                    self._put(v, old[v][1])
            else:
                self._put_near(block, old[block[0]][1], whole=False)
        for v in sorted(displaced):
            self._put_near([v], old[v][1], whole=False)
        self.sheet.close_groups()
        for block in self._chains():
            self._put_near(block, self._wanted(block), whole=True)
        self._clear_frames()
        return self.across

    def _clear_frames(self) -> None:
        """Moves nodes out of the frames of groups that the edit has changed."""
        groups = self.problem.groups
        changed = {groups[v] for v in self.across if groups[v] and self.old.get(v) != (self.along[v], self.across[v])}
        if not changed:
            return
        strangers = self.sheet.strangers(changed)
        for v in strangers:
            self.sheet.remove(v)
        for block in self._levels([v for v in strangers if v in self.old]):
            self._put_near(block, self.across[block[0]], whole=False)
        for v in strangers:
            if v not in self.old:
                self._put_near([v], self.across[v], whole=False)

    def _put(self, v: int, place: float) -> None:
        self.across[v] = place
        self.sheet.add(v, self.along[v], place)

    def _put_near(self, block: list[int], wanted: float, *, whole: bool) -> None:
        place = self.sheet.free_place([(v, self.along[v]) for v in block], wanted, BELOW_BIAS, whole=whole)
        for v in block:
            self._put(v, place)

    def _levels(self, pushed: list[int]) -> list[list[int]]:
        """Pushed nodes that stood on one level and are joined by edges: they move together. Long blocks first."""
        waiting = dict.fromkeys(pushed)
        blocks = []
        for start in pushed:
            if start not in waiting:
                continue
            del waiting[start]
            block = [start]
            for v in block:
                for w in (*self.flow.succ[v], *self.flow.pred[v]):
                    if w in waiting and self._level(w) == self._level(v):
                        del waiting[w]
                        block.append(w)
            blocks += self._one_behind_another(block)
        return sorted(blocks, key=lambda block: (-len(block), block[0]))

    def _level(self, v: int) -> float:
        return self.across[v] if v in self.across else self.old[v][1]

    def _one_behind_another(self, block: list[int]) -> list[list[int]]:
        """The block without those of its nodes that would cover others of it on one level; these by themselves."""
        row: list[int] = []
        others: list[list[int]] = []
        end = float("-inf")
        for v in sorted(block, key=lambda v: (self.along[v], v)):
            half = self.problem.along[v] / 2
            if self.along[v] - half < end:
                others.append([v])
            else:
                row.append(v)
                end = self.along[v] + half
        return [row, *others]

    def _chains(self) -> list[list[int]]:
        """New nodes in the runs in which they are placed: those in the flow from its start, hanging ones from its end."""
        flow, new = self.flow, [v for v in self.flow.topological if v not in self.old]
        chains = []
        seen: set[int] = set()
        for start in new:
            if self.hanging[start] or start in seen:
                continue
            chain = [start]
            while True:
                tail = chain[-1]
                following = [w for w in flow.succ[tail] if w not in self.old and w not in seen and not self.hanging[w]]
                if not following:
                    break
                following.sort(key=lambda w: (-flow.height[w], w))
                chain.append(following[0])
            seen.update(chain)
            chains.append(chain)
        return chains + [[v] for v in reversed(new) if self.hanging[v]]

    def _wanted(self, block: list[int]) -> float:
        """The level of the producer that a run continues, or of the first consumer."""
        flow, across = self.flow, self.across
        before = [u for u in flow.pred[block[0]] if u in across]
        if before and not self.hanging[block[0]]:
            return across[max(before, key=lambda u: (not self.hanging[u], flow.depth[u], -u))]
        after = [w for v in block for w in flow.succ[v] if w in across]
        if after:
            return across[min(after)]
        return across[before[0]] if before else 0.0
