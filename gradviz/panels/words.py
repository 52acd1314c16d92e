"""An event in words: what kind it is, what it is about, what happened, and which line of the script it belongs to."""

from __future__ import annotations

import math
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication

from gradviz.recording import Event, Kind, Op, Recording, Tensor
from gradviz.recording.text import dtype_text, number_text, shape_text, short_value_text, value_text

_lines: WeakKeyDictionary[Recording, npt.NDArray[np.int64]] = WeakKeyDictionary()


def _tr(text: str) -> str:
    return QCoreApplication.translate("words", text)


@lru_cache(maxsize=1)
def _kind_names() -> dict[Kind, str]:
    """PyTorch's own words stay as they are; the rest may be translated."""
    return {
        Kind.CREATE: _tr("create"),
        Kind.OP: _tr("op"),
        Kind.DETACH: "detach",
        Kind.DATA: ".data",
        Kind.INPLACE: _tr("in place"),
        Kind.MODE_ENTER: _tr("enter"),
        Kind.MODE_EXIT: _tr("exit"),
        Kind.REQUIRES_GRAD: "requires_grad",
        Kind.RETAIN_GRAD: "retain_grad",
        Kind.GRAD_SET: _tr("set grad"),
        Kind.PASS_BEGIN: _tr("pass begins"),
        Kind.VISIT: _tr("visit"),
        Kind.CONTRIBUTION: _tr("contribute"),
        Kind.ACCUMULATE: _tr("accumulate"),
        Kind.CAPTURE: _tr("capture"),
        Kind.HOOK: _tr("hook"),
        Kind.FREE: _tr("free"),
        Kind.PASS_END: _tr("pass ends"),
        Kind.OUTPUT: _tr("print"),
        Kind.ERROR: _tr("error"),
    }


def kind_text(kind: Kind) -> str:
    """The kind of an event in one or two words."""
    return _kind_names()[kind]


def tensor_text(recording: Recording, number: int) -> str:
    """A tensor by its variable's name, or else by what made it: "mean()"."""
    if number < 0:
        return "?"
    tensor = recording.tensor(number)
    if tensor.name:
        return tensor.name
    return f"{recording.ops[tensor.op].name}()" if tensor.op >= 0 else f"{tensor.maker or 'tensor'}()"


def op_text(op: Op) -> str:
    """An op by its node's name, with what it was given beside tensors: "MulBackward0 · 3"."""
    literals = [
        entry.literal
        for entry in op.inputs
        if entry.tensor < 0 and entry.literal not in ("", "None") and (entry.parameter, entry.literal) != ("alpha", "1")
    ]
    name = op.node or op.name
    text = ", ".join(literals[:2])
    return f"{name} · {text}" if text and len(text) <= 20 else name


def _value(recording: Recording, number: int) -> str:
    return value_text(recording.value(number)).removesuffix(" (all)") if number >= 0 else "None"


def _short(recording: Recording, number: int) -> str:
    return short_value_text(recording.value(number)) if number >= 0 else "None"


def _source(recording: Recording, event: Event) -> str:
    return op_text(recording.ops[event.peer]) if event.peer >= 0 else _tr("seed")


def _visited(recording: Recording, event: Event) -> str:
    if event.op >= 0:
        return op_text(recording.ops[event.op])
    return f"AccumulateGrad · {tensor_text(recording, event.tensor)}" if event.tensor >= 0 else "AccumulateGrad"


def subject_text(recording: Recording, number: int) -> str:
    """What an event is about: "MulBackward0 → y"."""
    event = recording.event(number)
    kind = event.kind
    if kind in (Kind.OP, Kind.DETACH, Kind.DATA) and event.op >= 0:
        op = recording.ops[event.op]
        outputs = ", ".join(tensor_text(recording, n) for n in op.outputs if recording.tensor(n).name)
        return f"{op_text(op)}  →  {outputs}" if outputs else op_text(op)
    if kind is Kind.CONTRIBUTION:
        target = tensor_text(recording, event.tensor) if event.tensor >= 0 else ""
        if not target and event.op >= 0:
            target = op_text(recording.ops[event.op])
        return f"{_source(recording, event)}  →  {target}"
    if kind in (Kind.VISIT, Kind.FREE, Kind.HOOK):
        return (
            f"{event.text} · {_visited(recording, event)}" if kind is Kind.HOOK and event.text else _visited(recording, event)
        )
    if kind in (Kind.ACCUMULATE, Kind.GRAD_SET):
        return f"{tensor_text(recording, event.tensor)}.grad"
    if kind in (Kind.PASS_BEGIN, Kind.PASS_END) and event.pass_ >= 0:
        return recording.passes[event.pass_].label or recording.passes[event.pass_].kind
    if kind is Kind.OUTPUT:
        return "stderr" if event.flag else "stdout"
    if kind is Kind.ERROR:
        return next((e.type for e in recording.errors if e.event == number), "")
    if kind in (Kind.MODE_ENTER, Kind.MODE_EXIT):
        return event.text
    return tensor_text(recording, event.tensor) if event.tensor >= 0 else event.text


