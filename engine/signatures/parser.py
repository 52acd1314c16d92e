"""From arguments to the signature they fit, as PyTorch's PythonArgParser finds it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from importlib.resources import files
from types import FunctionType
from typing import Any, Final, TypeVar, cast

from .kinds import INT_LISTS, WORDS, accepts, is_index, type_name
from .wording import mismatch

__all__ = ["Parameter", "Parser", "Signature", "check_all", "check_methods", "checked", "parser_of", "refusal"]

# NumPy's names, which PyTorch takes too.
_OTHER_NAMES: Final = {"dim": ("axis",), "keepdim": ("keepdims",), "input": ("x", "a", "x1"), "other": ("x2",)}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a signature.

    Attributes:
        name: What it is called.
        kind: Its type, as PyTorch writes it.
        length: How many numbers a list is to have, if one number may stand for all; else 0.
        none: Whether None may be given.
        default: The default as written; None if there is none.
        keyword_only: Whether it is given by name alone.
    """

    name: str
    kind: str
    length: int
    none: bool
    default: str | None
    keyword_only: bool

    @property
    def words(self) -> str:
        """The type in the words of errors."""
        return WORDS[self.kind]

    def __str__(self) -> str:
        return f"{self.words} {self.name}" + ("" if self.default is None else f" = {self.default}")


_PARAMETER: Final = re.compile(
    r"(?P<kind>[^\s\[?]+?)(?P<none>\?)?(?:\[(?P<length>\d*)\])?(?P<list_none>\?)? (?P<name>\w+)(?:=(?P<default>.+))?$"
)


def _parameter(text: str, keyword_only: bool) -> Parameter:
    found = _PARAMETER.match(text)
    if found is None:
        raise ValueError(f"not a parameter: {text!r}")
    default = found["default"]
    none = bool(found["none"] or found["list_none"]) or default == "None"
    return Parameter(found["name"], found["kind"], int(found["length"] or 0), none, default, keyword_only)


class Signature:
    """One way to call a function.

    Attributes:
        function: The function's name.
        parameters: In order.
        hidden: Whether errors do not mention it.
        deprecated: Whether it is tried last.
        least: How many arguments must be given.
        positional: How many may be given by place.
    """

    __slots__ = ("deprecated", "function", "hidden", "least", "parameters", "positional")

    def __init__(self, text: str) -> None:
        signature, _, mark = text.partition("|")
        self.function, _, inside = signature[:-1].partition("(")
        self.hidden = mark == "hidden" or mark == "deprecated"
        self.deprecated = mark == "deprecated"
        parameters: list[Parameter] = []
        keyword_only = False
        for part in inside.split(", ") if inside else []:
            if part == "*":
                keyword_only = True
            else:
                parameters.append(_parameter(part, keyword_only))
        self.parameters = tuple(parameters)
        self.least = sum(p.default is None for p in parameters)
        self.positional = sum(not p.keyword_only for p in parameters)

    def __str__(self) -> str:
        parts = []
        starred = False
        for p in self.parameters:
            if p.keyword_only and not starred:
                parts.append("*")
                starred = True
            parts.append(str(p))
        return f"({', '.join(parts)})"

    def match(self, args: tuple[Any, ...], kwargs: dict[str, Any], strict: bool) -> dict[str, Any] | None:
        """The arguments by the parameters' names; those not given are left out, and those given as None where that says so.

        Args:
            args: By place.
            kwargs: By name.
            strict: Whether to raise if they do not fit; else None says so.

        Raises:
            TypeError: They do not fit.
        """
        count = len(args)
        parameters = self.parameters
        spread = self.positional == 1 and count > 0 and parameters[0].kind in INT_LISTS and is_index(args[0])
        if count > self.positional and not spread:
            return self._refuse(strict, self._too_many(count))
        bound: dict[str, Any] = {}
        place = named = 0
        for i, p in enumerate(parameters):
            given = by_name = False
            value = None
            if place < count:
                if p.keyword_only:
                    return self._refuse(strict, self._too_many(count))
                value, given = args[place], True
            else:
                for name in (p.name, *_OTHER_NAMES.get(p.name, ())):
                    if name in kwargs:
                        value, given = kwargs[name], True
                        break
                by_name = True
            if not given:
                if p.default is None:
                    return self._refuse(strict, self._missing(i)) if strict else None
            elif value is None and p.none:
                pass
            elif accepts(p.kind, p.length, value, self.function, i):
                bound[p.name] = value
            elif spread and place == 0 and not by_name:
                bound[p.name] = args
                place = count
                continue
            elif not strict:
                return None
            else:
                raise self._wrong(p, value, None if by_name else place)
            if not by_name:
                place += 1
            elif given:
                named += 1
        if named < len(kwargs):
            return self._refuse(strict, self._unexpected(kwargs, count)) if strict else None
        return bound

    @staticmethod
    def _refuse(strict: bool, error: TypeError) -> None:
        if strict:
            raise error

    def _too_many(self, count: int) -> TypeError:
        least, most = self.least, self.positional
        if least != most:
            return TypeError(f"{self.function}() takes from {least} to {most} positional arguments but {count} were given")
        verb = "was" if count == 1 else "were"
        return TypeError(
            f"{self.function}() takes {most} positional argument{'' if most == 1 else 's'} but {count} {verb} given"
        )

    def _missing(self, first: int) -> TypeError:
        names = [f'"{p.name}"' for p in self.parameters[first:] if p.default is None]
        plural = "s" if len(names) == 1 else ""
        return TypeError(f"{self.function}() missing {len(names)} required positional argument{plural}: {', '.join(names)}")

    def _wrong(self, p: Parameter, value: Any, place: int | None) -> TypeError:
        start = f"{self.function}(): argument '{p.name}'"
        if place is None:
            return TypeError(f"{start} must be {p.words}, not {type_name(value)}")
        start = f"{start} (position {place + 1}) must be {p.words}"
        if p.kind in INT_LISTS and isinstance(value, (tuple, list)):
            return TypeError(f"{start}, but found element of type {type_name(value[0])} at pos 0")
        return TypeError(f"{start}, not {type_name(value)}")

    def check_lists(self, bound: dict[str, Any]) -> None:
        """Look at all the elements of lists of integers, of which only the first decided whether the signature fits.

        Raises:
            TypeError: One is no integer.
        """
        for p in self.parameters:
            value = bound.get(p.name)
            if p.kind not in INT_LISTS or not isinstance(value, (tuple, list)):
                continue
            for place, item in enumerate(value, 1):
                if not (is_index(item) or isinstance(item, bool)):
                    raise TypeError(
                        f"{self.function}(): argument '{p.name}' failed to unpack the object at pos {place} with error "
                        f'"type must be tuple of ints,but got {type_name(item)}"'
                    )

    def _unexpected(self, kwargs: dict[str, Any], count: int) -> TypeError:
        places = {p.name: i for i, p in enumerate(self.parameters)}
        for name in kwargs:
            if name not in places:
                return TypeError(f"{self.function}() got an unexpected keyword argument '{name}'")
            if places[name] < count:
                return TypeError(f"{self.function}() got multiple values for argument '{name}'")
        return TypeError("invalid keyword arguments")


