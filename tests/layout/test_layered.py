"""The layout itself: what must hold of every graph, and what makes a picture good."""

from __future__ import annotations

import math

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.layout import (
    alias_shared_nodes,
    compute_layout,
    count_crossings,
    edge_routes,
    layered_layout,
    overlapping_nodes,
)
from gradviz.layout.problem import node_size
from tests.layout.graphs import CARD, MEAN_OF_SQUARES, PILL, TRAINING, any_digraphs, dags, recorded, script

orientations = st.sampled_from(("LR", "TB"))


def assert_forward(G: nx.DiGraph, positions: dict, orientation: str = "LR") -> None:
    axis = 0 if orientation == "LR" else 1
    for u, v in G.edges:
        end = positions[u][axis] + node_size(G, u, "size")[axis] / 2
        start = positions[v][axis] - node_size(G, v, "size")[axis] / 2
        assert end < start, f"edge {u} -> {v} does not lead forward"


@given(dags(groups=True), orientations)
def test_no_overlap_and_every_edge_leads_forward(graph: nx.DiGraph, orientation: str) -> None:
    positions = layered_layout(graph, orientation=orientation)
    assert set(positions) == set(graph)
    assert overlapping_nodes(graph, positions) == []
    assert_forward(graph, positions, orientation)


@given(dags())
def test_the_same_graph_is_laid_out_the_same(graph: nx.DiGraph) -> None:
    assert layered_layout(graph) == layered_layout(graph.copy())


@given(dags(), orientations)
def test_program_order_counts_and_not_the_order_of_insertion(graph: nx.DiGraph, orientation: str) -> None:
    other = nx.DiGraph()
    other.add_nodes_from(reversed(list(graph.nodes(data=True))))
    other.add_edges_from(reversed(list(graph.edges(data=True))))
    assert layered_layout(other, orientation=orientation) == layered_layout(graph, orientation=orientation)


@given(dags())
def test_top_to_bottom_is_the_same_picture_turned(graph: nx.DiGraph) -> None:
    for data in graph.nodes.values():
        data["size"] = (90.0, 90.0)
    graph.add_edges_from((0, i) for i in range(1, len(graph)))
    across = layered_layout(graph, orientation="LR")
    down = layered_layout(graph, orientation="TB")
    assert down == {node: (y, x) for node, (x, y) in across.items()}


@given(any_digraphs(), orientations)
def test_cycles_and_self_loops_are_tolerated(graph: nx.DiGraph, orientation: str) -> None:
    layout = compute_layout(graph, orientation=orientation)
    assert overlapping_nodes(graph, layout.positions) == []
    assert set(layout.routes) == set(graph.edges)
    assert all(math.isfinite(value) for route in layout.routes.values() for value in route.ravel())


def test_nothing_and_one_node() -> None:
    assert layered_layout(nx.DiGraph()) == {}
    graph = nx.DiGraph()
    graph.add_node("x", size=CARD)
    assert layered_layout(graph) == {"x": (66.0, 52.0)}


def test_a_node_without_a_size_is_a_pill() -> None:
    graph = nx.DiGraph([("a", "b")])
    positions = layered_layout(graph, layer_gap=10)
    assert positions["b"][0] - positions["a"][0] == 128


def test_sizes_may_come_from_a_mapping() -> None:
    graph = nx.DiGraph([("a", "b")])
    positions = layered_layout(graph, size={"a": (100, 20), "b": (200, 20)}, layer_gap=10)
    assert positions["b"][0] - positions["a"][0] == 160


@pytest.mark.parametrize(
    ("attributes", "arguments", "message"),
    [
        ({"size": (0, 10)}, {}, "size of node 'a' must be finite and positive"),
        ({"size": "wide"}, {}, "size of node 'a' must be .width, height."),
        ({}, {"orientation": "RL"}, "orientation must be 'LR' or 'TB'"),
        ({}, {"node_gap": -1}, "gap must be finite and not negative"),
        ({}, {"layer_gap": math.nan}, "gap must be finite and not negative"),
    ],
)
def test_wrong_input_is_named(attributes: dict, arguments: dict, message: str) -> None:
    graph = nx.DiGraph()
    graph.add_node("a", **attributes)
    with pytest.raises(ValueError, match=message):
        layered_layout(graph, **arguments)


@pytest.mark.parametrize("weight", ["heavy", math.inf, None])
def test_a_wrong_weight_is_named(weight: object) -> None:
    graph = nx.DiGraph()
    graph.add_edge("a", "b", weight=weight)
    with pytest.raises(ValueError, match="weight of edge 'a' -> 'b'"):
        layered_layout(graph)


