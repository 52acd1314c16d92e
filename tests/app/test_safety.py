"""Trust, recovery, and results that come too late."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from gradviz.app.comparison import ComparisonDialog
from gradviz.app.document import Document
from gradviz.app.recovery import Recovery
from gradviz.app.settings import VERSION, Settings, text_hash
from gradviz.app.window import Window
from tests.app.conftest import MadeRunner, choose, leave, said, settled, trigger
from tests.conftest import Disk
from tests.panels.made import SCRIPT, seed_recording


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    path = tmp_path / "refused.py"
    path.write_text("open('refuse')  # backward\n")
    return path


def trust_label(window: Window) -> str:
    return window.findChild(QLabel, "script-trust").text()


def test_what_is_refused_is_said_with_its_line_and_a_way_out(
    window: Window, refused: Path, runner: MadeRunner, qtbot: QtBot
) -> None:
    window.files.open(refused)
    settled(qtbot, window)
    assert said(window) == ["Line 1: open() is not available to restricted scripts"]
    assert trust_label(window) == "restricted"
    assert window.docks.by_name["panel-problems"].windowTitle() == "Problems  1"
    choose(window, "Trust and run")
    settled(qtbot, window)
    assert runner.runs[-1].trusted
    assert trust_label(window) == "trusted"
    assert said(window) == []
    assert len(window.cursor.recording) > 0


def test_trust_is_remembered_for_exactly_this_text(window: Window, refused: Path, runner: MadeRunner, qtbot: QtBot) -> None:
    window.files.open(refused)
    settled(qtbot, window)
    trigger(window, "trust-run")
    settled(qtbot, window)
    window.files.new()
    assert not window.trusted
    window.files.open(refused)
    assert window.trusted
    window.files.new()
    refused.write_text("open('refuse')  # backward, and more\n")
    window.files.open(refused)
    assert not window.trusted


def test_a_text_that_another_program_wrote_is_not_trusted(
    window: Window, refused: Path, runner: MadeRunner, qtbot: QtBot
) -> None:
    window.files.open(refused)
    settled(qtbot, window)
    trigger(window, "trust-run")
    settled(qtbot, window)
    with qtbot.waitSignal(window.document.disk_changed, timeout=10_000):
        refused.write_text("open('refuse more')\n")
    settled(qtbot, window)
    assert not runner.runs[-1].trusted
    assert not window.trusted


def test_ones_own_edits_stay_trusted_and_are_remembered_when_saved(
    window: Window, refused: Path, runner: MadeRunner, qtbot: QtBot
) -> None:
    window.files.open(refused)
    settled(qtbot, window)
    trigger(window, "trust-run")
    window.editor.replace_text("open('refuse mine')\n")
    settled(qtbot, window)
    assert runner.runs[-1].trusted
    trigger(window, "save")
    assert window.settings.is_trusted("open('refuse mine')\n")


def test_the_problem_list_offers_trust_too(window: Window, refused: Path, runner: MadeRunner, qtbot: QtBot) -> None:
    window.files.open(refused)
    settled(qtbot, window)
    window.problems.findChild(QPushButton, "problem-trust").click()
    settled(qtbot, window)
    assert runner.runs[-1].trusted


def test_an_error_is_shown_in_every_place(window: Window, qtbot: QtBot) -> None:
    window.editor.replace_text("x = 1\nfail()\n")
    settled(qtbot, window)
    assert window.problems.problems[0].title == "RuntimeError: it failed"
    mistake = window.editor.mistake_at(2)
    assert mistake is not None
    assert window.editor.text() == "x = 1\nfail()\n"
    window.editor.replace_text(SCRIPT)
    settled(qtbot, window)
    assert window.problems.problems == ()
    assert window.docks.by_name["panel-problems"].windowTitle() == "Problems"


def test_half_a_line_leaves_the_last_picture_in_view(window: Window, qtbot: QtBot) -> None:
    shown, event = window.cursor.recording, window.cursor.event
    window.editor.replace_text("half = \n" + SCRIPT)
    settled(qtbot, window)
    assert window.cursor.recording is shown
    assert window.cursor.event == event
    assert window.problems.problems[0].title == "SyntaxError: invalid syntax"
    assert window.editor.mistake_at(1) is not None
    window.editor.replace_text(SCRIPT)
    settled(qtbot, window)
    assert window.problems.problems == ()
    assert window.editor.mistake_at(1) is None
    window.document.new("half = \n")
    window.opened()
    settled(qtbot, window)
    assert len(window.cursor.recording) == 0, "another document's picture is not left in view"


def test_only_the_newest_run_is_shown(window: Window, runner: MadeRunner, qtbot: QtBot) -> None:
    runner.held = True
    window.editor.replace_text("fail()\n\n")
    window.run_now()
    window.editor.replace_text(SCRIPT + "# newest")
    window.run_now()
    assert window.session.busy
    assert window.tool_bar.busy.text()
    runner.release()
    settled(qtbot, window)
    assert window.problems.problems == ()
    assert not window.tool_bar.busy.text()


def test_a_result_for_a_document_that_was_left_is_dropped(window: Window, runner: MadeRunner, qtbot: QtBot) -> None:
    runner.held = True
    window.run_now()
    runner.held = False
    window.files.new()
    settled(qtbot, window)
    runner.release()
    settled(qtbot, window)
    assert len(window.cursor.recording) == 0


def test_stop_cancels(window: Window, runner: MadeRunner, qtbot: QtBot) -> None:
    runner.held = True
    window.run_now()
    trigger(window, "stop")
    assert runner.runs[-1].cancelled
    runner.release()
    settled(qtbot, window)
    assert not window.actions_table["action-stop"].isEnabled()


def test_a_worker_that_cannot_start_is_said(make_window: Callable[..., Window], qtbot: QtBot) -> None:
    class Broken(MadeRunner):
        def run(self, *args: object, **options: object) -> None:  # type: ignore[override]
            raise OSError("no more processes")

    window = make_window(runner=Broken())
    window.begin()
    assert "no more processes" in said(window)[0]
    assert window.editor.text()
    assert not window.session.busy


def test_a_result_that_cannot_be_shown_is_said_and_the_next_one_is(
    window: Window, runner: MadeRunner, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_recording: object) -> None:
        raise RecursionError("too deep")

    with monkeypatch.context() as broken:
        broken.setattr("gradviz.app.session._warm", fail)
        window.run_now()
        settled(qtbot, window)
        assert "RecursionError: too deep" in said(window)[-1]
        window.set_orientation("TB")
        settled(qtbot, window)
        assert "laid out: RecursionError: too deep" in said(window)[-1]
    window.editor.replace_text(SCRIPT)
    window.run_now()
    settled(qtbot, window)
    assert not window.session.busy
    assert window.cursor.recording.script == SCRIPT


# Pictures alone


def test_a_recordings_picture_comes_from_the_worker_and_only_the_newest(
    window: Window, runner: MadeRunner, qtbot: QtBot
) -> None:
    first = window.cursor.recording
    runner.held = True
    window.set_orientation("TB")
    window.set_orientation("LR")
    assert [call.options["orientation"] for call in runner.calls] == ["TB", "LR"]
    assert runner.calls[0].cancelled
    window.session.show_recording(seed_recording())
    window.set_orientation("TB")
    assert window.cursor.recording is first
    runner.release()
    settled(qtbot, window)
    assert len(window.cursor.recording) == len(seed_recording())
    assert window.canvas.picture.recording is window.cursor.recording
    assert window.canvas.picture.orientation == "TB"


def test_turning_while_a_script_runs_turns_its_picture_too(window: Window, runner: MadeRunner, qtbot: QtBot) -> None:
    runner.held = True
    window.editor.replace_text(SCRIPT)
    window.run_now()
    window.set_orientation("TB")
    runner.held = False
    runner.release()
    settled(qtbot, window)
    assert window.cursor.recording.script == SCRIPT
    assert window.canvas.picture.recording is window.cursor.recording
    assert window.canvas.picture.orientation == "TB"


def test_a_picture_that_cannot_be_computed_is_said(window: Window, runner: MadeRunner, qtbot: QtBot) -> None:
    runner.trouble = "no memory"
    window.set_orientation("TB")
    settled(qtbot, window)
    assert said(window) == ["The picture could not be laid out: no memory."]
    assert window.canvas.picture.orientation == "LR"


# Recovery


def lost_copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def test_typing_leaves_a_copy_and_saving_takes_it_away(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    window.files.open(script)
    window.editor.setFocus()
    QTest.keyClicks(window.editor, "# typed")
    window.recovery.wait()
    (copy,) = lost_copies(tmp_path / "recovery")
    assert json.loads(copy.read_text())["text"] == window.editor.text()
    typed = window.editor.text()
    window.editor.replace_text("x = 1\n")
    window.recovery.wait()
    assert json.loads(copy.read_text())["text"] == "x = 1\n"
    trigger(window, "undo")
    window.recovery.wait()
    assert json.loads(copy.read_text())["text"] == typed, "an undo is secured as any other step"
    trigger(window, "save")
    assert lost_copies(tmp_path / "recovery") == []


DRIVEN = """
import os, signal, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
import gradviz.app.start as start

