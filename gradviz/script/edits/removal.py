"""Statements taken out of a script, with the lines and blanks that go with them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from gradviz.script.changes import Change
from gradviz.script.program import Program


def removal(program: Program, statements: Iterable[ast.stmt]) -> list[Change]:
    """The changes that take statements out.

    A comment behind a statement goes with it, comments on lines of their own stay. A block that is left with nothing goes too,
    or holds `pass` where a comment or another branch keeps it.
    """
    gone, passed = _emptied(program, set(statements))
    changes = [Change(*program.extent(one), "pass") for one in passed]
    lines: list[range] = []
    done: set[ast.stmt] = set()
    for one in sorted(gone - set(passed), key=lambda one: program.extent(one)):
        if one in done:
            continue
        group = _group(program, one)
        done.update(group)
        if all(each in gone and each not in passed for each in group) and not _shares_start(program, group[0]):
            first, last = program.lines(group[0])[0], program.lines(group[-1])[-1]
            lines.append(range(first, last + 1))
        else:
            changes += _from_line(program, group, gone - set(passed))
    changes += _whole_lines(program, lines)
    return changes


def _emptied(program: Program, statements: set[ast.stmt]) -> tuple[set[ast.stmt], list[ast.stmt]]:
    """What is to go in all, and which statements are to become `pass`."""
    gone = set(statements)
    passed: list[ast.stmt] = []
    waiting = list(statements)
    while waiting:
        statement = waiting.pop()
        parent, block = program.parent(statement), program.block(statement)
        if not isinstance(parent, ast.stmt) or parent in gone or not all(one in gone for one in block):
            continue
        if block[0] in passed:
            continue
        if _may_go(program, parent):
            gone.add(parent)
            waiting.append(parent)
        else:
            passed.append(block[0])
    covered = {one for one in gone if any(outer in gone for outer in program.ancestors(one))}
    return gone - covered, [one for one in passed if one not in covered]


def _may_go(program: Program, parent: ast.stmt) -> bool:
    """Whether a compound statement that is left with nothing can be taken out whole."""
    if not isinstance(parent, (ast.With, ast.For, ast.While, ast.If)) or getattr(parent, "orelse", None):
        return False
    if program.text[program.extent(parent)[0] :].startswith("elif"):
        return False
    last = parent.body[-1]
    text = [program.line(line).strip() for line in program.lines(parent)]
    inside = {line for one in parent.body for line in program.lines(one)}
    first = program.lines(parent)[0]
    return last is not None and not any(
        line.startswith("#") for number, line in enumerate(text, start=first) if number not in inside
    )


def _group(program: Program, statement: ast.stmt) -> list[ast.stmt]:
    """The statements of a block that share lines, this one among them."""
    block = program.block(statement)
    place = block.index(statement)
    first = last = place
    while first and program.lines(block[first - 1])[-1] == program.lines(block[first])[0]:
        first -= 1
    while last + 1 < len(block) and program.lines(block[last + 1])[0] == program.lines(block[last])[-1]:
        last += 1
    return block[first : last + 1]


def _shares_start(program: Program, statement: ast.stmt) -> bool:
    start = program.extent(statement)[0]
    return bool(program.text[program.line_start(program.line_of(start)) : start].strip(" \t\f\ufeff"))


def _from_line(program: Program, group: Sequence[ast.stmt], gone: set[ast.stmt]) -> list[Change]:
    """Some of the statements of a line, taken out with the semicolons between."""
    changes = []
    kept_later = False
    following: ast.stmt | None = None
    for place in range(len(group) - 1, -1, -1):
        one = group[place]
        start, end = program.extent(one)
        if one not in gone:
            kept_later = True
        elif kept_later and following is not None:
            changes.append(Change(start, program.extent(following)[0], ""))
        elif place:
            changes.append(Change(program.extent(group[place - 1])[1], end, ""))
        else:
            changes.append(Change(start, end, "pass"))
        following = one
    return changes


def _whole_lines(program: Program, ranges: Sequence[range]) -> list[Change]:
    """Lines taken out, and the blank ones that would then stand doubled."""
    changes: list[Change] = []
    merged: list[tuple[int, int]] = []
    for one in sorted(ranges, key=lambda one: one.start):
        if merged and merged[-1][1] == one.start:
            merged[-1] = (merged[-1][0], one.stop)
        else:
            merged.append((one.start, one.stop))
    total = len(program.starts) - (1 if program.text.endswith(("\n", "\r")) else 0)
    for start, stop in merged:
        first = start
        if first == 1 or program.is_blank(first - 1):
            while stop <= total and program.is_blank(stop):
                stop += 1
        if stop > total:
            while first > 1 and program.is_blank(first - 1):
                first -= 1
        begin, end = program.line_start(first), program.line_start(stop)
        if stop > total and not program.text.endswith(("\n", "\r")) and first > 1:
            begin = program.line_stop(first - 1)
        if changes:
            begin = max(begin, changes[-1].end)  # the blank lines between may have gone with what was above them
        if begin < end:
            changes.append(Change(begin, end, ""))
    return changes
