"""Comparisons, logic and bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, operator, public
from ..promotion import arithmetic
from ..table import OUT_FOUND
from ..tensor import Tensor, tensor_attribute
from .unary import alias

__all__: list[str] = []

# Written in place, a comparison is part of the graph, and its gradient 0.

_ufunc: Any
for _name, _ufunc, _sign, _takes, _alias in (
    ("eq", np.equal, "==", None, None),
    ("ne", np.not_equal, "!=", None, "not_equal"),
    ("lt", np.less, "<", "bihf", "less"),
    ("le", np.less_equal, "<=", "bihf", "less_equal"),
    ("gt", np.greater, ">", "bihf", "greater"),
    ("ge", np.greater_equal, ">=", "bihf", "greater_equal"),
):
    _options: dict[str, Any] = {"promote": arithmetic, "takes": _takes, "kernel": f"{_name}_cpu"}
    _compare = op(f"{_name}(Tensor self, Tensor other)", _ufunc, f"self {_sign} other", **_options)
    operator(f"__{_name}__", _compare)
    op(
        f"{_name}_.Tensor(Tensor self, Tensor other)",
        _ufunc,
        f"self {_sign} other",
        inplace=f"{_name}_",
        node=f"{_name.title()}Backward1",
        self="zeros_like(grad)",
        other="zeros_like(grad)",
        **_options,
    )
    if _alias is not None:
        alias(_alias, _name)

for _name, _ufunc, _words in (
    ("logical_and", np.logical_and, "self and other, element by element"),
    ("logical_or", np.logical_or, "self or other, element by element"),
    ("logical_xor", np.logical_xor, "either self or other, element by element"),
):
    op(f"{_name}(Tensor self, Tensor other)", _ufunc, _words, promote=arithmetic, numbers=False, inplace=True)
op("logical_not(Tensor self)", np.logical_not, "not self, element by element", inplace=True, out="")

# -- bits

_not_bits = op("bitwise_not(Tensor self)", np.invert, "~self", inplace=True, takes="bi", out=OUT_FOUND)


@public(function=False, name="__invert__")
def _invert(self: Tensor) -> Tensor:
    if self._value.dtype.kind not in "iub":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return _not_bits(self)


def _shift(ufunc: Any) -> Any:
    """Shifts as PyTorch has them: by less than nothing or more than there are bits, everything is shifted out."""
    left = ufunc is np.left_shift

    def forward(self: Any, other: Any) -> Any:
        bits = 8 * self.dtype.itemsize
        signed = self.dtype.kind == "i"
        out = np.less(other, 0) | np.greater_equal(other, bits - signed if not left else bits)
        shifted = ufunc(self, np.where(out, 0, other).astype(self.dtype))
        return np.where(out, 0 if left or not signed else np.where(self < 0, -1, 0), shifted).astype(self.dtype)[()]

    return forward


for _name, _forward, _method, _sign, _takes, _kernel in (
    ("bitwise_and", np.bitwise_and, "and", "&", "bi", "bitwise_and_cpu"),
    ("bitwise_or", np.bitwise_or, "or", "|", "bi", "bitwise_or_cpu"),
    ("bitwise_xor", np.bitwise_xor, "xor", "^", "bi", "bitwise_xor_cpu"),
    ("bitwise_left_shift", _shift(np.left_shift), "lshift", "<<", "i", "lshift_cpu"),
    ("bitwise_right_shift", _shift(np.right_shift), "rshift", ">>", "i", "rshift_cpu"),
):
    _bits = op(
        f"{_name}(Tensor self, Tensor other)",
        _forward,
        f"self {_sign} other",
        promote=arithmetic,
        inplace=True,
        takes=_takes,
        kernel=_kernel,
    )
    operator(f"__{_method}__", _bits)
    operator(f"__r{_method}__", _bits, swapped=True)
    tensor_attribute(f"__i{_method}__", _bits.in_place)
