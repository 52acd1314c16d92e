"""What the inspector says of a tensor or an op at the cursor, as plain rows of text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from gradviz.panels.words import kind_text, op_text, tensor_kind_text, tensor_text
from gradviz.recording import Cut, Kind, Op, Recording, State
from gradviz.recording.text import sum_text, value_text
from gradviz.view.cursor import Selection
from gradviz.view.words import cut_text

HISTORY_SHOWN = 16


def _tr(text: str) -> str:
    return QCoreApplication.translate("facts", text)


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what is so: ("requires_grad", "True"). ``event`` is where a click on it goes, -1 for nowhere."""

    name: str
    text: str
    event: int = -1
    now: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of the thing that is looked at.

    Attributes:
        title: Its name.
        place: Its source line: "z = y * y * 3 · line 5".
        rows: Its properties.
        saved: What a node kept for its derivative.
        goes_to: Where its gradient goes next.
        cuts: Why gradients do not go on.
        history: The events that touched it.
        value, grad, incoming: Rows of ``values``, -1 for none.
    """

    title: str = ""
    place: str = ""
    rows: tuple[Fact, ...] = ()
    saved: tuple[Fact, ...] = ()
    goes_to: tuple[Fact, ...] = ()
    cuts: tuple[Fact, ...] = ()
    history: tuple[Fact, ...] = ()
    value: int = -1
    grad: int = -1
    incoming: int = -1


def source_text(recording: Recording, event: int) -> str:
    """The script's line of an event: "z = y * y * 3 · line 5"."""
    if event < 0:
        return ""
    line = int(recording.column("events", "line")[event])
    lines = recording.script_lines
    if not 0 < line <= len(lines):
        return ""
    text = lines[line - 1].strip()
    if len(text) > 34:
        text = text[:33] + "…"
    return f"{text}  ·  {_tr('line {0}').format(line)}"


def shown_thing(state: State, selection: Selection | None) -> Selection | None:
    """What the inspector shows: the selection, else what the cursor's event is about."""
    if selection is not None:
        return selection
    if state.event < 0:
        return None
    event = state.recording.event(state.event)
    focus = state.focus
    if event.kind in (Kind.ACCUMULATE, Kind.GRAD_SET, Kind.CREATE, Kind.INPLACE, Kind.PASS_BEGIN) and focus.tensors:
        return Selection("tensor", focus.tensors[0])
    if focus.ops:
        return Selection("op", focus.ops[0])
    return Selection("tensor", focus.tensors[0]) if focus.tensors else None


def facts_of(state: State, shown: Selection | None) -> Facts:
    """Everything to be said of a thing at the state's event."""
    if shown is None:
        return Facts()
    return tensor_facts(state, shown.number) if shown.kind == "tensor" else op_facts(state, state.recording.ops[shown.number])


