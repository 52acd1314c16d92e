"""What is to be laid out: a graph's nodes, sizes, edges and groups as plain numbered columns.

Everything inside this package works in two abstract axes, so that both orientations are one algorithm: *along* is the
direction in which edges flow (x for "LR", y for "TB"), *across* is the other. Only `Problem` translates.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import networkx as nx

Node = Hashable
Edge = tuple[Node, Node]
GroupPath = tuple[Hashable, ...]
Orientation = Literal["LR", "TB"]
SizeSource = str | Mapping[Any, tuple[float, float]]

DEFAULT_SIZE = (118.0, 30.0)


@dataclass(frozen=True)
class Spacing:
    """Distances in px.

    Attributes:
        layer_gap: free space between two neighbouring layers.
        node_gap: free space between two nodes of one layer.
        lane_gap: distance of two long edges that pass a layer side by side.
        group_padding: free space between a group's frame and what it holds.
        group_title: height of the line of text at the top of a group's frame.
    """

    layer_gap: float = 36.0
    node_gap: float = 28.0
    lane_gap: float = 14.0
    group_padding: float = 16.0
    group_title: float = 18.0


def make_spacing(layer_gap: float | None, node_gap: float | None) -> Spacing:
    """The default distances with some of them replaced.

    Raises:
        ValueError: a negative or infinite gap.
    """
    default = Spacing()
    gaps = (default.layer_gap if layer_gap is None else layer_gap, default.node_gap if node_gap is None else node_gap)
    for gap in gaps:
        if not 0 <= gap < math.inf:
            raise ValueError(f"a gap must be finite and not negative, not {gap!r}")
    return Spacing(layer_gap=gaps[0], node_gap=gaps[1])


@dataclass
class Problem:
    """A graph in columns; node `i` is the i-th in program order.

    Attributes:
        nodes: the graph's nodes in program order.
        along: each node's extent in the direction of flow, px.
        across: each node's extent in the other direction, px.
        edges: pairs of node numbers, without self-loops or doubles.
        weights: the weight of each edge.
        groups: each node's group path, outermost first; empty for a node in no group.
        orientation: "LR" or "TB".
    """

    nodes: list[Node]
    along: list[float]
    across: list[float]
    edges: list[tuple[int, int]]
    weights: list[float]
    groups: list[GroupPath]
    orientation: Orientation
    index: dict[Node, int] = field(init=False)

    def __post_init__(self) -> None:
        self.index = {node: i for i, node in enumerate(self.nodes)}

    def to_xy(self, along: float, across: float) -> tuple[float, float]:
        """The point in the picture of a place in the abstract axes."""
        return (along, across) if self.orientation == "LR" else (across, along)

    def from_xy(self, x: float, y: float) -> tuple[float, float]:
        """The place (along, across) of a point in the picture."""
        return (x, y) if self.orientation == "LR" else (y, x)


def read_problem(
    G: nx.DiGraph,
    *,
    orientation: Orientation = "LR",
    size: SizeSource = "size",
    order: str = "order",
    group: str = "group",
    weight: str = "weight",
) -> Problem:
    """Reads a graph into columns.

    Args:
        G: a directed graph; cycles, self-loops and parallel edges are tolerated.
        orientation: "LR" (edges run to the right) or "TB" (edges run down).
        size: name of the node attribute that holds (width, height) in px, or a mapping from node to that pair. A node
            without one is taken to be a function pill, 118 x 30.
        order: name of the node attribute with the place in program order. A node without one follows the node before it
            in the graph.
        group: name of the node attribute with the group: a tuple is a nested path, any other value a path of one.
        weight: name of the edge attribute with an edge's weight for the main path, 1 if absent.

    Raises:
        ValueError: unknown orientation; a size that is not a pair of finite positive numbers; a weight that is not a
            finite number.
    """
    if orientation not in ("LR", "TB"):
        raise ValueError(f"orientation must be 'LR' or 'TB', not {orientation!r}")
    keyed: list[tuple[float, int, Node]] = []
    last = 0.0
    for i, (node, data) in enumerate(G.nodes(data=True)):
        value = data.get(order)
        last = last if value is None else float(value)
        keyed.append((last, i, node))
    keyed.sort(key=lambda entry: entry[:2])
    nodes = [node for _, _, node in keyed]
    index = {node: i for i, node in enumerate(nodes)}
    along, across = [], []
    for node in nodes:
        width, height = node_size(G, node, size)
        along.append(width if orientation == "LR" else height)
        across.append(height if orientation == "LR" else width)
    edges: dict[tuple[int, int], float] = {}
    for u, v, value in G.edges(data=weight, default=1.0):
        if u != v:
            edges[index[u], index[v]] = _weight(u, v, value)
    edges = dict(sorted(edges.items()))
    groups = [group_path(G.nodes[node].get(group)) for node in nodes]
    return Problem(nodes, along, across, list(edges), list(edges.values()), groups, orientation)


def node_size(G: nx.DiGraph, node: Node, size: SizeSource) -> tuple[float, float]:
    """A node's (width, height) in px; `DEFAULT_SIZE` where none is given.

    Raises:
        ValueError: the size is not a pair of finite positive numbers.
    """
    value = G.nodes[node].get(size) if isinstance(size, str) else size.get(node)
    if value is None:
        return DEFAULT_SIZE
    try:
        width, height = (float(part) for part in value)
    except (TypeError, ValueError):
        raise ValueError(f"the size of node {node!r} must be (width, height) in px, not {value!r}") from None
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise ValueError(f"the size of node {node!r} must be finite and positive, not {value!r}")
    return width, height


def _weight(u: Node, v: Node, value: Any) -> float:
    try:
        weight = float(value)
    except (TypeError, ValueError):
        weight = math.nan
    if not math.isfinite(weight):
        raise ValueError(f"the weight of edge {u!r} -> {v!r} must be a finite number, not {value!r}")
    return weight


def group_path(value: object) -> GroupPath:
    """A `group` attribute as a path: `None` is no group, a tuple a nested path, anything else a path of one."""
    if value is None:
        return ()
    if isinstance(value, tuple):
        return value
    assert isinstance(value, Hashable)
    return (value,)


def common_path(paths: Iterable[GroupPath]) -> GroupPath:
    """The longest group path that all of `paths` begin with."""
    result: GroupPath | None = None
    for path in paths:
        if result is None:
            result = path
            continue
        length = 0
        for a, b in zip(result, path, strict=False):
            if a != b:
                break
            length += 1
        result = result[:length]
    return result or ()


def adjacency(n: int, edges: Iterable[tuple[int, int]]) -> tuple[list[list[int]], list[list[int]]]:
    """Successor and predecessor lists of `n` numbered nodes."""
    succ: list[list[int]] = [[] for _ in range(n)]
    pred: list[list[int]] = [[] for _ in range(n)]
    for u, v in edges:
        succ[u].append(v)
        pred[v].append(u)
    return succ, pred


def components(problem: Problem) -> list[list[int]]:
    """The weakly connected parts, each in program order, by their first node; one group's nodes count as connected."""
    parent = list(range(len(problem.nodes)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for u, v in problem.edges:
        a, b = find(u), find(v)
        parent[max(a, b)] = min(a, b)
    first: dict[Hashable, int] = {}
    for i, path in enumerate(problem.groups):
        if path:
            a, b = find(i), find(first.setdefault(path[0], i))
            parent[max(a, b)] = min(a, b)
    parts: dict[int, list[int]] = {}
    for i in range(len(problem.nodes)):
        parts.setdefault(find(i), []).append(i)
    return list(parts.values())


def subproblem(problem: Problem, part: list[int]) -> Problem:
    """The problem of whole components alone, in the same order."""
    if len(part) == len(problem.nodes):
        return problem
    local = {i: k for k, i in enumerate(part)}
    within = [k for k, (u, _) in enumerate(problem.edges) if u in local]
    return Problem(
        [problem.nodes[i] for i in part],
        [problem.along[i] for i in part],
        [problem.across[i] for i in part],
        [(local[problem.edges[k][0]], local[problem.edges[k][1]]) for k in within],
        [problem.weights[k] for k in within],
        [problem.groups[i] for i in part],
        problem.orientation,
    )
