"""The order of statements: one that needs a value defined further down is moved there, with what depends on it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradviz.script.changes import Change, EditRefused
from gradviz.script.effects import is_movable, variables, writes_into
from gradviz.script.program import Program

Path = tuple[tuple[str, int], ...]
"""The way to a statement from the module: which block and which place in it, step by step."""


def path_of(program: Program, statement: ast.stmt) -> Path:
    """The way to a statement. It stays the same while no statement comes or goes before it."""
    found: list[tuple[str, int]] = []
    node: ast.AST = statement
    for parent in program.ancestors(statement):
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            block = getattr(parent, field, None)
            if isinstance(block, list) and node in block:
                found.append((field, block.index(node)))
        node = parent
    return tuple(reversed(found))


def statement_at(program: Program, path: Path) -> ast.stmt:
    """The statement that a way leads to."""
    node: ast.AST = program.tree
    for field, place in path:
        node = getattr(node, field)[place]
    assert isinstance(node, ast.stmt)
    return node


def common_block(program: Program, one: ast.stmt, other: ast.stmt) -> tuple[Sequence[ast.stmt], int, int]:
    """The innermost block that two statements stand in, themselves or within others, and where in it.

    Raises:
        EditRefused: They are on two ways of which one is taken.
    """
    chains = [[node, *program.ancestors(node)] for node in (one, other)]
    shared = next(node for node in chains[0] if node in chains[1])
    if shared is one or shared is other:
        raise EditRefused(f"Line {other.lineno} is part of line {one.lineno}.", other.lineno)
    inner = [chain[chain.index(shared) - 1] for chain in chains]
    for field in ("body", "orelse", "finalbody"):
        block = getattr(shared, field, None)
        if isinstance(block, list) and all(node in block for node in inner):
            return block, block.index(inner[0]), block.index(inner[1])
    raise EditRefused(f"Lines {one.lineno} and {other.lineno} are never both run.", one.lineno)


def comes_after(program: Program, one: ast.stmt, other: ast.stmt) -> bool:
    """Whether a statement is only run when another one has been."""
    if one is other:
        return False
    _, first, second = common_block(program, one, other)
    return first > second


def moved_behind(program: Program, statement: ast.stmt, other: ast.stmt) -> tuple[list[Change], int]:
    """The changes that move a statement, and what depends on it in between, behind another one; and where it begins then.

    Raises:
        EditRefused: That would change what the script computes, or the other depends on it.
    """
    block, first, last = common_block(program, statement, other)
    moved: list[ast.stmt] = [block[first]]
    made = set(variables(program, block[first])[1])
    read = set(variables(program, block[first])[0])
    for between in block[first + 1 : last + 1]:
        reads, writes = variables(program, between)
        if reads & made:
            if between is block[last]:
                names = ", ".join(sorted(reads & made))
                raise EditRefused(f"That would be a circle: line {other.lineno} is computed from {names}.", other.lineno)
            moved.append(between)
            made |= writes
            read |= reads
            continue
        if (writes & (read | made)) or writes_into(between, frozenset(read | made)):
            names = ", ".join(sorted(writes & (read | made))) or "it"
            raise EditRefused(f"Line {between.lineno} changes {names} in between. Move the lines by hand.", between.lineno)
    for one in moved:
        if not is_movable(program, one):
            raise EditRefused(f"Line {one.lineno} cannot be moved: it does more than compute a value.", one.lineno)
        if program.shares_line(one):
            raise EditRefused(f"Line {one.lineno} holds several statements. Give each a line of its own first.", one.lineno)
    return _move(program, moved, block[last])


def _move(program: Program, moved: Sequence[ast.stmt], behind: ast.stmt) -> tuple[list[Change], int]:
    last = program.lines(behind)[-1]
    end, at = program.ending(last), program.line_stop(last)
    changes: list[Change] = []
    texts = []
    for one in moved:
        lines = program.lines(one)
        start, stop = program.line_start(lines[0]), program.line_stop(lines[-1])
        texts.append(program.text[start:stop])
        changes.append(Change(start, program.line_start(lines[-1] + 1), ""))
    gone = sum(change.end - change.start for change in changes)
    start = at - gone + len(end) + len(program.indentation(moved[0]))
    return [*changes, Change(at, at, "".join(end + text for text in texts))], start
