"""torch.autograd.graph."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from .. import modes
from .._C import _current_graph_task_id, _will_engine_execute_node
from ..dispatch import edge_of
from ..graph import Node
from ..handles import RemovableHandle
from ..modes import state
from ..mutation import allow_mutation_on_saved_tensors
from ..saved_hooks import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks
from ..tensor import Tensor
from .calls import GradientEdge, get_gradient_edge

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "node_creation_hook",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Count a write the engine could not see. Inference tensors, which count none, are left alone.

    Raises:
        RuntimeError: It is neither a tensor nor several.
    """
    if not isinstance(tensor, (Tensor, Iterable)):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        if not isinstance(t, Tensor):
            raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
        if t._share().tracked:
            t._written()


@contextmanager
def node_creation_hook(fn: Callable[[Node], None]) -> Iterator[None]:
    """Call `fn` with every node made in this thread within the block, once its saved values are stored."""
    state.creation_hooks.append(fn)
    modes.depart(1)
    try:
        yield
    finally:
        state.creation_hooks.remove(fn)
        modes.depart(-1)


class _MultiHandle(RemovableHandle):
    """Removes several hooks."""

    def __init__(self, handles: tuple[RemovableHandle, ...]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def _node_of(tensor: Tensor) -> Node:
    edge = edge_of(tensor)
    if edge is None:
        raise AssertionError("Expected gradient function to be set")
    return edge[0]


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], None], *, mode: Literal["all", "any"] = "all"
) -> RemovableHandle:
    """Call `fn` with the gradients of several tensors: once all that will come have come ("all"), or with the first ("any").

    Raises:
        ValueError: The mode is neither.
        AssertionError: One of the tensors does not require grad ("all").
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    lock = threading.Lock()
    if mode == "any":
        ran: set[int] = set()

        @functools.wraps(fn)
        def first(grad: Tensor) -> None:
            number = _current_graph_task_id()
            with lock:
                if number in ran:
                    return
                ran.add(number)
            fn(grad)

        return _MultiHandle(tuple(t.register_hook(first) for t in tensors if t.requires_grad))
    nodes = [_node_of(t) for t in tensors]
    seen: dict[int, list[Tensor | None]] = {}
    counts: dict[int, int] = {}
    # As PyTorch: a pass within a pass sets anew how many gradients the outer one waits for.
    expected = 0

    def hook_for(index: int) -> Callable[[Tensor], None]:
        def hook(grad: Tensor) -> None:
            nonlocal expected
            number = _current_graph_task_id()
            with lock:
                count = counts[number] = counts.get(number, 0) + 1
                if count == 1:
                    seen[number] = [None] * len(tensors)
                    expected = sum(map(_will_engine_execute_node, nodes))
            seen[number][index] = grad
            if count == expected:
                fn(seen[number])
                del seen[number], counts[number]

        return hook

    return _MultiHandle(tuple(t.register_hook(hook_for(i)) for i, t in enumerate(tensors)))


def __dir__() -> list[str]:
    return __all__
