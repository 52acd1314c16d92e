"""Short cuts through `dispatch.run` for the commonest case: real float tensors in the default modes.

They do the same things in the same order; whatever is not plain goes the general way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from . import modes
from .dispatch import compute
from .frames import KNOWN, inside, locate
from .geometry import relaid
from .graph import accumulate_edge, next_sequence_nr
from .plain import KINDS, NOTHING, REAL_SCALARS, arranger, tell_plain
from .saved import versions_of
from .schema import REQUIRED
from .storage import VersionCounter
from .table import Op
from .tensor import Tensor, View
from .two_operands import binary

__all__ = ["binary", "several", "shortened", "unary", "viewing"]

_new: Final = object.__new__
_ndarray: Final = np.ndarray
_known: Final = KNOWN.get
_frame: Final = sys._getframe


def shortened(row: Op, general: Callable[..., Any], short: Callable[[Any, Any], Any] | None) -> Callable[..., Any]:
    """What to call for a row: a short cut if there is one for rows of its kind, else `general`.

    Args:
        row: The row.
        general: What to do with arguments that are not plain.
        short: The row's forward of two operands with its options left out, if it has options.
    """
    parameters = row.schema.parameters
    if row.many or row.lists or row.tensors[:1] != (0,) or parameters[0].type != "Tensor":
        return general
    if row.is_view:
        return viewing(row, general) if len(row.tensors) == 1 and row.differentiable == (0,) else general
    if len(row.tensors) == 1:
        return unary(row, general) if row.differentiable in ((), (0,)) else general
    two = row.tensors == (0, 1) and parameters[1].type == "Tensor" and row.differentiable in ((), (0, 1))
    if two and (short is not None or len(parameters) == 2):
        return binary(row, general, short or row.forward)
    return several(row, general)


def unary(row: Op, general: Callable[..., Any]) -> Callable[..., Any]:
    """A row of one tensor and some numbers, short for float tensors."""
    forward = row.forward
    arranged = arranger(row) if len(row.schema.parameters) > 1 else None
    relays = row.promote is not None or arranged is None
    by_rows = not row.keeps_layout
    defaults = arranged(()) if arranged is not None else ()
    differentiable = bool(row.differentiable)
    prepared: list[Any] = []

    def method(input: Any = REQUIRED, /, *rest: Any, **options: Any) -> Any:
        if (options or modes.special) and (options or modes.special != modes.watching):
            return general(**options) if input is REQUIRED else general(input, *rest, **options)
        try:
            a: Any = input._value
        except AttributeError:
            return general() if input is REQUIRED else general(input, *rest)
        kind: Any = a.__class__
        if not (kind in REAL_SCALARS or (kind is _ndarray and a.dtype.kind == "f")):
            return general(input, *rest)
        if input._view is not None and input._view.made_in != "grad":
            return general(input, *rest)
        counter = input._counter
        if counter is not None and counter.__class__ is not VersionCounter:
            return general(input, *rest)
        if not rest and defaults is not None:
            more = defaults
            value = forward(a, *more)
        elif arranged is None:
            return general(input, *rest)
        else:
            found = arranged(rest)
            if found is None:
                return general(input, *rest)
            more = found
            value = forward(a, *more)
        if value.__class__ is _ndarray:
            if relays:
                if not a.flags.c_contiguous:
                    value = relaid(value, a)
            elif by_rows and not value.flags.c_contiguous:
                value = np.ascontiguousarray(value)
            meta: Any = (value.shape, value.dtype)
            real = value.dtype.kind == "f"
        else:
            meta = value.__class__
            real = meta in REAL_SCALARS
        out = _new(Tensor)
        out._value = value
        out._edge = out._leaf = out._counter = out._grad = out._view = None
        if not differentiable:
            if modes.special:
                tell_plain(row, (input, *rest), out, None)
            return out
        edge = input._edge if input._view is None else input._current_edge()
        if edge is None:
            if input._leaf is None:
                if input._view is not None and input._view.base.requires_grad:
                    return general(input, *rest)
                if modes.special:
                    tell_plain(row, (input, *rest), out, None)
                return out
            if input._counter is not None and input._counter.inference:
                return general(input)
            edge = accumulate_edge(input)
        if not real:
            return general(input, *rest)
        if not prepared:
            rule = row.rule(1, False)
            names = [(s.source, s.what) for s in rule.saved]
            kept = {(): 0, (("argument", "value"),): 1}.get(tuple(names), 2) if arranged is None else 2
            prepared.extend((rule, row.node_class, kept, rule.keep))
        rule, node_class, kept, keep = prepared
        node = _new(node_class)
        node._rule = rule
        node._versions = None
        if kept == 0:
            node._saved = ()
        elif kept == 1:
            node._saved = (input,)
        else:
            node._saved = keep((input, *more), value)
        if counter is not None and counter.version:
            node._versions = versions_of(node._saved)
        node._edges = (edge,)
        node._metas = (meta,)
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
            tell_plain(row, (input, *rest), out, node)
        return out

    return method


def several(row: Op, general: Callable[..., Any]) -> Callable[..., Any]:
    """A row of several tensors, some of which may be left out, and numbers; short if those with a derivative are real floats."""
    parameters = row.schema.parameters
    if any(not parameters[i].is_tensor for i in row.differentiable):
        return general
    count = len(parameters)
    most = sum(not p.keyword_only for p in parameters)
    defaults = tuple([p.default for p in parameters])
    least = sum(d is REQUIRED for d in defaults)
    tensors = [(i, parameters[i].type == "Tensor?", i in row.differentiable) for i in row.tensors]
    plain_kinds = [(i, KINDS.get(p.type, NOTHING)) for i, p in enumerate(parameters) if not p.is_tensor]
    rules: dict[int, Any] = {}

    def method(*args: Any, **options: Any) -> Any:
        given = len(args)
        if (options or modes.special) and (options or modes.special != modes.watching):
            return general(*args, **options)
        if not least <= given <= most:
            return general(*args)
        kept = args if given == count else args + defaults[given:]
        for i, plain in plain_kinds:
            if kept[i].__class__ not in plain:
                return general(*args)
        values = list(kept)
        edges: list[Any] = []
        mask = 0
        bit = 1
        written = False
        dtype = None
        for i, optional, differentiable in tensors:
            tensor = kept[i]
            if tensor is None and optional:
                if differentiable:
                    edges.append(None)
                    bit <<= 1
                continue
            try:
                values[i] = value = tensor._value
            except AttributeError:
                return general(*args)
            if tensor._view is not None and tensor._view.made_in != "grad":
                return general(*args)
            counter = tensor._counter
            if counter is not None:
                if counter.__class__ is not VersionCounter:
                    return general(*args)
                if counter.version:
                    written = True
            if differentiable:
                if value.dtype is not dtype:
                    if dtype is not None or value.dtype.kind != "f":
                        return general(*args)
                    dtype = value.dtype
                edge = tensor._edge if tensor._view is None else tensor._current_edge()
                if edge is None and tensor._leaf is not None:
                    edge = accumulate_edge(tensor)
                if edge is not None:
                    mask |= bit
                edges.append(edge)
                bit <<= 1
        value = compute(row, values)
        out = _new(Tensor)
        out._value = value
        out._edge = out._leaf = out._counter = out._grad = out._view = None
        if not mask:
            if modes.special:
                tell_plain(row, args, out, None)
            return out
        if value.dtype.kind != "f":
            return general(*args)
        found = rules.get(mask)
        if found is None:
            rule = row.rule(mask, False)
            found = rules[mask] = (rule, rule.keep, row.node_class)
        rule, keep, node_class = found
        node = _new(node_class)
        node._rule = rule
        node._saved = saved = keep(kept, value)
        node._versions = versions_of(saved) if written else None
        node._edges = tuple(edges)
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
            tell_plain(row, args, out, node)
        return out

    return method


def viewing(row: Op, general: Callable[..., Any]) -> Callable[..., Any]:
    """A row whose output shares its one tensor's memory, short for float tensors."""
    forward = row.forward
    arranged = arranger(row)
    defaults = arranged(())
    name = row.name
    prepared: list[Any] = []

    def method(input: Any = REQUIRED, /, *rest: Any, **options: Any) -> Any:
        if (options or modes.special) and (options or modes.special != modes.watching):
            return general(**options) if input is REQUIRED else general(input, *rest, **options)
        try:
            a: Any = input._value
        except AttributeError:
            return general() if input is REQUIRED else general(input, *rest)
        before = input._view
        if a.dtype.kind != "f" or (before is not None and before.made_in != "grad"):
            return general(input, *rest)
        more = arranged(rest) if rest else defaults
        if more is None:
            return general(input, *rest)
        counter = input._counter or input._share()
        if counter.__class__ is not VersionCounter:
            return general(input, *rest)
        value = forward(input._value, *more)
        out = _new(Tensor)
        out._value = value
        out._counter = counter
        out._edge = out._leaf = out._grad = None
        out._view = View(input if before is None else before.base, counter.version, "grad", name)
        edge = input._edge if before is None else input._current_edge()
        if edge is None:
            if input._leaf is None:
                if before is not None and before.base.requires_grad:
                    return general(input, *rest)
                if modes.special:
                    tell_plain(row, (input, *rest), out, None)
                return out
            edge = accumulate_edge(input)
        if not prepared:
            rule = row.rule(1, False)
            prepared.extend((rule, row.node_class, rule.keep))
        rule, node_class, keep = prepared
        node = _new(node_class)
        node._rule = rule
        node._saved = saved = keep((input, *more), value)
        node._versions = versions_of(saved) if counter.version and rule.releases else None
        node._edges = (edge,)
        node._metas = ((value.shape, value.dtype),)
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
            tell_plain(row, (input, *rest), out, node)
        return out

    return method
