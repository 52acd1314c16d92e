"""What happens in the process that runs one script, or computes one thing, and then ends."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradviz.recording import join_chunks
from gradviz.runner.audit import wall_in
from gradviz.runner.limits import Limits, decode_limits
from gradviz.runner.output import Output
from gradviz.runner.script import ScriptRun
from gradviz.runner.wire import Frame, write_all

try:
    import resource
except ImportError:  # not a Unix
    resource = None  # type: ignore[assignment]

PULSE_SECONDS = 0.05
"""How often a running script is looked at."""

DUMP_SIGNAL = getattr(signal, "SIGUSR2", None)
"""Makes a process write down where it is."""


_REHEARSAL = """
import torch
x = torch.ones(2, requires_grad=True)
y = x
for i in range(40):
    y = y * 0.5 + x
with torch.no_grad():
    z = y.exp()
(y.sum() + z[0]).backward()
x.data.zero_()
print(f"{x} {x.grad}")
"""


def rehearse(allowed: Iterable[str]) -> None:
    """Runs a script for nothing, so that the next one finds code and memory ready.

    Args:
        allowed: The functions that will be asked of its recording; they rehearse too.
    """
    limits = Limits()
    for _ in range(2):
        chunks: list[bytes] = []
        run = ScriptRun(_REHEARSAL, "script.py", trusted=False, limits=limits, sink=chunks.append)
        run.run()
        run.send(last=True)
    for path in allowed:
        function = function_named(path)
        with contextlib.suppress(Exception):  # it will fail again, when somebody listens
            function(join_chunks(chunks), {})


def function_named(path: str) -> Callable[..., Any]:
    """The module-level function of a dotted name."""
    module, _, name = path.rpartition(".")
    found = getattr(importlib.import_module(module), name)
    if not callable(found):
        raise TypeError(f"{path} is no function")
    return found  # type: ignore[no-any-return]


class _NobodyListensError(Exception):
    """The worker has gone."""


class Child:
    """Serves one request and writes its answer, frame by frame."""

    def __init__(self, request: Frame, answers: int, allowed: frozenset[str]) -> None:
        """Prepares to serve.

        Args:
            request: A "run" or a "call".
            answers: The descriptor that frames are written to.
            allowed: The functions that may be called.
        """
        self._request = request
        self._answers = answers
        self._allowed = allowed
        self._process = os.getpid()

    def serve(self) -> None:
        """Does what is asked; whatever goes wrong is answered too."""
        try:
            if self._request.kind == "run":
                self._run()
            else:
                self._call(self._request.cells["function"], self._request.body, self._request.cells["argument"])
        except _NobodyListensError:
            pass
        except Exception as error:
            with contextlib.suppress(_NobodyListensError):
                self._send("trouble", {"message": f"{type(error).__name__}: {error}"})
        with contextlib.suppress(_NobodyListensError):
            self._send("over")

    def _send(self, kind: str, cells: dict[str, Any] | None = None, body: bytes = b"") -> None:
        if os.getpid() != self._process:
            return  # a trusted script has forked: this is its twin
        try:
            write_all(self._answers, Frame(kind, self._request.job, cells or {}, body).pack())
        except OSError:
            raise _NobodyListensError from None

    def _call(self, function: str, body: bytes, argument: Any) -> None:
        if function not in self._allowed:
            raise PermissionError(f"{function} may not be called in the worker")
        self._send("post", body=json.dumps(function_named(function)(body, argument)).encode())

    def _run(self) -> None:
        cells = self._request.cells
        limits = decode_limits(cells["limits"])
        chunks: list[bytes] = []

        def sink(chunk: bytes) -> None:
            if cells["post"]:
                chunks.append(chunk)
            self._send("chunk", body=chunk)

        trusted = bool(cells["trusted"])
        text = self._request.body.decode(errors="surrogatepass")
        if not trusted:
            wall_in()
        around = capture_descriptors if trusted else None
        run = ScriptRun(text, cells["filename"], trusted=trusted, limits=limits, sink=sink, around=around, sealed=False)
        with limited(limits, run):
            run.run()
        if os.getpid() != self._process:
            return
        run.send(last=True)
        self._send("ran", {"status": run.status})
        if cells["post"]:
            self._call(cells["post"], join_chunks(chunks), cells["options"])


@contextlib.contextmanager
def capture_descriptors(output: Output) -> Iterator[None]:
    """Takes what is written to descriptors 1 and 2 past Python's streams, by C code or child processes, as printed."""
    reading, writing = os.pipe()
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    os.close(writing)

    def read() -> None:
        while data := os.read(reading, 1 << 16):
            output.write(data.decode(errors="backslashreplace"), error=False)

    thread = threading.Thread(target=read, name="gradviz-descriptors", daemon=True)
    thread.start()
    try:
        yield
    finally:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.close(null)
        thread.join(0.2)  # a process the script left behind may hold the other end


@contextlib.contextmanager
def limited(limits: Limits, run: ScriptRun) -> Iterator[None]:
    """Ends the run when its time is over or somebody asks for it, and lets allocations beyond its memory fail.

    Until then what the script has done is sent on even while it does nothing more.
    """

    end = time.monotonic() + limits.seconds

    def pulse(number: int, frame: types.FrameType | None) -> None:
        if time.monotonic() >= end:
            run.stop("time", frame)
        else:
            run.pulse(frame)

    def out_of_time(number: int, frame: types.FrameType | None) -> None:
        run.stop("time", frame)

    def cancelled(number: int, frame: types.FrameType | None) -> None:
        run.stop("cancelled", frame)

    old_size = _limit_memory(limits.memory)
    timer: threading.Timer | None = None
    signal.signal(signal.SIGTERM, cancelled)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, pulse)
        signal.setitimer(signal.ITIMER_REAL, min(PULSE_SECONDS, limits.seconds), PULSE_SECONDS)
    else:
        signal.signal(signal.SIGINT, out_of_time)
        timer = threading.Timer(limits.seconds, signal.raise_signal, (signal.SIGINT,))
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
        else:
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if old_size is not None and resource is not None:
            resource.setrlimit(resource.RLIMIT_AS, old_size)


def _limit_memory(allowed: int) -> tuple[int, int] | None:
    """Lets this process grow by so many bytes; returns the limits before, None where they cannot be set."""
    if resource is None:
        return None
    old = resource.getrlimit(resource.RLIMIT_AS)
    limit = _address_space() + allowed
    if old[1] != resource.RLIM_INFINITY:
        limit = min(limit, old[1])
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, old[1]))
    except (OSError, ValueError):
        return None
    return old


def _address_space() -> int:
    """Bytes of address space this process has taken."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 1 << 30  # unknown: about what an interpreter with NumPy takes


def settle_in(trace: int, *, worker: int) -> None:
    """Makes a freshly forked process one that leaves nothing behind and says where it crashed.

    Args:
        trace: The descriptor that a crash's traceback goes to.
        worker: The process that forked.
    """
    os.setpgid(0, 0)
    _die_with_parent(worker)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (it stays for the life of the process)
    faulthandler.enable(trace, all_threads=False)
    if DUMP_SIGNAL is not None:
        faulthandler.register(DUMP_SIGNAL, trace, all_threads=False)


def _find_prctl() -> Callable[..., int] | None:
    if sys.platform != "linux":
        return None
    import ctypes

    return ctypes.CDLL(None).prctl


_prctl = _find_prctl()


def _die_with_parent(worker: int) -> None:
    """On Linux the kernel ends this process when its parent ends; elsewhere its pipe and its time limit do."""
    if _prctl is not None:
        _prctl(1, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != worker:
            os._exit(1)
