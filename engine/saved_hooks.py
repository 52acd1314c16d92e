"""Hooks on what is saved for backward, for all operations within a context."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import modes
from .modes import state
from .tensor import Tensor

__all__ = ["disable_saved_tensors_hooks", "pop_hooks", "push_hooks", "save_on_cpu", "saved_tensors_hooks"]


def push_hooks(pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
    """Give what is saved from now on to a pair of hooks.

    Raises:
        RuntimeError: Hooks are forbidden just now.
    """
    if state.hooks_disabled is not None:
        raise RuntimeError(state.hooks_disabled)
    state.saved_hooks.append((pack_hook, unpack_hook))
    modes.depart(1)


def pop_hooks() -> None:
    """Take the innermost pair of hooks away."""
    state.saved_hooks.pop()
    modes.depart(-1)


class saved_tensors_hooks:  # noqa: N801 (PyTorch's name)
    """Within it, what is saved for backward goes through `pack_hook`, and back through `unpack_hook` when it is needed.

    Contexts nest: only the innermost hooks are called.
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        push_hooks(self.pack_hook, self.unpack_hook)

    def __exit__(self, *exception: object) -> None:
        pop_hooks()


class save_on_cpu(saved_tensors_hooks):  # noqa: N801 (PyTorch's name)
    """Keeps saved tensors on the CPU, where this engine has them anyway."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        def pack_to_cpu(tensor: Tensor) -> tuple[Any, Tensor]:
            return tensor.device, tensor.clone() if pin_memory else tensor.cpu()

        def unpack_from_cpu(packed: tuple[Any, Tensor]) -> Tensor:
            device, tensor = packed
            return tensor.to(device)

        super().__init__(pack_to_cpu, unpack_from_cpu)


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
