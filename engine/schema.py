"""The signature of an op, written as PyTorch writes it: `add(Tensor self, Tensor other, *, Scalar alpha=1)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["REQUIRED", "Parameter", "Schema", "integers", "parse"]

REQUIRED: Final = object()
"""The default of a parameter that has none."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an op.

    Attributes:
        name: Its name in rules and methods; functions call the parameter `self` `input`.
        type: Its type in PyTorch's notation, such as "Tensor", "Tensor?", "Tensor[]", "Scalar", "int[1]?", "ScalarType?".
        default: What it is when not given, or REQUIRED.
        keyword_only: Whether it stands after the `*`.
    """

    name: str
    type: str
    default: Any
    keyword_only: bool

    @property
    def is_tensor(self) -> bool:
        """Whether it takes one tensor (or None, if the type allows it)."""
        return self.type in ("Tensor", "Tensor?")

    @property
    def is_tensor_list(self) -> bool:
        """Whether it takes a sequence of tensors."""
        return self.type in ("Tensor[]", "Tensor?[]")


@dataclass(frozen=True, slots=True)
class Schema:
    """A parsed signature.

    Attributes:
        name: The op's full name, such as "sum.dim".
        base: The name without its overload, such as "sum".
        defaults: What each parameter is when not given, or REQUIRED.
        parameters: In order.
        returns: The names of the outputs if there are several, else empty.
        text: The signature as written.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: tuple[str, ...]
    text: str
    base: str = field(init=False)
    _places: dict[str, int] = field(init=False, repr=False)
    defaults: tuple[Any, ...] = field(init=False)
    _positional: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        places = {p.name: i for i, p in enumerate(self.parameters)}
        if self.parameters and self.parameters[0].name == "self":
            places.setdefault("input", 0)
        # NumPy's names, which PyTorch takes too.
        for name, other in (("dim", "axis"), ("keepdim", "keepdims")):
            if name in places:
                places.setdefault(other, places[name])
        for name, value in (
            ("base", self.name.partition(".")[0]),
            ("_places", places),
            ("defaults", tuple(p.default for p in self.parameters)),
            ("_positional", sum(not p.keyword_only for p in self.parameters)),
        ):
            object.__setattr__(self, name, value)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """The arguments in the parameters' order, defaults filled in.

        Raises:
            TypeError: They do not fit. (What users call says so in PyTorch's words, see `signatures`.)
        """
        count = len(args)
        if count > self._positional:
            raise TypeError(f"{self.base}() takes {self._positional} positional arguments but {count} were given")
        values = [*args, *self.defaults[count:]]
        for name, value in kwargs.items():
            place = self._places.get(name)
            if place is None:
                raise TypeError(f"{self.base}() got an unexpected keyword argument '{name}'")
            if place < count:
                raise TypeError(f"{self.base}() got multiple values for argument '{name}'")
            values[place] = value
        for value in values:
            if value is REQUIRED:
                missing = [p.name for p, v in zip(self.parameters, values, strict=True) if v is REQUIRED]
                raise TypeError(f"{self.base}() missing required arguments: {', '.join(missing)}")
        return values


_SIGNATURE = re.compile(r"(?P<name>[\w.]+)\((?P<parameters>[^()]*)\)(?:\s*->\s*\((?P<returns>[\w, ]+)\))?$")
_PARAMETER = re.compile(r"(?P<type>[A-Za-z]\w*(?:\?)?(?:\[\d*\])?(?:\?)?)\s+(?P<name>\w+)(?:=(?P<default>.+))?$")


def integers(function: str, parameter: str, args: Sequence[Any], position: int) -> tuple[int, ...]:
    """Integers given one by one or as one sequence.

    Args:
        function: Whose argument they are, for errors.
        parameter: The argument's name, for errors.
        args: The sequence alone, or the integers.
        position: Where the argument stands, counted from 1.

    Raises:
        TypeError: Something among them is no integer.
    """
    spread = not (len(args) == 1 and isinstance(args[0], (tuple, list)))
    numbers = args if spread else args[0]
    try:
        return tuple([n if n.__class__ is int else n.__index__() for n in numbers])
    except (AttributeError, TypeError):
        place, wrong = next((i, n) for i, n in enumerate(numbers) if not hasattr(n, "__index__"))
    kind = type(wrong).__name__
    if place:
        raise TypeError(
            f"{function}(): argument '{parameter}' failed to unpack the object at pos {place + 1} with error "
            f'"type must be tuple of ints,but got {kind}"'
        )
    start = f"{function}(): argument '{parameter}' (position {position}) must be tuple of ints, "
    raise TypeError(start + (f"not {kind}" if spread else f"but found element of type {kind} at pos 0"))


def _split(text: str) -> list[str]:
    """Split at commas that stand outside brackets and quotes."""
    return [part.strip() for part in re.split(r",(?![^\[]*\])", text) if part.strip()]


def parse(text: str) -> Schema:
    """Read a signature.

    Raises:
        ValueError: It is not one.
    """
    found = _SIGNATURE.match(text)
    if found is None:
        raise ValueError(f"not an op's signature: {text!r}")
    parameters = []
    keyword_only = False
    for part in _split(found["parameters"]):
        if part == "*":
            keyword_only = True
            continue
        p = _PARAMETER.match(part)
        if p is None:
            raise ValueError(f"not a parameter: {part!r} in {text!r}")
        default = REQUIRED if p["default"] is None else ast.literal_eval(p["default"])
        parameters.append(Parameter(p["name"], p["type"], default, keyword_only))
    returns = tuple(name.strip() for name in (found["returns"] or "").split(",") if name.strip())
    return Schema(found["name"], tuple(parameters), returns, text)
