"""The bytes of a recording: what is written is read again, and nothing else is."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.recording import (
    Assembler,
    Budget,
    Kind,
    Recording,
    RecordingBuilder,
    RecordingError,
    join_chunks,
    read_bytes,
    read_file,
    to_bytes,
    write_file,
)
from gradviz.recording.container import MAGIC, pack_chunk
from gradviz.recording.recording import columns_like, table_columns
from gradviz.recording.schema import FORMAT_VERSION, NEEDED, SCHEMA
from tests.recording.made import lowest, recordings, same

HEAD = struct.Struct("<4sIIQ16s")


def example() -> Recording:
    """A small recording with a row in most tables, and a summarised value."""
    builder = RecordingBuilder({"script": "x = 1\n", "filename": "a.py"}, Budget(per_value=16))
    string = builder.string
    builder.add("stacks", -1, string("<module>"), 1)
    value, large = builder.value(np.arange(3, dtype="float32")), builder.value(np.arange(100.0))
    builder.add("tensors", 0, string("3"), string("float32"), 1, 1, -1, 0, 0, -1, 0, 0, 0, string("arange"))
    builder.add("names", 0, string("x"), 0)
    builder.event(Kind.CREATE, line=1, tensor=0, value=value, text=string("arange"), stack=0)
    builder.event(Kind.OUTPUT, line=1, value=large, text=string("lone \ud800 surrogate"))
    return builder.build()


EXAMPLE = to_bytes(example())


@settings(max_examples=60, deadline=None)
@given(recordings())
def test_what_is_written_is_read(recording: Recording) -> None:
    assert same(read_bytes(to_bytes(recording)), recording)


@settings(max_examples=60, deadline=None)
@given(recordings(chunked=True))
def test_chunks_make_the_same_recording_however_they_come(chunks: list[bytes]) -> None:
    whole = read_bytes(join_chunks(chunks))
    assembler = Assembler()
    counted = 0
    for chunk in chunks:
        assert not assembler.closed
        counted += len(assembler.add(chunk))
    assert assembler.closed
    assert counted == len(whole)
    assert same(assembler.recording(), whole)
    assert same(read_bytes(to_bytes(whole)), whole)


def test_nothing_is_a_recording_too() -> None:
    empty = RecordingBuilder({}).build()
    assert same(read_bytes(to_bytes(empty)), empty)
    assert (len(empty), empty.ops, empty.passes, empty.names, empty.output()) == (0, (), (), [], "")


@pytest.mark.parametrize("length", [*range(60), *range(60, len(EXAMPLE), 41), len(EXAMPLE) - 1])
def test_cut_off_anywhere_it_is_refused_and_as_part_of_a_run_accepted(length: int) -> None:
    data = EXAMPLE[:length]
    with pytest.raises(RecordingError, match=r"truncated|not a GradViz"):
        read_bytes(data)
    if length >= len(MAGIC):
        assert len(read_bytes(data, partial=True)) == 0  # no chunk is whole


def test_a_run_cut_off_between_or_within_chunks_keeps_the_whole_ones() -> None:
    builder = RecordingBuilder({"script": ""})
    chunks = []
    for text in "abc":
        builder.event(Kind.OUTPUT, text=builder.string(text))
        chunks.append(builder.take_chunk())
    data = join_chunks(chunks)
    for end, expected in [
        (len(data), "abc"),
        (len(data) - 1, "ab"),
        (len(data) - len(chunks[2]), "ab"),
        (len(MAGIC) + len(chunks[0]), "a"),
    ]:
        assert read_bytes(data[:end], partial=True).output() == expected
        with pytest.raises(RecordingError, match="truncated"):
            read_bytes(data[:end])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 8 * len(EXAMPLE) - 1))
def test_a_flipped_bit_is_found_out(bit: int) -> None:
    data = bytearray(EXAMPLE)
    data[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(RecordingError):
        read_bytes(bytes(data))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_other_bytes_are_refused(data: bytes, marked: bool) -> None:
    with pytest.raises(RecordingError):
        read_bytes(MAGIC + data if marked else b"?" + data)


def test_one_of_a_newer_format_says_so() -> None:
    tag, _, header, body, digest = HEAD.unpack_from(EXAMPLE, len(MAGIC))
    newer = MAGIC + HEAD.pack(tag, FORMAT_VERSION + 1, header, body, digest) + EXAMPLE[len(MAGIC) + HEAD.size :]
    with pytest.raises(RecordingError, match=r"newer GradViz.*Update GradViz"):
        read_bytes(newer)


def test_chunks_out_of_order_repeated_or_left_out() -> None:
    builder = RecordingBuilder({})
    a, b, c = builder.take_chunk(), builder.take_chunk(), builder.take_chunk(last=True)
    for wrong in ([b, a, c], [a, a, b, c], [a, c], [b, c]):
        with pytest.raises(RecordingError, match="out of order"):
            read_bytes(join_chunks(wrong))
    with pytest.raises(RecordingError, match="after its end"):
        read_bytes(join_chunks([a, b, c, c]))
    assembler = Assembler()
    assembler.add(a)
    with pytest.raises(RecordingError, match="out of order"):
        assembler.add(c)
    with pytest.raises(RecordingError, match="truncated"):
        assembler.add(b[:-1])


def rewritten(change: Any) -> bytes:
    """The example's bytes with its header changed and the checksum made right again."""
    import hashlib

    tag, version, header_size, body_size, _ = HEAD.unpack_from(EXAMPLE, len(MAGIC))
    start = len(MAGIC) + HEAD.size
    header = json.loads(EXAMPLE[start : start + header_size])
    header = change(header) or header
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    rest = data + EXAMPLE[start + header_size :]
    return MAGIC + HEAD.pack(tag, version, len(data), body_size, hashlib.blake2b(rest, digest_size=16).digest()) + rest


