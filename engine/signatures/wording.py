"""The error for arguments that fit none of several signatures, as PyTorch's `format_invalid_args` words it."""

from __future__ import annotations

from typing import Any

from .kinds import type_name

__all__ = ["mismatch"]


def mismatch(function: str, options: list[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError:
    """What PyTorch raises if no signature fits.

    Args:
        function: The function's name.
        options: The signatures, in the words of errors.
        args: What was given by place.
        kwargs: What was given by name.
    """
    kwargs = dict(_in_hash_order(kwargs))
    text = f"{function}() received an invalid combination of arguments - got "
    if len(options) == 1:
        parameters = _parsed(options[0])
        unknown = _unknown(parameters, kwargs)
        if unknown:
            return TypeError(f"{text}unrecognized keyword arguments: {', '.join(unknown)}")
        got = _marked(parameters, args, kwargs) if len(args) + len(kwargs) == len(parameters) else _described(args, kwargs)
        return TypeError(f"{text}{got}, but expected {options[0]}")
    lines = [f"{text}{_described(args, kwargs)}, but expected one of:"]
    for option in options:
        lines.append(f" * {option}")
        parameters = _parsed(option)
        if len(args) + len(kwargs) != len(parameters):
            continue
        unknown = _unknown(parameters, kwargs)
        if unknown:
            lines.append(f"      didn't match because some of the keywords were incorrect: {', '.join(unknown)}")
        else:
            marked = _marked(parameters, args, kwargs)
            lines.append(f"      didn't match because some of the arguments have invalid types: {marked}")
    return TypeError("\n".join(lines) + "\n")


def _parsed(option: str) -> list[tuple[str, str]]:
    """The parameters' types and names as PyTorch reads them off the words: with a default, the name is what stands last."""
    found = []
    for part in option[1:-1].split(", "):
        kind, _, name = part.rpartition(" ")
        found.append((kind or part, name))
    return found


def _unknown(parameters: list[tuple[str, str]], kwargs: dict[str, Any]) -> list[str]:
    """The keywords that name none of the last parameters, of which PyTorch looks at as many as there are keywords."""
    names = {name for _, name in parameters[max(0, len(parameters) - len(kwargs)) :]}
    return [name for name in kwargs if name not in names]


def _matches(kind: str, value: Any) -> bool:
    given = type_name(value)
    return given == kind or (kind == "float" and given == "int")


def _described(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    parts = [type_name(a) for a in args] + [f"{name}={type_name(value)}" for name, value in kwargs.items()]
    # PyTorch takes the last comma away only where something was given by place.
    return f"({', '.join(parts)}{'' if args or not parts else ', '})"


def _marked(parameters: list[tuple[str, str]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The arguments' types, with marks around those that do not fit."""
    parts = []
    for i in range(len(args) + len(kwargs)):
        kind, name = parameters[i]
        by_name = i >= len(args)
        value = kwargs[name] if by_name else args[i]
        mark = "" if _matches(kind, value) else "!"
        words = type_name(value)
        if isinstance(value, tuple):
            words += " of (" + ", ".join(map(type_name, value)) + (",)" if len(value) == 1 else ")")
        elif isinstance(value, list):
            words += " of [" + ", ".join(map(type_name, value)) + "]"
        parts.append(mark + (f"{name}=" if by_name else "") + words + mark)
    return f"({', '.join(parts)}{'' if args or not parts else ', '})"


def _in_hash_order(kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
    """The items in the order of a C++ unordered_map they were put into."""
    return list(reversed(kwargs.items()))
