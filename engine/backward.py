"""The one traversal of the graph: a generator of steps, which `backward()` and `grad()` drain.

What needs no ceremony is done in `walk`; here are hooks, captures, user-defined rules, and telling whoever listens.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from heapq import heappop, heappush
from typing import Any, Final

import numpy as np

from . import modes, observe
from .gradients import accumulate, fit
from .graph import AccumulateGrad, Node
from .hooks import after_accumulation, run_post_hooks, run_pre_hooks, run_tensor_hooks
from .observe import Accumulated, Captured, Evaluated, Freed, NodeRan, PassBegin, PassEnd, Step, Visit
from .rules import BORROWED, FRESH, INHERITED
from .tensor import Tensor, wrap
from .threads import in_fresh_thread
from .walk import Walk, failed

__all__ = ["Pass", "call_node", "current_pass", "drain", "is_checkpoint_valid"]


def _not_a_number(node: Node, index: int) -> RuntimeError:
    error = RuntimeError(f"Function '{node.name()}' returned nan values in its {index}th output.")
    failed(node, error)
    return error


def check_nan(node: Node, results: Sequence[Any]) -> None:
    """Under anomaly detection: see that a rule gave numbers.

    Raises:
        RuntimeError: One of its gradients is not a number somewhere.
    """
    if not modes.state.check_nan:
        return
    for index, grad in enumerate(results):
        if grad is not None and np.isnan(observe.as_array(grad)).any():
            raise _not_a_number(node, index)


class Pass(Walk):
    """A walk with all that can happen on the way."""

    __slots__ = ()

    def steps(self, watched: bool) -> Generator[Step | NodeRan, None, None]:
        """Walk; yields what happens if `watched`, else nothing.

        Raises:
            RuntimeError: A rule failed, saved tensors were freed or written to, a gradient has a wrong shape.
        """
        pending = self.pending
        if not pending:
            self._plan()
            self._watched = watched
            if watched:
                yield PassBegin(
                    self.kind, self.roots, self.root_tensors, tuple(self.seeds),
                    None if self.inputs is None else tuple(t for _, t in self.inputs), self.keep, self.create_graph, dict(pending),
                )  # fmt: skip
            yield from self._start(watched)
        ready = self._ready
        heap = self._heap
        executed = self._executed
        plain = not (self.create_graph or self._captures or modes.state.anomaly)
        node_and_entry, self._next = self._next, None
        while True:
            if node_and_entry is None and plain and executed is None and not watched:
                node_and_entry = self._run_plain()
                if node_and_entry is None:
                    break
            if node_and_entry is not None:
                node, entry = node_and_entry
                node_and_entry = None
            elif heap:
                node = heappop(heap)[2]
                entry = ready.pop(node, None)
            else:
                break
            ran: NodeRan | None = None
            ownership: Sequence[int]
            at_once = watched and plain and entry is not None and self._is_plain(node, entry)
            try:
                if at_once and entry is not None:
                    ran = self._watched_rule(node, entry[0])
                    results, ownership, passed_on = ran.gradients, node._rule.ownership, entry[1]
                else:
                    outcome = yield from self._visit(node, entry, watched)
                    if outcome is None:
                        continue
                    results, ownership, passed_on = outcome
                    outcome = None
            except Exception as error:
                if at_once and entry is not None:
                    yield Visit(node, (entry[0],))
                failed(node, error)
                raise
            entry = None
            for slot, edge in enumerate(node._edges):
                if edge is None or (executed is not None and edge[0] not in pending):
                    continue
                target, number = edge
                grad = results[slot]
                left = pending[target] = pending[target] - 1
                if grad is not None:
                    whose = ownership[slot]
                    try:
                        arrived = fit(grad, target._metas[number], node, slot)
                    except RuntimeError:
                        if ran is not None:
                            yield ran
                        raise
                    owned = arrived is not grad or whose == FRESH or (whose == INHERITED and passed_on)
                    total = self._arrive(target, number, arrived, owned)
                    if ran is not None:
                        ran.contributions.append((slot, target, number, arrived, total, self._counted(edge), left))
                    elif watched:
                        yield self._contribution(node, slot, target, number, arrived, total, left)
                if not left:
                    heappush(heap, (-target.sequence_nr, self._order, target))
                    self._order += 1
            results = ()
            grad = arrived = total = None
            if ran is not None:
                yield ran

    def _is_plain(self, node: Node, entry: list[Any]) -> bool:
        """Whether nothing but a rule has to run at a node."""
        return (
            node._short and node._hooks is None and entry[0] is not None and (self._executed is None or node in self._executed)
        )

    def _watched_rule(self, node: Node, given: Any) -> NodeRan:
        """Run a node's rule; returns what there is to tell of it by now."""
        rule = node._rule
        results = rule.on_arrays(given, node)
        freed = rule.releases and not self.keep and node.release()
        return NodeRan(node, given, results, freed)

    def _visit(
        self, node: Node, entry: list[Any] | None, watched: bool
    ) -> Generator[Step, None, tuple[Sequence[Any], Sequence[int], bool] | None]:
        """Run one node with all its hooks.

        Returns:
            A gradient per edge, whose buffer each is, and whether the incoming buffer may be passed on; None if none go on.
        """
        create_graph = self.create_graph
        self.node = node
        grads = [None] * len(node._metas) if entry is None else entry[::2]
        if watched:
            yield Visit(node, tuple(grads))
        hooks = node._hooks
        leaf = node if isinstance(node, AccumulateGrad) else None
        captures = self._captures.get(node)
        # A node that runs is captured at before its tensors' hooks, one that does not after them.
        early = captures is not None and self._executed is not None and node in self._executed
        if early:
            yield from self._capture(node, grads, watched)
        if hooks is not None or (leaf is not None and leaf.variable._leaf is not None and leaf.variable._leaf.hooks):
            yield from run_tensor_hooks(self, node, grads, watched)
            if entry is not None:
                # A hook may have kept what it was given.
                entry[1::2] = [False] * len(grads)
        if captures is not None and not early:
            yield from self._capture(node, grads, watched)
        if self._executed is not None and node not in self._executed:
            return None
        if hooks is not None and hooks.pre:
            yield from run_pre_hooks(self, node, grads, watched)
        if leaf is not None:
            if grads[0] is not None:
                variable = leaf.variable
                before_sum = _copied(variable._grad) if watched else None
                arrived = grads[0]._value if create_graph and not self.record else grads[0]
                accumulate(variable, arrived, entry is not None and entry[1] and captures is None, create_graph)
                if watched and variable._grad is not None:
                    yield Accumulated(variable, grads[0], before_sum, variable._grad._value)
            yield from after_accumulation(leaf, watched)
            if hooks is not None and hooks.post:
                yield from run_post_hooks(self, node, [], grads, watched)
            return None
        results, ownership = node.evaluate(grads, create_graph)
        if modes.state.anomaly:
            check_nan(node, results)
        if watched:
            yield Evaluated(node, tuple(results))
        if hooks is not None and hooks.post:
            results = [
                result if result is None or edge is None else fit(result, edge[0]._metas[edge[1]], node, slot)
                for slot, (result, edge) in enumerate(zip(results, node._edges, strict=True))
            ]
            yield from run_post_hooks(self, node, results, grads, watched)
            ownership = (BORROWED,) * len(results)
        if not self.keep and node.release() and watched:
            yield Freed(node)
        inherits = entry is not None and len(entry) == 2 and entry[1] and captures is None
        return results, ownership, inherits

    def _capture(self, node: Node, grads: Sequence[Any], watched: bool) -> Generator[Step, None, None]:
        """Keep what autograd.grad asked for."""
        assert self.inputs is not None
        for number, index in self._captures[node]:
            grad = grads[number]
            if grad is not None:
                self.captured[index] = self.tensor_of(grad)
                if watched:
                    yield Captured(index, self.inputs[index][1], grad)


