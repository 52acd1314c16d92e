"""torch.autograd.graph.node_creation_hook tells of every node. It came after PyTorch 2.13, of which nothing is recorded."""

from __future__ import annotations

from typing import Any

import pytest

import engine as torch
from engine.autograd.graph import node_creation_hook


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad * 2


def leaf() -> Any:
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


def names_of(action: Any) -> list[str]:
    """The names of the nodes that an action makes, in order."""
    found: list[str] = []
    with node_creation_hook(lambda node: found.append(node.name().removeprefix("torch::autograd::"))):
        action()
    return found


def test_ops_and_leaves_are_told_of_once() -> None:
    x = leaf()
    assert names_of(lambda: (x * 2, x.exp())) == ["AccumulateGrad", "MulBackward0", "ExpBackward0"]
    y = x * 2
    assert names_of(lambda: x * y) == ["MulBackward0"]


def test_nothing_is_told_where_nothing_is_recorded() -> None:
    x = leaf()
    with torch.no_grad():
        assert names_of(lambda: x * 2) == []
    assert names_of(lambda: torch.ones(3) * 2) == []
    assert names_of(lambda: x > 2) == []


def test_saved_values_are_there() -> None:
    x = leaf()
    found: list[Any] = []
    with node_creation_hook(lambda node: found.append(getattr(node, "_saved_result", None))):
        y = x.exp()
    assert found[-1].tolist() == y.tolist()


def test_views_and_writes_into_them() -> None:
    x = leaf()

    def write() -> None:
        base = x * 1
        base[1:].mul_(2)

    assert names_of(write) == [
        "AccumulateGrad",
        "MulBackward0",
        "SliceBackward0",
        "MulBackward0",
        "CopySlices",
        "AsStridedBackward0",
    ]


def test_custom_functions() -> None:
    x = leaf()
    assert names_of(lambda: Doubled.apply(x))[-1] == "DoubledBackward"


def test_a_recorded_backward_pass() -> None:
    x = leaf()
    y = (x * x).sum()
    assert "MulBackward0" in names_of(lambda: torch.autograd.grad(y, x, create_graph=True))


def test_hooks_nest_and_end_with_their_block() -> None:
    x = leaf()
    outer: list[Any] = []
    inner: list[Any] = []
    with node_creation_hook(outer.append):
        a = x * 2
        with node_creation_hook(inner.append):
            b = a + 1
        c = b * 3
    d = c + 1
    assert [n.name() for n in outer[-3:]] == ["MulBackward0", "AddBackward0", "MulBackward0"]
    assert inner == [b.grad_fn]
    assert d.grad_fn not in outer


def test_a_hook_is_not_told_of_the_nodes_it_makes() -> None:
    x = leaf()
    found: list[Any] = []

    def hook(node: Any) -> None:
        found.append(node)
        x * 2

    with node_creation_hook(hook):
        y = x.exp()
    assert found[-1] is y.grad_fn
    assert len(found) == 2


def test_what_a_hook_raises_reaches_the_caller() -> None:
    x = leaf()

    def hook(node: Any) -> None:
        raise ValueError("no more nodes")

    with pytest.raises(ValueError, match="no more nodes"), node_creation_hook(hook):
        x * 2
    assert (x * 2).grad_fn is not None
