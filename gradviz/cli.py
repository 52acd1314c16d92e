"""The command line: the window, and what works without one."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from gradviz import __version__

if TYPE_CHECKING:
    from gradviz.recording import Recording

OK, SCRIPT_FAILED, MISUSE = 0, 1, 2
_MOST = 1_000_000

_USAGE = """gradviz [FILE] [--trust]
       gradviz trace FILE [-o OUT.gradviz] [--json] [--trust]
       gradviz export FILE -o OUT.{png,svg} [--event N|end] [--theme light|dark] [--trust]"""


class MisuseError(Exception):
    """The command line asks for something that cannot be; the text says what and what to do instead."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise MisuseError(f"{message}. See gradviz --help")


def _write(stream: TextIO, text: str) -> None:
    """Writes a text; what the stream's encoding does not have, as escapes."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _say(text: str) -> None:
    _write(sys.stderr, "gradviz: " + " ".join(text.split()) + "\n")


def _parser(command: str) -> _Parser:
    parser = _Parser(prog=f"gradviz {command}".strip(), usage=_USAGE, description=_DESCRIPTIONS[command])
    required = command != ""
    parser.add_argument("file", metavar="FILE", nargs=None if required else "?", help="a graph script or a .gradviz recording")
    parser.add_argument("--trust", action="store_true", help="run the script without restrictions")
    if command == "":
        parser.add_argument("--version", action="version", version=f"gradviz {__version__}")
        return parser
    parser.add_argument("--seconds", type=float, default=60.0, help="stop the script after this time (default: 60)")
    parser.add_argument("--memory", type=float, default=4.0, metavar="GIB", help="memory the script may use (default: 4)")
    if command == "trace":
        parser.add_argument("-o", "--output", metavar="OUT.gradviz", help="keep the recording in this file")
        parser.add_argument("--json", action="store_true", help="print one JSON object; the script's own output goes to stderr")
    else:
        parser.add_argument("-o", "--output", metavar="OUT.{png,svg}", required=True, help="the picture to write")
        parser.add_argument("--event", default=None, help="which event, as the window counts them, or end (the default)")
        parser.add_argument("--theme", choices=("light", "dark"), default="dark")
    return parser


_DESCRIPTIONS = {
    "": "The debugger for gradients. Opens a window on a graph script or a recording; the commands trace and export need none.",
    "trace": "Runs a graph script without a window and prints what it prints.",
    "export": "Draws a graph script's or a recording's graph at one event to a picture.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status: 0, 1 for a script's error, 2 for misuse."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    command = arguments.pop(0) if arguments and arguments[0] in ("trace", "export") else ""
    try:
        options = _parser(command).parse_args(arguments)
        if command == "trace":
            return _trace(options)
        if command == "export":
            return _export(options)
        return _window(options)
    except MisuseError as trouble:
        _say(str(trouble))
        return MISUSE
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say it to.
        sys.stdout = None  # type: ignore[assignment]
        return OK
    except KeyboardInterrupt:
        return 130


def _window(options: argparse.Namespace) -> int:
    from gradviz.qt_libraries import display_trouble, import_trouble

    try:
        from gradviz.app import main as open_window
    except ImportError as error:
        if (error.name or "").startswith("gradviz"):
            raise
        raise MisuseError(import_trouble(error)) from None
    trouble = display_trouble()
    if trouble:
        raise MisuseError(trouble)
    if options.file is not None and not Path(options.file).exists():
        raise MisuseError(f"{options.file} does not exist")
    return open_window(file=options.file, trust=options.trust)


def _read_script(name: str) -> str:
    from gradviz.script import ScriptFileError, read_script

    try:
        return read_script(Path(name)).text
    except ScriptFileError as error:
        raise MisuseError(str(error)) from None


def _run(options: argparse.Namespace, *, echo: Any) -> Recording:
    """The recording of the file: read where it is one, else made by running the script, its output echoed as it comes."""
    from gradviz.recording import RecordingError, read_file

    if options.file.endswith(".gradviz"):
        try:
            recording = read_file(options.file)
        except RecordingError as error:
            raise MisuseError(f"{options.file}: {error}") from None
        except OSError as error:
            raise MisuseError(f"{options.file}: {error.strerror}") from None
        echo(recording.output())
        return recording
    text = _read_script(options.file)
    if not (0 < options.seconds <= _MOST and 0 < options.memory <= _MOST):
        raise MisuseError(f"--seconds and --memory take numbers above zero, {_MOST:,} at most")
    from gradviz.runner import Limits, run_blocking

    limits = Limits(seconds=options.seconds, memory=int(options.memory * 2**30))
    return run_blocking(text, filename=options.file, trusted=options.trust, limits=limits, echo=echo).recording


def _report_error(recording: Recording, name: str) -> int:
    if not recording.errors:
        return OK
    error = recording.errors[-1]
    place = f"{name}:{error.line}" if error.line else name
    advice = error.advice.replace("Trust and run", "--trust") if error.kind == "refused" else error.advice
    message = f"{error.type}: {error.message}" if error.type else error.message
    _write(sys.stderr, " ".join(f"{place}: {message} {advice}".split()) + "\n")
    return SCRIPT_FAILED


def _trace(options: argparse.Namespace) -> int:
    stream = sys.stderr if options.json else sys.stdout

    def echo(text: str) -> None:
        _write(stream, text)

    if options.output:
        _check_target(Path(options.output), (".gradviz",), "a recording")
    recording = _run(options, echo=echo)
    if options.output:
        from gradviz.recording import write_file

        try:
            write_file(recording, options.output)
        except OSError as error:
            raise MisuseError(f"cannot write {options.output}: {error.strerror}") from None
    if options.json:
        print(json.dumps(summary(recording), allow_nan=False))
    return _report_error(recording, options.file)


def summary(recording: Recording) -> dict[str, Any]:
    """What `gradviz trace --json` prints.

    Returns:
        ``ops``, ``passes`` and ``events`` counted; ``leaves`` by name, with ``shape``, ``requires_grad`` and ``grad`` at
        the end (nested lists, None, or a text that says why the numbers were not kept); ``error``, None or its ``type``,
        ``message``, ``line`` and ``kind``.
    """
    state = recording.state(len(recording) - 1)
    leaves: dict[str, dict[str, Any]] = {}
    for number in range(recording.tensor_count):
        tensor = recording.tensor(number)
        if not (tensor.name and tensor.is_leaf and tensor.op < 0):
            continue
        grad = int(state.grads[number])
        leaves[tensor.name] = {
            "shape": list(tensor.shape),
            "requires_grad": bool(state.requires_grad[number]),
            "grad": None if grad < 0 else _elements(recording, grad),
        }
    error = recording.errors[-1] if recording.errors else None
    return {
        "ops": recording.op_count,
        "passes": len(recording.passes),
        "events": len(recording),
        "leaves": leaves,
        "error": error and {"kind": error.kind, "type": error.type, "message": error.message, "line": error.line},
    }


def _elements(recording: Recording, value: int) -> Any:
    array = recording.array(value)
    if array is None:
        kept = recording.value(value)
        return f"kept as statistics only: norm {kept.norm:.6g}, min {kept.summary.min:.6g}, max {kept.summary.max:.6g}"
    return _plain(array.tolist())


def _plain(elements: Any) -> Any:
    """Nested numbers as JSON has them; the others ("nan", "inf", "(1+2j)") as texts."""
    if isinstance(elements, list):
        return [_plain(element) for element in elements]
    is_plain = isinstance(elements, bool | int) or (isinstance(elements, float) and math.isfinite(elements))
    return elements if is_plain else str(elements)


def _check_target(target: Path, suffixes: tuple[str, ...], what: str) -> None:
    """Refuses before the script runs what could not be written after it."""
    if target.suffix.lower() not in suffixes:
        raise MisuseError(f"{what}'s name ends in {' or '.join(suffixes)}, unlike {target}")
    if not target.absolute().parent.is_dir():
        raise MisuseError(f"cannot write {target}: there is no such directory")


def _export(options: argparse.Namespace) -> int:
    target = Path(options.output)
    _check_target(target, (".png", ".svg"), "a picture")

    def echo(text: str) -> None:
        _write(sys.stderr, text)

    recording = _run(options, echo=echo)
    event = _event_number(options.event, len(recording))
    from gradviz.qt_libraries import import_trouble

    try:
        from gradviz.export import write_picture
    except ImportError as error:
        if (error.name or "").startswith("gradviz"):
            raise
        raise MisuseError(import_trouble(error)) from None
    try:
        write_picture(recording, event, target, theme=options.theme)
    except OSError as error:
        raise MisuseError(f"cannot write {target}: {error.strerror or error}") from None
    return _report_error(recording, options.file)


def _event_number(text: str | None, count: int) -> int:
    """The number of the event that the window calls ``text``: 0 is before the first, ``count`` the last."""
    if text is None or text == "end":
        return count - 1
    if not text.isdecimal() or int(text) > count:
        raise MisuseError(f"--event {text}: the events are 0 to {count}, or end")
    return int(text) - 1
