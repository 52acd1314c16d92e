"""Statements put under `with torch.no_grad():`, and taken out again."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gradviz.script.changes import Change, Edited, EditRefused, Place
from gradviz.script.edits.work import Work
from gradviz.script.insertion import module_names
from gradviz.script.leaves import is_no_grad, under_no_grad
from gradviz.script.nodes import find
from gradviz.script.program import Program

_BLANKS = " \t\f"


@dataclass(frozen=True, slots=True)
class WrapNoGrad:
    """The statements that make some nodes, hidden from autograd by `with torch.no_grad():`.

    Statements next to each other share a block, and join one that is right before or behind them.

    Attributes:
        places: The nodes.
        mode: "no_grad" or "inference_mode".
    """

    places: Sequence[Place]
    mode: str = "no_grad"

    def apply(self, text: str) -> Edited:
        """Puts them in.

        Raises:
            EditRefused: One is under no_grad already, or shares its line with others.
        """
        work = Work(text)
        program = work.program
        statements = _statements(work, self.places)
        for one in statements:
            outer = under_no_grad(program, one)
            if outer is not None:
                raise EditRefused(f"Line {one.lineno} is under no_grad already.", one.lineno)
            if isinstance(one, (ast.Import, ast.ImportFrom)):
                raise EditRefused(f"Line {one.lineno} imports a module, which has no gradient.", one.lineno)
            if program.shares_line(one):
                raise EditRefused(f"Line {one.lineno} holds several statements. Give each a line of its own first.", one.lineno)
        head = f"with {module_names(program)['torch']}.{self.mode}():"
        changes = [change for run in _runs(program, statements) for change in _wrap(program, run, head)]
        work.apply(changes)
        return work.done(f"Wrap {_what(work, self.places)} in {self.mode}")


@dataclass(frozen=True, slots=True)
class FreeNoGrad:
    """The statements that make some nodes, taken out of their `with torch.no_grad():`.

    The block goes with its last statement; one that loses statements in its middle becomes two.

    Attributes:
        places: The nodes.
    """

    places: Sequence[Place]

    def apply(self, text: str) -> Edited:
        """Takes them out.

        Raises:
            EditRefused: One is under no such `with`, or the block cannot be taken apart.
        """
        work = Work(text)
        program = work.program
        blocks: dict[ast.With, list[ast.stmt]] = {}
        for one in _statements(work, self.places):
            block = under_no_grad(program, one)
            if block is None:
                raise EditRefused(f"Line {one.lineno} is not under no_grad.", one.lineno)
            if one not in block.body:
                raise EditRefused(f"Line {one.lineno} is in a block within no_grad. Change it there.", one.lineno)
            blocks.setdefault(block, []).append(one)
        work.apply([change for block, freed in blocks.items() for change in _free(program, block, freed)])
        return work.done(f"Free {_what(work, self.places)} from no_grad")


def _what(work: Work, places: Sequence[Place]) -> str:
    if len(places) == 1:
        node = find(work.begun, places[0])
        return node.name or f"line {node.line}"
    return f"{len(places)} nodes"


def _statements(work: Work, places: Sequence[Place]) -> list[ast.stmt]:
    """The statements that make the nodes, each once, in the order of the text."""
    if not places:
        raise EditRefused("Nothing is selected.")
    found = {work.node(place).statement for place in places}
    return sorted(found, key=lambda one: work.program.extent(one))


def _runs(program: Program, statements: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    """Statements that follow each other in one block, together."""
    runs: list[list[ast.stmt]] = []
    for one in statements:
        block = program.block(one)
        place = block.index(one)
        if runs and place and block[place - 1] is runs[-1][-1]:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


# Wrapping


def _wrap(program: Program, run: Sequence[ast.stmt], head: str) -> list[Change]:
    block = program.block(run[0])
    place = block.index(run[0])
    before = _joined(program, block[place - 1], head) if place else None
    after = _joined(program, block[place + len(run)], head) if place + len(run) < len(block) else None
    if after is not None and (_has_more_head(program, after) or (before and _step(program, before) != _step(program, after))):
        after = None
    step = _step(program, before or after) if before or after else program.indent
    first, last = program.lines(run[0])[0], program.lines(run[-1])[-1]
    changes: list[Change] = []
    if before is not None:
        first = _with_comments(program, first, program.indentation(run[0]))
    else:
        at = program.line_start(first)
        changes.append(Change(at, at, f"{program.indentation(run[0])}{head}{program.ending(first)}"))
    if after is not None:  # its head goes up, before the statements
        line = program.lines(after)[0]
        last = line - 1
        changes.append(Change(program.line_start(line), program.line_start(line + 1), ""))
    return [*changes, *_indented(program, range(first, last + 1), step)]


def _step(program: Program, block: ast.With | None) -> str:
    """What the body of a `with` is indented by."""
    return program.indentation(block.body[0])[len(program.indentation(block)) :] if block else program.indent


def _joined(program: Program, statement: ast.stmt, head: str) -> ast.With | None:
    """A statement that is a `with` of this head and nothing else, its body on lines of its own."""
    if not isinstance(statement, ast.With) or len(statement.items) != 1 or statement.items[0].optional_vars is not None:
        return None
    same = f"with {ast.unparse(statement.items[0].context_expr)}:" == head
    return statement if same and not program.shares_line(statement.body[0]) else None


def _has_more_head(program: Program, block: ast.With) -> bool:
    """Whether the head of a `with` is more than one plain line."""
    first = program.lines(block)[0]
    return not program.line(first).rstrip().endswith(":") or program.lines(block.body[0])[0] != first + 1


def _with_comments(program: Program, first: int, outer: str) -> int:
    """The first of the comment lines right before a line that are indented as it is."""
    while program.line(first - 1).startswith(f"{outer}#"):
        first -= 1
    return first


def _in_strings(program: Program) -> frozenset[int]:
    """The lines that begin within a string, whose blanks are its own."""
    found: set[int] = set()
    for node in ast.walk(program.tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))):
            found.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
    return frozenset(found)


def _indented(program: Program, lines: range, step: str) -> list[Change]:
    inside = _in_strings(program)
    starts = [program.line_start(line) for line in lines if line not in inside and not program.is_blank(line)]
    return [Change(at, at, step) for at in starts]


# Freeing


def _free(program: Program, block: ast.With, freed: Sequence[ast.stmt]) -> list[Change]:
    items = [item for item in block.items if is_no_grad(item)]
    whole = len(freed) == len(block.body)
    if len(items) > 1 or items[0].optional_vars is not None:
        raise EditRefused(f"Line {block.lineno} enters several modes. Change it there.", block.lineno)
    if len(block.items) > 1:
        if whole:
            return [_without_item(program, block, items[0])]
        raise EditRefused(f"Line {block.lineno} does more than no_grad, for all of its block. Change it there.", block.lineno)
    if program.lines(block.body[0])[0] == program.lines(block)[0]:
        return _free_line(program, block, whole)
    return _free_lines(program, block, freed)


def _without_item(program: Program, block: ast.With, item: ast.withitem) -> Change:
    place = block.items.index(item)
    if place + 1 < len(block.items):
        start = program.extent(item.context_expr)[0]
        return Change(start, program.extent(block.items[place + 1].context_expr)[0], "")
    previous = block.items[place - 1]
    end = program.extent(previous.optional_vars or previous.context_expr)[1]
    return Change(end, program.extent(item.context_expr)[1], "")


def _free_line(program: Program, block: ast.With, whole: bool) -> list[Change]:
    """`with torch.no_grad(): w = y**3`"""
    if not whole:
        raise EditRefused(f"Line {block.lineno} holds several statements. Give each a line of its own first.", block.lineno)
    return [Change(program.extent(block)[0], program.extent(block.body[0])[0], "")]


def _free_lines(program: Program, block: ast.With, freed: Sequence[ast.stmt]) -> list[Change]:
    for one in block.body:
        if program.shares_line(one):
            raise EditRefused(f"Line {one.lineno} holds several statements. Give each a line of its own first.", one.lineno)
    outer, inner = program.indentation(block), program.indentation(block.body[0])
    step = inner[len(outer) :]
    first_line = program.lines(block.body[0])[0]
    head_first = program.lines(block)[0]
    head_last = first_line - 1
    while head_last > head_first and (program.is_blank(head_last) or program.line(head_last).lstrip(_BLANKS).startswith("#")):
        head_last -= 1
    head = program.text[program.line_start(head_first) : program.line_stop(head_last)]
    changes: list[Change] = []
    plain = f"{outer}with {program.source(block.items[0].context_expr)}:"
    again = head if block.body[0] in freed else plain  # its comment goes with it once
    line = head_last + 1
    for is_freed, group in groupby(block.body, key=lambda one: one in freed):
        run = list(group)
        last = program.lines(run[-1])[-1]
        if run[-1] is block.body[-1]:
            last = _trailing_comments(program, last, inner)
        if is_freed:
            changes += _dedented(program, range(line, last + 1), step, outer)
        elif run[0] is not block.body[0]:
            while program.is_blank(line):
                line += 1
            at = program.line_start(line)
            changes.append(Change(at, at, again + program.ending(line)))
            again = plain
        line = last + 1
    if block.body[0] in freed:
        kept = len(freed) < len(block.body)
        changes.append(_head_gone(program, range(head_first, head_last + 1), kept))
    return changes


def _head_gone(program: Program, lines: range, kept: bool) -> Change:
    """The head taken away; its comment, if it does not go with it, stays on a line of its own."""
    start, stop = program.line_start(lines[0]), program.line_start(lines[-1] + 1)
    text = program.line(lines[-1])
    mark = text.rfind("#")
    if kept or mark < 0 or len(lines) > 1:
        return Change(start, stop, "")
    lead = text[: len(text) - len(text.lstrip(_BLANKS))]
    return Change(start, program.line_stop(lines[-1]), lead + text[mark:])


def _trailing_comments(program: Program, last: int, inner: str) -> int:
    """The last of the comment lines that belong to a block behind its last statement."""
    line = last + 1
    while line <= len(program.starts) and program.line(line).startswith(inner + "#"):
        last = line
        line += 1
    return last


def _dedented(program: Program, lines: range, step: str, outer: str) -> list[Change]:
    inside = _in_strings(program)
    changes = []
    for line in lines:
        text = program.line(line)
        if line in inside or program.is_blank(line) or not text.startswith(outer):
            continue
        blanks = len(text[len(outer) :]) - len(text[len(outer) :].lstrip(_BLANKS))
        start = program.line_start(line) + len(outer)
        if blanks:
            changes.append(Change(start, start + min(blanks, len(step)), ""))
    return changes
