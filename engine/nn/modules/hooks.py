"""Hooks of modules: those of every module at once, and the `register_*` methods of one."""

from __future__ import annotations

import functools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from ...handles import RemovableHandle

__all__ = [
    "HookRegistration",
    "WrappedHook",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

Hook = Callable[..., Any]
Hooks = OrderedDict[int, Hook]
Flags = OrderedDict[int, bool]


class _Global:
    """The hooks common to all modules.

    Attributes:
        full: Whether the backward hooks are full ones; None as long as none was registered.
    """

    def __init__(self) -> None:
        self.buffer: Hooks = OrderedDict()
        self.module: Hooks = OrderedDict()
        self.parameter: Hooks = OrderedDict()
        self.forward_pre: Hooks = OrderedDict()
        self.forward: Hooks = OrderedDict()
        self.forward_with_kwargs: Flags = OrderedDict()
        self.forward_always: Flags = OrderedDict()
        self.backward_pre: Hooks = OrderedDict()
        self.backward: Hooks = OrderedDict()
        self.full: bool | None = None


EVERYWHERE: Final = _Global()


def _add(hooks: Hooks, hook: Hook, flags: tuple[tuple[Flags, bool], ...] = (), prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks, extra_dict=[d for d, _ in flags])
    hooks[handle.id] = hook
    for marked, wanted in flags:
        if wanted:
            marked[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def replaced(hooks: Hooks, module: Any, name: str, value: Any) -> Any:
    """What registration hooks make of a value that is about to be registered."""
    for hook in hooks.values():
        output = hook(module, name, value)
        if output is not None:
            value = output
    return value


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, buffer)` before any module registers a buffer; what it returns is registered instead."""
    return _add(EVERYWHERE.buffer, hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, submodule)` before any module registers a child; what it returns is registered instead."""
    return _add(EVERYWHERE.module, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, parameter)` before any module registers a parameter; what it returns is registered instead."""
    return _add(EVERYWHERE.parameter, hook)


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, args)` before any module's forward."""
    return _add(EVERYWHERE.forward_pre, hook)


def register_module_forward_hook(hook: Hook, *, with_kwargs: bool = False, always_call: bool = False) -> RemovableHandle:
    """Call `hook(module, args, output)` after any module's forward."""
    flags = ((EVERYWHERE.forward_with_kwargs, with_kwargs), (EVERYWHERE.forward_always, always_call))
    return _add(EVERYWHERE.forward, hook, flags)


_BOTH_EVERYWHERE: Final = (
    "Cannot use both regular backward hooks and full backward hooks as a global Module hook. Please use only one of them."
)
_BOTH: Final = "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` after the last node of any module's forward.

    Raises:
        RuntimeError: There are full backward hooks for all modules.
    """
    if EVERYWHERE.full is True:
        raise RuntimeError(_BOTH_EVERYWHERE)
    EVERYWHERE.full = False
    return _add(EVERYWHERE.backward, hook)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_output)` when the gradients of any module's outputs are there."""
    return _add(EVERYWHERE.backward_pre, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` when the gradients of any module's inputs are there.

    Raises:
        RuntimeError: There are backward hooks of the old kind for all modules.
    """
    if EVERYWHERE.full is False:
        raise RuntimeError(_BOTH_EVERYWHERE)
    EVERYWHERE.full = True
    return _add(EVERYWHERE.backward, hook)


class WrappedHook:
    """A hook that is given its module first, which it does not keep alive.

    Raises:
        RuntimeError: It is called after the module is gone.
    """

    def __init__(self, hook: Hook, module: Any = None) -> None:
        self.hook = hook
        functools.update_wrapper(self, hook)
        self.with_module = module is not None
        if module is not None:
            self.module = weakref.ref(module)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the hook."""
        if not self.with_module:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        result: dict[str, Any] = {"hook": self.hook, "with_module": self.with_module}
        if self.with_module:
            result["module"] = self.module()
        return result

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.hook = state["hook"]
        self.with_module = state["with_module"]
        if self.with_module:
            if state["module"] is None:
                raise RuntimeError("You are trying to revive the hook of a dead Module!")
            self.module = weakref.ref(state["module"])


class HookRegistration:
    """The part of Module that registers hooks."""

    _forward_hooks: Hooks
    _forward_hooks_with_kwargs: Flags
    _forward_hooks_always_called: Flags
    _forward_pre_hooks: Hooks
    _forward_pre_hooks_with_kwargs: Flags
    _backward_hooks: Hooks
    _backward_pre_hooks: Hooks
    _is_full_backward_hook: bool | None
    _state_dict_hooks: Hooks
    _state_dict_pre_hooks: Hooks
    _load_state_dict_pre_hooks: Hooks
    _load_state_dict_post_hooks: Hooks

    def register_forward_pre_hook(self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns replaces the arguments.

        Args:
            hook: The hook.
            prepend: Whether it goes before those already there.
            with_kwargs: Whether it is called as `hook(module, args, kwargs)` and returns both.
        """
        flags = ((self._forward_pre_hooks_with_kwargs, with_kwargs),)
        return _add(self._forward_pre_hooks, hook, flags, prepend)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after forward; what it returns replaces the output.

        Args:
            hook: The hook.
            prepend: Whether it goes before those already there.
            with_kwargs: Whether it is called as `hook(module, args, kwargs, output)`.
            always_call: Whether it is called even if forward raises.
        """
        flags = ((self._forward_hooks_with_kwargs, with_kwargs), (self._forward_hooks_always_called, always_call))
        return _add(self._forward_hooks, hook, flags, prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the outputs are there; what it returns replaces them."""
        return _add(self._backward_pre_hooks, hook, (), prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the inputs are there; what it returns replaces them.

        Raises:
            RuntimeError: The module has backward hooks of the old kind.
        """
        if self._is_full_backward_hook is False:
            raise RuntimeError(_BOTH)
        self._is_full_backward_hook = True
        return _add(self._backward_hooks, hook, (), prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` after the last node of forward. Deprecated: full hooks see more.

        Raises:
            RuntimeError: The module has full backward hooks.
        """
        if self._is_full_backward_hook is True:
            raise RuntimeError(_BOTH)
        self._is_full_backward_hook = False
        return _add(self._backward_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before `state_dict`."""
        return _add(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after `state_dict`; it changes the dict in place."""
        hook._from_public_api = True
        return _add(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Hook) -> RemovableHandle:
        """As the public form, for a hook that may return another dict."""
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was previously registered via "
                "register_state_dict_post_hook"
            )
        return _add(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)` before loading."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook: Hook, with_module: bool = False) -> RemovableHandle:
        return _add(self._load_state_dict_pre_hooks, WrappedHook(hook, self if with_module else None))

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after loading; it may change the lists of keys in place."""
        return _add(self._load_state_dict_post_hooks, hook)
