"""Running hooks in the course of a backward pass, in PyTorch's order.

At a node: the hooks of the tensors it made, then retain_grad, then its pre-hooks, the rule, its post-hooks. At a leaf: tensor
hooks, pre-hooks, the accumulation, post-accumulate-grad hooks, post-hooks.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .dtypes import type_name
from .graph import AccumulateGrad, Node
from .observe import Accumulated, HookRun
from .tensor import Tensor, wrap

if TYPE_CHECKING:
    from .backward import Pass

__all__ = ["after_accumulation", "run_post_hooks", "run_pre_hooks", "run_tensor_hooks"]


def _name(hook: Callable[..., Any]) -> str:
    return getattr(hook, "__name__", type(hook).__name__)


def _checked(result: Any, given: Tensor | None, hook: Callable[..., Any]) -> Tensor:
    """What a hook returned in place of a gradient.

    Raises:
        TypeError: It is no tensor.
        RuntimeError: It has another size or dtype.
    """
    if not isinstance(result, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    if given is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if result.dtype is not given.dtype:
        raise RuntimeError(
            f"hook '{_name(hook)}' has changed the type of value (was {type_name(given.dtype)} got {type_name(result.dtype)})"
        )
    if result._value.shape != given._value.shape:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the size of value")
    return result


def run_tensor_hooks(walk: Pass, node: Node, grads: list[Any], watched: bool) -> Generator[Any, None, None]:
    """The hooks of the tensors a node made, then retain_grad; changes `grads`."""
    if isinstance(node, AccumulateGrad):
        leaf = node.variable._leaf
        by_output = [(0, leaf.hooks)] if leaf is not None and leaf.hooks else []
    else:
        by_output = node._hooks.tensor if node._hooks is not None else []
    for number, hooks in by_output:
        for hook in list(hooks.values()):
            given = walk.tensor_of(grads[number])
            result = hook(given)
            after = given if result is None else _checked(result, given, hook)
            before = grads[number]
            grads[number] = walk.array_of(after)
            if watched:
                owner = node.variable if isinstance(node, AccumulateGrad) else None
                yield HookRun("tensor", node, owner, _name(hook), before, grads[number])
    if node._hooks is None:
        return
    for number, reference in node._hooks.retained.items():
        tensor = reference()
        grad = grads[number]
        if tensor is None or grad is None:
            continue
        held = tensor._grad
        before_sum = None if held is None else np.array(held._value)
        if isinstance(grad, Tensor):
            tensor._grad = grad.clone() if held is None else held + grad
        else:
            tensor._grad = wrap(np.array(grad) if held is None else held._value + grad)
        if watched:
            yield HookRun("retain_grad", node, tensor, "retain_grad", grad, grad)
            yield Accumulated(tensor, grad, before_sum, tensor._grad._value)


def run_pre_hooks(walk: Pass, node: Node, grads: list[Any], watched: bool) -> Generator[Any, None, None]:
    """A node's pre-hooks; changes `grads`."""
    assert node._hooks is not None
    for hook in list(node._hooks.pre.values()):
        given = tuple(walk.tensor_of(g) for g in grads)
        result = hook(given)
        before = tuple(grads)
        grads[:] = [walk.array_of(g) for g in _replaced(result, given, hook)]
        if watched:
            yield HookRun("pre", node, None, _name(hook), before, tuple(grads))


def run_post_hooks(
    walk: Pass, node: Node, results: list[Any], grads: Sequence[Any], watched: bool
) -> Generator[Any, None, None]:
    """A node's post-hooks; changes `results`."""
    assert node._hooks is not None
    outgoing = tuple(walk.tensor_of(g) for g in grads)
    for hook in list(node._hooks.post.values()):
        given = tuple(walk.tensor_of(g) for g in results)
        result = hook(given, outgoing)
        before = tuple(results)
        results[:] = [walk.array_of(g) for g in _replaced(result, given, hook)]
        if watched:
            yield HookRun("post", node, None, _name(hook), before, tuple(results))


def _replaced(result: Any, given: tuple[Tensor | None, ...], hook: Callable[..., Any]) -> Sequence[Tensor | None]:
    """The gradients after a node hook.

    Raises:
        TypeError: It returned neither None nor a tuple.
        RuntimeError: The tuple is too short or too long.
    """
    if result is None:
        return given
    if not isinstance(result, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(result).__name__}'")
    returned = result
    if len(returned) != len(given):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values (got {len(returned)}, but expected {len(given)})"
        )
    return [None if new is None else _checked(new, old, hook) for new, old in zip(returned, given, strict=True)]


def after_accumulation(node: AccumulateGrad, watched: bool) -> Generator[Any, None, None]:
    """A leaf's post-accumulate-grad hooks."""
    leaf = node.variable._leaf
    if leaf is None or not leaf.post_hooks:
        return
    given: Any = node.variable
    for hook in list(leaf.post_hooks.values()):
        # What one returns the next is given, before it is refused.
        result = hook(given)
        given = given if result is None else _checked(result, given, hook)
        if watched:
            grad = node.variable._grad
            shown = None if grad is None else grad._value
            yield HookRun("post_accumulate", node, node.variable, _name(hook), shown, shown)
    if given is not node.variable:
        raise RuntimeError("Tensor post accumulate grad hooks should return None.")
