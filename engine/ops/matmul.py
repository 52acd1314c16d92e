"""Products of tensors of any rank: matmul, tensordot, inner, chains of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import operator, public
from ..dispatch import broadcast_error
from ..frames import warn
from ..geometry import is_contiguous, strides_of
from ..history import c_name
from ..rules import TENSORS
from ..tensor import Tensor
from .products import bmm, dot, matrix_product, mm, mv
from .shape import flatten, reshape

__all__ = ["linear", "matmul", "multi_dot"]


def _folds(input: Tensor, other: Tensor) -> bool:
    """Whether a product of a batch and a single matrix (or vector) becomes one larger product, as PyTorch decides it."""
    larger, single = (input, other) if input._value.ndim >= other._value.ndim else (other, input)
    if larger._value.ndim < 3 or single._value.ndim > 2:
        return False
    if single.requires_grad:
        return True
    if input._value.ndim == 2:
        return False
    value = larger._value if larger is input else larger._value.swapaxes(-2, -1)
    if not value.size:
        return True
    strides, shape = strides_of(value), value.shape
    return all(strides[i] == strides[i + 1] * shape[i + 1] for i in range(value.ndim - 2))


def _folded(input: Tensor, other: Tensor) -> Tensor:
    turned = other._value.ndim > input._value.ndim
    batch = TENSORS.transpose(other, -2, -1) if turned else input
    single = other if not turned else TENSORS.t(input) if input._value.ndim == 2 else input
    *sizes, inner = batch._value.shape
    rows = reshape(batch, (math.prod(sizes), inner))
    if single._value.ndim == 1:
        return TENSORS._unsafe_view(mv(rows, single), tuple(sizes))
    product = TENSORS._unsafe_view(mm(rows, single), (*sizes, single._value.shape[1]))
    return TENSORS.transpose(product, -2, -1).contiguous() if turned else product


def _batched(input: Tensor, other: Tensor) -> Tensor:
    a, b = input._value, other._value
    if a.ndim == 3 == b.ndim and a.shape[0] != b.shape[0]:
        # One matrix that needs a gradient is not to be multiplied by expanding it.
        if a.shape[0] == 1 and input.requires_grad:
            return matmul(TENSORS.squeeze_dim(input, 0), other)
        if b.shape[0] == 1 and other.requires_grad:
            return matmul(input, TENSORS.squeeze_dim(other, 0))
    before, after = a.shape[:-2], b.shape[:-2]
    error = broadcast_error((before, after))
    if error is not None:
        raise error
    batch = np.broadcast_shapes(before, after)
    count = math.prod(batch)
    rows, inner = (a.shape[-2] if a.ndim > 1 else 1), a.shape[-1]
    left = reshape(TENSORS.expand(input, (*batch, rows, inner)), (count, rows, inner))
    if b.ndim == 1:
        right = reshape(TENSORS.expand(other, (*batch, b.shape[0])), (count, b.shape[0]))
        product = TENSORS.squeeze_dim(bmm(left, TENSORS.unsqueeze(right, 2)), -1)
    else:
        right = reshape(TENSORS.expand(other, (*batch, *b.shape[-2:])), (count, *b.shape[-2:]))
        product = bmm(left, right)
    shape = (*batch, *((rows,) if a.ndim > 1 else ()), *(b.shape[-1:] if b.ndim > 1 else ()))
    return TENSORS._unsafe_view(product, shape)


def _matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product: of vectors, matrices, or batches of matrices that broadcast."""
    if not isinstance(other, Tensor) or not isinstance(input, Tensor):
        wrong, position, name = (other, 2, "other") if isinstance(input, Tensor) else (input, 1, "input")
        raise TypeError(f"matmul(): argument '{name}' (position {position}) must be Tensor, not {type(wrong).__name__}")
    first, second = input._value.ndim, other._value.ndim
    if first == 2 == second:
        return mm(input, other)
    if not first or not second:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {first}D and {second}D")
    if first == 1 == second:
        return dot(input, other)
    if first == 2 and second == 1:
        return mv(input, other)
    if first == 1 and second == 2:
        return TENSORS.squeeze_(mm(TENSORS.unsqueeze(input, 0), other), 0)
    return _folded(input, other) if _folds(input, other) else _batched(input, other)


