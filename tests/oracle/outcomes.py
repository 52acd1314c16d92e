"""What comes of a call on either side (values, layouts, graph, derivatives, warnings, errors), and how two outcomes differ."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from .specs import Builder, Memory, array_of, memory_of, tensor_over, words

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_TRIGGERED = re.compile(r"\s*\(Triggered internally at [^)]*\)")
_STACK = re.compile(r"\nException raised from .*", re.S)
_MODULE = re.compile(r"\bengine\.")
_FRAME = re.compile(r"<class '(?:engine|torch)[\w.]*\.(\w+)'>")

MOST_NODES = 60
"""Graphs are compared down to this many nodes."""


@dataclass
class Case:
    """A call to try.

    Attributes:
        name: The op's name, as the user says it.
        call: Where to find it: "torch.add", "torch.Tensor.add_".
        args: Described positional arguments.
        kwargs: Described keyword arguments.
        memories: The memory of its tensors.
        form: "function", "in place", "out", "out resized", "out dtype", "out strided", "error".
        dtype: The dtype's name, for the report.
        function: The call on both sides, if it has no public name.
        process: What the derivatives are taken of, given the result, on both sides.
        layout: How its tensors are laid out, in a word.
        check_graph: Whether derivatives and graph are compared.
        precise: Whether numbers are compared at all (not of memory nobody wrote).
    """

    name: str
    call: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    memories: list[Memory]
    form: str = "function"
    dtype: str = ""
    function: dict[str, Callable[..., Any]] | None = None
    process: dict[str, Callable[..., Any]] | None = None
    layout: str = "as given"
    check_graph: bool = True
    precise: bool = True

    def __str__(self) -> str:
        parts = [words(a, self.memories) for a in self.args]
        parts += [f"{k}={words(v, self.memories)}" for k, v in self.kwargs.items()]
        form = "" if self.form == "function" else f" [{self.form}]"
        return f"{self.call.removeprefix('torch.')}({', '.join(parts)}){form}"


@dataclass
class Outcome:
    """What came of a case.

    Attributes:
        error: [type, text], if the call failed.
        warnings: [category, text] each.
        outputs: Each tensor's facts and numbers, and what else was returned.
        graph: The names along next_functions, one text for each output.
        grads: The leaves' gradients.
        grads_recorded: The same, of a backward pass that was itself recorded.
        second: Gradients of those gradients.
        grad_error: [type, text] of what failed in the derivatives.
        written: What in-place and `out=` forms left in the tensors they were given.
        written_graph: Their graphs.
    """

    error: list[str] | None = None
    warnings: list[list[str]] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    graph: list[str] = field(default_factory=list)
    grads: list[Any] = field(default_factory=list)
    grads_recorded: list[Any] = field(default_factory=list)
    second: list[Any] = field(default_factory=list)
    grad_error: list[str] | None = None
    written: list[Any] = field(default_factory=list)
    written_graph: list[str] = field(default_factory=list)


def masked(text: str) -> str:
    """A text without addresses, and without where in whose sources it was raised."""
    text = _TRIGGERED.sub("", _ADDRESS.sub("0x", _STACK.sub("", text)))
    return _FRAME.sub(r"<class '\1'>", _MODULE.sub("torch.", text)).strip()


def error_of(error: BaseException) -> list[str]:
    """An error's type and text."""
    return [type(error).__name__, masked(str(error))]


def dtype_name(tensor: Any) -> str:
    """The name of a tensor's dtype."""
    return str(tensor.dtype).removeprefix("torch.")


def facts(tensor: Any) -> dict[str, Any]:
    """All that is compared of one tensor."""
    return {
        "dtype": dtype_name(tensor),
        "shape": list(tensor.shape),
        "strides": list(tensor.stride()) if tensor.numel() else None,
        "requires_grad": bool(tensor.requires_grad),
        "view": bool(tensor._is_view()),
        "value": array_of(tensor),
    }


def encoded(value: Any, torch: ModuleType) -> Any:
    """A returned value: tensors as their facts, sequences as lists of them, anything else as its text."""
    if isinstance(value, torch.Tensor):
        return facts(value)
    if isinstance(value, tuple) and not isinstance(value, torch.Size):
        kind = type(value).__name__
        return {kind: [encoded(v, torch) for v in value]}
    if isinstance(value, list):
        return {"list": [encoded(v, torch) for v in value]}
    if isinstance(value, dict):
        return {"dict": [[str(k), encoded(v, torch)] for k, v in value.items()]}
    if isinstance(value, (float, complex)):
        return {"number": np.asarray(value)}
    return masked(repr(value))


