"""Which line of the user's program is running: the innermost frame that is not the engine's own."""

from __future__ import annotations

import os
import sys
import warnings
from types import CodeType, FrameType

__all__ = ["KNOWN", "inside", "locate", "warn"]

_ROOT = os.path.dirname(os.path.abspath(__file__)) + os.sep
KNOWN: dict[str, bool] = {}
"""Whether a file name is the engine's, for those asked about so far."""


def inside(filename: str) -> bool:
    """Whether code of this file name belongs to the engine."""
    known = KNOWN.get(filename)
    if known is None:
        known = KNOWN[filename] = filename.startswith((_ROOT, "<engine"))
    return known


def locate(depth: int = 1) -> tuple[CodeType, int] | None:
    """(code, lasti) of the user's frame now; `code.co_positions()` turns it into line and columns later.

    Args:
        depth: How many frames out to begin looking: those nearer are known to be the engine's.
    """
    frame: FrameType | None = sys._getframe(depth)
    known = KNOWN.get
    while frame is not None:
        code = frame.f_code
        ours = known(code.co_filename)
        if ours is None:
            ours = inside(code.co_filename)
        if not ours:
            return code, frame.f_lasti
        frame = frame.f_back
    return None


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the user's line."""
    level = 2
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and inside(frame.f_code.co_filename):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)
