"""Memory and its version: who shares it, how often it was written, and by which line last."""

from __future__ import annotations

from types import CodeType
from typing import Any, ClassVar, Final
from weakref import ReferenceType

__all__ = ["COUNTERS", "CountedInferenceCounter", "InferenceCounter", "Storage", "UncountedCounter", "VersionCounter"]


class Storage:
    """The identity of a piece of memory: the same object for a tensor, its views, its `.detach()` and its `.data`.

    Attributes:
        first: The tensor that had the memory for itself before, if that was seen by an observer.
    """

    __slots__ = ("__weakref__", "_observed", "first")

    _observed: Any

    def __init__(self) -> None:
        self.first: ReferenceType[Any] | None = None


class VersionCounter:
    """How many times a tensor was written in place. Shared with its views and `.detach()`, but not with `.data`.

    Attributes:
        inference: Whether the tensors it belongs to are inference tensors.
        tracked: Whether writes are counted at all.
        version: The number of in-place writes so far.
        storage: The memory counted for.
        written_at: (code, lasti) of the user's frame that wrote last.
        detached_at: The sequence number at which `detach_()` was last called, or -1.
    """

    __slots__ = ("__weakref__", "detached_at", "storage", "version", "written_at")

    inference: ClassVar[bool] = False
    tracked: ClassVar[bool] = True

    def __init__(self, storage: Storage | None = None) -> None:
        self.version = 0
        self.storage = Storage() if storage is None else storage
        self.written_at: tuple[CodeType, int] | None = None
        self.detached_at = -1


class InferenceCounter(VersionCounter):
    """Marks memory made in inference mode, whose writes are not counted."""

    __slots__ = ()
    inference = True
    tracked = False


class CountedInferenceCounter(VersionCounter):
    """Marks an inference tensor's `.detach()` or `.data` taken outside inference mode, whose writes are counted."""

    __slots__ = ()
    inference = True


class UncountedCounter(VersionCounter):
    """Marks an inference tensor whose `.data` is now that of a normal one."""

    __slots__ = ()
    tracked = False


COUNTERS: Final = {
    (c.inference, c.tracked): c for c in (VersionCounter, InferenceCounter, CountedInferenceCounter, UncountedCounter)
}
"""The kinds of counters by (inference, tracked)."""
