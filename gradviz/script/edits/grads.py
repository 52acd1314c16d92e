"""What has to do with gradients: who needs one, where they are cut, when they are computed and when thrown away."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass

from gradviz.recording import Span
from gradviz.script.calls import put, without
from gradviz.script.changes import Change, Edited, EditRefused, Place
from gradviz.script.edits.removal import removal
from gradviz.script.edits.work import Work
from gradviz.script.effects import called_name
from gradviz.script.flow import Definition, Flow
from gradviz.script.insertion import anchor, insert_after, module_names
from gradviz.script.leaves import asks, computed_from, flags, is_factory, is_false, is_whole, keyword, needs_grad, under_no_grad
from gradviz.script.nodes import Node, carried, is_literal, one_target
from gradviz.script.program import Program
from gradviz.script.substitute import HOLE, substitution, unwrapped, wrapped
from gradviz.script.writing import checked

_NO_LEAF = (
    "You can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that "
    "doesn't require differentiation use var_no_grad = var.detach()."
)
_NO_FLOAT = "Only Tensors of floating point and complex dtype can require gradients."


@dataclass(frozen=True, slots=True)
class ToggleRequiresGrad:
    """Whether a tensor needs a gradient, the other way round: by its factory's keyword, or by `x.requires_grad_()` behind it.

    Attributes:
        place: The node.
        to: Whether it shall need one; None for what it does not say now.
        leaf: Whether it is a leaf, where a run has told.
        dtype: Its dtype, where a run has told ("int64").
    """

    place: Place
    to: bool | None = None
    leaf: bool | None = None
    dtype: str = ""

    def apply(self, text: str) -> Edited:
        """Writes it.

        Raises:
            EditRefused: It is computed from what needs a gradient, or holds whole numbers.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        program, node = work.program, work.node(self.place)
        expression = node.expression
        whole = carried(program, expression)
        lines = flags(program, node.definition) if node.definition else []
        is_on = asks(program, whole) or asks(program, expression) or any(map(_says_on, lines))
        to = not is_on if self.to is None else self.to
        name = node.name or "a tensor"
        label = f"Turn requires_grad {'on' if to else 'off'} for {name}"
        if to != is_on or not to:
            self._check(program, node, to)
        if to and not is_on:
            self._turn_on(work, node)
        elif is_on and not to:
            self._turn_off(work, node, lines)
        return work.done(label, select=[node.name] if node.name else ())

    def _check(self, program: Program, node: Node, to: bool) -> None:
        source = computed_from(program, node.expression) if isinstance(node.expression, ast.expr) else None
        if self.leaf is False or (self.leaf is None and source and not under_no_grad(program, node.statement)):
            raise EditRefused(_NO_LEAF, node.line)
        if to and (self.dtype.startswith(("int", "uint", "bool")) or is_whole(program, node.expression)):
            raise EditRefused(_NO_FLOAT, node.line)

    def _turn_on(self, work: Work, node: Node) -> None:
        program, expression = work.program, node.expression
        if isinstance(expression, ast.Call) and is_factory(program, expression):
            flag = keyword(expression, "requires_grad")
            if flag is None:
                work.apply([put(program, expression, "requires_grad=True")])
            elif called_name(expression) == "Parameter":
                work.apply([without(program, expression, _keyword_node(expression))])
            else:
                work.apply([substitution(program, flag, "True")])
            return
        variable = work.variable(self.place)
        statement = work.definition(variable).statement
        for line in flags(work.program, work.definition(variable)):
            if isinstance(line, ast.Assign):
                work.apply([substitution(work.program, line.value, "True")])
                return
        if work.program.shares_line(statement):
            raise EditRefused(f"Line {node.line} holds several statements. Give each a line of its own first.", node.line)
        work.apply([insert_after(work.program, statement, [f"{variable.name}.requires_grad_()"])])

    @staticmethod
    def _turn_off(work: Work, node: Node, lines: Sequence[ast.stmt]) -> None:
        program, expression = work.program, node.expression
        changes: list[Change] = []
        if isinstance(expression, ast.Call) and is_factory(program, expression) and asks(program, expression):
            if called_name(expression) == "Parameter":
                changes.append(put(program, expression, "requires_grad=False"))
            else:
                changes.append(without(program, expression, _keyword_node(expression)))
        whole = carried(program, expression)
        if whole is not expression and isinstance(whole, ast.expr) and isinstance(expression, ast.expr):
            changes += unwrapped(program, whole, expression)
        changes += removal(program, [line for line in lines if _says_on(line)])
        work.apply(changes)


