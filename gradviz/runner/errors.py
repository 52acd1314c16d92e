"""What ended a run, in words: what happened, where, and what to do."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, TracebackType
from typing import Any, Final

from gradviz.runner.limits import Limits
from gradviz.runner.places import NO_SPAN, Places
from gradviz.runner.source import SpanKey
from gradviz.runner.stop import RunStopped

TRUST: Final = "If you trust this script, choose Trust and run."


@dataclass(frozen=True, slots=True)
class Failure:
    """What ended a run.

    Attributes:
        kind: "exception", "syntax", "refused", "time", "memory", "events", "cancelled" or "internal".
        type: The exception's class, "" where there was none.
        message: What happened.
        advice: What to do.
        traceback: The script's own frames, as Python prints them.
        span: Where it happened.
    """

    kind: str
    type: str
    message: str
    advice: str = ""
    traceback: str = ""
    span: SpanKey = NO_SPAN


class RefusedError(Exception):
    """An untrusted script asked for something it may not have.

    Attributes:
        span: Where, if known beforehand.
    """

    def __init__(self, message: str, span: SpanKey = NO_SPAN) -> None:
        super().__init__(message)
        self.span = span


def syntax_failure(error: Exception, text: str) -> Failure:
    """What is wrong with a text that is no Python."""
    if not isinstance(error, SyntaxError):
        what = {"RecursionError": "the script is nested too deeply", "MemoryError": "the script is nested too deeply"}
        return Failure(
            "syntax", "SyntaxError", what.get(type(error).__name__, str(error)), "Correct the script: it did not run."
        )
    line = error.lineno or 0
    lines = text.split("\n")

    def column(number: int | None, offset: int | None) -> int:
        # Python counts characters from 1, we count bytes from 0.
        if not number or not offset or number > len(lines):
            return 0
        return len(lines[number - 1][: max(offset - 1, 0)].encode(errors="surrogatepass"))

    end_line = error.end_lineno or line
    start = column(line, error.offset)
    end = column(end_line, error.end_offset) if error.end_offset and error.end_offset > 0 else start
    span = (line, start, end_line, end if (end_line, end) > (line, start) else start + 1)
    advice = f"Correct line {line}: the script did not run." if line else "Correct the script: it did not run."
    return Failure("syntax", type(error).__name__, error.msg, advice, span=span)


def failure(error: BaseException, places: Places, limits: Limits, line_of: Callable[[int], str], filename: str) -> Failure:
    """What an exception that left the script says.

    Args:
        error: The exception.
        places: Finds where code stands in the script.
        limits: What the run was limited to.
        line_of: A line of the script by its number.
        filename: The script's name.
    """
    frames = _frames(error.__traceback__, places)
    span = places.span(*frames[-1]) if frames else NO_SPAN
    if isinstance(error, RefusedError):
        return Failure(
            "refused",
            "",
            str(error),
            TRUST,
            _traceback(frames, places, line_of, filename),
            error.span if error.span[0] else span,
        )
    if isinstance(error, RunStopped):
        kind, message, advice = _stopped(error, limits)
        return Failure(kind, "", message, advice, _traceback(frames, places, line_of, filename), span)
    name = type(error).__name__
    if type(error).__module__ not in ("builtins", "__main__") and not isinstance(error, MemoryError):
        name = f"{type(error).__module__}.{name}"
    message = _message(error)
    text = _traceback(frames, places, line_of, filename) + f"{name}: {message}"
    if isinstance(error, MemoryError):
        message = message or "memory ran out"
        advice = f"The script may use {_size(limits.memory)}. Make its tensors smaller, or allow it more memory."
        return Failure("memory", "MemoryError", message, advice, text, span)
    return Failure("exception", name, message, _advice(error, places), text, span)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as trouble:  # a class of the script's own may fail here too
        return f"(its message cannot be shown: {type(trouble).__name__})"


def _stopped(error: RunStopped, limits: Limits) -> tuple[str, str, str]:
    texts = {
        "time": (
            f"The script was stopped after {limits.seconds:g} seconds.",
            "Look for a loop that does not end, or allow the script more time.",
        ),
        "events": (
            f"The script was stopped after {limits.events:,} events.",
            "Record less: fewer iterations, or only the part that matters.",
        ),
        "memory": (
            "Memory ran out while the script was being recorded.",
            f"The script may use {_size(limits.memory)}. Make its tensors smaller, or allow it more memory.",
        ),
        "recursion": ("The script recurses too deeply.", "Call functions less deeply, or turn the recursion into a loop."),
        "cancelled": ("The script was stopped.", "What it did until then is shown."),
    }
    cause = error.__cause__
    unknown = f"GradViz failed to record this script: {type(cause).__name__}: {cause}"
    message, advice = texts.get(error.reason, (unknown, "This is a fault of GradViz: please report it with the script."))
    return (error.reason if error.reason in texts else "internal"), message, advice


def _size(count: int) -> str:
    return f"{count / 2**30:.3g} GiB" if count >= 2**30 else f"{count / 2**20:.3g} MiB"


def _frames(trace: TracebackType | None, places: Places) -> list[tuple[CodeType, int]]:
    found: list[tuple[CodeType, int]] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if places.belongs(code):
            found.append((code, trace.tb_lasti))
        trace = trace.tb_next
    return found


def _traceback(frames: list[tuple[CodeType, int]], places: Places, line_of: Callable[[int], str], filename: str) -> str:
    if not frames:
        return ""
    summaries = [
        traceback.FrameSummary(filename, line, code.co_name, lookup_line=False, line=line_of(line).strip())
        for code, lasti in frames
        for line in (places.span(code, lasti)[0],)
    ]
    return "Traceback (most recent call last):\n" + "".join(traceback.StackSummary.from_list(summaries).format())


def _line(place: Any, places: Places) -> int:
    """The line of a (code, lasti) pair of the engine's, 0 where it is not the script's."""
    if not isinstance(place, tuple) or len(place) != 2 or not isinstance(place[0], CodeType) or not places.belongs(place[0]):
        return 0
    return places.span(place[0], place[1])[0]


_ADVICE: Final[tuple[tuple[str, str], ...]] = (
    (
        "backward through the graph a second time",
        "The first pass freed what the graph had saved: give it retain_graph=True, or compute the forward part again.",
    ),
    (
        "can be implicitly created only for scalar outputs",
        "Make it a scalar first, as with .sum() or .mean(), or pass a gradient of its shape: backward(torch.ones_like(...)).",
    ),
    (
        "does not require grad and does not have a grad_fn",
        "Nothing it was made from requires grad, or a cut lies between: look for detach(), no_grad(), requires_grad=False.",
    ),
    (
        "a leaf Variable that requires grad is being used in an in-place operation",
        "Write to it within `with torch.no_grad():`, or compute a new tensor instead.",
    ),
    (
        "a view of a leaf Variable that requires grad is being used in an in-place operation",
        "Write to it within `with torch.no_grad():`, or clone() the leaf first.",
    ),
    (
        "appears to not have been used in the graph",
        "The output does not depend on this input: pass allow_unused=True, or look for the cut between them.",
    ),
    (
        "must match the size of tensor",
        "The shapes do not broadcast: sizes must be equal, or 1, from the last dimension backwards.",
    ),
    ("cannot be multiplied", "The inner sizes of a matrix product must be equal: (n×k) @ (k×m)."),
)


def _advice(error: BaseException, places: Places) -> str:
    message = _message(error)
    if "modified by an inplace operation" in message:
        saved = _line(getattr(error, "saved_at", None), places)
        written = _line(getattr(error, "written_at", None), places)
        parts = []
        if saved:
            parts.append(f"Line {saved} saved the tensor for its derivative.")
        if written:
            parts.append(f"Line {written} then wrote to it in place: compute a new tensor there, or clone() before writing.")
        return (
            " ".join(parts)
            or "Do not write in place to a tensor that a derivative needs: compute a new one, or clone() it first."
        )
    if isinstance(error, RecursionError):
        return "A function calls itself too deeply: give it an end, or use a loop."
    if isinstance(error, EOFError):
        return "A graph script cannot read input: write the value into the script."
    if isinstance(error, ModuleNotFoundError):
        return f"GradViz does not have the module {error.name}." if error.name else ""
    if isinstance(error, NotImplementedError) and re.search(r"engine|not implemented|support", message):
        return "The embedded engine does not have this (yet): use another way to compute it."
    return next((advice for text, advice in _ADVICE if text in message), "")
