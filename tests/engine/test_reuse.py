"""Rules that compute in buffers they own give what the plain ones give, and write into nobody else's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from row_cases import NOT_DIFFERENTIABLE, RANDOM, Make, cases

import engine as torch
from engine import walk
from engine.dispatch import run
from engine.geometry import address
from engine.table import TABLE, Op
from engine.tensor import Tensor

ROWS = [r for n, r in TABLE.items() if r.derivatives and r._make_node_class()._short and n not in NOT_DIFFERENTIABLE | RANDOM]
CASES = [pytest.param(row, make, id=f"{row.schema.name}-{i}") for row in ROWS for i, make in enumerate(cases(row))]


def gradient(node: Any, spread: bool) -> Any:
    """One for the node's output; one number spread over the shape, or a buffer of its own."""
    (meta,) = node._input_metadata
    shape, kind = tuple(meta.shape), meta.dtype._numpy
    if spread:
        return np.broadcast_to(kind.type(1.5), shape)
    return (np.cos(1.0 + np.arange(np.prod(shape, dtype=int))).reshape(shape)).astype(kind)


@pytest.mark.parametrize("spread", [False, True], ids=["", "spread"])
@pytest.mark.parametrize(("row", "make"), CASES)
def test_a_rule_that_reuses_buffers_gives_the_same(row: Op, make: Make, spread: bool) -> None:
    arguments = make(np.random.default_rng(6))
    node = run(row, arguments).grad_fn
    if node is None or not isinstance(arguments[0], Tensor):
        return
    rule = node._rule
    if rule.on_large is None:
        return
    kept = [np.array(getattr(item, "_value", getattr(item, "value", 0))) for item in node._saved]
    expected = rule.on_arrays(gradient(node, spread), node)
    ways = [(False, False), (False, True)] if spread else [(False, False), (True, False), (True, True)]
    for own, last in ways:
        grad = gradient(node, spread)
        found = rule.on_large(grad, node, own, last)
        for a, b in zip(found, expected, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                np.testing.assert_array_equal(a, b)
                assert np.asarray(a).strides == np.asarray(b).strides
                assert a.dtype == b.dtype
        if not own:
            np.testing.assert_array_equal(grad, gradient(node, spread))
        if not last:
            for item, before in zip(node._saved, kept, strict=True):
                np.testing.assert_array_equal(getattr(item, "_value", getattr(item, "value", 0)), before)
            buffers = [np.asarray(getattr(item, "_value", getattr(item, "value", 0))) for item in node._saved]
            for a, whose in zip(found, rule.ownership, strict=True):
                if a is not None and whose:
                    assert not any(np.shares_memory(a, buffer) for buffer in buffers)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every array is large."""
    monkeypatch.setattr(walk, "LARGE", 0)


def chain(x: Any) -> Any:
    return (torch.tanh(x * 1.5).exp().sqrt() / 3).sum()


@pytest.mark.usefixtures("large")
class TestNobodyIsWrittenTo:
    def test_who_holds_a_saved_result(self) -> None:
        x = torch.linspace(-1, 1, 5).requires_grad_()
        y = x.tanh()
        z = x.exp()
        seen, view, detached = z.detach().numpy(), z[1:], z.detach()
        before = [np.array(t.detach().numpy()) for t in (y, z)]
        (y.sum() + z.sum() + view.sum()).backward()
        for t, kept in zip((y, z), before, strict=True):
            np.testing.assert_array_equal(t.detach().numpy(), kept)
        np.testing.assert_array_equal(seen, before[1])
        np.testing.assert_array_equal(view.detach().numpy(), before[1][1:])
        np.testing.assert_array_equal(detached.numpy(), before[1])

    def test_who_holds_what_a_node_kept(self) -> None:
        x = torch.linspace(-1, 1, 5).requires_grad_()
        y = x.tanh()
        result = y.grad_fn._saved_result
        total = y.sum()
        del y
        before = np.array(result.detach().numpy())
        total.backward()
        np.testing.assert_array_equal(result.detach().numpy(), before)

    def test_a_graph_that_is_kept_gives_the_same_twice(self) -> None:
        x = torch.linspace(-1, 1, 5).requires_grad_()
        total = chain(x)
        (first,) = torch.autograd.grad(total, x, retain_graph=True)
        (second,) = torch.autograd.grad(total, x)
        np.testing.assert_array_equal(first.numpy(), second.numpy())

    def test_the_gradient_that_was_given(self) -> None:
        x = torch.linspace(-1, 1, 5).requires_grad_()
        seed = torch.full((5,), 2.0)
        (x.tanh() * 3).backward(seed)
        assert seed.tolist() == [2.0] * 5
        assert x.grad is not seed

    def test_what_hooks_and_leaves_have_kept(self) -> None:
        x = torch.linspace(-1, 1, 5).requires_grad_()
        kept: list[Any] = []
        y = x * 2
        y.register_hook(kept.append)
        y.tanh().exp().sum().backward()
        expected = [np.array(kept[0].numpy()), np.array(x.grad.numpy())]
        chain(x).backward()
        np.testing.assert_array_equal(kept[0].numpy(), expected[0])
        assert not np.array_equal(x.grad.numpy(), expected[1])

    def test_a_gradient_that_goes_two_ways(self) -> None:
        x = torch.linspace(-1, 1, 5).requires_grad_()
        w = torch.linspace(1, 2, 5).requires_grad_()
        ((x + w) * 3).tanh().sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), w.grad.numpy())
        assert x.grad.data_ptr() != w.grad.data_ptr()
        w.grad.zero_()
        assert x.grad.numpy().any()


@pytest.mark.usefixtures("large")
def test_a_result_nobody_else_holds_becomes_the_gradient() -> None:
    x = torch.linspace(-1, 1, 5).requires_grad_()
    inner = x.tanh()
    place = address(inner._value)
    total = inner.sum()
    del inner
    total.backward()
    assert address(x.grad._value) == place


def test_small_arrays_and_large_ones_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.linspace(-1, 1, 7, dtype=torch.float64).reshape(7, 1).requires_grad_()
    (plain,) = torch.autograd.grad(chain(x * torch.linspace(0, 1, 3)), x)
    monkeypatch.setattr(walk, "LARGE", 0)
    (reused,) = torch.autograd.grad(chain(x * torch.linspace(0, 1, 3)), x)
    np.testing.assert_array_equal(plain.numpy(), reused.numpy())
