"""The whole loop with the real worker: text, run, recording, picture, panes; and every script that goes wrong."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradviz.app.examples import Example, examples
from gradviz.app.settings import Settings
from gradviz.app.start import make_runner
from gradviz.app.window import Window
from gradviz.recording import Kind
from gradviz.runner import Limits
from gradviz.view.cursor import Selection
from tests.app.conftest import choose, said, settled, trigger

SEED = """import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()
out.backward()
out2 = x.sum()
out2.backward()
print(x.grad)
"""


@pytest.fixture
def live(make_window: Callable[..., Window]) -> Iterator[Window]:
    """A window with the real worker."""
    window = make_window(runner=make_runner())
    window.set_reduced_motion(True)
    yield window
    window.document.new()
    window.close()


def write(qtbot: QtBot, window: Window, text: str) -> None:
    """Replaces the script and waits for its run."""
    window.editor.replace_text(text)
    settled(qtbot, window)


def titles(window: Window) -> str:
    return " ".join(problem.title for problem in window.problems.problems)


def card(window: Window, name: str) -> str:
    return f"t{window.cursor.recording.names.index(name)}"


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.path.stem)
def test_every_example_runs_restricted(live: Window, qtbot: QtBot, example: Example) -> None:
    live.files.open_example(example)
    settled(qtbot, live)
    assert live.problems.problems == ()
    assert not live.trusted
    assert len(live.cursor.recording) > 0
    assert live.canvas.picture is not None
    assert len(live.canvas.picture.graph) > 1


def test_the_first_start_is_ready_to_be_played(live: Window, qtbot: QtBot) -> None:
    live.begin()
    settled(qtbot, live)
    recording = live.cursor.recording
    assert recording.event(live.cursor.event).kind is Kind.PASS_BEGIN
    assert live.canvas.node_state(card(live, "x")).slot_text == "None"
    trigger(live, "end")
    assert "4.5" in live.canvas.node_state(card(live, "x")).slot_text
    assert live.console.toPlainText().startswith("tensor([[4.5000, 4.5000],")


def test_gradients_add_up_before_the_eyes_forward_and_back(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, SEED)
    x = card(live, "x")
    sums = []
    trigger(live, "start")
    while live.cursor.event < live.cursor.last:
        trigger(live, "step-forward")
        if live.cursor.recording.event(live.cursor.event).kind is Kind.ACCUMULATE:
            sums.append(live.canvas.node_state(x).slot_text)
    assert sums == ["4.5", "4.5 + 1 = 5.5"]
    while live.cursor.recording.event(live.cursor.event).kind is not Kind.ACCUMULATE:
        trigger(live, "step-back")
    assert live.canvas.node_state(x).slot_text == "4.5 + 1 = 5.5"
    trigger(live, "step-back")
    assert live.canvas.node_state(x).slot_text != "4.5 + 1 = 5.5"
    assert live.inspector.plain_text()


def test_typing_changes_the_picture_and_leaves_the_rest_still(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, SEED)
    before = dict(live.canvas.picture.places)
    live.editor.setFocus()
    live.editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(live.editor, "w = x * 5")
    QTest.keyClick(live.editor, Qt.Key.Key_Return)
    settled(qtbot, live)
    after = live.canvas.picture.places
    assert set(before) < set(after)
    moved = [key for key, place in before.items() if place != pytest.approx(after[key])]
    assert len(moved) <= len(before) // 3


def test_the_selection_survives_an_edit(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, SEED)
    live.cursor.select(live.canvas._selection_of(live.canvas._row_of_key("t|z|0")))
    write(qtbot, live, SEED.replace("y = x + 2", "q = x - 1\ny = x + 2"))
    chosen = live.cursor.selection
    assert chosen is not None
    assert live.cursor.recording.names[chosen.number] == "z"


# What goes wrong


def test_a_syntax_error(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, SEED)
    write(qtbot, live, SEED + "x = = 1\n")
    assert "SyntaxError" in titles(live)
    assert live.editor.mistake_at(11) is not None
    assert len(live.cursor.recording) > 10, "the last picture stays"
    assert live.canvas.header().endswith("as it was when it last ran: line 11 cannot be read")
    write(qtbot, live, SEED)
    assert "last ran" not in live.canvas.header()


def test_a_pass_that_raises_is_not_said_to_be_done(live: Window, qtbot: QtBot) -> None:
    failing = "import torch\nx = torch.ones(3, requires_grad=True)\ny = x * 2\nz = y * y\ny.add_(1)\nz.sum().backward()\n"
    write(qtbot, live, failing)
    assert live.tool_bar.pass_.text() == "pass 1 failed · z.sum().backward()"
    write(qtbot, live, failing.replace("y.add_(1)\n", "") + "print(x.grad)\n")
    live.cursor.move(live.cursor.last)
    assert live.tool_bar.pass_.text() == "pass 1 done · z.sum().backward()"


def test_the_step_of_another_thing_than_the_selected_one_says_whose_it_is(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, SEED)
    live.cursor.move(
        next(i for i in range(len(live.cursor.recording)) if live.cursor.recording.event(i).kind is Kind.ACCUMULATE)
    )
    assert live.inspector.step.note.text() == ""
    live.cursor.select(Selection("tensor", 1))
    assert live.inspector.head.title.text() == "y"
    assert live.inspector.step.note.text() == "at x.grad"


def test_an_exception_midway_shows_what_happened_until_then(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 3\nraise ValueError('no')\n")
    assert titles(live) == "ValueError: no"
    assert live.cursor.event == live.cursor.last
    assert card(live, "y") in live.canvas.picture.graph
    write(qtbot, live, SEED)
    assert live.problems.problems == ()


def test_an_endless_loop_ends_by_its_limit(live: Window, qtbot: QtBot) -> None:
    live.session.limits = Limits(seconds=0.5)
    write(qtbot, live, "import torch\nx = torch.ones(2)\nwhile True:\n    pass\n")
    assert "0.5 seconds" in titles(live) or "time" in titles(live)
    assert card(live, "x") in live.canvas.picture.graph
    assert live.editor.mistake_at(3) or live.editor.mistake_at(4)


def test_an_endless_loop_is_stopped_by_hand(live: Window, qtbot: QtBot) -> None:
    live.editor.replace_text("import torch\nx = torch.ones(2)\nwhile True:\n    pass\n")
    qtbot.waitUntil(lambda: "The script is still running." in said(live), timeout=10_000)
    assert live.tool_bar.busy.text()
    choose(live, "Stop")
    settled(qtbot, live)
    assert "stopped" in titles(live)
    assert said(live) == []


def test_an_edit_takes_the_place_of_an_endless_loop(live: Window, qtbot: QtBot) -> None:
    live.editor.replace_text("while True:\n    pass\n")
    qtbot.waitUntil(lambda: live.session._handle is not None)
    write(qtbot, live, SEED)
    assert live.problems.problems == ()
    assert len(live.cursor.recording) > 10


def test_ten_gigabytes_are_refused(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(2)\ny = torch.ones(2_500_000_000)\n")
    assert len(live.problems.problems) == 1
    assert "memory" in (titles(live) + live.problems.problems[0].advice).lower()
    write(qtbot, live, SEED)
    assert live.problems.problems == ()


def test_a_million_prints_are_cut_and_said(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "for i in range(1_000_000):\n    print(i)\n")
    assert live.console.toPlainText().startswith("0\n1\n2\n")
    assert len(live.console.toPlainText()) < 2 << 20


def test_an_empty_script_and_one_without_backward(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "\n")
    assert live.problems.problems == ()
    assert len(live.cursor.recording) == 0
    write(qtbot, live, "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\n")
    assert live.cursor.recording.passes == ()
    trigger(live, "start")
    trigger(live, "end")
    assert live.tool_bar.pass_.text() == "forward"


@pytest.mark.skipif(os.name != "posix", reason="kills by a signal")
def test_a_worker_that_is_killed_is_started_again(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, SEED)
    text = live.editor.text()
    os.kill(live.session._runner._process.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: live.session._runner._process is None, timeout=10_000)
    trigger(live, "run")
    settled(qtbot, live)
    assert live.editor.text() == text
    assert live.problems.problems == ()
    assert "started again" in said(live)[0]


@pytest.mark.skipif(os.name != "posix", reason="kills by a signal")
def test_a_script_that_kills_itself(live: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "kill.py"
    path.write_text("import torch, os, signal\nx = torch.ones(2)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    live.files.open(path, trusted=True)
    settled(qtbot, live)
    assert "SIGKILL" in titles(live)
    write(qtbot, live, SEED)
    assert live.problems.problems == ()


def test_what_a_restricted_script_may_not_do(live: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "refused.py"
    path.write_text("import torch\nimport os\nx = torch.ones(2)\nprint(os.name)\n")
    live.files.open(path)
    settled(qtbot, live)
    assert said(live)[0].startswith("Line 2:")
    choose(live, "Trust and run")
    settled(qtbot, live)
    assert live.console.toPlainText() == f"{os.name}\n"


def test_two_windows_do_not_disturb_each_other(
    make_window: Callable[..., Window], live: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    other = make_window(runner=make_runner(), settings=Settings(tmp_path / "other.ini"))
    write(qtbot, live, SEED)
    write(qtbot, other, SEED.replace("y = x + 2", "y = x * 2"))
    assert live.cursor.recording.script != other.cursor.recording.script
    other.cursor.move(3)
    assert live.cursor.event != 3
