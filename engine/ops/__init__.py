"""The table of ops: a file per family, each op's forward, derivative and formula side by side."""

from __future__ import annotations

from . import (
    activation,
    arithmetic,
    binary,
    clamp,
    comparison,
    complex,
    division,
    elementary,
    indexing,
    linalg,
    loss,
    order,
    powers,
    reduce,
    select,
    shape,
    statistics,
    unary,
    views,
    vocabulary,
)

__all__: list[str] = []
