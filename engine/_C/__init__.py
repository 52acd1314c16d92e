"""torch._C: those of PyTorch's inner functions that programs on autograd call."""

from __future__ import annotations

from typing import Any

from .. import modes
from ..backward import current_pass
from ..graph import AccumulateGrad, Node
from ..modes import state
from . import _autograd as _autograd
from . import _functions as _functions

__all__: list[str] = []


def _current_graph_task_id() -> int:
    """The number of the pass under way in this thread, or -1."""
    walk = current_pass()
    return -1 if walk is None else walk.number


def _current_autograd_node() -> Node | None:
    """The node that is running, or whose hooks are."""
    walk = current_pass()
    return None if walk is None else walk.node


def _will_engine_execute_node(node: Node) -> bool:
    """Whether the pass under way runs a node.

    Raises:
        RuntimeError: There is no pass, or the node is a leaf autograd.grad was asked for.
    """
    walk = current_pass()
    if walk is None:
        raise RuntimeError("_get_should_execute_nodes should only be called during the backward pass")
    if isinstance(node, AccumulateGrad) and walk.captures_at(node):
        raise RuntimeError(
            "A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). This is currently not "
            "supported."
        )
    return node in walk.pending


def _is_multithreading_enabled() -> bool:
    return state.multithreading


def _set_multithreading_enabled(enabled: bool) -> None:
    state.multithreading = enabled


def _is_grad_layout_enforcement_enabled() -> bool:
    return state.grad_layout


def _set_grad_layout_enforcement_enabled(enabled: bool) -> None:
    state.grad_layout = enabled


def _set_grad_enabled(enabled: bool) -> None:
    modes.set_grad_enabled(enabled)


def is_grad_enabled() -> bool:
    """Whether history is being recorded."""
    return state.grad_enabled


def __dir__() -> list[Any]:
    return __all__
