"""What an untrusted script may say: its syntax is checked before it runs, and each attribute it touches as it runs.

An attribute `x.y` becomes `‹read›(x, "y").y`: the guard sees object and name and lets the object through, or refuses. The
operation itself then happens in the script's own frame and at its own place, so that what is recorded of it is the same as
without a guard. The guards' names are no identifiers, so a script can neither name nor replace them.
"""
# ruff: noqa: N802 (ast calls its visitors by the names of nodes)

from __future__ import annotations

import ast
import builtins
from types import CodeType
from typing import Any, Final

from RestrictedPython.transformer import INSPECT_ATTRIBUTES, RestrictingNodeTransformer, copy_locations

from gradviz.runner.allowed import ASSIGNABLE, DEFINABLE, INHERITED, METHODS, REFUSED_BUILTINS, VARIABLES
from gradviz.runner.errors import RefusedError
from gradviz.runner.modules import allowed_modules

READ: Final = "‹read›"
WRITE: Final = "‹write›"
UPDATE: Final = "‹update›"


def is_special(name: str) -> bool:
    """Whether a name is of the kind `__name__`."""
    return name.startswith("__") and name.endswith("__") and len(name) > 4


class _Policy(RestrictingNodeTransformer):
    """Checks a tree and puts the guards in. Kinds of nodes it does not know are refused."""

    def __init__(self, bound: frozenset[str]) -> None:
        super().__init__()
        self.refusals: list[RefusedError] = []
        self._bound = bound
        self._modules = allowed_modules()

    # What is refused

    def error(self, node: ast.AST, info: str) -> None:
        line = getattr(node, "lineno", 0)
        col = getattr(node, "col_offset", 0)
        end = (getattr(node, "end_lineno", None) or line, getattr(node, "end_col_offset", None) or col)
        self.refusals.append(RefusedError(info, (line, col, *end)))

    def not_allowed(self, node: ast.AST) -> None:
        words = {
            "AsyncFunctionDef": "async def",
            "TryStar": "except*",
            "Await": "await",
            "AsyncFor": "async for",
            "AsyncWith": "async with",
        }
        name = type(node).__name__
        self.error(node, f"`{words.get(name, name)}` may not be used by a restricted script.")

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        if name is None or not is_special(name) or name in ASSIGNABLE:
            return
        if not (allow_magic_methods and name in DEFINABLE):
            self.error(node, f"A restricted script may not use the name `{name}`.")

    def check_import_names(self, node: Any) -> ast.AST:
        wanted = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."]
        if isinstance(node, ast.ImportFrom) and node.level:
            wanted = ["." * node.level + (node.module or "")]
        for name in wanted:
            if name not in self._modules:
                self.error(node, f"A restricted script may not import `{name}`.")
        for alias in node.names:
            if alias.name == "*":
                self.error(node, "A restricted script may not import `*`: name what you import.")
            self.check_name(node, alias.asname)
        return self._as_it_is(node)

    # Names and attributes

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in REFUSED_BUILTINS and node.id not in self._bound:
            self.error(node, f"A restricted script may not use `{node.id}`.")
        elif node.id not in METHODS and not (isinstance(node.ctx, ast.Load) and node.id in VARIABLES):
            self.check_name(node, node.id)
        return self.node_contents_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._guarded(node, READ if isinstance(node.ctx, ast.Load) else WRITE)

    def _guarded(self, node: ast.Attribute, guard: str) -> ast.AST:
        name = node.attr
        if name in INSPECT_ATTRIBUTES or (is_special(name) and (name not in INHERITED or guard != READ)):
            self.error(node, f"A restricted script may not use the attribute `{name}`.")
        inner = node.value
        node = self.node_contents_visit(node)
        call = ast.Call(ast.Name(guard, ast.Load()), [node.value, ast.Constant(name)], [])
        copy_locations(call, inner)
        node.value = call
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        target: Any = self._guarded(node.target, UPDATE) if isinstance(node.target, ast.Attribute) else self.visit(node.target)
        node.target = target
        node.value = self.visit(node.value)
        return node

    # Definitions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.check_name(node, node.name, allow_magic_methods=True)
        self.check_function_argument_names(node)
        return self.node_contents_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.check_name(node, node.name)
        for keyword in node.keywords:
            if keyword.arg == "metaclass" or keyword.arg is None:
                self.error(keyword.value, "A restricted script may not choose a metaclass.")
        return self.node_contents_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.check_name(node, node.name)
        return self.node_contents_visit(node)

    # Patterns: a dotted name or a keyword in them would read attributes past the guard.

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        if any(isinstance(part, ast.Attribute) for part in ast.walk(node.value)):
            self.error(node, "A restricted script may not match a dotted name: compare with `==` in an `if`.")
        return node

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        if node.kwd_attrs:
            self.error(node, "A restricted script may not match attributes by keyword: read them in an `if`.")
        return self.node_contents_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        self.check_name(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        self.check_name(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        self.check_name(node, node.rest)
        for key in node.keys:
            if not isinstance(key, ast.Constant):
                self.error(key, "A restricted script may not match a dotted name: compare with `==` in an `if`.")
        node.patterns = [self.visit(pattern) for pattern in node.patterns]
        return node

    # What needs no guard: containers, calls and loops do nothing that their objects do not allow.

    def _as_it_is(self, node: Any) -> ast.AST:
        visited: ast.AST = self.node_contents_visit(node)
        return visited

    visit_Module = visit_Assign = visit_AnnAssign = visit_For = visit_comprehension = visit_With = _as_it_is  # noqa: N815
    visit_Call = visit_Subscript = visit_Nonlocal = visit_Match = visit_match_case = visit_MatchSingleton = _as_it_is  # noqa: N815
    visit_MatchSequence = visit_MatchOr = visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _as_it_is  # noqa: N815


def _bound_names(tree: ast.AST) -> frozenset[str]:
    """The names a script gives meanings of its own."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
    return frozenset(found)


def compile_restricted(text: str, filename: str) -> CodeType:
    """The code of an untrusted script, with the guards in.

    Raises:
        RefusedError: The script says something it may not.
        SyntaxError: It is no Python.
    """
    tree = ast.parse(text, filename)
    policy = _Policy(_bound_names(tree))
    tree = policy.visit(tree)
    if policy.refusals:
        raise min(policy.refusals, key=lambda refusal: refusal.span)
    code = compile(tree, filename, "exec", dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


def exceptions() -> dict[str, Any]:
    """Python's own exception classes by name."""
    found = vars(builtins).items()
    return {name: value for name, value in found if isinstance(value, type) and issubclass(value, BaseException)}
