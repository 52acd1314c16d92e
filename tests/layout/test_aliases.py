"""Aliases of much-used sources."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given

from gradviz.layout import ALIAS_SIZE, Alias, alias_shared_nodes, layered_layout
from tests.layout.graphs import dags, recorded, script

LOOP = ("w", "x", "a = Mul(x, w)", "b = Mul(a, w)", "c = Mul(b, w)")


def test_each_use_after_the_first_gets_an_alias() -> None:
    graph = alias_shared_nodes(script(*LOOP), max_uses=2)
    assert list(graph.successors("w")) == ["Mul:a"]
    assert list(graph.predecessors("Mul:c")) == ["b", Alias("w", "Mul:c")]
    data = graph.nodes[Alias("w", "Mul:c")]
    assert data["alias_of"] == "w"
    assert data["size"] == ALIAS_SIZE
    assert graph.edges[Alias("w", "Mul:c"), "Mul:c"]["ports"] == (1,)


def test_an_alias_stands_beside_its_use() -> None:
    positions = layered_layout(alias_shared_nodes(script(*LOOP)))
    assert positions[Alias("w", "Mul:c")][0] == positions["b"][0]


def test_the_graph_itself_is_left_alone() -> None:
    graph = script(*LOOP)
    before = nx.to_dict_of_dicts(graph)
    alias_shared_nodes(graph)
    assert nx.to_dict_of_dicts(graph) == before


def test_few_uses_need_no_alias() -> None:
    graph = script(*LOOP)
    assert set(alias_shared_nodes(graph, max_uses=3)) == set(graph)


def test_nodes_that_are_no_sources_are_left_alone_unless_asked_for() -> None:
    lines = ("x", "h = Sin(x)", "a = Exp(h)", "b = Cos(h)", "c = Tan(h)")
    assert not any(isinstance(node, Alias) for node in alias_shared_nodes(script(*lines)))
    graph = alias_shared_nodes(script(*lines), parts=lambda node, users: [[user] for user in users] if node == "h" else [users])
    assert sum(isinstance(node, Alias) for node in graph) == 2


def test_an_alias_of_a_node_in_a_group_belongs_to_its_consumer() -> None:
    graph = alias_shared_nodes(script("w", "a = Sin(w)", "b = Cos(w)", "c = Tan(w) @ no_grad"))
    assert graph.nodes[Alias("w", "Tan:c")]["group"] == ("no_grad",)
    assert "group" not in graph.nodes[Alias("w", "Cos:b")]


@given(dags())
def test_no_use_is_lost(graph: nx.DiGraph) -> None:
    aliased = alias_shared_nodes(graph, max_uses=1)
    edges = {(aliased.nodes[u].get("alias_of", u), v) for u, v in aliased.edges}
    assert edges == set(graph.edges)
    assert all(aliased.out_degree(node) <= 1 for node in aliased if aliased.in_degree(node) == 0)


def test_a_recurrent_net_has_an_alias_for_each_step() -> None:
    graph = alias_shared_nodes(recorded("lstm_60"))
    assert sum(isinstance(node, Alias) for node in graph) == 118


def test_max_uses_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_uses must be at least 1"):
        alias_shared_nodes(nx.DiGraph(), max_uses=0)
