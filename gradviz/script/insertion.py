"""Where new statements go, and how lines are put in and taken out."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from gradviz.script.changes import Change, EditRefused
from gradviz.script.effects import is_pass, is_random, writes_into
from gradviz.script.flow import Definition, Flow
from gradviz.script.placement import block_start
from gradviz.script.program import Program

TORCH: Final = "torch"
FUNCTIONAL: Final = "torch.nn.functional"
MODULES: Final = {"torch": TORCH, "F": FUNCTIONAL, "np": "numpy"}
"""What people call the modules that edits import."""


def module_names(program: Program) -> dict[str, str]:
    """What the script calls `torch` and `F`, or will once they are imported."""
    paths = {path: name for name, path in reversed(program.modules.items())}
    return {"torch": paths.get(TORCH, "torch"), "F": paths.get(FUNCTIONAL, "F"), "np": paths.get("numpy", "np")}


def imports(program: Program, text: str) -> list[Change]:
    """What must be imported for a piece of code that is about to be written."""
    known = set(program.modules.values())
    names = module_names(program)
    wanted = []
    for name, path, line in (
        ("np", "numpy", "import numpy as np"),
        ("torch", TORCH, "import torch"),
        ("F", FUNCTIONAL, "import torch.nn.functional as F"),
    ):
        if path not in known and re.search(rf"\b{names[name]}\.", text):
            if name in program.words and names[name] == name:
                raise EditRefused(f"The script uses the name {name} for something else than `{line}`. Rename it first.")
            wanted.append(line)
    return [_import_change(program, wanted)] if wanted else []


def _import_change(program: Program, lines: Sequence[str]) -> Change:
    body = program.tree.body
    anchor = None
    for statement in body:
        if not (_is_docstring(program, statement) or isinstance(statement, (ast.Import, ast.ImportFrom))):
            break
        anchor = statement
    if anchor is not None:
        last = program.lines(anchor)[-1]
        end = program.ending(last)
        gap = end if _is_docstring(program, anchor) else ""
        return Change(program.line_stop(last), program.line_stop(last), "".join((gap, *(end + line for line in lines))))
    first = program.lines(body[0])[0] if body else block_start(program)
    while body and first > 1 and program.line(first - 1).lstrip().startswith("#") and not _is_header(program, first - 1):
        first -= 1
    end, at = program.ending(first), program.line_start(first)
    before = "" if at == program.line_start(1) or program.is_blank(first - 1) else end
    if at == len(program.text) and not _ends_line(program):
        before += end
    return Change(at, at, "".join((before, *(line + end for line in lines), end if body else "")))


def _is_docstring(program: Program, statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return statement is program.tree.body[0] and isinstance(value, ast.Constant) and isinstance(value.value, str)


def _is_header(program: Program, line: int) -> bool:
    """Whether a comment belongs to the head of the script: there are nothing but comments before it."""
    return all(program.line(number).lstrip("\ufeff \t").startswith("#") for number in range(1, line + 1))


def _ends_line(program: Program) -> bool:
    return not program.text or program.text.endswith(("\n", "\r"))


def anchor(
    program: Program,
    needed: Iterable[Definition],
    names: Collection[str],
    *,
    random: bool = False,
    last: bool = False,
) -> ast.stmt | None:
    """The statement of the script's own level behind which a new one is to stand.

    It goes with the forward computation: behind all it needs, before the next backward pass.

    Args:
        program: The script.
        needed: The definitions of what it reads.
        names: The variables they are of: it must stand before they get other values.
        random: It draws random numbers, and must not do so before others do.
        last: It goes to the end, as a pass does.

    Raises:
        EditRefused: There is no such place.
    """
    body = program.tree.body
    wanted = list(needed)
    lowest = max((_index(program, one.statement) for one in wanted), default=-1)
    for place, statement in enumerate(body):
        if _is_docstring(program, statement) or isinstance(statement, (ast.Import, ast.ImportFrom)) or _is_seed(statement):
            lowest = max(lowest, place)
    if random:
        lowest = max([lowest, *(place for place, statement in enumerate(body) if is_random(statement))])
    names = frozenset(names)
    flow = Flow.of(program)
    for place in range(min((_index(program, one.statement) for one in wanted), default=0), lowest + 1):
        if any(one.name in names and one not in wanted for one in flow.defined_by(body[place])):
            refused = next(one for one in wanted if _index(program, one.statement) <= place)
            raise EditRefused(
                f"Line {body[place].lineno} gives {refused.name} another value before it is needed.", body[place].lineno
            )
    highest = lowest
    for statement in body[lowest + 1 :]:
        changes = any(one.name in names for one in flow.defined_by(statement)) or writes_into(statement, names)
        if changes or (is_pass(statement) and not last):
            break
        highest += 1
    while highest >= 0 and highest + 1 < len(body) and _same_line(program, body[highest], body[highest + 1]):
        highest += 1
    return body[highest] if highest >= 0 else None


def _is_seed(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Attribute)
        and statement.value.func.attr == "manual_seed"
    )


def _same_line(program: Program, one: ast.stmt, other: ast.stmt) -> bool:
    return program.lines(one)[-1] == program.lines(other)[0]


def _index(program: Program, statement: ast.stmt) -> int:
    """Which of the script's own statements a statement is or stands in."""
    inside = {statement, *program.ancestors(statement)}
    return next(place for place, one in enumerate(program.tree.body) if one in inside)


