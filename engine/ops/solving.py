"""Determinants, inverses and linear systems."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..api import op
from ..rules import helper
from .matrices import by_columns, check_matrix, check_square, check_system, eliminated, failed, permuted, substituted
from .vocabulary import is_complex, numbers_of

__all__: list[str] = []

SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
UNSOLVABLE = "The solver failed because the input matrix is singular."


def inverse_of(a: Any, info: Any) -> Any:
    """The inverse of each matrix; of one that has none, nan."""
    if not np.any(info):
        return np.linalg.inv(a) if a.size else a.copy()
    safe = np.where(info[..., None, None] != 0, np.eye(a.shape[-1], dtype=a.dtype), a)
    return np.where(info[..., None, None] != 0, np.nan, np.linalg.inv(safe)).astype(a.dtype)


def solution_of(a: Any, b: Any, info: Any) -> Any:
    """The solution of AX = B for each matrix; of a singular one, nan."""
    if not a.size:
        return np.zeros((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-1], b.shape[-1]), a.dtype)
    if not np.any(info):
        return np.linalg.solve(a, b)
    safe = np.where(info[..., None, None] != 0, np.eye(a.shape[-1], dtype=a.dtype), a)
    return np.where(info[..., None, None] != 0, np.nan, np.linalg.solve(safe, b)).astype(a.dtype)


# -- determinants


def _det(A: Any) -> Any:
    check_square("linalg.det", A)
    lu, pivots, _ = eliminated(A)
    return np.linalg.det(A), lu, pivots


@helper
def det_backward(k: Any, grad: Any, A: Any, result: Any) -> Any:
    """grad * conj(det) * A^-H; 0 where the determinant is."""
    if not A.shape[-1]:
        return k.zeros_like(A)
    singular = k.column(result == 0)
    safe = k.where(singular, k.identity_like(A), A)
    found = k.column(grad * k.conj(result)) * k.mh(k.linalg_inv_ex(safe)[0])
    return k.where(singular, 0, found)


@helper
def identity_like(k: Any, value: Any) -> Any:
    """An identity matrix of the same size and dtype."""
    return k.diag_embed(k.zeros_of(value, (value.shape[-1],)) + 1)


_det_row: Any = op(
    "_linalg_det(Tensor A) -> (result, LU, pivots)",
    _det,
    "the determinant of A",
    keeps_layout=True,
    node="LinalgDetBackward0",
    A="det_backward(grad, A, result)",
)


def _slogdet(A: Any) -> Any:
    check_square("linalg.slogdet", A)
    lu, pivots, _ = eliminated(A)
    sign, logabsdet = np.linalg.slogdet(A)
    return np.asarray(sign, A.dtype), np.asarray(logabsdet, A.real.dtype), lu, pivots


@helper
def slogdet_backward(k: Any, grad_sign: Any, grad: Any, A: Any, sign: Any) -> Any:
    """The gradient of the logarithm (and, for complex numbers, of the phase), times A^-H."""
    part = grad
    if is_complex(sign) and grad_sign is not None:
        bend = k.imag(k.conj(grad_sign) * sign)
        part = (0 if part is None else part) - 1j * bend
    if part is None:
        return k.zeros_like(A)
    return k.column(part) * k.mh(k.linalg_inv_ex(A)[0])


_slogdet_row: Any = op(
    "_linalg_slogdet(Tensor A) -> (sign, logabsdet, LU, pivots)",
    _slogdet,
    "the sign of A's determinant, and the logarithm of its size",
    keeps_layout=True,
    node="LinalgSlogdetBackward0",
    A="slogdet_backward(grads[0], grads[1], A, sign)",
)
_slogdet_row.op.missing = True


# -- inverses and systems


def _inv_ex(A: Any, check_errors: bool = False) -> Any:
    check_square("linalg.inv", A)
    info = eliminated(A)[2]
    if check_errors:
        failed("linalg.inv_ex", info, SINGULAR)
    return by_columns(inverse_of(A, info)), info


op(
    "linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (inverse, info)",
    _inv_ex,
    "the inverse of A",
    keeps_layout=True,
    function=False,
    A="-(mh(inverse) @ (grad @ mh(inverse)))",
)


def is_vector(a: Any, b: Any) -> bool:
    """Whether a right-hand side is a vector, or a batch of them, as PyTorch reads it."""
    return b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])


def _solve_ex(A: Any, B: Any, left: bool = True, check_errors: bool = False) -> Any:
    check_square("linalg.solve", A)
    vector = is_vector(A, B)
    if vector and not left:
        raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False")
    b = B[..., None] if vector else B
    check_system("linalg.solve", A, b, left)
    lu, pivots, info = eliminated(A)
    if check_errors:
        failed("torch.linalg.solve_ex", info, UNSOLVABLE)
    turned = (A, b) if left else (A.swapaxes(-2, -1), b.swapaxes(-2, -1))
    x = solution_of(*turned, info)
    x = by_columns(x if left else x.swapaxes(-2, -1))
    return (np.ascontiguousarray(x[..., 0]) if vector else x), lu, pivots, info


@helper
def solve_backward(k: Any, grad: Any, A: Any, B: Any, result: Any, left: bool, which: int) -> Any:
    """The gradient of the solution with respect to A (0) or B (1)."""
    vector = len(B.shape) == 1 or (len(A.shape) - 1 == len(B.shape) and tuple(B.shape) == tuple(A.shape[:-1]))
    g = k.unsqueeze(grad, -1) if vector else grad
    back = k._linalg_solve_ex(k.mh(A), g, left=left)[0]
    if which:
        return k.squeeze_dim(back, -1) if vector else back
    x = k.unsqueeze(result, -1) if vector else result
    return -(back @ k.mh(x)) if left else -(k.mh(x) @ back)


op(
    "_linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (result, LU, pivots, info)",
    _solve_ex,
    "the X of A @ X = B",
    keeps_layout=True,
    node="LinalgSolveExBackward0",
    A="solve_backward(grad, A, B, result, left, 0)",
    B="solve_backward(grad, A, B, result, left, 1)",
)


def _solve_triangular(self: Any, B: Any, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    check_square("linalg.solve_triangular", self)
    if B.ndim < 2:
        raise RuntimeError("linalg.solve_triangular: The input tensor B must have at least 2 dimensions.")
    check_system("linalg.solve_triangular", self, B, left)
    if left:
        return by_columns(substituted(self, B, upper, unitriangular))
    return substituted(self.swapaxes(-2, -1), B.swapaxes(-2, -1), not upper, unitriangular).swapaxes(-2, -1)


@helper
def solve_triangular_backward(
    k: Any, grad: Any, A: Any, result: Any, upper: bool, left: bool, unitriangular: bool, which: int
) -> Any:
    """The gradient of the solution with respect to A (0) or B (1)."""
    back = k.linalg_solve_triangular(k.mh(A), grad, upper=not upper, left=left, unitriangular=unitriangular)
    if which:
        return back
    whole = -(back @ k.mh(result)) if left else -(k.mh(result) @ back)
    edge = int(unitriangular)
    return k.triu(whole, edge) if upper else k.tril(whole, -edge)


op(
    "linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False)",
    _solve_triangular,
    "the X of self @ X = B, self being triangular",
    keeps_layout=True,
    function=False,
    self="solve_triangular_backward(grad, self, result, upper, left, unitriangular, 0)",
    B="solve_triangular_backward(grad, self, result, upper, left, unitriangular, 1)",
)


# -- pseudoinverse and least squares


def _pinv(A: Any, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:
    check_matrix("linalg.pinv", A)
    if not A.size:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    low, relative = tolerances(A, atol, rtol)
    if hermitian:
        values, vectors = np.linalg.eigh(A)
        sizes = np.abs(values)
        bound = np.maximum(np.asarray(low), relative * sizes.max(axis=-1, keepdims=True))
        with np.errstate(divide="ignore"):
            inverse = np.where(sizes > bound, 1 / values, 0)
        return ((vectors * inverse[..., None, :]) @ vectors.conj().swapaxes(-2, -1)).astype(A.dtype)
    u, s, vh = np.linalg.svd(A, full_matrices=False)
    cutoff = np.maximum(np.asarray(low), relative * s.max(axis=-1, keepdims=True))
    with np.errstate(divide="ignore"):
        inverse = np.where(s > cutoff, 1 / s, 0)
    found = (vh.conj().swapaxes(-2, -1) * inverse[..., None, :]) @ u.conj().swapaxes(-2, -1)
    return found.astype(A.dtype)


def tolerances(a: Any, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """The bounds below which singular values count as 0: absolute, and relative to the largest."""
    eps = float(np.finfo(a.dtype).eps) * max(a.shape[-2:])
    low = 0.0 if atol is None else np.asarray(atol)[..., None]
    if rtol is None:
        relative = np.where(np.asarray(low) > 0, 0.0, eps) if atol is not None else eps
    else:
        relative = np.asarray(rtol)[..., None]
    return low, relative


@helper
def pinv_backward(k: Any, grad: Any, pinv: Any, A: Any) -> Any:
    """Golub and Pereyra's derivative of the pseudoinverse."""
    gh, ph = k.mh(grad), k.mh(pinv)
    if A.shape[-2] <= A.shape[-1]:
        inner = gh @ pinv
        outer = inner @ ph
        return -k.mh(pinv @ inner) + outer - (A @ pinv) @ outer + (ph @ pinv) @ (gh - inner @ A)
    inner = pinv @ gh
    outer = ph @ inner
    return -k.mh(inner @ pinv) + ((gh - A @ inner) @ pinv) @ ph + outer - (outer @ pinv) @ A


