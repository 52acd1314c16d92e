"""User-defined operations: torch.autograd.Function and its ctx.

The ctx handed to `forward` and `backward` is itself the node that is recorded.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import numpy as np

from . import modes, observe
from .dispatch import edge_of, recording
from .frames import warn
from .graph import Edge, Meta, Node, materialized, meta_of
from .inplace import rebase_history
from .modes import state
from .observe import OpCall
from .rules import BORROWED
from .saved import FREED_MESSAGE, SavedResult, check_version
from .tensor import Tensor, View, wrap

__all__ = ["Function", "FunctionCtx", "once_differentiable"]

NO_BACKWARD: Final = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
)


class FunctionCtx:
    """What `forward` keeps for `backward`.

    Attributes:
        needs_input_grad: For each argument of forward, whether it needs a gradient.
        materialize_grads: Whether gradients that did not arrive are given as zeros.
    """

    needs_input_grad: tuple[bool, ...] = ()
    materialize_grads: bool = True
    to_save: tuple[Any, ...] | None = None
    dirty_tensors: tuple[Tensor, ...] = ()
    non_differentiable: tuple[Tensor, ...] = ()
    saved_for_forward: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for backward; once only, and inputs or outputs by preference."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for jvp."""
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs forward wrote to; each must be returned."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether gradients that did not arrive are given as zeros (the default) or as None."""
        self.materialize_grads = value


class BackwardFunction(Node, FunctionCtx):
    """The node of a user-defined Function."""

    _forward_class: ClassVar[Any] = None

    def __init__(self) -> None:
        self._arguments: tuple[int, ...] = ()
        self._input_count = 0
        self._saved: tuple[Any, ...] | None = ()
        self._versions: tuple[int, ...] | None = None

    @property
    def formulas(self) -> tuple[tuple[str, str], ...]:
        """The derivative in words."""
        return (("*", f"{self._forward_class.__name__}.backward(ctx, *grad_outputs)"),)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept.

        Raises:
            RuntimeError: It was freed, or written to since.
        """
        if self._saved is None:
            raise RuntimeError(FREED_MESSAGE)
        return tuple(self._unpack(i, item) for i, item in enumerate(self._saved))

    saved_variables = saved_tensors

    def _unpack(self, index: int, item: Any) -> Any:
        if isinstance(item, Tensor):
            if item._counter is not None:
                check_version(self, index, item, item._counter)
            return item
        if isinstance(item, SavedResult):
            if item.counter is not None:
                check_version(self, index, item, item.counter)
            tensor = wrap(item.value)
            tensor._counter = item.counter
            tensor._edge = (self, item.output_nr)
            return tensor
        return item

    def result_shared(self, output_nr: int, value: Any, counter: Any) -> None:
        for item in self._saved or ():
            if item.__class__ is SavedResult and item.output_nr == output_nr:
                item.value = value
                item.counter = counter

    def release(self) -> bool:
        if not self._saved:
            return False
        self._saved = None
        return True

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        if self.materialize_grads:
            given: list[Any] = [materialized(g, meta, tensors) for g, meta in zip(grads, self._metas, strict=True)]
        else:
            given = list(grads)
        given = [g if g is None or isinstance(g, Tensor) else wrap(np.asarray(g)) for g in given]
        function = self._forward_class
        custom, vjp = function.backward, function.vjp
        if custom is Function.backward and vjp is Function.vjp:
            raise NotImplementedError(NO_BACKWARD)
        if custom is not Function.backward and vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of them."
            )
        results = (vjp if custom is Function.backward else custom)(self, *given)
        returned = list(results) if isinstance(results, tuple) else [results]
        while len(returned) > self._input_count and returned[-1] is None:
            returned.pop()
        if len(returned) != self._input_count:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {self._input_count}, got {len(returned)})"
            )
        picked = []
        for index in self._arguments:
            gradient = returned[index]
            if gradient is not None and not isinstance(gradient, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(gradient).__name__})")
            picked.append(gradient if gradient is None or tensors else gradient._value)
        for index, gradient in enumerate(returned):
            if gradient is not None and index not in self._arguments:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {index + 1}, but the corresponding "
                    "forward input was not a Variable"
                )
        return picked, (BORROWED,) * len(picked)


class FunctionMeta(type):
    """Gives each Function the class of its nodes."""

    _backward_cls: type[BackwardFunction]

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        cls._backward_cls = type(f"{name}Backward", (BackwardFunction,), {"_forward_class": cls, "__module__": cls.__module__})


class Function(metaclass=FunctionMeta):
    """Base of user-defined operations: override the static methods `forward` and `backward`, and call `apply`."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Function:
        warn(
            f"{cls} should not be instantiated. Methods on autograd functions are all static, so you should invoke them on the class "
            "itself. Instantiating an autograd function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
        )
        return super().__new__(cls)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Legacy use, no longer possible.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with static "
            "forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; to be overridden."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep what backward needs, if `forward` takes no ctx; to be overridden."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the inputs' gradients from the outputs'; to be overridden."""
        raise NotImplementedError(NO_BACKWARD)

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """Another name for `backward`."""
        raise NotImplementedError(NO_BACKWARD)

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Compute the outputs' tangents from the inputs'; to be overridden."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run the operation and record it."""
        if cls.setup_context is not Function.setup_context:
            signature = inspect.signature(cls.forward)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        return _apply(cls, args, kwargs)


