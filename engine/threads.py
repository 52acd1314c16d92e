"""Going on in another thread where this one's stack has become too deep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from .modes import state

__all__ = ["in_fresh_thread"]

T = TypeVar("T")


def in_fresh_thread(work: Callable[[], T]) -> T:
    """Do a piece of work on an empty stack, in a thread that has this one's modes, and wait for it.

    Raises:
        BaseException: What the work raised.
    """
    modes = dict(state.__dict__)
    outcome: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        state.__dict__.update(modes)
        try:
            outcome.append(work())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="engine reentrant backward")
    thread.start()
    thread.join()
    if failures:
        try:
            raise failures[0]
        finally:
            failures.clear()
    return outcome[0]