def until(holds, then):
    if holds():
        then()
    else:
        QTimer.singleShot(20, lambda: until(holds, then))

def window():
    return next((w for w in start.QApplication.topLevelWidgets() if w.objectName() == "main-window"), None)

def dialog():
    return window() and next((w for w in start.QApplication.topLevelWidgets() if w.objectName() == "comparison"), None)

def copies():
    return [file.read_text() for file in window().recovery.folder.glob("*.json")]

{act}

make = start.make_application
def watched(arguments):
    application = make(arguments)
    QTimer.singleShot(0, act)
    return application
start.make_application = watched
sys.exit(start.start(Path({script!r}), trusted=False))
"""

TYPE_AND_DIE = """
def act():
    until(lambda: window() and window().isVisible() and not window().session.busy, type_it)

def type_it():
    window().editor.setFocus()
    QTest.keyClicks(window().editor, "# never saved")
    QTest.keyClick(window().editor, Qt.Key.Key_Return)
    until(lambda: any("# never saved\\\\nx = 1" in text for text in copies()), lambda: os.kill(os.getpid(), signal.SIGKILL))
"""

RESTORE_AND_SAVE = """
def act():
    until(lambda: dialog() and dialog().isVisible(), decide)

def decide():
    print([dialog().texts.left.toPlainText(), dialog().texts.right.toPlainText()])
    QTest.keyClick(dialog(), Qt.Key.Key_Return)
    until(lambda: window().document.modified and not dialog(), activate)

