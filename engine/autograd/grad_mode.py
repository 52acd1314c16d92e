"""torch.autograd.grad_mode."""

from __future__ import annotations

from ..grad_mode import (
    _unsafe_preserve_version_counter,
    enable_grad,
    enforce_grad_layout_policy,
    inference_mode,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)

__all__ = [
    "enable_grad",
    "enforce_grad_layout_policy",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
    "set_multithreading_enabled",
]

for _mode in (
    *(enable_grad, enforce_grad_layout_policy, inference_mode, no_grad, set_grad_enabled, set_multithreading_enabled),
    _unsafe_preserve_version_counter,
):
    _mode.__module__ = "torch.autograd.grad_mode"


def __dir__() -> list[str]:
    return __all__
