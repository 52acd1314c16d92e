"""What the steps of a text's undo history are called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextDocument


class UndoNames(QObject):
    """Keeps names beside a text's undo history, by the places in it where a step begins and ends.

    Typing has no name of its own.
    """

    def __init__(self, text: QTextDocument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self._steps: list[tuple[int, int, str]] = []
        self._naming = False
        text.undoCommandAdded.connect(self._step_added)
        text.contentsChanged.connect(self._forget_if_fresh)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Gives what is done to the text meanwhile a name, if it is a step."""
        before = self._text.availableUndoSteps()
        self._naming = True
        try:
            yield
        finally:
            self._naming = False
        after = self._text.availableUndoSteps()
        self._steps = [step for step in self._steps if step[1] <= before]
        if after > before:
            self._steps.append((before, after, name))

    def _step_added(self) -> None:
        if not self._naming:
            # What was undone before is gone now, with its name.
            now = self._text.availableUndoSteps()
            self._steps = [step for step in self._steps if step[1] < now]

    def _forget_if_fresh(self) -> None:
        if not (self._text.isUndoAvailable() or self._text.isRedoAvailable()):
            self._steps.clear()

    @property
    def undo(self) -> str:
        """What the step that undo takes back is called, "" for typing."""
        now = self._text.availableUndoSteps()
        return next((name for _, end, name in self._steps if end == now), "") if self._text.isUndoAvailable() else ""

    @property
    def redo(self) -> str:
        """What the step that redo makes again is called, "" for typing."""
        now = self._text.availableUndoSteps()
        return next((name for begin, _, name in self._steps if begin == now), "") if self._text.isRedoAvailable() else ""
