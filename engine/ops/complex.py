"""Complex numbers: their parts, conjugates and polar form.

PyTorch conjugates lazily, behind a view; here the conjugate is a tensor of its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, geometry
from ..api import FUNCTIONS, op, public
from ..promotion import floating
from ..rules import ARRAYS, TENSORS, fresh, helper
from ..table import OUT_FOUND
from ..tensor import Tensor, tensor_attribute
from .vocabulary import is_complex

__all__: list[str] = []

_conj_row = op(
    "conj(Tensor self)", np.conjugate, "the complex conjugate of self", function=False, method=False, self="conj(grad)"
)


def _conjugate(self: Any) -> Any:
    return np.conjugate(self) if self.dtype.kind == "c" else self.copy("K")


_conj_physical = op(
    "conj_physical(Tensor self)",
    _conjugate,
    "the complex conjugate of self",
    function=False,
    method=False,
    out=OUT_FOUND,
    self="conj(grad)",
)
op(
    "conj_physical_.inplace(Tensor self)",
    _conjugate,
    "the complex conjugate of self",
    inplace="conj_physical_",
    node="ConjPhysicalBackward1",
    self="conj(grad)",
)


@public
def conj(input: Tensor) -> Tensor:
    """The complex conjugate of input; a real tensor itself."""
    return _conj_row(input) if input._value.dtype.kind == "c" else input


@public
def conj_physical(input: Tensor, *, out: Any = None) -> Tensor:
    """The complex conjugate of input; a real tensor itself."""
    if out is not None:
        return _conj_physical(input, out=out)
    return _conj_physical(input) if input._value.dtype.kind == "c" else input


def _unchanged(name: str, doc: str) -> None:
    def same(input: Tensor) -> Tensor:
        return input

    same.__doc__ = doc
    same.__name__ = same.__qualname__ = name
    public(same)


_unchanged("resolve_conj", "input, its conjugation carried out: input itself.")
_unchanged("resolve_neg", "input, its negation carried out: input itself.")


def _never(name: str, doc: str) -> None:
    def no(input: Tensor) -> bool:
        return False

    no.__doc__ = doc
    no.__name__ = no.__qualname__ = name
    public(no)


_never("is_conj", "Whether the conjugation of input is still to be carried out: never.")
_never("is_neg", "Whether the negation of input is still to be carried out: never.")


def _conj_of(row: Any) -> Any:
    """conj for rules, which give it numbers too."""
    return lambda value: (value.conjugate() if isinstance(value, complex) else row(value)) if is_complex(value) else value


ARRAYS["conj"] = _conj_of(np.conjugate)
TENSORS["conj"] = _conj_of(_conj_row)

# -- parts


def _reread(self: Any, kind: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """An array's memory as numbers of another type."""
    if not self.size:
        return np.empty(shape, kind)
    flat = geometry.root_of(self).ravel(order="K").view(kind)
    return geometry.strided(flat, shape, strides, offset)


def _view_as_real(self: Any) -> Any:
    if self.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    strides = (*(2 * s for s in geometry.strides_of(self)), 1)
    return _reread(self, self.real.dtype, (*self.shape, 2), strides, 2 * geometry.storage_offset(self))


def _view_as_complex(self: Any) -> Any:
    found = dtypes.of_array(self)
    if self.dtype.kind != "f":
        raise RuntimeError(
            f"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: {found._legacy}"
        )
    if not self.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if self.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    strides, offset = geometry.strides_of(self), geometry.storage_offset(self)
    if strides[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s % 2 for s in strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if offset % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    kind = found.to_complex()._numpy
    return _reread(self, kind, self.shape[:-1], tuple(s // 2 for s in strides[:-1]), offset // 2)


op(
    "view_as_real(Tensor self)",
    _view_as_real,
    "self as pairs of real and imaginary part",
    view=True,
    method=False,
    self="view_as_complex(contiguous(grad))",
)
op(
    "view_as_complex(Tensor self)",
    _view_as_complex,
    "pairs of real and imaginary part as complex numbers",
    view=True,
    method=False,
    self="view_as_real(contiguous(grad))",
)


@public(method=False)
def real(input: Tensor) -> Tensor:
    """The real part of input, a view of it; a real tensor itself."""
    return TENSORS.select(TENSORS.view_as_real(input), -1, 0) if is_complex(input) else input


@public(method=False)
def imag(input: Tensor) -> Tensor:
    """The imaginary part of input, a view of it.

    Raises:
        RuntimeError: The input is real.
    """
    if not is_complex(input):
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return TENSORS.select(TENSORS.view_as_real(input), -1, 1)


ARRAYS["real"] = lambda value: value.real if is_complex(value) else value
ARRAYS["imag"] = lambda value: value.imag


def _part(part: Any) -> Any:
    def write(self: Tensor, value: Any) -> None:
        part(self).copy_(value if isinstance(value, Tensor) else FUNCTIONS["tensor"](value))

    return property(part, write, doc=part.__doc__)


tensor_attribute("real", _part(real))
tensor_attribute("imag", _part(imag))

# -- from parts


def _check_parts(first: Any, second: Any) -> None:
    kinds = [dtypes.of_array(part)._legacy for part in (first, second)]
    if not all(part.dtype.kind == "f" for part in (first, second)):
        raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {kinds[0]} and {kinds[1]}")
    if kinds[0] != kinds[1]:
        raise RuntimeError(f"Expected object of scalar type {kinds[0]} but got scalar type {kinds[1]} for second argument")


def _complex(real: Any, imag: Any) -> Any:
    _check_parts(real, imag)
    result = np.empty(np.broadcast_shapes(real.shape, imag.shape), dtypes.of_array(real).to_complex()._numpy)
    result.real, result.imag = real, imag
    return result[()]


def _polar(abs: Any, angle: Any) -> Any:
    _check_parts(abs, angle)
    return _complex(abs * np.cos(angle), abs * np.sin(angle))


def _as_given(operands: list[Any], slots: Any) -> None:
    """Operands that must have one dtype already."""


op(
    "complex(Tensor real, Tensor imag)",
    _complex,
    "real + i * imag",
    promote=_as_given,
    numbers=False,
    out="Expected object of scalar type {result} but got scalar type {out} for argument 'out'",
    method=False,
    real="real(grad)",
    imag="imag(grad)",
)


@fresh
def polar_angle(k: Any, grad: Any, result: Any) -> Any:
    """The gradient across the direction of the result."""
    return k.real(k.conj(grad) * (result * 1j))


op(
    "polar(Tensor abs, Tensor angle)",
    _polar,
    "abs * e ** (i * angle)",
    promote=_as_given,
    numbers=False,
    out="Expected object of scalar type {result} but got scalar type {out} for argument 'out'",
    method=False,
    abs="real(conj(grad) * sgn(result))",
    angle="polar_angle(grad, result)",
)


def _angle(self: Any) -> Any:
    if self.dtype.kind == "c":
        return np.angle(self).astype(self.real.dtype)
    return np.where(np.isnan(self), self, np.where(self < 0, math.pi, 0)).astype(self.dtype)[()]


@helper
def angle_backward(k: Any, grad: Any, self: Any) -> Any:
    """Across the direction of a complex number; 0 for real ones."""
    if not is_complex(self):
        return k.zeros_like(self)
    size = k.abs(self)
    return k.where(self == 0, 0, grad * self / (size * size) * 1j)


op("angle(Tensor self)", _angle, "the angle of self in the complex plane", promote=floating, self="angle_backward(grad, self)")
