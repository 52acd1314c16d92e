"""Special functions: torch.special's, and those of them torch has itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from .. import dtypes, numerics
from ..api import FUNCTIONS, OpFunction, op, overloaded
from ..outputs import with_out
from ..promotion import arithmetic, floating
from ..rules import fresh
from ..tensor import Tensor, tensor_method
from .arithmetic import add_scalar, mul_scalar

__all__ = ["SPECIAL"]

_function: Any
SPECIAL: Final[dict[str, Callable[..., Any]]] = {}
"""What torch.special offers."""


def _doubled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A forward by a function over doubles."""

    def forward(*operands: Any) -> Any:
        kind = np.result_type(*(o for o in operands if hasattr(o, "dtype")))
        shape = np.broadcast_shapes(*map(np.shape, operands))
        result = function(*(np.atleast_1d(np.asarray(o, np.float64)) for o in operands))
        return result.astype(kind).reshape(shape)[()]

    return forward


def _special(signature: str, function: Callable[..., Any], formula: str, **options: Any) -> OpFunction:
    """A row of torch.special alone."""
    row = op(f"special_{signature}", _doubled(function), formula, function=False, promote=floating, **options)
    name = signature.partition("(")[0]
    row.__name__ = row.__qualname__ = f"special_{name}"
    SPECIAL[name] = row
    return row


# -- of the error function and the normal distribution

op(
    "erfc(Tensor self)",
    _doubled(numerics.erfc),
    "1 - erf(self)",
    promote=floating,
    inplace=True,
    takes="hf",
    kernel="erfc_vml_cpu",
    self=f"{-2 / math.sqrt(math.pi)} * exp(-self * self) * grad",
)
op(
    "erfinv(Tensor self)",
    _doubled(numerics.erfinv),
    "the number whose erf is self",
    promote=floating,
    inplace=True,
    takes="hf",
    kernel="erfinv_vml_cpu",
    self=f"{0.5 * math.sqrt(math.pi)} * exp(erfinv(self) ** 2) * grad",
)
_special(
    "erfcx(Tensor self)",
    numerics.erfcx,
    "exp(self ** 2) * erfc(self)",
    takes="f",
    kernel="erfcx_cpu",
    self=f"(2.0 * self * result - {2 / math.sqrt(math.pi)}) * grad",
)
_special(
    "ndtri(Tensor self)",
    numerics.ndtri,
    "the number below which the normal distribution has the area self",
    takes="f",
    kernel="ndtri_cpu",
    self=f"grad * {math.sqrt(2 * math.pi)} * exp(result * result / 2)",
)
_special(
    "log_ndtr(Tensor self)",
    numerics.log_ndtr,
    "the logarithm of the normal distribution's area below self",
    takes="f",
    kernel="log_ndtr_cpu",
    self=f"grad / {math.sqrt(2 * math.pi)} * exp(-(result + self * self / 2))",
)


def _entr(x: Any) -> Any:
    return np.where(np.isnan(x), x, np.where(x > 0, -x * np.log(x), np.where(x == 0, 0, -np.inf)))


_special(
    "entr(Tensor self)",
    _entr,
    "-self * log(self), 0 at 0",
    takes="hf",
    kernel="entr_cpu",
    self="grad * -(1 + log(self))",
)


def ndtr(input: Tensor) -> Tensor:
    """The normal distribution's area below input."""
    return mul_scalar(add_scalar(FUNCTIONS["erf"](mul_scalar(input, math.sqrt(0.5))), 1), 0.5)


# -- of the gamma function

op(
    "lgamma(Tensor self)",
    _doubled(numerics.lgamma),
    "log(|gamma(self)|)",
    promote=floating,
    inplace=True,
    takes="hf",
    kernel="lgamma_vml_cpu",
    self="grad * digamma(self)",
)
op(
    "digamma(Tensor self)",
    _doubled(numerics.digamma),
    "the derivative of lgamma",
    promote=floating,
    inplace=True,
    takes="hf",
    kernel="digamma",
    self="grad * polygamma(1, self)",
)


def _polygamma(n: int, self: Any) -> Any:
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    if self.dtype.kind != "f":
        kernel = ("digamma", "trigamma")[n] if n < 2 else "polygamma"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtypes.of_array(self)._legacy}'")
    if n == 1:
        # The poles are only as high as the dtype's sine is small.
        return np.asarray(numerics.trigamma(np.atleast_1d(self * np.float32(1))), self.dtype).reshape(self.shape)[()]
    return _doubled(lambda x: numerics.polygamma(n, x))(self)


_polygamma_row = op(
    "polygamma(int n, Tensor self)",
    _polygamma,
    "the n-th derivative of digamma",
    promote=lambda operands, slots: floating(operands, (1,)),
    method=False,
    self="grad * polygamma(n + 1, self)",
)
_polygamma_in_place = op(
    "polygamma_.inplace(Tensor self, int n)",
    lambda self, n: _polygamma(n, self),
    "the n-th derivative of digamma",
    promote=lambda operands, slots: floating(operands, (0,)),
    inplace="polygamma_",
    node="PolygammaBackward1",
    self="grad * polygamma(n + 1, self)",
)


