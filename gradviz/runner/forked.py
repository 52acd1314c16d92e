"""A child of the worker: forked beforehand, so that it is warm when there is something to do, and then given one request."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import tempfile
import time
from collections.abc import Iterable
from typing import IO, Any, Final

from gradviz.runner.child import DUMP_SIGNAL, Child, rehearse, settle_in
from gradviz.runner.wire import Frame, FrameReader, write_all

GRACE_SECONDS: Final = 1.0
"""How long a script may go on after its time is over before it is killed."""
CANCEL_SECONDS: Final = 0.5
POST_SECONDS: Final = 60.0
_PIECE: Final = 1 << 20
_TRACE_LINE: Final = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


class Job:
    """A child, waiting for its request or at work on it.

    Attributes:
        process: Its process number.
        pipe: Where its frames come from.
        reader: Puts them together.
        request: What it was asked for.
        deadline: When it is to be killed, in seconds of `time.monotonic`.
        ran: Whether the script has come to its end.
        reason: Why the worker killed it, "" if it did not.
        told: Whether the client knows that it is over.
    """

    request: Frame

    def __init__(self, allowed: frozenset[str], descriptors: Iterable[int]) -> None:
        """Forks a child that waits.

        Args:
            allowed: The functions it may be asked to call.
            descriptors: The worker's own, which are not for the child.
        """
        self.reader = FrameReader()
        self.ran = False
        self.reason = ""
        self.told = False
        self.deadline = 0.0
        self._code: int | None = None
        self._trace = _nameless_file()
        requests, self._requests = os.pipe()
        self.pipe, answers = os.pipe()
        worker = os.getpid()
        self.process = os.fork()
        if self.process == 0:
            status = 1
            try:
                settle_in(self._trace.fileno(), worker=worker)
                for descriptor in (self.pipe, self._requests, *descriptors):
                    os.close(descriptor)
                rehearse(allowed)
                request = _next_request(requests)
                if request is not None:
                    Child(request, answers, allowed).serve()
                status = 0
            finally:
                os._exit(status)
        os.close(requests)
        os.close(answers)
        os.set_blocking(self.pipe, False)

    @property
    def descriptors(self) -> tuple[int, int]:
        """The worker's ends of its pipes."""
        return (self.pipe, self._requests)

    def begin(self, request: Frame) -> None:
        """Gives it its request.

        Raises:
            OSError: It is no more.
        """
        self.request = request
        self.ran = request.kind != "run"
        seconds = POST_SECONDS if self.ran else request.cells["limits"]["seconds"] + GRACE_SECONDS
        self.deadline = time.monotonic() + seconds
        write_all(self._requests, request.pack())

    def script_has_ended(self) -> None:
        """The script has come to its end; what is computed of it has its own time."""
        self.ran = True
        self.deadline = time.monotonic() + POST_SECONDS

    def has_ended(self) -> bool:
        """Whether the process is no more."""
        if self._code is None:
            process, status = os.waitpid(self.process, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if process else None
        return self._code is not None

    def wait(self) -> int:
        """Its exit code, once it has ended; minus the signal's number where one killed it."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self._code

    def kill(self, reason: str) -> None:
        """Ends it for good, after it has written down where it is."""
        self.reason = reason
        if DUMP_SIGNAL is not None:
            self._signal(DUMP_SIGNAL)
            time.sleep(0.02)
        self._signal(signal.SIGKILL, group=True)

    def cancel(self) -> None:
        """Asks it to end."""
        self.reason = "cancelled"
        self._signal(signal.SIGTERM)
        self.deadline = min(self.deadline, time.monotonic() + CANCEL_SECONDS)

    def end_all(self) -> None:
        """Ends whatever it has started and left behind."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process, signal.SIGKILL)

    def _signal(self, number: int, *, group: bool = False) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group:
                os.killpg(self.process, number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, number)

    def place(self) -> list[Any]:
        """(line, function) of the script's innermost frame when it crashed or was killed; [] where unknown."""
        self._trace.seek(0)
        text = self._trace.read().decode(errors="replace")
        filename = str(self.request.cells.get("filename")).encode("ascii", "backslashreplace").decode()
        return next(([int(line), name] for file, line, name in _TRACE_LINE.findall(text) if file == filename), [])

    def close(self) -> None:
        """Lets go of its descriptors: one that still waits for its request ends by that."""
        os.close(self.pipe)
        os.close(self._requests)
        self._trace.close()


def _next_request(descriptor: int) -> Frame | None:
    """The first request that comes, None if none will."""
    reader = FrameReader()
    while data := os.read(descriptor, _PIECE):
        for request in reader.feed(data):
            return request
    return None


def _nameless_file() -> IO[bytes]:
    """A file without a name, in memory where that can be had."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("trace"), "w+b")
    return tempfile.TemporaryFile()
