"""Elements written or added where index tensors say: scatter in all its forms, put."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ..api import op, public
from ..dispatch import broadcast_error
from ..dtypes import of_array
from ..frames import warn
from ..rules import ARRAYS, TENSORS, helper
from ..tensor import Tensor
from .gather import check_range, check_sizes, flat_places, is_index, places
from .select import as_element
from .vocabulary import axis_of

__all__ = ["Places", "combined", "reduced_backward"]


# -- writing


def _checked(self: Any, dim: int, index: Any, src: Any = None, name: str = "scatter") -> int:
    """The axis to scatter along.

    Raises:
        RuntimeError: The arguments do not fit each other.
    """
    axis = axis_of(dim, self.ndim)
    if src is not None and self.dtype != src.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if not index.size:
        return axis
    if not is_index(index):
        raise RuntimeError("scatter(): Expected dtype int32/int64 for index")
    if max(index.ndim, 1) != max(self.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None and max(index.ndim, 1) != max(src.ndim, 1):
        axis_of(dim, src.ndim)
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    check_sizes(np.atleast_1d(self), np.atleast_1d(index), axis, None if src is None else np.atleast_1d(src))
    check_range(index, self.shape[axis] if self.ndim else 1, axis)
    return axis


def _window(src: Any, index: Any) -> Any:
    """The part of src that goes somewhere."""
    return np.atleast_1d(src)[tuple(slice(n) for n in np.atleast_1d(index).shape)]


def _written(self: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy of self with src (an array or an element) written where index says."""
    axis = _checked(self, dim, index, src if getattr(src, "ndim", 0) or isinstance(src, np.ndarray) else None)
    result = np.array(self, order="C")
    if index.size:
        values = _window(src, index) if isinstance(src, np.ndarray) else src
        np.atleast_1d(result)[places(np.atleast_1d(index), axis)] = values
    return result


def _scatter(self: Any, dim: int, index: Any, src: Any) -> Any:
    return _written(self, dim, index, np.asarray(src))


def _scatter_value(self: Any, dim: int, index: Any, value: Any) -> Any:
    return _written(self, dim, index, as_element(value, self.dtype)[()])


_WRITING: dict[str, Any] = {}
_WRITING["src"] = op(
    "scatter.src(Tensor self, int dim, Tensor index, Tensor src)",
    _scatter,
    "self, with src where index says along dim",
    inplace=True,
    self="scatter_value(grad, dim, index, 0)",
    src="gather(grad, dim, index)",
)
_WRITING["value"] = op(
    "scatter.value(Tensor self, int dim, Tensor index, Scalar value)",
    _scatter_value,
    "self, with value where index says along dim",
    inplace=True,
    node="ScatterBackward1",
    self="scatter_value(grad, dim, index, 0)",
)


# -- combining


def combined(name: str, result: Any, where: tuple[Any, ...], values: Any, include_self: bool) -> None:
    """Combine elements of an array, in place, with values that may come to the same place several times.

    Args:
        name: sum, prod, mean, amax or amin.
        result: The array.
        where: NumPy's index.
        values: What comes there.
        include_self: Whether what was there counts.
    """
    kind = result.dtype
    if not include_self:
        if name in ("amax", "amin"):
            low, high = (False, True) if kind.kind == "b" else (-np.inf, np.inf)
            if kind.kind in "iu":
                low, high = np.iinfo(kind).min, np.iinfo(kind).max
            result[where] = low if name == "amax" else high
        else:
            result[where] = name == "prod"
    ufunc: Any = {"prod": np.multiply, "amax": np.maximum, "amin": np.minimum}.get(name, np.add)
    ufunc.at(result, where, values)
    if name == "mean":
        counts = np.full(result.shape, int(include_self), np.int64)
        np.add.at(counts, where, 1)
        counts[counts == 0] = 1
        result[...] = np.floor_divide(result, counts) if kind.kind in "iub" else result / counts.astype(kind)


def _reduced(self: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool = True) -> Any:
    axis = _checked(self, dim, index, src)
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if self.dtype.kind == "c" and reduce in ("amax", "amin"):
        raise NotImplementedError(
            f"\"scatter_gather_tensor_cpu_reduce_{reduce}\" not implemented for '{of_array(self)._legacy}'"
        )
    result = np.array(self, order="C")
    if index.size:
        combined(
            reduce, np.atleast_1d(result), places(np.atleast_1d(index), axis), _window(np.asarray(src), index), include_self
        )
    return result


op(
    "scatter_add(Tensor self, int dim, Tensor index, Tensor src)",
    lambda self, dim, index, src: _reduced(self, dim, index, src, "sum"),
    "self, with src added where index says along dim",
    inplace=True,
    self="grad",
    src="gather(grad, dim, index)",
)


def _legacy_reduced(self: Any, dim: int, index: Any, src: Any, reduce: str) -> Any:
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    values = src if isinstance(src, np.ndarray) else np.full(index.shape, as_element(src, self.dtype))
    return _reduced(self, dim, index, values, {"add": "sum", "multiply": "prod"}[reduce])


_REDUCING: dict[str, Any] = {
    name: op(
        f"scatter.{overload}(Tensor self, int dim, Tensor index, {kind} {name}, *, str reduce)",
        _legacy_reduced,
        f"self, with {name} added or multiplied where index says along dim",
        inplace=True,
        node="NotImplemented",
        self="not_differentiable('scatter')",
    )
    for overload, kind, name in (("reduce", "Tensor", "src"), ("value_reduce", "Scalar", "value"))
}


