"""What describes samples: quantiles, histograms, covariance; and membership."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from ..api import FUNCTIONS, op, public
from ..frames import warn
from ..rules import TENSORS
from ..tensor import Tensor, wrap
from .vocabulary import axis_of

__all__: list[str] = []

# -- quantiles

_WAYS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, skip_nan: bool) -> Tensor:
    kind = input.dtype
    if kind not in (dtypes.float32, dtypes.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if not input.numel():
        raise RuntimeError("quantile() input tensor must be non-empty")
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        q = wrap(np.asarray(q, kind._numpy))
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if q.dtype is not kind:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if not bool(((q >= 0) & (q <= 1)).all()):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    if interpolation not in _WAYS:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got " + interpolation
        )
    axis = None if dim is None else axis_of(dim, input.ndim)
    if axis is None:
        rows = input.flatten()
    elif axis == input.ndim - 1 or not input.ndim:
        rows = input
    else:
        rows = input.unsqueeze(-1).transpose(axis, -1)
    ordered = rows.sort(-1 if rows.ndim else 0)[0] if rows.ndim else rows.unsqueeze(0)
    shape = [] if axis is None else [n for d, n in enumerate(input.shape) if d != axis]
    ordered = ordered.reshape([*shape, -1])
    q_list = q.unsqueeze(0) if not q.ndim else q
    last = ordered.shape[-1] - 1
    with_nan = ordered.detach().isnan()
    if skip_nan:
        ranks = q_list * (with_nan.logical_not().sum(-1, True) - 1).to(kind)
        ranks = TENSORS.masked_fill(ranks, ranks < 0, 0)
    else:
        ranks = (q_list * last).expand([*shape, q_list.shape[0]])
        ranks = TENSORS.masked_fill(ranks, with_nan.any(-1, True), last)
    if interpolation in ("lower", "higher", "nearest"):
        ranks = {"lower": ranks.floor, "higher": ranks.ceil, "nearest": ranks.round}[interpolation]()
    below = ranks.to(dtypes.int64)
    values = ordered.gather(-1, below)
    if interpolation in ("linear", "midpoint"):
        weights = FUNCTIONS["full_like"](ranks, 0.5) if interpolation == "midpoint" else ranks - below
        values = values.lerp(ordered.gather(-1, ranks.ceil().to(dtypes.int64)), weights)
    values = values.squeeze_(-1) if not q.ndim else values.unsqueeze_(0).transpose_(0, -1).squeeze_(-1)
    if keepdim:
        places = range(input.ndim) if axis is None else [axis]
        for place in places:
            values = values.unsqueeze(place + q.ndim)
    return values


def _quantiles(name: str, skip_nan: bool, doc: str) -> None:
    def quantile(
        input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        return _quantile(input, q, dim, keepdim, interpolation, skip_nan)

    quantile.__doc__ = doc
    quantile.__name__ = quantile.__qualname__ = name
    public(out=name)(quantile)


_quantiles("quantile", False, "The values below which the fractions q of input lie, over all of it or along dim.")
_quantiles("nanquantile", True, "The values below which the fractions q of input lie, without what is nan.")

# -- histograms


def _refuse(kernel: str, value: Any) -> None:
    raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtypes.of_array(value)._legacy}'")


def _range(self: Any, low: float, high: float, margin: float) -> tuple[float, float]:
    if low == high and self.size:
        low, high = float(self.min()), float(self.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    return (low - margin, high + margin) if low == high else (low, high)


_OTHER_HIST = (
    "torch.histogram: input tensor and hist tensor should have the same dtype, but got input {result_c} and hist {out_c}"
)


def _histc(self: Any, bins: int = 100, min: Any = 0, max: Any = 0) -> Any:
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if min > max:
        raise RuntimeError("torch.histc: max must be larger than min")
    if self.dtype.kind != "f":
        _refuse("linspace_cpu" if self.dtype.kind == "b" else "histogram_cpu", self)
    low, high = _range(self, float(min), float(max), 1)
    numbers = np.asarray(self).reshape(-1)
    inside = numbers[(numbers >= low) & (numbers <= high)]
    return np.histogram(inside, bins, (low, high))[0].astype(self.dtype)


op(
    "histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0)",
    _histc,
    "how many elements lie in each of bins ranges",
    out=_OTHER_HIST,
)


def _histogram(self: Any, bins: Any, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    if self.dtype not in (np.float32, np.float64):
        _refuse("histogramdd", self)
    values = np.asarray(self).reshape(-1)
    if isinstance(bins, int):
        low, high = (0.0, 0.0) if range is None else range
        low, high = _range(self, float(low), float(high), 0.5)
        edges = np.linspace(low, high, bins + 1, dtype=self.dtype)
    else:
        edges = bins.astype(self.dtype)
    weights = None if weight is None else np.asarray(weight).reshape(-1)
    return np.histogram(values, edges, weights=weights, density=density)[0].astype(self.dtype), edges


_histogram_row = op(
    "histogram(Tensor self, Any bins, *, Any? range=None, Tensor? weight=None, bool density=False) -> (hist, bin_edges)",
    _histogram,
    "how many elements lie between neighbouring edges, and the edges",
    function=False,
    node="NotImplemented",
    out=_OTHER_HIST,
    self="not_differentiable('histogram')",
)


@public
def histogram(
    input: Tensor, bins: Any, *, range: Any = None, weight: Tensor | None = None, density: bool = False, out: Any = None
) -> Any:
    """How many elements lie in each range, and the ranges' edges."""
    edges = bins._value if isinstance(bins, Tensor) else bins
    options = {} if out is None else {"out": out}
    return _histogram_row(input, edges, range=range, weight=weight, density=density, **options)


