"""Runs a graph script in this process and records it."""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import random
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from engine import dtypes, modes
from engine.observe import observing
from engine.printing import printoptions
from engine.random import manual_seed
from gradviz.recording import Kind, Recording, RecordingBuilder
from gradviz.runner.errors import Failure, RefusedError, failure, syntax_failure
from gradviz.runner.guards import restricted_builtins
from gradviz.runner.limits import Limits
from gradviz.runner.output import Output
from gradviz.runner.places import Place
from gradviz.runner.policy import compile_restricted
from gradviz.runner.recorder import Recorder
from gradviz.runner.source import ScriptSource
from gradviz.runner.stop import RunStopped

CHUNK_SECONDS: Final = 0.05
CHUNK_EVENTS: Final = 4096
_WAY_OUT: Final = 1000  # events, as of modes that are left

Sink = Callable[[bytes], None]
Around = Callable[[Output], contextlib.AbstractContextManager[None]]


class ScriptRun:
    """One run of a script.

    Attributes:
        builder: Holds the rows that were not yet sent.
        status: How it ended: "ok", "error", or the kind of its `Failure` where that is no exception.
    """

    def __init__(
        self,
        text: str,
        filename: str,
        *,
        trusted: bool,
        limits: Limits,
        sink: Sink | None = None,
        around: Around | None = None,
        sealed: bool = True,
    ) -> None:
        """Prepares a run.

        Args:
            text: The script.
            filename: What its code is called in tracebacks.
            trusted: Whether it may do all that Python can.
            limits: Of which this process sees to ``output``, ``events`` and ``values``.
            sink: Takes the chunks of the recording as it grows.
            around: Entered round the script, with what takes its output.
            sealed: Whether the chunks get digests, for those who store them.
        """
        meta = {"script": text, "filename": filename, "trusted": trusted, "engine": "gradviz"}
        self.builder = RecordingBuilder(meta, limits.values)
        self._events = self.builder.tables["events"]
        self.status = "ok"
        self._text = text
        self._filename = filename
        self._trusted = trusted
        self._limits = limits
        self._sink = sink
        self._sealed = sealed
        self._around = around or contextlib.nullcontext
        self._recorder: Recorder | None = None
        self._output: Output | None = None
        self._stop_reason = ""
        self._sent_at = 0.0
        self._running = False

    def run(self) -> None:
        """Runs the script to its end, whatever that is."""
        self._sent_at = time.monotonic()
        problem: BaseException | None = None
        code: types.CodeType | None = None
        try:
            source = ScriptSource(self._text, self._filename)
            code = self._compile(source)
        except RefusedError as error:
            problem = error
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self._write_failure(syntax_failure(error, self._text), event=-1)
            return
        recorder = self._recorder = Recorder(source, self.builder, self._tick)
        recorder.places.outermost = ScriptRun._execute.__code__
        output = self._output = Output(self._printed, recorder.places.here, self._limits.output, self._check_stop)
        variables: dict[str, Any] = {"__name__": "__main__", "__file__": self._filename}
        if code is not None:
            problem = self._execute(code, recorder, output, variables)
        self._end(recorder, output, source, variables, problem)

    def _execute(
        self, code: types.CodeType, recorder: Recorder, output: Output, variables: dict[str, Any]
    ) -> BaseException | None:
        """Runs the code; returns what ended it early, None for nothing."""

        def before_event() -> None:
            if output.waits:
                output.flush()
            if self._stop_reason:
                self._check_stop()

        recorder.before_event = before_event
        problem: BaseException | None = None
        try:
            variables["__builtins__"] = self._builtins(output)
            with self._around(output), self._surroundings(output, variables), observing(recorder):
                try:
                    self._running = True
                    self._check_stop()
                    exec(code, variables)
                finally:
                    self._running = False
        except SystemExit as end:
            problem = end if end.code not in (None, 0) else None
        except BaseException as error:
            problem = error
        self._running = False
        recorder.before_event = None
        return problem

    def stop(self, reason: str, frame: types.FrameType | None) -> None:
        """Ends the run from a signal handler: at once, or as soon as what is being written down is written.

        Args:
            reason: See `RunStopped`.
            frame: The frame that was interrupted.
        """
        self._stop_reason = self._stop_reason or reason
        if not _at_work(frame):
            self._check_stop()

    def pulse(self, frame: types.FrameType | None) -> None:
        """Sends what has not been sent, from a signal handler.

        Args:
            frame: The frame that was interrupted.
        """
        if self._running and self._output is not None and not _at_work(frame):
            self._output.flush()
            if self.builder.waiting("events"):
                self.send()

    def _check_stop(self) -> None:
        if not self._stop_reason or not self._running:
            return
        # On its way out the first one is not replaced: it knows the line. But no more than a way out is left open.
        leaving = isinstance(sys.exc_info()[1], RunStopped)
        if not leaving or len(self.builder) > self._limits.events + _WAY_OUT:
            raise RunStopped(self._stop_reason)

    def _compile(self, source: ScriptSource) -> types.CodeType:
        if self._trusted:
            return compile(source.tree, self._filename, "exec", dont_inherit=True)
        return compile_restricted(self._text, self._filename)

    def _builtins(self, output: Output) -> dict[str, Any]:
        names = dict(vars(builtins)) if self._trusted else restricted_builtins(self._filename, output)
        names["print"] = printer(output)
        return names

    @contextlib.contextmanager
    def _surroundings(self, output: Output, variables: dict[str, Any]) -> Iterator[None]:
        """What a script finds around it: streams, warnings, `torch`, `__main__`, `sys.argv`; put back afterwards."""
        main = types.ModuleType("__main__")
        before_main, before_path, before_argv = sys.modules.get("__main__"), list(sys.path), sys.argv
        manual_seed(0)
        random.seed(0)
        with (
            contextlib.redirect_stdout(output.stdout),
            contextlib.redirect_stderr(output.stderr),
            warnings.catch_warnings(),
            _engine_as_torch(),
            _engine_as_it_starts(),
        ):
            warnings.resetwarnings()
            warnings.simplefilter("default")
            for category in (DeprecationWarning, ImportWarning, PendingDeprecationWarning, ResourceWarning):
                warnings.simplefilter("ignore", category)  # as Python does
            warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")
            warnings.showwarning = _show_warning
            if self._trusted:
                # The script's globals are its module's, as they are when Python runs it.
                main.__dict__.update(variables)
                sys.modules["__main__"] = main
                folder = Path(self._filename).parent
                if os.sep in self._filename and folder.is_dir():
                    sys.path.insert(0, str(folder))
                sys.argv = [self._filename]
            try:
                yield
            finally:
                if before_main is not None:
                    sys.modules["__main__"] = before_main
                sys.path[:] = before_path
                sys.argv = before_argv

    # What is written down

    def _printed(self, text: str, error: bool, place: Place) -> None:
        assert self._recorder is not None
        self._recorder.event(Kind.OUTPUT, text=text, flag=int(error), place=place)
        self._tick()

    def _tick(self) -> None:
        """Called after each change: sends what is due, and stops the run where it must end."""
        events = self._events
        waiting = events.count - events.taken
        if self._sink is not None and (waiting >= CHUNK_EVENTS or time.monotonic() - self._sent_at > CHUNK_SECONDS):
            self.send()
        if events.count >= self._limits.events and not self._stop_reason:
            self._stop_reason = "events"
        if self._stop_reason:
            self._check_stop()

    def send(self, *, last: bool = False) -> None:
        """Gives what has been recorded since the last time to the sink."""
        if self._sink is not None:
            self._sink(self.builder.take_chunk(last=last, sealed=self._sealed))
            self._sent_at = time.monotonic()

    def _end(
        self, recorder: Recorder, output: Output, source: ScriptSource, variables: dict[str, Any], problem: BaseException | None
    ) -> None:
        output.finish()
        if recorder.failed is None:
            recorder.finish(variables)
        if problem is not None:
            found = failure(problem, recorder.places, self._limits, source.line, self._filename)
            place = Place(found.span, -1, None)
            event = recorder.event(Kind.ERROR, place=place, text=found.type or found.kind)
            self._write_failure(found, event)

    def _write_failure(self, found: Failure, event: int) -> None:
        self.status = "error" if found.kind in ("exception", "syntax", "internal") else found.kind
        string = self.builder.string
        texts = (found.kind, found.type, found.message, found.advice, found.traceback)
        self.builder.add("errors", event, *map(string, texts), *found.span)


