"""torch.linalg: norms, determinants, inverses, systems of equations, and the factors of matrices."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .api import FUNCTIONS, public
from .dtypes import of_array
from .frames import warn
from .ops import decompositions, solving
from .ops.matmul import multi_dot as chained
from .ops.matrices import LinAlgError, failed
from .ops.products import cross_row
from .ops.solving import SINGULAR, UNSOLVABLE, tolerances
from .ops.vocabulary import needs_derivative, samples_of
from .outputs import check_no_grad, store, with_out
from .rules import TENSORS
from .tensor import Tensor, wrap

__all__ = ["LinAlgError"]

_FAMILIES = (decompositions, solving)
"""Where the rows used here are."""

_tuple: Any = namedtuple


def _offered(function: Callable[..., Any], out: str = "") -> Callable[..., Any]:
    """Offer a function in this module."""
    name = function.__name__.strip("_")
    function.__name__ = function.__qualname__ = name
    function.__module__ = "torch.linalg"
    made = with_out(function, out) if out else function
    made.__module__ = "torch.linalg"
    globals()[name] = made
    __all__.append(name)
    return function


def _called(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Name a function as users call it, where this module has another of that name."""

    def named(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__name__ = function.__qualname__ = name
        return function

    return named


def _results(name: str, fields: str) -> Any:
    """The named tuple a function returns."""
    base = _tuple(name, fields.split())

    def shown(self: Any) -> str:
        items = ",\n".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"torch.return_types.{name}(\n{items})"

    return type(name, (base,), {"__slots__": (), "__repr__": shown, "__module__": "torch.return_types"})


def _both(function: Callable[..., Any], names: Sequence[str], method: bool = True, out: str = "") -> None:
    """Offer a function in torch, and as a method."""
    for name in names:
        public(method=method, name=name, out=out)(function)


# -- determinants and inverses


def _det(A: Tensor) -> Tensor:
    """The determinant of each matrix."""
    result: Tensor = TENSORS._linalg_det(A)[0]
    return result


_offered(_det, "_linalg_det")
_both(_det, ["det"])

_Slogdet = _results("linalg_slogdet", "sign logabsdet")


def _slogdet(A: Tensor) -> Any:
    """The sign of the determinant of each matrix, and the logarithm of its size."""
    return _Slogdet(*TENSORS._linalg_slogdet(A)[:2])


_offered(_slogdet, "_linalg_slogdet")
_both(_slogdet, ["slogdet"])


@public
def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant of each matrix; nan where that is negative."""
    sign, logabsdet = TENSORS._linalg_slogdet(input)[:2]
    if input.dtype.is_complex:
        return sign.log() + logabsdet
    return TENSORS.where(sign == -1.0, math.nan, logabsdet)


_InvEx = _results("linalg_inv_ex", "inverse info")


def _inv_ex(A: Tensor, *, check_errors: bool = False) -> Any:
    """The inverse of each matrix, and 0 or where elimination failed."""
    return _InvEx(*TENSORS.linalg_inv_ex(A, check_errors=check_errors))


_offered(_inv_ex, "linalg_inv_ex")


def _inv(A: Tensor) -> Tensor:
    """The inverse of each matrix.

    Raises:
        LinAlgError: One is singular.
    """
    inverse, info = TENSORS.linalg_inv_ex(A, check_errors=False)
    failed("linalg.inv", samples_of(info), SINGULAR)
    return inverse


_offered(_inv, "linalg_inv_ex")
_both(_inv, ["inverse"], out="linalg_inv_ex")

_SolveEx = _results("linalg_solve_ex", "result info")


def _solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Any:
    """The X of A @ X = B (or X @ A = B), and 0 or where elimination failed."""
    found = TENSORS._linalg_solve_ex(A, B, left=left, check_errors=check_errors)
    return _SolveEx(found[0], found[3])


_offered(_solve_ex, "_linalg_solve_ex")


def _solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The X of A @ X = B, or of X @ A = B.

    Raises:
        LinAlgError: A is singular.
    """
    found = TENSORS._linalg_solve_ex(A, B, left=left, check_errors=False)
    failed("torch.linalg.solve", samples_of(found[3]), UNSOLVABLE)
    result: Tensor = found[0]
    return result


_offered(_solve, "_linalg_solve_ex")


def _solve_triangular(
    input: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False, out: Any = None
) -> Any:
    """The X of A @ X = B (or X @ A = B) for a triangular A, of which only the triangle is looked at."""
    options: dict[str, Any] = {"upper": upper, "left": left, "unitriangular": unitriangular}
    if out is not None:
        options["out"] = out
    return TENSORS.linalg_solve_triangular(input, B, **options)


_offered(_solve_triangular)


def _pinv(A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """The pseudoinverse of each matrix; singular values below atol or rtol times the largest count as 0."""
    relative = rcond if rtol is None else rtol
    return TENSORS.linalg_pinv(A, atol=_scalar(atol), rtol=_scalar(relative), hermitian=hermitian)


def _plain(bound: Any) -> Any:
    return bound._value if isinstance(bound, Tensor) else bound


def _scalar(bound: Any) -> Any:
    return bound if bound is None or isinstance(bound, Tensor) else float(bound)


_offered(_pinv, "linalg_pinv")


@public
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudoinverse of each matrix."""
    return _pinv(input, rtol=rcond)


_Lstsq = _results("linalg_lstsq", "solution residuals rank singular_values")


def _lstsq(input: Tensor, b: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The X for which input @ X is nearest to b."""
    if driver is None:
        driver = "gelsy"
    if driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError("torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    solution, residuals, rank, values = TENSORS.linalg_lstsq(input, b, rcond, driver=driver)
    return _Lstsq(solution, residuals, rank, values.detach())


_offered(_lstsq, "linalg_lstsq")


# -- Cholesky, QR, LU


_CholeskyEx = _results("linalg_cholesky_ex", "L info")


def _cholesky_ex(input: Tensor, *, upper: bool = False, check_errors: bool = False) -> Any:
    """The Cholesky factor of each matrix, and 0 or where the factorization failed."""
    return _CholeskyEx(*TENSORS.linalg_cholesky_ex(input, upper=upper, check_errors=check_errors))


_offered(_cholesky_ex, "linalg_cholesky_ex")


def _cholesky(input: Tensor, *, upper: bool = False) -> Tensor:
    """The Cholesky factor of each matrix.

    Raises:
        LinAlgError: One is not positive-definite.
    """
    factor, info = TENSORS.linalg_cholesky_ex(input, upper=upper, check_errors=False)
    failed("linalg.cholesky", samples_of(info), decompositions.NOT_POSITIVE)
    return factor


_offered(_cholesky, "linalg_cholesky_ex")


_QR = _results("linalg_qr", "Q R")
_OldQR = _results("qr", "Q R")


def _qr(A: Tensor, mode: str = "reduced") -> Any:
    """The Q with orthonormal columns and the upper triangular R of each matrix."""
    return _QR(*TENSORS.linalg_qr(A, mode))


_offered(_qr, "linalg_qr")


@public(name="qr", out="linalg_qr")
@_called("qr")
def _old_qr(input: Tensor, some: bool = True) -> Any:
    """The Q with orthonormal columns and the upper triangular R of each matrix."""
    warn(
        "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.\nThe boolean parameter "
        "'some' has been replaced with a string parameter 'mode'.\nQ, R = torch.qr(A, some)\nshould be replaced with\nQ, R = "
        "torch.linalg.qr(A, 'reduced' if some else 'complete')",
        UserWarning,
    )
    return _OldQR(*TENSORS.linalg_qr(input, "reduced" if some else "complete"))


_LuFactorEx = _results("linalg_lu_factor_ex", "LU pivots info")
_LuFactor = _results("linalg_lu_factor", "LU pivots")
_Lu = _results("linalg_lu", "P L U")


def _lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """Both triangular factors in one matrix, the rows exchanged, and 0 or where elimination failed."""
    return _LuFactorEx(*TENSORS.linalg_lu_factor_ex(A, pivot=pivot, check_errors=check_errors))


def _lu_factor(A: Tensor, *, pivot: bool = True) -> Any:
    """Both triangular factors in one matrix, and the rows exchanged."""
    return _LuFactor(*TENSORS.linalg_lu_factor_ex(A, pivot=pivot, check_errors=False)[:2])


def _lu(A: Tensor, *, pivot: bool = True) -> Any:
    """The permutation and the triangular factors of each matrix."""
    place, lower, upper = TENSORS.linalg_lu(A, pivot=pivot)
    return _Lu(place.detach(), lower, upper)


def _lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """The solution of a system whose matrix was factored by lu_factor."""
    return TENSORS.linalg_lu_solve(LU, pivots, B, left=left, adjoint=adjoint)


_function: Callable[..., Any]
for _function in (_lu_factor_ex, _lu_factor, _lu, _lu_solve):
    _offered(_function, f"linalg_{_function.__name__.strip('_')}")


@public(name="lu_solve", out="linalg_lu_solve")
@_called("lu_solve")
def _old_lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """The solution of a system whose matrix was factored by lu_factor."""
    warn(
        "torch.lu_solve is deprecated in favor of torch.linalg.lu_solveand will be removed in a future PyTorch release.\nNote that "
        "torch.linalg.lu_solve has its arguments reversed.\nX = torch.lu_solve(B, LU, pivots)\nshould be replaced with\nX = "
        "torch.linalg.lu_solve(LU, pivots, B)",
        UserWarning,
    )
    return TENSORS.linalg_lu_solve(LU_data, LU_pivots, b)


# -- eigenvalues and singular values


_Eigh = _results("linalg_eigh", "eigenvalues eigenvectors")
_Eig = _results("linalg_eig", "eigenvalues eigenvectors")
_SVD = _results("linalg_svd", "U S Vh")
_OldSVD = _results("svd", "U S V")


def _eigh(A: Tensor, UPLO: str = "L") -> Any:
    """The eigenvalues, in rising order, and the eigenvectors of each Hermitian matrix."""
    return _Eigh(*TENSORS._linalg_eigh(A, UPLO, True))


def _eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues, in rising order, of each Hermitian matrix."""
    values: Tensor = TENSORS._linalg_eigh(A, UPLO, needs_derivative(A))[0]
    return values


def _eig(A: Tensor) -> Any:
    """The eigenvalues and eigenvectors of each matrix."""
    return _Eig(*TENSORS.linalg_eig(A))


def _eigvals(A: Tensor) -> Tensor:
    """The eigenvalues of each matrix."""
    values: Tensor = TENSORS.linalg_eig(A)[0]
    return values


def _svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """U, the singular values in falling order, and V^H of each matrix."""
    return _SVD(*TENSORS._linalg_svd(A, full_matrices, True, driver=driver))


def _svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values of each matrix, in falling order."""
    values: Tensor = TENSORS._linalg_svd(A, False, needs_derivative(A), driver=driver)[1]
    return values


for _function in (_eigh, _eigvalsh, _svd, _svdvals):
    _offered(_function, f"_linalg_{_function.__name__.strip('_').replace('vals', '')}")
for _function in (_eig, _eigvals):
    _offered(_function, "linalg_eig")


@public(name="svd", out="_linalg_svd")
@_called("svd")
def _old_svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """U, the singular values and V of each matrix."""
    if not compute_uv:
        values = _svdvals(input)
        shape = input._value.shape
        blanks = (wrap(np.zeros((*shape[:-2], n, n), input._value.dtype)) for n in shape[-2:])
        left, right = blanks
        return _OldSVD(left, values, right)
    u, s, vh = TENSORS._linalg_svd(input, not some, True)
    return _OldSVD(u, s, vh.mH)


# -- norms


def _vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:
    """The p-norm of all elements, or over dims."""
    options = {"dtype": dtype} if out is None else {"dtype": dtype, "out": out}
    return TENSORS.linalg_vector_norm(x, ord, dim, keepdim, **options)


_offered(_vector_norm)


def _spectral(A: Tensor, dims: tuple[int, int], keepdim: bool, reduce: Callable[[Tensor], Tensor]) -> Tensor:
    """A reduction of the singular values of matrices along any two dimensions."""
    ndim = A._value.ndim
    order = [d for d in range(ndim) if d not in dims] + list(dims)
    result = reduce(_svdvals(TENSORS.permute(A, tuple(order))))
    if not keepdim:
        return result
    result = TENSORS.unsqueeze(result, -1)
    return TENSORS.permute(result, tuple(order.index(d) for d in range(ndim)))


def _matrix_norm(A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A norm of each matrix: "fro", "nuc", inf, 1 or 2, or one of the numbers with a minus, for the smallest instead."""
    ndim = A._value.ndim
    if ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if A._value.dtype.kind not in "fc":
        raise RuntimeError(
            f"linalg.matrix_norm: Expected a floating point or complex tensor as input. Got {of_array(A._value)._legacy}"
        )
    dim = (dim,) if isinstance(dim, int) else dim
    if len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    first, second = (d % ndim for d in dim)
    if first == second:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if dtype is not None:
        A = A.to(dtype)
    if ord == "fro":
        return TENSORS.linalg_vector_norm(A, 2, (first, second), keepdim)
    if ord == "nuc":
        return _spectral(A, (first, second), keepdim, lambda s: s.sum(-1, keepdim))
    if isinstance(ord, str):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if abs(ord) not in (1, 2, math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    extreme = TENSORS.amax if ord > 0 else TENSORS.amin
    if abs(ord) == 2:
        return _spectral(A, (first, second), keepdim, lambda s: extreme(s, (-1,), keepdim))
    if abs(ord) == math.inf:
        first, second = second, first
    sums = TENSORS.linalg_vector_norm(A, 1, (first,), keepdim)
    if not keepdim and second > first:
        second -= 1
    return extreme(sums, (second,), keepdim)


_offered(_matrix_norm, "linalg_matrix_norm")


def _norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A vector norm if dim is one dimension, a matrix norm if it is two; without ord, the 2-norm of all elements."""
    dims = (dim,) if isinstance(dim, int) else None if dim is None else tuple(dim)
    if ord is not None:
        if dims is None and A._value.ndim not in (1, 2):
            raise RuntimeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A._value.ndim}D."
            )
        if dims is not None and len(dims) not in (1, 2):
            raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
        if isinstance(ord, str) or (dims is not None and len(dims) == 2) or (dims is None and A._value.ndim == 2):
            return _matrix_norm(A, ord, (0, 1) if dims is None else dims, keepdim, dtype=dtype)
    if ord is not None and dims is None and A._value.ndim == 1:
        dims = (0,)
    return TENSORS.linalg_vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype=dtype)


_offered(_norm, "linalg_norm")


def _cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number of each matrix in a norm; the 2-norm, if not said."""
    if p is None or p in (2, -2):
        s = _svdvals(A)
        largest, smallest = s.narrow(-1, 0, 1), s.narrow(-1, -1, 1)
        ratio: Tensor = smallest / largest if p == -2 else largest / smallest
        return ratio.squeeze(-1)
    if A._value.shape[-1] != A._value.shape[-2]:
        raise RuntimeError(
            f"linalg.cond(ord={p}): A must be batches of square matrices, but they are {A._value.shape[-2]} by {A._value.shape[-1]} matrices"
        )
    inverse, info = TENSORS.linalg_inv_ex(A, check_errors=False)
    inverse.masked_fill_(info.gt(0).unsqueeze(-1).unsqueeze(-1), math.inf)
    found: Tensor = _matrix_norm(A, p) * _matrix_norm(inverse, p)
    return found.nan_to_num(math.inf, math.inf, -math.inf)


_offered(_cond, "linalg_cond")


def _matrix_rank(A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """How many singular values of each matrix are above a bound."""
    if tol is not None:
        atol, rtol = tol, 0.0
    value = A._value
    if value.ndim < 2:
        raise RuntimeError("linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    s = np.abs(np.linalg.eigvalsh(value)) if hermitian else np.linalg.svd(value, compute_uv=False)
    low, share = tolerances(value, _plain(atol), _plain(rtol))
    bound = np.maximum(low, share * s.max(axis=-1, keepdims=True, initial=0))
    return wrap(np.asarray((s > bound).sum(axis=-1), np.int64))


_offered(_matrix_rank, "linalg_matrix_rank")


@public(name="norm")
@_called("norm")
def _old_norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None
) -> Tensor:
    """The p-norm of input over dim; "nuc" for the nuclear norm."""
    if p == "nuc":
        dims = tuple(range(input._value.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
        found = _matrix_norm(input, "nuc", dims, keepdim, dtype=dtype)
        if out is None:
            return found
        check_no_grad("norm", (input, out))
        store(out, found._value)
        written: Tensor = out
        return written
    order = 2.0 if p in ("fro", None) else float(p)
    over = None if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    options = {"dtype": dtype} if out is None else {"dtype": dtype, "out": out}
    result: Tensor = TENSORS.linalg_vector_norm(input, order, over, keepdim, **options)
    return result


# -- products


def _cross(input: Tensor, other: Tensor, *, dim: int = -1, out: Any = None) -> Any:
    """The cross product along dim."""
    return cross_row(input, other, dim=dim) if out is None else cross_row(input, other, dim=dim, out=out)


def _diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """A diagonal of each matrix, as a view."""
    return TENSORS.diagonal(A, offset, dim1, dim2)


def _matmul(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The matrix product."""
    return FUNCTIONS["matmul"](input, other, out=out)


for _function in (_cross, _diagonal, _matmul):
    _offered(_function)


def _multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of matrices, in the order that takes the fewest multiplications."""
    return chained(tensors)


_offered(_multi_dot, "mm")


def _vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sum of conj(x) * y along dim."""
    if x._value.ndim == 1 == y._value.ndim and x._value.shape == y._value.shape:
        return TENSORS.vdot(x, y)
    return (x.conj() * y).sum(dim)


_offered(_vecdot, "linalg_vecdot")


def _matrix_power(A: Tensor, n: int) -> Tensor:
    """The n-th power of each matrix, by repeated squaring; a negative one is that of the inverse."""
    if not hasattr(n, "__index__"):
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    if A._value.ndim < 2:
        raise RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
    rows, columns = A._value.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"linalg.matrix_power: A must be batches of square matrices, but they are {rows} by {columns} matrices"
        )
    if n == 0:
        return TENSORS.clone(A).copy_(wrap(np.eye(rows, dtype=A._value.dtype)))
    if n == 1:
        return TENSORS.clone(A)
    if n < 0:
        A, n = _inv(A), -n
        if n == 1:
            return A
    if n == 3:
        return (A @ A) @ A
    square, result = A, None
    while n:
        if n & 1:
            result = square if result is None else result @ square
        n >>= 1
        if n:
            square = square @ square
    assert result is not None
    return result


