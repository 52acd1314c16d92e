"""torch._C._autograd."""

from __future__ import annotations

from collections.abc import Sequence

from ..backward import current_pass
from ..tensor import Tensor

__all__: list[str] = []


def _get_current_graph_task_keep_graph() -> bool:
    """Whether saved tensors survive the pass under way."""
    walk = current_pass()
    return True if walk is None else walk.keep


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
