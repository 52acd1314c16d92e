"""Recordings made to break the reader: refused in words, before anything of them is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradviz.recording import Recording, RecordingError, read_bytes, to_bytes
from gradviz.runner import record

Tables = dict[str, dict[str, np.ndarray[Any, Any]]]

SCRIPT = "import torch\nx = torch.ones(2, 2, requires_grad=True)\ny = x.detach()\nz = (x * 2).sum()\nz.backward()\n"


def strange_shape(tables: Tables, strings: list[str]) -> None:
    strings.append("x")
    tables["tensors"]["shape"][0] = len(strings) - 1


def many_dimensions(tables: Tables, strings: list[str]) -> None:
    strings.append(",".join(["1"] * 70))
    tables["values"]["shape"][0] = len(strings) - 1


def vast_dimension(tables: Tables, strings: list[str]) -> None:
    strings.append(f"{10**23},0")
    tables["tensors"]["shape"][0] = len(strings) - 1


def value_beyond(tables: Tables, strings: list[str]) -> None:
    tables["values"]["offset"][0] = 2**63 - 1


@pytest.mark.parametrize("craft", [strange_shape, many_dimensions, vast_dimension, value_beyond])
def test_crafted_recordings_are_refused(craft: Callable[[Tables, list[str]], None]) -> None:
    good = record(SCRIPT)
    tables = {table: {name: column.copy() for name, column in columns.items()} for table, columns in good.tables.items()}
    strings = list(good.strings)
    craft(tables, strings)
    with pytest.raises(RecordingError, match="damaged"):
        read_bytes(to_bytes(Recording(tables, strings, good.meta)))


@pytest.mark.parametrize(
    ("column", "number"), [("rows", 2**31 - 1), ("cols", -1), ("offset", 2**63 - 1), ("histogram", 2**63 - 1)]
)
def test_crafted_summaries_are_refused(column: str, number: int) -> None:
    from gradviz.recording import Budget, Kind, RecordingBuilder

    builder = RecordingBuilder({}, Budget(per_value=8))
    builder.event(Kind.OUTPUT, value=builder.value(np.zeros((4, 4), np.float32)))
    good = builder.build()
    assert read_bytes(to_bytes(good)).value(0).shape == (4, 4)
    tables = {table: {name: cells.copy() for name, cells in columns.items()} for table, columns in good.tables.items()}
    tables["summaries"][column][0] = number
    with pytest.raises(RecordingError, match="damaged"):
        read_bytes(to_bytes(Recording(tables, good.strings, good.meta)))
