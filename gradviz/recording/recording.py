"""A recording, read: rows as small named things, columns as NumPy arrays, state at any event by look-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gradviz.recording.schema import HISTOGRAM_BINS, SCHEMA, WHOLE, Cut, Kind, Mode
from gradviz.recording.values import AnyArray, Summary, Value

if TYPE_CHECKING:
    from gradviz.recording.state import State, Timeline

Tables = dict[str, dict[str, npt.NDArray[Any]]]


def table_columns(table: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, npt.NDArray[Any]]:
    """The columns of a table from its rows, cells in the schema's order."""
    columns = SCHEMA[table]
    cells: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return {name: np.array(cell, dtype=column.dtype) for (name, column), cell in zip(columns.items(), cells, strict=True)}


def columns_like(parts: list[Tables]) -> Tables:
    """All tables of the schema, the rows of the parts one after another; raises ValueError where a table is ragged."""
    tables: Tables = {}
    for table, columns in SCHEMA.items():
        tables[table] = {}
        for name, column in columns.items():
            found = [part[table][name] for part in parts if name in part.get(table, {})]
            tables[table][name] = found[0] if len(found) == 1 else np.concatenate(found) if found else np.empty(0, column.dtype)
        if len({len(column) for column in tables[table].values()}) > 1:
            raise ValueError(f"the columns of {table} differ in length")
    return tables


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the script: lines from 1 (0: unknown), columns from 0 in UTF-8 bytes, the end exclusive."""

    line: int
    col: int
    end_line: int
    end_col: int


@dataclass(frozen=True, slots=True)
class Event:
    """One event; the meaning of each cell stands in `schema.SCHEMA`. Row numbers are -1 where there is none."""

    number: int
    kind: Kind
    span: Span
    stack: int
    tensor: int
    op: int
    peer: int
    slot: int
    output: int
    value: int
    before: int
    after: int
    pass_: int
    pending: int
    region: int
    text: str
    flag: int

    @property
    def line(self) -> int:
        return self.span.line


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor, in one of its histories: an in-place op that autograd records begins another row of the same object."""

    number: int
    name: str
    object: int
    shape: tuple[int, ...]
    dtype: str
    requires_grad: bool
    is_leaf: bool
    op: int
    output: int
    storage: int
    base: int
    version: int
    mode: Mode
    event: int
    maker: str


@dataclass(frozen=True, slots=True)
class Input:
    """One argument of an op: a tensor or a literal, the slot gradients leave by, or why they do not."""

    row: int
    op: int
    position: int
    parameter: str
    tensor: int
    literal: str
    slot: int
    cut: Cut
    formula: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A tensor that a node kept for its derivative."""

    name: str
    tensor: int
    value: int
    version: int


@dataclass(frozen=True, slots=True)
class Op:
    """One call of an op, with the node autograd made for it, if any (``node`` is its name, else "")."""

    number: int
    name: str
    node: str
    formula: str
    sequence: int
    mode: Mode
    region: int
    inplace: int
    event: int
    inputs: tuple[Input, ...]
    outputs: tuple[int, ...]
    saved: tuple[Saved, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """One backward() or grad() call: events ``begin`` to ``end`` inclusive (the recording's last where it never ended)."""

    number: int
    kind: str
    label: str
    root: int
    retain_graph: bool
    create_graph: bool
    begin: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Region:
    """What a mode such as `torch.no_grad()` covered."""

    number: int
    kind: str
    parent: int
    line: int
    end_line: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Error:
    """What ended the run, or was refused before it began; ``event`` is -1 then."""

    event: int
    kind: str
    type: str
    message: str
    advice: str
    traceback: str
    span: Span

    @property
    def line(self) -> int:
        return self.span.line


@lru_cache(maxsize=4096)
def _shape(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(","))) if text else ()


