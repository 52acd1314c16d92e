"""Whole scripts, the app's examples and templates and the tutorial's snippets: what they print and the gradients they leave."""

from __future__ import annotations

import builtins
import contextlib
import io
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import engine
from tests.engine.engine_harness import importer
from tests.oracle.outcomes import array_of, dtype_name, graph_of, masked

pytestmark = pytest.mark.oracle

ROOT = Path(__file__).parents[2]
SCRIPTS = [
    path
    for folder in ("resources/examples", "resources/templates", "tests/data/seed")
    for path in sorted((ROOT / folder).glob("*.py"))
]


def _ran(script: Path, side: ModuleType) -> tuple[str, dict[str, Any]]:
    """What a script prints, and what its tensors are in the end."""
    scope: dict[str, Any] = {"__name__": "__main__", "__builtins__": {**vars(builtins), "__import__": importer(side)}}
    printed = io.StringIO()
    side.manual_seed(0)
    with contextlib.redirect_stdout(printed):
        exec(compile(script.read_text(), str(script), "exec"), scope)
    tensors = {name: value for name, value in scope.items() if isinstance(value, side.Tensor)}
    return masked(printed.getvalue()), {name: _facts(tensor) for name, tensor in tensors.items()}


def _facts(tensor: Any) -> dict[str, Any]:
    grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
    return {
        "dtype": dtype_name(tensor),
        "value": array_of(tensor),
        "grad": None if grad is None else array_of(grad),
        "requires_grad": tensor.requires_grad,
        "graph": graph_of(tensor.grad_fn),
        "version": tensor._version,
    }


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_script_does_what_it_does_in_pytorch(script: Path) -> None:
    printed, expected = _ran(script, torch)
    got, found = _ran(script, engine)
    assert got == printed
    assert found.keys() == expected.keys()
    for name, facts in expected.items():
        for what, value in facts.items():
            if isinstance(value, np.ndarray):
                np.testing.assert_allclose(found[name][what], value, rtol=1e-4, atol=1e-6, err_msg=f"{what} of {name}")
            else:
                assert found[name][what] == value, f"{what} of {name}"
