"""Grids of places under affine maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op
from ..rules import helper
from ..tensor import Tensor, wrap

__all__ = ["affine_grid_generator"]


def _line(size: int, align_corners: bool) -> Any:
    """Places from -1 to 1: of the elements' middles, the whole reaching from edge to edge, or of the first and last."""
    if size <= 1:
        return np.zeros(max(size, 0))
    line = np.linspace(-1.0, 1.0, size)
    return line if align_corners else line * (size - 1) / size


def _places(size: Sequence[int], align_corners: bool, kind: Any) -> Any:
    """(places, dimensions + 1): x, y and perhaps z of each, and 1."""
    lines = [_line(n, align_corners) for n in size[2:]]
    mesh = np.meshgrid(*lines, indexing="ij")
    return np.stack([*(m.reshape(-1) for m in reversed(mesh)), np.ones(mesh[0].size)], 1).astype(kind)


def _forward(theta: Any, size: Sequence[int], align_corners: bool) -> Any:
    if len(size) not in (4, 5):
        raise RuntimeError("AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs.")
    if size[0] != theta.shape[0]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {theta.shape[2]}] but got: "
            f"[{theta.shape[0]}, {theta.shape[2]}]."
        )
    grid = _places(size, align_corners, theta.dtype) @ theta.swapaxes(1, 2)
    return np.ascontiguousarray(grid.reshape(size[0], *size[2:], len(size) - 2))


@helper
def affine_grid_backward(k: Any, grad: Any, size: Sequence[int], align_corners: bool) -> Any:
    """The places, times how each is to move."""
    value = grad._value if isinstance(grad, Tensor) else grad
    places = _places(size, align_corners, value.dtype)
    rows = np.ascontiguousarray(np.broadcast_to(places.T, (size[0], *places.T.shape)))
    moves = k.reshape(grad, (size[0], places.shape[0], len(size) - 2))
    return k.transpose(k.bmm(wrap(rows) if isinstance(grad, Tensor) else rows, moves), 1, 2)


affine_grid_generator = op(
    "affine_grid_generator(Tensor theta, int[] size, bool align_corners)",
    _forward,
    "theta @ (x, y, 1) at each place of a grid from -1 to 1",
    method=False,
    theta="affine_grid_backward(grad, size, align_corners)",
)
