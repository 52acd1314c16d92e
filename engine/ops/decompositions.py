"""Factors of matrices: Cholesky, QR, LU, eigenvalues and singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op
from ..frames import warn
from ..rules import helper
from .matrices import by_columns, check_matrix, check_square, eliminated, failed, permuted
from .vocabulary import is_complex, numbers_of, samples_of

__all__ = ["NOT_POSITIVE"]


# -- Cholesky

NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of order {} is not "
    "positive-definite)."
)


def _cholesky_ex(self: Any, upper: bool = False, check_errors: bool = False) -> Any:
    check_square("linalg.cholesky", self)
    a = (np.tril(self.conj().swapaxes(-2, -1)) if upper else np.tril(self)).astype(self.dtype)
    n = a.shape[-1]
    factor = np.zeros_like(a)
    info = np.zeros(a.shape[:-2], np.int32)
    with np.errstate(all="ignore"):
        for j in range(n):
            row = factor[..., j, :j]
            rest = a[..., j, j].real - (np.abs(row) ** 2).sum(axis=-1)
            info = np.where((info == 0) & ~(rest > 0), j + 1, info).astype(np.int32)
            factor[..., j, j] = np.sqrt(rest)
            below = a[..., j + 1 :, j] - (factor[..., j + 1 :, :j] @ row.conj()[..., None])[..., 0]
            factor[..., j + 1 :, j] = below / factor[..., j, j][..., None]
    if check_errors:
        failed("linalg.cholesky_ex", info, NOT_POSITIVE)
    return (factor.conj().swapaxes(-2, -1) if upper else factor), info


@helper
def cholesky_backward(k: Any, grad: Any, factor: Any, upper: bool) -> Any:
    """L^-H phi(L^H grad) L^-1, phi making half the lower triangle Hermitian."""
    low, g = (k.mh(factor), k.mh(grad)) if upper else (factor, grad)
    whole = k.mh(low) @ g
    inner = 0.5 * (k.tril(whole, 0) + k.mh(k.tril(whole, -1)))
    right = k.linalg_solve_triangular(low, inner, upper=False, left=False)
    return k.linalg_solve_triangular(k.mh(low), right, upper=True, left=True)


def _cholesky(self: Any, upper: bool = False) -> Any:
    warn(
        "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch release.\nL = "
        "torch.cholesky(A)\nshould be replaced with\nL = torch.linalg.cholesky(A)\nand\nU = torch.cholesky(A, upper=True)\nshould be "
        "replaced with\nU = torch.linalg.cholesky(A).mH\nThis transform will produce equivalent results for all valid (symmetric "
        "positive definite) inputs.",
        UserWarning,
    )
    factor, info = _cholesky_ex(self, upper)
    failed("cholesky", info, NOT_POSITIVE)
    return factor


op(
    "cholesky(Tensor self, bool upper=False)",
    _cholesky,
    "the triangular L of self = L @ L^H",
    keeps_layout=True,
    self="cholesky_backward(grad, result, upper)",
)
op(
    "linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (L, info)",
    _cholesky_ex,
    "the triangular L of self = L @ L^H",
    keeps_layout=True,
    function=False,
    self="cholesky_backward(grad, L, upper)",
)


# -- QR


def _qr(A: Any, mode: str = "reduced") -> Any:
    check_matrix("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    if mode == "r":
        return np.empty(0, A.dtype), np.linalg.qr(A, "r")
    q, r = np.linalg.qr(A, "reduced" if mode == "reduced" else "complete")
    return by_columns(q.astype(A.dtype)), by_columns(r.astype(A.dtype))


@helper
def hermitian_lower(k: Any, value: Any) -> Any:
    """The adjoint of taking an upper triangle as a Hermitian matrix."""
    whole = value + k.mh(value)
    return whole - 0.5 * k.diag_embed(k.diagonal(whole, 0, -2, -1))


@helper
def qr_backward(k: Any, grad_q: Any, grad_r: Any, Q: Any, R: Any, mode: str) -> Any:
    """The derivative of A = QR (Walter, Lehmann and Lamour 2012; for wide matrices, by way of the square part)."""
    rows, columns = Q.shape[-2], R.shape[-1]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') "
            "if you are going to differentiate through linalg.qr."
        )
    if mode == "complete" and rows > columns:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    if columns <= rows:
        return _tall(k, grad_q, grad_r, Q, R)
    first, rest = k.slice(R, -1, 0, rows, 1), k.slice(R, -1, rows, columns, 1)
    grad_first, grad_rest = k.slice(grad_r, -1, 0, rows, 1), k.slice(grad_r, -1, rows, columns, 1)
    square = _tall(k, grad_q + (Q @ rest) @ k.mh(grad_rest), grad_first, Q, first)
    return k.cat([square, Q @ grad_rest], -1)


def _tall(k: Any, grad_q: Any, grad_r: Any, Q: Any, R: Any) -> Any:
    inner = k.triu(grad_r @ k.mh(R) - k.mh(Q) @ grad_q, 0)
    whole = grad_q + Q @ k.hermitian_lower(inner)
    return k.linalg_solve_triangular(k.mh(R), whole, upper=False, left=False)


op(
    "linalg_qr(Tensor A, str mode='reduced') -> (Q, R)",
    _qr,
    "the Q with orthonormal columns and the upper triangular R of A = Q @ R",
    keeps_layout=True,
    function=False,
    A="qr_backward(grads[0], grads[1], Q, R, mode)",
)


# -- eigenvalues


def _eigh(A: Any, UPLO: str = "L", compute_v: bool = True) -> Any:
    check_square("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    if not A.size:
        return np.empty(A.shape[:-1], A.real.dtype), np.empty(A.shape, A.dtype)
    if not compute_v:
        return np.linalg.eigvalsh(A, "L" if UPLO.upper() == "L" else "U"), np.empty(0, A.dtype)
    half: Any = UPLO.upper()
    values, vectors = np.linalg.eigh(A, half)
    return values, by_columns(vectors)


@helper
def gaps(k: Any, values: Any) -> Any:
    """L_j - L_i, with 1 on the diagonal."""
    between = k.unsqueeze(values, -2) - k.unsqueeze(values, -1)
    return between + k.diag_embed(k.zeros_of(values, (values.shape[-1],)) + 1)


@helper
def eigh_backward(k: Any, grad_values: Any, grad_vectors: Any, L: Any, V: Any) -> Any:
    """V (diag(grad_L) + skew(V^H grad_V) / gaps) V^H."""
    if grad_vectors is None:
        if grad_values is None:
            return None
        return (V * k.unsqueeze(grad_values, -2)) @ k.mh(V)
    turned = k.mh(V) @ grad_vectors
    if is_complex(V):
        _check_gauge(k, k.diagonal(turned, 0, -2, -1), "linalg_eigh_backward: The eigenvectors in the complex case are")
    inner = 0.5 * (turned - k.mh(turned)) / k.gaps(L)
    if grad_values is not None:
        inner = inner + k.diag_embed(grad_values)
    return (V @ inner) @ k.mh(V)


def _check_gauge(k: Any, diagonal: Any, words: str) -> None:
    """See that a loss does not depend on the phases of vectors, which nothing determines.

    Raises:
        RuntimeError: It does.
    """
    size = samples_of(diagonal)
    if not np.allclose(size.imag, 0, atol=1e-2, rtol=1e-2):
        raise RuntimeError(
            f"{words} specified up to multiplication by e^{{i phi}}. The specified loss function depends on this quantity, so it is "
            "ill-defined."
        )


_eigh_row: Any = op(
    "_linalg_eigh(Tensor A, str UPLO='L', bool compute_v=True) -> (eigenvalues, eigenvectors)",
    _eigh,
    "the eigenvalues and eigenvectors of a Hermitian A",
    keeps_layout=True,
    node="LinalgEighBackward0",
    A="eigh_backward(grads[0], grads[1], eigenvalues, eigenvectors)",
)
_eigh_row.op.missing = True


def _eigen(self: Any) -> Any:
    check_square("linalg.eig", self)
    kind = np.result_type(self.dtype, np.complex64)
    if not np.isfinite(self).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    if not self.size:
        return np.empty(self.shape[:-1], kind), np.empty(self.shape, kind)
    values, vectors = np.linalg.eig(self)
    return values.astype(kind), by_columns(vectors.astype(kind))


@helper
def eig_backward(k: Any, grad_values: Any, grad_vectors: Any, L: Any, V: Any) -> Any:
    """V^-H (diag(grad_L) + (V^H grad_V - V^H V diag(real)) / conj(gaps)) V^H."""
    if grad_vectors is None:
        if grad_values is None:
            return None
        return k._linalg_solve_ex(k.mh(V), k.unsqueeze(grad_values, -1) * k.mh(V))[0]
    turned = k.mh(V) @ grad_vectors
    diagonal = k.diagonal(turned, 0, -2, -1)
    _check_gauge(k, diagonal, "linalg_eig_backward: The eigenvectors in the complex case are")
    inner = (turned - (k.mh(V) @ V) * k.unsqueeze(k.real(diagonal), -2)) / k.conj(k.gaps(L))
    if grad_values is not None:
        inner = inner - k.diag_embed(k.diagonal(inner, 0, -2, -1)) + k.diag_embed(grad_values)
    return k._linalg_solve_ex(k.mh(V), inner @ k.mh(V))[0]


_eig_row: Any = op(
    "linalg_eig(Tensor self) -> (eigenvalues, eigenvectors)",
    _eigen,
    "the eigenvalues and eigenvectors of self",
    keeps_layout=True,
    function=False,
    self="eig_backward(grads[0], grads[1], eigenvalues, eigenvectors)",
)
_eig_row.op.missing = True


# -- singular values


def _svd(A: Any, full_matrices: bool = False, compute_uv: bool = True, driver: str | None = None) -> Any:
    check_matrix("linalg.svd", A)
    if not compute_uv:
        return np.empty(0, A.dtype), np.linalg.svd(A, compute_uv=False), np.empty(0, A.dtype)
    if not A.size:
        rows, columns = A.shape[-2:]
        least = min(rows, columns)
        u = np.zeros((*A.shape[:-1], rows if full_matrices else least), A.dtype)
        vh = np.zeros((*A.shape[:-2], columns if full_matrices else least, columns), A.dtype)
        return u, np.zeros((*A.shape[:-2], least), A.real.dtype), vh
    u, s, vh = np.linalg.svd(A, full_matrices)
    return u, s, vh


@helper
def svd_backward(k: Any, grad_u: Any, grad_s: Any, grad_vh: Any, U: Any, S: Any, Vh: Any, full_matrices: bool) -> Any:
    """The derivative of A = U S V^H, as PyTorch's `svd_backward` puts it together."""
    if grad_u is None and grad_s is None and grad_vh is None:
        return None
    least = S.shape[-1]
    if full_matrices:
        U, Vh = k.slice(U, -1, 0, least, 1), k.slice(Vh, -2, 0, least, 1)
        grad_u = None if grad_u is None else k.slice(grad_u, -1, 0, least, 1)
        grad_vh = None if grad_vh is None else k.slice(grad_vh, -2, 0, least, 1)
    rows, columns = U.shape[-2], Vh.shape[-1]
    across, down = k.unsqueeze(S, -2), k.unsqueeze(S, -1)
    if grad_u is None and grad_vh is None:
        return U @ (k.unsqueeze(grad_s, -1) * Vh) if rows >= columns else (U * k.unsqueeze(grad_s, -2)) @ Vh
    squares = k.gaps(S * S)
    inner: Any = 0
    turned = None if grad_u is None else k.mh(U) @ grad_u
    other = None if grad_vh is None else Vh @ k.mh(grad_vh)
    if is_complex(U):
        total = sum((k.diagonal(t, 0, -2, -1) for t in (turned, other) if t is not None), start=0)
        _check_gauge(k, total, "svd_backward: The singular vectors in the complex case are")
    if turned is not None:
        inner = inner + (turned - k.mh(turned)) / squares * across
    if other is not None:
        inner = inner + down * ((other - k.mh(other)) / squares)
    if turned is not None and is_complex(U):
        inner = inner + k.diag_embed(k.diagonal(turned, 0, -2, -1) / (2 * S) - k.conj(k.diagonal(turned, 0, -2, -1)) / (2 * S))
    if grad_s is not None:
        inner = inner + k.diag_embed(grad_s)
    found = (U @ inner) @ Vh
    if rows > least and grad_u is not None:
        scaled = grad_u / across
        found = found + (scaled - U @ (k.mh(U) @ scaled)) @ Vh
    if columns > least and grad_vh is not None:
        scaled = grad_vh / down
        found = found + U @ (scaled - (scaled @ k.mh(Vh)) @ Vh)
    return found


