"""Products of three tensors summed over shared dimensions, which a bilinear layer is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op, public
from ..rules import TENSORS
from ..tensor import Tensor
from .shape import reshape

__all__ = ["bilinear"]


def _trilinear(
    i1: Any,
    i2: Any,
    i3: Any,
    expand1: Sequence[int],
    expand2: Sequence[int],
    expand3: Sequence[int],
    sumdim: Sequence[int],
) -> Any:
    count = i1.ndim + len(expand1)
    axes = [[d for d in range(count) if d not in missing] for missing in (expand1, expand2, expand3, sumdim)]
    return np.ascontiguousarray(np.einsum(i1, axes[0], i2, axes[1], i3, axes[2], axes[3], optimize=True))


op(
    "_trilinear(Tensor i1, Tensor i2, Tensor i3, int[] expand1, int[] expand2, int[] expand3, int[] sumdim)",
    _trilinear,
    "the sum over sumdim of i1 * i2 * i3, each without the dimensions it is expanded over",
    function=False,
    method=False,
    i1="_trilinear(grad, conj(i2), conj(i3), sumdim, expand2, expand3, expand1)",
    i2="_trilinear(conj(i1), grad, conj(i3), expand1, sumdim, expand3, expand2)",
    i3="_trilinear(conj(i1), conj(i2), grad, expand1, expand2, sumdim, expand3)",
)


@public(method=False)
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input1 @ weight[k] @ input2 + bias[k], for each k.

    Args:
        input1: (..., features of the first).
        input2: (..., features of the second).
        weight: (outputs, features of the first, features of the second).
        bias: (outputs).

    Raises:
        RuntimeError: The sizes do not fit each other.
    """
    first, second = input1.shape, input2.shape
    if len(first) != len(second):
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {len(first)} and {len(second)}")
    for i, (n, m) in enumerate(zip(first[:-1], second[:-1], strict=True)):
        if n != m:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {i}: got {n} and {m}")
    for name, size, wanted in (
        ("input1", input1.size(-1), weight.size(1)),
        ("input2", input2.size(-1), weight.size(2)),
    ):
        if size != wanted:
            raise RuntimeError(f"bilinear(): {name} size does not match weight size: got {size} but expected {wanted}")
    if bias is not None and bias.size(0) != weight.size(0):
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.size(0)} but expected {weight.size(0)}"
        )
    rows1, rows2 = reshape(input1, (-1, first[-1])), reshape(input2, (-1, second[-1]))
    product = TENSORS._trilinear(rows1, weight, rows2, (1, 3), (0,), (1, 2), (2, 3))
    result = reshape(product, (*first[:-1], weight.size(0)))
    return result if bias is None else result + bias
