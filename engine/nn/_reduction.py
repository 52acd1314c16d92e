"""How a loss is reduced: by name, by the numbers of the table of ops, or by the two arguments names replaced."""

from __future__ import annotations

from typing import Any, Final

from ..frames import warn
from ..tensor import Tensor

__all__ = ["chosen", "get_enum", "legacy_get_enum", "legacy_get_string", "reduced"]

_NUMBERS: Final = {"none": 0, "mean": 1, "elementwise_mean": 1, "sum": 2}


def get_enum(reduction: str) -> int:
    """The number of a reduction.

    Raises:
        ValueError: There is none of that name.
    """
    if reduction == "elementwise_mean":
        warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", UserWarning)
    if reduction not in _NUMBERS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return _NUMBERS[reduction]


def legacy_get_string(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> str:
    """The name of the reduction two deprecated arguments mean."""
    averaged = size_average is None or size_average
    name = "none" if reduce is not None and not reduce else "mean" if averaged else "sum"
    if emit_warning:
        warn(f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.", UserWarning)
    return name


def legacy_get_enum(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> int:
    """The number of the reduction two deprecated arguments mean."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))


def chosen(reduction: str, size_average: Any, reduce: Any) -> str:
    """The name of the reduction a loss's arguments mean."""
    return reduction if size_average is None and reduce is None else legacy_get_string(size_average, reduce)


def reduced(loss: Tensor, reduction: int) -> Tensor:
    """A loss averaged, summed or as it is."""
    return loss.mean() if reduction == 1 else loss.sum() if reduction == 2 else loss
