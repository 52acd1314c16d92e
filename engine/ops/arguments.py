"""Arguments of functions that put ops together: sizes given as one number or one per dimension, and errors about calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..tensor import Tensor

__all__ = ["combination_error", "expanded", "ints"]


def ints(value: Any) -> tuple[int, ...] | None:
    """A size argument as a tuple; None if it is none."""
    if isinstance(value, Tensor):
        value = value.tolist() if value.ndim else [value.item()]
    items = value if isinstance(value, (list, tuple)) else (value,)
    if any(isinstance(i, (float, bool, str)) or not hasattr(i, "__index__") for i in items):
        return None
    return tuple(i.__index__() for i in items)


def expanded(value: Any, count: int) -> tuple[int, ...]:
    """A size argument with one number per dimension."""
    found = ints(value)
    if found is None:
        raise TypeError(f"expected a tuple of {count} ints, not {type(value).__name__}")
    return found * count if len(found) == 1 else found


def combination_error(name: str, args: Sequence[Any], kwargs: Mapping[str, Any], *signatures: str) -> TypeError:
    """The error for a call that fits none of a function's signatures."""
    got = [type(a).__name__ for a in args] + [f"{key}={type(value).__name__}" for key, value in kwargs.items()]
    start = f"{name}() received an invalid combination of arguments - got ({', '.join(got)}), but expected "
    if len(signatures) == 1:
        return TypeError(f"{start}({signatures[0]})")
    return TypeError(start + "one of:\n" + "".join(f" * ({s})\n" for s in signatures))
