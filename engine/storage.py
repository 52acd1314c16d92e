"""Memory and its version: who shares it, how often it was written, and by which line last."""

from __future__ import annotations

from types import CodeType
from typing import Any

__all__ = ["InferenceCounter", "Storage", "VersionCounter"]


class Storage:
    """The identity of a piece of memory: the same object for a tensor, its views, its `.detach()` and its `.data`."""

    __slots__ = ("__weakref__", "_observed")

    _observed: Any


class VersionCounter:
    """How many times a tensor was written in place. Shared with its views and `.detach()`, but not with `.data`.

    Attributes:
        version: The number of in-place writes so far.
        storage: The memory counted for.
        written_at: (code, lasti) of the user's frame that wrote last.
        detached_at: The sequence number at which `detach_()` was last called, or -1.
    """

    __slots__ = ("__weakref__", "detached_at", "storage", "version", "written_at")

    def __init__(self, storage: Storage | None = None) -> None:
        self.version = 0
        self.storage = Storage() if storage is None else storage
        self.written_at: tuple[CodeType, int] | None = None
        self.detached_at = -1


class InferenceCounter(VersionCounter):
    """Marks memory made in inference mode, whose writes are not counted."""

    __slots__ = ()
