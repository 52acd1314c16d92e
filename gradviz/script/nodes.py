"""Nodes of the graph in the text: which expression made one, which variable holds it, what its arguments are.

What is made in a loop, in a function or a class, in a comprehension or a list, stands for many nodes or none: an edit of the
one node that a gesture means cannot be said there, so it is refused, with the line to go to.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gradviz.recording import Span
from gradviz.script.catalogue import Entry, entry
from gradviz.script.changes import EditRefused, Place
from gradviz.script.flow import Definition, Flow
from gradviz.script.program import Program
from gradviz.script.words import words


@dataclass(frozen=True, slots=True)
class Node:
    """A node, found in the text.

    Attributes:
        expression: What made it: an expression, or an augmented assignment.
        statement: The statement that is part of.
        name: The variable that the statement gives its value to, "" where it stands within a larger expression.
        definition: The definition of that variable.
    """

    expression: ast.expr | ast.AugAssign
    statement: ast.stmt
    name: str
    definition: Definition | None

    @property
    def line(self) -> int:
        return self.expression.lineno


def find(program: Program, place: Place) -> Node:
    """The node at a place.

    Raises:
        EditRefused: It is not there any more, or no gesture can mean it.
    """
    node = find_anywhere(program, place)
    refuse_repeated(program, node.expression)
    return node


def find_anywhere(program: Program, place: Place) -> Node:
    """As `find`, wherever the node is made.

    Raises:
        EditRefused: It is not there any more.
    """
    if place.span is None and place.name:
        return _by_name(program, place.name)
    expression = program.at(place.span) if place.span is not None else None
    if not isinstance(expression, (ast.expr, ast.AugAssign)):
        line = place.span.line if place.span is not None else 0
        raise EditRefused("The script has changed since it ran. Run it and try again.", line)
    expression = _maker(expression)
    statement = program.statement(expression)
    target = _target(statement, carried(program, expression))
    flow = Flow.of(program)
    definition = flow.definition(target) if target is not None else None
    return Node(expression, statement, target.id if target is not None else "", definition)


def carried(program: Program, expression: ast.expr | ast.AugAssign) -> ast.expr | ast.AugAssign:
    """The expression that yields the very tensor that another one made: `torch.ones(2).requires_grad_()`."""
    call = program.parent(program.parent(expression) or expression)
    while isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "requires_grad_":
        if call.func.value is not expression:
            break
        expression, call = call, program.parent(program.parent(call) or call)
    return expression


def _maker(expression: ast.expr | ast.AugAssign) -> ast.expr | ast.AugAssign:
    """The expression that made the tensor which another one only hands on."""
    while isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute):
        if expression.func.attr != "requires_grad_" or isinstance(expression.func.value, ast.Name):
            break
        expression = expression.func.value
    return expression


def _by_name(program: Program, name: str) -> Node:
    definitions = Flow.of(program).named(name)
    if not name or not definitions:
        raise EditRefused(f"The script has no variable {name}." if name else "Nothing is selected.")
    last = definitions[-1]
    value = getattr(last.statement, "value", None)
    expression = last.statement if isinstance(last.statement, ast.AugAssign) else value
    if not isinstance(last.node, ast.Name) or not isinstance(expression, (ast.expr, ast.AugAssign)):
        raise EditRefused(f"Line {last.statement.lineno} makes {name} in a way that only the editor can change.", _line(last))
    if _target(last.statement, expression) is None:
        refuse_repeated(program, expression)
        raise EditRefused(f"Line {last.statement.lineno} assigns to {name} and more. Change it there.", _line(last))
    return Node(_maker(expression), last.statement, name, last)


def _line(definition: Definition) -> int:
    return definition.statement.lineno


def _target(statement: ast.stmt, expression: ast.AST) -> ast.Name | None:
    """The one variable that a statement assigns an expression to."""
    if isinstance(statement, ast.Assign) and statement.value is expression and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif (isinstance(statement, ast.AnnAssign) and statement.value is expression) or (
        isinstance(statement, ast.AugAssign) and expression is statement
    ):
        target = statement.target
    else:
        return None
    return target if isinstance(target, ast.Name) else None


def refuse_repeated(program: Program, node: ast.AST) -> None:
    """Refuses what is run more than once, or not where it stands.

    Raises:
        EditRefused: It stands in a loop, a function, a class, a comprehension, a list or behind a walrus.
    """
    line = getattr(node, "lineno", 0)
    inner = node
    for outer in program.ancestors(node):
        where = _repeating(outer, inner, program)
        if where:
            raise EditRefused(
                f"Line {line} makes this in {where}, where a gesture cannot tell which is meant. Change it there.", line
            )
        inner = outer


def _repeating(outer: ast.AST, inner: ast.AST, program: Program) -> str:
    """What stands round an expression that makes it more than one node, in words; "" for nothing."""
    match outer:
        case ast.For() | ast.AsyncFor():
            return "" if inner is outer.iter or inner in outer.orelse else "a loop"
        case ast.While():
            return "" if inner in outer.orelse else "a loop"
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return f"the function {outer.name}"
        case ast.ClassDef():
            return f"the class {outer.name}"
        case ast.Lambda():
            return "a lambda"
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return "a comprehension"
        case ast.NamedExpr():
            return "an assignment within an expression"
        case ast.List() | ast.Tuple() | ast.Set():
            if not isinstance(program.parent(outer), (ast.Call, ast.Subscript, ast.List, ast.Tuple, ast.keyword)):
                return "a list"
        case ast.Dict():
            return "a dictionary"
    return ""


def refuse_module(program: Program, expression: ast.expr) -> None:
    """Refuses a module, or something of it that is not called.

    Raises:
        EditRefused: It is one.
    """
    root = expression
    while isinstance(root, ast.Attribute):
        root = root.value
    if isinstance(root, ast.Name) and root.id in program.modules:
        raise EditRefused(f"{program.source(expression)} on line {expression.lineno} is no tensor.", expression.lineno)


def one_target(node: Node) -> Definition:
    """The definition of the one variable that holds a node.

    Raises:
        EditRefused: No variable holds it, or several do, or something that is no plain variable.
    """
    if node.definition is not None:
        return node.definition
    statement = node.statement
    if isinstance(statement, ast.Assign) and statement.value is node.expression:
        if len(statement.targets) > 1 or isinstance(statement.targets[0], (ast.Tuple, ast.List)):
            raise EditRefused(f"Line {node.line} assigns to several variables at once. Change it there.", node.line)
        raise EditRefused(f"Line {node.line} puts this somewhere that is no plain variable. Change it there.", node.line)
    raise EditRefused(f"Line {node.line} makes this within a larger expression, without a name of its own.", node.line)


# Arguments


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a node, as written.

    Attributes:
        name: The parameter, "" where it is not known.
        span: Where it stands.
        text: What is written there.
        kind: "name" a variable, "literal" a number or the like, "expression" anything else.
    """

    name: str
    span: Span
    text: str
    kind: Literal["name", "literal", "expression"]


