"""Arguments to try the rows of linear algebra with.

What is empty here returns more than is differentiable, or reads one triangle of a symmetric matrix only, so that differences
say nothing of it; it is compared with PyTorch by the programs of `linalg.txt`.
"""

from __future__ import annotations

import numpy as np
from row_arguments import Make, leaf

from engine.tensor import Tensor, wrap


def regular(random: np.random.Generator, *shape: int) -> Tensor:
    """Matrices far from singular."""
    made = wrap(leaf(random, *shape)._value + 2 * np.eye(*shape[-2:]))
    made.requires_grad_()
    return made


_ELSEWHERE = (
    *("_linalg_det", "_linalg_slogdet", "_linalg_solve_ex", "_linalg_eigh", "linalg_eig", "linalg_cholesky_ex", "cholesky"),
    *("cholesky_inverse", "cholesky_solve", "linalg_lu_solve"),
)

CASES: dict[str, list[Make]] = {
    **{name: [] for name in _ELSEWHERE},
    # Between real and complex numbers: compared with PyTorch by the programs of `fourier.txt`.
    **{f"_fft_{name}": [] for name in ("c2c", "r2c", "c2r")},
    "linalg_inv_ex": [lambda r: [regular(r, 3, 3)], lambda r: [regular(r, 2, 2, 2)]],
    "linalg_solve_triangular": [
        lambda r: [regular(r, 3, 3), leaf(r, 3, 2), True],
        lambda r: [regular(r, 3, 3), leaf(r, 2, 3), False, False, True],
    ],
    "linalg_pinv": [lambda r: [regular(r, 3, 2)], lambda r: [regular(r, 2, 3)]],
    "linalg_lstsq": [lambda r: [regular(r, 4, 2), leaf(r, 4, 3), None, "gels"], lambda r: [regular(r, 2, 3), leaf(r, 2)]],
    "linalg_qr": [lambda r: [regular(r, 4, 2)], lambda r: [regular(r, 2, 4)], lambda r: [regular(r, 3, 3), "complete"]],
    "_linalg_svd": [lambda r: [regular(r, 3, 2)], lambda r: [regular(r, 2, 3)]],
    "linalg_lu_factor_ex": [lambda r: [regular(r, 3, 3)], lambda r: [regular(r, 4, 2)], lambda r: [regular(r, 2, 4)]],
    "linalg_lu": [lambda r: [regular(r, 3, 3)], lambda r: [regular(r, 4, 2), False]],
    "linalg_matrix_exp": [lambda r: [leaf(r, 3, 3)]],
}
