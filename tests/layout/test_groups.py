"""Groups: their nodes end up together, and others keep out of their frames."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given

from gradviz.layout import Spacing, group_boxes, layered_layout
from tests.layout.graphs import CARD, MEAN_OF_SQUARES, TRAINING, dags, script


def strangers(G: nx.DiGraph, positions: dict) -> list[tuple]:
    """The pairs of a group and a node outside it that its frame covers."""
    found = []
    for path, (x, y, width, height) in group_boxes(G, positions).items():
        for node, (a, b) in positions.items():
            if G.nodes[node].get("group", ())[: len(path)] == path:
                continue
            w, h = G.nodes[node]["size"]
            if x < a + w / 2 and a - w / 2 < x + width and y < b + h / 2 and b - h / 2 < y + height:
                found.append((path, node))
    return found


BRANCHES = {
    "one op": MEAN_OF_SQUARES,
    "two ops": TRAINING,
    "in the middle": (
        "x",
        "y = Sin(x)",
        "p = Exp(y) @ no_grad",
        "q = Neg(p) @ no_grad",
        "z = Cos(y)",
        "u = Tan(z)",
        "v = Mul(u, q)",
        "k = Abs(y)",
        "out = Sum(v)",
    ),
    "two blocks": (
        "x",
        "y = Sin(x)",
        "p = Exp(x) @ first",
        "q = Neg(y) @ second",
        "z = Cos(y)",
        "r = Abs(q) @ second",
        "out = Sum(z)",
    ),
    "fed from two sides": (
        "x",
        "y = Sin(x)",
        "z = Cos(y)",
        "p = Mul(x, z) @ no_grad",
        "q = Sum(p) @ no_grad",
        "o = Exp(z)",
        "out = Mean(o)",
    ),
}


@pytest.mark.parametrize("orientation", ["LR", "TB"])
@pytest.mark.parametrize("lines", BRANCHES.values(), ids=BRANCHES)
def test_no_stranger_stands_in_a_frame(lines: tuple[str, ...], orientation: str) -> None:
    graph = script(*lines)
    assert strangers(graph, layered_layout(graph, orientation=orientation)) == []


def test_a_group_without_an_edge_between_its_parts_stays_together() -> None:
    graph = script("x", "y = Sin(x)", "p = Exp(x) @ no_grad", "q = Neg(y) @ no_grad", "z = Cos(y)", "out = Sum(z)")
    assert strangers(graph, layered_layout(graph)) == []


def test_nested_groups_are_framed_inside_each_other() -> None:
    graph = script("x", "y = Sin(x)", "p = Exp(y)", "q = Neg(p)", "z = Cos(y)", "u = Tan(z)", "out = Sum(u)")
    for node in ("Exp:p", "p"):
        graph.nodes[node]["group"] = ("call", "no_grad")
    for node in ("Neg:q", "q"):
        graph.nodes[node]["group"] = ("call",)
    positions = layered_layout(graph)
    boxes = group_boxes(graph, positions)
    assert list(boxes) == [("call",), ("call", "no_grad")]
    (x, y, width, height), (a, b, w, h) = boxes.values()
    assert x < a
    assert y < b
    assert a + w < x + width
    assert b + h < y + height
    assert strangers(graph, positions) == []


def test_a_frame_is_padded_and_leaves_room_for_its_title() -> None:
    graph = nx.DiGraph()
    graph.add_node("w", size=CARD, group="no_grad")
    spacing = Spacing(group_padding=10, group_title=20)
    boxes = group_boxes(graph, {"w": (0.0, 0.0)}, spacing=spacing)
    assert boxes == {("no_grad",): (-76.0, -82.0, 152.0, 144.0)}


def test_no_groups_no_frames() -> None:
    graph = script("x", "y = Sin(x)")
    assert group_boxes(graph, layered_layout(graph)) == {}


@given(dags(groups=True))
def test_a_frame_holds_all_of_its_nodes(graph: nx.DiGraph) -> None:
    positions = layered_layout(graph)
    boxes = group_boxes(graph, positions)
    for node, data in graph.nodes(data=True):
        path = data.get("group", ())
        for length in range(1, len(path) + 1):
            x, y, width, height = boxes[path[:length]]
            (a, b), (w, h) = positions[node], data["size"]
            assert x < a - w / 2
            assert a + w / 2 < x + width
            assert y < b - h / 2
            assert b + h / 2 < y + height


def test_from_top_to_bottom_a_frame_has_room_for_its_title_below_the_layer_before() -> None:
    graph = script("x", "y = Sin(x)", "w = Pow(y) @ no_grad", "z = Exp(y)", "k = Neg(y)")
    positions = layered_layout(graph, orientation="TB")
    _, top, _, _ = group_boxes(graph, positions)["no_grad",]
    above = [positions[n][1] + graph.nodes[n]["size"][1] / 2 for n in ("x", "Sin:y", "y")]
    assert max(above) <= top - Spacing().group_padding
