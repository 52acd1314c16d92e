"""The public entry: a layered layout of an autograd graph, in networkx's calling convention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

from gradviz.layout.fresh import join_tracks, place_all
from gradviz.layout.problem import Edge, Node, Orientation, Problem, SizeSource, make_spacing, read_problem
from gradviz.layout.routing import Route, route_edges
from gradviz.layout.stable import place_again, worth_keeping
from gradviz.layout.tracks import Knots, find_tracks

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
    previous: Layout | Mapping[Any, tuple[float, float]] | None = None,
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
    before = previous.positions if isinstance(previous, Layout) else previous
    if before and worth_keeping(problem, before):
        placed = place_again(problem, before, spacing)
        positions = {node: problem.to_xy(*place) for node, place in zip(problem.nodes, placed, strict=True)}
        along, across = [a for a, _ in placed], [c for _, c in placed]
        known = _known_ways(problem, previous, positions)
        return Layout(positions, route_edges(G, problem, along, across, find_tracks(problem, along, across, spacing, known)))
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
    group: str = "group",
    previous: Layout | None = None,
    layer_gap: float | None = None,
    node_gap: float | None = None,
) -> dict[Edge, Route]:
    """Routes for nodes that stand anywhere, for instance after one was dragged.

    Args:
        G: the graph; an edge's `ports` attribute is the number of lines between the two nodes, or the sequence of argument
            positions at the consumer that they lead to (lines then arrive in that order).
        positions: the centre of every node.
        orientation, size, order, group, layer_gap, node_gap: as in `compute_layout`.
        previous: the layout before; edges between nodes that have not moved keep their ways if they are still free.

    Returns:
        for each edge an array of shape (lines, 3 k + 1, 2): control points, px, of k joined cubic Bézier curves for each of
        the edge's lines, from the producer's side to the consumer's. Level along the flow at every join.

    Raises:
        ValueError: a node without a position; otherwise as `compute_layout`.
    """
    spacing = make_spacing(layer_gap, node_gap)
    problem = read_problem(G, orientation=orientation, size=size, order=order, group=group)
    missing = [node for node in problem.nodes if node not in positions]
    if missing:
        raise ValueError(f"node {missing[0]!r} has no position")
    places = [problem.from_xy(*positions[node]) for node in problem.nodes]
    along, across = [a for a, _ in places], [c for _, c in places]
    known = _known_ways(problem, previous, positions)
    return route_edges(G, problem, along, across, find_tracks(problem, along, across, spacing, known))


def _known_ways(
    problem: Problem, previous: object, positions: Mapping[Any, tuple[float, float]]
) -> dict[tuple[int, int], Knots]:
    """The joins of the previous routes of edges whose ends have not moved or moved together, in the abstract axes."""
    known: dict[tuple[int, int], Knots] = {}
    if not isinstance(previous, Layout):
        return known
    steps: dict[Node, tuple[float, float]] = {}
    for node, (x, y) in positions.items():
        if node in previous.positions:
            steps[node] = (x - previous.positions[node][0], y - previous.positions[node][1])
    for i, j in problem.edges:
        edge = (problem.nodes[i], problem.nodes[j])
        if edge in previous.routes and edge[0] in steps and steps[edge[0]] == steps.get(edge[1]):
            joins = previous.routes[edge][:, ::3].mean(axis=0) + steps[edge[0]]
            known[i, j] = [problem.from_xy(x, y) for x, y in joins.tolist()]
    return known
