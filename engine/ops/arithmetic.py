"""Sums, products and quotients of two operands."""

from __future__ import annotations

import operator as python
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import op, operator, overloaded
from ..dtypes import FLOATING, category, of_number
from ..promotion import arithmetic, floating
from ..rules import ARRAYS, TENSORS
from ..tensor import Tensor, tensor_attribute, wrap
from .unary import alias

__all__ = ["add", "add_scalar", "div_scalar", "mul", "mul_scalar", "sub", "sub_scalar", "true_div"]


def _check_alpha(alpha: Any, operand: Any) -> None:
    """See that a factor fits the operands' common dtype."""
    kind = np.asarray(operand).dtype.kind
    if isinstance(alpha, bool) and kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if category(of_number(alpha)) >= FLOATING and kind in "biu":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, complex) and kind != "c":
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")


def _scaled(operand: Any, alpha: Any) -> Any:
    if type(alpha) is int and alpha == 1:
        return operand
    _check_alpha(alpha, operand)
    return operand & alpha if getattr(operand, "dtype", None) == np.bool_ else alpha * operand


def subtraction(operands: list[Any], slots: Sequence[int]) -> None:
    """As arithmetic, but not for booleans.

    Raises:
        RuntimeError: An operand is boolean.
    """
    bools = [isinstance(operands[i], bool) or getattr(operands[i], "dtype", None) == np.bool_ for i in slots]
    if any(bools):
        if all(bools):
            raise RuntimeError(
                "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
            )
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
            "`logical_not()` operator instead."
        )
    arithmetic(operands, slots)


add = op(
    "add(Tensor self, Tensor other, *, Scalar alpha=1)",
    lambda self, other, alpha=1: self + _scaled(other, alpha),
    "self + alpha * other",
    promote=arithmetic,
    short=python.add,
    inplace=True,
    self="grad",
    other="maybe_multiply(grad, conj(alpha))",
)
sub = op(
    "sub(Tensor self, Tensor other, *, Scalar alpha=1)",
    lambda self, other, alpha=1: self - _scaled(other, alpha),
    "self - alpha * other",
    promote=subtraction,
    short=python.sub,
    inplace=True,
    self="grad",
    other="-maybe_multiply(grad, conj(alpha))",
)
rsub = op(
    "rsub(Tensor self, Tensor other, *, Scalar alpha=1)",
    lambda self, other, alpha=1: other - _scaled(self, alpha),
    "other - alpha * self",
    promote=subtraction,
    function=False,
    self="-maybe_multiply(grad, conj(alpha))",
    other="grad",
)
_rsub_scalar = op(
    "rsub.Scalar(Tensor self, Scalar other, *, Scalar alpha=1)",
    lambda self, other, alpha=1: other - _scaled(self, alpha),
    "other - alpha * self",
    promote=subtraction,
    node="RsubBackward1",
    self="-maybe_multiply(grad, conj(alpha))",
)
overloaded("other - alpha * input.", tensor=rsub, number=_rsub_scalar, method=False)
mul = op(
    "mul(Tensor self, Tensor other)",
    python.mul,
    "self * other",
    promote=arithmetic,
    short=python.mul,
    inplace=True,
    into=np.multiply,
    self="grad * conj(other)",
    other="grad * conj(self)",
)
true_div = op(
    "div(Tensor self, Tensor other)",
    python.truediv,
    "self / other",
    promote=floating,
    short=python.truediv,
    inplace=True,
    function=False,
    into=np.true_divide,
    self="grad / conj(other)",
    other="-grad * conj(self / other / other)",
)
add_scalar = op(
    "add.Scalar(Tensor self, Scalar other, *, Scalar alpha=1)",
    lambda self, other, alpha=1: self + _scaled(other, alpha),
    "self + alpha * other",
    promote=arithmetic,
    node="AddBackward1",
    self="grad",
)
sub_scalar = op(
    "sub.Scalar(Tensor self, Scalar other, *, Scalar alpha=1)",
    lambda self, other, alpha=1: self - _scaled(other, alpha),
    "self - alpha * other",
    promote=subtraction,
    node="SubBackward1",
    self="grad",
)
mul_scalar = op(
    "mul.Scalar(Tensor self, Scalar other)",
    python.mul,
    "self * other",
    promote=arithmetic,
    node="MulBackward1",
    self="grad * conj(other)",
)
div_scalar = op(
    "div.Scalar(Tensor self, Scalar other)",
    python.truediv,
    "self / other",
    promote=floating,
    node="DivBackward1",
    self="grad / conj(other)",
)


