"""torch.nn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import functional, init, modules, parameter, utils
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "factory_kwargs",
    "functional",
    "init",
    "modules",
    "parameter",
    "utils",
    *modules.LAYERS,
]

globals().update({name: getattr(modules, name) for name in modules.LAYERS})


def factory_kwargs(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """Of a layer's keyword arguments those that go on to the functions that make its parameters: device, dtype, memory_format.

    Raises:
        TypeError: There are others, or one is given twice.
    """
    if kwargs is None:
        return {}
    names = {"device", "dtype", "memory_format"}
    if others := kwargs.keys() - names - {"factory_kwargs"}:
        raise TypeError(f"unexpected kwargs {others}")
    found = dict(kwargs.get("factory_kwargs", {}))
    for name in names & kwargs.keys():
        if name in found:
            raise TypeError(f"{name} specified twice, in **kwargs and in factory_kwargs")
        found[name] = kwargs[name]
    return found


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def __dir__() -> list[str]:
    return __all__