_svd_row: Any = op(
    "_linalg_svd(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None) -> (U, S, Vh)",
    _svd,
    "the singular values of A, and the vectors that go with them",
    keeps_layout=True,
    node="LinalgSvdBackward0",
    A="svd_backward(grads[0], grads[1], grads[2], U, S, Vh, full_matrices)",
)
_svd_row.op.missing = True


# -- LU


def _lu_factor_ex(A: Any, pivot: bool = True, check_errors: bool = False) -> Any:
    check_matrix("torch.lu_factor", A)
    lu, pivots, info = eliminated(A, pivot)
    if check_errors:
        failed(
            "torch.linalg.lu_factor_ex",
            info,
            "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
            "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)",
        )
    return lu, pivots, info


def _placed(pivots: Any, rows: int, kind: Any) -> Any:
    """The matrix that puts the rows back where they were."""
    order = permuted(pivots, rows)
    return np.swapaxes(np.eye(rows, dtype=kind)[order], -2, -1)


def _lu(A: Any, pivot: bool = True) -> Any:
    check_matrix("linalg.lu", A)
    lu, pivots, _ = eliminated(A, pivot)
    rows, columns = A.shape[-2:]
    least = min(rows, columns)
    lower = np.tril(lu[..., :least], -1) + np.eye(rows, least, dtype=A.dtype)
    upper = np.triu(lu[..., :least, :])
    place = np.broadcast_to(_placed(pivots, rows, A.dtype), (*A.shape[:-2], rows, rows)).copy()
    return (place if pivot else np.empty(0, A.dtype)), by_columns(lower), by_columns(upper)


