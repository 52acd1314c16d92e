"""Tensors joined: cat and stack, and the functions over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import geometry
from ..api import op, public
from ..dtypes import int64, promote_types
from ..frames import warn
from ..promotion import arithmetic
from ..rules import TENSORS, helper
from ..tensor import Tensor, wrap
from .shape import reshape, unsqueezed_to
from .vocabulary import axis_of

__all__: list[str] = []


def _one_kind(tensors: Sequence[Any]) -> list[Any]:
    operands = list(tensors)
    arithmetic(operands, range(len(operands)))
    return operands


def _cat(tensors: list[Any], dim: int = 0) -> Any:
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(tensors):
        if not t.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    # An empty vector joins anything.
    real = [(i, t) for i, t in enumerate(tensors) if t.shape != (0,)] or [(0, tensors[0])]
    first = real[0][1]
    axis = axis_of(dim, first.ndim)
    for i, t in real[1:]:
        if t.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {t.ndim}")
        for d in range(first.ndim):
            if d != axis and t.shape[d] != first.shape[d]:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {first.shape[d]} but got size {t.shape[d]} "
                    f"for tensor number {i} in the list."
                )
    joined = np.concatenate([t for t in _one_kind(tensors) if t.shape != (0,)] or [first], axis)
    if first.ndim in (4, 5) and all(geometry.is_channels_last(t) for _, t in real):
        return geometry.channels_last(joined)
    return np.ascontiguousarray(joined)


@helper
def cat_backward(k: Any, grad: Any, shapes: list[tuple[int, ...]], dim: int) -> list[Any]:
    """The part of the gradient that belongs to each of the joined tensors."""
    parts = []
    start = 0
    for shape in shapes:
        if shape == (0,):
            parts.append(k.slice(k.reshape(grad, (-1,)), 0, 0, 0, 1))
            continue
        length = shape[axis_of(dim, len(shape))]
        parts.append(k.slice(grad, dim, start, start + length, 1))
        start += length
    return parts


_cat_row = op(
    "cat(Tensor[] tensors, int dim=0)",
    _cat,
    "the tensors, end to end along dim",
    method=False,
    keeps_layout=True,
    tensors="cat_backward(grad, tensors.shape, dim)",
)
public(method=False, name="concat")(TENSORS.cat)
public(method=False, name="concatenate")(TENSORS.cat)


def _stack(tensors: list[Any], dim: int = 0) -> Any:
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    axis = axis_of(dim, np.ndim(tensors[0]) + 1)
    for i, t in enumerate(tensors):
        if t.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and {list(t.shape)} at entry {i}"
            )
    return np.stack(_one_kind(tensors), axis)


op(
    "stack(Tensor[] tensors, int dim=0)",
    _stack,
    "the tensors along a new dimension",
    method=False,
    tensors="unbind(grad, dim)",
)


def _checked(name: str, tensors: Any, wanted: bool = True) -> Sequence[Tensor]:
    """What a function that joins tensors was given, if it is tensors.

    Raises:
        TypeError: It is not.
        RuntimeError: There are none, and there should be.
    """
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(tensors).__name__}")
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}")
    if wanted and not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


@public(method=False, out="hstack")
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side: along the second dimension, or the only one."""
    parts = [unsqueezed_to(1, t) for t in _checked("hstack", tensors)]
    return _cat_row(parts, 0 if parts[0]._value.ndim == 1 else 1)


def _stacked_rows(name: str) -> None:
    def joined(tensors: Sequence[Tensor]) -> Tensor:
        return _cat_row([unsqueezed_to(2, t) for t in _checked("vstack", tensors)], 0)

    joined.__name__ = joined.__qualname__ = name
    joined.__doc__ = "The tensors on top of each other, vectors as rows."
    public(method=False, out="vstack")(joined)


_stacked_rows("vstack")
_stacked_rows("row_stack")


