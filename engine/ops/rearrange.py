"""Elements put in other places: flips and rolls, triangles and diagonals, repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op, public
from ..dtypes import of_array
from ..rules import TENSORS, helper
from ..schema import integers
from ..tensor import Tensor
from .vocabulary import axes_of, axis_of

__all__: list[str] = []


# -- flips, turns, rolls


def _flip(self: Any, dims: tuple[int, ...]) -> Any:
    return np.flip(self, axes_of(dims, self.ndim)).copy() if dims and self.ndim else np.array(self)


op(
    "flip(Tensor self, int[] dims)",
    _flip,
    "self backwards along dims",
    keeps_layout=True,
    self="flip(grad, dims)",
)


@public
def fliplr(input: Tensor) -> Tensor:
    """input with its columns in reverse order."""
    if input._value.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return TENSORS.flip(input, (1,))


@public
def flipud(input: Tensor) -> Tensor:
    """input with its rows in reverse order."""
    if input._value.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return TENSORS.flip(input, (0,))


def _rot90(self: Any, k: int = 1, dims: tuple[int, ...] = (0, 1)) -> Any:
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if self.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == self.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    first, second = (axis_of(d, self.ndim) for d in dims)
    turns = k % 4
    if turns == 2:
        return np.flip(self, (first, second)).copy()
    if turns == 0:
        return np.array(self, order="C")
    return np.array(np.flip(self, second if turns == 1 else first)).swapaxes(first, second)


op(
    "rot90(Tensor self, int k=1, int[] dims=[0, 1])",
    _rot90,
    "self turned by k quarters in the plane of dims",
    keeps_layout=True,
    self="rot90(grad, -k, dims)",
)


def _roll(self: Any, shifts: tuple[int, ...], dims: tuple[int, ...] = ()) -> Any:
    if not shifts:
        raise RuntimeError("`shifts` required")
    if len(shifts) != len(dims) and not (len(shifts) == 1 and not dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if dims and not self.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    return np.roll(self, shifts if dims else shifts[0], tuple(axis_of(d, self.ndim) for d in dims) or None)


@helper
def negative(k: Any, numbers: Sequence[int]) -> tuple[int, ...]:
    """Each number with its sign turned."""
    return tuple([-n for n in numbers])


op(
    "roll(Tensor self, int[1] shifts, int[1] dims=[])",
    _roll,
    "self shifted along dims, around the ends",
    self="roll(grad, negative(shifts), dims)",
)


# -- triangles and diagonals


def _triangle(name: str, cut: Any) -> Any:
    def forward(self: Any, diagonal: int = 0) -> Any:
        if self.ndim < 2:
            raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
        return cut(self, diagonal)

    return forward


op(
    "tril(Tensor self, int diagonal=0)",
    _triangle("tril", np.tril),
    "self below the diagonal, 0 above",
    inplace=True,
    self="tril(grad, diagonal)",
)
op(
    "triu(Tensor self, int diagonal=0)",
    _triangle("triu", np.triu),
    "self above the diagonal, 0 below",
    inplace=True,
    self="triu(grad, diagonal)",
)


def _diag_embed(self: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    ndim = self.ndim + 1
    first, second = axis_of(dim1, ndim), axis_of(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    n = self.shape[-1] + abs(offset)
    square = np.zeros((*self.shape[:-1], n, n), self.dtype)
    rows = np.arange(self.shape[-1])
    square[..., rows + max(0, -offset), rows + max(0, offset)] = self
    return np.ascontiguousarray(np.moveaxis(square, (-2, -1), (first, second)))


op(
    "diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1)",
    _diag_embed,
    "self on a diagonal, 0 elsewhere",
    self="diagonal(grad, offset, dim1, dim2)",
)


@public(out="diag")
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, copied, or the matrix with a vector on its diagonal."""
    if input._value.ndim == 1:
        return TENSORS.diag_embed(input, diagonal)
    if input._value.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input._value.ndim}D")
    return TENSORS.diagonal_copy(input, diagonal)


