"""torch.nn.utils.init."""

from __future__ import annotations

import inspect
from typing import Any

from ..modules.module import Module
from ..modules.names import shown_type

__all__ = ["skip_init"]


def skip_init(module_cls: type[Any], *args: Any, **kwargs: Any) -> Any:
    """Make a layer whose parameters and buffers hold whatever their memory does.

    Args:
        module_cls: The layer's class, which takes a `device`.
        args: Its arguments.
        kwargs: Its arguments by name.

    Raises:
        RuntimeError: It is no Module, or takes no device.
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {shown_type(module_cls)}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    device = kwargs.pop("device", "cpu")
    from ...random import fork_rng

    # PyTorch makes it on a device without memory, which draws no numbers.
    with fork_rng():
        return module_cls(*args, **kwargs).to_empty(device=device)


def __dir__() -> list[str]:
    return __all__
