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
from .frames import locate, warn
from .function_node import BackwardFunction, FunctionCtx, attach_outputs, check_to_save, keep_saved, without_grad
from .graph import Node, announce, meta_of, next_sequence_nr
from .modes import state
from .observe import OpCall
from .tensor import Tensor

__all__ = ["BackwardFunction", "Function", "FunctionCtx", "apply_function", "once_differentiable"]

NO_BACKWARD: Final = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
)


class FunctionMeta(type):
    """Gives each Function the class of its nodes."""

    _backward_cls: type[BackwardFunction]

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        body = {"_forward_cls": cls, "__module__": "torch.autograd.function"}
        cls._backward_cls = type(f"{name}Backward", (BackwardFunction,), body)


class Function(metaclass=FunctionMeta):
    """Base of user-defined operations: override the static methods `forward` and `backward`, and call `apply`."""

    generate_vmap_rule: ClassVar[bool] = False
    """Whether vmap may be derived from the other methods."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should invoke them on the "
            "class itself. Instantiating an autograd function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
        )

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

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> Any:
        """Compute the outputs for a whole batch, and where the batch is in them; to be overridden."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run the operation and record it."""
        if cls.setup_context is not Function.setup_context:
            signature = inspect.signature(cls.forward)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        if modes.special and state.level is not None:
            return state.level.apply(cls, args, kwargs)
        return apply_function(cls, args, kwargs)


BackwardFunction._base_cls = Function


def apply_function(
    function: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any], derive: Callable[..., None] | None = None
) -> Any:
    """Run a user-defined operation and record it.

    Args:
        function: The operation.
        args: What it is called with.
        kwargs: By name.
        derive: Called with its ctx and its outputs as soon as those are part of the graph.
    """
    split = function.setup_context is not Function.setup_context
    inputs = [a for a in args if isinstance(a, Tensor)]
    needed = [isinstance(a, Tensor) and a.requires_grad for a in args]
    recorded = recording() and any(needed)
    ctx = function._backward_cls()
    ctx._edges = tuple([edge_of(t) if recorded else None for t in inputs])
    ctx._metas = ()
    ctx._hooks = None
    ctx.sequence_nr = next_sequence_nr()
    ctx._code, ctx._lasti = locate() or (None, -1)
    ctx.needs_input_grad = tuple(needed)
    ctx.argument_count = len(args)
    ctx.argument_places = tuple([i for i, a in enumerate(args) if isinstance(a, Tensor)])
    if split:
        output = without_grad(function.forward, *args, **kwargs)
        without_grad(function.setup_context, ctx, args, output)
    else:
        output = without_grad(function.forward, ctx, *args, **kwargs)
    several = isinstance(output, tuple)
    if recorded:
        check_to_save(ctx)
    outputs = attach_outputs(ctx, inputs, output if several else (output,), recorded, split)
    if derive is not None:
        derive(ctx, outputs)
    ctx.saved_for_forward = None
    if recorded:
        keep_saved(ctx)
        if modes.special:
            announce(ctx)
    if observe.active is not None:
        names = tuple(inspect.signature(function.forward).parameters)[0 if split else 1 :]
        arguments = tuple((names[i] if i < len(names) else f"args[{i}]", a) for i, a in enumerate(args))
        made = tuple(o for o in outputs if isinstance(o, Tensor))
        written = ctx.dirty_tensors[0] if ctx.dirty_tensors else None
        formula = f"{function.__name__}.forward(...)"
        node = ctx if recorded else None
        observe.active.op_called(OpCall(function.__name__, arguments, made, node, written, formula))
    ctx.to_save = ctx.dirty_tensors = ctx.non_differentiable = None
    return tuple(outputs) if several else outputs[0]


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Make a backward one whose result cannot be differentiated again, and says so."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        outputs = without_grad(fn, ctx, *args)
        if not state.grad_enabled or not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            return outputs
        barred = _barred(outputs if isinstance(outputs, tuple) else (outputs,))
        return barred[0] if len(barred) == 1 else barred

    return wrapper


class _Barrier(Node):
    """Raises as soon as a gradient reaches it."""

    _qualified = "torch::autograd::Error"

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


_Barrier.__name__ = _Barrier.__qualname__ = "Error"


def _barred(outputs: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
    """The outputs, behind a node that raises."""
    leaves = [None if o is None else o.detach().requires_grad_(True) for o in outputs]
    node = _Barrier()
    node._wire(
        tuple([None if leaf is None else edge_of(leaf) for leaf in leaves]),
        tuple([np.float32 if leaf is None else meta_of(leaf._value) for leaf in leaves]),
    )
    made: list[Tensor | None] = []
    for number, leaf in enumerate(leaves):
        fresh = None if leaf is None else leaf.detach()
        if fresh is not None:
            fresh._edge = (node, number)
        made.append(fresh)
    return tuple(made)
