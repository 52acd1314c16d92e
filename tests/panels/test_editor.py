"""The script editor, with real keys and clicks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradviz.panels.editor import Marks, Mistake, ScriptEditor
from gradviz.panels.editor_keys import replace_text
from gradviz.panels.parts import mixed
from gradviz.panels.script_panel import ScriptPanel
from gradviz.recording import Kind, Recording, Span
from gradviz.view.cursor import Cursor, Selection
from gradviz.view.theme import Theme
from tests.panels.made import SCRIPT, Maker, find, full


@pytest.fixture
def editor(qtbot: QtBot, theme: Theme) -> ScriptEditor:
    made = ScriptEditor(theme)
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    made.setFocus()
    return made


def select_lines(editor: ScriptEditor, first: int, last: int) -> None:
    cursor = QTextCursor(editor.document().findBlockByNumber(first - 1))
    end = editor.document().findBlockByNumber(last - 1)
    cursor.setPosition(end.position() + end.length() - 1, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("if x:\na", "if x:\n    a"),
        ("def f():\nreturn 1\nb", "def f():\n    return 1\nb"),
        ("x = {1:\n2", "x = {1:\n    2"),
        ("# note:\na", "# note:\na"),
        ("for i in x:\npass\nb", "for i in x:\n    pass\nb"),
    ],
)
def test_return_indents_as_the_line_asks(editor: ScriptEditor, typed: str, expected: str) -> None:
    for number, part in enumerate(typed.split("\n")):
        if number:
            QTest.keyClick(editor, Qt.Key.Key_Return)
        QTest.keyClicks(editor, part)
    assert editor.text() == expected


def test_tab_goes_to_the_next_stop_and_backspace_back(editor: ScriptEditor) -> None:
    QTest.keyClicks(editor, "ab")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.text() == "ab  "
    editor.setPlainText("")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.text() == " " * 8
    QTest.keyClick(editor, Qt.Key.Key_Backspace)
    assert editor.text() == " " * 4


def test_tab_and_backtab_move_selected_lines_as_one_undo_step(editor: ScriptEditor) -> None:
    editor.setPlainText("a\nb\nc\n")
    select_lines(editor, 1, 2)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.text() == "    a\n    b\nc\n"
    QTest.keyClick(editor, Qt.Key.Key_Backtab)
    assert editor.text() == "a\nb\nc\n"
    editor.undo()
    assert editor.text() == "    a\n    b\nc\n"
    editor.undo()
    assert editor.text() == "a\nb\nc\n"


def test_comments_go_out_and_in_again(editor: ScriptEditor) -> None:
    text = "if a:\n    b\n\n    c"
    editor.setPlainText(text)
    select_lines(editor, 1, 4)
    editor.toggle_comment()
    assert editor.text() == "# if a:\n#     b\n\n#     c"
    editor.toggle_comment()
    assert editor.text() == text


def test_home_goes_to_the_text_then_to_the_line_start(editor: ScriptEditor) -> None:
    editor.setPlainText("    abc")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    places = []
    for _ in range(3):
        QTest.keyClick(editor, Qt.Key.Key_Home)
        places.append(editor.textCursor().positionInBlock())
    assert places == [4, 0, 4]


def test_breakpoints_follow_their_lines(editor: ScriptEditor, qtbot: QtBot) -> None:
    editor.setPlainText("a\nb\nc\n")
    with qtbot.waitSignal(editor.breakpoints_changed):
        editor.toggle_breakpoint(2)
    assert editor.breakpoints == {2}
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    with qtbot.waitSignal(editor.breakpoints_changed):
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.breakpoints == {3}
    editor.toggle_breakpoint(3)
    editor.toggle_breakpoint(99)
    assert editor.breakpoints == frozenset()


def test_a_click_beside_the_text_sets_a_breakpoint_or_asks_for_the_line(editor: ScriptEditor, qtbot: QtBot) -> None:
    editor.setPlainText("a\nb\nc\n")
    gutter = editor.findChild(object, "script-gutter")
    _, top, height = editor.visible_blocks()[1]
    y = round(top + height / 2) - 2
    QTest.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(8, y))
    assert editor.breakpoints == {2}
    with qtbot.waitSignal(editor.line_activated) as clicked:
        QTest.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(30, y))
    assert clicked.args == [2]


def test_text_is_kept_to_the_character(editor: ScriptEditor) -> None:
    text = "a\u00a0b \t é 😀\n\n  x\n"
    editor.setPlainText(text)
    assert editor.text() == text


@given(st.text(alphabet="ab\n😀é ", max_size=30), st.text(alphabet="ab\n😀é ", max_size=30))
def test_a_text_replaced_is_one_undo_step(old: str, new: str) -> None:
    document = QTextDocument()
    document.setPlainText(old)
    document.clearUndoRedoStacks()
    replace_text(document, new)
    assert document.toRawText().replace("\u2029", "\n") == new
    if old != new:
        assert document.availableUndoSteps() >= 1
        while document.isUndoAvailable():
            document.undo()
        assert document.toRawText().replace("\u2029", "\n") == old


def test_a_mistake_is_underlined_where_python_says(editor: ScriptEditor) -> None:
    editor.setPlainText("é = '😀' + q\n")
    span = Span(1, len("é = '😀' + ".encode()), 1, len("é = '😀' + q".encode()))
    editor.set_mistakes([Mistake(span, "NameError: q")])
    (selection,) = editor.extraSelections()
    assert selection.cursor.selectedText() == "q"
    assert selection.format.toolTip() == "NameError: q"
    editor.set_mistakes([Mistake(Span(1, 0, 1, 0), "no width"), Mistake(Span(40, 0, 40, 1), "not here")])
    (selection,) = editor.extraSelections()
    assert selection.cursor.selectedText() == "é = '😀' + q"


def test_strings_in_triple_quotes_are_coloured_over_the_lines(editor: ScriptEditor, theme: Theme) -> None:
    editor.setPlainText('a = """one\nif two\n"""\nif b: pass  # "no string"\n')
    colours = {}
    for line in range(4):
        for span in editor.document().findBlockByNumber(line).layout().formats():
            text = editor.document().findBlockByNumber(line).text()[span.start : span.start + span.length]
            colours[line, text] = span.format.foreground().color()
    assert colours[0, '"""one'] == colours[1, "if two"] == colours[2, '"""'] == theme.code_str
    assert colours[3, "if"] == theme.code_kw
    assert colours[3, '# "no string"'] == mixed(theme.text, theme.code_com, 0.12)


def test_zoom_is_bounded(editor: ScriptEditor) -> None:
    for _ in range(60):
        editor.zoom(1)
    assert editor.fontInfo().pixelSize() == 32
    for _ in range(60):
        editor.zoom(-1)
    assert editor.fontInfo().pixelSize() == 8


@pytest.fixture
def panel(qtbot: QtBot, cursor: Cursor, theme: Theme) -> ScriptPanel:
    made = ScriptPanel(cursor, theme)
    qtbot.addWidget(made)
    made.editor.setPlainText(SCRIPT)
    made.show()
    return made


def test_the_lines_follow_cursor_and_selection(panel: ScriptPanel, cursor: Cursor, recording: Recording) -> None:
    assert panel.editor.marks == Marks()
    cursor.move(find(recording, Kind.CONTRIBUTION, 3))
    assert panel.editor.marks == Marks(now=5, calling=11)
    cursor.select(Selection("tensor", 0))
    assert panel.editor.marks == Marks(now=5, calling=11, selected=3)
    cursor.move(find(recording, Kind.OP))
    assert panel.editor.marks == Marks(now=4, selected=3)


def test_a_line_number_moves_the_cursor(panel: ScriptPanel, cursor: Cursor, recording: Recording) -> None:
    panel.editor.line_activated.emit(5)
    assert cursor.event == find(recording, Kind.OP, 1)
    panel.editor.line_activated.emit(2)
    assert cursor.event == find(recording, Kind.OP, 1), "an empty line has no event to go to"


def test_the_errors_of_a_recording_are_marked(panel: ScriptPanel, cursor: Cursor) -> None:
    maker = Maker(SCRIPT)
    maker.create(full(1, 2), 3, "x")
    maker.error(5, "exception", "RuntimeError", "no")
    cursor.set_recording(maker.builder.build())
    mistake = panel.editor.mistake_at(5)
    assert mistake is not None
    assert mistake.message == "RuntimeError: no"
    cursor.set_recording(Maker().builder.build())
    assert panel.editor.mistake_at(5) is None
