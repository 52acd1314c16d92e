"""Full backward hooks of modules: two identity nodes around `forward` tell when the gradients pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...frames import warn
from ...function import Function
from ...modes import state
from ...tensor import Tensor
from .hooks import Hook

__all__ = ["BackwardHook", "warn_of_old_hook"]


class BackwardHookFunction(Function):
    """Passes tensors through unchanged."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """The tensors themselves."""
        ctx.mark_non_differentiable(*(a for a in args if not a.requires_grad))
        return args

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients themselves."""
        return grad_outputs


def _spread(places: Sequence[int], values: Sequence[Any], size: int) -> tuple[Any, ...]:
    """Values at their places, None elsewhere."""
    result: list[Any] = [None] * size
    for place, value in zip(places, values, strict=True):
        result[place] = value
    return tuple(result)


class BackwardHook:
    """The hooks of one call of a module, which meet the gradients of its outputs first and those of its inputs later.

    Args:
        module: The module.
        hooks: Its full backward hooks.
        pre_hooks: Its full backward pre-hooks.
    """

    def __init__(self, module: Any, hooks: list[Hook], pre_hooks: list[Hook]) -> None:
        self._module = module
        self._hooks = hooks
        self._pre_hooks = pre_hooks
        self._grad_outputs: tuple[Any, ...] | None = None
        self._inputs: tuple[list[int] | None, int] = (None, 0)
        self._outputs: tuple[list[int] | None, int] = (None, 0)

    def _through(self, values: Any, watch: Callable[[Any], None]) -> tuple[Any, list[int] | None]:
        """(the values with their tensors passed through a node, the tensors' places): no places if no gradient will come."""
        places = [i for i, v in enumerate(values) if isinstance(v, Tensor)]
        if not (any(values[i].requires_grad for i in places) and state.grad_enabled):
            return values, None
        passed = BackwardHookFunction.apply(*(values[i] for i in places))
        watch(next(t.grad_fn for t in passed if t.grad_fn is not None and t.grad_fn.name() == "BackwardHookFunctionBackward"))
        items = list(values)
        for place, tensor in zip(places, passed, strict=True):
            items[place] = tensor
        return tuple(items) if type(values) is tuple else type(values)(*items), places

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Pass a call's arguments through the node that sees the inputs' gradients."""
        result, places = self._through(args, lambda node: node.register_hook(self._on_inputs))
        self._inputs = (places, len(args))
        return result

    def _on_inputs(self, grad_input: tuple[Any, ...], _: Any) -> Any:
        if self._grad_outputs is None:
            # Nothing came through the outputs: the gradient took another way.
            return None
        places, size = self._inputs
        assert places is not None
        grads: Any = _spread(places, grad_input, size)
        for hook in self._hooks:
            out = hook(self._module, grads, self._grad_outputs)
            if out is None:
                continue
            if len(out) != len(grads):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(out)}, but expected {len(grads)}"
                )
            grads = out
        self._grad_outputs = None
        return tuple(grads[i] for i in places)

    def setup_output_hook(self, result: Any) -> Any:
        """Pass a call's result through the node that sees the outputs' gradients."""
        several = isinstance(result, tuple)
        outputs = result if several else (result,)
        passed, places = self._through(outputs, lambda node: node.register_hook(self._on_outputs))
        self._outputs = (places, len(outputs))
        return passed if several else passed[0]

    def _on_outputs(self, _: Any, grad_output: tuple[Any, ...]) -> Any:
        places, size = self._outputs
        assert places is not None
        grads: Any = _spread(places, grad_output, size)
        for hook in self._pre_hooks:
            out = hook(self._module, grads)
            if out is None:
                continue
            if len(out) != len(grads):
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(out)}, but expected {len(grads)}"
                )
            grads = out
        self._grad_outputs = grads
        if self._inputs[0] is None:
            self._without_inputs(grads)
        return tuple(grads[i] for i in places)

    def _without_inputs(self, grads: Any) -> None:
        """Call the hooks at once, as no input will have a gradient."""
        warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require "
            "gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook "
            "for more details.",
            UserWarning,
        )
        for hook in self._hooks:
            res = hook(self._module, (None,) * self._inputs[1], grads)
            if res is not None and not (isinstance(res, tuple) and all(el is None for el in res)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
                )
        self._grad_outputs = None


def warn_of_old_hook(inputs: Any, result: Any, grad_fn: Any) -> None:
    """Say what a backward hook of the old kind will not see of this call."""

    def deprecated(what: str, missing: str, advice: str) -> None:
        warn(
            f"Using {what} is deprecated and will be removed in future versions. This hook will be missing some {missing}.{advice}",
            FutureWarning,
        )

    full = " Please use register_full_backward_hook to get the documented behavior."
    outputs = (result,) if isinstance(result, Tensor) else result
    if not (isinstance(outputs, tuple) and all(isinstance(r, Tensor) for r in outputs)):
        deprecated(
            "non-full backward hooks on a Module that does not return a single Tensor or a tuple of Tensors",
            "of the grad_output",
            full,
        )
        return
    given = (inputs,) if isinstance(inputs, Tensor) else inputs
    if not (isinstance(given, tuple) and all(isinstance(i, Tensor) for i in given)):
        deprecated(
            "non-full backward hooks on a Module that does not take as input a single Tensor or a tuple of Tensors",
            "of the grad_input",
            full,
        )
        return
    makers = {r.grad_fn for r in outputs if r.grad_fn is not None}
    if len(makers) == 0 or (len(makers) == 1 and grad_fn not in makers):
        deprecated("a non-full backward hook when outputs are nested in python data structure", "grad_output", "")
    elif len(makers) > 1:
        deprecated("a non-full backward hook when outputs are generated by different autograd Nodes", "grad_output", full)
    elif {i.grad_fn for i in given if i.grad_fn is not None} != {node for node, _ in grad_fn.next_functions}:
        deprecated("a non-full backward hook when the forward contains multiple autograd Nodes", "grad_input", full)
