"""Writes the calls of ops: arguments, outputs, what nodes keep, and why gradients do not cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from engine.graph import Node
from engine.inplace import CopySlices
from engine.observe import OpCall
from engine.tensor import Tensor
from gradviz.recording import Cut, Kind, Mode
from gradviz.runner import nodes
from gradviz.runner.rows import Seen, current_mode

if TYPE_CHECKING:
    from gradviz.runner.recorder import Recorder

_LITERAL_LENGTH: Final = 60


class CallRecorder:
    """Writes the rows of ``ops``, ``inputs``, ``outputs`` and ``saved``, and an event for each call."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._builder = recorder.builder
        self._rows = recorder.rows

    def make_up(self, node: Node) -> None:
        """Writes an op for a node whose call nobody told of; those upstream are known."""
        builder, recorder = self._builder, self._recorder
        op, event = builder.count("ops"), builder.count("events")
        name = nodes.op_name(node)
        row = (builder.string(name), builder.string(nodes.node_name(node)), -1, node.sequence_nr)
        builder.add("ops", *row, Mode.GRAD, recorder.regions.current, -1, event)
        formulas = list(nodes.formulas(node).items())
        for slot, (source, number) in enumerate(node.next_functions):
            if source is None:
                continue
            leaf = nodes.leaf_of(source)
            tensor = recorder.output_row(recorder.op_of(source), number) if leaf is None else recorder.known(leaf).row
            parameter, formula = formulas[slot] if slot < len(formulas) else ("", "")
            self._input(op, slot, parameter, tensor, "", slot, Cut.NONE, formula)
        node._observed = (self._rows, op)
        recorder.event(Kind.OP, op=op, text=name)

    def call(self, call: OpCall) -> None:
        """Writes the rows of a call."""
        builder, recorder = self._builder, self._recorder
        found = nodes.arguments(call)
        target = call.inplace
        node = call.node
        recorder.names.settle(recorder.here().frame)
        inputs = [self._argument(value, call) if isinstance(value, Tensor) else None for _, value, _ in found]
        if node is not None and target is not None and target._view is not None:
            edge = target._view.base._edge
            if edge is not None and isinstance(edge[0], CopySlices):
                self._written_slice(call, found, inputs, edge[0])
                return
        op, event = builder.count("ops"), builder.count("events")
        numbers = nodes.slots(node, found)
        kind = self._kind(call)
        inplace = self._rows.row(target) if target is not None else -1
        self._op(call.name, node, call.formula, inplace, event)
        if not self._inputs(op, call, found, inputs, numbers):
            recorder.constants.add(op)
        if node is not None:
            node._observed = (self._rows, op)
        values: dict[int, int] = {}
        if kind is Kind.INPLACE and target is not None:
            builder.add("outputs", op, 0, inplace, -1)
            recorder.event(kind, op=op, tensor=inplace, value=self._rows.value(target), text=call.name)
        else:
            recorder.event(kind, op=op, text=call.name)
            values = self._outputs_of(op, event, call)
        if node is not None:
            self._saved(op, node, values)
        if target is not None:
            recorder.written(target, call.name, op=op)
        recorder.names.made(recorder.here(), [self._rows.meet(t) for t in call.outputs])

    def _argument(self, tensor: Tensor, call: OpCall) -> Seen:
        """What is known of an argument. One that was written to tells of its new history by now, and is taken as it was."""
        if tensor is not call.inplace or call.node is None:
            return self._recorder.known(tensor)
        seen = self._rows.meet(tensor)
        if seen.row < 0:
            event = self._builder.count("events")
            self._rows.add(tensor, event, maker="tensor", base=self._recorder.base_of(tensor))
            self._recorder.event(Kind.CREATE, tensor=seen.row, text="tensor")
        return seen

    @staticmethod
    def _kind(call: OpCall) -> Kind:
        reason = nodes.gate(call.name)
        if reason is not Cut.NONE:
            return Kind.DATA if reason is Cut.DATA else Kind.DETACH
        return Kind.INPLACE if call.inplace is not None and call.node is None else Kind.OP

    def _op(self, name: str, node: Node | None, formula: str, inplace: int, event: int) -> None:
        string = self._builder.string
        self._builder.add(
            "ops",
            string(name),
            string(nodes.node_name(node)) if node is not None else -1,
            string(formula),
            node.sequence_nr if node is not None else -1,
            current_mode(),
            self._recorder.regions.current,
            inplace,
            event,
        )

    def _input(
        self, op: int, position: int, parameter: str, tensor: int, literal: str, slot: int, cut: Cut, formula: str
    ) -> None:
        string = self._builder.string
        self._builder.add(
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
        for position, ((name, value, _), known, slot) in enumerate(zip(found, seen, slots, strict=True)):
            if known is None:
                if value is not None:
                    self._input(op, position, name, -1, literal(value), -1, Cut.NONE, "")
                continue
            # What was written to has its new history by now; whether it had one before shows in its slot.
            needs = bool(value.requires_grad) if value is not call.inplace or call.node is None else slot >= 0
            needed = needed or needs
            cut = Cut.NONE if slot >= 0 else self._recorder.cut(call, known, value, needs)
            formula = _formula(formulas, name) if slot >= 0 else ""
            self._input(op, position, name, known.row, "", slot, cut, formula)
        return needed

    def _outputs_of(self, op: int, event: int, call: OpCall) -> dict[int, int]:
        """The rows of an op's outputs; returns their values by number."""
        values: dict[int, int] = {}
        for number, tensor in enumerate(call.outputs):
            known = self._rows.seen(tensor)
            same = known is not None and known.row >= 0 and tensor is not call.inplace and call.node is None
            if same and call.name != "detach_":
                row = known.row if known is not None else -1  # an argument, handed back as it is
            else:
                row = self._recorder.renew(tensor, event, op, number)
            values[number] = self._rows.value(tensor)
            self._builder.add("outputs", op, number, row, values[number])
        return values

    def _saved(self, op: int, node: Node, values: Mapping[int, int]) -> None:
        """The rows of what a node keeps; most of it was seen already, as an argument's value or an output's (``values``)."""
        for name, tensor, output, array, version in nodes.saved(node):
            if tensor is None:
                row, value = self._recorder.output_row(op, output), values.get(output, -1)
            else:
                known = self._rows.seen(tensor)
                row, value = (-1, -1) if known is None else (known.row, known.value)
            if value < 0:
                value = self._rows.array(array)
            self._builder.add("saved", op, self._builder.string(name), row, value, version)

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
        builder = self._builder
        op, event = builder.count("ops"), builder.count("events")
        self._op(call.name, copy, call.formula, self._rows.row(target), event)
        formulas = nodes.formulas(copy)
        slot = 0 if copy._edges[0] is not None else -1
        cut = Cut.NONE if slot == 0 else Cut.LEAF
        self._input(op, 0, "base", before, "", slot, cut, formulas.get("base", ""))
        rest = [(a, s) for a, s in zip(found, seen, strict=True) if a[1] is not target]
        numbers = nodes.slots(copy, [("base", base, True), *(a for a, _ in rest)])[1:]
        for position, ((argument, known), number) in enumerate(zip(rest, numbers, strict=True), start=1):
            name, value, _ = argument
            if known is None:
                if value is not None:
                    self._input(op, position, name, -1, literal(value), -1, Cut.NONE, "")
                continue
            reason = Cut.NONE if number >= 0 else self._recorder.cut(call, known, value, bool(value.requires_grad))
            self._input(op, position, name, known.row, "", number, reason, _formula(formulas, name) if number >= 0 else "")
        call.node._observed = copy._observed = (self._rows, op)
        self._recorder.event(Kind.OP, op=op, text=call.name)
        row = self._recorder.renew(base, event, op, 0)
        builder.add("outputs", op, 0, row, self._rows.value(base))
        self._saved(op, call.node, {})
        self._recorder.known(target)
        self._recorder.written(target, call.name, op=op, new=base)

    def _row_behind(self, base: Tensor, copy: CopySlices) -> int:
        """The row of a base as it was before one of its views was written to."""
        edge = copy._edges[0]
        if edge is not None:
            leaf = nodes.leaf_of(edge[0])
            row = self._recorder.output_row(self._recorder.op_row(edge[0]), edge[1]) if leaf is None else self._rows.row(leaf)
            if row >= 0:
                return row
        if self._rows.row(base) < 0:
            event = self._builder.count("events")
            self._rows.add(base, event, maker="tensor")
            self._recorder.event(Kind.CREATE, tensor=self._rows.row(base), text="tensor")
        return self._rows.row(base)


def _formula(formulas: Mapping[str, str], parameter: str) -> str:
    """The derivative for a parameter, or for an item of a list of tensors; "*" stands for all."""
    return formulas.get(parameter.partition("[")[0]) or formulas.get("*", "")


def literal(value: Any) -> str:
    """An argument that is no tensor, in few characters."""
    try:
        text = repr(value)
    except Exception:  # an object of the script's own
        text = type(value).__name__
    if isinstance(value, float):
        text = text.removesuffix(".0")
    return text if len(text) <= _LITERAL_LENGTH else f"{text[: _LITERAL_LENGTH - 1]}…"
