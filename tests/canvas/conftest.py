"""A canvas on recordings made by hand."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from gradviz.canvas import CanvasView
from gradviz.canvas.scene import Scene, make_scene
from gradviz.graph import Picture, make_picture
from gradviz.recording import Recording
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme, load_theme
from tests.panels.made import seed_recording


@pytest.fixture
def theme(qapp: object) -> Theme:
    return load_theme("dark")


@pytest.fixture(scope="session")
def recording() -> Recording:
    return seed_recording()


@pytest.fixture(scope="session")
def picture(recording: Recording) -> Picture:
    return make_picture(recording)


@pytest.fixture
def scene(picture: Picture) -> Scene:
    return make_scene(picture)


@pytest.fixture
def cursor(qapp: object, recording: Recording) -> Cursor:
    made = Cursor()
    made.set_recording(recording, -1)
    return made


@pytest.fixture
def canvas(qtbot: QtBot, cursor: Cursor, picture: Picture) -> CanvasView:
    made = CanvasView(cursor)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.set_reduced_motion(True)
    made.show()
    made.set_picture(picture, keep_still=False)
    return made
