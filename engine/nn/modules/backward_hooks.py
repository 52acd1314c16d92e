"""Backward hooks on modules: two identity nodes around `forward` tell when the gradients pass."""

from __future__ import annotations

from typing import Any

from ...function import Function
from ...tensor import Tensor

__all__ = ["call_with_backward_hooks"]


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


def _through(values: Any) -> tuple[Any, Any]:
    """(the values with their tensors passed through a node, the node)."""
    several = isinstance(values, tuple)
    items = list(values) if several else [values]
    places = [i for i, v in enumerate(items) if isinstance(v, Tensor)]
    if not any(items[i].requires_grad for i in places):
        return values, None
    passed = BackwardHookFunction.apply(*(items[i] for i in places))
    for place, tensor in zip(places, passed, strict=True):
        items[place] = tensor
    node = next(t.grad_fn for t in passed if t.grad_fn is not None)
    return (tuple(items) if several else items[0]), node


def call_with_backward_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a module's forward between the two nodes its backward hooks need."""
    hooks = module.__dict__["_backward_hooks"]
    pre_hooks = module.__dict__["_backward_pre_hooks"]
    outgoing: list[Any] = []
    args, first = _through(args)
    result = module.forward(*args, **kwargs)
    result, last = _through(result)
    if last is not None:

        def before(grads: tuple[Any, ...]) -> Any:
            for hook in list(pre_hooks.values()):
                changed = hook(module, grads)
                if changed is not None:
                    grads = changed if isinstance(changed, tuple) else (changed,)
            outgoing[:] = [grads]
            if first is None:
                for hook in list(hooks.values()):
                    hook(module, (), grads)
            return grads

        last.register_prehook(before)
    if first is not None:

        def after(grad_inputs: tuple[Any, ...], _: Any) -> Any:
            grads = grad_inputs
            for hook in list(hooks.values()):
                changed = hook(module, grads, outgoing[0])
                if changed is not None:
                    grads = changed if isinstance(changed, tuple) else (changed,)
            return grads

        first.register_hook(after)
    return result