def _copied(tensor: Tensor | None) -> Any:
    return None if tensor is None else np.array(tensor._value)


class _Walking(threading.local):
    """The passes under way in this thread, innermost last."""

    def __init__(self) -> None:
        self.passes: list[Pass] = []
        self.inherited = 0
        """How many of them run further out, in threads that wait for this one."""


_walking: Final = _Walking()
DEEPEST: Final = 60
"""How many passes nest in one thread, as many as PyTorch lets nest; the next runs in another."""


def current_pass() -> Pass | None:
    """The pass under way in this thread."""
    return _walking.passes[-1] if _walking.passes else None


def is_checkpoint_valid() -> bool:
    """Whether a reentrant checkpoint may run backward just now: in a pass that goes to all leaves."""
    return all(walk.inputs is None for walk in _walking.passes)


def drain(walk: Pass) -> list[Any]:
    """Walk to the end, telling the observer; returns what was captured.

    Raises:
        RuntimeError: See `Pass.steps`.
    """
    level = modes.state.level
    watched = observe.active is not None and (level is None or level.told)
    if not watched and walk.run_plain():
        return walk.captured
    return _drain_steps(walk, watched)


def _drain_steps(walk: Pass, watched: bool) -> list[Any]:
    """Walk step by step, with all that hooks and rules of the user's find around them: grad mode off, a pass under way."""
    if len(_walking.passes) - _walking.inherited >= DEEPEST:
        return _drain_elsewhere(walk, watched)
    enabled = modes.state.grad_enabled
    modes.set_grad_enabled(walk.record)
    error: BaseException | None = None
    _walking.passes.append(walk)
    try:
        for step in walk.steps(watched):
            if observe.active is not None and watched:
                if isinstance(step, NodeRan):
                    observe.active.node_ran(step)
                else:
                    observe.active.backward_step(step)
    except BaseException as failure:
        error = failure
        raise
    finally:
        _walking.passes.pop()
        modes.set_grad_enabled(enabled)
        if observe.active is not None and watched:
            observe.active.backward_step(PassEnd(error))
        error = None
    return walk.captured


def _drain_elsewhere(walk: Pass, watched: bool) -> list[Any]:
    outer = list(_walking.passes)

    def work() -> list[Any]:
        _walking.passes = outer
        _walking.inherited = len(outer)
        return _drain_steps(walk, watched)

    return in_fresh_thread(work)


def call_node(node: Node, grads: Sequence[Any]) -> Any:
    """What calling a grad_fn does: run its rule once."""
    if len(grads) != len(node._metas):
        raise TypeError(f"expected {len(node._metas)} arguments, got {len(grads)} instead")
    for position, grad in enumerate(grads):
        if grad is not None and not isinstance(grad, Tensor):
            raise TypeError(f"argument {position} is not a Variable")
    tensors = modes.state.grad_enabled
    given = [g if tensors or g is None else g._value for g in grads]
    if isinstance(node, AccumulateGrad):
        accumulate(node.variable, given[0], False, tensors)
        return ()
    results, _ = node.evaluate(given, tensors)
    made = []
    for slot, edge in enumerate(node._edges):
        result = results[slot]
        if result is not None and edge is not None:
            result = fit(result, edge[0]._metas[edge[1]], node, slot)
        made.append(result if result is None or isinstance(result, Tensor) else wrap(np.asarray(result)))
    return made[0] if len(made) == 1 else tuple(made)
