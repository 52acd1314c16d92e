"""Tensors of a size: zeros, ones, one number, an identity; of a shape or like another tensor."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import dtypes, geometry, modes
from ..api import FUNCTIONS
from ..dtypes import dtype as Dtype
from ..modes import state
from ..ops.select import laid_out
from ..rules import TENSORS
from ..size import contiguous_format
from ..tensor import Tensor, tensor_method
from .making import check_sizes, factory, filled_with, finish, kind_of, offered, shape_of

__all__: list[str] = []


@offered
@factory
def zeros(dtype: Dtype | None, *size: Any) -> Any:
    """Zeros of a shape."""
    return np.zeros(shape_of(size, "zeros"), kind_of(dtype))


@offered
@factory
def ones(dtype: Dtype | None, *size: Any) -> Any:
    """Ones of a shape."""
    return np.ones(shape_of(size, "ones"), kind_of(dtype))


@offered
@factory(fills=False)
def empty(dtype: Dtype | None, *size: Any, memory_format: Any = None) -> Any:
    """Memory of a shape. It is zeroed: what lay there before would be of no use to anybody."""
    return _formatted(np.zeros(shape_of(size, "empty"), kind_of(dtype)), memory_format)


def _formatted(value: Any, memory_format: Any) -> Any:
    return value if memory_format is None else laid_out(value, memory_format)


@offered
@factory
def full(dtype: Dtype | None, size: Any, fill_value: Any) -> Any:
    """One number, over a shape."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    number = _number("full", 2, fill_value)
    kind = (dtype or dtypes.of_number(number))._numpy
    return np.full(shape_of((size,), "full"), filled_with(number, kind), kind)


def _number(name: str, position: int, value: Any) -> Any:
    """A number, or that of a 0-d tensor."""
    if isinstance(value, Tensor) and value.ndim == 0 and not value.requires_grad:
        return value.item()
    if not isinstance(value, (bool, int, float, complex, np.generic)):
        raise TypeError(f"{name}(): argument 'fill_value' (position {position}) must be Number, not {type(value).__name__}")
    return value.item() if isinstance(value, np.generic) else value


@offered
@factory
def eye(dtype: Dtype | None, n: Any, m: Any = None) -> Any:
    """Ones on the diagonal, zeros elsewhere."""
    for name, value in (("n", n), ("m", m)):
        if value is not None and not hasattr(value, "__index__"):
            raise TypeError(
                f"eye(): argument '{name}' (position {1 if name == 'n' else 2}) must be int, not {type(value).__name__}"
            )
        if value is not None and value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    return np.eye(n, m, dtype=kind_of(dtype))


@offered
@factory
def scalar_tensor(dtype: Dtype | None, s: Any) -> Any:
    """A 0-d tensor of one number."""
    return filled_with(s, kind_of(dtype))


@offered
@factory
def empty_strided(dtype: Dtype | None, size: Sequence[int], stride: Sequence[int]) -> Any:
    """Memory of a shape, laid out by strides; zeroed, as that of `empty`.

    Raises:
        RuntimeError: Sizes and strides do not go together.
    """
    shape, steps = tuple(size), tuple(stride)
    check_sizes(list(shape))
    if len(shape) != len(steps):
        raise RuntimeError(f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(steps)})")
    if any(s < 0 for s in steps):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(steps)}")
    return _laid(shape, steps, kind_of(dtype))


def _laid(shape: tuple[int, ...], strides: tuple[int, ...], kind: np.dtype[Any]) -> Any:
    count = 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) if math.prod(shape) else 0
    return geometry.strided(np.zeros(count, kind), shape, strides, 0)


