"""torch.autograd.forward_ad: derivatives that travel forwards, with the values."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..grad_mode import Mode
from ..modes import state
from ..tensor import Tensor
from ..transforms.duals import Duals, current_duals
from ..transforms.level import live
from ..transforms.tracking import tangent_of

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(NamedTuple):
    """The two parts of a dual tensor.

    Attributes:
        primal: A view of the tensor without its tangent.
        tangent: The tangent; None if there is none.
    """

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Begin a level at which tensors can have tangents; returns its number, 0.

    Raises:
        RuntimeError: There is one already.
    """
    if current_duals() is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    Duals().__enter__()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level; all tangents are gone.

    Raises:
        RuntimeError: There is none, or it is not the last one.
    """
    current = current_duals()
    if level is not None and level != (-1 if current is None else 0):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if current is None:
        raise RuntimeError("Dual level must be a positive number.")
    current.__exit__()


class dual_level(Mode):  # noqa: N801 (PyTorch's name)
    """Within it, tensors can have tangents; when it is left, all of them are gone."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exception: object) -> None:
        exit_dual_level()


def check_dual(tensor: Any, tangent: Any) -> None:
    """See that two tensors can be made a dual one.

    Raises:
        ValueError: One of them is neither floating point nor complex.
        RuntimeError: Their shapes differ.
    """
    for name, value in (("primal", tensor), ("tangent", tangent)):
        if not (value.is_floating_point() or value.is_complex()):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {value.dtype}")
    if tensor._value.shape != tangent._value.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. "
            f"Tensor is of size {list(tensor._value.shape)} while the given forward gradient is of size "
            f"{list(tangent._value.shape)}."
        )


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of a tensor with a tangent, which ops on it carry on.

    Args:
        tensor: The value, of a floating point or complex dtype.
        tangent: Of the same shape; used as it is if it lies in memory as the tensor does, else copied.
        level: Only the current one.

    Raises:
        RuntimeError: There is no level, or one of the two has a tangent already.
        ValueError: One of the two is neither floating point nor complex.
    """
    if level is None:
        level = -1 if current_duals() is None else 0
    if level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    if level != 0 or state.level is None:
        raise RuntimeError("Invalid level given to _make_dual")
    check_dual(tensor, tangent)
    if tangent_of(live(tensor)) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not supported."
        )
    if tangent_of(live(tangent)) is not None:
        raise RuntimeError("Setting a forward grad that itself has a forward gradient at the same level0 is not supported.")
    return state.level.make_dual(live(tensor), live(tangent))


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The value and the tangent of a tensor.

    Args:
        tensor: Any tensor; the tangent of one that has none is None.
        level: Only the current one.
    """
    if state.level is None or (current_duals() is None and level is None):
        return UnpackedDualTensor(tensor, None)
    return UnpackedDualTensor(*state.level.unpack_dual(live(tensor)))


def __dir__() -> list[str]:
    return __all__
