"""Changing numbers, shapes and keywords."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gradviz.recording import Span
from gradviz.script.calls import items_of, put, value_extent, without
from gradviz.script.changes import Change, Edited, EditRefused, Place
from gradviz.script.edits.done import shortened
from gradviz.script.edits.work import Work
from gradviz.script.effects import called_name
from gradviz.script.flow import Flow
from gradviz.script.nodes import Node, entry_of, is_literal, parameter_names, receiver_of
from gradviz.script.program import Program
from gradviz.script.substitute import substitution
from gradviz.script.words import words
from gradviz.script.writing import checked

_SIZED: Final = words("ones zeros empty rand randn view reshape expand repeat")
_SIZED_IN_BRACKETS: Final = {"full": 0, "broadcast_to": 1, "tile": 1}
FACTORY_KEYWORDS: Final = ("out", "dtype", "layout", "device", "requires_grad")


@dataclass(frozen=True, slots=True)
class SetLiteral:
    """Another value in the place of a number, a text, or a list of them: 3 becomes 4 in `z = y * y * 3`.

    Attributes:
        span: Where the value stands.
        value: The new one as typed: any expression.
    """

    span: Span
    value: str

    def apply(self, text: str) -> Edited:
        """Writes it.

        Raises:
            EditRefused: There is a variable there, or what was typed is no value.
        """
        work = Work(text)
        program = work.program
        node = work.expression(self.span)
        if not is_literal(node):
            raise EditRefused(f"Line {node.lineno} has no plain value there. Connect or disconnect it instead.", node.lineno)
        value = checked(self.value, node.lineno)
        check_known(program, value, node.lineno)
        old = program.source(node)
        work.apply([substitution(program, node, value)])
        return work.done(f"Change {shortened(old)} to {shortened(value)}")


def check_known(program: Program, value: str, line: int) -> None:
    """Refuses a typed expression that reads variables which do not exist.

    Raises:
        EditRefused: It does.
    """
    tree = ast.parse(value, mode="eval")
    own = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    known = {one.name for one in Flow.of(program).definitions} | set(dir(builtins)) | own
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in known:
            raise EditRefused(f"The script has no variable {node.id}.", line)
        if isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
            raise EditRefused(f"“{value}” is no value.", line)


@dataclass(frozen=True, slots=True)
class SetShape:
    """Another shape for what makes a tensor of a shape: `torch.ones(2, 2)`, `x.view(4)`.

    Attributes:
        place: The node.
        shape: The new shape.
    """

    place: Place
    shape: Sequence[int]

    def apply(self, text: str) -> Edited:
        """Writes it in the form that is there: one by one, or in brackets.

        Raises:
            EditRefused: The node has no shape to set.
        """
        work = Work(text)
        program, node = work.program, work.node(self.place)
        call = _call(node)
        sizes = [str(size) for size in self.shape]
        name = called_name(call)
        keyword = next((one for one in call.keywords if one.arg in ("size", "shape", "sizes", "repeats")), None)
        if keyword is not None:
            change = _in_brackets(program, keyword.value, sizes)
        elif name in _SIZED_IN_BRACKETS and len(call.args) > self._place(program, call):
            change = _in_brackets(program, call.args[self._place(program, call)], sizes)
        elif name in ("randint", "normal") and call.args and isinstance(call.args[-1], (ast.Tuple, ast.List)):
            change = _in_brackets(program, call.args[-1], sizes)
        elif name in _SIZED:
            change = self._sized(program, call, sizes)
        else:
            raise EditRefused(f"{name or 'Line ' + str(node.line)} has no shape to set. Change its values instead.", node.line)
        work.apply([change])
        return work.done(f"Set the shape to {_tuple(sizes)}")

    @staticmethod
    def _place(program: Program, call: ast.Call) -> int:
        place = _SIZED_IN_BRACKETS[called_name(call)]
        return place - 1 if place and receiver_of(program, call) is not None else place

    @staticmethod
    def _sized(program: Program, call: ast.Call, sizes: list[str]) -> Change:
        function = called_name(call) in ("view", "reshape", "expand", "repeat") and receiver_of(program, call) is None
        arguments = call.args[1:] if function else call.args
        if any(isinstance(one, ast.Starred) for one in arguments):
            raise EditRefused(f"Line {call.lineno} takes the shape from elsewhere. Change it there.", call.lineno)
        if not arguments:
            return put(program, call, ", ".join(sizes) or "()", items_of(call)[0] if call.keywords else None)
        if len(arguments) == 1 and (isinstance(arguments[0], (ast.Tuple, ast.List)) or function):
            return _in_brackets(program, arguments[0], sizes)
        start, end = value_extent(program, arguments[0])[0], value_extent(program, arguments[-1])[1]
        if "#" in program.text[start:end]:
            raise EditRefused(f"Line {call.lineno} has a comment within the shape. Change it there.", call.lineno)
        return Change(start, end, ", ".join(sizes) or "()")


def _in_brackets(program: Program, value: ast.expr, sizes: list[str]) -> Change:
    text = f"[{', '.join(sizes)}]" if isinstance(value, ast.List) else _tuple(sizes)
    if isinstance(value, (ast.List, ast.Tuple)):
        return Change(*program.extent(value), text)
    return substitution(program, value, text)


def _tuple(sizes: Sequence[str]) -> str:
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def _call(node: Node) -> ast.Call:
    if isinstance(node.expression, ast.Call):
        return node.expression
    raise EditRefused(f"Line {node.line} writes this without a call, so that it takes no further arguments.", node.line)


@dataclass(frozen=True, slots=True)
class SetKeyword:
    """An argument of a call set, put in or taken out: `z.mean()` becomes `z.mean(dim=0)`.

    Attributes:
        place: The node.
        name: The parameter.
        value: The value as typed; None takes the argument out, so that the op's default counts.
    """

    place: Place
    name: str
    value: str | None

    def apply(self, text: str) -> Edited:
        """Writes it, by name or where it was by position.

        Raises:
            EditRefused: The op has no such parameter, cannot do without it, or what was typed is no value.
        """
        work = Work(text)
        node = work.node(self.place)
        value = None if self.value is None else checked(self.value, node.line)
        if value is not None:
            check_known(work.program, value, node.line)
        change = keyword_change(work.program, _call(node), self.name, value)
        work.apply([] if change is None else [change])
        return work.done(f"Set {self.name} to {shortened(value)}" if value is not None else f"Take out {self.name}")


def keyword_change(program: Program, call: ast.Call, name: str, value: str | None) -> Change | None:
    """The change that gives a call's parameter a value, or takes it out.

    Raises:
        EditRefused: The op has no such parameter, or cannot do without it.
    """
    line = call.lineno
    known = entry_of(program, call)
    order = [p.name for p in known.parameters] if known else []
    if known and name not in order and name not in FACTORY_KEYWORDS and not any(one.arg == name for one in call.keywords):
        raise EditRefused(f"{known.name} has no parameter {name}: it is called as {known.signature}.", line)
    for keyword in call.keywords:
        if keyword.arg == name:
            return without(program, call, keyword) if value is None else substitution(program, keyword.value, value)
    names = list(parameter_names(program, call))
    if receiver_of(program, call) is not None:
        names = names[1:]
    place = names.index(name) if name in names else len(call.args)
    if place < len(call.args) and not any(isinstance(one, ast.Starred) for one in call.args):
        if value is not None:
            return substitution(program, call.args[place], value)
        optional = known is not None and next(p for p in known.parameters if p.name == name).default is not None
        if optional and place == len(call.args) - 1:
            return without(program, call, call.args[place])
        raise EditRefused(f"Line {line} cannot do without {name}.", line)
    if value is None:
        return None
    if not name.isidentifier():
        raise EditRefused(f"“{name}” is no parameter.", line)
    later = order[order.index(name) + 1 :] if name in order else []
    later += FACTORY_KEYWORDS[FACTORY_KEYWORDS.index(name) + 1 :] if name in FACTORY_KEYWORDS else []
    before = next((one for one in call.keywords if one.arg in later), None)
    return put(program, call, f"{name}={value}", before)
