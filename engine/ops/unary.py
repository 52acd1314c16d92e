"""Signs, roundings and tests of one tensor, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import FUNCTIONS, op, public
from ..dtypes import of_array
from ..rules import TENSORS
from ..table import OUT_FOUND
from ..tensor import Tensor, tensor_attribute

__all__ = ["alias", "real_only"]


def real_only(message: str, function: Any, error: type[Exception] = RuntimeError) -> Any:
    """A forward that refuses complex numbers in PyTorch's words."""

    def forward(self: Any, *more: Any) -> Any:
        if self.dtype.kind == "c":
            raise error(message)
        return function(self, *more)

    return forward


def alias(name: str, of: str) -> None:
    """Offer a function, its method and its in-place form under another name."""
    public(method=False, name=name)(FUNCTIONS[of])
    if hasattr(Tensor, of):
        tensor_attribute(name, getattr(Tensor, of))
    if hasattr(Tensor, of + "_"):
        public(method=False, name=name + "_")(getattr(Tensor, of + "_"))
        tensor_attribute(name + "_", getattr(Tensor, of + "_"))


# -- signs


def _neg(self: Any) -> Any:
    if self.dtype == np.bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
            "`logical_not()` operator instead."
        )
    return -self


def _sgn(self: Any) -> Any:
    """The sign, 0 for nan as C's comparisons have it."""
    if self.dtype.kind == "c":
        return np.sign(self)
    return np.subtract(self > 0, self < 0, dtype=self.dtype) if self.dtype != np.bool_ else self.copy("K")


neg = op("neg(Tensor self)", _neg, "-self", inplace=True, out=OUT_FOUND, self="-grad")
_abs = op("abs(Tensor self)", np.abs, "|self|", inplace=True, takes="ihfc", out=OUT_FOUND, self="grad * sgn(self)")
op("sgn(Tensor self)", _sgn, "self / |self|", inplace=True, out=OUT_FOUND, self="sgn_backward(grad, self, result)")
op(
    "sign(Tensor self)",
    real_only(
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.",
        _sgn,
        NotImplementedError,
    ),
    "-1, 0 or 1 by the sign of self",
    inplace=True,
    out=OUT_FOUND,
    self="zeros_like(grad)",
)
op(
    "signbit(Tensor self)",
    real_only("signbit is not implemented for complex tensors.", np.signbit, NotImplementedError),
    "whether self has a minus sign",
    out="signbit does not support non-boolean outputs.",
)


@public
def positive(input: Tensor) -> Tensor:
    """input itself."""
    if input._value.dtype == np.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@public(name="abs_")
def _abs_(self: Tensor) -> Tensor:
    """|self|, in place."""
    if self._value.dtype.kind == "c":
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return _abs.in_place(self)


# -- roundings


def _rounding(name: str, ufunc: Any) -> Any:
    """floor and its like leave integers as they are."""

    def forward(self: Any) -> Any:
        return ufunc(self) if self.dtype.kind == "f" else self.copy("K")

    return real_only(f"{name} is not supported for complex inputs", forward, NotImplementedError)


for _name, _ufunc, _words in (
    ("floor", np.floor, "rounded down"),
    ("ceil", np.ceil, "rounded up"),
    ("trunc", np.trunc, "rounded towards zero"),
):
    op(
        f"{_name}(Tensor self)",
        _rounding(_name, _ufunc),
        f"self {_words}",
        inplace=True,
        takes="ihfc",
        kernel=f"{_name}_vml_cpu",
        out=OUT_FOUND,
        self="zeros_like(grad)",
    )
op(
    "frac(Tensor self)",
    lambda self: self - np.trunc(self),
    "self - trunc(self)",
    inplace=True,
    takes="hf",
    out=OUT_FOUND,
    self="grad",
)
_round = op(
    "round(Tensor self)",
    lambda self: np.round(self) if self.dtype.kind == "f" else self.copy("K"),
    "self rounded, halves to even",
    inplace=True,
    function=False,
    method=False,
    takes="ihf",
    kernel="round_vml_cpu",
    out=OUT_FOUND,
    self="zeros_like(grad)",
)


