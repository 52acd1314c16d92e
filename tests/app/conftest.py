"""A window whose worker is replaced by one that answers at once with a recording made by hand.

What the real worker does with real scripts is tested in test_loop.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradviz.app.settings import Settings
from gradviz.app.start import make_runner
from gradviz.app.window import Window
from gradviz.graph import picture_of
from gradviz.recording import Recording, RecordingBuilder
from gradviz.runner import CallResult
from tests.panels.made import Maker, full, seed_recording


@dataclass
class Run:
    """One thing the window asked its worker for."""

    text: str
    filename: str
    trusted: bool
    options: dict[str, Any]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Call:
    """One picture the window asked its worker for."""

    function: str
    options: dict[str, Any]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass(frozen=True)
class Result:
    recording: Recording
    status: str = "ok"
    post: Any = None
    note: str = ""


@dataclass
class MadeRunner:
    """Answers from another thread, as the real one does. ``answer`` makes the recording; ``held`` keeps answers back."""

    runs: list[Run] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    trouble: str = ""
    closed: bool = False
    held: bool = False
    answer: Callable[[Run], Recording] = lambda run: answer_to(run)
    _waiting: list[Callable[[], None]] = field(default_factory=list)

    def run(self, text: str, *, filename: str, trusted: bool, options: dict[str, Any], on_done: Any, **more: Any) -> Run:
        run = Run(text, filename, trusted, options)
        self.runs.append(run)

        def send() -> None:
            thread = threading.Thread(target=lambda: on_done(Result(self.answer(run))))
            thread.start()
            thread.join()

        if self.held:
            self._waiting.append(send)
        else:
            send()
        return run

    def call(self, function: str, body: bytes, argument: Any = None, *, on_done: Any) -> Call:
        call = Call(function, argument)
        self.calls.append(call)

        def send() -> None:
            result = CallResult(None, self.trouble) if self.trouble else CallResult(picture_of(body, argument))
            thread = threading.Thread(target=lambda: on_done(result))
            thread.start()
            thread.join()

        if self.held:
            self._waiting.append(send)
        else:
            send()
        return call

    def release(self) -> None:
        waiting, self._waiting = self._waiting, []
        for send in waiting:
            send()

    def close(self) -> None:
        self.closed = True


def answer_to(run: Run) -> Recording:
    """The seed's recording for a script that goes backward; an error where it says so; nothing for an empty one."""
    if "refuse" in run.text and not run.trusted:
        maker = Maker("open('x')\n")
        maker.error(1, "refused", "", "open() is not available to restricted scripts", "Trust it if you know it.")
        return maker.builder.build()
    if "half" in run.text:
        maker = Maker(run.text)
        maker.error(1, "syntax", "SyntaxError", "invalid syntax")
        return maker.builder.build()
    if "fail" in run.text:
        maker = Maker(run.text)
        maker.create(full(1, 2), 1, "x")
        maker.error(2, "exception", "RuntimeError", "it failed")
        return maker.builder.build()
    return seed_recording() if "backward" in run.text else RecordingBuilder({"script": run.text}).build()


@pytest.fixture
def runner() -> MadeRunner:
    return MadeRunner()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings" / "gradviz.ini")


@pytest.fixture
def make_window(qtbot: QtBot, runner: MadeRunner, settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Makes windows over one folder of settings and recovery copies; closes them without a question at the end."""
    made: list[Window] = []

    def make(*, shown: bool = True, **options: Any) -> Window:
        folder = options.get("recovery", tmp_path / "recovery")
        window = Window(options.get("settings", settings), lambda: options.get("runner", runner), folder)
        made.append(window)
        if shown:
            window.show()
            qtbot.waitExposed(window)
        return window

    yield make
    for window in made:
        leave(window)
        window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def window(make_window: Callable[..., Window], qtbot: QtBot) -> Window:
    """A window on the first example, run."""
    made = make_window()
    made.begin()
    settled(qtbot, made)
    return made


@pytest.fixture
def live(make_window: Callable[..., Window]) -> Iterator[Window]:
    """A window with the real worker and an empty script."""
    window = make_window(runner=make_runner())
    window.set_reduced_motion(True)
    window.resize(1600, 1000)
    window.files.new()
    yield window
    leave(window)


def leave(window: Window) -> None:
    """Closes a window without a question."""
    for page in window.documents.pages:
        page.document.new()
    window.close()


def settled(qtbot: QtBot, window: Window) -> None:
    """Returns when the window has shown the result of its last run, or its last picture."""
    qtbot.waitUntil(lambda: not (window.session.busy or window.session.laying_out), timeout=20_000)
    QApplication.processEvents()


def trigger(window: Window, name: str) -> None:
    """Does an action as a menu would."""
    action = window.actions_table[f"action-{name}"]
    assert action.isEnabled(), f"{name} cannot be used now"
    action.trigger()


def said(window: Window) -> list[str]:
    """The messages that are shown."""
    return [notice.text for notice in window.notices.notices]


def choose(window: Window, word: str) -> None:
    """Presses a message's button."""
    for notice in window.notices.notices:
        for button in notice.buttons:
            if button.text() == word:
                button.click()
                return
    raise AssertionError(f"no message offers {word}: {said(window)}")