def arguments(text: str, place: Place) -> tuple[Argument, ...]:
    """The arguments of a node, in the order they are written.

    The items of a list of tensors count one by one: `tensors[0]`.

    Raises:
        EditRefused: The node is not there.
    """
    program = Program.of(text)
    node = find_anywhere(program, place)
    return tuple(_argument(program, name, value) for name, value in operands(program, node.expression))


def _argument(program: Program, name: str, value: ast.expr) -> Argument:
    kind: Literal["name", "literal", "expression"] = "expression"
    if isinstance(value, ast.Name):
        kind = "name"
    elif is_literal(value):
        kind = "literal"
    span = Span(value.lineno, value.col_offset, value.end_lineno or value.lineno, value.end_col_offset or value.col_offset)
    return Argument(name, span, program.source(value), kind)


def argument_at(text: str, place: Place, source: Place, occurrence: int = 0) -> Argument:
    """The argument of a node through which a tensor reaches it: the end of a wire.

    Args:
        text: The script.
        place: The node.
        source: The tensor: the variable that holds it, or the expression within the node's that makes it.
        occurrence: Which of them, where it reaches the node more than once (`y * y`).

    Raises:
        EditRefused: The text has no such argument.
    """
    program = Program.of(text)
    node = find_anywhere(program, place)
    made = program.at(source.span) if source.span else None
    found = []
    for name, value in operands(program, node.expression):
        is_it = value is made
        if isinstance(value, ast.Name) and value.id == source.name:
            is_it = is_it or made is None or _means(program, value, made)
        if is_it:
            found.append(_argument(program, name, value))
    if not found:
        what = source.name or "this tensor"
        raise EditRefused(f"Line {node.line} does not say how {what} gets here. Change it there.", node.line)
    return found[min(occurrence, len(found) - 1)]


