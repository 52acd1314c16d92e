"""Taking much-used sources out of the flow: an alias of them beside each use."""


from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import networkx as nx

from gradviz.layout.problem import Node

ALIAS_SIZE = (60.0, 24.0)


@dataclass(frozen=True)
class Alias:
    """The node that stands for `of` beside its use by `consumer`."""

    of: Node
    consumer: Node


def alias_shared_nodes(
    G: nx.DiGraph,
    *,
    max_uses: int = 2,
    alias_size: tuple[float, float] = ALIAS_SIZE,
    shareable: Callable[[Node], bool] | None = None,
    order: str = "order",
) -> nx.DiGraph:
    """A copy of `G` in which a source with more than `max_uses` consumers feeds only the first, and aliases the others.

    The one long edge to each use is what makes a graph of a recurrent net unreadable and slow to lay out. The node itself
    stays beside its first use in program order; every other use gets an `Alias` node with the attributes `alias_of`,
    `size`, the consumer's `order` and `group`, and the edge's own attributes on the edge. An alias keeps its identity as
    long as both of its nodes do, so an edit elsewhere does not move it.

    Args:
        G: the graph; not changed.
        max_uses: how many consumers a node may have and stay whole.
        alias_size: (width, height) of an alias, px.
        shareable: which nodes may be aliased; by default those without predecessors.
        order: name of the node attribute with the place in program order.

    Raises:
        ValueError: `max_uses` is less than 1.
    """
    if max_uses < 1:
        raise ValueError(f"max_uses must be at least 1, not {max_uses}")
    result: nx.DiGraph = G.copy()
    place = {node: i for i, node in enumerate(G)}
    for node in G:
        consumers = [v for v in G.successors(node) if v != node]
        allowed = shareable(node) if shareable is not None else G.in_degree(node) == 0
        if not allowed or len(consumers) <= max_uses:
            continue
        consumers.sort(key=lambda v: (G.nodes[v].get(order, place[v]), place[v]))
        for consumer in consumers[1:]:
            alias = Alias(node, consumer)
            use = G.nodes[consumer]
            inherited = {name: use[name] for name in (order, "group") if name in use}
            result.add_node(alias, alias_of=node, size=alias_size, **inherited)
            result.add_edge(alias, consumer, **G.edges[node, consumer])
            result.remove_edge(node, consumer)
    return result
