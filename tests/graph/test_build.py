"""From scripts to the graph that is drawn."""

from __future__ import annotations

import networkx as nx
import pytest

from gradviz.graph import Link, build_graph
from gradviz.recording import Cut, Recording
from gradviz.runner import record


def graph_of(text: str, **options: bool) -> nx.DiGraph:
    recording = record("import torch\n" + text)
    assert not recording.errors
    return build_graph(recording, **options)


def drawn(graph: nx.DiGraph) -> set[tuple[str, str]]:
    """The edges by their ends' labels."""
    labels = dict(graph.nodes(data="label"))
    return {(labels[source], labels[target]) for source, target in graph.edges}


def node(graph: nx.DiGraph, label: str, kind: str = "tensor") -> str:
    (found,) = [n for n, data in graph.nodes(data=True) if data["label"] == label and data["kind"] == kind]
    return found


def links(graph: nx.DiGraph, source: str, target: str) -> tuple[Link, ...]:
    (found,) = [
        data["links"]
        for u, v, data in graph.edges(data=True)
        if graph.nodes[u]["label"] == source and graph.nodes[v]["label"] == target
    ]
    return found


SQUARES = """
x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()
out.backward()
"""


def test_named_tensors_are_cards_and_unnamed_ones_only_edges() -> None:
    graph = graph_of(SQUARES)
    # x → Add → y ⇉ Mul → Mul → z → Mean → out
    assert drawn(graph) == {
        ("x", "AddBackward0"),
        ("AddBackward0", "y"),
        ("y", "MulBackward0"),
        ("MulBackward0", "MulBackward0"),
        ("MulBackward0", "z"),
        ("z", "MeanBackward0"),
        ("MeanBackward0", "out"),
    }
    assert graph.nodes[node(graph, "x")]["leaf"]
    assert [n for n, data in graph.nodes(data=True) if data["leaf"]] == [node(graph, "x")]


def test_a_tensor_used_twice_by_one_op_is_one_edge_of_two_links() -> None:
    graph = graph_of(SQUARES)
    assert [(link.kind, link.slot, link.cut) for link in links(graph, "y", "MulBackward0")] == [
        ("input", 0, Cut.NONE),
        ("input", 1, Cut.NONE),
    ]


def test_every_tensor_has_a_card_on_demand() -> None:
    graph = graph_of(SQUARES, show_unnamed=True)
    assert ("MulBackward0", "mul()") in drawn(graph)
    assert ("MulBackward0", "MulBackward0") not in drawn(graph)


def test_literals_stand_on_their_pill() -> None:
    graph = graph_of("x = torch.ones(2, 2, requires_grad=True)\ny = (x - 1) ** 2\nz = y.sum(dim=0)\n")
    subs = {data["label"]: data["sub"] for _, data in graph.nodes(data=True) if data["kind"] == "op"}
    assert subs["SubBackward0"] == "− 1"
    assert subs["PowBackward0"] == "** 2"
    assert "dim=" in subs["SumBackward1"]


@pytest.mark.parametrize(
    ("text", "source", "target", "cut"),
    [
        ("k = (x * 2).detach()", "MulBackward0", "k", Cut.DETACH),
        ("k = x.data", "x", "k", Cut.DATA),
        ("k = x.detach()\ny = k + x", "x", "k", Cut.DETACH),
        ("y = x.detach() * x", "x", "MulBackward0", Cut.DETACH),
        ("with torch.no_grad():\n    y = x ** 2", "x", "pow", Cut.NO_GRAD),
        ("with torch.inference_mode():\n    y = x ** 2", "x", "pow", Cut.INFERENCE),
        ("c = torch.ones(2, 2)\ny = x + c", "c", "AddBackward0", Cut.LEAF),
        ("c = torch.tensor([0, 1])\ny = x[c]", "c", "IndexBackward0", Cut.DTYPE),
    ],
)
def test_cuts_bear_their_reason(text: str, source: str, target: str, cut: Cut) -> None:
    graph = graph_of(f"x = torch.ones(2, 2, requires_grad=True)\n{text}\n")
    assert cut in {link.cut for link in links(graph, source, target)}


