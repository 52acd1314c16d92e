"""Derivatives as text: the formula the debugger shows is the very code that runs.

A derivative is one expression over `grad`, the op's parameters, its `result` (or its outputs by name) and a vocabulary of
functions called as PyTorch calls them. It is compiled twice: over plain arrays, which is what a first-order pass runs, and
over Tensors, which is what `create_graph` runs. Three things follow from the text itself:

* what an op must save: the names the needed expressions mention, and `name.shape`, `name.strides`, `name.geometry` or
  `name.dtype` of an argument where that is enough;
* which gradients are fresh buffers that may be added to in place, and which are `grad` itself or a view of it; and, for large
  arrays, which intermediate results may be computed in place (see `reuse`);
* for real results, every `conj(...)` falls away, from the code and from the formula shown.

A derivative that is an op of its own in PyTorch, so that second-order graphs show it, and yet a short expression, is a row made
by `derivative` (see `api`): arrays and readers get the expression, Tensors the op.

Where one function computes several gradients at once, each derivative names its own part, `all_of_them(grad, ..., needed)[1]`: the
call is made once. `needed` stands for which of the op's derivatives are wanted, so that the others need not be computed.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from .reuse import HELPERS, reusing
from .schema import Schema

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "ARRAYS",
    "BORROWED",
    "FRESH",
    "INHERITED",
    "TENSORS",
    "Rule",
    "Saved",
    "Vocabulary",
    "compile_rule",
    "fresh",
    "helper",
    "inline",
    "inlined",
    "shown",
]


T = TypeVar("T")


class Vocabulary(dict[str, Any], Generic[T]):
    """The functions expressions may call, also as attributes (for helpers, which are given one as their first argument)."""

    def __getattr__(self, name: str) -> Callable[..., T]:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no rule knows a function '{name}'") from None


ARRAYS: Final[Vocabulary[Any]] = Vocabulary()
"""Functions over NumPy arrays."""
TENSORS: Final[Vocabulary[Tensor]] = Vocabulary()
"""The same functions over Tensors, differentiable."""

BORROWED, FRESH, INHERITED = range(3)
"""Whose buffer a gradient is: somebody else's, a new one, or the incoming gradient's."""

# What returns its first argument's buffer, whole, or a new one.
_PASSING: Final = frozenset(
    {"conj", "contiguous", "maybe_multiply", "permute", "reshape", "squeeze", "squeeze_dim", "squeeze_dims", "sum_to", "t"}
    | {"to_dtype", "transpose", "unsqueeze", "view"}
)  # fmt: skip
FRESH_FUNCTIONS: Final[set[str]] = {"zeros_like"}
"""What always returns a new buffer: rows that are no views, and helpers that say so."""


def helper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add a function to both vocabularies. Its first argument is the vocabulary it shall compute with."""
    for vocabulary in (ARRAYS, TENSORS):
        vocabulary[function.__name__] = partial(function, vocabulary)
    return function


def fresh(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `helper`, for a function whose result is always a new buffer, which a pass may add to in place."""
    FRESH_FUNCTIONS.add(function.__name__)
    return helper(function)


@dataclass(frozen=True, slots=True)
class Saved:
    """One thing a rule names and an op must therefore keep.

    Attributes:
        source: "argument" or "output".
        index: Which parameter or output.
        what: "value", "shape", "strides", "geometry" (shape, strides and offset) or "dtype".
        name: The name it goes by in the rule.
    """

    source: str
    index: int
    what: str
    name: str

    @property
    def attribute(self) -> str:
        """The name PyTorch shows it under on the node."""
        if self.what == "value":
            return f"_saved_{self.name}"
        ending = {"shape": "_sym_sizes", "strides": "_sym_strides", "geometry": "_geometry", "dtype": "_dtype"}[self.what]
        return f"_saved_{self.name.removesuffix('_' + self.what)}{ending}"


_ASPECTS: Final = ("shape", "strides", "geometry", "dtype")


INLINED: Final[dict[str, tuple[tuple[str, ...], ast.expr]]] = {}
"""Parameters and expression of those functions of rules that are expressions themselves."""


class _Inliner(ast.NodeTransformer):
    """Writes functions of rules that are expressions out."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not (isinstance(node.func, ast.Name) and node.func.id in INLINED):
            return node
        parameters, expression = INLINED[node.func.id]
        return _Substitution(dict(zip(parameters, node.args, strict=True))).visit(copy.deepcopy(expression))


class _Substitution(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copy.deepcopy(self.values.get(node.id, node))


_WITH_NUMBERS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "add_number",
    ast.Sub: "sub_number",
    ast.Mult: "mul_number",
    ast.Div: "div_number",
}


class _Overloads(ast.NodeTransformer):
    """Has an operation on a Tensor and a number use the overload C++ uses: in PyTorch derivatives are written in C++."""

    def __init__(self, schema: Schema) -> None:
        self.numbers = {p.name for p in schema.parameters if not (p.is_tensor or p.is_tensor_list)}

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = _WITH_NUMBERS.get(type(node.op))
        if name is None or not (self._is_number(node.left) or self._is_number(node.right)):
            return node
        return ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], [])

    def _is_number(self, node: ast.expr) -> bool:
        if isinstance(node, ast.UnaryOp):
            return self._is_number(node.operand)
        if isinstance(node, ast.Call):
            return isinstance(node.func, ast.Name) and node.func.id == "log_of"
        return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in self.numbers)


