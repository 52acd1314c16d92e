"""Listens to the engine and writes what happens as rows of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from engine.graph import Node
from engine.inplace import CopySlices
from engine.observe import Evaluated, Observer, OpCall, Step
from engine.tensor import Tensor
from gradviz.recording import Cut, Kind, Mode, RecordingBuilder
from gradviz.runner import nodes
from gradviz.runner.names import Names
from gradviz.runner.passes import PassRecorder
from gradviz.runner.places import NOWHERE, Place, Places
from gradviz.runner.regions import Regions
from gradviz.runner.rows import Seen, TensorRows, current_mode
from gradviz.runner.source import ScriptSource
from gradviz.runner.stop import RunStopped

_LITERAL_LENGTH: Final = 60
_FAILURES: Final[dict[type[BaseException], str]] = {MemoryError: "memory", RecursionError: "recursion"}


class Recorder(Observer):
    """Turns what the engine tells into rows of a `RecordingBuilder`.

    Attributes:
        builder: Where the rows go.
        rows: The rows of tensors.
        places: Finds the running line.
        before_event: Called before a change is written down.
        after_event: Called when a change is wholly written down: here a run may be stopped and its rows be sent.
        busy: Whether a change is being written down.
        failed: Why the writing down of a change failed; nothing more can be recorded then.
    """

    def __init__(self, source: ScriptSource, builder: RecordingBuilder, after_event: Callable[[], None] | None = None) -> None:
        self.builder = builder
        self.places = Places(source, builder)
        self.rows = TensorRows(builder)
        self.before_event: Callable[[], None] | None = None
        self.after_event = after_event
        self.busy = False
        self.failed: BaseException | None = None
        self._names = Names(source, self.places, builder)
        self._regions = Regions(source, builder)
        self._passes = PassRecorder(self, source)
        self._op_inputs_need_grad: dict[int, bool] = {}
        self._outputs: dict[tuple[int, int], int] = {}
        self._place = NOWHERE

    # What the engine tells

    def tensor_created(self, tensor: Tensor, function: str) -> None:
        self._whole(self._created, tensor, function)

    def op_called(self, call: OpCall) -> None:
        self._whole(self._called, call)

    def mode_changed(self, kind: str, phase: str, grad_enabled: bool, inference: bool) -> None:
        self._whole(self._mode_changed, kind, phase, grad_enabled)

    def requires_grad_changed(self, tensor: Tensor, value: bool) -> None:
        self._whole(self._flag_changed, tensor, value)

    def grad_retained(self, tensor: Tensor) -> None:
        self._whole(self._retained, tensor)

    def grad_assigned(self, tensor: Tensor, grad: Tensor | None) -> None:
        self._whole(self._grad_assigned, tensor, grad)

    def data_assigned(self, tensor: Tensor) -> None:
        self._whole(self._data_assigned, tensor)

    def backward_step(self, step: Step) -> None:
        if step.__class__ is not Evaluated:  # its gradients are told as they arrive
            self._whole(self._passes.step, step)

    def finish(self, variables: Mapping[str, Any]) -> None:
        """Names what the script's variables hold at its end."""
        self._whole(self._names.finish, variables, self.rows.row)

    def _whole(self, write: Callable[..., None], *arguments: Any) -> None:
        """Writes the rows of one change, all of them or, where memory runs out or the run is stopped, none."""
        if self.failed is not None:
            raise RunStopped(_FAILURES.get(type(self.failed), "internal")) from self.failed
        if self.before_event is not None:
            self.before_event()
        mark = self.builder.mark()
        self.busy = True
        try:
            write(*arguments)
        except BaseException as error:
            # What is known of tensors and what is written down may not agree any more: this was the last change.
            self.builder.rollback(mark)
            self.failed = error
            if isinstance(error, (MemoryError, RecursionError)):
                raise
            raise RunStopped("internal") from error
        finally:
            self.busy = False
            self._place = NOWHERE
        if self.after_event is not None:
            self.after_event()

    # Events

    def event(
        self,
        kind: Kind,
        *,
        tensor: int = -1,
        op: int = -1,
        peer: int = -1,
        slot: int = -1,
        output: int = -1,
        value: int = -1,
        before: int = -1,
        after: int = -1,
        pending: int = -1,
        text: str = "",
        flag: int = 0,
        place: Place | None = None,
    ) -> int:
        """Appends an event at the running line; returns its number."""
        at = place or self._here()
        number = self.builder.string(text) if text else -1
        return self.builder.add(
            "events",
            *(kind, *at.span, at.stack, tensor, op, peer, slot, output, value, before, after),
            *(self._passes.current, pending, self._regions.current, number, flag),
        )

    def _here(self) -> Place:
        place = self._passes.place or self._place
        if place is NOWHERE:
            place = self._place = self.places.here()
        return place

    # Tensors

    def known(self, tensor: Tensor) -> Seen:
        """What is known of a tensor, with a row that tells of its present history."""
        found = self.rows.seen(tensor)
        if found is None or found.row < 0:
            return self._adopt(tensor)
        try:
            edge = tensor._edge if tensor._view is None else tensor._current_edge()
        except RuntimeError:  # a view that can no longer follow its base: the script will hear of it itself
            return found
        if edge is not None and self.op_of(edge[0]) != found.op:
            self._derive(tensor, edge[0], edge[1])
        return found

    def _adopt(self, tensor: Tensor) -> Seen:
        """A tensor nobody told of: a gradient the script has got hold of, or one that was there before."""
        seen = self.rows.meet(tensor)
        edge = tensor._current_edge()
        if edge is not None:
            self._derive(tensor, edge[0], edge[1])
            return seen
        owner = None if seen.owner is None else seen.owner()
        maker = "grad" if owner is not None or self._passes.current >= 0 else "tensor"
        event = self.builder.count("events")
        self.rows.add(tensor, event, maker=maker, base=self._base(tensor))
        self.event(Kind.CREATE, tensor=seen.row, value=self.rows.value(tensor), text=maker)
        if owner is not None and (name := self._names.of(self.rows.row(owner))):
            self._names.give(seen.row, f"{name}.grad", event)
        return seen

    def _base(self, tensor: Tensor) -> int:
        view = tensor._view
        return -1 if view is None or view.base is tensor else self.rows.row(view.base)

    def op_of(self, node: Node) -> int:
        """The op a node was recorded for, -1 for none."""
        found = getattr(node, "_observed", None)
        return found[1] if isinstance(found, tuple) and found[0] is self.rows else -1

    def output_row(self, op: int, output: int) -> int:
        """The row of an op's output, -1 for one that is not known."""
        return self._outputs.get((op, output), -1)

    def op_row(self, node: Node) -> int:
        """The op of a node, one made up from the node itself if no call of it was told: a view that followed its base."""
        found = self.op_of(node)
        if found >= 0 or nodes.leaf_of(node) is not None:
            return found
        # Upstream first, without recursion: a chain of unknown nodes can be long.
        waiting = [node]
        while waiting:
            last = waiting[-1]
            ahead = [n for n, _ in last.next_functions if n is not None and self.op_of(n) < 0 and nodes.leaf_of(n) is None]
            if ahead and self.op_of(last) < 0:
                waiting += ahead
                continue
            waiting.pop()
            if self.op_of(last) < 0:
                self._make_up(last)
        return self.op_of(node)

    def _make_up(self, node: Node) -> None:
        builder = self.builder
        op, event = builder.count("ops"), builder.count("events")
        name = nodes.op_name(node)
        row = (builder.string(name), builder.string(nodes.node_name(node)), -1, node.sequence_nr)
        builder.add("ops", *row, Mode.GRAD, self._regions.current, -1, event)
        formulas = list(nodes.formulas(node).items())
        for slot, (source, number) in enumerate(node.next_functions):
            if source is None:
                continue
            leaf = nodes.leaf_of(source)
            tensor = self.output_row(self.op_of(source), number) if leaf is None else self.known(leaf).row
            parameter, formula = formulas[slot] if slot < len(formulas) else ("", "")
            self._input(op, slot, parameter, tensor, "", slot, Cut.NONE, formula)
        node._observed = (self.rows, op)
        self.event(Kind.OP, op=op, text=name)

    def _derive(self, tensor: Tensor, node: Node, output: int) -> None:
        """A new row for a tensor whose history is that of a node which may not be known yet."""
        op = self.op_row(node)
        row = self._renew(tensor, self.builder.count("events") - 1, op, output)
        self.builder.add("outputs", op, output, row, self.rows.value(tensor))

    def _renew(self, tensor: Tensor, event: int, op: int, output: int) -> int:
        """Begins a row for an op's output, which may have had one before that."""
        before = self.rows.row(tensor)
        row = self._outputs[op, output] = self.rows.add(tensor, event, op=op, output=output, base=self._base(tensor))
        if before >= 0:
            self._names.inherit(before, row, event)
        return row

    def _created(self, tensor: Tensor, function: str) -> None:
        event = self.builder.count("events")
        self.rows.add(tensor, event, maker=function, base=self._base(tensor))
        self.event(Kind.CREATE, tensor=self.rows.row(tensor), value=self.rows.value(tensor), text=function)
        self._names.made(self._here(), (tensor,), (self.rows.row(tensor),))

    # Ops

    def _called(self, call: OpCall) -> None:
        builder = self.builder
        found = nodes.arguments(call)
        target = call.inplace
        node = call.node
        self._names.settle(self._here().frame)
        inputs = [self._argument(value, call) if isinstance(value, Tensor) else None for _, value, _ in found]
        if node is not None and target is not None and target._view is not None:
            edge = target._view.base._edge
            if edge is not None and isinstance(edge[0], CopySlices):
                self._written_slice(call, found, inputs, edge[0])
                return
        op, event = builder.count("ops"), builder.count("events")
        numbers = nodes.slots(node, found)
        kind = self._kind(call)
        inplace = self.rows.row(target) if target is not None else -1
        self._op(call.name, node, call.formula, inplace, event)
        needed = self._inputs(op, call, found, inputs, numbers)
        self._op_inputs_need_grad[op] = needed
        if node is not None:
            node._observed = (self.rows, op)
        values: dict[int, int] = {}
        if kind is Kind.INPLACE and target is not None:
            builder.add("outputs", op, 0, inplace, -1)
            self.event(kind, op=op, tensor=inplace, value=self.rows.value(target), text=call.name)
        else:
            self.event(kind, op=op, text=call.name)
            values = self._outputs_of(op, event, call)
        if node is not None:
            self._saved(op, node, values)
        if target is not None:
            self.written(target, call.name, op=op)
        self._names.made(self._here(), call.outputs, [self.rows.row(t) for t in call.outputs])

    def _argument(self, tensor: Tensor, call: OpCall) -> Seen:
        """What is known of an argument. One that was written to tells of its new history by now, and is taken as it was."""
        if tensor is not call.inplace or call.node is None:
            return self.known(tensor)
        seen = self.rows.meet(tensor)
        if seen.row < 0:
            event = self.builder.count("events")
            self.rows.add(tensor, event, maker="tensor", base=self._base(tensor))
            self.event(Kind.CREATE, tensor=seen.row, text="tensor")
        return seen

    @staticmethod
    def _kind(call: OpCall) -> Kind:
        reason = nodes.gate(call.name)
        if reason is not Cut.NONE:
            return Kind.DATA if reason is Cut.DATA else Kind.DETACH
        return Kind.INPLACE if call.inplace is not None and call.node is None else Kind.OP

    def _op(self, name: str, node: Node | None, formula: str, inplace: int, event: int) -> None:
        string = self.builder.string
        self.builder.add(
            "ops",
            string(name),
            string(nodes.node_name(node)) if node is not None else -1,
            string(formula),
            node.sequence_nr if node is not None else -1,
            current_mode(),
            self._regions.current,
            inplace,
            event,
        )

    def _input(
        self, op: int, position: int, parameter: str, tensor: int, literal: str, slot: int, cut: Cut, formula: str
    ) -> None:
        string = self.builder.string
        self.builder.add(
            "inputs",
            *(op, position, string(parameter) if parameter else -1, tensor, string(literal) if literal else -1),
            *(slot, cut, string(formula) if formula else -1),
        )

    def _inputs(
        self, op: int, call: OpCall, found: Sequence[nodes.Argument], seen: Sequence[Seen | None], slots: Sequence[int]
    ) -> bool:
        """The rows of an op's arguments; returns whether one of its tensors needs a gradient."""
        formulas = nodes.formulas(call.node) if call.node is not None else {}
        needed = False
        for position, ((name, value, differentiable), known, slot) in enumerate(zip(found, seen, slots, strict=True)):
            if known is None:
                if value is not None:
                    self._input(op, position, name, -1, _literal(value), -1, Cut.NONE, "")
                continue
            # What was written to has its new history by now; whether it had one before shows in its slot.
            needs = bool(value.requires_grad) if value is not call.inplace or call.node is None else slot >= 0
            needed = needed or needs
            cut = Cut.NONE if slot >= 0 else self._cut(call, known, value, needs, differentiable)
            formula = _formula(formulas, name) if slot >= 0 else ""
            self._input(op, position, name, known.row, "", slot, cut, formula)
        return needed

    def _cut(self, call: OpCall, known: Seen, tensor: Tensor, needs: bool, differentiable: bool) -> Cut:
        """Why no gradient crosses from a call to one of its arguments."""
        reason = nodes.gate(call.name)
        if reason is not Cut.NONE:
            return reason
        if tensor._value.dtype.kind not in "fc":
            return Cut.DTYPE
        if needs:
            mode = current_mode()
            if call.node is None and mode is not Mode.GRAD:
                return Cut.INFERENCE if mode is Mode.INFERENCE else Cut.NO_GRAD
            return Cut.NOT_DIFFERENTIABLE
        if known.op >= 0 and not self._op_inputs_need_grad.get(known.op, True):
            return Cut.CONSTANT
        return Cut.LEAF

    def _outputs_of(self, op: int, event: int, call: OpCall) -> dict[int, int]:
        """The rows of an op's outputs; returns their values by number."""
        values: dict[int, int] = {}
        for number, tensor in enumerate(call.outputs):
            known = self.rows.seen(tensor)
            same = known is not None and known.row >= 0 and tensor is not call.inplace and call.node is None
            if same and call.name != "detach_":
                row = known.row if known is not None else -1  # an argument, handed back as it is
            else:
                for name, value in call.arguments:
                    if isinstance(value, Tensor) and value._counter is not None and tensor._counter is not None and name:
                        self.rows.share(value)
                row = self._renew(tensor, event, op, number)
            values[number] = self.rows.value(tensor)
            self.builder.add("outputs", op, number, row, values[number])
        return values

    def _saved(self, op: int, node: Node, values: Mapping[int, int]) -> None:
        """The rows of what a node keeps; most of it was seen already, as an argument's value or an output's (``values``)."""
        for name, tensor, output, array, version in nodes.saved(node):
            if tensor is None:
                row, value = self.output_row(op, output), values.get(output, -1)
            else:
                known = self.rows.seen(tensor)
                row, value = (-1, -1) if known is None else (known.row, known.value)
            if value < 0:
                value = self.rows.array(array)
            self.builder.add("saved", op, self.builder.string(name), row, value, version)

    def _written_slice(
        self, call: OpCall, found: Sequence[nodes.Argument], seen: Sequence[Seen | None], copy: CopySlices
    ) -> None:
        """A view was written to: its base gets the new history, and the view one that leads to its base."""
        target = call.inplace
        assert target is not None
        assert target._view is not None
        assert call.node is not None
        base = target._view.base
        before = self._row_behind(base, copy)
        builder = self.builder
        op, event = builder.count("ops"), builder.count("events")
        self._op(call.name, copy, call.formula, self.rows.row(target), event)
        formulas = nodes.formulas(copy)
        slot = 0 if copy._edges[0] is not None else -1
        cut = Cut.NONE if slot == 0 else Cut.LEAF
        self._input(op, 0, "base", before, "", slot, cut, formulas.get("base", ""))
        rest = [(a, s) for a, s in zip(found, seen, strict=True) if a[1] is not target]
        numbers = nodes.slots(copy, [("base", base, True), *(a for a, _ in rest)])[1:]
        for position, ((argument, known), number) in enumerate(zip(rest, numbers, strict=True), start=1):
            name, value, differentiable = argument
            if known is None:
                if value is not None:
                    self._input(op, position, name, -1, _literal(value), -1, Cut.NONE, "")
                continue
            reason = Cut.NONE if number >= 0 else self._cut(call, known, value, bool(value.requires_grad), differentiable)
            self._input(op, position, name, known.row, "", number, reason, _formula(formulas, name) if number >= 0 else "")
        self._op_inputs_need_grad[op] = True
        call.node._observed = copy._observed = (self.rows, op)
        self.event(Kind.OP, op=op, text=call.name)
        row = self._renew(base, event, op, 0)
        builder.add("outputs", op, 0, row, self.rows.value(base))
        self._saved(op, call.node, {})
        self.known(target)
        self.written(target, call.name, op=op, new=base)

    def _row_behind(self, base: Tensor, copy: CopySlices) -> int:
        """The row of a base as it was before one of its views was written to."""
        edge = copy._edges[0]
        if edge is not None:
            leaf = nodes.leaf_of(edge[0])
            row = self.output_row(self.op_row(edge[0]), edge[1]) if leaf is None else self.rows.row(leaf)
            if row >= 0:
                return row
        if self.rows.row(base) < 0:
            event = self.builder.count("events")
            self.rows.add(base, event, maker="tensor")
            self.event(Kind.CREATE, tensor=self.rows.row(base), text="tensor")
        return self.rows.row(base)

    # Writes

    def written(self, tensor: Tensor, name: str, *, op: int = -1, new: Tensor | None = None) -> None:
        """A tensor's memory was written to: so were those who share it, and the `.grad`s that lie in it.

        Args:
            tensor: The tensor written to, whose own new value is recorded already.
            name: What wrote.
            op: The op that wrote, -1 for none.
            new: Another tensor whose new value is recorded already.
        """
        for other in list(self.rows.sharers(tensor)):
            known = self.rows.meet(other)
            before = known.value
            if other is not new and self.rows.value(other) != before:
                self.event(Kind.INPLACE, tensor=known.row, op=op, value=known.value, text=name)
        for owner in list(self.rows.owners(tensor)):
            self._grad_is(owner, name)

    def _grad_is(self, owner: Tensor, name: str) -> None:
        known = self.known(owner)
        value = self.rows.array(owner._grad)
        if value != known.grad:
            known.grad = value
            self.event(Kind.GRAD_SET, tensor=known.row, value=value, text=name)

    def _grad_assigned(self, tensor: Tensor, grad: Tensor | None) -> None:
        self.rows.own_grad(tensor, grad)
        self._grad_is(tensor, "grad")

    def _data_assigned(self, tensor: Tensor) -> None:
        known = self.known(tensor)
        if not self.rows.move(tensor):
            return
        array = tensor._value
        if known.form != (array.shape, array.dtype):
            # Another shape or dtype makes it another tensor to look at, though the object stays.
            event, before = self.builder.count("events"), known.row
            self.rows.add(tensor, event, op=known.op, maker="data", base=self._base(tensor))
            self._names.inherit(before, known.row, event)
            self.event(Kind.CREATE, tensor=known.row, value=self.rows.value(tensor), text="data")
        else:
            self.event(Kind.INPLACE, tensor=known.row, value=self.rows.value(tensor), text="data")

    # Flags and modes

    def _flag_changed(self, tensor: Tensor, value: bool) -> None:
        if self.rows.row(tensor) >= 0:
            self.event(Kind.REQUIRES_GRAD, tensor=self.rows.row(tensor), text="requires_grad", flag=int(value))

    def _retained(self, tensor: Tensor) -> None:
        self.event(Kind.RETAIN_GRAD, tensor=self.known(tensor).row, text="retain_grad", flag=1)

    def _mode_changed(self, kind: str, phase: str, grad_enabled: bool) -> None:
        self._regions.change(kind, phase, grad_enabled, self._here(), self.event)


def _formula(formulas: Mapping[str, str], parameter: str) -> str:
    """The derivative for a parameter, or for an item of a list of tensors; "*" stands for all."""
    return formulas.get(parameter.partition("[")[0]) or formulas.get("*", "")


def _literal(value: Any) -> str:
    """An argument that is no tensor, in few characters."""
    text = f"{value:g}" if isinstance(value, float) and value == value and abs(value) < 1e300 else repr(value)
    return text if len(text) <= _LITERAL_LENGTH else f"{text[: _LITERAL_LENGTH - 1]}…"
