"""The guards that an untrusted script runs under: which attributes of which objects it may read and write."""

from __future__ import annotations

import abc
import builtins
import functools
import string
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, FunctionType, GeneratorType, GenericAlias, MethodType, SimpleNamespace, UnionType
from typing import Any, Final

import numpy as np

from engine.graph import Node
from gradviz.runner.allowed import ARRAY, BUILTINS, INHERITED, READABLE, REFUSED_BUILTINS
from gradviz.runner.errors import RefusedError
from gradviz.runner.modules import PublicModule, allowed_modules, is_own, public_classes
from gradviz.runner.output import Output, PrintStream
from gradviz.runner.policy import READ, UPDATE, WRITE, exceptions, is_special

_VALUES: Final = frozenset(
    {
        *(bool, bytearray, bytes, complex, dict, float, frozenset, int, list, object, range, set, slice, str, tuple, property),
        *(type(None), type(Ellipsis), type(NotImplemented), enumerate, filter, map, reversed, zip, GenericAlias, UnionType),
        *(
            type({}.keys()),
            type({}.values()),
            type({}.items()),
            defaultdict,
            deque,
            SimpleNamespace,
            type(iter([])),
            type(iter(())),
        ),
    }
)
_MODULES: Final = frozenset(
    {
        *("_collections", "collections", "contextlib", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools"),
        *("itertools", "numbers", "random", "_random", "re", "statistics", "time", "warnings"),
    }
)
"""Modules of the standard library whose classes hold nothing but values."""
_TUPLES: Final = frozenset({"sys", "time", "torch.return_types"})
"""Where named tuples come from that a script may be given."""
_NOT_OF_CLASSES: Final = frozenset({"mro", "register"})
_FUNCTIONS: Final = (FunctionType, BuiltinFunctionType, MethodType, type(str.upper), type(str.__len__), type("".__len__))
_CACHED: Final = type(functools.lru_cache(lambda: None))
_FUNCTION_NAMES: Final = frozenset({"__doc__", "__name__", "__qualname__", "__call__"})
_GENERATOR: Final = frozenset({"close", "send", "throw", "__iter__", "__next__", "__name__", "__qualname__"})
_ENGINE_REFUSED: Final = frozenset({"evaluate", "location", "release", "result_shared"})
_ENGINE_PRIVATE: Final = frozenset({"_base", "_buffers", "_modules", "_parameters", "_version"})
_TUPLE_PRIVATE: Final = frozenset({"_asdict", "_field_defaults", "_fields", "_make", "_replace"})
_ERROR_REFUSED: Final = frozenset({"recorded_at", "saved_at", "with_traceback", "written_at"})


def _refuse(what: str) -> RefusedError:
    return RefusedError(f"A restricted script may not use {what}.")


class Guards:
    """The guards of one run."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._public = public_classes()
        self._readable: set[tuple[type, str]] = set()
        self.type_class = _type_class(self)

    # Reading

    def read(self, thing: Any, name: str) -> Any:
        """Lets an object through if the attribute may be read of it; a safe stand-in for `str.format`.

        Raises:
            RefusedError: It may not.
        """
        kind = type(thing)
        if (kind, name) in self._readable:
            return thing
        if name in ("format", "format_map") and self._is_text(thing):
            return _Formatting(thing, self)
        if not self._may_read(thing, kind, name):
            raise _refuse(f"`{name}` of {self._described(thing)}")
        if not isinstance(thing, (type, super, *_FUNCTIONS)) and kind is not PublicModule:
            self._readable.add((kind, name))  # it depends on the class alone
        return thing

    @staticmethod
    def _is_text(thing: Any) -> bool:
        if type(thing) is super:
            thing = thing.__self__  # type: ignore[attr-defined]
        return isinstance(thing, str) or (isinstance(thing, type) and issubclass(thing, str))

    def _described(self, thing: Any) -> str:
        if isinstance(thing, type):
            return f"the class {thing.__name__}"
        return f"a {type(thing).__name__}"

    def _may_read(self, thing: Any, kind: type, name: str) -> bool:
        if is_special(name):
            return self._may_read_special(thing, kind, name)
        if kind is PublicModule:
            return name.isidentifier()
        if isinstance(thing, _FUNCTIONS):
            return self._is_own_function(thing) and not name.startswith("_")
        if isinstance(thing, type):
            return name not in _NOT_OF_CLASSES and self._of_class(thing, type(thing), name)
        if kind is super:
            return self._of_class(thing.__self_class__, type(thing.__self_class__), name)
        if kind is GeneratorType:
            return name in _GENERATOR
        if issubclass(kind, (np.ndarray, np.generic, np.dtype)):
            return name in ARRAY
        if issubclass(kind, PrintStream):
            return name in ("write", "flush")
        if kind is _CACHED:
            return name in ("cache_clear", "cache_info", "cache_parameters")
        return self._of_class(kind, None, name)

    def _may_read_special(self, thing: Any, kind: type, name: str) -> bool:
        if kind is super:
            return name in INHERITED
        if name == "__class__":
            return not isinstance(thing, type) and self._is_known(kind)
        if isinstance(thing, _FUNCTIONS):
            return name in _FUNCTION_NAMES
        if kind is PublicModule:
            return name in ("__name__", "__version__") and name in vars(thing)
        return name in READABLE

    def _of_class(self, cls: type, metaclass: type | None, name: str) -> bool:
        """Whether an attribute may be read of the instances of a class, or, given its metaclass, of the class itself."""
        if not self._is_known(cls):
            return False
        if issubclass(cls, BaseException) and name in _ERROR_REFUSED:
            return False
        if issubclass(cls, Node) and name in _ENGINE_REFUSED:
            return False
        if not name.startswith("_"):
            return True
        if issubclass(cls, tuple) and name in _TUPLE_PRIVATE:
            return True
        if self._is_engine(cls) and (name in _ENGINE_PRIVATE or name.startswith("_saved_")):
            return True
        # A private name is the script's own, or none of its business: `_convert_` of an enum reads any module.
        for owner in (*cls.__mro__, *(metaclass.__mro__ if metaclass is not None else ())):
            if name in vars(owner):
                return is_own(owner)
        return any(map(is_own, cls.__mro__))

    def _is_engine(self, cls: type) -> bool:
        return any(base in self._public for base in cls.__mro__)

    def _is_known(self, cls: type) -> bool:
        """Whether a class is the script's, a plain value's, a public one of the engine's, or an exception's."""
        if cls in _VALUES or issubclass(cls, BaseException) or self._is_engine(cls):
            return True
        if issubclass(cls, type) or issubclass(cls, (FunctionType, GeneratorType)):
            return False
        return (
            cls.__module__ in _MODULES
            or any(map(is_own, cls.__mro__))
            or (cls.__module__ in _TUPLES and issubclass(cls, tuple))
        )

    def _is_own_function(self, function: Any) -> bool:
        inner = function.__func__ if isinstance(function, MethodType) else function
        return isinstance(inner, FunctionType) and inner.__code__.co_filename == self._filename

    # Writing

    def write(self, thing: Any, name: str) -> Any:
        """Lets an object through if the attribute may be set or deleted.

        Raises:
            RefusedError: It may not.
        """
        kind = type(thing)
        allowed = not is_special(name)
        if allowed and isinstance(thing, type):
            allowed = is_own(thing) and self._of_class(thing, type(thing), name)
        elif allowed and isinstance(thing, _FUNCTIONS):
            allowed = self._is_own_function(thing) and not isinstance(thing, MethodType) and not name.startswith("_")
        elif allowed:
            allowed = kind is not PublicModule and not issubclass(kind, (np.ndarray, np.generic, np.dtype, PrintStream))
            allowed = allowed and kind is not super and kind is not GeneratorType and self._of_class(kind, None, name)
            # What the standard library made may be read, not changed: a dataclass's field is compiled later.
            is_made = any(map(is_own, kind.__mro__)) or issubclass(kind, (BaseException, SimpleNamespace))
            allowed = allowed and (is_made or self._is_engine(kind))
        if not allowed:
            raise RefusedError(f"A restricted script may not change `{name}` of {self._described(thing)}.")
        return thing

    def update(self, thing: Any, name: str) -> Any:
        """Lets an object through if the attribute may be read and set, as by `x.y += 1`.

        Raises:
            RefusedError: It may not.
        """
        return self.write(self.read(thing, name), name)

    # The functions that take attribute names

    def getattr(self, thing: Any, name: str, *default: Any) -> Any:
        """`getattr`, guarded."""
        return getattr(self.read(thing, _text(name)), name, *default)

    def hasattr(self, thing: Any, name: str) -> bool:
        """`hasattr`, guarded."""
        return hasattr(self.read(thing, _text(name)), name)

    def setattr(self, thing: Any, name: str, value: Any) -> None:
        """`setattr`, guarded."""
        setattr(self.write(thing, _text(name)), name, value)

    def delattr(self, thing: Any, name: str) -> None:
        """`delattr`, guarded."""
        delattr(self.write(thing, _text(name)), name)

    # Classes

    def build_class(self, body: Any, name: str, *bases: Any, **options: Any) -> Any:
        """What a `class` statement calls.

        Raises:
            RefusedError: It names a metaclass, or derives from one or from a guard's class.
        """
        if "metaclass" in options:
            raise _refuse("a metaclass")
        for base in bases:
            if isinstance(base, type) and (
                issubclass(base, (type, PublicModule, Output, PrintStream, _Formatting, np.ndarray, np.generic, np.dtype))
                or base is super
            ):
                raise _refuse(f"`{base.__name__}` as a base class")
        return builtins.__build_class__(body, name, *bases, **options)

    def type_of(self, thing: Any) -> type:
        """What `type(x)` gives, for things whose class a script may hold.

        Raises:
            RefusedError: It may not: from a function's class functions can be made.
        """
        kind = type(thing)
        if isinstance(thing, type):
            return self.type_class  # type: ignore[no-any-return]
        if not self._is_known(kind) and not issubclass(kind, (np.ndarray, np.generic)):
            raise _refuse(f"the class of {self._described(thing)}")
        return kind


def _text(name: Any) -> str:
    """An attribute's name, which must be a string and nothing that only acts like one."""
    if type(name) is not str:
        raise TypeError(f"attribute name must be string, not '{type(name).__name__}'")
    return name


class _Formatting:
    """Stands for a text of which `format` or `format_map` is asked."""

    __slots__ = ("_guards", "_thing")

    def __init__(self, thing: Any, guards: Guards) -> None:
        self._thing = thing.__self__ if type(thing) is super else thing  # type: ignore[attr-defined]
        self._guards = guards

    @property
    def format(self) -> Callable[..., str]:
        """A `str.format` whose fields are read through the guards."""
        formatter = _Formatter(self._guards)
        if isinstance(self._thing, type):
            return lambda text, /, *args, **kwargs: formatter.vformat(str(text), args, kwargs)
        text = str.__str__(self._thing)
        return lambda *args, **kwargs: formatter.vformat(text, args, kwargs)

    @property
    def format_map(self) -> Callable[..., str]:
        """A `str.format_map` whose fields are read through the guards."""
        formatter = _Formatter(self._guards)
        if isinstance(self._thing, type):
            return lambda text, mapping, /: formatter.vformat(str(text), (), mapping)
        text = str.__str__(self._thing)
        return lambda mapping, /: formatter.vformat(text, (), mapping)


class _Formatter(string.Formatter):
    def __init__(self, guards: Guards) -> None:
        super().__init__()
        self._guards = guards

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        first, rest = _split_field(field_name)
        found = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            found = self._guards.getattr(found, str(key)) if is_attribute else found[key]
        return found, first


def _split_field(name: str) -> Any:
    import _string  # type: ignore[import-not-found]  # what string.Formatter itself uses

    return _string.formatter_field_name_split(name)


def _type_class(guards: Guards) -> Any:
    """What a restricted script knows as `type`: it takes one argument, is no base, and knows its instances."""

    class Meta(abc.ABCMeta):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            if len(args) != 1 or kwargs:
                raise _refuse("`type` with three arguments: write a `class`")
            return guards.type_of(args[0])

        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, builtins.type)

        def __subclasscheck__(cls, subclass: Any) -> bool:
            return issubclass(subclass, builtins.type)

        def __repr__(cls) -> str:
            return "<class 'type'>"

    class type(metaclass=Meta):  # noqa: N801 (Python's name)
        def __class_getitem__(cls, item: Any) -> str:
            # `builtins.type[item]` could be called, and would be the real `type`.
            return "type"

        def __init_subclass__(cls, **options: Any) -> None:
            raise _refuse("`type` as a base class")

    return type


