"""The custom Functions that PyTorch tests itself with: results, derivatives and graphs on both sides."""

from __future__ import annotations

import builtins
import inspect
import types
from typing import Any

import pytest
from torch.testing._internal import autograd_function_db as theirs

import engine
from tests.engine.engine_harness import importer
from tests.oracle.compare import differences_of
from tests.oracle.outcomes import Case
from tests.oracle.specs import Description

pytestmark = pytest.mark.oracle

DTYPES = ("float32", "float64")


def _ours() -> dict[str, Any]:
    """The same classes over the engine: the text of PyTorch's module, for which `torch` is the engine."""
    load = importer(engine)

    def imported(name: str, *rest: Any) -> Any:
        inner = name.startswith(("torch.testing", "torch._")) and name != "torch.testing"
        return __import__(name, *rest) if inner else load(name, *rest)

    text, _, _ = inspect.getsource(theirs).partition("autograd_function_db = [")
    scope: dict[str, Any] = {"__name__": "functions", "__builtins__": {**vars(builtins), "__import__": imported}}
    exec(compile(text.replace("from torch.testing import make_tensor", ""), "functions", "exec"), scope)
    return scope


OURS = _ours()


def _function(info: Any, scope: dict[str, Any]) -> Any:
    """What an entry calls, by the classes of one side."""
    owner = getattr(info.op, "__self__", None)
    if owner is not None:
        return scope[owner.__name__].apply
    return types.FunctionType(info.op.__code__, scope)


@pytest.mark.parametrize("info", theirs.autograd_function_db, ids=lambda info: info.name)
def test_a_function_does_what_it_does_in_pytorch(info: Any) -> None:
    ours = _function(info, OURS)
    count = 0
    for dtype in DTYPES:
        for sample in info.sample_inputs("cpu", getattr(theirs.torch, dtype), requires_grad=True):
            description = Description()
            args = tuple(description.describe(a) for a in (sample.input, *sample.args))
            kwargs = {k: description.describe(v) for k, v in sample.kwargs.items()}
            functions = {"torch": info.op, "engine": ours}
            case = Case(info.name, info.name, args, kwargs, description.memories, dtype=dtype, function=functions)
            assert not differences_of(case), str(case)
            count += 1
    assert count
