"""The window's side of the worker: keeps it warm, gives it scripts, and makes recordings of what it sends back."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gradviz.recording import Recording
from gradviz.runner.handles import CallHandle, CallResult, Handle, RunHandle, RunResult
from gradviz.runner.limits import Limits, encode_limits
from gradviz.runner.wire import Frame, FrameReader, WireError

PICTURE: Final = "gradviz.graph.picture_of"
"""What is computed from a recording where nothing else is asked for."""

_CLOSE_SECONDS: Final = 2.0
_PIECE: Final = 1 << 20


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
        self._handles: dict[int, Handle] = {}
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
                self._current.supersede()
            self.start()
            number = next(self._numbers)
            meta = {"script": text, "filename": filename, "trusted": trusted, "engine": "gradviz"}
            handle = RunHandle(number, self._send, meta, limits, on_output=on_output, on_update=on_update, on_done=on_done)
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
            handle = CallHandle(number, self._send, on_done)
            self._handles[number] = handle
            self._send(Frame("call", number, {"function": function, "argument": argument}, body))
        return handle

    def close(self) -> None:
        """Ends the worker and all it runs; leaves no process and no thread."""
        with self._lock:
            self.closed = True
            for handle in self._handles.values():
                handle.muted = True
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
            try:
                status = process.wait(_CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                status = process.wait()
            with self._lock:
                lost, self._handles = list(self._handles.values()), {}
                self._process = None
                self._died = bool(lost) or (status != 0 and not self.closed)
                self._outgoing.put(None)
            process.stdout.close()
            for handle in lost:
                handle.lost(reason)

    def _dispatch(self, frame: Frame) -> None:
        with self._lock:
            handle = self._handles.get(frame.job)
            if frame.kind == "done":
                self._handles.pop(frame.job, None)
        if handle is not None:
            try:
                handle.take(frame)
            except Exception:
                # A callback's fault is its owner's; the worker and the other runs go on.
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


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
