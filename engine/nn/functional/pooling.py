"""Pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from ...api import FUNCTIONS, public
from ...ops.arguments import expanded, ints
from ...rules import TENSORS
from ...tensor import Tensor

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices", "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "avg_pool1d",
    "avg_pool2d", "avg_pool3d", "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d", "max_pool1d_with_indices", "max_pool2d",
    "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices", "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip

_WINDOW: Final = """
    Args:
        input: (samples, channels, sizes), or without samples.
        kernel_size: How large the windows are: a number, or one for each dimension.
        stride: By how much they move; by their size if not given.
        padding: How far the first begins before the input."""


def _sizes(name: str, word: str, position: int, value: Any) -> tuple[int, ...]:
    if value is None:
        return ()
    found = ints(value)
    if found is None:
        raise TypeError(f"{name}(): argument '{word}' (position {position}) must be tuple of ints, not {type(value).__name__}")
    return found


def _checked(name: str, input: Any) -> None:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")


def _one(name: str, word: str, values: tuple[int, ...]) -> int:
    if len(values) != 1:
        raise RuntimeError(f"{name}() argument '{word}' should contain one int (got {len(values)})")
    return values[0]


def _check_line(name: str, input: Tensor) -> None:
    if input._value.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input._value.ndim}-dimensional tensor for argument #1 'self' (while checking arguments for "
            f"{name})"
        )


def _over_line(function: Any, input: Tensor, *args: Any) -> Any:
    """What a function of planes makes of lines, as planes of one row."""
    found = function(input.unsqueeze(-2), *args)
    return tuple(t.squeeze(-2) for t in found) if isinstance(found, tuple) else found.squeeze(-2)


# -- max pooling


def _check_max_line(
    input: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    ceil_mode: bool,
) -> None:
    """See that `max_pool1d` can be computed.

    Raises:
        RuntimeError: It cannot.
    """
    for word, values in (("kernel_size", kernel), ("stride", stride), ("padding", padding), ("dilation", dilation)):
        if len(values) > 1 or (not values and word != "stride"):
            raise RuntimeError(
                f"max_pool1d() {word} must be an int, list of ints or tuple of ints of size 1 but got size {len(values)}"
            )
    if input._value.ndim not in (2, 3):
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:"
            f"{list(input._value.shape)}"
        )
    k, s, p, d = kernel[0], (*stride, *kernel)[0], padding[0], dilation[0]
    for wrong, message in (
        (k <= 0, f"kernel_size must be greater than zero, but got {k}"),
        (s <= 0, f"stride must be greater than zero, but got {s}"),
        (p < 0, f"padding must be non-negative, but got {p}"),
        (p > k // 2, f"padding should be at most half of kernel size, but got padding={p} and kernel_size={k}"),
        (d <= 0, f"dilation must be greater than zero, but got {d}"),
    ):
        if wrong:
            raise RuntimeError(f"max_pool1d() {message}")
    reach = input._value.shape[-1] + 2 * p - d * (k - 1) - 1
    outputs = (reach + (s - 1 if ceil_mode else 0)) // s + 1
    if ceil_mode and (outputs - 1) * s >= input._value.shape[-1] + p:
        outputs -= 1
    if outputs <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {outputs}")


@public(method=False)
def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> Any:
    """The largest of input in each window, and where it stands."""
    name = "max_pool1d"
    _checked(name, input)
    words = (("kernel_size", kernel_size), ("stride", stride), ("padding", padding), ("dilation", dilation))
    kernel, steps, border, spread = (_sizes(name, word, i + 2, value) for i, (word, value) in enumerate(words))
    if not return_indices:
        _check_max_line(input, kernel, steps, border, spread, ceil_mode)
    elif input._value.ndim not in (2, 3):
        _check_line("max_pool1d", input)
    wide = [(0 if i == 2 else 1, *v) if v else () for i, v in enumerate((kernel, steps, border, spread))]
    return _over_line(TENSORS.max_pool2d_with_indices, input, *wide, ceil_mode)


def _plane_pool(dims: int) -> Callable[..., Any]:
    name = f"max_pool{dims}d"

    def pool(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = True,
    ) -> Any:
        _checked(name, input)
        words = (("kernel_size", kernel_size), ("stride", stride), ("padding", padding), ("dilation", dilation))
        sizes = [_sizes(name, word, i + 2, value) for i, (word, value) in enumerate(words)]
        return TENSORS[f"{name}_with_indices"](input, *sizes, ceil_mode)

    return pool


def _named(function: Any, name: str, doc: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _maximum(with_indices: Callable[..., Any], name: str, place: int) -> Any:
    """A function that returns indices only if asked for."""

    def pool(*args: Any, **kwargs: Any) -> Any:
        wanted = args[place] if len(args) > place else kwargs.pop("return_indices", False)
        found = with_indices(*args[:place], return_indices=wanted, **kwargs)
        return tuple(found) if wanted else found[0]

    doc = f"The largest of input in each window.{_WINDOW if place == 6 else ''}"
    return _named(pool, name, doc)


max_pool2d_with_indices = _named(
    _plane_pool(2), "max_pool2d_with_indices", "The largest of input in each window, and where it stands."
)
max_pool3d_with_indices = _named(
    _plane_pool(3), "max_pool3d_with_indices", "The largest of input in each window, and where it stands."
)
max_pool1d = public(method=False)(_maximum(max_pool1d_with_indices, "max_pool1d", 6))
max_pool2d = public(method=False)(_maximum(max_pool2d_with_indices, "max_pool2d", 6))
max_pool3d = public(method=False)(_maximum(max_pool3d_with_indices, "max_pool3d", 6))


def _listed(sizes: Any, shape: Sequence[int]) -> Any:
    """An output size whose Nones mean the input's own.

    Raises:
        ValueError: It has a number for each dimension, and the input has no more.
    """
    if not isinstance(sizes, (list, tuple)):
        return sizes
    if len(shape) <= len(sizes):
        raise ValueError(f"Input dimension should be at least {len(sizes) + 1}")
    return [n if s is None else s for s, n in zip(sizes, shape[-len(sizes) :], strict=False)]


def adaptive_max_pool1d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest of input in each of so many parts, and where it stands."""
    name = "adaptive_max_pool1d"
    _checked(name, input)
    size = _one(name, "output_size", _sizes(name, "output_size", 2, output_size))
    _check_line(name, input)
    return _over_line(TENSORS.adaptive_max_pool2d, input, (1, size))


