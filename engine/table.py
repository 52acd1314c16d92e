"""The table of ops: a row says how an op is called, computed, differentiated and explained.

    mul = op(
        "mul(Tensor self, Tensor other)",
        operator.mul,
        "self * other",
        promote=arithmetic,
        self="grad * conj(other)",
        other="grad * conj(self)",
    )

From a row follow the function and the methods users call, the node that is recorded, what it saves, and the formulas shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from .dtypes import of_numpy, read
from .graph import OpNode
from .promotion import Promotion
from .rules import ARRAYS, FRESH_FUNCTIONS, Rule, compile_rule, shown
from .schema import Schema, parse

__all__ = ["TABLE", "Op"]


_REAL_ONLY: Final = frozenset(["select_scatter", "slice_scatter"])
"""What PyTorch does not differentiate for complex numbers."""


class Op:
    """One row.

    Attributes:
        schema: How it is called.
        forward: Computes the outputs from plain arrays and values, in the schema's order. It returns fresh memory, unless the
            op is a view.
        formula: The forward in words.
        derivatives: Expressions by parameter, see `rules`.
        promote: How the operands (the tensors and the positional Scalars) are brought to one dtype; None if they are taken as
            they are.
        is_view: Whether the outputs share the first argument's memory.
        numbers: Whether a Python number may stand where a tensor is expected.
        keeps_layout: Whether the output lies in memory as the first operand does; else it lies row by row.
        constant_outputs: The numbers of the outputs no gradient flows through, although they hold floats.
        into: A ufunc that computes the same straight into `out=`, if there is one.
        node_name: The class name of its nodes.
        refused: The NumPy dtypes it is not implemented for; None if it takes any.
        kernel: What PyTorch's error calls it for such a dtype.
        out_error: What is said of an `out=` of another dtype than the result's (see `outputs`); empty if it may have any.
    """

    __slots__ = (
        "_attributes",
        "_rules",
        "constant_outputs",
        "convert",
        "derivatives",
        "differentiable",
        "formula",
        "forward",
        "into",
        "is_view",
        "keeps_layout",
        "kernel",
        "lists",
        "many",
        "missing",
        "name",
        "node_class",
        "node_name",
        "numbers",
        "operands",
        "out_error",
        "promote",
        "refused",
        "schema",
        "tensors",
    )

    def __init__(
        self,
        schema: Schema,
        forward: Callable[..., Any],
        formula: str,
        derivatives: dict[str, str],
        promote: Promotion | None,
        is_view: bool,
        numbers: bool,
        into: Any,
        node_name: str | None,
        keeps_layout: bool,
        constant_outputs: tuple[int, ...],
        takes: str | None,
        kernel: str | None,
        out: str | None,
    ) -> None:
        self.schema = schema
        self.name = schema.base
        self.forward = forward
        self.formula = formula
        places = {p.name: i for i, p in enumerate(schema.parameters)}
        self.derivatives = {p.name: derivatives[p.name] for p in schema.parameters if p.name in derivatives}
        if unknown := derivatives.keys() - places.keys():
            raise ValueError(f"{schema.name} has no parameter {', '.join(sorted(unknown))}")
        self.promote = promote
        self.is_view = is_view
        self.numbers = numbers
        self.into = into
        self.constant_outputs = constant_outputs
        self.keeps_layout = keeps_layout or promote is not None or len(schema.parameters) == 1
        self.node_name = node_name or _camel(schema.base) + "Backward0"
        self.refused = None if takes is None else frozenset(d for c, kinds in KINDS.items() if c not in takes for d in kinds)
        self.kernel = kernel or schema.base + "_cpu"
        self.out_error = out if out is not None else "" if promote is not None else OUT_EXPECTED
        self.tensors = tuple(i for i, p in enumerate(schema.parameters) if p.is_tensor)
        self.operands = tuple(
            i for i, p in enumerate(schema.parameters) if p.is_tensor or (p.type.rstrip("?") == "Scalar" and not p.keyword_only)
        )
        self.lists = tuple(i for i, p in enumerate(schema.parameters) if p.is_tensor_list)
        self.convert = tuple((i, CONVERSIONS[key]) for i, p in enumerate(schema.parameters) if (key := _conversion(p.type)))
        self.differentiable = tuple(places[name] for name in self.derivatives)
        self.many = bool(schema.returns)
        self.missing = False
        self._rules: dict[int, Rule] = {}
        self._attributes: tuple[frozenset[str], frozenset[str]] | None = None

    def check_dtype(self, values: list[Any]) -> None:
        """See that the op is implemented for its operands.

        Raises:
            NotImplementedError: It is not, as it is not in PyTorch.
        """
        assert self.refused is not None
        for i in self.tensors:
            kind = getattr(values[i], "dtype", None)
            if kind is not None:
                if kind in self.refused:
                    raise NotImplementedError(f"\"{self.kernel}\" not implemented for '{of_numpy(kind)._legacy}'")
                return

    def rule(self, needed: int, is_complex: bool) -> Rule:
        """The derivative for those of the differentiable arguments that need one: bit i of `needed` stands for the i-th."""
        key = needed << 1 | is_complex
        found = self._rules.get(key)
        if found is None:
            if is_complex and self.name in _REAL_ONLY:
                raise RuntimeError(f"{self.name} does not support automatic differentiation for outputs with complex dtype.")
            wanted = [bool(needed >> i & 1) for i in range(len(self.derivatives))]
            found = self._rules[key] = compile_rule(self.schema, self.derivatives, wanted, is_complex)
        return found

    def __getattr__(self, name: str) -> Any:
        # Made when first asked for, most rows being never used by a program.
        if name == "node_class":
            self.node_class = self._make_node_class()
            return self.node_class
        raise AttributeError(name)

    def _make_node_class(self) -> type[OpNode]:
        """The class of the op's nodes."""
        body: dict[str, Any] = {
            "__slots__": (),
            "_op": self,
            "_short": not (self.many or self.lists),
            "__module__": "torch.autograd",
        }
        if self.node_name in ("NotImplemented", "CopyBackwards", "Identity"):
            body["_qualified"] = f"torch::autograd::{self.node_name}"
        return type(self.node_name, (OpNode,), body)

    def saved_attributes(self, tensors: bool = False) -> frozenset[str]:
        """Every `_saved_...` attribute the op's nodes can have, or those that are tensors."""
        if self._attributes is None:
            rule = self.rule((1 << len(self.derivatives)) - 1, True)
            names = [s.attribute for s in rule.saved if s.what != "geometry"]
            kept = [s.attribute for s, keeps in zip(rule.saved, rule.keeps_tensor, strict=True) if keeps]
            self._attributes = frozenset(names), frozenset(kept)
        return self._attributes[tensors]

    def formulas(self, rule: Rule) -> tuple[tuple[str, str], ...]:
        """The derivatives in words, as a rule computes them."""
        is_complex = any(key & 1 for key, known in self._rules.items() if known is rule)
        return tuple((name, shown(text, is_complex)) for name, text in self.derivatives.items())