def _add_number(a: Any, b: Any) -> Any:
    if isinstance(a, Tensor):
        return a + b if isinstance(b, Tensor) else add_scalar(a, b)
    return add_scalar(b, a) if isinstance(b, Tensor) else a + b


def _sub_number(a: Any, b: Any) -> Any:
    if isinstance(a, Tensor):
        return a - b if isinstance(b, Tensor) else sub_scalar(a, b)
    return wrap(np.full(b.shape, a, b._value.dtype)) - b if isinstance(b, Tensor) else a - b


def _mul_number(a: Any, b: Any) -> Any:
    if isinstance(a, Tensor):
        return a * b if isinstance(b, Tensor) else mul_scalar(a, b)
    return mul_scalar(b, a) if isinstance(b, Tensor) else a * b


def _div_number(a: Any, b: Any) -> Any:
    if isinstance(a, Tensor):
        return a / b if isinstance(b, Tensor) else div_scalar(a, b)
    return mul_scalar(TENSORS.reciprocal(b), a) if isinstance(b, Tensor) else a / b


ARRAYS.update(add_number=python.add, sub_number=python.sub, mul_number=python.mul, div_number=python.truediv)
TENSORS.update(add_number=_add_number, sub_number=_sub_number, mul_number=_mul_number, div_number=_div_number)
op(
    "addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)",
    lambda self, tensor1, tensor2, value=1: self + (tensor1 * tensor2 if value == 1 else value * tensor1 * tensor2),
    "self + value * tensor1 * tensor2",
    promote=arithmetic,
    numbers=False,
    inplace=True,
    takes="ihfc",
    kernel="addcmul_cpu_out",
    self="grad",
    tensor1="grad * conj(tensor2 * value)",
    tensor2="grad * conj(tensor1 * value)",
)


def _quotients(operands: list[Any], slots: Sequence[int]) -> None:
    """As arithmetic, but not for two integers to divide.

    Raises:
        RuntimeError: Both are.
    """
    if all(getattr(operands[i], "dtype", np.dtype(float)).kind in "biu" for i in slots[1:]):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of "
            "tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / "
            "tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future "
            "addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes."
        )
    arithmetic(operands, slots)


op(
    "addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)",
    lambda self, tensor1, tensor2, value=1: self + (tensor1 if value == 1 else value * tensor1) / tensor2,
    "self + value * tensor1 / tensor2",
    promote=_quotients,
    numbers=False,
    inplace=True,
    self="grad",
    tensor1="grad * conj(value / tensor2)",
    tensor2="-grad * conj(value * tensor1 / (tensor2 * tensor2))",
)


def _reversed_sub(other: Any, self: Tensor) -> Any:
    return (rsub if isinstance(other, Tensor) else _rsub_scalar)(self, other)


def _reversed_div(other: Any, self: Tensor) -> Any:
    return self.reciprocal() * other


operator("__add__", add, add.op, python.add)
operator("__radd__", add, add.op, python.add)
operator("__sub__", sub, sub.op, python.sub)
operator("__rsub__", _reversed_sub, swapped=True)
operator("__mul__", mul, mul.op, python.mul)
operator("__rmul__", mul, mul.op, python.mul)
operator("__truediv__", true_div, true_div.op, python.truediv)
operator("__rtruediv__", _reversed_div, swapped=True)
operator("__rdiv__", _reversed_div, swapped=True)
for _name, _form in (
    ("__iadd__", add.in_place),
    ("__isub__", sub.in_place),
    ("__imul__", mul.in_place),
    ("__itruediv__", true_div.in_place),
    ("__idiv__", true_div.in_place),
):
    tensor_attribute(_name, _form)
for _alias, _of in (("multiply", "mul"), ("subtract", "sub")):
    alias(_alias, _of)
