"""torch.finfo and torch.iinfo: the limits of dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import FLOATING, bool_, category, dtype, get_default_dtype, read

__all__ = ["finfo", "iinfo"]


class finfo:  # noqa: N801 (PyTorch's name)
    """The limits of a floating point dtype.

    Raises:
        TypeError: It is none.
    """

    def __init__(self, type: dtype | None = None) -> None:
        found = get_default_dtype() if type is None else read(type)
        if category(found) < FLOATING:
            raise TypeError("torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'")
        info: Any = np.finfo(found.to_real()._numpy)
        self.dtype = repr(found.to_real()).removeprefix("torch.")
        self.bits = info.bits
        self.eps = float(info.eps)
        self.max = float(info.max)
        self.min = float(info.min)
        self.tiny = self.smallest_normal = float(info.tiny)
        self.resolution = 10.0**-info.precision

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.tiny:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:  # noqa: N801 (PyTorch's name)
    """The limits of an integer dtype.

    Raises:
        TypeError: It is none.
    """

    def __init__(self, type: dtype) -> None:
        type = read(type)
        if category(type) >= FLOATING:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        if type is bool_:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        info = np.iinfo(type._numpy)
        self.dtype = repr(type).removeprefix("torch.")
        self.bits = info.bits
        self.max = int(info.max)
        self.min = int(info.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
