"""Listens to the engine and writes what happens as rows of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.graph import Node
from engine.observe import Evaluated, Observer, OpCall, Step
from engine.tensor import Tensor
from gradviz.recording import Kind, RecordingBuilder
from gradviz.runner import nodes
from gradviz.runner.calls import CallRecorder
from gradviz.runner.names import Names
from gradviz.runner.passes import PassRecorder
from gradviz.runner.places import NOWHERE, Place, Places
from gradviz.runner.regions import Regions
from gradviz.runner.rows import Seen, TensorRows
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
        self.names = Names(source, self.places, builder)
        self.regions = Regions(source, builder)
        self._passes = PassRecorder(self, source)
        self._calls = CallRecorder(self)
        self._outputs: dict[tuple[int, int], int] = {}
        self._place = NOWHERE

    # What the engine tells

    def tensor_created(self, tensor: Tensor, function: str) -> None:
        self._whole(self._created, tensor, function)

    def op_called(self, call: OpCall) -> None:
        self._whole(self._calls.call, call)

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
        self._whole(self.names.finish, variables, self.rows.row)

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
        at = place or self.here()
        number = self.builder.string(text) if text else -1
        return self.builder.add(
            "events",
            *(kind, *at.span, at.stack, tensor, op, peer, slot, output, value, before, after),
            *(self._passes.current, pending, self.regions.current, number, flag),
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
        self.rows.add(tensor, event, maker=maker, base=self.base_of(tensor))
        self.event(Kind.CREATE, tensor=seen.row, value=self.rows.value(tensor), text=maker)
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
        row = self._outputs[op, output] = self.rows.add(tensor, event, op=op, output=output, base=self.base_of(tensor))
        if before >= 0:
            self.names.inherit(before, row, event)
        return row

    def _created(self, tensor: Tensor, function: str) -> None:
        event = self.builder.count("events")
        self.rows.add(tensor, event, maker=function, base=self.base_of(tensor))
        self.event(Kind.CREATE, tensor=self.rows.row(tensor), value=self.rows.value(tensor), text=function)
        self.names.made(self.here(), (tensor,), (self.rows.row(tensor),))

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
