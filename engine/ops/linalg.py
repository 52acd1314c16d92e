"""Products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op, operator, public
from ..dtypes import of_array
from ..rules import TENSORS, fresh
from ..tensor import Tensor

__all__ = ["expand_error", "linear", "matmul"]


def _c_name(value: Any) -> str:
    from ..history import c_name

    return c_name(of_array(value))


def _same_dtype(first: Any, second: Any) -> None:
    if first.dtype != second.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {_c_name(first)} != {_c_name(second)}")


def _mm(self: Any, mat2: Any) -> Any:
    if self.ndim != 2 or mat2.ndim != 2:
        raise RuntimeError(f"{'self' if self.ndim != 2 else 'mat2'} must be a matrix")
    if self.shape[1] != mat2.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({self.shape[0]}x{self.shape[1]} and {mat2.shape[0]}x{mat2.shape[1]})"
        )
    _same_dtype(self, mat2)
    return self @ mat2


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
    _same_dtype(self, mat2)
    return self @ mat2


def _mv(self: Any, vec: Any) -> Any:
    if self.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {1}, {self.ndim}, {vec.ndim}")
    if self.shape[1] != vec.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({self.shape[0]}), mat ({self.shape[0]}x{self.shape[1]}), vec ({vec.shape[0]})"
        )
    return self @ vec


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
    return self @ tensor


def _scaled(value: Any, factor: Any) -> Any:
    return value if factor == 1 else value * factor


def _added(product: Any) -> Any:
    def forward(self: Any, first: Any, second: Any, beta: Any = 1, alpha: Any = 1) -> Any:
        result = _scaled(product(first, second), alpha)
        if beta == 0:
            return np.broadcast_to(result, result.shape).copy()
        try:
            bias = np.broadcast_to(self, result.shape)
        except ValueError:
            raise RuntimeError(expand_error(result.shape, self)) from None
        if alpha == 1 and result.flags.owndata:
            # The product is nobody else's yet.
            return (
                np.add(result, _scaled(bias, beta), out=result) if result.dtype == self.dtype else result + _scaled(bias, beta)
            )
        return result + _scaled(bias, beta)

    return forward


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
        f"expand(torch.{of_array(value)._legacy}Tensor{{{list(have)}}}, size={list(wanted)}): the number of sizes provided "
        f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor ({len(have)})"
    )


@fresh
def product(k: Any, first: Any, second: Any, strides: tuple[int, ...]) -> Any:
    """first @ second, laid out in memory as what it is the gradient of: by columns if that is."""
    if strides[0] == 1 and strides[1] > 1:
        return k.t(k.t(second) @ k.t(first))
    return first @ second


mm = op(
    "mm(Tensor self, Tensor mat2)",
    _mm,
    "self @ mat2",
    self="product(grad, conj(t(mat2)), self.strides)",
    mat2="product(conj(t(self)), grad, mat2.strides)",
)
bmm = op(
    "bmm(Tensor self, Tensor mat2)",
    _bmm,
    "self[i] @ mat2[i] for each i",
    self="grad @ conj(transpose(mat2, 1, 2))",
    mat2="conj(transpose(self, 1, 2)) @ grad",
)
mv = op("mv(Tensor self, Tensor vec)", _mv, "self @ vec", self="unsqueeze(grad, 1) * conj(vec)", vec="conj(t(self)) @ grad")
dot = op(
    "dot(Tensor self, Tensor tensor)",
    _dot,
    "the sum of self * tensor",
    self="grad * conj(tensor)",
    tensor="grad * conj(self)",
)
op(
    "vdot(Tensor self, Tensor other)",
    lambda self, other: _dot(np.conj(self), other),
    "the sum of conj(self) * other",
    self="conj(grad) * other",
    other="grad * self",
)
op(
    "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1)",
    _added(_mm),
    "beta * self + alpha * (mat1 @ mat2)",
    inplace=True,
    self="maybe_multiply(grad, conj(beta))",
    mat1="maybe_multiply(product(grad, conj(t(mat2)), mat1.strides), conj(alpha))",
    mat2="maybe_multiply(product(conj(t(mat1)), grad, mat2.strides), conj(alpha))",
)
op(
    "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1)",
    _added(_mv),
    "beta * self + alpha * (mat @ vec)",
    inplace=True,
    self="maybe_multiply(grad, conj(beta))",
    mat="maybe_multiply(unsqueeze(grad, 1) * conj(vec), conj(alpha))",
    vec="maybe_multiply(conj(t(mat)) @ grad, conj(alpha))",
)
op(
    "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)",
    _added(_bmm),
    "beta * self + alpha * (batch1[i] @ batch2[i]) for each i",
    inplace=True,
    self="maybe_multiply(grad, conj(beta))",
    batch1="maybe_multiply(grad @ conj(transpose(batch2, 1, 2)), conj(alpha))",
    batch2="maybe_multiply(conj(transpose(batch1, 1, 2)) @ grad, conj(alpha))",
)


@public
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Each element of one vector times each of the other."""
    for name, t in (("self", input), ("vec2", vec2)):
        if t._value.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {t._value.ndim}-D")
    return input.reshape(-1, 1) * vec2


