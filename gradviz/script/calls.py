"""The arguments of a call put in and taken out, with the commas and blanks that go with them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradviz.script.changes import Change, EditRefused
from gradviz.script.program import Program, Range, parenthesised

if TYPE_CHECKING:
    import libcst as cst

    from gradviz.script.concrete import Concrete

Item = ast.expr | ast.keyword
"""An argument of a call, or an element of a list."""

Brackets = ast.Call | ast.List | ast.Tuple
"""What has items."""


def _value(item: Item) -> ast.expr:
    return item.value if isinstance(item, ast.keyword) else item


def items_of(node: Brackets) -> list[Item]:
    """The arguments or elements, in the order written."""
    if isinstance(node, ast.Call):
        return sorted((*node.args, *node.keywords), key=lambda one: (one.lineno, one.col_offset))
    return list(node.elts)


def _concrete(
    program: Program, node: ast.Call | ast.List | ast.Tuple
) -> tuple[Concrete, list[tuple[Range, cst.BaseElement | cst.Arg]]]:
    """The concrete items, each with its place, the comma not included."""
    import libcst as cst

    from gradviz.script.concrete import concrete_of

    piece = concrete_of(program, node)
    found = piece.expression(node)
    if isinstance(found, cst.Call):
        return piece, [(piece.bare(one), one) for one in found.args]
    if isinstance(found, (cst.List, cst.Tuple)):
        # A parenthesised element's own place leaves the parentheses out.
        return piece, [(piece.whole(one.value), one) for one in found.elements]
    raise EditRefused(f"Line {node.lineno} writes this in a way that only the editor can change.", node.lineno)


def without(program: Program, node: Brackets, item: Item) -> Change:
    """An item taken out. Comments beside it stay."""
    import libcst as cst

    piece, found = _concrete(program, node)
    place = items_of(node).index(item)
    (start, end), concrete = found[place]
    stop = piece.bare(concrete.comma)[1] if isinstance(concrete.comma, cst.Comma) else end
    text = program.text
    first, last = program.line_of(start), program.line_of(stop)
    before = text[program.line_start(first) : start]
    after = text[stop : program.line_stop(last)]
    if not before.strip() and not after.strip():  # alone on its lines
        return Change(program.line_start(first), program.line_start(last + 1), "")
    if not before.strip() and after.lstrip().startswith("#"):
        return Change(start, stop + len(after) - len(after.lstrip()), "")
    if place + 1 < len(found):
        following = found[place + 1][0][0]
        if not text[stop:following].strip(" \t"):
            return Change(start, following, "")
        return Change(start, stop, "")
    if place:
        (_, previous), earlier = found[place - 1]
        gap = text[previous:start]
        if "#" not in gap and isinstance(earlier.comma, cst.Comma):
            return Change(previous, end, "")
        return Change(start, stop, "")
    return Change(start, stop, "")


def put(program: Program, node: Brackets, text: str, before: Item | None = None) -> Change:
    """An item put in, before another one or at the end.

    Where each has a line of its own, so has the new one.
    """
    _, found = _concrete(program, node)
    items = items_of(node)
    if not found:
        end = program.extent(node)[1] - 1
        return Change(end, end, text)
    if before is not None:
        start = found[items.index(before)][0][0]
        return Change(start, start, f"{text},{_gap(program, start)}")
    start, end = found[-1][0]
    return Change(end, end, f",{_gap(program, start)}{text}")


def _gap(program: Program, start: int) -> str:
    """What parts two items: a blank, or a new line where the item at ``start`` begins one."""
    line = program.line_of(start)
    lead = program.text[program.line_start(line) : start]
    return " " if lead.strip() or line == 1 else program.ending(line) + lead


def value_extent(program: Program, item: Item) -> Range:
    """Where an item's value stands, with its own parentheses."""
    return parenthesised(program, _value(item))
