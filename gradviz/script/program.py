"""A script's text and what it says: its statements, its expressions, and where in the text each of them stands.

What takes libcst is in `concrete`, which is only imported when an edit needs it: the window starts without it.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections import Counter
from functools import cached_property, lru_cache
from typing import Final

from gradviz.recording import Span
from gradviz.script.changes import EditRefused

Range = tuple[int, int]
"""From and up to which character of the text."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_BLANK: Final = " \t\f"
_BOM: Final = "\ufeff"


class Program:
    """A parsed script. It is never changed; edits make another text.

    Attributes:
        text: The text.
        tree: Its syntax tree.
    """

    def __init__(self, text: str) -> None:
        """Parses a text; `Program.of` does so once for each text.

        Raises:
            EditRefused: It is no Python.
        """
        self.text = text
        self._skipped = len(_BOM) if text.startswith(_BOM) else 0
        self.tree = parsed(text[self._skipped :])
        self.starts = [self._skipped, *(found.end() for found in _LINE_END.finditer(text))]
        """Where each line begins."""

    @staticmethod
    def of(text: str) -> Program:
        """The parsed script of a text.

        Raises:
            EditRefused: It is no Python.
        """
        return _program(text)

    @cached_property
    def compiles(self) -> bool:
        """Whether it can be run: there is more to that than being parsed."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(self.tree, "script", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        return True

    # Lines

    def line_of(self, offset: int) -> int:
        """The number of the line, from 1, that a character stands on."""
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.starts[middle] <= offset else (low, middle)
        return low + 1

    def line_start(self, line: int) -> int:
        """Where a line begins; the text's end behind the last line."""
        return self.starts[line - 1] if line <= len(self.starts) else len(self.text)

    def line_stop(self, line: int) -> int:
        """Where a line ends, before its line ending."""
        found = _LINE_END.search(self.text, self.line_start(line))
        return found.start() if found else len(self.text)

    def line(self, number: int) -> str:
        """A line without its ending."""
        return self.text[self.line_start(number) : self.line_stop(number)]

    def is_blank(self, line: int) -> bool:
        """Whether a line holds nothing."""
        return not self.line(line).strip()

    def ending(self, line: int) -> str:
        """The line ending to write next to a line: its own, its neighbour's, or the most common one."""
        for number in (line, line - 1):
            if 1 <= number < len(self.starts):
                return self.text[self.line_stop(number) : self.line_start(number + 1)]
        return self._usual_ending

    @cached_property
    def _usual_ending(self) -> str:
        found = Counter(_LINE_END.findall(self.text)).most_common(1)
        return str(found[0][0]) if found else "\n"

    # Places

    def offset(self, line: int, col: int) -> int:
        """The character at a line, from 1, and a column in UTF-8 bytes."""
        text = self.line(line)
        if not text.isascii():
            col = len(text.encode(errors="surrogatepass")[:col].decode(errors="surrogatepass"))
        return self.line_start(line) + col

    def span(self, place: Range) -> Span:
        """A range of characters as recordings have it."""
        (line, col), (end_line, end_col) = self._place(place[0]), self._place(place[1])
        return Span(line, col, end_line, end_col)

    def _place(self, offset: int) -> tuple[int, int]:
        line = self.line_of(offset)
        return line, len(self.text[self.line_start(line) : offset].encode(errors="surrogatepass"))

    def extent(self, node: ast.expr | ast.stmt) -> Range:
        """Where a node stands; parentheses round an expression are not part of it."""
        if sys.version_info < (3, 12) and isinstance(node, ast.expr) and node in self._in_strings:
            # Python before 3.12 does not know well where in an f-string something stands.
            from gradviz.script.concrete import string_ranges

            return string_ranges(self, self._in_strings[node])[node]
        return self.outer_range(node)

    def outer_range(self, node: ast.expr | ast.stmt) -> Range:
        """Where a node stands that is not within an f-string."""
        line, col = node.lineno, node.col_offset
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.decorator_list:
            line, col = node.decorator_list[0].lineno, node.decorator_list[0].col_offset - 1
        return self.offset(line, col), self.offset(node.end_lineno or line, node.end_col_offset or col)

    def source(self, node: ast.expr | ast.stmt) -> str:
        """A node's text."""
        start, end = self.extent(node)
        return self.text[start:end]

    # The tree

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        parents: dict[ast.AST, ast.AST] = {}
        stack: list[ast.AST] = [self.tree]
        while stack:
            node = stack.pop()
            for child in ast.iter_child_nodes(node):
                if child._fields:
                    parents[child] = node
                    stack.append(child)
        return parents

    @cached_property
    def _in_strings(self) -> dict[ast.expr, ast.JoinedStr]:
        """What stands in f-strings, with the outermost f-string round it."""
        found: dict[ast.expr, ast.JoinedStr] = {}
        for node in ast.walk(self.tree):  # outer ones first
            if isinstance(node, ast.JoinedStr) and node not in found:
                inner = (child for child in ast.walk(node) if isinstance(child, ast.expr) and child is not node)
                found.update((child, node) for child in inner if child not in found)
        return found

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """Every statement, from without inwards."""
        return tuple(node for node in ast.walk(self.tree) if isinstance(node, ast.stmt))

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that a node is part of."""
        return self._parents.get(node)

    def ancestors(self, node: ast.AST) -> list[ast.AST]:
        """What a node is part of, from within outwards, the module included."""
        found = []
        parent = self.parent(node)
        while parent is not None:
            found.append(parent)
            parent = self.parent(parent)
        return found

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that a node is or is part of."""
        for one in (node, *self.ancestors(node)):
            if isinstance(one, ast.stmt):
                return one
        raise ValueError("a module is no statement")

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which a statement stands."""
        parent = self.parent(statement)
        assert parent is not None
        for field in ("body", "orelse", "finalbody"):
            found = getattr(parent, field, None)
            if isinstance(found, list) and any(one is statement for one in found):
                return found
        raise ValueError("a statement in no block")

    @cached_property
    def _spans(self) -> dict[Span, ast.expr | ast.stmt]:
        found: dict[Span, ast.expr | ast.stmt] = {}
        for node in ast.walk(self.tree):  # of nodes with one span the outermost expression counts
            if isinstance(node, (ast.expr, ast.AugAssign)) and not isinstance(node, ast.Starred):
                end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
                found.setdefault(Span(node.lineno, node.col_offset, *end), node)
        return found

    def at(self, span: Span) -> ast.expr | ast.stmt | None:
        """The expression, or the augmented assignment, at exactly this span."""
        return self._spans.get(span)

    # How it is laid out

    def indentation(self, statement: ast.stmt) -> str:
        """The blanks before a statement's line."""
        line = self.line(self.line_of(self.extent(statement)[0]))
        return line[: len(line) - len(line.lstrip(_BLANK))]

    @cached_property
    def indent(self) -> str:
        """What a deeper level of indentation adds in this script."""
        for node in ast.walk(self.tree):
            body = getattr(node, "body", None)
            if isinstance(node, ast.stmt) and isinstance(body, list) and not self.shares_line(body[0]):
                outer, inner = self.indentation(node), self.indentation(body[0])
                if inner.startswith(outer) and len(inner) > len(outer):
                    return inner[len(outer) :]
        return "    "

    def lines(self, statement: ast.stmt) -> range:
        """The lines of a statement."""
        start, end = self.extent(statement)
        return range(self.line_of(start), self.line_of(end) + 1)

    def shares_line(self, statement: ast.stmt) -> bool:
        """Whether another statement stands on a line of this one."""
        start, end = self.extent(statement)
        before = self.text[self.line_start(self.line_of(start)) : start]
        after = self.text[end : self.line_stop(self.line_of(end))].strip(_BLANK)
        return bool(before.strip(_BLANK)) or not (after == "" or after.startswith("#") or after == "\\")

    @cached_property
    def modules(self) -> dict[str, str]:
        """The names that the script imports, with the dotted path each stands for; `torch` for the engine too."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                found.update((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
        return {
            name: "torch" + path.removeprefix("engine") if path.partition(".")[0] == "engine" else path
            for name, path in found.items()
        }

    @cached_property
    def words(self) -> frozenset[str]:
        """Every identifier that occurs, in whatever role but as an attribute."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                continue
            for field, value in ast.iter_fields(node):
                if isinstance(value, str) and (field in ("id", "name", "arg", "asname", "rest") or isinstance(node, ast.alias)):
                    found.add(value.partition(".")[0])
                elif isinstance(node, (ast.Global, ast.Nonlocal)):
                    found.update(node.names)
        return frozenset(found)


def parsed(text: str) -> ast.Module:
    """A text's syntax tree.

    Raises:
        EditRefused: It is no Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd but legal literals
            return ast.parse(text)
    except SyntaxError as error:
        line = error.lineno or 0
        raise EditRefused(f"Line {line} is no Python ({error.msg}). Mend it first.", line) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise EditRefused(f"The script cannot be read: {error}.") from None


def parenthesised(program: Program, node: ast.expr) -> Range:
    """Where an expression stands, with the parentheses that are its own.

    Raises:
        EditRefused: It stands where an edit cannot reach it.
    """
    from gradviz.script.concrete import concrete_of

    return concrete_of(program, node).parenthesised(node)


@lru_cache(maxsize=16)
def _program(text: str) -> Program:
    return Program(text)
