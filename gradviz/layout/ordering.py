"""The order of each layer's items across the flow.

It starts from the program and the main path, not from chance: a depth-first walk from the last result back through its
operands lays out every tree in the graph without a crossing. Barycentre sweeps and exchanges of neighbours (K. Sugiyama et
al., "Methods for visual understanding of hierarchical system structures", 1981; E. R. Gansner et al., "A technique for
drawing directed graphs", 1993) may then only improve on that. Members of a group always stay side by side.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np

from gradviz.layout.layers import Layered
from gradviz.layout.problem import GroupPath
from gradviz.layout.ranking import Flow

MAX_ROUNDS = 12
PATIENCE = 3


def order_layers(layered: Layered, flow: Flow) -> None:
    """Puts `layered.layers` in order: with side branches after the main path unless putting some before it is better."""
    crossings = Crossings(layered)
    best, keep = -1, layered.layers
    for raised in (False, True):
        count = _improve(layered, flow, crossings, raised)
        if best < 0 or count < best:
            best, keep = count, [list(items) for items in layered.layers]
        if best == 0:
            break
    layered.layers[:] = keep


def _improve(layered: Layered, flow: Flow, crossings: Crossings, raised: bool) -> int:
    """Sets out a start order and betters it; returns the crossings left."""
    _start_order(layered, flow, raised)
    crossings.read_places(layered)
    best = crossings.count()
    keep = [list(items) for items in layered.layers]
    waited = 0
    for round_ in range(MAX_ROUNDS):
        if best == 0 or waited >= PATIENCE:
            break
        _sweep(layered, crossings.pos, forward=round_ % 2 == 1)
        _exchange(layered, crossings.pos)
        count = crossings.count()
        waited += 1
        if count < best:
            best, keep, waited = count, [list(items) for items in layered.layers], 0
    layered.layers[:] = keep
    return best


class Crossings:
    """Counts the crossings of a layered graph's segments.

    Attributes:
        pos: each item's place in its layer, kept by whoever reorders.
    """

    def __init__(self, layered: Layered) -> None:
        self.pos = [0] * len(layered.layer)
        segments = np.array(layered.segments(), dtype=np.int64).reshape(-1, 2)
        self._u, self._v = segments[:, 0], segments[:, 1]
        self._layer = np.array(layered.layer, dtype=np.int64)[self._u]

    def read_places(self, layered: Layered) -> None:
        """Takes the places from the order of the layers."""
        for items in layered.layers:
            for k, item in enumerate(items):
                self.pos[item] = k

    def count(self) -> int:
        """The number of pairs of segments that cross."""
        pos = np.array(self.pos, dtype=np.int64)
        width = int(pos.max(initial=0)) + 1
        a = self._layer * width + pos[self._u]
        b = self._layer * width + pos[self._v]
        return count_inversions(b[np.lexsort((b, a))])


def count_inversions(values: np.ndarray) -> int:
    """The number of pairs i < j with values[i] > values[j], in O(n log n): a radix sort that counts what it moves."""
    n = len(values)
    rank = np.empty(n, dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(n)
    total = 0
    for bit in range(max(n - 1, 0).bit_length() - 1, -1, -1):
        block = rank >> (bit + 1)
        one = (rank >> bit) & 1
        before = np.cumsum(one) - one
        starts = np.flatnonzero(np.r_[True, block[1:] != block[:-1]])
        before -= np.repeat(before[starts], np.diff(np.r_[starts, n]))
        total += int(before[one == 0].sum())
        rank = rank[np.argsort(rank >> bit, kind="stable")]
    return total


def _start_order(layered: Layered, flow: Flow, raised: bool) -> None:
    """A depth-first walk from the last result back; the main path comes first in its layers, side branches after it.

    Lanes that leave the main path and come back to it are met before it, so that they pass on its outer side and what
    belongs to the main path's nodes (their parameters) stays close to them on the other. With `raised`, side branches that
    such a lane leads to (a recurrent net's cell state) come before the main path too.
    """
    on_main = set(layered.main)
    n = layered.node_count
    branch = [0] * n  # the last layer in which a node or an ancestor of it stood on the main path
    for v in flow.topological:
        branch[v] = flow.rank[v] if v in on_main else max((branch[u] for u in flow.pred[v]), default=-1)
    sinks = [v for v in range(n) if not flow.succ[v]]
    sinks.sort(key=lambda v: (v not in on_main, -branch[v], v))

    early = [item >= n and item not in on_main and owner in on_main for item, owner in enumerate(layered.owner)]
    skips = _skipping(layered, early, on_main) if raised else early

    def walk_key(u: int) -> tuple[bool, bool, int, int]:
        owner = layered.owner[u]
        if owner < 0:
            return (True, True, 0, u)
        return (not (to_main and skips[u]), u not in on_main, -flow.depth[owner], owner)

    seen = [False] * len(layered.layer)
    order: list[list[int]] = [[] for _ in layered.layers]
    for sink in sinks:
        stack = [sink]
        while stack:
            item = stack.pop()
            if seen[item]:
                continue
            seen[item] = True
            order[layered.layer[item]].append(item)
            to_main = item in on_main or early[item]
            stack.extend(sorted(layered.up[item], key=walk_key, reverse=True))
    for item in range(len(layered.layer)):
        if not seen[item]:
            order[layered.layer[item]].append(item)
    layered.layers[:] = order
    pos = [0.0] * len(layered.layer)
    for items in order:
        for k, item in enumerate(items):
            pos[item] = k
    for r, items in enumerate(layered.layers):
        if any(layered.groups[item] for item in items):
            layered.layers[r] = _cluster(items, layered.groups, pos, 0)


def _skipping(layered: Layered, early: list[bool], on_main: set[int]) -> list[bool]:
    """The items off the main path that a lane from it leads to, by way of others off it."""
    skips = list(early)
    for items in layered.layers:
        for item in items:
            if not skips[item] and item not in on_main:
                skips[item] = any(skips[u] for u in layered.up[item])
    return skips


def _cluster(items: list[int], groups: list[GroupPath], key: list[float], level: int) -> list[int]:
    """Sorts a layer by key, the members of each group together at the mean of their keys."""
    units: dict[tuple[bool, object], list[int]] = {}
    for item in items:
        path = groups[item]
        name: tuple[bool, object] = (True, path[level]) if len(path) > level else (False, item)
        units.setdefault(name, []).append(item)
    ordered = sorted(units.items(), key=lambda unit: sum(key[i] for i in unit[1]) / len(unit[1]))
    result: list[int] = []
    for (grouped, _), members in ordered:
        result += _cluster(members, groups, key, level + 1) if grouped else members
    return result


def _sweep(layered: Layered, pos: list[int], *, forward: bool) -> None:
    """One pass over all layers: each item moves to the barycentre of its neighbours in the layer just passed."""
    neighbours = layered.up if forward else layered.down
    key = [0.0] * len(layered.layer)
    layers = layered.layers
    numbers = range(1, len(layers)) if forward else range(len(layers) - 2, -1, -1)
    for r in numbers:
        items = layers[r]
        if len(items) < 2:
            continue
        free: list[int] = []
        for item in items:
            near = neighbours[item]
            if near:
                key[item] = sum([pos[w] for w in near]) / len(near)
                free.append(item)
        if not free:
            continue
        free.sort(key=key.__getitem__)
        if len(free) < len(items):  # an item with no neighbour on that side keeps its place, between those around it
            rest = iter(free)
            free = [next(rest) if neighbours[item] else item for item in items]
        if any(layered.groups[item] for item in items):
            for k, item in enumerate(free):
                key[item] = k
            free = _cluster(free, layered.groups, key, 0)
        layers[r] = free
        for k, item in enumerate(free):
            pos[item] = k


def _exchange(layered: Layered, pos: list[int]) -> None:
    """Exchanges neighbours in a layer as long as that takes away crossings."""
    up, down, groups, layers = layered.up, layered.down, layered.groups, layered.layers
    dirty = set(range(len(layers)))
    for _ in range(8):
        changed: set[int] = set()
        for r in sorted(dirty):
            items = layers[r]
            for k in range(len(items) - 1):
                a, b = items[k], items[k + 1]
                if groups[a] != groups[b]:
                    continue
                gain = _order_gain(up[a], up[b], pos) + _order_gain(down[a], down[b], pos)
                if gain > 0:
                    items[k], items[k + 1] = b, a
                    pos[a], pos[b] = k + 1, k
                    changed.add(r)
        if not changed:
            return
        dirty = {s for r in changed for s in (r - 1, r, r + 1) if 0 <= s < len(layers)}


def _order_gain(a: list[int], b: list[int], pos: list[int]) -> int:
    """How many crossings vanish on one side when an item with neighbours `a` is put after one with neighbours `b`."""
    if not a or not b:
        return 0
    if len(a) == 1 and len(b) == 1:
        x, y = pos[a[0]], pos[b[0]]
        return (x > y) - (x < y)
    other = sorted([pos[w] for w in b])
    gain = 0
    for w in a:
        x = pos[w]
        gain += bisect_left(other, x) - (len(other) - bisect_right(other, x))
    return gain
