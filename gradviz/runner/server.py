"""The worker: reads requests, forks a child for each, passes its frames on, and sees to it that it ends."""

from __future__ import annotations

import argparse
import gc
import os
import selectors
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from gradviz.runner.child import Child, rehearse
from gradviz.runner.forked import GRACE_SECONDS, Job
from gradviz.runner.wire import Frame, FrameReader, WireError, write_all

_POLL_SECONDS: Final = 0.05
SPARE_SECONDS: Final = 0.2
"""How long a run is left alone before the next child is forked."""
_PIECE: Final = 1 << 20


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
        self._jobs: dict[int, Job] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ, None)
        self._reader = FrameReader()
        self._spare: Job | None = None
        self._spare_due = 0.0  # forking takes time that the run at work has better use for

    def serve(self) -> None:
        """Works until the client has gone; no child outlives that."""
        try:
            while self._turn():
                pass
        finally:
            for job in list(self._jobs.values()):
                job.kill("closed")
                job.wait()
            if (spare := self._spare) is not None:
                spare.close()
                spare.wait()
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
        if self._spare is None and (not self._jobs or now >= self._spare_due):
            self._spare = self._fork()
        return True

    def _take(self, request: Frame) -> None:
        if request.kind == "cancel":
            cancelled = self._jobs.get(request.job)
            if cancelled is not None and request.cells.get("kill"):
                cancelled.kill("cancelled")
            elif cancelled is not None:
                cancelled.cancel()
            return
        try:
            job = self._spare or self._fork()
            self._spare = None
            job.begin(request)
        except OSError:  # the spare one has died in its sleep
            job.close()
            job.wait()
            job = self._fork()
            job.begin(request)
        self._spare_due = time.monotonic() + SPARE_SECONDS
        self._jobs[request.job] = job
        self._selector.register(job.pipe, selectors.EVENT_READ, request.job)

    def _fork(self) -> Job:
        jobs = [*self._jobs.values(), *([self._spare] if self._spare else [])]
        others = [descriptor for job in jobs for descriptor in job.descriptors]
        return Job(self._allowed, (self._requests, self._answers, *others))

    def _pass_on(self, job: Job) -> bool:
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
                if frame.kind == "over":
                    self._tell_end(job, 0)
                    continue
                if frame.kind == "ran":
                    job.script_has_ended()
                write_all(self._answers, Frame(frame.kind, job.request.job, frame.cells, frame.body).pack())
        except WireError:
            job.kill("garbled")
        return True

    def _drain(self, job: Job) -> None:
        """Reads what a dead child left in its pipe, whose other end a process it left behind may still hold."""
        while job.request.job in self._jobs:
            if not self._pass_on(job):
                self._end(job)
                return

    def _end(self, job: Job) -> None:
        self._selector.unregister(job.pipe)
        del self._jobs[job.request.job]
        code = job.wait()
        job.end_all()
        self._tell_end(job, code)
        job.close()

    def _tell_end(self, job: Job, code: int) -> None:
        """Tells how a job ended, once: when it says so itself, which is sooner than its process is gone."""
        if not job.told:
            job.told = True
            cells = {"code": code, "reason": job.reason, "place": job.place()}
            write_all(self._answers, Frame("done", job.request.job, cells).pack())


def _serve_once(requests: int, answers: int, allowed: Sequence[str]) -> None:
    """Serves one request in this very process, where processes cannot fork, and ends."""
    reader = FrameReader()
    while data := os.read(requests, _PIECE):
        for request in reader.feed(data):
            if request.kind in ("run", "call"):
                Child(request, answers, frozenset(allowed)).serve()
                cells: dict[str, Any] = {"code": 0, "reason": "", "place": []}
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
    warm(options.allow)
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


def warm(allowed: Iterable[str]) -> None:
    """Does beforehand what every run needs."""
    rehearse(allowed)
    # The children share this memory; collecting garbage in it would copy it.
    gc.collect()
    gc.freeze()
