"""The forms of views that change the tensor itself: `t_`, `transpose_`, `squeeze_` and their like, and `resize_`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import geometry, modes
from ..api import op, public
from ..dispatch import edge_of, recording, tell
from ..graph import OpNode, meta_of
from ..inplace import check_inplace
from ..modes import state
from ..rules import TENSORS
from ..saved import save
from ..schema import integers
from ..table import TABLE, Op
from ..tensor import Tensor, tensor_attribute
from . import views, windows

__all__ = ["record_reshape", "reshape_in_place"]

_FAMILIES = (views, windows)
"""Where the rows reshaped by are."""


def reshape_in_place(row: Op, arguments: list[Any]) -> Tensor:
    """Show a tensor's memory as a row does, from now on.

    Raises:
        RuntimeError: The tensor may not be written to.
    """
    if modes.special and state.level is not None:
        shown: Tensor = state.level.reshape(row, arguments)
        return shown
    target: Tensor = arguments[0]
    node = record_reshape(row, arguments, lambda: row.forward(target._value, *arguments[1:]))
    tell(row, row.name, arguments, (target,), node, target)
    return target


def record_reshape(row: Op, arguments: list[Any], shown: Callable[[], Any]) -> OpNode | None:
    """See that a tensor may be shown otherwise, do it, and make the node of that, if there is to be one.

    Args:
        row: The op.
        arguments: Its arguments.
        shown: Computes what the tensor's memory is to be shown as.
    """
    target: Tensor = arguments[0]
    recorded = recording() and target.requires_grad
    target._share()
    check_inplace(target, recorded, uniform=True)
    value = shown()
    node: OpNode | None = None
    if recorded:
        node = object.__new__(row.node_class)
        node._rule = rule = row.rule(1, target._value.dtype.kind == "c")
        node._saved, node._versions = save(rule, arguments, ())
        node._wire((edge_of(target),), (meta_of(value),))
        target._edge, target._leaf = (node, 0), None
    target._value = value
    target._written()
    if node is not None and target._view is not None:
        # Its base stays as it is, so that its new history is up to date.
        target._view.version = target._version
    return node


def _reshaping(name: str, node: str) -> Any:
    view = TABLE[name]
    derivatives: Any = view.derivatives
    base, dot, overload = name.partition(".")
    made = op(
        view.schema.text.replace(name, f"{base}_{dot}{overload}", 1),
        view.forward,
        view.formula,
        view=True,
        node=node,
        function=False,
        **derivatives,
    )

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return reshape_in_place(made.op, made.op.schema.bind((self, *args), kwargs))

    method.__name__ = method.__qualname__ = f"{base}_"
    method.__doc__ = f"Make the tensor {view.formula.replace('self', 'itself', 1)}."
    return method


for _name, _node in (
    ("t", "TBackward1"),
    ("transpose", "TransposeBackward1"),
    ("unsqueeze", "UnsqueezeBackward1"),
    ("as_strided", "AsStridedBackward1"),
):
    _method = _reshaping(_name, _node)
    tensor_attribute(f"{_name}_", _method)
    if _name == "transpose":
        for _other in ("swapaxes_", "swapdims_"):
            tensor_attribute(_other, _method)

_squeeze_all = _reshaping("squeeze", "SqueezeBackward3")
_squeeze_one = _reshaping("squeeze.dim", "SqueezeBackward4")
_squeeze_some = _reshaping("squeeze.dims", "SqueezeBackward5")


@public(function=False)
def squeeze_(self: Tensor, dim: Any = None) -> Tensor:
    """Drop the tensor's dimensions of size 1, or those among the given ones."""
    if dim is None:
        return _squeeze_all(self)
    return (_squeeze_some if isinstance(dim, (tuple, list)) else _squeeze_one)(self, dim)


def _resized(self: Tensor, shape: tuple[int, ...]) -> Tensor:
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if hasattr(self, "_layer"):
        raise NotImplementedError("resize_ within a function that is being transformed is not implemented")
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {next(n for n in shape if n < 0)}: {list(shape)}")
    if shape == self._value.shape:
        return self
    self._share()
    old = self._value
    offset, strides = geometry.storage_offset(old), geometry.contiguous_strides(shape)
    needed = offset + int(np.prod(shape))
    memory = geometry.root_of(old).ravel(order="K").view(old.dtype)
    if memory.size < needed:
        # (PyTorch gives every tensor on this memory the larger one; here the others keep the old.)
        memory = np.concatenate([memory, np.zeros(needed - memory.size, old.dtype)])
    self._value = geometry.strided(memory, shape, strides, offset)
    return self


@public(function=False)
def resize_(self: Tensor, *args: Any, size: Any = None, memory_format: Any = None) -> Tensor:
    """Give the tensor another shape, and more memory if it needs that; what is new is 0."""
    return _resized(self, integers("resize_", "size", args if size is None else (size,), 1))


@public
def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """Give the tensor the shape of another."""
    return _resized(input, the_template._value.shape)


TENSORS["squeeze_"] = squeeze_
