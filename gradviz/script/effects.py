"""What a statement does besides giving a variable a value: whether it may stand earlier or later without a difference."""

from __future__ import annotations

import ast
import re
from typing import Final

from gradviz.script.catalogue import entry
from gradviz.script.flow import Flow
from gradviz.script.program import Program
from gradviz.script.words import words

_RANDOM: Final = words(
    """
    rand randn randint randperm rand_like randn_like randint_like bernoulli bernoulli_ normal normal_ uniform_ random_
    exponential_ multinomial poisson dropout alpha_dropout feature_dropout rrelu gumbel_softmax manual_seed seed
    set_rng_state log_normal_ cauchy_ geometric_ shuffle xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_
    orthogonal_ trunc_normal_ sample
    """
)
_PASSES: Final = words("backward step zero_grad grad")
_IN_PLACE: Final = re.compile(r"[a-z]\w*[^_]_")
_HARMLESS: Final = words(
    """
    len int float bool str repr abs min max sum round list tuple range zip sorted isinstance item size dim numel tolist
    detach requires_grad_ from_numpy numpy
    """
)
"""Calls that change nothing besides the ops of the catalogue (requires_grad_ marks what was just made)."""


def called_name(node: ast.Call) -> str:
    """The last part of what is called: "backward" of `out.backward()`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_random(node: ast.AST) -> bool:
    """Whether something draws random numbers, or sets where they come from, as far as its names tell."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            name = called_name(one)
            own = any(keyword.arg == "generator" for keyword in one.keywords)
            if (name in _RANDOM and not own) or (name[:1].isupper() and isinstance(one.func, ast.Attribute)):
                return True  # a module's parameters are drawn
    return False


def is_pass(node: ast.AST) -> bool:
    """Whether something runs a backward pass, or updates what one computed."""
    return any(isinstance(one, ast.Call) and called_name(one) in _PASSES for one in ast.walk(node))


def writes_into(statement: ast.AST, names: frozenset[str]) -> bool:
    """Whether a statement changes in place what one of some variables holds, as far as its form tells."""
    for node in ast.walk(statement):
        target: ast.expr | None = None
        if isinstance(node, ast.AugAssign):
            target = node.target
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
            target = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _IN_PLACE.fullmatch(node.func.attr):
            target = node.func.value
        while isinstance(target, (ast.Attribute, ast.Subscript, ast.Call)):
            target = target.func if isinstance(target, ast.Call) else target.value
        if isinstance(target, ast.Name) and target.id in names:
            return True
    return False


def is_pure(program: Program, node: ast.AST) -> bool:
    """Whether evaluating an expression changes nothing that others see: no printing, writing, drawing or unknown function."""
    defined = {definition.name for definition in Flow.of(program).definitions} - program.modules.keys()
    for one in ast.walk(node):
        if isinstance(one, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
            return False
        if isinstance(one, ast.Call):
            name = called_name(one)
            known = name in _HARMLESS or (name[:1].islower() and entry(name) is not None)
            if not known or (isinstance(one.func, ast.Name) and name in defined):
                return False
    return not is_random(node)


def reads_grad(node: ast.AST) -> bool:
    """Whether something looks at a `.grad`."""
    return any(isinstance(one, ast.Attribute) and one.attr in ("grad", "grad_fn") for one in ast.walk(node))


def is_movable(program: Program, statement: ast.stmt) -> bool:
    """Whether a statement does nothing but give variables their values, so that it may be moved."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    plain = all(isinstance(n, (ast.Name, ast.Tuple, ast.List, ast.expr_context)) for t in targets for n in ast.walk(t))
    return plain and is_pure(program, statement.value) and not reads_grad(statement.value)


def variables(program: Program, statement: ast.stmt) -> tuple[frozenset[str], frozenset[str]]:
    """The variables that a statement reads, and those it gives values."""
    flow = Flow.of(program)
    read = frozenset(use.node.id for use in flow.used_in(statement))
    written = frozenset(one.name for one in flow.defined_by(statement))
    return read, written
