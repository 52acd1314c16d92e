"""torch.nn.utils.clip_grad: gradients kept from becoming too large."""

from __future__ import annotations

from collections.abc import Iterable
from types import GeneratorType

from ...api import FUNCTIONS
from ...frames import warn
from ...grad_mode import no_grad
from ...rules import TENSORS
from ...tensor import Tensor

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_"]


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in given if p.grad is not None]


@no_grad()
def _get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of tensors as if they were one vector.

    Args:
        tensors: One or several.
        norm_type: Of the p-norm; may be infinite.
        error_if_nonfinite: Whether a norm that is infinite or no number is refused.
        foreach: Without effect.

    Raises:
        RuntimeError: The norm is refused.
    """
    given = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    norm_type = float(norm_type)
    if not given:
        return FUNCTIONS["tensor"](0.0)
    norms = [TENSORS.linalg_vector_norm(t, norm_type) for t in given]
    total: Tensor = TENSORS.linalg_vector_norm(TENSORS.stack(norms), norm_type)
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. To "
            "disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


@no_grad()
def _clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale the parameters' gradients, whose norm is known, so that it is at most `max_norm`.

    Args:
        parameters: One or several.
        max_norm: The most it may be.
        total_norm: What it is.
        foreach: Without effect.
    """
    gradients = _gradients(parameters)
    if gradients:
        factor = TENSORS.clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
        for gradient in gradients:
            gradient.mul_(factor)


@no_grad()
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the parameters' gradients in place so that their norm, as if they were one vector, is at most `max_norm`.

    Args:
        parameters: One or several.
        max_norm: The most it may be.
        norm_type: Of the p-norm; may be infinite.
        error_if_nonfinite: Whether a norm that is infinite or no number is refused.
        foreach: Without effect.

    Returns:
        The norm as it was.

    Raises:
        RuntimeError: The norm is refused.
    """
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    if not given and isinstance(parameters, GeneratorType):
        warn("`parameters` is an empty generator, no gradient clipping will occur.", UserWarning)
    total = _get_total_norm(_gradients(given), norm_type, error_if_nonfinite)
    _clip_grads_with_norm_(given, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Deprecated name of clip_grad_norm_."""
    warn("`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.", FutureWarning)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@no_grad()
def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Keep every element of the parameters' gradients between -clip_value and clip_value, in place."""
    clip_value = float(clip_value)
    for gradient in _gradients(parameters):
        gradient.clamp_(-clip_value, clip_value)


def __dir__() -> list[str]:
    return __all__
