"""Bringing the operands of an op to one dtype, in the one place where that is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from .dtypes import FLOATING, category, dtype, get_default_dtype, result_dtype

__all__ = ["Promotion", "arithmetic", "fitted", "floating"]

Promotion: TypeAlias = Callable[[list[Any], Sequence[int]], None]
"""Changes the operands (arrays, NumPy scalars or Python numbers) at the given places to what the forward shall compute with."""


def fitted(number: Any, target: dtype) -> Any:
    """A Python number as an operand beside arrays of a dtype; integers wrap around as C's do."""
    if isinstance(number, int) and not isinstance(number, bool) and category(target) == 1:
        bits = 8 * target.itemsize
        low = -(1 << (bits - 1)) if target.is_signed else 0
        return (number - low) % (1 << bits) + low
    return number


def _cast(operands: list[Any], slots: Sequence[int], target: dtype) -> None:
    alone = not any(isinstance(operands[i], (np.ndarray, np.generic)) for i in slots)
    for i in slots:
        operand = operands[i]
        if isinstance(operand, (np.ndarray, np.generic)):
            if operand.dtype != target._numpy:
                operands[i] = operand.astype(target._numpy)
        elif operand is None:
            continue
        elif alone:
            operands[i] = target._numpy.type(operand)
        else:
            operands[i] = fitted(operand, target)


def _uniform(operands: list[Any], slots: Sequence[int]) -> np.dtype[Any] | None:
    """The one dtype all operands have already, if no number raises it."""
    found = None
    for i in slots:
        operand = operands[i]
        if isinstance(operand, (np.ndarray, np.generic)):
            if found is None:
                found = operand.dtype
            elif operand.dtype is not found:
                return None
    if found is None:
        return None
    for i in slots:
        operand = operands[i]
        if not isinstance(operand, (np.ndarray, np.generic)) and operand is not None:
            kind = found.kind
            if not (kind == "c" or (kind == "f" and not isinstance(operand, complex))):
                return None
    return found


def arithmetic(operands: list[Any], slots: Sequence[int]) -> None:
    """To the dtype arithmetic on them has."""
    if _uniform(operands, slots) is None:
        _cast(operands, slots, result_dtype(operands[i] for i in slots if operands[i] is not None))


def floating(operands: list[Any], slots: Sequence[int]) -> None:
    """The same, and integers to the default float."""
    found = _uniform(operands, slots)
    if found is not None and found.kind in "fc":
        return
    target = result_dtype(operands[i] for i in slots if operands[i] is not None)
    _cast(operands, slots, get_default_dtype() if category(target) < FLOATING else target)
