"""The table of ops: a file per family, each op's forward, derivative and formula side by side."""

from __future__ import annotations

from . import vocabulary  # noqa: F401  (first: the others write their rules in it)
from . import activation, arithmetic, indexing, linalg, loss, order, reduce, select, shape, unary  # noqa: F401

__all__: list[str] = []