matmul = public(out="matmul", name="matmul")(_matmul)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias.

    Args:
        input: Any number of dimensions, the last of in_features.
        weight: (out_features, in_features), or (in_features).
        bias: (out_features).
    """
    value = input._value
    if not value.ndim or not weight._value.ndim:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {value.ndim}D and {weight._value.ndim}D"
        )
    if bias is None or weight._value.ndim == 1:
        product = matmul(input, weight.t())
        return product if bias is None else product + bias
    if value.ndim == 2:
        return TENSORS.addmm(bias, input, weight.t())
    if not is_contiguous(value):
        return matmul(input, weight.t()).add_(bias)
    rows = input.reshape(-1, value.shape[-1]) if value.ndim > 1 else input.view(1, -1)
    product = TENSORS.addmm(bias, rows, weight.t())
    return product.view((*value.shape[:-1], weight._value.shape[0]))


operator("__matmul__", matmul, mm.op, matrix_product, numbers=False)
operator("__rmatmul__", matmul, swapped=True, numbers=False)


# -- any dimensions


@public(method=False)
def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Any = None) -> Tensor:
    """The sum of products over some dimensions of both.

    Args:
        a: The first tensor.
        b: The second.
        dims: How many of the last of a and the first of b; or the dimensions of each.
        out: Where the result goes.
    """
    if isinstance(dims, Tensor):
        dims = dims._value.tolist() if dims._value.size > 1 else int(dims.item())
    if isinstance(dims, (tuple, list)):
        first, second = (list(d) if isinstance(d, (tuple, list)) else [d] for d in dims)
    else:
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a._value.ndim, b._value.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        first, second = list(range(-dims, 0)), list(range(dims))
    result = contracted(a, b, first, second)
    return result if out is None else out.copy_(result)


def contracted(a: Tensor, b: Tensor, first: Sequence[int], second: Sequence[int]) -> Tensor:
    """The sum of products over the given dimensions of each.

    Raises:
        RuntimeError: They do not fit.
    """
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    if a._value.dtype != b._value.dtype:
        raise RuntimeError("both inputs should have same dtype")
    left, right, size = a, b, 1
    for d, e in zip(first, second, strict=True):
        n, m = a._value.shape[d], b._value.shape[e]
        if m == 1:
            left = TENSORS.sum_dim_IntList(left, (d,), True)
        elif n == 1:
            right = TENSORS.sum_dim_IntList(right, (e,), True)
        elif n != m:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {n} in dim {d} and second has size {m} in dim {e}"
            )
        else:
            size *= n
    mine = [d % a._value.ndim for d in first]
    theirs = [d % b._value.ndim for d in second]
    rows = [d for d in range(a._value.ndim) if d not in mine]
    columns = [d for d in range(b._value.ndim) if d not in theirs]
    heights, widths = [left._value.shape[d] for d in rows], [right._value.shape[d] for d in columns]
    left, right = TENSORS.permute(left, tuple(rows + mine)), TENSORS.permute(right, tuple(theirs + columns))
    if math.prod(heights) == 1 == math.prod(widths):
        if is_contiguous(left._value) and is_contiguous(right._value):
            total = dot(flatten(left), flatten(right))
        else:
            total = (TENSORS.squeeze(left) * TENSORS.squeeze(right)).sum()
        return reshape(total, (*heights, *widths))
    product = mm(reshape(left, (math.prod(heights), size)), reshape(right, (size, math.prod(widths))))
    return reshape(product, (*heights, *widths))


@public(out="inner")
def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sum of products over the last dimension of both."""
    a, b = input._value, other._value
    if not a.ndim or not b.ndim:
        return input * other
    if a.shape[-1] != b.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(a.shape)} and {list(b.shape)}"
        )
    return contracted(input, other, (-1,), (-1,))


