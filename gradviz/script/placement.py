"""Where a person put things on the canvas: the one thing a script cannot say, kept in comments at its end.

    # [gradviz-layout]
    # version = 1
    # x = 120, 40
    # z/mul#2 = 260, 88
    # frame "Encoder" = 0, 0, 300, 200
    # note "try 0.5 here" = 20, 240

A tensor goes by the variable that holds it, an op by the variable it leads to; the second of one name has `#2`. So a place
survives edits of other lines, new values and another order. People may edit the block: what cannot be read is left as it is
and told of.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from gradviz.script.changes import Change, Edited, EditRefused, changed
from gradviz.script.program import Program

VERSION: Final = 1
HEAD: Final = "# [gradviz-layout]"

_HEAD: Final = re.compile(r"[ \t]*#[ \t]*\[gradviz-layout\][ \t]*$")
_ENTRY: Final = re.compile(
    r"""[ \t]*\#[ \t]*(?:(?P<kind>frame|note)[ \t]+)?(?P<key>"(?:[^"\\]|\\.)*"|[^="]+?)[ \t]*=(?P<value>.*)$""", re.X
)
_BARE: Final = re.compile(r"""(?!(?:frame|note|version)\b)[^\s="\#]([^="\r\n]*[^\s="])?""", re.X)
_FARTHEST: Final = 1e7


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled frame round some nodes."""

    title: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Note:
    """A note on the canvas."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Placement:
    """What a layout block says.

    Attributes:
        positions: The places of nodes, by key (see `key_of`).
        frames: The frames.
        notes: The notes.
        notices: What could not be read, in sentences for the user.
    """

    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    notes: tuple[Note, ...] = ()
    notices: tuple[str, ...] = ()


def key_of(graph_key: str) -> str:
    """The key of a node in the block, from its ``key`` in the graph: "t|x|0" is x, "o|mul|z|1" is z/mul#2."""
    return "@".join(_part(part) for part in graph_key.split("@"))


