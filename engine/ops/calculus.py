"""Differences, slopes and areas of sampled functions, put together from other ops as PyTorch does."""

from __future__ import annotations

from typing import Any

from ..api import public
from ..rules import TENSORS
from ..tensor import Tensor
from .arithmetic import div_scalar, mul_scalar
from .vocabulary import axis_of, is_complex

__all__: list[str] = []


def _slice(value: Tensor, dim: int, start: int | None = None, end: int | None = None) -> Tensor:
    return TENSORS.slice(value, dim, start, end, 1)


def _is_bool(value: Any) -> bool:
    return isinstance(value, Tensor) and value._value.dtype.kind == "b"


# -- differences


@public(out="sub")
def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
    """The n-th differences of neighbours along dim.

    Raises:
        RuntimeError: The input has no dimension, or n is negative.
    """
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    axis = axis_of(dim, input.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if not n:
        copied: Tensor = TENSORS.zeros_like(input).copy_(input)
        return copied
    for name, more in (("prepend", prepend), ("append", append)):
        if more is None:
            continue
        if more.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
        for i, (a, b) in enumerate(zip(more.shape, input.shape, strict=True)):
            if a != b and i != axis:
                raise RuntimeError(
                    f"diff expects the shape of tensor to {name} to match that of input except along the differencing dimension; "
                    f"input.size({i}) = {b}, but got tensor.size({i}) = {a}"
                )
    parts = [t for t in (prepend, input, append) if t is not None]
    value = TENSORS.cat(parts, axis) if len(parts) > 1 else input
    for _ in range(min(n, value.shape[axis])):
        length = value.shape[axis]
        later, earlier = _slice(value, axis, 1, length), _slice(value, axis, 0, max(length - 1, 0))
        value = TENSORS.logical_xor(later, earlier) if _is_bool(value) else later - earlier
    return value


def _slopes_by_step(input: Tensor, step: Any, axis: int, edge_order: int) -> Tensor:
    """Central differences over an even spacing, and one-sided ones at the ends."""

    def at(start: int, end: int | None) -> Tensor:
        return _slice(input, axis, start, end)

    def over(value: Tensor) -> Tensor:
        return value / step if isinstance(step, Tensor) else div_scalar(value, step)

    if edge_order == 1:
        first, last = over(at(1, 2) - at(0, 1)), over(at(-1, None) - at(-2, -1))
    else:
        first = over(mul_scalar(at(0, 1), -1.5) + mul_scalar(at(1, 2), 2) - mul_scalar(at(2, 3), 0.5))
        last = over(mul_scalar(at(-1, None), 1.5) - mul_scalar(at(-2, -1), 2) + mul_scalar(at(-3, -2), 0.5))
    return TENSORS.cat([first, div_scalar(over(at(2, None) - at(0, -2)), 2), last], axis)


def _slopes_by_place(input: Tensor, places: Tensor, axis: int, edge_order: int) -> Tensor:
    """The same over places of any spacing."""
    steps = diff(places)

    def along(value: Tensor) -> Tensor:
        return value.view([-1 if d == axis else 1 for d in range(input.ndim)])

    def at(start: int, end: int | None) -> Tensor:
        return _slice(input, axis, start, end)

    before, after = along(_slice(steps, 0, 0, -1)), along(_slice(steps, 0, 1))
    both = before + after
    middle = (
        at(0, -2) * (-after / (before * both))
        + at(1, -1) * ((after - before) / (before * after))
        + at(2, None) * (before / (after * both))
    )
    if edge_order == 1:
        first = (at(1, 2) - at(0, 1)) / steps[0]
        last = (at(-1, None) - at(-2, -1)) / steps[-1]
    else:
        p, q = steps[0], steps[1]
        first = at(0, 1) * (-(2 * p + q) / (p * (p + q))) + at(1, 2) * ((p + q) / (p * q)) + at(2, 3) * (-p / (q * (p + q)))
        p, q = steps[-2], steps[-1]
        last = (
            at(-3, -2) * (q / (p * (p + q))) + at(-2, -1) * (-(q + p) / (p * q)) + at(-1, None) * ((2 * q + p) / (q * (p + q)))
        )
    return TENSORS.cat([first, middle, last], axis)


@public(method=False)
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """The slope of a sampled function along each dimension, by second-order differences.

    Args:
        input: The values.
        spacing: The distance of neighbours, one for all dimensions or one for each; or their places, a tensor for each.
        dim: The dimensions; all if not given.
        edge_order: 1 or 2: the order of the differences at the ends.

    Raises:
        RuntimeError: The arguments do not fit each other, or a dimension is too short.
    """
    spacing = 1 if spacing is None else spacing
    one = dim is None and not isinstance(spacing, (tuple, list))
    dims = list(range(input.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    steps = list(spacing) if isinstance(spacing, (tuple, list)) else [spacing] * len(dims)
    if not one and len(steps) != len(dims):
        raise RuntimeError(
            f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = {input.ndim}', "
            f"since dim argument was not given, but got a list of length {len(steps)}"
            if dim is None
            else "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same length, "
            f"but got a spacing argument of length {len(steps)} and a dim argument of length {len(dims)}."
        )
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    axes = [axis_of(d, input.ndim) for d in dims]
    if len(set(axes)) != len(axes):
        twice = next(a for a in axes if axes.count(a) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    if input._value.dtype == "uint8":
        raise RuntimeError("torch.gradient does not support uint8 input.")
    for axis in axes:
        if input.shape[axis] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return tuple(
        (_slopes_by_place if isinstance(step, Tensor) and step.ndim else _slopes_by_step)(input, step, axis, edge_order)
        for step, axis in zip(steps, axes, strict=True)
    )


# -- areas


def _steps(y: Tensor, x: Tensor, axis: int, name: str) -> Tensor:
    """The distances of neighbours along an axis."""
    if not x.ndim:
        raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    if x.ndim == 1:
        if x.shape[0] != y.shape[axis]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        x = x.view([-1 if d == axis else 1 for d in range(y.ndim)])
    elif x.ndim < y.ndim:
        x = x.view([1] * (y.ndim - x.ndim) + list(x.shape))
    return _slice(x, axis, 1) - _slice(x, axis, 0, -1)


def _check_areas(name: str, y: Tensor, x: Any, dx: Any) -> None:
    if _is_bool(y) or _is_bool(x):
        raise RuntimeError(f"{name}: received a bool input for `x` or `y`, but bool is not supported")
    if isinstance(dx, complex) or (dx is not None and is_complex(dx)):
        raise RuntimeError(f"{name}: Currently, we only support dx as a real number.")


@public(method=False)
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The area under a sampled function, by the trapezoidal rule.

    Args:
        y: The values.
        x: Where they were taken.
        dx: Or how far from each other; 1 if neither is given.
        dim: The dimension they lie along.
    """
    _check_areas("trapezoid", y, x, dx)
    axis = axis_of(dim, y.ndim)
    if not y.shape[axis]:
        return TENSORS.sum_dim_IntList(y.detach(), axis) * 0
    if x is None:
        ends = TENSORS.select(y, axis, 0) + TENSORS.select(y, axis, -1)
        return mul_scalar(y.sum(axis) - mul_scalar(ends, 0.5), 1 if dx is None else dx)
    steps = _steps(y, x, axis, "trapezoid")
    return div_scalar(((_slice(y, axis, 0, -1) + _slice(y, axis, 1)) * steps).sum(axis), 2.0)


public(method=False, name="trapz")(trapezoid)


@public(method=False)
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The area under a sampled function up to each sample, by the trapezoidal rule."""
    _check_areas("cumulative_trapezoid", y, x, dx)
    axis = axis_of(dim, y.ndim)
    pairs = _slice(y, axis, 0, -1) + _slice(y, axis, 1)
    if x is None:
        return mul_scalar(pairs, (1 if dx is None else dx) / 2).cumsum(axis)
    return div_scalar((pairs * _steps(y, x, axis, "cumulative_trapezoid")).cumsum(axis), 2.0)
