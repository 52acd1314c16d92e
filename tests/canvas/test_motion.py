"""Steps that travel, layouts that glide, and nothing that waits for them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradviz.canvas import CanvasView
from gradviz.canvas.looks import Looks
from gradviz.canvas.motion import Glide, Step
from gradviz.canvas.scene import make_scene
from gradviz.graph import Picture, make_picture
from gradviz.recording import Kind
from gradviz.view.cursor import Cursor
from tests.canvas import programs
from tests.panels.made import find, seed_recording

SEED = seed_recording()
SCENE = make_scene(make_picture(SEED))
ARRIVAL = find(SEED, Kind.CONTRIBUTION, 2)


def step() -> Step:
    return Step(Looks(SCENE, SEED.state(ARRIVAL - 1)), Looks(SCENE, SEED.state(ARRIVAL)))


@pytest.fixture
def lively(canvas: CanvasView, cursor: Cursor) -> CanvasView:
    """A canvas that moves, one event before a gradient arrives."""
    cursor.move(ARRIVAL - 1)
    canvas.set_reduced_motion(False)
    return canvas


@given(st.floats(0, 1))
def test_a_step_back_is_a_step_forward_reversed(progress: float) -> None:
    there, back = step(), step().reversed()
    assert there.share(progress) == pytest.approx(back.share(1 - progress), abs=1e-9)
    assert bool(there.travel(progress)) == (there.share(progress) < 1)


def test_a_gradient_arrives_before_it_is_added() -> None:
    moving = step()
    y = SCENE.rows["t1"]
    assert moving.links == tuple(np.flatnonzero(moving.looks.links_now))
    assert dict(moving.held(0.3))[y].slot.text == "None"
    assert dict(moving.held(0.3))[y].now
    assert moving.held(1.0) == ()
    assert moving.looks.node(y).slot.text == "0.75"


def test_a_visit_carries_the_gradient_on_to_the_function() -> None:
    event = find(SEED, Kind.VISIT, 2)
    moving = Step(Looks(SCENE, SEED.state(event - 1)), Looks(SCENE, SEED.state(event)))
    assert [SCENE.links[link].kind for link in moving.links] == ["output"]


def test_a_step_travels_and_comes_to_rest(lively: CanvasView, cursor: Cursor, qtbot: QtBot) -> None:
    cursor.step(1)
    assert lively.moving
    assert lively.node_state("t1").slot.text == "None"
    qtbot.waitUntil(lambda: not lively.moving)
    assert lively.node_state("t1").slot.text == "0.75"


def test_a_step_back_travels_too(lively: CanvasView, cursor: Cursor, qtbot: QtBot) -> None:
    cursor.step(1)
    cursor.step(-1)
    assert lively.moving
    qtbot.waitUntil(lambda: not lively.moving)
    assert lively.node_state("t1").slot.text == "None"


def test_frames_of_a_step_differ(lively: CanvasView, cursor: Cursor, qtbot: QtBot) -> None:
    cursor.step(1)
    frames = []
    while lively.moving:
        frames.append(lively.grab().toImage())
        qtbot.wait(30)
    assert any(a != b for a, b in pairwise(frames))


def test_scrubbing_never_waits(lively: CanvasView, cursor: Cursor) -> None:
    cursor.step(1)
    assert lively.moving
    cursor.move(cursor.last)
    assert not lively.moving
    assert lively.node_state("t0").slot.text == "1.5 + 1 = 2.5"


def test_the_next_step_takes_the_place_of_the_one_before(lively: CanvasView, cursor: Cursor, qtbot: QtBot) -> None:
    cursor.step(1)
    cursor.step(1)
    assert lively.node_state("t1").slot.text == "0.75"
    qtbot.waitUntil(lambda: not lively.moving)
    assert lively.node_state("t1").slot.text == "0.75 + 0.75 = 1.5"


def test_an_event_without_a_gradient_does_not_move(lively: CanvasView, cursor: Cursor) -> None:
    cursor.move(find(SEED, Kind.OUTPUT) - 1)
    cursor.step(1)
    assert not lively.moving


@pytest.mark.parametrize("how", ["reduced", "fast", "far", "hidden"])
def test_states_change_without_travel(lively: CanvasView, cursor: Cursor, how: str) -> None:
    if how == "reduced":
        lively.set_reduced_motion(True)
    elif how == "fast":
        lively.set_speed(8)
    elif how == "far":
        lively.zoom(0.1)
    else:
        lively.hide()
    cursor.step(1)
    assert not lively.moving
    assert lively.node_state("t1").slot.text == "0.75"


def test_hiding_or_reducing_ends_a_motion(lively: CanvasView, cursor: Cursor) -> None:
    cursor.step(1)
    lively.hide()
    assert not lively.moving
    lively.show()
    cursor.step(1)
    assert lively.moving
    lively.set_reduced_motion(True)
    assert not lively.moving


def test_a_new_layout_glides_there(lively: CanvasView, picture: Picture, qtbot: QtBot) -> None:
    lively.set_picture(make_picture(picture.recording, orientation="TB"))
    assert lively.moving
    first = lively.grab().toImage()
    qtbot.waitUntil(lambda: not lively.moving)
    QApplication.processEvents()
    assert lively.grab().toImage() != first


def test_the_same_layout_does_not(lively: CanvasView, picture: Picture) -> None:
    lively.set_picture(make_picture(picture.recording, previous=picture.places))
    assert not lively.moving


def test_what_persists_glides_from_its_old_place_and_what_is_new_fades_in(picture: Picture) -> None:
    upright = make_scene(make_picture(picture.recording, orientation="TB"))
    glide = Glide(SCENE, upright)
    start = upright.centres + glide.displacement(0.0)
    assert start == pytest.approx(SCENE.centres)
    assert not glide.displacement(1.0).any()
    assert glide.fading(0.0) is None
    other = make_scene(make_picture(programs.retained_and_shared()))
    fading = Glide(SCENE, other).fading(0.25)
    assert fading is not None
    keys = {d["key"] for _, d in SCENE.picture.graph.nodes(data=True)}
    known = [other.picture.graph.nodes[node]["key"] in keys for node in other.nodes]
    assert fading.tolist() == [1.0 if k else 0.25 for k in known]


def test_gliding_frames_are_painted(lively: CanvasView, cursor: Cursor, qtbot: QtBot) -> None:
    other = programs.retained_and_shared()
    cursor.set_recording(other, len(other) - 1)
    lively.set_picture(make_picture(other))
    while lively.moving:
        lively.grab()
        qtbot.wait(20)
    assert lively.node_state("t1").retained
