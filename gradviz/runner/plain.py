"""The short way for the commonest calls: one output, nothing written in place, no lists of tensors.

It writes the same rows as `calls`, with all that is the same for every call of an op worked out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from engine import modes
from engine.observe import OpCall
from engine.packing import Packed
from engine.table import Op
from engine.tensor import Tensor
from gradviz.recording import Cut, Kind, Mode
from gradviz.runner import nodes
from gradviz.runner.calls import literal
from gradviz.runner.rows import Seen, current_mode

if TYPE_CHECKING:
    from gradviz.runner.recorder import Recorder

_OP: Final = int(Kind.OP)
_NO_CUT: Final = int(Cut.NONE)


class _Parameter:
    """One parameter of an op.

    Attributes:
        index: Its place among the arguments.
        name: Its name, as the number of a string.
        slot: Its place in the node's next_functions, -1 if there is none.
        differentiable: Whether the op has a derivative for it.
        formula: The derivative, as the number of a string; -1 for none.
        default: What it is when not given.
        named: Whether a formula names it, so that it is shown even where it is as by default.
    """

    __slots__ = ("default", "differentiable", "formula", "index", "name", "named", "slot")

    def __init__(self, row: Op, index: int, formula: int, name: int, with_node: bool) -> None:
        parameter = row.schema.parameters[index]
        self.index = index
        self.name = name
        self.differentiable = parameter.name in row.derivatives
        self.slot = row.differentiable.index(index) if self.differentiable and with_node else -1
        self.formula = formula
        self.default = parameter.default
        self.named = nodes.names(" ".join((row.formula, *row.derivatives.values())), parameter.name)


class _Shape:
    """What the calls of one op have in common, those that recorded the same rule.

    Attributes:
        name: The op's name, as are those below the number of a string.
        node: The name of its nodes, -1 where none is recorded.
        formula: The forward in words.
        parameters: Its parameters.
        saved: (name, index of the argument or -1 for the output) of each tensor its nodes keep; None for what is no tensor.
    """

    __slots__ = ("formula", "name", "node", "parameters", "saved")

    def __init__(self, call: OpCall, row: Op, string: Any) -> None:
        node: Any = call.node
        derivatives = {} if node is None else nodes.formulas(node)
        self.name = string(row.name)
        self.node = -1 if node is None else string(nodes.node_name(node))
        self.formula = string(row.formula)
        self.parameters = []
        for index, p in enumerate(row.schema.parameters):
            text = derivatives.get(p.name, "")
            formula = string(text) if text else -1
            self.parameters.append(_Parameter(row, index, formula, string(p.name), node is not None))
        kept = () if node is None else node._rule.saved
        self.saved = [(string(s.name), s.index if s.source == "argument" else -1) if s.what == "value" else None for s in kept]


class PlainCalls:
    """Writes the rows of plain calls."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._builder = recorder.builder
        self._rows = recorder.rows
        self._places = recorder.places
        self._names = recorder.names
        self._regions = recorder.regions
        tables = recorder.builder.tables
        self._events, self._ops, self._inputs = tables["events"], tables["ops"], tables["inputs"]
        self._outputs, self._saved, self._tensors = tables["outputs"], tables["saved"], tables["tensors"]
        self._shapes: dict[object, _Shape | None] = {}
        self._literals: dict[tuple[type, Any], int] = {}

    def call(self, call: OpCall) -> bool:
        """Writes the rows of a call, if it is plain; else returns False."""
        row = call.row
        if row is None or call.inplace is not None or len(call.outputs) != 1:
            return False
        (out,) = call.outputs
        node: Any = call.node
        if getattr(out, "_observed", None) is not None:
            return False  # an argument, handed back as it is
        key = row if node is None else getattr(node, "_rule", None)
        try:
            shape = self._shapes[key]
        except KeyError:
            shape = self._shapes[key] = self._new_shape(call, row)
        if shape is None or (node is not None and node._saved is None):
            return False
        recorder, rows = self._recorder, self._rows
        # Between here and the script are `op_called`, the engine's dispatcher and what called that.
        spot, frame = self._places.spot(4)
        if self._names.pending is not None:
            self._names.settle(frame)
        values = call.values
        seen: list[Seen | None] = []
        for value in values:
            if value.__class__ is not Tensor and not isinstance(value, Tensor):
                seen.append(None)
                continue
            found = getattr(value, "_observed", None)
            if found is None or found.book is not rows or found.row < 0 or value._view is not None:
                found = recorder.known(value)
            else:
                edge = value._edge
                if edge is not None:
                    source = getattr(edge[0], "_observed", None)
                    if source is None or source[0] is not rows or source[1] != found.op:
                        found = recorder.known(value)
            seen.append(found)
        ops, inputs = self._ops, self._inputs
        op, event = ops.count, self._events.count
        ops.count = op + 1
        mode = current_mode() if modes.special != modes.watching else Mode.GRAD
        region = self._regions.current
        sequence = -1 if node is None else node.sequence_nr
        ops.data += ops.pack(shape.name, shape.node, shape.formula, sequence, mode, region, -1, event)
        pack = inputs.pack
        edges = () if node is None else node._edges
        needed = False
        position = 0
        for p in shape.parameters:
            tensor = seen[p.index]
            value = values[p.index]
            if tensor is not None:
                slot = p.slot
                if slot >= 0 and edges[slot] is not None:
                    needed = True
                    inputs.data += pack(op, position, p.name, tensor.row, -1, slot, _NO_CUT, p.formula)
                else:
                    cut = tensor.cut
                    if value._edge is not None or value._leaf is not None or value._view is not None or cut < 0:
                        needs = value.requires_grad
                        needed = needed or needs
                        cut = recorder.cut(call, tensor, value, needs)
                        if not needs:
                            tensor.cut = cut
                    inputs.data += pack(op, position, p.name, tensor.row, -1, -1, cut, -1)
            elif value is None or (not p.named and value.__class__ is p.default.__class__ and bool(value == p.default)):
                if not p.differentiable:
                    continue  # neither a slot nor anything to show
                position += 1
                continue
            else:
                inputs.data += pack(op, position, p.name, -1, self._literal(value), -1, _NO_CUT, -1)
            inputs.count += 1
            position += 1
        if not needed:
            recorder.constants.add(op)
        if node is not None:
            node._observed = (rows, op)
        events = self._events
        events.data += events.pack(
            *(_OP, *spot.cells, -1, op, -1, -1, -1, -1, -1, -1, recorder.current_pass, -1, region, shape.name, 0)
        )
        events.count = event + 1
        made = rows.first_met(out)
        made.op = op
        array = out._value
        tensors, outputs = self._tensors, self._outputs
        made.form = dtype, form = self._builder.kind(array)
        made.row = number = tensors.count
        counter = out._counter
        leaf = out._edge is None
        tensors.data += tensors.pack(
            *(made.object, form, dtype, not leaf or out._leaf is not None, leaf, op, 0, made.storage),
            -1 if out._view is None else recorder.base_of(out),
            *(0 if counter is None else counter.version, mode, event, -1),
        )
        tensors.count = number + 1
        recorder.outputs[op, 0] = number
        made.value = written = self._builder.value(array)
        outputs.data += outputs.pack(op, 0, number, written)
        outputs.count += 1
        if shape.saved:
            self._keep(shape, node, op, values, seen, made)
        if frame is not None:
            self._names.made_one(spot, frame, made)
        return True

    def _keep(self, shape: _Shape, node: Any, op: int, values: Sequence[Any], seen: Sequence[Seen | None], made: Seen) -> None:
        """Writes the rows of what a node keeps."""
        versions = node._versions
        table = self._saved
        for place, kept in enumerate(shape.saved):
            if kept is None or node._saved[place].__class__ is Packed:
                continue
            name, index = kept
            owner = made if index < 0 else seen[index]
            if owner is None:
                continue
            if owner.value < 0:
                self._rows.value(values[index])
            table.data += table.pack(op, name, owner.row, owner.value, 0 if versions is None else versions[place])
            table.count += 1

    def _new_shape(self, call: OpCall, row: Op) -> _Shape | None:
        """What is the same for calls like this one; None if they are not plain."""
        if row.lists or row.many or nodes.gate(row.name) is not Cut.NONE:
            return None
        if call.node is not None and getattr(type(call.node), "_op", None) is not row:
            return None
        return _Shape(call, row, self._builder.string)

    def _literal(self, value: Any) -> int:
        """An argument that is no tensor, as the number of a string."""
        kind = value.__class__
        if kind is not int and kind is not bool and kind is not str:
            return self._builder.string(literal(value))
        number = self._literals.get((kind, value))
        if number is None:
            number = self._literals[kind, value] = self._builder.string(literal(value))
        return number
