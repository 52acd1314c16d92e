"""Runs in a worker process: what comes back, how every bad end looks, and that nothing is left behind.

Limits are short, and no test depends on how fast it runs: it waits for what must happen.
"""

# ruff: noqa: E501 (a script stands on one line)
from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradviz.recording import Kind, Recording, read_bytes, to_bytes
from gradviz.runner import Limits, Runner, RunResult, record, run_blocking
from tests.runner.stories import story

PATIENCE = 60.0  # seconds until a test gives up
SHORT = Limits(seconds=0.5)
PROGRAM = "import torch\nx = torch.ones(2, requires_grad=True)\ny = (x * 3).sum()\ny.backward()\nprint('done')\n"


@pytest.fixture(scope="module")
def shared() -> Iterator[Runner]:
    """One warm worker for all tests that leave it alive."""
    with Runner(post=None) as runner:
        yield runner


@pytest.fixture(scope="module", autouse=True)
def _module_wide(shared: Runner) -> None:
    """Starts the shared worker before any test counts processes and threads."""
    shared.start()


def finished(runner: Runner, text: str, *, trusted: bool = False, limits: Limits | None = None) -> RunResult:
    result = runner.run(text, trusted=trusted, limits=limits).wait(PATIENCE)
    assert result is not None
    # Whatever happened, what came back can be kept and read again.
    assert len(read_bytes(to_bytes(result.recording))) == len(result.recording)
    return result


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


class TestRuns:
    def test_a_run_is_what_it_is_in_process(self, shared: Runner) -> None:
        result = finished(shared, PROGRAM)
        here = record(PROGRAM)
        assert (result.status, result.note, result.post) == ("ok", "", None)
        assert story(result.recording) == story(here)
        assert result.recording.names == here.names
        assert result.recording.meta == here.meta

    def test_each_run_starts_afresh(self, shared: Runner) -> None:
        finished(shared, "import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n", trusted=True)
        assert (
            finished(shared, "import torch\nprint(torch.ones(1), torch.is_grad_enabled())\n").recording.output()
            == "tensor([1.]) True\n"
        )

    def test_output_comes_as_it_is_printed_and_the_recording_grows(self) -> None:
        pieces: list[str] = []
        sizes: list[int] = []
        go_on = threading.Event()
        text = "import torch, time\nprint('first')\nx = torch.ones(1)\nfor i in range(2000):\n    x = x + 1\n    if i < 100: time.sleep(0.005)\nprint('last')\n"
        with Runner(post=None) as runner:
            handle = runner.run(
                text, on_output=pieces.append, on_update=lambda r: sizes.append(len(r)), on_done=lambda _: go_on.set()
            )
            assert go_on.wait(PATIENCE)
            result = handle.wait(PATIENCE)
        assert result is not None
        assert "".join(pieces) == result.recording.output() == "first\nlast\n"
        assert len(pieces) > 1
        assert sizes == sorted(sizes)
        assert sizes
        assert sizes[0] < len(result.recording)

    def test_the_newest_run_takes_the_place_of_an_older(self) -> None:
        heard: list[str] = []
        with Runner(post=None) as runner:
            old = runner.run("while True: pass\n", on_done=lambda r: heard.append(f"old {r.status}"))
            new = runner.run("print(1)\n", on_done=lambda r: heard.append(f"new {r.status}"))
            result, before = new.wait(PATIENCE), old.wait(PATIENCE)
        assert result is not None
        assert before is not None
        assert (result.status, before.status) == ("ok", "superseded")
        assert heard == ["new ok"]

    def test_cancelled(self) -> None:
        with Runner(post=None) as runner:
            seen = threading.Event()
            handle = runner.run("print('going')\nwhile True:\n    pass\n", on_output=lambda _: seen.set())
            assert seen.wait(PATIENCE)  # what was printed comes though the script does nothing more
            handle.cancel()
            result = handle.wait(PATIENCE)
        assert result is not None
        assert result.status == "cancelled"
        assert result.recording.output() == "going\n"
        (error,) = result.recording.errors
        assert (error.kind, error.line) in (("cancelled", 2), ("cancelled", 3))

    def test_cancelled_though_it_will_not_hear(self) -> None:
        text = "print(1)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass\n"
        with Runner(post=None) as runner:
            seen = threading.Event()
            handle = runner.run(text, on_output=lambda _: seen.set())
            assert seen.wait(PATIENCE)
            handle.cancel()
            result = handle.wait(PATIENCE)
        assert result is not None
        assert result.status == "cancelled"

    def test_a_picture_comes_with_the_recording(self) -> None:
        with Runner() as runner:
            result = runner.run(PROGRAM, options={"orientation": "TB"}).wait(PATIENCE)
        assert result is not None
        assert result.post["orientation"] == "TB"
        assert {data["label"] for _, _, _, data in result.post["nodes"]} >= {"x", "y"}

    def test_without_forking(self) -> None:
        with Runner(post=None, once=True) as runner:
            for _ in range(2):
                result = finished(runner, PROGRAM)
                assert (result.status, result.note) == ("ok", "")
                until(lambda: runner._process is None)

    def test_run_blocking_echoes(self) -> None:
        pieces: list[str] = []
        result = run_blocking("print('a')\nprint('\\ud800')\n", echo=pieces.append)
        assert (result.status, "".join(pieces)) == ("ok", "a\n\\ud800\n")

    def test_run_blocking_lets_the_echos_error_out_and_leaves_nothing(self) -> None:
        def broken(text: str) -> None:
            raise BrokenPipeError

        with pytest.raises(BrokenPipeError):
            run_blocking("print('a')\n", echo=broken)


