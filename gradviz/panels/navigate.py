"""Where to go in a recording: the next event on a line, on a tensor, at a breakpoint; the start of the first pass."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from gradviz.panels.words import script_lines
from gradviz.recording import Kind, Recording
from gradviz.view.cursor import Selection


def never_began(recording: Recording) -> bool:
    """Whether the script was stopped before anything happened to a tensor: by a mistake in its syntax, for one."""
    return bool(recording.errors) and bool((recording.column("events", "kind") == Kind.ERROR).all())


def home_event(recording: Recording) -> int:
    """Where the cursor stands when a script is first shown: at the first pass, else at the end."""
    if recording.errors:
        return len(recording) - 1
    return recording.passes[0].begin if recording.passes else len(recording) - 1


def same_place(old: Recording, event: int, new: Recording) -> int:
    """The event of a new run that stands where ``event`` stood in the old one.

    The end stays the end; before the first pass begins it is the same event number; within a pass it is the same number
    of events after that pass's beginning.
    """
    if not len(old) or (old.errors and not new.errors):
        return home_event(new)
    last = len(new) - 1
    if event >= len(old) - 1:
        return last
    begun = [p for p in old.passes if p.begin <= event]
    if begun and len(new.passes) >= len(begun):
        place = new.passes[len(begun) - 1]
        return min(place.begin + event - begun[-1].begin, last)
    return min(event, last)


def first_on_line(recording: Recording, line: int) -> int | None:
    """The first event that a line of the script caused, or None."""
    found = np.flatnonzero(recording.column("events", "line") == line)
    return int(found[0]) if len(found) else None


def stops(recording: Recording, breakpoints: Collection[int]) -> np.ndarray:
    """The events at which a run stops: where the work comes to a line with a breakpoint, forward or backward."""
    hit = np.zeros(len(recording), bool)
    for lines in (script_lines(recording), recording.column("events", "line")):
        on = np.isin(lines, list(breakpoints))
        came = np.ones(len(lines), bool)
        came[1:] = lines[1:] != lines[:-1]
        hit |= on & came
    return np.flatnonzero(hit)


def run_target(recording: Recording, event: int, breakpoints: Collection[int], direction: int) -> int:
    """Where running forward (1) or back (-1) from an event ends: at the nearest breakpoint, else at the end or start."""
    places = stops(recording, breakpoints) if breakpoints else np.empty(0, np.int64)
    if direction > 0:
        after = places[places > event]
        return int(after[0]) if len(after) else len(recording) - 1
    before = places[places < event]
    return int(before[-1]) if len(before) else -1


def touching(recording: Recording, selection: Selection) -> np.ndarray:
    """All events that concern a tensor or an op, in order."""
    if selection.kind == "tensor":
        low, high = recording.timeline.touching.range_of(selection.number)
        return recording.timeline.touching.events[low:high]
    events = recording.tables["events"]
    return np.flatnonzero((events["op"] == selection.number) | (events["peer"] == selection.number))


def neighbour(recording: Recording, selection: Selection, event: int, direction: int) -> int | None:
    """The next (1) or previous (-1) event on the selection, or None."""
    places = touching(recording, selection)
    found = places[places > event][:1] if direction > 0 else places[places < event][-1:]
    return int(found[0]) if len(found) else None


def next_visit(recording: Recording, selection: Selection, event: int) -> int | None:
    """Where "run to selection" ends: the selection's next event, else its first one."""
    found = neighbour(recording, selection, event, 1)
    if found is None:
        places = touching(recording, selection)
        found = int(places[0]) if len(places) else None
    return found


def pass_at(recording: Recording, event: int) -> int:
    """The pass an event belongs to, -1 for the stretches between."""
    for number, found in enumerate(recording.passes):
        if found.begin <= event <= found.end:
            return number
    return -1


def is_accumulation(recording: Recording) -> np.ndarray:
    """By event, whether a gradient was added into a leaf's .grad."""
    return np.asarray(recording.column("events", "kind") == Kind.ACCUMULATE)
