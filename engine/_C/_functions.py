"""torch._C._functions: nodes that programs put into a graph by hand to see what a pass does there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..dispatch import edge_of, recording
from ..graph import Node, meta_of
from ..rules import BORROWED
from ..tensor import Tensor

__all__ = ["DelayedError", "UndefinedGrad"]


class _Raises(Node):
    """Raises when a gradient reaches it."""

    __slots__ = ("message",)
    _qualified = "torch::autograd::Error"
    message: str

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        raise RuntimeError(self.message)


_Raises.__name__ = _Raises.__qualname__ = "Error"


class _Undefined(Node):
    """Passes no gradient on."""

    __slots__ = ()
    _qualified = "torch::autograd::UndefinedGradBackward"

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        return (None,) * len(self._edges), (BORROWED,) * len(self._edges)


_Undefined.__name__ = _Undefined.__qualname__ = "UndefinedGradBackward"


def _behind(node: Node, inputs: Sequence[Tensor]) -> Any:
    """The inputs' values as outputs of a node; one of them alone."""
    made = [t.detach() for t in inputs]
    if recording() and any(t.requires_grad for t in inputs):
        edges = tuple([edge_of(t) if t.requires_grad else None for t in inputs])
        node._wire(edges, tuple([meta_of(t._value) for t in inputs]))
        for number, tensor in enumerate(made):
            tensor._edge = (node, number)
    return made[0] if len(made) == 1 else tuple(made)


def _counted(inputs: Sequence[Tensor], expected: int) -> None:
    if len(inputs) != expected:
        raise RuntimeError(f"expected {expected} arguments, got {len(inputs)} instead")


class DelayedError:
    """A function that returns its inputs, and raises in the backward pass.

    Args:
        message: What the error says.
        num_inputs: How many tensors it takes.
    """

    def __init__(self, message: str, num_inputs: int) -> None:
        self._message = message
        self._count = num_inputs

    def __call__(self, *inputs: Tensor) -> Any:
        """The inputs, behind a node that raises.

        Raises:
            RuntimeError: There are not as many as was said.
        """
        _counted(inputs, self._count)
        node = _Raises()
        node.message = self._message
        return _behind(node, inputs)


class UndefinedGrad:
    """A function that returns its input, and lets no gradient through."""

    def __call__(self, *inputs: Tensor) -> Any:
        """The input, behind a node that passes None on.

        Raises:
            RuntimeError: There are several.
        """
        _counted(inputs, 1)
        return _behind(_Undefined(), inputs)