def _history(recording: Recording, events: np.ndarray, now: int) -> tuple[Fact, ...]:
    if len(events) > HISTORY_SHOWN:
        middle = int(np.searchsorted(events, now, side="right"))
        low = min(max(0, middle - HISTORY_SHOWN // 2), len(events) - HISTORY_SHOWN)
        events = events[low : low + HISTORY_SHOWN]
    rows = []
    for number in events.tolist():
        event = recording.event(number)
        text = kind_text(event.kind)
        if event.kind in (Kind.CONTRIBUTION, Kind.ACCUMULATE) and event.after >= 0:
            terms = tuple(recording.value(v) for v in (event.before, event.value) if v >= 0)
            text += "  " + sum_text(recording.value(event.after), terms)
        elif event.kind in (Kind.INPLACE, Kind.GRAD_SET, Kind.CAPTURE) and event.value >= 0:
            text += "  = " + value_text(recording.value(event.value))
        elif event.kind is Kind.OP and event.op >= 0:
            text += "  " + op_text(recording.ops[event.op])
        rows.append(Fact(str(number + 1), text, number, number == now))
    return tuple(rows)


def _shared_with(recording: Recording, number: int) -> list[str]:
    """The names of other tensors on the same storage."""
    storage = recording.column("tensors", "storage")
    if int(storage[number]) < 0:
        return []
    same = np.flatnonzero(storage == storage[number]).tolist()
    mine = recording.tensor(number).object
    names = [tensor_text(recording, n) for n in same if recording.tensor(n).object != mine]
    return list(dict.fromkeys(names))


def _grad_text(state: State, number: int) -> str:
    total = state.grad_sum(number)
    if total is None:
        return "None"
    recording = state.recording
    if total.event == state.event:
        return sum_text(recording.value(total.total), tuple(recording.value(term) for term in total.terms))
    return value_text(recording.value(total.total))


def tensor_facts(state: State, number: int) -> Facts:
    """What is so of a tensor."""
    recording = state.recording
    tensor = recording.tensor(number)
    value = int(state.values[number])
    rows = [
        Fact("shape", f"[{', '.join(map(str, tensor.shape))}]"),
        Fact("dtype", f"torch.{tensor.dtype}"),
        Fact("requires_grad", str(bool(state.requires_grad[number]))),
        Fact("is_leaf", str(tensor.is_leaf)),
    ]
    if not tensor.is_leaf:
        rows.append(Fact("retains_grad", str(bool(state.retains_grad[number]))))
    node = recording.ops[tensor.op].node if tensor.op >= 0 else ""
    rows.append(Fact("grad_fn", node or "None", recording.ops[tensor.op].event if node else -1))
    rows.append(Fact("_version", str(state.version(number))))
    if tensor.base >= 0:
        rows.append(Fact("_base", tensor_text(recording, tensor.base)))
    if shared := _shared_with(recording, number):
        more = f" +{len(shared) - 4}" if len(shared) > 4 else ""
        rows.append(Fact(_tr("shares storage with"), ", ".join(shared[:4]) + more))
    if tensor.is_leaf or bool(state.retains_grad[number]):
        rows.append(Fact("grad", _grad_text(state, number), now=_now_grad(state, number)))
    passing = state.passing_sum(number)
    incoming = -1
    if passing is not None:
        incoming = passing.total
        terms = tuple(recording.value(term) for term in passing.terms)
        if not tensor.is_leaf:
            text = sum_text(recording.value(passing.total), terms)
            kept = "" if state.in_pass or state.retains_grad[number] else "  " + _tr("(not kept)")
            rows.append(Fact(_tr("passing gradient"), text + kept, passing.event, passing.event == state.event))
    return Facts(
        title=tensor_text(recording, number),
        place=source_text(recording, tensor.event),
        rows=tuple(rows),
        goes_to=_tensor_goes_to(state, number),
        cuts=_tensor_cuts(state, number),
        history=_history(recording, _touching(recording, number), state.event),
        value=value,
        grad=int(state.grads[number]),
        incoming=incoming,
    )


def _touching(recording: Recording, number: int) -> np.ndarray:
    timeline = recording.timeline.touching
    return timeline.events[slice(*timeline.range_of(number))]


def _now_grad(state: State, number: int) -> bool:
    total = state.grad_sum(number)
    return total is not None and total.event == state.event


def _tensor_goes_to(state: State, number: int) -> tuple[Fact, ...]:
    """Where the gradient of a tensor is taken: to the node that made it, or into .grad."""
    recording, tensor = state.recording, state.recording.tensor(number)
    if not bool(state.requires_grad[number]):
        return ()
    if tensor.op >= 0 and recording.ops[tensor.op].node:
        op = recording.ops[tensor.op]
        return (Fact(op_text(op), _waits(state, op.number), op.event),)
    return (Fact(f"{tensor_text(recording, number)}.grad", _tr("accumulates here")),) if tensor.is_leaf else ()


def _waits(state: State, op: int) -> str:
    if not state.in_pass:
        return ""
    visited, pending = int(state.ops_visited[op]), int(state.ops_pending[op])
    if visited >= 0:
        return _tr("visited")
    return _tr("waits for {0} more").format(pending) if pending >= 0 else _tr("not reached yet")


def _tensor_cuts(state: State, number: int) -> tuple[Fact, ...]:
    """Why a tensor gets no gradient from the ops that use it, or why it has no history of its own."""
    recording = state.recording
    found = []
    inputs = recording.tables["inputs"]
    rows = np.flatnonzero((inputs["tensor"] == number) & (inputs["cut"] != Cut.NONE) & (inputs["cut"] != Cut.LEAF))
    alike: dict[tuple[str, Cut], list[Op]] = {}
    for row in rows.tolist():
        op = recording.ops[int(inputs["op"][row])]
        alike.setdefault((op_text(op), Cut(int(inputs["cut"][row]))), []).append(op)
    for (name, cut), ops in list(alike.items())[:8]:
        times = "  " + _tr("({0} times)").format(len(ops)) if len(ops) > 1 else ""
        found.append(Fact(name + times, cut_text(cut), ops[0].event))
    tensor = recording.tensor(number)
    if tensor.op >= 0 and not recording.ops[tensor.op].node:
        op = recording.ops[tensor.op]
        reasons = {entry.cut for entry in op.inputs if entry.cut not in (Cut.NONE, Cut.LEAF)}
        found += [Fact(op_text(op), cut_text(reason), op.event) for reason in sorted(reasons)]
    return tuple(dict.fromkeys(found))


def op_facts(state: State, op: Op) -> Facts:
    """What is so of an op and its node."""
    recording = state.recording
    visited = int(state.ops_visited[op.number])
    incoming = recording.event(visited).value if visited >= 0 else -1
    if incoming < 0 and op.outputs:
        passing = state.passing_sum(op.outputs[0])
        incoming = passing.total if passing else -1
    outputs = ", ".join(f"{tensor_text(recording, n)} {tensor_kind_text(recording.tensor(n))}" for n in op.outputs)
    rows = [Fact(_tr("op"), op.name), Fact(_tr("output"), outputs)]
    if op.sequence >= 0 and op.node:
        rows.append(Fact("sequence_nr", str(op.sequence)))
    if op.inplace >= 0:
        rows.append(Fact(_tr("writes to"), tensor_text(recording, op.inplace)))
    if op.node:
        freed = bool(state.ops_freed[op.number])
        rows.append(Fact(_tr("saved tensors"), _tr("freed") if freed else (_tr("kept") if op.saved else _tr("none"))))
    else:
        rows.append(Fact("grad_fn", _tr("None: autograd did not record it")))
    where = (recording.column("events", "op") == op.number) | (recording.column("events", "peer") == op.number)
    return Facts(
        title=op.node or op.name,
        place=source_text(recording, op.event),
        rows=tuple(rows),
        saved=tuple(_saved(state, op)),
        goes_to=tuple(_op_goes_to(state, op)),
        cuts=tuple(
            Fact(tensor_text(recording, e.tensor), cut_text(e.cut), recording.tensor(e.tensor).event)
            for e in op.inputs
            if e.cut is not Cut.NONE and e.tensor >= 0
        ),
        history=_history(recording, np.flatnonzero(where), state.event),
        incoming=incoming,
    )


def _saved(state: State, op: Op) -> list[Fact]:
    recording = state.recording
    rows = []
    freed = bool(state.ops_freed[op.number])
    for kept in op.saved:
        if kept.tensor < 0:
            text = value_text(recording.value(kept.value)) if kept.value >= 0 else ""
            rows.append(Fact(kept.name, text))
            continue
        name, version = tensor_text(recording, kept.tensor), state.version(kept.tensor)
        if freed:
            text = _tr("{0}  freed").format(name)
        elif version == kept.version:
            text = _tr("{0}  version {1}  = {2} at save").format(name, version, kept.version)
        else:
            text = _tr("{0}  version {1}  ≠ {2} at save: written since").format(name, version, kept.version)
        rows.append(Fact(kept.name, text, recording.tensor(kept.tensor).event))
    return rows


def _op_goes_to(state: State, op: Op) -> list[Fact]:
    """The next functions, in argument order, how many gradients each still waits for, and where those go then."""
    recording = state.recording
    rows, later = [], []
    for tensor in _next_tensors(op):
        made_by = recording.tensor(tensor).op
        if made_by >= 0 and recording.ops[made_by].node:
            maker = recording.ops[made_by]
            rows.append(Fact(op_text(maker), _waits(state, made_by), maker.event))
            later += [_target_text(recording, further) for further in _next_tensors(maker)]
        else:
            rows.append(Fact(f"{tensor_text(recording, tensor)}.grad", "", recording.tensor(tensor).event))
    if later:
        rows.append(Fact("", _tr("then {0}").format(", ".join(dict.fromkeys(later)))))
    return list(dict.fromkeys(rows))


def _next_tensors(op: Op) -> list[int]:
    return [entry.tensor for entry in op.inputs if entry.slot >= 0 and entry.tensor >= 0]


def _target_text(recording: Recording, tensor: int) -> str:
    made_by = recording.tensor(tensor).op
    if made_by >= 0 and recording.ops[made_by].node:
        return recording.ops[made_by].node
    return f"{tensor_text(recording, tensor)}.grad"
