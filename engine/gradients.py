"""What happens to a gradient on its way: brought to shape and dtype, added to `.grad`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from . import modes
from .dtypes import of_numpy
from .frames import warn
from .geometry import is_dense, relaid, strides_of
from .graph import Meta, Node
from .reuse import alone
from .rules import TENSORS
from .tensor import Tensor, wrap

__all__ = ["accumulate", "fit", "sum_to"]

_ndarray: Final = np.ndarray


def sum_to(value: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum an array over the dimensions that `shape` does not have or has as 1."""
    if value.shape == shape:
        return value
    extra = value.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(i + extra for i, n in enumerate(shape) if n == 1 and value.shape[i + extra] != 1)
    return value.sum(axis=axes, keepdims=True, dtype=value.dtype).reshape(shape)


def _expands_from(shape: tuple[int, ...], small: tuple[int, ...]) -> bool:
    """Whether `small` broadcasts to `shape`."""
    extra = len(shape) - len(small)
    return extra >= 0 and all(n in (1, m) for n, m in zip(small, shape[extra:], strict=True))


def fit(grad: Any, meta: Meta, source: Node | None, slot: int) -> Any:
    """Bring an arriving gradient to the shape and dtype of the output it is the gradient of.

    Raises:
        RuntimeError: Its shape cannot be summed to the output's.
    """
    shape, kind = meta if meta.__class__ is tuple else ((), np.dtype(meta))
    tensor = isinstance(grad, Tensor)
    value = grad._value if tensor else grad
    if value.shape != shape:
        if not _expands_from(value.shape, shape):
            raise RuntimeError(
                f"Function {'' if source is None else source.name()} returned an invalid gradient at index {slot} - got "
                f"{list(value.shape)} but expected shape compatible with {list(shape)}"
            )
        grad = TENSORS.sum_to(grad, shape) if tensor else sum_to(grad, shape)
        value = grad._value if tensor else grad
    if value.dtype is not kind and kind is not None and value.dtype != kind:
        if value.dtype.kind == "c" and kind.kind != "c":
            grad = TENSORS.real(grad) if tensor else grad.real
        grad = TENSORS.to_dtype(grad, of_numpy(kind)) if tensor else grad.astype(kind)
    return grad


def _laid_out_like(grad: Any, value: Any) -> bool:
    """Whether a gradient lies in memory as PyTorch lays out `.grad`: as its tensor does."""
    if grad.flags.c_contiguous:
        return not isinstance(value, _ndarray) or bool(value.flags.c_contiguous)
    return bool(grad.strides == getattr(value, "strides", ()))


def _check_layout(grad: Any, value: Any) -> None:
    """Warn of a `.grad` that does not lie in memory as its tensor does."""
    if not isinstance(value, _ndarray) or (grad.flags.c_contiguous and value.flags.c_contiguous):
        return
    strides, wanted = strides_of(grad), strides_of(value)
    if is_dense(value):
        obeys = all(n == 1 or s == w for n, s, w in zip(value.shape, strides, wanted, strict=True))
    else:
        obeys = grad.flags.c_contiguous
    if not obeys and modes.state.grad_layout:
        shape = list(value.shape)
        warn(
            "grad and param do not obey the gradient layout contract. This is not an error, but may impair performance.\n"
            f"grad.sizes() = {shape}, strides() = {list(strides)}\nparam.sizes() = {shape}, strides() = {list(wanted)}",
            UserWarning,
        )


def accumulate(variable: Tensor, grad: Any, owned: bool, create_graph: bool) -> None:
    """Add a gradient to a tensor's `.grad`, in place where nobody could be surprised by it.

    Args:
        variable: The tensor.
        grad: An array, or a Tensor under `create_graph`.
        owned: Whether the array may become `.grad` itself.
        create_graph: Whether `.grad` shall have a history.
    """
    if variable._leaf is None:
        if not variable.requires_grad:
            # detach_() has cut it off since.
            return
        if variable._edge is not None:
            raise RuntimeError("leaf variable has been moved into the graph interior")
    held = variable._grad
    if held is None:
        if owned and grad.__class__ is _ndarray and grad.flags.c_contiguous and variable._value.flags.c_contiguous:
            variable._grad = wrap(grad)
        elif isinstance(grad, Tensor):
            # A copy that is part of the graph, if there is one.
            variable._grad = wrap(np.empty_like(grad._value)).copy_(grad)
        elif not isinstance(grad, _ndarray) or ((owned or alone(grad)) and _laid_out_like(grad, variable._value)):
            variable._grad = wrap(grad)
        else:
            variable._grad = wrap(relaid(grad.copy(), variable._value))
    elif isinstance(grad, Tensor):
        variable._grad = held + grad
        _check_layout(variable._grad._value, variable._value)
    else:
        held._share()
        np.add(held._value, grad, out=held._value)
        held._written()
        _check_layout(held._value, variable._value)
