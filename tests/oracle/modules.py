"""How layers of the engine differ from PyTorch's, by PyTorch's own list of layers and their arguments. Needs torch.

    python -m tests.oracle.modules                  every layer of the list
    python -m tests.oracle.modules Conv2d Lazy*     these

Of each are compared what it prints, its state dict before and after a call (so the numbers it begins with, from one seed), the
result, the names along next_functions, first and second derivatives with respect to arguments and parameters, and its errors.
"""

from __future__ import annotations

import fnmatch
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from types import ModuleType
from typing import Any

import torch

import engine

from .opinfo import counterpart, evenly, public_name
from .outcomes import (
    Difference,
    Outcome,
    compare,
    cotangent,
    differentiable,
    encoded,
    error_of,
    facts,
    graph_of,
    observed,
    tensors_of,
)
from .specs import Builder, Description, Memory, words

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_modules import ModuleErrorEnum, module_db

__all__ = ["ModuleCase", "cases_of", "differences_of", "layers"]

MOST = 100
"""So many cases of one layer are tried, training and not."""


@dataclass(frozen=True)
class _Callable:
    """A function of PyTorch's that both sides have, by its public name."""

    path: str


@dataclass(frozen=True)
class _Made:
    """A thing of torch.nn that is an argument itself: its class and what that is called with."""

    name: str
    kwargs: dict[str, Any]


@dataclass(frozen=True)
class ModuleCase:
    """A layer to make and to call.

    Attributes:
        name: Of its class.
        made: Described positional and keyword arguments of the class.
        called: The same of the call; None if making it is all.
        memories: The memory of the tensors.
        dtype: What the layer's parameters are converted to.
        training: Whether it is in training mode.
    """

    name: str
    made: tuple[tuple[Any, ...], dict[str, Any]]
    called: tuple[tuple[Any, ...], dict[str, Any]] | None
    memories: list[Memory]
    dtype: str
    training: bool

    def __str__(self) -> str:
        def told(given: tuple[tuple[Any, ...], dict[str, Any]]) -> str:
            parts = [words(a, self.memories) for a in given[0]]
            return ", ".join(parts + [f"{k}={words(v, self.memories)}" for k, v in given[1].items()])

        call = "" if self.called is None else f"({told(self.called)})"
        return f"{self.name}({told(self.made)}){call} {self.dtype} {'training' if self.training else 'not training'}"


@cache
def layers() -> dict[str, Any]:
    """The layers of PyTorch's list, by the names of their classes."""
    return {info.module_cls.__name__: info for info in module_db}


class _Arguments(Description):
    """Describes functions and things of torch.nn too."""

    def describe(self, value: Any) -> Any:
        if isinstance(value, torch.nn.TransformerEncoderLayer):
            sizes = {"d_model": value.self_attn.embed_dim, "nhead": value.self_attn.num_heads}
            sizes |= {"dim_feedforward": value.linear1.out_features, "dropout": value.dropout.p}
            return _Made("TransformerEncoderLayer", sizes)
        if isinstance(value, torch.nn.LinearCrossEntropyOptions):
            return _Made("LinearCrossEntropyOptions", {k: self.describe(v) for k, v in asdict(value).items()})
        if callable(value) and not isinstance(value, torch.Tensor):
            return _Callable(public_name(value) or "")
        return super().describe(value)


class _Built(Builder):
    def build(self, value: Any) -> Any:
        if isinstance(value, _Callable):
            found: Any = self._torch
            for part in value.path.split(".")[1:]:
                found = getattr(found, part)
            return found
        if isinstance(value, _Made):
            return getattr(self._torch.nn, value.name)(**self.build(value.kwargs))
        return super().build(value)


