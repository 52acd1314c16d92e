"""In which order samples come."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from ... import dtypes
from ...api import FUNCTIONS
from ...random import Generator

__all__ = ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "SubsetRandomSampler", "WeightedRandomSampler"]

Key = TypeVar("Key", covariant=True)


def fresh_seed(generator: Any = None) -> int:
    """A number drawn from a generator to start another one from."""
    return int(FUNCTIONS["empty"]((), dtype=dtypes.int64).random_(generator=generator).item())


class Sampler(Generic[Key]):
    """Keys of samples: a subclass says which by `__iter__`."""

    def __iter__(self) -> Iterator[Key]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """One after the other.

    Args:
        data_source: The dataset.
    """

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """In random order.

    Args:
        data_source: The dataset.
        replacement: Whether a sample may come again.
        num_samples: How many; all if not given.
        generator: Where the order comes from; a new one, started from the default one, if not given.

    Raises:
        TypeError: `replacement` is no boolean.
        ValueError: There is nothing to draw.
    """

    def __init__(
        self, data_source: Any, replacement: bool = False, num_samples: int | None = None, generator: Any = None
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={self.num_samples}")

    @property
    def num_samples(self) -> int:
        """How many are drawn."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        count = len(self.data_source)
        source = Generator().manual_seed(fresh_seed()) if self.generator is None else self.generator
        if self.replacement:
            # In stretches of 32, as PyTorch draws them.
            for n in [32] * (self.num_samples // 32) + [self.num_samples % 32]:
                yield from FUNCTIONS["randint"](high=count, size=(n,), generator=source).tolist()
            return
        for _ in range(self.num_samples // count):
            yield from FUNCTIONS["randperm"](count, generator=source).tolist()
        yield from FUNCTIONS["randperm"](count, generator=source).tolist()[: self.num_samples % count]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Some samples in random order.

    Args:
        indices: Which.
        generator: Where the order comes from.
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in FUNCTIONS["randperm"](len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Samples by weight.

    Args:
        weights: The weights, which need not sum to one.
        num_samples: How many are drawn.
        replacement: Whether a sample may come again.
        generator: Where the order comes from.

    Raises:
        ValueError: An argument is out of its range.
    """

    def __init__(self, weights: Any, num_samples: int, replacement: bool = True, generator: Any = None) -> None:
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        numbers = FUNCTIONS["as_tensor"](weights, dtype=dtypes.float64)
        if numbers.dim() != 1:
            raise ValueError(f"weights should be a 1d sequence but given weights have shape {tuple(numbers.shape)}")
        self.weights = numbers
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        drawn = FUNCTIONS["multinomial"](self.weights, self.num_samples, self.replacement, generator=self.generator)
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Keys in batches.

    Args:
        sampler: The keys.
        batch_size: How many a batch has.
        drop_last: Whether a last batch of fewer is left out.

    Raises:
        ValueError: An argument is out of its range.
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler: Any = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        keys = iter(self.sampler)
        while batch := [*itertools.islice(keys, self.batch_size)]:
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        extra = 0 if self.drop_last else self.batch_size - 1
        return (len(self.sampler) + extra) // self.batch_size


def __dir__() -> list[str]:
    return __all__
