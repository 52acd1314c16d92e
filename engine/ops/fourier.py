"""The rows of torch.fft: transforms from complex or real numbers to complex or real ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import op
from ..rules import helper

__all__: list[str] = []


def _scale(value: Any, count: int, normalization: int) -> Any:
    """Divided by nothing (0), by the root of the number of elements (1) or by that number (2)."""
    if not normalization:
        return value
    factor = 1 / math.sqrt(count) if normalization == 1 else 1 / count
    return value * value.real.dtype.type(factor)


def _count(shape: tuple[int, ...], dim: tuple[int, ...]) -> int:
    return math.prod(shape[d] for d in dim)


def _c2c(self: Any, dim: tuple[int, ...], normalization: int, forward: bool) -> Any:
    if not dim:
        return self.copy()
    made = np.fft.fftn(self, axes=dim) if forward else np.fft.ifftn(self, axes=dim, norm="forward")
    return _scale(made, _count(self.shape, dim), normalization).astype(self.dtype, copy=False)


def _r2c(self: Any, dim: tuple[int, ...], normalization: int, onesided: bool) -> Any:
    kind = np.result_type(self.dtype, np.complex64)
    made = np.fft.rfftn(self, axes=dim) if onesided else np.fft.fftn(self, axes=dim)
    return _scale(made, _count(self.shape, dim), normalization).astype(kind, copy=False)


def _c2r(self: Any, dim: tuple[int, ...], normalization: int, last_dim_size: int) -> Any:
    made = np.fft.ifftn(self, axes=dim[:-1], norm="forward") if len(dim) > 1 else self
    made = np.fft.irfft(made, last_dim_size, axis=dim[-1], norm="forward")
    return _scale(made, _count(self.shape, dim[:-1]) * last_dim_size, normalization).astype(self.real.dtype, copy=False)


@helper
def r2c_backward(k: Any, grad: Any, dim: tuple[int, ...], normalization: int, onesided: bool, shape: tuple[int, ...]) -> Any:
    """The real part of the transform back, the half that was left out being 0."""
    last = dim[-1]
    if onesided and grad.shape[last] != shape[last]:
        blank = (*grad.shape[:last], shape[last] - grad.shape[last], *grad.shape[last + 1 :])
        grad = k.cat([grad, k.zeros_of(grad, tuple(blank))], last)
    return k.real(k._fft_c2c(grad, dim, normalization, False))


@helper
def c2r_backward(k: Any, grad: Any, dim: tuple[int, ...], normalization: int, shape: tuple[int, ...]) -> Any:
    """The transform of the gradient, what stood for two numbers counted twice."""
    made = k._fft_r2c(grad, dim, normalization, True)
    last, length = dim[-1], made.shape[dim[-1]]
    twice = grad.shape[last] - length
    if twice <= 0:
        return made
    parts = [
        k.slice(made, last, 0, 1, 1),
        k.slice(made, last, 1, 1 + twice, 1) * 2,
        k.slice(made, last, 1 + twice, length, 1),
    ]
    return k.cat(parts, last)


op(
    "_fft_c2c(Tensor self, int[] dim, int normalization, bool forward)",
    _c2c,
    "the discrete Fourier transform of self, or the one back",
    self="_fft_c2c(grad, dim, normalization, not forward)",
)
op(
    "_fft_r2c(Tensor self, int[] dim, int normalization, bool onesided)",
    _r2c,
    "the discrete Fourier transform of real numbers",
    self="r2c_backward(grad, dim, normalization, onesided, self.shape)",
)
op(
    "_fft_c2r(Tensor self, int[] dim, int normalization, int last_dim_size)",
    _c2r,
    "the real numbers whose discrete Fourier transform is self",
    self="c2r_backward(grad, dim, normalization, self.shape)",
)
