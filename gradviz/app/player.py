"""The player: steps the cursor at a speed until the end, or until a breakpoint."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gradviz.panels.navigate import stops
from gradviz.view.cursor import Cursor

STEP = 250  # ms that a step takes at 1x


class Player(QObject):
    """Plays the recording.

    Signals:
        playing_changed: It began or stopped to play.
        speed_changed: It plays faster or slower.
    """

    playing_changed = Signal(bool)
    speed_changed = Signal(float)

    def __init__(self, cursor: Cursor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._speed = 1.0
        self._stops: frozenset[int] = frozenset()
        self.breakpoints: frozenset[int] = frozenset()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(STEP)
        self._timer.timeout.connect(self._tick)
        cursor.recording_changed.connect(self.pause)

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def speed(self) -> float:
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Sets how fast to play: at 1 a step takes a quarter of a second."""
        if speed != self._speed:
            self._speed = speed
            self._timer.setInterval(max(1, round(STEP / speed)))
            self.speed_changed.emit(speed)

    def play(self) -> None:
        """Begins to play; from the end it begins at the start."""
        if self.playing or self._cursor.last < 0:
            return
        if self._cursor.event >= self._cursor.last:
            self._cursor.move(-1)
        recording = self._cursor.recording
        self._stops = frozenset(stops(recording, self.breakpoints).tolist()) if self.breakpoints else frozenset()
        self._timer.start()
        self.playing_changed.emit(True)
        self._tick()

    def pause(self) -> None:
        """Stops where it is."""
        if self.playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def toggle(self) -> None:
        """Plays or pauses."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def _tick(self) -> None:
        self._cursor.step(1)
        if self._cursor.event >= self._cursor.last or self._cursor.event in self._stops:
            self.pause()
