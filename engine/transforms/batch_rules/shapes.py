"""Views, changes of shape, reductions and scans: the same ops with their dimensions counted one further."""

from __future__ import annotations

import math
from typing import Any, Final

from ...dispatch import run
from ...geometry import storage_offset, strides_of
from ...ops.views import inferred
from ...ops.vocabulary import axes_of, axis_of
from ...rules import TENSORS
from ...table import TABLE, Op
from ...tensor import Tensor
from ..batching import Batching, rule
from ..level import names
from .elementwise import decomposed, padded

__all__: list[str] = []


def _places(row: Op) -> dict[str, int]:
    return {p.name: i for i, p in enumerate(row.schema.parameters)}


def _first(level: Batching, args: list[Any]) -> tuple[Tensor, int]:
    """(the first argument as a batch, the number of dimensions of a sample)."""
    return level.full(args[0]), level.rank(args[0])


def _shifted(dim: Any, rank: int) -> Any:
    if isinstance(dim, int):
        return axis_of(dim, rank) + 1
    return tuple(a + 1 for a in axes_of(tuple(dim), rank)) if dim else ()


def _batched_shape(level: Batching, size: Any) -> tuple[int, ...]:
    return (level.size, *size)


def _unfolded(result: Any, size: int) -> Any:
    """Results of samples without dimensions that were given one."""
    if isinstance(result, Tensor):
        return TENSORS.reshape(result, (size,))
    made = [TENSORS.reshape(r, (size,)) for r in result]
    return type(result)(*made) if hasattr(result, "_fields") else tuple(made)


# -- along a dimension, or several


def _along(level: Batching, row: Op, args: list[Any]) -> Any:
    """Count `dim` and its like one further; give samples without dimensions one."""
    inner, rank = _first(level, args)
    places = _places(row)
    changed = [inner, *args[1:]]
    if not rank:
        changed[0] = TENSORS.view(inner, (level.size, 1)) if inner._value.flags.c_contiguous else TENSORS.unsqueeze(inner, 1)
    for name in ("dim", "dims"):
        if name in places and args[places[name]] is not None:
            changed[places[name]] = _shifted(args[places[name]], rank or 1)
    result = run(row, changed)
    return result if rank else _unfolded(result, level.size)


rule(
    *names("""
    _log_softmax _softmax argsort cumprod cumsum cummax cummin kthvalue logcumsumexp max.dim median.dim min.dim mode nanmedian.dim
    prod.dim_int sort topk flip glu
    """)
)(_along)


def _over(level: Batching, row: Op, args: list[Any]) -> Any:
    """Reduce over the given dimensions, or over all of a sample's."""
    inner, rank = _first(level, args)
    place = _places(row)["dim"]
    dim = args[place]
    if not rank:
        if dim is not None and dim != ():
            axes_of(dim, 0)
        inner = TENSORS.unsqueeze(inner, 1)
        dims: tuple[int, ...] = (1,)
    else:
        dims = tuple(a + 1 for a in axes_of(dim, rank))
    result = run(row, [inner, *args[1:place], dims, *args[place + 1 :]])
    return result if rank else _unfolded(result, level.size)


rule(
    *names("""
    sum.dim_IntList nansum mean.dim nanmean amax amin logsumexp var std var_mean.correction std_mean.correction linalg_vector_norm
    all any count_nonzero
    """)
)(_over)

_WHOLE: Final = {"sum": "sum.dim_IntList", "mean": "mean.dim"}


@rule(*_WHOLE)
def _whole(level: Batching, row: Op, args: list[Any]) -> Any:
    """Reduce all of a sample."""
    return _over(level, TABLE[_WHOLE[row.schema.name]], [args[0], None, False, args[1]])