class _Reader(ast.NodeTransformer):
    """Finds out what an expression names, and drops `conj` where it does nothing."""

    def __init__(self, schema: Schema, needed: Sequence[bool], keep_conj: bool) -> None:
        self.needed = tuple(needed)
        self.parameters = {p.name: i for i, p in enumerate(schema.parameters)}
        self.outputs = {name: i for i, name in enumerate(schema.returns)} or {"result": 0}
        self.keep_conj = keep_conj
        self.saved: dict[str, Saved] = {}

    def _save(self, name: str, what: str) -> ast.expr:
        if name in self.outputs:
            source, index = "output", self.outputs[name]
        else:
            source, index = "argument", self.parameters[name]
        local = name if what == "value" else f"{name}_{what}"
        self.saved.setdefault(local, Saved(source, index, what, local))
        return ast.Name(local, ast.Load())

    def _known(self, name: str) -> bool:
        return name in self.parameters or name in self.outputs

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and self._known(node.value.id) and node.attr in _ASPECTS:
            return self._save(node.value.id, node.attr)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == "needed":
            return ast.Tuple([ast.Constant(wanted) for wanted in self.needed], ast.Load())
        return self._save(node.id, "value") if self._known(node.id) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name):
            if node.func.id == "conj" and not self.keep_conj:
                return self.visit(node.args[0])
            # A function may bear the name of a parameter.
            node.args = [self.visit(a) for a in node.args]
            node.keywords = [self.visit(k) for k in node.keywords]
            return node
        return self.generic_visit(node)


