"""What a recording holds: the tables, their columns, and what each column refers to.

Every table only ever grows while a script runs, so what has been recorded can be sent, kept and read before the run has
ended. A column named after a table (or declared with ``refers``) holds row numbers of that table, -1 meaning none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

FORMAT_VERSION: Final = 1


class Kind(IntEnum):
    """What happened at an event."""

    CREATE = 0  # a factory made a tensor
    OP = 1  # an op ran forward
    DETACH = 2  # detach(): same values, gradients cut
    DATA = 3  # .data: same values, gradients cut, writes unseen
    INPLACE = 4  # a tensor's values were written
    MODE_ENTER = 5
    MODE_EXIT = 6
    REQUIRES_GRAD = 7
    RETAIN_GRAD = 8
    GRAD_SET = 9  # .grad was assigned, zeroed or written outside a pass
    PASS_BEGIN = 10
    VISIT = 11  # a node left the ready heap; its whole gradient is known
    CONTRIBUTION = 12  # one gradient arrived along one edge
    ACCUMULATE = 13  # a gradient was added into .grad
    CAPTURE = 14  # autograd.grad() took a gradient as its result
    HOOK = 15
    FREE = 16  # a node let go of its saved tensors
    PASS_END = 17
    OUTPUT = 18  # the script printed
    ERROR = 19


class Cut(IntEnum):
    """Why gradients do not cross from an op to one of its inputs."""

    NONE = 0
    DETACH = 1
    DATA = 2
    NO_GRAD = 3
    INFERENCE = 4
    DTYPE = 5  # integers and booleans have no gradient
    LEAF = 6  # a leaf that needs no grad
    CONSTANT = 7  # made from parts that need no grad
    NOT_DIFFERENTIABLE = 8  # the op has no derivative for this argument


class Mode(IntEnum):
    """The grad mode an op ran under."""

    GRAD = 0
    NO_GRAD = 1
    INFERENCE = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its NumPy dtype and the table its values are row numbers of, if any."""

    dtype: str
    refers: str | None = None


def _id(table: str) -> Column:
    return Column("<i4", table)


_INT = Column("<i4")
_LONG = Column("<i8")
_REAL = Column("<f8")
_SMALL = Column("<u1")
_TEXT = _id("strings")

_SPAN = {"line": _INT, "col": _INT, "end_line": _INT, "end_col": _INT}

SCHEMA: Final[dict[str, dict[str, Column]]] = {
    # line is 1-based, 0 where unknown; col is 0-based, in UTF-8 bytes as ast has it.
    "events": {
        "kind": _SMALL,
        **_SPAN,
        "stack": _id("stacks"),
        "tensor": _id("tensors"),
        "op": _id("ops"),
        "peer": _id("ops"),  # CONTRIBUTION: the op it came from, -1 for the pass's seed
        "slot": _INT,  # CONTRIBUTION: which of the source's arguments
        "output": _INT,  # CONTRIBUTION: which of the target's outputs
        "value": _id("values"),  # the value written, printed, arriving or captured
        "before": _id("values"),
        "after": _id("values"),  # CONTRIBUTION: the running sum; ACCUMULATE: the new .grad
        "pass": _id("passes"),
        "pending": _INT,  # CONTRIBUTION: how many more the target waits for
        "region": _id("regions"),
        "text": _TEXT,  # op, factory, mode or hook name; printed text
        "flag": _SMALL,  # REQUIRES_GRAD: the new flag; OUTPUT: 1 for stderr
    },
    # A row for each tensor and each history it has had: an in-place op that autograd records begins a new row.
    "tensors": {
        "object": _INT,
        "shape": _TEXT,  # "2,3"; "" for 0-d
        "dtype": _TEXT,
        "requires_grad": _SMALL,
        "is_leaf": _SMALL,
        "op": _id("ops"),  # what made it, -1 for a factory
        "output": _INT,
        "storage": _INT,
        "base": _id("tensors"),  # the tensor it is a view of
        "version": _INT,
        "mode": _SMALL,
        "event": _id("events"),
        "maker": _TEXT,  # the factory's name
    },
    "names": {"tensor": _id("tensors"), "name": _TEXT, "event": _id("events")},
    "ops": {
        "name": _TEXT,  # "add"
        "node": _TEXT,  # grad_fn's name, "AddBackward0"; -1 when autograd did not see it
        "formula": _TEXT,
        "sequence": _LONG,
        "mode": _SMALL,
        "region": _id("regions"),
        "inplace": _id("tensors"),  # the tensor it wrote to, as it was before
        "event": _id("events"),
    },
    "inputs": {
        "op": _id("ops"),
        "position": _INT,
        "parameter": _TEXT,
        "tensor": _id("tensors"),  # -1 for a literal
        "literal": _TEXT,
        "slot": _INT,  # index in next_functions, -1 when gradients do not take it
        "cut": _SMALL,
        "formula": _TEXT,  # the derivative in words
    },
    "outputs": {"op": _id("ops"), "position": _INT, "tensor": _id("tensors"), "value": _id("values")},
    "saved": {
        "op": _id("ops"),
        "name": _TEXT,
        "tensor": _id("tensors"),
        "value": _id("values"),
        "version": _INT,
    },
    "passes": {
        "kind": _TEXT,  # "backward" or "grad"
        "label": _TEXT,  # the source of the call: "out.backward()"
        "root": _id("tensors"),
        "retain_graph": _SMALL,
        "create_graph": _SMALL,
        "event": _id("events"),
    },
    "regions": {
        "kind": _TEXT,  # "no_grad", "inference_mode", ...
        "parent": _id("regions"),
        "line": _INT,
        "end_line": _INT,
        "event": _id("events"),
    },
    "stacks": {"parent": _id("stacks"), "function": _TEXT, "line": _INT},
    # Whole values lie in the blob; of the others a summary is kept.
    "values": {
        "dtype": _TEXT,
        "shape": _TEXT,
        "offset": _LONG,
        "nbytes": _LONG,
        "summary": _id("summaries"),
    },
    "summaries": {
        "min": _REAL,
        "max": _REAL,
        "mean": _REAL,
        "std": _REAL,
        "norm": _REAL,
        "nan": _LONG,
        "inf": _LONG,
        "zero": _LONG,
        "rows": _INT,  # the thumbnail: rows x cols float32 in the blob
        "cols": _INT,
        "offset": _LONG,
        "histogram": _LONG,  # where its HISTOGRAM_BINS int64 counts between min and max begin in the blob
    },
    "errors": {
        "event": _id("events"),
        "kind": _TEXT,  # "exception", "syntax", "refused", "time", "memory", "killed", ...
        "type": _TEXT,
        "message": _TEXT,
        "advice": _TEXT,
        "traceback": _TEXT,
        **_SPAN,
    },
    "blob": {"bytes": _SMALL},
}

EMPTY_EVENT: Final[dict[str, int]] = {
    name: -1 if column.refers or name in ("slot", "output", "pending") else 0 for name, column in SCHEMA["events"].items()
}
"""The cells of an event that says nothing."""

NEEDED: Final = frozenset(
    {
        *(("tensors", "event"), ("ops", "event"), ("passes", "event"), ("regions", "event"), ("names", "tensor")),
        *(("inputs", "op"), ("outputs", "op"), ("outputs", "tensor"), ("saved", "op")),
    }
)
"""Columns that must refer to a row: those that say what a row belongs to, or when it began."""

HISTOGRAM_BINS: Final = 32
THUMBNAIL_SIDE: Final = 32

WHOLE: Final = -1  # values.summary of a value kept whole
