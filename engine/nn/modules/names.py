"""What PyTorch calls things in its messages: `torch.typename` and type objects."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor

__all__ = ["shown_type", "typename"]


def _path(found: type[Any]) -> str:
    module = found.__module__
    if module == "engine" or module.startswith("engine."):
        module = "torch" + module.removeprefix("engine")
    return module


def typename(obj: Any) -> str:
    """The type of a thing in words: "torch.FloatTensor" for a tensor, else its qualified name."""
    if isinstance(obj, Tensor):
        return f"torch.{obj.dtype._legacy}Tensor"
    found = obj if isinstance(obj, type) or not isinstance(getattr(obj, "__module__", None), str) else type(obj)
    found = found if isinstance(found, type) else type(found)
    module = _path(found)
    return found.__qualname__ if module == "builtins" else f"{module}.{found.__qualname__}"


def shown_type(found: type[Any]) -> str:
    """A type object as printing it under PyTorch shows it: "<class 'torch.nn.modules.linear.Linear'>"."""
    module = _path(found)
    return f"<class '{found.__qualname__}'>" if module == "builtins" else f"<class '{module}.{found.__qualname__}'>"