@helper
def lu_backward(k: Any, grad_l: Any, grad_u: Any, lower: Any, upper: Any) -> Any:
    """The derivative of A = L @ U; of a matrix that is not square, the square part's and the rest's."""
    rows, columns = lower.shape[-2], upper.shape[-1]
    least = min(rows, columns)
    first_l, first_u = k.slice(lower, -2, 0, least, 1), k.slice(upper, -1, 0, least, 1)
    left, right = k.slice(grad_l, -2, 0, least, 1), k.slice(grad_u, -1, 0, least, 1)
    rest: Any = None
    below = k.mh(first_l) @ left
    if columns > rows:
        wide = k.slice(grad_u, -1, least, columns, 1)
        below = below - wide @ k.mh(k.slice(upper, -1, least, columns, 1))
        rest = k.linalg_solve_triangular(k.mh(first_l), wide, upper=True, unitriangular=True)
    if rows > columns:
        rest = k.linalg_solve_triangular(k.mh(first_u), k.slice(grad_l, -2, least, rows, 1), upper=False, left=False)
        right = right - k.mh(k.slice(lower, -2, least, rows, 1)) @ rest
    inner = k.tril(below, -1) + k.triu(right @ k.mh(first_u), 0)
    inner = k.linalg_solve_triangular(k.mh(first_u), inner, upper=False, left=False)
    inner = k.linalg_solve_triangular(k.mh(first_l), inner, upper=True, left=True, unitriangular=True)
    return inner if rest is None else k.cat([inner, rest], -1 if columns > rows else -2)


