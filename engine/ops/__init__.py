"""The table of ops: a file per family, each op's forward, derivative and formula side by side."""

from __future__ import annotations

from . import (
    activation,
    arithmetic,
    binary,
    clamp,
    comparison,
    complex,
    copies,
    division,
    duals,
    elementary,
    gather,
    index_writes,
    indexing,
    join,
    linalg,
    loss,
    order,
    pieces,
    powers,
    rearrange,
    reduce,
    reshaping,
    scatter,
    select,
    shape,
    special,
    statistics,
    unary,
    views,
    vocabulary,
    windows,
)

__all__: list[str] = []
