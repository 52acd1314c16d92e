"""DataLoader, in one process."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, fresh_seed

__all__ = ["DataLoader", "get_worker_info"]

Batch = TypeVar("Batch", covariant=True)


def get_worker_info() -> None:
    """Nothing: there is one process."""


class _Endless(Sampler[None]):
    """Keys for a dataset that needs none."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[Batch]):
    """Batches of a dataset's samples.

    Args:
        dataset: The dataset.
        batch_size: How many samples a batch has; None for samples as they are.
        shuffle: Whether to go through them in random order.
        sampler: The order, if not one of these.
        batch_sampler: The batches, if not of one size.
        num_workers: Only 0.
        collate_fn: Puts samples together; `default_collate` if not given.
        pin_memory: Of no effect here.
        drop_last: Whether a last batch of fewer is left out.
        timeout: Of no effect here.
        worker_init_fn: Of no effect here.
        multiprocessing_context: Of no effect here.
        generator: Where random orders come from.
        prefetch_factor: Only None.
        persistent_workers: Only False.
        pin_memory_device: Of no effect here.
        in_order: Of no effect here.

    Raises:
        NotImplementedError: Worker processes are asked for.
        ValueError: Arguments do not go together.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers > 0:
            raise NotImplementedError(
                "DataLoader with num_workers > 0 is not implemented: there is one process; use num_workers=0"
            )
        if prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, "
                "otherwise set prefetch_factor to None."
            )
        if persistent_workers:
            raise ValueError("persistent_workers option needs num_workers > 0")
        if multiprocessing_context is not None:
            raise ValueError(
                "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got num_workers=0"
            )
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None:
            if self._iterable:
                sampler = _Endless()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)

    def __iter__(self) -> Iterator[Any]:
        # PyTorch draws the seed of its workers here, workers or not, before the first sample is asked for.
        fresh_seed(self.generator)
        return self._samples() if self._iterable else self._batches()

    def _batches(self) -> Iterator[Any]:
        for keys in iter(self.sampler if self.batch_sampler is None else self.batch_sampler):
            if self.batch_sampler is None:
                yield self.collate_fn(self.dataset[keys])
            elif callable(getattr(self.dataset, "__getitems__", None)):
                yield self.collate_fn(self.dataset.__getitems__(keys))
            else:
                yield self.collate_fn([self.dataset[key] for key in keys])

    def _samples(self) -> Iterator[Any]:
        samples = iter(self.dataset)
        while True:
            count = 1 if self.batch_size is None else self.batch_size
            batch = [sample for _, sample in zip(range(count), samples, strict=False)]
            if not batch or (self.drop_last and len(batch) < count):
                return
            yield self.collate_fn(batch[0] if self.batch_size is None else batch)

    def __len__(self) -> int:
        if not self._iterable:
            keys: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
            return len(keys)
        length = len(self.dataset)
        if self.batch_size is not None:
            length = length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)
        return length


def _check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    if shuffle not in (False, None):
        raise ValueError(f"DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle={shuffle}")
    for name, value in (("sampler", sampler), ("batch_sampler", batch_sampler)):
        if value is not None:
            raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}")


def __dir__() -> list[str]:
    return __all__