# -- chains


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of matrices (the first and the last may be vectors), in the order that takes the fewest multiplications.

    Raises:
        RuntimeError: They do not fit.
    """
    count = len(tensors)
    if count < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {count}")
    shape: list[int] = []
    parts = list(tensors)
    for place, axis, name in ((0, 0, "first"), (count - 1, -1, "last")):
        ndim = parts[place]._value.ndim
        if ndim == 1:
            parts[place] = TENSORS.unsqueeze(parts[place], axis)
        elif ndim == 2:
            shape.append(parts[place]._value.shape[axis])
        else:
            raise RuntimeError(f"multi_dot(): the {name} tensor must be 1D or 2D but got {ndim}D")
    for i, t in enumerate(parts):
        if t._value.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {t._value.ndim}D")
        if t._value.dtype != parts[0]._value.dtype:
            kinds = f"tensor 0 is {c_name(parts[0].dtype)} and tensor {i} {c_name(t.dtype)}"
            raise RuntimeError(f"multi_dot(): all tensors must have be the same dtype but {kinds}")
    for i in range(count - 1):
        if parts[i]._value.shape[1] != parts[i + 1]._value.shape[0]:
            shapes = f"{list(parts[i]._value.shape)} and {list(parts[i + 1]._value.shape)}"
            raise RuntimeError(f"multi_dot(): tensors {i} and {i + 1} with shapes {shapes} cannot be multiplied")
    return TENSORS.view(_chained(parts, _splits([*[t._value.shape[0] for t in parts], parts[-1]._value.shape[1]])), shape)


def _splits(sizes: Sequence[int]) -> dict[tuple[int, int], int]:
    """Where to cut each part of a chain of matrices, by dynamic programming (Cormen et al., chapter 15.2)."""
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    cut: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            ways = [(cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)]
            # (Where it does not matter, PyTorch cuts early, but three matrices late.)
            cost[i, j], cut[i, j] = min(ways, key=lambda way: (way[0], -way[1] if count == 3 else way[1]))
    return cut


def _chained(parts: Sequence[Tensor], cut: dict[tuple[int, int], int]) -> Tensor:
    made: dict[tuple[int, int], Tensor] = {(i, i): t for i, t in enumerate(parts)}
    # Shorter stretches first: no recursion.
    for i, j in sorted(_needed(cut, len(parts)), key=lambda stretch: stretch[1] - stretch[0]):
        k = cut[i, j]
        made[i, j] = mm(made[i, k], made[k + 1, j])
    return made[0, len(parts) - 1]


def _needed(cut: dict[tuple[int, int], int], count: int) -> set[tuple[int, int]]:
    """The stretches of a chain that are multiplied."""
    found: set[tuple[int, int]] = set()
    waiting = [(0, count - 1)]
    while waiting:
        stretch = waiting.pop()
        if stretch in cut:
            found.add(stretch)
            k = cut[stretch]
            waiting += [(stretch[0], k), (k + 1, stretch[1])]
    return found


@public(method=False)
def chain_matmul(*matrices: Tensor, out: Any = None) -> Tensor:
    """The product of matrices, in the order that takes the fewest multiplications."""
    warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot instead, which "
        "accepts a list of two or more tensors rather than multiple parameters.",
        UserWarning,
    )
    for i, t in enumerate(matrices):
        if t._value.ndim != 2:
            raise RuntimeError(f"Tensor {i} must be a 2-dimensional tensor")
    result = TENSORS.clone(matrices[0]) if len(matrices) == 1 else multi_dot(matrices)
    return result if out is None else out.copy_(result)
