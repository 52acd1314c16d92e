"""The tour, taken with the mouse and keys; what F1 explains; the sheet of shortcuts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gradviz.app.explain import PANELS, Explainer
from gradviz.app.settings import Settings
from gradviz.app.shortcuts import ShortcutSheet, rows
from gradviz.app.tour_steps import BUILT, STEPS, script_before
from gradviz.app.window import Window
from tests.app.conftest import choose, said, settled, trigger
from tests.app.test_building import add, at, node

LEFT = Qt.MouseButton.LeftButton


def on_step(qtbot: QtBot, window: Window, step: int) -> None:
    settled(qtbot, window)
    qtbot.waitUntil(lambda: window.tour.step == step, timeout=20_000)
    QApplication.processEvents()


def key(window: Window, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    window.activateWindow()  # the offscreen platform has no window manager that would, when a popup closes
    QApplication.processEvents()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key, modifiers)


def test_the_tour_is_taken_by_doing_what_it_says(live: Window, qtbot: QtBot) -> None:
    trigger(live, "tour")
    settled(qtbot, live)
    strip = live.tour.strip
    assert strip is not None
    for step, typed in enumerate(("ones 2 2 grad", "+ 2", "* y", "* 3", "mean")):
        on_step(qtbot, live, step)
        assert STEPS[step].title in strip.title.text()
        add(qtbot, live, typed)
    on_step(qtbot, live, 5)
    assert live.document.text == BUILT
    key(live, Qt.Key.Key_B)
    on_step(qtbot, live, 6)
    key(live, Qt.Key.Key_End, Qt.KeyboardModifier.AltModifier)
    on_step(qtbot, live, 7)
    assert "4.5" in live.canvas.node_state(node(live, "x")).slot_text
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "out"))
    key(live, Qt.Key.Key_B)
    on_step(qtbot, live, 8)
    key(live, Qt.Key.Key_End, Qt.KeyboardModifier.AltModifier)
    on_step(qtbot, live, 9)
    assert "9" in live.canvas.node_state(node(live, "x")).slot_text
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "y"))
    key(live, Qt.Key.Key_D)
    on_step(qtbot, live, 10)
    assert "y = (x + 2).detach()" in live.document.text
    assert any("does not require grad" in problem.title for problem in live.problems.problems)
    key(live, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    on_step(qtbot, live, 11)
    assert not live.problems.problems
    assert strip.title.text() == "That was it"
    assert strip.do_it.isHidden()
    live.tour.leave()
    assert live.settings.tour_step == 0
    assert live.actions_table["action-tour"].text() == "Take the &Tour"


def test_each_step_can_be_done_for_the_user(live: Window, qtbot: QtBot) -> None:
    live.tour.begin()
    settled(qtbot, live)
    for step in range(len(STEPS)):
        on_step(qtbot, live, step)
        assert live.tour.strip is not None
        QTest.mouseClick(live.tour.strip.do_it, LEFT)
    on_step(qtbot, live, len(STEPS))


def test_it_is_left_and_taken_up_again_where_it_was(live: Window, qtbot: QtBot) -> None:
    live.tour.begin()
    settled(qtbot, live)
    add(qtbot, live, "ones 2 2 grad")
    on_step(qtbot, live, 1)
    pages = len(live.documents.pages)
    live.tour.leave()
    live.update_actions()
    assert live.tour.strip is None
    assert live.actions_table["action-tour"].text() == "Resume the &Tour"
    trigger(live, "tour")
    settled(qtbot, live)
    assert live.tour.step == 1
    assert len(live.documents.pages) == pages
    live.tour.leave()


def test_what_was_left_is_known_at_the_next_start(make_window: Callable[..., Window], settings: Settings) -> None:
    settings.tour_step = 3
    window = make_window()
    window.tour.begin()
    assert window.tour.step == 3
    assert window.document.text == script_before(3)
    window.tour.leave()


def test_it_waits_while_another_document_is_shown(live: Window, qtbot: QtBot) -> None:
    live.tour.begin()
    settled(qtbot, live)
    strip = live.tour.strip
    assert strip is not None
    live.editor.replace_text("import torch\n\n# mine\n")
    live.files.new()
    settled(qtbot, live)
    assert strip.isHidden()
    live.editor.replace_text(BUILT)
    settled(qtbot, live)
    assert live.tour.step == 0
    live.tour.begin()
    assert not strip.isHidden()
    live.tour.leave()


def test_it_points_at_the_place_and_lets_the_mouse_through(live: Window, qtbot: QtBot) -> None:
    live.tour.begin()
    settled(qtbot, live)
    add(qtbot, live, "ones 2 2 grad")
    on_step(qtbot, live, 1)
    pointer = live.findChild(type(live.tour._pointer), "tour-pointer")
    assert pointer is not None
    card = live.canvas.mapTo(live, at(live, "x"))
    assert pointer.box.contains(card)
    assert pointer.box.width() < live.canvas.width() / 2
    assert live.childAt(card) is live.canvas
    live.canvas.pan(40, 30)
    assert pointer.box.contains(card + QPoint(40, 30))
    live.tour.leave()


def test_it_is_offered_until_it_is_answered(make_window: Callable[..., Window]) -> None:
    window = make_window()
    window.tour.offer()
    assert len(said(window)) == 1
    again = make_window()
    again.tour.offer()
    choose(again, "Not now")
    third = make_window()
    third.tour.offer()
    assert said(third) == []


def test_the_cross_answers_the_offer_too(make_window: Callable[..., Window], settings: Settings) -> None:
    window = make_window()
    window.tour.offer()
    window.notices.notices[0].cross.click()
    assert settings.tour_offered


# What is empty says what to do next


def test_an_empty_window_says_in_every_pane_what_to_do(live: Window, qtbot: QtBot) -> None:
    settled(qtbot, live)
    assert "Tab" in live.canvas.accessibleDescription()
    assert "Tab" in live.inspector.plain_text()
    assert "print(x.grad)" in live.console.placeholderText()
    assert "Tab" in live.events_panel.view.empty_text()
    assert "x.grad" in live.watches.table.empty_text()
    add(qtbot, live, "ones 2 2 grad")
    assert "printed nothing" in live.console.placeholderText()
    assert live.events_panel.view.empty_text() == ""
    live.events_panel.filter.setText("nobody")
    assert "filter" in live.events_panel.view.empty_text()


def test_where_no_gradient_has_flowed_yet_the_picture_says_how(live: Window, qtbot: QtBot) -> None:
    live.editor.replace_text("import torch\nx = torch.ones(2, requires_grad=True)\n")
    settled(qtbot, live)
    assert "backward" not in live.canvas.header()
    QTest.mouseClick(live.canvas, LEFT, pos=at(live, "x"))
    add(qtbot, live, "sum")
    assert live.canvas.header().endswith("no backward pass yet: B adds one")
    key(live, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: "backward" in live.document.text, timeout=20_000)
    settled(qtbot, live)
    assert "backward" not in live.canvas.header()


# F1


def test_f1_explains_what_is_under_the_mouse(live: Window, qtbot: QtBot) -> None:
    live.editor.replace_text("import torch\nx = torch.ones(2, requires_grad=True)\ny = x.exp()\n")
    settled(qtbot, live)
    explainer = Explainer(live)
    op = explainer.at(live.canvas, at(live, "ExpBackward0"))
    assert op.title == "ExpBackward0"
    assert "grad_self = grad * result" in "\n".join(op.code)
    assert "needs a gradient" in explainer.at(live.canvas, at(live, "x")).title
    assert "a result" in explainer.at(live.canvas, at(live, "y")).title
    assert explainer.at(live.canvas, QPoint(4, live.canvas.height() // 2)).title == "The canvas"
    scene = live.canvas.scene
    assert scene is not None
    link = next(i for i in range(len(scene.links)) if scene.nodes[scene.ends[i, 1]] == node(live, "ExpBackward0"))
    port, middle = scene.line(link)[-1].tolist(), scene.line(link)[[0, -1]].mean(axis=0).tolist()
    for point, title in ((port, "A port"), (middle, "A wire")):
        view = QPoint(*(round(value) for value in live.canvas.viewport.to_view(*point)))
        assert explainer.at(live.canvas, view).title == title


def test_f1_explains_the_op_that_the_text_cursor_is_in(live: Window, qtbot: QtBot) -> None:
    live.editor.replace_text("import torch\nx = torch.ones(2)\ny = torch.softmax(x, dim=0)\n")
    settled(qtbot, live)
    cursor = live.editor.textCursor()
    cursor.setPosition(live.editor.toPlainText().index("softmax") + 2)
    live.editor.setTextCursor(cursor)
    assert Explainer(live).focused(live.editor).title == "torch.softmax"


@pytest.mark.parametrize("name", sorted(set(PANELS) - {"tour", "welcome", "panel-canvas"}))
def test_every_panel_is_explained(window: Window, name: str) -> None:
    dock = window.docks.by_name.get(name)
    inside = dock.widget() if dock is not None else window.findChild(QWidget, name)
    assert Explainer(window).focused(inside).title == PANELS[name][0]


def test_f1_opens_a_card_that_any_key_closes(live: Window, qtbot: QtBot) -> None:
    QCursor.setPos(live.mapToGlobal(QPoint(live.width() + 50, 0)))
    live.activateWindow()
    live.editor.setFocus()
    QTest.keyClick(live.editor, Qt.Key.Key_F1)
    card = QApplication.activePopupWidget()
    assert card is not None
    assert card.objectName() == "help-card"
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None


# Shortcuts


def test_the_sheet_has_every_shortcut_of_the_table(window: Window) -> None:
    actions = window.actions_table.by_name
    shown = {keys for _, lines in rows(actions) for _, keys in lines}
    for action in actions.values():
        if action.shortcuts():
            assert any(action.shortcut().toString() in keys for keys in shown), action.objectName()
    trigger(window, "shortcuts")
    sheet = window.findChild(ShortcutSheet)
    assert sheet is not None
    assert sheet.isVisible()
    sheet.close()


def test_every_action_and_button_tells_its_shortcut(window: Window) -> None:
    def tells(action: QAction, tip: str) -> bool:
        return action.shortcut().toString() in tip

    for action in window.actions_table.by_name.values():
        assert tells(action, action.toolTip())
        assert action.isShortcutVisibleInContextMenu()
    for name in ("start", "step-back", "play", "step-forward", "end"):
        button = window.tool_bar.findChild(QToolButton, f"button-{name}")
        assert button is not None
        assert tells(window.actions_table[f"action-{name}"], button.toolTip())
