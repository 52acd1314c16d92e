"""torch.utils.swap_tensors."""

from __future__ import annotations

import weakref
from typing import Any, Final

from ..tensor import Tensor

__all__ = ["swap_tensors"]

_MISSING: Final = object()
_SLOTS: Final = tuple(slot for slot in Tensor.__slots__ if not slot.startswith("__"))


def _poisoned(grad_outputs: Any) -> None:
    raise RuntimeError(
        "Trying to execute AccumulateGrad node that was poisoned by swap_tensors this can happen when you try to run backward on a "
        "tensor that was swapped. For a module m with `torch.__future__.set_swap_module_params_on_conversion(True)` you should not "
        "change the device or dtype of the module (e.g. `m.cpu()` or `m.half()`) between running forward and backward. To resolve "
        "this, please only change the device/dtype before running forward (or after both forward and backward)."
    )


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Make each of two tensors what the other was: memory, history, gradient, class and attributes.

    Raises:
        RuntimeError: Somebody refers to one of them weakly.
    """
    for name, tensor in (("t1", t1), ("t2", t2)):
        if weakref.getweakrefs(tensor):
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    for tensor in (t1, t2):
        known = None if tensor._leaf is None else tensor._leaf.accumulator
        node = None if known is None else known()
        if node is not None:
            # It adds to the gradient of what this tensor was.
            node.register_prehook(_poisoned)
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
    for slot in _SLOTS:
        first, second = getattr(t1, slot, _MISSING), getattr(t2, slot, _MISSING)
        for tensor, value in ((t1, second), (t2, first)):
            if value is not _MISSING:
                setattr(tensor, slot, value)
            elif hasattr(tensor, slot):
                delattr(tensor, slot)
