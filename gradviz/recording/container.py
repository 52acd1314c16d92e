"""The bytes of a recording: the `.gradviz` file and the messages of the worker, one format and one reader.

A recording is a magic line followed by chunks. A chunk is a fixed head (sizes and a BLAKE2b digest), a JSON header that
names the columns, and the columns' bytes, little-endian, each at a multiple of eight. A worker sends many chunks, a file
has usually one; the last one says so, and what has no last chunk is truncated. What goes through a pipe and is never stored
may leave the digest out (all zero). Nothing is ever unpickled or executed.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Final

import numpy as np

from gradviz.recording.recording import Recording, Tables, columns_like
from gradviz.recording.schema import FORMAT_VERSION, SCHEMA
from gradviz.whole_file import write_whole

MAGIC: Final = b"GRADVIZ\x00"
_HEAD: Final = struct.Struct("<4sIIQ16s")  # tag, format version, header bytes, body bytes, digest
_TAG: Final = b"CHNK"
_UNSEALED: Final = bytes(16)
_MAX_HEADER: Final = 1 << 28
_MAX_BODY: Final = 1 << 34


class RecordingError(Exception):
    """A recording cannot be read; the text says why and what to do."""


def pack_chunk(
    index: int,
    tables: Tables,
    strings: list[str],
    meta: dict[str, Any],
    *,
    last: bool,
    blob: Sequence[bytes] = (),
    sealed: bool = True,
) -> bytes:
    """One chunk with these rows, strings and meta data.

    Args:
        index: Which chunk of its recording it is.
        tables: Its rows, as columns.
        strings: The strings that are new.
        meta: What is new of the description.
        last: Whether the recording ends with it.
        blob: The bytes of the blob, in pieces, where they are not among the tables.
        sealed: Whether it gets its digest, which costs more than all the rest of it.
    """
    parts: list[bytes | memoryview] = []
    layout: list[list[Any]] = []
    offset = 0
    for table, columns in tables.items():
        for name, column in columns.items():
            if not len(column):
                continue
            data = np.ascontiguousarray(column).data.cast("B")
            layout.append([table, name, len(column), offset])
            padding = -len(data) % 8
            parts += [data, bytes(padding)]
            offset += len(data) + padding
    if blob:
        length = sum(map(len, blob))
        layout.append(["blob", "bytes", length, offset])
        padding = -length % 8
        parts += [*blob, bytes(padding)]
        offset += length + padding
    header = json.dumps(
        {"index": index, "last": last, "columns": layout, "strings": strings, "meta": meta},
        ensure_ascii=True,  # lone surrogates survive
    ).encode()
    digest = _UNSEALED
    if sealed:
        hashed = hashlib.blake2b(header, digest_size=16)
        for part in parts:
            hashed.update(part)
        digest = hashed.digest()
    head = _HEAD.pack(_TAG, FORMAT_VERSION, len(header), offset, digest)
    return b"".join((head, header, *parts))


def _chunk_at(data: memoryview, position: int, index: int, sealed: bool) -> tuple[dict[str, Any], memoryview, int] | None:
    """The header and the body of the chunk at a position, and where it ends; None where it is not all there."""
    if position + _HEAD.size > len(data):
        return None
    tag, version, header_size, body_size, digest = _HEAD.unpack_from(data, position)
    if tag != _TAG or version < 1:
        raise RecordingError("The recording is damaged: a chunk does not begin where it should.")
    if version > FORMAT_VERSION:
        raise RecordingError(
            f"The recording was written by a newer GradViz (format {version}; this one reads up to {FORMAT_VERSION}). "
            "Update GradViz to open it."
        )
    if header_size > _MAX_HEADER or body_size > _MAX_BODY:
        raise RecordingError("The recording is damaged: a chunk claims an impossible size.")
    position += _HEAD.size
    end = position + header_size + body_size
    if end > len(data):
        return None
    whole = digest == _UNSEALED and not sealed
    if not whole and hashlib.blake2b(data[position:end], digest_size=16).digest() != digest:
        raise RecordingError("The recording is damaged: its contents do not match their checksum.")
    try:
        header = json.loads(bytes(data[position : position + header_size]))
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"The recording is damaged: its header cannot be read ({error}).") from None
    if not isinstance(header, dict) or header.get("index") != index:
        raise RecordingError("The recording is damaged: its chunks are out of order.")
    return header, data[position + header_size : end], end


def _columns(header: dict[str, Any], body: memoryview) -> Tables:
    tables: Tables = {}
    layout = header.get("columns")
    if not isinstance(layout, list):
        raise RecordingError("The recording is damaged: its header names no columns.")
    for entry in layout:
        try:
            table, name, count, offset = entry
            dtype = np.dtype(SCHEMA[table][name].dtype)
            if count < 0 or offset < 0 or offset + count * dtype.itemsize > len(body):
                raise ValueError
            tables.setdefault(table, {})[name] = np.frombuffer(body, dtype, count, offset)
        except (KeyError, TypeError, ValueError):
            raise RecordingError("The recording is damaged: a column lies outside of it.") from None
    return tables


class Assembler:
    """Puts a recording together from its chunks, in the order they were made.

    Attributes:
        closed: Whether the last chunk has come.
    """

    def __init__(self, *, sealed: bool = True) -> None:
        """Begins with none.

        Args:
            sealed: Whether each of them must have its digest, as what was stored has.
        """
        self.closed = False
        self._sealed = sealed
        self._parts: list[Tables] = []
        self._strings: list[str] = []
        self._meta: dict[str, Any] = {}

    def add(self, chunk: bytes | memoryview) -> Recording:
        """Takes the next chunk; returns its rows alone, as a recording whose row numbers were not checked.

        Raises:
            RecordingError: It is no whole chunk, damaged, out of order or of a newer format.
        """
        data = memoryview(chunk)
        if self._take(data, 0) != len(data):
            raise RecordingError("The recording is truncated in the middle of a chunk. Record the script again.")
        return Recording(columns_like(self._parts[-1:]), self._strings, self._meta)

    def take_all(self, data: memoryview, *, partial: bool) -> None:
        """Takes all chunks in these bytes, up to the last one.

        Args:
            data: Chunks, one after another.
            partial: Accept that the end is missing.

        Raises:
            RecordingError: As `add`.
        """
        position = 0
        while not self.closed:
            end = self._take(data, position)
            if end is None:
                if partial:
                    return
                where = "its end is missing" if position == len(data) else "it stops in the middle of a chunk"
                raise RecordingError(f"The recording is truncated: {where}. Record the script again.")
            position = end
        if position != len(data):
            raise RecordingError("The recording is damaged: there is more after its end.")

    def _take(self, data: memoryview, position: int) -> int | None:
        found = _chunk_at(data, position, len(self._parts), self._sealed)
        if found is None:
            return None
        header, body, end = found
        strings, meta = header.get("strings"), header.get("meta")
        if not isinstance(strings, list) or not all(isinstance(s, str) for s in strings):
            raise RecordingError("The recording is damaged: its strings cannot be read.")
        if not isinstance(meta, dict):
            raise RecordingError("The recording is damaged: its description cannot be read.")
        self._parts.append(_columns(header, body))
        self._strings += strings
        self._meta |= meta
        self.closed = header.get("last") is True
        return end

    def recording(self) -> Recording:
        """The recording of all chunks so far.

        Raises:
            RecordingError: Its rows do not fit together.
        """
        try:
            return Recording(columns_like(self._parts), list(self._strings), dict(self._meta)).checked()
        except ValueError as error:
            raise RecordingError(f"The recording is damaged: {error}.") from None


def read_bytes(data: bytes | memoryview, *, partial: bool = False, sealed: bool = True) -> Recording:
    """The recording in these bytes.

    Args:
        data: A magic line and chunks.
        partial: Accept a recording whose end never came, as that of a killed worker.
        sealed: Do not accept chunks without a digest, as a worker sends them.

    Raises:
        RecordingError: Not a recording, truncated, damaged, inconsistent or of a newer format.
    """
    view = memoryview(data)
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise RecordingError("This is not a GradViz recording.")
    assembler = Assembler(sealed=sealed)
    assembler.take_all(view[len(MAGIC) :], partial=partial)
    return assembler.recording()


def join_chunks(chunks: Iterable[bytes]) -> bytes:
    """The bytes of a recording from the chunks of a worker."""
    return MAGIC + b"".join(chunks)


def to_bytes(recording: Recording) -> bytes:
    """The recording as one closed chunk."""
    return MAGIC + pack_chunk(0, recording.tables, recording.strings, recording.meta, last=True)


def read_file(path: str | os.PathLike[str]) -> Recording:
    """Reads a `.gradviz` file.

    Raises:
        RecordingError: It is not a readable recording.
        OSError: The file cannot be read.
    """
    file: BinaryIO
    with open(path, "rb") as file:
        return read_bytes(file.read())


def write_file(recording: Recording, path: str | os.PathLike[str]) -> None:
    """Writes a `.gradviz` file whole or not at all.

    Raises:
        OSError: The disk is full or the place cannot be written; the old file, if any, is untouched.
    """
    write_whole(path, to_bytes(recording))