def tensors_of(value: Any, torch: ModuleType) -> list[Any]:
    """The tensors in a returned value."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in tensors_of(v, torch)]
    return []


def graph_of(node: Any) -> str:
    """The names along next_functions, each node written out once: `MulBackward0(#1=AccumulateGrad, #1)`."""
    numbers: dict[Any, int] = {}
    used: set[int] = set()
    count = 0

    def mark(node: Any) -> None:
        stack = [node]
        while stack and len(numbers) < MOST_NODES:
            found = stack.pop()
            if found is None:
                continue
            if found in numbers:
                used.add(numbers[found])
                continue
            numbers[found] = len(numbers)
            stack.extend(reversed([edge[0] for edge in found.next_functions]))

    def write(node: Any) -> str:
        nonlocal count
        if node is None:
            return "-"
        count += 1
        if count > MOST_NODES or node not in numbers:
            return "…"
        number = numbers[node]
        if number in written:
            return f"#{number}"
        written.add(number)
        label = f"#{number}=" if number in used else ""
        edges = [(write(n), place) for n, place in node.next_functions]
        inner = ", ".join(text if not place else f"{text}[{place}]" for text, place in edges)
        return label + node.name().removeprefix("torch::autograd::") + (f"({inner})" if edges else "")

    written: set[int] = set()
    mark(node)
    return write(node)


@contextlib.contextmanager
def observed(outcome: Outcome) -> Iterator[None]:
    """Collect warnings and keep the screen quiet."""
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        yield
    outcome.warnings = [[w.category.__name__, masked(str(w.message))] for w in caught]


def cotangent(torch: ModuleType, tensor: Any, shift: float) -> Any:
    """A fixed tensor to weigh an output with."""
    count = int(np.prod(tensor.shape, dtype=np.int64))
    angle = np.arange(count) * 0.7 + shift
    numbers: Any = np.cos(angle)
    if dtype_name(tensor).startswith("complex"):
        numbers = numbers + 1j * np.sin(angle)
    flat = memory_of(torch, numbers.astype(dtype_name(tensor)))
    dense, step = [], 1
    for n in reversed(tuple(tensor.shape)):
        dense.append(step)
        step *= max(n, 1)
    return tensor_over(torch, flat, tuple(tensor.shape), tuple(reversed(dense)), 0)


def resolve(torch: ModuleType, case: Case) -> Callable[..., Any]:
    """What a case calls, on one side.

    Raises:
        AttributeError: There is no such name.
    """
    if case.function is not None:
        return case.function[torch.__name__]
    found: Any = torch
    for part in case.call.split(".")[1:]:
        found = getattr(found, part)
    return found


def differentiable(tensors: Sequence[Any]) -> list[Any]:
    """The tensors that have a history."""
    return [t for t in tensors if t.requires_grad]


def _prepared(case: Case, torch: ModuleType) -> tuple[Builder, list[Any], dict[str, Any]]:
    builder = Builder(torch, case.memories)
    args, kwargs = builder.build(list(case.args)), builder.build(case.kwargs)
    torch.manual_seed(7)
    return builder, args, kwargs


def run(case: Case, torch: ModuleType) -> Outcome:
    """Try a case on one side."""
    outcome = Outcome()
    with observed(outcome):
        try:
            {"in place": _run_in_place, "function": _run_plain, "error": _run_plain}.get(case.form, _run_out)(
                case, torch, outcome
            )
        except Exception as error:
            # Of looking at what came of it: a tensor that cannot tell its own strides, say.
            outcome.error = ["unusable result", *error_of(error)]
    return outcome


def _processed(case: Case, torch: ModuleType, result: Any) -> list[Any]:
    process = None if case.process is None else case.process[torch.__name__]
    return tensors_of(result if process is None else process(result), torch)


def _run_plain(case: Case, torch: ModuleType, outcome: Outcome) -> None:
    builder, args, kwargs = _prepared(case, torch)
    try:
        function = resolve(torch, case)
        result = function(*args, **kwargs)
        compared = result if case.process is None else case.process[torch.__name__](result)
    except Exception as error:
        outcome.error = error_of(error)
        return
    outcome.outputs = [encoded(compared, torch)]
    if case.check_graph:
        outcome.graph = [graph_of(t.grad_fn) for t in tensors_of(result, torch) if t.requires_grad]
        _derivatives(case, torch, outcome, builder, tensors_of(compared, torch), function)


def _derivatives(
    case: Case, torch: ModuleType, outcome: Outcome, builder: Builder, tensors: list[Any], function: Callable[..., Any]
) -> None:
    outputs = differentiable(tensors)
    if not outputs:
        return
    try:
        leaves = builder.leaves()
        given = [cotangent(torch, t, 1.0) for t in outputs]
        grads = torch.autograd.grad(outputs, leaves, given, allow_unused=True)
        outcome.grads = [None if g is None else facts(g) for g in grads]
        # Once more, recorded: the rules then run on tensors, and can be differentiated again.
        builder, args, kwargs = _prepared(case, torch)
        outputs = differentiable(_processed(case, torch, function(*args, **kwargs)))
        leaves = builder.leaves()
        grads = torch.autograd.grad(outputs, leaves, given, create_graph=True, allow_unused=True)
        outcome.grads_recorded = [None if g is None else facts(g) for g in grads]
        again = [g for g in grads if g is not None and g.requires_grad]
        if again:
            found = torch.autograd.grad(again, leaves, [cotangent(torch, g, 2.0) for g in again], allow_unused=True)
            outcome.second = [None if g is None else facts(g) for g in found]
    except Exception as error:
        outcome.grad_error = error_of(error)


def _run_in_place(case: Case, torch: ModuleType, outcome: Outcome) -> None:
    builder, args, kwargs = _prepared(case, torch)
    target = args[0]
    leaf = target.requires_grad
    try:
        function = resolve(torch, case)
        args[0] = target = target.clone() if leaf else target
        before = target._version
        torch.manual_seed(7)
        result = function(*args, **kwargs)
    except Exception as error:
        outcome.error = error_of(error)
        outcome.written = [facts(target)]
        return
    outcome.outputs = [["returned itself", result is target], ["written", target._version - before]]
    outcome.written = [facts(target)]
    if target.requires_grad:
        outcome.written_graph = [graph_of(target.grad_fn)]
        leaves = builder.leaves()
        try:
            grads = torch.autograd.grad([target], leaves, [cotangent(torch, target, 1.0)], allow_unused=True)
            outcome.grads = [None if g is None else facts(g) for g in grads]
        except Exception as error:
            outcome.grad_error = error_of(error)


def _out_like(torch: ModuleType, form: str, tensor: Any) -> Any:
    """A tensor to give as `out=` where `tensor` would be returned."""
    shape = tuple(tensor.shape)
    if form == "out resized":
        return torch.zeros((*shape, 2), dtype=tensor.dtype)
    if form == "out dtype":
        real = dtype_name(tensor).startswith(("float", "complex"))
        return torch.zeros(shape, dtype=torch.int32 if real else torch.float64)
    if form == "out strided":
        wider = torch.zeros((*reversed(shape), 2), dtype=tensor.dtype)
        return wider[..., 0].permute(tuple(reversed(range(len(shape))))) if shape else wider[0]
    return torch.zeros(shape, dtype=tensor.dtype)


def _run_out(case: Case, torch: ModuleType, outcome: Outcome) -> None:
    _, args, kwargs = _prepared(case, torch)
    try:
        function = resolve(torch, case)
        plain = function(*args, **kwargs)
        targets = [_out_like(torch, case.form, t) for t in tensors_of(plain, torch)]
        torch.manual_seed(7)
        out = targets[0] if isinstance(plain, torch.Tensor) else tuple(targets)
        result = function(*args, **kwargs, out=out)
    except Exception as error:
        outcome.error = error_of(error)
        return
    returned = tensors_of(result, torch)
    outcome.outputs = [["returned itself", [r is t for r, t in zip(returned, targets, strict=True)]]]
    outcome.written = [facts(t) for t in targets]


_RUNNERS = {"function": _run_plain, "error": _run_plain, "in place": _run_in_place}


# -- comparing


@dataclass(frozen=True)
class Difference:
    """One way in which two outcomes differ.

    Attributes:
        kind: "missing", "value", "dtype", "shape", "strides", "idle strides" (of
            dimensions of one element, which no step is ever taken along), "view", "requires_grad", "graph", "gradient",
            "recorded gradient", "second derivative", "error", "error in derivative", "warning" or "returned".
        expected: PyTorch's, in words.
        got: The engine's.
    """

    kind: str
    expected: str
    got: str


_TOLERANCE = {"float16": 2e-3, "float32": 2e-5, "complex64": 4e-5, "float64": 1e-9, "complex128": 1e-9}


def close(got: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], slack: float = 1.0) -> bool:
    """Whether numbers agree as far as their dtype can tell."""
    if got.shape != expected.shape:
        return False
    tolerance = _TOLERANCE.get(expected.dtype.name)
    if tolerance is None:
        return bool(np.array_equal(got, expected))
    tolerance *= slack
    with np.errstate(all="ignore"):
        finite = np.isfinite(expected)
        size = float(np.abs(expected[finite]).max(initial=0.0))
        least = tolerance * min(size, 1e3) + tolerance * 1e-2
        return bool(np.allclose(got, expected, rtol=tolerance, atol=least, equal_nan=True))


def shortened(text: str, most: int = 150) -> str:
    """The beginning of a text."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _numbers(array: np.ndarray[Any, Any]) -> str:
    return shortened(np.array2string(np.asarray(array), threshold=8, edgeitems=3, precision=6, separator=", "), 110)


