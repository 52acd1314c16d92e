"""Selected nodes put in line and looked at from near, by keys, with the real worker."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradviz.app.window import Window
from tests.app.conftest import settled, trigger
from tests.app.test_building import node, pick, write

TEXT = "import torch\nx = torch.ones(3)\nw = torch.ones(3)\nv = torch.ones(3)\ny = x + w + v\n"
CONTROL, SHIFT, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def sides(window: Window, *labels: str) -> np.ndarray:
    scene = window.canvas.scene
    assert scene is not None
    return np.asarray(scene.boxes[[scene.rows[node(window, label)] for label in labels]])


@pytest.mark.parametrize(
    ("key", "side"), [(Qt.Key.Key_Left, 0), (Qt.Key.Key_Up, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Down, 3)]
)
def test_nodes_are_aligned_by_keys_in_one_undo_step(live: Window, qtbot: QtBot, key: Qt.Key, side: int) -> None:
    write(qtbot, live, TEXT)
    pick(live, "x", "w", "y")
    before = sides(live, "x", "w", "y")
    assert len(set(before[:, side])) > 1
    live.canvas.setFocus()
    QTest.keyClick(live.canvas, key, CONTROL | SHIFT)
    settled(qtbot, live)
    after = sides(live, "x", "w", "y")
    assert np.ptp(after[:, side]) <= 1  # places are kept in whole px
    assert "# [gradviz-layout]" in live.document.text
    assert live.actions_table["action-undo"].text() == "&Undo Align 3 nodes"
    trigger(live, "undo")
    settled(qtbot, live)
    assert live.document.text == TEXT


def test_nodes_are_distributed_at_equal_distances(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT + "# [gradviz-layout]\n# x = 0, 0\n# w = 10, 150\n# v = 20, 600\n")
    pick(live, "x", "w")
    assert not live.actions_table["action-distribute-down"].isEnabled()
    pick(live, "x", "w", "v")
    live.canvas.setFocus()
    QTest.keyClick(live.canvas, Qt.Key.Key_I, CONTROL | ALT)
    settled(qtbot, live)
    boxes = sides(live, "x", "w", "v")
    assert boxes[1, 1] - boxes[0, 3] == pytest.approx(boxes[2, 1] - boxes[1, 3], abs=1)


def test_one_node_cannot_be_aligned(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    pick(live, "x")
    assert not live.actions_table["action-align-left"].isEnabled()


def test_the_selection_fills_the_view(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, TEXT)
    live.canvas.fit()
    pick(live, "x", "w")
    before = live.canvas.viewport.scale
    QTest.keyClick(live.canvas, Qt.Key.Key_F, SHIFT)
    assert live.canvas.viewport.scale > before
    boxes = sides(live, "x", "w")
    corners = [live.canvas.viewport.to_view(*corner) for corner in (boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0))]
    assert all(0 < u < live.canvas.width() and 0 < v < live.canvas.height() for u, v in corners)
