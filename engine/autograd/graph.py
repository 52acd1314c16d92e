"""torch.autograd.graph."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .. import modes
from ..graph import Node, RemovableHandle
from ..modes import state
from ..tensor import Tensor
from .calls import GradientEdge, get_gradient_edge

__all__ = [
    "GradientEdge",
    "Node",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "node_creation_hook",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


def increment_version(tensor: Any) -> None:
    """Count a write the engine could not see."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        t._written()


class saved_tensors_hooks:  # noqa: N801 (PyTorch's name)
    """Within it, what is saved for backward goes through `pack_hook`, and back through `unpack_hook` when it is needed."""

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        if state.hooks_disabled is not None:
            raise RuntimeError(state.hooks_disabled)
        state.saved_hooks.append((self.pack_hook, self.unpack_hook))
        modes.depart(1)

    def __exit__(self, *exception: object) -> None:
        state.saved_hooks.pop()
        modes.depart(-1)


class save_on_cpu(saved_tensors_hooks):  # noqa: N801 (PyTorch's name)
    """Keeps saved tensors on the CPU, where this engine has them anyway."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor.clone(), lambda tensor: tensor)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within it, saved_tensors_hooks raise an error with this message.

    Raises:
        RuntimeError: Some are in force already.
    """
    if state.saved_hooks:
        raise RuntimeError(error_message)
    before, state.hooks_disabled = state.hooks_disabled, error_message
    try:
        yield
    finally:
        state.hooks_disabled = before


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

    __slots__ = ("_handles",)

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self._handles = tuple(handles)

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all") -> RemovableHandle:
    """Call `fn` with the gradients of several tensors: once all that will come have come ("all"), or with the first ("any").

    Raises:
        ValueError: The mode is neither.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    from ..backward import current_pass, will_run

    lock = threading.Lock()
    edges = [get_gradient_edge(t) for t in tensors]
    passes: dict[int, Any] = {}

    def with_all(index: int) -> Callable[[Tensor], None]:
        def inner(grad: Tensor) -> None:
            walk = current_pass()
            with lock:
                seen = passes.get(id(walk))
                if seen is None:
                    expected = sum(will_run(walk, edge.node) for edge in edges)
                    seen = passes[id(walk)] = [[None] * len(edges), expected]
                seen[0][index] = grad
                seen[1] -= 1
                done = seen[1] == 0
                if done:
                    del passes[id(walk)]
            if done:
                fn(seen[0])

        return inner

    called: dict[str, int | None] = {"last": None}

    def with_any(grad: Tensor) -> None:
        walk = id(current_pass())
        with lock:
            first = called["last"] != walk
            called["last"] = walk
        if first:
            fn(grad)

    return _MultiHandle([t.register_hook(with_all(i) if mode == "all" else with_any) for i, t in enumerate(tensors)])


def __dir__() -> list[str]:
    return __all__