@public(method=False, out="dstack")
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors along the third dimension."""
    return _cat_row([unsqueezed_to(3, t) for t in _checked("dstack", tensors)], 2)


@public(method=False, out="column_stack")
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side, vectors as columns."""
    given = _checked("column_stack", tensors)
    return hstack([reshape(t, (t._value.size, 1)) if t._value.ndim <= 1 else t for t in given])


# -- blocks


def _block_diag(tensors: list[Any]) -> Any:
    for i, t in enumerate(tensors):
        if t.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {t.ndim} dimensions"
            )
    if not tensors:
        return np.zeros((1, 0), np.float32)
    blocks = [np.atleast_2d(t) for t in _one_kind(tensors)]
    result = np.zeros((sum(b.shape[0] for b in blocks), sum(b.shape[1] for b in blocks)), blocks[0].dtype)
    row = column = 0
    for block in blocks:
        height, width = block.shape
        result[row : row + height, column : column + width] = block
        row += height
        column += width
    return result


@helper
def block_diag_backward(k: Any, grad: Any, shapes: list[tuple[int, ...]]) -> list[Any]:
    """Each block's part of the gradient."""
    parts = []
    row = column = 0
    for shape in shapes:
        height, width = (1,) * (2 - len(shape)) + tuple(shape)
        block = k.slice(k.slice(grad, 0, row, row + height, 1), 1, column, column + width, 1)
        parts.append(k.reshape(block, shape))
        row += height
        column += width
    return parts


_block_diag_row: Any = op(
    "block_diag(Tensor[] tensors)",
    _block_diag,
    "the matrices along a diagonal, 0 elsewhere",
    function=False,
    tensors="block_diag_backward(grad, tensors.shape)",
)


@public(method=False)
def block_diag(*tensors: Tensor) -> Tensor:
    """The matrices along a diagonal, 0 elsewhere; a vector is a row."""
    return _block_diag_row(_checked("block_diag", tensors, False))


# -- every combination


@public(method=False)
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """The coordinates of every point of a grid.

    Args:
        tensors: Vectors or numbers, one for each dimension.
        indexing: "ij", or "xy" to take the first two the other way round.
    """
    if indexing is None:
        warn("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", UserWarning)
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if any(t._value.dtype != given[0]._value.dtype for t in given):
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    for t in given:
        if t._value.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t}")
    order = list(range(len(given)))
    if indexing == "xy" and len(given) > 1:
        order[:2] = 1, 0
    shape = tuple([given[i]._value.size for i in order])
    views = [TENSORS.view(t, tuple([-1 if i == n else 1 for i in order])) for n, t in enumerate(given)]
    return tuple([TENSORS.expand(v, shape) for v in views])


@public(method=False)
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Every way to take one element of each vector, in rows."""
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}")
        if t._value.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t._value.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return TENSORS.stack([TENSORS.flatten(g) for g in meshgrid(*tensors, indexing="ij")], 1)


@public
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every way to take r elements of a vector, in rows."""
    if input._value.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input._value.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return wrap(np.empty(0, input._value.dtype))
    places = np.meshgrid(*[np.arange(input._value.size)] * r, indexing="ij")
    mask = np.ones((input._value.size,) * r, np.bool_)
    for i in range(r - 1):
        mask &= places[i] <= places[i + 1] if with_replacement else places[i] < places[i + 1]
    chosen = wrap(mask)
    return TENSORS.stack([TENSORS.masked_select(g, chosen) for g in meshgrid(*[input] * r, indexing="ij")], 1)


@public(method=False)
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:  # noqa: N803 (PyTorch's name)
    """The powers of each element from 0 to N - 1 (as many as there are elements, if not said), the highest first.

    Raises:
        RuntimeError: x has more than one dimension, or N is negative.
    """
    if x._value.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = len(x) if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    d = promote_types(x.dtype, int64)
    found = TENSORS.to_dtype(x.detach(), d).new_ones(len(x), count)
    if count > 1:
        found[:, 1:] = TENSORS.unsqueeze(x, 1)
        found[:, 1:] = TENSORS.cumprod(found[:, 1:], 1)
    return found if increasing else TENSORS.flip(found, (1,))
