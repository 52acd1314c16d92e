"""torch.nn.parameter."""

from __future__ import annotations

from typing import Any

from .. import observe
from ..tensor import Tensor

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A tensor that a Module counts among its parameters.

    Args:
        data: The tensor whose memory it takes; empty if not given.
        requires_grad: Whether gradients are computed for it.
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        if data is None:
            from ..factories import legacy_tensor

            data = legacy_tensor()
        counter = data._share()
        made = object.__new__(cls)
        made._value = data._value
        made._edge = made._leaf = made._grad = made._view = None
        made._counter = counter
        if requires_grad:
            made.requires_grad_(True)
        if observe.active is not None:
            observe.active.tensor_created(made, "Parameter")
        return made

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A tensor that a Module counts among its buffers."""

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        made = data._as_subclass(cls)
        made.persistent = persistent
        return made


def __dir__() -> list[str]:
    return __all__
