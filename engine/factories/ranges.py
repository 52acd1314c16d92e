"""Numbers in a row: arange, range, linspace, logspace."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..dtypes import dtype as Dtype
from ..frames import warn
from ..tensor import Tensor
from .making import factory, offered

__all__: list[str] = []


def _number(name: str, parameter: str, position: int, value: Any) -> Any:
    """A number, or that of a 0-d tensor."""
    if isinstance(value, Tensor) and value.ndim == 0 and not value.requires_grad:
        return value.item()
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, (bool, int, float, complex)):
        raise TypeError(f"{name}(): argument '{parameter}' (position {position}) must be Number, not {type(value).__name__}")
    return value


def _real(value: Any) -> Any:
    if isinstance(value, complex):
        raise RuntimeError("value cannot be converted to type double without overflow")
    return value


def _steps(first: Any, end: Any, by: Any) -> Any:
    """How many steps lead from a number to another, in part too.

    Raises:
        RuntimeError: None do.
    """
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(first) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {first:g} -> {end:g}")
    if (end - first) * by < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    return (end - first) / by


def _check_kind(name: str, d: Dtype, *, complex_too: bool = False) -> None:
    if d is dtypes.bool_ or (d.is_complex and not complex_too):
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{d._legacy}'")


@offered
@factory(keeps_shape=True, warns=True)
def arange(dtype: Dtype | None, *args: Any, start: Any = None, end: Any = None, step: Any = None) -> Any:
    """The numbers from start up to, not including, end."""
    given: list[Any] = [start, end, step]
    places = (1,) if len(args) == 1 and end is None else range(len(args))
    if len(args) > 3 or any(given[i] is not None for i in places):
        raise TypeError("arange() received an invalid combination of arguments")
    for place, value in zip(places, args, strict=True):
        given[place] = value
    if given[1] is None or (given[0] is None and given[2] is not None):
        raise TypeError("arange() received an invalid combination of arguments")
    numbers: list[Any] = [
        default if value is None else _real(_number("arange", what, max(1, 1 + i - 3 + len(args)), value))
        for i, (what, value, default) in enumerate(zip(("start", "end", "step"), given, (0, None, 1), strict=True))
    ]
    first, last, by = numbers
    whole = all(isinstance(n, int) for n in (first, last, by))
    d = dtype or (dtypes.int64 if whole else dtypes.get_default_dtype())
    _check_kind("arange", d)
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if not d.is_floating_point:
        first, last, by = (int(n) for n in (first, last, by))
        if by == 0:
            raise ValueError("step must be nonzero")
        count = math.ceil(_steps(first, last, by)) if abs(last - first) < 2**52 else -((first - last) // by)
        return (first + np.arange(count, dtype=np.int64) * by).astype(d._numpy)
    return (first + np.arange(math.ceil(_steps(first, last, by))) * by).astype(d._numpy)


@offered
@factory(keeps_shape=True)
def range_(dtype: Dtype | None, start: Any, end: Any, step: Any = 1) -> Any:
    """The numbers from start up to and including end."""
    first, last, by = (
        _number("range", what, i, value)
        for i, (what, value) in enumerate((("start", start), ("end", end), ("step", step)), start=1)
    )
    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's range "
        "builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
    )
    d = dtype or dtypes.get_default_dtype()
    _check_kind("range", d)
    count = math.floor(_steps(first, last, by)) + 1
    return (first + np.arange(count) * by).astype(d._numpy)


def _spaced(name: str) -> Callable[[Dtype | None, Any, Any, int], tuple[Any, np.dtype[Any]]]:
    """Evenly spaced numbers for linspace and logspace."""

    def spaced(dtype: Dtype | None, start: Any, end: Any, steps: Any) -> tuple[Any, np.dtype[Any]]:
        if not hasattr(steps, "__index__"):
            raise TypeError(f"{name}(): argument 'steps' (position 3) must be int, not {type(steps).__name__}")
        ends: list[Any] = []
        for what, value in (("start", start), ("end", end)):
            if isinstance(value, Tensor):
                if value.ndim:
                    raise RuntimeError(
                        f"{name} only supports 0-dimensional start and end tensors, but got {what} with {value.ndim} dimension(s)."
                    )
                value = value.item()
            ends.append(_number(name, what, 1 + len(ends), value))
        d = dtype or dtypes.get_default_dtype()
        if any(isinstance(n, complex) for n in ends) and not d.is_complex:
            if dtype is not None:
                raise RuntimeError(
                    f"torch.{name}(): inferred dtype c10::complex<{dtypes.get_default_dtype()._legacy.lower()}> can't be safely "
                    f"cast to passed dtype {d._legacy}"
                )
            d = d.to_complex()
        if steps < 0:
            raise RuntimeError("number of steps must be non-negative")
        _check_kind(name, d, complex_too=True)
        kind = d._numpy
        # As ATen does: from each end towards the middle, in the dtype itself (in floats for integers).
        exact = kind if kind.kind in "fc" else np.dtype(np.float32)
        first, last = (np.asarray(n).astype(kind).astype(exact)[()] for n in ends)
        by = (last - first) / exact.type(steps - 1) if steps > 1 else exact.type(0)
        places = np.arange(steps)
        rising, falling = places.astype(exact), (steps - 1 - places).astype(exact)
        value = np.where(places < steps // 2, first + by * rising, last - by * falling).astype(exact)
        if steps == 1:
            value = np.array([first])
        return value, kind

    return spaced


_between_linear, _between_powers = _spaced("linspace"), _spaced("logspace")


@offered
@factory(keeps_shape=True)
def linspace(dtype: Dtype | None, start: Any, end: Any, steps: int) -> Any:
    """`steps` numbers from start to end, both included, evenly spaced."""
    value, kind = _between_linear(dtype, start, end, steps)
    return value.astype(kind)


@offered
@factory(keeps_shape=True)
def logspace(dtype: Dtype | None, start: Any, end: Any, steps: int, base: float = 10.0) -> Any:
    """`steps` powers of base, from base ** start to base ** end."""
    value, kind = _between_powers(dtype, start, end, steps)
    with np.errstate(all="ignore"):
        return np.power(value.dtype.type(base), value).astype(kind)