# text, trusted, status, kind of the error, words of its message, its line
BAD_ENDS = {
    "an endless loop": ("x = 1\nwhile True:\n    pass\n", False, "time", "stopped after 0.5 seconds", (2, 3)),
    "a loop that swallows it": ("while True:\n    try:\n        while True: pass\n    except: pass\n", False, "time", "0.5 seconds", (1, 2, 3, 4)),
    "one long call": ("x = 3\ny = 7 ** (x * 10 ** 7)\n", False, "time", "0.5 seconds", (2,)),
    "a loop within a print": ("class A:\n    def __repr__(self):\n        while True: pass\nprint(A())\n", False, "time", "after 0.5 seconds", (3,)),
    "a loop within an attribute": ("class A:\n    @property\n    def p(self):\n        while True: pass\ngetattr(A(), 'p')\n", False, "time", "after 0.5 seconds", (4,)),
    "a loop within a hook": ("import torch\nx = torch.ones(1, requires_grad=True)\ndef hook(g):\n    while True: pass\nx.register_hook(hook)\nx.sum().backward()\n", False, "time", "after 0.5 seconds", (4,)),
    "waiting": ("import time\ntime.sleep(100)\n", False, "time", "0.5 seconds", (2,)),
    "too much memory": ("import torch\nx = torch.ones(1)\ny = torch.ones(10 ** 10)\n", False, "memory", "Unable to allocate", (3,)),
    "memory piece by piece": ("import torch\nl = []\nwhile True:\n    l.append(torch.ones(10 ** 7))\n", False, "memory", "allocate", (4,)),
    "memory in Python": ("l = [0]\nwhile True:\n    l = l + l\n", False, "memory", "memory ran out", (3,)),
    "os._exit": ("import os\nprint('a')\nos._exit(3)\n", True, "killed", "exit code 3", (0, 2, 3)),
    "a killed process": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", True, "killed", "SIGKILL", (0, 2)),
    "a crash": ("import ctypes\nx = 1\nctypes.string_at(0)\n", True, "killed", "SIGSEGV", None),
    "an abort": ("import os\nos.abort()\n", True, "killed", "SIGABRT", (2,)),
    "an exception": ("import torch\n1 / 0\n", False, "error", "division by zero", (2,)),
    "no Python": ("x = (\n", False, "error", "never closed", (1,)),
    "refused": ("import os\n", False, "refused", "may not import `os`", (1,)),
    "input": ("x = 1\ninput('name? ')\n", True, "error", "EOF", (2,)),
    "deep recursion": ("def f(n): return f(n + 1)\nf(0)\n", False, "error", "recursion", (1,)),
    "sys.exit": ("import sys\nsys.exit(4)\n", True, "error", "4", (2,)),
    "no recursion limit": ("import sys\nsys.setrecursionlimit(10 ** 9)\nclass A:\n    def __repr__(self): return repr(self)\nrepr(A())\n", True, None, "", None),
}  # fmt: skip


