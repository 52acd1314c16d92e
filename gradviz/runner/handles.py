"""What was asked of a worker, and what came of it."""

from __future__ import annotations

import contextlib
import json
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradviz.recording import Assembler, Error, Recording, RecordingBuilder, RecordingError, Span, with_error
from gradviz.runner.limits import Limits
from gradviz.runner.wire import Frame

Send = Callable[[Frame], None]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run.

    Attributes:
        recording: What the script did until its end.
        status: "ok"; "error" for an exception or text that is no Python; "refused", "time", "memory", "events", "cancelled",
            "killed"; "superseded" where a newer run took its place.
        post: What was computed from the recording, None where that failed or was not asked for.
        note: What else there is to say, as that the worker had died and was started again; "" for nothing.
    """

    recording: Recording
    status: str
    post: Any = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call.

    Attributes:
        value: What the function returned, None where it failed.
        error: Why it failed, "" if it did not.
    """

    value: Any
    error: str = ""


class Handle:
    """A request that was sent.

    Attributes:
        number: The number its frames carry.
        muted: Whether nobody wants to hear of it any more.
    """

    def __init__(self, number: int, send: Send) -> None:
        self.number = number
        self.muted = False
        self._send = send
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        """Whether it has come to its end."""
        return self._done.is_set()

    def cancel(self) -> None:
        """Asks for its end; what was done until then is its result. Does nothing once it is done."""
        if not self.done:
            self._send(Frame("cancel", self.number))

    def take(self, frame: Frame) -> None:
        """Takes a frame that belongs to it."""
        raise NotImplementedError

    def lost(self, reason: str) -> None:
        """Comes to its end because the worker has."""
        raise NotImplementedError


class RunHandle(Handle):
    """A run that was asked for."""

    def __init__(
        self,
        number: int,
        send: Send,
        meta: dict[str, Any],
        limits: Limits,
        *,
        on_output: Callable[[str], None] | None,
        on_update: Callable[[Recording], None] | None,
        on_done: Callable[[RunResult], None] | None,
    ) -> None:
        super().__init__(number, send)
        self.note = ""
        self._meta = meta
        self._limits = limits
        self._on_output = on_output
        self._on_update = on_update
        self._on_done = on_done
        self._assembler = Assembler(sealed=False)
        self._trouble = ""
        self._status = ""
        self._post: Any = None
        self._result: RunResult | None = None
        self._superseded = False

    def wait(self, timeout: float | None = None) -> RunResult | None:
        """Waits for the end; returns the result, or None if the time (in seconds) was over first."""
        return self._result if self._done.wait(timeout) else None

    def take(self, frame: Frame) -> None:
        if frame.kind == "chunk":
            self._take_chunk(frame.body)
        elif frame.kind == "ran":
            self._status = str(frame.cells["status"])
        elif frame.kind == "post":
            self._post = json.loads(frame.body)
        elif frame.kind == "trouble":
            self._trouble = str(frame.cells["message"])
        elif frame.kind == "done":
            self._finish(int(frame.cells["code"]), str(frame.cells["reason"]), list(frame.cells["place"]))

    def _take_chunk(self, chunk: bytes) -> None:
        if self._trouble:
            return
        try:
            rows = self._assembler.add(chunk)
            if self._superseded:
                return
            if self._on_output is not None:
                text = rows.output()
                if text:
                    self._on_output(text)
            if self._on_update is not None and not self._assembler.closed:
                self._on_update(self._assembler.recording())
        except RecordingError as error:
            self._trouble = str(error)

    def _recording(self) -> Recording:
        try:
            found = self._assembler.recording()
        except RecordingError as error:
            self._trouble = self._trouble or str(error)
            found = RecordingBuilder(self._meta).build()
        return found if found.meta else Recording(found.tables, found.strings, self._meta)

    def _finish(self, code: int, reason: str, place: list[Any]) -> None:
        recording = self._recording()
        status, note = self._status, self.note
        if not status:
            error = _ending(code, reason, self._limits, self._trouble)
            recording = with_error(recording, Error(-1, *error, "", _last_span(recording, place)))
            status = error[0]
        elif self._post is None and (self._trouble or code):
            what = self._trouble or f"its process ended with {_signal_name(code)}"
            note = f"{note} The picture could not be computed in the worker: {what}.".strip()
        self._set(RunResult(recording, status, self._post, note))

    def lost(self, reason: str) -> None:
        if not self.done:
            self._trouble = self._trouble or reason
            self._finish(0, "lost", [])

    def supersede(self) -> None:
        """Comes to its end because a newer run takes its place."""
        self._superseded = True
        self._send(Frame("cancel", self.number, {"kill": True}))

    def _set(self, result: RunResult) -> None:
        if self._superseded:
            result = RunResult(result.recording, "superseded", None, result.note)
        self._result = result
        try:
            if self._on_done is not None and not self._superseded and not self.muted:
                self._on_done(result)
        finally:
            self._done.set()


