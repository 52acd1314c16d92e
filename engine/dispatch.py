"""Calling an op: the forward over plain arrays, then the node, then whoever listens."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from . import modes, observe
from .frames import locate
from .geometry import relaid
from .graph import Edge, Node, OpNode, accumulate_edge, announce, meta_of, next_sequence_nr
from .modes import state
from .packing import pack
from .saved import save, save_arguments, versions_of
from .table import Op
from .tensor import Tensor, View, wrap

__all__ = [
    "broadcast_error",
    "compute",
    "edge_of",
    "record",
    "recording",
    "run",
    "run_out",
    "tell",
    "unpack_arguments",
    "view_of",
]

_new: Final = object.__new__


def edge_of(tensor: Tensor) -> Edge | None:
    """The edge a gradient for this tensor flows along; None if it needs none."""
    edge = tensor._edge if tensor._view is None else tensor._current_edge()
    if edge is None and tensor._leaf is not None:
        return accumulate_edge(tensor)
    return edge


def tell(
    row: Op, name: str, args: Sequence[Any], outputs: tuple[Tensor, ...], node: Node | None, inplace: Tensor | None
) -> None:
    """Tell the observer of a call."""
    if observe.active is not None:
        observe.active.op_called(observe.OpCall.of_row(row, name, args, outputs, node, inplace))


def unpack_arguments(row: Op, args: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """(what the forward computes with, what may be saved): arrays for tensors, numbers for Scalars, tuples for int lists.

    Raises:
        TypeError: Something else stands where a tensor, a number or a list of numbers is expected.
    """
    kept = list(args)
    for i, convert in row.convert:
        try:
            kept[i] = convert(kept[i])
        except TypeError:
            raise _wrong_argument(row, i, kept[i]) from None
    values = kept.copy()
    for i in row.tensors:
        argument = kept[i]
        if isinstance(argument, Tensor):
            values[i] = argument._value
        elif argument is None:
            if row.schema.parameters[i].type == "Tensor":
                raise _wrong_argument(row, i, argument)
        elif isinstance(argument, (np.ndarray, np.generic)):
            if not (row.numbers and argument.ndim == 0):
                raise _wrong_argument(row, i, argument)
            values[i] = kept[i] = argument.item()
        elif not (row.numbers and isinstance(argument, (bool, int, float, complex))):
            raise _wrong_argument(row, i, argument)
    for i in row.lists:
        if isinstance(kept[i], Tensor):
            raise _wrong_argument(row, i, kept[i])
        kept[i] = tuple(kept[i])
        for position, item in enumerate(kept[i]):
            if not isinstance(item, Tensor) and not (item is None and row.schema.parameters[i].type == "Tensor?[]"):
                raise TypeError(f"expected Tensor as element {position} in argument {i}, but got {type(item).__name__}")
        values[i] = [None if t is None else t._value for t in kept[i]]
    return values, kept


def _wrong_argument(row: Op, position: int, argument: Any) -> TypeError:
    """The error for something else where a tensor, a number or numbers are expected."""
    p = row.schema.parameters[position]
    return TypeError(f"{row.name}(): argument '{p.name}' must be {p.type}, not {type(argument).__name__}")


def broadcast_error(shapes: Sequence[tuple[int, ...]]) -> RuntimeError | None:
    """PyTorch's error for the first two shapes that do not broadcast; None if they do."""
    common: tuple[int, ...] = ()
    for shape in shapes:
        width = max(len(common), len(shape))
        a, b = (1,) * (width - len(common)) + common, (1,) * (width - len(shape)) + shape
        for dim in range(width - 1, -1, -1):
            if a[dim] != b[dim] and 1 not in (a[dim], b[dim]):
                return RuntimeError(
                    f"The size of tensor a ({a[dim]}) must match the size of tensor b ({b[dim]}) at non-singleton dimension {dim}"
                )
        common = tuple(max(p, q) if 0 not in (p, q) else 0 for p, q in zip(a, b, strict=True))
    return None


def _by_rows(value: Any) -> Any:
    return value if value.__class__ is not np.ndarray or value.flags.c_contiguous else np.ascontiguousarray(value)


