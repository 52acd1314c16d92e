"""Every optimizer of PyTorch's own list: steps under each of its options, state and errors, on both sides."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch.testing._internal.common_optimizers import optim_db

import engine
from tests.oracle.outcomes import array_of, error_of
from tests.oracle.specs import Builder, Description, UndescribableError

pytestmark = pytest.mark.oracle

OPTIMIZERS = {info.optim_cls.__name__: info for info in optim_db if hasattr(engine.optim, info.optim_cls.__name__)}
STEPS = 4


def _parameters(side: ModuleType) -> list[Any]:
    numbers = np.linspace(-1.0, 1.5, 6)
    first = side.nn.Parameter(side.tensor(numbers.reshape(2, 3).tolist(), dtype=side.float64))
    return [first, side.nn.Parameter(side.tensor([0.5, -0.25], dtype=side.float64))]


def _trained(name: str, side: ModuleType, kwargs: dict[str, Any], description: Description) -> list[Any]:
    """The parameters and the state after a few steps."""
    side.manual_seed(0)
    given = Builder(side, description.memories).build(kwargs)
    parameters = _parameters(side)
    optimizer = getattr(side.optim, name)(parameters, **given)

    def loss() -> Any:
        optimizer.zero_grad()
        first, second = parameters
        made = ((first.sin() * 2 - 0.3) ** 2).sum() + (second.exp() * first.sum(1)).sum() ** 2 * 0.01
        made.backward()
        return made

    found = []
    for _ in range(STEPS):
        if name == "LBFGS":
            optimizer.step(loss)
        else:
            loss()
            optimizer.step()
        found += [array_of(p) for p in parameters]
    state = optimizer.state_dict()["state"]
    for index in sorted(state):
        for key in sorted(state[index]):
            value = state[index][key]
            found.append((index, key, array_of(value) if isinstance(value, side.Tensor) else value))
    return found


def _agree(first: Any, second: Any) -> bool:
    if isinstance(first, (tuple, list)):
        return len(first) == len(second) and all(_agree(a, b) for a, b in zip(first, second, strict=True))
    if hasattr(first, "_value") or isinstance(second, torch.Tensor):
        return _agree(array_of(first), array_of(second))
    if isinstance(first, (np.ndarray, float)):
        return bool(np.allclose(first, second, rtol=1e-6, atol=1e-9, equal_nan=True))
    return bool(first == second)


def _tried(name: str, side: ModuleType, kwargs: dict[str, Any], description: Description) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _trained(name, side, kwargs, description)
        except Exception as error:
            return error_of(error)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_does_what_it_does_in_pytorch(name: str) -> None:
    for case in OPTIMIZERS[name].optim_inputs_func("cpu"):
        description = Description()
        kwargs = description.describe(case.kwargs)
        if {"capturable", "fused", "differentiable"} & kwargs.keys():
            # Graphs and kernels of other devices; and steps inside the graph, tried elsewhere.
            continue
        expected = _tried(name, torch, kwargs, description)
        found = _tried(name, engine, kwargs, description)
        assert _agree(found, expected), f"{name}({case.desc}): {found} instead of {expected}"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_refuses_what_it_refuses_in_pytorch(name: str) -> None:
    for case in OPTIMIZERS[name].optim_error_inputs_func("cpu", torch.float32):
        given = case.optimizer_error_input
        description = Description()
        try:
            params, kwargs = description.describe(given.params), description.describe(given.kwargs)
        except UndescribableError:
            continue
        outcomes = []
        for side in (torch, engine):
            builder = Builder(side, description.memories)
            chosen = _parameters(side) if params is None else builder.build(params)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    getattr(side.optim, name)(chosen, **builder.build(kwargs))
                    outcomes.append(None)
                except Exception as error:
                    outcomes.append(error_of(error))
        assert outcomes[1] == outcomes[0], given
