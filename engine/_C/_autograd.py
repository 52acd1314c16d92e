"""torch._C._autograd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..backward import current_pass
from ..modes import state
from ..saved_hooks import pop_hooks, push_hooks
from ..saved_tensor import SavedTensor, keep_tensor
from ..tensor import Tensor

__all__: list[str] = []


def _get_current_graph_task_keep_graph() -> bool:
    """Whether saved tensors survive the pass under way."""
    walk = current_pass()
    return True if walk is None else walk.keep


def _make_saved_tensor(tensor: Tensor, is_output: bool, is_inplace_on_view: bool = False) -> SavedTensor:
    """Keep a tensor as a node would."""
    return keep_tensor(tensor)


def _push_saved_tensors_default_hooks(pack_hook: Callable[..., Any], unpack_hook: Callable[..., Any]) -> None:
    push_hooks(pack_hook, unpack_hook)


def _pop_saved_tensors_default_hooks() -> None:
    pop_hooks()


def _saved_tensors_hooks_is_enabled() -> bool:
    return state.hooks_disabled is None


def _saved_tensors_hooks_get_disabled_error_message() -> str | None:
    return state.hooks_disabled


def _unsafe_set_version_counter(tensors: Sequence[Tensor], versions: Sequence[int]) -> None:
    """Set how often tensors count as written to.

    Raises:
        RuntimeError: There are more of the one than of the other, or a version is negative.
    """
    if len(tensors) != len(versions):
        raise RuntimeError(f"tensors_len={len(tensors)}, versions_len={len(versions)}")
    for tensor, version in zip(tensors, versions, strict=True):
        if version < 0:
            raise RuntimeError(f"Cannot set a version_counter to a value below 0: {version}")
        tensor._share().version = version


def __dir__() -> list[str]:
    return __all__
