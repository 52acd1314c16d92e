"""Which definition of a variable each of its uses means, for the variables of the script itself.

Along straight lines that is exact. Where ways join (if, loops, try) a use has several definitions; what is read within a
function may mean any of them, as nobody knows when it is called. Definitions that share a use are one variable to the reader:
they are renamed together, and what depends on the one depends on the other.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from gradviz.script.program import Program

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False, slots=True)
class Definition:
    """A place that gives a variable of the script its value.

    Attributes:
        name: The variable.
        node: The name being assigned to; the statement where the name is no expression (def, class, import, except, match).
        statement: The statement.
        scope: The function that does it by `global`, None for the script itself.
    """

    name: str
    node: ast.AST
    statement: ast.stmt
    scope: ast.AST | None = None


@dataclass(eq=False, slots=True)
class Use:
    """A place that reads a variable of the script.

    Attributes:
        node: The name; the target where an augmented assignment reads what it writes.
        statement: The innermost statement.
        scope: The function, lambda, class or bare annotation it stands in, None where it is read in its turn.
        means: The definitions its value may come from.
    """

    node: ast.Name
    statement: ast.stmt
    scope: ast.AST | None
    means: frozenset[Definition] = field(default=frozenset())


_Env = dict[str, frozenset[Definition]]


class Flow:
    """The variables of a script.

    Attributes:
        definitions: Every definition, in the order of the text.
        uses: Every use of a name that the script defines.
        free: Every use of a name that it does not, or only later.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._by_node: dict[ast.AST, Definition] = {}
        self._log: list[Definition] = []  # as they are made, those in loops more than once
        self._uses: dict[ast.Name, Use] = {}
        self._block(program.tree.body, {})
        self.definitions = list(self._by_node.values())
        everything: dict[str, set[Definition]] = defaultdict(set)
        for one in self.definitions:
            everything[one.name].add(one)
        for use in self._uses.values():
            if use.scope is not None:
                use.means = frozenset(everything[use.node.id])
            else:
                use.means |= frozenset(one for one in everything.get(use.node.id, ()) if one.scope is not None)
        self.uses = [use for use in self._uses.values() if use.means]
        self.free = [use for use in self._uses.values() if not use.means]
        self._webs = self._join()
        self._made: dict[ast.stmt, list[Definition]] = defaultdict(list)
        for one in self.definitions:
            self._made[one.statement].append(one)
        self._readers: dict[Definition, list[Use]] = {one: [] for one in self.definitions}
        for use in self.uses:
            for one in use.means:
                self._readers[one].append(use)

    @staticmethod
    def of(program: Program) -> Flow:
        """The variables of a program."""
        return _flow(program)

    # What one asks

    def definition(self, node: ast.AST) -> Definition | None:
        """The definition made by a name that is assigned to."""
        return self._by_node.get(node)

    def defined_by(self, statement: ast.stmt) -> list[Definition]:
        """The definitions that a statement makes, those of the statements in it included."""
        inside = set(ast.walk(statement))
        return [one for one in self.definitions if one.statement in inside]

    def made_by(self, statement: ast.stmt) -> list[Definition]:
        """The definitions that a statement makes itself."""
        return self._made.get(statement, [])

    def named(self, name: str) -> list[Definition]:
        """The definitions of a name, in the order of the text."""
        return [one for one in self.definitions if one.name == name]

    def web(self, definition: Definition) -> frozenset[Definition]:
        """A definition and those that some use cannot tell from it."""
        return self._webs[definition]

    def uses_of(self, definitions: Iterable[Definition]) -> list[Use]:
        """The uses whose value may come from one of some definitions."""
        wanted = list(definitions)
        if len(wanted) == 1:
            return list(self._readers[wanted[0]])
        found = {use for one in wanted for use in self._readers[one]}
        return [use for use in self.uses if use in found]

    def used_in(self, node: ast.AST) -> list[Use]:
        """The uses that stand within a node."""
        found = (self._uses.get(one) for one in ast.walk(node) if isinstance(one, ast.Name))
        return [use for use in found if use is not None and use.means]

    def _join(self) -> dict[Definition, frozenset[Definition]]:
        leader = {one: one for one in self.definitions}

        def find(one: Definition) -> Definition:
            while leader[one] is not one:
                one = leader[one]
            return one

        for use in self.uses:
            own = self._by_node.get(use.node)  # x += 1 writes what it reads
            first, *rest = [*use.means, *([own] if own else [])]
            for other in rest:
                leader[find(other)] = find(first)
        webs: dict[Definition, set[Definition]] = defaultdict(set)
        for one in self.definitions:
            webs[find(one)].add(one)
        return {one: frozenset(webs[find(one)]) for one in self.definitions}

    # The walk

    def _define(self, name: str, node: ast.AST, env: _Env, scope: ast.AST | None = None) -> None:
        one = self._by_node.get(node)
        if one is None:
            one = self._by_node[node] = Definition(name, node, self.program.statement(node), scope)
        self._log.append(one)
        env[name] = frozenset((one,))

    def _use(self, node: ast.Name, env: _Env, scope: ast.AST | None = None) -> None:
        use = self._uses.get(node)
        if use is None:
            use = self._uses[node] = Use(node, self.program.statement(node), scope)
        use.means |= env.get(node.id, frozenset())

    def _block(self, statements: Sequence[ast.stmt], env: _Env) -> None:
        for statement in statements:
            self._statement(statement, env)

    def _statement(self, node: ast.stmt, env: _Env) -> None:
        match node:
            case ast.Assign():
                self._expressions((node.value, *node.targets), env)
            case ast.AugAssign():
                self._expression(node.value, env)
                if isinstance(node.target, ast.Name):
                    self._use(node.target, env)
                self._expression(node.target, env)
            case ast.AnnAssign():
                self._expressions((node.annotation, *([node.value] if node.value else [])), env)
                if node.value or not isinstance(node.target, ast.Name):
                    self._expression(node.target, env)
                else:
                    self._use(node.target, env, node)  # it says what kind of thing the variable is, wherever it is defined
            case ast.If():
                self._expression(node.test, env)
                self._ways(env, node.body, node.orelse)
            case ast.For() | ast.AsyncFor():
                self._expression(node.iter, env)
                self._loop([node.target], node.body, env)
                self._ways(env, node.orelse, [])
            case ast.While():
                self._loop([node.test], node.body, env)
                self._ways(env, node.orelse, [])
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._expressions((item.context_expr, *([item.optional_vars] if item.optional_vars else [])), env)
                self._block(node.body, env)
            case ast.Try() | ast.TryStar():
                self._try(node, env)
            case ast.Match():
                self._expression(node.subject, env)
                before = dict(env)
                for case in node.cases:
                    way = dict(before)
                    self._patterns(case.pattern, way)
                    self._expressions([case.guard] if case.guard else [], way)
                    self._block(case.body, way)
                    _merge(env, way)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                arguments = node.args
                now = [*node.decorator_list, *arguments.defaults, *(one for one in arguments.kw_defaults if one)]
                every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
                now += [one.annotation for one in every if one and one.annotation]
                self._expressions([*now, *([node.returns] if node.returns else [])], env)
                self._scope(node, env)
                self._define(node.name, node, env)
            case ast.ClassDef():
                self._expressions((*node.decorator_list, *node.bases, *(one.value for one in node.keywords)), env)
                self._scope(node, env)
                self._define(node.name, node, env)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    self._define(alias.asname or alias.name.partition(".")[0], alias, env)
            case _:
                self._expressions([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)], env)

    def _ways(self, env: _Env, *blocks: Sequence[ast.stmt]) -> None:
        """Blocks of which one is run."""
        before = dict(env)
        env.clear()
        for block in blocks:
            way = dict(before)
            self._block(block, way)
            _merge(env, way)

    def _loop(self, head: Sequence[ast.expr], body: Sequence[ast.stmt], env: _Env) -> None:
        """A block that is run any number of times, and left anywhere: all it defines may be met everywhere in it."""
        for _ in range(2):  # the second time with what an earlier round left
            before, way, first = dict(env), dict(env), len(self._log)
            self._expressions(head, way)
            self._block(body, way)
            env.clear()
            env.update(before)
            self._leave(env, first)

    def _leave(self, env: _Env, first: int) -> None:
        """A block was left, nobody knows where: what it defined since may be defined or not."""
        for one in self._log[first:]:
            env[one.name] = env.get(one.name, frozenset()) | {one}

    def _try(self, node: ast.Try | ast.TryStar, env: _Env) -> None:
        halfway, first = dict(env), len(self._log)
        self._block(node.body, env)
        self._leave(halfway, first)
        self._block(node.orelse, env)
        for handler in node.handlers:
            way = dict(halfway)
            self._expressions([handler.type] if handler.type else [], way)
            if handler.name:
                self._define(handler.name, handler, way)
            self._block(handler.body, way)
            _merge(env, way)
        _merge(env, halfway)
        self._block(node.finalbody, env)

    def _patterns(self, pattern: ast.pattern, env: _Env) -> None:
        for node in ast.walk(pattern):
            if isinstance(node, ast.expr) and not isinstance(self.program.parent(node), ast.expr):
                self._expression(node, env)
            name = getattr(node, "rest", None) or getattr(node, "name", None)
            if name:
                self._define(name, node, env)

    def _expressions(self, nodes: Iterable[ast.expr], env: _Env) -> None:
        for node in nodes:
            self._expression(node, env)

    def _expression(self, node: ast.AST, env: _Env) -> None:
        """Walks an expression of the script's own level, in the order it is evaluated as far as that matters."""
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                self._define(node.id, node, env)
            else:
                self._use(node, env)
                if isinstance(node.ctx, ast.Del):
                    env.pop(node.id, None)
        elif isinstance(node, ast.Lambda):
            self._expressions([*node.args.defaults, *(one for one in node.args.kw_defaults if one)], env)
            self._scope(node, env)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, env, frozenset())
        elif isinstance(node, ast.NamedExpr):
            self._expression(node.value, env)
            self._expression(node.target, env)
        else:
            for child in ast.iter_child_nodes(node):
                self._expression(child, env)

    def _comprehension(self, node: ast.AST, env: _Env, hidden: frozenset[str]) -> None:
        """A comprehension is run at once, with variables of its own; a walrus in it assigns to one of the script's."""
        generators: list[ast.comprehension] = getattr(node, "generators", [])
        own = {n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        inner = hidden | own
        for child in ast.iter_child_nodes(node):
            self._within(child, env, inner, generators[0].iter, hidden)

    def _within(self, node: ast.AST, env: _Env, inner: frozenset[str], first: ast.expr, hidden: frozenset[str]) -> None:
        if node is first:
            inner = hidden  # evaluated outside
        if isinstance(node, ast.NamedExpr):
            self._within(node.value, env, inner, first, hidden)
            self._define(node.target.id, node.target, env)
        elif isinstance(node, ast.Name):
            if node.id not in inner:
                self._use(node, env)
        elif isinstance(node, ast.Lambda):
            self._scope(node, env, inner)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, env, inner)
        else:
            for child in ast.iter_child_nodes(node):
                self._within(child, env, inner, first, hidden)

    def _scope(self, node: ast.AST, env: _Env, hidden: frozenset[str] = frozenset()) -> None:
        """A function, lambda or class: what it reads of the script's variables it reads later."""
        own, shared = _bound(node)
        names = hidden | (own - shared)
        inner = hidden if isinstance(node, ast.ClassDef) else names  # a class's variables are not seen by its methods
        body = getattr(node, "body", [])
        for child in body if isinstance(body, list) else [body]:
            self._later(child, env, names, inner, node)

    def _later(self, node: ast.AST, env: _Env, names: frozenset[str], inner: frozenset[str], scope: ast.AST) -> None:
        if isinstance(node, ast.Name):
            if node.id in names:
                return
            if isinstance(node.ctx, ast.Store):
                self._define(node.id, node, dict(env), scope)
            else:
                self._use(node, env, scope)
        elif isinstance(node, _SCOPES):
            heads = [*getattr(node, "decorator_list", []), *getattr(node, "bases", [])]
            if not isinstance(node, ast.ClassDef):
                heads += [*node.args.defaults, *(one for one in node.args.kw_defaults if one)]
            for head in heads:
                self._later(head, env, names, inner, scope)
            self._scope(node, env, inner)
        elif isinstance(node, _COMPREHENSIONS):
            own = frozenset(n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name))
            for child in ast.iter_child_nodes(node):
                self._later(child, env, names | own, inner | own, scope)
        else:
            for child in ast.iter_child_nodes(node):
                self._later(child, env, names, inner, scope)


def _bound(scope: ast.AST) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function, lambda or class binds, and those it shares with the script by `global`."""
    own: set[str] = set()
    shared: set[str] = set()
    arguments = getattr(scope, "args", None)
    if isinstance(arguments, ast.arguments):
        own.update(node.arg for node in ast.walk(arguments) if isinstance(node, ast.arg))
    body = getattr(scope, "body", [])
    stack: list[ast.AST] = list(body) if isinstance(body, list) else [body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Global):
            shared.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            own.update(node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            own.add(node.name)
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            own.add(node.id)
        elif isinstance(node, ast.alias):
            own.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            own.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            own.add(node.rest)
        stack.extend(ast.iter_child_nodes(node))
    return frozenset(own), frozenset(shared)


def _merge(env: _Env, way: _Env) -> None:
    """Joins what another way of the program leaves to an environment."""
    for name, definitions in way.items():
        env[name] = env.get(name, frozenset()) | definitions


@lru_cache(maxsize=16)
def _flow(program: Program) -> Flow:
    return Flow(program)
