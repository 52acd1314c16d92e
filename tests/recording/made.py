"""Recordings made by hand and by hypothesis, sound but otherwise arbitrary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradviz.recording import Budget, Kind, Recording, RecordingBuilder
from gradviz.recording.schema import NEEDED, SCHEMA

Draw = Callable[[st.SearchStrategy[Any]], Any]

TEXTS = st.text(max_size=6)
DTYPES = ("bool", "uint8", "int64", "float16", "float32", "float64", "complex64")


def small_array(number: int) -> np.ndarray[Any, Any]:
    """One of many small arrays of all dtypes and a few shapes."""
    dtype = DTYPES[number % len(DTYPES)]
    shape: tuple[int, ...] = ((), (3,), (2, 2), (0,), (1, 3, 1))[number % 5]
    with np.errstate(all="ignore"):
        return np.full(shape, number, dtype) if shape else np.asarray(number).astype(dtype)


def lowest(table: str, name: str) -> int:
    return 0 if (table, name) in NEEDED else -1


@st.composite
def recordings(draw: Draw, *, chunked: bool = False) -> Any:
    """A recording whose every row number is within bounds, or the chunks of one.

    Tables that others refer to are filled first, then every cell is drawn from what it may be.
    """
    builder = RecordingBuilder(
        {"script": draw(TEXTS), "filename": "made.py"}, Budget(draw(st.sampled_from((8, 64, 1 << 20))), 1 << 20)
    )
    sizes = {table: draw(st.integers(0, 6)) for table in ("tensors", "ops", "passes", "regions", "stacks")}
    sizes |= {"events": draw(st.integers(0, 25)), "inputs": draw(st.integers(0, 8)), "outputs": draw(st.integers(0, 8))}
    sizes |= {"names": draw(st.integers(0, 4)), "saved": draw(st.integers(0, 4)), "errors": draw(st.integers(0, 2))}
    for number in draw(st.lists(st.integers(0, 40), max_size=6)):
        builder.value(small_array(number))
    sizes |= {"values": builder.count("values"), "summaries": builder.count("summaries")}
    strings = [builder.string(text) for text in ["", "2,3", "float32", *draw(st.lists(TEXTS, max_size=4))]]
    shapes = {"shape": builder.string("2,3"), "dtype": builder.string("float32")}
    flags = dict.fromkeys(("requires_grad", "is_leaf", "retain_graph", "create_graph", "flag"), 1)
    top = {"kind": max(Kind), "mode": 2, "cut": 8, **flags}
    if not sizes["events"]:
        sizes |= dict.fromkeys(("tensors", "ops", "passes", "regions"), 0)
    chunks: list[bytes] = []
    for table in ("stacks", "regions", "passes", "ops", "tensors", "names", "inputs", "outputs", "saved", "errors", "events"):
        for row in range(sizes[table]):
            cells = []
            for name, column in SCHEMA[table].items():
                if table == "tensors" and name in shapes:
                    cells.append(shapes[name])
                elif name == "parent":
                    cells.append(draw(st.integers(-1, row - 1)))
                elif column.refers == "strings":
                    cells.append(draw(st.sampled_from(strings)) if name != "text" else draw(st.sampled_from([-1, *strings])))
                elif column.refers:
                    cells.append(
                        draw(st.integers(min(lowest(table, name), sizes[column.refers] - 1), sizes[column.refers] - 1))
                    )
                elif name in top and column.dtype == "<u1":
                    cells.append(draw(st.integers(0, top[name])))
                else:
                    cells.append(draw(st.integers(0, 3)))
            if any(
                cell < lowest(table, name)
                for cell, name in zip(cells, SCHEMA[table], strict=True)
                if SCHEMA[table][name].refers
            ):
                break  # there is nothing it could belong to
            builder.add(table, *cells)
        if chunked and draw(st.booleans()):
            chunks.append(builder.take_chunk())
    if chunked:
        return [*chunks, builder.take_chunk(last=True)]
    return builder.build()


def same(one: Recording, other: Recording) -> bool:
    """Whether two recordings hold the same."""
    return (one.strings, one.meta) == (other.strings, other.meta) and all(
        np.array_equal(column, other.tables[table][name], equal_nan=column.dtype.kind == "f")
        for table, columns in one.tables.items()
        for name, column in columns.items()
    )
