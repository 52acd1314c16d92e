"""Functions that make tensors of random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from . import draws, dtypes
from .api import FUNCTIONS, op, public
from .dispatch import broadcast_error
from .drawn import Array, bounded_integers, coins, drawing, laid, normal_numbers, not_negative, source_of, uniform
from .factories import factory, finish, kind_of, offered, shape_of
from .outputs import store
from .random import Generator
from .rules import TENSORS
from .size import memory_format
from .tensor import Tensor, wrap

__all__: list[str] = []


def _shaped(flat: Array, shape: tuple[int, ...]) -> Array:
    return flat.reshape(shape) if shape else flat[0]


def _offered(make: Callable[..., Any]) -> Callable[..., Any]:
    """Offer a factory of random numbers in `torch`."""
    return offered(drawing(factory(make)))


# -- from sizes


@_offered
def rand(dtype: dtypes.dtype | None, *size: Any, generator: Any = None) -> Array:
    """Uniform numbers in [0, 1)."""
    shape = shape_of(size, "rand")
    return _shaped(uniform(math.prod(shape), kind_of(dtype), source_of(generator)), shape)


@_offered
def randn(dtype: dtypes.dtype | None, *size: Any, generator: Any = None) -> Array:
    """Numbers from the standard normal distribution."""
    shape = shape_of(size, "randn")
    return _shaped(normal_numbers(math.prod(shape), kind_of(dtype), source_of(generator), 0.0, 1.0), shape)


@_offered
def randint(
    dtype: dtypes.dtype | None, *args: Any, low: Any = None, high: Any = None, size: Any = None, generator: Any = None
) -> Array:
    """Integers in [low, high)."""
    given = list(args)
    place = len(given)
    if size is None and given:
        size = given.pop()
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"randint(): argument 'size' (position {place}) must be tuple of ints, not {type(size).__name__}"
            if size is not None
            else 'randint() missing 1 required positional arguments: "size"'
        )
    if len(given) == 2:
        low, high = given
    elif given and high is None:
        high = given[0]
    elif given:
        low = given[0]
    first, end = (0 if n is None else n.__index__() for n in (low, high))
    shape = shape_of((size,), "randint")
    kind = (dtype or dtypes.int64)._numpy
    return _shaped(bounded_integers(math.prod(shape), kind, source_of(generator), first, end), shape)


@_offered
def randperm(dtype: dtypes.dtype | None, n: int, *, generator: Any = None) -> Array:
    """The numbers from 0 to n - 1 in random order."""
    if not hasattr(n, "__index__"):
        raise TypeError(f"randperm(): argument 'n' (position 1) must be int, not {type(n).__name__}")
    n = n.__index__()
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    d = dtype or dtypes.int64
    if d is dtypes.bool_ or d.is_complex:
        raise NotImplementedError(f"\"randperm\" not implemented for '{d._legacy}'")
    if d.is_floating_point:
        most = {dtypes.float16: 2**11, dtypes.float32: 2**24, dtypes.float64: 2**53}[d] + 1
        if n > most:
            raise RuntimeError(f"n cannot be greater than {most} for {d._legacy} type.")
    elif n > np.iinfo(d._numpy).max:
        raise RuntimeError(f"value cannot be converted to type {d._numpy.name}_t without overflow")
    return draws.permutation(n, source_of(generator)).astype(d._numpy)


# -- like another tensor


def _blank(input: Tensor, dtype: Any, format_: Any) -> Array:
    """Memory like a tensor's, laid out as PyTorch would."""
    value = np.asarray(input._value)
    kind = value.dtype if dtype is None else dtypes.read(dtype)._numpy
    order: Any = "C" if isinstance(format_, memory_format) and str(format_) == "torch.contiguous_format" else "K"
    return np.empty_like(value, kind, order)


