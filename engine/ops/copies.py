"""Views copied (`expand_copy` and its like), and copies with a part written over (`select_scatter` and its like)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, public
from ..dtypes import dtype as Dtype
from ..geometry import relaid
from ..rules import ARRAYS, TENSORS, helper
from ..table import TABLE
from ..tensor import Tensor, wrap
from . import complex, pieces, views, windows
from .shape import reinterpreted
from .vocabulary import axis_of

__all__: list[str] = []


# -- views, copied


def _copied(name: str) -> None:
    """Add the row that copies what the view of this name shows."""
    view = TABLE[name]
    derivatives: Any = view.derivatives

    def forward(*arguments: Any) -> Any:
        shown = view.forward(*arguments)
        return [np.array(part, order="C") for part in shown] if view.many else np.array(shown, order="C")[()]

    op(
        view.schema.text.replace(view.schema.base, f"{view.schema.base}_copy", 1),
        forward,
        f"{view.formula}, copied",
        method=False,
        node=f"{view.node_name}_copy",
        **derivatives,
    )


_FAMILIES = (complex, pieces, views, windows)
"""Where the rows copied below are."""

for _name in (
    "alias", "as_strided", "diagonal", "expand", "permute", "select", "slice", "split", "split_with_sizes", "squeeze",
    "squeeze.dim", "squeeze.dims", "t", "transpose", "unbind", "unfold", "unsqueeze", "view", "view_as_real", "view_as_complex",
):  # fmt: skip
    _copied(_name)

_view_row = TENSORS.view_copy


@public(method=False, out="view_copy")
def view_copy(input: Tensor, size: Any = None, *, dtype: Dtype | None = None) -> Tensor:
    """input in another shape or as another dtype, copied."""
    kind = size if isinstance(size, Dtype) else dtype
    return _view_row(input, size) if kind is None else wrap(np.array(reinterpreted(input, kind)._value))


@public(method=False, out="squeeze_copy")
def squeeze_copy(input: Tensor, dim: Any = None) -> Tensor:
    """input without dimensions of size 1, copied."""
    if dim is None:
        return TENSORS.squeeze_copy(input)
    return (TENSORS.squeeze_copy_dims if isinstance(dim, (tuple, list)) else TENSORS.squeeze_copy_dim)(input, dim)


def _narrowed(self: Any, dim: int, start: int, length: int) -> Any:
    if not self.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    size = self.shape[axis_of(dim, self.ndim)]
    begin = start + size if start < 0 else start
    if not 0 <= begin <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    if length < 0 or begin + length > size:
        raise RuntimeError(f"start ({begin}) + length ({length}) exceeds dimension size ({size}).")
    return ARRAYS.slice(self, dim, begin, begin + length, 1).copy()


@helper
def narrow_backward(k: Any, grad: Any, shape: tuple[int, ...], dim: int, start: int, length: int) -> Any:
    """Zeros, with the gradient in the part that was taken."""
    begin = start + shape[dim] if start < 0 else start
    return k.slice_backward(grad, shape, dim, begin, begin + length, 1)


op(
    "narrow_copy(Tensor self, int dim, int start, int length)",
    _narrowed,
    "the part of self from start on, length long, along dim, copied",
    self="narrow_backward(grad, self.shape, dim, start, length)",
)


# -- copies with a part written over


def _written_over(name: str, signature: str, formula: str) -> None:
    """Add the row that copies self and writes src where the view of this name looks."""
    view = TABLE[name]
    arguments = ", ".join(p.name for p in view.schema.parameters[1:])

    def forward(self: Any, src: Any, *rest: Any) -> Any:
        result = relaid(np.array(self, order="K"), self)
        window = view.forward(result, *rest)
        if window.shape != src.shape:
            raise RuntimeError(
                f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
                f"{list(window.shape)}"
            )
        window[...] = src
        return result

    op(
        signature,
        forward,
        formula,
        keeps_layout=True,
        self=f"{name}_scatter(contiguous(grad), zeros_of(grad, src.shape), {arguments})",
        src=f"{name}(contiguous(grad), {arguments})",
    )


_written_over(
    "select",
    "select_scatter(Tensor self, Tensor src, int dim, int index)",
    "self, with src at index along dim",
)
_written_over(
    "slice",
    "slice_scatter(Tensor self, Tensor src, int dim=0, int? start=None, int? end=None, int step=1)",
    "self, with src at start:end:step along dim",
)
_written_over(
    "diagonal",
    "diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1)",
    "self, with src on a diagonal",
)
_written_over(
    "as_strided",
    "as_strided_scatter(Tensor self, Tensor src, int[] size, int[] stride, int? storage_offset=None)",
    "self, with src where the strides say",
)