@helper
def lu_factor_backward(k: Any, grad: Any, LU: Any, pivots: Any, pivot: bool) -> Any:
    """The same, of both factors in one matrix."""
    rows, columns = LU.shape[-2:]
    least = min(rows, columns)
    lower, upper = k.tril(k.slice(LU, -1, 0, least, 1), -1), k.triu(k.slice(LU, -2, 0, least, 1), 0)
    ones = k.diag_embed(k.zeros_of(LU, (least,)) + 1)
    if rows > least:
        ones = k.cat([ones, k.zeros_of(LU, (rows - least, least))], 0)
    grad_l, grad_u = k.tril(k.slice(grad, -1, 0, least, 1), -1), k.triu(k.slice(grad, -2, 0, least, 1), 0)
    inner = k.lu_backward(grad_l, grad_u, lower + ones, upper)
    if not pivot:
        return inner
    order = permuted(numbers_of(pivots, "the derivative of lu_factor"), rows)
    return k.rows_taken(inner, np.argsort(order, axis=-1))


@helper
def rows_taken(k: Any, value: Any, order: Any) -> Any:
    """The rows of each matrix in another order."""
    index = np.broadcast_to(order[..., None], tuple(value.shape)).copy()
    if isinstance(value, np.ndarray):
        return np.take_along_axis(value, index, -2)
    from ..tensor import wrap

    return k.gather(value, -2, wrap(index))


