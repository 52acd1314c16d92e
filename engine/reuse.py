"""Rules over large arrays, rewritten to compute in buffers they own instead of fresh ones.

Memory that a process has just got from the system costs more to touch for the first time than to compute with. So where an
expression's intermediate results are large and nobody else's, the next operation writes into them: `grad * (1 - y * y)` takes
one new buffer instead of three, and none if the incoming gradient or the saved `y` is nobody else's and not needed any more. The
numbers, and how they lie in memory, are those of the plain expression.
"""

from __future__ import annotations

import ast
import operator
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

__all__ = ["HELPERS", "IN_PLACE", "LARGE", "Rewritten", "alone", "reusing"]

LARGE: Final = 1 << 16
"""Bytes from which on a new buffer costs more than seeing whether it can be done without."""

_ndarray: Final = np.ndarray


def _fits(target: Any, other: Any) -> bool:
    """Whether the result of an operation on an array and something else has the array's shape, dtype and layout."""
    kind = other.__class__
    if kind is float or kind is int:
        return target.dtype.kind in "fc"
    if kind is not _ndarray:
        return kind is target.dtype.type and target.dtype.kind in "fc"
    if other.dtype is not target.dtype or target.dtype.kind not in "fc":
        return False
    if not other.shape:
        return True
    return other.shape == target.shape and (
        other.strides == target.strides or (target.flags.c_contiguous and not any(other.strides))
    )


def _into(function: Any, plain: Callable[[Any, Any], Any]) -> Callable[[Any, Any, bool, bool], Any]:
    """An operation that writes into one of its operands, if that is said to be ours and is an array as the result will be."""

    def compute(a: Any, b: Any, mine_a: bool, mine_b: bool) -> Any:
        if mine_a and a.__class__ is _ndarray and _fits(a, b):
            return function(a, b, a)
        if mine_b and b.__class__ is _ndarray and _fits(b, a):
            return function(a, b, b)
        return plain(a, b)

    return compute


def _negated(value: Any, mine: bool) -> Any:
    return np.negative(value, value) if mine and value.__class__ is _ndarray and value.dtype.kind in "fc" else -value


def _scaled(value: Any, factor: Any, mine: bool) -> Any:
    """What `maybe_multiply` does."""
    return value if not hasattr(factor, "shape") and factor == 1 else _multiply(value, factor, mine, False)


def _references(value: Any) -> int:
    return sys.getrefcount(value)


def _fewest() -> int:
    """What `_references` says of an array that one thing holds, and a variable of the caller's."""
    holder = (np.empty(0),)
    value = holder[0]
    return _references(value)


_FEWEST: Final = _fewest()


def alone(value: Any) -> bool:
    """Whether only one thing besides the caller holds an array or a part of it: then the caller may write into it."""
    return value.__class__ is _ndarray and value.base is None and sys.getrefcount(value) <= _FEWEST


_multiply: Final = _into(np.multiply, operator.mul)
_OPERATIONS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "added_into",
    ast.Sub: "subtracted_into",
    ast.Mult: "multiplied_into",
    ast.Div: "divided_into",
}
HELPERS: Final[dict[str, Callable[..., Any]]] = {
    "added_into": _into(np.add, operator.add),
    "subtracted_into": _into(np.subtract, operator.sub),
    "multiplied_into": _multiply,
    "divided_into": _into(np.true_divide, operator.truediv),
    "alone": alone,
    "negated_into": _negated,
    "scaled_into": _scaled,
}
"""What rewritten expressions call."""
IN_PLACE: Final[dict[str, str]] = {"maybe_multiply": "scaled_into"}
"""Functions of rules, and what does the same in their first argument's memory if the argument after the last says so."""

_NO: Final = ast.Constant(False)
_YES: Final = ast.Constant(True)


def _mentions(node: ast.AST, name: str) -> int:
    """How often an expression may look at a name in one evaluation."""
    if isinstance(node, ast.IfExp):
        return _mentions(node.test, name) + max(_mentions(node.body, name), _mentions(node.orelse, name))
    if isinstance(node, ast.Name):
        return int(node.id == name)
    return sum(_mentions(child, name) for child in ast.iter_child_nodes(node))


