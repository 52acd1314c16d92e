"""The gradient slot of a card: what stands in it, and under which name.

A leaf that needs grad, or a tensor that retains it, has a `.grad`. Through any other tensor a gradient only passes, and it
is gone when the pass is over; the slot says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gradviz.canvas.words import tr
from gradviz.recording import State, Sum
from gradviz.recording.text import short_value_text, sum_text


@dataclass(frozen=True, slots=True)
class Slot:
    """A gradient slot.

    Attributes:
        role: "grad" (what `.grad` is), "arriving" (on its way into a `.grad`), "passing", or "" (no slot).
        label: The role in the user's words.
        text: What stands in it: "None", "5.5", "4.5 + 1 = 5.5", "not kept".
        now: It changed at this event.
        bad: It holds a NaN or an infinity.
        empty: There is nothing in it.
    """

    role: Literal["grad", "arriving", "passing", ""]
    label: str
    text: str
    now: bool = False
    bad: bool = False
    empty: bool = False


EMPTY = Slot("", "", "", empty=True)


def slot_of(state: State, tensor: int, is_now: bool) -> Slot:
    """The slot of a tensor at a state; ``is_now`` says whether the event is about it."""
    recording = state.recording
    row = recording.tensor(tensor)
    has_grad = (row.is_leaf and bool(state.requires_grad[tensor])) or bool(state.retains_grad[tensor])
    written, passing = state.grad_sum(tensor), state.passing_sum(tensor)
    last_write = int(recording.timeline.grads.events_at([tensor], state.event)[0])
    if passing is not None and passing.event > last_write and state.in_pass:
        if has_grad:
            return _filled(state, "arriving", tr("arriving"), passing, is_now)
        return _filled(state, "passing", tr("passing"), passing, is_now)
    is_fresh = is_now and last_write == state.event
    if written is not None:
        if written.event < state.pass_begin:
            written = Sum(written.total, (written.total,), written.event)
        return _filled(state, "grad", "grad", written, is_now)
    if passing is not None and not has_grad and not state.in_pass:
        return Slot("grad", "grad", tr("not kept"), empty=True)
    return Slot("grad", "grad", "None", now=is_fresh, empty=True)


def _filled(state: State, role: Literal["grad", "arriving", "passing"], label: str, total: Sum, is_now: bool) -> Slot:
    recording = state.recording
    value = recording.value(total.total)
    terms = tuple(recording.value(term) for term in total.terms)
    text = sum_text(value, terms) if len(terms) > 1 else short_value_text(value)
    return Slot(role, label, text, now=is_now and total.event == state.event, bad=value.is_bad)