def test_what_no_grad_covers_is_muted_and_framed() -> None:
    graph = graph_of("x = torch.ones(2, requires_grad=True)\nwith torch.no_grad():\n    y = x * 3\nz = x * 2\n")
    inside, pill, outside = node(graph, "y"), node(graph, "mul", "op"), node(graph, "z")
    assert graph.nodes[inside]["muted"]
    assert graph.nodes[inside]["tag"] == "no_grad"
    assert graph.nodes[pill]["muted"]
    assert not graph.nodes[outside]["muted"]
    assert graph.nodes[inside]["group"] == graph.nodes[pill]["group"] != ()
    assert graph.nodes[outside]["group"] == ()
    assert graph.graph["regions"] == {graph.nodes[inside]["group"]: ("no_grad", 3)}


def test_a_source_used_everywhere_is_set_again_beside_each_use() -> None:
    graph = graph_of(
        "w = torch.ones(2, requires_grad=True)\nh = torch.ones(2)\n"
        "for step in range(6):\n    h = torch.tanh(h * w)\nh.sum().backward()\n"
    )
    card = node(graph, "w")
    aliases = [n for n, data in graph.nodes(data=True) if data["kind"] == "alias" and data["number"] == 0]
    assert len(aliases) == 5
    assert graph.out_degree(card) == 1
    assert all(graph.out_degree(alias) == 1 and graph.nodes[alias]["label"] == "w" for alias in aliases)


def test_a_recorded_in_place_op_begins_a_new_card() -> None:
    graph = graph_of("x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.mul_(3)\ny.sum().backward()\n")
    cards = [data["sub"] for _, data in sorted(graph.nodes(data=True)) if data["label"] == "y"]
    assert cards == ["2", "2 · v1"]
    assert nx.is_directed_acyclic_graph(graph)


def test_an_unrecorded_write_points_at_what_it_writes_without_a_cycle() -> None:
    graph = graph_of(
        "w = torch.ones(2, requires_grad=True)\n(w * w).sum().backward()\nwith torch.no_grad():\n    w -= 0.1 * w.grad\n"
    )
    assert nx.is_directed_acyclic_graph(graph)
    assert graph.nodes[node(graph, "sub_", "op")]["sub"].endswith("→ w")


def test_cards_are_wide_enough_for_their_sums() -> None:
    plain = graph_of("x = torch.ones(2, requires_grad=True)\nout = x.sum()\nout.backward()\n")
    adding = graph_of("x = torch.ones(2, requires_grad=True)\nfor k in range(2):\n    (x * 0.12345).sum().backward()\n")
    assert adding.nodes[node(adding, "x")]["size"][0] > plain.nodes[node(plain, "x")]["size"][0]


def test_keys_outlive_an_edit_elsewhere() -> None:
    before = graph_of(SQUARES)
    after = graph_of("# a comment\nc = torch.ones(3)\n" + SQUARES.replace("* 3", "* 5"))
    old, new = dict(before.nodes(data="key")), dict(after.nodes(data="key"))
    assert len(set(new.values())) == len(new)
    assert set(old.values()) <= set(new.values())


def test_data_that_runs_in_circles_is_cut_off() -> None:
    recording = record("import torch\nx = torch.ones(2, requires_grad=True)\ny = x.detach().detach() * x\n")
    tables = {table: {name: column.copy() for name, column in columns.items()} for table, columns in recording.tables.items()}
    first, second = (op.number for op in recording.ops if op.name == "detach")
    tables["inputs"]["tensor"][tables["inputs"]["op"] == first] = recording.ops[second].outputs[0]
    graph = build_graph(Recording(tables, recording.strings, recording.meta).checked())
    assert ("x", "MulBackward0") in drawn(graph)
