"""Writing into a tensor: what is forbidden, how the version advances, and how history is rebased.

Writing into a view rewrites the history of its base: a CopySlices node takes the place of the base's grad_fn, and each view of
the base gets a new grad_fn when it is next asked for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NoReturn, TypeAlias
from weakref import ref

import numpy as np

from . import dtypes, geometry, modes
from .dispatch import compute, edge_of, recording, tell, unpack_arguments
from .frames import warn
from .graph import Edge, Node, OpNode, meta_of
from .modes import state
from .packing import pack
from .rules import BORROWED, FRESH, TENSORS, Rule
from .saved import SavedResult, freed, save, save_arguments, save_outputs, versions_of
from .table import TABLE, Op
from .tensor import Tensor, View, wrap

__all__ = [
    "CopySlices",
    "check_castable",
    "check_inplace",
    "fill",
    "laid_out",
    "prepare_write",
    "rebase_history",
    "record_write",
    "regenerate",
    "run_inplace",
    "window",
]

_new: Final = object.__new__

MULTIPLE_VIEWS: Final = (
    " This view is the output of a function that returns multiple views. Such functions do not allow the output views to be "
    "modified inplace. You should replace the inplace operation by an out-of-place one."
)
AMBIGUOUS: Final = (
    " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view "
    "and the inplace either both inside the {} block (if you don't want the inplace to be tracked) or both outside (if you want "
    "the inplace to be tracked)."
)
IN_FUNCTION: Final = (
    " This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to handle "
    "view+inplace would override the custom backward associated with the custom Function, leading to incorrect gradients. This "
    "behavior is forbidden. You can fix this by cloning the output of the custom Function."
)


def _raise_view(tensor: Tensor, view: View, indirect: bool) -> NoReturn:
    """Say why a view may not be written to."""
    what = "its base or another view of its base has been" if indirect else "is being"
    edge = tensor._edge
    if view.made_in in ("no_grad", "inference") or edge is None:
        start = "A view was created in"
        if edge is not None:
            start = f"Output {edge[1]} of {edge[0].forward_name()} is a view of a view which was created in"
        if view.made_in == "inference":
            text = f"{start} inference mode and {what} modified inplace in normal mode."
        else:
            text = f"{start} no_grad mode and {what} modified inplace with grad mode enabled."
    else:
        text = f"Output {edge[1]} of {edge[0].forward_name()} is a view and {what} modified inplace."
    reasons = {
        "multi": MULTIPLE_VIEWS,
        "no_grad": AMBIGUOUS.format("no_grad"),
        "inference": AMBIGUOUS.format("inference_mode"),
        "function": IN_FUNCTION,
    }
    raise RuntimeError(text + reasons[view.made_in])


def check_inplace(tensor: Tensor, recorded: bool, uniform: bool = False) -> None:
    """See that a tensor may be written to.

    Args:
        tensor: The tensor.
        recorded: Whether the write is to become part of the graph.
        uniform: Whether the same number is written everywhere, so that elements may share their memory.

    Raises:
        RuntimeError: It may not.
    """
    if recorded:
        view = tensor._view
        if view is not None:
            if view.made_in != "grad":
                _raise_view(tensor, view, indirect=False)
            if tensor.requires_grad and view.base._edge is None:
                raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
        # As PyTorch, which does not bring a view's grad_fn up to date to see whether it is a leaf.
        if tensor.requires_grad and tensor._edge is None:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    value = tensor._value
    if (
        not uniform
        and value.size > 1
        and 0 in value.strides
        and any(s == 0 and n > 1 for s, n in zip(value.strides, value.shape, strict=True))
    ):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
            "clone() the tensor before performing the operation."
        )


def check_castable(found: dtypes.dtype, tensor: Tensor) -> None:
    """See that numbers of a dtype can be written into a tensor.

    Raises:
        RuntimeError: They cannot, as complex numbers cannot into a real tensor.
    """
    if dtypes.category(found) > dtypes.category(tensor.dtype):
        raise RuntimeError(f"result type {found._legacy} can't be cast to the desired output type {tensor.dtype._legacy}")


def fill(tensor: Tensor, result: Any) -> None:
    """Copy a computed result into a tensor's memory and count the write.

    Raises:
        RuntimeError: The result's dtype or shape does not fit.
    """
    target = tensor._value
    found = dtypes.of_array(result)
    if result.shape != target.shape:
        raise RuntimeError(f"output with shape {list(target.shape)} doesn't match the broadcast shape {list(result.shape)}")
    check_castable(found, tensor)
    tensor._share()
    if modes.special:
        for watcher in state.write_watchers:
            watcher(tensor)
    np.copyto(tensor._value, result, casting="unsafe")
    tensor._written()


def run_inplace(row: Op, args: Sequence[Any], name: str) -> Tensor:
    """Call an op and write its result into its first argument.

    Raises:
        RuntimeError: The argument may not be written to, or the result does not fit.
    """
    if modes.special and state.level is not None:
        written: Tensor = state.level.run_inplace(row, args, name)
        return written
    target = args[0]
    target._share()
    values, kept = unpack_arguments(row, args)
    prepared = prepare_write(row, kept)
    if row.promote is not None or row.name == "copy":
        overlapping = any(geometry.partly_overlaps(values[0], values[i]) for i in row.tensors[1:])
    else:
        overlapping = row.name in _APART and _shares_with_operand(row, values)
    if overlapping:
        raise RuntimeError(
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )
    if row.promote is not None and geometry.may_overlap_itself(target._value):
        _fill_in_order(row, values, target)
    else:
        fill(target, compute(row, values))
    if row.name == "copy" and target._value.size and values[1].dtype.kind == "c" != target._value.dtype.kind:
        warn("Casting complex values to real discards the imaginary part", UserWarning)
    node = None if prepared is None else record_write(row, target, prepared)
    tell(row, name, args, (target,), node, target)
    return target


_APART: Final = frozenset(
    ["index_add", "index_copy", "index_fill", "index_put", "index_reduce", "put", "scatter", "scatter_add", "scatter_reduce"]
)
"""What reads other tensors while it writes: they may not share memory with what is written."""


def _shares_with_operand(row: Op, values: list[Any]) -> bool:
    if row.name == "index_put" and values[2].size == 1 and all(i is None or i.dtype in (np.bool_, np.uint8) for i in values[1]):
        # A mask is filled with the one value, which is read first.
        return False
    others = [values[i] for i in row.tensors[1:]] + [v for i in row.lists for v in values[i]]
    return any(geometry.dense_and_shared(values[0], other) for other in others)


def _fill_in_order(row: Op, values: list[Any], target: Tensor) -> None:
    """Write into a tensor whose elements share memory, one row after the other, so that each reads what was written before."""
    shape = target._value.shape
    memory = np.array(target._value)
    fill(target, compute(row, list(values)))
    np.copyto(target._value, memory)
    for index in np.ndindex(*shape[:-1]):
        part = [
            np.broadcast_to(v, shape)[index] if isinstance(v, np.ndarray) and i in row.tensors else v
            for i, v in enumerate(values)
        ]
        np.copyto(target._value[index], compute(row, part), casting="unsafe")


Prepared: TypeAlias = "tuple[Rule, list[Any], tuple[int, ...] | None, list[Edge | None]]"
"""Of a write that will be recorded: its rule, the arguments kept for it, their versions, and the edges."""


def prepare_write(row: Op, kept: list[Any]) -> Prepared | None:
    """See that a write is allowed, and keep what it will overwrite; None if it will not be recorded.

    Raises:
        RuntimeError: The first argument may not be written to.
    """
    target = kept[0]
    recorded = (
        recording()
        and target._value.dtype.kind in "fc"
        and any(isinstance(kept[i], Tensor) and kept[i].requires_grad for i in row.differentiable)
    )
    check_inplace(target, recorded or (recording() and target.requires_grad), row.name in ("fill", "zero"))
    if not recorded:
        return None
    edges = [edge_of(kept[i]) if isinstance(kept[i], Tensor) else None for i in row.differentiable]
    rule = row.rule(sum((e is not None) << i for i, e in enumerate(edges)), target._value.dtype.kind == "c")
    if any(s.source == "argument" and s.index == 0 and s.what == "value" for s in rule.saved):
        kept[0] = target.clone()
    items, counted = save_arguments(rule, kept)
    versions = versions_of(items) if counted else None
    return rule, list(pack(items, None)) if state.saved_hooks else items, versions, edges


def record_write(row: Op, target: Tensor, prepared: Prepared) -> OpNode:
    """Make the node of a write that has happened, and the target's history its."""
    rule, items, versions, edges = prepared
    node = _new(row.node_class)
    node._rule = rule
    node._saved, node._versions = save_outputs(rule, items, versions, (target,))
    node._wire(tuple(edges), (meta_of(target._value),))
    rebase_history(target, node)
    if target._view is not None and target._edge is not None:
        for item in node._saved:
            if item.__class__ is SavedResult:
                item.view_fn = ref(target._edge[0])
    if state.saved_hooks:
        node._saved = pack(node._saved, (target,))
        node._hooked()
    return node


