"""Wires between nodes: connected, taken off, and ops put on them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gradviz.recording import Span
from gradviz.script.calls import put, without
from gradviz.script.catalogue import entry
from gradviz.script.changes import Change, Edited, EditRefused, Place
from gradviz.script.edits.values import check_known, keyword_change
from gradviz.script.edits.work import Variable, Work
from gradviz.script.flow import Flow
from gradviz.script.insertion import imports, module_names
from gradviz.script.nodes import entry_of, find, is_literal, parameter_names, receiver_of
from gradviz.script.order import comes_after, moved_behind, path_of, statement_at
from gradviz.script.program import Program
from gradviz.script.substitute import HOLE, substitution, wrapped
from gradviz.script.writing import checked, expression

_NEUTRAL = {ast.Add: "0", ast.Sub: "0", ast.Mult: "1", ast.Div: "1", ast.FloorDiv: "1", ast.Mod: "1", ast.Pow: "1"}


@dataclass(frozen=True, slots=True)
class Port:
    """An argument that a node is not given yet.

    Attributes:
        node: The node.
        parameter: The argument's name, as the catalogue has it; "tensors" for another item of a list.
    """

    node: Place
    parameter: str


@dataclass(frozen=True, slots=True)
class Connect:
    """A tensor given to a node: the expression that is its argument becomes the tensor's variable.

    What stood there is gone; a whole expression too. A tensor that is defined further down moves the node behind it.

    Attributes:
        source: The tensor.
        to: Where the argument stands (`nodes.Argument.span`), or a port that nothing is connected to.
    """

    source: Place
    to: Span | Port

    def apply(self, text: str) -> Edited:
        """Connects them.

        Raises:
            EditRefused: The tensor is computed from the node, or has another value where the node is made.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        self._statement(work)  # is there, before anything is done
        variable = work.variable(self.source)
        target = self._statement(work)
        wiring, path = _Wiring(work, target, [variable]), path_of(work.program, target)
        work.apply([self._change(work, variable.name)])
        target = wiring.settle(work, statement_at(work.program, path))
        return work.done(f"Connect {variable.name}{_towards(target)}", select=[variable.name])

    def _statement(self, work: Work) -> ast.stmt:
        if isinstance(self.to, Span):
            return work.program.statement(work.expression(self.to))
        return work.node(self.to.node).statement

    def _change(self, work: Work, name: str) -> Change:
        program = work.program
        if isinstance(self.to, Span):
            node = work.expression(self.to)
            if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
                raise EditRefused(f"Line {node.lineno} writes into something here. Change it there.", node.lineno)
            return substitution(program, node, name)
        found = work.node(self.to.node).expression
        if not isinstance(found, ast.Call):
            raise EditRefused(
                f"Line {found.lineno} writes this without a call, so that it takes no further arguments.", found.lineno
            )
        if self.to.parameter.partition("[")[0] == "tensors":
            lists = [one for one in found.args if isinstance(one, (ast.List, ast.Tuple))]
            if lists:
                return put(program, lists[0], name)
        change = keyword_change(program, found, self.to.parameter, name)
        assert change is not None
        return change


class _Wiring:
    """What a statement is about to read: it is moved behind the definitions once it does."""

    def __init__(self, work: Work, target: ast.stmt, variables: Sequence[Variable]) -> None:
        """Remembers what is meant before the text changes.

        Raises:
            EditRefused: The statement itself makes one of them.
        """
        inside = {target, *work.program.ancestors(target)}
        for one in variables:
            statement = work.definition(one).statement
            if statement in inside:
                line = statement.lineno
                raise EditRefused(f"That would be a circle: line {line} makes {one.name}.", line)
        self._meant = variables

    def settle(self, work: Work, target: ast.stmt) -> ast.stmt:
        """Moves a statement where it must stand, now that it reads them; returns it.

        Raises:
            EditRefused: There is no such place, or a variable has another value there.
        """
        program = work.program
        sources = [work.definition(one).statement for one in self._meant]
        late = [one for one in sources if not comes_after(program, target, one)]
        if late:
            changes, start = moved_behind(program, target, max(late, key=lambda one: one.lineno))
            work.apply(changes)
            program = work.program
            target = next(one for one in program.statements if program.extent(one)[0] == start)
        flow = Flow.of(program)
        for one in self._meant:
            wanted = flow.web(work.definition(one))
            for use in flow.used_in(target):
                if use.node.id == one.name and use.statement is target and not use.means & wanted:
                    line = use.node.lineno
                    raise EditRefused(f"By line {line}, {one.name} has another value. Rename one of the two first.", line)
        return target