def compute(row: Op, values: list[Any]) -> Any:
    """Promote and run the forward."""
    if row.promote is None:
        if row.refused is not None:
            row.check_dtype(values)
        result = row.forward(*values)
        if row.keeps_layout or row.is_view:
            return result
        if row.many:
            return tuple([_by_rows(part) for part in result])
        return _by_rows(result)
    row.promote(values, row.operands)
    if row.refused is not None:
        try:
            row.check_dtype(values)
        except NotImplementedError as error:
            raise broadcast_error([np.shape(values[i]) for i in row.tensors if values[i] is not None]) or error from None
    try:
        result = row.forward(*values)
        first = values[row.tensors[0]]
        if first.__class__ is np.ndarray and not first.flags.c_contiguous and result.__class__ is np.ndarray:
            return relaid(result, first)
        return result
    except ValueError as error:
        raise broadcast_error([np.shape(values[i]) for i in row.tensors if values[i] is not None]) or error from None


def recording() -> bool:
    """Whether ops are being recorded in this thread."""
    return not modes.special or (state.grad_enabled and not state.inference)


def _look_upstream(row: Op, kept: Sequence[Any]) -> None:
    """Look where the gradients of a call's arguments go, and keep what a rule needs of them, as PyTorch does before it computes.

    Raises:
        RuntimeError: An argument is a view whose base was written to, of a kind that cannot follow; or an inference tensor.
    """
    if not recording():
        return
    needed = 0
    for place, i in enumerate(row.differentiable):
        given = kept[i] if isinstance(kept[i], tuple) else (kept[i],)
        if any(e is not None for e in [edge_of(t) for t in given if isinstance(t, Tensor)]):
            needed |= 1 << place
    if needed:
        items, _ = save_arguments(row.rule(needed, False), kept)
        versions_of(items)
        if state.saved_hooks:
            pack(items, None)


def _dead_end(argument: Any) -> bool:
    """Whether an argument is a view made under no_grad: it requires grad as its base does, but no gradient flows through it."""
    if isinstance(argument, tuple):
        return any(_dead_end(a) for a in argument)
    return isinstance(argument, Tensor) and argument._view is not None and argument.requires_grad


def _unseen(row: Op, kept: Sequence[Any]) -> bool:
    """Whether autograd sees nothing of a call: where all its tensors are inference tensors.

    A number that stands for a tensor counts as one, and a normal one.
    """
    tensors = [kept[i] for i in row.tensors] + [t for i in row.lists for t in kept[i]]
    return all(t is None or (isinstance(t, Tensor) and t.is_inference()) for t in tensors)


def record(row: Op, kept: Sequence[Any], outputs: tuple[Tensor, ...]) -> OpNode | None:
    """Make the node of a call, if one of its arguments needs a gradient."""
    if not row.differentiable or (modes.special and not recording()):
        return None
    edges: list[Edge | None] = []
    needed = 0
    bit = 1
    is_complex = False
    for i in row.differentiable:
        argument = kept[i]
        if isinstance(argument, Tensor):
            edge = argument._edge if argument._view is None else argument._current_edge()
            if edge is None and argument._leaf is not None:
                if argument._counter is not None and argument._counter.inference and _unseen(row, kept):
                    return None
                edge = accumulate_edge(argument)
            edges.append(edge)
            if edge is not None:
                needed |= bit
            if argument._value.dtype.kind == "c":
                is_complex = True
        elif isinstance(argument, tuple):
            found = [None if t is None else edge_of(t) for t in argument]
            edges.extend(found)
            if any(e is not None for e in found):
                needed |= bit
        else:
            edges.append(None)
        bit <<= 1
    if not needed and not any(_dead_end(kept[i]) for i in row.differentiable):
        return None
    kinds = outputs[0]._value.dtype.kind if len(outputs) == 1 else "".join([o._value.dtype.kind for o in outputs])
    if "c" in kinds:
        is_complex = True
    elif "f" not in kinds:
        return None
    node = _new(row.node_class)
    node._rule = rule = row.rule(needed, is_complex)
    node._saved, node._versions = save(rule, kept, outputs)
    node._edges = tuple(edges)
    count = len(outputs)
    while count > 1 and (kinds[count - 1] not in "fc" or count - 1 in row.constant_outputs):
        # No gradient is ever told of: the indices of a maximum, say.
        count -= 1
    node._metas = tuple([meta_of(o._value) for o in outputs[:count]])
    node._hooks = None
    node.sequence_nr = next_sequence_nr()
    where = locate(2)
    node._code, node._lasti = where if where is not None else (None, -1)
    for number, output in enumerate(outputs):
        if kinds[number] in "fc" and number not in row.constant_outputs:
            output._edge = (node, number)
    if modes.special:
        if state.saved_hooks:
            node._saved = pack(node._saved, outputs)
            node._hooked()
        announce(node)
    return node