def insert_after(program: Program, where: ast.stmt | None, lines: Sequence[str]) -> Change:
    """Statements put on lines of their own behind a statement, indented like it; at the script's beginning for None."""
    if where is None:
        return _first(program, lines)
    last = program.lines(where)[-1]
    end = program.ending(last)
    indentation = program.indentation(where)
    gap = end if isinstance(where, (ast.Import, ast.ImportFrom)) or _is_docstring(program, where) or _is_seed(where) else ""
    text = "".join((gap, *(f"{end}{indentation}{line}" for line in lines)))
    if gap and last < len(program.starts) and not program.is_blank(last + 1):
        text += end
    at = program.line_stop(last)
    if gap and not program.text[at:].strip() and program.text.endswith(end):
        return Change(at, len(program.text), text + end)  # the empty lines that were left to go on from
    return Change(at, at, text)


def _first(program: Program, lines: Sequence[str]) -> Change:
    """Statements put before all others, behind the comments of the head."""
    body = program.tree.body
    if body:
        return insert_before(program, body[0], lines)
    first = block_start(program)
    at, end = program.line_start(first), program.ending(first)
    before = "" if at == program.line_start(1) or program.is_blank(first - 1) else end
    if at == len(program.text) and not _ends_line(program):
        before += end
    after = end if at < len(program.text) else ""
    return Change(at, at, "".join((before, *(line + end for line in lines), after)))


def insert_before(program: Program, where: ast.stmt, lines: Sequence[str]) -> Change:
    """Statements put on lines of their own before a statement, indented like it.

    Raises:
        EditRefused: Another statement stands before it on its line.
    """
    first = program.lines(where)[0]
    at = program.line_start(first)
    if program.text[at : program.extent(where)[0]].strip(" \t\f"):
        raise EditRefused(f"Line {first} holds several statements. Give each a line of its own first.", first)
    end, indentation = program.ending(first), program.indentation(where)
    return Change(at, at, "".join(f"{indentation}{line}{end}" for line in lines))


def with_imports(program: Program, change: Change, code: str) -> list[Change]:
    """An insertion, together with the imports that its code needs."""
    needed = imports(program, code)
    if not needed:
        return [change]
    (first,) = needed
    if first.start == change.start and not program.tree.body:
        # Both begin the script: a blank line parts them.
        return [first, change._replace(text=program.ending(1) + change.text.lstrip("\r\n"))]
    return [first, change]
