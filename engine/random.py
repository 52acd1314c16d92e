"""Random numbers: PyTorch's own Mersenne Twister, drawn and transformed as ATen's CPU kernels do, so that a seed gives its numbers."""

from __future__ import annotations

import math
import os
from typing import Any, Final

import numpy as np

from . import dtypes
from .api import FUNCTIONS, op, public
from .box_muller import box_muller, fused
from .factories import factory, finish, shape_of
from .tensor import Tensor, wrap

__all__ = ["Generator", "default_generator", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]

_MASK: Final = 2**64 - 1


class Generator:
    """A source of random numbers (MT19937, as at::mt19937).

    Args:
        device: Only "cpu".
    """

    def __init__(self, device: Any = "cpu") -> None:
        self._twister = np.random.RandomState()
        self.manual_seed(67280421310721)

    def manual_seed(self, seed: int) -> Generator:
        """Start over from a seed; only its low 32 bits reach the twister, as in PyTorch.

        Raises:
            RuntimeError: The seed does not fit 64 bits.
        """
        if not -(2**63) <= seed < 2**64:
            raise RuntimeError("Overflow when unpacking long long")
        self._seed = int(seed) & _MASK
        self._twister.seed(self._seed & 0xFFFFFFFF)
        self._normal: float | None = None
        return self

    def initial_seed(self) -> int:
        """The seed it was last started from."""
        return self._seed

    def seed(self) -> int:
        """Start over from a seed nobody knows; returns it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little") >> 1)
        return self._seed

    def words(self, count: int) -> np.ndarray[Any, np.dtype[np.uint32]]:
        """The next 32-bit draws."""
        return self._twister.randint(0, 2**32, count, np.uint32)

    def longs(self, count: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """The next 64-bit draws, each of two 32-bit ones, the first of them high."""
        words = self.words(2 * count).astype(np.uint64)
        return (words[0::2] << np.uint64(32)) | words[1::2]

    def get_state(self) -> Tensor:
        """The whole state, as a byte tensor."""
        _, key, position, *_ = self._twister.get_state(legacy=True)
        head = np.array([self._seed, position, 0 if self._normal is None else 1], np.uint64)
        parts = (head, np.array([self._normal or 0.0]), np.asarray(key, np.uint32))
        return wrap(np.frombuffer(b"".join(p.tobytes() for p in parts), np.uint8).copy())

    def set_state(self, new_state: Tensor) -> None:
        """Go back to a state `get_state` gave.

        Raises:
            RuntimeError: It is no such state.
        """
        data = np.asarray(new_state._value, np.uint8).tobytes()
        if len(data) != 32 + 624 * 4:
            raise RuntimeError("RNG state is wrong size")
        seed, position, has_normal = (int(n) for n in np.frombuffer(data[:24], np.uint64))
        self._seed = seed
        self._normal = float(np.frombuffer(data[24:32], np.float64)[0]) if has_normal else None
        self._twister.set_state(("MT19937", np.frombuffer(data[32:], np.uint32), position, 0, 0.0))


default_generator: Final = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the default generator over from a seed; returns it."""
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator over from a seed nobody knows; returns it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The default generator's seed."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator back into a state."""
    default_generator.set_state(new_state)


for _function in (manual_seed, seed, initial_seed, get_rng_state, set_rng_state):
    FUNCTIONS[_function.__name__] = _function
FUNCTIONS["Generator"] = Generator


# -- distributions, over flat arrays (at::uniform_real_distribution and its like)