op(
    "linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (LU, pivots, info)",
    _lu_factor_ex,
    "the triangular factors of A, its rows exchanged, in one matrix",
    keeps_layout=True,
    function=False,
    A="lu_factor_backward(grad, LU, pivots, pivot)",
)
op(
    "linalg_lu(Tensor A, *, bool pivot=True) -> (P, L, U)",
    _lu,
    "the permutation and the triangular factors of A = P @ L @ U",
    keeps_layout=True,
    function=False,
    A="P @ lu_backward(grads[1], grads[2], L, U) if pivot else lu_backward(grads[1], grads[2], L, U)",
)


# -- the exponential


def _matrix_exp(self: Any) -> Any:
    check_square("linalg.matrix_exp", self)
    wide = self.astype(np.complex128 if self.dtype.kind == "c" else np.float64)
    if not wide.size:
        return self.copy()
    size = np.abs(wide).sum(axis=-2).max()
    halvings = max(0, int(np.ceil(np.log2(size))) + 4) if np.isfinite(size) and size > 0 else 0
    scaled = wide / 2.0**halvings
    total = term = np.broadcast_to(np.eye(self.shape[-1], dtype=wide.dtype), wide.shape)
    for i in range(1, 16):
        term = term @ scaled / i
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total.astype(self.dtype)


@helper
def matrix_exp_backward(k: Any, grad: Any, self: Any) -> Any:
    """The corner of the exponential of [[A^H, grad], [0, A^H]]."""
    n = self.shape[-1]
    turned = k.mh(self)
    top, bottom = k.cat([turned, grad], -1), k.cat([k.zeros_like(turned), turned], -1)
    whole = k.linalg_matrix_exp(k.cat([top, bottom], -2))
    return k.slice(k.slice(whole, -2, 0, n, 1), -1, n, 2 * n, 1)


op(
    "linalg_matrix_exp(Tensor self)",
    _matrix_exp,
    "the exponential of self as a matrix",
    function=False,
    self="matrix_exp_backward(grad, self)",
)
