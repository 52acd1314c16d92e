"""What an untrusted script may import: modules that show chosen names and nothing else."""

from __future__ import annotations

import copy
import dataclasses
import functools
import importlib
import importlib.util
from collections.abc import Callable, Iterable
from functools import cache
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, Final

from engine.autograd.calls import GradientEdge
from engine.function import BackwardFunction
from engine.graph import InputMetadata, Node
from engine.handles import RemovableHandle
from engine.missing import absent
from gradviz.runner.allowed import EVERYTHING, STANDARD, TORCH_PARTS, TORCH_REFUSED
from gradviz.runner.errors import RefusedError

_TORCH: Final = ("torch", "engine")
_BEHIND_FUNCTIONS: Final = ("autograd.gradcheck",)
"""Public modules of the engine that bear the name of a function beside them."""


class PublicModule:
    """A module as an untrusted script sees it: chosen names, not to be changed.

    It has no `__name__`, by which `from ... import` would find the real module.
    """

    def __init__(self, name: str, names: dict[str, Any], refused: Iterable[str] = ()) -> None:
        vars(self).update(names)
        vars(self)["‹name›"] = name
        vars(self)["‹refused›"] = frozenset(refused)

    def __getattr__(self, name: str) -> Any:
        own = vars(self)
        if name in own.get("‹refused›", ()):
            raise RefusedError(f"A restricted script may not use `{own['‹name›']}.{name}`.")
        raise absent(str(own.get("‹name›")), name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise RefusedError(f"A restricted script may not change the module `{vars(self)['‹name›']}`.")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __dir__(self) -> list[str]:
        return sorted(name for name in vars(self) if name.isidentifier())

    def __repr__(self) -> str:
        return f"<module '{vars(self)['‹name›']}'>"


def is_own(thing: Any) -> bool:
    """Whether a restricted script defined a class or a function: it cannot write `__module__` itself."""
    if isinstance(thing, type):
        return vars(thing).get("__module__") == "__main__"
    return isinstance(thing, FunctionType) and thing.__module__ == "__main__"


def wraps(wrapped: Callable[..., Any]) -> Callable[[Any], Any]:
    """`functools.wraps` for the script's own functions and classes, of which it copies how they are called and described."""

    def wrap(wrapper: Any) -> Any:
        if not isinstance(wrapper, FunctionType) or not is_own(wrapper):
            raise RefusedError("A restricted script may use `functools.wraps` for functions of its own only.")
        return functools.update_wrapper(wrapper, wrapped, ("__name__", "__qualname__", "__doc__"), ())

    return wrap


def total_ordering(cls: Any) -> Any:
    """`functools.total_ordering` for the script's own classes."""
    if not is_own(cls):
        raise RefusedError("A restricted script may use `functools.total_ordering` for classes of its own only.")
    return functools.total_ordering(cls)


def dataclass(cls: Any = None, /, **options: Any) -> Any:
    """`dataclasses.dataclass` for the script's own classes that derive from none of the engine's."""

    def make(cls: Any) -> Any:
        if not is_own(cls) or not public_classes().isdisjoint(cls.__mro__):
            raise RefusedError("A restricted script may use `dataclass` for plain classes of its own only.")
        return dataclasses.dataclass(**options)(cls)

    return make if cls is None else make(cls)


class Namespace(SimpleNamespace):
    """`types.SimpleNamespace`, whose attributes are no hooks of `copy` and its like."""

    def __init__(self, **attributes: Any) -> None:
        special = [name for name in attributes if name.startswith("__")]
        if special:
            raise RefusedError(f"A restricted script may not name an attribute `{special[0]}`.")
        super().__init__(**attributes)


def deepcopy(x: Any) -> Any:
    """`copy.deepcopy`, without a memo of the script's own to look over its shoulder."""
    return copy.deepcopy(x)


_NARROWER: Final[dict[str, dict[str, Any]]] = {
    "copy": {"deepcopy": deepcopy},
    "types": {"SimpleNamespace": Namespace},
    "dataclasses": {"dataclass": dataclass},
    "functools": {"total_ordering": total_ordering, "wraps": wraps},
}


def _standard(name: str, names: frozenset[str]) -> PublicModule:
    module = importlib.import_module(name)
    everything = [n for n in dir(module) if not n.startswith("_") and not isinstance(getattr(module, n), ModuleType)]
    if names is EVERYTHING:
        chosen = [n for n in getattr(module, "__all__", everything) if hasattr(module, n)]
    else:
        chosen = [n for n in names if hasattr(module, n)]
    found = {n: getattr(module, n) for n in chosen}
    found |= _NARROWER.get(name, {})
    return PublicModule(name, found, refused=set(everything) - set(chosen))


def _engine_part(module: ModuleType, name: str, found: dict[str, PublicModule]) -> PublicModule:
    """A module of the engine with its public names, and those of its parts that are public."""
    names: dict[str, Any] = {}
    public = getattr(module, "__all__", None)
    if public is None:
        public = [n for n in dir(module) if not n.startswith("_")]
    parts = [n for n in TORCH_PARTS if name == "torch" and importlib.util.find_spec(f"engine.{n}") is not None]
    for part in parts:
        importlib.import_module(f"engine.{part}")
    for n in dict.fromkeys((*public, *parts)):
        value = getattr(module, n, None)
        if n in TORCH_REFUSED or n.startswith("_"):
            continue
        if isinstance(value, ModuleType):
            if value.__name__.startswith("engine."):
                names[n] = _engine_part(value, f"{name}.{n}", found)
        elif hasattr(module, n):
            names[n] = value
    found[name] = made = PublicModule(name, names, refused=TORCH_REFUSED)
    return made


@cache
def allowed_modules() -> dict[str, PublicModule]:
    """What may be imported, by dotted name."""
    found: dict[str, PublicModule] = {}
    import engine

    version = getattr(engine, "__version__", None)
    _engine_part(engine, "torch", found)
    for name in _BEHIND_FUNCTIONS:
        _engine_part(importlib.import_module(f"engine.{name}"), f"torch.{name}", found)
    if version is not None:
        vars(found["torch"])["__version__"] = version
    for name in [n for n in found if n == "torch" or n.startswith("torch.")]:
        found["engine" + name[len("torch") :]] = found[name]
    for name, names in STANDARD.items():
        found[name] = _standard(name, names)
    vars(found["collections"])["abc"] = found["collections.abc"]
    return found


@cache
def public_classes() -> frozenset[type]:
    """The engine's classes that a script can reach."""
    found: set[type] = {Node, BackwardFunction, GradientEdge, InputMetadata, RemovableHandle}
    for name, module in allowed_modules().items():
        if name.startswith(_TORCH):
            found.update(value for value in vars(module).values() if isinstance(value, type))
    return frozenset(found)
