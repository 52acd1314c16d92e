"""From start to a painted window, and from a key stroke to a new picture."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_FLOOR = "import PySide6.QtWidgets, numpy, networkx"
_START = """
import sys
from PySide6.QtCore import QEvent, QObject, QTimer
from gradviz.app import start


class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print("painted", flush=True)
            QTimer.singleShot(0, watched.window().close)
            watched.removeEventFilter(self)
        return False


make = start.Window


class Watched(make):
    def __init__(self, *rest):
        super().__init__(*rest)
        self.first_paint = FirstPaint()
        getattr(self.canvas, "viewport", lambda: self.canvas)().installEventFilter(self.first_paint)


start.Window = Watched
sys.exit(start.start(None, trusted=False))
"""


def _until(code: str, said: str | None) -> None:
    """Runs Python until it says something, or to its end."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if said is not None:
        for line in process.stdout:
            if line.strip() == said:
                break
        else:
            raise AssertionError("the window was never painted")
    else:
        process.stdout.read()
    process.kill()
    process.communicate()


def test_start_to_painted_window(report: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    report(
        "start to a painted window",
        lambda: _until(_START, "painted"),
        against="importing QtWidgets, numpy, networkx",
        floor=lambda: _until(_FLOOR, None),
        limit=2.0,
        rounds=7,
    )
