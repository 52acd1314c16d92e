"""Arguments to try the rows of views, pieces, copies and joins with."""

from __future__ import annotations

from row_arguments import Make, leaf

_DENSE = ((3, 4), (4, 1), 0)
_OVERLAPPING = ((3, 4), (1, 1), 0)
_STEPPING = ((2, 3), (5, 2), 1)

CASES: dict[str, list[Make]] = {
    "restrided": [
        lambda r: [leaf(r, 2, 3), _STEPPING, _DENSE, _DENSE],
        lambda r: [leaf(r, 3, 4), _DENSE, _STEPPING, _DENSE],
        lambda r: [leaf(r, 2, 3), _STEPPING, _OVERLAPPING, _OVERLAPPING],
        lambda r: [leaf(r, 3, 4), _OVERLAPPING, _STEPPING, _OVERLAPPING],
    ],
    "unsafe_split": [lambda r: [leaf(r, 5, 2), 2, 0]],
    "unsafe_split_with_sizes": [lambda r: [leaf(r, 2, 5), (2, 3), 1]],
    "narrow_copy": [lambda r: [leaf(r, 3, 4), 1, -3, 2]],
    "select_scatter": [lambda r: [leaf(r, 3, 4), leaf(r, 4), 0, 1]],
    "slice_scatter": [lambda r: [leaf(r, 3, 4), leaf(r, 3, 2), 1, 0, None, 2]],
    "diagonal_scatter": [lambda r: [leaf(r, 3, 4), leaf(r, 3), 1]],
    "as_strided_scatter": [lambda r: [leaf(r, 3, 4), leaf(r, 2, 3), (2, 3), (5, 1), 1]],
    "rot90": [lambda r, k=k: [leaf(r, 3, 4), k, (0, 1)] for k in (1, 2, 3)],
    "roll": [lambda r: [leaf(r, 3, 4), (1, -2), (1, 0)], lambda r: [leaf(r, 3, 4), (5,)]],
    "block_diag": [lambda r: [(leaf(r, 2, 3), leaf(r, 2), leaf(r))]],
}