def activate():
    window().activateWindow()
    until(lambda: window().isActiveWindow(), save)

def save():
    QTest.keyClick(window(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    print([window().editor.text(), len(window().documents.pages), len(copies()), len(window().notices.notices)])
    QTest.keyClick(window(), Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process by a signal")
def test_what_a_kill_leaves_behind_is_shown_beside_the_file_and_restored(tmp_path: Path, own_folders: Path) -> None:
    script = tmp_path / "script.py"
    script.write_bytes(b"x = 1\r\n")
    driven = [sys.executable, "-c"]
    root = str(Path(__file__).parents[2])
    killed = DRIVEN.format(root=root, script=str(script), act=TYPE_AND_DIE)
    assert subprocess.run([*driven, killed], timeout=60, check=False).returncode == -signal.SIGKILL
    assert script.read_bytes() == b"x = 1\r\n"
    again = DRIVEN.format(root=root, script=str(script), act=RESTORE_AND_SAVE)
    done = subprocess.run([*driven, again], timeout=60, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    mine = "# never saved\nx = 1\n"
    assert done.stdout.splitlines() == [repr(["\nx = 1\n", mine]), repr([mine, 1, 0, 0])]
    assert script.read_bytes() == b"# never saved\r\nx = 1\r\n"


TERMINATED = """
import os, signal, sys, threading, time
sys.path.insert(0, {root!r})
from pathlib import Path
from PySide6.QtCore import QTimer
import gradviz.app.start as start

def type_and_end():
    window = next(w for w in start.QApplication.topLevelWidgets() if w.objectName() == "main-window")
    window.editor.insertPlainText("# never saved\\n")
    os.kill(os.getpid(), signal.SIGTERM)

make = start.make_application
def watched(arguments):
    application = make(arguments)
    QTimer.singleShot(300, type_and_end)
    return application
start.make_application = watched
sys.exit(start.start(Path({script!r}), trusted=False))
"""


@pytest.mark.skipif(os.name != "posix", reason="ends a process by a signal")
def test_a_signal_ends_it_without_a_question_and_loses_nothing(tmp_path: Path, own_folders: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("x = 1\n")
    program = TERMINATED.format(root=str(Path(__file__).parents[2]), script=str(script))
    done = subprocess.run([sys.executable, "-c", program], timeout=60, check=False)
    assert done.returncode == 0
    (copy,) = own_folders.rglob("recovery/*.json")
    assert json.loads(copy.read_text())["text"] == "# never saved\nx = 1\n"


def leave_copy(folder: Path, name: str, text: str, path: Path | None = None) -> None:
    """What a GradViz that ended too early left behind."""
    folder.mkdir(exist_ok=True)
    data = {"path": str(path) if path else None, "title": path.name if path else "untitled.py", "text": text}
    (folder / f"{name}.json").write_text(json.dumps(data))


def dialog_of(window: Window, qtbot: QtBot) -> ComparisonDialog:
    qtbot.waitUntil(lambda: window.findChild(ComparisonDialog) is not None)
    found = window.findChild(ComparisonDialog)
    assert isinstance(found, ComparisonDialog)
    qtbot.waitExposed(found)
    return found


def press(dialog: ComparisonDialog, name: str) -> None:
    button = dialog.findChild(QPushButton, name)
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_copy_can_be_discarded_and_a_damaged_one_is_no_trouble(
    make_window: Callable[..., Window], tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "recovery"
    leave_copy(folder, "a", "x")
    (folder / "b.json").write_text("{damaged")
    window = make_window()
    window.begin()
    press(dialog_of(window, qtbot), "discard")
    assert lost_copies(folder) == []
    assert said(window) == []
    assert window.document.name == "01_first_look.py"


def test_escape_decides_nothing_and_the_message_stays(make_window: Callable[..., Window], tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "recovery"
    script = tmp_path / "script.py"
    script.write_text("x = 1\n")
    leave_copy(folder, "a", "x = 2\n", script)
    window = make_window()
    window.begin()
    QTest.keyClick(dialog_of(window, qtbot), Qt.Key.Key_Escape)
    assert said(window) == ["GradViz ended before changes to script.py were saved."]
    assert len(lost_copies(folder)) == 1
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    choose(window, "Compare…")
    assert dialog_of(window, qtbot).texts.left.toPlainText() == "x = 1\n"
    press(dialog_of(window, qtbot), "comparison-later")
    choose(window, "Restore")
    assert said(window) == []
    assert window.editor.text() == "x = 2\n"
    assert window.document.path == script
    assert window.document.modified


def test_several_are_decided_about_one_by_one(make_window: Callable[..., Window], tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "recovery"
    paths = [tmp_path / f"{letter}.py" for letter in "abcd"]
    for path in paths:
        path.write_text(f"# {path.stem}\n")
        leave_copy(folder, path.stem, "# changed\n" if path.stem != "d" else "# d\n", path)
    paths[2].unlink()
    window = make_window()
    window.begin()
    dialog = dialog_of(window, qtbot)
    assert len(lost_copies(folder)) == 3, "what was saved after all is not lost"
    assert said(window) == ["GradViz ended before changes to 3 documents were saved."]
    assert [dialog.list.item(row).text() for row in range(3)] == ["c.py", "b.py", "a.py"]
    assert dialog.texts.left.toPlainText().strip() == "", "its file is gone"
    press(dialog, "restore")
    assert dialog.texts.left.toPlainText() == "# b\n"
    assert dialog.count.text() == "1 difference"
    press(dialog, "discard")
    press(dialog, "restore")
    assert not dialog.isVisible()
    assert said(window) == []
    assert [page.document.name for page in window.documents.pages] == ["c.py", "a.py"]
    assert all(page.document.modified and page.document.text == "# changed\n" for page in window.documents.pages)
    window.recovery.wait()
    assert len(lost_copies(folder)) == 2, "the copies of the window itself"


def test_a_copy_that_cannot_be_read_now_is_kept(make_window: Callable[..., Window], tmp_path: Path) -> None:
    folder = tmp_path / "recovery"
    (folder / "folder.json").mkdir(parents=True)
    (folder / "link.json").symlink_to(folder / "gone")
    (folder / "a.json").write_text('{"path": null, "title": "untitled.py", "text": "x"}')
    window = make_window(shown=False)
    assert [lost.text for lost in window.recovery.lost()] == ["x"]
    assert [path.name for path in lost_copies(folder)] == ["a.json", "folder.json", "link.json"]


def test_restoring_forgets_the_old_copy_only_for_a_new_one(
    make_window: Callable[..., Window], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recovery"
    folder.mkdir()
    (folder / "a.json").write_text('{"path": null, "title": "untitled.py", "text": "x"}')
    window = make_window(shown=False)
    (lost,) = window.recovery.lost()

    def full(*_paths: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as disk:
        disk.setattr("gradviz.whole_file.os.replace", full)
        window.lost_work.restore(lost)
    assert window.editor.text() == "x"
    assert [path.name for path in lost_copies(folder)] == ["a.json"]
    window.document.new()
    window.lost_work.restore(lost)
    (copy,) = lost_copies(folder)
    assert copy.name != "a.json"
    assert json.loads(copy.read_text())["text"] == "x"


def test_a_full_disk_under_the_copies_is_said_until_there_is_room(
    make_window: Callable[..., Window], small_disk: Disk, qtbot: QtBot
) -> None:
    folder = small_disk.folder / "recovery"
    window = make_window(recovery=folder)
    window.begin()
    small_disk.fill()
    window.editor.replace_text("# mine\n" * 2000)
    qtbot.waitUntil(lambda: len(said(window)) == 1)
    assert "cannot be secured against a crash: No space left on device" in said(window)[0]
    trigger(window, "new")
    assert len(said(window)) == 1, "it concerns the whole window"
    trigger(window, "previous-tab")
    small_disk.free()
    qtbot.waitUntil(lambda: said(window) == [], timeout=10_000)
    window.recovery.wait()
    assert json.loads(next(folder.glob("*.json")).read_text())["text"] == window.editor.text()
    leave(window)  # its disk goes before it


def test_the_copy_of_a_living_window_is_not_offered(make_window: Callable[..., Window], qtbot: QtBot, tmp_path: Path) -> None:
    first = make_window()
    first.begin()
    first.editor.insertPlainText("# mine")
    first.recovery.flush()
    first.recovery.wait()
    second = make_window()
    assert len(lost_copies(tmp_path / "recovery")) == 1
    assert second.recovery.lost() == []


TYPE_AND_SAVE_WHEN_TOLD = """
def act():
    until(lambda: window() and window().isVisible() and not window().session.busy, type_it)

def type_it():
    window().editor.setFocus()
    QTest.keyClicks(window().editor, "# theirs")
    until(lambda: Path({go!r}).exists(), save)

def save():
    QTest.keyClick(window(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    until(lambda: not window().document.modified, window().close)
"""


@pytest.mark.skipif(os.name != "posix", reason="its folders are set as POSIX has them")
def test_two_processes_on_one_file_lose_nothing(
    make_window: Callable[..., Window], tmp_path: Path, own_folders: Path, qtbot: QtBot
) -> None:
    script, go = tmp_path / "script.py", tmp_path / "go"
    script.write_text("x = 1\n")
    act = TYPE_AND_SAVE_WHEN_TOLD.format(go=str(go))
    program = DRIVEN.format(root=str(Path(__file__).parents[2]), script=str(script), act=act)
    other = subprocess.Popen([sys.executable, "-c", program])
    try:
        copies = own_folders / ".local/share/gradviz/recovery"
        qtbot.waitUntil(lambda: any("# theirs" in file.read_text() for file in copies.glob("*.json")), timeout=30_000)
        window = make_window(recovery=copies)
        window.begin(script)
        assert "has changes in another GradViz window that are not saved there" in said(window)[0]
        assert window.findChild(ComparisonDialog) is None, "what a living window holds is not lost"
        window.editor.insertPlainText("# mine\n")
        go.touch()
        qtbot.waitUntil(lambda: any("changed by another program" in text for text in said(window)), timeout=30_000)
        assert other.wait(timeout=30) == 0
    finally:
        other.kill()
        other.wait()
    assert script.read_text() == "# theirsx = 1\n"
    assert window.editor.text() == "# mine\nx = 1\n"
    trigger(window, "save")
    assert script.read_text() == "# theirsx = 1\n", "it asks before it overwrites"
    choose(window, "Load theirs")
    assert window.editor.text() == "# theirsx = 1\n"
    trigger(window, "undo")
    assert window.editor.text() == "# mine\nx = 1\n"


def test_a_file_that_another_window_changes_is_said_when_one_begins_to_change_it_too(
    make_window: Callable[..., Window], tmp_path: Path, qtbot: QtBot
) -> None:
    script = tmp_path / "script.py"
    script.write_text("x = 1\n")
    first, second = make_window(), make_window()
    for window in (first, second):
        window.begin(script)
        settled(qtbot, window)
    assert said(first) == said(second) == []
    first.editor.insertPlainText("# mine\n")
    first.recovery.wait()
    second.editor.insertPlainText("# mine too\n")
    assert "in another GradViz window" in said(second)[0]
    trigger(first, "save")
    qtbot.waitUntil(lambda: len(said(second)) == 2, timeout=10_000)
    assert "you have changes that are not saved" in said(second)[1]


# Settings


def test_settings_are_remembered(make_window: Callable[..., Window], settings: Settings, tmp_path: Path, qtbot: QtBot) -> None:
    window = make_window()
    window.begin()
    settled(qtbot, window)
    trigger(window, "theme-light")
    trigger(window, "speed-4")
    window.watches.add("x.grad")
    window.docks.by_name["panel-inspector"].hide()
    window.editor.zoom(3)
    window.resize(790, 720)
    window.document.new()
    window.close()
    again = make_window(settings=Settings(tmp_path / "settings" / "gradviz.ini"))
    assert again.theme.name == "light"
    assert again.player.speed == 4
    assert again.watches.expressions == ["x.grad"]
    assert again.docks.by_name["panel-inspector"].isHidden()
    assert again.editor.fontInfo().pixelSize() == 16
    assert again.size() == window.size()
    again.docks.place()
    assert again.docks.by_name["panel-inspector"].isVisible()


@pytest.mark.parametrize(
    "text", ["\x00\x01garbage", "[window]\ngeometry=@ByteArray(bad)\nstate=1\n[view]\nspeed=fast\ntheme=pink\n"]
)
def test_a_damaged_settings_file_reads_as_defaults(make_window: Callable[..., Window], tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.ini"
    path.write_text(text)
    window = make_window(settings=Settings(path))
    assert window.player.speed == 1
    assert window.settings.theme == "system"
    assert window.docks.by_name["panel-script"].isVisible()


def test_a_folder_for_settings_that_cannot_be_made_is_no_trouble(make_window: Callable[..., Window], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    window = make_window(settings=Settings(tmp_path / "file" / "folder" / "gradviz.ini"), shown=False)
    window.settings.theme = "light"
    window.settings.sync()
    assert window.settings.recent == []


def test_settings_of_a_later_version_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "later.ini"
    path.write_text(f"[General]\nversion={VERSION + 1}\n[view]\nspeed=2\n")
    later = Settings(path)
    later.theme = "light"
    later.sync()
    assert "light" not in path.read_text()
    assert later.window() is None


def test_recent_files_and_trust_are_bounded_and_without_doubles(settings: Settings) -> None:
    for number in range(30):
        settings.add_recent(f"/a/{number}.py")
    settings.add_recent("/a/25.py")
    assert settings.recent[:2] == ["/a/25.py", "/a/29.py"]
    assert len(settings.recent) == len(set(settings.recent)) == 12
    settings.trust("x")
    settings.trust("x")
    assert settings.is_trusted("x")
    assert not settings.is_trusted("y")
    assert len(text_hash("\ud800")) == 64


def test_what_is_discarded_is_not_offered_again(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document(QTextDocument())
    recovery = Recovery(tmp_path / "recovery")
    copy = recovery.keep(document)
    document.recover(None, "x = 1\n", "untitled")
    assert copy.secure()
    recovery.end()
    recovery.flush()  # as at the program's end
    recovery.wait()
    assert lost_copies(tmp_path / "recovery") == []
    document.close()


def test_another_text_than_was_refused_is_not_trusted_by_its_message(
    window: Window, refused: Path, runner: MadeRunner, qtbot: QtBot
) -> None:
    window.files.open(refused)
    settled(qtbot, window)
    window.editor.replace_text("import torch\n")
    window.files.trust_refused()
    settled(qtbot, window)
    assert not runner.runs[-1].trusted
    assert trust_label(window) == "restricted"