@tensor_method
def polygamma(self: Tensor, n: int) -> Tensor:
    """The n-th derivative of digamma."""
    return _polygamma_row(n, self)


def _spread(x: Any, p: int) -> Any:
    """x + (1 - j) / 2 for each j up to p, along a new last axis."""
    return x[..., None] + np.arange(-p / 2 + 0.5, 0.5, 0.5)


def _mvlgamma(self: Any, p: int) -> Any:
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    if self.dtype.kind == "c":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtypes.of_array(self)._legacy}'")
    total = _doubled(lambda x: numerics.lgamma(_spread(x, p)).sum(-1) + p * (p - 1) * math.log(math.pi) / 4)
    return total(self)


@fresh
def mvlgamma_backward(k: Any, grad: Any, self: Any, p: int) -> Any:
    """The sum of the digammas of all the shifted arguments."""
    total = k.digamma(self + (-p / 2 + 0.5))
    for j in range(1, p):
        total = total + k.digamma(self + (-p / 2 + 0.5 + j / 2))
    return grad * total


def _not_of_bools(operands: list[Any], slots: Sequence[int]) -> None:
    if operands[0].dtype == np.bool_:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    floating(operands, (0,))


op(
    "mvlgamma(Tensor self, int p)",
    _mvlgamma,
    "the logarithm of the gamma function of p dimensions",
    promote=_not_of_bools,
    inplace=True,
    self="mvlgamma_backward(grad, self, p)",
)

for _name, _function, _sign, _words in (
    ("igamma", numerics.igamma, "", "lower"),
    ("igammac", numerics.igammac, "-", "upper"),
):
    op(
        f"{_name}(Tensor self, Tensor other)",
        _doubled(_function),
        f"the regularized {_words} incomplete gamma function",
        promote=arithmetic,
        numbers=False,
        inplace=True,
        takes="hf",
        self=f"not_implemented('{_name}: input')",
        other=f"{_sign}grad * exp((self - 1) * log(other) - other - lgamma(self))",
    )


def _pair(name: str, function: Callable[..., Any], formula: str, takes: str, tensor: Any, of_number: Any, number: Any) -> None:
    """A function of torch.special of two operands, either of which may be a number."""
    camel = "".join(part.title() for part in name.split("_"))

    def row(parameters: str, overload: str, node: int, **derivatives: Any) -> OpFunction:
        return op(
            f"special_{name}{overload}({parameters})",
            _doubled(function),
            formula,
            promote=floating,
            numbers=False,
            function=False,
            node=f"Special{camel}Backward{node}",
            takes=takes,
            kernel=f"{name}_cpu",
            **derivatives,
        )

    SPECIAL[name] = overloaded(
        f"{formula.replace('self', 'input')}.",
        tensor=row("Tensor self, Tensor other", "", 0, **tensor),
        of_number=row("Scalar self, Tensor other", ".self_scalar", 1, **of_number),
        number=row("Tensor self, Scalar other", ".other_scalar", 2, **number),
        function=False,
        method=False,
    )


def _xlog1py(x: Any, y: Any) -> Any:
    return np.where(np.isnan(y), np.nan, np.where(x == 0, 0, x * np.log1p(y)))


_pair(
    "xlog1py",
    _xlog1py,
    "self * log(1 + other), 0 where self is 0",
    "hf",
    {
        "self": "where((self == 0) & (other <= -1), 0, special_xlog1py(grad, other))",
        "other": "grad * self / (other + 1)",
    },
    {"other": "grad * self / (other + 1)"},
    {
        "self": (
            "special_xlog1py_other_scalar(grad, other) if other > -1 "
            "else where(self == 0, 0, special_xlog1py_other_scalar(grad, other))"
        )
    },
)
_pair(
    "zeta",
    numerics.zeta,
    "the Hurwitz zeta function, the sum of (n + other) ** -self",
    "f",
    {"self": "not_implemented('zeta')", "other": "grad * -self * special_zeta(self + 1, other)"},
    {"other": "grad * -self * special_zeta_self_scalar(self + 1.0, other)"},
    {"self": "not_implemented('zeta')"},
)

# -- Bessel functions


@fresh
def i1_backward(k: Any, grad: Any, self: Any, result: Any, scaled: bool) -> Any:
    """The derivative of i1 or of i1e; a half at 0."""
    tiny = np.finfo(np.asarray(getattr(self, "_value", self)).dtype).eps.item()
    away = k.abs(self) > tiny
    safe = k.where(away, self, tiny)
    if scaled:
        slope = k.special_i0e(safe) - result * (k.sgn(safe) + k.reciprocal(safe))
    else:
        slope = k.i0(safe) - result * k.reciprocal(safe)
    return grad * k.where(away, slope, 0.5)


