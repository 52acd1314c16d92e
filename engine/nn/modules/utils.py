"""torch.nn.modules.utils: sizes given as one number or one for each dimension, and names in state dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any, TypeVar

__all__ = ["consume_prefix_in_state_dict_if_present"]

_Class = TypeVar("_Class", bound=type[Any])


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else (x,) * n

    parse.__name__ = name
    return parse


_single = _ntuple(1, "_single")
_pair = _ntuple(2, "_pair")
_triple = _ntuple(3, "_triple")
_quadruple = _ntuple(4, "_quadruple")


def _reverse_repeat_tuple(t: Sequence[Any], n: int) -> tuple[Any, ...]:
    """Each element n times, the last first: (1, 2) twice is (2, 2, 1, 1)."""
    return tuple(x for x in reversed(t) for _ in range(n))


def _own(*names: str) -> Callable[[_Class], _Class]:
    """Give a class methods of its private base as its own, so that errors in calling them name the class."""

    def given(cls: _Class) -> _Class:
        for name in names:
            shared: FunctionType = getattr(cls, name)
            own = FunctionType(shared.__code__, shared.__globals__, name, shared.__defaults__, shared.__closure__)
            own.__kwdefaults__, own.__doc__, own.__annotations__ = shared.__kwdefaults__, shared.__doc__, shared.__annotations__
            own.__module__, own.__qualname__ = cls.__module__, f"{cls.__qualname__}.{name}"
            setattr(cls, name, own)
        return cls

    return given


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take a prefix off the names of a state dict that have it, in place.

    Args:
        state_dict: As `Module.state_dict` gives it.
        prefix: What the names may begin with, its dot included.
    """
    for key in list(state_dict):
        if key.startswith(prefix):
            state_dict[key[len(prefix) :]] = state_dict.pop(key)
    metadata: dict[str, Any] = getattr(state_dict, "_metadata", {})
    for key in list(metadata):
        # The module itself is named without the dot; its name becomes the empty one.
        if key and (key == prefix.replace(".", "") or key.startswith(prefix)):
            metadata[key[len(prefix) :]] = metadata.pop(key)


def __dir__() -> list[str]:
    return __all__