def test_the_main_path_is_level_and_branches_lie_beneath_it() -> None:
    positions = layered_layout(script(*MEAN_OF_SQUARES))
    main = ["x", "Add:y", "y", "Mul:z", "z", "Mean:_m", "Add:out", "out"]
    level = positions["x"][1]
    assert [positions[node][1] for node in main] == [level] * len(main)
    assert all(positions[node][1] > level for node in positions if node not in main)


def test_a_chain_off_the_main_path_is_level() -> None:
    positions = layered_layout(script(*MEAN_OF_SQUARES))
    assert positions["Detach:k"][1] == positions["k"][1]
    assert len({positions[node][1] for node in ("Pow:w", "w", "Add:_a", "Sum:_s", "Scale:_t")}) == 1


def test_without_weights_the_longest_path_is_the_main_one() -> None:
    graph = script(*MEAN_OF_SQUARES)
    for data in graph.edges.values():
        del data["weight"]
    positions = layered_layout(graph)
    longest = ["x", "Add:y", "y", "Pow:w", "w", "Add:_a", "Sum:_s", "Scale:_t", "Add:out", "out"]
    assert len({positions[node][1] for node in longest}) == 1


def test_leaves_stand_beside_their_first_use() -> None:
    positions = layered_layout(script(*TRAINING))
    assert positions["w2"][0] == positions["b2"][0] == positions["r"][0]
    assert positions["t"][0] == positions["o"][0]


def test_what_is_made_of_a_leaf_alone_stands_beside_its_use() -> None:
    positions = layered_layout(script("x", "w", "a = Sin(x)", "b = Cos(a)", "_t = T(w)", "c = Mm(b, _t)"))
    assert positions["T:_t"][0] == positions["b"][0]
    assert positions["w"][0] == positions["Cos:b"][0]


def test_small_scripts_have_no_crossings() -> None:
    for lines in (TRAINING, ("x", "y = Mul(x)", "d = Detach(y)", "e = Exp(d)", "z = Sin(y)", "u = Mul(z, x)")):
        graph = script(*lines)
        for data in graph.edges.values():
            data["ports"] = len(data.get("ports", "1"))
        assert count_crossings(compute_layout(graph).routes) == 0


def test_components_fill_a_sheet_rather_than_a_line() -> None:
    graph = nx.DiGraph()
    for i in range(40):
        nx.add_path(graph, [(i, "x"), (i, "f"), (i, "y")])
    positions = layered_layout(graph)
    width = max(x for x, _ in positions.values()) - min(x for x, _ in positions.values())
    height = max(y for _, y in positions.values()) - min(y for _, y in positions.values())
    assert 0.8 < width / height < 3.0


# The numbers of crossings that Graphviz dot leaves in these graphs are 0, 0, - and 58.
@pytest.mark.parametrize(("name", "limit"), [("resnet50", 0), ("densenet121", 0), ("gpt2_12layer", 0), ("lstm_60", 0)])
def test_real_graphs_with_aliases_have_no_crossings(name: str, limit: int) -> None:
    graph = alias_shared_nodes(recorded(name))
    layout = compute_layout(graph)
    assert overlapping_nodes(graph, layout.positions) == []
    assert_forward(graph, layout.positions)
    assert count_crossings(layout.routes) <= limit


def test_a_long_loop_stays_a_narrow_band() -> None:
    graph = recorded("lstm_60")
    layout = compute_layout(graph)
    heights = [y for _, y in layout.positions.values()]
    assert max(heights) - min(heights) < 500
    assert count_crossings(layout.routes) <= 60  # one a step


@pytest.mark.parametrize("name", ["resnet50", "gpt2_12layer"])
def test_the_longest_path_of_a_real_graph_is_exactly_level(name: str) -> None:
    graph = recorded(name)
    positions = layered_layout(graph)
    length = nx.dag_longest_path_length(graph)
    levels: dict[float, int] = {}
    for _, y in positions.values():
        levels[y] = levels.get(y, 0) + 1
    assert max(levels.values()) > length


def test_thousands_of_edges_across_thousands_of_layers_end() -> None:
    graph = nx.DiGraph()
    nx.add_path(graph, range(1200))
    graph.add_edges_from((i, 1199 - i) for i in range(590))
    layout = compute_layout(graph)
    assert overlapping_nodes(graph, layout.positions) == []
    assert set(layout.routes) == set(graph.edges)
    assert set(edge_routes(graph, layout.positions)) == set(graph.edges)


def test_layers_keep_their_gap() -> None:
    graph = script("x", "y = Sin(x)")
    positions = layered_layout(graph, layer_gap=50)
    assert positions["Sin:y"][0] - positions["x"][0] == CARD[0] / 2 + PILL[0] / 2 + 50
