"""The window's side of the worker: keeps it warm, gives it scripts, and makes recordings of what it sends back."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gradviz.recording import Assembler, Error, Recording, RecordingBuilder, RecordingError, Span, with_error
from gradviz.runner.limits import Limits, encode_limits
from gradviz.runner.wire import Frame, FrameReader, WireError

PICTURE: Final = "gradviz.graph.picture_of"
"""What is computed from a recording where nothing else is asked for."""

_CLOSE_SECONDS: Final = 2.0
_PIECE: Final = 1 << 20


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


class _Handle:
    """A request that was sent."""

    def __init__(self, runner: Runner, number: int) -> None:
        self.number = number
        self._runner = runner
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        """Whether it has come to its end."""
        return self._done.is_set()

    def cancel(self) -> None:
        """Asks for its end; what was done until then is its result. Does nothing once it is done."""
        if not self.done:
            self._runner._send(Frame("cancel", self.number))

    def _take(self, frame: Frame) -> None:
        raise NotImplementedError

    def _lost(self, reason: str) -> None:
        raise NotImplementedError


class RunHandle(_Handle):
    """A run that was asked for."""

    def __init__(
        self,
        runner: Runner,
        number: int,
        meta: dict[str, Any],
        limits: Limits,
        *,
        on_output: Callable[[str], None] | None,
        on_update: Callable[[Recording], None] | None,
        on_done: Callable[[RunResult], None] | None,
    ) -> None:
        super().__init__(runner, number)
        self.note = ""
        self._meta = meta
        self._limits = limits
        self._on_output = on_output
        self._on_update = on_update
        self._on_done = on_done
        self._assembler = Assembler()
        self._trouble = ""
        self._status = ""
        self._post: Any = None
        self._result: RunResult | None = None
        self._superseded = False

    def wait(self, timeout: float | None = None) -> RunResult | None:
        """Waits for the end; returns the result, or None if the time (in seconds) was over first."""
        return self._result if self._done.wait(timeout) else None

    def _take(self, frame: Frame) -> None:
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

    def _lost(self, reason: str) -> None:
        if not self.done:
            self._trouble = self._trouble or reason
            self._finish(0, "lost", [])

    def _supersede(self) -> None:
        self._superseded = True
        self._runner._send(Frame("cancel", self.number, {"kill": True}))

    def _set(self, result: RunResult) -> None:
        if self._superseded:
            result = RunResult(result.recording, "superseded", None, result.note)
        self._result = result
        try:
            if self._on_done is not None and not self._superseded and not self._runner.closed:
                self._on_done(result)
        finally:
            self._done.set()


class CallHandle(_Handle):
    """A call that was asked for."""

    def __init__(self, runner: Runner, number: int, on_done: Callable[[CallResult], None] | None) -> None:
        super().__init__(runner, number)
        self._on_done = on_done
        self._result: CallResult | None = None
        self._found: CallResult | None = None

    def wait(self, timeout: float | None = None) -> CallResult | None:
        """Waits for the end; returns the result, or None if the time (in seconds) was over first."""
        return self._result if self._done.wait(timeout) else None

    def _take(self, frame: Frame) -> None:
        if frame.kind == "post":
            self._found = CallResult(json.loads(frame.body))
        elif frame.kind == "trouble":
            self._found = CallResult(None, str(frame.cells["message"]))
        elif frame.kind == "done":
            self._set(self._found or CallResult(None, f"its process ended with {_signal_name(int(frame.cells['code']))}"))

    def _lost(self, reason: str) -> None:
        if not self.done:
            self._set(CallResult(None, reason))

    def _set(self, result: CallResult) -> None:
        self._result = result
        try:
            if self._on_done is not None and not self._runner.closed:
                self._on_done(result)
        finally:
            self._done.set()


class Runner:
    """Runs scripts in a worker process, the newest at a time; starts the worker anew where it has died.

    Callbacks are called in a thread of the runner's own, one after another.

    Attributes:
        closed: Whether it was closed: nothing can be run then, and no callback comes any more.
    """

    def __init__(self, *, post: str | None = PICTURE, allow: Sequence[str] = (), once: bool = False) -> None:
        """Prepares a runner; its worker starts with the first run, or with `start`.

        Args:
            post: The dotted name of a function f(recording bytes, options) whose JSON-able result comes with each run.
            allow: Further functions that `call` may name.
            once: Have a new process for each run instead of forks of a warm one; so it is where processes cannot fork.
        """
        self.closed = False
        self._post = post
        self._allow = list(dict.fromkeys((*((post,) if post else ()), *allow)))
        self._once = once or not hasattr(os, "fork")
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        self._outgoing: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._handles: dict[int, _Handle] = {}
        self._current: RunHandle | None = None
        self._numbers = itertools.count(1)
        self._died = False

    # What can be asked for

    def start(self) -> None:
        """Starts the worker, if it does not run.

        Raises:
            OSError: It cannot be started.
        """
        with self._lock:
            if self.closed:
                raise RuntimeError("the runner was closed")
            if self._process is not None:
                return
            arguments = [sys.executable, "-P", "-m", "gradviz.runner.worker"]
            arguments += [part for path in self._allow for part in ("--allow", path)]
            if self._once:
                arguments.append("--once")
            process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment())
            self._process = process
            self._outgoing = queue.SimpleQueue()
            self._threads = [
                threading.Thread(target=self._read, args=(process,), name="gradviz-runner-reader", daemon=True),
                threading.Thread(target=self._write, args=(process, self._outgoing), name="gradviz-runner-writer", daemon=True),
            ]
            for thread in self._threads:
                thread.start()

    def run(
        self,
        text: str,
        *,
        filename: str = "script.py",
        trusted: bool = False,
        limits: Limits | None = None,
        options: Mapping[str, Any] | None = None,
        on_output: Callable[[str], None] | None = None,
        on_update: Callable[[Recording], None] | None = None,
        on_done: Callable[[RunResult], None] | None = None,
    ) -> RunHandle:
        """Runs a script; a run still going on is killed, and no callback of its comes any more.

        Args:
            text: The script.
            filename: What its code is called in tracebacks.
            trusted: Whether it may do all that Python can.
            limits: What it may use.
            options: Given to the ``post`` function, JSON-able.
            on_output: Called with what the script prints, as it comes.
            on_update: Called with the recording so far, as it grows.
            on_done: Called once, with the result.

        Raises:
            OSError: The worker cannot be started.
        """
        limits = limits or Limits()
        with self._lock:
            if self._current is not None and not self._current.done:
                self._current._supersede()
            self.start()
            number = next(self._numbers)
            meta = {"script": text, "filename": filename, "trusted": trusted, "engine": "gradviz"}
            handle = RunHandle(self, number, meta, limits, on_output=on_output, on_update=on_update, on_done=on_done)
            if self._died:
                handle.note, self._died = "The worker had ended unexpectedly and was started again.", False
            self._handles[number] = self._current = handle
            cells = {
                "filename": filename,
                "trusted": trusted,
                "limits": encode_limits(limits),
                "post": self._post,
                "options": dict(options or {}),
            }
            self._send(Frame("run", number, cells, text.encode(errors="surrogatepass")))
        return handle

    def call(
        self, function: str, body: bytes, argument: Any = None, *, on_done: Callable[[CallResult], None] | None = None
    ) -> CallHandle:
        """Computes ``function(body, argument)`` in a process of its own.

        Args:
            function: The dotted name of one of the functions allowed at the start.
            body: Its first argument.
            argument: Its second, JSON-able.
            on_done: Called once, with the result.

        Raises:
            OSError: The worker cannot be started.
        """
        with self._lock:
            self.start()
            number = next(self._numbers)
            handle = CallHandle(self, number, on_done)
            self._handles[number] = handle
            self._send(Frame("call", number, {"function": function, "argument": argument}, body))
        return handle

    def close(self) -> None:
        """Ends the worker and all it runs; leaves no process and no thread."""
        with self._lock:
            self.closed = True
            process, threads = self._process, self._threads
            self._outgoing.put(None)
        if process is not None:
            try:
                process.wait(_CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # The worker

    def _send(self, frame: Frame) -> None:
        self._outgoing.put(frame)

    def _write(self, process: subprocess.Popen[bytes], outgoing: queue.SimpleQueue[Frame | None]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # the worker has gone: its reader hears of it
            while (frame := outgoing.get()) is not None:
                process.stdin.write(frame.pack())
                process.stdin.flush()
        with contextlib.suppress(OSError):
            process.stdin.close()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        reader = FrameReader()
        reason = "the worker ended unexpectedly"
        try:
            while data := os.read(process.stdout.fileno(), _PIECE):
                for frame in reader.feed(data):
                    self._dispatch(frame)
        except WireError as error:
            reason = f"the worker cannot be understood: {error}"
            process.kill()
        finally:
            with self._lock:
                lost, self._handles = list(self._handles.values()), {}
                self._process = None
                self._died = bool(lost) or (process.wait() != 0 and not self.closed)
                self._outgoing.put(None)
            process.stdout.close()
            for handle in lost:
                handle._lost(reason)

    def _dispatch(self, frame: Frame) -> None:
        with self._lock:
            handle = self._handles.get(frame.job)
            if frame.kind == "done":
                self._handles.pop(frame.job, None)
        if handle is not None:
            handle._take(frame)


def run_blocking(
    text: str,
    *,
    filename: str = "script.py",
    trusted: bool = False,
    limits: Limits | None = None,
    echo: Callable[[str], None] | None = None,
) -> RunResult:
    """Runs a script in a worker process and waits for its end.

    Args:
        text: The script.
        filename: What its code is called in tracebacks.
        trusted: Whether it may do all that Python can.
        limits: What it may use.
        echo: Called with what the script prints, as it comes; what cannot be encoded as UTF-8 is written as an escape.

    Raises:
        OSError: The worker cannot be started.
    """
    printed: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    with Runner(post=None) as runner:
        handle = runner.run(
            text,
            filename=filename,
            trusted=trusted,
            limits=limits,
            on_output=printed.put,
            on_done=lambda _: printed.put(None),
        )
        # Echoed by the caller's thread, which may be interrupted, and whose errors are its own.
        while (piece := printed.get()) is not None:
            if echo is not None:
                echo(piece.encode(errors="backslashreplace").decode())
        result = handle.wait()
    assert result is not None
    return result


def _environment() -> dict[str, str]:
    """The worker's environment: it finds this very package, and computes in one thread, for it forks."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


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
