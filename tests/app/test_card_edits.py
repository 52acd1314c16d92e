"""Values and names changed on the card itself, with keys and mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from gradviz.app.window import Window
from tests.app.conftest import said, settled, trigger
from tests.app.test_building import LEFT, at, node, write

TEXT = "import torch\nx = torch.tensor([1., 2.], requires_grad=True)  # two\ny = x * 3\nz = y.sum(dim=0)\n"


def field(window: Window, name: str = "card-value") -> QLineEdit | None:
    return next((one for one in window.canvas.findChildren(QLineEdit, name) if one.isVisible()), None)


def opened(window: Window) -> QLineEdit:
    found = field(window)
    assert found is not None
    return found


def test_a_double_click_on_a_function_edits_the_number_it_takes(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    QTest.mouseDClick(live.canvas, LEFT, pos=at(live, "MulBackward0"))
    assert opened(live).text() == "3"
    QTest.keyClicks(opened(live), "0.5")
    QTest.keyClick(opened(live), Qt.Key.Key_Return)
    settled(qtbot, live)
    assert live.document.text == TEXT.replace("x * 3", "x * 0.5")
    assert live.actions_table["action-undo"].text() == "&Undo Change 3 to 0.5"
    trigger(live, "undo")
    settled(qtbot, live)
    assert live.document.text == TEXT


def test_a_double_click_on_a_leaf_s_value_edits_its_numbers(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    QTest.mouseDClick(live.canvas, LEFT, pos=at(live, "x"))
    assert opened(live).text() == "[1., 2.]"
    QTest.keyClicks(opened(live), "[4., 5., 6.]")
    QTest.keyClick(opened(live), Qt.Key.Key_Return)
    settled(qtbot, live)
    assert live.document.text == TEXT.replace("[1., 2.]", "[4., 5., 6.]")


def test_a_double_click_on_a_computed_value_goes_to_its_event(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    live.cursor.move(0)
    QTest.mouseDClick(live.canvas, LEFT, pos=at(live, "y"))
    assert field(live) is None
    assert live.cursor.event > 0


def test_f2_on_a_function_edits_its_keywords(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "SumBackward1"))
    trigger(live, "rename")
    assert opened(live).text() == "dim=0"
    QTest.keyClicks(opened(live), "dim=0, keepdim=True")
    QTest.keyClick(opened(live), Qt.Key.Key_Return)
    settled(qtbot, live)
    assert live.document.text == TEXT.replace("dim=0", "dim=0, keepdim=True")


def test_escape_leaves_a_value_as_it_was(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "x"))
    trigger(live, "edit-value")
    QTest.keyClicks(opened(live), "[9.]")
    QTest.keyClick(opened(live), Qt.Key.Key_Escape)
    assert field(live) is None
    assert live.document.text == TEXT
    assert live.canvas.hasFocus()


def test_what_is_no_value_is_said_below_the_field_which_stays(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    QTest.mouseDClick(live.canvas, LEFT, pos=at(live, "MulBackward0"))
    QTest.keyClicks(opened(live), "three")
    QTest.keyClick(opened(live), Qt.Key.Key_Return)
    reason = next(label for label in live.canvas.findChildren(QLabel) if label.isVisible())
    assert reason.text() == "⚠ The script has no variable three."
    assert live.canvas.rect().contains(reason.geometry())
    QTest.keyClick(opened(live), Qt.Key.Key_Escape)
    assert not any(label.isVisible() for label in live.canvas.findChildren(QLabel))
    QTest.mouseDClick(live.canvas, LEFT, pos=at(live, "MulBackward0"))
    QTest.keyClicks(opened(live), "three")
    QTest.keyClick(opened(live), Qt.Key.Key_Return)
    reason = next(label for label in live.canvas.findChildren(QLabel) if label.isVisible())
    opened(live).selectAll()
    QTest.keyClicks(opened(live), "2")
    assert not reason.isVisible()
    QTest.keyClick(opened(live), Qt.Key.Key_Return)
    settled(qtbot, live)
    assert live.document.text == TEXT.replace("x * 3", "x * 2")
    assert said(live) == []


def test_what_is_made_in_a_loop_says_its_line(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(2)\nfor i in range(2):\n    x = x * 3\n")
    live.cursor.select_all([])
    live.canvas.select_nodes([node(live, "mul")])
    trigger(live, "edit-value")
    assert field(live) is None
    assert "a loop" in said(live)[0]