class _ConjDropper(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return node.args[0] if isinstance(node.func, ast.Name) and node.func.id == "conj" else node


class _Plainer(ast.NodeTransformer):
    """Writes a product as a product, whatever the code spares itself, and not what is needed."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.args = [a for a in node.args if not (isinstance(a, ast.Name) and a.id == "needed")]
        if isinstance(node.func, ast.Name) and node.func.id == "maybe_multiply":
            return ast.BinOp(node.args[0], ast.Mult(), node.args[1])
        return node


def inlined(text: str) -> ast.Expression:
    """A derivative with those of its functions that are expressions written out."""
    found: ast.Expression = _Inliner().visit(ast.parse(text, mode="eval"))
    return found


def shown(expression: str, complex_result: bool) -> str:
    """A derivative as the debugger shows it."""
    tree = inlined(expression)
    return ast.unparse(_Plainer().visit(tree if complex_result else _ConjDropper().visit(tree)))


def _ownership(expression: ast.expr) -> int:
    """Whose buffer the value of an expression is."""
    if isinstance(expression, ast.Name):
        return INHERITED if expression.id == "grad" else BORROWED
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name):
        if expression.func.id in _PASSING:
            return _ownership(expression.args[0])
        return FRESH if expression.func.id in FRESH_FUNCTIONS else BORROWED
    if isinstance(expression, ast.Subscript):
        return _ownership(expression.value)
    if isinstance(expression, ast.IfExp):
        branches = {_ownership(expression.body), _ownership(expression.orelse)}
        return BORROWED if BORROWED in branches else INHERITED if INHERITED in branches else FRESH
    if isinstance(expression, (ast.BinOp, ast.UnaryOp)):
        return FRESH
    return BORROWED


def inline(name: str, parameters: Sequence[str], text: str) -> Callable[..., Any]:
    """Have a function of rules be an expression, and read it as one.

    Returns:
        The function over arrays.
    """
    INLINED[name] = tuple(parameters), ast.parse(text, mode="eval").body
    source = f"lambda {', '.join(parameters)}: {text}"
    made: list[Callable[..., Any]] = []

    def compute(*values: Any) -> Any:
        if not made:
            # The vocabulary is complete only when something is computed.
            made.append(eval(compile(source, f"<engine rule {name}>", "eval"), dict(ARRAYS)))
        return made[0](*values)

    return compute


class Rule:
    """An op's derivative with respect to those of its arguments that need one.

    Attributes:
        saved: What must be kept, in the order the functions below take it after the gradient.
        ownership: For each gradient, BORROWED, FRESH or INHERITED.
        plan: (what it is, which argument or output) for each kept thing, as `saved.save` reads it.
        keeps_tensor: For each kept thing, whether it is a tensor, dropped as soon as the rule has run.
        releases: Whether there is any, so that the rule can run once only.
        stripped: (kept things) -> the same without the tensors; None where there is nothing else.
        only_tensors: Whether there is nothing else.
        many: Whether the op has several outputs, so that the functions take all their gradients.
        keep: (arguments, the one output's value) -> what a node keeps, where neither hooks nor versions matter.
        on_arrays: (grad or grads, node) -> one gradient per entry of next_functions, over the arrays the node keeps.
        on_large: (grad, node, own, last) -> the same for large arrays in fewer buffers: the gradient's if `own`, and if `last`,
            as what is kept will not be needed again, that of a kept output nobody else holds. None where that gains nothing.
        on_tensors: (grad or grads, *saved) -> the same over Tensors.
    """

    __slots__ = (
        "_name",
        "_parts",
        "_together",
        "keep",
        "keeps_tensor",
        "many",
        "on_arrays",
        "on_large",
        "on_tensors",
        "only_tensors",
        "ownership",
        "plan",
        "releases",
        "saved",
        "stripped",
    )

    def __init__(self, schema: Schema, saved: tuple[Saved, ...], parts: Sequence[_Part], together: Sequence[str]) -> None:
        self.saved = saved
        self.ownership = tuple([part.ownership for part in parts])
        if sum(part.text != "None" for part in parts) > 1:
            # The incoming buffer can become the property of one gradient only.
            self.ownership = tuple([BORROWED if o == INHERITED else o for o in self.ownership])
        self.plan = tuple([(_step(s, schema), s.index) for s in saved])
        self.keeps_tensor = tuple(
            [what in (TENSORS_OF, OUTPUT) or (what == ARGUMENT and schema.parameters[i].is_tensor) for what, i in self.plan]
        )
        self.releases = any(self.keeps_tensor)
        self.only_tensors = all(self.keeps_tensor)
        self.many = bool(schema.returns)
        self._name = schema.name
        self._parts = parts
        self._together = together

    def __getattr__(self, name: str) -> Any:
        # Written when first asked for: a program needs few of the functions of the rules it uses.
        given = "grads" if self.many else "grad"
        texts = [part.star + f"({part.text})" for part in self._parts]
        vocabulary: Vocabulary[Any] = ARRAYS
        if name == "on_arrays":
            lines = [f"def made({given}, node):", *_unpacking(self), *_returned(texts, self.many, self._together)]
        elif name == "on_tensors":
            arguments = ", ".join([given, *(s.name for s in self.saved)])
            texts = [part.star + f"({part.for_tensors})" for part in self._parts]
            lines = [f"def made({arguments}):", *_returned(texts, self.many, self._together)]
            vocabulary = TENSORS
        elif name == "keep":
            lines = ["def made(arguments, value):", *_returned([_kept(what, i) for what, i in self.plan], False)]
        elif name == "stripped":
            left = ["FREED" if dropped else f"kept[{place}]" for place, dropped in enumerate(self.keeps_tensor)]
            lines = ["def made(kept):", "    return None" if self.only_tensors else _returned(left, False)[0]]
        elif name == "on_large":
            fresh = [o == FRESH or part.text == "None" for o, part in zip(self.ownership, self._parts, strict=True)]
            plain = not (self.many or self._together or any(part.star for part in self._parts))
            results = {s.name: place for place, s in enumerate(self.saved) if s.source == "output" and s.what == "value"}
            texts = [part.text for part in self._parts]
            found = reusing(texts, fresh, list(results), FRESH_FUNCTIONS, _PASSING) if plain else None
            if found is None:
                self.on_large = None
                return None
            lines = ["def made(grad, node, own, last):", *_unpacking(self)]
            for result in found.results:
                item = f"kept[{results[result]}]"
                lines.append(
                    f"    own_{result} = last and {item}.__class__ is SavedResult and {item}.counter is None and alone({result})"
                )
            lines += _returned(found.texts, False)
        else:
            raise AttributeError(name)
        tree = ast.parse("\n".join(lines))
        # Python looks names up three times as fast in a plain dict as in a vocabulary.
        mentioned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        scope = {name: vocabulary[name] for name in mentioned if name in vocabulary}
        exec(compile(tree, f"<engine rule {self._name}>", "exec"), scope)
        setattr(self, name, scope["made"])
        return scope["made"]


@dataclass(frozen=True, slots=True)
class _Part:
    """One argument's derivative: its expression, "None" where it is not needed, and whose buffer its value is.

    Attributes:
        for_tensors: The expression as Tensors compute it.
    """

    text: str
    for_tensors: str
    ownership: int
    star: str = ""


ARGUMENT, TENSORS_OF, SHAPE, STRIDES, GEOMETRY, DTYPE, OUTPUT = range(7)
"""What a kept thing is: an argument, the tensors of a list, the shape, strides, geometry or dtype of an argument; an output."""


def _step(s: Saved, schema: Schema) -> int:
    if s.source == "output":
        return OUTPUT
    if s.what == "value":
        return TENSORS_OF if schema.parameters[s.index].is_tensor_list else ARGUMENT
    return {"shape": SHAPE, "strides": STRIDES, "geometry": GEOMETRY, "dtype": DTYPE}[s.what]


def compile_rule(schema: Schema, derivatives: Mapping[str, str], needed: Sequence[bool], keep_conj: bool) -> Rule:
    """Read an op's derivatives for one choice of arguments that need them.

    Args:
        schema: The op's signature.
        derivatives: Expressions by parameter, in the schema's order.
        needed: For each of them, whether it is wanted.
        keep_conj: Whether the result is complex.
    """
    reader = _Reader(schema, needed, keep_conj)
    overloads = _Overloads(schema)
    kinds = {p.name: p for p in schema.parameters}
    parts: list[_Part] = []
    together: dict[str, str] = {}
    for (name, text), wanted in zip(derivatives.items(), needed, strict=True):
        if wanted:
            expression = reader.visit(inlined(text).body)
            for_tensors = overloads.visit(reader.visit(ast.parse(text, mode="eval").body))
            star = "*" if kinds[name].is_tensor_list else ""
            whose = _ownership(expression)
            if isinstance(expression, ast.Subscript) and isinstance(expression.value, ast.Call):
                # Several gradients may be parts of what one call returns.
                call = together.setdefault(ast.unparse(expression.value), f"together_{len(together)}")
                expression.value = ast.Name(call, ast.Load())
                for_tensors = expression
            parts.append(_Part(ast.unparse(expression), ast.unparse(for_tensors), whose, star))
        else:
            parts.append(_Part("None", "None", BORROWED))
    # PyTorch looks at what it kept in this order, which decides what an error speaks of.
    saved = tuple(sorted(reader.saved.values(), key=lambda s: (s.source, s.name)))
    return Rule(schema, saved, parts, [f"    {name} = {call}" for call, name in together.items()])


def _returned(items: Sequence[str], many: bool, before: Sequence[str] = ()) -> list[str]:
    return [*(["    grad = grads[0]"] if many else []), *before, f"    return ({''.join([item + ', ' for item in items])})"]


def _kept(what: int, index: int) -> str:
    """The expression for one kept thing."""
    if what == OUTPUT:
        return "SavedResult(value, None, 0)"
    if what == ARGUMENT:
        return f"arguments[{index}]"
    if what == TENSORS_OF:
        return f"TensorList(arguments[{index}])"
    general = f"aspect(arguments[{index}], {what})"
    quick = {SHAPE: "arguments[{0}]._value.shape", STRIDES: "strides_of(arguments[{0}]._value)"}.get(what)
    return general if quick is None else f"{quick.format(index)} if arguments[{index}].__class__ is Tensor else {general}"


def _unpacking(rule: Rule) -> list[str]:
    """The lines that turn what a node keeps into arrays: at once where nothing can have been written, else with a check."""
    if not rule.saved:
        return []
    lines = [
        "    kept = node._saved",
        "    if kept is None:",
        "        raise freed()",
        f"    ({', '.join(s.name for s in rule.saved)},) = kept",
    ]
    for place, (s, (what, _), keeps_tensor) in enumerate(zip(rule.saved, rule.plan, rule.keeps_tensor, strict=True)):
        if what == OUTPUT:
            test, value = f"{s.name}.__class__ is SavedResult and {s.name}.counter is None", f"{s.name}.value"
        elif what == ARGUMENT and keeps_tensor:
            untouched = f"({s.name}._counter is None or untouched(node, {place}, {s.name}._counter))"
            test, value = f"{s.name}.__class__ is Tensor and {untouched}", f"{s.name}._value"
        elif keeps_tensor:
            test, value = "False", "None"
        else:
            continue
        lines.append(f"    {s.name} = {value} if {test} else unpacked(node, {place}, {s.name})")
    return lines


ARRAYS.update(HELPERS)
