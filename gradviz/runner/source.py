"""The text of a script as the recorder sees it: which expression stands where, and what it is assigned to."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Final

SpanKey = tuple[int, int, int, int]
"""(line, col, end_line, end_col) as `ast` and `code.co_positions()` have them: lines from 1, columns in UTF-8 bytes."""

_LABEL_LENGTH: Final = 80


@dataclass(frozen=True, slots=True)
class Binding:
    """Where the value of an expression goes.

    Attributes:
        names: By output of the expression, the targets it is assigned to, as written: "y", "self.w".
        returned: Whether the enclosing function returns it.
        callee: What is called, as a path of names, where the expression is a call: ("nn", "Linear").
        in_turn: Whether the names get the outputs one after another, as in a loop.
    """

    names: tuple[tuple[str, ...], ...] = ()
    returned: bool = False
    callee: tuple[str, ...] = ()
    in_turn: bool = False

    @property
    def is_call(self) -> bool:
        return bool(self.callee)


_NOWHERE: Final = Binding()


def _target_text(target: ast.expr) -> str | None:
    """A target as written, where that is a fit name for a tensor: `y`, `self.w`, `w[0]`, but not `w[i]`."""
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        inner = _target_text(target.value)
        return None if inner is None else f"{inner}.{target.attr}"
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        inner = _target_text(target.value)
        return None if inner is None else f"{inner}[{target.slice.value!r}]"
    return None


def _path(function: ast.expr) -> tuple[str, ...]:
    """A dotted name as its parts; ("",) for any other callee."""
    parts: list[str] = []
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if not isinstance(function, ast.Name):
        return ("",)
    return (function.id, *reversed(parts))


class ScriptSource:
    """The parsed text of a script.

    Attributes:
        text: The text.
        filename: The name its code is compiled with.
        tree: Its syntax tree.
    """

    def __init__(self, text: str, filename: str) -> None:
        """Parses a script.

        Raises:
            SyntaxError: The text is no Python.
            ValueError: It holds NUL characters (on Python before 3.12).
        """
        self.text = text
        self.filename = filename
        self.tree = ast.parse(text, filename)
        self._bindings: dict[tuple[SpanKey, int], Binding] = {}

    @cached_property
    def _index(self) -> tuple[dict[SpanKey, ast.AST], dict[ast.AST, ast.AST]]:
        spans: dict[SpanKey, ast.AST] = {}
        parents: dict[ast.AST, ast.AST] = {}
        stack: list[ast.AST] = [self.tree]
        while stack:
            node = stack.pop()
            for field in node._fields:
                value = getattr(node, field, None)
                for child in value if isinstance(value, list) else (value,):
                    if isinstance(child, ast.AST) and child._fields:
                        parents[child] = node
                        stack.append(child)
                        if isinstance(child, (ast.expr, ast.AugAssign, ast.For, ast.With)):
                            # A parent is seen before its children: of nodes with one span the outermost counts.
                            spans.setdefault(_span(child), child)
        return spans, parents

    def binding(self, span: SpanKey, outputs: int) -> Binding:
        """Where the value of the expression at exactly this span goes.

        Args:
            span: Where it stands.
            outputs: How many tensors it makes.
        """
        key = (span, outputs)
        found = self._bindings.get(key)
        if found is None:
            node = self._index[0].get(span)
            found = self._bindings[key] = _NOWHERE if node is None else self._follow(node, outputs)
        return found

    def _follow(self, node: ast.AST, outputs: int) -> Binding:
        parents = self._index[1]
        callee = _path(node.func) if isinstance(node, ast.Call) else ()
        in_turn = False
        names: list[list[str]] = [[] for _ in range(outputs)]
        returned = False
        if isinstance(node, ast.AugAssign):
            self._assign(node.target, names)
        elif isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Store):
            self._assign(node, names)  # a tensor taken apart: `a, b = t`
        else:
            while True:
                parent = parents.get(node)
                if isinstance(parent, ast.IfExp) and parent.test is not node:
                    node = parent
                elif isinstance(parent, ast.NamedExpr) and parent.value is node:
                    self._assign(parent.target, names)
                    node = parent
                elif (call := self._gives_itself(node, parent)) is not None:
                    node = call
                else:
                    break
            returned = self._bind(node, parent, names)
            in_turn = isinstance(parent, (ast.For, ast.comprehension))
        return Binding(tuple(map(tuple, names)), returned, callee, in_turn)

    def _gives_itself(self, node: ast.AST, parent: ast.AST | None) -> ast.AST | None:
        """The call of `requires_grad_` on an expression, whose value is that of the expression."""
        if isinstance(parent, ast.Attribute) and parent.attr == "requires_grad_":
            call = self._index[1].get(parent)
            if isinstance(call, ast.Call) and call.func is parent:
                return call
        return None

    def _bind(self, node: ast.AST, parent: ast.AST | None, names: list[list[str]]) -> bool:
        """Collects the targets a statement assigns an expression to; returns whether it is returned instead."""
        if isinstance(parent, ast.Assign) and parent.value is node:
            for target in parent.targets:
                self._assign(target, names)
        elif isinstance(parent, ast.AnnAssign) and parent.value is node:
            self._assign(parent.target, names)
        elif isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node:
            text = _target_text(parent.target)
            for found in names if text is not None else ():
                found.append(text or "")
        elif isinstance(parent, ast.withitem) and parent.context_expr is node and parent.optional_vars is not None:
            self._assign(parent.optional_vars, names)
        elif isinstance(parent, (ast.Tuple, ast.List)) and len(names) == 1:
            statement = self._index[1].get(parent)
            if isinstance(statement, ast.Assign) and statement.value is parent:
                place = next(i for i, element in enumerate(parent.elts) if element is node)
                for target in statement.targets:
                    if isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == len(parent.elts):
                        self._assign(target.elts[place], names)
        return (isinstance(parent, ast.Return) and parent.value is node) or (
            isinstance(parent, ast.Lambda) and parent.body is node
        )

    @staticmethod
    def _assign(target: ast.expr, names: list[list[str]]) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            targets = target.elts
            if len(targets) != len(names) or any(isinstance(t, ast.Starred) for t in targets):
                return
        elif len(names) == 1:
            targets = [target]
        else:
            return
        for one, found in zip(targets, names, strict=True):
            text = _target_text(one)
            if text is not None:
                found.append(text)

    def meant(self, span: SpanKey) -> SpanKey:
        """Where the expression stands that is at work when an instruction's own position says this.

        Python 3.11 says the whole of a `for` or `with` statement, and every version leaves out of a method or attribute that
        stands on a later line than it begins (`(x\\n + y).detach()`) what is before the name.
        """
        node = self._index[0].get(span)
        if isinstance(node, ast.For):
            return _span(node.iter)
        if isinstance(node, ast.With):
            return _span(node.items[0].context_expr)
        return span if node is not None else self._beheaded.get(span, span)

    @cached_property
    def _beheaded(self) -> dict[SpanKey, SpanKey]:
        """The spans of methods called and attributes read on a later line than they begin, by what is left of them."""
        found: dict[SpanKey, SpanKey] = {}
        for node in self._index[1]:
            name = node.func if isinstance(node, ast.Call) else node
            if not isinstance(node, (ast.Call, ast.Attribute)) or not isinstance(name, ast.Attribute):
                continue
            line, end = name.end_lineno or name.lineno, name.end_col_offset or 0
            if line != name.lineno:
                whole = _span(node)
                found[(line, end - len(name.attr), whole[2], whole[3])] = whole
        return found

    def with_block(self, span: SpanKey) -> tuple[int, int] | None:
        """First and last line of the `with` statement one of whose items stands at this span."""
        parents = self._index[1]
        node: ast.AST | None = self._index[0].get(span)
        while node is not None and not isinstance(node, ast.stmt):
            node = parents.get(node)
        if isinstance(node, ast.With):
            return node.lineno, node.end_lineno or node.lineno
        return None

    @cached_property
    def _functions(self) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                found[first] = (node.lineno, node.end_lineno or node.lineno)
        return found

    def function_block(self, first_line: int) -> tuple[int, int] | None:
        """First and last line of the function whose code begins at this line (`co_firstlineno`)."""
        return self._functions.get(first_line)

    def segment(self, span: SpanKey) -> str:
        """The text at a span, in one line; the middle of a long one is left out."""
        line, col, end_line, end_col = span
        lines = self._lines
        if not 1 <= line <= end_line <= len(lines):
            return ""
        if line == end_line:
            text = lines[line - 1][col:end_col].decode(errors="replace")
        else:
            parts = [lines[line - 1][col:], *lines[line : end_line - 1], lines[end_line - 1][:end_col]]
            text = " ".join(part.decode(errors="replace").strip() for part in parts)
        return text if len(text) <= _LABEL_LENGTH else f"{text[: _LABEL_LENGTH - 20]} … {text[-17:]}"

    @cached_property
    def _lines(self) -> list[bytes]:
        # As the parser counts lines: form feeds and the like do not end one.
        text = self.text.replace("\r\n", "\n").replace("\r", "\n")
        return [line.encode(errors="surrogatepass") for line in text.split("\n")]

    def line(self, number: int) -> str:
        """A line of the script, without its end; "" outside of it."""
        return self._lines[number - 1].decode(errors="replace") if 1 <= number <= len(self._lines) else ""


def _span(node: ast.expr | ast.AugAssign | ast.For | ast.With) -> SpanKey:
    return (node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
