"""What a watch may say and what it comes to at the cursor: a tensor's name, attributes, indices and a few reductions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication

from gradviz.recording import Recording, State, Tensor, Value
from gradviz.recording.text import number_text, value_text
from gradviz.recording.values import summarise


class WatchError(Exception):
    """A watch cannot be read, or has no answer at this event; the text says why."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("watch", text)


@dataclass(frozen=True, slots=True)
class _TensorAt:
    """A tensor at the cursor."""

    tensor: Tensor
    state: State


_REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "sum": np.sum,
    "mean": np.mean,
    "min": np.min,
    "max": np.max,
    "norm": lambda a: np.linalg.norm(np.asarray(a).reshape(-1)),
    "std": lambda a: np.std(a, ddof=1),
    "abs": np.abs,
    "numel": np.size,
    "item": lambda a: np.asarray(a).item(),
}


def tensor_named(recording: Recording, name: str, event: int) -> int | None:
    """The tensor a name stands for at an event: the last one the script gave it to by then."""
    table = recording.tables["names"]
    numbers = [i for i, string in enumerate(recording.strings) if string == name]
    given = np.flatnonzero(np.isin(table["name"], numbers) & (table["event"] <= event))
    if not len(given):
        return None
    return int(table["tensor"][given[np.argmax(table["event"][given])]])


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else None
    return None


def _array(value: Any) -> Any:
    if isinstance(value, _TensorAt):
        value = _attribute(value, "data")
    if isinstance(value, Value):
        if value.array is None:
            raise WatchError(_tr("kept as statistics only: {0}").format(value_text(value)))
        return value.array
    return value


def _attribute(base: Any, name: str) -> Any:
    if isinstance(base, _TensorAt):
        tensor, state, recording = base.tensor, base.state, base.state.recording
        if name == "grad":
            row = int(state.grads[tensor.number])
            return None if row < 0 else recording.value(row)
        if name == "data":
            row = int(state.values[tensor.number])
            if row < 0:
                raise WatchError(_tr("not made yet"))
            return recording.value(row)
        if name == "grad_fn":
            return (recording.ops[tensor.op].node or None) if tensor.op >= 0 else None
        plain = {
            "requires_grad": bool(state.requires_grad[tensor.number]),
            "is_leaf": tensor.is_leaf,
            "retains_grad": bool(state.retains_grad[tensor.number]),
            "_version": state.version(tensor.number),
        }
        if name in plain:
            return plain[name]
    if isinstance(base, _TensorAt | Value | np.ndarray | np.generic):
        seen = base.tensor if isinstance(base, _TensorAt) else base
        if name == "shape":
            return tuple(seen.shape)
        if name == "dtype":
            return f"torch.{seen.dtype}"
        if name == "ndim":
            return len(seen.shape)
        if name == "T":
            return _array(base).T
    if base is None:
        raise WatchError(_tr("None has no {0}").format(name))
    raise WatchError(_tr("a watch does not know .{0}").format(name))


def _index(node: ast.expr) -> Any:
    if isinstance(node, ast.Tuple):
        return tuple(_index(element) for element in node.elts)
    if isinstance(node, ast.Slice):
        parts = (node.lower, node.upper, node.step)
        return slice(*(None if part is None else _index(part) for part in parts))
    try:
        index = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError):
        index = ""
    if index is None or index is Ellipsis or isinstance(index, int):
        return index
    raise WatchError(_tr("an index in a watch is made of whole numbers and slices"))


def _evaluate(node: ast.expr, state: State) -> Any:
    dotted = _dotted(node)
    if dotted is not None:
        number = tensor_named(state.recording, dotted, state.event)
        if number is not None:
            return _TensorAt(state.recording.tensor(number), state)
    if isinstance(node, ast.Name):
        known = node.id in state.recording.names
        raise WatchError(_tr("{0} is not set yet").format(node.id) if known else _tr("no tensor is called {0}").format(node.id))
    if isinstance(node, ast.Attribute):
        return _attribute(_evaluate(node.value, state), node.attr)
    if isinstance(node, ast.Subscript):
        base = _array(_evaluate(node.value, state))
        if base is None:
            raise WatchError(_tr("None cannot be indexed"))
        try:
            return base[_index(node.slice)]
        except (IndexError, TypeError, ValueError) as error:
            raise WatchError(str(error)) from None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        reduce = _REDUCTIONS.get(node.func.attr)
        if reduce is None:
            raise WatchError(_tr("a watch does not know .{0}()").format(node.func.attr))
        base = _array(_evaluate(node.func.value, state))
        if base is None:
            raise WatchError(_tr("None has no {0}").format(node.func.attr))
        try:
            with np.errstate(all="ignore"):
                return reduce(base)
        except (ValueError, TypeError) as error:
            raise WatchError(str(error)) from None
    raise WatchError(_tr("a watch is a tensor's name with attributes, an index or a reduction: x.grad[0], y.norm()"))


def parse_watch(text: str) -> ast.expr:
    """The watch's expression. Raises WatchError where it is not one."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise WatchError(_tr("this is not an expression")) from None


def watch_text(text: str, state: State) -> str:
    """What a watch comes to at the state's event, in one line.

    Raises:
        WatchError: It cannot be read, or has no answer at this event.
    """
    try:
        found = _evaluate(parse_watch(text), state)
    except RecursionError:
        raise WatchError(_tr("this is not an expression")) from None
    if isinstance(found, _TensorAt):
        found = _attribute(found, "data")
    if isinstance(found, np.ndarray) and found.ndim:
        found = Value(found.shape, found.dtype.name, found, summarise(found))
    if isinstance(found, Value):
        return value_text(found)
    if isinstance(found, np.ndarray | np.generic):
        found = found.item()
    if isinstance(found, float | complex) and not isinstance(found, bool):
        return number_text(found, 6)
    return str(found)
