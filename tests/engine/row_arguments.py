"""What the arguments of rows are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.tensor import Tensor, wrap

Make = Callable[[np.random.Generator], list[Any]]


def leaf(random: np.random.Generator, *shape: int, low: float = 0.3, high: float = 1.7) -> Tensor:
    """A float64 tensor of distinct numbers that requires grad."""
    numbers = np.linspace(low, high, int(np.prod(shape)))
    random.shuffle(numbers)
    made = wrap(numbers.reshape(shape))
    made.requires_grad_()
    return made


def chance(random: np.random.Generator) -> Tensor:
    return leaf(random, 2, 3, low=0.1, high=0.9)


def plain(*numbers: float) -> Tensor:
    return wrap(np.array(numbers))


def index(*numbers: Any) -> Tensor:
    return wrap(np.array(numbers))


def mask(*shape: int) -> Tensor:
    return wrap(np.arange(int(np.prod(shape))).reshape(shape) % 3 == 0)
