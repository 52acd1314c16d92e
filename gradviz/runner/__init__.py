"""Runs graph scripts and records what they do.

`record` runs a script in this process; `Runner` and `run_blocking` run it in a worker, within its limits. Names that need the
engine are imported when they are first used: the window's process never imports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradviz.runner.client import Runner, run_blocking
from gradviz.runner.handles import CallHandle, CallResult, RunHandle, RunResult
from gradviz.runner.limits import Limits

if TYPE_CHECKING:
    from gradviz.runner.script import record

__all__ = ["CallHandle", "CallResult", "Limits", "RunHandle", "RunResult", "Runner", "record", "run_blocking"]


def __getattr__(name: str) -> Any:
    if name == "record":
        from gradviz.runner.script import record

        return record
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
