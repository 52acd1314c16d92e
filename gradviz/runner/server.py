"""The worker: reads requests, forks a child for each, passes its frames on, and sees to it that it ends."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import re
import selectors
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import IO, Any, Final

from gradviz.runner.child import DUMP_SIGNAL, Child, function_named, settle_in
from gradviz.runner.wire import Frame, FrameReader, WireError, write_all

GRACE_SECONDS: Final = 1.0
"""How long a script may go on after its time is over before it is killed."""
CANCEL_SECONDS: Final = 0.5
POST_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
_PIECE: Final = 1 << 20
_TRACE_LINE: Final = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


class _Job:
    """A child at work.

    Attributes:
        process: Its process number.
        pipe: Where its frames come from.
        deadline: When it is killed, in seconds of `time.monotonic`.
        ran: Whether the script has come to its end.
        reason: Why the worker killed it, "" if it did not.
    """

    def __init__(self, request: Frame, process: int, pipe: int, trace: IO[bytes]) -> None:
        self.request = request
        self.process = process
        self.pipe = pipe
        self.reader = FrameReader()
        self.ran = request.kind != "run"
        limits = request.cells.get("limits", {})
        self.deadline = time.monotonic() + (POST_SECONDS if self.ran else limits["seconds"] + GRACE_SECONDS)
        self.reason = ""
        self._trace = trace
        self._code: int | None = None

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
        """Lets go of its descriptors."""
        os.close(self.pipe)
        self._trace.close()


class Server:
    """Serves a client until it goes."""

    def __init__(self, requests: int, answers: int, allowed: Sequence[str]) -> None:
        """Prepares to serve.

        Args:
            requests: The descriptor requests come from.
            answers: The descriptor frames go to.
            allowed: The dotted names of the functions children may call.
        """
        self._requests = requests
        self._answers = answers
        self._allowed = frozenset(allowed)
        self._jobs: dict[int, _Job] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ, None)
        self._reader = FrameReader()

    def serve(self) -> None:
        """Works until the client has gone; no child outlives that."""
        try:
            while self._turn():
                pass
        finally:
            for job in list(self._jobs.values()):
                job.kill("closed")
                job.wait()
            self._selector.close()

    def _turn(self) -> bool:
        ready = self._selector.select(_POLL_SECONDS if self._jobs else None)
        for key, _ in ready:
            if key.data is None:
                data = os.read(self._requests, _PIECE)
                if not data:
                    return False
                for request in self._reader.feed(data):
                    self._take(request)
            elif key.data in self._jobs:
                self._pass_on(self._jobs[key.data])
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if now >= job.deadline:
                job.kill(job.reason or "time")
                job.deadline = now + GRACE_SECONDS
            if job.has_ended():
                self._drain(job)
        return True

    def _take(self, request: Frame) -> None:
        if request.kind == "cancel":
            job = self._jobs.get(request.job)
            if job is not None and request.cells.get("kill"):
                job.kill("cancelled")
            elif job is not None:
                job.cancel()
            return
        reading, writing = os.pipe()
        trace = _nameless_file()
        worker = os.getpid()
        process = os.fork()
        if process == 0:
            status = 1
            try:
                settle_in(trace.fileno(), worker=worker)
                for descriptor in (reading, self._requests, self._answers):
                    os.close(descriptor)
                Child(request, writing, self._allowed).serve()
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        os.set_blocking(reading, False)
        self._jobs[request.job] = _Job(request, process, reading, trace)
        self._selector.register(reading, selectors.EVENT_READ, request.job)

    def _pass_on(self, job: _Job) -> bool:
        """Passes on what a child wrote, if it wrote anything; at its end, says how it ended."""
        try:
            data = os.read(job.pipe, _PIECE)
        except BlockingIOError:
            return False
        if not data:
            self._end(job)
            return True
        try:
            for frame in job.reader.feed(data):
                if frame.kind == "ran":
                    job.ran = True
                    job.deadline = time.monotonic() + POST_SECONDS
                write_all(self._answers, Frame(frame.kind, job.request.job, frame.cells, frame.body).pack())
        except WireError:
            job.kill("garbled")
        return True

    def _drain(self, job: _Job) -> None:
        """Reads what a dead child left in its pipe, whose other end a process it left behind may still hold."""
        while job.request.job in self._jobs:
            if not self._pass_on(job):
                self._end(job)
                return

    def _end(self, job: _Job) -> None:
        self._selector.unregister(job.pipe)
        del self._jobs[job.request.job]
        code = job.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(job.process, signal.SIGKILL)  # what it started goes with it
        cells = {"ran": job.ran, "code": code, "reason": job.reason, "place": job.place()}
        job.close()
        write_all(self._answers, Frame("done", job.request.job, cells).pack())


def _nameless_file() -> IO[bytes]:
    """A file without a name, in memory where that can be had."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("trace"), "w+b")
    return tempfile.TemporaryFile()


def _serve_once(requests: int, answers: int, allowed: Sequence[str]) -> None:
    """Serves one request in this very process, where processes cannot fork, and ends."""
    reader = FrameReader()
    while data := os.read(requests, _PIECE):
        for request in reader.feed(data):
            if request.kind in ("run", "call"):
                Child(request, answers, frozenset(allowed)).serve()
                cells: dict[str, Any] = {"ran": True, "code": 0, "reason": "", "place": []}
                write_all(answers, Frame("done", request.job, cells).pack())
                return


def main(arguments: Sequence[str]) -> int:
    """Runs the worker; returns its exit status."""
    parser = argparse.ArgumentParser(prog="gradviz.runner.worker", description="Runs graph scripts for GradViz.")
    parser.add_argument("--allow", action="append", default=[], metavar="FUNCTION", help="a function that children may call")
    parser.add_argument("--once", action="store_true", help="serve one request without forking")
    options = parser.parse_args(arguments)
    # The protocol keeps two descriptors to itself; nothing that prints can reach them.
    requests, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for path in options.allow:
        function_named(path)  # imported once, for all children
    warm()
    try:
        if options.once or not hasattr(os, "fork"):
            _serve_once(requests, answers, options.allow)
        else:
            Server(requests, answers, options.allow).serve()
    except BrokenPipeError:
        return 0
    except WireError as error:
        print(f"gradviz.runner.worker: {error}", file=sys.stderr)
        return 1
    return 0


def warm() -> None:
    """Does beforehand what every run needs."""
    from gradviz.runner.script import record

    record("import torch\nx = torch.ones(2, requires_grad=True)\n(x * 2).sum().backward()\nprint(x.grad)\n")
    # The children share this memory; collecting garbage in it would copy it.
    gc.collect()
    gc.freeze()
