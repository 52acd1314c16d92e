"""Attributes of modules whose names callers choose.

A script that is not trusted is kept from Python's own attributes where it names them itself; what the engine reads and writes for
it, by a name it was given, must not be a way round that.
"""

from __future__ import annotations

from typing import Any

__all__ = ["delete_attribute", "get_attribute", "set_attribute"]


def _check(module: Any, name: Any) -> None:
    from .module import Module

    if not isinstance(module, Module):
        raise TypeError(f"{type(module).__name__} is not a Module")
    if type(name) is not str:
        raise TypeError(f"attribute name must be string, not '{type(name).__name__}'")
    if name.startswith("__"):
        raise AttributeError(f"'{type(module).__name__}' object has no attribute '{name}' that may be used here")


def get_attribute(module: Any, name: str, *default: Any) -> Any:
    """A module's attribute.

    Raises:
        TypeError: It is no module, or the name no string.
        AttributeError: There is none, and no default was given; or it is one of Python's own.
    """
    _check(module, name)
    return getattr(module, name, *default)


def set_attribute(module: Any, name: str, value: Any) -> None:
    """Set a module's attribute.

    Raises:
        TypeError: It is no module, or the name no string.
        AttributeError: It is one of Python's own.
    """
    _check(module, name)
    setattr(module, name, value)


def delete_attribute(module: Any, name: str) -> None:
    """Delete a module's attribute.

    Raises:
        TypeError: It is no module, or the name no string.
        AttributeError: There is none, or it is one of Python's own.
    """
    _check(module, name)
    delattr(module, name)
