"""Division rounded to whole numbers, and what it leaves."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, operator, overloaded, public
from ..promotion import arithmetic
from ..tensor import Tensor, tensor_attribute
from .arithmetic import true_div
from .unary import alias

__all__: list[str] = []


def _nonzero(self: Any, other: Any) -> None:
    if np.asarray(self).dtype.kind in "iu" and not np.all(other):
        raise RuntimeError("ZeroDivisionError")


def _floored(self: Any, other: Any) -> Any:
    _nonzero(self, other)
    result = np.floor_divide(self, other)
    if result.dtype.kind == "f":
        # NumPy gives nan where PyTorch gives the infinity of the true quotient.
        return np.where(np.equal(other, 0), self / other, result).astype(result.dtype)[()]
    return result


def _truncated(self: Any, other: Any) -> Any:
    _nonzero(self, other)
    if np.asarray(self).dtype.kind == "f":
        return np.trunc(self / other)
    down = np.floor_divide(self, other)
    return down + ((np.less(self, 0) != np.less(other, 0)) & (down * other != self)).astype(down.dtype)


def _remainder(self: Any, other: Any) -> Any:
    _nonzero(self, other)
    return np.remainder(self, other)


def _fmod(self: Any, other: Any) -> Any:
    _nonzero(self, other)
    return np.fmod(self, other)


_ROUNDED = {"floor": _floored, "trunc": _truncated}
_NOTHING = "not_differentiable('{}')".format


def _rounding(name: str, mode: str) -> Any:
    return op(
        f"{name}(Tensor self, Tensor other, *, str? rounding_mode)",
        lambda self, other, rounding_mode: _ROUNDED[rounding_mode](self, other),
        "self / other, rounded by rounding_mode",
        promote=arithmetic,
        inplace=True,
        function=False,
        node="DivBackward2",
        takes="ihf",
        kernel=f"div_{mode}_cpu",
        self="zeros_like(grad)",
        other="zeros_like(grad)",
    )


_rounded = {"floor": _rounding("div.Tensor_mode", "floor"), "trunc": _rounding("div.Tensor_trunc_mode", "trunc")}


def _mode(rounding_mode: str) -> Any:
    if rounding_mode not in _rounded:
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")
    return _rounded[rounding_mode]


@public
def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
    """input / other; rounded towards zero for "trunc", down for "floor"."""
    options = {} if out is None else {"out": out}
    if rounding_mode is None:
        return true_div(input, other, **options)
    return _mode(rounding_mode)(input, other, rounding_mode=rounding_mode, **options)


@public(name="div_")
def div_in_place(self: Tensor, other: Any, *, rounding_mode: str | None = None) -> Any:
    """Divide in place."""
    if rounding_mode is None:
        return true_div.in_place(self, other)
    return _mode(rounding_mode).in_place(self, other, rounding_mode=rounding_mode)


alias("divide", "div")
public(name="true_divide")(true_div)
public(name="true_divide_", function=False)(true_div.in_place)

floor_divide = overloaded(
    "input / other, rounded down.",
    tensor=op(
        "floor_divide.Tensor(Tensor self, Tensor other)",
        _floored,
        "floor(self / other)",
        promote=arithmetic,
        node="NotImplemented",
        takes="ihf",
        kernel="div_floor_cpu",
        self=_NOTHING("floor_divide"),
        other=_NOTHING("floor_divide"),
    ),
    number=op(
        "floor_divide.Scalar(Tensor self, Scalar other)",
        _floored,
        "floor(self / other)",
        promote=arithmetic,
        numbers=True,
        node="NotImplemented",
        takes="ihf",
        kernel="div_floor_cpu",
        self=_NOTHING("floor_divide"),
    ),
)


def _floor_in_place(kind: str, **derivatives: Any) -> Any:
    return op(
        f"floor_divide_.{kind}(Tensor self, {kind} other)",
        _floored,
        "floor(self / other)",
        promote=arithmetic,
        inplace="floor_divide_",
        node="NotImplemented",
        takes="ihf",
        kernel="div_floor_cpu",
        self=_NOTHING("floor_divide_"),
        **derivatives,
    )


_floor_by_tensor = _floor_in_place("Tensor", other=_NOTHING("floor_divide_"))
_floor_by_number = _floor_in_place("Scalar")


@public(name="floor_divide_", function=False)
def floor_divide_in_place(self: Tensor, other: Any) -> Any:
    """self / other, rounded down, in place."""
    return (_floor_by_tensor if isinstance(other, Tensor) else _floor_by_number).in_place(self, other)


remainder = overloaded(
    "What is left of input divided by other, with the sign of other.",
    tensor=op(
        "remainder.Tensor(Tensor self, Tensor other)",
        _remainder,
        "self - other * floor(self / other)",
        promote=arithmetic,
        numbers=False,
        inplace=True,
        node="RemainderBackward1",
        takes="ihf",
        self="grad",
        other="-grad * floor(self / other)",
    ),
    number=op(
        "remainder.Scalar(Tensor self, Scalar other)",
        _remainder,
        "self - other * floor(self / other)",
        promote=arithmetic,
        inplace=True,
        takes="ihf",
        self="grad",
    ),
    of_number=op(
        "remainder.Scalar_Tensor(Scalar self, Tensor other)",
        _remainder,
        "self - other * floor(self / other)",
        promote=arithmetic,
        node="NotImplemented",
        takes="ihf",
        other=_NOTHING("remainder"),
    ),
)
fmod = overloaded(
    "What is left of input divided by other, with the sign of input.",
    tensor=op(
        "fmod.Tensor(Tensor self, Tensor other)",
        _fmod,
        "self - other * trunc(self / other)",
        promote=arithmetic,
        numbers=False,
        inplace=True,
        node="FmodBackward1",
        takes="ihf",
        self="grad",
        other="-grad * trunc(self / other)",
    ),
    number=op(
        "fmod.Scalar(Tensor self, Scalar other)",
        _fmod,
        "self - other * trunc(self / other)",
        promote=arithmetic,
        inplace=True,
        takes="ihf",
        self="grad",
    ),
)


def _whole(name: str, ufunc: Any, words: str) -> None:
    op(
        f"{name}(Tensor self, Tensor other)",
        ufunc,
        f"the {words} of self and other",
        promote=arithmetic,
        numbers=False,
        inplace=True,
        takes="i",
    )


_whole("gcd", np.gcd, "greatest common divisor")
_whole("lcm", np.lcm, "least common multiple")

operator("__floordiv__", floor_divide)
operator("__rfloordiv__", floor_divide, swapped=True)
operator("__mod__", remainder)
operator("__rmod__", remainder, swapped=True)
tensor_attribute("__ifloordiv__", floor_divide_in_place)
tensor_attribute("__imod__", remainder.in_place)
