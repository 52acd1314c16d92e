"""Watches, console and problems."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gradviz.panels.console import Console
from gradviz.panels.problems import ProblemsPanel
from gradviz.panels.row_block import Cell, Row, RowBlock
from gradviz.panels.watches import WatchesPanel
from gradviz.recording import Kind, Recording
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme
from tests.panels.made import SCRIPT, Maker, find, full


@pytest.fixture
def watches(qtbot: QtBot, cursor: Cursor, theme: Theme) -> WatchesPanel:
    made = WatchesPanel(cursor, theme)
    qtbot.addWidget(made)
    made.show()
    return made


def results(watches: WatchesPanel) -> list[str]:
    return [watches.table.item(row, 1).text() for row in range(watches.table.rowCount())]


def test_watches_follow_the_cursor(watches: WatchesPanel, cursor: Cursor, recording: Recording) -> None:
    QTest.keyClicks(watches.field, "x.grad")
    QTest.keyClick(watches.field, Qt.Key.Key_Return)
    QTest.keyClicks(watches.field, "nobody")
    QTest.keyClick(watches.field, Qt.Key.Key_Return)
    assert watches.field.text() == ""
    cursor.move(find(recording, Kind.ACCUMULATE))
    assert results(watches) == ["1.5 (all)", "no tensor is called nobody"]
    cursor.step(-1)
    assert results(watches)[0] == "None"


def test_a_watch_that_has_no_answer_leaves_the_others_theirs(
    watches: WatchesPanel, cursor: Cursor, recording: Recording
) -> None:
    cursor.move(len(recording) - 1)
    watches.set_expressions(["x[::0]", "x.shape"])
    assert "zero" in results(watches)[0]
    assert results(watches)[1] == "(2, 2)"
    watches.table.item(0, 0).setText("x.ndim")
    assert results(watches)[0] == "2"


def test_watches_are_edited_and_removed(watches: WatchesPanel, cursor: Cursor, qtbot: QtBot) -> None:
    watches.set_expressions(["x", "y"])
    cursor.move(cursor.last)
    watches.table.item(0, 0).setText("y.shape")
    assert watches.expressions == ["y.shape", "y"]
    assert results(watches)[0] == "(2, 2)"
    watches.table.setCurrentCell(1, 0)
    with qtbot.waitSignal(watches.expressions_changed):
        QTest.keyClick(watches.table, Qt.Key.Key_Delete)
    assert watches.expressions == ["y.shape"]
    watches.table.item(0, 0).setText(" ")
    assert watches.expressions == []


@pytest.fixture
def console(qtbot: QtBot, cursor: Cursor, theme: Theme) -> Console:
    made = Console(cursor, theme)
    qtbot.addWidget(made)
    made.show()
    return made


def test_output_is_bright_up_to_the_cursor(console: Console, cursor: Cursor, recording: Recording, theme: Theme) -> None:
    assert console.toPlainText() == "before\nafter\n"
    assert console.bright_end() == 0
    cursor.move(find(recording, Kind.OUTPUT))
    assert console.bright_end() == len("before\n")
    (dim,) = console.extraSelections()
    assert dim.cursor.selectedText().strip("\u2029") == "after"
    assert dim.format.foreground().color() == theme.dim
    cursor.move(cursor.last)
    assert console.extraSelections() == []


def test_a_print_is_found_from_its_text(console: Console, recording: Recording) -> None:
    assert console.event_at(2) == find(recording, Kind.OUTPUT)
    assert console.event_at(len("before\na")) == find(recording, Kind.OUTPUT, 1)
    assert console.event_at(500) is None


def test_errors_have_a_second_sign_and_odd_characters_their_place(console: Console, cursor: Cursor) -> None:
    maker = Maker()
    maker.output(10, "😀\r\n")
    maker.output(10, "oops\n", error=True)
    cursor.set_recording(maker.builder.build(), 1)
    (italic,) = console.extraSelections()
    assert italic.cursor.selectedText().strip("\u2029") == "oops"
    assert italic.format.fontItalic()


def test_problems_are_listed_with_line_advice_and_a_way_out(qtbot: QtBot, cursor: Cursor) -> None:
    panel = ProblemsPanel(cursor)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.problems == ()
    maker = Maker(SCRIPT)
    maker.create(full(1, 2), 3, "x")
    maker.error(5, "refused", "", "open() is not available to restricted scripts.", "Trust it to run it.")
    with qtbot.waitSignal(panel.count_changed) as counted:
        cursor.set_recording(maker.builder.build())
    assert counted.args == [1]
    buttons = {button.text(): button for button in panel.findChildren(QPushButton)}
    assert set(buttons) == {"line 5", "Trust and run"}
    with qtbot.waitSignal(panel.trust_asked):
        buttons["Trust and run"].click()
    with qtbot.waitSignal(panel.line_asked) as asked:
        buttons["line 5"].click()
    assert asked.args == [5]


def test_rows_break_between_words_and_a_word_only_where_it_has_no_room(qtbot: QtBot, theme: Theme) -> None:
    block = RowBlock()
    qtbot.addWidget(block)
    block.set_theme(theme)
    words = "It ran under torch.no_grad(): autograd did not record it."
    block.set_rows([Row((Cell(words, mono=False),))])
    at_words = block.height_for(160)
    block.set_rows([Row((Cell("x" * 200, mono=True),))])
    assert block.height_for(160) > at_words > block.height_for(4000)
    block.resize(160, 400)
    picture = block.grab().toImage()
    assert picture.width() == 160
    assert block.plain_text() == "x" * 200
