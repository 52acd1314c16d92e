"""torch.func: functions that transform functions."""

from __future__ import annotations

from .gradients import grad, grad_and_value, jvp, vjp
from .jacobians import debug_unwrap, functionalize, hessian, jacfwd, jacrev, linearize
from .mapping import vmap
from .state import functional_call, replace_all_batch_norm_modules_, stack_module_state

__all__ = [
    "debug_unwrap",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]

for _function in (grad, grad_and_value, jvp, vjp, hessian, jacfwd, jacrev, linearize, functional_call, stack_module_state):
    _function.__module__ = "torch.func"


def __dir__() -> list[str]:
    return __all__
