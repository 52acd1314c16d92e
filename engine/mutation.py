"""Writing to tensors that backward still needs: allow_mutation_on_saved_tensors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import TypeAlias
from weakref import WeakKeyDictionary, WeakValueDictionary

from .modes import state
from .saved_hooks import saved_tensors_hooks
from .tensor import Tensor

__all__ = ["allow_mutation_on_saved_tensors"]

TensorKey: TypeAlias = tuple[int, int, int]
"""(identity, address, version)."""
StorageKey: TypeAlias = tuple[int, int]
"""(address, version)."""

OUTSIDE = (
    "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was originally recorded."
)


class _Handle:
    """What a node keeps in place of a tensor."""


class AllowMutationOnSavedContext:
    """What is known of the saved tensors of one context.

    Attributes:
        original: Those not written to since, by their handles.
        cloned: The copies of those that were.
        tid_to_weakhandle: The handle of a tensor at a version.
        sid_to_tid: The tensors that begin at an address, at a version.
    """

    def __init__(self) -> None:
        self.cloned: MutableMapping[_Handle, Tensor] = WeakKeyDictionary()
        self.original: MutableMapping[_Handle, Tensor] = WeakKeyDictionary()
        self.tid_to_weakhandle: MutableMapping[TensorKey, _Handle] = WeakValueDictionary()
        self.sid_to_tid: dict[StorageKey, set[TensorKey]] = defaultdict(set)

    def clear(self) -> None:
        """Forget everything."""
        self.cloned.clear()
        self.original.clear()
        self.tid_to_weakhandle.clear()
        self.sid_to_tid.clear()

    def pack(self, tensor: Tensor) -> _Handle:
        """Keep a handle of a tensor."""
        address, version = tensor.data_ptr(), tensor._version
        key = (id(tensor), address, version)
        self.sid_to_tid[address, version].add(key)
        handle = self.tid_to_weakhandle.get(key)
        if handle is None:
            handle = self.tid_to_weakhandle[key] = _Handle()
            self.original[handle] = tensor
        return handle

    def unpack(self, handle: _Handle) -> Tensor:
        """The tensor of a handle, as it was when it was kept.

        Raises:
            AssertionError: The context is over.
        """
        if not _allowed:
            raise AssertionError(OUTSIDE)
        found = self.cloned.get(handle)
        if found is None:
            found = self.original.get(handle)
            if found is None:
                raise AssertionError(OUTSIDE)
        return found

    def before_write(self, tensor: Tensor) -> None:
        """Copy what is kept of the memory a tensor is about to be written to."""
        for key in self.sid_to_tid.get((tensor.data_ptr(), tensor._version), ()):
            handle = self.tid_to_weakhandle.get(key)
            if handle is not None and handle not in self.cloned:
                self.cloned[handle] = self.original.pop(handle).clone()


_allowed = False


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[AllowMutationOnSavedContext]:
    """Within it, a tensor that backward needs may be written to: it is copied first.

    Forward and backward must both run within it.

    Raises:
        RuntimeError: It is nested.
    """
    global _allowed
    context = AllowMutationOnSavedContext()
    with saved_tensors_hooks(context.pack, context.unpack):
        state.write_watchers.append(context.before_write)
        try:
            if _allowed:
                raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
            _allowed = True
            yield context
        finally:
            state.write_watchers.remove(context.before_write)
            context.clear()
            _allowed = False
