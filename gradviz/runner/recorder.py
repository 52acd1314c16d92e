"""Listens to the engine and writes what happens as rows of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from engine.graph import Node
from engine.observe import Evaluated, NodeRan, Observer, OpCall, Step
from engine.tensor import Tensor
from gradviz.recording import Cut, Kind, Mode, RecordingBuilder
from gradviz.runner import nodes
from gradviz.runner.calls import CallRecorder
from gradviz.runner.names import Names
from gradviz.runner.passes import PassRecorder
from gradviz.runner.places import NOWHERE, Place, Places
from gradviz.runner.plain import PlainCalls
from gradviz.runner.regions import Regions
from gradviz.runner.rows import Seen, TensorRows, current_mode
from gradviz.runner.source import ScriptSource
from gradviz.runner.stop import RunStopped

_FAILURES: Final[dict[type[BaseException], str]] = {MemoryError: "memory", RecursionError: "recursion"}


class Recorder(Observer):
    """Turns what the engine tells into rows of a `RecordingBuilder`.

    Attributes:
        builder: Where the rows go.
        rows: The rows of tensors.
        places: Finds the running line.
        names: Finds the names of tensors.
        regions: Knows which modes are in force.
        before_event: Called before a change is written down.
        after_event: Called when a change is wholly written down: here a run may be stopped and its rows be sent.
        failed: Why the writing down of a change failed; nothing more can be recorded then.
        outputs: The rows of tensors by the op that made them and the number of the output.
        constants: The ops none of whose arguments needed a gradient.
        current_pass: The innermost pass that has not ended, -1 for none.
    """

    def __init__(self, source: ScriptSource, builder: RecordingBuilder, after_event: Callable[[], None] | None = None) -> None:
        self.builder = builder
        self.places = Places(source, builder)
        self.rows = TensorRows(builder)
        self.before_event: Callable[[], None] | None = None
        self.after_event = after_event
        self.failed: BaseException | None = None
        self.names = Names(source, self.places, builder)
        self.regions = Regions(source, builder)
        self.outputs: dict[tuple[int, int], int] = {}
        self.constants: set[int] = set()
        self.current_pass = -1
        self._place = NOWHERE
        self._events = builder.tables["events"]
        self._data = [table.data for table in builder.tables.values()]
        self._passes = PassRecorder(self, source)
        self._calls = CallRecorder(self)
        self._plain = PlainCalls(self)

    # What the engine tells

    def tensor_created(self, tensor: Tensor, function: str) -> None:
        self._whole(self._created, tensor, function)

    def op_called(self, call: OpCall) -> None:
        # As `_whole` does.
        if self.failed is not None or self.before_event is not None:
            self._before()
        mark = [*map(len, self._data)]
        try:
            if not self._plain.call(call):
                self._calls.call(call)
        except BaseException as error:
            self._fail(mark, error)
        self._place = NOWHERE
        if self.after_event is not None:
            self.after_event()

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

    def node_ran(self, ran: NodeRan) -> None:
        if self.failed is not None or self.before_event is not None:
            self._before()
        mark = [*map(len, self._data)]
        try:
            self._passes.ran(ran)
        except BaseException as error:
            self._fail(mark, error)
        if self.after_event is not None:
            self.after_event()

    def backward_step(self, step: Step) -> None:
        if step.__class__ is not Evaluated:  # its gradients are told as they arrive
            self._whole(self._passes.step, step)

    def finish(self, variables: Mapping[str, Any]) -> None:
        """Names what the script's variables hold at its end."""
        self._whole(self.names.finish, variables, self.rows.row)

    def _whole(self, write: Callable[..., None], *arguments: Any) -> None:
        """Writes the rows of one change, all of them or, where memory runs out or the run is stopped, none."""
        self._before()
        mark = self.builder.mark()
        try:
            write(*arguments)
        except BaseException as error:
            self._fail(mark, error)
        self._place = NOWHERE
        if self.after_event is not None:
            self.after_event()

    def _before(self) -> None:
        if self.failed is not None:
            raise RunStopped(_FAILURES.get(type(self.failed), "internal")) from self.failed
        if self.before_event is not None:
            self.before_event()

    def _fail(self, mark: list[int], error: BaseException) -> NoReturn:
        # What is known of tensors and what is written down may not agree any more: this was the last change.
        self.builder.rollback(mark)
        self.failed = error
        self._place = NOWHERE
        if isinstance(error, (MemoryError, RecursionError)):
            raise error
        raise RunStopped("internal") from error

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
        at = place or self.here()
        number = self.builder.string(text) if text else -1
        return self._events.add(
            *(kind, *at.span, at.stack, tensor, op, peer, slot, output, value, before, after),
            *(self.current_pass, pending, self.regions.current, number, flag),
        )

    def here(self) -> Place:
        """The place that what happens now belongs to."""
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

    def cut(self, call: OpCall, known: Seen, tensor: Tensor, needs: bool) -> Cut:
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
        return Cut.CONSTANT if known.op in self.constants else Cut.LEAF

    def _adopt(self, tensor: Tensor) -> Seen:
        """A tensor nobody told of: a gradient the script has got hold of, or one that was there before."""
        seen = self.rows.meet(tensor)
        edge = tensor._current_edge()
        if edge is not None:
            self._derive(tensor, edge[0], edge[1])
            return seen
        owner = None if seen.owner is None else seen.owner()
        maker = "grad" if owner is not None or self.current_pass >= 0 else "tensor"
        event = self.builder.count("events")
        self.rows.add(tensor, event, maker=maker, base=self.base_of(tensor))
        self.event(Kind.CREATE, tensor=seen.row, value=self.rows.unchanged(tensor), text=maker)
        if owner is not None and (name := self.names.of(self.rows.row(owner))):
            self.names.give(seen.row, f"{name}.grad", event)
        return seen

    def base_of(self, tensor: Tensor) -> int:
        """The row of the tensor that a tensor is a view of, -1 for none."""
        view = tensor._view
        return -1 if view is None or view.base is tensor else self.rows.row(view.base)

    def op_of(self, node: Node) -> int:
        """The op a node was recorded for, -1 for none."""
        found = getattr(node, "_observed", None)
        return found[1] if isinstance(found, tuple) and found[0] is self.rows else -1

    def output_row(self, op: int, output: int) -> int:
        """The row of an op's output, -1 for one that is not known."""
        return self.outputs.get((op, output), -1)

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
                self._calls.make_up(last)
        return self.op_of(node)

    def _derive(self, tensor: Tensor, node: Node, output: int) -> None:
        """A new row for a tensor whose history is that of a node which may not be known yet."""
        op = self.op_row(node)
        row = self.renew(tensor, self.builder.count("events") - 1, op, output)
        self.builder.add("outputs", op, output, row, self.rows.value(tensor))

    def renew(self, tensor: Tensor, event: int, op: int, output: int) -> int:
        """Begins a row for an op's output, which may have had one before that."""
        before = self.rows.row(tensor)
        row = self.outputs[op, output] = self.rows.add(tensor, event, op=op, output=output, base=self.base_of(tensor))
        if before >= 0:
            self.names.inherit(before, row, event)
        return row

    def _created(self, tensor: Tensor, function: str) -> None:
        event = self.builder.count("events")
        self.rows.add(tensor, event, maker=function, base=self.base_of(tensor))
        self.event(Kind.CREATE, tensor=self.rows.row(tensor), value=self.rows.value(tensor), text=function)
        self.names.made(self.here(), (self.rows.meet(tensor),))

    # Writes

    def written(
        self, tensor: Tensor, name: str, *, op: int = -1, new: Tensor | None = None, owner: Tensor | None = None
    ) -> None:
        """A tensor's memory was written to: so were those who share it, and the `.grad`s that lie in it.

        Args:
            tensor: The tensor written to, whose own new value is recorded already.
            name: What wrote.
            op: The op that wrote, -1 for none.
            new: Another tensor whose new value is recorded already.
            owner: A tensor whose new `.grad` is.
        """
        for other in list(self.rows.sharers(tensor)):
            known = self.rows.meet(other)
            before = known.value
            if other is not new and self.rows.value(other) != before:
                self.event(Kind.INPLACE, tensor=known.row, op=op, value=known.value, text=name)
        for other in list(self.rows.owners(tensor)):
            if other is not owner:
                self._grad_is(other, name)

    def _grad_is(self, owner: Tensor, name: str) -> None:
        known = self.known(owner)
        value = -1 if owner._grad is None else self.rows.unchanged(owner._grad)
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
        if known.form != self.builder.kind(tensor._value):
            # Another shape or dtype makes it another tensor to look at, though the object stays.
            event, before = self.builder.count("events"), known.row
            self.rows.add(tensor, event, op=known.op, maker="data", base=self.base_of(tensor))
            self.names.inherit(before, known.row, event)
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
        self.regions.change(kind, phase, grad_enabled, self.here(), self.event)