def _like(name: str, draw: Callable[..., Array], doc: str, *parameters: str) -> None:
    def like(
        input: Tensor,
        *args: Any,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        generator: Any = None,
        requires_grad: bool = False,
        memory_format: Any = None,
        **named: Any,
    ) -> Tensor:
        if len(args) + len(named) > len(parameters) or not named.keys() <= set(parameters):
            raise TypeError(f"{like.__name__}() takes no other arguments than {', '.join(('input', *parameters))}")
        given = [*args, *(named[p] for p in parameters if p in named)]
        blank = _blank(input, dtype, memory_format)
        value = laid(blank, lambda count: draw(count, blank.dtype, source_of(generator), *given))
        if blank.ndim and not blank.flags.c_contiguous:
            blank[...] = value
            value = blank
        return finish(value, like.__name__, requires_grad, device)

    like.__name__ = f"{name}_like"
    like.__doc__ = doc
    offered(drawing(like))


def _between(count: int, kind: np.dtype[Any], source: Generator, *bounds: Any) -> Array:
    """Integers below one bound, or between two."""
    numbers = [b.__index__() if not isinstance(b, Tensor) else int(b.item()) for b in bounds]
    low, high = (0, numbers[0]) if len(numbers) == 1 else numbers
    return bounded_integers(count, kind, source, low, high)


_like("rand", uniform, "Uniform numbers in [0, 1), of input's shape and dtype.")
_like(
    "randn",
    lambda count, kind, source: normal_numbers(count, kind, source, 0.0, 1.0),
    "Numbers from the standard normal distribution, of input's shape and dtype.",
)
_like("randint", _between, "Integers in [low, high), of input's shape and dtype.", "low", "high")


# -- from parameters


def _normal_of(mean: Any, std: Any, generator: Any) -> Array:
    """Normal numbers around tensors, or as wide as tensors."""
    not_negative(std)
    like = mean if isinstance(mean, np.ndarray | np.generic) else std
    wrong = broadcast_error([np.shape(v) for v in (mean, std)])
    if wrong is not None:
        raise wrong
    shape = np.broadcast_shapes(*(np.shape(v) for v in (mean, std)))
    source, count = source_of(generator), math.prod(shape)
    if not isinstance(std, np.ndarray | np.generic):
        unit = _shaped(normal_numbers(count, like.dtype, source, 0.0, std), shape)
        return np.asarray(unit + mean, like.dtype)
    unit = _shaped(normal_numbers(count, like.dtype, source, 0.0, 1.0), shape)
    return np.asarray(unit * std + mean, like.dtype)


_NORMAL_FORMS: Final = """, but expected one of:
 * (Tensor mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)
 * (Tensor mean, float std = 1, *, torch.Generator generator = None, Tensor out = None)
 * (float mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)
 * (float mean, float std, tuple of ints size, *, torch.Generator generator = None, Tensor out = None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False)
"""
_ZEROS: Final = "zeros_like(grad)"
_normal_rows = {
    (True, False): op("normal.Tensor_float(Tensor mean, float std=1, *, Generator? generator=None)", _normal_of,
        "normal numbers", function=False, node="NormalBackward1", mean=_ZEROS),
    (False, True): op("normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None)", _normal_of,
        "normal numbers", function=False, node="NormalBackward2", std=_ZEROS),
    (True, True): op("normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None)", _normal_of,
        "normal numbers", function=False, node="NormalBackward3", mean=_ZEROS, std=_ZEROS),
}  # fmt: skip


def _normal_of_size(dtype: dtypes.dtype | None, mean: float, std: float, size: Any, *, generator: Any = None) -> Array:
    shape = shape_of((size,), "normal")
    not_negative(std)
    return _shaped(normal_numbers(math.prod(shape), kind_of(dtype), source_of(generator), mean, std), shape)


_normal_of_size.__name__ = "normal"
_sized_normal = factory(_normal_of_size)