def _bincount(self: Any, weights: Any = None, minlength: int = 0) -> Any:
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if self.dtype.kind not in "iu":
        _refuse("bincount_cpu", self)
    if self.ndim != 1 or (self.size and self.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights.shape != self.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    if not self.size:
        return np.zeros(minlength, np.int64)
    counted = np.bincount(self.astype(np.int64), weights, minlength)
    if weights is None:
        return counted.astype(np.int64)
    return counted.astype(np.float32 if weights.dtype == np.float32 else np.float64)


op(
    "bincount(Tensor self, Tensor? weights=None, int minlength=0)",
    _bincount,
    "how often each number occurs",
    node="NotImplemented",
    weights="not_differentiable('bincount')",
)

# -- covariance


def _check_weights(name: str, weights: Tensor, observations: int, whole: bool) -> None:
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
        )
    kind = weights._value.dtype.kind
    if (kind in "iu") != whole or kind in "bc":
        words = "integral dtype" if whole else "floating point dtype"
        raise RuntimeError(f"cov(): expected {name} to have {words} but got {name} with {weights.dtype._legacy} dtype")
    if weights.numel() != observations:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got {weights.numel()} != {observations}"
        )
    if weights.numel() and weights._value.min() < 0:
        raise RuntimeError(f"cov(): {name} cannot be negative")


@public
def cov(input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
    """The covariance of the rows of input.

    Args:
        input: A variable in each row, an observation in each column.
        correction: What is taken off the number of observations.
        fweights: How often each observation counts.
        aweights: How much each observation counts.
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.dtype is dtypes.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = input.view(1, -1) if input.ndim < 2 else input
    observations = rows.shape[1]
    weights: Any = None
    if fweights is not None:
        _check_weights("fweights", fweights, observations, True)
        weights = fweights
    if aweights is not None:
        _check_weights("aweights", aweights, observations, False)
        weights = aweights if weights is None else weights * aweights
    total: Any = wrap(np.asarray(observations)) if weights is None else weights.sum()
    average = (rows if weights is None else rows * weights).sum(1) / total
    if weights is not None and aweights is not None and correction:
        norm = total - correction * (weights * aweights).sum() / total
    else:
        norm = total - correction
    if bool(norm <= 0):
        warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.",
            UserWarning,
        )
        norm = TENSORS.zeros_like(norm)
    away = rows - average.unsqueeze(1)
    product = TENSORS.mm(away, TENSORS.conj((away if weights is None else away * weights).t()))
    return TENSORS.squeeze(product / norm)


@public
def corrcoef(input: Tensor) -> Tensor:
    """The correlation of the rows of input."""
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    found = cov(input)
    if not found.ndim:
        return found / found
    spread = TENSORS.diagonal(found)
    deviation = (TENSORS.real(spread) if spread.is_complex() else spread).sqrt()
    found = found / deviation.view(-1, 1) / deviation.view(1, -1)
    if found.is_complex():
        return FUNCTIONS["complex"](TENSORS.real(found).clip(-1, 1), FUNCTIONS["imag"](found).clip(-1, 1))
    return found.clip(-1, 1)


# -- membership


@public(method=False)
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False, out: Any = None) -> Tensor:
    """Whether each of elements is among test_elements."""
    given = [v if isinstance(v, Tensor) else wrap(np.asarray(v)) for v in (elements, test_elements)]
    if not any(isinstance(v, Tensor) for v in (elements, test_elements)):
        raise TypeError("isin(): at least one of elements and test_elements must be a Tensor")
    kind = dtypes.result_dtype([v._value if isinstance(v, Tensor) else v for v in (elements, test_elements)])
    if kind.is_complex or kind is dtypes.bool_:
        raise RuntimeError(f"Unsupported input type encountered for isin(): {kind._legacy}")
    return _isin_row(*(v.to(kind) for v in given), invert=invert, **({} if out is None else {"out": out}))


_isin_row = op(
    "isin(Tensor elements, Tensor test_elements, *, bool invert=False)",
    lambda elements, test_elements, invert: np.isin(elements, test_elements, invert=invert),
    "whether each of elements is among test_elements",
    function=False,
)