_offered(_matrix_power, "matrix_power")
_both(_matrix_power, ["matrix_power"])


def _matrix_exp(A: Tensor) -> Tensor:
    """The exponential of each matrix."""
    return TENSORS.linalg_matrix_exp(A)


_offered(_matrix_exp)
_both(_matrix_exp, ["matrix_exp"])


def _vander(x: Tensor, N: int | None = None) -> Tensor:
    """The powers 0 to N - 1 of each element, in rows."""
    x = TENSORS.unsqueeze(x, 0) if not x._value.ndim else x
    count = x._value.shape[-1] if N is None else N
    if count < 1:
        raise RuntimeError(f"N must be greater than 1 for the vander? N = {count}")
    kept = x if x._value.dtype.kind in "fc" else x.to(x.dtype)
    ones = TENSORS.expand(wrap(np.ones((), kept._value.dtype)), (*kept._value.shape, 1))
    if count == 1:
        return TENSORS.contiguous(ones)
    powers = TENSORS.expand(kept.unsqueeze(-1), (*kept._value.shape, count - 1)).cumprod(-1)
    return TENSORS.cat([ones, powers], -1)


_offered(_vander)


def _tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse for tensordot over the last dimensions."""
    shape = A._value.shape
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    head, tail = shape[:ind], shape[ind:]
    if math.prod(head) != math.prod(tail):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{math.prod(tail)} != {math.prod(head)}"
        )
    return _inv(A.reshape(math.prod(tail), math.prod(head))).reshape((*tail, *head))


_offered(_tensorinv, "linalg_inv_ex")


def _tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """The X whose tensordot with A is B."""
    ndim = A._value.ndim
    if dims is not None:
        A = TENSORS.movedim(A, tuple(dims), tuple(range(ndim - len(dims), ndim)))
    shape = A._value.shape[B._value.ndim :]
    if math.prod(A._value.shape) != B._value.size * math.prod(shape) or B._value.size != math.prod(shape):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got "
            f"{math.prod(shape)} != {math.prod(A._value.shape[: B._value.ndim])}"
        )
    return _solve(A.reshape(math.prod(shape), math.prod(shape)), B.flatten()).reshape(shape)


_offered(_tensorsolve, "_linalg_solve_ex")


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    raise AttributeError(f"module 'torch.linalg' has no attribute '{name}'")
