"""Products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op, public
from ..dispatch import broadcast_error
from ..dtypes import of_array, of_numpy, type_name
from ..frames import warn
from ..history import c_name
from ..reuse import LARGE
from ..rules import ARRAYS, TENSORS, fresh
from ..tensor import Tensor
from .vocabulary import axis_of

__all__ = ["bmm", "cross_row", "dot", "expand_error", "matrix_product", "mm", "mv"]


def _multiplied(first: Any, second: Any) -> Any:
    """first @ second; halves are added up as floats."""
    if first.dtype.char == "e":
        return (first.astype(np.float32) @ second.astype(np.float32)).astype(np.float16)
    return first @ second


def _mm(self: Any, mat2: Any) -> Any:
    if self.ndim == 2 == mat2.ndim and self.shape[1] == mat2.shape[0] and self.dtype is mat2.dtype:
        return self @ mat2 if self.dtype.char != "e" else _multiplied(self, mat2)
    if self.ndim != 2 or mat2.ndim != 2:
        raise RuntimeError(f"{'self' if self.ndim != 2 else 'mat2'} must be a matrix")
    if self.shape[1] != mat2.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({self.shape[0]}x{self.shape[1]} and {mat2.shape[0]}x{mat2.shape[1]})"
        )
    if self.dtype != mat2.dtype:
        kinds = f"{c_name(of_array(self))} != {c_name(of_array(mat2))}"
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {kinds}")
    return _multiplied(self, mat2)


def matrix_product(self: Any, mat2: Any) -> Any:
    """The product of two float arrays of one dtype, if they are matrices that fit.

    Of NumPy's two ways `dot` is the quicker to call, but it clears the memory it then writes to.
    """
    if self.ndim == 2 == mat2.ndim and self.shape[1] == mat2.shape[0] and self.dtype.char != "e":
        return self.dot(mat2) if self.shape[0] * mat2.shape[1] < LARGE else self @ mat2
    return NotImplemented


def _bmm(self: Any, mat2: Any) -> Any:
    for name, value in (("batch1", self), ("batch2", mat2)):
        if value.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    wanted = [self.shape[0], self.shape[2]]
    if list(mat2.shape[:2]) != wanted:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{wanted[0]}, {wanted[1]}] but got: "
            f"[{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    if self.dtype != mat2.dtype:
        raise RuntimeError(f"expected scalar type {of_array(self)._legacy} but found {of_array(mat2)._legacy}")
    return _multiplied(self, mat2)


def _mv(self: Any, vec: Any) -> Any:
    _check_mv(vec, self, vec)
    return _multiplied(self, vec)


def _check_mv(bias: Any, mat: Any, vec: Any) -> None:
    """See that a matrix multiplies a vector.

    Raises:
        RuntimeError: It does not.
    """
    if mat.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {bias.ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != vec.shape[0] or (bias is not vec and bias.ndim and bias.shape[0] not in (1, mat.shape[0])):
        size = mat.shape[0] if bias is vec else bias.shape[0] if bias.ndim else 1
        raise RuntimeError(f"size mismatch, got input ({size}), mat ({mat.shape[0]}x{mat.shape[1]}), vec ({vec.shape[0]})")
    if not bias.dtype == mat.dtype == vec.dtype:
        kinds = ", ".join([of_array(bias)._legacy, of_array(mat)._legacy, f"and {of_array(vec)._legacy}"])
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {kinds}")


def _dot(self: Any, tensor: Any) -> Any:
    if self.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {self.ndim}D and {tensor.ndim}D tensors")
    if self.dtype != tensor.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {of_array(self)._legacy} and {of_array(tensor)._legacy}"
        )
    if self.shape != tensor.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor {list(self.shape)} and src {list(tensor.shape)} to have the same number of "
            f"elements, but got {self.size} and {tensor.size} elements respectively"
        )
    return _multiplied(self, tensor)


def _scaled(value: Any, factor: Any) -> Any:
    return value if factor == 1 else (value * factor).astype(value.dtype, copy=False)


def _added(product: Any, bias: Any, beta: Any, alpha: Any) -> Any:
    """beta * bias + alpha * product, the product being nobody else's."""
    kind = product.dtype.kind
    if kind in "iu":
        # (PyTorch takes the factors as integers.)
        beta, alpha = int(beta), int(alpha)
    if kind != "c" and (np.imag(beta) or np.imag(alpha)):
        raise RuntimeError(f"value cannot be converted to type {c_name(of_array(product))} without overflow")
    result = _scaled(product, alpha)
    if beta == 0:
        return result
    if bias.shape != result.shape:
        try:
            np.broadcast_to(bias, result.shape)
        except ValueError:
            raise RuntimeError(expand_error(result.shape, bias)) from None
    if result is product and product.flags.owndata:
        return np.add(result, _scaled(bias, beta), out=result)
    return result + _scaled(bias, beta)


