"""The window: actions, settings, theme; puts the rooms together."""

from __future__ import annotations

from pathlib import Path


def main(*, file: str | None = None, trust: bool = False) -> int:
    """Opens the window and returns when it is closed.

    Args:
        file: A script or recording to open; the first example where there is none.
        trust: Let the file's script use all of Python.
    """
    from gradviz.app.start import start

    return start(Path(file) if file is not None else None, trusted=trust)