def _used_at_once(expressions: Sequence[ast.expr], name: str) -> bool:
    """Whether a name is looked at by one operation only."""
    everything = [node for expression in expressions for node in ast.walk(expression)]
    users = [
        sum(isinstance(side, ast.Name) and side.id == name for side in (node.left, node.right))
        for node in everything
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS
    ]
    return max(users, default=0) == sum(isinstance(node, ast.Name) and node.id == name for node in everything)


class _Rewriter(ast.NodeTransformer):
    """Rewrites an expression, and knows of each part of it whether its buffer is ours: a constant, or the name of what tells.

    Args:
        owners: What tells it of the names it may be true of.
        fresh: The functions that return a new buffer.
        passing: The functions that return their first argument's.
    """

    def __init__(self, owners: Mapping[str, str], fresh: Collection[str], passing: Collection[str]) -> None:
        self._owners = {name: ast.Name(owner, ast.Load()) for name, owner in owners.items()}
        self._fresh = fresh
        self._passing = passing
        self._mine: dict[ast.AST, ast.expr] = {}
        self.changed = False

    def _owned(self, node: ast.expr, mine: ast.expr) -> ast.expr:
        self._mine[node] = mine
        return node

    def _is_mine(self, node: ast.expr) -> ast.expr:
        return self._mine.get(node, _NO)

    def _call(self, name: str, *arguments: ast.expr) -> ast.Call:
        self.changed = True
        return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._owned(node, self._owners.get(node.id, _NO))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        left: ast.expr = self.visit(node.left)
        right: ast.expr = self.visit(node.right)
        mine = self._is_mine(left), self._is_mine(right)
        name = _OPERATIONS.get(type(node.op))
        if name is None or mine == (_NO, _NO):
            return self._owned(ast.BinOp(left, node.op, right), _YES)
        return self._owned(self._call(name, left, right, *mine), _YES)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        operand: ast.expr = self.visit(node.operand)
        mine = self._is_mine(operand)
        if not isinstance(node.op, ast.USub) or mine is _NO:
            return self._owned(ast.UnaryOp(node.op, operand), _YES)
        return self._owned(self._call("negated_into", operand, mine), _YES)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        made = ast.IfExp(self.visit(node.test), self.visit(node.body), self.visit(node.orelse))
        mine = self._is_mine(made.body)
        return self._owned(made, mine if mine is self._is_mine(made.orelse) else _NO)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        made = ast.Call(node.func, [self.visit(a) for a in node.args], [self.visit(k) for k in node.keywords])
        if not isinstance(node.func, ast.Name):
            return made
        name = node.func.id
        mine = self._is_mine(made.args[0]) if made.args else _NO
        if mine is not _NO and name in IN_PLACE:
            return self._owned(self._call(IN_PLACE[name], *made.args, mine), _YES if name in self._fresh else mine)
        return self._owned(made, mine if name in self._passing else _YES if name in self._fresh else _NO)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A rule's expressions, rewritten.

    Attributes:
        texts: The expressions.
        results: The saved outputs whose memory they may write into, if `own_<name>` says that these are nobody else's.
    """

    texts: list[str]
    results: list[str]


def reusing(
    texts: Sequence[str], owned: Sequence[bool], results: Sequence[str], fresh: Collection[str], passing: Collection[str]
) -> Rewritten | None:
    """Rewrite a rule's expressions so that they write into buffers of their own; None if there is nothing to gain.

    The last one that looks at `grad`, if once only, may write into that as well, if `own` says it is nobody else's and no
    expression before it has kept it.

    Args:
        texts: An expression for each gradient, in the order in which they are computed.
        owned: For each of them, whether its value is a buffer of its own.
        results: The saved outputs they mention.
        fresh: The functions that return a new buffer.
        passing: The functions that return their first argument's.
    """
    expressions = [ast.parse(text, mode="eval").body for text in texts]
    counts = [_mentions(e, "grad") for e in expressions]
    last = max((i for i, n in enumerate(counts) if n), default=-1)
    if last >= 0 and (counts[last] != 1 or not all(owned[:last])):
        last = -1
    usable = [name for name in results if _used_at_once(expressions, name)]
    owners = {name: f"own_{name}" for name in usable}
    rewritten = []
    changed = False
    for place, expression in enumerate(expressions):
        rewriter = _Rewriter(owners | ({"grad": "own"} if place == last else {}), fresh, passing)
        rewritten.append(f"({ast.unparse(rewriter.visit(expression))})")
        changed = changed or rewriter.changed
    return Rewritten(rewritten, usable) if changed else None
