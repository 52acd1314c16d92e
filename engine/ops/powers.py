"""Powers of two operands."""

from __future__ import annotations

import operator as python
from typing import Any

import numpy as np

from ..api import op, operator, overloaded, public
from ..dtypes import complex128, float64, of_array
from ..promotion import arithmetic
from ..rules import helper
from ..tensor import Tensor, tensor_attribute
from .vocabulary import is_complex

__all__ = ["pow_"]


def _whole(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "iu"


def _pow(self: Any, exponent: Any) -> Any:
    if not (_whole(self) and _whole(exponent)) or np.all(np.greater_equal(exponent, 0)):
        return self**exponent
    # Only 1 and -1 have whole inverses.
    inverse = np.where(self == 1, 1, np.where(self == -1, 1 - 2 * (exponent % 2), 0))
    return np.where(np.less(exponent, 0), inverse, self ** np.maximum(exponent, 0)).astype(np.result_type(self, exponent))[()]


def _pow_scalar(self: Any, exponent: Any) -> Any:
    if _whole(self) and _whole(exponent) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return self**exponent


@helper
def as_complex_with(k: Any, value: Any, other: Any) -> Any:
    """A value, complex if another is."""
    if is_complex(value) or not is_complex(other):
        return value
    kind = other.dtype if isinstance(other, Tensor) else of_array(other)
    return k.to_dtype(value, kind)


@helper
def at_zero(k: Any, self: Any, exponent: Any) -> Any:
    """Where a power of 0 does not change with its exponent."""
    return (self == 0) & (k.real(exponent) >= 0)


_number = op(
    "pow.Tensor_Scalar(Tensor self, Scalar exponent)",
    _pow_scalar,
    "self ** exponent",
    promote=arithmetic,
    inplace=True,
    takes="ihfc",
    kernel="pow",
    self="grad * conj(exponent * self ** (exponent - 1)) if exponent != 0 else zeros_like(grad)",
)
_tensor = op(
    "pow.Tensor_Tensor(Tensor self, Tensor exponent)",
    _pow,
    "self ** exponent",
    promote=arithmetic,
    inplace=True,
    node="PowBackward1",
    takes="ihfc",
    kernel="pow",
    self="where(exponent == 0, 0, grad * conj(exponent * self ** (exponent - 1)))",
    exponent="grad * where(at_zero(self, exponent), 0, conj(result * log(as_complex_with(self, exponent))))",
)
_of_number = op(
    "pow.Scalar(Scalar self, Tensor exponent)",
    _pow,
    "self ** exponent",
    promote=arithmetic,
    node="PowBackward2",
    takes="ihfc",
    kernel="pow",
    exponent=(
        "grad * conj(result * log_of(self)) if self != 0 else where(real(exponent) >= 0, 0, grad * conj(result * log_of(self)))"
    ),
)
pow_ = overloaded("input ** exponent.", tensor=_tensor, number=_number, of_number=_of_number)


@public
def square(input: Any, *, out: Any = None) -> Any:
    """input ** 2."""
    return pow_(input, 2) if out is None else pow_(input, 2, out=out)


@public(name="square_")
def square_in_place(self: Tensor) -> Any:
    """self ** 2, in place."""
    return _number.in_place(self, 2)


def _power_type(input: Any, exponent: Any) -> Any:
    return complex128 if is_complex(input) or is_complex(exponent) else float64


def _widened(value: Any, kind: Any) -> Any:
    return value.to(kind) if isinstance(value, Tensor) else complex(value) if kind.is_complex else float(value)


@public
def float_power(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """input ** exponent in double precision."""
    kind = _power_type(input, exponent)
    if out is None:
        return pow_(_widened(input, kind), _widened(exponent, kind))
    if out.dtype is not kind:
        raise RuntimeError(
            f"the output given to float_power has dtype {out.dtype._legacy} but the operation's result requires dtype {kind._legacy}"
        )
    return pow_(_widened(input, kind), _widened(exponent, kind), out=out)


@public(name="float_power_", function=False)
def float_power_in_place(self: Tensor, exponent: Any) -> Any:
    """self ** exponent, in place."""
    kind = _power_type(self, exponent)
    if self.dtype is not kind:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype._legacy} but the operation's result requires dtype {kind._legacy}"
        )
    return (_tensor if isinstance(exponent, Tensor) else _number).in_place(self, _widened(exponent, kind))


operator("__pow__", pow_, _number.op, python.pow)
operator("__rpow__", pow_, swapped=True)
tensor_attribute("__ipow__", pow_.in_place)
