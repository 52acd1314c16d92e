"""What rules are written in besides the ops themselves: the plumbing of shapes and dtypes, and the parts formulas share."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from ..api import op
from ..gradients import sum_to as sum_array_to
from ..rules import ARRAYS, TENSORS, fresh, helper
from ..tensor import Tensor, wrap

__all__: list[str] = []


def axes_of(dim: Any, ndim: int) -> tuple[int, ...]:
    """The dimensions a `dim` argument means, none of them negative; all of them for None or an empty list.

    Raises:
        IndexError: There is no such dimension.
    """
    if dim is None or dim == ():
        return tuple(range(ndim))
    dims = dim if isinstance(dim, tuple) else (dim,)
    found = tuple(axis_of(d, ndim) for d in dims)
    if len(set(found)) != len(found):
        twice = next(d for d in found if found.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return found


def axis_of(dim: int, ndim: int) -> int:
    """A dimension counted from the front.

    Raises:
        IndexError: There is no such dimension.
    """
    size = max(ndim, 1)
    if not -size <= dim < size:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-size}, {size - 1}], but got {dim})")
    return dim % size


def is_complex(value: Any) -> bool:
    """Whether a number, an array or a Tensor is complex."""
    d = getattr(value, "dtype", None)
    return isinstance(value, complex) if d is None else d.kind == "c" if isinstance(d, np.dtype) else d.is_complex


ARRAYS["sum_to"] = sum_array_to


def _sum_to(self: Tensor, size: tuple[int, ...]) -> Tensor:
    if self.shape == size:
        return self
    if not size:
        return TENSORS.sum(self)
    extra = len(self.shape) - len(size)
    dims = [*range(extra), *[i + extra for i, n in enumerate(size) if n == 1 and self.shape[i + extra] != 1]]
    summed = TENSORS.sum_dim_IntList(self, tuple(dims), True) if dims else self
    return TENSORS.view(summed, size) if extra else summed


TENSORS["sum_to"] = _sum_to
op(
    "to_dtype(Tensor self, ScalarType dtype)",
    lambda self, dtype: (self.real if is_complex(self) and not dtype.is_complex else self).astype(dtype._numpy),
    "self as dtype",
    function=False,
    node="ToCopyBackward0",
    keeps_layout=True,
    self="to_dtype(grad, self.dtype)",
)


def _zeros_like(value: Any) -> Any:
    return np.zeros(value.shape, value.dtype) if isinstance(value, np.ndarray) else value.dtype.type(0)


ARRAYS["zeros_like"] = _zeros_like
ARRAYS["contiguous"] = np.ascontiguousarray


@fresh
def zeros_of(k: Any, like: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape and another's dtype."""
    if isinstance(like, Tensor):
        return wrap(np.zeros(shape, like._value.dtype))
    return np.zeros(shape, like.dtype)


def numel(shape: Sequence[int]) -> int:
    """The number of elements of a shape."""
    return math.prod(shape)


def _not_differentiable(name: str) -> NoReturn:
    raise RuntimeError(f"derivative for aten::{name} is not implemented")


def _not_implemented(name: str) -> NoReturn:
    raise NotImplementedError(f"the derivative for '{name}' is not implemented.")


def _log_of(number: complex) -> complex:
    """The logarithm of a number: minus infinity at 0, nan below."""
    if isinstance(number, complex):
        return cmath.log(number)
    return math.log(number) if number > 0 else -math.inf if number == 0 else math.nan


for _vocabulary in (ARRAYS, TENSORS):
    _vocabulary["numel"] = numel
    _vocabulary["log_of"] = _log_of
    _vocabulary["not_differentiable"] = _not_differentiable
    _vocabulary["not_implemented"] = _not_implemented


@helper
def maybe_multiply(k: Any, grad: Any, factor: Any) -> Any:
    """`grad * factor`, or `grad` itself where the factor is 1."""
    return grad if not hasattr(factor, "shape") and factor == 1 else grad * factor


@helper
def has_no_zeros(k: Any, value: Any) -> bool:
    """Whether no element is 0, in any sample of a batch."""
    return bool(np.all(samples_of(value) != 0))


def samples_of(value: Any) -> Any:
    """The numbers of a tensor, or of an array; of all samples, if it is a batch that is being mapped over."""
    while getattr(value, "_layer", None) is not None:
        value = value._layer.inner
    return np.asarray(getattr(value, "_value", value))


def numbers_of(value: Any, what: str) -> Any:
    """The numbers of a tensor or of an array.

    Raises:
        NotImplementedError: It is a batch that is being mapped over, so that they differ from sample to sample.
    """
    found = getattr(value, "_value", value)
    if hasattr(found, "origin"):
        raise NotImplementedError(f"{what} under vmap is not implemented")
    return np.asarray(found)


def needs_derivative(tensor: Tensor) -> bool:
    """Whether a tensor requires grad or has a tangent, at any level."""
    while True:
        if tensor.requires_grad or getattr(tensor, "_tangent", None) is not None:
            return True
        layer = getattr(tensor, "_layer", None)
        if layer is None:
            return False
        tensor = layer.inner


@helper
def expand_over(k: Any, grad: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """A reduction's gradient spread over what was reduced."""
    return k.expand(restore(k, grad, len(shape), dim, keepdim), shape)


@helper
def restore_dims(k: Any, value: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """A reduction's result with the reduced dimensions as 1."""
    return restore(k, value, len(shape), dim, keepdim)


def restore(k: Any, value: Any, ndim: int, dim: Any, keepdim: bool) -> Any:
    """Put the reduced dimensions back, as 1; a number broadcasts as it is."""
    if keepdim or not ndim or not value.shape:
        return value
    for axis in sorted(axes_of(dim, ndim)):
        value = k.unsqueeze(value, axis)
    return value


@helper
def within(k: Any, self: Any, low: Any, high: Any) -> Any:
    """Where self lies between two bounds, either of which may be None; the bounds count as within."""
    if low is None:
        return self <= high
    return self >= low if high is None else (self >= low) & (self <= high)


@helper
def below(k: Any, self: Any, low: Any, high: Any) -> Any:
    """Where clamping takes the lower bound."""
    return self < low if high is None else (self < low) & (low < high)


@helper
def above(k: Any, self: Any, low: Any, high: Any) -> Any:
    """Where clamping takes the upper bound."""
    return self > high if low is None else (self > high) | (high < low)


@helper
def sgn_backward(k: Any, grad: Any, self: Any, sgn: Any) -> Any:
    """Zero for real numbers; for complex ones, what is across their direction, over their length."""
    if not is_complex(self):
        return k.zeros_like(grad)
    size = k.abs(self)
    across = grad / size - k.real(grad / size * k.conj(sgn)) * sgn
    return k.where(size == 0, 0, across)
