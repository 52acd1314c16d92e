"""The rows of tensors: who has one, which history it tells of, and who shares whose memory."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.modes import state
from engine.observe import as_array, storage_of
from engine.storage import Storage
from engine.tensor import Tensor
from gradviz.recording import Mode, RecordingBuilder


class Seen:
    """What is known of a tensor; it hangs on the tensor itself.

    Attributes:
        book: The rows it belongs to: those of an earlier run are not ours.
        row: Its row in ``tensors``, -1 before it has one.
        object: The number all its rows share.
        storage: The number of its memory.
        form: The dtype and the shape its row tells of, as numbers of strings.
        op: The op of its history, -1 for a tensor that was not computed.
        value: The row of ``values`` with its elements as last seen, -1 for none.
        grad: The row of ``values`` with its `.grad` as last seen, -1 for None.
        cut: Why no gradient crosses to it, where it needs none; -1 before that was asked.
        owner: The tensor whose `.grad` it is.
    """

    __slots__ = ("book", "cut", "form", "grad", "object", "op", "owner", "row", "storage", "value")

    def __init__(self, book: TensorRows, number: int, storage: int) -> None:
        self.book = book
        self.object = number
        self.storage = storage
        self.row = self.op = self.value = self.grad = self.cut = -1
        self.form = (-1, -1)
        self.owner: weakref.ref[Tensor] | None = None


def current_mode() -> Mode:
    """The mode ops run under now."""
    if state.inference:
        return Mode.INFERENCE
    return Mode.GRAD if state.grad_enabled else Mode.NO_GRAD


class TensorRows:
    """Writes the rows of tensors. Tensors are never kept alive: they carry what is known of them."""

    def __init__(self, builder: RecordingBuilder) -> None:
        self._builder = builder
        self._tensors = builder.tables["tensors"]
        self._objects = 0
        self._storages = 0
        self._sharing: dict[int, list[weakref.ref[Tensor]]] = {}
        self._owners: dict[int, list[weakref.ref[Tensor]]] = {}

    def seen(self, tensor: Tensor) -> Seen | None:
        """What is known of a tensor; None for nothing."""
        found = getattr(tensor, "_observed", None)
        return found if isinstance(found, Seen) and found.book is self else None

    def row(self, tensor: Tensor) -> int:
        """The row of a tensor, -1 if it has none."""
        found = self.seen(tensor)
        return -1 if found is None else found.row

    def meet(self, tensor: Tensor) -> Seen:
        """What is known of a tensor, which may not have a row yet."""
        found = self.seen(tensor)
        return self.first_met(tensor) if found is None else found

    def first_met(self, tensor: Tensor) -> Seen:
        """What is known of a tensor of which nothing is known."""
        if tensor._counter is None:
            storage = self._storages
            self._storages = storage + 1
        else:
            storage = self._storage(tensor)
        found = Seen(self, self._objects, storage)
        self._objects += 1
        tensor._observed = found
        return found

    def _storage(self, tensor: Tensor) -> int:
        """The number of a tensor's memory: its own while nobody shares it, else one that all who share it find."""
        if tensor._counter is None:
            self._storages += 1
            return self._storages - 1
        storage = storage_of(tensor)
        known = getattr(storage, "_observed", None)
        if isinstance(known, tuple) and known[0] is self:
            number = int(known[1])
        else:
            number = self._of_first(storage, tensor)
            storage._observed = (self, number)
        self._sharing.setdefault(number, []).append(weakref.ref(tensor))
        return number

    def _of_first(self, storage: Storage, tensor: Tensor) -> int:
        """The number of memory that was shared since the tensor that had it was met; a new one if it was not."""
        first = None if storage.first is None else storage.first()
        known = None if first is None or first is tensor else self.seen(first)
        if known is None:
            self._storages += 1
            return self._storages - 1
        assert storage.first is not None
        self._sharing.setdefault(known.storage, []).append(storage.first)
        return known.storage

    def move(self, tensor: Tensor) -> bool:
        """Takes note of a tensor's new memory; whether it is another than before."""
        known = self.meet(tensor)
        before, known.storage = known.storage, self._storage(tensor)
        return known.storage != before

    def sharers(self, tensor: Tensor) -> Iterator[Tensor]:
        """The other recorded tensors whose memory overlaps with a tensor's."""
        number = self.meet(tensor).storage
        if number not in self._sharing:
            return
        array = as_array(tensor)
        for other in self._alive(self._sharing, number):
            known = self.seen(other)
            ours = other is not tensor and known is not None and known.row >= 0 and known.storage == number
            if ours and np.may_share_memory(array, as_array(other)):
                yield other

    def own_grad(self, owner: Tensor, grad: Tensor | None) -> None:
        """Takes note that a tensor is another's `.grad`."""
        if grad is None:
            return
        known = self.meet(grad)
        if known.owner is None or known.owner() is not owner:
            known.owner = weakref.ref(owner)
            self._owners.setdefault(known.storage, []).append(known.owner)

    def owners(self, tensor: Tensor) -> Iterator[Tensor]:
        """The tensors whose `.grad` lies in a tensor's memory."""
        number = self.meet(tensor).storage
        for owner in self._alive(self._owners, number):
            grad = owner._grad
            if grad is not None and self.meet(grad).storage == number:
                yield owner

    @staticmethod
    def _alive(table: dict[int, list[weakref.ref[Tensor]]], number: int) -> list[Tensor]:
        references = table.get(number)
        if references is None:
            return []
        alive = {id(tensor): tensor for reference in references if (tensor := reference()) is not None}
        if len(alive) < len(references):
            table[number] = [weakref.ref(tensor) for tensor in alive.values()]
        return list(alive.values())

    def value(self, tensor: Tensor) -> int:
        """Keeps a tensor's elements as they are now; returns the row of ``values``."""
        known = self.meet(tensor)
        known.value = self._builder.value(tensor._value)
        return known.value

    def unchanged(self, tensor: Tensor) -> int:
        """The same, knowing that nobody can have written to memory that nobody shares."""
        known = self.meet(tensor)
        return known.value if known.value >= 0 and tensor._counter is None else self.value(tensor)

    def array(self, value: Any) -> int:
        """Keeps a gradient, -1 for None; returns the row of ``values``."""
        return -1 if value is None else self._builder.value(value if isinstance(value, np.generic) else as_array(value))

    def add(self, tensor: Tensor, event: int, *, op: int = -1, output: int = 0, maker: str = "", base: int = -1) -> int:
        """Begins a row for a tensor, or for a new history of it."""
        known = self.meet(tensor)
        counter = tensor._counter
        known.op, known.cut = op, -1
        known.form = dtype, shape = self._builder.kind(tensor._value)
        known.row = self._tensors.add(
            known.object,
            shape,
            dtype,
            tensor._leaf is not None or tensor._edge is not None,
            tensor._edge is None,
            op,
            output,
            known.storage,
            base,
            0 if counter is None else counter.version,
            current_mode(),
            event,
            self._builder.string(maker) if maker else -1,
        )
        return known.row
