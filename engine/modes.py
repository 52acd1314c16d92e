"""What is switched on, and in which thread.

Every op must know whether it is recorded, observed or transformed. Asking all of that costs more than adding two numbers, so
the ops ask one module global first: while `special` is 0, every thread is in its default state (gradients on, nobody listening)
and the short path through an op is right.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .transforms.level import Level

__all__ = ["State", "depart", "prepare_thread", "set_grad_enabled", "set_inference", "state", "watch"]

special: int = 0
"""How many departures from the default state are in force, over all threads."""

watching: int = 0
"""How many of them only consist in somebody's listening."""

_lock = threading.Lock()


class State(threading.local):
    """The modes of one thread.

    Attributes:
        grad_enabled: Whether ops on tensors that require grad are recorded.
        inference: Whether tensors made now are inference tensors.
        anomaly: Whether a failing rule shall show its forward line (detect_anomaly).
        check_nan: Whether a gradient that is not a number counts as a failure, under anomaly.
        creation_hooks: Called with each new node.
        level: The innermost transform in force, which sees every op first; None outside of transforms.
        hooks_disabled: Why saved_tensors_hooks are forbidden just now; None if they are not.
        multithreading: Whether a pass may use threads, as far as anybody asks.
        grad_layout: Whether to warn of a `.grad` that does not lie in memory as its tensor does.
        write_watchers: Called with each tensor that is about to be written to.
        saved_hooks: The (pack, unpack) pairs of saved_tensors_hooks in force, innermost last.
    """

    grad_enabled: bool = True
    inference: bool = False
    anomaly: bool = False
    check_nan: bool = True
    level: Level | None = None
    hooks_disabled: str | None = None
    multithreading: bool = True
    grad_layout: bool = True

    def __init__(self) -> None:
        self.saved_hooks: list[tuple[Any, Any]] = []
        self.write_watchers: list[Any] = []
        self.creation_hooks: list[Any] = []
        # Infinities and NaNs are values here, as they are in PyTorch, and no cause for a warning.
        np.seterr(all="ignore")


state = State()


def prepare_thread() -> None:
    """See that infinities and NaNs are no cause for NumPy's warnings in this thread; the first look at `state` does it."""
    state.__dict__  # noqa: B018


def depart(by: int) -> None:
    """Count a departure from the default state (+1), or the return from one (-1)."""
    global special
    with _lock:
        special += by


def watch(by: int) -> None:
    """Count a departure (+1 or -1) that only consists in somebody's listening."""
    global watching
    depart(by)
    watching += by


def set_grad_enabled(value: bool) -> None:
    """Switch this thread's recording on or off."""
    if state.grad_enabled != value:
        state.grad_enabled = value
        depart(-1 if value else 1)


def set_inference(value: bool) -> None:
    """Switch this thread's inference mode on or off."""
    if state.inference != value:
        state.inference = value
        depart(1 if value else -1)