def _tensor_differences(got: Any, expected: Any, kind: str, strict: bool, precise: bool) -> Iterator[Difference]:
    if got is None or expected is None:
        if (got is None) != (expected is None):
            theirs, ours = ("nothing" if t is None else "a tensor" for t in (expected, got))
            yield Difference(kind or "returned", theirs, ours)
        return
    for fact in ("dtype", "shape", *(("view", "requires_grad") if strict else ())):
        if got[fact] != expected[fact]:
            yield Difference(f"{kind} {fact}".strip(), str(expected[fact]), str(got[fact]))
    if strict and got["shape"] == expected["shape"] and got["strides"] != expected["strides"]:
        apart = any(a != b and n > 1 for a, b, n in zip(got["strides"], expected["strides"], got["shape"], strict=True))
        yield Difference("strides" if apart else "idle strides", str(expected["strides"]), str(got["strides"]))
    same = got["shape"] == expected["shape"] and got["dtype"] == expected["dtype"]
    if same and precise and not close(got["value"], expected["value"], 20.0 if kind else 1.0):
        yield Difference(kind or "value", _numbers(expected["value"]), _numbers(got["value"]))


def _returned_differences(got: Any, expected: Any, precise: bool) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(got, dict) and "strides" in expected and "strides" in got:
        yield from _tensor_differences(got, expected, "", True, precise)
    elif isinstance(expected, dict) and isinstance(got, dict) and got.keys() == expected.keys():
        ((kind, theirs),) = expected.items()
        mine = got[kind]
        if kind == "number":
            if not close(mine, theirs):
                yield Difference("value", str(theirs), str(mine))
        elif len(mine) != len(theirs):
            yield Difference("returned", f"{len(theirs)} of them", f"{len(mine)} of them")
        else:
            for a, b in zip(mine, theirs, strict=True):
                yield from _returned_differences(a, b, precise)
    elif isinstance(expected, list) and isinstance(got, list) and len(got) == len(expected):
        for a, b in zip(got, expected, strict=True):
            yield from _returned_differences(a, b, precise)
    elif got != expected:
        yield Difference("returned", shortened(str(expected)), shortened(str(got)))