def _part(key: str) -> str:
    kind, _, rest = key.partition("|")
    rest, _, number = rest.rpartition("|")
    ordinal = f"#{int(number) + 1}" if number.isdigit() and int(number) else ""
    if kind == "o":
        name, _, target = rest.partition("|")
        return f"{target}/{name}{ordinal}"
    return f"{rest}{ordinal}"


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a block.

    Attributes:
        number: Its number in the script.
        start: Where it begins; it goes on to ``stop``, before its ending.
        stop: Where it ends.
        kind: "", "frame", "note" or "version"; "?" for what cannot be read.
        key: Its key, title or text.
        values: Its numbers.
    """

    number: int
    start: int
    stop: int
    kind: str
    key: str = ""
    values: tuple[float, ...] = ()


def _lines(text: str) -> Iterator[tuple[int, int, int]]:
    """The number, the beginning and the end of each line."""
    start = 0
    for number, found in enumerate(re.finditer(r"\r\n|\r|\n", text), start=1):
        yield number, start, found.start()
        start = found.end()
    yield text.count("\n") + text.replace("\r\n", "").count("\r") + 1, start, len(text)


def _in_strings(text: str) -> frozenset[int]:
    """The lines that begin within a string."""
    try:
        tree = Program.of(text).tree
    except EditRefused:
        return frozenset()
    strings = (
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.JoinedStr) or (isinstance(n, ast.Constant) and isinstance(n.value, (str, bytes)))
    )
    return frozenset(line for n in strings for line in range(n.lineno + 1, (n.end_lineno or n.lineno) + 1))


def _block(text: str) -> list[_Row]:
    """The lines of the last block, the heading first; none where there is no block."""
    if "[gradviz-layout]" not in text:
        return []
    inside = _in_strings(text)
    rows: list[_Row] = []
    for number, start, stop in _lines(text):
        line = text[start:stop].removeprefix("\ufeff")
        if _HEAD.match(line) and number not in inside:
            rows = [_Row(number, start, stop, "head")]
        elif rows and rows[-1].number == number - 1 and line.lstrip(" \t").startswith("#"):
            rows.append(_row(number, start, stop, line))
    return rows


def _row(number: int, start: int, stop: int, line: str) -> _Row:
    found = _ENTRY.match(line)
    if found is None:
        return _Row(number, start, stop, "?")
    key = found["key"].strip()
    if key.startswith('"'):
        try:
            key = json.loads(key)
        except ValueError:
            return _Row(number, start, stop, "?")
    elif found["kind"]:
        return _Row(number, start, stop, "?")
    kind = found["kind"] or ("version" if key == "version" and not found["key"].startswith('"') else "")
    try:
        values = tuple(float(part) for part in found["value"].split(","))
    except ValueError:
        return _Row(number, start, stop, "?")
    count = {"": 2, "note": 2, "frame": 4, "version": 1}[kind]
    if len(values) != count or not all(math.isfinite(v) and abs(v) <= _FARTHEST for v in values):
        return _Row(number, start, stop, "?")
    return _Row(number, start, stop, kind, key, values)


def block_start(program: Program) -> int:
    """The line at which the block begins that stands behind everything else, else the line behind the last."""
    rows = _block(program.text)
    body = program.tree.body
    if rows and (not body or rows[0].number > program.lines(body[-1])[-1]):
        return rows[0].number
    return len(program.starts) + (0 if program.text.endswith(("\n", "\r")) or not program.text else 1)


def _version(rows: list[_Row]) -> float:
    return next((row.values[0] for row in rows if row.kind == "version"), VERSION)


def read_placement(text: str) -> Placement:
    """What the layout block of a script says. Never fails: what cannot be read is told of in ``notices``."""
    rows = _block(text)
    if not rows:
        return Placement()
    if _version(rows) > VERSION:
        return Placement(notices=(f"The layout on line {rows[0].number} was written by a newer GradViz and is left alone.",))
    positions: dict[str, tuple[float, float]] = {}
    notices = []
    for row in rows:
        if row.kind == "?" and text[row.start : row.stop].strip(" \t#"):
            notices.append(f"Line {row.number} of the layout cannot be read and is ignored.")
        elif row.kind == "":
            if row.key in positions:
                notices.append(f"Line {row.number} of the layout places {row.key} again; the last place counts.")
            positions[row.key] = (row.values[0], row.values[1])
    frames = tuple(Frame(row.key, *row.values) for row in rows if row.kind == "frame")
    notes = tuple(Note(row.key, *row.values) for row in rows if row.kind == "note")
    return Placement(positions, frames, notes, tuple(notices))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-0", "0") if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")


def _written(kind: str, key: str, values: tuple[float, ...]) -> str:
    bare = not kind and _BARE.fullmatch(key) and key.isprintable()
    name = key if bare else json.dumps(key, ensure_ascii=not key.isprintable())
    return f"# {kind + ' ' if kind else ''}{name} = {', '.join(map(_number, values))}"


@dataclass(frozen=True)
class SetPlacement:
    """Keeps where things were put. Touches nothing but the layout block.

    Attributes:
        positions: New places of nodes by key, None for a node whose place is not kept any more; others stay.
        frames: All frames; None leaves them as they are.
        notes: All notes; None leaves them as they are.
        label: What the undo step is called, "" for a name made of what moved.
    """

    positions: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    frames: tuple[Frame, ...] | None = None
    notes: tuple[Note, ...] | None = None
    label: str = ""

    def apply(self, text: str) -> Edited:
        """Writes the block.

        Raises:
            EditRefused: A newer GradViz wrote it, or a place is no number.
        """
        rows = _block(text)
        if _version(rows) > VERSION:
            raise EditRefused("A newer GradViz wrote the layout of this script; this one cannot change it.", rows[0].number)
        wanted = self._wanted(rows)
        for values in wanted.values():
            if values is not None and not all(math.isfinite(v) and abs(v) <= _FARTHEST for v in values):
                raise EditRefused("A place on the canvas must be a number of ordinary size.")
        end = _ending(text, rows)
        changes: list[Change] = []
        last = {(row.kind, row.key): row for row in rows}  # of lines that place one thing, the last counts
        for row in rows:
            values = wanted.get((row.kind, row.key), row.values)
            if (row.kind, row.key) in wanted and (values is None or last[row.kind, row.key] is not row):
                changes.append(_without(text, row))
            elif values is not None and values != row.values and _written("", "", values) != _written("", "", row.values):
                changes.append(Change(row.start, row.stop, _written(row.kind, row.key, values)))
        new = [_written(*key, values) for key, values in wanted.items() if values is not None and key not in last]
        if new and rows:
            changes.append(Change(rows[-1].stop, rows[-1].stop, "".join(end + line for line in new)))
        elif new:
            changes.append(_new_block(text, [HEAD, f"# version = {VERSION}", *new], end))
        elif rows and all(row.kind in ("head", "version") or _gone(row, wanted) for row in rows):
            return RemovePlacement(self._label()).apply(text)
        changes.sort()
        return Edited(changed(text, changes), tuple(changes), self._label())

    def _wanted(self, rows: list[_Row]) -> dict[tuple[str, str], tuple[float, ...] | None]:
        wanted: dict[tuple[str, str], tuple[float, ...] | None] = {("", key): place for key, place in self.positions.items()}
        if self.frames is not None:
            wanted |= {("frame", row.key): None for row in rows if row.kind == "frame"}
            wanted |= {("frame", one.title): (one.x, one.y, one.width, one.height) for one in self.frames}
        if self.notes is not None:
            wanted |= {("note", row.key): None for row in rows if row.kind == "note"}
            wanted |= {("note", one.text): (one.x, one.y) for one in self.notes}
        return wanted

    def _label(self) -> str:
        if self.label:
            return self.label
        if len(self.positions) == 1:
            return f"Move {next(iter(self.positions))}"
        return f"Move {len(self.positions)} nodes" if self.positions else "Arrange the canvas"


def _gone(row: _Row, wanted: Mapping[tuple[str, str], tuple[float, ...] | None]) -> bool:
    return (row.kind, row.key) in wanted and wanted[row.kind, row.key] is None


@dataclass(frozen=True, slots=True)
class RemovePlacement:
    """Forgets where things were put: takes the layout block away."""

    label: str = "Forget the layout"

    def apply(self, text: str) -> Edited:
        """Takes the block away, with the blank line before it."""
        rows = _block(text)
        if not rows:
            return Edited(text, (), self.label)
        start, stop = rows[0].start, rows[-1].stop
        ended = re.compile(r"\r\n|\r|\n").match(text, stop)
        if blank := re.search(r"(?<=[\r\n])(\r\n|\r|\n)$|^(\r\n|\r|\n)$", text[:start]):
            start = blank.start()
        if ended:
            stop = ended.end()
        elif before := re.search(r"(\r\n|\r|\n)$", text[:start]):
            start = before.start()
        change = Change(start, stop, "")
        return Edited(changed(text, [change]), (change,), self.label)


def _ending(text: str, rows: list[_Row]) -> str:
    at = rows[0].stop if rows else len(text)
    found = re.compile(r"\r\n|\r|\n").match(text, at) or re.search(r"\r\n|\r|\n", text)
    return found[0] if found else "\n"


def _without(text: str, row: _Row) -> Change:
    """A line taken away; a block's line is never the script's first."""
    before = 2 if text[: row.start].endswith("\r\n") else 1
    return Change(row.start - before, row.stop, "")


def _new_block(text: str, lines: list[str], end: str) -> Change:
    at = len(text)
    ended = not text or text.endswith(("\n", "\r"))
    block = end.join(lines) + (end if ended else "")
    if not text.strip():
        return Change(at, at, block)
    return Change(at, at, f"{end}{block}" if ended else f"{end}{end}{block}")


def renamed(program: Program, keys: Callable[[str], str]) -> list[Change]:
    """The changes of a block where variables get other names.

    Args:
        program: The script.
        keys: The new key of a tensor (x, or a#2); the ops that lead to it follow.
    """
    changes = []
    for row in _block(program.text):
        if row.kind == "":
            new = "@".join(_renamed(part, keys) for part in row.key.split("@"))
            if new != row.key:
                changes.append(Change(row.start, row.stop, _written("", new, row.values)))
    return changes


def _renamed(key: str, keys: Callable[[str], str]) -> str:
    target, slash, rest = key.partition("/")
    return keys(target) + slash + rest
