"""Arguments for the rows of normalization."""

from __future__ import annotations

import numpy as np
from row_arguments import Make, leaf

from engine.tensor import Tensor, wrap

LOW = -1.5
MASK = (True, True, True)


def fixed(*shape: int) -> Tensor:
    """Numbers that are no matter of derivatives."""
    return wrap(np.linspace(0.6, 1.4, int(np.prod(shape))).reshape(shape))


CASES: dict[str, list[Make]] = {
    "_native_batch_norm": [
        lambda r: [leaf(r, 3, 2, 2, low=LOW), leaf(r, 2), leaf(r, 2), fixed(2), fixed(2), True, 0.1, 0.1],
        lambda r: [leaf(r, 3, 2, low=LOW), None, None, None, None, True, 0.1, 0.1],
        lambda r: [leaf(r, 3, 2, 2, low=LOW), leaf(r, 2), leaf(r, 2), fixed(2), fixed(2), False, 0.1, 0.1],
    ],
    # What mean and variance owe to the input is tried by the second derivative of the forward.
    "native_batch_norm_backward": [
        lambda r: [leaf(r, 3, 2), fixed(3, 2), leaf(r, 2), fixed(2), fixed(2), fixed(2), fixed(2), False, 0.1, MASK]
    ],
    "native_layer_norm": [
        lambda r: [leaf(r, 2, 2, 3, low=LOW), (2, 3), leaf(r, 2, 3), leaf(r, 2, 3), 0.1],
        lambda r: [leaf(r, 2, 3, low=LOW), (3,), None, leaf(r, 3), 0.1],
        lambda r: [leaf(r, 3, low=LOW), (3,), leaf(r, 3), None, 0.1],
    ],
    "native_layer_norm_backward": [],
    "native_group_norm": [
        lambda r: [leaf(r, 2, 4, 2, low=LOW), leaf(r, 4), leaf(r, 4), 2, 4, 2, 2, 0.1],
        lambda r: [leaf(r, 2, 2, 2, low=LOW), None, None, 2, 2, 2, 1, 0.1],
    ],
}
