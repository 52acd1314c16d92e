"""torch.nn.Module: what has parameters, and other modules, and can be called."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ...frames import warn
from ...tensor import Tensor
from ..parameter import Buffer, Parameter
from .backward_hooks import BackwardHook, warn_of_old_hook
from .hooks import (
    EVERYWHERE,
    WrappedHook,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
    replaced,
)
from .names import shown_type, typename
from .state import State
from .tree import Tree

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]


def indented(text: str, spaces: int) -> str:
    """All lines but the first moved to the right."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line if line.strip() else "" for line in rest)])


def _forward_unimplemented(self: Module, *input: Any) -> None:
    """What calling the module computes; to be overridden."""
    raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')


class Module(Tree, State):
    """Base of all neural network modules: assign Parameters and Modules as attributes, and override `forward`.

    Attributes:
        training: Whether it is in training mode.
    """

    dump_patches: bool = False
    training: bool
    call_super_init: bool = False
    forward: Callable[..., Any] = _forward_unimplemented

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and kwargs:
            raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if not self.call_super_init and args:
            raise TypeError(f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given")
        for name, value in (
            ("training", True),
            ("_parameters", {}),
            ("_buffers", {}),
            ("_non_persistent_buffers_set", set()),
            ("_backward_pre_hooks", OrderedDict()),
            ("_backward_hooks", OrderedDict()),
            ("_is_full_backward_hook", None),
            ("_forward_hooks", OrderedDict()),
            ("_forward_hooks_with_kwargs", OrderedDict()),
            ("_forward_hooks_always_called", OrderedDict()),
            ("_forward_pre_hooks", OrderedDict()),
            ("_forward_pre_hooks_with_kwargs", OrderedDict()),
            ("_state_dict_hooks", OrderedDict()),
            ("_state_dict_pre_hooks", OrderedDict()),
            ("_load_state_dict_pre_hooks", OrderedDict()),
            ("_load_state_dict_post_hooks", OrderedDict()),
            ("_modules", {}),
        ):
            object.__setattr__(self, name, value)
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # -- calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the hooks and forward."""
        if not (
            self._backward_hooks
            or self._backward_pre_hooks
            or self._forward_hooks
            or self._forward_pre_hooks
            or EVERYWHERE.backward_pre
            or EVERYWHERE.backward
            or EVERYWHERE.forward
            or EVERYWHERE.forward_pre
        ):
            return self.forward(*args, **kwargs)
        called: set[int] = set()
        seen: list[Any] = [args, kwargs, None]
        try:
            return self._hooked_call(seen, called)
        except Exception:
            self._call_the_faithful(seen, called)
            raise

    def _hooked_call(self, seen: list[Any], called: set[int]) -> Any:
        """Run forward among its hooks; `seen` is kept at the arguments and the result as they now are."""
        pre_hooks = [*EVERYWHERE.backward_pre.values(), *self._backward_pre_hooks.values()]
        full: list[Any] = []
        old: list[Any] = []
        for kind, hooks in ((EVERYWHERE.full, EVERYWHERE.backward), (self._is_full_backward_hook, self._backward_hooks)):
            if kind is not None:
                (full if kind else old).extend(hooks.values())
        self._run_pre_hooks(seen)
        watch = None
        if full or pre_hooks:
            watch = BackwardHook(self, full, pre_hooks)
            seen[0] = watch.setup_input_hook(seen[0])
        seen[2] = self.forward(*seen[0], **seen[1])
        for number, hook in (*EVERYWHERE.forward.items(), *self._forward_hooks.items()):
            if number in self._forward_hooks_always_called or number in EVERYWHERE.forward_always:
                called.add(number)
            self._run_forward_hook(number, hook, seen)
        if watch is not None:
            if not isinstance(seen[2], (Tensor, tuple)):
                warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                    f"{shown_type(type(seen[2]))}",
                    UserWarning,
                )
            seen[2] = watch.setup_output_hook(seen[2])
        if old:
            self._hook_last_node(old, seen[0], seen[2])
        return seen[2]

    def _run_pre_hooks(self, seen: list[Any]) -> None:
        for number, hook in (*EVERYWHERE.forward_pre.items(), *self._forward_pre_hooks.items()):
            if number in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, seen[0], seen[1])
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                        )
                    seen[:2] = changed
            else:
                changed = hook(self, seen[0])
                if changed is not None:
                    seen[0] = changed if isinstance(changed, tuple) else (changed,)

    def _run_forward_hook(self, number: int, hook: Callable[..., Any], seen: list[Any]) -> None:
        with_kwargs = number in self._forward_hooks_with_kwargs or number in EVERYWHERE.forward_with_kwargs
        changed = hook(self, *seen) if with_kwargs else hook(self, seen[0], seen[2])
        if changed is not None:
            seen[2] = changed

    def _call_the_faithful(self, seen: list[Any], called: set[int]) -> None:
        """Call the hooks that shall be called even though forward raised."""
        for words, hooks, always in (
            ("global module", EVERYWHERE.forward, EVERYWHERE.forward_always),
            ("module", self._forward_hooks, self._forward_hooks_always_called),
        ):
            for number, hook in hooks.items():
                if number in always and number not in called:
                    try:
                        self._run_forward_hook(number, hook, seen)
                    except Exception as error:
                        warn(
                            f"{words} forward hook with ``always_call=True`` raised an exception that was silenced as another error was "
                            f"raised in forward: {error}",
                            UserWarning,
                        )

    def _hook_last_node(self, hooks: list[Any], args: Any, result: Any) -> None:
        found = result
        while not isinstance(found, Tensor):
            found = next(v for v in found.values() if isinstance(v, Tensor)) if isinstance(found, dict) else found[0]
        grad_fn = found.grad_fn
        if grad_fn is not None:
            for hook in hooks:
                grad_fn.register_hook(WrappedHook(hook, self))
            warn_of_old_hook(args, result, grad_fn)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    # -- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        parameters = own.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif parameters is not None and name in parameters:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if parameters is None:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_modules")
            self._modules[name] = replaced(EVERYWHERE.module, self, name, value)
        elif parameters is not None and name in self._modules:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            self._modules[name] = replaced(EVERYWHERE.module, self, name, value)
        elif isinstance(value, Buffer) or (parameters is not None and name in self._buffers):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{typename(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)"
                )
            self._set_buffer(name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_buffer(self, name: str, value: Any) -> None:
        persistent = value.persistent if isinstance(value, Buffer) else name not in self._non_persistent_buffers_set
        own = getattr(self.register_buffer, "__func__", None) is Module.register_buffer
        if own or "persistent" in inspect.signature(self.register_buffer).parameters:
            self.register_buffer(name, value, persistent)
            return
        if not persistent:
            raise RuntimeError(
                "Registering a non-persistent buffer on a Module subclass that implements register_buffer() without the persistent "
                "argument is not allowed."
            )
        self.register_buffer(name, value)

    def _forget(self, name: str, kept: str) -> None:
        """Make room for a name, wherever it was but where it will be."""
        self.__dict__.pop(name, None)
        for store in ("_parameters", "_buffers", "_modules"):
            if store != kept:
                self.__dict__[store].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __getattr__(self, name: str) -> Any:
        for store in ("_parameters", "_buffers", "_modules"):
            found = self.__dict__.get(store)
            if found is not None and name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for store in (self._parameters, self._buffers, self._modules):
            if name in store:
                del store[name]
                if store is self._buffers:
                    self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = [*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers]
        return sorted(name for name in names if not name[0].isdigit())

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name.

        Raises:
            AttributeError: `Module.__init__` has not run.
            KeyError: The name is taken, empty or has a dot.
            TypeError: It is no Parameter, or the name no string.
            ValueError: It is no leaf.
        """
        self._check_name(name, "parameter", "_parameters")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
                )
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To express "
                    f"'{name}' as a function of another Tensor, compute the value in the forward() method."
                )
            param = replaced(EVERYWHERE.parameter, self, name, param)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but no parameter.

        Args:
            name: The attribute it becomes.
            tensor: The tensor; None for a buffer that is not there.
            persistent: Whether it is part of the state dict.

        Raises:
            AttributeError: `Module.__init__` has not run.
            KeyError: The name is taken, empty or has a dot.
            TypeError: It is no tensor, or the name no string.
        """
        self._check_name(name, "buffer", "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)")
        self._buffers[name] = replaced(EVERYWHERE.buffer, self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child under a name.

        Raises:
            KeyError: The name is taken, empty or has a dot.
            TypeError: It is no Module, or the name no string.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name(name, "module", "_modules")
        self._modules[name] = replaced(EVERYWHERE.module, self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Another name for `add_module`."""
        self.add_module(name, module)

    def _check_name(self, name: Any, what: str, store: str) -> None:
        if store not in self.__dict__ and what != "module":
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {typename(name)}")
        taken = hasattr(self, name) and name not in getattr(self, store)
        if what == "module" and taken:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain "."' + (f", got: {name}" if what == "module" else ""))
        if name == "":
            raise KeyError(f'{what} name can\'t be empty string ""')
        if taken:
            raise KeyError(f"attribute '{name}' already exists")

    # -- printing

    def extra_repr(self) -> str:
        """What stands between the brackets."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {indented(repr(module), 2)}" for name, module in self._modules.items()]
        text = self._get_name() + "("
        if lines + children:
            if len(lines) == 1 and not children:
                text += lines[0]
            else:
                text += "\n  " + "\n  ".join(lines + children) + "\n"
        return text + ")"


def __dir__() -> list[str]:
    return __all__