op(
    "i0(Tensor self)",
    _doubled(numerics.i0),
    "the modified Bessel function of the first kind of order 0",
    promote=floating,
    inplace=True,
    takes="hf",
    kernel="i0_vml_cpu",
    self="grad * special_i1(self)",
)
_special(
    "i0e(Tensor self)",
    numerics.i0e,
    "exp(-|self|) * i0(self)",
    takes="hf",
    kernel="i0e_cpu",
    self="grad * (special_i1e(self) - sgn(self) * result)",
)
_special(
    "i1(Tensor self)",
    numerics.i1,
    "the modified Bessel function of the first kind of order 1",
    takes="hf",
    kernel="i1_cpu",
    self="i1_backward(grad, self, result, False)",
)
_special(
    "i1e(Tensor self)",
    numerics.i1e,
    "exp(-|self|) * i1(self)",
    takes="hf",
    kernel="i1e_cpu",
    self="i1_backward(grad, self, result, True)",
)

# What follows has no derivative in PyTorch either.

for _name, _argument, _function, _words in (
    ("bessel_j0", "self", numerics.bessel_j0, "the Bessel function of the first kind of order 0"),
    ("bessel_j1", "self", numerics.bessel_j1, "the Bessel function of the first kind of order 1"),
    ("bessel_y0", "self", numerics.bessel_y0, "the Bessel function of the second kind of order 0"),
    ("bessel_y1", "self", numerics.bessel_y1, "the Bessel function of the second kind of order 1"),
    ("modified_bessel_i0", "self", numerics.i0, "the modified Bessel function of the first kind of order 0"),
    ("modified_bessel_i1", "self", numerics.i1, "the modified Bessel function of the first kind of order 1"),
    ("modified_bessel_k0", "self", numerics.k0, "the modified Bessel function of the second kind of order 0"),
    ("modified_bessel_k1", "self", numerics.k1, "the modified Bessel function of the second kind of order 1"),
    ("scaled_modified_bessel_k0", "x", numerics.k0e, "exp(x) * modified_bessel_k0(x)"),
    ("scaled_modified_bessel_k1", "x", numerics.k1e, "exp(x) * modified_bessel_k1(x)"),
    ("spherical_bessel_j0", "x", numerics.spherical_bessel_j0, "sin(x) / x"),
    ("airy_ai", "x", numerics.airy_ai, "the Airy function Ai"),
):
    _special(f"{_name}(Tensor {_argument})", _function, _words, takes="f", kernel=f"{_name}_cpu")

# -- orthogonal polynomials


def _shifted(polynomial: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    return lambda x, n: polynomial(x + x - 1, n, **options)


for _name, _function, _words in (
    ("chebyshev_polynomial_t", numerics.chebyshev_t, "the Chebyshev polynomial of the first kind"),
    ("chebyshev_polynomial_u", numerics.chebyshev_u, "the Chebyshev polynomial of the second kind"),
    ("chebyshev_polynomial_v", numerics.chebyshev_v, "the Chebyshev polynomial of the third kind"),
    ("chebyshev_polynomial_w", numerics.chebyshev_w, "the Chebyshev polynomial of the fourth kind"),
    ("hermite_polynomial_h", numerics.hermite_h, "the physicist's Hermite polynomial"),
    ("hermite_polynomial_he", numerics.hermite_he, "the probabilist's Hermite polynomial"),
    ("laguerre_polynomial_l", numerics.laguerre, "the Laguerre polynomial"),
    ("legendre_polynomial_p", numerics.legendre, "the Legendre polynomial"),
    ("shifted_chebyshev_polynomial_t", _shifted(numerics.chebyshev_t), "chebyshev_polynomial_t, shifted to [0, 1]"),
    ("shifted_chebyshev_polynomial_u", _shifted(numerics.chebyshev_u, above=6), "chebyshev_polynomial_u, shifted to [0, 1]"),
    ("shifted_chebyshev_polynomial_v", _shifted(numerics.chebyshev_v, above=6), "chebyshev_polynomial_v, shifted to [0, 1]"),
    ("shifted_chebyshev_polynomial_w", _shifted(numerics.chebyshev_w, above=6), "chebyshev_polynomial_w, shifted to [0, 1]"),
):

    def _of_order(x: Any, n: Any, function: Callable[..., Any] = _function) -> Any:
        kind = np.result_type(x, n)
        x, n = np.broadcast_arrays(np.asarray(x, kind), np.asarray(n))
        return function(x, n)[()]

    SPECIAL[_name] = op(
        f"special_{_name}(Tensor x, Tensor n)",
        _of_order,
        f"{_words} of order n at x",
        promote=floating,
        function=False,
        takes="f",
        kernel=f"{_name}_cpu",
    )

SPECIAL["ndtr"] = with_out(ndtr, "special_ndtr")
for _name, _of in (
    ("digamma", "digamma"), ("erf", "erf"), ("erfc", "erfc"), ("erfinv", "erfinv"), ("exp2", "exp2"), ("expit", "sigmoid"), ("expm1", "expm1"),
    ("gammainc", "igamma"), ("gammaincc", "igammac"), ("gammaln", "lgamma"), ("i0", "i0"), ("log1p", "log1p"), ("logit", "logit"),
    ("multigammaln", "mvlgamma"), ("polygamma", "polygamma"), ("psi", "digamma"), ("round", "round"), ("sinc", "sinc"),
    ("xlogy", "xlogy"),
):  # fmt: skip
    SPECIAL[_name] = FUNCTIONS[_of]