@offered
@drawing
def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, **options: Any) -> Tensor:
    """Normal numbers of the given mean and standard deviation, each a number or a tensor."""
    if size is not None:
        return _sized_normal(mean, std, size, generator=generator, **options)
    row = _normal_rows.get((isinstance(mean, Tensor), isinstance(std, Tensor)))
    if row is None:
        got = ", ".join(type(v).__name__ for v in (mean, std))
        raise TypeError(f"normal() received an invalid combination of arguments - got ({got})" + _NORMAL_FORMS)
    return row(mean, std, generator=generator, **options)


_bernoulli = op(
    "bernoulli(Tensor self, *, Generator? generator=None)",
    lambda self, generator: coins(self, self, generator),
    "1 by the chance self, else 0",
    function=False,
    keeps_layout=True,
    self=_ZEROS,
)
_bernoulli_p = op(
    "bernoulli.p(Tensor self, float p, *, Generator? generator=None)",
    coins,
    "1 by the chance p, else 0",
    function=False,
    keeps_layout=True,
    node="NotImplemented",
    self="not_differentiable('bernoulli')",
)


@public
@drawing
def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None, out: Any = None) -> Tensor:
    """1 with the probability input (or p) says, else 0."""
    options = {"generator": generator} if out is None else {"generator": generator, "out": out}
    return _bernoulli(input, **options) if p is None else _bernoulli_p(input, p, **options)


def _each(draw: Callable[..., float], *values: Any, generator: Any) -> Array:
    """One draw after the other, of broadcast parameters."""
    source = source_of(generator)
    wide = np.broadcast_arrays(*values)
    flat = [draw(*numbers, source) for numbers in zip(*(v.ravel().tolist() for v in wide), strict=True)]
    return np.array(flat, values[0].dtype).reshape(wide[0].shape)


def _draw_poisson(self: Any, generator: Any) -> Array:
    if self.dtype.kind != "f":
        raise NotImplementedError(f"\"poisson_cpu\" not implemented for '{dtypes.of_numpy(self.dtype)._legacy}'")
    if not np.all(self >= 0):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return _each(draws.poisson, self, generator=generator)


op(
    "poisson(Tensor self, Generator? generator=None)",
    _draw_poisson,
    "Poisson numbers of the rates self",
    method=False,
    self=_ZEROS,
)
FUNCTIONS["poisson"] = drawing(FUNCTIONS["poisson"])

op(
    "binomial(Tensor count, Tensor prob, Generator? generator=None)",
    lambda count, prob, generator: _each(draws.binomial, count, prob, generator=generator),
    "how many of count tries succeed, each by the chance prob",
    method=False,
    node="NotImplemented",
    count="not_differentiable('binomial')",
    prob="not_differentiable('binomial')",
)
FUNCTIONS["binomial"] = drawing(FUNCTIONS["binomial"])


@public
@drawing
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Tensor:
    """Indices drawn with the weights of each row."""
    weights = np.asarray(input._value)
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if weights.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype._legacy}")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if np.any(weights.sum(-1) == 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    source = source_of(generator)
    if replacement and num_samples > 1:
        found = _with_replacement(weights, num_samples, source)
    else:
        # The largest of weights over exponential numbers, which orders the indices as one draw after the other would.
        noise = draws.exponential(weights.size, source).astype(weights.dtype).reshape(weights.shape)
        ratio = wrap(weights / noise)
        found = TENSORS.topk(ratio, num_samples, -1)[1]._value if num_samples > 1 else ratio._value.argmax(-1)[..., None]
    value = np.asarray(found, np.int64)
    if out is None:
        return finish(value, "multinomial")
    if out.dtype is not dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype._legacy}")
    store(out, value)
    return out


def _with_replacement(weights: Array, count: int, source: Generator) -> Array:
    rows = weights.reshape(-1, weights.shape[-1])
    found = []
    for row in rows:
        # The sums in the weights' own dtype, one after the other.
        sums = np.add.accumulate(row)
        sums = sums / sums[-1]
        sums[-1] = 1
        found.append(np.searchsorted(sums, draws.doubles(count, source), side="left"))
    return np.array(found).reshape(*weights.shape[:-1], count)
