"""Duplicating, copying and pasting nodes, as text."""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradviz.script.changes import Change, Edited, EditRefused, Place, changed
from gradviz.script.edits.removal import removal
from gradviz.script.edits.work import Work
from gradviz.script.effects import is_pass, is_random
from gradviz.script.flow import Definition, Flow
from gradviz.script.insertion import MODULES, anchor, insert_after, with_imports
from gradviz.script.naming import another, pick
from gradviz.script.nodes import find
from gradviz.script.placement import RemovePlacement
from gradviz.script.program import Program

_LINE_END = re.compile(r"\r\n|\r|\n")


def copy_text(text: str, places: Sequence[Place]) -> str:
    """What makes some nodes, as text for the clipboard: lines of Python, without the indentation they have in the script.

    Raises:
        EditRefused: Nothing is selected, or no gesture can mean a node.
    """
    program = Program.of(text)
    return "".join(f"{_source(program, one)}\n" for one in _statements(program, places))


def _statements(program: Program, places: Sequence[Place]) -> list[ast.stmt]:
    if not places:
        raise EditRefused("Nothing is selected.")
    found = {find(program, place).statement for place in places}
    return sorted(found, key=lambda one: program.extent(one))


def _source(program: Program, statement: ast.stmt) -> str:
    """A statement's text as it stands at the left margin, its lines ended by "\\n"."""
    lines = _LINE_END.split(program.source(statement))
    start = program.extent(statement)[0]
    lead = program.text[program.line_start(program.line_of(start)) : start]
    inside = _string_lines(statement)
    rest = [
        line if number in inside or not lead or lead.strip() else line.removeprefix(lead)
        for number, line in enumerate(lines[1:], start=statement.lineno + 1)
    ]
    return "\n".join([lines[0], *rest])


