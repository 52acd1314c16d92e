"""Which tensors need a gradient, as far as the text tells."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Final

from gradviz.script.effects import called_name
from gradviz.script.flow import Definition, Flow, Use
from gradviz.script.nodes import receiver_of
from gradviz.script.program import Program
from gradviz.script.words import words

FACTORIES: Final = words(
    """
    ones zeros full empty rand randn tensor arange linspace logspace eye scalar_tensor ones_like zeros_like full_like empty_like
    rand_like randn_like Parameter new_ones new_zeros new_full new_empty new_tensor
    """
)
"""What makes a leaf and takes `requires_grad`."""

_CUTS: Final = words(
    """
    detach data item tolist numpy shape size dim ndim dtype grad argmax argmin argsort eq ne lt le gt ge long int bool short
    byte char is_leaf requires_grad numel sign isnan isinf isfinite nonzero round floor ceil
    """
)
"""What a gradient does not come back from, by attribute or method."""

_WHOLE: Final = re.compile(r"torch\.(u?int(8|16|32|64)?|long|short|bool)$")


def is_factory(program: Program, node: ast.AST) -> bool:
    """Whether an expression makes a leaf, and can be told whether that needs a gradient."""
    if not isinstance(node, ast.Call) or called_name(node) not in FACTORIES:
        return False
    return receiver_of(program, node) is None or called_name(node).startswith("new_")


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword, None where it is not given."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def asks(program: Program, node: ast.AST) -> bool:
    """Whether an expression says itself that its tensor needs a gradient."""
    if not isinstance(node, ast.Call):
        return False
    if called_name(node) == "requires_grad_" and receiver_of(program, node) is not None:
        return not (node.args and is_false(node.args[0])) and not is_false(keyword(node, "requires_grad"))
    flag = keyword(node, "requires_grad")
    return is_factory(program, node) and ((called_name(node) == "Parameter" and flag is None) or _is_true(flag))


def is_false(node: ast.expr | None) -> bool:
    """Whether an expression is False."""
    return isinstance(node, ast.Constant) and node.value is False


def _is_true(node: ast.expr | None) -> bool:
    return node is not None and not is_false(node)


def is_whole(program: Program, node: ast.AST) -> bool:
    """Whether a factory makes whole numbers or truth values, which have no gradient."""
    if not isinstance(node, ast.Call):
        return False
    dtype = keyword(node, "dtype")
    if dtype is not None:
        return bool(_WHOLE.search(ast.unparse(dtype).replace(f"{_torch(program)}.", "torch.")))
    name = called_name(node)
    if name in ("randint", "randperm"):
        return True
    if name == "full":
        return len(node.args) > 1 and _all_whole(node.args[1])
    if name in ("arange", "tensor", "scalar_tensor"):
        values = [*node.args, *(one.value for one in node.keywords if one.arg in ("start", "end", "step", "data"))]
        return bool(values) and all(map(_all_whole, values))
    return False


def _torch(program: Program) -> str:
    return next((name for name, path in program.modules.items() if path == "torch"), "torch")


def _all_whole(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=int()):
            return True
        case ast.UnaryOp(operand=operand):
            return _all_whole(operand)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return bool(elements) and all(map(_all_whole, elements))
    return False


def flags(program: Program, definition: Definition) -> list[ast.stmt]:
    """The statements that say of a variable whether it needs a gradient: `x.requires_grad_()`, `x.requires_grad = True`."""
    flow = Flow.of(program)
    return [use.statement for use in flow.uses_of(flow.web(definition)) if is_flag(use)]


def is_flag(use: Use) -> bool:
    """Whether a use is all of a statement that says whether its variable needs a gradient."""
    match use.statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr="requires_grad_"))):
            return value is use.node
        case ast.Assign(targets=[ast.Attribute(value=value, attr="requires_grad")]):
            return value is use.node
    return False


def under_no_grad(program: Program, node: ast.AST) -> ast.With | None:
    """The `with torch.no_grad():` round something, if any."""
    for outer in program.ancestors(node):
        if isinstance(outer, ast.With) and any(map(is_no_grad, outer.items)):
            return outer
    return None


def is_no_grad(item: ast.withitem) -> bool:
    """Whether an item of a `with` hides what is computed from autograd."""
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return False
    name = called_name(call)
    return (name in ("no_grad", "inference_mode") and not call.args) or (
        name == "set_grad_enabled" and len(call.args) == 1 and is_false(call.args[0])
    )


def needs_grad(program: Program, definition: Definition) -> bool:
    """Whether a variable needs a gradient, as far as the text tells."""
    return definition in _needing(program)


@lru_cache(maxsize=16)
def _needing(program: Program) -> frozenset[Definition]:
    """The definitions whose variables need a gradient: those that say so, and what is computed from them."""
    flow = Flow.of(program)
    found: set[Definition] = set()
    waiting: list[Definition] = []
    for one in flow.definitions:
        value = getattr(one.statement, "value", None)
        said = isinstance(value, ast.expr) and (asks(program, value) or _asks_within(program, value) is not None)
        hidden = under_no_grad(program, one.statement) is not None and not (
            isinstance(value, ast.expr) and asks(program, value)
        )
        if any(map(_turned_on, flags(program, one))) or (said and not hidden):
            waiting.append(one)
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        for use in flow.uses_of([one]):
            value = getattr(use.statement, "value", None)
            if isinstance(value, ast.expr) and not _hides(program, use, value):
                waiting += flow.made_by(use.statement)
    return frozenset(found)


def _hides(program: Program, use: Use, value: ast.expr) -> bool:
    """Whether a statement's value needs no gradient, although it reads what does."""
    if isinstance(value, ast.Compare) or under_no_grad(program, use.statement):
        return True
    inside = use.node is value or value in program.ancestors(use.node)
    return inside and _is_cut(program, use.node, value)


def _asks_within(program: Program, value: ast.expr) -> str | None:
    """A part of an expression that says it needs a gradient, which then reaches the whole."""
    if isinstance(value, ast.Compare):
        return None
    for inner in ast.walk(value):
        if inner is not value and isinstance(inner, ast.expr) and asks(program, inner) and not _is_cut(program, inner, value):
            return program.source(inner)
    return None


def _turned_on(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return not is_false(statement.value)
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and not (call.args and is_false(call.args[0]))


def computed_from(program: Program, value: ast.expr) -> str | None:
    """A variable or expression that needs a gradient and that an expression is computed from; None for none."""
    within = _asks_within(program, value)
    if within is not None:
        return within
    for use in Flow.of(program).used_in(value):
        if not _is_cut(program, use.node, value) and any(needs_grad(program, one) for one in use.means):
            return use.node.id
    return None


def _is_cut(program: Program, node: ast.AST, value: ast.expr) -> bool:
    """Whether gradients do not cross from an expression to a part of it."""
    while node is not value:
        parent = program.parent(node)
        if parent is None:
            return False
        if isinstance(parent, ast.Attribute) and parent.attr in _CUTS:
            return True
        node = parent
    return isinstance(value, ast.Attribute) and value.attr in _CUTS
