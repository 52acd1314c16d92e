"""Hooks as they are kept, and the handles that take them away again."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["HookDict", "Hooks", "RemovableHandle", "add_hook"]


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away again; so does leaving it as a context manager.

    Args:
        hooks_dict: The dict the hook is in, under the handle's `id`; held weakly.
        extra_dict: Another dict, or several, that lose the same key.
    """

    _next_id = count().__next__

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref: Callable[[], Any] = weakref.ref(hooks_dict)
        self.id = RemovableHandle._next_id()
        extra = extra_dict if isinstance(extra_dict, list) else [] if extra_dict is None else [extra_dict]
        self.extra_dict_ref: tuple[Callable[[], Any], ...] = tuple(weakref.ref(d) for d in extra)

    def remove(self) -> None:
        """Take the hook away. Doing it twice does no harm."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    # A copy of a module with hooks has handles that refer to the copy.

    def __getstate__(self) -> Any:
        return self.hooks_dict_ref(), self.id, tuple(reference() for reference in self.extra_dict_ref)

    def __setstate__(self, state: Any) -> None:
        hooks, self.id, extra = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = tuple(weakref.ref(found) for found in extra if found is not None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def add_hook(hooks: OrderedDict[int, Any], hook: Callable[..., Any]) -> RemovableHandle:
    """Register a hook as the last of a dict."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


class HookDict(OrderedDict[int, Any]):
    """Hooks in the order of their registration; handles refer to it weakly."""

    def add(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Register a hook."""
        return add_hook(self, hook)


class Hooks:
    """The hooks of one node.

    Attributes:
        tensor: (output number, hooks) for each tensor that was this output when it got its first.
        retained: By output number, a weak reference to the tensor whose `.grad` shall be filled.
        pre: Hooks that see the gradients of the outputs before the rule runs.
        post: Hooks that see both sides after it ran.
    """

    __slots__ = ("post", "pre", "retained", "tensor")

    def __init__(self) -> None:
        self.tensor: list[tuple[int, OrderedDict[int, Any]]] = []
        self.retained: dict[int, weakref.ref[Tensor]] = {}
        self.pre: OrderedDict[int, Any] = OrderedDict()
        self.post: OrderedDict[int, Any] = OrderedDict()
