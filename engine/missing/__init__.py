"""What PyTorch has and the engine has not: reached for, it says so by its name.

The error is a NotImplementedError, and an AttributeError besides, so that `hasattr` and `getattr` with a default do what they do
for any name that is not there. What PyTorch does not have either is an AttributeError in its words.
"""

from __future__ import annotations

from importlib.resources import files
from types import ModuleType
from typing import Any, Final, NoReturn

__all__ = ["MissingError", "absent", "names", "watch"]


class MissingError(NotImplementedError, AttributeError):
    """PyTorch has it, the engine has not."""


MissingError.__name__ = MissingError.__qualname__ = "NotImplementedError"
MissingError.__module__ = "builtins"


def _listed() -> dict[str, frozenset[str]]:
    """PyTorch's public names by module; "torch.Tensor" stands among the modules."""
    text = files(__package__).joinpath("names.txt").read_text(encoding="utf-8")
    sections = (part.partition("]\n") for part in text.split("\n[")[1:])
    return {path: frozenset(lines.split()) for path, _, lines in sections}


NAMES: Final = _listed()


def names(path: str) -> frozenset[str]:
    """PyTorch's public names in a module, or in "torch.Tensor"."""
    return NAMES.get(path, frozenset())


class _MissingMember:
    """Stands in a class for what PyTorch's class has besides."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        raise _error(self._path)


def _error(path: str) -> MissingError:
    return MissingError(f"{path} is not implemented in the embedded engine")


def absent(path: str, name: str) -> AttributeError:
    """The error for a name that a module has not."""
    if name in names(path):
        return _error(f"{path}.{name}")
    return AttributeError(f"module '{path}' has no attribute '{name}'")


def _watch_module(module: ModuleType, path: str) -> None:
    def __getattr__(name: str) -> NoReturn:
        raise absent(path, name)

    vars(module)["__getattr__"] = __getattr__


def watch(root: ModuleType, tensor: type[Any]) -> None:
    """Have the package's public modules and Tensor say what is missing.

    Args:
        root: What stands for `torch`.
        tensor: What stands for `torch.Tensor`.
    """
    for path in NAMES:
        if path == "torch.Tensor":
            for name in sorted(names(path) - set(dir(tensor))):
                setattr(tensor, name, _MissingMember(f"{path}.{name}"))
            continue
        found: Any = root
        for part in path.split(".")[1:]:
            found = vars(found).get(part)
            if not isinstance(found, ModuleType):
                break
        else:
            _watch_module(found, path)
