"""Programs that run on the engine and on PyTorch alike, and what came of them.

A program is a block of a text file under `programs/`: a line `### title`, then its code, which may `return` something to look
at. The block called `preamble` is put before every other of its file. `record_oracle.py` runs them all under PyTorch and keeps
the outcomes under `data/`; the tests run them on the engine and compare.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import json
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_TRIGGERED = re.compile(r"\s*\(Triggered internally at [^)]*\)")
_STACK = re.compile(r"(\n|\\n)Exception raised from .*?(?='\)|$)", re.S)
_TRACEBACK = re.compile(r"caused the error:.*", re.S)


@dataclass(frozen=True)
class Program:
    """One program.

    Attributes:
        title: Unique within its file.
        preamble: What comes before it.
        code: Its text.
    """

    title: str
    preamble: str
    code: str


def programs(name: str) -> list[Program]:
    """The programs of a file."""
    blocks: dict[str, str] = {}
    for part in re.split(r"^### ", (FOLDER / "programs" / f"{name}.txt").read_text(), flags=re.M)[1:]:
        title, _, code = part.partition("\n")
        if title.strip() in blocks:
            raise ValueError(f"two programs of {name} are called {title.strip()!r}")
        blocks[title.strip()] = code.strip("\n")
    preamble = blocks.pop("preamble", "")
    return [Program(title, preamble, code) for title, code in blocks.items()]


@cache
def recorded(name: str) -> dict[str, Any]:
    """What PyTorch made of the programs of a file."""
    found: dict[str, Any] = json.loads((FOLDER / "data" / f"{name}.json").read_text())
    return found


def masked(text: str) -> str:
    """A text without what differs from run to run, or speaks of PyTorch's own sources."""
    text = _STACK.sub("", text)
    return _TRACEBACK.sub("caused the error:", _TRIGGERED.sub("", _ADDRESS.sub("0x", text)))


def importer(torch: ModuleType) -> Callable[..., Any]:
    """`__import__` for a program: what it imports of torch comes from the module given for it."""

    def load(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "torch":
            name = torch.__name__ + name.removeprefix("torch")
        return __import__(name, *rest)

    return load


def outcome(program: Program, modules: dict[str, Any]) -> dict[str, Any]:
    """Run a program: its value, what it printed, its warnings, its error."""
    scope: dict[str, Any] = {"__name__": "__main__", **modules}
    scope["__builtins__"] = {**vars(builtins), "__import__": importer(modules["torch"])}
    indented = "\n".join("    " + line for line in program.code.splitlines())
    text = f"{program.preamble}\ndef program():\n{indented}\n"
    printed = io.StringIO()
    found: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            exec(compile(text, f"<{program.title}>", "exec"), scope)
            found["value"] = masked(repr(scope["program"]()))
        except Exception as error:
            found["error"] = [type(error).__name__, masked(str(error))]
    if printed.getvalue():
        found["printed"] = masked(printed.getvalue())
    told = [[w.category.__name__, masked(str(w.message))] for w in caught]
    if told:
        found["warnings"] = told
    scope.clear()
    return found


_NUMBER = re.compile(r"-?(?:\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+|inf\b|nan\b)")


def agree(got: Any, expected: Any, tolerance: float) -> bool:
    """Whether two outcomes are the same text around the same numbers, up to a tolerance."""
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(agree(got[key], expected[key], tolerance) for key in got)
    if not (isinstance(got, str) and isinstance(expected, str)):
        return bool(got == expected)
    if _NUMBER.sub("#", got) != _NUMBER.sub("#", expected):
        return False
    pairs = zip(map(float, _NUMBER.findall(got)), map(float, _NUMBER.findall(expected)), strict=True)
    return all(a == b or (a != a and b != b) or abs(a - b) <= tolerance * max(1.0, abs(b)) for a, b in pairs)
