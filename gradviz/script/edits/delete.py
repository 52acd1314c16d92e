"""Deleting nodes, and what becomes of those that depend on them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gradviz.script.changes import Change, Draft, Edited, EditRefused, Place
from gradviz.script.edits.done import span_of
from gradviz.script.edits.removal import removal
from gradviz.script.edits.wires import taken_off
from gradviz.script.edits.work import Work
from gradviz.script.flow import Definition, Flow, Use
from gradviz.script.nodes import Node, find, is_literal, one_target, operands
from gradviz.script.program import Program, Range
from gradviz.script.substitute import substitution, unwrapped

Policy = Literal["refuse", "delete", "bypass"]


@dataclass(frozen=True, slots=True)
class Delete:
    """Nodes taken out of the script.

    A node within a larger expression is taken out of that: what it was computed from takes its place (`y * y * 3` without its
    last product is `y * y`). A node that a variable holds goes with its statement, and with what only says something of the
    variable (`x.requires_grad_()`, `x.grad = None`).

    Attributes:
        places: The nodes.
        dependents: What becomes of the rest that reads such a variable: "refuse" deletes nothing while there is any; "delete"
            deletes it too, and what depends on that; "bypass" lets it read what the node was computed from.
    """

    places: Sequence[Place]
    dependents: Policy = "refuse"

    def apply(self, text: str) -> Edited:
        """Deletes them.

        Raises:
            EditRefused: Something depends on them (``dependents`` of the error), or cannot do without them.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        if not self.places:
            raise EditRefused("Nothing is selected.")
        nodes = [find(work.begun, place) for place in self.places]
        label = f"Delete {_what(nodes)}"
        inner = [place for place, node in zip(self.places, nodes, strict=True) if _is_part(work.begun, node)]
        whole = [place for place, node in zip(self.places, nodes, strict=True) if not _is_part(work.begun, node)]
        if self.dependents == "delete":
            whole, inner = [*whole, *inner], []
        gone = {work.node(place).statement for place in whole}
        for place in sorted(inner, key=lambda one: _width(work, one)):
            if find(work.begun, place).statement not in gone:
                self._take_out(work, place)
        if whole:
            self._delete(work, whole)
        return work.done(label)

    @staticmethod
    def _take_out(work: Work, place: Place) -> None:
        """A node within a larger expression: what it was computed from takes its place."""
        program, node = work.program, work.node(place)
        expression = node.expression
        assert isinstance(expression, ast.expr)
        source = source_of(program, expression)
        work.apply([taken_off(program, expression)] if source is None else unwrapped(program, expression, source))

    def _delete(self, work: Work, places: Sequence[Place]) -> None:
        program = work.program
        statements = {_deletable(work.node(place)).statement for place in places}
        attached, rest = _readers(program, statements)
        if rest and self.dependents == "refuse":
            names = _listed([_name(one) for one in rest])
            told = _listed([definition.name for one in statements for definition in Flow.of(program).defined_by(one)])
            reason = f"{names} would be left without {told}."
            raise EditRefused(reason, rest[0].lineno, [_place(one) for one in rest])
        if rest and self.dependents == "bypass":
            self._bypass(work, statements, attached)
            return
        while rest and self.dependents == "delete":
            for one in rest:
                _refuse_shared(program, one)
            statements |= set(rest) | set(attached)
            attached, rest = _readers(program, statements)
        work.apply(removal(program, statements | set(attached)))

    @staticmethod
    def _bypass(work: Work, statements: set[ast.stmt], attached: Sequence[ast.stmt]) -> None:
        program, flow = work.program, Flow.of(work.program)
        changes: list[Change] = []
        removed = statements | set(attached)
        moved: list[tuple[Use, Definition]] = []
        for definition in [one for statement in statements for one in flow.defined_by(statement)]:
            source = _substitute(program, definition, removed)
            uses = [use for use in flow.uses_of([definition]) if not _is_in(program, use.node, removed)]
            changes += [substitution(program, use.node, source.name) for use in uses if use.node.id != source.name]
            moved += [(use, source) for use in uses]
        extents = [program.extent(use.node) for use, _ in moved]
        unmoved = Draft(program.text)
        unmoved.apply([*changes, *removal(program, removed)])
        work.apply(unmoved.changes())
        for (_, source), extent in zip(moved, extents, strict=True):
            order = [one for one in flow.named(source.name) if one.statement not in removed]
            _check_meaning(work.program, unmoved.moved(*extent), source.name, order.index(source))


def _what(nodes: Sequence[Node]) -> str:
    if len(nodes) == 1:
        return nodes[0].name or f"a node of line {nodes[0].line}"
    return f"{len(nodes)} nodes"


def _width(work: Work, place: Place) -> int:
    start, end = work.begun.extent(find(work.begun, place).expression)
    return end - start


def _is_part(program: Program, node: Node) -> bool:
    """Whether a node stands within a larger expression."""
    statement = node.statement
    if node.definition is not None or node.expression is statement:
        return False
    value = getattr(statement, "value", None)
    return not (isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign)) and value is node.expression)


