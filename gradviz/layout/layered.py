"""The public entry: a layered layout of an autograd graph, in networkx's calling convention."""
# ruff: noqa: N803 (G is what networkx calls a graph)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

from gradviz.layout.fresh import join_tracks, place_all
from gradviz.layout.problem import Edge, Node, Orientation, SizeSource, Spacing, read_problem
from gradviz.layout.routing import Route, route_edges
from gradviz.layout.stable import place_again, worth_keeping
from gradviz.layout.tracks import find_tracks

Positions = dict[Node, tuple[float, float]]


@dataclass(frozen=True)
class Layout:
    """A laid-out graph.

    Attributes:
        positions: the centre of each node, px; y grows downwards.
        routes: for each edge the control points of its lines, as `edge_routes` describes them.
    """

    positions: Positions
    routes: dict[Edge, Route]


def compute_layout(
    G: nx.DiGraph,
    *,
    orientation: Orientation = "LR",
    size: SizeSource = "size",
    order: str = "order",
    group: str = "group",
    weight: str = "weight",
    previous: Mapping[Any, tuple[float, float]] | None = None,
    layer_gap: float | None = None,
    node_gap: float | None = None,
) -> Layout:
    """Positions and edge routes of a graph whose edges run from producer to consumer.

    Args:
        G: the graph. Cycles, self-loops, several components and no nodes at all are tolerated; every edge that is not part
            of a cycle leads forward along the flow, and no two nodes overlap.
        orientation: "LR" (the flow runs to the right) or "TB" (down).
        size: name of the node attribute that holds (width, height) in px, or a mapping from node to that pair. A node
            without one is taken to be a function pill, 118 x 30.
        order: name of the node attribute with the place in program order; where absent, the graph's own order.
        group: name of the node attribute with the group a node belongs to; a tuple is a path of nested groups. The nodes of
            a group are kept together, apart from others (see `group_boxes`).
        weight: name of the edge attribute with an edge's weight, 1 if absent. The main path, drawn straight, is the
            heaviest; give edges 0 that gradients do not cross.
        previous: places of nodes before an edit. Nodes that are still there keep them unless an edge or another node forces
            them on; if hardly any of the nodes were there before, the layout starts anew. `previous` must be of the same
            orientation.
        layer_gap: free space between layers, px; 36 if not given.
        node_gap: free space between nodes of a layer, px; 28 if not given.

    Raises:
        ValueError: an unknown orientation, a negative gap, a size that is not two positive numbers, or malformed ports.
    """
    spacing = make_spacing(layer_gap, node_gap)
    problem = read_problem(G, orientation=orientation, size=size, order=order, group=group, weight=weight)
    if previous and worth_keeping(problem, previous):
        placed = place_again(problem, previous, spacing)
        positions = {node: problem.to_xy(*place) for node, place in zip(problem.nodes, placed, strict=True)}
        along, across = [a for a, _ in placed], [c for _, c in placed]
        tracks = find_tracks(problem, along, across, spacing)
        return Layout(positions, route_edges(G, problem, along, across, tracks))
    parts = place_all(problem, spacing)
    n = len(problem.nodes)
    along, across = [0.0] * n, [0.0] * n
    for part in parts:
        for k, i in enumerate(part.part):
            along[i], across[i] = part.along[k], part.across[k]
    tracks = join_tracks(parts, n)
    positions = {node: problem.to_xy(along[i], across[i]) for i, node in enumerate(problem.nodes)}
    return Layout(positions, route_edges(G, problem, along, across, tracks))


def layered_layout(
    G: nx.DiGraph,
    *,
    orientation: Orientation = "LR",
    size: SizeSource = "size",
    order: str = "order",
    group: str = "group",
    weight: str = "weight",
    previous: Mapping[Any, tuple[float, float]] | None = None,
    layer_gap: float | None = None,
    node_gap: float | None = None,
) -> Positions:
    """The positions of `compute_layout` alone: node -> (x, y), the node's centre in px."""
    return compute_layout(
        G,
        orientation=orientation,
        size=size,
        order=order,
        group=group,
        weight=weight,
        previous=previous,
        layer_gap=layer_gap,
        node_gap=node_gap,
    ).positions


def edge_routes(
    G: nx.DiGraph,
    positions: Mapping[Any, tuple[float, float]],
    *,
    orientation: Orientation = "LR",
    size: SizeSource = "size",
    order: str = "order",
    layer_gap: float | None = None,
    node_gap: float | None = None,
) -> dict[Edge, Route]:
    """Routes for nodes that stand anywhere, for instance after one was dragged.

    Args:
        G: the graph; an edge's `ports` attribute is the number of lines between the two nodes, or the sequence of argument
            positions at the consumer that they lead to (lines then arrive in that order).
        positions: the centre of every node.
        orientation, size, order, layer_gap, node_gap: as in `compute_layout`.

    Returns:
        for each edge an array of shape (lines, 3 k + 1, 2): control points, px, of k joined cubic Bézier curves for each of
        the edge's lines, from the producer's side to the consumer's. Level along the flow at every join.

    Raises:
        ValueError: a node without a position; otherwise as `compute_layout`.
    """
    spacing = make_spacing(layer_gap, node_gap)
    problem = read_problem(G, orientation=orientation, size=size, order=order)
    missing = [node for node in problem.nodes if node not in positions]
    if missing:
        raise ValueError(f"node {missing[0]!r} has no position")
    places = [problem.from_xy(*positions[node]) for node in problem.nodes]
    along, across = [a for a, _ in places], [c for _, c in places]
    return route_edges(G, problem, along, across, find_tracks(problem, along, across, spacing))


def make_spacing(layer_gap: float | None, node_gap: float | None) -> Spacing:
    """The default distances with some of them replaced.

    Raises:
        ValueError: a negative or infinite gap.
    """
    default = Spacing()
    gaps = (default.layer_gap if layer_gap is None else layer_gap, default.node_gap if node_gap is None else node_gap)
    for gap in gaps:
        if not 0 <= gap < float("inf"):
            raise ValueError(f"a gap must be finite and not negative, not {gap!r}")
    return Spacing(layer_gap=gaps[0], node_gap=gaps[1])
