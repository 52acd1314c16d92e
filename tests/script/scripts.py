"""Scripts for the tests of edits, and what is to hold after every edit."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import pytest

import engine
from gradviz.recording import Span
from gradviz.script.changes import Change, Edit, Edited, EditRefused, Place, changed, inverse
from gradviz.script.program import Program

FIRST = """\
import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2  # shifted
z = y * y * 3
out = z.mean()

out.backward()
print(x.grad)
"""


def at(text: str, piece: str, nth: int = 0, name: str = "") -> Place:
    """The place of an expression, found by its text."""
    return Place(span_at(text, piece, nth), name)


def span_at(text: str, piece: str, nth: int = 0) -> Span:
    """The span of the nth occurrence of a piece of text."""
    starts = [found.start() for found in re.finditer(re.escape(piece), text)]
    return Program.of(text).span((starts[nth], starts[nth] + len(piece)))


def named(name: str) -> Place:
    """The place of the last value of a variable."""
    return Place(None, name)


def do(edit: Edit, text: str) -> str:
    """The script after an edit, with what every edit promises checked."""
    edited = edit.apply(text)
    check(text, edited)
    return edited.text


def check(text: str, edited: Edited) -> None:
    """What holds of every edit: it is Python, its changes lead there and back, and are no larger than need be."""
    compile(edited.text.removeprefix("\ufeff"), "script", "exec", dont_inherit=True)
    assert changed(text, edited.changes) == edited.text
    assert changed(edited.text, inverse(text, edited.changes)) == text
    assert edited.label
    place = 0
    for change in edited.changes:
        assert place <= change.start <= change.end
        assert change != Change(change.start, change.end, text[change.start : change.end])
        place = change.end
    program = Program.of(edited.text)
    for one in edited.selection:
        assert one.span is None or program.at(one.span) is not None, one


def refused(edit: Edit, text: str) -> EditRefused:
    """Why an edit is refused."""
    with pytest.raises(EditRefused) as caught:
        edit.apply(text)
    assert caught.value.reason == str(caught.value)
    assert caught.value.reason.endswith(".")
    return caught.value


def run(text: str) -> dict[str, Any]:
    """The tensors and numbers a script ends with, and what it prints, as plain values."""
    names: dict[str, Any] = {}
    out = io.StringIO()
    text = re.sub(r"(?m)^import torch$", "import engine as torch", text.removeprefix("\ufeff").replace("\r\n", "\n"))
    code = compile(re.sub(r"(?m)^(import|from) torch\.", r"\1 engine.", text), "script", "exec")
    vars(engine)["manual_seed"](1)
    with contextlib.redirect_stdout(out):
        exec(code, names)
    found = {
        name: (value.tolist(), value.requires_grad, None if value.grad is None else value.grad.tolist())
        for name, value in names.items()
        if isinstance(value, engine.Tensor) and (value.is_leaf or value.retains_grad)
    }
    found |= {
        name: (value.tolist(), value.requires_grad)
        for name, value in names.items()
        if isinstance(value, engine.Tensor) and name not in found
    }
    return found | {"": re.sub(r"0x\w+", "0x", out.getvalue())}