def restricted_builtins(filename: str, output: Output) -> dict[str, Any]:
    """The builtins of an untrusted script, its guards among them.

    Args:
        filename: What its code is compiled with.
        output: Takes what it prints.
    """
    guards = Guards(filename)
    modules = allowed_modules()

    def import_(name: str, variables: Any = None, local: Any = None, names: Any = (), level: int = 0) -> Any:
        if type(names) is list:
            # Not the script, whose imports name tuples and were checked, but C code that it called: NumPy loads parts late.
            return builtins.__import__(name, None, None, names)
        if level or name not in modules:
            raise RefusedError(f"A restricted script may not import `{name}`.")
        return modules[name] if names else modules[name.partition(".")[0]]

    def refused(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            raise _refuse(f"`{name}`")

        return call

    def input_(prompt: object = "", /) -> str:
        raise EOFError("there is nobody to answer: a graph script cannot read input")

    def exit_(code: Any = None) -> None:
        raise SystemExit(code)

    def names_of(*things: Any) -> list[str]:
        if len(things) != 1:
            raise _refuse("`dir` without an argument")
        return [name for name in dir(things[0]) if not name.startswith("_")]

    found: dict[str, Any] = {name: refused(name) for name in REFUSED_BUILTINS}
    found |= {name: getattr(builtins, name) for name in BUILTINS}
    found |= exceptions()
    found |= {
        READ: guards.read,
        WRITE: guards.write,
        UPDATE: guards.update,
        "__build_class__": guards.build_class,
        "__import__": import_,
        "delattr": guards.delattr,
        "dir": names_of,
        "exit": exit_,
        "getattr": guards.getattr,
        "hasattr": guards.hasattr,
        "input": input_,
        "quit": exit_,
        "setattr": guards.setattr,
        "type": guards.type_class,
    }
    return found