def _keyword_node(call: ast.Call) -> ast.keyword:
    return next(one for one in call.keywords if one.arg == "requires_grad")


def _says_on(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return not is_false(statement.value)
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and not any(map(is_false, [*call.args, *(one.value for one in call.keywords)]))


# Cuts


@dataclass(frozen=True, slots=True)
class InsertDetach:
    """Gradients cut: `.detach()` behind an argument of a node, or behind what a variable is given.

    Attributes:
        at: Where the argument stands (`nodes.Argument.span`), or the node.
    """

    at: Span | Place

    def apply(self, text: str) -> Edited:
        """Puts it there.

        Raises:
            EditRefused: It is cut there already, or there is nothing that could be cut.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        node = _expression(work, self.at)
        program = work.program
        if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            raise EditRefused(f"Line {node.lineno} writes into something here. Change it there.", node.lineno)
        if is_literal(node):
            raise EditRefused(f"Line {node.lineno} has a plain value there, which has no gradient.", node.lineno)
        if _detached(program, node) is not None or _detached(program, program.parent(program.parent(node) or node)) is node:
            raise EditRefused(f"Line {node.lineno} is detached already.", node.lineno)
        work.apply(wrapped(program, node, f"{HOLE}.detach()"))
        return work.done(f"Detach {_short(program, node)}")


@dataclass(frozen=True, slots=True)
class RemoveDetach:
    """Gradients let through again: a `.detach()` (or `.data`) taken away.

    Attributes:
        at: Where the argument stands that is detached, or the node that detach made.
    """

    at: Span | Place

    def apply(self, text: str) -> Edited:
        """Takes it away.

        Raises:
            EditRefused: There is none.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        node = _expression(work, self.at)
        inner = _detached(work.program, node)
        if inner is None:
            raise EditRefused(f"Line {node.lineno} is not detached there.", node.lineno)
        label = f"Undo detach of {_short(work.program, inner)}"
        work.apply(unwrapped(work.program, node, inner))
        return work.done(label)


def _short(program: Program, node: ast.expr) -> str:
    text = " ".join(program.source(node).split())
    return text if len(text) <= 24 else f"{text[:23]}…"


def _expression(work: Work, at: Span | Place) -> ast.expr:
    if isinstance(at, Span):
        return work.expression(at)
    node = work.node(at)
    if not isinstance(node.expression, ast.expr):
        raise EditRefused(f"Line {node.line} changes a tensor in place. Change it there.", node.line)
    if isinstance(node.statement, (ast.Assign, ast.AnnAssign)) and node.statement.value is node.expression:
        one_target(node)
    return node.expression


def _detached(program: Program, node: ast.AST | None) -> ast.expr | None:
    """What an expression detaches; None for one that does not."""
    if isinstance(node, ast.Call) and called_name(node) == "detach" and isinstance(node.func, ast.Attribute):
        if len(node.args) == 1:
            return node.args[0]
        return node.func.value
    return node.value if isinstance(node, ast.Attribute) and node.attr == "data" and isinstance(node.ctx, ast.Load) else None


# Passes


@dataclass(frozen=True, slots=True)
class AddBackward:
    """A backward pass from a tensor: `out.backward()`, at the end of the script.

    An earlier pass through the same graph is told to keep it (`retain_graph=True`).

    Attributes:
        place: The tensor.
        shape: Its shape, where a run has told: one of several elements needs a gradient to begin with.
        gradient: That gradient as typed; "" for ones.
    """

    place: Place
    shape: Sequence[int] | None = None
    gradient: str = ""

    def apply(self, text: str) -> Edited:
        """Adds it.

        Raises:
            EditRefused: The tensor cannot be had at the script's end, or an earlier pass cannot be told to keep the graph.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        variable = work.variable(self.place)
        name = variable.name
        gradient = checked(self.gradient) if self.gradient else ""
        if not gradient and self.shape is not None and math.prod(self.shape) != 1:
            gradient = f"{module_names(work.program)['torch']}.ones_like({name})"
        program, definition = work.program, work.definition(variable)
        where = anchor(program, [definition], [name], last=True)
        line = f"{name}.backward({gradient})"
        before = insert_after(program, where, [line])
        work.apply([*_kept_graphs(program, definition, before.start), before])
        return work.done(f"Add {line}")


def _kept_graphs(program: Program, definition: Definition, end: int) -> list[Change]:
    """Earlier passes that must keep what a pass from a variable goes through too."""
    flow = Flow.of(program)
    mine = _graph(program, definition)
    changes = []
    for use in flow.uses:
        call = use.statement.value if isinstance(use.statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or called_name(call) != "backward" or program.extent(use.node)[0] >= end:
            continue
        if not isinstance(call.func, ast.Attribute) or call.func.value is not use.node:
            continue
        if keyword(call, "retain_graph") is not None or len(call.args) > 1 or _is_within(program, use.statement):
            continue
        if any(mine & _graph(program, one) for one in use.means):
            changes.append(put(program, call, "retain_graph=True"))
    return changes


def _is_within(program: Program, statement: ast.stmt) -> bool:
    return any(isinstance(one, (ast.For, ast.While, ast.FunctionDef, ast.ClassDef)) for one in program.ancestors(statement))


def _graph(program: Program, definition: Definition) -> frozenset[Definition]:
    """The variables that a pass from one goes through, the leaves not counted."""
    flow = Flow.of(program)
    found: set[Definition] = set()
    waiting = [definition]
    while waiting:
        one = waiting.pop()
        value = getattr(one.statement, "value", None)
        if one in found or not isinstance(value, ast.expr) or asks(program, value) or not needs_grad(program, one):
            continue
        found.add(one)
        waiting += [each for use in flow.used_in(value) for each in use.means]
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class ZeroGrads:
    """Gradients thrown away before the next pass, as `zero_grad()` of PyTorch's optimizers does: `x.grad = None`.

    Attributes:
        places: The leaves; none for all: by the script's optimizer, if it has one.
    """

    places: Sequence[Place] = ()

    def apply(self, text: str) -> Edited:
        """Adds the lines, at the end of the script.

        Raises:
            EditRefused: Nothing needs a gradient.
        """
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        variables = [work.variable(place) for place in self.places]
        program, flow = work.program, Flow.of(work.program)
        definitions = [work.definition(one) for one in variables]
        lines = [f"{one.name}.grad = None" for one in variables]
        label = f"Zero {lines[0].removesuffix(' = None')}" if len(lines) == 1 else "Zero the gradients"
        if not self.places:
            optimizers = [one for one in flow.definitions if _is_optimizer(program, one)]
            definitions = optimizers or [one for one in flow.definitions if _is_leaf(program, one)]
            ending = ".zero_grad()" if optimizers else ".grad = None"
            lines = list(dict.fromkeys(f"{one.name}{ending}" for one in definitions))
        if not lines:
            raise EditRefused("No tensor of this script needs a gradient.")
        where = anchor(program, definitions, (), last=True)
        work.apply([insert_after(program, where, lines)])
        return work.done(label)


def _is_optimizer(program: Program, definition: Definition) -> bool:
    value = getattr(definition.statement, "value", None)
    if not isinstance(value, ast.Call) or definition.scope is not None or _is_within(program, definition.statement):
        return False
    path = ast.unparse(value.func)
    root, _, rest = path.partition(".")
    full = f"{program.modules.get(root, root)}.{rest}".rstrip(".")
    return full.startswith("torch.optim.") and full.rpartition(".")[2][:1].isupper() and "lr_scheduler" not in full


def _is_leaf(program: Program, definition: Definition) -> bool:
    """Whether a variable of the script's own level is a leaf that needs a gradient, and is not replaced later."""
    value = getattr(definition.statement, "value", None)
    if not isinstance(value, ast.expr) or definition.scope is not None or _is_within(program, definition.statement):
        return False
    if Flow.of(program).named(definition.name)[-1] is not definition or isinstance(definition.statement, ast.AugAssign):
        return False
    lines = flags(program, definition)
    return asks(program, value) or any(map(_says_on, lines))
