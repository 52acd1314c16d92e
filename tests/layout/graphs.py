"""Graphs to lay out: small scripts written down as lines, random ones, and recorded autograd graphs."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
from hypothesis import strategies as st

CARD, PILL, CHIP = (132.0, 104.0), (118.0, 30.0), (60.0, 24.0)
DATA = Path(__file__).parent.parent / "data" / "graphs"


def script(*lines: str) -> nx.DiGraph:
    """The graph of lines such as `y = Mul(x, x)`, `x` (a leaf) or `w = Pow(y) @ no_grad` (in a group).

    A pill is named after its result, `Mul:y`. A result that begins with `_` has no card. Gradients do not cross the edges of
    what is made in a group, by `Detach`, or of such results alone; these have no weight.
    """
    graph = nx.DiGraph()
    producer: dict[str, str] = {}
    recorded: set[str] = set()
    for line in lines:
        line, _, group = (part.strip() for part in line.partition("@"))
        attributes = {"group": (group,)} if group else {}
        result, _, call = (part.strip() for part in line.partition("="))
        if not call:
            graph.add_node(result, size=CARD, order=len(graph), **attributes)
            producer[result] = result
            recorded.add(result)
            continue
        op, _, arguments = call.removesuffix(")").partition("(")
        pill = f"{op}:{result}"
        graph.add_node(pill, size=PILL, order=len(graph), **attributes)
        names = [part.strip() for part in arguments.split(",")]
        weight = int(not group and op != "Detach" and not recorded.isdisjoint(names))
        if weight:
            recorded.add(result)
        for slot, name in enumerate(names):
            source = producer[name]
            slots = graph.edges[source, pill]["ports"] if graph.has_edge(source, pill) else ()
            graph.add_edge(source, pill, ports=(*slots, slot), weight=weight if name in recorded else 0)
        producer[result] = pill
        if not result.startswith("_"):
            graph.add_node(result, size=CARD, order=len(graph), **attributes)
            graph.add_edge(pill, result, weight=weight)
            producer[result] = result
    return graph


MEAN_OF_SQUARES = (
    "x",
    "y = Add(x)",
    "z = Mul(y, y)",
    "w = Pow(y) @ no_grad",
    "k = Detach(x)",
    "_m = Mean(z)",
    "_a = Add(w, k)",
    "_s = Sum(_a)",
    "_t = Scale(_s)",
    "out = Add(_m, _t)",
)

TRAINING = (
    "w1",
    "x",
    "b1",
    "h = Addmm(b1, x, w1)",
    "r = Relu(h)",
    "w2",
    "b2",
    "o = Addmm(b2, r, w2)",
    "t",
    "d = Sub(o, t)",
    "e = Pow(d)",
    "loss = Mean(e)",
    "g = Sub(w1) @ no_grad",
    "q = Mul(g) @ no_grad",
)


def recorded(name: str) -> nx.DiGraph:
    """A real autograd graph; its nodes are numbered from the result back."""
    data = json.loads((DATA / f"{name}.json").read_text())
    graph = nx.DiGraph()
    for number in range(len(data["nodes"]) - 1, -1, -1):
        graph.add_node(number, order=-number, size=CARD if "leaf" in data["nodes"][number] else PILL)
    graph.add_edges_from(data["edges"])
    return graph


@st.composite
def dags(draw: st.DrawFn, max_nodes: int = 24, groups: bool = False) -> nx.DiGraph:
    """Acyclic graphs in which edges run from smaller to larger numbers, some nodes without any."""
    n = draw(st.integers(0, max_nodes))
    graph = nx.DiGraph()
    for i in range(n):
        graph.add_node(i, order=i, size=draw(st.sampled_from((CARD, PILL, CHIP, (190.0, 104.0)))))
        if groups and draw(st.booleans()):
            graph.nodes[i]["group"] = draw(st.sampled_from((("a",), ("a", "b"), ("c",))))
    if n > 1:
        pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] < pair[1])
        for u, v in draw(st.lists(pairs, max_size=2 * n)):
            graph.add_edge(u, v, ports=draw(st.integers(1, 3)))
    return graph


@st.composite
def any_digraphs(draw: st.DrawFn) -> nx.DiGraph:
    """Graphs with cycles, self-loops and parts, without attributes."""
    n = draw(st.integers(1, 12))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    node = st.integers(0, n - 1)
    graph.add_edges_from(draw(st.lists(st.tuples(node, node), max_size=3 * n)))
    return graph
