"""The rows of a table as they are written: packed one after another, turned into columns all at once."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gradviz.recording.schema import SCHEMA

_CODES: Final = {"<u1": "B", "<i4": "i", "<i8": "q", "<f8": "d"}


class PackedTable:
    """Appends rows; packing one costs a fraction of what NumPy takes to read it from a tuple.

    Attributes:
        pack: A row's bytes, from its cells in the schema's order.
        data: The bytes of the rows that were not taken yet.
        count: How many rows there are, with those that were taken. Whoever appends to ``data`` counts, too.
        size: Bytes a row takes.
        taken: How many rows were taken.
    """

    __slots__ = ("_columns", "_dtype", "count", "data", "pack", "size", "taken")

    def __init__(self, table: str) -> None:
        self._columns = SCHEMA[table]
        form = struct.Struct("<" + "".join([_CODES[column.dtype] for column in self._columns.values()]))
        self._dtype = np.dtype([(name, column.dtype) for name, column in self._columns.items()])
        self.pack: Callable[..., bytes] = form.pack
        self.data = bytearray()
        self.size = form.size
        self.count = self.taken = 0

    def add(self, *row: Any) -> int:
        """Appends a row; returns its number."""
        self.data += self.pack(*row)
        number = self.count
        self.count = number + 1
        return number

    def drop_from(self, length: int) -> None:
        """Drops the rows that begin at this byte of ``data``, and all after them."""
        del self.data[length:]
        self.count = self.taken + len(self.data) // self.size

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The rows that were not taken yet, as columns."""
        rows = np.frombuffer(bytes(self.data), self._dtype)
        return {name: np.ascontiguousarray(rows[name]) for name in self._columns}

    def take(self) -> dict[str, npt.NDArray[Any]]:
        """The same, and drops them."""
        columns = self.columns()
        self.taken = self.count
        self.data.clear()
        return columns
