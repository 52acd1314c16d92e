"""Ops that work element by element, and what is done for an op that no rule is known for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ...dispatch import run
from ...dtypes import result_dtype
from ...rules import TENSORS
from ...table import Op
from ...tensor import Tensor
from ..batching import Batching, Rule, rule
from ..families import is_elementwise
from ..level import names

__all__ = ["aligned", "by_sample", "decomposed", "default_rule", "no_room", "padded", "pointwise"]

DYNAMIC: Final = frozenset({"nonzero", "unique", "_unique2", "unique_dim", "unique_consecutive", "bincount", "argwhere"})
"""Rows whose result has a shape that depends on the numbers."""


def padded(inner: Tensor, samples: int, rank: int) -> Tensor:
    """A batch whose samples have more dimensions, of size 1, in front."""
    missing = rank - samples
    if missing <= 0:
        return inner
    shape = inner._value.shape
    return TENSORS.view(inner, (shape[0], *(1,) * missing, *shape[1:])) if _dense(inner) else _unsqueezed(inner, missing)


def _dense(tensor: Tensor) -> bool:
    return bool(tensor._value.flags.c_contiguous)


def _unsqueezed(tensor: Tensor, times: int) -> Tensor:
    for _ in range(times):
        tensor = TENSORS.unsqueeze(tensor, 1)
    return tensor


def aligned(level: Batching, row: Op, args: Sequence[Any]) -> list[Any]:
    """Arguments so that a call on all samples at once broadcasts as one on each would."""
    tensors = [a for a in args if isinstance(a, Tensor)]
    rank = max(level.rank(t) for t in tensors)
    common = None
    # PyTorch's own `where` does not look at that under vmap.
    if row.promote is not None and row.name != "where" and any(level.is_batched(t) and not level.rank(t) for t in tensors):
        operands = [args[i] for i in row.operands if args[i] is not None]
        # A sample without dimensions counts less than one with some, though its batch has one.
        common = result_dtype([np.empty(a._value.shape, a._value.dtype) if isinstance(a, Tensor) else a for a in operands])
    found: list[Any] = []
    for a in args:
        if not isinstance(a, Tensor):
            found.append(a)
            continue
        inner = level.front(a)
        if level.is_batched(a):
            samples = level.rank(a)
            if common is not None and not samples and inner.dtype is not common:
                inner = TENSORS.to_dtype(inner, common)
            inner = padded(inner, samples, rank)
        found.append(inner)
    return found


def pointwise(level: Batching, row: Op, args: list[Any]) -> Any:
    """Call a row on whole batches that broadcast."""
    return run(row, [_by_samples(a) for a in aligned(level, row, args)])


def _by_samples(value: Any) -> Any:
    """A batch that lies in memory sample by sample, so that each result does."""
    if not isinstance(value, Tensor) or value._value.ndim < 2:
        return value
    strides = value._value.strides
    return value if strides[0] >= max(strides[1:]) or not strides[0] else TENSORS.contiguous(value)


def _as_first(level: Batching, row: Op, args: list[Any]) -> Any:
    """The same, for a row whose result has the shape of its first argument."""
    return run(row, [level.full(args[0]), *aligned(level, row, args)[1:]])


rule("copy", "fill.Scalar", "zero")(_as_first)


def decomposed(made: Any) -> Any:
    """Mark a rule that calls other ops on the batched tensors themselves, at their own level."""
    made.decomposed = True
    return made


@rule("fill.Tensor")
@decomposed
def _fill(level: Batching, row: Op, args: list[Any]) -> Any:
    return TENSORS["copy"](args[0], args[1])


@rule("masked_fill.Tensor")
@decomposed
def _masked_fill(level: Batching, row: Op, args: list[Any]) -> Any:
    filled = args[2] if args[2].dtype is args[0].dtype else TENSORS.to_dtype(args[2], args[0].dtype)
    return TENSORS.where(args[1], filled, args[0])


def _reduced_loss(level: Batching, row: Op, args: list[Any]) -> Any:
    """An element-by-element loss, whose sum or mean is taken for each sample."""
    place = next(i for i, p in enumerate(row.schema.parameters) if p.name == "reduction")
    reduction = args[place]

    def losses() -> Tensor:
        found: Tensor = run(row, aligned(level, row, [*args[:place], 0, *args[place + 1 :]]))
        return found

    found = level.wrap(level.lowered(losses))
    return found if reduction == 0 else found.mean() if reduction == 1 else found.sum()


rule(
    "mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "soft_margin_loss"
)(decomposed(_reduced_loss))


@rule("nll_loss")
@decomposed
def _nll_loss(level: Batching, row: Op, args: list[Any]) -> Any:
    self, target, weight, reduction, ignored = args
    if self._value.ndim > 2 or level.is_batched(weight):
        return level._wrapped(level.lowered(by_sample, level, row, args))
    losses = level.wrap(level.lowered(_each_loss, level, row, args))
    if reduction == 2:
        return losses.sum()
    if reduction == 0:
        return losses
    counted = TENSORS.to_dtype(target != ignored, self.dtype)
    if weight is not None:
        counted = counted * TENSORS.index(weight, [TENSORS.where(target != ignored, target, 0)])
    return losses.sum() / counted.sum()


def _each_loss(level: Batching, row: Op, args: list[Any]) -> Tensor:
    self, target, weight, _, ignored = args
    values, classes = level.full(self), level.full(target)
    count = values._value.shape[-1]
    flat = run(row, [values.reshape(-1, count), classes.reshape(-1), weight, 0, ignored])
    found: Tensor = flat.reshape(values._value.shape[:-1])
    return found


# -- writing

_ARITHMETIC: Final = names("sub mul div copy clamp_min clamp_max logical_and logical_or logical_xor")
_NAMED: Final = names("fill index_put index_add index_fill")
_BROADCASTING: Final = names("add atan2 bitwise_and bitwise_or bitwise_xor copysign gcd lcm")


def no_room(level: Batching, row: Op, args: Sequence[Any], name: str) -> RuntimeError:
    """The error for a batch that is to be written where there is room for one sample only."""
    if row.name in _BROADCASTING:
        shape = np.broadcast_shapes(*(a._value.shape for a in args if isinstance(a, Tensor)))
        own = list(args[0]._value.shape)
        return RuntimeError(f"output with shape {own} doesn't match the broadcast shape {[level.size, *shape]}")
    where = "in a vmap"
    if row.name in _ARITHMETIC or row.schema.name == "masked_fill.Scalar":
        called = "inplace arithmetic"
    elif row.name in _NAMED:
        called = name
    else:
        called, where = f"aten::{name}", f"at level {level.depth}"
    return RuntimeError(
        f"vmap: {called}(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has more elements "
        f"than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over {where}. Please try to use "
        f"out-of-place operators instead of {called}. If said operator is being called inside the PyTorch framework, please file a bug "
        "report instead."
    )


# -- sample by sample


def by_sample(level: Batching, row: Op, args: list[Any]) -> Any:
    """Call a row on each sample, and stack the results.

    Raises:
        RuntimeError: The results differ in shape by nature, or there is no sample.
    """
    if row.name in DYNAMIC:
        raise RuntimeError(
            f"vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::{row.name}. "
            "Please file an issue at https://github.com/pytorch/pytorch/issues if you need this feature."
        )
    if not level.size:
        raise RuntimeError(
            f"Batching rule not implemented for aten::{row.name}. The fallback path does not support vmap over dims of size 0."
        )
    results = []
    for index in range(level.size):
        chosen = [
            level.sample(a, index)
            if isinstance(a, Tensor)
            else tuple([None if t is None else level.sample(t, index) for t in a])
            if a.__class__ is tuple and any(isinstance(t, Tensor) for t in a)
            else a
            for a in args
        ]
        results.append(run(row, chosen))
    if not row.many:
        return TENSORS.stack(results)
    stacked = [TENSORS.stack(list(column)) for column in zip(*results, strict=True)]
    return type(results[0])(*stacked) if hasattr(results[0], "_fields") else tuple(stacked)


def default_rule(row: Op) -> Rule:
    """The rule for a row that has none of its own."""
    return pointwise if is_elementwise(row) else by_sample
