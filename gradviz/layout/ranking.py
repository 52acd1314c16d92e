"""Which layer a node stands in.

Every edge must lead to a later layer. Non-sources stand as early as that allows (longest path), so that a branch begins
beside what it branches from; sources and what hangs on sources alone are pulled up to their first use.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradviz.layout.problem import adjacency


@dataclass
class Flow:
    """The graph as an acyclic one, with what ranking found out about it.

    Attributes:
        succ, pred: neighbours, along edges that all lead forward.
        topological: the nodes, each after its predecessors.
        depth: edges on the longest path that ends in a node.
        height: edges on the longest path that starts in a node.
        rank: each node's layer, from 0, without empty layers.
        main: the main path, from its first node to its last: the one of the greatest weight, and of such the longest.
    """

    succ: list[list[int]]
    pred: list[list[int]]
    topological: list[int]
    depth: list[int]
    height: list[int]
    rank: list[int]
    main: list[int]


def make_flow(n: int, edges: list[tuple[int, int]], weights: list[float] | None = None) -> Flow:
    """Breaks cycles and ranks. Node numbers are taken as program order wherever there is a choice.

    Args:
        n: the number of nodes.
        edges: pairs of nodes.
        weights: the edges' weights for the main path; all 1 if not given.
    """
    succ, pred = adjacency(n, edges)
    topological = _topological(succ, pred)
    if len(topological) < n:
        succ, pred = adjacency(n, _without_cycles(succ))
        topological = _topological(succ, pred)
    depth = [0] * n
    for u in topological:
        d = depth[u] + 1
        for v in succ[u]:
            if depth[v] < d:
                depth[v] = d
    height = [0] * n
    for v in reversed(topological):
        h = height[v] + 1
        for u in pred[v]:
            if height[u] < h:
                height[u] = h
    light = {edge: w for edge, w in zip(edges, weights or [], strict=bool(weights)) if w != 1.0}
    main = _main_path(pred, topological, depth, light)
    return Flow(succ, pred, topological, depth, height, _pull(depth, succ, pred, topological), main)


def _main_path(
    pred: list[list[int]], topological: list[int], depth: list[int], weights: dict[tuple[int, int], float]
) -> list[int]:
    """The heaviest path, then the longest; it ends as late and comes from as early in program order as it can."""
    if not pred:
        return []
    total = [0.0] * len(pred)
    via = [-1] * len(pred)
    for v in topological:
        best: tuple[float, int, int] | None = None
        for u in pred[v]:
            here = (total[u] + weights.get((u, v), 1.0), depth[u], -u)
            if best is None or here > best:
                best = here
        if best is not None and best[0] >= 0:
            total[v], via[v] = best[0], -best[2]
    node = max(range(len(pred)), key=lambda i: (total[i], depth[i], i))
    path = [node]
    while via[path[-1]] >= 0:
        path.append(via[path[-1]])
    return path[::-1]


def hanging_cost(succ: list[list[int]], pred: list[list[int]], topological: list[int]) -> list[int]:
    """For each node, how many edges grow longer when it is moved one layer later, with what hangs on it alone.

    A predecessor used by nothing else either comes along, at its own cost, or stays and its edge grows.
    """
    cost = [0] * len(succ)
    for v in topological:
        cost[v] = sum(min(1, cost[u]) if len(succ[u]) == 1 else 1 for u in pred[v])
    return cost


def _pull(depth: list[int], succ: list[list[int]], pred: list[list[int]], topological: list[int]) -> list[int]:
    cost = hanging_cost(succ, pred, topological)
    rank = list(depth)
    for v in reversed(topological):
        gain = len(succ[v]) - cost[v]
        # What is made of a shared source alone (its transpose, say) stands beside its use as the source itself would.
        if succ[v] and (gain > 0 or (gain == 0 and not any(pred[u] for u in pred[v]))):
            rank[v] = min(rank[w] for w in succ[v]) - 1
    used = {r: k for k, r in enumerate(sorted(set(rank)))}
    return [used[r] for r in rank]


def _topological(succ: list[list[int]], pred: list[list[int]]) -> list[int]:
    waiting = [len(p) for p in pred]
    order = [i for i, w in enumerate(waiting) if w == 0]
    for u in order:
        for v in succ[u]:
            waiting[v] -= 1
            if waiting[v] == 0:
                order.append(v)
    return order


def _without_cycles(succ: list[list[int]]) -> list[tuple[int, int]]:
    """The edges with those turned round that lead back into a depth-first search from the earliest nodes."""
    state = [0] * len(succ)  # 0 not seen, 1 on the current path, 2 done
    edges: dict[tuple[int, int], None] = {}
    for start in range(len(succ)):
        if state[start]:
            continue
        state[start] = 1
        stack = [(start, iter(succ[start]))]
        while stack:
            u, rest = stack[-1]
            for v in rest:
                if state[v] == 1:
                    edges[v, u] = None
                    continue
                edges[u, v] = None
                if state[v] == 0:
                    state[v] = 1
                    stack.append((v, iter(succ[v])))
                    break
            else:
                state[u] = 2
                stack.pop()
    return list(edges)
