"""Moving in time: steps, ends, breakpoints, the selection's events, playing; by action, key and button."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gradviz.app.player import STEP
from gradviz.app.window import Window
from gradviz.panels.navigate import home_event, touching
from gradviz.recording import Kind
from gradviz.view.cursor import Selection
from tests.app.conftest import trigger
from tests.panels.made import find


def test_a_first_start_shows_the_first_example_at_the_start_of_its_backward_pass(window: Window) -> None:
    assert window.document.name == "01_first_look.py"
    assert window.cursor.event == home_event(window.cursor.recording)
    assert window.cursor.recording.event(window.cursor.event).kind is Kind.PASS_BEGIN
    assert window.pages.currentWidget() is window.canvas
    play = window.findChild(QToolButton, "button-play")
    assert play.isEnabled()
    assert play.property("role") == "primary"


def test_every_pane_shows_the_cursors_event(window: Window) -> None:
    window.cursor.move(find(window.cursor.recording, Kind.CONTRIBUTION, 3))
    assert window.editor.marks.now == 5
    assert window.inspector.head.title.text() == "MulBackward0"
    assert window.tool_bar.place.text() == f"event {window.cursor.event + 1} of {len(window.cursor.recording)}"
    assert window.tool_bar.pass_.text() == "pass 1 · backward(out)"
    view = window.events_panel.view
    assert view.viewport().rect().contains(view.visualRect(view.events.index(window.cursor.event, 1)))
    assert window.console.bright_end() == len("before\n")


def test_steps_forward_and_back_are_exact_inverses(window: Window) -> None:
    trigger(window, "start")
    states = [window.inspector.plain_text()]
    while window.cursor.event < window.cursor.last:
        trigger(window, "step-forward")
        states.append(window.inspector.plain_text())
    assert len(states) == len(window.cursor.recording) + 1
    for state in reversed(states[:-1]):
        trigger(window, "step-back")
        assert window.inspector.plain_text() == state
    assert window.cursor.event == -1


@pytest.mark.parametrize("focus", ["panel-canvas", "script-text", "events-list", "timeline", "find", "console-text"])
def test_the_step_keys_work_wherever_the_focus_is(window: Window, focus: str) -> None:
    widget = window.findChild(QWidget, focus)
    window.docks.show("panel-console" if focus == "console-text" else "panel-events")
    widget.setFocus()
    before = window.cursor.event
    QTest.keyClick(widget, Qt.Key.Key_F10)
    assert window.cursor.event == before + 1
    QTest.keyClick(widget, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert window.cursor.event == before


def test_the_buttons_do_what_they_say(window: Window) -> None:
    last = window.cursor.last
    for name, event in (("end", last), ("step-back", last - 1), ("start", -1), ("step-forward", 0)):
        button = window.findChild(QToolButton, f"button-{name}")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert window.cursor.event == event


def test_what_cannot_be_done_is_not_offered(window: Window) -> None:
    actions = window.actions_table
    trigger(window, "end")
    assert not actions["action-step-forward"].isEnabled()
    assert not actions["action-end"].isEnabled()
    assert not window.findChild(QToolButton, "button-step-forward").isEnabled()
    trigger(window, "start")
    assert not actions["action-step-back"].isEnabled()
    assert not actions["action-run-to-selection"].isEnabled()
    assert not actions["action-trust-run"].isEnabled()
    window.cursor.select(Selection("tensor", 0))
    assert actions["action-run-to-selection"].isEnabled()


def test_runs_stop_at_breakpoints_both_ways(window: Window) -> None:
    recording = window.cursor.recording
    window.editor.toggle_breakpoint(5)
    trigger(window, "start")
    forward = []
    while window.cursor.event < window.cursor.last:
        trigger(window, "run-forward")
        forward.append(window.cursor.event)
    assert forward[:-1] == [find(recording, Kind.OP, 1), find(recording, Kind.VISIT, 1)]
    back = []
    while window.cursor.event >= 0:
        trigger(window, "run-back")
        back.append(window.cursor.event)
    assert back == [*reversed(forward[:-1]), -1]


def test_f9_sets_a_breakpoint_on_the_text_cursors_line(window: Window) -> None:
    window.editor.setFocus()
    QTest.keyClick(window.editor, Qt.Key.Key_Down)
    QTest.keyClick(window.editor, Qt.Key.Key_F9)
    assert window.editor.breakpoints == {2}
    trigger(window, "clear-breakpoints")
    assert window.editor.breakpoints == frozenset()


def test_the_selections_events_are_walked(window: Window) -> None:
    x = Selection("tensor", 0)
    window.cursor.select(x)
    trigger(window, "start")
    places = touching(window.cursor.recording, x).tolist()
    for place in places:
        trigger(window, "next-on-tensor")
        assert window.cursor.event == place
    for place in reversed(places[:-1]):
        trigger(window, "previous-on-tensor")
        assert window.cursor.event == place
    trigger(window, "run-to-selection")
    assert window.cursor.event == places[1]


def test_the_timeline_scrubs(window: Window) -> None:
    timeline = window.timeline
    for event in (3, 17, 9):
        QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(timeline.x_of(event)), 40))
        assert window.cursor.event == event


def test_play_steps_to_the_end_and_stops(window: Window, qtbot: QtBot) -> None:
    window.set_speed(8)
    trigger(window, "start")
    seen: list[int] = []
    window.cursor.moved.connect(seen.append)
    trigger(window, "play")
    assert window.player.playing
    assert window.tool_bar._buttons["play"].text() == "Pause"
    qtbot.waitUntil(lambda: not window.player.playing, timeout=20_000)
    assert seen == list(range(len(window.cursor.recording)))
    assert window.tool_bar._buttons["play"].text() == "Play"


def test_play_stops_at_a_breakpoint_and_goes_on(window: Window, qtbot: QtBot) -> None:
    window.set_speed(8)
    window.editor.toggle_breakpoint(5)
    trigger(window, "start")
    trigger(window, "play")
    qtbot.waitUntil(lambda: not window.player.playing, timeout=20_000)
    assert window.cursor.event == find(window.cursor.recording, Kind.OP, 1)
    trigger(window, "play")
    qtbot.waitUntil(lambda: not window.player.playing, timeout=20_000)
    assert window.cursor.event == find(window.cursor.recording, Kind.VISIT, 1)


def test_a_step_while_playing_pauses(window: Window) -> None:
    trigger(window, "play")
    trigger(window, "step-back")
    assert not window.player.playing


def test_the_speed_is_chosen_and_remembered(window: Window) -> None:
    for speed in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
        trigger(window, f"speed-{speed:g}")
        assert window.player.speed == speed
        assert window.player._timer.interval() == round(STEP / speed)
        assert window.settings.speed == speed
        assert window.tool_bar.speed.text() == f"{speed:g}×"


def test_space_plays_but_types_in_text(window: Window) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Space)
    assert window.player.playing
    QTest.keyClick(window.canvas, Qt.Key.Key_Space)
    assert not window.player.playing
    for field in (window.editor, window.tool_bar.find_field, window.events_panel.filter):
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_Space)
        assert not window.player.playing
    assert window.editor.text().startswith(" ")
    assert window.tool_bar.find_field.text() == " "


def test_space_presses_the_button_that_has_the_focus(window: Window) -> None:
    trigger(window, "start")
    button = window.findChild(QToolButton, "button-end")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert window.cursor.event == window.cursor.last
    assert not window.player.playing


def test_find_goes_to_nodes_events_and_lines(window: Window) -> None:
    trigger(window, "find")
    field = window.tool_bar.find_field
    assert field.hasFocus()
    for text, event, selection in (
        ("event 20", 19, None),
        ("line 5", find(window.cursor.recording, Kind.OP, 1), None),
        ("out", None, Selection("tensor", window.cursor.recording.names.index("out"))),
        ("MulBack", None, Selection("op", 1)),
    ):
        field.setText(text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert event is None or window.cursor.event == event
        assert selection is None or window.cursor.selection == selection
    field.setText("nobody")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert [notice.text for notice in window.notices.notices] == ["Nothing is called nobody."]


def test_f6_walks_the_panels(window: Window) -> None:
    window.canvas.setFocus()
    seen = []
    for _ in range(6):
        trigger(window, "next-panel")
        focus = window.focusWidget()
        seen.append(focus.objectName() if focus else "")
    assert "script-text" in seen
    assert "events-list" in seen
    assert "timeline" in seen
    assert all(a != b for a, b in itertools.pairwise(seen))
