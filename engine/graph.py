"""The graph: nodes, the edges between them, and what `grad_fn` and `next_functions` show of them.

A node holds everything upstream of it and nothing downstream, and never the tensors it made: so there are no reference
cycles, and dropping the last tensor of a program frees its whole graph.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Sequence
from itertools import count
from types import CodeType
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import numpy as np

from . import modes
from .dtypes import dtype, of_numpy
from .frames import inside, locate
from .handles import Hooks, RemovableHandle, add_hook
from .modes import state
from .rules import BORROWED, Rule
from .saved import SavedResult, release, saved_tensors
from .saved_tensor import saved_attribute
from .size import CPU, Size, device

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "AccumulateGrad",
    "Edge",
    "InputMetadata",
    "Node",
    "OpNode",
    "accumulate_edge",
    "dtype_of",
    "leaf_meta",
    "meta_of",
]

Edge: TypeAlias = "tuple[Node, int]"
Meta: TypeAlias = "type[np.generic] | tuple[tuple[int, ...], np.dtype[Any] | None]"
"""What an output looked like: its scalar type if the engine held it as a NumPy scalar, else (shape, dtype); None for any dtype."""

next_sequence_nr: Callable[[], int] = count().__next__


def meta_of(value: np.ndarray[Any, Any] | np.generic) -> Meta:
    """What the gradient of this value must look like."""
    return (value.shape, value.dtype) if isinstance(value, np.ndarray) else value.__class__


def dtype_of(meta: Meta) -> dtype | None:
    """The dtype the gradient of an output has; None if it may have any."""
    kind = meta[1] if isinstance(meta, tuple) else np.dtype(meta)
    return None if kind is None else of_numpy(kind)


class InputMetadata:
    """What a node expects of the gradient of one of its outputs.

    Attributes:
        shape: A torch.Size.
        dtype: A torch.dtype.
        device: Where it lives.
        is_nested_tensor: False, as there are no nested tensors.
        is_cpp_nested_tensor: False.
    """

    __slots__ = ("device", "dtype", "shape")

    is_nested_tensor: ClassVar[bool] = False
    is_cpp_nested_tensor: ClassVar[bool] = False

    def __init__(self, meta: Meta) -> None:
        self.shape = Size(meta[0] if isinstance(meta, tuple) else ())
        self.dtype: dtype | None = dtype_of(meta)
        self.device: device = CPU


class Node:
    """One recorded operation: `grad_fn`."""

    __slots__ = ("__weakref__", "_code", "_edges", "_hooks", "_lasti", "_metadata", "_metas", "_observed", "sequence_nr")

    _edges: tuple[Edge | None, ...]
    _hooks: Hooks | None
    _metas: tuple[Meta, ...]
    sequence_nr: int
    _code: CodeType | None
    _lasti: int
    _observed: Any
    _rule: Rule
    """Of an OpNode."""
    _qualified: ClassVar[str] = ""
    is_leaf: ClassVar[bool] = False
    """Whether it is the end of the graph."""
    _short: ClassVar[bool] = False
    """Whether it is an OpNode of one output and no list of arguments, which a pass can run without ceremony."""

    def _wire(self, edges: tuple[Edge | None, ...], metas: tuple[Meta, ...]) -> None:
        """Set what every node has."""
        self._edges = edges
        self._metas = metas
        self._hooks = None
        self.sequence_nr = next_sequence_nr()
        where = locate()
        self._code, self._lasti = where if where is not None else (None, -1)
        if modes.special:
            announce(self)

    def name(self) -> str:
        """The node's name, such as "MulBackward0"."""
        return type(self)._qualified or type(self).__name__

    def forward_name(self) -> str:
        """The name without its Backward, as error messages have it: Add for AddBackward0, Clamp1 for ClampBackward1."""
        return re.sub(r"Backward0?([0-9]*)$", r"\1", self.name())

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """(node, output number) for each differentiable argument; (None, 0) for one that needs no gradient."""
        return tuple((None, 0) if edge is None else edge for edge in self._edges)

    @property
    def formulas(self) -> tuple[tuple[str, str], ...]:
        """The derivative in words, by differentiable parameter."""
        return ()

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict for the user's own notes."""
        try:
            return self._metadata
        except AttributeError:
            self._metadata: dict[Any, Any] = {}
            return self._metadata

    @property
    def requires_grad(self) -> bool:
        """True: a node is only made where a gradient is needed."""
        return True

    @property
    def _input_metadata(self) -> tuple[InputMetadata, ...]:
        return tuple(InputMetadata(meta) for meta in self._metas)

    @property
    def location(self) -> tuple[CodeType, int] | None:
        """(code, lasti) of the user's frame that made the node."""
        return None if self._code is None else (self._code, self._lasti)

    def _sequence_nr(self) -> int:
        return self.sequence_nr

    def _set_sequence_nr(self, value: int) -> None:
        self.sequence_nr = value

    def _hooked(self) -> Hooks:
        if self._hooks is None:
            self._hooks = Hooks()
        return self._hooks

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_inputs, grad_outputs)` after the rule; what it returns replaces grad_inputs."""
        return add_hook(self._hooked().post, fn)

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_outputs)` before the rule; what it returns replaces them."""
        return add_hook(self._hooked().pre, fn)

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        """Run the rule.

        Args:
            grads: A gradient per output, None where none arrived; arrays, or Tensors if `tensors`.
            tensors: Whether the computation is itself to be differentiable.

        Returns:
            A gradient per edge, and whose buffer each of them is.
        """
        raise NotImplementedError

    def release(self) -> bool:
        """Drop the saved tensors; False if there are none to drop."""
        return False

    def result_shared(self, output_nr: int, value: np.ndarray[Any, Any], counter: Any) -> None:
        """An output's memory can from now on be written to: what was saved of it must see that."""

    def __call__(self, *grads: Any) -> Any:
        """Run the rule once on the given gradients, outside any pass."""
        from .backward import call_node

        return call_node(self, grads)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


