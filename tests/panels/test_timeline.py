"""The timeline, with real wheel, clicks and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradviz.panels.segments import columns, segments
from gradviz.panels.timeline import RAIL, Timeline
from gradviz.recording import Kind, Recording, RecordingBuilder
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme
from tests.panels.made import find


@pytest.fixture
def timeline(qtbot: QtBot, cursor: Cursor, theme: Theme) -> Timeline:
    made = Timeline(cursor, theme)
    qtbot.addWidget(made)
    made.resize(900, 84)
    made.show()
    return made


def wheel(widget: Timeline, delta: int, x: float = 400, *, control: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    place = QPointF(x, RAIL)
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(widget, event)


def test_segments_cover_all_events_once(recording: Recording) -> None:
    found = segments(recording)
    covered = [number for one in found for number in range(one.begin, one.end + 1)]
    assert covered == list(range(len(recording)))
    assert [one.pass_ for one in found] == [-1, 0, -1, 1]
    assert found[0].label == "forward  ·  lines 3–10"
    assert found[1].label == "pass 1  ·  backward(out)  ·  line 11"
    assert found[1].labels == ("pass 1  ·  backward(out)  ·  line 11", "pass 1  ·  backward(out)", "pass 1", "1")
    assert segments(RecordingBuilder({}).build()) == []


def test_places_and_events_are_inverses(timeline: Timeline, recording: Recording) -> None:
    for event in range(len(recording)):
        assert timeline.event_at(timeline.x_of(event)) == event
    assert timeline.event_at(-50) == -1
    assert timeline.event_at(5000) == len(recording) - 1


def test_a_drag_scrubs(timeline: Timeline, cursor: Cursor, recording: Recording) -> None:
    held = []
    timeline.scrubbing.connect(held.append)
    at = [QPoint(round(timeline.x_of(event)), RAIL) for event in (5, 9, 14)]
    QTest.mousePress(timeline, Qt.MouseButton.LeftButton, pos=at[0])
    assert cursor.event == 5
    for place, event in zip(at[1:], (9, 14), strict=True):
        QTest.mouseMove(timeline, place)
        assert cursor.event == event
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=at[2])
    QTest.mouseMove(timeline, at[0])
    assert cursor.event == 14
    assert held == [True, False]


def test_wheel_and_keys_step(timeline: Timeline, cursor: Cursor, recording: Recording) -> None:
    wheel(timeline, -120)
    assert cursor.event == 0
    wheel(timeline, -60)
    wheel(timeline, -60)
    assert cursor.event == 1, "two half clicks of a fine wheel are one step"
    wheel(timeline, 120)
    assert cursor.event == 0
    for key, event in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_End, len(recording) - 1),
        (Qt.Key.Key_Home, -1),
        (Qt.Key.Key_PageDown, 9),
    ):
        QTest.keyClick(timeline, key)
        assert cursor.event == event


def test_zoom_keeps_what_is_under_the_pointer_and_follows_the_cursor(timeline: Timeline, cursor: Cursor) -> None:
    before = timeline.event_at(400)
    wheel(timeline, 240, 400, control=True)
    assert timeline.event_at(400) == before
    assert timeline.x_of(0) < 0
    cursor.move(0)
    assert timeline.x_of(0) >= 0
    wheel(timeline, -2400, 400, control=True)
    assert timeline.x_of(0) >= 0
    assert timeline.x_of(cursor.last) <= timeline.width()


def test_the_playhead_is_painted_where_the_cursor_is(timeline: Timeline, cursor: Cursor, theme: Theme) -> None:
    for event in (3, 20):
        cursor.move(event)
        image = timeline.grab().toImage()
        amber = [x for x in range(image.width()) if image.pixelColor(x, RAIL - 20) == theme.now]
        assert abs(np.mean(amber) - timeline.x_of(event)) < 1.5


def test_accumulations_have_their_own_ticks(timeline: Timeline, recording: Recording, theme: Theme) -> None:
    image = timeline.grab().toImage()
    x = round(timeline.x_of(find(recording, Kind.ACCUMULATE)))
    assert theme.leaf in [image.pixelColor(x + dx, RAIL + 20) for dx in (-1, 0, 1)]
    x = round(timeline.x_of(4))
    assert theme.muted in [image.pixelColor(x + dx, RAIL + 20) for dx in (-1, 0, 1)]


def test_columns_count_every_event_in_view_once() -> None:
    marked = np.zeros(100_000, bool)
    marked[::7] = True
    assert columns(marked, 0, 99_999, 800).sum() == marked.sum()
    assert columns(marked, 50_000, 50_100, 800).sum() == marked[50_000:50_101].sum()


def test_many_events_are_painted(qtbot: QtBot, timeline: Timeline, cursor: Cursor) -> None:
    builder = RecordingBuilder({"script": "x\n"})
    for _ in range(100_000):
        builder.event(Kind.OUTPUT, line=1)
    cursor.set_recording(builder.build(), 50_000)
    assert not timeline.grab().isNull()
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(timeline.x_of(25_000)), RAIL))
    assert abs(cursor.event - 25_000) < 100_000 / 800


def test_an_empty_recording_says_what_will_stand_here(timeline: Timeline, cursor: Cursor) -> None:
    cursor.set_recording(RecordingBuilder({}).build())
    assert not timeline.grab().isNull()
    assert timeline.tip_at(300) == ""
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(300, RAIL))
    assert cursor.event == -1


def test_tips_say_what_happened(timeline: Timeline, recording: Recording) -> None:
    tip = timeline.tip_at(timeline.x_of(find(recording, Kind.CONTRIBUTION, 3)))
    assert "MulBackward0  →  y" in tip
    assert "0.75 + 0.75 = 1.5" in tip
    assert "pass 1" in tip