def uniform_numbers(
    count: int, kind: np.dtype[Any], source: Generator, low: float = 0.0, high: float = 1.0
) -> np.ndarray[Any, Any]:
    """Uniform numbers in [low, high): 53 random bits for a double, 24 for anything less."""
    if kind == np.float64:
        unit = (source.longs(count) & np.uint64(2**53 - 1)).astype(np.float64) * (1.0 / 2**53)
        return fused(unit, high - low, low)
    unit32 = (source.words(count) & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(1.0 / 2**24)
    return fused(unit32, np.float32(high) - np.float32(low), np.float32(low)).astype(kind)


def normal_numbers(
    count: int, kind: np.dtype[Any], source: Generator, mean: float = 0.0, std: float = 1.0
) -> np.ndarray[Any, Any]:
    """Normal numbers: in blocks of 16 from 16 uniform ones if there are so many, else one by one from pairs of doubles."""
    if kind == np.float16:
        return normal_numbers(count, np.dtype(np.float32), source, mean, std).astype(kind)
    if count >= 16:
        flat = uniform_numbers(count, kind, source)
        whole = count - count % 16
        box_muller(flat[:whole].reshape(-1, 16), mean, std)
        if whole != count:
            # The last block is drawn again, over the end of the one before it.
            last = uniform_numbers(16, kind, source).reshape(1, 16)
            box_muller(last, mean, std)
            flat[count - 16 :] = last[0]
        return flat
    made = np.empty(count, np.float64)
    for i in range(count):
        made[i] = _one_normal(source)
    return fused(made, std, mean).astype(kind)


def _one_normal(source: Generator) -> float:
    if source._normal is not None:
        value, source._normal = source._normal, None
        return value
    first, second = uniform_numbers(2, np.dtype(np.float64), source)
    radius = math.sqrt(-2.0 * math.log1p(-second))
    angle = 2.0 * math.pi * first
    source._normal = radius * math.sin(angle)
    return radius * math.cos(angle)


def _integers(count: int, low: int, high: int, source: Generator) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Integers in [low, high), by remainder, as at::uniform_int_from_to_distribution."""
    span = high - low
    drawn = source.longs(count) % np.uint64(span) if span >= 2**28 else source.words(count).astype(np.uint64) % np.uint64(span)
    return drawn.astype(np.int64) + low


# -- factories


def _source(generator: Generator | None) -> Generator:
    return default_generator if generator is None else generator


def _float_kind(dtype: Any, name: str) -> np.dtype[Any]:
    d = dtype or dtypes.get_default_dtype()
    if not d.is_floating_point and not d.is_complex:
        raise NotImplementedError(f"\"{name}\" not implemented for '{d._legacy}'")
    return d._numpy


def _shaped(flat: Any, shape: tuple[int, ...]) -> Any:
    return flat.reshape(shape) if shape else flat[0]


@factory
def rand(
    *size: Any,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Uniform numbers in [0, 1)."""
    shape = shape_of(size, "rand")
    return finish(
        _shaped(uniform_numbers(math.prod(shape), _float_kind(dtype, "check_uniform_bounds"), _source(generator)), shape),
        "rand",
        requires_grad,
        device,
    )


@factory
def randn(
    *size: Any,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers from the standard normal distribution."""
    shape = shape_of(size, "randn")
    return finish(
        _shaped(normal_numbers(math.prod(shape), _float_kind(dtype, "normal_kernel_cpu"), _source(generator)), shape),
        "randn",
        requires_grad,
        device,
    )


@factory
def rand_like(
    input: Tensor,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Uniform numbers in [0, 1), of input's shape and dtype."""
    return rand(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


@factory
def randn_like(
    input: Tensor,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Numbers from the standard normal distribution, of input's shape and dtype."""
    return randn(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


@factory
def randint(
    *args: Any,
    low: int | None = None,
    high: int | None = None,
    size: Any = None,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers in [low, high)."""
    given = list(args)
    if size is None:
        size = given.pop()
    if len(given) == 2:
        low, high = given
    elif given:
        high = given[0] if high is None else high
        low = given[0] if high is not given[0] else low
    first = 0 if low is None else low
    if high is None or first >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={first} >= to={high}")
    shape = shape_of((size,), "randint")
    d = dtype or dtypes.int64
    return finish(
        _shaped(_integers(math.prod(shape), first, high, _source(generator)).astype(d._numpy), shape),
        "randint",
        requires_grad,
        device,
    )


@factory
def randperm(
    n: int, *, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """The numbers from 0 to n - 1 in random order (Fisher and Yates, from the front)."""
    source = _source(generator)
    order = np.arange(n)
    draws = source.words(max(n - 1, 0)) if n < 2**32 else source.longs(n - 1)
    for i in range(n - 1):
        j = i + int(draws[i] % (n - i))
        order[i], order[j] = order[j], order[i]
    return finish(order.astype((dtype or dtypes.int64)._numpy), "randperm", requires_grad, device)


@factory
def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, dtype: Any = None, out: Any = None
) -> Tensor:
    """Normal numbers of the given mean and standard deviation, each a number or a tensor."""
    if size is not None:
        shape = shape_of((size,), "normal")
        kind = _float_kind(dtype, "normal_kernel_cpu")
        return finish(_shaped(normal_numbers(math.prod(shape), kind, _source(generator), mean, std), shape), "normal")
    tensors = [t._value for t in (mean, std) if isinstance(t, Tensor)]
    shape = np.broadcast_shapes(*(t.shape for t in tensors))
    unit = _shaped(normal_numbers(math.prod(shape), tensors[0].dtype, _source(generator)), shape)
    factor, offset = (t._value if isinstance(t, Tensor) else t for t in (std, mean))
    return finish(np.asarray(unit * factor + offset, tensors[0].dtype), "normal")


@public
def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None) -> Tensor:
    """1 with the probability input says, else 0."""
    value = np.asarray(input._value)
    chance = value if p is None else np.full(value.shape, p, np.float64)
    if chance.size and (chance.min() < 0 or chance.max() > 1):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    kind = np.dtype(np.float64) if chance.dtype == np.float64 else np.dtype(np.float32)
    drawn = uniform_numbers(value.size, kind, _source(generator)).reshape(value.shape)
    return finish((drawn < chance).astype(value.dtype), "bernoulli")


# -- filling a tensor


def _fill_row(name: str, parameters: str, draw: Any, words: str) -> None:
    op(f"{name}(Tensor self, {parameters}, *, Generator? generator=None)", draw, words, function=False, method=False, inplace=True,
       self="zeros_like(grad)")  # fmt: skip
    del FUNCTIONS[name + "_"]


def _draw_integers(self: Any, low: int = 0, high: int | None = None, generator: Any = None) -> Any:
    if high is None:
        low, high = 0, low or (2**24 if self.dtype.kind == "f" else 2**31)
    return _integers(self.size, low, high, _source(generator)).astype(self.dtype).reshape(self.shape)


_fill_row("uniform", "float from=0.0, float to=1.0", lambda self, low, high, generator: uniform_numbers(
    self.size, self.dtype, _source(generator), low, high).reshape(self.shape), "uniform numbers in [from, to)")  # fmt: skip
_fill_row("normal", "float mean=0.0, float std=1.0", lambda self, mean, std, generator: normal_numbers(
    self.size, self.dtype, _source(generator), mean, std).reshape(self.shape), "normal numbers")  # fmt: skip
_fill_row("random", "int from=0, int? to=None", _draw_integers, "integers in [from, to)")
_fill_row("bernoulli", "float p=0.5", lambda self, p, generator: (uniform_numbers(
    self.size, np.dtype(np.float64), _source(generator)) < p).astype(self.dtype).reshape(self.shape), "1 by chance p, else 0")  # fmt: skip
