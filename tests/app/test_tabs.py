"""Several documents as tabs: each with its own text, undo history, recording and place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from gradviz.app.documents import told_apart
from gradviz.app.examples import templates
from gradviz.app.window import Window
from tests.app.conftest import MadeRunner, said, settled, trigger
from tests.panels.made import SCRIPT

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[QMessageBox.StandardButton]:
    """What the user answers when asked; a question without an answer fails the test."""
    given: list[QMessageBox.StandardButton] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: given.pop(0))
    return given


@pytest.fixture
def scripts(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{letter}.py" for letter in "abc"]
    for path in paths:
        path.write_text(f"# {path.stem}\n{SCRIPT}")
    return paths


@pytest.fixture
def three(window: Window, scripts: list[Path], qtbot: QtBot) -> Window:
    """A window with three files open, the last one shown."""
    for path in scripts:
        assert window.files.open(path)
        settled(qtbot, window)
    return window


def names(window: Window) -> list[str]:
    return [window.tabs.tabText(index) for index in range(window.tabs.count())]


def close_mark(window: Window, index: int) -> QWidget:
    mark = window.tabs.tabButton(index, QTabBar.ButtonPosition.RightSide)
    assert mark is not None
    return mark


def type_in(window: Window, text: str) -> None:
    window.editor.setFocus()
    QTest.keyClicks(window.editor, text)


def test_one_document_needs_no_tabs_and_is_replaced_while_untouched(window: Window, scripts: list[Path]) -> None:
    assert not window.tab_row.isVisible()
    window.files.open(scripts[0])
    assert len(window.documents.pages) == 1, "nobody has touched the example that was shown at first"
    assert not window.tab_row.isVisible()
    window.files.open(scripts[1])
    assert window.tab_row.isVisible()
    assert names(window) == ["a.py", "b.py"]


def test_control_tab_goes_round(three: Window) -> None:
    for focus in (three.canvas, three.editor):
        focus.setFocus()
        seen = []
        for key, modifiers in ((Qt.Key.Key_Tab, CONTROL), (Qt.Key.Key_Tab, CONTROL), (Qt.Key.Key_Backtab, CONTROL | SHIFT)):
            QTest.keyClick(focus, key, modifiers)
            seen.append(three.document.name)
        assert seen == ["a.py", "b.py", "a.py"]
        QTest.keyClick(focus, Qt.Key.Key_PageUp, CONTROL)
        assert three.document.name == "c.py"
    assert three.tabs.tabText(three.tabs.currentIndex()) == "c.py"
    assert three.editor.text() == f"# c\n{SCRIPT}"


def test_a_click_on_a_tab_shows_its_document(three: Window) -> None:
    QTest.mouseClick(three.tabs, Qt.MouseButton.LeftButton, pos=three.tabs.tabRect(0).center())
    assert three.document.name == "a.py"
    assert three.windowTitle().startswith("a.py")


def test_each_has_its_own_undo_history_and_mark(three: Window) -> None:
    type_in(three, "# mine")
    mine = three.editor.text()
    assert close_mark(three, 2).modified
    assert not close_mark(three, 0).modified
    assert "Not saved" in three.tabs.tabToolTip(2)
    trigger(three, "next-tab")
    assert not three.actions_table["action-undo"].isEnabled(), "nothing was done here"
    type_in(three, "# other")
    trigger(three, "previous-tab")
    assert three.editor.text() == mine
    while three.actions_table["action-undo"].isEnabled():
        trigger(three, "undo")
    assert three.editor.text() == f"# c\n{SCRIPT}"
    assert not close_mark(three, 2).modified
    trigger(three, "next-tab")
    assert three.editor.text().startswith("# other")
    assert close_mark(three, 0).modified


def test_one_comes_back_as_it_was_left_without_another_run(three: Window, runner: MadeRunner, qtbot: QtBot) -> None:
    recording, picture = three.cursor.recording, three.canvas.picture
    three.cursor.move(7)
    three.canvas.select_nodes(["t0"])
    three.canvas.zoom(1.7)
    selected, outlook = three.cursor.selected, three.canvas.outlook
    three.editor.toggle_breakpoint(5)
    count = len(runner.runs)
    trigger(three, "next-tab")
    assert three.cursor.recording is not recording
    assert three.editor.breakpoints == three.player.breakpoints == frozenset()
    trigger(three, "previous-tab")
    settled(qtbot, three)
    assert three.cursor.recording is recording
    assert three.canvas.picture is picture
    assert three.cursor.event == 7
    assert three.cursor.selected == selected
    assert three.canvas.outlook == outlook
    assert three.editor.breakpoints == three.player.breakpoints == {5}
    assert len(runner.runs) == count


def test_a_run_that_was_left_is_done_again_on_return(three: Window, runner: MadeRunner, qtbot: QtBot) -> None:
    runner.held = True
    type_in(three, "# mine")
    three.run_now()
    runner.held = False
    trigger(three, "next-tab")
    runner.release()
    settled(qtbot, three)
    assert three.document.name == "a.py"
    assert runner.runs[-1].text.startswith("# mine"), "the one shown now had been run before"
    count = len(runner.runs)
    trigger(three, "previous-tab")
    settled(qtbot, three)
    assert len(runner.runs) == count + 1
    assert runner.runs[-1].text.startswith("# mine")


def test_errors_are_those_of_the_document_shown(three: Window, qtbot: QtBot) -> None:
    three.editor.replace_text("x = 1\nfail()\n")
    settled(qtbot, three)
    assert three.problems.problems
    trigger(three, "next-tab")
    assert not three.problems.problems
    trigger(three, "previous-tab")
    assert three.problems.problems
    three.editor.replace_text("half = \n")
    settled(qtbot, three)
    title = three.problems.problems[0].title
    trigger(three, "next-tab")
    trigger(three, "previous-tab")
    assert three.problems.problems[0].title == title


def test_new_and_templates_open_beside_what_is_there(three: Window, runner: MadeRunner, qtbot: QtBot) -> None:
    QTest.keyClick(three, Qt.Key.Key_N, CONTROL)
    assert three.editor.text() == "import torch\n\n"
    assert three.editor.hasFocus()
    type_in(three, "x = 1")
    for template in templates():
        three.findChild(type(three.actions_table["action-new"]), f"action-template-{template.path.stem}").trigger()
        settled(qtbot, three)
        assert three.editor.text() == template.body
        assert three.editor.text().startswith("import torch\n")
        assert runner.runs[-1].text == template.body
        assert not three.document.modified
    assert names(three)[3:5] == ["untitled.py", "untitled-2.py"]
    assert len(three.documents.pages) == 5, "a template that was not touched makes room for the next"


def test_closing_with_the_key_shows_a_neighbour(three: Window, answers: list) -> None:
    QTest.keyClick(three, Qt.Key.Key_W, CONTROL)
    assert names(three) == ["a.py", "b.py"]
    assert three.document.name == "b.py"
    type_in(three, "# mine")
    answers.append(QMessageBox.StandardButton.Cancel)
    QTest.keyClick(three, Qt.Key.Key_W, CONTROL)
    assert names(three) == ["a.py", "b.py"]
    answers.append(QMessageBox.StandardButton.Save)
    QTest.keyClick(three, Qt.Key.Key_W, CONTROL)
    assert not three.tab_row.isVisible()
    assert three.document.name == "a.py"


def test_the_mouse_closes_a_tab_by_its_mark_or_its_middle_button(three: Window) -> None:
    QTest.mouseClick(close_mark(three, 0), Qt.MouseButton.LeftButton)
    assert names(three) == ["b.py", "c.py"]
    assert three.document.name == "c.py", "another one is shown than the one that was closed"
    QTest.mouseClick(three.tabs, Qt.MouseButton.MiddleButton, pos=three.tabs.tabRect(1).center())
    assert names(three) == ["b.py"]
    assert three.document.name == "b.py"


def test_a_closed_document_leaves_no_copy_and_is_watched_no_more(
    three: Window, scripts: list[Path], tmp_path: Path, answers: list, qtbot: QtBot
) -> None:
    type_in(three, "# mine")
    three.recovery.wait()
    assert len(list((tmp_path / "recovery").glob("*.json"))) == 1
    answers.append(QMessageBox.StandardButton.Discard)
    trigger(three, "close-tab")
    assert list((tmp_path / "recovery").glob("*.json")) == []
    scripts[2].write_text("theirs = 1\n")
    scripts[1].write_text("theirs = 1\n")
    qtbot.waitUntil(lambda: three.editor.text() == "theirs = 1\n", timeout=10_000)
    assert [text for text in said(three) if "c.py" in text] == []


def test_a_document_that_was_emptied_can_still_be_undone_so_it_is_asked_about(three: Window, answers: list) -> None:
    trigger(three, "new")
    type_in(three, "# mine")
    three.editor.replace_text("")
    before = names(three)
    answers.append(QMessageBox.StandardButton.Cancel)
    trigger(three, "close-tab")
    assert names(three) == before
    assert answers == []


def test_leaving_asks_once_about_all_that_is_not_saved(three: Window, scripts: list[Path], answers: list) -> None:
    type_in(three, "# one")
    trigger(three, "next-tab")
    type_in(three, "# two")
    answers.append(QMessageBox.StandardButton.Cancel)
    assert not three.close()
    answers.append(QMessageBox.StandardButton.Save)
    assert three.close()
    assert scripts[0].read_text().startswith("# two")
    assert scripts[2].read_text().startswith("# one")


def test_many_and_long_names_stay_readable(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.resize(1100, 700)
    asked: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: (asked.append(box.text()), QMessageBox.StandardButton.Cancel)[1])
    paths = [tmp_path / f"{'long' * 20}.py", *(tmp_path / f"script_{number}.py" for number in range(12))]
    for path in paths:
        path.write_text("x = 1\n")
        window.files.open(path)
        type_in(window, "# mine")
    assert names(window)[1:] == [path.name for path in paths[1:]]
    assert "…" in names(window)[0]
    assert str(paths[0]) in window.tabs.tabToolTip(0)
    widths = [window.tabs.tabRect(index).width() for index in range(13)]
    assert min(widths[1:]) > window.tabs.fontMetrics().horizontalAdvance("script_0.py"), "they are scrolled, not squeezed"
    assert widths[0] < 320
    assert window.tabs.tabRect(12).right() <= window.tabs.width(), "the one that is shown is in view"
    assert not window.close()
    lines = asked[0].splitlines()
    assert lines[0] == "Save the changes to 13 documents?"
    assert lines[-2:] == ["script_8.py", "and 3 more"]


def test_what_cannot_be_saved_is_not_left(three: Window, scripts: list[Path], answers: list) -> None:
    type_in(three, "# one")
    trigger(three, "next-tab")
    scripts[2].unlink()
    scripts[2].mkdir()
    answers.append(QMessageBox.StandardButton.Save)
    three.documents.pages[0].document.set_unsaved()
    assert not three.close()
    assert three.document.name == "c.py"
    assert three.editor.text().startswith("# one")
    assert any("c.py" in text for text in said(three))


def test_a_file_that_is_open_is_shown_not_opened_twice(three: Window, scripts: list[Path], tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(scripts[0])
    for path in (scripts[0], link, tmp_path / "sub" / ".." / "a.py"):
        (tmp_path / "sub").mkdir(exist_ok=True)
        trigger(three, "next-tab")
        assert three.files.open(path)
        assert three.document.name == "a.py"
    assert len(three.documents.pages) == 3


def test_messages_are_seen_with_their_document(three: Window, scripts: list[Path], qtbot: QtBot) -> None:
    scripts[0].unlink()
    qtbot.waitUntil(lambda: names(three)[0] == "⚠ a.py", timeout=10_000)
    assert said(three) == []
    assert "Something happened" in three.tabs.tabToolTip(0)
    trigger(three, "next-tab")
    assert "deleted or moved" in said(three)[0]
    assert names(three)[0] == "a.py"
    trigger(three, "next-tab")
    assert said(three) == []


def test_a_file_changed_behind_ones_back_is_read_again(
    three: Window, scripts: list[Path], runner: MadeRunner, qtbot: QtBot
) -> None:
    scripts[0].write_text("theirs = 1\n")
    qtbot.waitUntil(lambda: three.documents.pages[0].document.text == "theirs = 1\n", timeout=10_000)
    count = len(runner.runs)
    trigger(three, "next-tab")
    settled(qtbot, three)
    assert "loaded again" in said(three)[0]
    assert [run.text for run in runner.runs[count:]] == ["theirs = 1\n"]
    assert three.actions_table["action-undo"].text() == "&Undo Load from Disk"


def test_tabs_are_dragged_into_another_order(three: Window) -> None:
    three.tabs.moveTab(0, 2)
    assert [page.document.name for page in three.documents.pages] == ["b.py", "c.py", "a.py"]
    assert names(three) == ["b.py", "c.py", "a.py"]
    three.documents.move(2, 0)
    assert names(three) == ["a.py", "b.py", "c.py"]
    for index in range(3):
        three.tabs.setCurrentIndex(index)
        assert three.document.name == names(three)[index]


def test_all_others_are_closed_from_a_tabs_menu(three: Window, answers: list) -> None:
    type_in(three, "# mine")
    answers.append(QMessageBox.StandardButton.Cancel)
    three.tabs.close_others_asked.emit(three.documents.pages[0])
    assert len(three.documents.pages) == 3
    answers.append(QMessageBox.StandardButton.Discard)
    three.tabs.close_others_asked.emit(three.documents.pages[0])
    assert names(three) == ["a.py"]
    assert three.document.name == "a.py"


def test_a_double_click_beside_the_tabs_begins_a_script(three: Window) -> None:
    QTest.mouseDClick(three.tabs, Qt.MouseButton.LeftButton, pos=QPoint(three.tabs.width() - 4, 8))
    assert names(three)[-1] == "untitled.py"


def test_revert_takes_the_files_text_and_can_be_undone(three: Window, scripts: list[Path]) -> None:
    type_in(three, "# mine")
    mine = three.editor.text()
    trigger(three, "revert")
    assert three.editor.text() == f"# c\n{SCRIPT}"
    assert not three.document.modified
    assert three.actions_table["action-undo"].text() == "&Undo Revert to File"
    trigger(three, "undo")
    assert three.editor.text() == mine
    assert three.document.modified
    scripts[2].unlink()
    trigger(three, "revert")
    assert "does not exist" in said(three)[-1]
    assert three.editor.text() == mine
    trigger(three, "new")
    assert not three.actions_table["action-revert"].isEnabled(), "it has no file"


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (["/x/a.py", "/x/b.py"], ["a.py", "b.py"]),
        (["/x/a.py", "/y/a.py", "/y/b.py"], ["a.py — x", "a.py — y", "b.py"]),
        (["/p/x/a.py", "/q/x/a.py"], ["a.py — p/x", "a.py — q/x"]),
        (["a.py", "/q/a.py"], ["a.py", "a.py — q"]),
    ],
)
def test_files_of_one_name_are_told_apart(paths: list[str], told: list[str]) -> None:
    assert told_apart([Path(path) for path in paths]) == told


def test_saving_over_what_another_tab_shows_is_refused(
    three: Window, scripts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradviz.app.files.QFileDialog.getSaveFileName", lambda *_a, **_k: (str(scripts[0]), ""))
    trigger(three, "save-as")
    assert "open in another tab" in said(three)[-1]
    assert scripts[0].read_text() == f"# a\n{SCRIPT}"
    monkeypatch.setattr("gradviz.app.files.QFileDialog.getSaveFileName", lambda *_a, **_k: (str(scripts[2]), ""))
    trigger(three, "save-as")
    assert said(three) == [], "its own name may be chosen"


def test_a_name_completed_with_its_ending_asks_before_it_overwrites(
    three: Window, scripts: list[Path], tmp_path: Path, answers: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.py").write_text("old = 1\n")
    monkeypatch.setattr("gradviz.app.files.QFileDialog.getSaveFileName", lambda *_a, **_k: (str(tmp_path / "old"), ""))
    answers.append(QMessageBox.StandardButton.Cancel)
    trigger(three, "save-as")
    assert (tmp_path / "old.py").read_text() == "old = 1\n"
    answers.append(QMessageBox.StandardButton.Yes)
    trigger(three, "save-as")
    assert (tmp_path / "old.py").read_text() == three.editor.text()


def test_many_turns_leave_nothing_behind(make_window: Callable[..., Window], qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window()
    window.begin()
    settled(qtbot, window)
    path = tmp_path / "a.py"
    path.write_text(SCRIPT)
    type_in(window, "# mine")
    for _ in range(20):
        window.files.open(path)
        settled(qtbot, window)
        trigger(window, "next-tab")
        assert window.files.close(window.documents.pages[1])
    assert len(window.recovery._copies) == 1
    assert window.tabs.count() == 1
    assert window.editor.text().startswith("# mine")
