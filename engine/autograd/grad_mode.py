"""torch.autograd.grad_mode."""

from __future__ import annotations

from ..grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled"]

for _mode in (enable_grad, inference_mode, no_grad, set_grad_enabled):
    _mode.__module__ = "torch.autograd.grad_mode"


def __dir__() -> list[str]:
    return __all__
