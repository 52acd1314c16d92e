"""Keeping elements between bounds, and the larger or smaller of two."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, overloaded, public
from ..promotion import arithmetic
from ..tensor import Tensor
from .unary import real_only

__all__: list[str] = []


def _clamp(self: Any, min: Any = None, max: Any = None) -> Any:
    if self.dtype.kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    bounded = self if min is None else np.maximum(self, min)
    return bounded if max is None else np.minimum(bounded, max)


_clamp_numbers = op(
    "clamp(Tensor self, Scalar? min=None, Scalar? max=None)",
    _clamp,
    "self, kept between min and max",
    promote=arithmetic,
    inplace=True,
    function=False,
    node="ClampBackward1",
    takes="ihfc",
    self="where(within(self, min, max), grad, 0)",
)
_clamp_tensors = op(
    "clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None)",
    _clamp,
    "self, kept between min and max",
    promote=arithmetic,
    inplace=True,
    node="ClampBackward0",
    takes="ihfc",
    self="where(within(self, min, max), grad, 0)",
    min="where(below(self, min, max), grad, 0)",
    max="where(above(self, min, max), grad, 0)",
)


def _clamped(in_place: bool) -> Any:
    def clamp(input: Tensor, min: Any = None, max: Any = None, *, out: Any = None) -> Any:
        """input, kept between min and max."""
        if min is None and max is None:
            raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
        row = _clamp_tensors if isinstance(min, Tensor) or isinstance(max, Tensor) else _clamp_numbers
        if in_place:
            return row.in_place(input, min, max)
        return row(input, min, max) if out is None else row(input, min, max, out=out)

    return clamp


for _name in ("clamp", "clip"):
    public(name=_name)(_clamped(False))
    public(name=_name + "_")(_clamped(True))

_ufunc: Any
for _name, _ufunc, _kernel, _words, _inside, _outside in (
    ("min", np.maximum, "maximum_cpu", "at least", ">=", "<"),
    ("max", np.minimum, "minimum_cpu", "at most", "<=", ">"),
):
    _derivatives: dict[str, Any] = {
        "self": f"where(self {_inside} {_name}, grad, 0)",
        _name: f"where(self {_outside} {_name}, grad, 0)",
    }
    overloaded(
        f"input, but {_words} {_name}.",
        number=op(
            f"clamp_{_name}(Tensor self, Scalar {_name})",
            _ufunc,
            f"self, but {_words} {_name}",
            promote=arithmetic,
            inplace=True,
            function=False,
            takes="ihfc",
            kernel=f"clamp_{_name}_scalar_cpu",
            self=f"where(self {_inside} {_name}, grad, 0)",
        ),
        tensor=op(
            f"clamp_{_name}.Tensor(Tensor self, Tensor {_name})",
            _ufunc,
            f"self, but {_words} {_name}",
            promote=arithmetic,
            numbers=False,
            inplace=True,
            node=f"Clamp{_name.title()}Backward1",
            takes="bihf",
            kernel=_kernel,
            **_derivatives,
        ),
    )
for _name, _ufunc, _words, _behind, _ahead in (
    ("maximum", np.maximum, "larger", "<", ">"),
    ("minimum", np.minimum, "smaller", ">", "<"),
):
    op(
        f"{_name}(Tensor self, Tensor other)",
        real_only(f"{_name} not implemented for complex tensors.", _ufunc),
        f"the {_words} of self and other",
        promote=arithmetic,
        numbers=False,
        self=f"where(self == other, grad / 2, where(self {_behind} other, 0, grad))",
        other=f"where(self == other, grad / 2, where(self {_ahead} other, 0, grad))",
    )
for _name, _ufunc, _words, _sign in (("fmax", np.fmax, "larger", ">="), ("fmin", np.fmin, "smaller", "<=")):
    op(
        f"{_name}(Tensor self, Tensor other)",
        real_only(f"{_name} not implemented for complex tensors.", _ufunc),
        f"the {_words} of self and other, whichever is not nan",
        promote=arithmetic,
        numbers=False,
        self=f"where((self {_sign} other) | isnan(other), grad, 0)",
        other=f"where((self {_sign} other) | isnan(other), 0, grad)",
    )
