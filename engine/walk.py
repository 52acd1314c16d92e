"""The part of a backward pass that most passes need only: nodes whose rules run on arrays, with nobody watching and no hooks.

Nodes wait until all their contributions have arrived, then run, latest made first. A gradient is brought to its target's shape
and dtype when it arrives there, and nowhere else. Contributions are added in place where nobody else holds the buffer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush, heappushpop
from itertools import count
from typing import Any, Final
from weakref import WeakValueDictionary

import numpy as np

from . import modes
from .frames import warn
from .gradients import accumulate, fit
from .graph import AccumulateGrad, Edge, Node
from .observe import Contribution
from .reuse import LARGE
from .rules import FRESH
from .tensor import Tensor, wrap

__all__ = ["Walk", "failed"]

_ndarray: Final = np.ndarray


def failed(node: Node, error: Exception) -> None:
    """Note on an error where its node was made; under anomaly detection, show the stack."""
    if hasattr(error, "recorded_at"):
        return
    vars(error)["recorded_at"] = node.location
    if modes.state.anomaly:
        stack = "".join(node.metadata.get("traceback_", ()))
        if stack:
            text = f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{stack}"
        else:
            text = (
                f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly during forward pass "
                "for more information."
            )
        warn(text, UserWarning)


_next_number: Final = count().__next__


class Walk:
    """One walk over the graph.

    What travels are arrays, or Tensors under `create_graph`. The user's own tensors among them are known by their arrays, so
    that hooks and callers see the very objects they gave.

    Args:
        kind: "backward" or "grad".
        roots: The edges it starts from.
        root_tensors: The tensors those belong to.
        seeds: The gradient of each root: a tensor of the user's, or an array.
        inputs: The edges to stop at, with the tensors they belong to; None to reach every leaf.
        keep: Whether saved tensors survive.
        create_graph: Whether gradients are Tensors, which may have a history of their own.
        record: Whether they get that history; as `create_graph`, if not said.
    """

    __slots__ = (
        "_captures",
        "_count",
        "_executed",
        "_heap",
        "_next",
        "_order",
        "_ready",
        "_watched",
        "captured",
        "create_graph",
        "inputs",
        "keep",
        "kind",
        "known",
        "node",
        "number",
        "pending",
        "record",
        "root_tensors",
        "roots",
        "seeds",
    )

    def __init__(
        self,
        kind: Any,
        roots: Sequence[Edge],
        root_tensors: Sequence[Tensor],
        seeds: Sequence[Any],
        inputs: Sequence[tuple[Edge | None, Tensor | None]] | None,
        keep: bool,
        create_graph: bool,
        record: bool | None = None,
    ) -> None:
        self.kind = kind
        self.roots = tuple(roots)
        self.root_tensors = tuple(root_tensors)
        self.inputs = inputs
        self.keep = keep
        self.create_graph = create_graph
        self.record = create_graph if record is None else record
        self.number = _next_number()
        self.node: Node | None = None
        self.known: WeakValueDictionary[int, Tensor] | None = None
        if create_graph:
            self.seeds: list[Any] = [seed if seed is None or isinstance(seed, Tensor) else wrap(seed) for seed in seeds]
        else:
            self.seeds = [self.array_of(seed) if isinstance(seed, Tensor) else seed for seed in seeds]
        self.captured: list[Any] = [] if inputs is None else [None] * len(inputs)
        self.pending: dict[Node, int] = {}
        self._captures: dict[Node, list[tuple[int, int]]] = {}
        self._executed: set[Node] | None = None
        self._ready: dict[Node, list[Any]] = {}
        self._heap: list[tuple[int, int, Node]] = []
        self._order = 0
        self._watched = False
        self._count: dict[Edge, int] = {}
        self._next: tuple[Node, list[Any] | None] | None = None

    def _plan(self) -> None:
        """Count what each node waits for, and with `inputs` find out which nodes lie on the way to them."""
        pending = self.pending
        found: list[Node] = []
        for node, _ in self.roots:
            if node in pending:
                pending[node] += 1
            else:
                pending[node] = 1
                found.append(node)
        # Those found on the way are gone through as well.
        for node in found:
            for edge in node._edges:
                if edge is not None:
                    target = edge[0]
                    if target in pending:
                        pending[target] += 1
                    else:
                        pending[target] = 1
                        if target._edges:
                            found.append(target)
        if self.inputs is None:
            return
        visited = list(pending)
        wanted: set[Node] = set()
        for index, (edge, _) in enumerate(self.inputs):
            if edge is not None:
                if self.kind == "grad":
                    self._captures.setdefault(edge[0], []).append((edge[1], index))
                else:
                    wanted.add(edge[0])
        # A node runs if one of its edges leads to a node that runs or is captured at.
        reaching = set(wanted) | self._captures.keys()
        for node in _upstream_first(visited):
            if any(edge is not None and edge[0] in reaching for edge in node._edges):
                wanted.add(node)
                reaching.add(node)
        self._executed = wanted
        for node in visited:
            if node not in reaching:
                del pending[node]

    def _arrive(self, target: Node, number: int, grad: Any, owned: bool) -> Any:
        """Add a gradient to what a node's output has already; returns the sum."""
        entry = self._ready.get(target)
        place = 2 * number
        if entry is None:
            if len(target._metas) == 1:
                self._ready[target] = [grad, owned]
                return grad
            entry = self._ready[target] = [None, False] * len(target._metas)
        held = entry[place]
        if held is None:
            entry[place] = grad
            entry[place + 1] = owned
            return grad
        if self._watched or isinstance(held, Tensor):
            # An observer is shown what arrived: it must not have become the sum by then.
            total = held + grad
        elif entry[place + 1] and held.__class__ is _ndarray:
            total = np.add(held, grad, out=held)
        elif owned and grad.__class__ is _ndarray:
            total = np.add(held, grad, out=grad)
        else:
            total = held + grad
        entry[place] = total
        entry[place + 1] = total.__class__ is _ndarray
        return total

    def run_plain(self) -> bool:
        """Walk as far as there is nothing to it but rules; returns whether that was to the end. If not, `steps` goes on."""
        if self.create_graph or self.inputs is not None or modes.state.anomaly:
            return False
        self._plan()
        self._start(False)
        self._next = self._run_plain()
        return self._next is None

    def _start(self, watched: bool) -> list[Contribution]:
        """Give the roots their gradients; returns what there is to tell of it if `watched`."""
        pending = self.pending
        told: list[Contribution] = []
        for slot, (node, number) in enumerate(self.roots):
            if node not in pending:
                continue
            seed, self.seeds[slot] = self.seeds[slot], None
            total = self._arrive(node, number, seed, False)
            left = pending[node] = pending[node] - 1
            if watched:
                told.append(self._contribution(None, slot, node, number, seed, total, left))
            if not left:
                heappush(self._heap, (-node.sequence_nr, self._order, node))
                self._order += 1
        return told

    def _run_plain(self) -> tuple[Node, list[Any] | None] | None:
        """Run nodes that nobody watches, from the heap of those that are ready, as long as there is nothing to it but their rules.

        Returns:
            The next node, with what arrived for its outputs; None at the end of the pass.
        """
        pending = self.pending
        ready = self._ready
        heap = self._heap
        order = self._order
        keep = self.keep
        # A node that has just become ready need not go through the heap if it is next, nor a single gradient through `ready`.
        node: Any = None
        given: Any = None
        mine: Any = False
        next_mine: Any
        owned: Any
        while True:
            if node is None:
                if not heap:
                    return None
                node = heappop(heap)[2]
            elif heap and heap[0][0] <= -node.sequence_nr:
                # Those that are ready first go first among equals.
                if given is not None:
                    ready[node] = [given, mine]
                    given = None
                node = heappushpop(heap, (-node.sequence_nr, order, node))[2]
                order += 1
            if given is None:
                entry = ready.pop(node, None)
                if entry is None or len(entry) != 2 or entry[0] is None:
                    self._order = order
                    return node, entry
                given, mine = entry
                entry = None
            if not node._short or node._hooks is not None:
                if node.__class__ is AccumulateGrad and _unhooked(node):
                    accumulate(node.variable, given, mine, False)
                    node = given = None
                    continue
                self._order = order
                return node, [given, mine]
            rule = node._rule
            try:
                if given.__class__ is _ndarray and given.nbytes >= LARGE and rule.on_large is not None:
                    results = rule.on_large(given, node, mine, not keep)
                else:
                    results = rule.on_arrays(given, node)
            except Exception as error:
                if isinstance(error, MemoryError) and not keep:
                    # What is kept may have been written into.
                    node.release()
                failed(node, error)
                raise
            if rule.releases and not keep:
                node._saved = None if rule.only_tensors else rule.stripped(node._saved)
            given = following = next_given = None
            next_mine = False
            ownership = rule.ownership
            slot = -1
            for edge in node._edges:
                slot += 1
                if edge is None:
                    continue
                target, number = edge
                left = pending[target] = pending[target] - 1
                grad = results[slot]
                if grad is not None:
                    whose = ownership[slot]
                    metas = target._metas
                    meta = metas[number]
                    kind = grad.__class__
                    if kind is not meta and (kind is not _ndarray or (grad.shape, grad.dtype) != meta):
                        arrived = fit(grad, meta, node, slot)
                        if arrived is not grad:
                            grad = arrived
                            whose = FRESH
                    owned = whose and (whose == FRESH or mine)
                    if len(metas) != 1 or target in ready:
                        self._arrive(target, number, grad, owned)
                    elif left:
                        ready[target] = [grad, owned]
                        continue
                    elif target.__class__ is AccumulateGrad and _unhooked(target):
                        # It would be the next to run.
                        accumulate(target.variable, grad, owned, False)
                        continue
                    elif following is None:
                        following = target
                        next_given = grad
                        next_mine = owned
                        continue
                    else:
                        ready[target] = [grad, owned]
                if left:
                    continue
                if following is None:
                    following = target
                else:
                    if next_given is not None:
                        ready[following] = [next_given, next_mine]
                        next_given = None
                    heappush(heap, (-following.sequence_nr, order, following))
                    heappush(heap, (-target.sequence_nr, order + 1, target))
                    order += 2
                    following = None
            node = following
            given = next_given
            mine = next_mine
            results = ()
            grad = arrived = next_given = None

    def tensor_of(self, grad: Any) -> Any:
        """What travels, as a hook or a caller is given it."""
        if grad is None or isinstance(grad, Tensor):
            return grad
        if self.known is None:
            self.known = WeakValueDictionary()
        known = self.known.get(id(grad))
        if known is None or known._value is not grad:
            known = self.known[id(grad)] = wrap(grad)
        return known

    def array_of(self, tensor: Any) -> Any:
        """What a hook returned, as it travels."""
        if tensor is None or self.create_graph:
            return tensor
        if self.known is None:
            self.known = WeakValueDictionary()
        self.known[id(tensor._value)] = tensor
        return tensor._value

    def captures_at(self, node: Node) -> bool:
        """Whether autograd.grad was asked for the gradient of one of a node's outputs."""
        return node in self._captures

    def _contribution(
        self, source: Node | None, slot: int, target: Node, number: int, grad: Any, total: Any, left: int
    ) -> Contribution:
        return Contribution(source, slot, target, number, grad, total, self._counted((target, number)), left)

    def _counted(self, edge: Edge) -> int:
        """How many gradients have arrived along edges like this one, now that one more has."""
        count = self._count[edge] = self._count.get(edge, 0) + 1
        return count


def _unhooked(node: AccumulateGrad) -> bool:
    """Whether nothing happens at a leaf but the accumulation."""
    leaf = node.variable._leaf
    return node._hooks is None and (leaf is None or not (leaf.hooks or leaf.post_hooks))


def _upstream_first(nodes: Iterable[Node]) -> list[Node]:
    """Nodes of one graph so that each comes after all its edges lead to."""
    order: list[Node] = []
    state: dict[Node, int] = {}
    for start in nodes:
        if start in state:
            continue
        stack: list[tuple[Node, int]] = [(start, 0)]
        state[start] = 1
        while stack:
            node, position = stack.pop()
            edges = node._edges
            while position < len(edges):
                edge = edges[position]
                position += 1
                if edge is not None and edge[0] not in state:
                    stack.append((node, position))
                    state[edge[0]] = 1
                    stack.append((edge[0], 0))
                    break
            else:
                order.append(node)
    return order
