"""The engine against NumPy by hand, and against torch where it is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import engine

CHAIN = 1000
HAS_TORCH = importlib.util.find_spec("torch") is not None


def scalar_chain(torch: Any) -> Callable[[], Any]:
    """A thousand scalar multiplications, forward and backward."""

    def run() -> None:
        x = torch.tensor(1.0, requires_grad=True)
        c = torch.tensor(1.0001)
        y = x
        for _ in range(CHAIN):
            y = y * c
        y.backward()

    return run


@pytest.mark.skipif(not HAS_TORCH, reason="torch is the peer; `make oracle` has it")
def test_scalar_ops_against_torch(report: Callable[..., None]) -> None:
    import torch

    torch.set_num_threads(1)
    peer = scalar_chain(torch)
    report("1,000 scalar ops, forward and backward", scalar_chain(engine), against="torch", floor=peer, limit=0.75)


def test_a_long_chain_against_numpy(report: Callable[..., None]) -> None:
    data = np.linspace(-1, 1, 1_000_000, dtype=np.float32)

    def ours() -> None:
        x = engine.from_numpy(data).requires_grad_()
        y = x
        for _ in range(4):
            y = engine.tanh(y * 1.5)
        y.sum().backward()

    def by_hand() -> None:
        y = data
        kept = []
        for _ in range(4):
            y = np.tanh(y * np.float32(1.5))
            kept.append(y)
        y.sum()
        grad = np.ones_like(y)
        for y in reversed(kept):
            grad = grad * (1 - y * y) * np.float32(1.5)

    report("a chain on 1e6 elements", ours, against="NumPy by hand", floor=by_hand, limit=1.2)


def test_a_network_against_numpy(report: Callable[..., None]) -> None:
    rng = np.random.default_rng(0)
    sizes = (784, 128, 64, 10)
    data = rng.standard_normal((64, 784), np.float32)
    weights = [rng.standard_normal((m, n), np.float32) * np.float32(0.05) for m, n in pairwise(sizes)]

    def ours() -> None:
        h = engine.from_numpy(data)
        parameters = [engine.from_numpy(w).requires_grad_() for w in weights]
        for i, w in enumerate(parameters):
            h = h @ w
            if i < 2:
                h = engine.relu(h)
        (h * h).mean().backward()

    def by_hand() -> None:
        h, inputs, masks = data, [], []
        for i, w in enumerate(weights):
            inputs.append(h)
            h = h @ w
            if i < 2:
                masks.append(h > 0)
                h = np.maximum(h, 0)
        (h * h).mean()
        grad = h * np.float32(2 / h.size)
        for i in (2, 1, 0):
            if i < 2:
                grad = grad * masks[i]
            inputs[i].T @ grad
            if i:
                grad = grad @ weights[i].T

    report("784-128-64-10 at batch 64", ours, against="NumPy by hand", floor=by_hand, limit=1.15)