@public
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with the elements of input on its diagonal."""
    return TENSORS.diag_embed(TENSORS.ravel(input), offset)


def _trace(self: Any) -> Any:
    if self.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.ndim}")
    return np.trace(self, dtype=np.int64 if self.dtype.kind in "iub" else self.dtype)


op(
    "trace(Tensor self)",
    _trace,
    "the sum of the diagonal",
    self="diag_of(grad, self.shape)",
)


def _diag_of(grad: Any, size: tuple[int, ...]) -> Any:
    result = np.zeros(size, grad.dtype)
    np.fill_diagonal(result, grad)
    return result


op(
    "diag_of(Tensor grad_output, int[] size)",
    _diag_of,
    "grad_output on the diagonal",
    function=False,
    grad_output="trace(grad)",
)


# -- repetitions


def _repeat(self: Any, repeats: tuple[int, ...]) -> Any:
    extra = len(repeats) - self.ndim
    if extra < 0:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    shape = [n * r for n, r in zip((1,) * extra + self.shape, repeats, strict=True)]
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {next(n for n in shape if n < 0)}: {shape}")
    return np.tile(self, repeats)


@helper
def repeat_backward(k: Any, grad: Any, repeats: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """The copies' gradients, added up."""
    if 0 in repeats:
        return k.zeros_of(grad, shape)
    extra = len(repeats) - len(shape)
    split: list[int] = []
    for i, n in enumerate(repeats):
        split += [n, 1 if i < extra else shape[i - extra]]
    return k.reshape(k.sum_dim_IntList(k.reshape(grad, tuple(split)), tuple(range(0, len(split), 2)), False), shape)


op(
    "repeat(Tensor self, int[] repeats)",
    _repeat,
    "self, side by side",
    function=False,
    method=True,
    self="repeat_backward(grad, repeats, self.shape)",
)


def _tiled(input: Tensor, counts: tuple[int, ...]) -> Tensor:
    return TENSORS.repeat(input, (1,) * (input._value.ndim - len(counts)) + counts)


@public(method=False)
def tile(input: Tensor, dims: Sequence[int]) -> Tensor:
    """input repeated, as NumPy's tile does it."""
    if not isinstance(dims, (tuple, list)):
        raise TypeError(f"tile(): argument 'dims' (position 2) must be tuple of ints, not {type(dims).__name__}")
    return _tiled(input, integers("tile", "dims", (dims,), 2))


@public(function=False, name="tile")
def _method_tile(self: Tensor, *args: Any, dims: Any = None) -> Tensor:
    """self repeated, as NumPy's tile does it."""
    return _tiled(self, integers("tile", "dims", args if dims is None else (dims,), 1))


def _places_repeated(repeats: Any, output_size: int | None = None) -> Any:
    if repeats.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats.dtype not in (np.int64, np.int32):
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{of_array(repeats)._legacy}'")
    if (repeats < 0).any():
        raise RuntimeError("repeats can not be negative")
    if output_size is not None and output_size != repeats.sum():
        raise RuntimeError("allocated size does not match required size")
    return np.repeat(np.arange(repeats.size, dtype=repeats.dtype), repeats)


_repeated_places: Any = op(
    "repeat_interleave.Tensor(Tensor repeats, *, int? output_size=None)",
    _places_repeated,
    "each index as many times as repeats says",
    function=False,
)


@public
def repeat_interleave(input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None) -> Tensor:
    """Each element (or slice along dim) repeated; with repeats alone, the indices that do so."""
    if repeats is None:
        return _repeated_places(input, output_size=output_size)
    along = input if dim is not None else TENSORS.flatten(input)
    axis = 0 if dim is None else dim
    if isinstance(repeats, Tensor):
        length = along._value.shape[axis_of(axis, along._value.ndim)] if along._value.ndim else 1
        counts = repeats
        if counts._value.ndim > 1:
            raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
        if counts._value.ndim == 0 or counts._value.shape == (1,):
            counts = TENSORS.expand(TENSORS.reshape(counts, (1,)), (length,))
        elif counts._value.size != length:
            raise RuntimeError(
                f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts._value.size} and "
                f"input.size({axis}) = {length}"
            )
        return TENSORS.index_select(along, axis, _repeated_places(counts, output_size=output_size))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    ndim = along._value.ndim
    axis = axis_of(axis, ndim)
    shape = along._value.shape
    if output_size is not None and output_size != shape[axis] * repeats:
        raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {shape[axis] * repeats} but got {output_size}")
    spread = TENSORS.unsqueeze(along, axis + 1)
    spread = TENSORS.expand(spread, (*shape[: axis + 1], repeats, *shape[axis + 1 :]))
    return TENSORS.flatten(TENSORS.contiguous(spread), axis, axis + 1)
