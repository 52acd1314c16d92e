"""Windows to look at a signal through: hann, hamming, bartlett, blackman, kaiser."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..dtypes import dtype as Dtype
from ..history import c_name
from .making import factory, offered

__all__: list[str] = []


def _check(name: str, window_length: Any, dtype: Dtype | None) -> np.dtype[Any]:
    """The dtype of a window.

    Raises:
        NotImplementedError: It is complex.
        RuntimeError: It holds no fractions, or the length is negative.
        TypeError: The length is no integer.
    """
    if not hasattr(window_length, "__index__"):
        raise TypeError(f"{name}(): argument 'window_length' (position 1) must be int, not {type(window_length).__name__}")
    d = dtype or dtypes.get_default_dtype()
    if not (d.is_floating_point or d.is_complex):
        raise RuntimeError(
            f"{name} expects floating point dtypes, got: TensorOptions(dtype={c_name(d)}, device=cpu, layout=Strided (default), "
            "requires_grad=false (default), pinned_memory=false, memory_format=(nullopt))"
        )
    if window_length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
    if d.is_complex and window_length > 1:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{d._legacy}'")
    return d._numpy


def _shaped(name: str, length: int, periodic: bool, dtype: Dtype | None, shape: Callable[..., Any]) -> Any:
    """A window of the given shape, a function of the places (0, 1, ...) and of the last place; a periodic one leaves that off."""
    kind = _check(name, length, dtype)
    if length <= 1:
        return np.ones(length, kind)
    last = length if periodic else length - 1
    return shape(np.arange(last + 1).astype(kind), last).astype(kind)[:length]


def _times(value: Any, number: float) -> Any:
    """A product with a number, which half precision takes in single."""
    wide = np.dtype(np.float32) if value.dtype == np.float16 else value.dtype
    return (value.astype(wide) * wide.type(number)).astype(value.dtype)


def _plus(value: Any, number: float) -> Any:
    wide = np.dtype(np.float32) if value.dtype == np.float16 else value.dtype
    return (value.astype(wide) + wide.type(number)).astype(value.dtype)


def _raised_cosine(place: Any, last: int, alpha: float, beta: float) -> Any:
    return _plus(_times(np.cos(_times(place, 2 * math.pi / last)), -beta), alpha)


@offered
@factory
def hann_window(dtype: Dtype | None, window_length: int, periodic: bool = True) -> Any:
    """A raised cosine that ends at 0."""
    return _shaped("hann_window", window_length, periodic, dtype, lambda place, last: _raised_cosine(place, last, 0.5, 0.5))


@offered
@factory
def hamming_window(
    dtype: Dtype | None, window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46
) -> Any:
    """A raised cosine, alpha - beta * cos."""
    return _shaped(
        "hamming_window", window_length, periodic, dtype, lambda place, last: _raised_cosine(place, last, alpha, beta)
    )


@offered
@factory
def blackman_window(dtype: Dtype | None, window_length: int, periodic: bool = True) -> Any:
    """A sum of two cosines that ends at 0."""

    def cosines(place: Any, last: int) -> Any:
        turn = _times(place, math.pi / last)
        return _plus(_times(np.cos(_times(turn, 4)), 0.08) - _times(np.cos(_times(turn, 2)), 0.5), 0.42)

    return _shaped("blackman_window", window_length, periodic, dtype, cosines)


@offered
@factory
def bartlett_window(dtype: Dtype | None, window_length: int, periodic: bool = True) -> Any:
    """A triangle."""

    def triangle(place: Any, last: int) -> Any:
        rising = _times(place, 2 / last)
        return np.where(np.arange(len(place)) <= last // 2, rising, 2 - rising)

    return _shaped("bartlett_window", window_length, periodic, dtype, triangle)


@offered
@factory
def kaiser_window(dtype: Dtype | None, window_length: int, periodic: bool = True, beta: float = 12.0) -> Any:
    """A Bessel function of half an ellipse, over that of its height beta."""
    from ..numerics.bessel import i0

    def bell(place: Any, last: int) -> Any:
        across = 2 * place.astype(np.float64) / last - 1
        return i0(beta * np.sqrt(np.maximum(1 - across * across, 0))) / i0(np.array(beta, np.float64))

    return _shaped("kaiser_window", window_length, periodic, dtype, bell)
