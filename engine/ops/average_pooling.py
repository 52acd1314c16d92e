"""Average pooling, over windows that move and over windows that divide the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op
from ..dtypes import of_array
from .pooling_windows import Moving, adaptive_bounds, check_adaptive, check_dims, moving

__all__: list[str] = []


def _axis(array: Any, axis: int, region: slice) -> Any:
    return array[(slice(None),) * axis + (region,)]


def _divisor(window: Moving, sizes: Sequence[int], count_include_pad: bool, override: int | None) -> Any:
    """What each window's sum is divided by."""
    if override is not None:
        return override
    counts: Any = 1
    for i, (n, k, s, p, o) in enumerate(zip(sizes, window.kernel, window.stride, window.padding, window.outputs, strict=True)):
        start = np.arange(o) * s - p
        # The padding counts if it shall, but not what lies beyond it.
        end = np.minimum(start + k, n + p)
        size = end - start if count_include_pad else np.minimum(end, n) - np.maximum(start, 0)
        counts = counts * size.reshape(-1, *(1,) * (len(sizes) - 1 - i))
    return counts


def _window(
    self: Any,
    dims: int,
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    ceil_mode: bool,
    divisor_override: int | None,
) -> Moving:
    name = f"avg_pool{dims}d"
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    channels = self.shape[-dims - 1] if self.ndim > dims else 1
    if self.ndim < dims + 1 and dims == 2:
        bound = max(self.ndim, 1)
        raise IndexError(f"Dimension out of range (expected to be in range of [-{bound}, {bound - 1}], but got -{dims + 1})")
    if self.ndim < dims + 1:
        check_dims(name, self.shape, dims)
    found = moving(name, self.shape[-dims:], channels, kernel_size, stride, padding, (1,), ceil_mode, False)
    check_dims(name, self.shape, dims)
    if self.dtype.kind != "f" and self.dtype != np.int64:
        raise NotImplementedError(f"\"{name}\" not implemented for '{of_array(self)._legacy}'")
    return found


