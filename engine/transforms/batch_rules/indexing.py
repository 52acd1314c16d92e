"""Choosing, scattering and joining."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...dispatch import run
from ...ops.vocabulary import axis_of
from ...rules import TENSORS
from ...table import TABLE, Op
from ...tensor import Tensor, wrap
from ..batching import Batching, rule
from .elementwise import by_sample, decomposed

__all__: list[str] = []


@rule("cat")
def _cat(level: Batching, row: Op, args: list[Any]) -> Any:
    tensors, dim = args
    # An empty vector joins anything.
    joined = [t for t in tensors if t._value.shape != (0,)] or list(tensors[:1])
    if any(not t._value.ndim for t in tensors):
        run(row, [tuple(level.sample(t, 0) for t in tensors), dim])
    return run(row, [tuple(level.full(t) for t in joined), axis_of(dim, joined[0]._value.ndim) + 1])


@rule("stack")
def _stack(level: Batching, row: Op, args: list[Any]) -> Any:
    tensors, dim = args
    if any(t._value.shape != tensors[0]._value.shape for t in tensors):
        run(row, [tuple(level.sample(t, 0) for t in tensors), dim])
    return run(row, [tuple(level.full(t) for t in tensors), axis_of(dim, tensors[0]._value.ndim + 1) + 1])


# -- along a dimension, by an index of the same number of dimensions


def _with_one(inner: Tensor, rank: int) -> Tensor:
    return inner if rank else TENSORS.unsqueeze(inner, 1)


@rule("gather")
def _gather(level: Batching, row: Op, args: list[Any]) -> Any:
    self, dim, index, sparse = args
    rank = max(level.rank(self), level.rank(index))
    found = run(
        row,
        [
            _with_one(level.full(self), level.rank(self)),
            axis_of(dim, level.rank(self)) + 1,
            _with_one(level.full(index), level.rank(index)),
            sparse,
        ],
    )
    return found if rank and level.rank(index) else TENSORS.reshape(found, (level.size,))


@rule("gather_backward")
def _gather_backward(level: Batching, row: Op, args: list[Any]) -> Any:
    grad, size, dim, index = args
    shape = (level.size, *(size or (1,)))
    parts = (_with_one(level.full(t), level.rank(t)) for t in (grad, index))
    grads, places = parts
    found = run(row, [grads, shape, axis_of(dim, len(size)) + 1, places])
    return found if size else TENSORS.reshape(found, (level.size,))


@rule("index_select")
@decomposed
def _index_select(level: Batching, row: Op, args: list[Any]) -> Any:
    self, dim, index = args
    rank = level.rank(self)
    if level.is_batched(index) and rank:
        flat = index if level.rank(index) else index.unsqueeze(0)
        return TENSORS.index(self, [*(None,) * axis_of(dim, rank), flat])

    def chosen() -> Tensor:
        found: Tensor = run(row, [_with_one(level.full(self), rank), axis_of(dim, rank) + 1, index])
        return found if rank else TENSORS.reshape(found, (level.size,))

    if not rank:
        return level._wrapped(level.lowered(by_sample, level, row, args))
    return level.wrap(level.lowered(chosen))


@rule("index_select_backward")
@decomposed
def _index_select_backward(level: Batching, row: Op, args: list[Any]) -> Any:
    grad, size, dim, index = args
    if level.is_batched(index) or not size:
        return level._wrapped(level.lowered(by_sample, level, row, args))
    shape = (level.size, *size)
    return level.wrap(level.lowered(lambda: run(row, [level.full(grad), shape, axis_of(dim, len(size)) + 1, index])))


# -- by lists of indices


class _Places:
    """Where a list of indices points in every sample of a batch, and how the result lies.

    Attributes:
        indices: The indices one level below, with one for the samples in front.
        shape: The shape of one sample's result.
        order: The dimensions of what the indices give below, as they are to be in the result.
    """

    def __init__(self, level: Batching, shape: Sequence[int], indices: Sequence[Tensor | None]) -> None:
        found: list[Tensor | None] = []
        for index in indices:
            if index is None or index._value.dtype not in (np.bool_, np.uint8):
                found.append(index)
            elif level.is_batched(index):
                raise RuntimeError(
                    "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over indexing with "
                    "a boolean mask."
                )
            else:
                found += TENSORS.nonzero(index).unbind(1)
        used = [d for d, index in enumerate(found) if index is not None]
        pointing = [i for i in found if i is not None]
        rest = [n for d, n in enumerate(shape) if d >= len(found) or found[d] is None]
        common = np.broadcast_shapes(*(i._value.shape for i in pointing))
        width = len(common)
        samples = wrap(np.arange(level.size).reshape(level.size, *(1,) * width))
        self.indices = [samples, *(None if i is None else _widened(level, i, width) for i in found)]
        together = used == list(range(used[0], used[-1] + 1))
        before = used[0] if together else 0
        # Below, the samples' index parts the others unless they come first: then theirs come first, and what stood before after.
        self.shape = (*rest[:before], *common, *rest[before:])
        count = len(rest)
        self.order = (
            0,
            *(1 + width + d for d in range(before)),
            *range(1, 1 + width),
            *range(1 + width + before, 1 + width + count),
        )

    def backwards(self) -> tuple[int, ...]:
        """The order that undoes `order`."""
        return tuple(int(d) for d in np.argsort(self.order))


def _widened(level: Batching, index: Tensor, width: int) -> Tensor:
    inner = level.front(index)
    if not level.is_batched(index):
        return inner
    missing = width - level.rank(index)
    return TENSORS.view(inner, (level.size, *(1,) * missing, *inner._value.shape[1:])) if missing else inner


@rule("index")
def _index(level: Batching, row: Op, args: list[Any]) -> Any:
    self, indices = args
    _check_places(level, row, args)
    places = _Places(level, self._value.shape, indices)
    found = run(row, [level.full(self), tuple(places.indices)])
    return found if places.order == tuple(range(len(places.order))) else TENSORS.permute(found, places.order)


def _check_places(level: Batching, row: Op, args: list[Any]) -> None:
    """Raise what the row would raise for a sample whose indices do not fit."""
    if not level.size:
        return
    shapes = [i._value.shape for i in args[1] if i is not None and i._value.dtype not in (np.bool_, np.uint8)]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        chosen = tuple(None if i is None else level.sample(i, 0) for i in args[1])
        run(TABLE["index"], [level.sample(args[0], 0), chosen])


@rule("index_put")
def _index_put(level: Batching, row: Op, args: list[Any]) -> Any:
    self, indices, values, accumulate = args
    places = _Places(level, self._value.shape, indices)
    rank = level.rank(values)
    extra = rank - len(places.shape)
    given = level.full(values)
    if extra > 0 and all(n == 1 for n in given._value.shape[1 : 1 + extra]):
        given = TENSORS.reshape(given, (level.size, *given._value.shape[1 + extra :]))
        rank -= extra
    if rank < len(places.shape):
        given = TENSORS.reshape(given, (level.size, *(1,) * (len(places.shape) - rank), *given._value.shape[1:]))
    spread = TENSORS.expand(given, (level.size, *places.shape))
    ordered = TENSORS.permute(spread, places.backwards())
    return run(row, [level.full(self), tuple(places.indices), ordered, accumulate])


@rule("index_backward")
@decomposed
def _index_backward(level: Batching, row: Op, args: list[Any]) -> Any:
    grad, size, indices = args
    zeros = wrap(np.zeros(tuple(size), grad._value.dtype))
    return TENSORS.index_put(zeros, indices, grad, True)


@rule("masked_select")
def _masked_select(level: Batching, row: Op, args: list[Any]) -> Any:
    if level.is_batched(args[1]):
        raise RuntimeError(
            "vmap: Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support this because for each batch this "
            "would return a differently shaped Tensor. Please file an issue at https://github.com/pytorch/pytorch/issues if you need "
            "this feature."
        )
    return by_sample(level, row, args)