class TestBadEnds:
    @pytest.mark.parametrize("name", BAD_ENDS)
    def test_it_is_told_where_and_what_and_the_next_run_works(self, shared: Runner, name: str) -> None:
        text, trusted, status, words, line = BAD_ENDS[name]
        seconds = 30 if status == "memory" else 0.5
        result = finished(shared, text, trusted=trusted, limits=Limits(seconds=seconds, memory=512 << 20))
        error = result.recording.errors[-1]
        if status is not None:
            assert result.status == status
        assert words in error.message
        assert error.advice or error.kind == "exception"
        if line is not None:
            assert error.line in line
        if len(result.recording):
            assert result.recording.event(-1).kind is Kind.ERROR
        after = finished(shared, "print(1)\n")
        assert (after.status, after.note, after.recording.output()) == ("ok", "", "1\n")

    def test_what_was_done_before_a_crash_is_kept(self, shared: Runner) -> None:
        text = "import torch, time, ctypes\nx = torch.ones(1)\nfor i in range(9):\n    x = x + 1\n    time.sleep(0.02)\nctypes.string_at(0)\n"
        result = finished(shared, text, trusted=True)
        assert result.status == "killed"
        assert result.recording.op_count >= 3

    def test_a_million_prints(self, shared: Runner) -> None:
        result = finished(shared, "for i in range(10 ** 6): print(i)\nx = 1\n", limits=Limits(seconds=30))
        assert result.status == "ok"
        text = result.recording.output()
        assert text.startswith("0\n1\n")
        assert "980,000 more lines" in text.splitlines()[-1]

    def test_an_output_limit_of_one_line_without_end(self, shared: Runner) -> None:
        result = finished(shared, "print('x' * 10 ** 7)\n", limits=Limits(output=1000))
        assert result.recording.output().startswith("x" * 1000 + "…")


class TestStreams:
    def test_no_way_of_writing_disturbs_the_protocol(self, shared: Runner) -> None:
        text = "import os, sys, ctypes\nos.write(1, b'raw\\n')\nctypes.CDLL(None).puts(b'from C')\nctypes.CDLL(None).fflush(None)\nos.system('echo child')\nos.write(2, b'\\xff\\n')\nprint('python')\n"
        result = finished(shared, text, trusted=True)
        assert result.status == "ok"
        assert sorted(result.recording.output().splitlines()) == ["\\xff", "child", "from C", "python", "raw"]

    def test_nothing_to_read(self, shared: Runner) -> None:
        assert finished(shared, "import sys\nprint(repr(sys.stdin.read()))\n", trusted=True).recording.output() == "''\n"

    def test_no_core_is_dumped(self, shared: Runner) -> None:
        text = "import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))\n"
        assert finished(shared, text, trusted=True).recording.output() == "(0, 0)\n"

    def test_a_script_that_closes_every_descriptor(self, shared: Runner) -> None:
        result = finished(shared, "import os\nos.closerange(0, 256)\n", trusted=True)
        assert result.status == "killed"
        assert finished(shared, "print(1)\n").status == "ok"

    def test_a_script_that_writes_into_every_descriptor(self, shared: Runner) -> None:
        text = "import os\nfor d in range(256):\n    try: os.write(d, b'garbage' * 9)\n    except OSError: pass\n"
        result = finished(shared, text, trusted=True)
        assert result.status in ("ok", "killed")
        assert finished(shared, "print(1)\n").status == "ok"