def _avg_pool(dims: int) -> Any:
    def forward(
        self: Any,
        kernel_size: Sequence[int],
        stride: Sequence[int] = (),
        padding: Sequence[int] = (0,),
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        window = _window(self, dims, kernel_size, stride, padding, ceil_mode, divisor_override)
        sizes, lead = self.shape[-dims:], self.ndim - dims
        total = self
        for i, (k, s, o) in enumerate(zip(window.kernel, window.stride, window.outputs, strict=True)):
            reach = window.reach(sizes)[i]
            if any(reach):
                total = np.pad(total, [(0, 0)] * (lead + i) + [reach] + [(0, 0)] * (dims - 1 - i))
            parts = (_axis(total, lead + i, slice(j, j + s * (o - 1) + 1, s)) for j in range(k))
            summed = next(parts).astype(np.float32 if self.dtype == np.float16 else self.dtype)
            for part in parts:
                summed += part
            total = summed
        divisor = _divisor(window, sizes, count_include_pad, divisor_override)
        if self.dtype.kind == "i":
            return np.trunc(total / divisor).astype(self.dtype)
        return (total / np.asarray(divisor, total.dtype)).astype(self.dtype)

    return forward


def _avg_pool_backward(dims: int) -> Any:
    def backward(
        grad_output: Any,
        self: Any,
        kernel_size: Sequence[int],
        stride: Sequence[int],
        padding: Sequence[int],
        ceil_mode: bool,
        count_include_pad: bool,
        divisor_override: int | None,
    ) -> Any:
        window = _window(self, dims, kernel_size, stride, padding, ceil_mode, divisor_override)
        sizes, lead = self.shape[-dims:], self.ndim - dims
        divisor = _divisor(window, sizes, count_include_pad, divisor_override)
        spread = grad_output / np.asarray(divisor, grad_output.dtype)
        for i, (n, k, s, o) in enumerate(zip(sizes, window.kernel, window.stride, window.outputs, strict=True)):
            before, after = window.reach(sizes)[i]
            shape = list(spread.shape)
            shape[lead + i] = max(n + before + after, (o - 1) * s + k)
            wide = np.zeros(shape, spread.dtype)
            for j in range(k):
                part = _axis(wide, lead + i, slice(j, j + s * (o - 1) + 1, s))
                part += spread
            spread = _axis(wide, lead + i, slice(before, before + n))
        return np.ascontiguousarray(spread)

    return backward


def _shares(size: int, outputs: int, dtype: Any) -> Any:
    """(outputs, size): how much of each element goes into each output."""
    first, last = adaptive_bounds(size, outputs)
    places = np.arange(size)
    covered = (places >= first[:, None]) & (places < last[:, None])
    return (covered / (last - first)[:, None]).astype(dtype)


def _along(value: Any, matrices: Sequence[Any]) -> Any:
    """Multiply the last dimensions by a matrix each."""
    for i, matrix in enumerate(matrices):
        axis = value.ndim - len(matrices) + i
        value = np.moveaxis(np.moveaxis(value, axis, -1) @ matrix.T, -1, axis)
    return np.ascontiguousarray(value)


def _matrices(self: Any, output_size: Sequence[int], dtype: Any) -> list[Any]:
    return [_shares(n, o, dtype) for n, o in zip(self.shape[-len(output_size) :], output_size, strict=True)]


def _adaptive(dims: int) -> Any:
    name = f"adaptive_avg_pool{dims}d"

    def forward(self: Any, output_size: Sequence[int]) -> Any:
        check_adaptive(name, self.shape, output_size, dims, False)
        if self.dtype.kind != "f":
            raise NotImplementedError(f"\"{name}\" not implemented for '{of_array(self)._legacy}'")
        wide = np.float64 if self.dtype == np.float64 else np.float32
        return _along(self.astype(wide, copy=False), _matrices(self, output_size, wide)).astype(self.dtype, copy=False)

    return forward


def _adaptive_backward(dims: int) -> Any:
    def backward(grad_output: Any, self: Any) -> Any:
        matrices = _matrices(self, grad_output.shape[-dims:], grad_output.dtype)
        return _along(grad_output, [m.T for m in matrices])

    return backward


for _dims in (2, 3):
    _sizes = f"int[{_dims}]"
    _options = "kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override"
    _name = f"avg_pool{_dims}d"
    op(
        f"{_name}(Tensor self, {_sizes} kernel_size, {_sizes} stride=[], {_sizes} padding=0, bool ceil_mode=False, "
        "bool count_include_pad=True, int? divisor_override=None)",
        _avg_pool(_dims),
        "the mean of self in each window",
        function=False,
        method=False,
        self=f"{_name}_backward(grad, self, {_options})",
    )
    op(
        f"{_name}_backward(Tensor grad_output, Tensor self, {_sizes} kernel_size, {_sizes} stride, {_sizes} padding, bool ceil_mode, "
        "bool count_include_pad, int? divisor_override)",
        _avg_pool_backward(_dims),
        "grad_output, spread evenly over each window",
        function=False,
        method=False,
        grad_output=f"{_name}(grad, {_options})",
        self="zeros_like(self)",
    )
    op(
        f"_adaptive_{_name}(Tensor self, {_sizes} output_size)",
        _adaptive(_dims),
        "the mean of self in each of output_size parts",
        method=False,
        function=False,
        self=f"_adaptive_{_name}_backward(grad, self)",
    )
    op(
        f"_adaptive_{_name}_backward(Tensor grad_output, Tensor self)",
        _adaptive_backward(_dims),
        "grad_output, spread evenly over each part",
        method=False,
        function=False,
        grad_output=f"_adaptive_{_name}(grad, grad_output.shape[-{_dims}:])",
        self="zeros_like(self)",
    )