def _missing(error: list[str]) -> bool:
    return error[0] == "NotImplementedError" or (error[0] == "AttributeError" and "has no attribute" in error[1])


def compare(got: Outcome, expected: Outcome, precise: bool = True) -> list[Difference]:
    """In which ways the engine's outcome differs from PyTorch's."""
    found: list[Difference] = []
    if got.error != expected.error:
        if expected.error is None and got.error is not None and _missing(got.error):
            return [Difference("missing", "it works", shortened(": ".join(got.error)))]
        kind = "error"
        return [Difference(kind, *(shortened(": ".join(o.error or ["none"])) for o in (expected, got)))]
    for a, b in zip(got.outputs, expected.outputs, strict=True):
        found += _returned_differences(a, b, precise)
    for a, b in zip(got.written, expected.written, strict=True):
        found += _tensor_differences(a, b, "", True, precise)
    for a, b in zip(got.graph + got.written_graph, expected.graph + expected.written_graph, strict=False):
        if a != b:
            found.append(Difference("graph", shortened(b), shortened(a)))
            break
    else:
        if len(got.graph) != len(expected.graph):
            found.append(Difference("graph", f"{len(expected.graph)} graphs", f"{len(got.graph)} graphs"))
    if got.grad_error != expected.grad_error:
        texts = [shortened(": ".join(o.grad_error or ["none"])) for o in (expected, got)]
        found.append(Difference("error in derivative", *texts))
    else:
        for kind in ("grads", "grads_recorded", "second"):
            label = {"grads": "gradient", "grads_recorded": "recorded gradient", "second": "second derivative"}[kind]
            mine, theirs = getattr(got, kind), getattr(expected, kind)
            if len(mine) != len(theirs):
                found.append(Difference(label, f"{len(theirs)} of them", f"{len(mine)} of them"))
                continue
            for a, b in zip(mine, theirs, strict=True):
                found += _tensor_differences(a, b, label, False, precise)
    if got.warnings != expected.warnings:
        texts = [shortened("; ".join(": ".join(w) for w in o.warnings) or "none") for o in (expected, got)]
        found.append(Difference("warning", *texts))
    return found
