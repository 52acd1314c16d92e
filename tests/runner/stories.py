"""Recordings told in words, for tests to compare."""

from __future__ import annotations

from gradviz.recording import Event, Kind, Recording, Value, read_bytes, to_bytes
from gradviz.runner import record


def recorded(text: str, *, trusted: bool = False) -> Recording:
    """The recording of a script that begins by importing torch; it survives being written and read."""
    recording = record("import torch\n" + text, trusted=trusted)
    again = read_bytes(to_bytes(recording))
    assert again.strings == recording.strings
    return recording


def ran(text: str, *, trusted: bool = False) -> Recording:
    """The same, of a script that must come to its end without an error."""
    recording = recorded(text, trusted=trusted)
    assert not recording.errors, recording.errors
    return recording


def number_text(value: Value) -> str:
    array = value.array
    assert array is not None
    flat = array.reshape(-1).tolist()
    if len(flat) > 1 and flat.count(flat[0]) == len(flat):
        return f"{flat[0]:g}"
    return ",".join(f"{n:g}" if not isinstance(n, (bool, complex)) else str(n) for n in flat)


def name_of(recording: Recording, tensor: int) -> str:
    if tensor < 0:
        return "?"
    found = recording.tensor(tensor)
    return found.name or (f"{recording.ops[found.op].name}()" if found.op >= 0 else f"{found.maker}()")


def told(recording: Recording, event: Event) -> str:
    """One event in words: "contribute mul.0 -> y 2.25 (2.25 + = 4.5, waits 0)"."""

    def value(row: int) -> str:
        return number_text(recording.value(row)) if row >= 0 else "None"

    def target() -> str:
        return name_of(recording, event.tensor) if event.tensor >= 0 else recording.ops[event.op].name

    kind = event.kind
    if kind in (Kind.OP, Kind.DETACH, Kind.DATA):
        op = recording.ops[event.op]
        return f"{op.name} -> {', '.join(name_of(recording, t) for t in op.outputs)}"
    if kind is Kind.CONTRIBUTION:
        source = "seed" if event.peer < 0 else f"{recording.ops[event.peer].name}.{event.slot}"
        total = "" if event.before < 0 else f" ({value(event.before)} + = {value(event.after)})"
        return f"{source} -> {target()}: {value(event.value)}{total}, waits {event.pending}"
    if kind is Kind.VISIT:
        return f"visit {target()}: {value(event.value)}"
    if kind is Kind.ACCUMULATE:
        return f"accumulate {target()}: {value(event.before)} + {value(event.value)} = {value(event.after)}"
    if kind is Kind.CAPTURE:
        return f"capture {target()}: {value(event.value)}"
    if kind is Kind.HOOK:
        return f"hook {event.text} on {target()}: {value(event.before)} -> {value(event.after)}"
    if kind is Kind.FREE:
        return f"free {target()}"
    if kind in (Kind.CREATE, Kind.INPLACE):
        return f"{kind.name.lower()} {target()} by {event.text}: {value(event.value)}"
    if kind is Kind.GRAD_SET:
        return f"grad of {target()} by {event.text}: {value(event.value)}"
    if kind is Kind.REQUIRES_GRAD:
        return f"requires_grad of {target()}: {bool(event.flag)}"
    if kind is Kind.RETAIN_GRAD:
        return f"retain_grad of {target()}"
    if kind is Kind.PASS_BEGIN:
        return f"begin {event.text}"
    if kind is Kind.PASS_END:
        return "end"
    if kind is Kind.OUTPUT:
        return f"print {event.text!r}"
    return f"{kind.name.lower()} {event.text}"


def story(recording: Recording, *kinds: Kind) -> list[str]:
    """All events in words, or those of some kinds."""
    events = [recording.event(number) for number in range(len(recording))]
    return [told(recording, event) for event in events if not kinds or event.kind in kinds]


def lines(recording: Recording) -> list[int]:
    """The line of each event, counted without the import."""
    return [recording.event(number).line - 1 for number in range(len(recording))]
