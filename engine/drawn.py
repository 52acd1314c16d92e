"""What functions and rows of random numbers have in common: generators, dtypes, bounds, and where numbers lie in memory."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from . import draws, dtypes, modes
from .frames import warn
from .history import c_name
from .modes import state
from .random import Generator, default_generator

__all__ = [
    "Array",
    "bounded_integers",
    "check_bound",
    "coins",
    "drawing",
    "laid",
    "normal_numbers",
    "not_negative",
    "source_of",
    "uniform",
]

Array: TypeAlias = Any


def drawing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let transforms decide what a function that draws random numbers does for a batch."""

    @functools.wraps(function)
    def drawn(*args: Any, **options: Any) -> Any:
        if modes.special and state.level is not None:
            return state.level.random(function, args, options)
        return function(*args, **options)

    return drawn


def source_of(generator: Generator | None) -> Generator:
    """The generator to draw from."""
    return default_generator if generator is None else generator


def memory_order(like: Array) -> list[int]:
    """The dimensions of an array from the outermost in memory to the innermost."""
    return sorted(range(like.ndim), key=lambda d: -abs(like.strides[d]) if like.shape[d] > 1 else 0)


def laid(like: Array, draw: Callable[[int], Array]) -> Array:
    """Numbers in the shape of an array, drawn in the order in which its elements lie in memory."""
    if not isinstance(like, np.ndarray) or like.flags.c_contiguous:
        flat = draw(like.size)
        return flat.reshape(like.shape) if like.ndim else flat[0]
    order = memory_order(like)
    return draw(like.size).reshape([like.shape[d] for d in order]).transpose(np.argsort(order))


def _floats(draw: Callable[..., Array], name: str) -> Callable[..., Array]:
    """A distribution of floats for real and complex dtypes: the parts of a complex number are drawn one after the other."""

    def drawn(count: int, kind: np.dtype[Any], *args: Any) -> Array:
        if kind.kind == "c":
            real = np.dtype(np.float32 if kind == np.complex64 else np.float64)
            return np.asarray(draw(2 * count, real, *args)).view(kind)
        if kind.kind != "f":
            raise NotImplementedError(f"\"{name}\" not implemented for '{dtypes.of_numpy(kind)._legacy}'")
        return draw(count, kind, *args)

    return drawn


uniform = _floats(draws.uniform, "check_uniform_bounds")
_normal_parts = _floats(draws.normal, "normal_kernel_cpu")


def normal_numbers(count: int, kind: np.dtype[Any], source: Generator, mean: Any, std: Any, blocks: bool = True) -> Array:
    return _normal_parts(count, kind, source, mean, std / math.sqrt(2) if kind.kind == "c" else std, blocks)


def not_negative(std: Any) -> None:
    if hasattr(std, "dtype"):
        if std.dtype.kind == "c":
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if not np.all(std >= 0):
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif not std >= 0.0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")


def _coins(count: int, p: Any, source: Generator) -> Array:
    """Whether uniform numbers are below chances: doubles for one chance or chances in double, else floats."""
    kind = np.dtype(np.float64) if not isinstance(p, np.ndarray) or p.dtype == np.float64 else np.dtype(np.float32)
    return draws.uniform(count, kind, source) < p


def _check_chance(p: float) -> None:
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")


def coins(self: Any, p: Any, generator: Any) -> Array:
    """1 by chance, else 0, for a chance or an array of chances."""
    kind = self.dtype
    if not isinstance(p, np.ndarray | np.generic):
        _check_chance(p)
        if kind.kind == "c":
            raise NotImplementedError(f"\"bernoulli_scalar_cpu_\" not implemented for '{dtypes.of_numpy(kind)._legacy}'")
        return laid(self, lambda count: _coins(count, p, source_of(generator)).astype(kind))
    chances = np.asarray(p)
    if chances.dtype.kind != "f":
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{dtypes.of_numpy(chances.dtype)._legacy}'")
    if not np.all((chances >= 0) & (chances <= 1)):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please "
            "report an enhancement request to PyTorch.)"
        )
    order = memory_order(self) if isinstance(self, np.ndarray) else []
    wide = np.broadcast_to(chances, self.shape).transpose(order).reshape(-1)
    return laid(self, lambda count: _coins(count, wide, source_of(generator)).astype(kind))


def check_bound(value: int, what: str, kind: np.dtype[Any]) -> None:
    d = dtypes.of_numpy(kind)
    if kind.kind == "f":
        digits = {"float16": 11, "float32": 24, "float64": 53}[kind.name]
        if not -float(np.finfo(kind).max) <= value <= float(np.finfo(kind).max):
            raise RuntimeError(f"{what} is out of bounds for {c_name(d)}")
        if not -(2**digits) <= value <= 2**digits:
            warn(
                f"{what} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations {c_name(d)} can support discrete "
                "uniform distribution only within this range. This warning will become an error in version 1.7 release, please fix "
                "the code in advance",
                UserWarning,
            )
        return
    low, high = (0, 1) if kind.kind == "b" else (int(np.iinfo(kind).min), int(np.iinfo(kind).max))
    if not low <= value <= high:
        raise RuntimeError(f"{what} is out of bounds for {c_name(d)}")


def bounded_integers(count: int, kind: np.dtype[Any], source: Generator, low: int, high: int) -> Array:
    """Integers in [low, high) of a dtype, whose bounds are checked."""
    if not low < high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if kind.kind == "c":
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    check_bound(low, "from", kind)
    check_bound(high - 1, "to - 1", kind)
    return draws.integers(count, low, high, source).astype(kind)
