"""The one cursor that drives every pane: which recording, which event, what is selected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from gradviz.recording import Recording, RecordingBuilder, State


@dataclass(frozen=True, slots=True)
class Selection:
    """A tensor or an op of the recording, by its row number."""

    kind: Literal["tensor", "op"]
    number: int


class Cursor(QObject):
    """A place in the time of a recording, and the thing that is looked at.

    Signals:
        recording_changed: Another recording is shown; ``moved`` and ``selection_changed`` follow.
        moved: The event under the cursor is another one, given by its number (-1: before the first).
        selection_changed: Another thing, or none, is selected.
    """

    recording_changed = Signal()
    moved = Signal(int)
    selection_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recording = RecordingBuilder({}).build()
        self._state = State(self._recording, -1)
        self._selected: tuple[Selection, ...] = ()

    @property
    def recording(self) -> Recording:
        return self._recording

    @property
    def event(self) -> int:
        return self._state.event

    @property
    def state(self) -> State:
        """The state right after the cursor's event."""
        return self._state

    @property
    def selection(self) -> Selection | None:
        """What is looked at: the last thing selected."""
        return self._selected[-1] if self._selected else None

    @property
    def selected(self) -> tuple[Selection, ...]:
        """Everything that is selected, in the order it was."""
        return self._selected

    @property
    def last(self) -> int:
        """The number of the last event, -1 in an empty recording."""
        return len(self._recording) - 1

    def set_recording(self, recording: Recording, event: int = -1, selection: Selection | None = None) -> None:
        """Shows another recording with the cursor at an event."""
        self._recording = recording
        self._state = State(recording, min(max(event, -1), self.last))
        self._selected = () if selection is None else (selection,)
        self.recording_changed.emit()
        self.moved.emit(self.event)
        self.selection_changed.emit()

    def move(self, event: int) -> None:
        """Moves to an event, at most to the first or last place."""
        event = min(max(event, -1), self.last)
        if event != self.event:
            self._state = State(self._recording, event)
            self.moved.emit(event)

    def step(self, by: int) -> None:
        """Moves by some events, backwards where negative."""
        self.move(self.event + by)

    def select(self, selection: Selection | None) -> None:
        """Selects a tensor, an op, or nothing."""
        self.select_all(() if selection is None else (selection,))

    def select_all(self, selected: Iterable[Selection]) -> None:
        """Selects several things; the last of them is looked at."""
        wanted = tuple(dict.fromkeys(selected))
        if wanted != self._selected:
            self._selected = wanted
            self.selection_changed.emit()
