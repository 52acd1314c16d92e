"""Putting samples together to batches."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ... import dtypes
from ...api import FUNCTIONS
from ...tensor import Tensor

__all__ = ["default_collate", "default_convert"]


def _mapped(mapping: Any, convert: Callable[[Any], Any]) -> Any:
    """A mapping of the same kind with other values."""
    changed = {key: convert(key) for key in mapping}
    try:
        if isinstance(mapping, MutableMapping):
            clone = copy.copy(mapping)
            clone.update(changed)
            return clone
        return type(mapping)(changed)
    except TypeError:
        return changed


def _sequence(sequence: Any, changed: list[Any]) -> Any:
    """A sequence of the same kind with other items."""
    try:
        if isinstance(sequence, MutableSequence):
            clone = copy.copy(sequence)
            for i, item in enumerate(changed):
                clone[i] = item
            return clone
        return type(sequence)(changed)
    except TypeError:
        return changed


def default_convert(data: Any) -> Any:
    """A sample with its arrays as tensors."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in "USO" else FUNCTIONS["as_tensor"](data)
    if isinstance(data, Mapping):
        return _mapped(data, lambda key: default_convert(data[key]))
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(item) for item in data))
    if isinstance(data, tuple):
        return [default_convert(item) for item in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence(data, [default_convert(item) for item in data])
    return data


def default_collate(batch: Any) -> Any:
    """Samples as a batch: tensors stacked, numbers as a tensor, dicts and sequences item by item.

    Raises:
        RuntimeError: Sequences are of different lengths.
        TypeError: The samples hold what no batch can be made of.
    """
    first = batch[0]
    kind: Any = type(first)
    if isinstance(first, Tensor):
        return FUNCTIONS["stack"](batch, 0)
    if isinstance(first, np.ndarray):
        if first.dtype.kind in "USO":
            raise _unfit(first.dtype)
        return default_collate([FUNCTIONS["as_tensor"](item) for item in batch])
    if isinstance(first, (np.bool_, np.number)):
        return FUNCTIONS["as_tensor"](np.array(batch))
    if isinstance(first, float):
        return FUNCTIONS["tensor"](batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return FUNCTIONS["tensor"](batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _mapped(first, lambda key: default_collate([sample[key] for sample in batch]))
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(default_collate(items) for items in zip(*batch, strict=False)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(items) for items in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else _sequence(first, columns)
    raise _unfit(kind)


def _unfit(kind: Any) -> TypeError:
    return TypeError(f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {kind}")


def __dir__() -> list[str]:
    return __all__