def rebase_history(target: Tensor, node: Node, output_nr: int = 0) -> None:
    """Make `node` the maker of a tensor that was just written to."""
    view = target._view
    if view is None:
        _move_retained(target, (node, output_nr))
        target._edge = (node, output_nr)
        target._leaf = None
        return
    base = view.base
    copy = _new(CopySlices)
    copy._fn = node
    copy._base = geometry.of(base._value, base._value)
    copy._slice = geometry.of(target._value, base._value)
    copy._kind = None if target._value.dtype == base._value.dtype else target._value.dtype
    copy._wire((edge_of(base), *node._edges[1:]), (meta_of(base._value),))
    copy._code, copy._lasti = node._code, node._lasti
    _move_retained(base, (copy, 0))
    base._edge = (copy, 0)
    base._leaf = None
    regenerate(target)


def _move_retained(tensor: Tensor, edge: Edge) -> None:
    """`retain_grad` follows the tensor to its new value; tensor hooks stay with the old one."""
    old = tensor._edge
    if old is not None and old[0]._hooks is not None:
        tensor.__dict__.pop("_backward_hooks", None)
        kept = old[0]._hooks.retained.get(old[1])
        if kept is not None and kept() is tensor:
            del old[0]._hooks.retained[old[1]]
            edge[0]._hooked().retained[edge[1]] = kept


