"""The engine against NumPy by hand, and against torch where it is installed."""

from __future__ import annotations

import importlib.util
import itertools
import statistics
import traceback
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import engine
from bench.conftest import median_time
from engine import modes
from engine.frames import locate

CHAIN = 1000
HAS_TORCH = importlib.util.find_spec("torch") is not None

STEPS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "y * c": lambda torch, y, c: y * c,
    "y + c": lambda torch, y, c: y + c,
    "y - 0.5": lambda torch, y, c: y - 0.5,
    "y / c": lambda torch, y, c: y / c,
    "-y": lambda torch, y, c: -y,
    "y ** 2": lambda torch, y, c: y**2,
    "tanh(y)": lambda torch, y, c: torch.tanh(y),
    "exp(-y)": lambda torch, y, c: torch.exp(-y),
    "y.sin()": lambda torch, y, c: y.sin(),
    "relu(y)": lambda torch, y, c: torch.relu(y),
    "sigmoid(y)": lambda torch, y, c: torch.sigmoid(y),
    "maximum(y, c)": lambda torch, y, c: torch.maximum(y, c),
    "where(y > c, y, c)": lambda torch, y, c: torch.where(y > c, y, c),
}


def scalar_chain(torch: Any, step: Callable[[Any, Any, Any], Any], count: int = CHAIN) -> Callable[[], Any]:
    """A chain of scalar ops, forward and backward."""

    def run() -> None:
        x = torch.tensor(1.0, requires_grad=True)
        c = torch.tensor(1.0001)
        y = x
        for _ in range(count):
            y = step(torch, y, c)
        y.backward()

    return run


@pytest.mark.skipif(not HAS_TORCH, reason="torch is the peer; `make oracle` has it")
@pytest.mark.parametrize("name", STEPS)
def test_scalar_ops_against_torch(name: str, report: Callable[..., None]) -> None:
    import torch

    torch.set_num_threads(1)
    ours, peer = scalar_chain(engine, STEPS[name]), scalar_chain(torch, STEPS[name])
    report(f"1,000 times {name} on scalars, both ways", ours, against="torch", floor=peer, limit=0.75, rounds=30)


LONG = 1_000_000


class Chain:
    """A chain of products, made, walked or dropped."""

    def __init__(self, count: int) -> None:
        self.x = engine.tensor(1.0, requires_grad=True)
        self.count = count
        self.end: Any = None

    def make(self) -> None:
        y = self.x
        for _ in range(self.count):
            y = y * 1.0
        self.end = y

    def walk(self) -> None:
        self.end.backward()

    def drop(self) -> None:
        self.end = None


@pytest.mark.parametrize("what", ["make", "walk", "drop"])
def test_a_million_ops_take_ten_times_as_long_as_a_hundred_thousand(what: str, report: Callable[..., None]) -> None:
    short, long = Chain(LONG // 10), Chain(LONG)

    def prepare(chain: Chain) -> None:
        chain.end = None
        if what != "make":
            chain.make()

    def seconds() -> float:
        prepare(short)
        return median_time(getattr(short, what), 1)

    floor = 10 * statistics.median([seconds() for _ in range(5)])
    call = getattr(long, what)
    against = "10 x 100,000 ops"
    report(
        f"a chain of 1,000,000 ops: {what}",
        call,
        against=against,
        floor=floor,
        limit=1.5,
        rounds=3,
        setup=lambda: prepare(long),
    )
    long.drop()


def test_as_many_paths_as_one_likes(report: Callable[..., None]) -> None:
    def doubled() -> None:
        y = x = engine.ones((), dtype=engine.float64, requires_grad=True)
        for _ in range(60):
            y = y + y
        y.backward()
        assert x.grad.item() == 2.0**60

    def straight() -> None:
        y = x = engine.ones((), dtype=engine.float64, requires_grad=True)
        for _ in range(60):
            y = y + x
        y.backward()

    report("2^60 paths: y + y, sixty times", doubled, against="y + x, sixty times", floor=straight, limit=1.5)


def test_looking_whether_anybody_listens(report: Callable[..., None]) -> None:
    def look() -> None:
        for _ in range(CHAIN):
            if modes.special:
                raise AssertionError

    ops = scalar_chain(engine, STEPS["y * c"])
    report("1,000 looks whether anybody listens", look, against="1,000 scalar ops", floor=ops, limit=0.05)


def test_knowing_where_an_op_came_from(report: Callable[..., None]) -> None:
    def known() -> None:
        for _ in range(CHAIN):
            locate()

    ops = scalar_chain(engine, STEPS["y * c"])
    report("1,000 times the running line kept", known, against="1,000 scalar ops", floor=ops, limit=0.2)


def test_telling_where_an_op_came_from(report: Callable[..., None]) -> None:
    node = (engine.ones(1, requires_grad=True) * 2).grad_fn

    def told() -> None:
        for _ in range(CHAIN):
            code, lasti = node.location
            next(itertools.islice(code.co_positions(), lasti // 2, None))

    def formatted() -> None:
        for _ in range(CHAIN):
            traceback.format_stack(limit=5)

    report(
        "1,000 positions told, line and columns", told, against="1,000 formatted stacks", floor=formatted, limit=0.2, rounds=15
    )


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
