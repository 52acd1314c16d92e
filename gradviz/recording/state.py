"""State at an event, looked up: each thing that changes has a history sorted by event, and a look-up is a binary search.

All look-ups take and give whole arrays, so that a picture of thousands of nodes asks a handful of times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gradviz.recording.recording import Recording
from gradviz.recording.schema import Kind

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NONE = -1


class History:
    """What some things held, and since which event: (key, event, content) triples, searched by key and event."""

    def __init__(self, keys: npt.ArrayLike, events: npt.ArrayLike, contents: npt.ArrayLike, events_total: int) -> None:
        keys, events = np.asarray(keys, np.int64), np.asarray(events, np.int64)
        self._stride = events_total + 1
        combined = keys * self._stride + events
        order = np.argsort(combined, kind="stable")
        self._combined = combined[order]
        self.keys = keys[order]
        self.events = events[order]
        self.contents = np.asarray(contents, np.int64)[order]

    def rows(self, keys: npt.ArrayLike, event: int, since: int = 0) -> Ints:
        """For each key the row of its last entry from ``since`` to ``event``, -1 where there is none."""
        wanted = np.asarray(keys, np.int64)
        if not len(self._combined):
            return np.full(wanted.shape, NONE, np.int64)
        rows = np.searchsorted(self._combined, wanted * self._stride + event, side="right") - 1
        found = (rows >= 0) & (self.keys[rows] == wanted) & (self.events[rows] >= since)
        return np.where(found, rows, NONE)

    def contents_at(self, keys: npt.ArrayLike, event: int, since: int = 0) -> Ints:
        """For each key what it holds at an event, -1 where it holds nothing."""
        return self._pick(self.contents, self.rows(keys, event, since))

    def events_at(self, keys: npt.ArrayLike, event: int, since: int = 0) -> Ints:
        """For each key the event of its last change, -1 where there was none."""
        return self._pick(self.events, self.rows(keys, event, since))

    def range_of(self, key: int) -> tuple[int, int]:
        """The rows from and to (exclusive) which all of a key's entries stand, in order."""
        low, high = np.searchsorted(self.keys, (key, key + 1))
        return int(low), int(high)

    def events_of(self, key: int, event: int, since: int = 0) -> Ints:
        """All events that touched a key from ``since`` to ``event``, in order."""
        low, high = np.searchsorted(self._combined, (key * self._stride + since, key * self._stride + event + 1))
        return self.events[low:high]

    @staticmethod
    def _pick(column: Ints, rows: Ints) -> Ints:
        if not len(column):
            return np.full(rows.shape, NONE, np.int64)
        return np.where(rows >= 0, column[rows], NONE)


