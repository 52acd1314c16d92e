"""Tensor.set_: other memory under the same tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import geometry, observe
from .dispatch import edge_of, recording
from .graph import Node, meta_of
from .history import c_name
from .inplace import check_inplace, rebase_history
from .observe import OpCall
from .tensor import Tensor, tensor_method

__all__: list[str] = []


class _Set(Node):
    """The history of a tensor whose memory was replaced, which cannot be differentiated."""

    _qualified = "torch::autograd::NotImplemented"

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        raise RuntimeError("derivative for set_ is not implemented")


_Set.__name__ = _Set.__qualname__ = "NotImplemented"


@tensor_method
def set_(
    self: Tensor,
    source: Tensor | None = None,
    storage_offset: int | None = None,
    size: Sequence[int] | None = None,
    stride: Sequence[int] | None = None,
) -> Tensor:
    """Show another tensor's memory from now on, as that tensor does or from an offset with sizes and strides.

    Raises:
        RuntimeError: The tensor may not be written to, or the source has another dtype.
        TypeError: The source is no tensor.
    """
    if source is not None and not isinstance(source, Tensor):
        raise TypeError(f"set_() received an invalid combination of arguments - got ({type(source).__name__})")
    if source is not None and source.dtype is not self.dtype:
        raise RuntimeError(f"Could not set tensor of type {c_name(source.dtype)} to a tensor of type {c_name(self.dtype)}")
    grads = [t for t in (self, source) if t is not None and recording() and t.requires_grad]
    check_inplace(self, bool(grads), uniform=True)
    counter = self._share()
    if source is None:
        value = np.empty(0, self._value.dtype)
    else:
        counter.storage = source._share().storage
        value = source._value
        if size is not None:
            shape = tuple(size)
            strides = geometry.contiguous_strides(shape) if stride is None else tuple(stride)
            value = geometry.strided(value, shape, strides, storage_offset or 0)
    node = None
    if grads:
        node = _Set()
        node._wire((edge_of(self), None if source is None else edge_of(source)), (meta_of(value),))
    self._value = value
    self._written()
    if node is not None:
        rebase_history(self, node)
    elif self._leaf is not None:
        # Graphs made before lead to what the tensor was.
        self._leaf.accumulator = None
    if observe.active is not None:
        arguments = (("self", self), ("source", source))
        observe.active.op_called(OpCall("set_", arguments, (self,), node, self, "source's memory"))
    return self
