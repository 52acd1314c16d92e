"""An edit moves only what it must."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.layout import (
    compute_layout,
    count_crossings,
    displacement,
    edge_routes,
    layered_layout,
    overlapping_nodes,
)
from gradviz.layout.problem import node_size
from tests.layout.graphs import CARD, MEAN_OF_SQUARES, dags, recorded, script
from tests.layout.test_groups import strangers
from tests.layout.test_layered import assert_forward

orientations = st.sampled_from(("LR", "TB"))


@given(dags(groups=True), orientations)
def test_the_same_graph_again_moves_nothing(graph: nx.DiGraph, orientation: str) -> None:
    before = layered_layout(graph, orientation=orientation)
    assert displacement(before, layered_layout(graph, orientation=orientation, previous=before)) == {}


@given(dags(max_nodes=14), st.data(), orientations)
def test_deleting_a_node_moves_nothing(graph: nx.DiGraph, data: st.DataObject, orientation: str) -> None:
    if len(graph) < 2:
        return
    before = layered_layout(graph, orientation=orientation)
    graph.remove_node(data.draw(st.sampled_from(sorted(graph))))
    assert displacement(before, layered_layout(graph, orientation=orientation, previous=before)) == {}


@given(dags(max_nodes=14), st.data(), orientations)
def test_adding_a_result_moves_nothing(graph: nx.DiGraph, data: st.DataObject, orientation: str) -> None:
    if not graph:
        return
    before = layered_layout(graph, orientation=orientation)
    operands = data.draw(st.lists(st.sampled_from(sorted(graph)), max_size=3))
    graph.add_node("new", size=CARD, order=len(graph))
    graph.add_edges_from((u, "new") for u in operands)
    after = layered_layout(graph, orientation=orientation, previous=before)
    assert displacement(before, after) == {}
    assert overlapping_nodes(graph, after) == []
    assert_forward(graph, after, orientation)


@given(dags(max_nodes=14, groups=True), st.data(), orientations)
def test_any_edit_leaves_a_sound_layout(graph: nx.DiGraph, data: st.DataObject, orientation: str) -> None:
    previous = layered_layout(graph, orientation=orientation)
    for step in range(3):
        nodes = sorted(graph, key=str)
        for node in data.draw(st.lists(st.sampled_from(nodes), max_size=3, unique=True)) if nodes else ():
            graph.remove_node(node)
        order = list(nx.topological_sort(graph))
        name = f"new {step}"
        at = data.draw(st.integers(0, len(order)))
        sources = data.draw(st.lists(st.sampled_from(order[:at]), max_size=3)) if at else []
        users = data.draw(st.lists(st.sampled_from(order[at:]), max_size=3)) if at < len(order) else []
        graph.add_node(name, size=data.draw(st.sampled_from((CARD, (118.0, 30.0)))), order=at)
        graph.add_edges_from((u, name) for u in sources)
        graph.add_edges_from((name, v) for v in users)
        positions = layered_layout(graph, orientation=orientation, previous=previous)
        assert overlapping_nodes(graph, positions) == []
        assert_forward(graph, positions, orientation)
        previous = positions


@given(dags(max_nodes=14), st.data())
def test_wherever_nodes_were_the_layout_is_sound(graph: nx.DiGraph, data: st.DataObject) -> None:
    place = st.integers(-300, 300)
    previous = {node: (float(data.draw(place)), float(data.draw(place))) for node in graph}
    layout = compute_layout(graph, previous=previous)
    assert overlapping_nodes(graph, layout.positions) == []
    assert_forward(graph, layout.positions)
    assert set(layout.routes) == set(graph.edges)


def test_nodes_that_touched_are_parted() -> None:
    graph = nx.DiGraph([("a", "b")])
    first = layered_layout(graph)
    width = node_size(graph, "a", "size")[0] / 2 + node_size(graph, "b", "size")[0] / 2
    after = layered_layout(graph, previous={"a": first["a"], "b": (first["a"][0] + width, first["a"][1])})
    assert_forward(graph, after)


def test_a_line_added_at_the_end_moves_nothing() -> None:
    before = layered_layout(script(*MEAN_OF_SQUARES))
    after = layered_layout(script(*MEAN_OF_SQUARES, "more = Exp(out)"), previous=before)
    assert displacement(before, after) == {}
    assert after["more"][1] == after["out"][1] == after["Exp:more"][1]


def test_a_line_added_in_the_middle_pushes_on_what_comes_after_it_and_nothing_else() -> None:
    lines = list(MEAN_OF_SQUARES)
    before = layered_layout(script(*lines))
    lines[2:3] = ["s = Sin(y)", "z = Mul(s, s)"]
    graph = script(*lines)
    after = layered_layout(graph, previous=before)
    moved = displacement(before, after)
    assert set(moved) <= nx.descendants(graph, "s")
    assert all(after[node][1] == before[node][1] for node in before)
    assert after["s"][1] == after["Sin:s"][1] == after["y"][1]
    assert overlapping_nodes(graph, after) == []


def test_what_is_pushed_on_goes_to_columns_that_are_there() -> None:
    before = layered_layout(script("x", "a = Sin(x)", "b = Cos(a)", "c = Tan(b)"))
    after = layered_layout(script("x", "a = Sin(x)", "n = Neg(a)", "b = Cos(n)", "c = Tan(b)"), previous=before)
    assert after["b"] == before["c"]
    assert after["n"] == before["b"]


def test_a_parameter_goes_with_its_consumer() -> None:
    before = layered_layout(script("x", "a = Sin(x)", "w", "b = Mul(a, w)"))
    after = layered_layout(script("x", "a = Sin(x)", "n = Neg(a)", "w", "b = Mul(n, w)"), previous=before)
    assert after["w"][0] == after["n"][0]


def test_a_new_earlier_use_of_a_leaf_draws_the_leaf_back_and_not_the_graph_on() -> None:
    before = layered_layout(script("x", "a = Sin(x)", "b = Cos(a)", "w", "c = Mul(b, w)"))
    graph = script("x", "w", "a = Sin(x)", "e = Exp(w)", "b = Add(a, e)", "c = Mul(b, w)")
    after = layered_layout(graph, previous={**before, "Add:b": before["Cos:b"]})
    assert displacement({node: place for node, place in before.items() if node != "w"}, after) == {}
    assert after["w"][0] < before["w"][0]


def test_putting_a_deleted_line_back_finds_its_place_free() -> None:
    lines = ("x", "a = Sin(x)", "b = Cos(a)", "k = Neg(x)")
    before = layered_layout(script(*lines))
    without = layered_layout(script(*lines[:3]), previous=before)
    assert layered_layout(script(*lines), previous=without) == before


def test_a_size_that_grows_moves_only_what_it_covers() -> None:
    graph = script(*MEAN_OF_SQUARES)
    before = layered_layout(graph)
    graph.nodes["y"]["size"] = (150.0, 104.0)
    assert displacement(before, layered_layout(graph, previous=before)) == {}


def test_a_line_added_to_a_group_keeps_its_frame_clear() -> None:
    before = layered_layout(script(*MEAN_OF_SQUARES[:4], "out = Mean(z)"))
    graph = script(*MEAN_OF_SQUARES[:4], "v = Exp(w) @ no_grad", "out = Mean(z)", "u = Sin(y)", "r = Cos(u)")
    after = layered_layout(graph, previous=before)
    assert displacement(before, after) == {}
    assert strangers(graph, after) == []


def test_what_a_growing_frame_would_take_in_makes_way() -> None:
    before = layered_layout(script(*MEAN_OF_SQUARES))
    lines = [*MEAN_OF_SQUARES[:4], "v = Exp(w) @ no_grad", *MEAN_OF_SQUARES[4:]]
    graph = script(*lines)
    after = layered_layout(graph, previous=before)
    assert strangers(graph, after) == []
    assert set(displacement(before, after)) <= {"Add:_a", "Sum:_s", "Scale:_t"}


@pytest.mark.parametrize("orientation", ["LR", "TB"])
@pytest.mark.parametrize("name", ["resnet50", "gpt2_12layer", "lstm_60"])
def test_the_same_graph_again_moves_no_edge(name: str, orientation: str) -> None:
    graph = recorded(name)
    before = compute_layout(graph, orientation=orientation)
    after = compute_layout(graph, orientation=orientation, previous=before)
    assert all(np.array_equal(after.routes[edge], before.routes[edge]) for edge in graph.edges)


def test_an_edit_moves_no_edge_elsewhere() -> None:
    graph = recorded("gpt2_12layer")
    before = compute_layout(graph)
    path = nx.dag_longest_path(graph)
    u, v = path[200:202]
    graph.remove_edge(u, v)
    graph.add_node("new", size=(118.0, 30.0), order=graph.nodes[v]["order"])
    graph.add_edges_from([(u, "new"), ("new", v)])
    after = compute_layout(graph, previous=before)
    moved = displacement(before.positions, after.positions)
    still = [edge for edge in graph.edges if edge in before.routes and moved.keys().isdisjoint(edge)]
    changed = [edge for edge in still if not np.array_equal(after.routes[edge], before.routes[edge])]
    assert len(still) > 200
    assert len(changed) <= 2  # an edge that passed where the new node stands
    assert count_crossings(after.routes) <= 10


def test_a_dragged_node_changes_no_route_elsewhere() -> None:
    graph = recorded("resnet50")
    before = compute_layout(graph)
    node = nx.dag_longest_path(graph)[60]
    positions = dict(before.positions)
    positions[node] = (positions[node][0], positions[node][1] - 400)
    routes = edge_routes(graph, positions, previous=before)
    touched = [edge for edge in graph.edges if not np.array_equal(routes[edge], before.routes[edge])]
    assert all(node in edge or {edge[0], edge[1]} & {*graph.pred[node], *graph.succ[node]} for edge in touched)


def test_a_new_part_lies_beneath_the_old_ones() -> None:
    before = layered_layout(script("x", "y = Sin(x)"))
    after = layered_layout(script("x", "y = Sin(x)", "p", "q = Cos(p)"), previous=before)
    assert displacement(before, after) == {}
    assert min(after[node][1] for node in ("p", "Cos:q", "q")) > before["y"][1] + CARD[1]


def test_a_different_script_starts_anew() -> None:
    graph = script(*MEAN_OF_SQUARES)
    assert layered_layout(graph, previous={"x": (5000.0, 5000.0)}) == layered_layout(graph)


@pytest.mark.parametrize("name", ["resnet50", "lstm_60"])
def test_an_op_inserted_into_a_real_graph_keeps_levels(name: str) -> None:
    graph = recorded(name)
    before = layered_layout(graph)
    path = nx.dag_longest_path(graph)
    u, v = path[len(path) // 2 : len(path) // 2 + 2]
    graph.remove_edge(u, v)
    graph.add_node("new", size=(118.0, 30.0), order=graph.nodes[v]["order"])
    graph.add_edges_from([(u, "new"), ("new", v)])
    after = layered_layout(graph, previous=before)
    assert overlapping_nodes(graph, after) == []
    assert_forward(graph, after)
    moved = displacement(before, after)
    downstream = nx.descendants(graph, "new")
    allowed = downstream | {n for d in downstream for n in nx.ancestors(graph, d) if graph.in_degree(n) == 0}
    allowed |= {n for n in graph if graph.in_degree(n) and all(graph.in_degree(p) == 0 for p in graph.pred[n])}
    assert set(moved) <= allowed
    kept = sum(after[node][1] == before[node][1] for node in before)
    assert kept > 0.95 * len(before)