class Parser:
    """All ways to call a function.

    Attributes:
        signatures: In the order in which they are tried.
    """

    __slots__ = ("signatures",)

    def __init__(self, texts: list[str]) -> None:
        found = [Signature(text) for text in texts]
        self.signatures = sorted(found, key=lambda s: s.deprecated)

    def parse(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Signature, dict[str, Any]]:
        """The signature that arguments fit, and the arguments by name.

        Raises:
            TypeError: They fit none.
        """
        signature, bound = self._found(args, kwargs)
        signature.check_lists(bound)
        return signature, bound

    def _found(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Signature, dict[str, Any]]:
        if len(self.signatures) > 1:
            for signature in self.signatures:
                bound = signature.match(args, kwargs, strict=False)
                if bound is not None:
                    return signature, bound
            count = len(args) + len(kwargs)
            plausible = [s for s in self.signatures if s.least <= count <= len(s.parameters) and not s.hidden]
            if len(plausible) == 1:
                plausible[0].match(args, kwargs, strict=True)
            raise mismatch(self.signatures[0].function, [str(s) for s in self.signatures if not s.hidden], args, kwargs)
        signature = self.signatures[0]
        bound = signature.match(args, kwargs, strict=True)
        assert bound is not None
        return signature, bound


@cache
def _listed() -> dict[tuple[str, str], list[str]]:
    """The signatures by module and name."""
    found: dict[tuple[str, str], list[str]] = {}
    module = ""
    for line in files(__package__).joinpath("listed.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            module = line[1:-1]
        elif line and not line.startswith("#"):
            found.setdefault((module, line.partition("(")[0]), []).append(line)
    return found


@cache
def parser_of(module: str, name: str) -> Parser | None:
    """How a function of a module takes its arguments; None if unknown.

    Args:
        module: "torch", "Tensor", "functional", "fft", "linalg", "special"; "nn" for what is behind torch.nn.functional. What
            "torch" does not have is looked for there.
        name: The function's name.
    """
    found = _listed().get((module, name))
    if found is None and module == "torch":
        found = _listed().get(("functional", name)) or _listed().get(("nn", name))
    return None if found is None else Parser(found)


def refusal(module: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError | None:
    """PyTorch's error for a call whose arguments do not fit; None if they do, or nothing is known of the function.

    Args:
        module: As for `parser_of`; the first argument of a method of "Tensor" is the tensor.
        name: The function's name.
        args: By place.
        kwargs: By name.
    """
    parser = parser_of(module, name)
    if parser is None:
        return None
    if module == "Tensor":
        args = args[1:]
        if len(parser.signatures) == 1 and not parser.signatures[0].parameters:
            return _taking_none(name, args, kwargs)
    try:
        parser.parse(args, kwargs)
    except TypeError as error:
        return error
    return None


def _taking_none(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError | None:
    """The error for a method that takes no arguments."""
    if kwargs:
        return TypeError(f"TensorBase.{name}() takes no keyword arguments")
    if args:
        return TypeError(f"TensorBase.{name}() takes no arguments ({len(args)} given)")
    return None


F = TypeVar("F", bound=Callable[..., Any])


def checked(function: F, module: str, name: str) -> F:
    """A function that, if it fails because its arguments do not fit, says so as PyTorch does.

    Args:
        function: The function.
        module: As for `refusal`.
        name: What it is called.
    """
    if parser_of(module, name) is None:
        return function

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception:
            wrong = refusal(module, name, args, kwargs)
            if wrong is None:
                raise
            raise wrong from None

    return cast(F, called)


def check_all(functions: dict[str, Any], module: str, prefix: str = "") -> None:
    """Have all the functions of a module checked that are listed, besides rows of the table: those see to it themselves.

    Args:
        functions: What the module offers, by name; changed.
        module: As for `refusal`.
        prefix: What comes before the names in the list.
    """
    for name, function in functions.items():
        own = getattr(function, "op", None)
        if isinstance(function, FunctionType) and (own is None or prefix or own.name != name):
            functions[name] = checked(function, module, prefix + name)


def check_methods(cls: type[Any]) -> None:
    """As `check_all`, for the methods of Tensor."""
    methods = dict(vars(cls))
    check_all(methods, "Tensor")
    for name, function in methods.items():
        if function is not vars(cls)[name]:
            setattr(cls, name, function)
