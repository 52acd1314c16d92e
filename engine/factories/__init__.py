"""Making tensors: from data, of a size, as numbers in a row.

A factory makes an array; what all factories have in common (`dtype=`, `out=`, `requires_grad=` and so on) is in `making`.
"""

from __future__ import annotations

from . import data, ranges, sizes, windows
from .data import array_of, legacy_tensor
from .making import factory, finish, kind_of, offered, shape_of

__all__ = ["array_of", "factory", "finish", "kind_of", "legacy_tensor", "offered", "shape_of"]

del data, ranges, sizes, windows
