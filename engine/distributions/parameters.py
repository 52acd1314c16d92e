"""What distributions make of their parameters: broadcasting, probabilities of logits and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..api import FUNCTIONS
from ..grad_mode import enable_grad
from ..size import Size
from ..tensor import Tensor
from ..typeinfo import finfo

__all__ = ["batch_of", "broadcast_all", "lazy_property", "logits_to_probs", "one_of", "probs_to_logits", "sum_rightmost"]


def broadcast_all(*values: Any) -> list[Tensor]:
    """Tensors and numbers broadcast against each other; numbers take the dtype of the first tensor.

    Raises:
        ValueError: Something is neither.
    """
    if not all(isinstance(v, (Tensor, bool, int, float)) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    d = next((v.dtype for v in values if isinstance(v, Tensor)), dtypes.get_default_dtype())
    tensors = [v if isinstance(v, Tensor) else FUNCTIONS["tensor"](v, dtype=d) for v in values]
    return list(FUNCTIONS["broadcast_tensors"](*tensors))


def batch_of(parameter: Tensor, *given: Any) -> Size:
    """The batch shape for a broadcast parameter: that of a single one, if all was given as numbers."""
    return parameter.shape if any(isinstance(v, Tensor) for v in given) else Size()


def one_of(probs: Any, logits: Any) -> None:
    """See that either probabilities or logits are given.

    Raises:
        ValueError: Both are, or none.
    """
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities of logits."""
    return logits.sigmoid() if is_binary else logits.softmax(dim=-1)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Logits of probabilities, which are kept apart from 0 and 1."""
    eps = finfo(probs.dtype).eps
    clamped: Any = probs.clamp(min=eps, max=1 - eps)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


def sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last dimensions."""
    return value if dim == 0 else value.reshape((*value.shape[:-dim], -1)).sum(-1)


class lazy_property:  # noqa: N801 (PyTorch's name)
    """An attribute that is computed when it is first read."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value
