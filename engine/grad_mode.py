"""Switching the recording of history off and on: as context managers, as decorators, and on generators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from . import modes, observe
from .frames import warn
from .modes import state

__all__ = [
    "Mode",
    "enable_grad",
    "enforce_grad_layout_policy",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_grad_enabled",
    "set_multithreading_enabled",
]


def is_grad_enabled() -> bool:
    """Whether history is being recorded."""
    return state.grad_enabled


def is_inference_mode_enabled() -> bool:
    """Whether tensors made now are inference tensors."""
    return state.inference


def _tell(kind: str, phase: str) -> None:
    if observe.active is not None:
        observe.active.mode_changed(kind, phase, state.grad_enabled, state.inference)


def _generator(make: Callable[[], Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """A generator function whose body runs in the mode, and whose caller does not."""

    @functools.wraps(function)
    def stepped(*args: Any, **kwargs: Any) -> Any:
        inner = function(*args, **kwargs)
        with make():
            try:
                sent = inner.send(None)
            except StopIteration as end:
                return end.value
        while True:
            try:
                received = yield sent
            except GeneratorExit:
                with make():
                    inner.close()
                raise
            except BaseException as error:
                with make():
                    try:
                        sent = inner.throw(error)
                    except StopIteration as end:
                        return end.value
            else:
                with make():
                    try:
                        sent = inner.send(received)
                    except StopIteration as end:
                        return end.value

    return stepped


class Mode:
    """What modes have in common: they are context managers and decorators, on generators too."""

    _kind = ""

    def clone(self) -> Mode:
        """Another of the same."""
        return type(self)()

    def __call__(self, function: Any) -> Any:
        """Run a function in this mode."""
        if isinstance(function, type):
            warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
                "methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` method "
                "and nothing else.",
                FutureWarning,
            )
            return functools.wraps(function, updated=())(self(lambda *args, **kwargs: function(*args, **kwargs)))
        if inspect.isgeneratorfunction(function):
            return _generator(self.clone, function)

        @functools.wraps(function)
        def within(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return within

    def __enter__(self) -> Any:
        raise NotImplementedError

    def __exit__(self, *exception: object) -> None:
        raise NotImplementedError


class no_grad(Mode):  # noqa: N801 (PyTorch's name)
    """Within it, results need no gradient, whatever they are computed from."""

    _kind = "no_grad"
    _value = False

    def __new__(cls, function: Any = None) -> Any:
        made = super().__new__(cls)
        return made if function is None else made(function)

    def __init__(self, function: Any = None) -> None:
        self.prev = False

    def __enter__(self) -> None:
        self.prev = state.grad_enabled
        modes.set_grad_enabled(self._value)
        _tell(self._kind, "enter")

    def __exit__(self, *exception: object) -> None:
        modes.set_grad_enabled(self.prev)
        _tell(self._kind, "exit")


class enable_grad(no_grad):  # noqa: N801 (PyTorch's name)
    """Within it, history is recorded, even inside no_grad."""

    _kind = "enable_grad"
    _value = True


class set_grad_enabled(Mode):  # noqa: N801 (PyTorch's name)
    """Switches recording on or off: at once when called, and back when left as a context manager.

    Args:
        mode: Whether to record.
    """

    _kind = "set_grad_enabled"

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}")
        self.prev = state.grad_enabled
        self.mode = mode
        modes.set_grad_enabled(mode)
        _tell(self._kind, "set")

    def __call__(self, function: Any) -> Any:
        """Run a function in this mode; the mode of the caller is restored."""
        modes.set_grad_enabled(self.prev)
        return super().__call__(function)

    def clone(self) -> Mode:
        """Another of the same."""
        return type(self)(self.mode)

    def __enter__(self) -> None:
        modes.set_grad_enabled(self.mode)
        _tell(self._kind, "enter")

    def __exit__(self, *exception: object) -> None:
        modes.set_grad_enabled(self.prev)
        _tell(self._kind, "exit")

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}(mode={self.mode})"


class inference_mode(Mode):  # noqa: N801 (PyTorch's name)
    """Within it, tensors are made that autograd can never use, and that need no version counter.

    Args:
        mode: Whether to switch it on; used as a bare decorator, the function.
    """

    _kind = "inference_mode"

    def __new__(cls, mode: Any = True) -> Any:
        made = super().__new__(cls)
        if isinstance(mode, bool):
            return made
        made.mode = True
        return made(mode)

    def __init__(self, mode: Any = True) -> None:
        self.mode = mode
        self._before = (True, False)

    def clone(self) -> Mode:
        """Another of the same."""
        return type(self)(self.mode)

    def __enter__(self) -> None:
        self._before = (state.grad_enabled, state.inference)
        modes.set_inference(self.mode)
        modes.set_grad_enabled(not self.mode)
        _tell(self._kind, "enter")

    def __exit__(self, *exception: object) -> None:
        grad_enabled, inference = self._before
        modes.set_grad_enabled(grad_enabled)
        modes.set_inference(inference)
        _tell(self._kind, "exit")


class set_multithreading_enabled(Mode):  # noqa: N801 (PyTorch's name)
    """Says whether a pass may use threads of its own, which the engine never does: it always runs in the caller's."""

    def __init__(self, mode: bool) -> None:
        self.prev = state.multithreading
        self.mode = mode
        state.multithreading = mode

    def clone(self) -> Mode:
        """Another of the same."""
        return type(self)(self.mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        state.multithreading = self.prev


class enforce_grad_layout_policy(Mode):  # noqa: N801 (PyTorch's name)
    """Says whether to warn of a `.grad` that does not lie in memory as its tensor does.

    Args:
        enable: Whether to.
    """

    def __init__(self, enable: bool = True) -> None:
        self.prev = state.grad_layout
        self.mode = enable
        state.grad_layout = enable

    def __call__(self, function: Any) -> Any:
        """Run a function in this mode; the mode of the caller is restored."""
        state.grad_layout = self.prev
        return super().__call__(function)

    def clone(self) -> Mode:
        """Another of the same."""
        return type(self)(self.mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        state.grad_layout = self.prev


class _unsafe_preserve_version_counter(Mode):  # noqa: N801 (PyTorch's name)
    """Hides from autograd what is written to some tensors within it."""

    def __init__(self, tensors: Any) -> None:
        self.tensors = tensors if isinstance(tensors, tuple) else (tensors,)
        self.prev_versions = tuple(t._version for t in self.tensors)

    def clone(self) -> Mode:
        """Another of the same."""
        return type(self)(self.tensors)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        for tensor, version in zip(self.tensors, self.prev_versions, strict=True):
            tensor._share().version = version
