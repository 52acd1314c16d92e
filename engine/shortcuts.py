"""Short cuts through `dispatch.run` for the commonest case: float tensors in the default modes.

They do the same things in the same order; whatever is not plain goes the general way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final

import numpy as np

from . import modes
from .dispatch import broadcast_error
from .frames import KNOWN, inside, locate
from .geometry import relaid
from .graph import accumulate_edge, next_sequence_nr
from .rules import Rule
from .saved import SavedResult, save, versions_of
from .schema import REQUIRED
from .table import Op
from .tensor import Tensor

__all__ = ["binary", "unary"]

_new: Final = object.__new__
_REAL_SCALARS: Final = frozenset({np.float32, np.float64})
_ndarray: Final = np.ndarray
_known: Final = KNOWN.get
_frame: Final = sys._getframe


def _keeper(rule: Rule) -> Callable[[tuple[Any, ...]], tuple[Any, ...]] | None:
    """Picks what a rule saves from (arguments); None if it is not arguments alone."""
    if any(s.source != "argument" or s.what != "value" for s in rule.saved):
        return None
    indices = [s.index for s in rule.saved]
    if not indices:
        return lambda _: ()
    return itemgetter(*indices) if len(indices) > 1 else itemgetter(slice(indices[0], indices[0] + 1))


def binary(row: Op, general: Callable[..., Any], forward: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A row of two operands (and options), short for float operands of one dtype.

    Args:
        row: The row. If it has a derivative for its first operand only, the second is a number.
        general: What to do with any other operands.
        forward: The row's forward with its options left out.
    """
    defaults = tuple(p.default for p in row.schema.parameters[2:])
    single = row.differentiable == (0,)
    rules: list[Any] = [None] * 4

    def prepared(mask: int) -> Any:
        rule = row.rule(mask, False)
        rules[mask] = (rule, _keeper(rule), row.node_class)
        return rules[mask]

    def method(input: Tensor, other: Any = REQUIRED, **options: Any) -> Any:
        if other is REQUIRED:
            return general(input, **options)
        if options or modes.special:
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
        elif kind not in _REAL_SCALARS:
            return general(input, other)
        type_of_other = other.__class__
        if not single and (type_of_other is Tensor or type_of_other.__base__ is Tensor):
            b = other._value
            if b.__class__ is not kind or (kind is _ndarray and b.dtype is not dtype):
                return general(input, other)
            if other._view is not None and other._view.made_in != "grad":
                return general(input, other)
            right = other._edge if other._view is None else other._current_edge()
            if right is None and other._leaf is not None:
                if other._counter is not None and other._counter.inference:
                    return general(input, other)
                right = accumulate_edge(other)
            plain = input._counter is None and other._counter is None
        elif type_of_other is float or type_of_other is int:
            b = other
            right = None
            plain = input._counter is None
        else:
            return general(input, other)
        if input._view is not None and input._view.made_in != "grad":
            return general(input, other)
        left = input._edge if input._view is None else input._current_edge()
        if left is None and input._leaf is not None:
            if input._counter is not None and input._counter.inference:
                return general(input, other)
            left = accumulate_edge(input)
        if left is not None:
            mask = 1 if right is None else 3
        elif right is not None:
            mask = 2
        else:
            mask = 0
        try:
            value = forward(a, b)
        except ValueError as error:
            raise broadcast_error((np.shape(a), np.shape(b))) or error from None
        if kind is _ndarray and not a.flags.c_contiguous:
            value = relaid(value, a)
        out = _new(Tensor)
        out._value = value
        out._edge = out._leaf = out._counter = out._grad = out._view = None
        if not mask:
            return out
        rule, keep, node_class = rules[mask] or prepared(mask)
        node = _new(node_class)
        node._rule = rule
        if keep is None:
            node._saved, node._versions = save(rule, (input, other, *defaults), (out,))
        else:
            node._saved = saved = keep((input, other, *defaults))
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
        return out

    return method


def unary(row: Op, general: Callable[..., Any]) -> Callable[..., Any]:
    """A row of one operand, short for float tensors."""
    forward = row.forward
    prepared: list[Any] = []

    def method(input: Tensor, **options: Any) -> Any:
        if options or modes.special:
            return general(input, **options)
        try:
            a: Any = input._value
        except AttributeError:
            return general(input)
        kind: Any = a.__class__
        if not (kind in _REAL_SCALARS or (kind is _ndarray and a.dtype.kind == "f")):
            return general(input)
        if input._view is not None and input._view.made_in != "grad":
            return general(input)
        value = forward(a)
        if value.__class__ is _ndarray and not a.flags.c_contiguous:
            value = relaid(value, a)
        out = _new(Tensor)
        out._value = value
        out._leaf = out._counter = out._grad = out._view = None
        edge = input._edge if input._view is None else input._current_edge()
        if edge is None:
            if input._leaf is None:
                out._edge = None
                return out
            if input._counter is not None and input._counter.inference:
                return general(input)
            edge = accumulate_edge(input)
        if not prepared:
            rule = row.rule(1, False)
            names = [(s.source, s.what) for s in rule.saved]
            prepared.append(rule)
            prepared.append(row.node_class)
            prepared.append({(): 0, (("argument", "value"),): 1, (("output", "value"),): 2}.get(tuple(names), 3))
        rule, node_class, kept = prepared
        node = _new(node_class)
        node._rule = rule
        node._versions = None
        if kept == 0:
            node._saved = ()
        elif kept == 1:
            node._saved = (input,)
            if input._counter is not None:
                node._versions = versions_of((input,))
        elif kept == 2:
            node._saved = (SavedResult(value, None, 0),)
        else:
            node._saved, node._versions = save(rule, (input,), (out,))
        node._edges = (edge,)
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
        return out

    return method
