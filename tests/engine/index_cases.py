"""Arguments to try the rows that read and write by index with."""

from __future__ import annotations

from row_arguments import Make, index, leaf, mask

_ROWS = index(0, 2, 0)
_PLACES = index([0, 2, 2], [1, 2, 1])


def _reductions(name: str) -> list[tuple[str, bool]]:
    return [(n, own) for n in (name, "prod", "mean", "amax", "amin") for own in (True, False)]


CASES: dict[str, list[Make]] = {
    "fill.Tensor_copy": [lambda r: [leaf(r, 2, 3), leaf(r)]],
    "masked_scatter": [lambda r: [leaf(r, 2, 3), mask(2, 3), leaf(r, 2, 2)], lambda r: [leaf(r, 3), mask(2, 3), leaf(r, 2)]],
    "scatter.src": [lambda r: [leaf(r, 3, 4), 1, index([0, 3], [1, 2]), leaf(r, 2, 2)]],
    "scatter.value": [lambda r: [leaf(r, 3, 4), 0, index([0, 2], [1, 0]), 0.7]],
    "scatter.reduce": [lambda r: [leaf(r, 3, 4), 0, _PLACES, leaf(r, 2, 3), "add"]],
    "scatter.value_reduce": [lambda r: [leaf(r, 3, 4), 0, _PLACES, 0.7, "multiply"]],
    "scatter_add": [lambda r: [leaf(r, 3, 4), 0, _PLACES, leaf(r, 2, 3)], lambda r: [leaf(r), 0, index(0), leaf(r)]],
    "scatter_reduce.two": [
        lambda r, n=n, own=own: [leaf(r, 3, 4), 0, _PLACES, leaf(r, 2, 3, low=0.25, high=1.83), n, own]
        for n, own in _reductions("sum")
    ],
    "index_add": [lambda r: [leaf(r, 3, 2), 0, _ROWS, leaf(r, 3, 2), 0.5], lambda r: [leaf(r), 0, index(0), leaf(r)]],
    "index_copy": [lambda r: [leaf(r, 2, 3), 1, index(2, 0), leaf(r, 2, 2)]],
    "index_fill.int_Scalar": [lambda r: [leaf(r, 3, 2), 0, _ROWS, 0.7]],
    "index_fill.int_Tensor": [lambda r: [leaf(r, 3, 2), 0, _ROWS, leaf(r)]],
    "index_reduce": [
        lambda r, n=n, own=own: [leaf(r, 3, 2), 0, _ROWS, leaf(r, 3, 2, low=0.25, high=1.83), n, own]
        for n, own in _reductions("prod")
    ],
    "take": [lambda r: [leaf(r, 2, 3), index([0, -1], [4, 0])]],
    "put": [
        lambda r: [leaf(r, 2, 3), index([0, -1], [4, 1]), leaf(r, 2, 2)],
        lambda r: [leaf(r, 2, 3), index(0, 0), leaf(r, 2), True],
    ],
    "sort.stable": [lambda r: [leaf(r, 2, 3), 0, True]],
    "kthvalue": [lambda r: [leaf(r, 2, 3), 2], lambda r: [leaf(r, 2, 3), 1, 0, True]],
    "_refusing": [],
}
