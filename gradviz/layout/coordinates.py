"""Where the items of ordered layers stand across the flow.

Items that a line should join without a bend are threaded into *blocks* (as in U. Brandes and B. Köpf, "Fast and simple
horizontal coordinate assignment", 2001: aligned segments never cross); a block has one coordinate, so what is threaded is
exactly straight. Blocks are kept apart by the items next to each other in some layer, and since they do not cross, these
constraints have no cycle. A block that is held far out only by a staircase of others is bent where that ends. Blocks then
settle towards the median of their neighbours, as far as there is room.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from dataclasses import dataclass

from gradviz.layout.layers import Layered
from gradviz.layout.problem import GroupPath, Spacing
from gradviz.layout.ranking import Flow

MAX_PASSES = 12


@dataclass
class _Strip:
    """The ordered layers with group frames drawn in as items of their own, and each item's extent across."""

    layers: list[list[int]]
    extent: list[float]
    frame_side: dict[int, int]  # frame item -> +1 where what it holds lies after it, -1 where before
    frames: list[tuple[int, int]]  # segments along one side of a frame


def assign_across(layered: Layered, flow: Flow, across: list[float], spacing: Spacing, title: bool) -> list[float]:
    """The coordinate across the flow of every item of `layered`, the smallest node edge being at about 0.

    Args:
        layered: the graph in ordered layers.
        flow: its ranking.
        across: each node's extent.
        spacing: distances.
        title: whether a group's title takes room on the side of smaller coordinates.
    """
    strip = _with_frames(layered, across)
    distance = _distances(strip, layered, spacing, title)
    chains = _thread(strip, _alignments(layered, flow, strip))
    chains = _bend(strip, chains, distance, set(layered.main), layered.node_count, spacing.node_gap * 2)
    block = _numbered(chains, len(strip.extent))
    before, after = _separations(strip, block, len(chains), distance)
    order = _topological(before, after)
    place = [0.0] * len(chains)
    for b in order:
        place[b] = max((place[a] + d for a, d in before[b].items()), default=0.0)
    _settle(place, order, before, after, _pulls(layered, block, len(chains)))
    result = [place[block[item]] for item in range(len(layered.layer))]
    top = min((result[i] - across[i] / 2 for i in range(layered.node_count)), default=0.0)
    return [y - top for y in result]


def _with_frames(layered: Layered, across: list[float]) -> _Strip:
    extent = list(across) + [0.0] * (len(layered.layer) - layered.node_count)
    strip = _Strip([], extent, {}, [])
    last: dict[tuple[GroupPath, int], tuple[int, int]] = {}

    def frame(path: GroupPath, side: int, r: int, row: list[int]) -> None:
        item = len(extent)
        extent.append(0.0)
        strip.frame_side[item] = side
        row.append(item)
        known = last.get((path, side))
        if known is not None and known[0] == r - 1:
            strip.frames.append((known[1], item))
        last[path, side] = (r, item)

    for r, items in enumerate(layered.layers):
        row: list[int] = []
        open_path: GroupPath = ()
        for item in [*items, -1]:
            path = layered.groups[item] if item >= 0 else ()
            while open_path != path[: len(open_path)]:
                frame(open_path, -1, r, row)
                open_path = open_path[:-1]
            while len(open_path) < len(path):
                open_path = path[: len(open_path) + 1]
                frame(open_path, 1, r, row)
            if item >= 0:
                row.append(item)
        strip.layers.append(row)
    return strip


def _alignments(layered: Layered, flow: Flow, strip: _Strip) -> list[tuple[int, int]]:
    """Segments that want to be straight, the most important first.

    First the main path, then frames and the inside of lanes, then the rest by the length of the longest path through it.
    """
    depth, height, owner, n = flow.depth, flow.height, layered.owner, layered.node_count
    main_edges = set(zip(layered.main, layered.main[1:], strict=False))
    keyed = []
    for u, v in layered.segments():
        if owner[u] < 0 or owner[v] < 0:
            continue
        if (u, v) in main_edges:
            rank = 0
        elif u >= n and v >= n:
            rank = 2
        else:
            rank = 3
        through = depth[owner[u]] + height[owner[v]]
        keyed.append((rank, -through, v >= n, owner[u], u, v))
    keyed.extend((1, 0, False, 0, u, v) for u, v in strip.frames)
    keyed.sort()
    return [entry[-2:] for entry in keyed]


def _thread(strip: _Strip, segments: list[tuple[int, int]]) -> list[list[int]]:
    """Chains of items, each a block: takes segments in turn unless an end is taken already or a taken one is crossed."""
    count = len(strip.extent)
    pos = [0] * count
    layer = [0] * count
    for r, items in enumerate(strip.layers):
        for k, item in enumerate(items):
            pos[item], layer[item] = k, r
    following = [-1] * count
    preceded = [False] * count
    taken: list[tuple[list[int], list[int]]] = [([], []) for _ in strip.layers]
    for u, v in segments:
        if following[u] >= 0 or preceded[v]:
            continue
        left, right = taken[layer[u]]
        k = bisect_left(left, pos[u])
        if (k and right[k - 1] > pos[v]) or (k < len(right) and right[k] < pos[v]):
            continue
        left.insert(k, pos[u])
        right.insert(k, pos[v])
        following[u] = v
        preceded[v] = True
    chains: list[list[int]] = []
    for items in strip.layers:
        for item in items:
            if not preceded[item]:
                chain = [item]
                while following[chain[-1]] >= 0:
                    chain.append(following[chain[-1]])
                chains.append(chain)
    return chains


def _numbered(chains: list[list[int]], count: int) -> list[int]:
    """The number of each item's chain."""
    block = [-1] * count
    for b, chain in enumerate(chains):
        for item in chain:
            block[item] = b
    return block


