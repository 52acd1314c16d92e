"""torch.autograd."""

from __future__ import annotations

from ..function import Function, once_differentiable
from ..grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from ..tensor import Tensor as Variable
from .calls import backward, grad
from . import function, graph

__all__ = [
    "Function",
    "Variable",
    "backward",
    "enable_grad",
    "function",
    "grad",
    "graph",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
]


def __dir__() -> list[str]:
    return __all__


del once_differentiable
