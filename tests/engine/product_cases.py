"""Arguments to try the rows of products and distances with."""

from __future__ import annotations

import math

from row_arguments import Make, leaf

_ORDERS = (0.5, 1.0, 1.5, 2.0, 3.0, math.inf)

CASES: dict[str, list[Make]] = {
    "addbmm": [lambda r: [leaf(r, 2, 2), leaf(r, 2, 2, 3), leaf(r, 2, 3, 2), 0.5, 2]],
    "addr": [lambda r: [leaf(r, 2, 3), leaf(r, 2), leaf(r, 3), 0.5, 2], lambda r: [leaf(r), leaf(r, 2), leaf(r, 3)]],
    "linalg_cross": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3)], lambda r: [leaf(r, 3, 2), leaf(r, 3, 1), 0]],
    "_euclidean_dist": [lambda r: [leaf(r, 2, 3), leaf(r, 4, 3, low=2.1, high=4.3)]],
    "_cdist_forward": [lambda r, p=p: [leaf(r, 2, 3), leaf(r, 4, 3, low=0.21, high=1.93), p, None] for p in (*_ORDERS, 0.0)],
    "_cdist_backward": [lambda r: [leaf(r, 2, 4), leaf(r, 2, 3), leaf(r, 4, 3), 2.0, leaf(r, 2, 4)]],
    "_pdist_forward": [lambda r, p=p: [leaf(r, 3, 2), p] for p in _ORDERS[:-1]],
    "_pdist_backward": [lambda r: [leaf(r, 3), leaf(r, 3, 2), 2.0, leaf(r, 3)]],
    "dist": [lambda r, p=p: [leaf(r, 2, 3), leaf(r, 2, 3, low=2.1, high=4.3), p] for p in _ORDERS],
    "renorm": [lambda r, p=p: [leaf(r, 2, 3), p, 0, 1.9] for p in (1.0, 2.0, 3.0)],
}
