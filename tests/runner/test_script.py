"""Running a script in this process: what it prints, how it ends, what it finds around it."""

# ruff: noqa: E501 (a script stands on one line)
from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

from gradviz.recording import Budget, Kind, Span
from gradviz.runner import Limits, record
from tests.runner.stories import lines, ran, recorded, story


def printed(text: str, *, trusted: bool = False) -> list[str]:
    return story(record(text, trusted=trusted), Kind.OUTPUT)


class TestOutput:
    def test_one_print_is_one_event_at_its_line(self) -> None:
        recording = ran("print('a', 1, sep='-')\nprint('b\\nc\\n')\nfor i in range(2): print(i)\n")
        assert story(recording) == ["print 'a-1\\n'", "print 'b\\nc\\n\\n'", "print '0\\n'", "print '1\\n'"]
        assert lines(recording) == [1, 2, 3, 3]
        assert recording.output() == "a-1\nb\nc\n\n0\n1\n"

    def test_it_comes_between_the_ops_it_was_printed_between(self) -> None:
        recording = ran("x = torch.ones(1)\nprint('one', end='')\ny = x + 1\nprint('two')\n")
        assert story(recording) == ["create x by ones: 1", "print 'one'", "add -> y", "print 'two\\n'"]

    @pytest.mark.parametrize("trusted", [True, False])
    def test_text_without_an_end_is_told_too(self, trusted: bool) -> None:
        assert printed("print('no end', end='')\n", trusted=trusted) == ["print 'no end'"]

    def test_a_trusted_script_writes_to_the_streams_as_well(self) -> None:
        text = "import sys\nsys.stdout.write('out')\nsys.stderr.write('err')\nprint('x', file=sys.stderr)\n"
        recording = record(text, trusted=True)
        events = [recording.event(i) for i in range(len(recording))]
        assert [(e.text, e.flag) for e in events] == [("out", 0), ("err", 1), ("x\n", 1)]

    def test_print_goes_where_a_trusted_script_sends_it(self) -> None:
        text = "import io, contextlib\nb = io.StringIO()\nwith contextlib.redirect_stdout(b):\n    print('kept')\nprint(repr(b.getvalue()))\n"
        assert record(text, trusted=True).output() == "'kept\\n'\n"

    def test_surrogates_and_bytes(self) -> None:
        assert record("print('\\ud800')\nprint(b'\\xff\\x00')\nprint('é ∂ 🙂')\n").output() == "\ud800\nb'\\xff\\x00'\né ∂ 🙂\n"

    def test_what_is_too_much_is_dropped_and_said(self) -> None:
        recording = record("for i in range(30000): print(i)\nprint('last')\nx = 1\n")
        kept = recording.output().splitlines()
        assert kept[:2] == ["0", "1"]
        assert kept[19_999] == "19999"
        assert kept[20_000:] == ["… 10,001 more lines (60,005 characters) were printed and not kept"]
        assert not recording.errors

    def test_one_print_that_is_too_long_is_cut(self) -> None:
        recording = record("print('é' * 1000)\nprint('more')\n", limits=Limits(output=1001))
        text, note = recording.output().split("…")
        assert text == "é" * 500
        assert "not kept" in note

    def test_the_limits_bound_is_exact(self) -> None:
        assert record("print('abc')\n", limits=Limits(output=4)).output() == "abc\n"

    def test_what_the_repr_prints_is_no_mess(self) -> None:
        text = "class A:\n    def __repr__(self):\n        print('inner')\n        return 'A'\nprint(A())\n"
        assert printed(text) == ["print 'inner\\n'", "print 'A\\n'"]

    def test_warnings_name_the_scripts_line(self) -> None:
        recording = ran("x = torch.ones(1, requires_grad=True)\ny = x * 2\ny.grad\n")
        (event,) = (e for e in map(recording.event, range(len(recording))) if e.kind is Kind.OUTPUT)
        assert event.flag == 1
        assert event.text.startswith("script.py:4: UserWarning: The .grad attribute of a Tensor that is not a leaf")


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "kind", "message", "span"),
        [
            ("x = (\n", "SyntaxError", "'(' was never closed", Span(1, 4, 1, 5)),
            ("é = 'é' + ?\n", "SyntaxError", "invalid syntax", Span(1, 12, 1, 13)),
            (
                "if x:\npass\n",
                "IndentationError",
                "expected an indented block after 'if' statement on line 1",
                Span(2, 0, 2, 4),
            ),
            ("return 1\n", "SyntaxError", "'return' outside function", Span(1, 0, 1, 8)),
            ("x = 1\x00\n", "SyntaxError", "source code string cannot contain null bytes", Span(0, 0, 0, 0)),
            ("x = '\ud800'\n", "SyntaxError", None, Span(0, 0, 0, 0)),
            ("(" * 300 + ")" * 300 + "\n", "SyntaxError", None, None),
        ],
    )
    def test_what_is_no_python_is_told_and_not_run(self, text: str, kind: str, message: str | None, span: Span | None) -> None:
        recording = record(text)
        assert len(recording) <= 1
        (error,) = recording.errors
        assert (error.kind, error.type) == ("syntax", kind)
        assert "did not run" in error.advice
        assert message is None or error.message == message
        if span is not None and span.line and sys.version_info < (3, 12):
            assert error.span == span

    @pytest.mark.parametrize("trusted", [True, False])
    def test_an_exception_ends_the_recording_where_it_happened(self, trusted: bool) -> None:
        recording = recorded(
            "x = torch.ones(1)\ndef f(a):\n    return a / None\ny = f(\n    x)\nprint('never')\n", trusted=trusted
        )
        (error,) = recording.errors
        assert (error.kind, error.type, error.line, error.event) == ("exception", "TypeError", 4, len(recording) - 1)
        assert error.traceback.splitlines()[:5] == [
            "Traceback (most recent call last):",
            '  File "script.py", line 5, in <module>',
            "    y = f(",
            '  File "script.py", line 4, in f',
            "    return a / None",
        ]
        assert recording.event(-1).kind is Kind.ERROR
        assert recording.event(-1).span == error.span
        assert "engine" not in error.traceback

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("x = torch.ones(3, requires_grad=True)\n(x * 2).backward()", "scalar"),
            ("x = torch.ones(3, requires_grad=True)\ny = (x * x).sum()\ny.backward()\ny.backward()", "retain_graph=True"),
            ("torch.ones(()).backward()", "requires_grad"),
            ("x = torch.ones(3, requires_grad=True)\nx += 1", "no_grad"),
            ("torch.ones(2) + torch.ones(3)", "broadcast"),
            ("def f(): return f()\nf()", "calls itself"),
            ("input()", "read input"),
        ],
    )
    def test_advice_says_what_to_do(self, text: str, words: str) -> None:
        (error,) = recorded(text + "\n").errors
        assert words in error.advice

    def test_a_module_that_is_not_there(self) -> None:
        (error,) = record("import nothing_of_the_kind\n", trusted=True).errors
        assert (error.type, error.advice) == ("ModuleNotFoundError", "GradViz does not have the module nothing_of_the_kind.")

    @pytest.mark.parametrize(
        ("text", "errors"),
        [
            ("raise SystemExit", 0),
            ("raise SystemExit(0)", 0),
            ("exit()", 0),
            ("quit(None)", 0),
            ("raise SystemExit(3)", 1),
            ("exit('why')", 1),
        ],
    )
    def test_leaving_early_is_an_error_only_with_a_reason(self, text: str, errors: int) -> None:
        recording = record(text + "\nprint('never')\n")
        assert (len(recording.errors), recording.output()) == (errors, "")

    def test_an_exception_that_cannot_be_shown(self) -> None:
        (error,) = record("class Bad(Exception):\n    def __str__(self): raise ValueError\nraise Bad\n").errors
        assert (error.type, error.message) == ("Bad", "(its message cannot be shown: ValueError)")

    def test_a_base_exception_of_the_scripts_own(self) -> None:
        (error,) = record("class Bad(BaseException): pass\nraise Bad('x')\n").errors
        assert (error.type, error.message, error.line) == ("Bad", "x", 2)

    def test_memory_that_cannot_be_had(self) -> None:
        recording = recorded("x = torch.ones(4)\ny = torch.ones(10 ** 17)\n")
        (error,) = recording.errors
        assert error.kind == "memory"
        assert "smaller" in error.advice
        assert story(recording)[0] == "create x by ones: 1"

    def test_too_many_events_stop_the_run(self) -> None:
        recording = record("import torch\nx = torch.ones(1)\nwhile True:\n    x = x + 1\n", limits=Limits(events=100))
        assert (recording.errors[0].kind, len(recording)) == ("events", 101)
        assert recording.errors[0].line == 4

    def test_a_loop_that_swallows_everything_is_stopped_again(self) -> None:
        text = "import torch\nx = torch.ones(1)\nfor i in range(300):\n    try:\n        x = x + 1\n    except BaseException:\n        pass\n"
        recording = record(text, limits=Limits(events=100))
        assert len(recording) <= 101

    def test_recursion_within_the_recorder(self) -> None:
        recording = record("import torch\ndef f(x): return f(x + 1) + 1\nf(torch.ones(1))\n")
        (error,) = recording.errors
        assert error.type == "RecursionError" or error.kind == "recursion"
        assert recording.op_count > 50