op(
    "linalg_pinv(Tensor self, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False)",
    _pinv,
    "the pseudoinverse of self",
    numbers=True,
    function=False,
    self="pinv_backward(grad, result, self)",
)


def _lstsq(self: Any, B: Any, rcond: float | None = None, driver: str | None = None) -> Any:
    if self.ndim < 2:
        raise RuntimeError("torch.linalg.lstsq: input must have at least 2 dimensions.")
    check_matrix("torch.linalg.lstsq", self)
    if self.dtype != B.dtype:
        raise RuntimeError("torch.linalg.lstsq: input.dtype() and other.dtype() must be the same")
    vector = self.ndim - 1 == B.ndim and self.shape[:-1] == B.shape
    b = B[..., None] if vector else B
    rows, columns = self.shape[-2:]
    if b.shape[-2] != rows:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    solution = _pinv(self, 0.0, np.finfo(self.dtype).eps * max(rows, columns) if rcond is None else rcond) @ b
    s = np.linalg.svd(self, compute_uv=False)
    bound = s.max(axis=-1, initial=0) * (np.finfo(self.dtype).eps * max(rows, columns) if rcond is None else rcond)
    rank = np.asarray((s > bound[..., None]).sum(axis=-1), np.int64)
    residuals = np.empty(0, self.real.dtype)
    if rows > columns and driver != "gelsy" and np.all(rank == columns):
        rest = self @ solution - b
        residuals = (np.abs(rest) ** 2).sum(axis=-2)
    shown = s if driver in ("gelsd", "gelss") else np.empty(0, s.dtype)
    ranks = rank if driver != "gels" else np.empty(0, np.int64)
    return (np.ascontiguousarray(solution[..., 0]) if vector else by_columns(solution)), residuals, ranks, shown