class Recording:
    """Everything a script did. Immutable; it knows neither the engine that made it nor the panes that show it.

    Attributes:
        tables: Columns by table and name, as in `schema.SCHEMA`.
        strings: The pool that text columns refer to.
        meta: ``script`` (its text), ``filename``, ``trusted``, ``engine`` and whatever else the runner noted.
    """

    def __init__(self, tables: Tables, strings: list[str], meta: dict[str, Any]) -> None:
        self.tables = tables
        self.strings = strings
        self.meta = meta
        for columns in tables.values():
            for column in columns.values():
                column.flags.writeable = False

    def __len__(self) -> int:
        """The number of events."""
        return len(self.tables["events"]["kind"])

    def checked(self) -> Recording:
        """This recording, if all its row numbers, kinds, shapes and offsets are within bounds; else raises ValueError."""
        from gradviz.recording.check import check

        check(self)
        return self

    def string(self, number: int) -> str:
        """A string of the pool; "" for -1."""
        return self.strings[number] if number >= 0 else ""

    def column(self, table: str, name: str) -> npt.NDArray[Any]:
        """A column, read-only."""
        return self.tables[table][name]

    @property
    def script(self) -> str:
        return str(self.meta.get("script", ""))

    @cached_property
    def script_lines(self) -> list[str]:
        """The script's lines as Python counts them."""
        return self.script.split("\n")

    @property
    def tensor_count(self) -> int:
        return len(self.tables["tensors"]["object"])

    @property
    def op_count(self) -> int:
        return len(self.tables["ops"]["name"])

    def event(self, number: int) -> Event:
        """The event of this number; negative numbers count from the end. Raises IndexError."""
        number = range(len(self))[number]
        cells = {name: int(column[number]) for name, column in self.tables["events"].items()}
        return Event(
            number=number,
            kind=Kind(cells.pop("kind")),
            span=Span(*(cells.pop(name) for name in ("line", "col", "end_line", "end_col"))),
            pass_=cells.pop("pass"),
            text=self.string(cells.pop("text")),
            **cells,
        )

    @cached_property
    def names(self) -> list[str]:
        """By tensor, the first name the script gave it; "" for one it never named."""
        names = [""] * self.tensor_count
        table = self.tables["names"]
        for tensor, name in zip(table["tensor"].tolist(), table["name"].tolist(), strict=True):
            names[tensor] = names[tensor] or self.string(name)
        return names

    @cached_property
    def _tensors(self) -> dict[int, Tensor]:
        return {}

    def tensor(self, number: int) -> Tensor:
        """The tensor of this row number."""
        if number not in self._tensors:
            cells = {name: int(column[number]) for name, column in self.tables["tensors"].items()}
            self._tensors[number] = Tensor(
                number=number,
                name=self.names[number],
                shape=_shape(self.string(cells.pop("shape"))),
                dtype=self.string(cells.pop("dtype")),
                requires_grad=bool(cells.pop("requires_grad")),
                is_leaf=bool(cells.pop("is_leaf")),
                mode=Mode(cells.pop("mode")),
                maker=self.string(cells.pop("maker")),
                **cells,
            )
        return self._tensors[number]

    @cached_property
    def ops(self) -> tuple[Op, ...]:
        """All op calls, in program order."""
        inputs: list[list[Input]] = [[] for _ in range(self.op_count)]
        table = {name: column.tolist() for name, column in self.tables["inputs"].items()}
        for row, op in enumerate(table["op"]):
            inputs[op].append(
                Input(
                    row=row,
                    op=op,
                    position=table["position"][row],
                    parameter=self.string(table["parameter"][row]),
                    tensor=table["tensor"][row],
                    literal=self.string(table["literal"][row]),
                    slot=table["slot"][row],
                    cut=Cut(table["cut"][row]),
                    formula=self.string(table["formula"][row]),
                )
            )
        outputs: list[list[int]] = [[] for _ in range(self.op_count)]
        table = {name: column.tolist() for name, column in self.tables["outputs"].items()}
        for op, tensor in zip(table["op"], table["tensor"], strict=True):
            outputs[op].append(tensor)
        saved: list[list[Saved]] = [[] for _ in range(self.op_count)]
        table = {name: column.tolist() for name, column in self.tables["saved"].items()}
        for op, name, tensor, value, version in zip(*table.values(), strict=True):
            saved[op].append(Saved(self.string(name), tensor, value, version))
        table = {name: column.tolist() for name, column in self.tables["ops"].items()}
        return tuple(
            Op(
                number=i,
                name=self.string(table["name"][i]),
                node=self.string(table["node"][i]),
                formula=self.string(table["formula"][i]),
                sequence=table["sequence"][i],
                mode=Mode(table["mode"][i]),
                region=table["region"][i],
                inplace=table["inplace"][i],
                event=table["event"][i],
                inputs=tuple(inputs[i]),
                outputs=tuple(outputs[i]),
                saved=tuple(saved[i]),
            )
            for i in range(self.op_count)
        )

    @cached_property
    def passes(self) -> tuple[Pass, ...]:
        """All backward() and grad() calls, in order."""
        events, table = self.tables["events"], self.tables["passes"]
        ended = np.flatnonzero(events["kind"] == Kind.PASS_END)
        ends = dict(zip(events["pass"][ended].tolist(), ended.tolist(), strict=True))
        return tuple(
            Pass(
                number=i,
                kind=self.string(table["kind"][i]),
                label=self.string(table["label"][i]),
                root=int(table["root"][i]),
                retain_graph=bool(table["retain_graph"][i]),
                create_graph=bool(table["create_graph"][i]),
                begin=int(table["event"][i]),
                end=ends.get(i, len(self) - 1),
                line=int(events["line"][table["event"][i]]),
            )
            for i in range(len(table["event"]))
        )

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """What each mode change covered, in order of entering."""
        events, table = self.tables["events"], self.tables["regions"]
        left = np.flatnonzero(events["kind"] == Kind.MODE_EXIT)
        ends = dict(zip(events["region"][left].tolist(), left.tolist(), strict=True))
        return tuple(
            Region(
                number=i,
                kind=self.string(table["kind"][i]),
                parent=int(table["parent"][i]),
                line=int(table["line"][i]),
                end_line=int(table["end_line"][i]),
                begin=int(table["event"][i]),
                end=ends.get(i, len(self) - 1),
            )
            for i in range(len(table["event"]))
        )

    @cached_property
    def errors(self) -> tuple[Error, ...]:
        """What went wrong, in order; the last is what ended the run."""
        table = {name: column.tolist() for name, column in self.tables["errors"].items()}
        texts = ("kind", "type", "message", "advice", "traceback")
        return tuple(
            Error(
                event=table["event"][i],
                span=Span(table["line"][i], table["col"][i], table["end_line"][i], table["end_col"][i]),
                **{name: self.string(table[name][i]) for name in texts},
            )
            for i in range(len(table["event"]))
        )

    def stack(self, number: int) -> tuple[tuple[str, int], ...]:
        """The script's call path, outermost first: (function, line) of each frame."""
        path: list[tuple[str, int]] = []
        table = self.tables["stacks"]
        while number >= 0:
            path.append((self.string(table["function"][number]), int(table["line"][number])))
            number = int(table["parent"][number])
        return tuple(reversed(path))

    @cached_property
    def _blob(self) -> memoryview:
        return np.ascontiguousarray(self.tables["blob"]["bytes"]).data

    def array(self, number: int) -> AnyArray | None:
        """The elements of a value, read-only, or None where only a summary was kept."""
        table = self.tables["values"]
        if int(table["summary"][number]) != WHOLE:
            return None
        offset, nbytes = int(table["offset"][number]), int(table["nbytes"][number])
        array = np.frombuffer(self._blob[offset : offset + nbytes], dtype=self.string(table["dtype"][number]))
        return array.reshape(_shape(self.string(table["shape"][number])))

    @cached_property
    def _values(self) -> dict[int, Value]:
        return {}

    def value(self, number: int) -> Value:
        """The value of this row number."""
        if number not in self._values:
            table = self.tables["values"]
            array = self.array(number)
            self._values[number] = Value(
                shape=_shape(self.string(table["shape"][number])),
                dtype=self.string(table["dtype"][number]),
                array=array,
                summary=None if array is not None else self._summary(int(table["summary"][number])),
            )
        return self._values[number]

    def _summary(self, number: int) -> Summary:
        cells = {name: column[number].item() for name, column in self.tables["summaries"].items()}
        rows, cols, offset, histogram = (cells.pop(name) for name in ("rows", "cols", "offset", "histogram"))
        return Summary(
            **cells,
            thumbnail=np.frombuffer(self._blob, "<f4", rows * cols, offset).reshape(rows, cols),
            histogram=np.frombuffer(self._blob, "<i8", HISTOGRAM_BINS, histogram),
        )

    def output(self, until: int | None = None) -> str:
        """What the script printed, to stdout and stderr, up to and with event ``until`` (default: all)."""
        events = self.tables["events"]
        stop = len(self) if until is None else until + 1
        printed = np.flatnonzero(events["kind"][:stop] == Kind.OUTPUT)
        return "".join(self.string(int(text)) for text in events["text"][printed])

    @cached_property
    def timeline(self) -> Timeline:
        """The histories that state is looked up in."""
        from gradviz.recording.state import Timeline

        return Timeline(self)

    def state(self, event: int) -> State:
        """The state right after an event."""
        from gradviz.recording.state import State

        return State(self, event)