public(name="ger")(outer)


def _folded(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    return tensor.reshape(tuple(shape))


@public
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product: of vectors, matrices, or batches of matrices that broadcast."""
    if not isinstance(other, Tensor) or not isinstance(input, Tensor):
        wrong, position, name = (other, 2, "other") if isinstance(input, Tensor) else (input, 1, "input")
        raise TypeError(f"matmul(): argument '{name}' (position {position}) must be Tensor, not {type(wrong).__name__}")
    a, b = input._value, other._value
    if not a.ndim or not b.ndim:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a.ndim}D and {b.ndim}D")
    if a.ndim == 1 and b.ndim == 1:
        return dot(input, other)
    if a.ndim == 2 and b.ndim == 1:
        return mv(input, other)
    if a.ndim == 1 and b.ndim == 2:
        return TENSORS.squeeze_(mm(input.unsqueeze(0), other), 0)
    if a.ndim == 2 and b.ndim == 2:
        return mm(input, other)
    if b.ndim <= 2:
        # A batch times one matrix is one larger matrix times it.
        rows = _folded(input, (-1 if a.size else int(np.prod(a.shape[:-1])), a.shape[-1]))
        product = mv(rows, other) if b.ndim == 1 else mm(rows, other)
        return TENSORS._unsafe_view(product, a.shape[:-1] + b.shape[1:])
    if a.ndim <= 2:
        turned = other.transpose(-2, -1)
        if a.ndim == 1:
            rows = _folded(turned, (-1, b.shape[-2]))
            return TENSORS._unsafe_view(mv(rows, input), b.shape[:-2] + b.shape[-1:])
        rows = _folded(turned, (-1, b.shape[-2]))
        product = TENSORS._unsafe_view(mm(rows, input.t()), (*b.shape[:-2], b.shape[-1], a.shape[0]))
        return product.transpose(-2, -1).contiguous()
    try:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        from ..dispatch import broadcast_error

        raise broadcast_error((a.shape[:-2], b.shape[:-2])) or RuntimeError from None
    count = int(np.prod(batch))
    left = _folded(TENSORS.expand(input, (*batch, *a.shape[-2:])), (count, *a.shape[-2:]))
    right = _folded(TENSORS.expand(other, (*batch, *b.shape[-2:])), (count, *b.shape[-2:]))
    return TENSORS._unsafe_view(bmm(left, right), (*batch, a.shape[-2], b.shape[-1]))


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias.

    Args:
        input: Any number of dimensions, the last of in_features.
        weight: (out_features, in_features), or (in_features).
        bias: (out_features).
    """
    value = input._value
    if bias is None or weight._value.ndim == 1:
        product = matmul(input, weight.t())
        return product if bias is None else product + bias
    if value.ndim == 2:
        return TENSORS.addmm(bias, input, weight.t())
    rows = input.reshape(-1, value.shape[-1]) if value.ndim > 1 else input.view(1, -1)
    product = TENSORS.addmm(bias, rows, weight.t())
    return product.view((*value.shape[:-1], weight._value.shape[0]))


operator("__matmul__", matmul, numbers=False)
operator("__rmatmul__", matmul, swapped=True, numbers=False)
