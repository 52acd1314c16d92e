"""What users see of what a node keeps: `grad_fn._saved_...`, and `grad_fn._raw_saved_...`, which take hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .modes import state
from .packing import Packed, packed
from .saved import FREED, INFERENCE_MESSAGE, SavedResult, TensorList, as_tensor, freed, listed_tensor
from .tensor import Tensor, wrap

if TYPE_CHECKING:
    from .graph import OpNode

__all__ = ["SavedTensor", "keep_tensor", "raw_saved", "saved_attribute"]


def saved_attribute(node: OpNode, name: str) -> Any:
    """What `grad_fn._saved_...` shows.

    Raises:
        RuntimeError: It was freed.
        AttributeError: The op never saves such a thing.
    """
    raw = name.startswith("_raw")
    name = name.removeprefix("_raw")
    for index, s in enumerate(node._rule.saved):
        if s.attribute == name:
            if raw:
                return raw_saved(node, index)
            if node._saved is None:
                raise freed()
            item = as_tensor(node, index, node._saved[index])
            if (
                isinstance(item, (bool, int, float, complex))
                and s.source == "argument"
                and node._op.schema.parameters[s.index].is_tensor
            ):
                kind = np.float64 if isinstance(item, float) else np.complex128 if isinstance(item, complex) else None
                return wrap(np.asarray(item, kind))
            return item
    if name in node._op.saved_attributes(tensors=raw):
        return SavedTensor(_Nothing(), 0) if raw else None
    raise AttributeError(f"'{type(node).__name__}' object has no attribute '{'_raw' * raw}{name}'")


def raw_saved(node: OpNode, index: int) -> Any:
    """One of the tensors a node keeps, as it keeps it."""
    if not node._rule.keeps_tensor[index]:
        name = node._rule.saved[index].attribute
        raise AttributeError(f"'{type(node).__name__}' object has no attribute '_raw{name}'")
    item = None if node._saved is None else node._saved[index]
    if isinstance(item, TensorList):
        return tuple(SavedTensor(node, index, place) for place in range(len(item)))
    return SavedTensor(node, index)


class _Nothing:
    """What keeps nothing: the place of an argument whose value the rule does not need."""

    _saved = (None,)
    _versions = None


class _Alone:
    """What keeps one tensor that belongs to no node."""

    __slots__ = ("_saved", "_versions", "location", "sequence_nr")

    def __init__(self, tensor: Tensor, sequence_nr: int) -> None:
        counter = tensor._counter
        self._saved: tuple[Any, ...] | None = (tensor,)
        self._versions = None if counter is None or not counter.version else (counter.version,)
        self.location = None
        self.sequence_nr = sequence_nr


def keep_tensor(tensor: Tensor) -> SavedTensor:
    """Keep a tensor as a node would, through the hooks in force."""
    from .graph import next_sequence_nr

    if tensor.is_inference():
        raise RuntimeError(INFERENCE_MESSAGE)
    alone = _Alone(tensor, next_sequence_nr())
    if state.saved_hooks:
        alone._saved = (packed(tensor, state.saved_hooks[-1], tensor),)
    return SavedTensor(alone, 0)


class SavedTensor:
    """A tensor as a node keeps it: `grad_fn._raw_saved_...`."""

    __slots__ = ("_index", "_node", "_place")

    def __init__(self, node: Any, index: int, place: int | None = None) -> None:
        self._node = node
        self._index = index
        self._place = place

    def _item(self) -> Any:
        node = self._node
        item: Any = FREED if node._saved is None else node._saved[self._index]
        return item if self._place is None or item is FREED else item[self._place]

    @property
    def data(self) -> Any:
        """What is kept: the tensor, or what a pack hook made of it."""
        item = self._item()
        return item.content if isinstance(item, Packed) else None if item is FREED else as_tensor(self._node, self._index, item)

    @property
    def unpack_hook(self) -> Any:
        """The hook that makes a tensor of what is kept, if there is one."""
        item = self._item()
        return item.unpack if isinstance(item, Packed) else None

    def unpack(self) -> Any:
        """The tensor.

        Raises:
            RuntimeError: It was freed, or written to since.
        """
        if self._place is not None and self._node._saved is not None:
            return listed_tensor(self._node, self._node._saved[self._index], self._place)
        return as_tensor(self._node, self._index, self._item())

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Keep what `pack_hook` makes of the tensor, and give it to `unpack_hook` when it is needed.

        Raises:
            RuntimeError: There are hooks already, nothing is kept, or the hook wrote into the tensor.
            TypeError: The hooks are no functions.
        """
        if not (callable(pack_hook) and callable(unpack_hook)):
            raise TypeError("register_hooks(): incompatible function arguments.")
        item = self._item()
        if isinstance(item, Packed):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed "
                "at a time."
            )
        if item is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        if item is FREED:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are freed "
                "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph "
                "a second time or if you need to access saved variables after calling backward."
            )
        hooks = (pack_hook, unpack_hook)
        if isinstance(item, SavedResult):
            given = wrap(item.value)
            given._counter = item.counter
            made = packed(given, hooks, given, item.output_nr)
        else:
            made = packed(item, hooks, item.detach())
        node = self._node
        if not isinstance(node, (_Alone, _Nothing)):
            node._hooked()
        if self._place is not None:
            node._saved[self._index][self._place] = made
        else:
            node._saved = (*node._saved[: self._index], made, *node._saved[self._index + 1 :])


SavedTensor.__module__ = "torch._C._autograd"