def outgoing(recording: Recording, visit: int) -> list[int]:
    """The contributions that a visited node made, by event number: those that follow its visit before the next one."""
    kinds, peers = recording.column("events", "kind"), recording.column("events", "peer")
    op = int(recording.column("events", "op")[visit])
    found = []
    for number in range(visit + 1, len(recording)):
        if kinds[number] in (Kind.VISIT, Kind.PASS_END, Kind.ERROR):
            break
        if kinds[number] == Kind.CONTRIBUTION and peers[number] == op and op >= 0:
            found.append(number)
    return found


def detail_text(recording: Recording, number: int) -> str:
    """What happened, in one line: "2.25 + 2.25 = 4.5"."""
    event = recording.event(number)
    kind = event.kind
    if kind in (Kind.OP, Kind.DETACH, Kind.DATA) and event.op >= 0:
        outputs = recording.ops[event.op].outputs
        values = recording.timeline.values.contents_at(list(outputs), number).tolist()
        return ", ".join(_value(recording, value) for value in values if value >= 0)
    if kind is Kind.VISIT:
        arrived = _tr("grad {0}").format(_short(recording, event.value))
        sent = [_short(recording, int(recording.column("events", "value")[n])) for n in outgoing(recording, number)]
        return f"{arrived}  →  {', '.join(sent)}" if sent else arrived
    if kind is Kind.CONTRIBUTION:
        return _sum(recording, event, "0")
    if kind is Kind.ACCUMULATE:
        return _sum(recording, event, "") if event.before >= 0 else f"None  →  {_short(recording, event.after)}"
    if kind in (Kind.GRAD_SET, Kind.CAPTURE, Kind.INPLACE):
        return f"=  {_value(recording, event.value)}"
    if kind is Kind.CREATE:
        return f"=  {_value(recording, event.value)}" if event.value >= 0 else tensor_kind_text(recording.tensor(event.tensor))
    if kind is Kind.REQUIRES_GRAD:
        return f"=  {bool(event.flag)}"
    if kind is Kind.PASS_BEGIN and event.pass_ >= 0:
        root = recording.passes[event.pass_].root
        return _tr("from {0}").format(tensor_text(recording, root)) if root >= 0 else ""
    if kind is Kind.HOOK:
        return f"{_short(recording, event.before)}  →  {_short(recording, event.after)}"
    if kind is Kind.FREE:
        return _tr("lets go of its saved tensors")
    if kind is Kind.OUTPUT:
        return event.text.rstrip("\n").replace("\n", " ⏎ ")[:200]
    if kind is Kind.ERROR:
        return next((e.message.splitlines()[0] if e.message else "" for e in recording.errors if e.event == number), "")
    return ""


def _sum(recording: Recording, event: Event, nothing: str) -> str:
    after = _short(recording, event.after)
    before = _short(recording, event.before) if event.before >= 0 else nothing
    added = _short(recording, event.value)
    if "norm" in before + added:
        return f"{before} + {added}  →  {after}"
    return f"{before} + {added} = {after}".replace("+ -", "− ") if before else after


def tensor_kind_text(tensor: Tensor) -> str:
    """ "2×2 · f32"."""
    return f"{shape_text(tensor.shape)} · {dtype_text(tensor.dtype)}"


def script_lines(recording: Recording) -> npt.NDArray[np.int64]:
    """By event, the line of the script it belongs to, 0 where unknown.

    In a pass that is the line which made the node or tensor at work, not the one that calls backward().
    """
    if recording not in _lines:
        events = recording.tables["events"]
        lines = events["line"].astype(np.int64)
        ops, tensors = recording.tables["ops"], recording.tables["tensors"]
        if len(ops["event"]):
            made = np.where(ops["event"] >= 0, lines[ops["event"]], 0)
            for kinds, column in (((Kind.VISIT, Kind.FREE, Kind.HOOK), "op"), ((Kind.CONTRIBUTION,), "peer")):
                rows = np.flatnonzero(np.isin(events["kind"], kinds) & (events[column] >= 0))
                found = made[events[column][rows]]
                lines[rows] = np.where(found > 0, found, lines[rows])
        if len(tensors["event"]):
            made = np.where(tensors["event"] >= 0, events["line"][tensors["event"]], 0)
            into_grad = (events["kind"] == Kind.ACCUMULATE) | ((events["kind"] == Kind.VISIT) & (events["op"] < 0))
            rows = np.flatnonzero(into_grad & (events["tensor"] >= 0))
            found = made[events["tensor"][rows]]
            lines[rows] = np.where(found > 0, found, lines[rows])
        lines.flags.writeable = False
        _lines[recording] = lines
    return _lines[recording]


def count_text(number: int) -> str:
    """A count with its thousands apart: "12 345"."""
    return f"{number:,}".replace(",", "\u202f")


def statistics_text(recording: Recording, value: int) -> str:
    """Shape and norm of a value, and how much of it was kept: "2×2 · norm 1.5"."""
    seen = recording.value(value)
    norm = math.nan if seen.summary.nan else math.inf if seen.summary.inf else seen.norm
    return f"{shape_text(seen.shape)} · {_tr('norm')} {number_text(norm)}"
