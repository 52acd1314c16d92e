"""Elements taken from where index tensors say: gather, index_select, take."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, public
from ..dispatch import broadcast_error
from ..dtypes import of_array
from ..rules import TENSORS, helper
from ..tensor import Tensor, wrap
from .vocabulary import axis_of

__all__ = ["check_range", "check_sizes", "flat_places", "is_index", "places"]


def is_index(value: Any) -> bool:
    """Whether an array has a dtype indices may have."""
    return value.dtype in (np.int64, np.int32)


def places(index: Any, axis: int) -> tuple[Any, ...]:
    """NumPy's index for the elements an index tensor names along an axis."""
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[axis] = index
    return tuple(grid)


def check_range(index: Any, length: int, axis: int, error: type[Exception] = RuntimeError, start: str = "") -> None:
    """See that indices lie within a dimension.

    Raises:
        RuntimeError: One does not (or another error, as asked for).
    """
    if index.size and (index.min() < 0 or index.max() >= length):
        wrong = int(index[(index < 0) | (index >= length)].flat[0]) if index.ndim else int(index)
        raise error(f"{start}index {wrong} is out of bounds for dimension {axis} with size {length}")


def check_sizes(self: Any, index: Any, axis: int, src: Any = None) -> None:
    """See that an index tensor reaches, besides the axis, no further than what it indexes and what goes there.

    Raises:
        RuntimeError: It does.
    """
    within = all(n <= m for d, (n, m) in enumerate(zip(index.shape, self.shape, strict=True)) if d != axis)
    if within and (src is None or all(n <= m for n, m in zip(index.shape, src.shape, strict=True))):
        return
    start = f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension {axis}"
    raise RuntimeError(start + ("" if src is None else f" and to be no larger size than src {list(src.shape)}"))


def _gather(self: Any, dim: int, index: Any, sparse_grad: bool = False) -> Any:
    axis = axis_of(dim, self.ndim)
    if not index.size:
        return np.empty(index.shape, self.dtype)
    if not is_index(index):
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if max(index.ndim, 1) != max(self.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    for d in range(min(self.ndim, index.ndim)):
        if d != axis and index.shape[d] > self.shape[d]:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than self {list(self.shape)} "
                f"apart from dimension {axis}"
            )
    check_range(index, self.shape[axis] if self.ndim else 1, axis)
    if not self.ndim or not index.ndim:
        return np.broadcast_to(self.reshape(-1)[index.reshape(-1)], index.shape or (1,)).reshape(index.shape).copy()[()]
    return self[places(index, axis)]


@helper
def gather_backward(k: Any, grad: Any, shape: tuple[int, ...], dim: int, index: Any) -> Any:
    """The gradient added up where it came from."""
    return k.scatter_add(k.zeros_of(grad, shape), dim, index, grad)


@helper
def ungathered(k: Any, grad: Any, self: Any, dim: int, index: Any) -> Any:
    """The same, of a tensor that is kept as PyTorch keeps it, although its shape would do."""
    return k.gather_backward(grad, tuple(self.shape), dim, index)


op(
    "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False)",
    _gather,
    "the elements of self that index names along dim",
    self="ungathered(grad, self, dim, index)",
)


def _index_select(self: Any, dim: int, index: Any) -> Any:
    axis = axis_of(dim, self.ndim)
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if not is_index(index):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if not self.ndim and index.size != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.size} value(s)")
    if index.size and (index.min() < 0 or index.max() >= (self.shape[axis] if self.ndim else 1)):
        raise IndexError("index out of range in self")
    return np.take(self, np.atleast_1d(index), axis) if self.ndim else self.copy()


@helper
def index_select_backward(k: Any, grad: Any, shape: tuple[int, ...], dim: int, index: Any) -> Any:
    """The gradient added up where it came from."""
    return k.index_add(k.zeros_of(grad, shape), dim, index, grad, alpha=1)


op(
    "index_select(Tensor self, int dim, Tensor index)",
    _index_select,
    "the slices of self that index names along dim",
    self="index_select_backward(grad, self.shape, dim, index)",
)


def flat_places(index: Any, size: int, name: str) -> Any:
    """Indices into a tensor as if it were flat, none of them negative.

    Raises:
        IndexError: One lies outside.
        RuntimeError: They are not of dtype int64.
    """
    if index.dtype != np.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {of_array(index)._legacy}")
    if index.size and not size:
        raise IndexError(f"{name}(): tried to {name.rstrip('_')} {'from' if name == 'take' else 'into'} an empty tensor")
    if index.size and (index.min() < -size or index.max() >= size):
        wrong = int(np.ravel(index)[np.ravel((index < -size) | (index >= size))][0])
        raise IndexError(f"out of range: tried to access index {wrong} on a tensor of {size} elements.")
    return np.where(index < 0, index + size, index)


def _take(self: Any, index: Any) -> Any:
    return self.reshape(-1)[flat_places(index, self.size, "take")]


@helper
def take_backward(k: Any, grad: Any, shape: tuple[int, ...], index: Any) -> Any:
    """The gradient added up where it came from."""
    return k.put(k.zeros_of(grad, shape), index, grad, True)


op(
    "take(Tensor self, Tensor index)",
    _take,
    "the elements of self that index names, as if self were flat",
    self="take_backward(grad, self.shape, index)",
)


@public(out="gather")
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements that indices name along dim, the other dimensions broadcast; or of the flattened input."""
    if indices._value.dtype != np.int64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype._legacy}")
    if dim is None:
        return TENSORS.gather(TENSORS.view(input, (-1,)), 0, TENSORS.view(indices, (-1,)))
    mine, theirs = list(input._value.shape), list(indices._value.shape)
    if len(mine) != len(theirs):
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{len(mine)} dimensions for input, and {len(theirs)} dimensions for indices"
        )
    axis = axis_of(dim, len(mine))
    if mine:
        theirs_there, mine_there = theirs[axis], mine[axis]
        mine[axis] = theirs[axis] = 1
        error = broadcast_error((tuple(mine), tuple(theirs)))
        if error is not None:
            raise error
        common = list(np.broadcast_shapes(tuple(mine), tuple(theirs)))
        mine, theirs = common.copy(), common.copy()
        mine[axis], theirs[axis] = mine_there, theirs_there
        if mine_there:
            # (PyTorch takes indices round the ends here, and nowhere else.)
            indices = wrap(indices._value % mine_there)
    return TENSORS.gather(TENSORS.expand(input, tuple(mine)), dim, TENSORS.expand(indices, tuple(theirs)))
