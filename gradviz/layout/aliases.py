"""Taking much-used sources out of the flow: an alias of them beside each use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import networkx as nx

from gradviz.layout.problem import Node

ALIAS_SIZE = (60.0, 24.0)


Parts = Callable[[Any, list[Any]], list[list[Any]]]


@dataclass(frozen=True)
class Alias:
    """The node that stands for `of` beside its uses, of which `consumer` is the first."""

    of: Node
    consumer: Node


def alias_shared_nodes(
    G: nx.DiGraph,
    *,
    max_uses: int = 2,
    alias_size: tuple[float, float] = ALIAS_SIZE,
    parts: Parts | None = None,
    order: str = "order",
) -> nx.DiGraph:
    """A copy of `G` in which a much-used node feeds only its first consumers itself, and aliases of it the others.

    The one long edge to each use is what makes a graph of a recurrent net unreadable and slow to lay out. The node itself
    stays beside its first use in program order; the others get `Alias` nodes with the attributes `alias_of`, `size`, the
    consumer's `order` and `group`, and the edge's own attributes on the edge. An alias keeps its identity as long as both
    of its nodes do, so an edit elsewhere does not move it.

    Args:
        G: the graph; not changed.
        max_uses: how many consumers a source may have and stay whole, where `parts` is not given.
        alias_size: (width, height) of an alias, px.
        parts: parts a node's consumers, given in program order: the first part stays with the node, each other gets an
            alias of its own. By default each consumer of a source that has more than `max_uses` is a part.
        order: name of the node attribute with the place in program order.

    Raises:
        ValueError: `max_uses` is less than 1.
    """
    if max_uses < 1:
        raise ValueError(f"max_uses must be at least 1, not {max_uses}")

    def apart(node: Node, consumers: list[Node]) -> list[list[Node]]:
        shared = G.in_degree(node) == 0 and len(consumers) > max_uses
        return [[consumer] for consumer in consumers] if shared else [consumers]

    parts = parts or apart
    result: nx.DiGraph = G.copy()
    place = {node: i for i, node in enumerate(G)}
    for node in G:
        consumers = [v for v in G.successors(node) if v != node]
        consumers.sort(key=lambda v: (G.nodes[v].get(order, place[v]), place[v]))
        for part in parts(node, consumers)[1:]:
            alias = Alias(node, part[0])
            use = G.nodes[part[0]]
            inherited = {name: use[name] for name in (order, "group") if name in use}
            result.add_node(alias, alias_of=node, size=alias_size, **inherited)
            for consumer in part:
                result.add_edge(alias, consumer, **G.edges[node, consumer])
                result.remove_edge(node, consumer)
    return result