@helper
def lstsq_backward(k: Any, grad: Any, grad_residuals: Any, A: Any, B: Any, solution: Any, which: int) -> Any:
    """By way of the pseudoinverse; the residuals besides are 2 * (A @ X - B)."""
    vector = len(A.shape) - 1 == len(B.shape) and tuple(A.shape[:-1]) == tuple(B.shape)
    g = k.unsqueeze(grad, -1) if vector else grad
    b = k.unsqueeze(B, -1) if vector else B
    x = k.unsqueeze(solution, -1) if vector else solution
    pinv = k.linalg_pinv(A, atol=None, rtol=None, hermitian=False)
    rest = 2 * (A @ x - b) * k.unsqueeze(grad_residuals, -2) if math.prod(grad_residuals.shape) else None
    if which:
        back = k.mh(pinv) @ g
        back = back if rest is None else back - rest
        return k.squeeze_dim(back, -1) if vector else back
    found = k.pinv_backward(g @ k.mh(b), pinv, A)
    return found if rest is None else found + rest @ k.mh(x)


op(
    "linalg_lstsq(Tensor self, Tensor B, float? rcond=None, *, str? driver=None) -> (solution, residuals, rank, singular_values)",
    _lstsq,
    "the X for which self @ X is nearest to B",
    keeps_layout=True,
    function=False,
    self="lstsq_backward(grads[0], grads[1], self, B, solution, 0)",
    B="lstsq_backward(grads[0], grads[1], self, B, solution, 1)",
)


# -- with factors at hand


