"""The inspector: what it says of tensors, nodes and steps."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradviz.panels import navigate
from gradviz.panels.inspector import Inspector
from gradviz.panels.pictures import ValuePicture, colours, shades
from gradviz.recording import Budget, Kind, Recording, RecordingBuilder
from gradviz.view.cursor import Cursor, Selection
from gradviz.view.theme import Theme, load_theme
from tests.panels.made import Maker, find, full


@pytest.fixture
def inspector(qtbot: QtBot, cursor: Cursor, theme: Theme) -> Inspector:
    made = Inspector(cursor, theme)
    qtbot.addWidget(made)
    qtbot.addWidget(made.head)
    made.resize(360, 700)
    made.show()
    return made


def words(inspector: Inspector) -> str:
    return " ".join(inspector.plain_text().split())


def test_a_contribution_shows_its_node_its_sum_and_where_it_goes(
    inspector: Inspector, cursor: Cursor, recording: Recording
) -> None:
    cursor.move(find(recording, Kind.CONTRIBUTION, 3))
    said = words(inspector)
    assert said.startswith("MulBackward0 z = y * y · line 5")
    assert "grad_other = grad · self = 0.25 · 3 = 0.75" in said
    assert "sum = sum + grad = 0.75 + 0.75 = 1.5" in said
    assert "self y version 0 = 0 at save" in said
    assert "INCOMING GRADIENT 2×2 · norm 0.5" in said
    assert "AddBackward0 · 2, waits for 0 more" in said
    assert "then x.grad" in said


def test_the_first_of_two_contributions_leaves_one_to_wait_for(
    inspector: Inspector, cursor: Cursor, recording: Recording
) -> None:
    cursor.move(find(recording, Kind.CONTRIBUTION, 2))
    assert "waits for 1 more" in words(inspector)


def test_a_selected_tensor_is_shown_whatever_the_event(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    cursor.select(Selection("tensor", 0))
    cursor.move(find(recording, Kind.ACCUMULATE, 1))
    said = words(inspector)
    assert said.startswith("x x = torch.ones(2, 2, requires_grad=True)"[:30])
    for fact in ("shape [2, 2]", "dtype torch.float32", "requires_grad True", "is_leaf True", "grad_fn None", "_version 0"):
        assert fact in said
    assert "grad 1.5 + 1 = 2.5" in said
    cursor.move(find(recording, Kind.ACCUMULATE) - 1)
    assert "grad None" in words(inspector)


def test_a_non_leafs_gradient_passes_and_is_not_kept(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    cursor.select(Selection("tensor", 1))
    cursor.move(find(recording, Kind.CONTRIBUTION, 3))
    assert "passing gradient 0.75 + 0.75 = 1.5" in words(inspector)
    assert "not kept" not in words(inspector)
    cursor.move(find(recording, Kind.PASS_END))
    assert "(not kept)" in words(inspector)


def test_why_gradients_stop(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    cursor.move(find(recording, Kind.OP, 2))
    assert "It ran under torch.no_grad()" in words(inspector)
    cursor.move(find(recording, Kind.DETACH))
    assert "detach() cuts the graph here" in words(inspector)


def test_a_freed_node_says_so(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    cursor.select(Selection("op", 1))
    cursor.move(find(recording, Kind.FREE, 1))
    assert "self y freed" in words(inspector)
    assert "saved tensors freed" in words(inspector)


def test_a_history_entry_goes_to_its_event(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    cursor.select(Selection("tensor", 0))
    target = find(recording, Kind.ACCUMULATE)
    assert target in inspector.history.body.links()
    inspector.history.body.followed.emit(target)
    assert cursor.event == target


def test_a_value_that_was_not_kept_says_so(inspector: Inspector, cursor: Cursor) -> None:
    maker = Maker(budget=Budget(per_value=64))
    maker.create(np.arange(400, dtype=np.float32).reshape(20, 20), 3, "big", requires=True)
    cursor.set_recording(maker.builder.build(), 0)
    said = words(inspector)
    assert "kept as statistics" in said
    assert "min 0 mean 200 max 399" in said


def test_bad_values_are_counted(inspector: Inspector, cursor: Cursor) -> None:
    maker = Maker()
    array = np.ones((10, 10), np.float32)
    array[0, :3] = np.nan
    array[1, 0] = np.inf
    maker.create(array, 3, "bad")
    cursor.set_recording(maker.builder.build(), 0)
    assert "3 nan, 1 inf" in words(inspector)


def test_empty_places_say_what_to_do(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    assert "Step with F10" in inspector.advice.body.plain_text()
    cursor.set_recording(RecordingBuilder({}).build())
    assert "Nothing has run yet" in inspector.advice.body.plain_text()


def test_every_event_can_be_shown_in_both_themes(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    for name in ("dark", "light"):
        inspector.set_theme(load_theme(name))
        for event in range(-1, len(recording)):
            cursor.move(event)
            assert event < 0 or inspector.head.title.text()


def test_a_hidden_inspector_catches_up_when_it_is_seen(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    inspector.hide()
    cursor.move(find(recording, Kind.VISIT, 1))
    assert inspector.head.title.text() != "MulBackward0"
    inspector.show()
    assert inspector.head.title.text() == "MulBackward0"


def test_shades_run_from_the_least_to_the_greatest_magnitude() -> None:
    assert shades(np.array([[0.0, -4.0], [2.0, np.nan]])).tolist()[0] == [0.0, 1.0]
    assert np.isnan(shades(np.array([[1.0, np.nan]]))[0, 1])
    assert np.isnan(shades(np.full((2, 2), np.inf))).all()
    assert len(set(shades(np.full((2, 2), 7.0)).reshape(-1).tolist())) == 1


def test_gradients_have_colour_and_values_have_greys(theme: Theme) -> None:
    matrix = np.array([[-4.0, 0.0, 2.0]])
    grey = colours(matrix, theme, gradient=False)[0, :, :3].astype(int)
    assert grey.sum(axis=1).tolist() == sorted(grey.sum(axis=1).tolist(), reverse=theme.name == "light")
    assert (np.ptp(grey, axis=1) < 24).all()
    coloured = colours(matrix, theme)[0, :, :3].astype(int)
    assert coloured[0].tolist() == list(theme.gradient_colour(1.0).getRgb()[:3])
    assert np.ptp(coloured[0]) > 60


def test_bad_elements_have_the_alarm_colour(theme: Theme) -> None:
    picture = colours(np.array([[1.0, np.nan, np.inf]]), theme)
    assert tuple(picture[0, 1]) == tuple(picture[0, 2]) == theme.alarm.getRgb()
    assert tuple(picture[0, 0]) != theme.alarm.getRgb()


def test_heat_map_and_histogram_are_shown(qtbot: QtBot, theme: Theme) -> None:
    picture = ValuePicture(theme, gradient=True)
    qtbot.addWidget(picture)
    picture.resize(320, 84)
    picture.show()
    for array in (
        full(1, 2, 2),
        np.arange(12, dtype=np.float32),
        full(3),
        np.zeros((0, 3), np.float32),
        np.ones((40, 50), np.complex64),
    ):
        maker = Maker()
        maker.builder.value(array)
        picture.show_value(maker.builder.build().value(0))
        assert picture.isVisible() == (array.size > 0)
        assert not picture.grab().isNull()


def test_links_are_walked_with_the_keys(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    cursor.select(Selection("tensor", 0))
    body = inspector.history.body
    body.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(body, Qt.Key.Key_Down)
    QTest.keyClick(body, Qt.Key.Key_Return)
    assert cursor.event == navigate.touching(recording, Selection("tensor", 0))[1]


def test_a_click_on_a_link_follows_it(inspector: Inspector, cursor: Cursor, recording: Recording) -> None:
    cursor.select(Selection("tensor", 0))
    body = inspector.history.body
    places = [(x, y) for y in range(4, body.height(), 6) for x in range(30, 200, 12)]
    x, y = next((x, y) for x, y in places if body._link_at(QPointF(x, y)) >= 0)
    QTest.mouseClick(body, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    assert cursor.event == navigate.touching(recording, Selection("tensor", 0))[0]
