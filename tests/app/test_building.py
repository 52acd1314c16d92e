"""Building a graph by hand with the real worker: keys and mouse on the canvas, and the script that comes of them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from gradviz.app.tensor_dialog import TensorDialog
from gradviz.app.window import Window
from tests.app.conftest import said, settled, trigger

LEFT = Qt.MouseButton.LeftButton
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def write(qtbot: QtBot, window: Window, text: str) -> None:
    window.editor.replace_text(text)
    settled(qtbot, window)


def node(window: Window, label: str, place: int = 0) -> str:
    assert window.canvas.picture is not None
    found = [n for n, d in window.canvas.picture.graph.nodes(data=True) if d["label"] == label and d["kind"] != "alias"]
    return found[place]


def at(window: Window, label: str, place: int = 0) -> QPoint:
    return window.canvas.node_point(node(window, label, place))


def popup(name: str) -> QWidget:
    found = QApplication.activePopupWidget()
    assert found is not None
    assert found.objectName() == name
    return found


def add(qtbot: QtBot, window: Window, typed: str) -> None:
    """Tab, some words, Return."""
    QTest.keyClick(window.canvas, Qt.Key.Key_Tab)
    field = popup("quick-add-popup").findChild(QLineEdit, "quick-add")
    assert field is not None
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Qt.Key.Key_Return)
    settled(qtbot, window)


def drag(window: Window, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    canvas = window.canvas
    QTest.mousePress(canvas, LEFT, keys, start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(canvas, start + (end - start) * share)
    QTest.mouseRelease(canvas, LEFT, keys, end)


SEED = """import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y
a = z * 3
out = a.mean()
"""


def test_the_seed_is_built_by_keys_alone_and_undone_step_by_step(live: Window, qtbot: QtBot) -> None:
    add(qtbot, live, "ones 2 2 grad")
    add(qtbot, live, "+ 2")
    add(qtbot, live, "* y")
    add(qtbot, live, "* 3")
    add(qtbot, live, "mean")
    assert live.document.text == SEED
    assert not live.problems.problems
    assert live.actions_table["action-undo"].text() == "&Undo Add out = a.mean()"
    for _ in range(5):
        trigger(live, "undo")
        settled(qtbot, live)
    assert live.document.text == "import torch\n\n"
    assert live.actions_table["action-redo"].text() == "&Redo Add tensor x"
    for _ in range(5):
        trigger(live, "redo")
    settled(qtbot, live)
    assert live.document.text == SEED


def test_what_was_added_is_selected_so_that_the_next_goes_behind_it(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\n")
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "x"))
    add(qtbot, live, "exp")
    assert live.document.text.endswith("y = torch.exp(x)\n")
    chosen = live.cursor.selection
    assert chosen is not None
    assert live.cursor.recording.tensor(chosen.number).name == "y"


def test_escape_in_quick_add_leaves_nothing_behind(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\n")
    before = live.document.text
    QTest.keyClick(live.canvas, Qt.Key.Key_Tab)
    field = popup("quick-add-popup").findChild(QLineEdit, "quick-add")
    QTest.keyClicks(field, "relu")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None
    assert live.document.text == before


def test_a_wire_dropped_on_nothing_offers_what_takes_a_tensor(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\ny = x + 1\n")
    live.canvas.fit()
    assert live.canvas.scene is not None
    port = live.canvas.out_port(live.canvas.scene.rows[node(live, "y")]).toPoint()
    drag(live, port, QPoint(live.canvas.width() // 2, live.canvas.height() - 60))
    asked = popup("quick-add-popup")
    offered = asked.offered()  # type: ignore[attr-defined]
    assert offered
    assert all(one.most_inputs > 0 for one in offered)
    field = asked.findChild(QLineEdit, "quick-add")
    QTest.keyClicks(field, "tanh")
    QTest.keyClick(field, Qt.Key.Key_Return)
    settled(qtbot, live)
    assert live.document.text.endswith("z = torch.tanh(y)\n")


def test_what_a_new_name_cannot_be_is_said_and_changes_nothing(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\ny = x + 1  # one more\n")
    before = live.document.text
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "x"))
    trigger(live, "rename")
    field = live.canvas.findChild(QLineEdit, "card-name")
    QTest.keyClicks(field, "y")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert live.document.text == before
    reason = next(label.text() for label in live.canvas.findChildren(QLabel) if label.isVisible())
    assert reason == "⚠ The script uses the name y already. Choose another one."


def test_a_card_is_renamed_where_it_stands(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\ny = x + 1  # one more\n")
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "x"))
    trigger(live, "rename")
    field = live.canvas.findChild(QLineEdit, "card-name")
    QTest.keyClicks(field, "inputs")
    QTest.keyClick(field, Qt.Key.Key_Return)
    settled(qtbot, live)
    assert live.document.text == "import torch\ninputs = torch.ones(3)\ny = inputs + 1  # one more\n"
    trigger(live, "undo")
    settled(qtbot, live)
    assert live.document.text == "import torch\nx = torch.ones(3)\ny = x + 1  # one more\n"


def test_a_node_stays_where_it_was_dragged_over_edits_and_reloads(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\ny = x + 1\n")
    live.canvas.fit()
    drag(live, at(live, "x"), at(live, "x") + QPoint(20, 150))
    settled(qtbot, live)
    assert "# [gradviz-layout]" in live.document.text
    place = live.canvas.picture.positions[node(live, "x")]  # type: ignore[union-attr]
    live.editor.replace_text(live.document.text.replace("x + 1", "x + 1\nz = y * 2"))
    settled(qtbot, live)
    assert live.canvas.picture.positions[node(live, "x")] == place  # type: ignore[union-attr]
    text = live.document.text
    live.document.new()
    settled(qtbot, live)
    write(qtbot, live, text)
    assert live.canvas.picture.positions[node(live, "x")] == place  # type: ignore[union-attr]


def test_a_wire_is_led_to_another_argument(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\nw = torch.full((3,), 2.0)\ny = x.exp()\n")
    live.canvas.fit()
    assert live.canvas.scene is not None
    port = (
        live.canvas.out_port(live.canvas.scene.rows[node(live, "w")]).toPoint() if "w" in live.cursor.recording.names else None
    )
    assert port is not None
    drag(live, port, at(live, "exp"))
    qtbot.waitUntil(lambda: live.document.text.endswith("y = w.exp()\n"))
    settled(qtbot, live)


def test_a_wire_that_cannot_work_is_refused_in_the_engine_s_own_words(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\nw = torch.ones(2, 2)\nv = torch.ones(3)\ny = x + v\n")
    live.canvas.fit()
    before = live.document.text
    scene = live.canvas.scene
    assert scene is not None
    start = live.canvas.out_port(scene.rows[node(live, "w")]).toPoint()
    row = scene.rows[node(live, "add")]
    end = QPoint(*(round(v) for v in live.canvas.viewport.to_view(*scene.line(int(scene.ports_of(row)[1]))[-1].tolist())))
    drag(live, start, end)
    reason = "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1"
    qtbot.waitUntil(lambda: said(live) == [reason])
    assert live.document.text == before


def test_what_is_made_in_a_loop_is_not_guessed(live: Window, qtbot: QtBot) -> None:
    text = "import torch\nx = torch.ones(3)\nfor i in range(2):\n    x = x * 2\n"
    write(qtbot, live, text)
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "mul"))
    add(qtbot, live, "relu")
    assert live.document.text == text
    assert "a loop" in said(live)[0]
    assert live.editor.textCursor().blockNumber() == 3


def test_the_canvas_menu_offers_what_can_be_done(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\n")
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "x"))
    live.building.show_menu(at(live, "x"))
    menu = popup("menu-canvas")
    assert isinstance(menu, QMenu)
    assert live.actions_table["action-rename"] in menu.actions()
    menu.close()


def test_a_recording_cannot_be_edited(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\n")
    assert live.canvas.editable
    live.document.recording = live.cursor.recording
    live.opened()
    settled(qtbot, live)
    assert not live.canvas.editable
    QTest.keyClick(live.canvas, Qt.Key.Key_Tab)
    assert QApplication.activePopupWidget() is None


# Actions on what is selected


def pick(window: Window, *labels: str) -> None:
    window.canvas.select_nodes([node(window, label) for label in labels])


def test_the_first_five_minutes_by_actions(live: Window, qtbot: QtBot) -> None:
    add(qtbot, live, "ones 2 2 grad")
    for typed in ("+ 2", "* y", "* 3", "mean"):
        add(qtbot, live, typed)
    trigger(live, "backward")
    settled(qtbot, live)
    live.cursor.move(live.cursor.last)
    assert live.document.text.endswith("out.backward()\n")
    assert "4.5" in live.canvas.node_state(node(live, "x")).slot_text
    pick(live, "y")
    trigger(live, "detach")
    settled(qtbot, live)
    assert "y = (x + 2).detach()" in live.document.text
    trigger(live, "undo")
    settled(qtbot, live)
    assert "y = x + 2\n" in live.document.text


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("toggle-requires-grad", "import torch\nx = torch.ones(3, requires_grad=True)\ny = x + 1  # one more\n"),
        ("detach", "import torch\nx = torch.ones(3).detach()\ny = x + 1  # one more\n"),
        ("no-grad", "import torch\nwith torch.no_grad():\n    x = torch.ones(3)\ny = x + 1  # one more\n"),
        ("zero-grads", None),
        ("duplicate", "import torch\nx = torch.ones(3)\nx2 = torch.ones(3)\ny = x + 1  # one more\n"),
    ],
)
def test_an_action_on_the_selected_tensor(live: Window, qtbot: QtBot, action: str, expected: str | None) -> None:
    text = "import torch\nx = torch.ones(3)\ny = x + 1  # one more\n"
    write(qtbot, live, text)
    pick(live, "x")
    trigger(live, action)
    settled(qtbot, live)
    assert live.document.text == (text if expected is None else expected)
    if expected is None:
        assert said(live)
    else:
        trigger(live, "undo")
        settled(qtbot, live)
        assert live.document.text == text


def test_deleting_asks_what_becomes_of_the_rest(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\ny = x * 2\nz = y + 1\n")
    pick(live, "y")
    trigger(live, "delete")
    notice = next(n for n in live.notices.notices if n.key == "edit")
    assert [button.text() for button in notice.buttons] == ["Delete those too", "Lead round it"]
    notice.buttons[1].click()
    settled(qtbot, live)
    assert live.document.text == "import torch\nx = torch.ones(3)\nz = x + 1\n"
    pick(live, "z")
    trigger(live, "delete")
    settled(qtbot, live)
    assert live.document.text == "import torch\nx = torch.ones(3)\n"


def test_nodes_are_copied_as_text_and_pasted_from_any_editor(live: Window, qtbot: QtBot) -> None:
    write(qtbot, live, "import torch\nx = torch.ones(3)\ny = x * 2  # twice\n")
    pick(live, "y")
    trigger(live, "copy")
    assert QApplication.clipboard().text().startswith("y = x * 2")
    live.canvas.setFocus()
    QApplication.clipboard().setText("k = x.sum()\n")
    trigger(live, "paste")
    settled(qtbot, live)
    assert "k = x.sum()" in live.document.text
    QApplication.clipboard().setText("no python at all (")
    before = live.document.text
    trigger(live, "paste")
    assert live.document.text == before
    assert said(live)


def test_a_tensor_is_added_by_its_dialog(live: Window, qtbot: QtBot) -> None:
    trigger(live, "add-tensor")
    dialog = live.findChild(TensorDialog)
    assert dialog is not None
    dialog.kind.setCurrentIndex(dialog.kind.findData("values"))
    dialog.grid.setPlainText("1 2\n3")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert "as many in each line" in dialog.trouble.text()
    dialog.grid.setPlainText("1.0 2.0\n3.0 4.0")
    dialog.requires_grad.setChecked(True)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    settled(qtbot, live)
    assert "x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)" in live.document.text.replace("\n    ", " ")
