"""Convolutions: windows of the input laid out as columns of a matrix (im2col), and one product with the weights.

All three computations, an output from input and weight, an input's gradient and a weight's gradient, are linear in each of their
two arguments, and each is the derivative of the others: so they are rows of their own, and can be differentiated without end.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..api import op
from ..dtypes import of_array
from ..rules import helper

__all__ = ["convolution"]

# A block of columns of about this many bytes stays in the cache.
_BLOCK: Final = 1 << 21


@dataclass(frozen=True, slots=True)
class _Window:
    """How a kernel is moved over an input.

    Attributes:
        stride: By how much, along each dimension.
        padding: How many zeros stand on either side.
        dilation: How far apart the elements are that it covers.
        groups: In how many parts the channels fall, each seeing only itself.
    """

    stride: Sequence[int]
    padding: Sequence[int]
    dilation: Sequence[int]
    groups: int

    @property
    def covers_points(self) -> bool:
        return all(s == 1 for s in self.stride) and not any(self.padding)

    def padded(self, value: Any) -> Any:
        if not any(self.padding):
            return value
        return np.pad(value, [(0, 0), (0, 0), *((p, p) for p in self.padding)])

    def outputs(self, sizes: Sequence[int], kernel: Sequence[int]) -> tuple[int, ...]:
        """How many places the kernel can stand at."""
        return tuple(
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(sizes, kernel, self.stride, self.padding, self.dilation, strict=True)
        )

    def blocks(self, samples: int, numbers: int, itemsize: int) -> Iterator[slice]:
        """Samples by the few, so that their columns stay in the cache."""
        step = max(1, _BLOCK // max(1, numbers * itemsize))
        for start in range(0, samples, step):
            yield slice(start, start + step)

    def columns(self, padded: Any, kernel: Sequence[int], outputs: Sequence[int]) -> Any:
        """(samples, groups, channels * kernel elements, outputs): what the kernel sees at each place."""
        n, channels = padded.shape[:2]
        if self.covers_points and all(k == 1 for k in kernel):
            return padded.reshape(n, self.groups, channels // self.groups, -1)
        steps = padded.strides[2:]
        windows = as_strided(
            padded,
            (n, channels, *kernel, *outputs),
            (
                *padded.strides[:2],
                *(st * d for st, d in zip(steps, self.dilation, strict=True)),
                *(st * s for st, s in zip(steps, self.stride, strict=True)),
            ),
        )
        return windows.reshape(n, self.groups, channels // self.groups * math.prod(kernel), math.prod(outputs))

    def spread(self, columns: Any, target: Any, kernel: Sequence[int], outputs: Sequence[int]) -> None:
        """Add columns back to where they were taken from; `columns` is (samples, channels, *kernel, *outputs)."""
        for place in itertools.product(*map(range, kernel)):
            region = tuple(
                slice(k * d, k * d + s * (o - 1) + 1, s)
                for k, d, s, o in zip(place, self.dilation, self.stride, outputs, strict=True)
            )
            target[(slice(None), slice(None), *region)] += columns[(slice(None), slice(None), *place)]


def _widened(*values: Any) -> tuple[Any, ...]:
    """Halves are computed with as floats, as PyTorch does."""
    return tuple(v.astype(np.float32) if v.dtype == np.float16 else v for v in values)


def _correlate(value: Any, weight: Any, window: _Window, outputs: Sequence[int]) -> Any:
    """The output: (samples, out channels, *outputs) from (samples, channels, *sizes) and (out channels, channels / groups, *kernel)."""
    value, weight = _widened(value, weight)
    n, groups, kernel = value.shape[0], window.groups, weight.shape[2:]
    result = np.zeros((n, groups, weight.shape[0] // groups, math.prod(outputs)), value.dtype)
    if not result.size or not weight.size:
        return result.reshape(n, weight.shape[0], *outputs)
    rows = weight.reshape(groups, weight.shape[0] // groups, -1)
    padded = np.ascontiguousarray(window.padded(value))
    for block in window.blocks(n, rows[:, 0].size * result.shape[-1], value.itemsize):
        np.matmul(rows, window.columns(padded[block], kernel, outputs), out=result[block])
    return result.reshape(n, weight.shape[0], *outputs)


def _input_gradient(grad: Any, weight: Any, sizes: Sequence[int], window: _Window) -> Any:
    """What moves each input: (samples, channels, *sizes) from (samples, out channels, *outputs) and the weight."""
    grad, weight = _widened(grad, weight)
    n, groups, kernel, outputs = grad.shape[0], window.groups, weight.shape[2:], grad.shape[2:]
    channels = weight.shape[1] * groups
    padded = np.zeros((n, channels, *(s + 2 * p for s, p in zip(sizes, window.padding, strict=True))), grad.dtype)
    inside = padded[(slice(None), slice(None), *(slice(p, p + s) for s, p in zip(sizes, window.padding, strict=True)))]
    if not grad.size or not weight.size:
        return inside
    rows = np.swapaxes(weight.reshape(groups, weight.shape[0] // groups, -1), 1, 2)
    given = grad.reshape(n, groups, weight.shape[0] // groups, -1)
    for block in window.blocks(n, rows[:, :, 0].size * given.shape[-1], grad.itemsize):
        columns = np.matmul(rows, given[block])
        window.spread(columns.reshape(-1, channels, *kernel, *outputs), padded[block], kernel, outputs)
    return inside


def _weight_gradient(grad: Any, value: Any, shape: Sequence[int], window: _Window) -> Any:
    """What moves each weight: `shape` from (samples, out channels, *outputs) and the input."""
    grad, value = _widened(grad, value)
    n, groups, kernel, outputs = grad.shape[0], window.groups, shape[2:], grad.shape[2:]
    result = np.zeros((groups, shape[0] // groups, math.prod(shape[1:])), grad.dtype)
    if not grad.size or not result.size:
        return result.reshape(shape)
    given = grad.reshape(n, groups, shape[0] // groups, -1)
    padded = np.ascontiguousarray(window.padded(value))
    for block in window.blocks(n, result[:, 0].size * given.shape[-1], grad.itemsize):
        columns = window.columns(padded[block], kernel, outputs)
        result += np.matmul(given[block], np.swapaxes(columns, 2, 3)).sum(axis=0)
    return result.reshape(shape)


def _c_name(value: Any) -> str:
    from ..history import c_name

    return c_name(of_array(value))


def _check(
    input: Any,
    weight: Any,
    bias: Any,
    window: _Window,
    transposed: bool,
    output_padding: Sequence[int],
) -> None:
    """See that the arguments fit each other.

    Raises:
        RuntimeError: They do not.
    """
    groups, shape = window.groups, list(weight.shape)
    if bias is not None and bias.dtype != input.dtype:
        raise RuntimeError(f"Input type ({_c_name(input)}) and bias type ({_c_name(bias)}) should be the same")
    if input.dtype != weight.dtype:
        raise RuntimeError(f"expected scalar type {of_array(input)._legacy} but found {of_array(weight)._legacy}")
    if input.dtype == np.bool_:
        raise NotImplementedError(f"\"slow_conv{max(2, input.ndim - 2)}d_cpu\" not implemented for 'Bool'")
    dims = weight.ndim - 2
    if dims < 1:
        raise RuntimeError("weight should have at least three dimensions")
    for name, values in (("stride", window.stride), ("padding", window.padding), ("dilation", window.dilation)):
        if len(values) not in (1, dims):
            raise RuntimeError(
                f"expected {name} to be a single integer value or a list of {dims} values to match the convolution dimensions, but got "
                f"{name}={list(values)}"
            )
    for wrong, message in (
        (groups <= 0, "non-positive groups is not supported"),
        (min(window.padding, default=0) < 0, "negative padding is not supported"),
        (min(output_padding, default=0) < 0, "negative output_padding is not supported"),
        (min(window.stride, default=1) <= 0, "non-positive stride is not supported"),
        (min(window.dilation, default=1) < 0, "dilation should be greater than zero"),
        (0 in window.dilation, f"dilation should be greater than zero, but got {list(window.dilation)}"),
        (
            weight.ndim != input.ndim,
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight {shape}, but got {input.ndim}-dimensional "
            f"input of size {list(input.shape)} instead",
        ),
        (
            shape[0] < groups,
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {shape} instead",
        ),
        (
            groups > 0 and shape[0] % groups,
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{shape}] instead",
        ),
    ):
        if wrong:
            raise RuntimeError(message)
    wanted = shape[0] if transposed else shape[1] * groups
    if input.shape[1] != wanted:
        start = "Given transposed=1" if transposed else f"Given groups={groups}"
        raise RuntimeError(
            f"{start}, weight of size {shape}, expected input{list(input.shape)} to have {wanted} channels, but got {input.shape[1]} "
            "channels instead"
        )
    out_channels = shape[1] * groups if transposed else shape[0]
    if bias is not None and bias.shape != (out_channels,):
        start = "Given transposed=1" if transposed else "Given"
        raise RuntimeError(
            f"{start}{',' if transposed else ''} weight of size {shape}, expected bias to be 1-dimensional with {out_channels} elements, but "
            f"got bias of size {list(bias.shape)} instead"
        )
    if not transposed:
        sizes = [n + 2 * p for n, p in zip(input.shape[2:], window.padding, strict=True)]
        kernel = [d * (k - 1) + 1 for k, d in zip(shape[2:], window.dilation, strict=True)]
        if any(n < k for n, k in zip(sizes, kernel, strict=True)):
            raise RuntimeError(
                f"Calculated padded input size per channel: ({' x '.join(map(str, sizes))}). Kernel size: "
                f"({' x '.join(map(str, kernel))}). Kernel size can't be greater than actual input size"
            )


def _transposed_sizes(sizes: Sequence[int], kernel: Sequence[int], window: _Window, extra: Sequence[int]) -> tuple[int, ...]:
    """The size of the input whose convolution has these sizes.

    Raises:
        RuntimeError: There is none.
    """
    for o, s, d in zip(extra, window.stride, window.dilation, strict=True):
        if o >= s and o >= d:
            names = ("depth", "height", "width")[3 - max(2, len(sizes)) :]
            given = [("output_padding", extra), ("stride", window.stride), ("dilation", window.dilation)]
            full = [
                (word, [*([0] if word == "output_padding" else [1]) * (len(sizes) == 1), *values]) for word, values in given
            ]
            parts = [f"{word}_{name}: {value}" for word, values in full for name, value in zip(names, values, strict=True)]
            raise RuntimeError("output padding must be smaller than either stride or dilation, but got " + " ".join(parts))
    found = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + o + 1
        for n, k, s, p, d, o in zip(sizes, kernel, window.stride, window.padding, window.dilation, extra, strict=True)
    )
    if any(n < 1 for n in found):
        before, after = (f"({' x '.join(map(str, s))})" for s in (sizes, found))
        raise RuntimeError(
            f"Given input size per channel: {before}. Calculated output size per channel: {after}. Output size is too small"
        )
    return found


def _convolution(
    input: Any,
    weight: Any,
    bias: Any,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Any:
    dims = weight.ndim - 2
    stride, padding, dilation, output_padding = (
        v * dims if len(v) == 1 else v for v in (stride, padding, dilation, output_padding)
    )
    window = _Window(stride, padding, dilation, groups)
    _check(input, weight, bias, window, transposed, output_padding)
    if transposed:
        sizes = _transposed_sizes(input.shape[2:], weight.shape[2:], window, output_padding)
        result = _input_gradient(input, weight, sizes, window)
    else:
        result = _correlate(input, weight, window, window.outputs(input.shape[2:], weight.shape[2:]))
    if bias is not None:
        result = result + bias.astype(result.dtype, copy=False).reshape(-1, *(1,) * dims)
    return np.ascontiguousarray(result.astype(input.dtype, copy=False))


def _convolution_backward(
    grad_output: Any,
    input: Any,
    weight: Any,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    groups: int,
    output_mask: Sequence[bool],
) -> tuple[Any, Any, Any]:
    dims = weight.ndim - 2
    stride, padding, dilation = (v * dims if len(v) == 1 else v for v in (stride, padding, dilation))
    window = _Window(stride, padding, dilation, groups)
    parts: list[Any] = [np.empty(0, grad_output.dtype)] * 3
    # Where nothing is conjugated, conj makes no copy worth sparing: only complex arrays pay.
    is_complex = grad_output.dtype.kind == "c"
    if output_mask[0]:
        factor = weight.conj() if is_complex else weight
        parts[0] = (
            _correlate(grad_output, factor, window, input.shape[2:])
            if transposed
            else _input_gradient(grad_output, factor, input.shape[2:], window)
        )
    if output_mask[1]:
        factor = input.conj() if is_complex else input
        parts[1] = (
            _weight_gradient(factor, grad_output, weight.shape, window)
            if transposed
            else _weight_gradient(grad_output, factor, weight.shape, window)
        )
    if output_mask[2]:
        parts[2] = grad_output.sum(axis=(0, *range(2, grad_output.ndim)), dtype=grad_output.dtype)
    first, second, third = (np.ascontiguousarray(p.astype(grad_output.dtype, copy=False)) for p in parts)
    return first, second, third


@helper
def convolution_double_backward(
    k: Any, grads: Any, grad_output: Any, input: Any, weight: Any, options: tuple[Any, ...], mask: Any, needed: Any
) -> tuple[Any, Any, Any]:
    """The derivatives of the three gradients: the same three computations, with what moves each in its place."""
    stride, padding, dilation, transposed, groups = options
    dims = len(grad_output.shape) - 2
    stride, padding, dilation = (v * dims if len(v) == 1 else v for v in (stride, padding, dilation))
    to_input, to_weight, to_bias = (g if given else None for g, given in zip(grads, mask, strict=True))
    outputs = tuple(grad_output.shape[2:])
    extra = (0,) * len(outputs)
    if transposed:
        plain = _transposed_sizes(input.shape[2:], weight.shape[2:], _Window(stride, padding, dilation, groups), extra)
        extra = tuple(n - m for n, m in zip(outputs, plain, strict=True))
    moved: Any = None
    if needed[0]:
        for first, second in ((to_input, weight), (input, to_weight)):
            if first is not None and second is not None:
                part = k.convolution(first, second, None, stride, padding, dilation, transposed, extra, groups)
                moved = part if moved is None else moved + part
        if to_bias is not None:
            part = k.reshape(to_bias, (-1, *(1,) * len(outputs)))
            moved = part if moved is None else moved + part
        if moved is not None and tuple(moved.shape) != tuple(grad_output.shape):
            moved = k.expand(moved, tuple(grad_output.shape))

    def backward(value: Any, factor: Any, which: int) -> Any:
        wanted = tuple(i == which for i in range(3))
        return k.convolution_backward(grad_output, value, factor, stride, padding, dilation, transposed, groups, wanted)[which]

    return (
        moved,
        backward(input, to_weight, 0) if needed[1] and to_weight is not None else None,
        backward(to_input, weight, 1) if needed[2] and to_input is not None else None,
    )


_OPTIONS: Final = "(stride, padding, dilation, transposed, groups)"
convolution = op(
    "convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, bool transposed, "
    "int[] output_padding, int groups)",
    _convolution,
    "bias + the sum of weight * (what the kernel sees of input), at each place",
    method=False,
    input="convolution_backward(grad, input, weight, stride, padding, dilation, transposed, groups, needed)[0]",
    weight="convolution_backward(grad, input, weight, stride, padding, dilation, transposed, groups, needed)[1]",
    bias="convolution_backward(grad, input, weight, stride, padding, dilation, transposed, groups, needed)[2]",
)
op(
    "convolution_backward(Tensor grad_output, Tensor input, Tensor weight, int[] stride, int[] padding, int[] dilation, "
    "bool transposed, int groups, bool[3] output_mask) -> (grad_input, grad_weight, grad_bias)",
    _convolution_backward,
    "grad_output convolved with weight, correlated with input, and summed",
    function=False,
    method=False,
    grad_output=f"convolution_double_backward(grads, grad_output, input, weight, {_OPTIONS}, output_mask, needed)[0]",
    input=f"convolution_double_backward(grads, grad_output, input, weight, {_OPTIONS}, output_mask, needed)[1]",
    weight=f"convolution_double_backward(grads, grad_output, input, weight, {_OPTIONS}, output_mask, needed)[2]",
)
