"""Names for new variables, as a person would choose them."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterator
from itertools import count
from typing import Final

from gradviz.script.changes import EditRefused
from gradviz.script.program import Program

_TENSORS: Final = ("x", "y", "z", "a", "b", "c", "d", "u", "v", "p", "q", "r", "s", "t")
_PARAMETERS: Final = ("w", "b")
_LOSSES: Final = ("loss",)
_RESULTS: Final = ("out",)
_RESERVED: Final = frozenset({"torch", "np", "F", "nn", *keyword.kwlist, *keyword.softkwlist, *dir(builtins)})

KINDS: Final = {"tensor": _TENSORS, "parameter": _PARAMETERS, "loss": _LOSSES, "result": _RESULTS}


def pick(program: Program, kind: str = "tensor", taken: Collection[str] = ()) -> str:
    """A name that occurs nowhere in the script.

    Args:
        program: The script.
        kind: What it is for: "tensor", "parameter", "loss", "result".
        taken: Names that are given away besides.
    """
    used = program.words | frozenset(taken)
    return next(name for name in _offered(kind) if name not in used and name not in _RESERVED)


def _offered(kind: str) -> Iterator[str]:
    stems = KINDS[kind]
    yield from stems
    if kind == "tensor":
        yield from (f"{stem}{number}" for number in count(2) for stem in stems[:3])
    yield from (f"{stem}{number}" for number in count(2) for stem in stems)


def another(program: Program, name: str, taken: Collection[str] = ()) -> str:
    """A name for a copy: the next number after the name's own, that occurs nowhere in the script."""
    found = re.fullmatch(r"(.*?)(\d*)", name)
    assert found is not None
    stem, first = found[1], int(found[2] or 1) + 1
    used = program.words | frozenset(taken)
    return next(new for number in count(first) if (new := f"{stem}{number}") not in used and new not in _RESERVED)


def check_new(program: Program, name: str, line: int = 0) -> None:
    """Refuses a name that a new variable cannot have.

    Raises:
        EditRefused: It is no identifier, a word of Python's, or taken.
    """
    if not name.isidentifier():
        raise EditRefused(f"“{name}” is no name for a variable: use letters, digits and _, a letter first.", line)
    if keyword.iskeyword(name):
        raise EditRefused(f"“{name}” is a word of Python's own. Choose another name.", line)
    if name in dir(builtins):
        raise EditRefused(f"“{name}” is a builtin of Python's. Choose another name.", line)
    if name in program.words:
        raise EditRefused(f"The script uses the name {name} already. Choose another one.", line)
