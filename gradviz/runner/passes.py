"""Writes the steps of backward passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.graph import AccumulateGrad, Node
from engine.observe import Accumulated, Captured, Contribution, Freed, HookRun, NodeRan, PassBegin, PassEnd, Step, Visit
from engine.tensor import Tensor
from gradviz.recording import Kind
from gradviz.runner import nodes
from gradviz.runner.places import Place
from gradviz.runner.source import ScriptSource

if TYPE_CHECKING:
    from gradviz.runner.recorder import Recorder


_VISIT, _FREE, _CONTRIBUTION = int(Kind.VISIT), int(Kind.FREE), int(Kind.CONTRIBUTION)


@dataclass(slots=True)
class _Pass:
    """A pass that has not ended.

    Attributes:
        number: Its row in ``passes``.
        place: The call that began it: its steps belong to that line, but for what hooks do.
        cells: That place as the cells of an event.
        sums: By node and output number, the row of ``values`` with the running sum.
        gradient: The row of ``values`` with the gradient at work, where the node has one output; else -1.
    """

    number: int
    place: Place
    cells: tuple[int, int, int, int, int]
    sums: dict[tuple[Node, int], int] = field(default_factory=dict)
    gradient: int = -1


class PassRecorder:
    """Writes the rows of ``passes``, and an event for each step.

    Attributes:
        place: Where the events of the step at work stand; None for the running line.
    """

    def __init__(self, recorder: Recorder, source: ScriptSource) -> None:
        self._recorder = recorder
        self._source = source
        self._builder = recorder.builder
        self._events = recorder.builder.tables["events"]
        self._open: list[_Pass] = []
        self.place: Place | None = None

    def ran(self, ran: NodeRan) -> None:
        """All the steps at a node without hooks."""
        if not self._open:
            return  # the pass began before anybody listened
        at = self._open[-1]
        recorder = self._recorder
        events = self._events
        value_of: Callable[[Any], int] = self._builder.value
        data, pack, cells = events.data, events.pack, at.cells
        current, region = at.number, recorder.regions.current
        node, op = ran.node, recorder.op_row(ran.node)
        given = ran.gradient
        known = at.sums.pop((node, 0), -1)
        at.gradient = known
        data += pack(_VISIT, *cells, -1, op, -1, -1, 0, known, -1, -1, current, -1, region, -1, 0)
        events.count += 1
        if ran.freed:
            data += pack(_FREE, *cells, -1, op, -1, -1, -1, -1, -1, -1, current, -1, region, -1, 0)
            events.count += 1
        for slot, target, number, gradient, total, count, left in ran.contributions:
            place = (target, number)
            if target.__class__ is AccumulateGrad:
                towards, tensor = -1, recorder.known(target.variable).row
            else:
                towards = recorder.op_row(target)
                tensor = recorder.outputs.get((towards, number), -1)
            if gradient is not given:
                given, known = gradient, value_of(gradient)
            before = at.sums.get(place, -1) if count > 1 else -1
            after = at.sums[place] = known if total is gradient else value_of(total)
            data += pack(
                *(_CONTRIBUTION, *cells, tensor, towards, op, slot, number, known, before, after),
                *(current, left, region, -1, 0),
            )
            events.count += 1

    def step(self, step: Step) -> None:
        """One step of the engine's traversal."""
        if isinstance(step, PassBegin):
            self._begin(step)
            return
        if not self._open:
            return  # it began before anybody listened
        self.place = self._open[-1].place
        try:
            self._write(step, self._open[-1])
        finally:
            self.place = None

    def _write(self, step: Step, at: _Pass) -> None:
        if isinstance(step, Contribution):
            self._contribution(step, at)
        elif isinstance(step, Visit):
            self._visit(step, at)
        elif isinstance(step, Accumulated):
            self._accumulated(step, at)
        elif isinstance(step, Captured):
            tensor = self._recorder.known(step.tensor).row if step.tensor is not None else -1
            value = self._recorder.rows.array(step.gradient)
            self._recorder.event(Kind.CAPTURE, tensor=tensor, slot=step.index, value=value)
        elif isinstance(step, HookRun):
            self._hook(step, at)
        elif isinstance(step, Freed):
            self._recorder.event(Kind.FREE, op=self._recorder.op_row(step.node))
        elif isinstance(step, PassEnd):
            self._recorder.event(Kind.PASS_END)
            self._open.pop()
            self._recorder.current_pass = self._open[-1].number if self._open else -1

    def _begin(self, step: PassBegin) -> None:
        recorder = self._recorder
        place = recorder.places.here()
        root = recorder.known(step.root_tensors[0]).row if step.root_tensors else -1
        label = self._source.segment(place.span) or step.kind
        string = recorder.builder.string
        number = recorder.builder.count("passes")
        event = recorder.builder.count("events")
        recorder.builder.add("passes", string(step.kind), string(label), root, step.retain_graph, step.create_graph, event)
        self._open.append(_Pass(number, place, (*place.span, place.stack)))
        recorder.current_pass = number
        recorder.event(Kind.PASS_BEGIN, tensor=root, text=label, place=place)

    def _about(self, node: Node) -> tuple[int, Tensor | None]:
        """(op, leaf) of a node, one of which is none."""
        leaf = nodes.leaf_of(node)
        return (-1 if leaf is not None else self._recorder.op_row(node)), leaf

    def _contribution(self, step: Contribution, at: _Pass) -> None:
        recorder = self._recorder
        op, leaf = self._about(step.target)
        output = step.target_output_nr
        tensor = recorder.output_row(op, output) if leaf is None else recorder.known(leaf).row
        value = recorder.rows.array(step.gradient)
        place = (step.target, output)
        before = at.sums.get(place, -1) if step.count > 1 else -1
        after = value if step.total is step.gradient else recorder.rows.array(step.total)
        at.sums[place] = after
        recorder.event(
            Kind.CONTRIBUTION,
            tensor=tensor,
            op=op,
            peer=-1 if step.source is None else recorder.op_row(step.source),
            slot=step.source_slot,
            output=output,
            value=value,
            before=before,
            after=after,
            pending=step.pending,
        )

    def _visit(self, step: Visit, at: _Pass) -> None:
        recorder = self._recorder
        op, leaf = self._about(step.node)
        values = [at.sums.pop((step.node, number), -1) for number in range(len(step.gradients))]
        output, value = next(((n, row) for n, row in enumerate(values) if row >= 0), (-1, -1))
        tensor = recorder.known(leaf).row if leaf is not None else -1
        at.gradient = value if len(values) == 1 else -1
        recorder.event(Kind.VISIT, tensor=tensor, op=op, output=output, value=value)

    def _accumulated(self, step: Accumulated, at: _Pass) -> None:
        recorder = self._recorder
        known = recorder.known(step.tensor)
        # Every change of .grad was told, so what it was before is what was seen last.
        before = known.grad if known.grad >= 0 and step.before is not None else recorder.rows.array(step.before)
        gradient = at.gradient if at.gradient >= 0 else recorder.rows.array(step.gradient)
        after = gradient if step.before is None else recorder.rows.array(step.after)
        recorder.event(Kind.ACCUMULATE, tensor=known.row, value=gradient, before=before, after=after)
        known.grad = after
        grad = step.tensor._grad
        recorder.rows.own_grad(step.tensor, grad)
        if grad is None:
            return
        seen = recorder.rows.meet(grad)
        was, seen.value = seen.value, after
        if seen.row >= 0 and step.before is not None and after != was:
            recorder.event(Kind.INPLACE, tensor=seen.row, value=after, text="accumulate")
        recorder.written(grad, "accumulate", owner=step.tensor)

    def _hook(self, step: HookRun, at: _Pass) -> None:
        if step.kind == "retain_grad":
            return  # what it does is told as an accumulation
        recorder = self._recorder
        op, leaf = self._about(step.node)
        owner = step.tensor if step.tensor is not None else leaf
        first, last = _first(step.before), _first(step.after)
        before = recorder.rows.array(first)
        after = before if last is first else recorder.rows.array(last)
        recorder.event(
            Kind.HOOK,
            tensor=recorder.known(owner).row if owner is not None else -1,
            op=op,
            before=before,
            after=after,
            text=step.hook_name,
        )
        if step.kind != "post":
            at.gradient = after if at.gradient >= 0 else -1


def _first(gradients: Any) -> Any:
    """The gradient a hook was given, or the first of those a node's hook was given."""
    if isinstance(gradients, Sequence) and not hasattr(gradients, "shape"):
        return next((gradient for gradient in gradients if gradient is not None), None)
    return gradients