def view_of(base: Tensor, value: np.ndarray[Any, Any], row_name: str, several: bool) -> Tensor:
    """A tensor over part of another's memory."""
    counter = base._share()
    view = wrap(value)
    view._counter = counter
    if counter.inference or not counter.tracked:
        # Nothing is known of inference tensors, not even whose views they are.
        return view
    origin = base if base._view is None else base._view.base
    made_in = "multi" if several else "grad"
    if modes.special:
        if state.inference:
            made_in = "inference"
        elif not state.grad_enabled:
            made_in = "no_grad"
    if made_in == "grad" and base._view is not None:
        made_in = base._view.made_in
    view._view = View(origin, counter.version, made_in, row_name)
    return view


def run(row: Op, args: Sequence[Any]) -> Any:
    """Call an op with its arguments in the schema's order."""
    if modes.special and state.level is not None:
        return state.level.run(row, args)
    if row.is_view and isinstance(args[0], Tensor):
        args[0]._share()
    values, kept = unpack_arguments(row, args)
    try:
        result = compute(row, values)
    except Exception:
        # What PyTorch has to say of the gradients goes before what it has to say of the numbers.
        _look_upstream(row, kept)
        raise
    if row.is_view:
        several = row.many
        made = result if several else (result,)
        outputs = tuple([view_of(args[0], value, row.name, several) for value in made])
    elif row.many:
        outputs = tuple([wrap(value) for value in result])
    else:
        outputs = (wrap(result),)
    node = record(row, kept, outputs)
    if observe.active is not None:
        tell(row, row.name, args, outputs, node, None)
    if not row.many:
        return outputs[0]
    kind = _return_type(row)
    return outputs if kind is None else kind(*outputs)


_return_types: dict[str, Any] = {}
make_tuple: Any = namedtuple


def _return_type(row: Op) -> Any:
    """The named tuple an op returns; None if it returns as many tensors as it likes."""
    if len(row.schema.returns) == 1:
        return None
    found = _return_types.get(row.name)
    if found is None:
        base = make_tuple(row.name, row.schema.returns)

        def shown(self: Any) -> str:
            fields = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"torch.return_types.{row.name}(\n{fields})"

        found = _return_types[row.name] = type(
            row.name, (base,), {"__slots__": (), "__repr__": shown, "__module__": "torch.return_types"}
        )
    return found


def run_out(row: Op, args: Sequence[Any], out: Any) -> Any:
    """Call an op with `out=`.

    Raises:
        RuntimeError: An argument requires grad, or the result cannot be stored in `out`.
    """
    if modes.special and state.level is not None:
        return state.level.run_out(row, args, out)
    outs = out if isinstance(out, (tuple, list)) else (out,)
    values, kept = unpack_arguments(row, args)
    from .outputs import check_apart, check_kept, check_no_grad, write_out

    tensors = [*(kept[i] for i in row.tensors), *(t for i in row.lists for t in kept[i])]
    if row.differentiable and row.node_name != "NotImplemented":
        check_no_grad(row.name, [*tensors, *outs])
    check_apart(row.name, tensors, outs, row.promote is not None)
    result = compute(row, values)
    if row.promote is not None and not row.many:
        check_kept(tensors, outs[0], result)
    for target, value in zip(outs, result if row.many else (result,), strict=True):
        write_out(row, target, value)
    tell(row, row.name, args, tuple(outs), None, outs[0])
    kind = _return_type(row) if row.many else None
    return kind(*outs) if kind is not None else out
