"""Whether the rows of a recording belong together, so that whoever shows it need not doubt them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from gradviz.recording.schema import HISTOGRAM_BINS, NEEDED, SCHEMA, THUMBNAIL_SIDE, WHOLE, Cut, Kind, Mode

if TYPE_CHECKING:
    from gradviz.recording.recording import Recording

VALUE_DTYPES: Final = frozenset(
    ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128"]
)
_MOST_DIMENSIONS: Final = 64  # NumPy's own bound
_LARGEST_DIMENSION: Final = 1 << 48
_CODES: Final = {
    ("events", "kind"): max(Kind),
    ("inputs", "cut"): max(Cut),
    ("ops", "mode"): max(Mode),
    ("tensors", "mode"): max(Mode),
}


def check(recording: Recording) -> None:
    """Raises ValueError, saying what is wrong, where a recording's rows do not belong together."""
    sizes = {table: len(next(iter(columns.values()))) for table, columns in recording.tables.items()}
    sizes["strings"] = len(recording.strings)
    for table, columns in SCHEMA.items():
        for name, column in columns.items():
            data = recording.tables[table][name]
            lowest = 0 if (table, name) in NEEDED else -1
            if column.refers and data.size and (data.min() < lowest or data.max() >= sizes[column.refers]):
                raise ValueError(f"{table}.{name} points outside of {column.refers}")
    for (table, name), top in _CODES.items():
        data = recording.tables[table][name]
        if data.size and data.max() > top:
            raise ValueError(f"{table}.{name} holds an unknown code")
    for table, name in (("stacks", "parent"), ("regions", "parent")):
        parents = recording.tables[table][name]
        if (parents >= np.arange(len(parents))).any():
            raise ValueError(f"{table} refer to later ones")
    for shape in np.unique(recording.tables["tensors"]["shape"]).tolist():
        _dimensions(recording.string(shape))
    _check_values(recording, sizes["blob"])
    _check_summaries(recording, sizes["blob"])


def _dimensions(text: str) -> tuple[int, ...]:
    try:
        dims = tuple(map(int, text.split(","))) if text else ()
    except ValueError:
        raise ValueError("a shape is not made of numbers") from None
    if len(dims) > _MOST_DIMENSIONS or any(not 0 <= n <= _LARGEST_DIMENSION for n in dims):
        raise ValueError("a shape is out of bounds")
    return dims


def _check_values(recording: Recording, blob: int) -> None:
    values = recording.tables["values"]
    kinds, inverse = np.unique(np.stack((values["dtype"], values["shape"])).astype(np.int64), axis=1, return_inverse=True)
    sizes = np.zeros(kinds.shape[1], np.int64)
    for i, (dtype, shape) in enumerate(kinds.T.tolist()):
        kind, dims = recording.string(dtype), _dimensions(recording.string(shape))
        if kind not in VALUE_DTYPES:
            raise ValueError("a value has no proper dtype")
        sizes[i] = min(math.prod(dims, start=np.dtype(kind).itemsize), np.iinfo(np.int64).max)
    offsets, whole = values["offset"], values["summary"] == WHOLE
    outside = (offsets < 0) | (offsets > blob - values["nbytes"])
    if (values["nbytes"] != sizes[inverse.reshape(-1)]).any() or (whole & outside).any():
        raise ValueError("a value lies outside of its bytes")


def _check_summaries(recording: Recording, blob: int) -> None:
    table = recording.tables["summaries"]
    rows, cols = table["rows"].astype(np.int64), table["cols"].astype(np.int64)
    if ((rows < 0) | (cols < 0) | (rows > THUMBNAIL_SIDE) | (cols > THUMBNAIL_SIDE)).any():
        raise ValueError("a thumbnail is out of bounds")
    for name, size in (("offset", 4 * rows * cols), ("histogram", np.int64(8 * HISTOGRAM_BINS))):
        if ((table[name] < 0) | (table[name] > blob - size)).any():
            raise ValueError("a summary lies outside of its bytes")