@offered
@factory
def empty_permuted(dtype: Dtype | None, size: Sequence[int], physical_layout: Sequence[int]) -> Any:
    """Memory of a shape, whose dimensions lie in memory in the given order, the outermost first; zeroed, as that of `empty`.

    Raises:
        RuntimeError: The order does not name every dimension once.
    """
    shape, order = tuple(size), tuple(physical_layout)
    if len(shape) != len(order):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. "
            f"len(size) = {len(shape)} is not equal to len(physical_layout) = {len(order)}"
        )
    for i, d in enumerate(order):
        if not 0 <= d < len(shape):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(shape) - 1}, but got {d} at index {i}).  NB: negative "
                "dims not currently supported; file an issue if you want it."
            )
        if d in order[:i]:
            raise RuntimeError("Duplicate dim not allowed")
    check_sizes(list(shape))
    return np.zeros([shape[d] for d in order], kind_of(dtype)).transpose(np.argsort(order))


def _triangle(name: str, below: bool) -> Callable[..., Any]:
    def indices(dtype: Dtype | None, row: int, col: int, offset: int = 0) -> Any:
        for what, value in (("row", row), ("col", col)):
            if not hasattr(value, "__index__"):
                raise TypeError(f"{name}(): argument '{what}' must be int, not {type(value).__name__}")
            if value < 0:
                raise RuntimeError(f"{what} must be non-negative, got{value}")
        d = dtype or dtypes.int64
        if d.is_floating_point or d.is_complex or d is dtypes.bool_:
            raise NotImplementedError(f"\"{name}\" not implemented for '{d._legacy}'")
        side = np.subtract.outer(np.arange(row), np.arange(col))
        return np.array(np.nonzero(side >= -offset if below else side <= -offset)).astype(d._numpy)

    indices.__name__ = name
    indices.__doc__ = (
        f"Where the {'lower' if below else 'upper'} triangle of a matrix lies: its rows, and its columns, in two rows."
    )
    return offered(factory(indices))


_triangle("tril_indices", below=True)
_triangle("triu_indices", below=False)


# -- like another tensor


def _like(name: str, make: Callable[..., Any], doc: str) -> None:
    def like(
        input: Tensor,
        *,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
        memory_format: Any = None,
    ) -> Tensor:
        if not isinstance(input, Tensor):
            raise TypeError(f"{like.__name__}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        if modes.special and state.level is not None:
            return state.level.made_like(like, input, dtype=dtype, device=device)
        order: Any = "C" if memory_format is contiguous_format else "K"
        value = make(input._value, dtype=None if dtype is None else dtypes.read(dtype)._numpy, order=order)
        return finish(_formatted(value, memory_format), like.__name__, requires_grad, device)

    like.__name__ = f"{name}_like"
    like.__doc__ = doc
    offered(like)


_like("zeros", np.zeros_like, "Zeros of input's shape and dtype.")
_like("ones", np.ones_like, "Ones of input's shape and dtype.")
_like("empty", np.zeros_like, "Memory of input's shape and dtype.")


@offered
def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """One number, over input's shape."""
    if not isinstance(input, Tensor):
        raise TypeError(f"full_like(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    if modes.special and state.level is not None:
        return state.level.made_like(full_like, input, fill_value, dtype=dtype, device=device)
    kind = input._value.dtype if dtype is None else dtypes.read(dtype)._numpy
    number = filled_with(_number("full_like", 2, fill_value), kind)
    order: Any = "C" if memory_format is contiguous_format else "K"
    value = np.full_like(input._value, number, dtype=kind, order=order)
    return finish(_formatted(value, memory_format), "full_like", requires_grad, device)


def _new(name: str) -> None:
    make = FUNCTIONS[name]

    def new(self: Tensor, *args: Any, dtype: Any = None, **options: Any) -> Any:
        if modes.special and state.level is not None and name != "tensor":
            return state.level.made_like(new, self, *args, dtype=dtype, **options)
        return make(*args, dtype=self.dtype if dtype is None else dtype, **options)

    new.__name__ = f"new_{name}"
    new.__doc__ = f"As torch.{name}, with this tensor's dtype."
    tensor_method(new)


for _name in ("zeros", "ones", "empty", "full", "empty_strided"):
    _new(_name)
for _name in ("zeros_like", "ones_like", "empty_like"):
    TENSORS.setdefault(_name, FUNCTIONS[_name])
