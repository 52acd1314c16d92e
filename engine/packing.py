"""Saved tensors that go through hooks: packed when they are kept, unpacked when they are needed."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import modes
from .modes import state
from .tensor import Leaf, Tensor, wrap

if TYPE_CHECKING:
    from .graph import Edge, Node

__all__ = ["Packed", "pack", "packed"]


class Packed:
    """A tensor a pack hook turned into something else, and its place in the graph.

    Attributes:
        content: What the pack hook made of it.
        unpack: The hook that makes a tensor of that.
        edge: Where its gradient goes; None if it needs none.
        output_nr: Which output of the node that keeps it it is, or -1.
    """

    __slots__ = ("content", "edge", "output_nr", "unpack")

    def __init__(self, content: Any, unpack: Callable[[Any], Any], edge: Edge | None, output_nr: int) -> None:
        self.content = content
        self.unpack = unpack
        self.edge = edge
        self.output_nr = output_nr

    def data(self) -> Tensor:
        """What the unpack hook makes of the content.

        Raises:
            TypeError: It is no tensor.
        """
        found = self.unpack(self.content)
        if not isinstance(found, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(found).__name__}"
            )
        return found

    def tensor(self, node: Node) -> Tensor:
        """The tensor, at the place in the graph where the one that was packed was."""
        data = self.data()
        edge = self.edge if self.output_nr < 0 else (node, self.output_nr)
        if edge is None and not data.requires_grad:
            return data
        made = wrap(data._value)
        made._counter = data._share()
        made._value = data._value
        if edge is not None and edge[0].is_leaf:
            made._leaf = Leaf()
            made._leaf.accumulator = weakref.ref(edge[0])
        else:
            made._edge = edge
        return made


def packed(tensor: Tensor, hooks: tuple[Any, Any], given: Tensor, output_nr: int = -1) -> Packed:
    """Give a tensor to a pack hook.

    Args:
        tensor: The tensor that is kept.
        hooks: The pair of hooks.
        given: What the pack hook sees of it.
        output_nr: Which output of the node that keeps it it is, or -1.

    Raises:
        RuntimeError: The hook wrote into it.
    """
    from .dispatch import edge_of

    pack_hook, unpack_hook = hooks
    edge = edge_of(tensor) if output_nr < 0 else None
    before = given._version
    enabled = state.grad_enabled
    modes.set_grad_enabled(False)
    try:
        content = pack_hook(given)
    finally:
        modes.set_grad_enabled(enabled)
    if given._version != before:
        raise RuntimeError(
            "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be modified "
            "by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to perform "
            "in-place operations on the input to a pack hook."
        )
    return Packed(content, unpack_hook, edge, output_nr)


def pack(items: Sequence[Any], outputs: Sequence[Tensor] | Mapping[int, Tensor] | None) -> tuple[Any, ...]:
    """Give what is being kept to the innermost hooks.

    Args:
        items: Tensors, lists of tensors, kept outputs, anything else.
        outputs: The tensors of the kept outputs, by number; None to leave those alone for now.
    """
    from .saved import SavedResult

    made = list(items)
    hooks = state.saved_hooks[-1]
    for place, item in enumerate(items):
        if isinstance(item, Tensor):
            made[place] = packed(item, hooks, item)
        elif isinstance(item, list):
            item[:] = [packed(t, hooks, t) if isinstance(t, Tensor) else t for t in item]
        elif outputs is not None and isinstance(item, SavedResult):
            tensor = outputs[item.output_nr]
            made[place] = packed(tensor, hooks, tensor, item.output_nr)
    return tuple(made)
