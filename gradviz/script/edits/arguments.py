"""The plain values that a node takes, changed all at once: what is typed on its card."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from gradviz.script.calls import Item, items_of, put, without
from gradviz.script.changes import Edited, EditRefused, Place
from gradviz.script.edits.done import shortened
from gradviz.script.edits.values import FACTORY_KEYWORDS, check_known, keyword_change
from gradviz.script.edits.work import Work
from gradviz.script.nodes import find, is_literal, operands
from gradviz.script.program import Program
from gradviz.script.substitute import substitution
from gradviz.script.writing import checked


def written_values(text: str, place: Place) -> str:
    """The numbers, texts and lists of them that a node takes, as they are written: "2, 2", "3", "dim=0"; "" for none.

    What says how a new tensor is kept (dtype, requires_grad and the like) is not among them.

    Raises:
        EditRefused: The node is not there, or no gesture can mean it.
    """
    program = Program.of(text)
    expression = find(program, place).expression
    values = [_in_one_line(program, value) for value in _positional(program, expression)]
    return ", ".join([*values, *(f"{name}={_in_one_line(program, value)}" for name, value in _named(expression).items())])


def _in_one_line(program: Program, value: ast.expr) -> str:
    """A value as it is written; one that goes on over lines, as it would be in one."""
    source = program.source(value)
    return source if "\n" not in source and "\r" not in source else ast.unparse(value)


def _positional(program: Program, expression: ast.AST) -> list[ast.expr]:
    if isinstance(expression, ast.Call):
        return [value for value in expression.args if is_literal(value)]
    return [value for _, value in operands(program, expression) if is_literal(value)]


def _named(expression: ast.AST) -> dict[str, ast.expr]:
    if not isinstance(expression, ast.Call):
        return {}
    found = {one.arg: one.value for one in expression.keywords if one.arg and is_literal(one.value)}
    return {name: value for name, value in found.items() if name not in FACTORY_KEYWORDS}


@dataclass(frozen=True, slots=True)
class SetArguments:
    """Other plain values for a node: `x.sum(dim=0)` with "dim=1, keepdim=True" becomes `x.sum(dim=1, keepdim=True)`.

    Attributes:
        place: The node.
        typed: What shall stand in the place of `written_values`: values apart by commas, some by name.
    """

    place: Place
    typed: str

    def apply(self, text: str) -> Edited:
        """Writes what is another than before, and leaves the rest.

        Raises:
            EditRefused: What was typed are no values, or the node cannot take them.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        node = work.node(self.place)
        values, named = self._read(work.program, node.line)
        before = written_values(work.begun.text, self.place)
        self._set_positional(work, values)
        old = _named(work.node(self.place).expression)
        for name in [*(name for name in old if name not in named), *named]:
            call = work.node(self.place).expression
            if not isinstance(call, ast.Call):
                raise EditRefused(f"Line {node.line} writes this without a call: it takes nothing by name.", node.line)
            known = _named(call).get(name)
            if known is None or not _is(known, named.get(name)):
                _refuse_comment(work.program, known)
                change = keyword_change(work.program, call, name, named.get(name))
                work.apply([] if change is None else [change])
        after = ", ".join([*values, *(f"{name}={value}" for name, value in named.items())])
        label = f"Change {shortened(before)} to {shortened(after)}" if before and after else f"Set {shortened(after or before)}"
        return work.done(label, select=[node.name] if node.name else ())

    def _read(self, program: Program, line: int) -> tuple[list[str], dict[str, str]]:
        """What was typed: values by their order, and by name."""
        source = f"_({self.typed}\n)"
        try:
            call = ast.parse(source, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise EditRefused(f"“{self.typed.strip()}” is no list of values.", line) from None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise EditRefused(f"“{self.typed.strip()}” is no list of values.", line)
        if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
            raise EditRefused("Stars cannot stand here. Change it in the script.", line)

        def value(one: ast.expr) -> str:
            found = checked(ast.get_source_segment(source, one) or "", line)
            check_known(program, found, line)
            return found

        return [value(one) for one in call.args], {one.arg: value(one.value) for one in call.keywords if one.arg}

    def _set_positional(self, work: Work, values: list[str]) -> None:
        expression = work.node(self.place).expression
        old = _positional(work.program, expression)
        if len(old) != len(values) and not isinstance(expression, ast.Call):
            count = "one value" if len(old) == 1 else f"{len(old)} values"
            raise EditRefused(f"Line {expression.lineno} takes {count} here.", expression.lineno)
        for number, value in enumerate(values[: len(old)]):
            node = _positional(work.program, work.node(self.place).expression)[number]
            if not _is(node, value):
                _refuse_comment(work.program, node)
                work.apply([substitution(work.program, node, value)])
        for _ in old[len(values) :]:
            call = self._call(work)
            work.apply([without(work.program, call, _positional(work.program, call)[-1])])
        for value in values[len(old) :]:
            call = self._call(work)
            first = next((one for one in items_of(call) if isinstance(one, ast.keyword)), None)
            behind: Item | None = first
            work.apply([put(work.program, call, value, behind)])

    def _call(self, work: Work) -> ast.Call:
        call = work.node(self.place).expression
        assert isinstance(call, ast.Call)
        return call


def _is(node: ast.expr, typed: str | None) -> bool:
    """Whether what stands there is what was typed, however it is written."""
    return typed is not None and ast.dump(node) == ast.dump(ast.parse(typed, mode="eval").body)


def _refuse_comment(program: Program, node: ast.expr | None) -> None:
    if node is not None and "\n" in program.source(node) and "#" in program.source(node):
        raise EditRefused(f"Line {node.lineno} has a comment within the value. Change it there.", node.lineno)
