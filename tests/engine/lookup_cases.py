"""Arguments for the rows of embeddings and attention."""

from __future__ import annotations

from row_arguments import Make, index, leaf, plain

LOW = -1.5

CASES: dict[str, list[Make]] = {
    "embedding": [
        lambda r: [leaf(r, 4, 2), index([0, 1], [1, 3])],
        lambda r: [leaf(r, 4, 2), index(0, 1, 1, 3), 2],
    ],
    "embedding_dense_backward": [
        lambda r: [leaf(r, 2, 2, 3), index([0, 1], [1, 3]), 4, -1, False],
        lambda r: [leaf(r, 4, 3), index(0, 1, 1, 3), 4, 0, True],
    ],
    "embedding_renorm": [lambda r: [leaf(r, 4, 2), index(0, 1), 0.5, 2.0]],
    "_safe_softmax": [lambda r: [leaf(r, 2, 3, low=LOW), 1], lambda r: [leaf(r, 2, 3, low=LOW), 0]],
    "_scaled_dot_product_flash_attention_for_cpu": [
        lambda r: [leaf(r, 1, 2, 2, 2), leaf(r, 1, 2, 3, 2), leaf(r, 1, 2, 3, 2), 0.0, False, plain(0.5, -1.0, 0.0), None],
        lambda r: [leaf(r, 1, 2, 2, 2), leaf(r, 1, 1, 3, 2), leaf(r, 1, 1, 3, 2), 0.0, True, None, 0.3],
    ],
    "_scaled_dot_product_attention_backward": [
        lambda r: [*(leaf(r, 1, 1, 2, 2) for _ in range(5)), leaf(r, 1, 1, 2), 0.0, False, None, None]
    ],
}