HEADERS: dict[str, Any] = {
    "no JSON": lambda h: b"{nonsense",
    "no object": lambda h: b"[1]",
    "deep": lambda h: b"[" * 100_000,
    "no columns": lambda h: h.pop("columns") and None,
    "columns are no list": lambda h: h.update(columns=3),
    "unknown table": lambda h: h["columns"].append(["nothing", "x", 1, 0]),
    "unknown column": lambda h: h["columns"].append(["events", "x", 1, 0]),
    "negative count": lambda h: h["columns"][0].__setitem__(2, -1),
    "huge count": lambda h: h["columns"][0].__setitem__(2, 10**15),
    "no number": lambda h: h["columns"][0].__setitem__(2, "x"),
    "offset outside": lambda h: h["columns"][0].__setitem__(3, 10**9),
    "negative offset": lambda h: h["columns"][0].__setitem__(3, -8),
    "ragged": lambda h: h["columns"].pop(0) and None,
    "no strings": lambda h: h.update(strings=None),
    "strings are numbers": lambda h: h.update(strings=[1]),
    "too few strings": lambda h: h.update(strings=[]),
    "no meta": lambda h: h.update(meta=[]),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_crafted_header_is_refused(name: str) -> None:
    with pytest.raises(RecordingError, match="damaged"):
        read_bytes(rewritten(HEADERS[name]))


REFERRING = [(table, name) for table, columns in SCHEMA.items() for name, column in columns.items() if column.refers]


def plain_row(table: str, **cells: int) -> tuple[int, ...]:
    """A row that refers to nothing but the first rows of the tables it must refer to."""
    row = {name: lowest(table, name) if column.refers else 0 for name, column in SCHEMA[table].items()}
    return tuple((row | cells).values())


@pytest.mark.parametrize(("table", "name"), REFERRING)
@pytest.mark.parametrize("wrong", [-2, 10**6])
def test_a_row_number_out_of_bounds_is_refused(table: str, name: str, wrong: int) -> None:
    rows = {t: [plain_row(t)] for t in ("events", "tensors", "ops")}
    rows[table] = [*rows.get(table, []), plain_row(table, **{name: wrong})]
    tables = columns_like([{t: table_columns(t, found) for t, found in rows.items()}])
    with pytest.raises(RecordingError, match=f"{table}.{name} points outside of"):
        read_bytes(MAGIC + pack_chunk(0, tables, [], {}, last=True))


@pytest.mark.parametrize(("table", "name"), sorted(NEEDED))
def test_a_row_that_belongs_to_nothing_is_refused(table: str, name: str) -> None:
    rows = {t: [plain_row(t)] for t in ("events", "tensors", "ops")}
    rows[table] = [*rows.get(table, []), plain_row(table, **{name: -1})]
    tables = columns_like([{t: table_columns(t, found) for t, found in rows.items()}])
    with pytest.raises(RecordingError, match=f"{table}.{name} points outside of"):
        read_bytes(MAGIC + pack_chunk(0, tables, [], {}, last=True))


def crafted(**rows: tuple[Any, ...]) -> bytes:
    tables = columns_like([{table: table_columns(table, [row])} for table, row in rows.items()])
    return MAGIC + pack_chunk(0, tables, ["float32", "2,3", "object", "-1,3", "999999999,999999999,999999999"], {}, last=True)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"values": (0, 1, 0, 24, -1)}, "outside of its bytes"),
        ({"values": (0, 1, -1, 24, -1)}, "outside of its bytes"),
        ({"values": (0, 1, 0, 23, -1)}, "outside of its bytes"),
        ({"values": (2, 1, 0, 24, -1)}, "no proper dtype"),
        ({"values": (0, 3, 0, 24, -1)}, "a shape is out of bounds"),
        ({"values": (0, 2, 0, 24, -1)}, "damaged"),
        ({"values": (0, 4, 0, 4, -1)}, "outside of its bytes"),
        ({"summaries": (0.0,) * 5 + (0, 0, 0, 2, 2, 0, 0)}, "a summary lies outside"),
        ({"summaries": (0.0,) * 5 + (0, 0, 0, -1, 2, 0, 0)}, "a thumbnail is out of bounds"),
        ({"stacks": (0, -1, 1)}, "stacks refer to later ones"),
        ({"regions": (-1, 0, 1, 1, 0), "events": plain_row("events")}, "regions refer to later ones"),
        ({"events": plain_row("events", kind=99)}, "unknown code"),
    ],
)
def test_contents_that_cannot_be_are_refused(rows: dict[str, tuple[Any, ...]], message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        read_bytes(crafted(**rows))


class TestFiles:
    def test_written_and_read(self, tmp_path: Path) -> None:
        path = tmp_path / "é.gradviz"
        write_file(example(), path)
        assert same(read_file(path), example())
        assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["é.gradviz"]

    def test_a_full_disk_leaves_the_old_file_as_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.gradviz"
        path.write_bytes(b"old")

        def full(*args: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left"):
                write_file(example(), path)
        assert path.read_bytes() == b"old"
        assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["a.gradviz"]

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            write_file(example(), tmp_path / "no" / "a.gradviz")

    def test_a_file_that_is_no_recording(self, tmp_path: Path) -> None:
        path = tmp_path / "a.gradviz"
        path.write_text("import torch\n")
        with pytest.raises(RecordingError, match="not a GradViz recording"):
            read_file(path)
        path.write_bytes(b"")
        with pytest.raises(RecordingError):
            read_file(path)