def adaptive_max_pool2d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest of input in each of so many parts, and where it stands."""
    size = _listed(output_size, input._value.shape)
    return TENSORS.adaptive_max_pool2d(input, expanded(size, 2))


def adaptive_max_pool3d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest of input in each of so many parts, and where it stands."""
    size = _listed(output_size, input._value.shape)
    return TENSORS.adaptive_max_pool3d(input, expanded(size, 3))


adaptive_max_pool1d = _maximum(adaptive_max_pool1d_with_indices, "adaptive_max_pool1d", 2)
adaptive_max_pool2d = _maximum(adaptive_max_pool2d_with_indices, "adaptive_max_pool2d", 2)
adaptive_max_pool3d = _maximum(adaptive_max_pool3d_with_indices, "adaptive_max_pool3d", 2)
FUNCTIONS["adaptive_max_pool1d"] = adaptive_max_pool1d_with_indices


def _fractional(dims: int) -> Any:
    name = f"fractional_max_pool{dims}d"

    def pool(
        input: Tensor,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> Any:
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        shape = input._value.shape
        if output_size is None:
            if dims == 2 and len(output_ratio) > 2:
                raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
            ratios = output_ratio if isinstance(output_ratio, (list, tuple)) else (output_ratio,) * dims
            output_size = [int(n * r) for n, r in zip(shape[-dims:], ratios, strict=True)]
        if _random_samples is None:
            samples = 1 if len(shape) == dims + 1 else shape[0]
            _random_samples = FUNCTIONS["rand"](samples, shape[-dims - 1], dims, dtype=input.dtype)
        return TENSORS[name](input, expanded(kernel_size, dims), expanded(output_size, dims), _random_samples)

    return _named(pool, f"{name}_with_indices", "The largest of input in windows that lie at random, and where it stands.")


fractional_max_pool2d_with_indices = _fractional(2)
fractional_max_pool3d_with_indices = _fractional(3)
fractional_max_pool2d = _maximum(fractional_max_pool2d_with_indices, "fractional_max_pool2d", 4)
fractional_max_pool3d = _maximum(fractional_max_pool3d_with_indices, "fractional_max_pool3d", 4)

# -- average pooling


@public(method=False)
def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of input in each window."""
    name = "avg_pool1d"
    _checked(name, input)
    words = (("kernel_size", kernel_size), ("stride", stride), ("padding", padding))
    kernel, steps, border = (_sizes(name, word, i + 2, value) for i, (word, value) in enumerate(words))
    _check_line(name, input)
    k, p = _one(name, "kernel_size", kernel), _one(name, "padding", border)
    s = _one(name, "stride", steps) if steps else k
    found: Tensor = _over_line(TENSORS.avg_pool2d, input, (1, k), (1, s), (0, p), ceil_mode, count_include_pad)
    return found


def _average(dims: int) -> Any:
    name = f"avg_pool{dims}d"

    def pool(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        *,
        out: Any = None,
    ) -> Any:
        _checked(name, input)
        words = (("kernel_size", kernel_size), ("stride", stride), ("padding", padding))
        sizes = [_sizes(name, word, i + 2, value) for i, (word, value) in enumerate(words)]
        return TENSORS[name](
            input, *sizes, ceil_mode, count_include_pad, divisor_override, **({} if out is None else {"out": out})
        )

    return _named(pool, name, f"The mean of input in each window.{_WINDOW}")


avg_pool2d, avg_pool3d = _average(2), _average(3)


@public(method=False)
def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The mean of input in each of so many parts."""
    name = "adaptive_avg_pool1d"
    _checked(name, input)
    size = _one(name, "output_size", _sizes(name, "output_size", 2, output_size))
    _check_line(name, input)
    found: Tensor = _over_line(adaptive_avg_pool2d, input, (1, size))
    return found


def _adaptive_average(dims: int) -> Any:
    name = f"adaptive_avg_pool{dims}d"

    def pool(input: Tensor, output_size: Any) -> Any:
        size = expanded(_listed(output_size, input._value.shape), dims)
        if size == (1,) * dims and input._value.ndim in (dims + 1, dims + 2) and 0 not in input._value.shape[-dims:]:
            # One part is the whole.
            return input.mean(tuple(range(-1, -dims - 1, -1)), keepdim=True)
        return TENSORS[f"_{name}"](input, size)

    return _named(pool, name, "The mean of input in each of so many parts.")


adaptive_avg_pool2d, adaptive_avg_pool3d = _adaptive_average(2), _adaptive_average(3)

# -- power-average pooling


def _power(dims: int, maximum: Any, average: Any) -> Any:
    def pool(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
        if norm_type == math.inf:
            found: Tensor = maximum(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
            return found
        if norm_type == -math.inf:
            return -maximum(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
        count = kernel_size if dims == 1 else math.prod(expanded(kernel_size, dims))
        mean = average(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
        return (mean.sign() * mean.abs().relu()).mul(count).pow(1.0 / norm_type)

    return _named(pool, f"lp_pool{dims}d", "The norm of input in each window.")


lp_pool1d = _power(1, max_pool1d, avg_pool1d)
lp_pool2d = _power(2, max_pool2d, avg_pool2d)
lp_pool3d = _power(3, max_pool3d, avg_pool3d)

# -- the way back


def _unpooled_size(
    shape: Sequence[int], kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], wanted: Any
) -> list[int]:
    dims = len(kernel)
    usual = [(n - 1) * s + k - 2 * p for n, k, s, p in zip(shape[len(shape) - dims :], kernel, stride, padding, strict=True)]
    if wanted is None:
        return usual
    given = wanted[2:] if len(wanted) == dims + 2 else wanted
    if len(given) != dims:
        raise ValueError(
            f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it has a length of '{len(given)}'"
        )
    for d, (size, s) in enumerate(zip(usual, stride, strict=True)):
        if not size - s < given[d] < size + s:
            raise ValueError(f'invalid output_size "{given}" (dim {d} must be between {size - s} and {size + s})')
    return list(given)


def _unpool(dims: int) -> Any:
    name = f"max_unpool{dims}d"

    def unpool(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Tensor:
        kernel = expanded(kernel_size, dims)
        steps = kernel if stride is None else expanded(stride, dims)
        border = expanded(padding, dims)
        size = _unpooled_size(input._value.shape, kernel, steps, border, output_size)
        if dims == 1:
            return TENSORS.max_unpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), [*size, 1]).squeeze(-1)
        return (
            TENSORS.max_unpool2d(input, indices, size)
            if dims == 2
            else TENSORS.max_unpool3d(input, indices, size, steps, border)
        )

    return _named(unpool, name, "input, each element put where max pooling found it, 0 elsewhere.")


max_unpool1d, max_unpool2d, max_unpool3d = _unpool(1), _unpool(2), _unpool(3)
