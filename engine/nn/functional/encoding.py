"""Tensors brought to length 1, and numbers as one-hot rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import observe
from ...api import FUNCTIONS
from ...tensor import Tensor, wrap

__all__ = ["normalize", "one_hot"]


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> Tensor:
    """input over its p-norm along dim, which is not taken to be less than eps."""
    length = input.norm(p, dim, keepdim=True)
    if out is None:
        return input / length.clamp_min(eps).expand_as(input)
    result: Tensor = FUNCTIONS["div"](input, length.clamp_min_(eps).expand_as(input), out=out)
    return result


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Each class number as a row of zeros with one 1."""
    if hasattr(tensor, "_layer"):
        if num_classes <= 0:
            raise RuntimeError(
                "When vmap-ing torch.nn.functional.one_hot, please provide an explicit positive num_classes argument."
            )
        found: Tensor = (tensor.unsqueeze(-1) == FUNCTIONS["arange"](num_classes)).long()
        return found
    value = np.asarray(tensor._value)
    if value.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if value.size and value.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    count = int(value.max()) + 1 if num_classes == -1 else num_classes
    if value.size and value.max() >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    made = wrap(np.eye(count, dtype=np.int64)[value])
    if observe.active is not None:
        observe.active.tensor_created(made, "one_hot")
    return made