def _means(program: Program, use: ast.Name, made: ast.AST) -> bool:
    """Whether a variable may hold what an expression made, or something made of it in place."""
    flow = Flow.of(program)
    known = next((one for one in flow.uses if one.node is use), None)
    target = _target(program.statement(made), made)
    if known is None or target is None:
        return True
    definition = flow.definition(target)
    return definition in known.means or any(isinstance(one.statement, ast.AugAssign) for one in known.means)


def is_literal(value: ast.expr) -> bool:
    """Whether an expression is a number, a text, a dtype, or a list of such."""
    match value:
        case ast.Constant():
            return True
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return is_literal(operand)
        case ast.Tuple() | ast.List():
            return all(is_literal(one) for one in value.elts)
        case ast.Attribute(value=ast.Name()):
            return value.attr in _DTYPES
    return False


_DTYPES = words(
    """
    float16 float32 float64 half float double bfloat16 int8 int16 int32 int64 short int long uint8 bool complex64
    complex128 cfloat cdouble inf nan pi e
    """
)


def operands(program: Program, node: ast.AST) -> list[tuple[str, ast.expr]]:
    """What an expression computes with, each with its parameter's name, in the order written."""
    match node:
        case ast.BinOp():
            return [("input", node.left), ("exponent" if isinstance(node.op, ast.Pow) else "other", node.right)]
        case ast.Compare():
            return [("input", node.left), *(("other", one) for one in node.comparators)]
        case ast.UnaryOp():
            return [("input", node.operand)]
        case ast.AugAssign():
            return [("input", node.target), ("other", node.value)]
        case ast.Subscript():
            return [("input", node.value), ("index", node.slice)]
        case ast.Attribute():
            return [("input", node.value)]
        case ast.Call():
            return _call_operands(program, node)
    return []


def _call_operands(program: Program, node: ast.Call) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    names = list(parameter_names(program, node))
    positional: Sequence[ast.expr] = node.args
    if receiver := receiver_of(program, node):
        found.append((names.pop(0) if names else "input", receiver))
    for place, value in enumerate(positional):
        if isinstance(value, ast.Starred):
            found.append(("", value.value))
            names = []
            continue
        name = names[place] if place < len(names) else names[-1] if names and names[-1].startswith("*") else ""
        found += _spread(name.lstrip("*"), value)
    for keyword in node.keywords:
        found += _spread(keyword.arg or "", keyword.value)
    return found


def _spread(name: str, value: ast.expr) -> list[tuple[str, ast.expr]]:
    if name == "tensors" and isinstance(value, (ast.List, ast.Tuple)):
        return [(f"{name}[{place}]", one) for place, one in enumerate(value.elts)]
    return [(name, value)]


def receiver_of(program: Program, node: ast.Call) -> ast.expr | None:
    """What a method is called on; None where a function is called."""
    if not isinstance(node.func, ast.Attribute):
        return None
    root: ast.expr = node.func.value
    while isinstance(root, ast.Attribute):
        root = root.value
    if isinstance(root, ast.Name) and root.id in program.modules:
        return None
    return node.func.value


def entry_of(program: Program, node: ast.AST) -> Entry | None:
    """What the catalogue knows of a called function or method."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return entry(node.func.attr)
    if isinstance(node.func, ast.Name):
        return entry(node.func.id)
    return None


def parameter_names(program: Program, node: ast.Call) -> tuple[str, ...]:
    """The positional parameters of a called op, the receiver's first; the last begins with * where it takes any number."""
    known = entry_of(program, node)
    if known is None:
        return ()
    return tuple(("*" if p.many else "") + p.name for p in known.parameters if not p.keyword_only)