class Timeline:
    """The histories of a recording, built once.

    Attributes:
        values: By tensor, what its elements are (a row of ``values``).
        grads: By tensor, its `.grad` (a row of ``values``, -1 for None).
        sums: By tensor, the running sum of what has arrived in a pass.
        flags: By tensor, its `requires_grad` where it was changed later.
        retained: By tensor, where `retain_grad()` was called.
        edges: By row of ``inputs``, the gradient that crossed it.
        visits, freed: By op, its visits; where it let go of its saved tensors.
        pending: By op, how many contributions it still waits for.
        touching: By tensor, every event that concerns it.
        pass_begins: The first event of each pass.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._events = recording.tables["events"]
        self._kind = self._events["kind"]
        self._total = len(recording)
        outputs, ops = recording.tables["outputs"], recording.tables["ops"]
        written = np.flatnonzero(
            np.isin(self._kind, (Kind.CREATE, Kind.INPLACE)) & (self._events["tensor"] >= 0) & (self._events["value"] >= 0)
        )
        made = np.flatnonzero(outputs["value"] >= 0)
        self.values = History(
            np.concatenate((outputs["tensor"][made], self._events["tensor"][written])),
            np.concatenate((ops["event"][outputs["op"][made]], written)),
            np.concatenate((outputs["value"][made], self._events["value"][written])),
            self._total,
        )
        accumulated, assigned = self._where(Kind.ACCUMULATE), self._where(Kind.GRAD_SET)
        self.grads = History(
            np.concatenate((self._events["tensor"][accumulated], self._events["tensor"][assigned])),
            np.concatenate((accumulated, assigned)),
            np.concatenate((self._events["after"][accumulated], self._events["value"][assigned])),
            self._total,
        )
        arrived = self._where(Kind.CONTRIBUTION)
        known = arrived[self._events["tensor"][arrived] >= 0]
        self.sums = self._history(known, "tensor", "after")
        to_op = arrived[self._events["op"][arrived] >= 0]
        self.pending = self._history(to_op, "op", "pending")
        self.edges = self._edges(arrived)
        self.flags = self._history(self._where(Kind.REQUIRES_GRAD), "tensor", "flag")
        self.retained = self._history(self._where(Kind.RETAIN_GRAD), "tensor", "flag")
        visits, freed = self._where(Kind.VISIT), self._where(Kind.FREE)
        self.visits = self._history(visits[self._events["op"][visits] >= 0], "op", "value")
        self.freed = self._history(freed, "op", "op")
        self.pass_begins = np.asarray(recording.tables["passes"]["event"], np.int64)

    def _where(self, kind: Kind) -> Ints:
        return np.flatnonzero(self._kind == kind)

    def _history(self, rows: Ints, key: str, content: str) -> History:
        return History(self._events[key][rows], rows, self._events[content][rows], self._total)

    def _edges(self, arrived: Ints) -> History:
        inputs = self._recording.tables["inputs"]
        crossing = np.flatnonzero(inputs["slot"] >= 0)
        width = int(max(inputs["slot"].max(initial=0), self._events["slot"].max(initial=0))) + 1
        place = inputs["op"][crossing].astype(np.int64) * width + inputs["slot"][crossing]
        order = np.argsort(place, kind="stable")
        place, crossing = place[order], crossing[order]
        inner = arrived[(self._events["peer"][arrived] >= 0) & (self._events["slot"][arrived] >= 0)]
        wanted = self._events["peer"][inner].astype(np.int64) * width + self._events["slot"][inner]
        at = np.searchsorted(place, wanted)
        found = at < len(place)
        found[found] = place[at[found]] == wanted[found]
        inner = inner[found]
        return History(crossing[at[found]], inner, self._events["value"][inner], self._total)

    @cached_property
    def touching(self) -> History:
        tensors = self._events["tensor"]
        direct = np.flatnonzero(tensors >= 0)
        outputs, ops = self._recording.tables["outputs"], self._recording.tables["ops"]
        keys = np.concatenate((tensors[direct], outputs["tensor"])).astype(np.int64)
        events = np.concatenate((direct, ops["event"][outputs["op"]])).astype(np.int64)
        pairs: Any = np.unique(np.stack((keys, events)), axis=1)
        return History(pairs[0], pairs[1], pairs[1], self._total)


@dataclass(frozen=True, slots=True)
class Sum:
    """A gradient slot and how it came about: ``terms`` are the rows of ``values`` that add up to ``total``."""

    total: int
    terms: tuple[int, ...]
    event: int


@dataclass(frozen=True, slots=True)
class Focus:
    """What an event is about: the things that are *now*. ``edges`` are rows of ``inputs``."""

    tensors: tuple[int, ...] = ()
    ops: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()


class State:
    """A recording right after one event.

    Attributes:
        recording: The recording.
        event: The event's number; -1 for before the first.
        pass_: The last pass begun by then, -1 before the first.
    """

    def __init__(self, recording: Recording, event: int) -> None:
        if not -1 <= event < len(recording):
            raise IndexError(f"event {event} of {len(recording)}")
        self.recording = recording
        self.event = event
        self._timeline = recording.timeline
        self.pass_ = int(np.searchsorted(self._timeline.pass_begins, event, side="right")) - 1

    @property
    def pass_begin(self) -> int:
        """The first event of the current pass; past the end where there is none."""
        return int(self._timeline.pass_begins[self.pass_]) if self.pass_ >= 0 else len(self.recording)

    @property
    def in_pass(self) -> bool:
        """Whether the current pass has not ended yet."""
        return self.pass_ >= 0 and self.event < self.recording.passes[self.pass_].end

    @cached_property
    def tensors_born(self) -> Bools:
        return np.asarray(self.recording.tables["tensors"]["event"] <= self.event)

    @cached_property
    def ops_born(self) -> Bools:
        return np.asarray(self.recording.tables["ops"]["event"] <= self.event)

    @cached_property
    def _all_tensors(self) -> Ints:
        return np.arange(self.recording.tensor_count)

    @cached_property
    def _all_ops(self) -> Ints:
        return np.arange(self.recording.op_count)

    @cached_property
    def values(self) -> Ints:
        """By tensor: its elements, a row of ``values`` (-1: not born, or not seen)."""
        return self._timeline.values.contents_at(self._all_tensors, self.event)

    @cached_property
    def grads(self) -> Ints:
        """By tensor: its `.grad`, a row of ``values``; -1 for None."""
        return self._timeline.grads.contents_at(self._all_tensors, self.event)

    @cached_property
    def sums(self) -> Ints:
        """By tensor: what has arrived so far in the current pass, a row of ``values``; -1 for nothing."""
        return self._timeline.sums.contents_at(self._all_tensors, self.event, self.pass_begin)

    @cached_property
    def requires_grad(self) -> Bools:
        changed = self._timeline.flags.contents_at(self._all_tensors, self.event)
        born: Bools = self.recording.tables["tensors"]["requires_grad"] == 1
        return np.where(changed >= 0, changed == 1, born)

    @cached_property
    def retains_grad(self) -> Bools:
        """By tensor: whether `retain_grad()` was called on it."""
        return self._timeline.retained.rows(self._all_tensors, self.event) >= 0

    @cached_property
    def edges(self) -> Ints:
        """By row of ``inputs``: the gradient that crossed it in the current pass, a row of ``values``; -1 for none."""
        rows = np.arange(len(self.recording.tables["inputs"]["op"]))
        return self._timeline.edges.contents_at(rows, self.event, self.pass_begin)

    @cached_property
    def ops_visited(self) -> Ints:
        """By op: the event of its visit in the current pass, -1 before it."""
        return self._timeline.visits.events_at(self._all_ops, self.event, self.pass_begin)

    @cached_property
    def ops_pending(self) -> Ints:
        """By op: how many contributions it still waits for in the current pass, -1 before the first came."""
        return self._timeline.pending.contents_at(self._all_ops, self.event, self.pass_begin)

    @cached_property
    def ops_freed(self) -> Bools:
        return self._timeline.freed.rows(self._all_ops, self.event) >= 0

    def version(self, tensor: int) -> int:
        """How often the tensor was written to by then, its birth version included."""
        born = int(self.recording.tables["tensors"]["version"][tensor])
        writes = self._timeline.values.events_of(tensor, self.event)
        kinds = self.recording.tables["events"]["kind"][writes]
        born_at = int(self.recording.tables["tensors"]["event"][tensor])
        return born + int(((kinds == Kind.INPLACE) & (writes > born_at)).sum())

    def grad_sum(self, tensor: int) -> Sum | None:
        """How `.grad` came to its value: before + gradient = after at an accumulation, else the value alone."""
        event = int(self._timeline.grads.events_at([tensor], self.event)[0])
        if event < 0:
            return None
        cells = self.recording.event(event)
        if cells.kind is Kind.GRAD_SET:
            return Sum(cells.value, (cells.value,), event) if cells.value >= 0 else None
        terms = (cells.before, cells.value) if cells.before >= 0 else (cells.value,)
        return Sum(cells.after, terms, event)

    def passing_sum(self, tensor: int) -> Sum | None:
        """What has arrived at a tensor in the current pass: the running sum before, the last gradient, and the sum after."""
        event = int(self._timeline.sums.events_at([tensor], self.event, self.pass_begin)[0])
        if event < 0:
            return None
        cells = self.recording.event(event)
        terms = (cells.before, cells.value) if cells.before >= 0 else (cells.value,)
        return Sum(cells.after, terms, event)

    @cached_property
    def focus(self) -> Focus:
        """What this event is about."""
        if self.event < 0:
            return Focus()
        event = self.recording.event(self.event)
        if event.kind is Kind.CONTRIBUTION:
            timeline = self._timeline.edges
            rows = np.flatnonzero(timeline.events == self.event)
            return Focus(
                tensors=(event.tensor,) if event.tensor >= 0 else (),
                ops=tuple(op for op in (event.peer,) if op >= 0),
                edges=tuple(int(row) for row in timeline.keys[rows]),
            )
        if event.kind in (Kind.OP, Kind.DETACH, Kind.DATA) and event.op >= 0:
            return Focus(tensors=self.recording.ops[event.op].outputs, ops=(event.op,))
        if event.kind is Kind.PASS_BEGIN and event.pass_ >= 0:
            root = self.recording.passes[event.pass_].root
            return Focus(tensors=(root,) if root >= 0 else ())
        return Focus(
            tensors=(event.tensor,) if event.tensor >= 0 else (),
            ops=(event.op,) if event.op >= 0 else (),
        )
