"""What everything on the canvas looks like at an event: a pure function of picture and state, without a single pixel.

What the painter paints and what a test asks are the same objects. Looks are found for all nodes at once as arrays, and in
full only for those that are painted; those that an event does not touch are taken over from the looks before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradviz.canvas.scene import ALIAS, FAILED, OP, TENSOR, Bools, Floats, Ints, Scene
from gradviz.canvas.slots import EMPTY, Slot, slot_of
from gradviz.canvas.words import cut_line, cut_reason, product_text, tr
from gradviz.graph.sizes import MAX_VALUE_COLS, MAX_VALUE_ROWS
from gradviz.recording import Cut, Kind, Recording, State
from gradviz.recording.text import number_text, short_value_text, value_rows
from gradviz.recording.values import AnyArray
from gradviz.view.cursor import Selection

IDLE_WIDTH = 1.5
LIT_WIDTHS = (2.0, 5.0)
_BADGES = 3
_BAD_SLOT = replace(EMPTY, bad=True)


@dataclass(frozen=True, slots=True)
class NodeLook:
    """What a node looks like.

    Attributes:
        kind: "tensor" (card), "op" (pill), "alias" (chip) or "failed" (what the script failed at).
        label, sub: Its name, and what stands beside it; of what failed, the message.
        born: Whether it has come to be; a faint outline before.
        now, selected: Whether the event is about it; whether it is looked at.
        leaf: A leaf that needs grad: filled edge.
        muted, tag: Autograd does not see it; the mode that is the reason.
        rows: The numbers of a small value, by row.
        thumbnail: The row of ``values`` shown as a heat map, -1 for none.
        bad: Its value (of a function: the gradient that reached it) holds a NaN or an infinity.
        retained: `retain_grad()` was called: a pin.
        slot: A tensor's gradient slot.
        gradient: Where the gradient that reached it stands on the scale, None without one.
        visited: A function that this pass has done with.
        freed: A function that has let go of what it saved: hollow.
        badges: What a function saved.
        pending: How many contributions it still waits for, in words.
        caption: This step's product, over the function it comes from; the gradient slot of a tensor, over its alias.
    """

    kind: str
    label: str
    sub: str
    born: bool
    now: bool
    selected: bool
    leaf: bool
    muted: bool
    tag: str
    rows: tuple[tuple[str, ...], ...] = ()
    thumbnail: int = -1
    bad: bool = False
    retained: bool = False
    slot: Slot = EMPTY
    gradient: float | None = None
    visited: bool = False
    freed: bool = False
    badges: tuple[str, ...] = ()
    pending: str = ""
    caption: str = ""

    @property
    def slot_text(self) -> str:
        """What stands in the gradient slot: "None", "5.5", "4.5 + 1 = 5.5"."""
        return self.slot.text


@dataclass(frozen=True, slots=True)
class LinkLook:
    """What a link looks like.

    Attributes:
        born: Whether what it leads to has come to be.
        now: Whether the event is about it.
        muted: It leads within what autograd does not see.
        cut: Why gradients do not cross it, NONE where they do.
        reason: That in words, with its line: "detach · line 8".
        gradient: Where the gradient that crossed it stands on the scale, None for none.
        width: Of the line, in px.
        bad: What crossed it holds a NaN or an infinity.
        text: The gradient that crossed it.
    """

    born: bool
    now: bool
    muted: bool
    cut: Cut
    reason: str
    gradient: float | None
    width: float
    bad: bool
    text: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """The line of a link that a gradient has crossed: its place on the scale, its width in px, whether it is not finite."""

    gradient: float
    width: float
    bad: bool


class Looks:
    """The looks of a scene at a state.

    Attributes:
        scene, state: What they were made from.
        born, now, selected, visited, freed: By node.
        bad: By node whether its value or the gradient that reached it holds a NaN or an infinity.
        gradients: By node the place of its gradient on the scale, NaN for none.
        link_values: By link the gradient that crossed it, a row of ``values``; -1 for none.
        link_gradients: By link its place on the scale, NaN for none.
        links_now, links_bad, links_born: By link.
    """

    def __init__(self, scene: Scene, state: State, selection: Sequence[Selection] = (), before: Looks | None = None) -> None:
        """Finds the arrays; looks in full follow when asked for.

        Args:
            scene: The picture.
            state: A state of the same recording.
            selection: What is selected.
            before: Other looks of the same scene; what did not change is taken from there.
        """
        self.scene, self.state = scene, state
        self._recording = scene.picture.recording
        kinds, numbers = scene.kinds, scene.numbers
        self._is_op = kinds == OP
        self._tensors = np.where(self._is_op, -1, numbers)
        self._ops = np.where(self._is_op, numbers, -1)
        focus = state.focus
        self.born: Bools = scene.born <= state.event
        in_focus = np.where(self._is_op, np.isin(numbers, focus.ops), np.isin(numbers, focus.tensors))
        self.now: Bools = in_focus & ((kinds != ALIAS) | self._used_in_pass())
        self.now |= (kinds == FAILED) & (scene.born == state.event)
        ops, tensors = ([one.number for one in selection if one.kind == kind] for kind in ("op", "tensor"))
        self.selected: Bools = np.where(self._is_op, np.isin(self._ops, ops), np.isin(self._tensors, tensors))
        self.is_lit = self._pass_is_fresh()
        self._find_nodes()
        self._find_links()
        reuse = before is not None and before.scene.picture is scene.picture
        self._nodes: list[NodeLook | None] = self._taken_over(before) if reuse and before else [None] * len(scene.nodes)
        self._links: dict[int, LinkLook] = {}
        self._sketches: dict[int, NodeLook] = {}

    def entered(self, group: tuple[int, ...]) -> bool:
        """Whether the innermost region of a group has been entered."""
        return self._recording.regions[group[-1]].begin <= self.state.event

    def stages(self) -> list[Ints]:
        """Where the event can be watched: sets of nodes, the best first, of which one is enough to be seen."""
        crossed = np.flatnonzero(self.links_now)
        if len(crossed):
            return [np.unique(self.scene.ends[crossed])]
        rows = np.flatnonzero(self.now)
        is_alias = self.scene.kinds[rows] == ALIAS
        found = [rows[is_alias][i : i + 1] for i in range(int(is_alias.sum()))]
        return found if is_alias.all() else [*found, rows[~is_alias]]

    def _pass_is_fresh(self) -> bool:
        """Whether a pass is under way, or nothing has run forward since the last one ended."""
        state = self.state
        if state.pass_ < 0 or state.in_pass:
            return state.pass_ >= 0
        kinds = self._recording.column("events", "kind")
        return not (kinds[self._recording.passes[state.pass_].end + 1 : state.event + 1] == Kind.OP).any()

    def _used_in_pass(self) -> Bools:
        """By node whether it leads to a function that the pass under way has visited: such aliases stand for their tensor."""
        used = np.zeros(len(self.scene.nodes), np.bool_)
        if self.state.in_pass and len(self.scene.links):
            targets = self.scene.ends[:, 1]
            visited = (self._ops[targets] >= 0) & (_pick(self.state.ops_visited, self._ops[targets]) >= 0)
            used[self.scene.ends[visited, 0]] = True
        return used

    def _find_nodes(self) -> None:
        scene, state, is_op = self.scene, self.state, self._is_op
        self._values = _pick(state.values, self._tensors)
        self._sums = _pick(state.sums, self._tensors)
        self._grads = _pick(state.grads, self._tensors)
        self._retained = _pick(state.retains_grad, self._tensors, False)
        self._needs_grad = _pick(state.requires_grad, self._tensors, False)
        visits = _pick(state.ops_visited, self._ops)
        self._pending = _pick(state.ops_pending, self._ops)
        self.visited: Bools = is_op & (visits >= 0) & state.in_pass
        self.freed: Bools = is_op & _pick(state.ops_freed, self._ops, False)
        arrived = _pick(self._visit_values, self._ops)
        passing = self._sums if self.is_lit else np.full_like(self._sums, -1)
        shown = np.where(is_op, arrived if self.is_lit else -1, np.where(passing >= 0, passing, self._grads))
        self.gradients: Floats = np.where(self.born & (scene.kinds != ALIAS), scene.scale.fractions(shown), np.nan)
        wrong_gradient = scene.scale.is_bad(shown) & (scene.kinds != ALIAS) & self.born
        wrong_value = scene.scale.is_bad(self._values) & (scene.kinds == TENSOR) & self.born
        self.bad: Bools = wrong_value | wrong_gradient
        self._wrong_gradient: Bools = wrong_gradient
        self._wrong: Bools = wrong_value | (wrong_gradient & is_op)

    @cached_property
    def _visit_values(self) -> Ints:
        """By op the gradient it was visited with in the current pass, a row of ``values``."""
        timeline, state = self._recording.timeline, self.state
        return timeline.visits.contents_at(np.arange(self._recording.op_count), state.event, state.pass_begin)

    def _find_links(self) -> None:
        scene, state = self.scene, self.state
        crossed = _pick(state.edges, scene.link_rows)
        # A gradient goes on from a tensor to the op that made it when that op is visited.
        outputs = np.array([link.kind == "output" for link in scene.links], np.bool_)
        made = scene.sources_of_links
        passed_on = outputs & (_pick(state.ops_visited, made) >= 0)
        sums = _pick(state.sums, scene.link_tensors)
        values = np.where(passed_on, sums, crossed)
        live = (scene.link_cuts == 0) & self.is_lit
        self.link_values: Ints = np.where(live, values, -1)
        self.link_gradients: Floats = scene.scale.fractions(self.link_values)
        self.links_bad: Bools = scene.scale.is_bad(self.link_values)
        now = np.isin(scene.link_rows, state.focus.edges) & (scene.link_rows >= 0)
        event = self._recording.event(state.event) if state.event >= 0 else None
        if event is not None and event.kind is Kind.VISIT and event.op >= 0:
            now |= outputs & (made == event.op)
        self.links_now: Bools = now
        self.links_born: Bools = self.born[scene.ends[:, 1]] if len(scene.links) else np.zeros(0, np.bool_)

    @cached_property
    def _signature(self) -> Ints:
        """By node all that its look depends on; two equal rows are the same look."""
        state, timeline = self.state, self._recording.timeline
        event = state.event
        changed = [
            np.where(self._tensors >= 0, history.rows(self._tensors, event), -1)
            for history in (timeline.values, timeline.grads, timeline.sums)
        ]
        phase = np.full(len(self.born), 4 * state.pass_ + 2 * state.in_pass + self.is_lit)
        moment = np.where(self.now, event, -2)
        flags = self.born + 2 * self.selected + 4 * self._retained + 8 * self.visited + 16 * self.freed + 32 * self._needs_grad
        return np.stack((flags, self._pending, *changed, phase, moment), axis=1)

    def _taken_over(self, before: Looks) -> list[NodeLook | None]:
        same = (self._signature == before._signature).all(axis=1).tolist()
        return [look if keep else None for look, keep in zip(before._nodes, same, strict=True)]

    def node(self, row: int) -> NodeLook:
        """What a node looks like."""
        known = self._nodes[row]
        if known is None:
            known = self._nodes[row] = self._op(row) if self._is_op[row] else self._tensor(row)
        return known

    def sketch(self, row: int) -> NodeLook:
        """What a node looks like from midway: as `node` says, without numbers and notes."""
        known = self._sketches.get(row)
        if known is None:
            cells = self._common(row) | {name: bool(getattr(self, name)[row]) for name in ("visited", "freed")}
            slot = _BAD_SLOT if self._wrong_gradient[row] and not self._is_op[row] else EMPTY
            known = self._sketches[row] = NodeLook(slot=slot, **cells)  # type: ignore[arg-type]
        return known

    def stroke(self, row: int) -> Stroke:
        """The line of a link that is alight."""
        place = float(self.link_gradients[row])
        place = 0.0 if np.isnan(place) else place
        return Stroke(place, LIT_WIDTHS[0] + (LIT_WIDTHS[1] - LIT_WIDTHS[0]) * place, bool(self.links_bad[row]))

    def link(self, row: int) -> LinkLook:
        """What a link looks like."""
        known = self._links.get(row)
        if known is None:
            known = self._links[row] = self._link(row)
        return known

    def _common(self, row: int) -> dict[str, object]:
        data = self.scene.picture.graph.nodes[self.scene.nodes[row]]
        cells: dict[str, object] = {name: data[name] for name in ("kind", "label", "sub", "leaf", "muted", "tag")}
        cells |= {name: bool(getattr(self, name)[row]) for name in ("born", "now", "selected")} | {
            "bad": bool(self._wrong[row])
        }
        if self._needs_grad[row]:
            # Whether a leaf needs grad was settled when the graph was made; it can be asked for later.
            cells["leaf"] = self._recording.tensor(int(self._tensors[row])).is_leaf
        place = self.gradients[row]
        return cells | {"gradient": None if np.isnan(place) else float(place)}

    def _tensor(self, row: int) -> NodeLook:
        cells = self._common(row)
        if cells["kind"] == "alias" and cells["now"]:
            slot = slot_of(self.state, int(self._tensors[row]), True)
            cells["caption"] = f"{slot.label} {slot.text}"
        if cells["kind"] in ("alias", "failed") or not cells["born"]:
            return NodeLook(**cells)  # type: ignore[arg-type]
        number, value = int(self._tensors[row]), int(self._values[row])
        array = self._recording.array(value) if value >= 0 else None
        rows = _number_rows(array) if array is not None else None
        cells["rows"] = _aligned(rows) if rows else ()
        cells["thumbnail"] = value if value >= 0 and rows is None else -1
        cells["retained"] = bool(self._retained[row])
        cells["slot"] = slot_of(self.state, number, bool(cells["now"]))
        cells["pending"] = self._leaf_pending(number)
        return NodeLook(**cells)  # type: ignore[arg-type]

    def _leaf_pending(self, number: int) -> str:
        total = self.state.passing_sum(number) if self.state.in_pass else None
        if total is None:
            return ""
        event = self._recording.event(total.event)
        accumulated = int(self._recording.timeline.grads.events_at([number], self.state.event)[0]) > total.event
        return pending_text(event.pending) if event.op < 0 and event.pending > 0 and not accumulated else ""

    def _op(self, row: int) -> NodeLook:
        cells = self._common(row)
        op = self._recording.ops[int(self._ops[row])]
        cells["visited"], cells["freed"] = bool(self.visited[row]), bool(self.freed[row])
        cells["badges"] = _badges(self._recording, op.number)
        if self.state.in_pass and not cells["visited"] and self._pending[row] >= 0:
            cells["pending"] = pending_text(int(self._pending[row]))
        if cells["now"]:
            cells["caption"] = self._caption(op.number)
        return NodeLook(**cells)  # type: ignore[arg-type]

    def _caption(self, op: int) -> str:
        event = self._recording.event(self.state.event)
        arrived = int(self._visit_values[op])
        if event.kind is Kind.CONTRIBUTION and event.peer == op:
            return product_text(self._recording, event, arrived)
        if event.kind is Kind.VISIT and arrived >= 0:
            return f"grad = {short_value_text(self._recording.value(arrived))}"
        return ""

    def _link(self, row: int) -> LinkLook:
        scene, link = self.scene, self.scene.links[row]
        value = int(self.link_values[row])
        lit, stroke = value >= 0, self.stroke(row)
        target = int(scene.ends[row, 1])
        line = cut_line(self._recording, link) if link.cut else 0
        reason = cut_reason(link.cut)
        return LinkLook(
            born=bool(self.links_born[row]),
            now=bool(self.links_now[row]),
            muted=bool(scene.muted[target]),
            cut=link.cut,
            reason=f"{reason} · {tr('line {0}').format(line)}" if line else reason,
            gradient=stroke.gradient if lit else None,
            width=stroke.width if lit else IDLE_WIDTH,
            bad=stroke.bad,
            text=short_value_text(self._recording.value(value)) if lit else "",
        )


def _pick(column: np.ndarray, rows: Ints, empty: int | bool = -1) -> np.ndarray:
    """The cells of some rows, ``empty`` for row -1."""
    if not len(column):
        return np.full(len(rows), empty)
    return np.where(rows >= 0, column[rows], empty)


def _number_rows(array: AnyArray) -> list[list[str]] | None:
    """The numbers to write out: all of a small value, one where all are alike, None where a heat map says more."""
    rows = value_rows(array, MAX_VALUE_ROWS, MAX_VALUE_COLS)
    if rows is None and array.size and (array == array.reshape(-1)[0]).all():
        return [[tr("{0} (all)").format(number_text(array.reshape(-1)[0].item()))]]
    return rows


def _aligned(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return tuple(tuple(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _badges(recording: Recording, op: int) -> tuple[str, ...]:
    """What a node saved: tensors by their names, others by the parameter's; the rest counted."""
    saved = recording.ops[op].saved
    names = list(dict.fromkeys((recording.names[s.tensor] if s.tensor >= 0 else "") or s.name for s in saved))
    return tuple(names) if len(names) <= _BADGES else (*names[: _BADGES - 1], f"+{len(names) - _BADGES + 1}")


def pending_text(count: int) -> str:
    """ "waits for 1 more", or "ready"."""
    return tr("waits for {0} more").format(count) if count > 0 else tr("ready")