def regenerate(tensor: Tensor) -> None:
    """Bring a view's grad_fn up to date after its base was written to.

    Raises:
        RuntimeError: The view is of a kind that cannot follow its base.
    """
    view = tensor._view
    assert view is not None
    counter = tensor._share()
    if not counter.tracked:
        return
    base = view.base
    if tensor._edge is None and not base.requires_grad:
        view.version = counter.version
        return
    if view.made_in != "grad":
        _raise_view(tensor, view, indirect=True)
    shape, strides, _ = geometry.of(tensor._value, base._value)
    source = base if tensor._value.dtype == base._value.dtype else _reread(base, tensor._value.dtype)
    edge = edge_of(source)
    if source is base or edge is None or geometry.of(source._value, base._value)[:2] != (shape, strides):
        row = TABLE["as_strided"]
        node = _new(row.node_class)
        node._rule = rule = row.rule(edge is not None, tensor._value.dtype.kind == "c")
        node._saved, node._versions = save(rule, (source, shape, strides, geometry.storage_offset(tensor._value)), ())
        node._wire((edge,), (meta_of(tensor._value),))
        edge = (node, 0)
    _move_retained(tensor, edge)
    tensor._edge = edge
    view.version = counter.version


class CopySlices(Node):
    """The history of a base one of whose views was written to.

    Attributes:
        _fn: The node of the op that wrote, as if the view stood alone; None once freed.
        _base: Geometry of the base.
        _slice: Geometry of the view within it, counted in the view's elements.
        _kind: The view's dtype, if it shows complex numbers as real ones or real ones as complex; else None.
    """

    __slots__ = ("_base", "_fn", "_kind", "_slice")

    _fn: Node | None
    _base: geometry.Geometry
    _slice: geometry.Geometry
    _kind: np.dtype[Any] | None
    _qualified = "torch::autograd::CopySlices"

    @property
    def formulas(self) -> tuple[tuple[str, str], ...]:
        """The derivative in words."""
        inner = dict(self._fn.formulas) if self._fn is not None else {}
        return (("base", f"grad, with {inner.pop('self', '0')} in the written slice"), *inner.items())

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        grad = grads[0]
        if grad is None:
            return (None,) * len(self._edges), (BORROWED,) * len(self._edges)
        if self._fn is None:
            raise freed()
        if tensors:
            return self._on_tensors(grad, self._fn)
        result = geometry.place(grad, self._base)
        memory = result if self._kind is None else geometry.root_of(result).ravel(order="K").view(self._kind)
        window = geometry.window(memory, self._slice)
        inner, ownership = self._fn.evaluate([window.copy()], False)
        if self._edges[0] is None:
            return (None, *inner[1:]), (BORROWED, *ownership[1:])
        window[...] = (
            0
            if inner[0] is None
            else np.broadcast_to(inner[0], window.shape)
            if inner[0].size == window.size
            else _summed(inner[0], window.shape)
        )
        return (result, *inner[1:]), (FRESH, *ownership[1:])

    def _on_tensors(self, grad: Tensor, fn: Node) -> tuple[Sequence[Any], Sequence[int]]:
        if modes.special and getattr(grad, "_layer", None) is not None:
            result = laid_out(TENSORS.clone(grad), self._base[1])
        else:
            result = wrap(geometry.place(np.zeros(self._base[0], grad._value.dtype), self._base)).copy_(grad)
        shown = result if self._kind is None else _reread(result, self._kind)
        written = window(shown, self._base if shown is result else geometry.of(shown._value, shown._value), self._slice)
        inner, ownership = fn.evaluate([TENSORS.clone(written)], True)
        if self._edges[0] is None:
            return (None, *inner[1:]), (BORROWED, *ownership[1:])
        if inner[0] is None:
            written.zero_()
        else:
            written.copy_(TENSORS.sum_to(inner[0], self._slice[0]))
        return (result, *inner[1:]), (BORROWED,) * len(self._edges)

    def release(self) -> bool:
        self._fn = None
        return True


