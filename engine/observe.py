"""The one place where a listener is told what the engine does.

An `Observer` installed with `observing` hears of every tensor made, every op, every change of mode and every step of every
backward pass of its thread, as it happens. While nobody listens, the engine pays one look at a module global.

What an observer is given is the engine's own: arrays may be reused as soon as its method returns (copy what must last),
tensors and nodes should be held weakly. Engine calls made inside an observer's method are not observed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from . import modes

if TYPE_CHECKING:
    from .graph import Node
    from .storage import Storage
    from .table import Op
    from .tensor import Tensor

__all__ = [
    "Accumulated",
    "Captured",
    "Contribution",
    "Evaluated",
    "Freed",
    "HookRun",
    "NodeRan",
    "Observer",
    "OpCall",
    "PassBegin",
    "PassEnd",
    "Step",
    "Value",
    "Visit",
    "as_array",
    "observing",
    "storage_of",
]

_new: Final = object.__new__

Array: TypeAlias = "np.ndarray[Any, Any]"
Value: TypeAlias = "Array | np.generic | Tensor"
"""What travels in a backward pass: a plain array or NumPy scalar, or a Tensor under `create_graph`."""


class OpCall:
    """One op, after its forward ran and its node (if any) is wired.

    Attributes:
        name: The op's own name: "add", "add_", "detach", "data", "__setitem__"; the class name of a custom Function.
        row: Its row in the table of ops; None for what is no row.
        values: The arguments in the op's own order, as the caller gave them.
        outputs: The tensors the op returned.
        node: The node recorded; None under no_grad or when no argument needs a gradient.
        inplace: The tensor written to (also by `out=`); its version counter has advanced already.
    """

    __slots__ = ("_arguments", "_formula", "inplace", "name", "node", "outputs", "row", "values")

    def __init__(
        self,
        name: str,
        arguments: tuple[tuple[str, Any], ...],
        outputs: tuple[Tensor, ...],
        node: Node | None,
        inplace: Tensor | None,
        formula: str,
    ) -> None:
        self.name = name
        self.row: Op | None = None
        self.values: Sequence[Any] = tuple([value for _, value in arguments])
        self.outputs = outputs
        self.node = node
        self.inplace = inplace
        self._arguments = arguments
        self._formula = formula

    @classmethod
    def of_row(
        cls, row: Op, name: str, values: Sequence[Any], outputs: tuple[Tensor, ...], node: Node | None, inplace: Tensor | None
    ) -> OpCall:
        """The call of a row of the table."""
        call = _new(cls)
        call.name = name
        call.row = row
        call.values = values
        call.outputs = outputs
        call.node = node
        call.inplace = inplace
        return call

    @property
    def arguments(self) -> tuple[tuple[str, Any], ...]:
        """(parameter, value) pairs in the op's own order."""
        if self.row is None:
            return self._arguments
        return tuple([(p.name, value) for p, value in zip(self.row.schema.parameters, self.values, strict=True)])

    @property
    def formula(self) -> str:
        """The forward in words, such as "self + alpha * other"."""
        return self._formula if self.row is None else self.row.formula


@dataclass(slots=True)
class PassBegin:
    """A backward pass is about to walk the graph.

    Attributes:
        kind: "backward" or "grad".
        roots: (node, output number) of every root, in the order given.
        root_tensors: The tensors the pass starts from.
        gradients: The gradient each root is seeded with.
        inputs: What `inputs=` named, or the inputs of autograd.grad; None when every leaf is meant.
        pending: For each node that will run, how many contributions it waits for.
    """

    kind: Literal["backward", "grad"]
    roots: tuple[tuple[Node, int], ...]
    root_tensors: tuple[Tensor, ...]
    gradients: tuple[Value, ...]
    inputs: tuple[Any, ...] | None
    retain_graph: bool
    create_graph: bool
    pending: Mapping[Node, int]


@dataclass(slots=True)
class Visit:
    """A node was taken from the ready heap; its hooks and its rule have not run. One gradient per output of the node."""

    node: Node
    gradients: tuple[Value | None, ...]


@dataclass(slots=True)
class HookRun:
    """A hook ran; `before` and `after` are the gradients (a tuple of them for node hooks) it was given and what came of it."""

    kind: Literal["tensor", "retain_grad", "pre", "post", "post_accumulate"]
    node: Node
    tensor: Tensor | None
    hook_name: str
    before: Any
    after: Any


@dataclass(slots=True)
class Evaluated:
    """A node's rule ran. One gradient per entry of `next_functions`, None where none is needed."""

    node: Node
    gradients: tuple[Value | None, ...]


@dataclass(slots=True)
class Contribution:
    """One gradient arrived along one edge.

    Attributes:
        source: The node whose rule made it; None for the gradient a root is seeded with.
        source_slot: Which entry of the source's `next_functions` (or which root).
        target: The node it arrives at.
        target_output_nr: The output of the target it is the gradient of.
        gradient: What arrived, brought to the output's shape and dtype.
        total: The running sum after it.
        count: How many contributions this output has had, this one included.
        pending: How many contributions the target still waits for.
    """

    source: Node | None
    source_slot: int
    target: Node
    target_output_nr: int
    gradient: Value
    total: Value
    count: int
    pending: int


@dataclass(slots=True)
class Accumulated:
    """A tensor's `.grad` was written: by AccumulateGrad, by `backward(inputs=...)` or for `retain_grad()`."""

    tensor: Tensor
    gradient: Value
    before: Value | None
    after: Value


@dataclass(slots=True)
class Captured:
    """autograd.grad has the gradient of its input number `index`."""

    index: int
    tensor: Tensor | None
    gradient: Value


@dataclass(slots=True)
class Freed:
    """A node dropped its saved values."""

    node: Node


