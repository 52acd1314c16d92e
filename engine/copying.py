"""Copies of tensors: copy, deepcopy and pickle."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from . import geometry
from .frames import warn
from .storage import VersionCounter
from .tensor import Tensor, tensor_method, wrap

__all__ = ["unserializable_hook", "warn_if_has_hooks"]

_NOT_COPIED: Final = ("_backward_hooks", "_grad_dtype", "_post_accumulate_grad_hooks")


def unserializable_hook(f: Any) -> Any:
    """Say of a hook that nobody need be told it is not pickled with its tensor."""
    f.__torch_unserializable__ = True
    return f


def warn_if_has_hooks(tensor: Tensor) -> None:
    """Warn that a tensor's hooks are not pickled with it."""
    for hook in (tensor._backward_hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the function with "
                "@torch.utils.hooks.unserializable_hook to suppress this warning",
                UserWarning,
            )


def _attributes(tensor: Tensor) -> dict[str, Any]:
    return {name: value for name, value in tensor.__dict__.items() if name not in _NOT_COPIED}


def _made(kind: type[Any], value: Any, requires_grad: bool) -> Any:
    """A leaf of a class over an array."""
    made = wrap(value)
    if kind is not Tensor:
        other = object.__new__(kind)
        for slot in ("_value", "_edge", "_leaf", "_counter", "_grad", "_view"):
            setattr(other, slot, getattr(made, slot))
        made = other
    if requires_grad:
        made.requires_grad_(True)
    return made


@tensor_method
def __copy__(self: Tensor) -> Any:
    """A leaf over the same memory, whose writes it counts by itself."""
    storage = self._share().storage
    made = _made(type(self), self._value, self.requires_grad)
    if made._counter is None:
        made._counter = VersionCounter(storage)
        made._counter.version = 1
    made.__dict__.update(_attributes(self))
    return made


@tensor_method
def __deepcopy__(self: Tensor, memo: dict[int, Any]) -> Any:
    """A leaf with copied memory; tensors copied together share memory where they did.

    Raises:
        RuntimeError: The tensor is no leaf.
    """
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you were "
            "attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
            "https://github.com/pytorch/pytorch/pull/103001"
        )
    if id(self) in memo:
        return memo[id(self)]
    if hasattr(self, "_layer"):
        raise NotImplementedError("Cannot access storage of a tensor within a function that is being transformed")
    value = np.asarray(self._value)
    root = geometry.root_of(value)
    buffer = memo.get(id(root))
    if buffer is None:
        # The memo keeps what it was asked about alive, so that its id stays its own.
        memo[id(root)] = buffer = root.ravel(order="K").copy()
        memo.setdefault(id(memo), []).append(root)
    shape, strides, _ = geometry.of(value, value)
    copied = geometry.strided(buffer.view(value.dtype), shape, strides, geometry.storage_offset(value))
    made = memo[id(self)] = _made(type(self), copied, self._leaf is not None)
    if not made.is_inference():
        # The memory is put under the new tensor, which counts as a write.
        made._share().version = 1
    if self._grad is not None:
        made._grad = copy.deepcopy(self._grad, memo)
    made.__dict__.update(copy.deepcopy(_attributes(self), memo))
    return made


def rebuild(
    kind: type[Any] | None,
    memory: Any,
    dtype: Any,
    shape: Sequence[int],
    strides: Sequence[int],
    offset: int,
    requires_grad: bool,
    attributes: dict[str, Any],
) -> Any:
    """A tensor as it was pickled."""
    value = geometry.strided(memory.ravel(order="K").view(dtype), shape, strides, offset)
    made = _made(kind or Tensor, value, requires_grad)
    made.__dict__.update(attributes)
    return made


@tensor_method
def __reduce_ex__(self: Tensor, protocol: Any) -> Any:
    warn_if_has_hooks(self)
    if hasattr(self, "_layer"):
        raise NotImplementedError("Cannot access storage of a tensor within a function that is being transformed")
    value = np.asarray(self._value)
    root = geometry.root_of(value)
    # One object stands for the memory of all tensors that share it.
    memory = root if root.flags.c_contiguous or root.flags.f_contiguous else root.ravel(order="K")
    shape, strides, _ = geometry.of(value, value)
    kind = None if type(self) is Tensor else type(self)
    offset = geometry.storage_offset(value)
    return rebuild, (kind, memory, value.dtype, shape, strides, offset, self.requires_grad, _attributes(self))