class OpNode(Node):
    """A node made by a row of the table of ops.

    Attributes:
        _rule: The derivative for the arguments that needed one.
        _saved: What the rule names, in the rule's order; None once freed.
        _versions: The version each saved tensor had, or None if all were at 0.
    """

    __slots__ = ("_rule", "_saved", "_versions")

    _rule: Rule
    _saved: tuple[Any, ...] | None
    _versions: tuple[int, ...] | None
    _op: ClassVar[Any] = None

    @property
    def formulas(self) -> tuple[tuple[str, str], ...]:
        """The derivative in words, by differentiable parameter."""
        return self._op.formulas(self._rule)

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        rule = self._rule
        given = grads[0]
        if rule.many:
            if all(g is None for g in grads):
                return (None,) * len(self._edges), (BORROWED,) * len(self._edges)
            given = grads
            if not self._op.missing:
                given = [materialized(g, meta, tensors) for g, meta in zip(grads, self._metas, strict=True)]
        elif given is None:
            return (None,) * len(self._edges), (BORROWED,) * len(self._edges)
        results = rule.on_tensors(given, *saved_tensors(self)) if tensors else rule.on_arrays(given, self)
        ownership = rule.ownership
        return results, ownership if len(ownership) == len(results) else (BORROWED,) * len(results)

    def release(self) -> bool:
        return release(self)

    def result_shared(self, output_nr: int, value: np.ndarray[Any, Any], counter: Any) -> None:
        for item in self._saved or ():
            if item.__class__ is SavedResult and item.output_nr == output_nr:
                item.value = value
                item.counter = counter

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_saved_", "_raw_saved_")):
            return saved_attribute(self, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        raw = ["_raw" + name for name in self._op.saved_attributes(tensors=True)]
        return sorted({*super().__dir__(), *self._op.saved_attributes(), *raw} - {"_saved"})


def materialized(grad: Any, meta: Meta, tensors: bool) -> Any:
    """The gradient of one output; zeros where none arrived."""
    if grad is not None:
        return grad
    shape, kind = meta if isinstance(meta, tuple) else ((), np.dtype(meta))
    zeros = np.zeros(shape, kind)
    if not tensors:
        return zeros
    from .tensor import wrap

    return wrap(zeros)


class AccumulateGrad(Node):
    """The end of the graph: adds what arrives to its leaf's `.grad`."""

    __slots__ = ("variable",)

    variable: Tensor
    _qualified = "torch::autograd::AccumulateGrad"
    is_leaf = True

    @property
    def formulas(self) -> tuple[tuple[str, str], ...]:
        """The derivative in words."""
        return (("variable", "variable.grad + grad"),)


_new: Final = object.__new__
LAST: Final = 2**64 - 1
"""The sequence number of every AccumulateGrad: it runs as soon as it is ready."""


def leaf_meta(leaf: Tensor) -> Meta:
    """What the gradient of a leaf must look like."""
    chosen = leaf._leaf.grad_dtype
    if isinstance(chosen, dtype):
        return leaf._value.shape, chosen._numpy
    return meta_of(leaf._value) if chosen is not None else (leaf._value.shape, None)


def accumulate_edge(leaf: Tensor) -> Edge:
    """The edge to a leaf's AccumulateGrad; there is one of those for each leaf, as long as some graph uses it."""
    known = leaf._leaf.accumulator
    if known is not None:
        node = known()
        if node is not None:
            return (node, 0)
    node = _new(AccumulateGrad)
    node.variable = leaf
    node._edges = ()
    node._metas = (leaf_meta(leaf),)
    node._hooks = None
    node.sequence_nr = LAST
    node._code = None
    node._lasti = -1
    leaf._leaf.accumulator = weakref.ref(node)
    if modes.special:
        announce(node)
    return (node, 0)


def announce(node: Node) -> None:
    """Tell the node creation hooks of a new node; under anomaly detection, keep the stack that made it.

    Raises:
        RuntimeError: A hook called an op.
    """
    if state.anomaly:
        import traceback

        frames = [f for f in traceback.extract_stack() if not inside(f.filename)]
        node.metadata["traceback_"] = traceback.format_list(frames)
    hooks, state.creation_hooks = state.creation_hooks, []
    try:
        for hook in hooks:
            hook(node)
    finally:
        state.creation_hooks = hooks