def _towards(target: ast.stmt, word: str = "to") -> str:
    named = isinstance(target, ast.Assign) and len(target.targets) == 1 and isinstance(target.targets[0], ast.Name)
    return f" {word} {target.targets[0].id}" if named else f" {word} line {target.lineno}"  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Disconnect:
    """An argument taken off a node.

    A number stands for it that changes nothing (0 in a sum, 1 in a product), or the op's default.

    Attributes:
        argument: Where it stands (`nodes.Argument.span`).
    """

    argument: Span

    def apply(self, text: str) -> Edited:
        """Takes it off.

        Raises:
            EditRefused: The node is nothing without it.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        program = work.program
        node = work.expression(self.argument)
        what = program.source(node)
        work.apply([taken_off(program, node)])
        what = what if what.isidentifier() else "an argument"
        return work.done(f"Disconnect {what}{_towards(program.statement(node), 'from')}")


def taken_off(program: Program, node: ast.expr) -> Change:
    parent = program.parent(node)
    line = node.lineno
    if isinstance(parent, ast.keyword):
        call = program.parent(parent)
        assert isinstance(call, ast.Call)
        known = entry_of(program, call)
        needed = known is not None and any(p.name == parent.arg and p.default is None for p in known.parameters)
        if known is None or needed:
            raise EditRefused(f"Line {line} cannot do without {parent.arg}.", line)
        return without(program, call, parent)
    if isinstance(parent, (ast.List, ast.Tuple)) and isinstance(program.parent(parent), ast.Call):
        if len(parent.elts) < 2:
            raise EditRefused(f"Line {line} cannot do without its only tensor. Delete the node instead.", line)
        return without(program, parent, node)
    if isinstance(parent, ast.Call) and node in parent.args:
        return _argument_taken_off(program, parent, node)
    if isinstance(parent, (ast.BinOp, ast.AugAssign)) and not isinstance(getattr(node, "ctx", None), ast.Store):
        value = _NEUTRAL.get(type(parent.op))
        others = [parent.left, parent.right] if isinstance(parent, ast.BinOp) else [parent.target]
        _refuse_without_tensor(program, parent, [one for one in others if one is not node], node)
        if value is not None:
            return substitution(program, node, value)
        raise EditRefused(f"Line {line} takes two tensors: no number can stand for one of them.", line)
    if isinstance(parent, ast.Compare):
        _refuse_without_tensor(program, parent, [one for one in (parent.left, *parent.comparators) if one is not node], node)
        return substitution(program, node, "0")
    if isinstance(parent, ast.Subscript) and node is parent.slice:
        return substitution(program, node, "0")
    if isinstance(parent, (ast.UnaryOp, ast.Attribute, ast.Subscript)):
        raise EditRefused(f"Line {line} computes nothing without this. Delete the node instead.", line)
    raise EditRefused(f"Line {line} hands this on as it is. Change it there.", line)


def _argument_taken_off(program: Program, call: ast.Call, node: ast.expr) -> Change:
    known, line = entry_of(program, call), node.lineno
    names = list(parameter_names(program, call))
    shift = 1 if receiver_of(program, call) is not None else 0
    place = call.args.index(node) + shift
    if known is None or place >= len(names):
        raise EditRefused(f"Line {line} passes this to a function that GradViz does not know. Change it there.", line)
    parameter = next(p for p in known.parameters if p.name == names[place].lstrip("*"))
    if parameter.default is not None and node is call.args[-1] and not call.keywords:
        return without(program, call, node)
    number = sum(p.kind == "tensor" for p in known.parameters[: known.parameters.index(parameter)])
    fill = known.fills.get(number)
    if fill is None:
        raise EditRefused(f"{known.name} on line {line} cannot do without {parameter.name}.", line)
    return substitution(program, node, _NEUTRAL_BY_NAME.get(known.name, fill))


_NEUTRAL_BY_NAME = {"add": "0", "sub": "0", "mul": "1", "div": "1", "pow": "1"}


def _refuse_without_tensor(program: Program, parent: ast.AST, others: Sequence[ast.AST], node: ast.expr) -> None:
    modules = program.modules
    if not any(isinstance(n, ast.Name) and n.id not in modules for one in others for n in ast.walk(one)):
        raise EditRefused(f"Line {node.lineno} computes with no other tensor. Delete the node instead.", node.lineno)


@dataclass(frozen=True)
class InsertOp:
    """An op put on a wire: `z = y * 3` becomes `z = torch.relu(y) * 3`.

    Attributes:
        op: Its name in the catalogue.
        wire: Where the argument stands that the wire leads to (`nodes.Argument.span`); for the wire from an op to the card of
            its result, where the op's expression stands.
        others: Its other tensors, after the one from the wire: variables' places, or text as typed.
        options: Its other arguments as typed, by parameter.
        name: A variable for its result, on a line of its own; "" to write it where the wire is.
    """

    op: str
    wire: Span
    others: Sequence[Place | str] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    def apply(self, text: str) -> Edited:
        """Puts it there.

        Raises:
            EditRefused: There is no such op, a tensor is missing, or the op can only stand in a line of its own.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        op = entry(self.op)
        if op is None:
            raise EditRefused(f"There is no op “{self.op}”.", self.wire.line)
        node = work.expression(self.wire)
        if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            raise EditRefused(f"Line {node.lineno} writes into something here. Change it there.", node.lineno)
        if is_literal(node):
            raise EditRefused(f"Line {node.lineno} has a plain value there, and no wire.", node.lineno)
        variables = [work.variable(one) for one in self.others if isinstance(one, Place)]
        names = iter(variables)
        others = [next(names).name if isinstance(one, Place) else self._typed(work, one) for one in self.others]
        options = {name: checked(value) for name, value in self.options.items()}
        program, node = work.program, work.expression(self.wire)
        template = expression(op, [HOLE, *others], options, module_names(program))
        if template.count(HOLE) != 1:
            raise EditRefused(f"{op.name} uses its tensor more than once; give it a variable first.", node.lineno)
        work.apply(imports(program, template))
        program, node = work.program, work.expression(self.wire)
        target = program.statement(node)
        wiring, path = _Wiring(work, target, variables), path_of(program, target)
        changes = wrapped(program, node, template)
        work.apply(changes)
        if self.name:
            self._name(work, changes)
        target = wiring.settle(work, statement_at(work.program, path))
        self._check_typed(work.program, target)
        return work.done(f"Insert {op.name}{_towards(target, 'in')}", select=[self.name] if self.name else ())

    def _typed(self, work: Work, text: str) -> str:
        value = checked(text, self.wire.line)
        check_known(work.program, value, self.wire.line)
        return value

    @staticmethod
    def _check_typed(program: Program, target: ast.stmt) -> None:
        """Refuses where a typed variable is only made later."""
        flow = Flow.of(program)
        known = {use.node for use in flow.uses}
        names = {one.name for one in flow.definitions}
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names and node not in known:
                raise EditRefused(f"{node.id} is only made after line {node.lineno}.", node.lineno)

    def _name(self, work: Work, changes: Sequence[Change]) -> None:
        """Gives what was wrapped a variable and a line of its own."""
        first, last = changes
        start, end = first.start, last.start - first.end + first.start + len(first.text) + len(last.text)
        for program_range in ((start, end), (start + 1, end), (start + 1, end - 1), (start + 2, end - 1)):
            node = work.program.at(work.program.span(program_range))
            if node is not None:
                work.extract(find(work.program, Place(work.program.span(program_range))), self.name)
                return
        raise EditRefused(f"Line {self.wire.line} leaves no room for a line of its own. Change it there.", self.wire.line)
