"""From start to a painted window, and from a key stroke to a new picture."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QTextCursor, QWheelEvent
from PySide6.QtWidgets import QApplication

from bench.conftest import FRAME
from bench.scripts import script_of
from gradviz.app.settings import Settings
from gradviz.app.start import make_runner
from gradviz.app.window import Window
from gradviz.view.theme import install_fonts

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
        self.canvas.installEventFilter(self.first_paint)


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


def _wait(until: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        QApplication.processEvents()
        time.sleep(0.0005)
        assert time.monotonic() < deadline, "nothing came"


@pytest.fixture
def window(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    install_fonts()
    window = Window(Settings(), make_runner, tmp_path / "recovery")
    window.resize(1600, 1000)
    window.show()
    yield window
    window.editor.document().setModified(False)
    window.close()
    window.deleteLater()


def _open(window: Window, folder: Path, ops: int) -> None:
    path = folder / "script.py"
    path.write_text(script_of(ops))
    window.begin(path)
    _wait(lambda: not window.session.busy)


def test_key_stroke_to_picture(report: Callable[..., None], window: Window, tmp_path: Path) -> None:
    _open(window, tmp_path, 100)

    def stroke() -> None:
        arrived = []
        window.session.finished.connect(arrived.append)
        window.editor.moveCursor(QTextCursor.MoveOperation.End)
        window.editor.insertPlainText("#")
        window.run_now()  # what the debounce would do
        _wait(lambda: bool(arrived))
        window.canvas.repaint()
        window.session.finished.disconnect(arrived.append)

    def rest() -> None:
        """Nobody types faster than the debounce lets through."""
        until = time.monotonic() + 0.3
        _wait(lambda: time.monotonic() > until)

    report("key stroke to picture, 100 ops", stroke, against="100 ms", floor=0.1, rounds=21, setup=rest)


@pytest.mark.parametrize("ops", [100, 1000])
def test_step_and_scrub(report: Callable[..., None], window: Window, tmp_path: Path, ops: int) -> None:
    _open(window, tmp_path, ops)
    window.canvas.fit()
    window.canvas.set_reduced_motion(True)
    moves = itertools.cycle([*range(10, len(window.cursor.recording), 7)])

    def step() -> None:
        window.cursor.move(next(moves))
        QApplication.processEvents()  # the one frame in which Qt paints all that has changed

    report(f"a step, all panes painted, {ops} ops", step, against="a frame", floor=FRAME, rounds=60)


@pytest.mark.parametrize("zoom", ["fit", "near"])
def test_pan_and_zoom(report: Callable[..., None], window: Window, tmp_path: Path, zoom: str) -> None:
    _open(window, tmp_path, 1000)
    window.cursor.move(window.cursor.last // 2)
    window.canvas.fit()
    if zoom == "near":
        window.canvas.zoom(1000)
    middle = QPointF(window.canvas.rect().center())
    turns = itertools.cycle((120, 120, -120, -120))

    def wheel(modifiers: Qt.KeyboardModifier) -> Callable[[], None]:
        def turn() -> None:
            by = QPoint(0, next(turns))
            event = QWheelEvent(
                middle,
                QPointF(window.canvas.mapToGlobal(middle.toPoint())),
                QPoint(),
                by,
                Qt.MouseButton.NoButton,
                modifiers,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(window.canvas, event)
            window.canvas.repaint()

        return turn

    pan, scale = wheel(Qt.KeyboardModifier.NoModifier), wheel(Qt.KeyboardModifier.ControlModifier)

    def both() -> None:
        pan()
        scale()

    report(f"pan, then zoom, 1,000 ops, {zoom}", both, against="two frames", floor=2 * FRAME, rounds=60)
