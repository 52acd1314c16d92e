"""A cursor on a recording made by hand."""

from __future__ import annotations

import pytest

from gradviz.recording import Recording
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme, load_theme
from tests.panels.made import seed_recording


@pytest.fixture
def theme(qapp: object) -> Theme:
    return load_theme("dark")


@pytest.fixture
def recording() -> Recording:
    return seed_recording()


@pytest.fixture
def cursor(qapp: object, recording: Recording) -> Cursor:
    made = Cursor()
    made.set_recording(recording, -1)
    return made
