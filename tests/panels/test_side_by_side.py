"""Two texts side by side, scrolled together."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradviz.panels.side_by_side import SideBySide
from gradviz.view.theme import load_theme


@pytest.fixture
def both(qtbot: QtBot) -> SideBySide:
    made = SideBySide(load_theme("dark"))
    qtbot.addWidget(made)
    made.resize(700, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def selected(side: object) -> list[str]:
    return [mark.cursor.selectedText() for mark in side.extraSelections()]


def test_gaps_stand_for_lines_of_the_other_and_parts_that_differ_are_marked(both: SideBySide) -> None:
    both.show_texts(("Saved", "Recovered"), "a = 1\nb = 'é😀'\nc = 3", "a = 2\nb = 'é😀'\nnew = 4\nc = 3")
    assert both.left.toPlainText() == "a = 1\nb = 'é😀'\n\nc = 3"
    assert both.right.toPlainText() == "a = 2\nb = 'é😀'\nnew = 4\nc = 3"
    assert selected(both.left) == ["1"]
    assert selected(both.right) == ["2", ""]
    assert both.differences == [0, 2]
    assert both.left.accessibleName() == "Saved"


def test_marks_count_as_qt_does(both: SideBySide) -> None:
    both.show_texts(("", ""), "😀 = 1", "😀 = 2")
    assert selected(both.left) == ["1"]
    assert selected(both.right) == ["2"]


def test_they_scroll_together_and_differences_are_walked(both: SideBySide) -> None:
    left = [f"line{i}" for i in range(200)]
    right = [*left[:20], "x", *left[20:150], "y", *left[151:]]
    both.show_texts(("", ""), "\n".join(left), "\n".join(right))
    assert both.differences == [20, 151]
    first = both.right.verticalScrollBar().value()
    assert first == 17, "it begins where they differ"
    both.step(1)
    assert both.left.verticalScrollBar().value() == both.right.verticalScrollBar().value() > first
    both.step(1)
    assert both.right.textCursor().blockNumber() == 151
    both.step(-1)
    assert both.left.verticalScrollBar().value() == first
    both.left.verticalScrollBar().setValue(90)
    assert both.right.verticalScrollBar().value() == 90


def test_it_is_read_and_not_written(both: SideBySide) -> None:
    both.show_texts(("", ""), "a", "b")
    both.right.setFocus()
    QTest.keyClicks(both.right, "typed")
    QTest.keyClick(both.right, Qt.Key.Key_Delete)
    assert both.right.toPlainText() == "b"


def test_the_same_text_has_no_differences(both: SideBySide) -> None:
    both.show_texts(("", ""), "a\nb", "a\nb")
    assert both.differences == []
    both.step(1)
    both.step(-1)
