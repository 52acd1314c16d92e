"""Comparisons, logic and bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, operator
from ..dtypes import of_array
from ..promotion import arithmetic
from ..tensor import tensor_attribute

__all__: list[str] = []

_ufunc: Any
for _name, _ufunc, _sign in (
    ("eq", np.equal, "=="),
    ("ne", np.not_equal, "!="),
    ("lt", np.less, "<"),
    ("le", np.less_equal, "<="),
    ("gt", np.greater, ">"),
    ("ge", np.greater_equal, ">="),
):
    _compare = op(f"{_name}(Tensor self, Tensor other)", _ufunc, f"self {_sign} other", promote=arithmetic)
    operator(f"__{_name}__", _compare)

for _name, _ufunc, _words in (
    ("logical_and", np.logical_and, "self and other, element by element"),
    ("logical_or", np.logical_or, "self or other, element by element"),
    ("logical_xor", np.logical_xor, "either self or other, element by element"),
):
    op(f"{_name}(Tensor self, Tensor other)", _ufunc, _words, promote=arithmetic)
op("logical_not(Tensor self)", np.logical_not, "not self, element by element")


def _bitwise(name: str, ufunc: Any) -> Any:
    def forward(self: Any, other: Any) -> Any:
        for operand in (self, other):
            if isinstance(operand, float) or getattr(operand, "dtype", np.dtype(int)).kind in "fc":
                raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{of_array(np.asarray(operand))._legacy}'")
        return ufunc(self, other)

    return forward


def _invert(self: Any) -> Any:
    if self.dtype.kind in "fc":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return np.invert(self)


_not_bits = op("bitwise_not(Tensor self)", _invert, "~self")
for _name, _ufunc, _method, _sign in (
    ("bitwise_and", np.bitwise_and, "and", "&"),
    ("bitwise_or", np.bitwise_or, "or", "|"),
    ("bitwise_xor", np.bitwise_xor, "xor", "^"),
):
    _bits = op(
        f"{_name}(Tensor self, Tensor other)", _bitwise(_name, _ufunc), f"self {_sign} other", promote=arithmetic, inplace=True
    )
    operator(f"__{_method}__", _bits)
    operator(f"__r{_method}__", _bits)
    tensor_attribute(f"__i{_method}__", _bits.in_place)
tensor_attribute("__invert__", _not_bits)
