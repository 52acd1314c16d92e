"""The find field: what is chosen from the list is where the cursor goes."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex
from pytestqt.qtbot import QtBot

from gradviz.app.find import FindField, matches
from gradviz.view.cursor import Cursor
from tests.panels.made import Maker, full


def test_the_chosen_row_counts_where_texts_are_the_same(qtbot: QtBot) -> None:
    maker = Maker("for _ in range(3):\n    x = make()\n")
    for value in range(3):
        maker.create(full(value, 2), 2, "x")
    recording = maker.builder.build()
    cursor = Cursor()
    field = FindField(cursor)
    qtbot.addWidget(field)
    cursor.set_recording(recording, len(recording) - 1)
    found = matches(recording, "x")
    assert len({entry.text for entry in found}) == 1
    for row, entry in enumerate(found):
        field.show()
        qtbot.keyClicks(field, "x")
        completer = field._completer
        completer.activated[QModelIndex].emit(completer.popup().model().index(row, 0))
        assert cursor.selection == entry.selection
    assert len({entry.selection for entry in found}) == 3
