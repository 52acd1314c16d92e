"""torch.fft: discrete Fourier transforms of one dimension or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .dtypes import get_default_dtype
from .factories import finish
from .ops import fourier
from .ops.vocabulary import axis_of
from .outputs import with_out
from .rules import TENSORS
from .tensor import Tensor

__all__: list[str] = []

_ROWS = fourier
"""Where the rows used here are."""


def _offered(name: str, function: Callable[..., Any], doc: str) -> None:
    """Offer a function in this module."""
    function.__name__ = function.__qualname__ = f"fft_{name}"
    function.__doc__ = doc
    made = with_out(function, f"fft_{name}")
    made.__name__ = made.__qualname__ = f"fft_{name}"
    made.__module__ = "torch.fft"
    globals()[name] = made
    __all__.append(name)


# -- what they share


def _mode(norm: str | None, forward: bool) -> int:
    """0, 1 or 2: divide by nothing, by the root of the number of elements, by that number."""
    if norm is None or norm == "backward":
        return 0 if forward else 2
    if norm == "forward":
        return 2 if forward else 0
    if norm == "ortho":
        return 1
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _promoted(input: Tensor, to_complex: bool) -> Tensor:
    """The input as floats, or as complex numbers."""
    kind = input.dtype
    if kind._name == "float16":
        raise RuntimeError("Unsupported dtype Half")
    if not (kind.is_floating_point or kind.is_complex):
        kind = get_default_dtype()
    if to_complex:
        kind = kind.to_complex()
    converted: Tensor = input.to(kind)
    return converted


def _resized(input: Tensor, dims: Sequence[int], sizes: Sequence[int]) -> Tensor:
    """The input cut or padded with zeros to sizes along dims; -1 leaves one as it is."""
    padding = [0] * (2 * input._value.ndim)
    short = False
    for d, n in zip(dims, sizes, strict=True):
        length = input._value.shape[d]
        if n == -1 or n == length:
            continue
        if n < length:
            input = TENSORS.slice(input, d, 0, n, 1)
        else:
            short = True
            padding[2 * (input._value.ndim - 1 - d) + 1] = n - length
    return TENSORS.constant_pad_nd(input, tuple(padding), 0) if short else input


def _one(input: Tensor, dim: int) -> int:
    if not input._value.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return axis_of(dim, input._value.ndim)


def _length(n: int | None, found: int) -> int:
    size = found if n is None else n
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")
    return size


def _several(input: Tensor, s: Any, dim: Any) -> tuple[list[int], list[int]]:
    """The dimensions to transform, and the size each shall have."""
    ndim, shape = input._value.ndim, input._value.shape
    sizes = None if s is None else [s] if isinstance(s, int) else list(s)
    dims = None if dim is None else [dim] if isinstance(dim, int) else list(dim)
    if dims is not None:
        dims = [_one(input, d) for d in dims]
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
    if sizes is not None:
        if dims is not None and len(dims) != len(sizes):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
        if len(sizes) > ndim:
            raise RuntimeError(f"Got shape with {len(sizes)} values but input tensor only has {ndim} dimensions.")
        dims = list(range(ndim - len(sizes), ndim)) if dims is None else dims
        sizes = [shape[d] if n == -1 else n for d, n in zip(dims, sizes, strict=True)]
    else:
        dims = list(range(ndim)) if dims is None else dims
        sizes = [shape[d] for d in dims]
    for n in sizes:
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return dims, sizes


# -- one dimension


def _complex_one(forward: bool) -> Callable[..., Tensor]:
    def transform(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
        x = _promoted(input, False)
        axis = _one(x, dim)
        size = _length(n, x._value.shape[axis])
        x = _resized(x, [axis], [size])
        mode = _mode(norm, forward)
        if x._value.dtype.kind == "c":
            return TENSORS._fft_c2c(x, (axis,), mode, forward)
        made = TENSORS._fft_r2c(x, (axis,), mode, False)
        return made if forward else TENSORS.conj(made)

    return transform


def _from_real(forward: bool, name: str) -> Callable[..., Tensor]:
    def transform(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
        if input._value.dtype.kind == "c":
            raise RuntimeError(f"{name} expects a real input tensor, but got {input.dtype._legacy}")
        x = _promoted(input, False)
        axis = _one(x, dim)
        size = _length(n, x._value.shape[axis])
        made = TENSORS._fft_r2c(_resized(x, [axis], [size]), (axis,), _mode(norm, forward), True)
        return made if forward else TENSORS.conj(made)

    return transform


def _to_real(forward: bool) -> Callable[..., Tensor]:
    def transform(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
        x = _promoted(input, True)
        axis = _one(x, dim)
        size = _length(n, 2 * (x._value.shape[axis] - 1))
        x = _resized(x, [axis], [size // 2 + 1])
        return TENSORS._fft_c2r(TENSORS.conj(x) if forward else x, (axis,), _mode(norm, forward), size)

    return transform


_offered("fft", _complex_one(True), "The discrete Fourier transform along dim.")
_offered("ifft", _complex_one(False), "The inverse discrete Fourier transform along dim.")
_offered("rfft", _from_real(True, "rfft"), "The first half of the transform of real numbers along dim.")
_offered("ihfft", _from_real(False, "ihfft"), "The first half of the inverse transform of real numbers along dim.")
_offered("irfft", _to_real(False), "The real numbers whose transform has this first half along dim.")
_offered("hfft", _to_real(True), "The real transform of numbers of which the first half is given along dim.")


# -- several


def _complex_many(forward: bool, default: Any) -> Callable[..., Tensor]:
    def transform(input: Tensor, s: Any = None, dim: Any = default, norm: str | None = None) -> Tensor:
        dims, sizes = _several(input, s, dim)
        x = _resized(_promoted(input, True), dims, sizes)
        return TENSORS._fft_c2c(x, tuple(dims), _mode(norm, forward), forward)

    return transform


def _from_real_many(name: str, default: Any) -> Callable[..., Tensor]:
    def transform(input: Tensor, s: Any = None, dim: Any = default, norm: str | None = None) -> Tensor:
        if input._value.dtype.kind == "c":
            raise RuntimeError(f"{name} expects a real-valued input tensor, but got {input.dtype._legacy}")
        dims, sizes = _several(input, s, dim)
        if not dims:
            raise RuntimeError(f"{name} must transform at least one axis")
        x = _resized(_promoted(input, False), dims, sizes)
        return TENSORS._fft_r2c(x, tuple(dims), _mode(norm, True), True)

    return transform


def _halved(input: Tensor, s: Any, dim: Any, name: str) -> tuple[Tensor, list[int], int]:
    """The input of a transform to real numbers, its dimensions, and the size of the last."""
    dims, sizes = _several(input, s, dim)
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    given = None if s is None else (s if isinstance(s, int) else list(s)[-1])
    last = 2 * (sizes[-1] - 1) if given is None or given == -1 else sizes[-1]
    if last < 1:
        raise RuntimeError(f"Invalid number of data points ({last}) specified")
    x = _resized(_promoted(input, True), dims, [*sizes[:-1], last // 2 + 1])
    return x, dims, last


def _to_real_many(default: Any) -> Callable[..., Tensor]:
    def transform(input: Tensor, s: Any = None, dim: Any = default, norm: str | None = None) -> Tensor:
        x, dims, last = _halved(input, s, dim, "irfftn")
        return TENSORS._fft_c2r(x, tuple(dims), _mode(norm, False), last)

    return transform


def _hermitian_many(default: Any) -> Callable[..., Tensor]:
    def transform(input: Tensor, s: Any = None, dim: Any = default, norm: str | None = None) -> Tensor:
        x, dims, last = _halved(input, s, dim, "hfftn")
        mode = _mode(norm, True)
        if len(dims) > 1:
            x = TENSORS._fft_c2c(x, tuple(dims[:-1]), mode, True)
        return TENSORS._fft_c2r(TENSORS.conj(x), tuple(dims[-1:]), mode, last)

    return transform


def _inverse_hermitian_many(default: Any) -> Callable[..., Tensor]:
    def transform(input: Tensor, s: Any = None, dim: Any = default, norm: str | None = None) -> Tensor:
        if input._value.dtype.kind == "c":
            raise RuntimeError(f"ihfftn expects a real-valued input tensor, but got {input.dtype._legacy}")
        dims, sizes = _several(input, s, dim)
        if not dims:
            raise RuntimeError("ihfftn must transform at least one axis")
        mode = _mode(norm, False)
        x = _resized(_promoted(input, False), dims, sizes)
        made = TENSORS._fft_r2c(x, tuple(dims[-1:]), mode, True)
        if len(dims) == 1:
            return TENSORS.conj(made)
        return TENSORS._fft_c2c(TENSORS.conj_physical(made), tuple(dims[:-1]), mode, False)

    return transform


for _ending, _default in (("2", (-2, -1)), ("n", None)):
    _where = "the last two dimensions" if _ending == "2" else "several dimensions"
    _offered(f"fft{_ending}", _complex_many(True, _default), f"The discrete Fourier transform over {_where}.")
    _offered(f"ifft{_ending}", _complex_many(False, _default), f"The inverse discrete Fourier transform over {_where}.")
    _offered(f"rfft{_ending}", _from_real_many("rfftn", _default), f"Half of the transform of real numbers over {_where}.")
    _offered(f"irfft{_ending}", _to_real_many(_default), f"The real numbers whose transform over {_where} has this half.")
    _offered(f"hfft{_ending}", _hermitian_many(_default), f"The real transform over {_where} of what is given by half.")
    _offered(
        f"ihfft{_ending}", _inverse_hermitian_many(_default), f"Half of the inverse transform over {_where} of real numbers."
    )


# -- around them


def _frequencies(name: str, values: Callable[[int], Any], doc: str) -> None:
    def made(
        n: int,
        d: float = 1.0,
        *,
        out: Any = None,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        kind = (get_default_dtype() if dtype is None else dtype)._numpy
        result = finish((values(n) * (1.0 / (n * d))).astype(kind), f"fft_{name}", requires_grad, device)
        return result if out is None else out.copy_(result)

    made.__name__ = made.__qualname__ = f"fft_{name}"
    made.__module__ = "torch.fft"
    made.__doc__ = doc
    globals()[name] = made
    __all__.append(name)


def _signed(n: int) -> Any:
    places = np.arange(n)
    return np.where(places >= (n + 1) // 2, places - n, places)


_frequencies("fftfreq", _signed, "The frequencies a transform of n samples, d apart, has.")
_frequencies("rfftfreq", lambda n: np.arange(n // 2 + 1), "The frequencies the first half of such a transform has.")


def _shift(name: str, amount: Callable[[int], int], doc: str) -> None:
    def shifted(input: Tensor, dim: Any = None) -> Tensor:
        ndim = input._value.ndim
        dims = list(range(ndim)) if dim is None else [axis_of(d, ndim) for d in ([dim] if isinstance(dim, int) else dim)]
        return TENSORS.roll(input, tuple([amount(input._value.shape[d]) for d in dims]), tuple(dims))

    shifted.__name__ = shifted.__qualname__ = f"fft_{name}"
    shifted.__module__ = "torch.fft"
    shifted.__doc__ = doc
    globals()[name] = shifted
    __all__.append(name)


_shift("fftshift", lambda n: n // 2, "A transform with its zero frequency in the middle.")
_shift("ifftshift", lambda n: (n + 1) // 2, "A transform with its zero frequency back at the front.")


def __dir__() -> list[str]:
    return __all__
