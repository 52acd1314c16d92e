"""Older ways to make tensors: torch.FloatTensor and its like, and autograd.Variable."""

from __future__ import annotations

from typing import Any

from . import dtypes
from .factories import legacy_tensor
from .tensor import Tensor

__all__ = ["LEGACY_TYPES", "Variable"]


class _TypedMeta(type):
    """Instances are the tensors of one dtype."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __call__(cls, *args: Any) -> Any:
        """A tensor of the dtype, from data or of a size."""
        return legacy_tensor(args, cls.dtype, cls.__name__)


LEGACY_TYPES = {
    f"{d._legacy}Tensor": _TypedMeta(
        f"{d._legacy}Tensor", (), {"dtype": d, "__module__": "torch", "__doc__": f"Tensors of {d!r}."}
    )
    for d in dtypes.ALL
    if not d.is_complex
}


class _VariableMeta(type):
    """Every tensor is a Variable."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)

    def __call__(cls, data: Tensor, requires_grad: bool = False, volatile: bool | None = None) -> Any:
        """A tensor over the same memory."""
        made: Tensor = data.detach()
        return made.requires_grad_(requires_grad)


class Variable(metaclass=_VariableMeta):
    """What tensors that require grad were wrapped in once; now it gives back a tensor."""