class CallHandle(Handle):
    """A call that was asked for."""

    def __init__(self, number: int, send: Send, on_done: Callable[[CallResult], None] | None) -> None:
        super().__init__(number, send)
        self._on_done = on_done
        self._result: CallResult | None = None
        self._found: CallResult | None = None

    def wait(self, timeout: float | None = None) -> CallResult | None:
        """Waits for the end; returns the result, or None if the time (in seconds) was over first."""
        return self._result if self._done.wait(timeout) else None

    def take(self, frame: Frame) -> None:
        if frame.kind == "post":
            self._found = CallResult(json.loads(frame.body))
        elif frame.kind == "trouble":
            self._found = CallResult(None, str(frame.cells["message"]))
        elif frame.kind == "done":
            self._set(self._found or CallResult(None, f"its process ended with {_signal_name(int(frame.cells['code']))}"))

    def lost(self, reason: str) -> None:
        if not self.done:
            self._set(CallResult(None, reason))

    def _set(self, result: CallResult) -> None:
        self._result = result
        try:
            if self._on_done is not None and not self.muted:
                self._on_done(result)
        finally:
            self._done.set()


def _signal_name(code: int) -> str:
    """An exit code in words: "exit code 3", "SIGSEGV (Segmentation fault)"."""
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"{signal.Signals(-code).name} ({signal.strsignal(-code)})"
    return f"signal {-code}"


def _ending(code: int, reason: str, limits: Limits, trouble: str) -> tuple[str, str, str, str]:
    """Kind, type, message and advice of the error for a run whose process ended before its script did."""
    if reason == "time":
        return (
            "time",
            "",
            f"The script was killed: it did not react when its {limits.seconds:g} seconds were over.",
            "Look for a loop that does not end, or for one long call, or allow the script more time.",
        )
    if reason == "cancelled":
        return "cancelled", "", "The script was stopped.", "What it did until then is shown."
    if trouble:
        return "killed", "", f"The run was lost: {trouble}.", "Run the script again; the worker is started anew."
    if code >= 0:
        advice = "Let the script come to its end, or use raise SystemExit: os._exit() leaves no time to record."
        return "killed", "", f"The script ended its process with exit code {code}.", advice
    advice = {
        "SIGKILL": "Most likely the system had no memory left: make the tensors smaller.",
        "SIGSEGV": "It crashed in native code: look at what the script does besides tensors, or at very deep recursion.",
        "SIGXCPU": "It used up the processor time it may have: allow the script more time.",
    }.get(_signal_name(code).partition(" ")[0], "Look at the last line it reached.")
    return "killed", "", f"The script's process was ended by {_signal_name(code)}.", advice


def _last_span(recording: Recording, place: list[Any]) -> Span:
    """Where the script was: the line its crash tells of, else that of its last event."""
    if place:
        return Span(int(place[0]), 0, int(place[0]), 0)
    for number in range(len(recording) - 1, -1, -1):
        event = recording.event(number)
        if event.line:
            return event.span
    return Span(0, 0, 0, 0)