def _apply(function: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    ctx = function._backward_cls()
    tensors = [(i, a) for i, a in enumerate(args) if isinstance(a, Tensor)]
    recorded = recording()
    edges = [edge_of(a) if recorded else None for _, a in tensors]
    needed = {i: e is not None for (i, _), e in zip(tensors, edges, strict=True)}
    ctx.needs_input_grad = tuple(needed.get(i, False) for i in range(len(args)))
    ctx._input_count = len(args)
    ctx._arguments = tuple(i for i, _ in tensors)
    recorded = recorded and any(e is not None for e in edges)
    ctx._wire(tuple(edges), ())
    enabled = state.grad_enabled
    modes.set_grad_enabled(False)
    try:
        if function.setup_context is not Function.setup_context:
            output = function.forward(*args, **kwargs)
            function.setup_context(ctx, args, output)
        else:
            output = function.forward(ctx, *args, **kwargs)
    finally:
        modes.set_grad_enabled(enabled)
    several = isinstance(output, tuple)
    outputs = _attached(ctx, function, [a for _, a in tensors], list(output) if several else [output], recorded)
    made = tuple(o for o in outputs if isinstance(o, Tensor))
    if recorded:
        _keep(ctx, outputs)
    ctx.to_save = None
    if observe.active is not None:
        names = tuple(inspect.signature(function.forward).parameters)
        names = names if function.setup_context is not Function.setup_context else names[1:]
        arguments = tuple((names[i] if i < len(names) else f"args[{i}]", a) for i, a in enumerate(args))
        written = ctx.dirty_tensors[0] if ctx.dirty_tensors else None
        node = ctx if recorded else None
        call = OpCall(function.__name__, arguments, made, node, written, f"{function.__name__}.forward(...)")
        observe.active.op_called(call)
    ctx.dirty_tensors = ctx.non_differentiable = ()
    return tuple(outputs) if several else outputs[0]


def _attached(
    ctx: BackwardFunction, function: type[Function], inputs: list[Tensor], outputs: list[Any], recorded: bool
) -> list[Any]:
    """Wire the outputs to the node.

    Raises:
        RuntimeError: A leaf that requires grad was written to, or something was marked dirty that is no output.
    """
    dirty = {id(t) for t in ctx.dirty_tensors}
    fixed = {id(t) for t in ctx.non_differentiable}
    given = {id(t) for t in inputs}
    for tensor in ctx.dirty_tensors:
        if not any(o is tensor for o in outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified "
                "inplace must all be outputs of the Function."
            )
        if recorded and tensor._leaf is not None and tensor._edge is None:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
    attached: list[Any] = []
    metas: list[Meta] = []
    for output in outputs:
        if not isinstance(output, Tensor):
            attached.append(output)
            metas.append(np.float32)
            continue
        if id(output) in dirty:
            output._written()
        elif id(output) in given:
            # An input returned as it is becomes a view of itself.
            counter = output._share()
            alias = wrap(output._value)
            alias._counter = counter
            origin = output if output._view is None else output._view.base
            if recorded and id(output) not in fixed:
                alias._view = View(origin, counter.version, "function", function.__name__)
            output = alias
        attached.append(output)
        metas.append(meta_of(output._value))
    ctx._metas = tuple(metas)
    if not recorded:
        return attached
    for number, (raw, output) in enumerate(zip(outputs, attached, strict=True)):
        if not isinstance(output, Tensor) or id(raw) in fixed or output._value.dtype.kind not in "fc":
            continue
        if id(raw) in dirty and output._view is not None:
            rebase_history(output, ctx)
            continue
        output._edge = (ctx, number)
        output._leaf = None
        if output._view is not None and id(raw) not in given:
            output._view.made_in = "function"
            output._view.version = output._version
    return attached


def _keep(ctx: BackwardFunction, outputs: list[Any]) -> None:
    """Pack what save_for_backward was given.

    Raises:
        TypeError: It is no tensor.
    """
    items: list[Any] = []
    versions: list[int] = []
    for position, tensor in enumerate(ctx.to_save or ()):
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {position} is of type {type(tensor).__name__}"
            )
        number = next((n for n, o in enumerate(outputs) if o is tensor and tensor is not None), None)
        if tensor is not None and number is not None and tensor._edge is not None and tensor._edge[0] is ctx:
            items.append(SavedResult(tensor._value, tensor._counter, number))
        else:
            items.append(tensor)
        versions.append(0 if tensor is None else tensor._version)
    ctx._saved = tuple(items)
    ctx._versions = tuple(versions)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Make a backward one whose result cannot be differentiated again, and says so."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        enabled = state.grad_enabled
        modes.set_grad_enabled(False)
        try:
            outputs = fn(ctx, *args)
        finally:
            modes.set_grad_enabled(enabled)
        if not enabled or not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            return outputs
        made = outputs if isinstance(outputs, tuple) else (outputs,)
        barred = tuple(_barred(o) if isinstance(o, Tensor) else o for o in made)
        return barred if isinstance(outputs, tuple) else barred[0]

    return wrapper


class _Barrier(Node):
    """Raises as soon as a gradient reaches it."""

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


_Barrier.__name__ = _Barrier.__qualname__ = "DelayedError"


def _barred(output: Tensor) -> Tensor:
    fresh = wrap(output._value)
    fresh._counter = output._share()
    node = _Barrier()
    edges: tuple[Edge | None, ...] = (None,)
    node._wire(edges, (meta_of(fresh._value),))
    fresh._edge = (node, 0)
    return fresh
