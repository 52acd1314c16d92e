"""Max pooling in all its forms, and its inverse.

Each kind finds, for every output, the largest of some elements and where it stands in its plane; all gradients then take one way:
back to that place.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from ..api import op
from ..dtypes import of_array
from ..rules import helper
from .pooling_windows import adaptive_bounds, check_adaptive, check_dims, moving

__all__: list[str] = []

_DIMS: Final = (2, 3)


def _lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _numbers_only(value: Any, name: str) -> None:
    if value.dtype.kind not in "fiu":
        raise NotImplementedError(f"\"{name}\" not implemented for '{of_array(value)._legacy}'")


def _floats_only(value: Any, name: str) -> None:
    if value.dtype.kind != "f":
        raise NotImplementedError(f"\"{name}\" not implemented for '{of_array(value)._legacy}'")


def _largest(candidates: Iterator[tuple[Any, Any]], best: Any, index: Any) -> tuple[Any, Any]:
    """The largest of candidates (values, where each stands), the first among equals; a nan is larger than all."""
    for values, places in candidates:
        better = values > best
        if best.dtype.kind == "f":
            better |= np.isnan(values)
        np.copyto(best, values, where=better)
        np.copyto(index, places, where=better)
    return best, index


def _flat_places(axes: Sequence[Any], sizes: Sequence[int]) -> Any:
    """Where elements stand in their plane, from where they stand in each dimension."""
    found: Any = 0
    for i, (places, n) in enumerate(zip(axes, sizes, strict=True)):
        found = found * n + np.reshape(places, (-1, *(1,) * (len(axes) - 1 - i)))
    return found


def _max_pool(dims: int) -> Any:
    name = f"max_pool{dims}d"

    def forward(
        self: Any,
        kernel_size: Sequence[int],
        stride: Sequence[int] = (),
        padding: Sequence[int] = (0,),
        dilation: Sequence[int] = (1,),
        ceil_mode: bool = False,
    ) -> tuple[Any, Any]:
        if self.ndim not in (dims + 1, dims + 2):
            check_dims(name, self.shape, dims)
        sizes = self.shape[-dims:]
        channels = self.shape[-dims - 1] if self.ndim > dims else 1
        window = moving(name, sizes, channels, kernel_size, stride, padding, dilation, ceil_mode, True)
        check_dims(name, self.shape, dims)
        _numbers_only(self, name)
        lead = self.shape[:-dims]
        reach = window.reach(sizes)
        padded = self
        if any(map(any, reach)):
            padded = np.pad(self, [(0, 0)] * len(lead) + reach, constant_values=_lowest(self.dtype))
        starts = [np.arange(o) * s - p for o, s, p in zip(window.outputs, window.stride, window.padding, strict=True)]
        # A window of nothing but minus infinity points to the first element it covers.
        first = [np.where(a < 0, a + -(a // d) * d, a) for a, d in zip(starts, window.dilation, strict=True)]
        index = np.broadcast_to(_flat_places(first, sizes), (*lead, *window.outputs)).copy()
        best = np.full((*lead, *window.outputs), _lowest(self.dtype), self.dtype)

        def candidates() -> Iterator[tuple[Any, Any]]:
            for place in itertools.product(*map(range, window.kernel)):
                axes = [a + i * d for a, i, d in zip(starts, place, window.dilation, strict=True)]
                yield padded[(..., *window.region(place))], _flat_places(axes, sizes)

        return _largest(candidates(), best, index)

    return forward


def _adaptive(dims: int) -> Any:
    name = f"adaptive_max_pool{dims}d"

    def forward(self: Any, output_size: Sequence[int]) -> tuple[Any, Any]:
        check_adaptive(name, self.shape, output_size, dims, True)
        _floats_only(self, name)
        sizes, lead = self.shape[-dims:], self.shape[:-dims]
        bounds = [adaptive_bounds(n, o) for n, o in zip(sizes, output_size, strict=True)]
        best = np.full((*lead, *output_size), -np.inf, self.dtype)
        index = np.broadcast_to(_flat_places([b[0] for b in bounds], sizes), best.shape).copy()

        def candidates() -> Iterator[tuple[Any, Any]]:
            widths = [int((b[1] - b[0]).max(initial=0)) for b in bounds]
            for place in itertools.product(*map(range, widths)):
                # Windows that are smaller look at their last element again.
                axes = [np.minimum(b[0] + i, b[1] - 1) for b, i in zip(bounds, place, strict=True)]
                grid = np.ix_(*axes)
                yield self[(..., *grid)], _flat_places(axes, sizes)

        return _largest(candidates(), best, index)

    return forward


def _fractional_starts(samples: Any, size: int, kernel: int, outputs: int) -> Any:
    """Where the windows of one dimension begin: (..., outputs), from a random number each (Graham, 2014)."""
    if outputs == 1:
        return np.full((*samples.shape, 1), size - kernel, np.int64)
    alpha = samples.dtype.type((size - kernel) / samples.dtype.type(outputs - 1))
    places = np.arange(outputs - 1)
    starts = ((places + samples[..., None]) * alpha).astype(np.int64) - (samples[..., None] * alpha).astype(np.int64)
    return np.concatenate([starts, np.full((*samples.shape, 1), size - kernel, np.int64)], -1)


def _fractional(dims: int) -> Any:
    name = f"fractional_max_pool{dims}d"
    words = ("height", "width") if dims == 2 else ("time", "height", "width")
    shown = f"{name}()" if dims == 2 else f"{name}_out()"

    def forward(self: Any, kernel_size: Sequence[int], output_size: Sequence[int], random_samples: Any) -> tuple[Any, Any]:
        for word, values in (("kernel_size", kernel_size), ("output_size", output_size)):
            if len(values) != dims:
                raise RuntimeError(f"{name}: {word} must either be a single Int or tuple of Ints")
        if self.ndim not in (dims + 1, dims + 2) or 0 in self.shape[self.ndim - dims - 1 :]:
            raise RuntimeError(f"{name}(): Expected 3D or 4D tensor, but got: {list(self.shape)}")
        sizes, lead = self.shape[-dims:], self.shape[:-dims]
        for word, n, k, o in zip(words, sizes, kernel_size, output_size, strict=True):
            if o + k - 1 > n:
                raise RuntimeError(f"{shown}: pool {word} {k} too large relative to input {word} {n}")
        _floats_only(self, name + "_out_frame")
        samples = random_samples.reshape(*lead, dims) if self.ndim == dims + 2 else random_samples.reshape(-1, dims)[: lead[0]]
        # The last dimension takes the first number.
        order = range(dims) if dims == 3 else (1, 0)
        starts = [
            _fractional_starts(samples[..., i], n, k, o)
            for i, n, k, o in zip(order, sizes, kernel_size, output_size, strict=True)
        ]
        flat = np.ascontiguousarray(self).reshape(*lead, -1)
        best = np.full((*lead, *output_size), -np.inf, self.dtype)

        def places_of(place: Sequence[int]) -> Any:
            found: Any = 0
            for d, (start, n) in enumerate(zip(starts, sizes, strict=True)):
                axis = start.reshape(*lead, *(output_size[d] if e == d else 1 for e in range(dims)))
                found = found * n + axis + place[d]
            return np.broadcast_to(found, best.shape)

        def candidates() -> Iterator[tuple[Any, Any]]:
            for place in itertools.product(*map(range, kernel_size)):
                places = places_of(place)
                yield np.take_along_axis(flat, places.reshape(*lead, -1), -1).reshape(best.shape), places

        return _largest(candidates(), best, places_of((0,) * dims).copy())

    return forward


def _to_places(values: Any, indices: Any, sizes: Sequence[int], dims: int) -> Any:
    """Add values up where indices say, in planes of the given sizes."""
    lead = values.shape[: values.ndim - dims]
    plane = math.prod(sizes)
    result = np.zeros(math.prod(lead) * plane, values.dtype)
    offsets = np.arange(math.prod(lead)).reshape(*lead, *(1,) * dims) * plane
    np.add.at(result, (indices + offsets).reshape(-1), np.ascontiguousarray(values).reshape(-1))
    return result.reshape(*lead, *sizes)


@helper
def max_pool_double_backward(k: Any, grad: Any, indices: Any, dims: int) -> Any:
    """What stands at the places the largest elements came from."""
    shape = tuple(indices.shape)
    lead = shape[: len(shape) - dims]
    flat = (*lead, math.prod(shape[len(shape) - dims :]))
    planes = k.reshape(grad, (*lead, math.prod(tuple(grad.shape)[len(shape) - dims :])))
    return k.reshape(k.gather(planes, -1, k.reshape(indices, flat)), shape)


def _rows(name: str, options: str, forward: Any, words: str, dims: int) -> None:
    """A kind of pooling, and its backward, which takes the same options but for random numbers."""
    typed = [part.partition("=")[0] for part in options.split(", ") if "random" not in part]
    passed = ", ".join(part.split()[1] for part in typed)
    op(
        f"{name}(Tensor self, {options}) -> (output, indices)",
        forward,
        words,
        function=False,
        method=False,
        self=f"{name}_backward(grad, self, {passed}, indices)",
    )
    op(
        f"{name}_backward(Tensor grad_output, Tensor self, {', '.join(typed)}, Tensor indices)",
        lambda grad_output, self, *rest: _to_places(grad_output, rest[-1], self.shape[-dims:], dims),
        "grad_output, where the largest elements came from",
        function=False,
        method=False,
        grad_output=f"max_pool_double_backward(grad, indices, {dims})",
        self="zeros_like(self)",
    )


_WINDOW: Final = "the largest of self in each window, and where it stands"

for _dims in _DIMS:
    _sizes = f"int[{_dims}]"
    _rows(
        f"max_pool{_dims}d_with_indices",
        f"{_sizes} kernel_size, {_sizes} stride=[], {_sizes} padding=0, {_sizes} dilation=1, bool ceil_mode=False",
        _max_pool(_dims),
        _WINDOW,
        _dims,
    )
    _rows(f"adaptive_max_pool{_dims}d", f"{_sizes} output_size", _adaptive(_dims), _WINDOW, _dims)
    _rows(
        f"fractional_max_pool{_dims}d",
        f"{_sizes} kernel_size, {_sizes} output_size, Tensor random_samples",
        _fractional(_dims),
        _WINDOW,
        _dims,
    )


def _unpool(dims: int) -> Any:
    def forward(self: Any, indices: Any, output_size: Sequence[int], *_: Any) -> Any:
        if indices.dtype != np.int64:
            ending = f" but got: {of_array(indices)._legacy}" if dims == 2 else ""
            raise RuntimeError(f"elements in indices should be type int64{ending}")
        if self.ndim not in (dims + 1, dims + 2):
            raise RuntimeError(
                f"Input to max_unpooling{dims}d should be a {dims + 1}d or {dims + 2}d Tensor, but got a tensor with {self.ndim} dimensions."
            )
        if indices.shape != self.shape:
            raise RuntimeError(
                f"Expected shape of indices to be same as that of the input tensor ({list(self.shape)}) but got indices tensor with shape: "
                f"{list(indices.shape)}"
            )
        _floats_only(self, f"max_unpool{dims}d")
        plane = math.prod(output_size)
        wrong = (indices < 0) | (indices >= plane)
        if wrong.any():
            sizes = "x".join(map(str, output_size))
            raise RuntimeError(f"Found an invalid max index: {int(indices[wrong][0])} (output volumes are of size {sizes})")
        lead = self.shape[:-dims]
        result = np.zeros((*lead, plane), self.dtype)
        np.put_along_axis(result, indices.reshape(*lead, -1), np.ascontiguousarray(self).reshape(*lead, -1), -1)
        return result.reshape(*lead, *output_size)

    return forward


op(
    "max_unpool2d(Tensor self, Tensor indices, int[2] output_size)",
    _unpool(2),
    "self, each element put where indices say, 0 elsewhere",
    function=False,
    method=False,
    self="max_pool_double_backward(grad, indices, 2)",
)
op(
    "max_unpool3d(Tensor self, Tensor indices, int[3] output_size, int[3] stride, int[3] padding)",
    _unpool(3),
    "self, each element put where indices say, 0 elsewhere",
    function=False,
    method=False,
    self="max_pool_double_backward(grad, indices, 3)",
)
