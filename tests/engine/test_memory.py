"""Nothing is kept that need not be, nothing recurses, and nothing needs the garbage collector."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import engine as torch


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_million_ops_run_forward_and_backward_and_are_freed_without_recursion(no_collector: None) -> None:
    x = torch.ones((), requires_grad=True)
    y = x
    for _ in range(1_000_000):
        y = y * 1.0
    y.backward()
    assert x.grad.item() == 1.0
    first = weakref.ref(y.grad_fn)
    del y
    assert first() is None


def test_a_long_chain_that_was_never_walked_is_freed_too(no_collector: None) -> None:
    x = torch.ones(2, requires_grad=True)
    y = x
    for _ in range(200_000):
        y = y.exp() if y.shape == (1,) else y + x
    node = weakref.ref(y.grad_fn)
    del y
    assert node() is None


def test_sixty_doublings_take_linear_time() -> None:
    x = torch.ones((), requires_grad=True, dtype=torch.float64)
    y = x
    for _ in range(60):
        y = y + y
    torch.autograd.grad(y, x)
    y.backward()
    assert x.grad.item() == 2.0**60


PROGRAMS: dict[str, Any] = {
    "exp": lambda x: x.exp(),
    "scalar exp": lambda x: x.sum().exp(),
    "product": lambda x: (x * x).sum(),
    "view": lambda x: x.view(-1).t(),
    "view of a result": lambda x: x.exp().view(-1)[0],
    "in place": lambda x: (x * 2).add_(1).mul_(x),
    "in-place view": lambda x: _written(x * 1),
    "setitem": lambda x: _assigned(x * 1, x),
    "split": lambda x: x.split(1),
    "max": lambda x: x.max(0),
    "softmax": lambda x: x.softmax(0).sum(),
    "detach": lambda x: x.exp().detach(),
    "hooks": lambda x: _hooked(x * 2),
    "retain_grad": lambda x: _retained(x.exp()),
    "function": lambda x: Exp.apply(x),
    "create_graph": lambda x: torch.autograd.grad((x**3).sum(), x, create_graph=True)[0],
    "backward": lambda x: (x.exp() * x).sum().backward(),
    "node": lambda x: x.tanh().grad_fn,
    "linear": lambda x: torch.nn.functional.mse_loss(torch.nn.Linear(2, 2)(x.view(1, 2)), torch.zeros(1, 2)),
    "failed backward": lambda x: _failed(x),
}


def _written(y: Any) -> Any:
    y[:1].mul_(3)
    return y


def _assigned(y: Any, x: Any) -> Any:
    y[0] = x[1]
    return y.sum()


def _hooked(y: Any) -> Any:
    y.register_hook(lambda g: g * 2)
    y.grad_fn.register_prehook(lambda g: None)
    y.sum().backward()
    return y


def _retained(y: Any) -> Any:
    y.retain_grad()
    y.sum().backward()
    return y


def _failed(x: Any) -> Any:
    y = x.exp()
    y.add_(1)
    try:
        y.sum().backward()
    except RuntimeError:
        return None
    raise AssertionError("the write went unnoticed")


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        _, y = ctx.saved_tensors
        return grad * y


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_reference_cycles(name: str, no_collector: None) -> None:
    x = torch.ones(2, requires_grad=True)
    PROGRAMS[name](x)  # What a first call sets up, it may keep.
    gc.collect()
    result = PROGRAMS[name](x)
    del result
    x.grad = None
    leaf = weakref.ref(x)
    del x
    assert leaf() is None
    assert gc.collect() == 0


def test_saved_tensors_are_freed_as_the_pass_goes() -> None:
    alive: list[int] = []
    x = torch.ones(100, requires_grad=True)
    references = []
    y = x
    for _ in range(5):
        y = y * y
        references.append(weakref.ref(y))
        y.register_hook(lambda g: alive.append(sum(r() is not None for r in references)))
    loss = y.sum()
    del y
    loss.backward()
    # The last result is saved by nobody; each other one until the product made of it has been gone through.
    assert alive == [4, 3, 2, 1, 0]


class Last(torch.autograd.Function):
    """The first op of a program, and so the last node of its pass; looks round as it runs."""

    look: Any = None

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        Last.look()
        return grad


def test_saved_tensors_are_freed_before_the_pass_is_over() -> None:
    x = torch.ones(100, requires_grad=True)
    references: list[Any] = []
    alive: list[int] = []
    Last.look = lambda: alive.append(sum(r() is not None for r in references))
    y = Last.apply(x)
    for _ in range(5):
        y = y * y
        references.append(weakref.ref(y))
    loss = y.sum()
    del y
    assert sum(r() is not None for r in references) == 4
    loss.backward()
    assert alive == [0]
    assert loss.grad_fn is not None


def _peak(call: Any) -> int:
    """The most memory a call has in use at a time, beyond what was in use before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_contributions_are_added_up_in_one_buffer() -> None:
    x = torch.ones(100_000, dtype=torch.float64)
    w = torch.ones(100_000, dtype=torch.float64, requires_grad=True)
    total = sum((w * x).sum() for _ in range(6))
    size = 8 * 100_000
    # The sum, and what is about to be added to it.
    assert _peak(total.backward) < 2.5 * size
    assert w.grad.max().item() == 6


def test_a_chain_is_gone_back_through_in_the_buffers_of_its_results() -> None:
    x = torch.ones(100_000, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(6):
        y = y.tanh()
    total = y.sum()
    del y
    size = 8 * 100_000
    assert _peak(total.backward) < 1.5 * size


def test_a_saved_output_does_not_keep_its_tensor() -> None:
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    node = y.grad_fn
    reference = weakref.ref(y)
    del y
    assert reference() is None
    assert node._saved_result.tolist() == pytest.approx([2.718281745910645] * 3)


def test_gradients_are_added_in_place_where_nobody_else_holds_them() -> None:
    x = torch.ones(1000, requires_grad=True)
    (x * 2 + x * 3).sum().backward()
    held = x.grad
    memory = held._value
    (x * 2).sum().backward()
    assert x.grad is held
    assert held._value is memory
    assert held._version == 1


def test_gradients_given_by_the_user_are_left_alone() -> None:
    x = torch.ones(3, requires_grad=True)
    v = torch.ones(3)
    (x + x).backward(v)
    x.backward(v)
    x.backward(v)
    assert v.tolist() == [1, 1, 1]
    assert x.grad.tolist() == [4, 4, 4]


def test_two_leaves_do_not_come_to_share_a_gradient() -> None:
    a, b = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    (a + b).sum().backward()
    a.grad.add_(5)
    assert b.grad.tolist() == [1, 1, 1]
    c = torch.ones(3, requires_grad=True)
    (a + c.view(3, 1).view(3)).exp().sum().backward()
    c.grad.mul_(0)
    assert a.grad.min().item() > 6


def test_the_depth_of_python_is_not_used() -> None:
    limit = sys.getrecursionlimit()
    x = torch.ones((), requires_grad=True)
    y = x
    for _ in range(3 * limit):
        y = y.sin()
    g = torch.autograd.grad(y, x, create_graph=True)[0]
    assert np.isfinite(torch.autograd.grad(g, x)[0].item())
