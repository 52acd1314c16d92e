"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

from ...dispatch import run
from ...rules import TENSORS
from ...table import TABLE, Op
from ...tensor import Tensor
from ..batching import Batching, rule
from .elementwise import decomposed

__all__: list[str] = []


def _checked(level: Batching, row: Op, args: list[Any], *ranks: int) -> None:
    """See that samples have the right number of dimensions.

    Raises:
        RuntimeError: They have not.
    """
    found = [level.rank(a) for a in args]
    if found != list(ranks):
        raise RuntimeError(
            f"Shape mismatch: Got incorrect dims for {row.name}(a, b). a has dim {found[0]}and b has dim {found[1]}but expected them to "
            f"have dim {ranks[0]} and dim {ranks[1]}"
        )


@rule("mm")
def _mm(level: Batching, row: Op, args: list[Any]) -> Any:
    self, mat2 = args
    _checked(level, row, args, 2, 2)
    if level.is_batched(mat2):
        return run(TABLE["bmm"], [level.full(self), level.full(mat2)])
    # A batch of matrices times one matrix is one larger matrix times it.
    rows = level.front(self)
    size, n, k = rows._value.shape
    product = run(row, [TENSORS.reshape(rows, (size * n, k)), mat2])
    return TENSORS._unsafe_view(product, (size, n, mat2._value.shape[1]))


@rule("bmm")
def _bmm(level: Batching, row: Op, args: list[Any]) -> Any:
    self, mat2 = args
    _checked(level, row, args, 3, 3)
    a, b = level.full(self), level.full(mat2)
    size, count, n, k = a._value.shape
    m = b._value.shape[3]
    product = run(row, [TENSORS.reshape(a, (size * count, n, k)), TENSORS.reshape(b, (size * count, k, m))])
    return TENSORS._unsafe_view(product, (size, count, n, m))


@rule("mv")
def _mv(level: Batching, row: Op, args: list[Any]) -> Any:
    self, vec = args
    _checked(level, row, args, 2, 1)
    if not level.is_batched(self):
        return run(TABLE["mm"], [level.front(vec), TENSORS.t(self)])
    if not level.is_batched(vec):
        rows = level.front(self)
        size, n, k = rows._value.shape
        return TENSORS._unsafe_view(run(row, [TENSORS.reshape(rows, (size * n, k)), vec]), (size, n))
    return TENSORS.squeeze_dim(run(TABLE["bmm"], [level.front(self), TENSORS.unsqueeze(level.front(vec), 2)]), 2)


@rule("dot", "vdot")
def _dot(level: Batching, row: Op, args: list[Any]) -> Any:
    first, second = args
    if level.rank(first) != 1 or level.rank(second) != 1:
        raise RuntimeError("Got wrong shapes for dot")
    a, b = level.front(first), level.front(second)
    if row.name == "vdot":
        a = TENSORS.conj(a)
    if not (level.is_batched(first) and level.is_batched(second)):
        matrix, vector = (a, b) if level.is_batched(first) else (b, a)
        return run(TABLE["mv"], [matrix, vector])
    product = run(TABLE["bmm"], [TENSORS.unsqueeze(a, 1), TENSORS.unsqueeze(b, 2)])
    return TENSORS.reshape(product, (level.size,))


@rule("addmm", "addmv", "baddbmm", "addbmm", "addr")
@decomposed
def _added(level: Batching, row: Op, args: list[Any]) -> Any:
    self, first, second, beta, alpha = args
    if row.name == "addr":
        product = first.unsqueeze(1) * second
    else:
        kind = {"addmm": "mm", "addmv": "mv", "baddbmm": "bmm", "addbmm": "bmm"}[row.name]
        product = getattr(TENSORS, kind)(first, second)
    if row.name == "addbmm":
        product = product.sum(0)
    if alpha != 1:
        product = product * alpha
    if beta == 0:
        return product
    # The sum has the product's shape: an addend with more dimensions does not fit.
    return TENSORS.expand(self, tuple(product._value.shape)) * beta + product if beta != 1 else _plus(self, product)


def _plus(self: Tensor, product: Tensor) -> Tensor:
    if self._value.ndim > product._value.ndim:
        TENSORS.expand(self, tuple(product._value.shape))
    return product + self
