"""Edges: they join the right sides, keep out of nodes, and can be told apart."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.layout import alias_shared_nodes, compute_layout, edge_routes
from gradviz.layout.problem import node_size
from tests.layout.graphs import CARD, MEAN_OF_SQUARES, PILL, dags, recorded, script

orientations = st.sampled_from(("LR", "TB"))


def sample(curve: np.ndarray, steps: int = 12) -> np.ndarray:
    """Points on a chain of cubic Bézier curves."""
    t = np.linspace(0, 1, steps)[:, None]
    pieces = [
        (1 - t) ** 3 * curve[k] + 3 * (1 - t) ** 2 * t * curve[k + 1] + 3 * (1 - t) * t**2 * curve[k + 2] + t**3 * curve[k + 3]
        for k in range(0, len(curve) - 1, 3)
    ]
    return np.concatenate(pieces)


def covered(G: nx.DiGraph, positions: dict, routes: dict) -> list[tuple]:
    """The pairs of an edge and a node other than its ends that the edge runs through."""
    names = list(G)
    centre = np.array([positions[n] for n in names])
    half = np.array([node_size(G, n, "size") for n in names]) / 2 - 0.5
    found = []
    for edge, lines in routes.items():
        for line in lines:
            points = sample(line)
            inside = (np.abs(points[:, None] - centre) < half).all(axis=2).any(axis=0)
            found += [(edge, names[k]) for k in np.flatnonzero(inside) if names[k] not in edge]
    return found


@given(dags(), orientations)
def test_edges_run_from_side_to_side_and_round_nodes(graph: nx.DiGraph, orientation: str) -> None:
    layout = compute_layout(graph, orientation=orientation)
    axis = 0 if orientation == "LR" else 1
    for (u, v), lines in layout.routes.items():
        assert lines.shape[0] == graph.edges[u, v]["ports"]
        assert (lines.shape[1] - 1) % 3 == 0
        out, into = node_size(graph, u, "size")[axis] / 2, node_size(graph, v, "size")[axis] / 2
        np.testing.assert_allclose(lines[:, 0, axis], layout.positions[u][axis] + out)
        np.testing.assert_allclose(lines[:, -1, axis], layout.positions[v][axis] - into)
    assert covered(graph, layout.positions, layout.routes) == []


@given(dags(max_nodes=16), orientations)
def test_edges_keep_out_of_nodes_when_only_positions_are_known(graph: nx.DiGraph, orientation: str) -> None:
    positions = compute_layout(graph, orientation=orientation).positions
    routes = edge_routes(graph, positions, orientation=orientation)
    assert set(routes) == set(graph.edges)
    assert covered(graph, positions, routes) == []


@given(dags(max_nodes=10), st.data())
def test_any_positions_can_be_routed(graph: nx.DiGraph, data: st.DataObject) -> None:
    place = st.floats(-1e4, 1e4)
    positions = {node: (data.draw(place), data.draw(place)) for node in graph}
    for edge, lines in edge_routes(graph, positions).items():
        assert np.isfinite(lines).all()
        assert lines.shape[0] == graph.edges[edge]["ports"]


@pytest.mark.parametrize("name", ["resnet50", "lstm_60"])
def test_edges_of_real_graphs_run_round_nodes(name: str) -> None:
    graph = alias_shared_nodes(recorded(name))
    layout = compute_layout(graph)
    assert covered(graph, layout.positions, layout.routes) == []


def test_routes_have_no_corners() -> None:
    layout = compute_layout(recorded("resnet50"))
    for lines in layout.routes.values():
        for line in lines:
            steps = np.diff(line, axis=0)
            assert (steps[::3, 1] == 0).all()
            assert (steps[2::3, 1] == 0).all()


def test_two_uses_by_one_op_are_two_lines() -> None:
    graph = script("x", "y = Mul(x, x)")
    upper, lower = compute_layout(graph).routes["x", "Mul:y"]
    assert upper[0, 1] < lower[0, 1]
    assert upper[-1, 1] < lower[-1, 1]


def test_a_line_beside_twins_leaves_on_its_own_side() -> None:
    layout = compute_layout(script(*MEAN_OF_SQUARES))
    twins = layout.routes["y", "Mul:z"]
    assert layout.routes["y", "Pow:w"][0, 0, 1] > twins[:, 0, 1].max()


def test_lines_arrive_in_argument_order() -> None:
    layout = compute_layout(script("a", "b", "c", "d = Where(c, a, b)"))
    arrivals = {u: layout.routes[u, "Where:d"][0, -1, 1] for u in "abc"}
    assert arrivals["c"] < arrivals["a"] < arrivals["b"]


def test_a_line_between_level_nodes_is_level() -> None:
    layout = compute_layout(script("x", "w", "_a = Sin(x)", "y = Mul(_a, w)", "z = Exp(y)"))
    for edge in [("x", "Sin:_a"), ("Sin:_a", "Mul:y"), ("Mul:y", "y"), ("y", "Exp:z")]:
        assert len(np.unique(layout.routes[edge][0, :, 1])) == 1


def test_a_long_edge_passes_its_columns_level() -> None:
    layout = compute_layout(script("x", "a = Sin(x)", "b = Cos(a)", "c = Mul(b, x)"))
    line = layout.routes["x", "Mul:c"][0]
    flat = [p[0] for p, q in zip(line[::3], line[3::3], strict=False) if p[1] == q[1]]
    assert min(flat) <= layout.positions["Sin:a"][0] - PILL[0] / 2
    joins = line[::3]
    longest = max(q[0] - p[0] for p, q in itertools.pairwise(joins) if p[1] == q[1])
    assert longest >= layout.positions["b"][0] + CARD[0] / 2 - (layout.positions["Sin:a"][0] - PILL[0] / 2)


def test_a_node_dragged_away_takes_its_edges_along() -> None:
    graph = script("x", "a = Sin(x)", "b = Cos(a)", "c = Mul(b, x)")
    positions = compute_layout(graph).positions
    positions["Sin:a"] = (positions["Sin:a"][0], positions["Sin:a"][1] + 300)
    routes = edge_routes(graph, positions)
    assert covered(graph, positions, routes) == []
    assert routes["x", "Sin:a"][0, -1, 1] == positions["Sin:a"][1]


@pytest.mark.parametrize("ports", [0, -1, "ab", (), None, 1.5])
def test_wrong_ports_are_named(ports: object) -> None:
    graph = nx.DiGraph()
    graph.add_edge("a", "b", ports=ports)
    with pytest.raises(ValueError, match="ports of edge 'a' -> 'b'"):
        compute_layout(graph)


def test_a_missing_position_is_named() -> None:
    with pytest.raises(ValueError, match="node 'b' has no position"):
        edge_routes(nx.DiGraph([("a", "b")]), {"a": (0, 0)})
