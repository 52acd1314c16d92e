"""An edit in the making: nodes found again after each step, and given variables where they need one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import NamedTuple, Self

from gradviz.recording import Span
from gradviz.script.changes import Change, Draft, Edited, EditRefused, Place
from gradviz.script.edits.done import done
from gradviz.script.effects import is_pure, writes_into
from gradviz.script.flow import Definition, Flow
from gradviz.script.insertion import insert_before
from gradviz.script.naming import check_new, pick
from gradviz.script.nodes import Node, find, is_literal, refuse_module, refuse_repeated
from gradviz.script.program import Program, parenthesised


class Variable(NamedTuple):
    """A variable of the script, whichever way its text changes meanwhile: the nth definition of a name."""

    name: str
    number: int


class Work:
    """A script on its way through the steps of one edit, which are taken within a `with`.

    What is refused then, after some steps, is told in lines of the script as it was.

    Attributes:
        begun: The script as it was.
        draft: Its text as it is now.
    """

    def __init__(self, text: str) -> None:
        self.begun = Program.of(text)
        self.draft = Draft(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, EditRefused) and self.draft.text != self.begun.text:
            reason = re.sub(r"(?<=[Ll]ine )\d+", lambda found: str(self._line(int(found[0]))), error.reason)
            raise EditRefused(reason, self._line(error.line), error.dependents) from None

    def _line(self, line: int) -> int:
        """Which line of the script as it was a line of it is now, or stands behind."""
        if not line:
            return 0
        offset, grown = self.program.line_start(line), 0
        for change in self.draft.changes():
            if change.start + grown + len(change.text) > offset:
                offset = min(offset, change.start + grown)
                break
            grown += len(change.text) - (change.end - change.start)
        return self.begun.line_of(offset - grown)

    @property
    def program(self) -> Program:
        """The script as it is now."""
        return Program.of(self.draft.text)

    def apply(self, changes: Iterable[Change]) -> None:
        """Makes a step."""
        self.draft.apply(changes)

    def done(self, label: str, *, select: Iterable[str] = (), note: str = "") -> Edited:
        """The whole of it as one edit."""
        return done(self.begun.text, self.draft, label, select=select, note=note)

    # What places mean now

    def place(self, place: Place) -> Place:
        """Where a place of the script as it was is now."""
        if place.span is None or self.draft.text == self.begun.text:
            return place
        node = self.begun.at(place.span)
        if node is None:
            return place
        return Place(self.program.span(self.draft.moved(*self.begun.extent(node))), place.name)

    def span(self, span: Span) -> Span:
        """Where a span of the script as it was is now."""
        moved = self.place(Place(span)).span
        assert moved is not None
        return moved

    def node(self, place: Place) -> Node:
        """The node at a place of the script as it was.

        Raises:
            EditRefused: It is not there any more, or no gesture can mean it.
        """
        return find(self.program, self.place(place))

    def expression(self, span: Span) -> ast.expr:
        """The expression at a span of the script as it was.

        Raises:
            EditRefused: There is none, or no gesture can mean it.
        """
        found = self.program.at(self.span(span))
        if not isinstance(found, ast.expr):
            raise EditRefused("The script has changed since it ran. Run it and try again.", span.line)
        refuse_repeated(self.program, found)
        if not is_literal(found):
            refuse_module(self.program, found)
        return found

    def definition(self, variable: Variable) -> Definition:
        """A variable's definition now."""
        return Flow.of(self.program).named(variable.name)[variable.number]

    def _number(self, definition: Definition) -> Variable:
        return Variable(definition.name, Flow.of(self.program).named(definition.name).index(definition))

    def variable(self, place: Place) -> Variable:
        """The variable that holds a node: where it has none, it is given one, on a line of its own.

        Raises:
            EditRefused: No variable can hold it.
        """
        node = self.node(place)
        if node.definition is not None:
            return self._number(node.definition)
        for one in Flow.of(self.program).defined_by(node.statement):
            if one.name == place.name and one.statement is node.statement:
                return self._number(one)
        return Variable(self.extract(node, pick(self.program)), 0)

    def extract(self, node: Node, name: str) -> str:
        """Gives an expression within a larger one a variable and a line of its own; returns the variable's name.

        Raises:
            EditRefused: The larger expression would then compute something else.
        """
        program, expression, statement = self.program, node.expression, node.statement
        check_new(program, name, node.line)
        if not isinstance(expression, ast.expr) or isinstance(getattr(expression, "ctx", None), (ast.Store, ast.Del)):
            raise EditRefused(f"Line {node.line} writes into something here; it can have no name of its own.", node.line)
        refuse_module(program, expression)
        self._refuse_unsure(node)
        start, end = parenthesised(program, expression)
        text = program.text[slice(*program.extent(expression))]
        if isinstance(statement, ast.Expr) and statement.value is expression:
            self.apply([Change(start, start, f"{name} = ")])
            return name
        if "\n" in text or "\r" in text:
            text = program.text[start:end] if end - start > len(text) or _closed(expression) else f"({text})"
        before = insert_before(program, statement, [f"{name} = {text}"])
        gap = " " if start and program.text[start - 1].isalnum() else ""
        self.apply([before, Change(start, end, gap + name)])
        return name

    def _refuse_unsure(self, node: Node) -> None:
        program, expression, statement = self.program, node.expression, node.statement
        inner: ast.AST = expression
        for outer in program.ancestors(expression):
            sometimes = (isinstance(outer, ast.IfExp) and inner is not outer.test) or (
                isinstance(outer, ast.BoolOp) and inner is not outer.values[0]
            )
            if sometimes or (isinstance(outer, ast.JoinedStr) and "\n" in program.source(expression)):
                raise EditRefused(f"Line {node.line} computes this only sometimes. Change it there.", node.line)
            if outer is statement:
                break
            inner = outer
        parent = program.parent(statement)
        is_elif = isinstance(parent, ast.If) and isinstance(statement, ast.If) and statement in parent.orelse
        if is_elif or isinstance(statement, (ast.Match, ast.Try)):
            raise EditRefused(f"Line {node.line} is in the middle of a choice. Change it there.", node.line)
        names = frozenset(use.node.id for use in Flow.of(program).used_in(expression))
        heads = statement.items if isinstance(statement, ast.With) else [statement]
        if not isinstance(statement, (ast.Expr, ast.Assign)) or statement.value is not expression:
            others = any(writes_into(head, names) for head in heads) and not isinstance(statement, ast.AugAssign)
            if others or not is_pure(program, expression):
                raise EditRefused(
                    f"Line {node.line} does more than compute this; taken apart it might compute something else.", node.line
                )


def _closed(expression: ast.expr) -> bool:
    """Whether an expression goes on over lines within brackets of its own."""
    return isinstance(expression, (ast.Call, ast.List, ast.Tuple, ast.Subscript, ast.Dict))