def _distances(strip: _Strip, layered: Layered, spacing: Spacing, title: bool) -> list[float]:
    """For each item the least distance from the one before it in its layer; 0 for the first."""
    n, side, extent = layered.node_count, strip.frame_side, strip.extent
    beside_lane = max(spacing.lane_gap, spacing.node_gap * 0.6)
    distance = [0.0] * len(extent)
    for items in strip.layers:
        for a, b in itertools.pairwise(items):
            if a in side or b in side:
                inside = side.get(a) == 1 or side.get(b) == -1
                gap = spacing.group_padding if inside else spacing.node_gap / 2
                if inside and title and side.get(a) == 1:
                    gap += spacing.group_title
            elif a < n and b < n:
                gap = spacing.node_gap
            else:
                gap = spacing.lane_gap if a >= n and b >= n else beside_lane
            distance[b] = float(math.ceil((extent[a] + extent[b]) / 2 + gap))
    return distance


def _bend(
    strip: _Strip,
    chains: list[list[int]],
    distance: list[float],
    on_main: set[int],
    node_count: int,
    tolerance: float,
) -> list[list[int]]:
    """Cuts chains where only other chains hold them off.

    Straight chains that overlap one after the other make a staircase: each has to stay outside the one before it, and in a
    long loop they would lead ever farther away. A chain that stands more than `tolerance` farther out than any of its
    items would in its own layer, packed tightly, keeps that place only in the layers where something holds it there. Only
    lanes are bent: from node to node a chain stays straight.
    """
    before = {b: a for items in strip.layers for a, b in itertools.pairwise(items)}
    block = _numbered(chains, len(strip.extent))
    order = _topological(*_separations(strip, block, len(chains), distance))
    packed = [0.0] * len(strip.extent)  # the coordinate in a tightly packed layer; beyond the main path, seen from there
    beyond = [False] * len(strip.extent)
    for items in strip.layers:
        total, passed = 0.0, False
        for item in items:
            total = 0.0 if item in on_main else total + distance[item]
            packed[item], beyond[item] = total, passed
            passed = passed or item in on_main
    base = 0.0
    place = [0.0] * len(strip.extent)
    result: list[list[int]] = []
    for b in order:
        chain = chains[b]
        needs = [place[before[item]] + distance[item] if item in before else 0.0 for item in chain]
        limit = max(packed[item] + (base if beyond[item] else 0.0) for item in chain) + tolerance
        fixed = chain[0] in strip.frame_side or not on_main.isdisjoint(chain)
        pieces = [chain] if fixed or max(needs) <= limit else _cut(chain, needs, limit, node_count)
        start = 0
        for piece in pieces:
            y = max(needs[start : start + len(piece)])
            start += len(piece)
            for item in piece:
                place[item] = y
            if not on_main.isdisjoint(piece):
                base = max(base, y)
        result += pieces
    return result


def _cut(chain: list[int], needs: list[float], limit: float, node_count: int) -> list[list[int]]:
    """The chain in pieces, held beyond the limit or not, without a cut between two nodes."""
    firm = [[0]]
    for k in range(1, len(chain)):
        if chain[k] < node_count and chain[k - 1] < node_count:
            firm[-1].append(k)
        else:
            firm.append([k])
    pieces: list[list[int]] = []
    last: bool | None = None
    for part in firm:
        held = max(needs[k] for k in part) > limit
        if held != last:
            pieces.append([])
            last = held
        pieces[-1] += [chain[k] for k in part]
    return pieces


def _separations(
    strip: _Strip, block: list[int], count: int, distance: list[float]
) -> tuple[list[dict[int, float]], list[dict[int, float]]]:
    """For each block the blocks just before and just after it in some layer, with the least distance of the two."""
    before: list[dict[int, float]] = [{} for _ in range(count)]
    after: list[dict[int, float]] = [{} for _ in range(count)]
    for items in strip.layers:
        for a, b in itertools.pairwise(items):
            p, q = block[a], block[b]
            if after[p].get(q, -1.0) < distance[b]:
                after[p][q] = before[q][p] = distance[b]
    return before, after


def _topological(before: list[dict[int, float]], after: list[dict[int, float]]) -> list[int]:
    waiting = [len(entries) for entries in before]
    order = [b for b, w in enumerate(waiting) if w == 0]
    for b in order:
        for c in after[b]:
            waiting[c] -= 1
            if waiting[c] == 0:
                order.append(c)
    return order


def _pulls(layered: Layered, block: list[int], count: int) -> list[list[int]]:
    """For each block the blocks at the other ends of its segments, as often as there are segments."""
    pulls: list[list[int]] = [[] for _ in range(count)]
    for u, v in layered.segments():
        a, b = block[u], block[v]
        if a != b:
            pulls[a].append(b)
            pulls[b].append(a)
    return pulls


def _settle(
    place: list[float],
    order: list[int],
    before: list[dict[int, float]],
    after: list[dict[int, float]],
    pulls: list[list[int]],
) -> None:
    """Moves each block towards the median of what pulls at it, within the room its neighbours leave; in place."""
    movable = [b for b in order if pulls[b]]
    for number in range(MAX_PASSES):
        moved = False
        for b in movable if number % 2 else reversed(movable):
            wanted = sorted([place[a] for a in pulls[b]])
            k = len(wanted)
            now = place[b]
            low, high = wanted[(k - 1) // 2], wanted[k // 2]
            target = low if now < low else min(now, high)
            if target < now:
                for a, d in before[b].items():
                    if place[a] + d > target:
                        target = place[a] + d
            elif target > now:
                for c, d in after[b].items():
                    if place[c] - d < target:
                        target = place[c] - d
            if abs(target - now) > 1e-9:
                place[b] = target
                moved = True
        if not moved and number:
            return
