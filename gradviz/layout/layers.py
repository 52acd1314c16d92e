"""The layered graph: nodes in their layers, with a stand-in wherever something passes a layer without a node of its own.

A long edge passes layers as a *lane*, which edges share (see `lanes`). A group that has no node in a layer between its
first and last is held together there by a *spine*.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from gradviz.layout.lanes import LanePlan, plan_lanes
from gradviz.layout.problem import GroupPath, common_path
from gradviz.layout.ranking import Flow


@dataclass
class Layered:
    """Items are numbered: first the nodes, then lanes, then spines.

    Attributes:
        node_count: how many of the items are nodes.
        layer: each item's layer.
        layers: the items of each layer, in their order across.
        up, down: each item's neighbours in the layer before and after it.
        owner: the node itself, the owner of a lane, -1 for a spine.
        groups: each item's group path.
        lanes: the lanes, each with its items.
        trunk: edges that take no part in the layered flow.
        main: the items of the main path, lanes included, in the order of their layers.
    """

    node_count: int
    layer: list[int]
    layers: list[list[int]]
    up: list[list[int]]
    down: list[list[int]]
    owner: list[int]
    groups: list[GroupPath]
    lanes: list[tuple[LanePlan, list[int]]]
    trunk: list[tuple[int, int]]
    main: list[int]

    def segments(self) -> list[tuple[int, int]]:
        """All pairs of neighbours in consecutive layers, the earlier layer's item first."""
        return [(u, v) for u, below in enumerate(self.down) for v in below]


def build_layers(flow: Flow, groups: list[GroupPath]) -> Layered:
    """Lays the flow into layers, in program order within each."""
    n = len(flow.rank)
    layer = list(flow.rank)
    layers: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for i, r in enumerate(layer):
        layers[r].append(i)
    plans, trunk = plan_lanes(layer, flow.succ)
    up: list[list[int]] = [[] for _ in range(n)]
    down: list[list[int]] = [[] for _ in range(n)]
    result = Layered(n, layer, layers, up, down, list(range(n)), list(groups), [], trunk, [])
    for u, targets in enumerate(flow.succ):
        for v in targets:
            if layer[v] == layer[u] + 1:
                _link(result, u, v)
    for plan in plans:
        _add_lane(result, plan)
    _add_spines(result)
    result.main = _main_items(result, flow.main)
    return result


def _new_item(layered: Layered, layer: int, owner: int, group: GroupPath) -> int:
    item = len(layered.layer)
    layered.layer.append(layer)
    layered.layers[layer].append(item)
    layered.up.append([])
    layered.down.append([])
    layered.owner.append(owner)
    layered.groups.append(group)
    return item


def _link(layered: Layered, u: int, v: int) -> None:
    layered.down[u].append(v)
    layered.up[v].append(u)


def _add_lane(layered: Layered, plan: LanePlan) -> None:
    group = common_path(layered.groups[i] for edge in plan.edges for i in edge)
    lane = [_new_item(layered, r, plan.owner, group) for r in range(plan.first, plan.last + 1)]
    for a, b in itertools.pairwise(lane):
        _link(layered, a, b)
    for u, v in plan.edges:
        if not plan.bus:
            _link(layered, lane[layered.layer[v] - 1 - plan.first], v)
        else:
            _link(layered, u, lane[layered.layer[u] + 1 - plan.first])
    if plan.bus:
        _link(layered, lane[-1], plan.owner)
    else:
        _link(layered, plan.owner, lane[0])
    layered.lanes.append((plan, lane))


def _main_items(layered: Layered, main: list[int]) -> list[int]:
    lane_of = {edge: (plan, items) for plan, items in layered.lanes for edge in plan.edges}
    result = main[:1]
    for u, v in itertools.pairwise(main):
        if (u, v) in lane_of:
            plan, items = lane_of[u, v]
            result += items[layered.layer[u] + 1 - plan.first : layered.layer[v] - plan.first]
        result.append(v)
    return result


def _add_spines(layered: Layered) -> None:
    held: dict[GroupPath, dict[int, int]] = {}
    for item, path in enumerate(layered.groups):
        for length in range(1, len(path) + 1):
            held.setdefault(path[:length], {}).setdefault(layered.layer[item], item)
    for path, present in sorted(held.items(), key=lambda entry: -len(entry[0])):
        for r in range(min(present), max(present) + 1):
            if r in present:
                if layered.owner[present.get(r - 1, present[r])] < 0:
                    _link(layered, present[r - 1], present[r])
                continue
            present[r] = _new_item(layered, r, -1, path)
            _link(layered, present[r - 1], present[r])
            for length in range(1, len(path)):
                held[path[:length]].setdefault(r, present[r])
