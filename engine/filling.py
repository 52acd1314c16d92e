"""Rows that fill a tensor with random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from . import draws, dtypes
from .api import FUNCTIONS, op, public
from .drawn import Array, bounded_integers, check_bound, coins, laid, normal_numbers, not_negative, source_of, uniform
from .history import c_name
from .tensor import Tensor

__all__: list[str] = []

_ZEROS: Final = "zeros_like(grad)"


def _filler(signature: str, draw: Callable[..., Array], words: str, node: str, **derivatives: Any) -> Callable[..., Tensor]:
    """A row that overwrites a tensor with random numbers, whatever was there; returns what writes."""
    name = signature.partition("(")[0].partition(".")[0] + "_"
    signature = signature.format("*, Generator? generator=None")
    row = op(signature, draw, words, function=False, method=False, inplace=name, node=node, self=_ZEROS, **derivatives)
    del FUNCTIONS[name]
    return row.in_place


def _fill_integers(self: Any, generator: Any, low: Any = None, high: Any = None) -> Array:
    kind, source = self.dtype, source_of(generator)
    if low is None:
        if kind.kind == "c":
            raise NotImplementedError(f"\"random_kernel_cpu\" not implemented for '{dtypes.of_numpy(kind)._legacy}'")
        return laid(self, lambda count: draws.whole_range(count, kind, source))
    if high is not None:
        return laid(self, lambda count: bounded_integers(count, kind, source, low, high))
    most = {"float16": 2**11, "float32": 2**24, "float64": 2**53}.get(kind.name)
    end = (int(np.iinfo(kind).max) if most is None else most) + 1
    check_bound(low, "from", kind)
    return laid(self, lambda count: draws.integers(count, low, end, source).astype(kind))


def _fill_uniform(self: Any, low: float, high: float, generator: Any) -> Array:
    kind = self.dtype
    if kind.kind in "fc":
        most = float(np.finfo(kind).max)
        for what, value in (("from", low), ("to", high)):
            if not -most <= value <= most:
                raise RuntimeError(f"{what} is out of bounds for {c_name(dtypes.of_numpy(kind).to_real())}")
        if low > high:
            raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    return laid(self, lambda count: uniform(count, kind, source_of(generator), low, high))


def _fill_normal(self: Any, mean: Any, std: float, generator: Any) -> Array:
    not_negative(std)
    side_by_side = not isinstance(self, np.ndarray) or self.flags.c_contiguous
    return laid(self, lambda count: normal_numbers(count, self.dtype, source_of(generator), mean, std, side_by_side))


def _continuous(distribution: str, kind: np.dtype[Any], name: Callable[[dtypes.dtype], str]) -> None:
    if kind.kind != "f":
        raise RuntimeError(
            f"{distribution} distribution is a continuous probability distribution. dtype must be a floating point but you specified "
            f"{name(dtypes.of_numpy(kind))}"
        )


def _fill_exponential(self: Any, rate: float, generator: Any) -> Array:
    if not rate > 0.0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    _continuous("Exponential", self.dtype, lambda d: d._legacy)
    return laid(self, lambda count: draws.exponential(count, source_of(generator), rate).astype(self.dtype))


def _fill_geometric(self: Any, p: float, generator: Any) -> Array:
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if self.dtype.kind in "cb":
        raise NotImplementedError(f"\"geometric_cpu\" not implemented for '{dtypes.of_numpy(self.dtype)._legacy}'")
    return laid(self, lambda count: draws.geometric(count, source_of(generator), p).astype(self.dtype))


def _fill_cauchy(self: Any, median: float, sigma: float, generator: Any) -> Array:
    if not sigma > 0.0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    _continuous("Cauchy", self.dtype, c_name)
    return laid(self, lambda count: draws.cauchy(count, source_of(generator), median, sigma).astype(self.dtype))


def _fill_log_normal(self: Any, mean: float, std: float, generator: Any) -> Array:
    if not std > 0.0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    if self.dtype.kind != "f":
        raise NotImplementedError(f"\"log_normal_cpu\" not implemented for '{dtypes.of_numpy(self.dtype)._legacy}'")
    return laid(self, lambda count: draws.log_normal(count, source_of(generator), mean, std).astype(self.dtype))


_filler(
    "uniform(Tensor self, float from=0.0, float to=1.0, {})", _fill_uniform, "uniform numbers in [from, to)", "UniformBackward0"
)
_filler("normal(Tensor self, float mean=0.0, float std=1.0, {})", _fill_normal, "normal numbers", "NormalBackward0")
_filler("exponential(Tensor self, float lambd=1.0, {})", _fill_exponential, "exponential numbers", "ExponentialBackward0")
_filler(
    "geometric(Tensor self, float p, {})",
    _fill_geometric,
    "tries until the first success by the chance p",
    "GeometricBackward0",
)
_filler("cauchy(Tensor self, float median=0.0, float sigma=1.0, {})", _fill_cauchy, "Cauchy numbers", "CauchyBackward0")
_filler("log_normal(Tensor self, float mean=1.0, float std=2.0, {})", _fill_log_normal,
        "numbers whose logarithms are normal", "LogNormalBackward0")  # fmt: skip
_integers_below = _filler("random.to(Tensor self, int to, {})", lambda self, to, generator: _fill_integers(self, generator, 0, to),
                          "integers in [0, to)", "RandomBackward1")  # fmt: skip
_integers_between = _filler("random.from(Tensor self, int from, int? to, {})",
                            lambda self, low, to, generator: _fill_integers(self, generator, low, to),
                            "integers in [from, to)", "RandomBackward0")  # fmt: skip
_integers_at_all = _filler("random(Tensor self, {})", _fill_integers, "integers as large as the dtype holds", "RandomBackward2")
_coins_of_chance = _filler("bernoulli.float(Tensor self, float p=0.5, {})", coins, "1 by the chance p, else 0",
                           "BernoulliBackward2")  # fmt: skip
_coins_of_chances = _filler("bernoulli.Tensor(Tensor self, Tensor p, {})", coins, "1 by the chances p, else 0",
                            "BernoulliBackward1", p="zeros_like(p)")  # fmt: skip


@public(function=False)
def random_(self: Tensor, *args: Any, generator: Any = None, **bounds: Any) -> Tensor:
    """Fill with integers: in [from, to), in [0, to), or as large as the dtype holds."""
    numbers = [*args, *(bounds[name] for name in ("from", "to") if name in bounds)]
    if not numbers:
        return _integers_at_all(self, generator=generator)
    if len(numbers) == 1 and "from" not in bounds:
        return _integers_below(self, *numbers, generator=generator)
    return _integers_between(self, *numbers, *([None] if len(numbers) == 1 else []), generator=generator)


@public(function=False)
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """Fill with ones by the chance p, a number or a tensor, and zeros."""
    return (_coins_of_chances if isinstance(p, Tensor) else _coins_of_chance)(self, p, generator=generator)