class TestSurroundings:
    def test_nothing_at_all(self) -> None:
        recording = record("")
        assert (len(recording), recording.errors, recording.meta["trusted"]) == (0, (), False)

    def test_only_comments(self) -> None:
        assert len(record("# nothing\n\n")) == 0

    def test_no_backward(self) -> None:
        recording = ran("x = torch.ones(2, requires_grad=True)\ny = x * 2\n")
        assert recording.passes == ()

    @pytest.mark.parametrize("text", ["x = 1\r\nprint(x)\r\n", "x = 1\rprint(x)\r", "print(1)", "if 1:\n\tprint(1)\n"])
    def test_ways_of_writing_lines(self, text: str) -> None:
        recording = record(text)
        assert (recording.output(), recording.errors) == ("1\n", ())

    def test_the_description(self) -> None:
        recording = record("x = 1\n", filename="a b.py", trusted=True)
        assert recording.meta == {"script": "x = 1\n", "filename": "a b.py", "trusted": True, "engine": "gradviz"}

    def test_torch_is_the_engine_and_is_put_away_afterwards(self) -> None:
        before = {name for name in sys.modules if name.startswith("torch")}
        text = (
            "import torch, torch.nn as nn, engine, importlib\nfrom torch import optim\nimport torch.nn.functional as F\n"
            "assert torch is engine and importlib.import_module('torch.nn') is nn and F is nn.functional\nassert optim\n"
        )
        assert not record(text, trusted=True).errors
        assert {name for name in sys.modules if name.startswith("torch")} == before

    def test_everything_is_put_back(self) -> None:
        before = (sys.stdout, sys.stderr, sys.modules["__main__"], list(sys.path), sys.argv, warnings.showwarning)
        record("import sys\nsys.path.append('x')\nsys.argv.append('y')\nraise ValueError\n", trusted=True)
        assert (sys.stdout, sys.stderr, sys.modules["__main__"], list(sys.path), sys.argv, warnings.showwarning) == before

    def test_a_trusted_script_imports_its_neighbours(self, tmp_path: Path) -> None:
        (tmp_path / "neighbour_of_mine.py").write_text("value = 3\n")
        recording = record(
            "import neighbour_of_mine\nprint(neighbour_of_mine.value)\n", filename=str(tmp_path / "s.py"), trusted=True
        )
        sys.modules.pop("neighbour_of_mine")
        assert recording.output() == "3\n"

    def test_unseeded_numbers_are_the_same_in_every_run(self) -> None:
        text = "import torch, random\nprint(torch.randn(3), random.random())\n"
        assert record(text).output() == record(text).output()

    def test_modes_left_on_do_not_outlive_the_run(self) -> None:
        record("import torch\ntorch.set_grad_enabled(False)\n")
        record("import torch\ntorch.set_grad_enabled(False)\nraise ValueError\n")
        assert ran("x = torch.ones(1, requires_grad=True)\ny = x * 2\n").ops[0].node == "MulBackward0"

    def test_printing_options_do_not_outlive_the_run(self) -> None:
        record("import torch\ntorch.set_printoptions(precision=1)\ntorch.set_default_dtype(torch.float64)\n")
        assert record("import torch\nprint(torch.ones(1) / 3)\n").output() == "tensor([0.3333])\n"

    def test_large_values_are_kept_as_statistics(self) -> None:
        recording = record("import torch\nx = torch.arange(1000.0)\ny = x * 2\n", limits=Limits(values=Budget(100, 1000)))
        value = recording.value(recording.event(0).value)
        assert (value.array, value.summary.max, value.shape) == (None, 999, (1000,))
