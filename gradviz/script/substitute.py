"""Expressions replaced, wrapped and unwrapped where they stand, with the parentheses they need there and no others."""

from __future__ import annotations

import ast
from typing import Final

from gradviz.script.changes import Change, EditRefused
from gradviz.script.program import Program, Range, parenthesised
from gradviz.script.writing import placed

HOLE: Final = "_wrapped_"
"""Where the expression goes in what it is wrapped in: `_wrapped_.detach()`."""


def substitution(program: Program, node: ast.expr, text: str) -> Change:
    """Another expression in an expression's place."""
    bare, whole = program.extent(node), parenthesised(program, node)
    if not _has_comment(program, bare, whole):
        wanted = _between(program, node, whole, text)
        if wanted == text or whole == bare:
            return Change(*whole, _apart(program, whole, wanted))
    return Change(*bare, text)


def wrapped(program: Program, node: ast.expr, template: str) -> list[Change]:
    """An expression made part of a larger one, its own text left as it is.

    Args:
        program: The script.
        node: The expression.
        template: The larger expression, with HOLE where the expression goes.
    """
    bare, whole = program.extent(node), parenthesised(program, node)
    before, _, after = template.partition(HOLE)
    text = program.text[slice(*bare)]
    inner = placed(before, text, after)
    outer = _between(program, node, whole, f"{before}{inner}{after}")
    if outer != f"{before}{inner}{after}":
        before, after = f"({before}", f"{after})"
    kept = whole if inner != text or _has_comment(program, bare, whole) else bare
    if inner != text and whole == bare:
        before, after = f"{before}(", f"){after}"
    if kept == whole != bare and before.endswith("(") and after.startswith(")"):
        before, after = before[:-1], after[1:]  # its own parentheses serve as the call's
    before = _apart(program, (whole[0], whole[0]), before) if before else ""
    return [Change(whole[0], kept[0], before), Change(kept[1], whole[1], after)]


def unwrapped(program: Program, node: ast.expr, inner: ast.expr) -> list[Change]:
    """A part of an expression in the whole's place, the part's own text left as it is.

    Raises:
        EditRefused: A comment would be lost.
    """
    whole = parenthesised(program, node)
    bare, own = program.extent(inner), parenthesised(program, inner)
    text = program.text[slice(*bare)]
    needed = _between(program, node, whole, text) != text
    kept = own if needed or _has_comment(program, bare, own) else bare
    for start, end in ((whole[0], kept[0]), (kept[1], whole[1])):
        if "#" in program.text[start:end]:
            line = program.line_of(start)
            raise EditRefused(f"Line {line} has a comment within what would go. Change it there.", line)
    before, after = ("(", ")") if needed and own == bare else ("", "")
    if kept == bare:
        before = _apart(program, (whole[0], whole[0]), text)[: -len(text)] + before
    return [Change(whole[0], kept[0], before), Change(kept[1], whole[1], after)]


def _has_comment(program: Program, bare: Range, whole: Range) -> bool:
    return "#" in program.text[whole[0] : bare[0]] + program.text[bare[1] : whole[1]]


def _apart(program: Program, place: Range, text: str) -> str:
    """A text that does not run into a word beside it: `return(x)` does not become `returny`."""
    before, after = program.text[: place[0]][-1:], program.text[place[1] :][:1]
    left = " " if _is_word(before) and _is_word(text[:1]) else ""
    right = " " if _is_word(after) and _is_word(text[-1:]) and place[0] < place[1] else ""
    return left + text + right


def _is_word(character: str) -> bool:
    return character.isalnum() or character in ("_", '"', "'") if character else False


def _between(program: Program, node: ast.expr, whole: Range, text: str) -> str:
    """A text as it must be written in an expression's place, the expression's own parentheses gone."""
    outer: ast.AST = node
    parent = program.parent(node)
    while isinstance(parent, (ast.expr, ast.keyword)) and not isinstance(parent, ast.FormattedValue):
        outer, parent = parent, program.parent(parent)
    if outer is node:
        return placed("", text, "")
    assert isinstance(outer, ast.expr)
    first, last = program.extent(outer)
    return placed(program.text[first : whole[0]], text, program.text[whole[1] : last])
