"""Elementary functions, rounded as PyTorch rounds them.

NumPy's float32 kernels err by up to a few units in the last place, which shows as soon as somebody prints a single number.
Small tensors are computed in double precision instead; large ones go the fast way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

__all__ = ["precise"]

SMALL: Final = 256
"""Elements up to which the last bit is worth the time."""

_float32: Final = np.float32
_float64: Final = np.float64


def precise(ufunc: Any) -> Callable[[Any], Any]:
    """A ufunc of one argument, more exact on small float32 arrays."""

    def forward(self: Any) -> Any:
        if self.__class__ is _float32:
            return _float32(ufunc(_float64(self)))
        if self.dtype == _float32 and self.size <= SMALL:
            return ufunc(self, dtype=_float64).astype(_float32) if self.ndim else _float32(ufunc(_float64(self)))
        return ufunc(self)

    return forward