def cases_of(name: str, dtype: str = "float64") -> Iterator[ModuleCase]:
    """The cases of a layer: each of its arguments in PyTorch's list, training and not, and those that are refused."""
    info = layers()[name]
    kind = getattr(torch, dtype)
    for training in (True, False):
        torch.manual_seed(0)
        given = list(info.module_inputs_func(info, "cpu", kind, True, training))
        if info.module_error_inputs_func is not None:
            refused = info.module_error_inputs_func(info, "cpu", kind, True, training)
            given += [e.module_error_input for e in refused if e.error_on in ModuleErrorEnum]
        # Of losses with several options the list has a thousand combinations.
        for sample in evenly(given, MOST):
            description = _Arguments()
            made, called = (
                None if i is None else (tuple(map(description.describe, i.args)), description.describe(i.kwargs))
                for i in (sample.constructor_input, sample.forward_input)
            )
            assert made is not None
            yield ModuleCase(name, made, called, description.memories, dtype, training)


def run(case: ModuleCase, torch: ModuleType) -> Outcome:
    """Try a case on one side."""
    outcome = Outcome()
    with observed(outcome):
        builder = _Built(torch, case.memories)
        torch.manual_seed(11)
        try:
            args, kwargs = builder.build(list(case.made[0])), builder.build(case.made[1])
            module = getattr(torch.nn, case.name)(*args, **kwargs)
            outcome.outputs.append(encoded(repr(module), torch))
            lazy = any(torch.nn.parameter.is_lazy(p) for p in module.parameters())
            outcome.outputs.append(lazy or encoded(module.state_dict(), torch))
            module = module.to(getattr(torch, case.dtype)).train(case.training)
            if case.called is None:
                return outcome
            args, kwargs = builder.build(list(case.called[0])), builder.build(case.called[1])
            result = module(*args, **kwargs)
        except Exception as error:
            outcome.error = error_of(error)
            return outcome
        outcome.outputs += [encoded(result, torch), encoded(repr(module), torch), encoded(module.state_dict(), torch)]
        outputs = differentiable(tensors_of(result, torch))
        outcome.graph = [graph_of(t.grad_fn) for t in outputs]
        leaves = [*builder.leaves(), *differentiable(list(module.parameters()))]
        if outputs:
            try:
                _derivatives(torch, outcome, outputs, leaves)
            except Exception as error:
                outcome.grad_error = error_of(error)
    return outcome


def _derivatives(torch: ModuleType, outcome: Outcome, outputs: list[Any], leaves: list[Any]) -> None:
    given = [cotangent(torch, t, 1.0) for t in outputs]
    grads = torch.autograd.grad(outputs, leaves, given, create_graph=True, allow_unused=True)
    outcome.grads = [None if g is None else facts(g) for g in grads]
    again = [g for g in grads if g is not None and g.requires_grad]
    if again:
        found = torch.autograd.grad(again, leaves, [cotangent(torch, g, 2.0) for g in again], allow_unused=True)
        outcome.second = [None if g is None else facts(g) for g in found]


def differences_of(case: ModuleCase) -> list[Difference]:
    """Try a case on both sides."""
    return compare(run(case, engine), run(case, torch))


def main(wanted: list[str]) -> None:
    """Print each difference of the layers that names or patterns stand for."""
    torch.set_num_threads(1)
    differing = total = 0
    for name in layers():
        if wanted and not any(fnmatch.fnmatch(name, pattern) for pattern in wanted):
            continue
        if counterpart(f"torch.nn.{name}") is None:
            print(f"{name}: missing")
            continue
        shown: set[tuple[str, str]] = set()
        for case in cases_of(name):
            found = differences_of(case)
            total, differing = total + 1, differing + bool(found)
            for d in found:
                if (d.kind, d.expected[:30]) not in shown:
                    shown.add((d.kind, d.expected[:30]))
                    print(f"{case}\n    {d.kind}\n        torch:  {d.expected}\n        engine: {d.got}", flush=True)
    print(f"{differing} of {total} cases differ")


if __name__ == "__main__":
    main(sys.argv[1:])
