"""The event list."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from gradviz.panels.events import DETAIL, KIND, LINE, NUMBER, SUBJECT, EventsPanel, matching
from gradviz.panels.parts import now_ground
from gradviz.recording import Kind, Recording, RecordingBuilder
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme
from tests.panels.made import find


@pytest.fixture
def panel(qtbot: QtBot, cursor: Cursor, theme: Theme) -> EventsPanel:
    made = EventsPanel(cursor, theme)
    qtbot.addWidget(made)
    made.set_theme(theme)
    made.resize(900, 400)
    made.show()
    return made


def texts(model: QAbstractItemModel, row: int) -> list[str]:
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def test_a_row_says_what_happened(panel: EventsPanel, recording: Recording) -> None:
    model = panel.view.events
    assert model.rowCount() == len(recording)
    row = find(recording, Kind.CONTRIBUTION, 3)
    assert texts(model, row) == [str(row + 1), "contribute", "MulBackward0  →  y", "0.75 + 0.75 = 1.5", "line 5"]
    assert {NUMBER, KIND, SUBJECT, DETAIL, LINE} == set(range(model.columnCount()))


def test_the_model_keeps_qts_rules(panel: EventsPanel, cursor: Cursor, recording: Recording) -> None:
    tester = QAbstractItemModelTester(panel.view.events, QAbstractItemModelTester.FailureReportingMode.Fatal)
    panel.filter.setText("visit")
    cursor.set_recording(recording, 3)
    panel.filter.clear()
    del tester


def test_a_click_and_keys_move_the_cursor(panel: EventsPanel, cursor: Cursor, qtbot: QtBot) -> None:
    view = panel.view
    place = view.visualRect(view.events.index(4, SUBJECT)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert cursor.event == 4
    for key, event in (
        (Qt.Key.Key_Down, 5),
        (Qt.Key.Key_Up, 4),
        (Qt.Key.Key_End, cursor.last),
        (Qt.Key.Key_Down, cursor.last),
        (Qt.Key.Key_Home, 0),
    ):
        QTest.keyClick(view, key)
        assert cursor.event == event


def test_the_cursors_row_is_in_view_and_amber(panel: EventsPanel, cursor: Cursor, theme: Theme) -> None:
    cursor.move(cursor.last - 3)
    view = panel.view
    rect = view.visualRect(view.events.index(cursor.event, SUBJECT))
    assert view.viewport().rect().contains(rect)
    image = view.viewport().grab().toImage()
    assert image.pixelColor(rect.left() + 2, rect.center().y()) == now_ground(theme)


def test_later_rows_are_dim(panel: EventsPanel, cursor: Cursor, theme: Theme) -> None:
    cursor.move(4)
    image = panel.view.viewport().grab().toImage()

    def brightest(row: int) -> int:
        rect = panel.view.visualRect(panel.view.events.index(row, KIND))
        places = ((x, y) for x in range(rect.left(), rect.right()) for y in range(rect.top(), rect.bottom()))
        return max(image.pixelColor(x, y).lightness() for x, y in places)

    assert brightest(2) > brightest(8)
    assert brightest(8) <= theme.dim.lightness() + 16


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("visit", {Kind.VISIT}),
        ("accumulate", {Kind.ACCUMULATE}),
        ("MEANBACKWARD", {Kind.OP, Kind.CONTRIBUTION, Kind.VISIT, Kind.FREE}),
        ("before", {Kind.OUTPUT}),
        ("nothing like this", set()),
    ],
)
def test_the_filter_lets_through_what_it_names(recording: Recording, text: str, kinds: set[Kind]) -> None:
    rows = matching(recording, text)
    assert rows is not None
    assert {Kind(int(recording.column("events", "kind")[row])) for row in rows} == kinds


def test_a_line_filter(recording: Recording) -> None:
    rows = matching(recording, "line 5")
    assert rows is not None
    assert set(rows.tolist()) >= {find(recording, Kind.OP, 1), find(recording, Kind.VISIT, 1)}
    assert matching(recording, "  ") is None


def test_keys_walk_the_filtered_rows(panel: EventsPanel, cursor: Cursor, recording: Recording) -> None:
    QTest.keyClicks(panel.filter, "accumulate")
    assert panel.view.events.rowCount() == 2
    cursor.move(0)
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    assert cursor.event == find(recording, Kind.ACCUMULATE)
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    assert cursor.event == find(recording, Kind.ACCUMULATE, 1)


def test_a_million_events_are_rows_and_not_objects(panel: EventsPanel, cursor: Cursor) -> None:
    builder = RecordingBuilder({"script": "x\n"})
    builder.event(Kind.OUTPUT, line=1)
    recording = builder.build()
    tables = dict(recording.tables)
    tables["events"] = {name: np.repeat(column, 1_000_000) for name, column in tables["events"].items()}
    many = Recording(tables, recording.strings, recording.meta)
    cursor.set_recording(many, 999_999)
    assert panel.view.events.rowCount() == 1_000_000
    assert texts(panel.view.events, 999_999)[0] == "1000000"
    assert panel.view.visualRect(panel.view.events.index(999_999, 0)).isValid()
