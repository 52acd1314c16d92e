"""What the rows of linear algebra share: checks with PyTorch's words, elimination with pivots, triangular systems."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import of_array
from ..rules import helper

__all__ = [
    "LinAlgError",
    "by_columns",
    "check_matrix",
    "check_square",
    "check_system",
    "eliminated",
    "failed",
    "permuted",
    "substituted",
]


class LinAlgError(RuntimeError):
    """A matrix does not have what was asked of it: an inverse, a Cholesky factor."""


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"
LinAlgError.__module__ = "torch._C"


def check_matrix(name: str, value: Any, argument: str = "A") -> None:
    """See that an argument is a matrix of floats, or a batch of them.

    Raises:
        RuntimeError: It is not.
    """
    if value.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")
    if value.dtype.kind not in "fc" or value.dtype.char == "e":
        kind = of_array(value)._legacy
        if value.dtype.char == "e":
            raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {kind}")
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {kind}")


def check_square(name: str, value: Any, argument: str = "A") -> None:
    """See that an argument is a square matrix, or a batch of them.

    Raises:
        RuntimeError: It is not.
    """
    if value.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")
    rows, columns = value.shape[-2:]
    if rows != columns:
        raise RuntimeError(f"{name}: {argument} must be batches of square matrices, but they are {rows} by {columns} matrices")
    check_matrix(name, value, argument)


def failed(name: str, infos: Any, words: str) -> None:
    """Raise for the first matrix of a batch that failed.

    Args:
        name: The function.
        infos: For each matrix 0, or which of its leading parts failed, counted from 1.
        words: What to say of it; `{}` stands for the number.
    """
    places = np.argwhere(infos)
    if not len(places):
        return
    where = tuple(places[0])
    batch = f"(Batch element {int(np.ravel_multi_index(where, np.shape(infos)))}): " if np.ndim(infos) else ""
    raise LinAlgError(f"{name}: {batch}{words.format(int(infos[where]))}")


def check_system(name: str, a: Any, b: Any, left: bool) -> None:
    """See that a matrix and a right-hand side make a system.

    Raises:
        RuntimeError: They do not.
    """
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {of_array(a)._legacy} and B of type "
            f"{of_array(b)._legacy} instead"
        )
    rows = b.shape[-2] if left else b.shape[-1]
    if a.shape[-2] != rows:
        what = "AX = B" if left else "XA = B"
        shapes = f"({a.shape[-2]}x{a.shape[-1]} and {b.shape[-2]}x{b.shape[-1]})"
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {what} {shapes}")


def eliminated(a: Any, pivoting: bool = True) -> tuple[Any, Any, Any]:
    """(L and U in one matrix, the row each step exchanged counted from 1, the first zero on U's diagonal or 0), batch by batch.

    Gaussian elimination with partial pivoting, a column of all matrices at a time.
    """
    lu = np.array(a)
    rows, columns = lu.shape[-2:]
    batch = lu.shape[:-2]
    flat = lu.reshape((math.prod(batch), rows, columns))
    each = np.arange(len(flat))
    steps = min(rows, columns)
    pivots = np.empty((len(flat), steps), np.int32)
    info = np.zeros(len(flat), np.int32)
    with np.errstate(all="ignore"):
        for j in range(steps):
            candidates = flat[:, j:, j]
            # (LAPACK's size of a complex number.)
            sizes = np.abs(candidates.real) + np.abs(candidates.imag)
            chosen = j + sizes.argmax(axis=1) if pivoting else np.full(len(flat), j)
            pivots[:, j] = chosen + 1
            kept = flat[each, chosen].copy()
            flat[each, chosen] = flat[:, j]
            flat[:, j] = kept
            head = flat[:, j, j]
            info[(head == 0) & (info == 0)] = j + 1
            factors = np.where(head[:, None] == 0, 0, flat[:, j + 1 :, j] / head[:, None])
            flat[:, j + 1 :, j] = factors
            flat[:, j + 1 :, j + 1 :] -= factors[:, :, None] * flat[:, j, None, j + 1 :]
    return by_columns(lu), pivots.reshape((*batch, steps)), info.reshape(batch)


def by_columns(value: Any) -> Any:
    """Matrices laid out column by column, as LAPACK leaves them."""
    return np.ascontiguousarray(value.swapaxes(-2, -1)).swapaxes(-2, -1)


def permuted(pivots: Any, rows: int) -> Any:
    """The order of rows that exchanging them step by step leads to."""
    batch = pivots.shape[:-1]
    flat = pivots.reshape((math.prod(batch), pivots.shape[-1]))
    order = np.tile(np.arange(rows), (len(flat), 1))
    each = np.arange(len(flat))
    for j in range(flat.shape[1]):
        other = flat[:, j] - 1
        kept = order[each, j].copy()
        order[each, j] = order[each, other]
        order[each, other] = kept
    return order.reshape((*batch, rows))


def substituted(a: Any, b: Any, upper: bool, unitriangular: bool = False) -> Any:
    """The solution of a triangular system, row by row."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    n = a.shape[-1]
    x = np.array(np.broadcast_to(b, (*batch, *b.shape[-2:])), order="C")
    with np.errstate(all="ignore"):
        for i in reversed(range(n)) if upper else range(n):
            known = slice(i + 1, n) if upper else slice(0, i)
            x[..., i : i + 1, :] -= a[..., i : i + 1, known] @ x[..., known, :]
            if not unitriangular:
                x[..., i, :] /= a[..., i, i, None]
    return x


@helper
def mh(k: Any, value: Any) -> Any:
    """A matrix transposed and conjugated."""
    return k.conj(k.transpose(value, -2, -1))


@helper
def column(k: Any, value: Any) -> Any:
    """A number for each matrix of a batch, as a matrix of one element."""
    return k.unsqueeze(k.unsqueeze(value, -1), -1)
