"""Cases from PyTorch's own lists of ops: `op_db` with its sample, reference and error inputs. Needs torch."""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import torch

import engine

from .outcomes import Case
from .specs import DTYPES, Description, Memory, TensorSpec, UndescribableError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

# Else some warnings come once only, whatever the filters say.
torch.set_warn_always(True)

__all__ = ["WEIGHTED_DTYPES", "cases_of", "counterpart", "evenly", "named_ops", "outside", "public_name", "relaid"]

_MODULES = ("nn.functional", "linalg", "special", "fft", "signal.windows", "nn.utils", "autograd", "nn", "func")

# Not of dense CPU tensors, or not public.
_OUTSIDE = ("sparse.", "jiterator", "masked.", "torch.ops.", "ops.", "to_sparse", "bfloat16", "chalf", "_", "slice")
_OUTSIDE_CALLS = ("torch._ops", "torch._refs", "torch._prims")

_HEAVY = ("float32", "float64", "complex128", "int64", "bool")
WEIGHTED_DTYPES = (*_HEAVY, "float16", "complex64", "uint8", "int32", "int16", "int8")
"""The dtypes in the order of their weight."""


@cache
def _paths() -> dict[int, str]:
    """Where each of PyTorch's public callables is found."""
    found: dict[int, str] = {}
    for prefix in ("", *_MODULES):
        module: Any = torch
        for part in prefix.split(".") if prefix else ():
            module = getattr(module, part)
        for name in dir(module):
            value = getattr(module, name, None)
            if callable(value) and not name.startswith("_"):
                found.setdefault(id(value), ".".join(p for p in ("torch", prefix, name) if p))
    for name in dir(torch.Tensor):
        value = getattr(torch.Tensor, name, None)
        if callable(value):
            found.setdefault(id(value), f"torch.Tensor.{name}")
    return found


def public_name(function: Any) -> str | None:
    """The public name of one of PyTorch's callables."""
    return _paths().get(id(function))


def counterpart(path: str) -> Any:
    """What the engine has under a public name; None if nothing."""
    found: Any = engine
    for part in path.split(".")[1:]:
        found = getattr(found, part, None)
    return found


def _translated(value: Any, memo: dict[int, Any]) -> Any:
    """What stands in the engine for something a function of PyTorch's tests refers to."""
    if isinstance(value, ModuleType) and (value.__name__ == "torch" or value.__name__.startswith("torch.")):
        return counterpart(value.__name__)
    if value is torch.Tensor:
        return engine.Tensor
    if getattr(value, "__name__", "") == "wrapper_set_seed":
        return _seeded
    name = public_name(value) if callable(value) else None
    if name is not None:
        return counterpart(name)
    if isinstance(value, torch.dtype):
        return counterpart(str(value))
    if isinstance(value, types.FunctionType):
        return rebound(value, memo)
    return value


def _seeded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What `wrapper_set_seed` does, on the engine."""
    with engine.random.fork_rng():
        engine.manual_seed(42)
        return function(*args, **kwargs)


def rebound(function: Callable[..., Any], memo: dict[int, Any] | None = None) -> Callable[..., Any]:
    """A Python function written over PyTorch, over the engine instead."""
    if not isinstance(function, types.FunctionType):
        return _translated(function, {}) if callable(function) else function
    memo = {} if memo is None else memo
    if id(function) in memo:
        return memo[id(function)]
    scope: dict[str, Any] = {"__builtins__": __builtins__}
    cells = tuple(types.CellType() for _ in function.__closure__ or ())
    made = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
    made.__kwdefaults__ = function.__kwdefaults__
    memo[id(function)] = made
    names = set(function.__code__.co_names)
    for constant in function.__code__.co_consts:
        if isinstance(constant, types.CodeType):
            names |= set(constant.co_names)
    for name in names & function.__globals__.keys():
        scope[name] = _translated(function.__globals__[name], memo)
    for cell, theirs in zip(cells, function.__closure__ or (), strict=True):
        cell.cell_contents = _translated(theirs.cell_contents, memo)
    return made


def _name(info: Any) -> str:
    return f"{info.name}:{info.variant_test_name}" if info.variant_test_name else info.name


def outside(info: Any) -> bool:
    """Whether an op is none of the engine's business: sparse, of other devices, or no public name."""
    return info.name.startswith(_OUTSIDE) or getattr(info.op, "__module__", "").startswith(_OUTSIDE_CALLS)