KINDS: Final[dict[str, tuple[np.dtype[Any], ...]]] = {
    "b": (np.dtype(np.bool_),),
    "i": tuple(map(np.dtype, (np.uint8, np.int8, np.int16, np.int32, np.int64))),
    "h": (np.dtype(np.float16),),
    "f": (np.dtype(np.float32), np.dtype(np.float64)),
    "c": (np.dtype(np.complex64), np.dtype(np.complex128)),
}
"""The letters a row's `takes` is made of."""

OUT_EXPECTED: Final = "Expected out tensor to have dtype {result_c}, but got {out_c} instead"
OUT_FOUND: Final = "Found dtype {out} but expected {result}"
OUT_SCALAR_TYPE: Final = "expected scalar_type {result} but found {out}"
"""What PyTorch says of the dtype of an `out=`."""

TABLE: Final[dict[str, Op]] = {}
"""Every row by its full name."""


def _camel(name: str) -> str:
    """CamelCase as PyTorch's node names have it: `_log_softmax` is LogSoftmax."""
    return "".join(part.title() for part in name.split("_"))


def _conversion(kind: str) -> str | None:
    if kind in CONVERSIONS:
        return kind
    bare = re.sub(r"\[\d*\]", "[1]", kind.rstrip("?"))
    return bare if bare in CONVERSIONS else None


def _number(value: Any) -> Any:
    """A Scalar argument: a number, or a 0-d tensor read as one."""
    if value is None or isinstance(value, (bool, int, float, complex)):
        return value
    item = getattr(value, "item", None)
    if item is None or getattr(value, "ndim", False):
        raise TypeError
    return item()


def _index(value: Any) -> Any:
    """An int argument."""
    if value is None or value.__class__ is int:
        return value
    if not hasattr(value, "__index__") or isinstance(value, bool):
        raise TypeError
    return value.__index__()


def _float(value: Any) -> Any:
    """A float argument."""
    if value is None or value.__class__ is float:
        return value
    value = _number(value)
    if isinstance(value, complex):
        raise TypeError
    return value


def _flag(value: Any) -> Any:
    """A bool argument."""
    if value is not None and value.__class__ is not bool:
        raise TypeError
    return value


def _dtype(value: Any) -> Any:
    """A ScalarType argument."""
    return None if value is None else read(value)


def _indices(value: Any) -> Any:
    """An int[] argument."""
    if value.__class__ is tuple and all(n.__class__ is int for n in value):
        return value
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return tuple([_index(n) for n in value])


def _some(value: Any) -> Any:
    """An int[1] or int[]? argument; a single int stands for a list of one."""
    if value is None:
        return None
    return _indices(value) if isinstance(value, (list, tuple)) else (_index(value),)


CONVERSIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "Scalar": _number,
    "ScalarType": _dtype,
    "float": _float,
    "bool": _flag,
    "int": _index,
    "int[]": _indices,
    "int[1]": _some,
}


def _takes_numbers(schema: Schema, promote: Promotion | None) -> bool:
    """Whether numbers may stand for tensors: in arithmetic on two operands."""
    return promote is not None and sum(p.is_tensor for p in schema.parameters) > 1


def add_row(
    signature: str,
    forward: Callable[..., Any],
    formula: str,
    *,
    promote: Promotion | None = None,
    view: bool = False,
    numbers: bool | None = None,
    into: Any = None,
    node: str | None = None,
    keeps_layout: bool = False,
    constant_outputs: tuple[int, ...] = (),
    takes: str | None = None,
    kernel: str | None = None,
    out: str | None = None,
    derivatives: dict[str, str],
) -> Op:
    """Add a row; the forward joins the vocabulary of rules.

    Raises:
        ValueError: The row is malformed, or there is one of its name.
    """
    schema = parse(signature)
    if schema.name in TABLE:
        raise ValueError(f"two rows are named {schema.name}")
    row = Op(
        schema,
        forward,
        formula,
        derivatives,
        promote,
        view,
        _takes_numbers(schema, promote) if numbers is None else numbers,
        into,
        node,
        keeps_layout,
        constant_outputs,
        takes,
        kernel,
        out,
    )
    TABLE[schema.name] = row
    name = schema.name.replace(".", "_")
    ARRAYS.setdefault(name, forward)
    if not view:
        FRESH_FUNCTIONS.add(name)
    return row
