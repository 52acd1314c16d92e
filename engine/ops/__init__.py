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
    distance,
    division,
    duals,
    einsum,
    elementary,
    extremes,
    gather,
    index_writes,
    indexing,
    join,
    loss,
    matmul,
    order,
    pieces,
    powers,
    products,
    rearrange,
    reduce,
    reshaping,
    scans,
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
