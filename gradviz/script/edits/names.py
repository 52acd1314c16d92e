"""Renaming variables, and naming what has none."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from gradviz.script.changes import Change, Edited, EditRefused, Place
from gradviz.script.edits.work import Work
from gradviz.script.flow import Definition, Flow
from gradviz.script.naming import check_new
from gradviz.script.nodes import Node, one_target
from gradviz.script.placement import renamed
from gradviz.script.program import Program


@dataclass(frozen=True, slots=True)
class Rename:
    """Another name for the variable that holds a node.

    Only the definitions and uses are renamed that mean this variable here: in `a = a * 3` the old and the new one are two.
    Names in f-strings are uses; texts, attributes and keywords are not. A node that stands within a larger expression gets a
    variable and a line of its own. Its place on the canvas goes with it.

    Attributes:
        place: The node.
        to: The new name.
    """

    place: Place
    to: str

    def apply(self, text: str) -> Edited:
        """Renames it.

        Raises:
            EditRefused: The name cannot be had, or something other than a plain variable holds the node.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        node = work.node(self.place)
        definition = node.definition or held_by(work.program, node, self.place.name)
        if definition is None:
            if isinstance(node.statement, (ast.Assign, ast.AnnAssign)) and node.statement.value is node.expression:
                one_target(node)
            work.extract(node, self.to)
            return work.done(f"Name {self.to}", select=[self.to])
        if definition.name == self.to:
            return work.done(f"Rename {definition.name} to {self.to}", select=[self.to])
        check_new(work.program, self.to, node.line)
        work.apply(_changes(work.program, definition, self.to, node.line))
        return work.done(f"Rename {definition.name} to {self.to}", select=[self.to])


def held_by(program: Program, node: Node, name: str) -> Definition | None:
    """The variable that a statement changes in place: x in `x.add_(1)`."""
    if not isinstance(node.statement, ast.Expr) or node.statement.value is not node.expression:
        return None
    receiver: ast.AST = node.expression
    while isinstance(receiver, (ast.Call, ast.Attribute)):
        receiver = receiver.func if isinstance(receiver, ast.Call) else receiver.value
    if not isinstance(receiver, ast.Name) or receiver.id != name:
        return None
    use = next((one for one in Flow.of(program).uses if one.node is receiver), None)
    return min(use.means, key=lambda one: one.statement.lineno) if use else None


def _changes(program: Program, definition: Definition, to: str, line: int) -> list[Change]:
    flow = Flow.of(program)
    web = flow.web(definition)
    nodes: list[ast.Name] = []
    for one in web:
        where = one.statement.lineno
        if one.scope is not None:
            function = getattr(one.scope, "name", "a function")
            raise EditRefused(f"{function} on line {where} changes {one.name} as a global. Rename it there.", where)
        if not isinstance(one.node, ast.Name):
            raise EditRefused(f"Line {where} gives {one.name} its name. Rename it there.", where)
        nodes.append(one.node)
    nodes += [use.node for use in flow.uses_of(web)]
    extents = {program.extent(node) for node in nodes}
    for start, end in extents:
        if program.text[start:end] != definition.name:
            raise EditRefused(f"Line {program.line_of(start)} writes {definition.name} in a way that cannot be renamed.", line)
    names = _new_keys(flow, definition, web, to)
    return [*(Change(*extent, to) for extent in extents), *renamed(program, names)]


class _Keys:
    """The keys of the layout block after a variable was renamed.

    Where several variables have the name, they are told apart by their order.
    """

    def __init__(self, name: str, to: str, numbers: dict[int, str] | None) -> None:
        self._name = name
        self._to = to
        self._numbers = numbers

    def __call__(self, key: str) -> str:
        found = re.fullmatch(r"(?P<name>[^#\[.]+)(?P<part>[\[.][^#]*)?(?:#(?P<number>\d+))?", key)
        if found is None or found["name"] != self._name:
            return key
        if self._numbers is None:
            return self._to + key[len(self._name) :]
        return key if found["part"] else self._numbers.get(int(found["number"] or 1), key)


def _new_keys(flow: Flow, definition: Definition, web: frozenset[Definition], to: str) -> _Keys:
    order = [one for one in flow.named(definition.name) if not isinstance(one.statement, ast.AugAssign)]
    if all(one in web for one in order):
        return _Keys(definition.name, to, None)
    numbers: dict[int, str] = {}
    counts = {True: 0, False: 0}
    for number, one in enumerate(order, start=1):
        mine = one in web
        counts[mine] += 1
        name = to if mine else definition.name
        numbers[number] = name if counts[mine] == 1 else f"{name}#{counts[mine]}"
    return _Keys(definition.name, to, numbers)