def _deletable(node: Node) -> Node:
    if (
        isinstance(node.statement, (ast.Assign, ast.AnnAssign))
        and node.definition is None
        and getattr(node.statement, "value", None) is node.expression
    ):
        one_target(node)
    return node


def source_of(program: Program, expression: ast.expr) -> ast.expr | None:
    """What a node is computed from in the first place: the first of its arguments that is no plain value."""
    return next((value for _, value in operands(program, expression) if not is_literal(value)), None)


def _readers(program: Program, statements: set[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements that read what some others define: those that only say something of it, and the rest."""
    flow = Flow.of(program)
    attached: dict[ast.stmt, None] = {}
    rest: dict[ast.stmt, None] = {}
    waiting = [one for statement in statements for one in flow.defined_by(statement)]
    gone = set(waiting)
    while waiting:
        definition = waiting.pop()
        if isinstance(definition.statement, ast.AugAssign) and not _read_by(flow, definition) & gone:
            continue  # what was written in place stays as it was before
        for use in flow.uses_of([definition]):
            if _is_in(program, use.node, statements) or use.statement in attached:
                continue
            if not _is_attached(use):
                rest[use.statement] = None
                continue
            attached[use.statement] = None
            made = flow.defined_by(use.statement)
            gone.update(made)
            waiting += made
    return list(attached), sorted(rest, key=lambda one: one.lineno)


def _read_by(flow: Flow, definition: Definition) -> frozenset[Definition]:
    """What an augmented assignment reads to write it again."""
    return next((use.means for use in flow.uses if use.node is definition.node), frozenset())


def _is_in(program: Program, node: ast.AST, statements: Iterable[ast.stmt]) -> bool:
    return not {node, *program.ancestors(node)}.isdisjoint(statements)


def _is_attached(use: Use) -> bool:
    """Whether a statement does nothing but say something of its variable."""
    match use.statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr=name))):
            return value is use.node and (name in ("requires_grad_", "retain_grad") or name.endswith("_"))
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Attribute(value=value, attr="grad")))):
            return value is use.node
        case ast.Assign(targets=[ast.Attribute(value=value, attr="requires_grad" | "grad")]):
            return value is use.node
        case ast.AugAssign(target=target):
            return target is use.node
        case ast.Delete(targets=[target]):
            return target is use.node
    return False


def _refuse_shared(program: Program, statement: ast.stmt) -> None:
    for outer in program.ancestors(statement):
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            raise EditRefused(f"{outer.name} on line {outer.lineno} depends on it. Change it there.", statement.lineno)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        raise EditRefused(f"{statement.name} on line {statement.lineno} depends on it. Change it there.", statement.lineno)


def _substitute(program: Program, definition: Definition, removed: set[ast.stmt]) -> Definition:
    """The variable that is read in a deleted one's stead.

    Raises:
        EditRefused: There is none.
    """
    flow = Flow.of(program)
    seen: set[Definition] = set()
    while True:
        seen.add(definition)
        value = getattr(definition.statement, "value", None)
        source = source_of(program, value) if isinstance(value, ast.expr) else None
        while isinstance(source, (ast.Call, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Attribute)):
            source = source_of(program, source)
        use = next((one for one in flow.uses if one.node is source), None)
        if use is None or not isinstance(source, ast.Name) or len(use.means) != 1:
            line = definition.statement.lineno
            raise EditRefused(f"{definition.name} is computed from no variable that could take its place.", line)
        (found,) = use.means
        if found.statement not in removed or found in seen:
            return found
        definition = found


def _check_meaning(program: Program, extent: Range, name: str, number: int) -> None:
    """Refuses where a name that now stands somewhere has another value there.

    Raises:
        EditRefused: It has.
    """
    flow = Flow.of(program)
    definition = flow.named(name)[number]
    for use in flow.uses:
        if program.extent(use.node) == extent and definition not in use.means:
            line = use.node.lineno
            raise EditRefused(f"By line {line}, {name} has another value. Rename one of the two first.", line)


def dependents(text: str, places: Sequence[Place]) -> tuple[Place, ...]:
    """What depends on some nodes, in the order of the text: what `Delete` with "delete" would delete besides.

    Raises:
        EditRefused: A node is not there, or no gesture can mean it.
    """
    program = Program.of(text)
    statements = {find(program, place).statement for place in places}
    found: list[ast.stmt] = []
    attached, rest = _readers(program, statements)
    while rest:
        found += rest
        statements |= {*rest, *attached}
        attached, rest = _readers(program, statements)
    return tuple(_place(one) for one in sorted(found, key=lambda one: one.lineno))


def _place(statement: ast.stmt) -> Place:
    value = getattr(statement, "value", None)
    return Place(span_of(value if isinstance(value, ast.expr) else statement), _target(statement))


def _target(statement: ast.stmt) -> str:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


def _name(statement: ast.stmt) -> str:
    return _target(statement) or f"line {statement.lineno}"


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: "x, y and z"."""
    names = list(dict.fromkeys(names))
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