def _form(value: Any, reduce: str | None) -> tuple[Any, dict[str, str]]:
    """The row of a scatter, and its options."""
    tensor = isinstance(value, Tensor)
    if reduce is None:
        return _WRITING["src" if tensor else "value"], {}
    if tensor:
        warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch release. Use "
            "torch.scatter_reduce instead for more reduction options.",
            UserWarning,
        )
    return _REDUCING["src" if tensor else "value"], {"reduce": reduce}


@public
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None, out: Any = None
) -> Any:
    """input, with src (a tensor or a number) written, added or multiplied where index says along dim."""
    given = value if src is None else src
    row, options = _form(given, reduce)
    return row(input, dim, index, given, **options) if out is None else row(input, dim, index, given, **options, out=out)


@public(function=False)
def scatter_(self: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Tensor:
    """Write, add or multiply src (a tensor or a number) where index says along dim."""
    given = value if src is None else src
    row, options = _form(given, reduce)
    written: Tensor = row.in_place(self, dim, index, given, **options)
    return written


# -- reducing


@helper
def refused_twice(k: Any, value: Any, message: str) -> Any:
    """A value whose own derivative is refused."""
    return value if k is ARRAYS else k._refusing(value, message)


op(
    "_refusing(Tensor self, str message)",
    lambda self, message: np.array(self)[()],
    "self, whose derivative is refused",
    node="DelayedError",
    self="refuse(message)",
)


def _refuse(message: str) -> NoReturn:
    raise RuntimeError(message)


for _vocabulary in (ARRAYS, TENSORS):
    _vocabulary["refuse"] = _refuse


class Places(NamedTuple):
    """How a reduction along an index reads, adds, reduces and overwrites."""

    read: Callable[[Any], Any]
    add: Callable[[Any, Any], Any]
    reduce: Callable[[Any, Any], Any]
    clear: Callable[[Any], Any]


def reduced_backward(
    k: Any, grad: Any, self: Any, src: Any, result: Any, reduce: str, include_self: bool, at: Places, name: str
) -> tuple[Any, Any]:
    """The gradients of what was reduced into, and of what came to it, as PyTorch's `scatter_reduce_backward` computes them."""
    if reduce == "sum":
        kept, given = grad, at.read(grad)
    elif reduce == "prod":
        filled = k.masked_fill_Scalar(self, self == 0, 1)
        kept = grad * at.reduce(filled, src) / filled
        zero = src == 0
        zeros = at.read(at.add(k.zeros_like(self), k.to_mask(zero, self)))
        single = zero & (zeros == 1)
        without = at.reduce(self, k.masked_fill_Scalar(src, single, 1))
        others = at.read(grad * result) / k.masked_fill_Scalar(src, zero, 1)
        given = k.where(single, at.read(grad * without), others)
        if (zeros > 1).any():
            given = refused_twice(
                k,
                given,
                f"{name}(): Double backward is unsupported for src when >1 zeros in src are scattered to the same position in self",
            )
    elif reduce == "mean":
        count = k.zeros_like(grad) + 1 if include_self else k.zeros_like(grad)
        count = at.add(count, k.zeros_like(src) + 1)
        count = k.masked_fill_Scalar(count, count == 0, 1)
        kept, given = grad / count, at.read(grad) / at.read(count)
    else:
        mine, theirs = k.to_mask(self == result, grad), k.to_mask(src == at.read(result), grad)
        share = grad / at.add(mine, theirs)
        kept, given = mine * share, theirs * at.read(share)
    return kept if include_self else at.clear(kept), given


@helper
def scatter_reduce_backward(
    k: Any, grad: Any, self: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool, result: Any
) -> tuple[Any, Any]:
    """The gradients of self and src."""
    error = broadcast_error((tuple(index.shape), tuple(src.shape)))
    if error is not None:
        raise error
    at = Places(
        lambda value: k.gather(value, dim, index),
        lambda value, more: k.scatter_add(value, dim, index, more),
        lambda value, more: k.scatter_reduce_two(value, dim, index, more, reduce, include_self=include_self),
        lambda value: k.scatter_value(value, dim, index, 0),
    )
    return reduced_backward(k, grad, self, src, result, reduce, include_self, at, "scatter_reduce")


scatter_reduce_row: Any = op(
    "scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True)",
    _reduced,
    "self, with src reduced into it where index says along dim",
    inplace=True,
    function=True,
    self="scatter_reduce_backward(grad, self, dim, index, src, reduce, include_self, result)[0]",
    src="scatter_reduce_backward(grad, self, dim, index, src, reduce, include_self, result)[1]",
)
public(function=False, name="scatter_reduce_")(scatter_reduce_row.in_place)


# -- as if flat


def _put(self: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    if self.dtype != source.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {of_array(self)._legacy} and source.dtype = "
            f"{of_array(source)._legacy}"
        )
    if index.dtype == np.int64 and index.size != source.size:
        raise IndexError(
            f"put_(): Expected source and index to have the same number of elements, but got source.numel() = {source.size}, "
            f"index.numel() = {index.size}"
        )
    result = np.array(self, order="C")
    where = flat_places(index, result.size, "put_").reshape(-1)
    flat = result.reshape(-1)
    if accumulate:
        np.add.at(flat, where, source.reshape(-1))
    else:
        flat[where] = source.reshape(-1)
    return result


op(
    "put(Tensor self, Tensor index, Tensor source, bool accumulate=False)",
    _put,
    "self, with source where index says, as if self were flat",
    inplace=True,
    self="grad if accumulate else put(grad, index, zeros_of(grad, source.shape), False)",
    source="reshape(take(grad, index), source.shape)",
)