class TestNothingIsLeft:
    def test_threads_the_script_left(self, shared: Runner) -> None:
        text = "import threading, time\nthreading.Thread(target=time.sleep, args=(100,)).start()\nprint('end')\n"
        result = finished(shared, text, trusted=True)
        assert (result.status, result.recording.output()) == ("ok", "end\n")

    def test_processes_the_script_left(self, shared: Runner) -> None:
        text = "import subprocess\nprint(subprocess.Popen(['sleep', '100']).pid)\n"
        result = finished(shared, text, trusted=True)
        process = int(result.recording.output())
        until(lambda: not alive(process))

    def test_a_script_that_forks(self, shared: Runner) -> None:
        text = "import os\nif os.fork() == 0:\n    print('twin')\nelse:\n    os.wait()\n    print('parent')\n"
        result = finished(shared, text, trusted=True)
        # Python 3.12 warns of forking where threads run: one reads the descriptors.
        assert (result.status, result.recording.output().splitlines()[-1:]) == ("ok", ["parent"])
        assert "twin" not in result.recording.output()

    def test_closing_while_a_script_runs(self) -> None:
        runner = Runner(post=None)
        heard: list[RunResult] = []
        pid: list[str] = []
        started = threading.Event()

        def output(text: str) -> None:
            pid.append(text)
            started.set()

        text = "import os, time\nprint(os.getpid())\nwhile True:\n    time.sleep(0.06)\n    print('.', end='')\n"
        handle = runner.run(text, trusted=True, on_output=output, on_done=heard.append)
        assert started.wait(PATIENCE)
        runner.close()
        assert handle.done
        assert heard == []
        assert not alive(int("".join(pid).split()[0]))
        with pytest.raises(RuntimeError, match="closed"):
            runner.run("")

    def test_closing_twice_and_closing_what_never_ran(self) -> None:
        runner = Runner()
        runner.close()
        runner.close()

    @pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
    def test_a_client_that_is_killed_takes_all_with_it(self) -> None:
        text = (
            "import sys, time\nfrom gradviz.runner import Runner\n"
            "runner = Runner(post=None)\n"
            "script = 'import os, time\\nprint(os.getpid())\\nwhile True:\\n    time.sleep(0.06)\\n    print(0)\\n'\n"
            "def out(text):\n    print(text.split()[0], runner._process.pid, flush=True)\n"
            "runner.run(script, trusted=True, on_output=out)\ntime.sleep(100)\n"
        )
        root = str(Path(__file__).resolve().parents[2])
        client = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root})
        assert client.stdout is not None
        child, worker = map(int, client.stdout.readline().split())
        assert alive(child)
        client.kill()
        client.wait()
        client.stdout.close()
        until(lambda: not alive(child) and not alive(worker))


class TestTheWorkersDeath:
    def test_a_worker_killed_in_the_middle_is_started_anew_and_it_is_said(self) -> None:
        with Runner(post=None) as runner:
            started = threading.Event()
            text = "import time\nwhile True:\n    time.sleep(0.06)\n    print(0)\n"
            handle = runner.run(text, on_output=lambda _: started.set())
            assert started.wait(PATIENCE)
            assert runner._process is not None
            os.kill(runner._process.pid, signal.SIGKILL)
            lost = handle.wait(PATIENCE)
            assert lost is not None
            assert lost.status == "killed"
            assert "worker ended" in lost.recording.errors[-1].message
            assert lost.recording.output().startswith("0\n")
            again = finished(runner, "print(1)\n")
            assert (again.status, again.note) == ("ok", "The worker had ended unexpectedly and was started again.")
            assert finished(runner, "print(1)\n").note == ""

    def test_a_worker_killed_between_runs(self) -> None:
        with Runner(post=None) as runner:
            finished(runner, "")
            process = runner._process
            assert process is not None
            process.kill()
            until(lambda: runner._process is None)
            assert finished(runner, "print(1)\n").note != ""

    def test_a_worker_that_cannot_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        with Runner() as runner, pytest.raises(OSError, match="python"):
            runner.run("")


class TestCalls:
    def test_an_allowed_function(self) -> None:
        recording = record(PROGRAM)
        with Runner(post=None, allow=["gradviz.graph.picture_of"]) as runner:
            result = runner.call("gradviz.graph.picture_of", to_bytes(recording), {}).wait(PATIENCE)
        assert result is not None
        assert (result.error, result.value["orientation"]) == ("", "LR")

    def test_one_that_is_not(self, shared: Runner) -> None:
        result = shared.call("os.system", b"true").wait(PATIENCE)
        assert result is not None
        assert result.value is None
        assert "may not be called" in result.error

    def test_one_that_fails(self) -> None:
        with Runner(post=None, allow=["gradviz.graph.picture_of"]) as runner:
            result = runner.call("gradviz.graph.picture_of", b"nonsense", {}).wait(PATIENCE)
        assert result is not None
        assert "not a GradViz recording" in result.error

    def test_one_that_fails_after_a_run_leaves_the_recording(self) -> None:
        with Runner(post="tests.runner.test_client.failing") as runner:
            result = finished(runner, PROGRAM)
        assert (result.status, result.post) == ("ok", None)
        assert "could not be computed" in result.note
        assert "broken on purpose" in result.note


def failing(data: bytes, options: object) -> Recording:
    """A function for the worker that fails."""
    raise ValueError("broken on purpose")