def record(text: str, *, filename: str = "script.py", trusted: bool = False, limits: Limits | None = None) -> Recording:
    """Runs a script in this process and returns its recording.

    Time and memory are not limited here: that takes a process of its own, see `client.Runner`.

    Args:
        text: The script.
        filename: What its code is called in tracebacks.
        trusted: Whether it may do all that Python can.
        limits: How much is recorded.
    """
    run = ScriptRun(text, filename, trusted=trusted, limits=limits or Limits())
    run.run()
    return run.builder.build()


_HERE: Final = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LEAVABLE: Final = {
    _HERE + "script.py": ("_execute", "print"),
    _HERE + "guards.py": ("read", "write", "update", "getattr", "hasattr", "setattr", "delattr", "build_class", "get_field"),
}
"""The runner's functions that call the script's code, and write nothing down themselves."""


def _at_work(frame: types.FrameType | None) -> bool:
    """Whether the runner itself is at work in a frame or in one that called it: it must not be left in the middle."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_HERE):
            return code.co_filename not in _LEAVABLE or code.co_name not in _LEAVABLE[code.co_filename]
        frame = frame.f_back
    return False


def printer(output: Output) -> Callable[..., None]:
    """A `print` whose text arrives in one piece."""

    def print(*values: Any, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False) -> None:
        if file is None and sys.stdout is output.stdout:
            text = io.StringIO(newline="")
            builtins.print(*values, sep=sep, end=end, file=text)
            output.write(text.getvalue(), error=False)
        else:
            builtins.print(*values, sep=sep, end=end, file=file, flush=flush)

    return print


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: str | None = None
) -> None:
    stream = file if file is not None else sys.stderr
    stream.write(f"{filename}:{lineno}: {category.__name__}: {message}\n")


@contextlib.contextmanager
def _engine_as_it_starts() -> Iterator[None]:
    """Lets a script find the engine's modes and settings at their defaults, and puts them back."""
    default = dtypes.get_default_dtype()
    try:
        with printoptions(profile="default"):
            dtypes.set_default_dtype(dtypes.float32)
            yield
    finally:
        dtypes.set_default_dtype(default)
        modes.set_grad_enabled(True)
        modes.set_inference(False)
        modes.state.saved_hooks.clear()
        modes.state.creation_hooks.clear()
        modes.state.anomaly, modes.state.hooks_disabled = False, None


@contextlib.contextmanager
def _engine_as_torch() -> Iterator[None]:
    """Lets `import torch`, and of whatever lies within it, find the engine, even where the real one is installed."""
    before = {name: module for name, module in sys.modules.items() if name == "torch" or name.startswith("torch.")}
    for name in before:
        del sys.modules[name]
    for name, module in list(sys.modules.items()):
        if name == "engine" or name.startswith("engine."):
            sys.modules["torch" + name[len("engine") :]] = module
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name == "torch" or name.startswith("torch.")]:
            del sys.modules[name]
        sys.modules.update(before)
