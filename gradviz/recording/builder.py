"""Writes a recording row by row while a script runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradviz.recording.container import pack_chunk
from gradviz.recording.packed import PackedTable
from gradviz.recording.recording import Recording, Tables
from gradviz.recording.schema import EMPTY_EVENT, SCHEMA, WHOLE, Kind
from gradviz.recording.values import AnyArray, Budget, summarise

_SMALL = 1024  # bytes up to which equal values are kept once


class RecordingBuilder:
    """Collects the rows of a recording; `take_chunk` hands over what has come since the last one.

    Attributes:
        tables: The rows of each table but the blob, for those who append many.
    """

    def __init__(self, meta: dict[str, Any], budget: Budget | None = None) -> None:
        """Starts an empty recording.

        Args:
            meta: What is known beforehand: ``script`` (its text), ``filename``, ``trusted``, ``engine``.
            budget: How much of the values is kept whole.
        """
        self.meta = dict(meta)
        self.budget = budget or Budget()
        self.tables = {table: PackedTable(table) for table in SCHEMA if table != "blob"}
        self._data = [table.data for table in self.tables.values()]
        self._values = self.tables["values"]
        self._blob: list[bytes] = []
        self._blob_bytes = 0
        self._strings: dict[str, int] = {}
        self._kinds: dict[tuple[object, tuple[int, ...]], tuple[int, int]] = {}
        self._small: dict[tuple[int, int, bytes], int] = {}
        self._numbers: dict[type, tuple[int, int]] = {}
        self._new_strings: list[str] = []
        self._kept_bytes = 0
        self._chunks = 0

    def __len__(self) -> int:
        return self.count("events")

    def count(self, table: str) -> int:
        """How many rows a table has by now."""
        return self.tables[table].count

    def waiting(self, table: str) -> int:
        """How many rows of a table were not taken yet."""
        found = self.tables[table]
        return found.count - found.taken

    def string(self, text: str) -> int:
        """The number of a string in the pool of strings."""
        number = self._strings.get(text)
        if number is None:
            number = self._strings[text] = len(self._strings)
            self._new_strings.append(text)
        return number

    def add(self, table: str, *row: Any) -> int:
        """Appends a row, its cells in the schema's order, and returns its number."""
        return self.tables[table].add(*row)

    def event(self, kind: Kind, **cells: int) -> int:
        """Appends an event; cells not named are empty. Returns its number."""
        return self.add("events", *({**EMPTY_EVENT, **cells, "kind": int(kind)}.values()))

    def mark(self) -> list[int]:
        """Where each table ends now, for `rollback`."""
        return [*map(len, self._data)]

    def rollback(self, mark: list[int]) -> None:
        """Drops all rows since a mark; nothing may have been taken since then."""
        for table, length in zip(self.tables.values(), mark, strict=True):
            table.drop_from(length)
        kept = self._values.count
        self._small = {key: row for key, row in self._small.items() if row < kept}

    def kind(self, array: AnyArray | np.generic) -> tuple[int, int]:
        """The numbers of the strings that say an array's dtype and shape."""
        kind = self._numbers.get(array.__class__)
        if kind is None:
            key = (array.dtype, array.shape)
            kind = self._kinds.get(key)
            if kind is None:
                kind = self._kinds[key] = (self.string(array.dtype.name), self.string(",".join(map(str, array.shape))))
            if not isinstance(array, np.ndarray):
                self._numbers[array.__class__] = kind
        return kind

    def value(self, array: AnyArray | np.generic) -> int:
        """Keeps a copy of an array or a NumPy scalar, whole while the budget lasts, else its summary.

        Small values that are equal bit for bit share a row.

        Returns:
            Its number in ``values``.
        """
        kind = self._numbers.get(array.__class__)
        if kind is None:
            kind = self.kind(array)
            if array.__class__ is not np.ndarray:
                array = np.asarray(array)  # an array of another class may keep its bytes to itself
            nbytes = array.nbytes
        else:
            nbytes = 0  # it is a number, and small
        dtype, shape = kind
        if nbytes <= _SMALL:
            data = array.tobytes()
            key = (dtype, shape, data)
            known = self._small.get(key)
            if known is not None:
                return known
            nbytes = len(data)
            if self._kept_bytes + nbytes <= self.budget.total and nbytes <= self.budget.per_value:
                self._kept_bytes += nbytes
                values = self._values
                number = self._small[key] = values.count
                values.count = number + 1
                values.data += values.pack(dtype, shape, self._blob_bytes, nbytes, WHOLE)
                self._blob_bytes += nbytes
                self._blob.append(data)
                return number
        elif nbytes <= self.budget.per_value and self._kept_bytes + nbytes <= self.budget.total:
            self._kept_bytes += nbytes
            return self.add("values", dtype, shape, self._put(array.tobytes()), nbytes, WHOLE)
        s = summarise(np.asarray(array))
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

    def take_chunk(self, *, last: bool = False, sealed: bool = True) -> bytes:
        """All rows since the last call, as one chunk of the container format.

        Args:
            last: Whether it closes the recording.
            sealed: Whether it gets a digest, which what is only sent to another process can do without.
        """
        tables: Tables = {name: table.take() for name, table in self.tables.items()}
        meta = self.meta if self._chunks == 0 else {}
        chunk = pack_chunk(self._chunks, tables, self._new_strings, meta, last=last, blob=self._blob, sealed=sealed)
        self._blob.clear()
        self._new_strings = []
        self._chunks += 1
        return chunk

    def build(self) -> Recording:
        """The recording of all rows; only where nothing was taken in chunks before."""
        if self._chunks:
            raise ValueError("rows were already taken in chunks; read those instead")
        tables: Tables = {name: table.columns() for name, table in self.tables.items()}
        tables["blob"] = {"bytes": np.frombuffer(b"".join(self._blob), np.uint8)}
        return Recording(tables, list(self._strings), self.meta)
