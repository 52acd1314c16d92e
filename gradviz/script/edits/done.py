"""The last step of every edit: the text is put together, and checked to be Python still."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from gradviz.recording import Span
from gradviz.script.changes import Change, Draft, Edited, EditRefused, Place
from gradviz.script.flow import Flow
from gradviz.script.program import Program

_LABEL: Final = 40


def done(
    text: str,
    changes: Iterable[Change] | Draft,
    label: str,
    *,
    select: Iterable[str] = (),
    spans: Iterable[tuple[int, int]] = (),
    note: str = "",
) -> Edited:
    """An edit as carried out.

    Args:
        text: The script before.
        changes: What is changed.
        label: What the undo step is called.
        select: Variables whose last definition is to be selected.
        spans: Ranges of the new text that are to be selected.
        note: What the user should know besides.

    Raises:
        EditRefused: The result would be no Python.
    """
    if isinstance(changes, Draft):
        draft = changes
    else:
        draft = Draft(text)
        draft.apply(changes)
    try:
        program = Program.of(draft.text)
        if not program.compiles and Program.of(text).compiles:
            raise EditRefused("It does not compile.")
    except EditRefused as refused:
        raise EditRefused(f"The script would be no Python any more: {refused.reason}") from None
    places = [place for name in select if (place := place_of(program, name)) is not None]
    places += [Place(program.span(one)) for one in spans]
    return Edited(draft.text, draft.changes(), label, tuple(places), note)


def shortened(code: str) -> str:
    """A piece of code, short enough for a label."""
    code = " ".join(code.split())
    return code if len(code) <= _LABEL else f"{code[: _LABEL - 1]}…"


def place_of(program: Program, name: str) -> Place | None:
    """Where a variable gets its last value."""
    definitions = Flow.of(program).named(name)
    if not definitions:
        return None
    value = getattr(definitions[-1].statement, "value", None)
    if not isinstance(value, ast.expr) or isinstance(definitions[-1].statement, ast.AugAssign):
        return Place(None, name)
    return Place(span_of(value), name)


def span_of(node: ast.expr | ast.stmt) -> Span:
    """The span of a node as recordings have it."""
    return Span(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
