"""The short cut for ops of two operands: see `shortcuts`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from . import modes
from .dispatch import broadcast_error
from .frames import KNOWN, inside, locate
from .geometry import relaid
from .graph import accumulate_edge, next_sequence_nr
from .plain import REAL_SCALARS, tell_plain
from .saved import versions_of
from .schema import REQUIRED
from .storage import VersionCounter
from .table import Op
from .tensor import Tensor

__all__ = ["binary"]

_new: Final = object.__new__
_ndarray: Final = np.ndarray
_known: Final = KNOWN.get
_frame: Final = sys._getframe


def binary(row: Op, general: Callable[..., Any], forward: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A row of two operands (and options), short for float operands of one dtype.

    Args:
        row: The row. If it has a derivative for its first operand only, the second is a number.
        general: What to do with any other operands.
        forward: The row's forward with its options left out; NotImplemented for operands that are not plain after all.
    """
    defaults = tuple(p.default for p in row.schema.parameters[2:])
    single = row.differentiable == (0,)
    numbers = single or row.numbers
    promoted = row.promote is not None
    differentiable = bool(row.differentiable)
    rules: list[Any] = [None] * 4

    def prepared(mask: int) -> Any:
        rule = row.rule(mask, False)
        rules[mask] = (rule, rule.keep, row.node_class)
        return rules[mask]

    def method(input: Any = REQUIRED, other: Any = REQUIRED, /, *rest: Any, **options: Any) -> Any:
        if other is REQUIRED or rest:
            return general(*[a for a in (input, other, *rest) if a is not REQUIRED], **options)
        if (options or modes.special) and (options or modes.special != modes.watching):
            return general(input, other, **options)
        try:
            a: Any = input._value
        except AttributeError:
            return general(input, other)
        kind = a.__class__
        if kind is _ndarray:
            dtype = a.dtype
            if dtype.kind != "f":
                return general(input, other)
        elif kind not in REAL_SCALARS:
            return general(input, other)
        type_of_other = other.__class__
        if not single and (type_of_other is Tensor or type_of_other.__base__ is Tensor):
            b = other._value
            if b.__class__ is not kind or (kind is _ndarray and b.dtype is not dtype):
                return general(input, other)
            if other._view is not None and other._view.made_in != "grad":
                return general(input, other)
            right = None
            if differentiable:
                # Only a derivative asks for a grad_fn: asking brings a view's up to date, or raises.
                right = other._edge if other._view is None else other._current_edge()
                if right is None:
                    if other._leaf is not None:
                        right = accumulate_edge(other)
                    elif other._view is not None and other._view.base.requires_grad:
                        return general(input, other)
            counter = other._counter
            if counter is None:
                plain = True
            elif counter.__class__ is VersionCounter:
                plain = not counter.version
            else:
                return general(input, other)
        elif numbers and (type_of_other is float or type_of_other is int):
            b = other
            right = None
            plain = True
        else:
            return general(input, other)
        if input._view is not None and input._view.made_in != "grad":
            return general(input, other)
        counter = input._counter
        if counter is not None:
            if counter.__class__ is not VersionCounter:
                return general(input, other)
            if counter.version:
                plain = False
        mask = 0
        if differentiable:
            left = input._edge if input._view is None else input._current_edge()
            if left is None:
                if input._leaf is not None:
                    left = accumulate_edge(input)
                elif input._view is not None and input._view.base.requires_grad:
                    return general(input, other)
            if left is not None:
                mask = 1 if right is None else 3
            elif right is not None:
                mask = 2
        if promoted:
            try:
                value = forward(a, b)
            except ValueError as error:
                raise broadcast_error((np.shape(a), np.shape(b))) or error from None
            if kind is _ndarray and not a.flags.c_contiguous:
                value = relaid(value, a)
        else:
            value = forward(a, b)
            if value is NotImplemented:
                return general(input, other)
            if value.__class__ is _ndarray and not value.flags.c_contiguous:
                value = np.ascontiguousarray(value)
        out = _new(Tensor)
        out._value = value
        out._edge = out._leaf = out._counter = out._grad = out._view = None
        if not mask:
            if modes.special:
                tell_plain(row, (input, other), out, None)
            return out
        rule, keep, node_class = rules[mask] or prepared(mask)
        node = _new(node_class)
        node._rule = rule
        node._saved = saved = keep((input, other, *defaults), value)
        node._versions = None if plain else versions_of(saved)
        node._edges = (left,) if single else (left, right)
        node._metas = ((value.shape, value.dtype) if value.__class__ is _ndarray else value.__class__,)
        node._hooks = None
        node.sequence_nr = next_sequence_nr()
        frame = _frame(1)
        code = frame.f_code
        if _known(code.co_filename, True) and inside(code.co_filename):
            node._code, node._lasti = locate() or (None, -1)
        else:
            node._code = code
            node._lasti = frame.f_lasti
        out._edge = (node, 0)
        if modes.special:
            tell_plain(row, (input, other), out, node)
        return out

    return method
