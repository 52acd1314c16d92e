"""How many gestures a practised hand needs for the seed's example."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from gradviz.app.window import Window
from tests.app.conftest import settled
from tests.app.test_building import node

MOST = 15
SEED = """import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y
a = z * 3
out = a.mean()
out.backward()
"""


class Practised:
    """A hand that counts what it does: a key pressed, a word typed, a click or a drag is one gesture each."""

    def __init__(self, qtbot: QtBot, window: Window) -> None:
        self.qtbot, self.window, self.count = qtbot, window, 0

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Presses a key where the focus is."""
        self.count += 1
        widget = QApplication.activePopupWidget() or self.window.canvas
        if isinstance(field := widget.findChild(QLineEdit, "quick-add"), QLineEdit):
            widget = field
        else:
            self.window.activateWindow()  # the offscreen platform has no window manager that would, when a popup closes
            QApplication.processEvents()
        QTest.keyClick(widget, key, modifiers)

    def type(self, text: str) -> None:
        """Types a few letters."""
        self.count += 1
        QTest.keyClicks(QApplication.activePopupWidget().findChild(QLineEdit, "quick-add"), text)

    def double_click(self, at: QPoint) -> None:
        """Double-clicks on the canvas."""
        self.count += 1
        QTest.mouseDClick(self.window.canvas, Qt.MouseButton.LeftButton, pos=at)


def test_the_seed_takes_no_more_than_fifteen_gestures_from_an_empty_canvas(live: Window, qtbot: QtBot) -> None:
    hand = Practised(qtbot, live)
    hand.double_click(QPoint(300, 300))
    for place, typed in enumerate(("ones 2 2 grad", "+ 2", "* y", "* 3", "mean")):
        if place:
            hand.key(Qt.Key.Key_Tab)
        hand.type(typed)
        hand.key(Qt.Key.Key_Return)  # and on at once, whether its run has come back or not
    building = hand.count
    hand.key(Qt.Key.Key_B)
    qtbot.waitUntil(lambda: "backward" in live.document.text, timeout=20_000)
    settled(qtbot, live)
    live.cursor.move(live.cursor.last)
    assert live.document.text == SEED
    assert "4.5" in live.canvas.node_state(node(live, "x")).slot_text
    assert not live.problems.problems
    assert building <= MOST
    assert hand.count == building + 1