def _check_dtypes(self: Any, mat1: Any, mat2: Any) -> None:
    """See that what is added to a product has its factors' dtype.

    Raises:
        RuntimeError: It has not.
    """
    for other in (mat1, mat2):
        if other.dtype != self.dtype:
            kinds = f"{of_array(self)._legacy} and {of_array(other)._legacy}"
            raise RuntimeError(f"self and mat2 must have the same dtype, but got {kinds}")


def _addmm(self: Any, mat1: Any, mat2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    for name, value in (("mat1", mat1), ("mat2", mat2)):
        if value.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {value.ndim}-D tensor")
    _check_dtypes(self, mat1, mat2)
    return _added(_mm(mat1, mat2), self, beta, alpha)


def _addmv(self: Any, mat: Any, vec: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    _check_mv(self, mat, vec)
    return _added(_multiplied(mat, vec), self, beta, alpha)


def _baddbmm(self: Any, batch1: Any, batch2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    product = _bmm(batch1, batch2)
    if self.dtype != product.dtype:
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {of_array(self)._legacy.lower()}, batch1: "
            f"{of_array(batch1)._legacy.lower()}, batch2: {of_array(batch2)._legacy.lower()}"
        )
    return _added(product, self, beta, alpha)


def _addbmm(self: Any, batch1: Any, batch2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    rows, columns = batch1.shape[-2:-1], batch2.shape[-1:]
    if batch1.ndim == 3 == batch2.ndim and self.shape != (*rows, *columns):
        error = expand_error((*rows, *columns), self)
        try:
            np.broadcast_to(self, (*rows, *columns))
        except ValueError:
            raise RuntimeError(error) from None
    if batch1.ndim == 3 == batch2.ndim:
        _check_dtypes(self, batch1, batch2)
    return _added(_bmm(batch1, batch2).sum(0, dtype=batch1.dtype), self, beta, alpha)


def _check_vectors(vec1: Any, vec2: Any, name: str, first: str) -> None:
    for called, value in ((first, vec1), ("vec2", vec2)):
        if value.ndim != 1:
            raise RuntimeError(f"{name}: Expected 1-D argument {called}, but got {value.ndim}-D")


def _addr(self: Any, vec1: Any, vec2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    _check_vectors(vec1, vec2, "addr", "vec1")
    shape = (vec1.shape[0], vec2.shape[0])
    try:
        np.broadcast_to(self, shape)
    except ValueError:
        raise RuntimeError(expand_error(shape, self)) from None
    kind = np.result_type(self, vec1, vec2)
    for name, factor in (("beta", beta), ("alpha", alpha)):
        check_factor(name, factor, kind)
    product = np.multiply.outer(vec1, vec2)
    if kind.kind == "b":
        return (product & bool(alpha)) | (np.broadcast_to(self, shape) & bool(beta))
    scaled = _scaled(product.astype(kind), alpha)
    return scaled if beta == 0 else _scaled(self.astype(kind), beta) + scaled


def check_factor(name: str, factor: Any, kind: np.dtype[Any]) -> None:
    """See that a number may scale tensors of a dtype.

    Raises:
        RuntimeError: It may not.
    """
    if kind.kind in "iu" and isinstance(factor, (float, complex)):
        raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    if kind.kind == "b" and not isinstance(factor, bool) and isinstance(factor, (float, complex)):
        raise RuntimeError(f"Boolean {name} only supported for Boolean results.")
    if kind.kind == "f" and isinstance(factor, complex):
        raise RuntimeError(f"value cannot be converted to type {c_name(of_numpy(kind))} without overflow")


def expand_error(wanted: Sequence[int], value: Any) -> str:
    """What to say of an array that does not expand to a shape."""
    have = value.shape
    extra = len(wanted) - len(have)
    if extra >= 0:
        for d in range(len(wanted) - 1, extra - 1, -1):
            if have[d - extra] not in (1, wanted[d]):
                return (
                    f"The expanded size of the tensor ({wanted[d]}) must match the existing size ({have[d - extra]}) at non-singleton "
                    f"dimension {d}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(have)}"
                )
    return (
        f"expand({type_name(of_array(value))}{{{list(have)}}}, size={list(wanted)}): the number of sizes provided "
        f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor ({len(have)})"
    )


@fresh
def product(k: Any, first: Any, second: Any, strides: tuple[int, ...]) -> Any:
    """first @ second, laid out in memory as what it is the gradient of: by columns if that is."""
    if strides[0] == 1 and strides[1] > 1:
        return k.t(k.t(second) @ k.t(first))
    return first @ second


def _product_of_arrays(first: Any, second: Any, strides: tuple[int, ...]) -> Any:
    if strides[0] == 1 and strides[1] > 1:
        return _product_of_arrays(second.T, first.T, (0, 0)).T
    if first.dtype.char in "fd" and second.dtype is first.dtype and first.ndim == 2 == second.ndim:
        shape = second.shape
        if first.shape[1] == shape[0]:
            return first.dot(second) if first.shape[0] * shape[1] < LARGE else first @ second
    return _mm(first, second)


ARRAYS["product"] = _product_of_arrays

mm = op(
    "mm(Tensor self, Tensor mat2)",
    _mm,
    "self @ mat2",
    takes="ihfc",
    kernel="addmm_impl_cpu_",
    short=matrix_product,
    self="product(grad, conj(t(mat2)), self.strides)",
    mat2="product(conj(t(self)), grad, mat2.strides)",
)
bmm = op(
    "bmm(Tensor self, Tensor mat2)",
    _bmm,
    "self[i] @ mat2[i] for each i",
    takes="ihfc",
    kernel="bmm",
    self="bmm(grad, conj(transpose(mat2, 1, 2)))",
    mat2="bmm(conj(transpose(self, 1, 2)), grad)",
)
mv = op(
    "mv(Tensor self, Tensor vec)",
    _mv,
    "self @ vec",
    takes="ihfc",
    kernel="addmv_impl_cpu",
    self="unsqueeze(grad, 1) * conj(vec)",
    vec="conj(t(self)) @ grad",
)
dot = op(
    "dot(Tensor self, Tensor tensor)",
    _dot,
    "the sum of self * tensor",
    takes="ihfc",
    kernel="dot",
    self="grad * conj(tensor)",
    tensor="grad * conj(self)",
)
op(
    "vdot(Tensor self, Tensor other)",
    lambda self, other: _dot(np.conj(self), other),
    "the sum of conj(self) * other",
    takes="ihfc",
    kernel="dot",
    self="conj(grad) * other",
    other="grad * self",
)
op(
    "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1)",
    _addmm,
    "beta * self + alpha * (mat1 @ mat2)",
    takes="ihfc",
    kernel="addmm_impl_cpu_",
    inplace=True,
    self="maybe_multiply(grad, conj(beta))",
    mat1="maybe_multiply(product(grad, conj(t(mat2)), mat1.strides), conj(alpha))",
    mat2="maybe_multiply(product(conj(t(mat1)), grad, mat2.strides), conj(alpha))",
)
op(
    "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1)",
    _addmv,
    "beta * self + alpha * (mat @ vec)",
    takes="ihfc",
    kernel="addmv_impl_cpu",
    inplace=True,
    self="maybe_multiply(grad, conj(beta))",
    mat="maybe_multiply(unsqueeze(grad, 1) * conj(vec), conj(alpha))",
    vec="maybe_multiply(conj(t(mat)) @ grad, conj(alpha))",
)
op(
    "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)",
    _baddbmm,
    "beta * self + alpha * (batch1[i] @ batch2[i]) for each i",
    takes="ihfc",
    kernel="baddbmm",
    inplace=True,
    self="maybe_multiply(grad, conj(beta))",
    batch1="maybe_multiply(grad @ conj(transpose(batch2, 1, 2)), conj(alpha))",
    batch2="maybe_multiply(conj(transpose(batch1, 1, 2)) @ grad, conj(alpha))",
)
op(
    "addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)",
    _addbmm,
    "beta * self + alpha * the sum of batch1[i] @ batch2[i]",
    takes="ihfc",
    kernel="addmm_impl_cpu_",
    inplace=True,
    self="maybe_multiply(grad, conj(beta))",
    batch1="maybe_multiply(grad @ conj(transpose(batch2, 1, 2)), conj(alpha))",
    batch2="maybe_multiply(conj(transpose(batch1, 1, 2)) @ grad, conj(alpha))",
)
op(
    "addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1)",
    _addr,
    "beta * self + alpha * (each element of vec1 times each of vec2)",
    keeps_layout=True,
    inplace=True,
    self="maybe_multiply(grad, conj(beta))",
    vec1="maybe_multiply(grad @ conj(vec2), conj(alpha))",
    vec2="maybe_multiply(t(grad) @ conj(vec1), conj(alpha))",
)


def _outer(name: str) -> None:
    def product(input: Tensor, vec2: Tensor) -> Tensor:
        _check_vectors(input._value, vec2._value, "outer", "self")
        return TENSORS.view(input, (-1, 1)) * vec2

    product.__name__ = product.__qualname__ = name
    product.__doc__ = "Each element of one vector times each of the other."
    public(out="mul")(product)


_outer("outer")
_outer("ger")


# -- cross products


def _linalg_cross(self: Any, other: Any, dim: int = -1) -> Any:
    if self.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    axis = axis_of(dim, self.ndim)
    if not self.ndim or self.shape[axis] != 3 or other.shape[axis] != 3:
        sizes = f"Got {self.shape[axis] if self.ndim else 1} and {other.shape[axis] if self.ndim else 1}"
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. {sizes}")
    error = broadcast_error((self.shape, other.shape))
    if error is not None:
        raise error
    kind = np.result_type(self, other)
    return np.cross(self.astype(kind), other.astype(kind), axis=axis)


cross_row = op(
    "linalg_cross(Tensor self, Tensor other, *, int dim=-1)",
    _linalg_cross,
    "the cross product along dim",
    function=False,
    takes="ihfc",
    kernel="cross",
    self="linalg_cross(conj(other), grad, dim=dim)",
    other="linalg_cross(grad, conj(self), dim=dim)",
)


@public(out="linalg_cross")
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product along dim, or along the first dimension of size 3."""
    if dim is None:
        warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or simply use "
            "torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in a future release.",
            UserWarning,
        )
        dim = next((i for i, n in enumerate(input._value.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return cross_row(input, other, dim=dim)


# -- Kronecker's product


@public(out="mul")
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Each element of input times the whole of other, in blocks."""
    a, b = input._value.shape, other._value.shape
    ndim = max(len(a), len(b))
    left, right = (1,) * (ndim - len(a)) + a, (1,) * (ndim - len(b)) + b
    first = TENSORS._unsafe_view(input, tuple([n for size in left for n in (size, 1)]))
    second = TENSORS._unsafe_view(other, tuple([n for size in right for n in (1, size)]))
    return TENSORS._unsafe_view(first * second, tuple([n * m for n, m in zip(left, right, strict=True)]))