@rule("max", "min")
def _extreme(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, _ = _first(level, args)
    if not math.prod(inner._value.shape[1:]):
        raise RuntimeError(
            f"{row.name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
            "argument."
        )
    return run(TABLE[f"a{row.name}"], [TENSORS.reshape(inner, (level.size, -1)), (1,), False])


@rule("prod")
def _product(level: Batching, row: Op, args: list[Any]) -> Any:
    flat = TENSORS.reshape(level.full(args[0]), _flat(level, args[0]))
    return run(TABLE["prod.dim_int"], [flat, 1, False, args[1]])


def _flat(level: Batching, tensor: Tensor) -> tuple[int, int]:
    return level.size, math.prod(tensor._value.shape)


@rule("argmax", "argmin")
def _where_extreme(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    self, dim, keepdim = args
    if dim is not None:
        return _along(level, row, args)
    found: Tensor = run(row, [TENSORS.reshape(inner, _flat(level, self)), 1, False])
    return TENSORS.reshape(found, (level.size, *(1,) * rank)) if keepdim else found


# -- views


@rule("view", "_reshape_alias", "_unsafe_view")
def _view(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, _ = _first(level, args)
    return run(row, [inner, _batched_shape(level, inferred(args[1], math.prod(inner._value.shape[1:])))])


@rule("expand")
def _expand(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    size = tuple(args[1])
    if len(size) < rank or -1 in size[: len(size) - rank]:
        # Raises what it would raise for a sample.
        run(row, [level.sample(args[0], 0), size])
    return run(row, [padded(inner, rank, len(size)), (level.size, *size)])


@rule("t")
def _t(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    if rank > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {rank}D")
    return TENSORS.transpose(inner, 1, 2) if rank == 2 else TENSORS.alias(inner)


@rule("transpose")
def _transpose(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    first, second = axis_of(args[1], rank), axis_of(args[2], rank)
    return run(row, [inner, first + 1, second + 1]) if rank else TENSORS.alias(inner)


@rule("permute")
def _permute(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    if len(args[1]) != rank:
        run(row, [level.sample(args[0], 0), args[1]])
    return run(row, [inner, (0, *(axis_of(d, rank) + 1 for d in args[1]))])


@rule("squeeze", "squeeze.dim", "squeeze.dims")
def _squeeze(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    dims = tuple(range(rank)) if len(args) == 1 else (args[1],) if isinstance(args[1], int) else tuple(args[1])
    axes = axes_of(dims, rank) if dims else ()
    return run(TABLE["squeeze.dims"], [inner, tuple(a + 1 for a in axes if rank)]) if rank and axes else TENSORS.alias(inner)


@rule("unsqueeze")
def _unsqueeze(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    return run(row, [inner, axis_of(args[1], rank + 1) + 1])


@rule("alias", "_fw_primal", "_make_dual", "_conj", "tril", "triu")
def _same_form(level: Batching, row: Op, args: list[Any]) -> Any:
    return run(row, [level.full(args[0]), *args[1:]])


@rule("select", "slice", "unfold", "unbind", "split", "split_with_sizes", "diagonal", "narrow")
def _part(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    places = _places(row)
    if not rank and row.name == "unfold":
        return TENSORS.select(run(row, [TENSORS.unsqueeze(inner, 1), 1, *args[2:]]), 1, 0)
    if not rank:
        # Raises what it would raise for a sample.
        run(row, [level.sample(args[0], 0), *args[1:]])
    changed = [inner, *args[1:]]
    for name in ("dim", "dimension", "dim1", "dim2"):
        if name in places:
            changed[places[name]] = axis_of(args[places[name]], rank) + 1
    return run(row, changed)


@rule("select_backward", "slice_backward", "unfold_backward", "diagonal_backward")
def _part_backward(level: Batching, row: Op, args: list[Any]) -> Any:
    size = tuple(args[1])
    changed = [level.full(args[0]), _batched_shape(level, size), *args[2:]]
    for name, place in _places(row).items():
        if name in ("dim", "dimension", "dim1", "dim2"):
            changed[place] = axis_of(args[place], len(size)) + 1
    return run(row, changed)


_NOT_IN_FRONT: Final = (
    "vmap: Calling Tensor.as_strided is not supported unless the batch dims being vmapped over are at the front of the tensor (in memory "
    "layout). When they are not at the front of the tensor this operation can be error prone so we actively discourage it; please file "
    "us a bug report and/or try to express the as_strided operation in terms of PyTorch view operations"
)


@rule("as_strided", "as_strided_copy")
def _as_strided(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, _ = _first(level, args)
    strides = strides_of(inner._value)
    if level.size > 1 and any(s > strides[0] for s in strides[1:]):
        raise RuntimeError(_NOT_IN_FRONT)
    size, stride, offset = tuple(args[1]), tuple(args[2]), args[3]
    step = strides_of(inner._value)[0] if level.size > 1 else 1
    start = storage_offset(inner._value)
    return run(row, [inner, _batched_shape(level, size), (step, *stride), start if offset is None else start + offset])


@rule("restrided")
def _restrided(level: Batching, row: Op, args: list[Any]) -> Any:
    self, *geometries = args
    # Every sample gets a memory of its own, as large as any of the three reaches.
    step = 1 + max(
        offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) for shape, strides, offset in geometries
    )
    wide = [((level.size, *shape), (step, *strides), offset) for shape, strides, offset in geometries]
    return run(row, [level.full(self), *wide])


# -- copies in another shape


@rule("repeat")
def _repeat(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    repeats = tuple(args[1])
    return run(row, [padded(inner, rank, len(repeats)), (1, *repeats)])


@rule("roll")
@decomposed
def _roll(level: Batching, row: Op, args: list[Any]) -> Any:
    self, shifts, dims = args[:3]
    if dims:
        inner = level.lowered(lambda: run(row, [level.full(self), shifts, _shifted(dims, level.rank(self))]))
        return level.wrap(inner)
    return TENSORS.roll(self.reshape(-1), shifts, (0,)).reshape(self.shape)


@rule("diag_embed")
def _diag_embed(level: Batching, row: Op, args: list[Any]) -> Any:
    inner, rank = _first(level, args)
    first, second = (axis_of(d, rank + 1) + 1 for d in args[2:4])
    return run(row, [inner, args[1], first, second])


@rule("diagonal_copy")
@decomposed
def _diagonal_copy(level: Batching, row: Op, args: list[Any]) -> Any:
    return TENSORS.diagonal(args[0], args[1]).clone()


@rule("trace")
@decomposed
def _trace(level: Batching, row: Op, args: list[Any]) -> Any:
    if args[0]._value.ndim != 2:
        raise RuntimeError("trace: expected a matrix")
    return TENSORS.diagonal(args[0]).sum()