def _reread(tensor: Tensor, kind: np.dtype[Any]) -> Tensor:
    """A tensor's memory as real numbers, two for each complex one, or as complex numbers, one for each two."""
    if kind.kind != "c":
        return TENSORS.view_as_real(tensor)
    strides = geometry.strides_of(tensor._value)
    if tensor._value.shape[-1:] == (2,) and strides[-1] == 1 and all(s % 2 == 0 for s in strides[:-1]):
        return TENSORS.view_as_complex(tensor)
    count = tensor._value.size // 2
    return TENSORS.view_as_complex(TENSORS.as_strided(tensor, (count, 2), (2, 1), geometry.storage_offset(tensor._value)))


def laid_out(tensor: Tensor, strides: tuple[int, ...]) -> Tensor:
    """A tensor whose elements lie in memory in the order that strides have: a copy, if they do not yet."""
    if geometry.strides_of(tensor._value) == strides:
        return tensor
    order = sorted(range(len(strides)), key=lambda d: -strides[d])
    if order == list(range(len(order))):
        return TENSORS.contiguous(tensor)
    back = tuple(order.index(d) for d in range(len(order)))
    return TENSORS.permute(TENSORS.contiguous(TENSORS.permute(tensor, tuple(order))), back)


def window(whole: Tensor, like: geometry.Geometry, part: geometry.Geometry, real: bool = False) -> Tensor:
    """The part of a tensor that a view is of its base.

    Args:
        whole: Of the base's shape, and laid out as it.
        like: The geometry of the base.
        part: The geometry of the view within the base.
        real: Whether the view shows complex numbers as real ones.

    Raises:
        NotImplementedError: The base is a sample of a batch that does not lie in memory sample by sample.
    """
    if geometry.strides_of(whole._value) != like[1]:
        raise NotImplementedError("writing into a view of a sample whose elements do not lie side by side is not implemented")
    shape, strides, offset = part
    if real:
        whole = TENSORS.view_as_real(whole)
    return TENSORS.as_strided(whole, shape, strides, offset + geometry.storage_offset(whole._value))


def _summed(value: Any, shape: tuple[int, ...]) -> Any:
    """A gradient the inner rule left broadcast, brought to the slice's shape."""
    from .gradients import sum_to

    return sum_to(value, shape)
