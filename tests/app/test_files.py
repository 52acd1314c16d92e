"""Opening, saving, and everything that may go wrong with files: one clear message, the text kept, the window usable."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from gradviz.app.comparison import ComparisonDialog
from gradviz.app.window import Window
from gradviz.recording import write_file
from tests.app.conftest import MadeRunner, choose, said, settled, trigger
from tests.conftest import Disk
from tests.panels.made import SCRIPT, seed_recording

needs_user = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[QMessageBox.StandardButton]:
    """What the user answers when asked; a question without an answer fails the test."""
    given: list[QMessageBox.StandardButton] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: given.pop(0))
    return given


def save_as(monkeypatch: pytest.MonkeyPatch, path: Path | str) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), "(*.py)"))


def edit(window: Window, text: str = "# more\n") -> None:
    window.editor.setFocus()
    QTest.keyClicks(window.editor, text.strip())
    assert window.document.modified


# Open and save


def test_open_runs_restricted_and_shows_it(window: Window, script: Path, runner: MadeRunner, qtbot: QtBot) -> None:
    assert window.files.open(script)
    settled(qtbot, window)
    assert window.editor.text() == SCRIPT
    assert runner.runs[-1].filename == str(script)
    assert not runner.runs[-1].trusted
    assert window.tool_bar.file.text() == "script.py"
    assert not window.tool_bar.dot.isVisible()
    assert window.settings.recent[0] == str(script)
    assert [a.text() for a in window.actions_table.menus["menu-recent"].actions()] == ["script.py"]


def test_the_open_action_asks_for_a_file(window: Window, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_a, **_k: ([str(script)], ""))
    trigger(window, "open")
    assert window.document.path == script


def test_typing_runs_it_again_and_marks_it_unsaved(window: Window, script: Path, runner: MadeRunner, qtbot: QtBot) -> None:
    window.files.open(script)
    settled(qtbot, window)
    count = len(runner.runs)
    edit(window, "# one two")
    assert window.tool_bar.dot.isVisible()
    assert window.isWindowModified()
    settled(qtbot, window)
    assert len(runner.runs) == count + 1, "keys that follow each other quickly are one run"
    assert runner.runs[-1].text == window.editor.text()
    trigger(window, "save")
    assert script.read_text() == window.editor.text()
    assert not window.tool_bar.dot.isVisible()


def test_undo_back_to_what_was_saved_is_not_unsaved(window: Window, script: Path) -> None:
    window.files.open(script)
    edit(window)
    while window.actions_table["action-undo"].isEnabled():
        trigger(window, "undo")
    assert window.editor.text() == SCRIPT
    assert not window.document.modified
    trigger(window, "redo")
    assert window.document.modified


@pytest.mark.parametrize(
    "data",
    [
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\ry = 2\r",
        b"\xef\xbb\xbfx = 1\n",
        b"x = 1",
        b"a\r\nb\nc\rd\n\n\r\n",
        "# é 😀\u2028x\u2029y\u00a0\n".encode(),
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
    ],
)
def test_bytes_that_were_not_edited_are_kept(window: Window, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "odd.py"
    path.write_bytes(data)
    assert window.files.open(path)
    window.document._text.setModified(True)
    trigger(window, "save")
    assert path.read_bytes() == data
    window.editor.replace_text("# new\n" + window.editor.text())
    trigger(window, "save")
    bom = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    written = path.read_bytes()
    assert written.startswith(bom + b"# new")
    assert written.endswith(data.removeprefix(bom))


def test_save_as_takes_the_new_name(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_as(monkeypatch, tmp_path / "named")
    trigger(window, "save-as")
    assert (tmp_path / "named.py").read_text() == window.editor.text()
    assert window.document.name == "named.py"
    assert window.settings.recent[0] == str(tmp_path / "named.py")


def test_saving_an_example_asks_for_a_place(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_as(monkeypatch, tmp_path / "mine.py")
    trigger(window, "save")
    assert (tmp_path / "mine.py").exists()


def test_a_file_is_dropped_on_the_window(window: Window, script: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(script))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, data, left, none))
    assert window.document.path == script


def test_a_recording_opens_read_only(window: Window, tmp_path: Path, runner: MadeRunner, qtbot: QtBot) -> None:
    path = tmp_path / "run.gradviz"
    write_file(seed_recording(), path)
    count = len(runner.runs)
    assert window.files.open(path)
    settled(qtbot, window)
    assert len(runner.runs) == count, "a recording is shown, not run"
    assert len(window.cursor.recording) == len(seed_recording())
    assert window.editor.text() == SCRIPT
    assert window.editor.isReadOnly()
    assert not window.actions_table["action-run"].isEnabled()
    trigger(window, "step-forward")
    window.files.open_example(__import__("gradviz.app.examples", fromlist=["examples"]).examples()[0])
    assert not window.editor.isReadOnly()


def test_a_recording_that_could_not_be_saved_as_a_script_stays_a_recording(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.gradviz"
    write_file(seed_recording(), path)
    data = path.read_bytes()
    window.files.open(path)
    for place in (tmp_path / "gone" / "a.py", path):
        save_as(monkeypatch, place)
        assert not window.files.save_as()
        assert "was not saved" in said(window)[-1]
        assert window.document.recording is not None
    assert "recordings" in said(window)[-1]
    save_as(monkeypatch, "")
    assert not window.files.save(), "it asks for a name, and gets none"
    assert path.read_bytes() == data
    save_as(monkeypatch, tmp_path / "a.py")
    assert window.files.save()
    assert (tmp_path / "a.py").read_text() == SCRIPT
    assert window.document.recording is None
    assert not window.editor.isReadOnly()


# Leaving


def test_closing_unsaved_changes_asks(window: Window, script: Path, answers: list) -> None:
    window.files.open(script)
    edit(window)
    text = window.editor.text()
    answers.append(QMessageBox.StandardButton.Cancel)
    trigger(window, "close-tab")
    assert window.editor.text() == text
    answers.append(QMessageBox.StandardButton.Save)
    trigger(window, "close-tab")
    assert script.read_text() == text
    assert window.document.path is None
    assert window.welcome is not None
    assert window.pages.currentWidget() is window.welcome, "nothing is open any more"
    edit(window)
    answers.append(QMessageBox.StandardButton.Discard)
    trigger(window, "close-tab")
    assert window.editor.text() == "import torch\n\n"


def test_closing_asks_too(window: Window, answers: list, runner: MadeRunner) -> None:
    edit(window)
    answers.append(QMessageBox.StandardButton.Cancel)
    assert not window.close()
    assert not runner.closed
    answers.append(QMessageBox.StandardButton.Discard)
    assert window.close()
    assert runner.closed


# What cannot be opened


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("gone.py", None, "does not exist"),
        ("folder.py", "folder", "is a directory"),
        ("binary.py", b"\x7fELF\x00\x01", "is a binary file"),
        ("latin.py", b"x = '\xe9'\n", "is not UTF-8 text"),
        ("not.gradviz", b"nothing", "not a GradViz recording"),
        ("gone.gradviz", None, "cannot be opened"),
        ("binary.py/inside.py", None, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_once_and_nothing_is_lost(
    window: Window, tmp_path: Path, name: str, data: bytes | str | None, words: str
) -> None:
    path = tmp_path / name
    if "/" in name:
        path.parent.write_bytes(b"")
    if data == "folder":
        path.mkdir()
    elif isinstance(data, bytes):
        path.write_bytes(data)
    before, events = window.editor.text(), len(window.cursor.recording)
    assert not window.files.open(path)
    (message,) = said(window)
    assert words in message
    assert name in message
    assert window.editor.text() == before
    assert len(window.cursor.recording) == events
    trigger(window, "step-forward")


def test_starting_with_a_file_that_cannot_be_read_says_so_over_the_first_example(window: Window, tmp_path: Path) -> None:
    window.begin(tmp_path / "gone.py")
    assert "does not exist" in said(window)[0]
    assert window.document.name == "01_first_look.py"


@needs_user
def test_a_file_that_may_not_be_read(window: Window, script: Path) -> None:
    script.chmod(0)
    assert not window.files.open(script)
    assert "permission denied" in said(window)[0]


def test_a_recent_file_that_is_gone_is_forgotten(window: Window, script: Path) -> None:
    window.files.open(script)
    trigger(window, "close-tab")
    script.unlink()
    window.actions_table.menus["menu-recent"].actions()[0].trigger()
    assert str(script) not in window.settings.recent


def test_an_empty_file_opens(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "empty.py"
    path.write_bytes(b"")
    assert window.files.open(path)
    settled(qtbot, window)
    assert len(window.cursor.recording) == 0
    assert window.tool_bar.place.text() == "no events"
    assert not window.actions_table["action-play"].isEnabled()
    edit(window, "x = 1")
    trigger(window, "save")
    assert path.read_bytes() == b"x = 1"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX")
@pytest.mark.parametrize("name", ["pipe.py", "pipe.gradviz"])
def test_a_pipe_is_refused_and_not_waited_for(window: Window, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert not window.files.open(tmp_path / name)
    assert "is not a regular file" in said(window)[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX")
def test_a_pipe_in_the_files_place_is_not_waited_for(window: Window, script: Path) -> None:
    window.files.open(script)
    script.unlink()
    os.mkfifo(script)
    window.document.look_at_disk()
    assert window.document.disk_version is None
    assert window.document.is_newer_on_disk()


# What cannot be saved


@pytest.mark.skipif(os.name != "posix", reason="limits on files are POSIX")
def test_a_full_disk_keeps_the_old_file_and_the_text(window: Window, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.files.open(script)
    window.editor.replace_text(SCRIPT + "# x\n" * 5000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        trigger(window, "save")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    (message,) = said(window)
    assert "was not saved" in message
    assert "Your text is still here" in message
    assert script.read_text() == SCRIPT
    assert list(script.parent.glob("script*")) == [script], "nothing half written is left behind"
    assert window.document.modified
    save_as(monkeypatch, script.with_name("elsewhere.py"))
    choose(window, "Save as…")
    assert script.with_name("elsewhere.py").read_text() == window.editor.text()
    assert said(window) == []


def test_a_disk_without_room_and_then_with(window: Window, small_disk: Disk) -> None:
    path = small_disk.folder / "a.py"
    path.write_bytes(b"x = 1\n")
    window.files.open(path)
    window.editor.replace_text("# a long text\n" * 1000)
    small_disk.fill(leaving=4096)
    trigger(window, "save")
    assert "the disk has no room for it (No space left on device)" in said(window)[0]
    assert path.read_bytes() == b"x = 1\n"
    choose(window, "Try again")
    assert "no room" in said(window)[0]
    small_disk.free()
    choose(window, "Try again")
    assert said(window) == []
    assert path.read_text() == window.editor.text()
    assert not window.document.modified


def test_a_folder_that_may_only_be_read(
    window: Window, small_disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_disk.folder / "a.py"
    path.write_bytes(b"x = 1\n")
    small_disk.make_read_only()
    window.files.open(path)
    edit(window)
    text = window.editor.text()
    trigger(window, "save")
    assert said(window) == [
        f"a.py was not saved: {small_disk.folder} may not be written to (Read-only file system). "
        "Your text is still here: save it elsewhere."
    ]
    assert window.document.modified
    save_as(monkeypatch, tmp_path / "b.py")
    choose(window, "Save as…")
    assert (tmp_path / "b.py").read_text() == text
    assert path.read_bytes() == b"x = 1\n"


def test_a_file_that_is_read_only(window: Window, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.files.open(script)
    edit(window)
    monkeypatch.setattr("gradviz.whole_file.os.access", lambda _path, mode: mode != os.W_OK)
    trigger(window, "save")
    assert f"script.py was not saved: {script} may not be written to" in said(window)[0]
    assert script.read_text() == SCRIPT


def test_saving_keeps_permissions_and_links(window: Window, script: Path, tmp_path: Path) -> None:
    script.chmod(0o750)
    link = tmp_path / "link.py"
    link.symlink_to(script)
    window.files.open(link)
    edit(window)
    trigger(window, "save")
    assert link.is_symlink()
    assert script.read_text() == window.editor.text()
    assert script.stat().st_mode & 0o777 == 0o750


def test_saving_onto_a_directory(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.py").mkdir()
    save_as(monkeypatch, tmp_path / "folder.py")
    trigger(window, "save-as")
    assert "is a directory" in said(window)[0]


def test_saving_into_a_folder_that_is_gone(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_as(monkeypatch, tmp_path / "gone" / "a.py")
    trigger(window, "save-as")
    assert f"a.py was not saved: there is no folder {tmp_path / 'gone'}" in said(window)[0]
    assert window.document.path is None


def test_a_character_the_file_cannot_hold(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "latin.py"
    path.write_bytes(b"# coding: latin-1\nx = 1\n")
    window.files.open(path)
    window.editor.replace_text("# coding: latin-1\nx = '😀'\n")
    trigger(window, "save")
    assert "has no character 😀" in said(window)[0]
    assert path.read_bytes() == b"# coding: latin-1\nx = 1\n"
    window.editor.replace_text("# coding: utf-8\nx = '😀'\n")
    trigger(window, "save")
    assert path.read_text(encoding="utf-8") == "# coding: utf-8\nx = '😀'\n"


# Changes on disk


def changed(qtbot: QtBot, window: Window, act: Callable[[], object]) -> None:
    with qtbot.waitSignal(window.document.disk_changed, timeout=10_000):
        act()


def test_a_change_on_disk_is_taken_over(window: Window, script: Path, qtbot: QtBot) -> None:
    window.files.open(script)
    changed(qtbot, window, lambda: script.write_text("theirs = 1\n"))
    assert window.editor.text() == "theirs = 1\n"
    assert "loaded again" in said(window)[0]
    assert not window.document.modified
    trigger(window, "undo")
    assert window.editor.text() == SCRIPT, "what was there before can be brought back"


def test_a_file_that_is_replaced_is_watched_on(window: Window, script: Path, qtbot: QtBot) -> None:
    window.files.open(script)
    for text in ("one = 1\n", "two = 2\n"):
        other = script.with_name("other")
        other.write_text(text)
        changed(qtbot, window, lambda other=other: other.replace(script))
        assert window.editor.text() == text


def test_a_change_on_disk_against_unsaved_changes_asks(window: Window, script: Path, qtbot: QtBot) -> None:
    window.files.open(script)
    edit(window)
    mine = window.editor.text()
    changed(qtbot, window, lambda: script.write_text("theirs = 1\n"))
    assert window.editor.text() == mine
    choose(window, "Keep mine")
    assert window.document.modified
    trigger(window, "save")
    assert script.read_text() == mine
    edit(window)
    changed(qtbot, window, lambda: script.write_text("theirs = 2\n"))
    choose(window, "Load theirs")
    assert window.editor.text() == "theirs = 2\n"
    assert not window.document.modified


def test_saving_over_anothers_change_asks(window: Window, script: Path) -> None:
    window.files.open(script)
    edit(window)
    window.document.close()  # as where the system tells of no changes
    script.write_text("theirs = 1\n")
    trigger(window, "save")
    assert script.read_text() == "theirs = 1\n"
    choose(window, "Overwrite")
    assert script.read_text() == window.editor.text()


def test_both_versions_are_compared_before_one_chooses(window: Window, script: Path, qtbot: QtBot) -> None:
    window.files.open(script)
    edit(window)
    mine = window.editor.text()
    changed(qtbot, window, lambda: script.write_text("theirs = 1\n"))
    choose(window, "Compare…")
    dialog = window.findChild(ComparisonDialog)
    assert dialog.texts.left.toPlainText().startswith("theirs = 1\n")
    assert dialog.texts.right.toPlainText() == mine
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert "you have changes that are not saved" in said(window)[0], "nothing was decided"
    trigger(window, "save")
    assert script.read_text() == "theirs = 1\n", "nothing is overwritten while that is so"
    assert "Saving now would overwrite that" in said(window)[0]
    for word, text in (("load-theirs", "theirs = 1\n"), ("keep-mine", mine)):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        choose(window, "Compare…")
        button = window.findChild(ComparisonDialog).findChild(QPushButton, word)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert window.editor.text() == text
        assert said(window) == []
        if word == "load-theirs":
            trigger(window, "undo")
            assert window.editor.text() == mine
            changed(qtbot, window, lambda: script.write_text("theirs = 2\n"))
    trigger(window, "save")
    assert script.read_text() == mine


def test_a_change_that_is_taken_back_is_no_trouble(window: Window, script: Path, qtbot: QtBot) -> None:
    window.files.open(script)
    edit(window)
    changed(qtbot, window, lambda: script.write_text("theirs = 1\n"))
    assert said(window)
    changed(qtbot, window, lambda: script.write_text(SCRIPT))
    assert said(window) == []
    trigger(window, "save")
    assert script.read_text() == window.editor.text()


def test_a_change_that_nobody_told_of_is_seen_when_one_comes_back(window: Window, script: Path) -> None:
    window.files.open(script)
    window.document.close()  # as where the system tells of no changes
    script.write_text("theirs = 1\n")
    QApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert window.editor.text() == SCRIPT
    QApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert window.editor.text() == "theirs = 1\n"
    assert "loaded again" in said(window)[0]


def test_a_deleted_file_is_told_and_saved_again(window: Window, script: Path, qtbot: QtBot) -> None:
    window.files.open(script)
    with qtbot.waitSignal(window.document.disk_deleted, timeout=10_000):
        script.unlink()
    assert "Your text is still here" in said(window)[0]
    assert window.document.modified
    choose(window, "Save")
    assert script.read_text() == SCRIPT


def deleted(qtbot: QtBot, window: Window, script: Path) -> None:
    with qtbot.waitSignal(window.document.disk_deleted, timeout=10_000):
        script.unlink()


def test_what_was_written_in_the_place_of_a_deleted_file_is_asked_about(window: Window, script: Path, qtbot: QtBot) -> None:
    window.files.open(script)
    deleted(qtbot, window, script)
    changed(qtbot, window, lambda: script.write_text("theirs = 1\n"))
    assert "you have changes that are not saved" in said(window)[0]
    trigger(window, "save")
    assert script.read_text() == "theirs = 1\n"
    assert "Saving now would overwrite that" in said(window)[0]
    deleted(qtbot, window, script)
    assert "Your text is still here" in said(window)[0]
    changed(qtbot, window, lambda: script.write_text(SCRIPT))
    assert said(window) == [], "it is what one has"
    assert not window.document.modified


def test_a_file_that_became_no_script_is_not_overwritten_unasked(window: Window, script: Path, qtbot: QtBot) -> None:
    window.files.open(script)
    changed(qtbot, window, lambda: script.write_bytes(b"\xff\x00 theirs"))
    assert "is no longer a script" in said(window)[0]
    assert window.editor.text() == SCRIPT
    assert window.document.modified
    trigger(window, "save")
    assert script.read_bytes() == b"\xff\x00 theirs"
    assert "Saving now would overwrite that" in said(window)[0]
    changed(qtbot, window, lambda: script.write_text(SCRIPT))
    assert said(window) == []
    assert not window.document.modified, "it was put back"


@pytest.mark.parametrize("compare", [False, True])
def test_keeping_mine_decides_about_the_version_that_was_shown(
    window: Window, script: Path, qtbot: QtBot, compare: bool
) -> None:
    window.files.open(script)
    edit(window)
    changed(qtbot, window, lambda: script.write_text("theirs = 1\n"))
    window.document.close()  # as where the system tells of no changes
    if compare:
        choose(window, "Compare…")
    script.write_text("theirs = 2\n")
    if compare:
        button = window.findChild(ComparisonDialog).findChild(QPushButton, "keep-mine")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    else:
        choose(window, "Keep mine")
    trigger(window, "save")
    assert script.read_text() == "theirs = 2\n", "that one was never shown"
    assert "Saving now would overwrite that" in said(window)[0]


# Export


def test_export_writes_the_recording(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(tmp_path / "run"), "Recording (*.gradviz)"))
    trigger(window, "export")
    assert (tmp_path / "run.gradviz").read_bytes().startswith(b"GRADVIZ")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(tmp_path / "no" / "run.gradviz"), ""))
    trigger(window, "export")
    assert "was not written" in said(window)[-1]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(tmp_path / "run.txt"), ""))
    trigger(window, "export")
    assert "ends in .png or .svg" in said(window)[-1]


def test_a_picture_is_exported_as_it_is_laid_out(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window.document.new(SCRIPT)
    window.opened()
    settled(qtbot, window)
    window.set_orientation("TB")
    settled(qtbot, window)
    heights = []
    for orientation in ("TB", "LR"):
        window.set_orientation(orientation)
        settled(qtbot, window)
        path = tmp_path / f"{orientation}.png"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, path=path, **_k: (str(path), ""))
        trigger(window, "export")
        assert "Written to" in said(window)[-1]
        heights.append(QImage(str(path)).height())
    assert heights[0] > heights[1] > 0