@cache
def named_ops() -> dict[str, Any]:
    """PyTorch's ops by name; variants of one op are told apart after a colon."""
    return {_name(info): info for info in op_db if not outside(info)}


def evenly(items: list[Any], most: int) -> list[Any]:
    """Some of the items, from all along the list."""
    if len(items) <= most:
        return items
    return [items[i * len(items) // most] for i in range(most)]


def _samples(info: Any, dtype: str, most: int) -> list[Any]:
    """Some of an op's samples for a dtype: those of its derivative tests and those of its reference tests."""
    kind = getattr(torch, dtype)
    grad = kind.is_floating_point or kind.is_complex
    torch.manual_seed(0)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in (info.sample_inputs, info.reference_inputs):
            try:
                # Only so many are looked at: some lists are long, and each sample costs time.
                items = [s for s, _ in zip(source("cpu", kind, requires_grad=grad), range(160), strict=False)]
            except Exception:
                continue
            found += evenly(items, most if source == info.sample_inputs else most // 2)
    return found


_UNCHANGED = (lambda x: x).__code__.co_code


def _process(sample: Any) -> dict[str, Callable[..., Any]] | None:
    process = sample.output_process_fn_grad
    if not isinstance(process, types.FunctionType) or process.__code__.co_code == _UNCHANGED:
        return None
    return {"torch": process, "engine": rebound(process)}


def _call(function: Callable[..., Any]) -> tuple[str | None, dict[str, Callable[..., Any]] | None]:
    path = public_name(function)
    if path is not None:
        return path, None
    return None, {"torch": function, "engine": rebound(function)}


def _case(info: Any, function: Callable[..., Any], sample: Any, dtype: str, **options: Any) -> Case:
    description = Description()
    args = tuple(description.describe(a) for a in (sample.input, *sample.args))
    kwargs = {k: description.describe(v) for k, v in sample.kwargs.items()}
    path, functions = _call(function)
    return Case(
        _name(info),
        path or f"torch.{info.name}",
        args,
        kwargs,
        description.memories,
        dtype=dtype,
        function=functions,
        process=_process(sample),
        check_graph=options.pop("check_graph", True),
        precise="empty" not in info.name,
        **options,
    )


def _window(flat: np.ndarray[Any, Any], shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """The elements of a tensor, as a view of the array it lies in."""
    if 0 in shape:
        return flat[:0].reshape(shape)
    size = flat.itemsize
    return np.ndarray(shape, flat.dtype, flat, offset * size, tuple(s * size for s in strides))


def _dense(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor that lies row by row."""
    return tuple(int(np.prod([max(n, 1) for n in shape[i + 1 :]])) for i in range(len(shape)))


def _strides(shape: tuple[int, ...], layout: str) -> tuple[int, ...]:
    if layout == "column-major":
        return tuple(reversed(_dense(tuple(reversed(shape)))))
    if layout == "strided":
        return tuple(2 * s for s in _dense(shape))
    return (*_dense(shape[:-1]), 0)


def relaid(case: Case, layout: str) -> Case | None:
    """The same case with its tensors laid out otherwise: "column-major", "strided" or "broadcast"; None if none can be."""
    memories: list[Memory] = []
    changed = False

    def lay(value: Any) -> Any:
        nonlocal changed
        if isinstance(value, TensorSpec):
            memory = case.memories[value.memory]
            whole = _window(np.frombuffer(memory.data, memory.dtype), value.shape, value.strides, value.offset)
            strides = _strides(value.shape, layout) if whole.size and value.shape else _dense(value.shape)
            offset = 1 if layout == "strided" else 0
            reach = offset + sum((n - 1) * s for n, s in zip(value.shape, strides, strict=True)) + 1 if whole.size else 0
            buffer = np.zeros(reach, memory.dtype)
            # The last of the elements that come to lie on one place is the one that counts.
            _window(buffer, value.shape, strides, offset)[...] = whole
            changed = changed or strides != value.strides
            memories.append(Memory(memory.dtype, buffer.tobytes()))
            return replace(value, memory=len(memories) - 1, strides=strides, offset=offset)
        if isinstance(value, (tuple, list)):
            return type(value)(lay(v) for v in value)
        if isinstance(value, dict):
            return {k: lay(v) for k, v in value.items()}
        return value

    args, kwargs = lay(case.args), lay(case.kwargs)
    return replace(case, args=args, kwargs=kwargs, memories=memories, layout=layout) if changed else None


def _forms(info: Any, case: Case, sample: Any, first: bool) -> Iterator[Case]:
    """The other forms of one call: method, in place, `out=`, aliases."""
    for function, form in ((info.method_variant, "function"), (info.inplace_variant, "in place")):
        path = public_name(function) if function is not None else None
        if path is not None and path != case.call and isinstance(case.args[0], TensorSpec):
            yield replace(case, call=path, form=form, function=None)
    if info.supports_out and case.function is None:
        bare = _detached(case)
        for form in ("out", "out strided", "out resized", "out dtype") if first else ("out",):
            yield replace(bare, form=form)
        if first:
            yield replace(case, form="out")
    if first:
        for alias in info.aliases:
            if (path := public_name(alias.op)) is not None:
                yield replace(case, call=path, function=None)


def _detached(case: Case) -> Case:
    def bare(value: Any) -> Any:
        if isinstance(value, TensorSpec):
            return replace(value, requires_grad=False)
        if isinstance(value, (tuple, list)):
            return type(value)(bare(v) for v in value)
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items()}
        return value

    return replace(case, args=bare(case.args), kwargs=bare(case.kwargs))


def _errors(info: Any) -> Iterator[Case]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            inputs = list(info.error_inputs("cpu"))
        except Exception:
            return
    for error in inputs:
        try:
            yield _case(info, info.op, error.sample_input, "", form="error", check_graph=False)
        except UndescribableError:
            continue


def _refused(info: Any, have: Iterable[str]) -> Iterator[Case]:
    """Calls with dtypes the op does not take."""
    supported = {str(d).removeprefix("torch.") for d in info.supported_dtypes("cpu")}
    base = next((d for d in ("float32", "float64", "int64", "bool", "complex64") if d in supported), None)
    if base is None:
        return
    samples = _samples(info, base, 2)[:2]
    for dtype in have:
        if dtype in supported:
            continue
        for sample in samples:

            def cast(value: Any, dtype: str = dtype) -> Any:
                if isinstance(value, torch.Tensor) and value.dtype is getattr(torch, base):
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        return value.detach().to(getattr(torch, dtype))
                return value

            try:
                yield _case(info, info.op, sample.transform(cast), dtype, form="error", check_graph=False)
            except (UndescribableError, RuntimeError):
                continue


def cases_of(name: str, most: int = 10, dtypes: Iterable[str] = WEIGHTED_DTYPES, forms: bool = True) -> Iterator[Case]:
    """The cases of an op: samples of each dtype in several layouts, the op's other forms, and its errors.

    Args:
        name: As in `named_ops`.
        most: How many samples of a dtype are tried; the lesser dtypes get fewer.
        dtypes: Which dtypes.
        forms: Whether other forms and errors are tried too.
    """
    info = named_ops()[name]
    dtypes = [d for d in dtypes if d in DTYPES]
    supported = {str(d).removeprefix("torch.") for d in info.supported_dtypes("cpu")}
    for dtype in dtypes:
        if dtype not in supported:
            continue
        share = most if dtype in ("float32", "float64") else max(2, most // 2)
        for i, sample in enumerate(_samples(info, dtype, share)):
            try:
                case = _case(info, info.op, sample, dtype)
            except UndescribableError:
                continue
            yield case
            if i % 2 == 0 and dtype in ("float32", "float64", "complex128", "int64"):
                layout = ("column-major", "strided", "broadcast")[i // 2 % 3]
                if (other := relaid(case, layout)) is not None:
                    yield other
            if forms and (i < 3 or i % 4 == 0):
                yield from _forms(info, case, sample, i == 0)
    if forms:
        yield from _errors(info)
        yield from _refused(info, dtypes)
