"""Real autograd graphs, laid out off the window's process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest

from gradviz.layout import alias_shared_nodes, compute_layout

GRAPHS = Path(__file__).parent.parent / "tests" / "data" / "graphs"


def real_graph(name: str) -> nx.DiGraph:
    """A recorded autograd graph, its edges following the data, much-used parameters set beside each use."""
    data = json.loads((GRAPHS / f"{name}.json").read_text())
    graph = nx.DiGraph()
    count = len(data["nodes"])
    for i, node in enumerate(data["nodes"]):
        graph.add_node(i, order=count - i, size=(132.0, 104.0) if "leaf" in node else (118.0, 30.0))
    graph.add_edges_from((producer, consumer) for producer, consumer in data["edges"])
    return alias_shared_nodes(graph)


@pytest.mark.parametrize("name", sorted(path.stem for path in GRAPHS.glob("*.json")))
def test_real_graphs(name: str, report: Callable[..., None]) -> None:
    graph = real_graph(name)
    report(
        f"layout of {name}, {len(graph)} nodes",
        lambda: compute_layout(graph),
        against="half a second per 1,000 nodes",
        floor=0.5 * max(1.0, len(graph) / 1000),
        rounds=3,
    )
