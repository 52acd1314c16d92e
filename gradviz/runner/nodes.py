"""What the recorder reads off a node of the engine: slots, formulas, saved tensors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from engine.function import BackwardFunction
from engine.graph import AccumulateGrad, Node, OpNode
from engine.observe import OpCall
from engine.rules import Rule
from engine.saved import SavedResult, TensorList
from engine.table import TABLE
from engine.tensor import Tensor
from gradviz.recording import Cut

_GATES: Final = {"detach": Cut.DETACH, "detach_": Cut.DETACH, "data": Cut.DATA}

Argument = tuple[str, Any, bool]
"""(parameter, value, whether the op has a derivative for it)"""


def node_name(node: Node) -> str:
    """A node's class name, "MulBackward0", as `repr(grad_fn)` shows it."""
    return type(node).__name__


def op_name(node: Node) -> str:
    """The name of the op that makes nodes of this kind: "as_strided" for AsStridedBackward0."""
    row = getattr(type(node), "_op", None)
    return str(row.name) if row is not None else re.sub(r"Backward\d*$", "", node_name(node))


def gate(name: str) -> Cut:
    """Why gradients never pass an op of this name; Cut.NONE for one that they may pass."""
    return _GATES.get(name, Cut.NONE)


def arguments(call: OpCall) -> list[Argument]:
    """The arguments of a call worth showing: tensors, lists of tensors one by one, what is no default, what a formula names."""
    row = type(call.node)._op if isinstance(call.node, OpNode) else TABLE.get(call.name)
    derivatives = None if row is None else row.derivatives
    defaults = {} if row is None else {p.name: p.default for p in row.schema.parameters}
    formulas = call.formula if row is None else " ".join((call.formula, *row.derivatives.values()))
    found: list[Argument] = []
    for name, value in call.arguments:
        differentiable = name != "index" if derivatives is None else name in derivatives
        if isinstance(value, Tensor):
            found.append((name, value, differentiable))
        elif isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
            found.extend((f"{name}[{index}]", item, differentiable) for index, item in enumerate(value))
        elif value is None or (name in defaults and _same(value, defaults[name]) and not names(formulas, name)):
            if differentiable and derivatives is not None:
                found.append((name, None, True))  # it has a slot, though nothing to show
        else:
            found.append((name, value, differentiable))
    return found


@lru_cache(maxsize=4096)
def names(formula: str, parameter: str) -> bool:
    """Whether a formula names a parameter."""
    return re.search(rf"\b{re.escape(parameter)}\b", formula) is not None


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def formulas(node: Node) -> Mapping[str, str]:
    """The derivatives in words, by parameter; "*" stands for all."""
    if not isinstance(node, OpNode):
        return dict(node.formulas)
    # Rules live as long as the table of ops, and their text costs more to make than the op to run.
    rule = node._rule
    found = _formulas.get(id(rule))
    if found is None:
        found = _formulas[id(rule)] = (rule, dict(node.formulas))
    return found[1]


_formulas: dict[int, tuple[Rule, Mapping[str, str]]] = {}


def slots(node: Node | None, found: list[Argument]) -> list[int]:
    """By argument, its index in the node's next_functions, -1 where it has none."""
    if node is None:
        return [-1] * len(found)
    numbers: list[int] = []
    used = 0
    tensors_only = not isinstance(node, OpNode)
    for _, value, differentiable in found:
        if differentiable and (not tensors_only or isinstance(value, Tensor)):
            numbers.append(used)
            used += 1
        else:
            numbers.append(-1)
    count = len(node.next_functions)
    return [number if number < count and node.next_functions[number][0] is not None else -1 for number in numbers]


def saved(node: Node) -> Iterator[tuple[str, Tensor | None, int, Any, int]]:
    """The tensors a node keeps: (name, the tensor or None for an output, which output, its array, version when saved)."""
    if isinstance(node, BackwardFunction):
        for index, item in enumerate(node._saved or ()):
            version = node._versions[index] if node._versions is not None else 0
            if isinstance(item, Tensor):
                yield f"saved_tensors[{index}]", item, -1, item._value, version
            elif isinstance(item, SavedResult):
                yield f"saved_tensors[{index}]", None, item.output_nr, item.value, version
    if not isinstance(node, OpNode) or node._saved is None:
        return
    versions = node._versions or (0,) * len(node._saved)
    for entry, item, version in zip(node._rule.saved, node._saved, versions, strict=True):
        if entry.what != "value":
            continue
        if isinstance(item, Tensor):
            yield entry.name, item, -1, item._value, version
        elif isinstance(item, SavedResult):
            yield entry.name, None, item.output_nr, item.value, version
        elif isinstance(item, TensorList):
            for index, tensor in enumerate(item):
                if tensor is not None:
                    yield f"{entry.name}[{index}]", tensor, -1, tensor._value, version


def leaf_of(node: Node) -> Tensor | None:
    """The tensor whose `.grad` a node adds to; None for a node of another kind."""
    return node.variable if isinstance(node, AccumulateGrad) else None
