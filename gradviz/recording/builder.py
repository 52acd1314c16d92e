"""Writes a recording row by row while a script runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradviz.recording.container import pack_chunk
from gradviz.recording.recording import Recording, Tables, table_columns
from gradviz.recording.schema import EMPTY_EVENT, SCHEMA, WHOLE, Kind
from gradviz.recording.values import AnyArray, Budget, summarise

_SMALL = 1024  # bytes up to which equal values are kept once


class RecordingBuilder:
    """Collects the rows of a recording; `take_chunk` hands over what has come since the last one.

    The rows are plain tuples in schema order: appending one is the cheapest thing Python can do, and they become columns
    when they are taken.
    """

    def __init__(self, meta: dict[str, Any], budget: Budget | None = None) -> None:
        """Starts an empty recording.

        Args:
            meta: What is known beforehand: ``script`` (its text), ``filename``, ``trusted``, ``engine``.
            budget: How much of the values is kept whole.
        """
        self.meta = dict(meta)
        self.budget = budget or Budget()
        self._rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in SCHEMA if table != "blob"}
        self._taken: dict[str, int] = dict.fromkeys(SCHEMA, 0)
        self._lists = list(self._rows.values())
        self._blob: list[bytes] = []
        self._blob_bytes = 0
        self._strings: dict[str, int] = {}
        self._kinds: dict[tuple[object, tuple[int, ...]], tuple[int, int]] = {}
        self._small: dict[tuple[tuple[int, int], bytes], int] = {}
        self._new_strings: list[str] = []
        self._kept_bytes = 0
        self._chunks = 0

    def __len__(self) -> int:
        return self.count("events")

    def count(self, table: str) -> int:
        """How many rows a table has by now."""
        return self._taken[table] + len(self._rows[table])

    def waiting(self, table: str) -> int:
        """How many rows of a table were not taken yet."""
        return len(self._rows[table])

    def string(self, text: str) -> int:
        """The number of a string in the pool of strings."""
        number = self._strings.get(text)
        if number is None:
            number = self._strings[text] = len(self._strings)
            self._new_strings.append(text)
        return number

    def add(self, table: str, *row: Any) -> int:
        """Appends a row, its cells in the schema's order, and returns its number."""
        rows = self._rows[table]
        rows.append(row)
        return self._taken[table] + len(rows) - 1

    def event(self, kind: Kind, **cells: int) -> int:
        """Appends an event; cells not named are empty. Returns its number."""
        return self.add("events", *({**EMPTY_EVENT, **cells, "kind": int(kind)}.values()))

    def mark(self) -> list[int]:
        """Where each table ends now, for `rollback`."""
        return [*map(len, self._lists)]

    def rollback(self, mark: list[int]) -> None:
        """Drops all rows since a mark; nothing may have been taken since then."""
        for (table, rows), length in zip(self._rows.items(), mark, strict=True):
            if table == "values":
                dropped = self._taken[table] + length
                self._small = {key: row for key, row in self._small.items() if row < dropped}
            del rows[length:]

    def value(self, array: AnyArray) -> int:
        """Keeps a copy of an array, whole while the budget lasts, else its summary. Returns its number in ``values``.

        Small values that are equal bit for bit share a row.
        """
        nbytes = array.nbytes
        key = (array.dtype, array.shape)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = (self.string(array.dtype.name), self.string(",".join(map(str, array.shape))))
        dtype, shape = kind
        if nbytes <= _SMALL:
            data = array.tobytes()
            known = self._small.get((kind, data))
            if known is not None:
                return known
            if self._kept_bytes + nbytes <= self.budget.total and nbytes <= self.budget.per_value:
                self._kept_bytes += nbytes
                number = self._small[kind, data] = self.add("values", dtype, shape, self._put(data), nbytes, WHOLE)
                return number
        elif nbytes <= self.budget.per_value and self._kept_bytes + nbytes <= self.budget.total:
            self._kept_bytes += nbytes
            return self.add("values", dtype, shape, self._put(array.tobytes()), nbytes, WHOLE)
        s = summarise(array)
        rows, cols = s.thumbnail.shape
        number = self.add(
            "summaries",
            *(s.min, s.max, s.mean, s.std, s.norm, s.nan, s.inf, s.zero, rows, cols),
            self._put(s.thumbnail.astype("<f4").tobytes()),
            self._put(s.histogram.astype("<i8").tobytes()),
        )
        return self.add("values", dtype, shape, 0, nbytes, number)

    def _put(self, data: bytes) -> int:
        offset = self._blob_bytes
        self._blob_bytes += len(data)
        self._blob.append(data)
        return offset

    def take_chunk(self, *, last: bool = False) -> bytes:
        """All rows since the last call, as one chunk of the container format; ``last`` closes the recording."""
        tables = {table: table_columns(table, rows) for table, rows in self._rows.items()}
        tables["blob"] = {"bytes": np.frombuffer(b"".join(self._blob), np.uint8)}
        chunk = pack_chunk(self._chunks, tables, self._new_strings, self.meta if self._chunks == 0 else {}, last=last)
        for table, rows in self._rows.items():
            self._taken[table] += len(rows)
            rows.clear()
        self._blob.clear()
        self._new_strings = []
        self._chunks += 1
        return chunk

    def build(self) -> Recording:
        """The recording of all rows; only where nothing was taken in chunks before."""
        if self._chunks:
            raise ValueError("rows were already taken in chunks; read those instead")
        tables: Tables = {table: table_columns(table, rows) for table, rows in self._rows.items()}
        tables["blob"] = {"bytes": np.frombuffer(b"".join(self._blob), np.uint8)}
        return Recording(tables, list(self._strings), self.meta)