class NodeRan:
    """A node without hooks ran, from its visit to its last contribution.

    Attributes:
        node: The node.
        gradient: The gradient of its one output.
        gradients: What its rule gave: a gradient per entry of `next_functions`, None where none is needed.
        freed: Whether it dropped its saved values.
        contributions: (slot, target, output number, gradient, sum, count, pending) for each gradient that arrived; see
            `Contribution`.
    """

    __slots__ = ("contributions", "freed", "gradient", "gradients", "node")

    def __init__(self, node: Node, gradient: Value, gradients: Sequence[Value | None], freed: bool) -> None:
        self.node = node
        self.gradient = gradient
        self.gradients = gradients
        self.freed = freed
        self.contributions: list[tuple[int, Node, int, Value, Value, int, int]] = []

    def steps(self) -> Iterator[Step]:
        """The same, step by step."""
        yield Visit(self.node, (self.gradient,))
        yield Evaluated(self.node, tuple(self.gradients))
        if self.freed:
            yield Freed(self.node)
        for slot, target, number, gradient, total, count, pending in self.contributions:
            yield Contribution(self.node, slot, target, number, gradient, total, count, pending)


@dataclass(slots=True)
class PassEnd:
    """The pass is over; `error` is what ended it early."""

    error: BaseException | None


Step: TypeAlias = PassBegin | Visit | HookRun | Evaluated | Contribution | Accumulated | Captured | Freed | PassEnd


class Observer:
    """Hears what the engine does. Subclass it and override what you need; every method does nothing."""

    def tensor_created(self, tensor: Tensor, function: str) -> None:
        """A factory ("ones", "tensor", "randn", "from_numpy", "Parameter", ...) made a tensor."""

    def op_called(self, call: OpCall) -> None:
        """An op ran."""

    def mode_changed(self, kind: str, phase: str, grad_enabled: bool, inference: bool) -> None:
        """`kind` is no_grad, enable_grad, set_grad_enabled or inference_mode; `phase` enter, exit or set."""

    def requires_grad_changed(self, tensor: Tensor, value: bool) -> None:
        """A leaf's requires_grad was set."""

    def grad_retained(self, tensor: Tensor) -> None:
        """retain_grad() was called on a tensor that is no leaf."""

    def grad_assigned(self, tensor: Tensor, grad: Tensor | None) -> None:
        """The user's code set `.grad`."""

    def data_assigned(self, tensor: Tensor) -> None:
        """The user's code set `.data`."""

    def backward_step(self, step: Step) -> None:
        """The traversal took a step."""

    def node_ran(self, ran: NodeRan) -> None:
        """The traversal took all the steps at a node without hooks. Override it to hear of them at once."""
        for step in ran.steps():
            self.backward_step(step)


class _Dispatcher(Observer):
    """Passes what happens on to the observers of one thread, and hides the engine from itself while they listen."""

    __slots__ = ("observers", "thread")

    def __init__(self) -> None:
        self.observers: list[Observer] = []
        self.thread = get_ident()

    def _tell(self, method: str, *arguments: Any) -> None:
        global active
        if self.thread != get_ident():
            return
        active = None
        try:
            for observer in self.observers:
                getattr(observer, method)(*arguments)
        finally:
            active = self

    def tensor_created(self, tensor: Tensor, function: str) -> None:
        self._tell("tensor_created", tensor, function)

    def op_called(self, call: OpCall) -> None:
        global active
        if self.thread == get_ident():
            active = None
            try:
                for observer in self.observers:
                    observer.op_called(call)
            finally:
                active = self

    def mode_changed(self, kind: str, phase: str, grad_enabled: bool, inference: bool) -> None:
        self._tell("mode_changed", kind, phase, grad_enabled, inference)

    def requires_grad_changed(self, tensor: Tensor, value: bool) -> None:
        self._tell("requires_grad_changed", tensor, value)

    def grad_retained(self, tensor: Tensor) -> None:
        self._tell("grad_retained", tensor)

    def grad_assigned(self, tensor: Tensor, grad: Tensor | None) -> None:
        self._tell("grad_assigned", tensor, grad)

    def data_assigned(self, tensor: Tensor) -> None:
        self._tell("data_assigned", tensor)

    def backward_step(self, step: Step) -> None:
        self._tell("backward_step", step)

    def node_ran(self, ran: NodeRan) -> None:
        global active
        if self.thread == get_ident():
            active = None
            try:
                for observer in self.observers:
                    observer.node_ran(ran)
            finally:
                active = self


active: Observer | None = None
"""Whom to tell. The engine looks here, and nowhere else, to see whether anybody listens."""


@contextmanager
def observing(observer: Observer) -> Iterator[Observer]:
    """Have `observer` told of everything the engine does in this thread within the block.

    Blocks nest: an inner observer is told after the outer ones.

    Raises:
        RuntimeError: Another thread is being observed.
    """
    global active
    outer = active
    if outer is None:
        dispatcher = _Dispatcher()
    elif isinstance(outer, _Dispatcher) and outer.thread == get_ident():
        dispatcher = outer
    else:
        raise RuntimeError("another thread's engine calls are being observed; one thread at a time can be")
    dispatcher.observers.append(observer)
    active = dispatcher
    modes.watch(1)
    try:
        yield observer
    finally:
        modes.watch(-1)
        dispatcher.observers.remove(observer)
        active = outer


def as_array(value: Value) -> Array:
    """What travels (a Tensor, an array or a NumPy scalar) as a plain array, not copied."""
    return np.asarray(value if isinstance(value, (np.ndarray, np.generic)) else value._value)


def storage_of(tensor: Tensor) -> Storage:
    """The memory a tensor lives in: one object for the tensor, its views, its `.detach()` and its `.data`."""
    return tensor._share().storage