def _lu_solve(LU: Any, pivots: Any, B: Any, left: bool = True, adjoint: bool = False) -> Any:
    check_square("linalg.lu_solve", LU, "LU")
    lower, upper = np.tril(LU, -1) + np.eye(LU.shape[-1], dtype=LU.dtype), np.triu(LU)
    order = permuted(pivots, LU.shape[-1])
    places = np.argsort(order, axis=-1)
    # A is the product of the factors, its rows put back.
    whole = np.take_along_axis(lower @ upper, places[..., None], axis=-2)
    if adjoint:
        whole = whole.conj().swapaxes(-2, -1)
    if left:
        return by_columns(solution_of(whole, B, np.zeros(whole.shape[:-2])))
    return solution_of(whole.swapaxes(-2, -1), B.swapaxes(-2, -1), np.zeros(whole.shape[:-2])).swapaxes(-2, -1)


@helper
def lu_solve_backward(k: Any, grad: Any, LU: Any, pivots: Any, result: Any, left: bool, adjoint: bool) -> Any:
    """The gradient with respect to both factors in one matrix."""
    lower, upper = k.tril(LU, -1) + k.identity_like(LU), k.triu(LU, 0)
    x, g = (result, grad) if left else (k.mh(result), k.mh(grad))
    if left != adjoint:
        inner = k.linalg_solve_triangular(k.mh(upper), -(g @ k.mh(x)), upper=False)
        outer = k.linalg_solve_triangular(k.mh(lower), inner @ k.mh(upper), upper=True, unitriangular=True)
        return k.tril(outer, -1) + k.triu(inner, 0)
    order = permuted(numbers_of(pivots, "the derivative of lu_solve"), LU.shape[-2])
    whole = k.rows_taken(-(x @ k.mh(g)), order)
    whole = k.transpose(k.rows_taken(k.transpose(whole, -2, -1), order), -2, -1)
    inner = k.linalg_solve_triangular(k.mh(lower), whole, upper=True, left=False, unitriangular=True)
    outer = k.linalg_solve_triangular(k.mh(upper), k.mh(lower) @ inner, upper=False, left=False)
    return k.tril(inner, -1) + k.triu(outer, 0)


op(
    "linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False)",
    _lu_solve,
    "the solution of a system whose matrix was factored by lu_factor",
    keeps_layout=True,
    function=False,
    LU="lu_solve_backward(grad, LU, pivots, result, left, adjoint)",
    B="linalg_lu_solve(LU, pivots, grad, left=left, adjoint=not adjoint)",
)


def _cholesky_solve(self: Any, input2: Any, upper: bool = False) -> Any:
    check_square("cholesky_solve", input2)
    factor = input2.conj().swapaxes(-2, -1) if upper else input2
    return by_columns(substituted(factor.conj().swapaxes(-2, -1), substituted(factor, self, False), True))


@helper
def cholesky_solve_backward(k: Any, grad: Any, factor: Any, result: Any, upper: bool) -> Any:
    """The gradient with respect to the factor."""
    back = k.cholesky_solve(grad, factor, upper)
    common = back @ k.mh(result)
    common = common + k.mh(common)
    return -(factor @ common) if upper else -(common @ factor)


op(
    "cholesky_solve(Tensor self, Tensor input2, bool upper=False)",
    _cholesky_solve,
    "the solution of a system whose matrix has the Cholesky factor input2",
    keeps_layout=True,
    self="cholesky_solve(grad, input2, upper)",
    input2="cholesky_solve_backward(grad, input2, result, upper)",
)


def _cholesky_inverse(self: Any, upper: bool = False) -> Any:
    check_square("cholesky_inverse", self)
    eye = np.broadcast_to(np.eye(self.shape[-1], dtype=self.dtype), self.shape)
    return _cholesky_solve(eye, self, upper)


@helper
def cholesky_inverse_backward(k: Any, grad: Any, factor: Any, result: Any, upper: bool) -> Any:
    """The gradient with respect to the factor."""
    common = result @ ((grad + k.mh(grad)) @ result)
    return -(factor @ common) if upper else -(common @ factor)


op(
    "cholesky_inverse(Tensor self, bool upper=False)",
    _cholesky_inverse,
    "the inverse of the matrix that has the Cholesky factor self",
    keeps_layout=True,
    self="cholesky_inverse_backward(grad, self, result, upper)",
)
