"""From the document to the picture: runs the script in the worker when it rests, and hands over what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gradviz.graph import Picture, make_picture, picture_from
from gradviz.panels.navigate import never_began
from gradviz.panels.words import script_lines
from gradviz.recording import Recording, to_bytes

if TYPE_CHECKING:
    from gradviz.runner import CallHandle, CallResult, Limits, RunHandle, RunResult

DEBOUNCE = 150  # ms after the last key stroke
TRIAL = "gradviz.runner.trial.trial"
PATIENCE = 2000  # ms after which a script is said to run still


class AnyRunner(Protocol):
    """What a session needs of `gradviz.runner.Runner`."""

    def run(self, text: str, **options: Any) -> RunHandle: ...

    def call(self, function: str, body: bytes, argument: Any = None, **options: Any) -> CallHandle: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A run that came to its end, ready to be shown."""

    recording: Recording
    picture: Picture
    status: str
    note: str = ""


def _warm(recording: Recording) -> None:
    """Builds what the panes will look up first, so that the GUI thread need not wait for it."""
    script_lines(recording)
    for ready in (recording.names, recording.ops, recording.passes, recording.regions, recording.timeline.touching):
        assert ready is not None


class Session(QObject):
    """Runs scripts, one at a time; a newer one takes the place of an older, whose result is dropped.

    Attributes:
        orientation: Which way pictures run: "LR" or "TB".
        limits: What a script may use, None for the runner's own.

    Signals:
        busy_changed: A script began or ceased to run.
        lasting: It still runs after a while.
        finished: A run's `Shown`, in the GUI thread.
        failed: The worker could not be started or spoken to, or a picture not be made; the text says why.
    """

    busy_changed = Signal(bool)
    lasting = Signal()
    finished = Signal(object)
    failed = Signal(str)
    _arrived = Signal(int, object)
    _broke = Signal(int, str)
    _laid_out = Signal(int, object)
    _not_laid_out = Signal(int, str)
    _tried = Signal(int, object)

    def __init__(self, make_runner: Callable[[], AnyRunner], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_runner = make_runner
        self._runner: AnyRunner | None = None
        self._handle: RunHandle | None = None
        self._number = 0
        self._layout_handle: CallHandle | None = None
        self._layout_number = 0
        self._awaited: tuple[Recording, str] | None = None
        self._trial: CallHandle | None = None
        self._trial_number = 0
        self._told: Callable[[str, int], None] | None = None
        self._busy = False
        self._closed = False
        self._wanted: tuple[str, str, bool] | None = None
        self.orientation = "LR"
        self.limits: Limits | None = None
        self._picture: Picture | None = None
        self._places: dict[str, tuple[float, float]] = {}  # of that picture, and of what an error hides of the one before
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE)
        self._timer.timeout.connect(self._start)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self.lasting)
        # The reader thread emits these; the results are taken in the GUI thread.
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._broke.connect(self._give_up, Qt.ConnectionType.QueuedConnection)
        self._laid_out.connect(self._take_layout, Qt.ConnectionType.QueuedConnection)
        self._not_laid_out.connect(self._give_layout_up, Qt.ConnectionType.QueuedConnection)
        self._tried.connect(self._take_trial, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether a script runs, or is about to."""
        return self._busy or self._timer.isActive()

    @property
    def laying_out(self) -> bool:
        """Whether a picture alone is being computed."""
        return self._layout_handle is not None

    @property
    def trying(self) -> bool:
        """Whether a script is being tried out."""
        return self._trial is not None

    def run_soon(self, text: str, filename: str, *, trusted: bool) -> None:
        """Runs a script when nothing newer has come for a moment."""
        self._wanted = (text, filename, trusted)
        if not self._closed:
            self._timer.start()

    def run_now(self, text: str, filename: str, *, trusted: bool) -> None:
        """Runs a script at once."""
        self._wanted = (text, filename, trusted)
        self._timer.stop()
        self._start()

    def stop(self) -> None:
        """Stops the running script; what it did so far is shown."""
        self._timer.stop()
        if self._handle is not None:
            self._handle.cancel()

    def forget(self) -> None:
        """Drops whatever still runs: its result is not wanted any more."""
        self._timer.stop()
        self._number += 1
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._drop_layout()
        self._set_busy(False)

    def turn_to(self, picture: Picture | None) -> None:
        """Turns to another document: whatever still runs is not wanted any more, and its last picture gives the places."""
        self.forget()
        self.drop_trial()
        self._picture = picture
        self._places = picture.places if picture is not None else {}

    def show_recording(self, recording: Recording) -> None:
        """Shows a recording that was not made now, as soon as its picture is laid out."""
        self.forget()
        self._call_layout(recording, "ok")

    def lay_out_again(self) -> None:
        """Lays the shown recording out anew, as for another orientation."""
        if self._awaited is not None:
            self._call_layout(*self._awaited)
        elif self._picture is not None:
            self._call_layout(self._picture.recording, "same")

    def close(self) -> None:
        """Ends the worker. No result comes after this."""
        self._closed = True
        self.forget()
        self.drop_trial()
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _start(self) -> None:
        if self._wanted is None or self._closed:
            return
        text, filename, trusted = self._wanted
        self._number += 1
        number = self._number
        options = {
            "orientation": self.orientation,
            "previous": {key: list(place) for key, place in self._places.items()},
        }
        try:
            self._set_busy(True)
            self._handle = self._ready().run(
                text,
                filename=filename,
                trusted=trusted,
                limits=self.limits,
                options=options,
                on_done=lambda result: self._done(number, result),
            )
        except Exception as error:
            self._give_up(number, str(error))

    def _ready(self) -> AnyRunner:
        if self._runner is None:
            self._runner = self._make_runner()
        return self._runner

    def _done(self, number: int, result: RunResult) -> None:
        """Called in the runner's reader thread: makes the picture there, so that the GUI thread need not."""
        if number != self._number:
            return
        try:
            _warm(result.recording)
            picture = self._lay_out(result.recording, result.post)
            self._arrived.emit(number, Shown(result.recording, picture, result.status, result.note))
        except Exception as error:
            self._broke.emit(number, f"{type(error).__name__}: {error}")

    def _lay_out(self, recording: Recording, post: Any) -> Picture:
        if isinstance(post, dict) and "nodes" in post:
            return picture_from(post, recording)
        return make_picture(recording, orientation=self.orientation, previous=self._places or None)  # type: ignore[arg-type]

    def _take(self, number: int, shown: Shown) -> None:
        if number != self._number:
            return
        self._handle = None
        self._drop_layout()
        try:
            self._finish(shown)
        finally:
            self._set_busy(False)
        if self._picture is not None and self._picture.orientation != self.orientation:
            self.lay_out_again()  # it was turned while the script ran

    def _give_up(self, number: int, reason: str) -> None:
        if number == self._number:
            self._handle = None
            self._set_busy(False)
            self.failed.emit(self.tr("The script could not be run: {0}. Try again with Ctrl+R.").format(reason))

    # A script tried out

    def try_out(self, text: str, filename: str, told: Callable[[str, int], None]) -> None:
        """Runs a script aside, restricted: whether it would fail is told in the GUI thread, as (message, line), ("", 0) if not.

        A newer trial takes the place of an older, of which nothing is told any more.
        """
        self.drop_trial()
        self._told = told
        number = self._trial_number
        try:
            self._trial = self._ready().call(
                TRIAL,
                text.encode(errors="surrogatepass"),
                {"filename": filename},
                on_done=lambda result: self._tried.emit(number, result),
            )
        except Exception:
            self._take_trial(number, CallResult(None, "unknown"))

    def drop_trial(self) -> None:
        """The answer of a trial is not wanted any more."""
        self._trial_number += 1
        self._told = None
        if self._trial is not None:
            self._trial.cancel()
            self._trial = None

    def _take_trial(self, number: int, result: CallResult) -> None:
        if number != self._trial_number or self._told is None:
            return
        told, self._told, self._trial = self._told, None, None
        # Where the worker cannot tell, the edit is made and its run tells.
        answer = result.value if not result.error and isinstance(result.value, dict) else {"message": "", "line": 0}
        told(str(answer["message"]), int(answer["line"]))

    # A picture alone, computed by the worker as those of runs are

    def _call_layout(self, recording: Recording, status: str) -> None:
        from gradviz.runner.client import PICTURE

        self._drop_layout()
        if self._closed:
            return
        number, self._awaited = self._layout_number, (recording, status)
        try:
            self._layout_handle = self._ready().call(
                PICTURE,
                to_bytes(recording),
                {"orientation": self.orientation},
                on_done=lambda result: self._called(number, recording, status, result),
            )
        except Exception as error:
            self._give_layout_up(number, str(error))

    def _called(self, number: int, recording: Recording, status: str, result: CallResult) -> None:
        """Called in the runner's reader thread, as `_done` is."""
        if number != self._layout_number:
            return
        try:
            if result.error:
                self._not_laid_out.emit(number, result.error)
                return
            _warm(recording)
            self._laid_out.emit(number, Shown(recording, picture_from(result.value, recording), status))
        except Exception as error:
            self._not_laid_out.emit(number, f"{type(error).__name__}: {error}")

    def _drop_layout(self) -> None:
        """A picture still being laid out is not wanted any more."""
        self._layout_number += 1
        if self._layout_handle is not None:
            self._layout_handle.cancel()
        self._layout_handle = self._awaited = None

    def _take_layout(self, number: int, shown: Shown) -> None:
        if number == self._layout_number:
            self._layout_handle = self._awaited = None
            self._finish(shown)

    def _give_layout_up(self, number: int, reason: str) -> None:
        if number == self._layout_number:
            self._layout_handle = self._awaited = None
            self.failed.emit(self.tr("The picture could not be laid out: {0}.").format(reason))

    def _finish(self, shown: Shown) -> None:
        if not never_began(shown.recording):
            # One that never began leaves the places of the last one, one that failed those of what did not come to be.
            self._places = (self._places if shown.recording.errors else {}) | shown.picture.places
            self._picture = shown.picture
        self.finished.emit(shown)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            if busy:
                self._patience.start()
            else:
                self._patience.stop()
            self.busy_changed.emit(busy)
