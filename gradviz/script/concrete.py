"""The concrete syntax of a statement: its parentheses, commas, blanks and comments, by the place each has in the script.

Only the statement that an edit is about is parsed by libcst, which takes a whole script far longer than Python does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider, WhitespaceInclusivePositionProvider

from gradviz.script.changes import EditRefused
from gradviz.script.program import Program, Range

_LINE_END: Final = re.compile(r"\r\n?|\n")


class Concrete:
    """A piece of a script, parsed by libcst.

    Attributes:
        program: The script.
        module: The piece.
    """

    def __init__(self, program: Program, text: str, base: int) -> None:
        """Parses a piece of a script.

        Args:
            program: The script.
            text: The piece: whole statements, the first one not indented.
            base: Which character of the script the piece begins at.
        """
        self.program = program
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.module = wrapper.module
        self._starts = [base, *(base + found.end() for found in _LINE_END.finditer(text))]
        self._bare = wrapper.resolve(PositionProvider)
        self._whole = wrapper.resolve(WhitespaceInclusivePositionProvider)
        self._expressions: dict[Range, cst.BaseExpression] = {}
        for node in self._bare:
            if isinstance(node, cst.BaseExpression):
                self._expressions.setdefault(self.whole(node), node)
        for node in self._bare:
            if isinstance(node, cst.BaseExpression):
                self._expressions[self.bare(node)] = node

    def _range(self, found: CodeRange) -> Range:
        start, end = found.start, found.end
        return self._starts[start.line - 1] + start.column, self._starts[end.line - 1] + end.column

    def bare(self, node: cst.CSTNode) -> Range:
        """Where a node stands, without its own parentheses."""
        return self._range(self._bare[node])

    def whole(self, node: cst.CSTNode) -> Range:
        """Where a node stands, with its own parentheses and the blanks that belong to it."""
        return self._range(self._whole[node])

    def expression(self, node: ast.expr) -> cst.BaseExpression:
        """The concrete node of an expression.

        Raises:
            EditRefused: It stands where an edit cannot reach it.
        """
        found = self._expressions.get(self.program.extent(node))
        if found is None:
            raise EditRefused(f"Line {node.lineno} writes this in a way that only the editor can change.", node.lineno)
        return found

    def parenthesised(self, node: ast.expr) -> Range:
        """Where an expression stands, with the parentheses that are its own."""
        found = self.expression(node)
        return self.whole(found) if found.lpar else self.program.extent(node)


@lru_cache(maxsize=64)
def concrete(program: Program, statement: ast.stmt) -> Concrete:
    """The concrete syntax of a simple statement, or of the head of a compound one.

    Raises:
        EditRefused: It is beyond libcst.
    """
    start, end = program.extent(statement)
    body = getattr(statement, "body", None)
    if isinstance(body, list) and isinstance(body[0], ast.stmt):
        text = program.text[start : program.extent(body[0])[0]] + "pass"
    else:
        text = program.text[start:end]
    if isinstance(statement, ast.If) and text.startswith("elif"):
        text, start = text[2:], start + 2
    try:
        return Concrete(program, text, start)
    except cst.ParserSyntaxError:
        raise EditRefused(
            f"Line {statement.lineno} is written in a way that only the editor can change.", statement.lineno
        ) from None


def concrete_of(program: Program, node: ast.AST) -> Concrete:
    """The concrete syntax of the statement that a node is part of."""
    return concrete(program, program.statement(node))


# f-strings


def _formatted(values: Sequence[ast.expr]) -> Iterator[ast.expr]:
    for value in values:
        if isinstance(value, ast.FormattedValue):
            yield value.value
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from _formatted(value.format_spec.values)


def _formatted_concrete(node: cst.CSTNode | Sequence[cst.BaseFormattedStringContent]) -> Iterator[cst.BaseExpression]:
    if isinstance(node, cst.ConcatenatedString):
        yield from _formatted_concrete(node.left)
        yield from _formatted_concrete(node.right)
        return
    for part in node.parts if isinstance(node, cst.FormattedString) else node if isinstance(node, Sequence) else ():
        if isinstance(part, cst.FormattedStringExpression):
            yield part.expression
            yield from _formatted_concrete(part.format_spec or ())


@lru_cache(maxsize=64)
def string_ranges(program: Program, string: ast.JoinedStr) -> dict[ast.expr, Range]:
    """Where the expressions within an f-string stand.

    Raises:
        EditRefused: The f-string is beyond libcst.
    """
    start, end = program.outer_range(string)
    try:
        piece = Concrete(program, f"({program.text[start:end]}\n)", start - 1)
    except cst.ParserSyntaxError:
        raise EditRefused(f"The f-string on line {string.lineno} can only be changed in the editor.", string.lineno) from None
    statement = piece.module.body[0]
    assert isinstance(statement, cst.SimpleStatementLine)
    whole = statement.body[0]
    assert isinstance(whole, cst.Expr)
    found: dict[ast.expr, Range] = {
        node: (start, end) for node in ast.walk(string) if isinstance(node, ast.expr) and node is not string
    }
    for value, part in zip(_formatted(string.values), _formatted_concrete(whole.value), strict=True):
        low, high = piece.whole(part)
        inner = Program(f"({program.text[low:high]}\n)")
        (expression,) = inner.tree.body
        assert isinstance(expression, ast.Expr)
        for node, again in zip(ast.walk(value), ast.walk(expression.value), strict=True):
            if isinstance(node, ast.expr) and isinstance(again, ast.expr):
                first, last = inner.extent(again)
                found[node] = (low + first - 1, low + last - 1)
    return found