def _string_lines(statement: ast.stmt) -> frozenset[int]:
    strings = (n for n in ast.walk(statement) if isinstance(n, (ast.JoinedStr, ast.Constant)))
    return frozenset(line for n in strings for line in range(n.lineno + 1, (n.end_lineno or n.lineno) + 1))


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same nodes once more, under names of their own; among themselves they are connected as the first ones are.

    Attributes:
        places: The nodes.
    """

    places: Sequence[Place]

    def apply(self, text: str) -> Edited:
        """Writes them behind the last of the first ones.

        Raises:
            EditRefused: A node has no variable of its own to be told apart by.
        """
        work = Work(text)
        program, flow = work.program, Flow.of(work.program)
        if not self.places:
            raise EditRefused("Nothing is selected.")
        nodes = sorted((find(program, place) for place in self.places), key=lambda one: program.extent(one.expression))
        names: dict[Definition, str] = {}
        lines: list[str] = []
        made: list[str] = []
        behind: list[ast.stmt] = []
        for node in nodes:
            if node.statement in behind and node.definition is not None:
                continue
            taken = [*names.values(), *made]
            if node.definition is not None and not isinstance(node.statement, ast.AugAssign):
                names[node.definition] = another(program, node.name, taken)
                made.append(names[node.definition])
                lines.append(_renamed(program, node.statement, names, flow))
            elif isinstance(node.statement, (ast.Expr, ast.AugAssign)) and node.expression in (
                node.statement,
                getattr(node.statement, "value", None),
            ):
                lines.append(_renamed(program, node.statement, names, flow))
            elif isinstance(node.statement, (ast.Assign, ast.AnnAssign)) and node.statement.value is node.expression:
                raise EditRefused(f"Line {node.line} does not assign to one plain variable. Change it there.", node.line)
            else:
                made.append(pick(program, taken=taken))
                lines.append(f"{made[-1]} = {_renamed(program, node.expression, names, flow)}")
            behind.append(node.statement)
        where = self._anchor(program, flow, behind, lines)
        work.apply([insert_after(program, where, lines)])
        label = f"Duplicate {nodes[0].name or 'a node'}" if len(behind) == 1 else f"Duplicate {len(behind)} nodes"
        return work.done(label, select=made)

    @staticmethod
    def _anchor(program: Program, flow: Flow, statements: Sequence[ast.stmt], lines: Sequence[str]) -> ast.stmt:
        """Where the copies go: behind the last one, further down where they draw random numbers.

        Raises:
            EditRefused: By then, something they read has another value.
        """
        where = max(statements, key=lambda one: program.extent(one))
        used = [use for one in statements for use in flow.used_in(one)]
        needed = {one for use in used for one in use.means if one.statement not in statements}
        if any(is_random(ast.parse(line)) for line in lines) and where in program.tree.body:
            where = anchor(program, needed, [one.name for one in needed], random=True) or where
        meant = {one for use in used for one in use.means}
        begin, end = min(program.extent(one) for one in statements), program.extent(where)
        for one in flow.definitions:
            if (
                one not in meant
                and begin < program.extent(one.statement) <= end
                and any(one.name == each.name for each in needed)
            ):
                line = one.statement.lineno
                raise EditRefused(f"Line {line} gives {one.name} another value in between.", line)
        return where


def _renamed(program: Program, node: ast.stmt | ast.expr | ast.AugAssign, names: Mapping[Definition, str], flow: Flow) -> str:
    """A statement's or expression's text with some variables under other names."""
    start, end = program.extent(node)
    inside = set(ast.walk(node))
    changes = [
        Change(*_shifted(program.extent(use.node), start), names[one])
        for use in flow.uses
        if use.node in inside
        for one in use.means
        if one in names
    ]
    changes += [
        Change(*_shifted(program.extent(one.node), start), name)
        for one, name in names.items()
        if one.node in inside and isinstance(one.node, ast.Name)
    ]
    return changed(program.text[start:end], sorted(set(changes)))


def _shifted(extent: tuple[int, int], by: int) -> tuple[int, int]:
    return extent[0] - by, extent[1] - by


@dataclass(frozen=True, slots=True)
class Paste:
    """Lines from the clipboard put into the script.

    Variables that they define and the script has already get names of their own; what they read is the script's. Modules that
    they need are imported.

    Attributes:
        code: The lines, from GradViz or any editor.
    """

    code: str

    def apply(self, text: str) -> Edited:
        """Writes them with the forward computation, behind all they read; at the end if a backward pass is among them.

        Raises:
            EditRefused: They are no Python, or read what the script has not.
        """
        work = Work(text)
        program = work.program
        code = _cleaned(self.code)
        pasted = Program.of(code) if code else None
        if pasted is None or not pasted.tree.body:
            raise EditRefused("The clipboard holds no lines of Python.")
        code, imported = _without_imports(program, pasted)
        pasted = Program.of(code)
        flow = Flow.of(pasted)
        names = _collisions(program, pasted, flow)
        needed = _needed(program, flow)
        tree = pasted.tree
        code = _with_names(pasted, flow, names)
        last = any(is_pass(one) for one in tree.body)
        where = anchor(program, needed, [one.name for one in needed], random=is_random(tree), last=last)
        change = insert_after(program, where, code.rstrip("\n").split("\n"))
        work.apply(with_imports(program, change, "\n".join((*imported, code))))
        made = [names.get(one, one.name) for one in flow.definitions if one.scope is None and isinstance(one.node, ast.Name)]
        made = list(dict.fromkeys(made))
        label = f"Paste {made[0]}" if len(made) == 1 else f"Paste {len(tree.body)} lines"
        return work.done(label, select=made)


def _cleaned(code: str) -> str:
    """Pasted text with its lines ended by "\\n", at the left margin, without the layout of the script it is from."""
    code = _LINE_END.sub("\n", code.removeprefix("\ufeff")).replace("\u2029", "\n").replace("\xa0", " ")
    code = textwrap.dedent(code).strip("\n").rstrip()
    code = RemovePlacement().apply(f"{code}\n").text.rstrip() if code else ""
    return f"{code}\n" if code else ""


def _without_imports(program: Program, pasted: Program) -> tuple[str, list[str]]:
    """The pasted lines without the imports that the script has, or that are made at its beginning."""
    known = program.modules
    gone: list[ast.stmt] = []
    imported: list[str] = []
    for statement in pasted.tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            names = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
            if all(known.get(name) == pasted.modules[name] for name in names):
                gone.append(statement)
            elif all(MODULES.get(name) == pasted.modules[name] and name not in program.words for name in names):
                gone.append(statement)
                imported += [f"{name}." for name in names]
            elif clash := sorted(names & program.words):
                raise EditRefused(f"The script uses the name {clash[0]} for something else. Rename it first.")
    if len(gone) == len(pasted.tree.body):
        raise EditRefused("The clipboard holds nothing that the script has not.")
    code = changed(pasted.text, sorted(removal(pasted, gone))).strip("\n")
    return f"{code}\n", imported


def _collisions(program: Program, pasted: Program, flow: Flow) -> dict[Definition, str]:
    """New names for the variables that the script has already."""
    names: dict[Definition, str] = {}
    by_name: dict[str, str] = {}
    for one in flow.definitions:
        if one.name not in program.words:
            continue
        if not isinstance(one.node, ast.Name) or one.scope is not None:
            raise EditRefused(f"The script uses the name {one.name} already. Rename it before pasting.")
        if one.name not in by_name:
            by_name[one.name] = another(program, one.name, [*by_name.values(), *pasted.words])
        names[one] = by_name[one.name]
    return names


def _needed(program: Program, flow: Flow) -> list[Definition]:
    """The script's definitions that the pasted lines read.

    Raises:
        EditRefused: They read what the script has not.
    """
    found: list[Definition] = []
    for name in dict.fromkeys(use.node.id for use in flow.free):
        definitions = Flow.of(program).named(name)
        if definitions:
            found.append(definitions[-1])
        elif name not in dir(builtins) and name not in MODULES:
            raise EditRefused(f"The pasted lines read {name}, which the script has not.")
    return [one for one in found if not isinstance(one.node, ast.alias)]


def _with_names(pasted: Program, flow: Flow, names: Mapping[Definition, str]) -> str:
    extents: dict[tuple[int, int], str] = {}
    for use in flow.uses:
        for one in use.means:
            if one in names:
                extents[pasted.extent(use.node)] = names[one]
    for one, name in names.items():
        if isinstance(one.node, ast.Name):
            extents[pasted.extent(one.node)] = name
    return changed(pasted.text, sorted(Change(*extent, name) for extent, name in extents.items()))