def _round_decimals(self: Any, decimals: int) -> Any:
    if self.dtype.kind != "f":
        kernel = "round_cpu" if decimals else "round_vml_cpu"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{of_array(self)._legacy}'")
    wide = self.astype(np.float32) if self.dtype == np.float16 else self
    power = wide.dtype.type(10.0 ** abs(decimals))
    return (np.round(wide / power) * power if decimals < 0 else np.round(wide * power) / power).astype(self.dtype)


_round_to = op(
    "round.decimals(Tensor self, *, int decimals)",
    _round_decimals,
    "self rounded to decimals",
    inplace=True,
    node="RoundBackward1",
    out=OUT_FOUND,
    keeps_layout=True,
    self="zeros_like(grad)",
)


@public(name="round")
def round_(input: Tensor, *, decimals: int | None = None, out: Any = None) -> Tensor:
    """input rounded to a number of decimals, halves to even."""
    options = {} if out is None else {"out": out}
    if decimals is None:
        return TENSORS.round(input, **options)
    return _round_to(input, decimals=decimals, **options)


@public(name="round_")
def round_in_place(self: Tensor, *, decimals: int | None = None) -> Tensor:
    """self rounded to a number of decimals, in place."""
    return _round.in_place(self) if decimals is None else _round_to.in_place(self, decimals=decimals)


# -- tests and special numbers

op("isnan(Tensor self)", np.isnan, "whether self is nan")
op("isinf(Tensor self)", np.isinf, "whether self is infinite")
op("isfinite(Tensor self)", np.isfinite, "whether self is finite")
op("isreal(Tensor self)", np.isreal, "whether self has no imaginary part")


def _isinf(name: str, sign: float) -> Any:
    def forward(self: Any) -> Any:
        return self == sign * np.inf if self.dtype.kind == "f" else np.zeros_like(self, np.bool_)

    return real_only(f"{name} does not support complex inputs.", forward)


op(
    "isposinf(Tensor self)",
    _isinf("isposinf", 1.0),
    "whether self is inf",
    out="isposinf does not support non-boolean outputs.",
)
op(
    "isneginf(Tensor self)",
    _isinf("isneginf", -1.0),
    "whether self is -inf",
    out="isneginf does not support non-boolean outputs.",
)


def _nan_to_num(self: Any, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Any:
    if self.dtype.kind not in "fc":
        return self.copy("K")
    # In place on a copy, so that a limit given too big for the dtype becomes infinite as it does in PyTorch.
    limits = np.finfo(self.dtype)
    numbers = (0.0 if nan is None else nan, limits.max if posinf is None else posinf, limits.min if neginf is None else neginf)
    result = np.array(self)
    for part in (result.real, result.imag) if self.dtype.kind == "c" else (result,):
        kind = part.dtype.type
        part[...] = np.where(
            np.isnan(part),
            kind(numbers[0]),
            np.where(part == np.inf, kind(numbers[1]), np.where(part == -np.inf, kind(numbers[2]), part)),
        )
    return result[()]


op(
    "nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None)",
    _nan_to_num,
    "self with other numbers for nan, inf and -inf",
    inplace=True,
    keeps_layout=True,
    out="nan_to_num: dtype of out: {out} should be same as input: {result}",
    self="grad * isfinite(self)",
)


def _frexp(self: Any) -> Any:
    if self.dtype.kind != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return np.frexp(self)


op(
    "frexp(Tensor self) -> (mantissa, exponent)",
    _frexp,
    "mantissa and exponent with self = mantissa * 2 ** exponent",
    keeps_layout=True,
    out="torch.frexp() expects mantissa to have dtype {result_c} but got {out_c}",
    self="grad / exp2(exponent)",
)

for _alias, _of in (("absolute", "abs"), ("negative", "neg"), ("fix", "trunc")):
    alias(_alias, _of)
for _operator, _name in (("__neg__", "neg"), ("__pos__", "positive"), ("__abs__", "abs")):
    tensor_attribute(_operator, getattr(Tensor, _name))
