"""From a recording to the networkx graph that is laid out and drawn.

Nodes are tensor cards ("t12"), function pills ("o5") and alias chips ("t3@o7": tensor 3 set again beside op 7, so that one
tensor used everywhere does not draw lines across the whole picture). Edges follow the data, producer to consumer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import networkx as nx

from gradviz.graph.failure import FAILED, Failure, failure_of
from gradviz.graph.sizes import MAX_VALUE_COLS, MAX_VALUE_ROWS, card_size, chip_size, failure_size, pill_size
from gradviz.layout import Alias, alias_shared_nodes
from gradviz.recording import Cut, Kind, Mode, Op, Recording, Tensor
from gradviz.recording.text import dtype_text, shape_text, short_value_text, sum_text, value_rows

ALIAS_USES = 3  # a source used by more ops than this is set again beside each
_ALIAS_SPAN = 6  # ... and so is one whose uses lie further apart than this many ops
_SMALL = 60  # a graph of so few nodes is drawn whole, however many passes run over it
_GATES = {"detach": Cut.DETACH, "detach_": Cut.DETACH, "data": Cut.DATA}
_SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "pow": "**"}
_TAGS = {Mode.GRAD: "", Mode.NO_GRAD: "no_grad", Mode.INFERENCE: "inference"}
_FRAMED = ("no_grad", "inference_mode")
_SLOT_ELEMENTS = 4096  # larger gradients are never written out in a slot


@dataclass(frozen=True, slots=True)
class Link:
    """One of the parallel connections that an edge stands for.

    Attributes:
        kind: "input" (tensor or op into an op), "output" (op into its tensor) or "same" (a tensor's values under another
            name: detach, .data, a later history).
        row: The row of ``inputs`` it was made from, -1 for outputs.
        slot: Which of the op's next_functions gradients leave by, -1 for none.
        tensor: The tensor that flows.
        cut: Why gradients do not cross it, if they do not.
    """

    kind: Literal["input", "output", "same"]
    row: int
    slot: int
    tensor: int
    cut: Cut


def build_graph(recording: Recording, *, show_unnamed: bool = False) -> nx.DiGraph:
    """The graph of a recording.

    Args:
        recording: What a script did.
        show_unnamed: Give every tensor a card, not only those the script names, makes, keeps or starts a pass from.

    Returns:
        Nodes with ``kind`` ("tensor", "op", "alias"; "failed" for what the script failed at), ``number`` (-1 for that),
        ``label``, ``sub``, ``size`` (px), ``order``, ``group`` (region numbers, outermost first), ``born`` (event), ``muted``,
        ``tag``, ``leaf``, ``key`` (stable across edits); edges with ``links``, a tuple of `Link`, ``ports``, the place of each
        link among its consumer's arguments, and ``weight``, 1 where gradients cross. ``G.graph["regions"]`` maps a group to
        the mode and the line of its `with`.
    """
    return _Builder(recording, show_unnamed).graph()


class _Builder:
    def __init__(self, recording: Recording, show_unnamed: bool) -> None:
        self.recording = recording
        self.ops = recording.ops
        self.tensors = [recording.tensor(i) for i in range(recording.tensor_count)]
        self.births: dict[int, int] = {}
        for tensor in self.tensors:
            self.births.setdefault(tensor.object, tensor.number)
        self.users: dict[int, list[int]] = defaultdict(list)
        for op in self.ops:
            for entry in op.inputs:
                if entry.tensor >= 0 and op.number not in self.users[entry.tensor]:
                    self.users[entry.tensor].append(op.number)
        self.roots = {p.root for p in recording.passes if p.root >= 0}
        self.retained = set(recording.timeline.retained.keys.tolist())
        self.failure = failure_of(recording)
        self.cards = {t.number for t in self.tensors if show_unnamed or self._deserves_card(t)}
        self.targets = self._targets()
        self.G = nx.DiGraph()

    def _deserves_card(self, tensor: Tensor) -> bool:
        if tensor.name or tensor.number in self.roots or tensor.number in self.retained:
            return True
        wanted = self.failure is not None and tensor.number in self.failure.inputs
        return tensor.op < 0 and (tensor.requires_grad or wanted or tensor.number in self.users)

    def graph(self) -> nx.DiGraph:
        for op in self.ops:
            if not self._is_gate(op):
                self._add_pill(op)
        slots = self._slot_texts()
        for number in sorted(self.cards):
            self._add_card(self.tensors[number], slots.get(number, ""))
        links: dict[tuple[str, str], list[Link]] = defaultdict(list)
        for source, target, link in self._links():
            links[source, target].append(link)
        places = self.recording.column("inputs", "position")
        for (source, target), bundle in links.items():
            if source != target:
                ports = tuple(int(places[link.row]) if link.kind == "input" else 0 for link in bundle)
                seen = not (self.G.nodes[source]["muted"] or self.G.nodes[target]["muted"])
                crosses = seen and any(not link.cut for link in bundle)
                self.G.add_edge(source, target, links=tuple(bundle), ports=ports, weight=1.0 if crosses else 0.0)
        if self.failure is not None:
            self._add_failure(self.failure)
        self._set_aliases()
        self._set_keys()
        self.G.graph["regions"] = self._region_labels()
        return self.G

    # What flows where

    @staticmethod
    def _is_gate(op: Op) -> bool:
        return op.name in _GATES and len(op.outputs) == 1

    def _source(self, tensor: int) -> tuple[str, Cut] | None:
        """The node a tensor comes from, and why gradients stop on the way, past tensors and gates that are not drawn."""
        cut = Cut.NONE
        user = len(self.ops)
        while tensor not in self.cards:
            op = self.tensors[tensor].op
            if not 0 <= op < user:  # a file may claim that data runs in circles
                return None
            user = op
            if not self._is_gate(self.ops[op]):
                return f"o{op}", cut
            cut = cut or _GATES[self.ops[op].name]
            inputs = [entry.tensor for entry in self.ops[op].inputs if entry.tensor >= 0]
            if not inputs:
                return None
            tensor = inputs[0]
        return f"t{tensor}", cut

    def _links(self) -> Iterator[tuple[str, str, Link]]:
        for op in self.ops:
            if self._is_gate(op):
                yield from self._gate_links(op)
                continue
            for entry in op.inputs:
                if entry.tensor >= 0 and (source := self._source(entry.tensor)):
                    cut = source[1] or entry.cut
                    yield source[0], f"o{op.number}", Link("input", entry.row, entry.slot, entry.tensor, cut)
            for tensor in op.outputs:
                if tensor in self.cards and tensor != op.inplace:
                    # An op that autograd did not see is cut at its inputs; what leaves it is whole.
                    yield f"o{op.number}", f"t{tensor}", Link("output", -1, -1, tensor, Cut.NONE)

    def _gate_links(self, op: Op) -> Iterator[tuple[str, str, Link]]:
        (out,) = op.outputs
        for entry in op.inputs:
            if out in self.cards and entry.tensor >= 0 and (source := self._source(entry.tensor)):
                yield source[0], f"t{out}", Link("same", entry.row, -1, entry.tensor, _GATES[op.name])

    # What is drawn

    def _add_pill(self, op: Op) -> None:
        label = op.node or op.name
        sub = self._literals(op)
        self.G.add_node(
            f"o{op.number}",
            kind="op",
            number=op.number,
            label=label,
            sub=sub,
            size=pill_size(label, sub),
            order=op.event,
            group=self._group(op.region),
            born=op.event,
            muted=not op.node,
            tag=_TAGS[op.mode],
            leaf=False,
            value_rows=0,
            value_cols=0,
        )

    def _add_failure(self, failure: Failure) -> None:
        """What the script failed at, with the wires that led to it."""
        error = failure.error
        self.G.add_node(
            FAILED,
            kind=FAILED,
            number=-1,
            label=failure.name,
            sub=failure.message,
            size=failure_size(failure.name),
            order=error.event,
            group=self._group(int(self.recording.column("events", "region")[error.event])),
            born=error.event,
            muted=False,
            tag="",
            leaf=False,
            value_rows=0,
            value_cols=0,
        )
        wires: dict[str, list[tuple[int, Link]]] = defaultdict(list)
        for port, tensor in enumerate(failure.inputs):
            if source := self._source(tensor):
                wires[source[0]].append((port, Link("input", -1, -1, tensor, source[1])))
        for source_node, bundle in wires.items():
            ports, links = zip(*bundle, strict=True)
            weight = 0.0 if self.G.nodes[source_node]["muted"] else 1.0
            self.G.add_edge(source_node, FAILED, links=links, ports=ports, weight=weight)

    def _add_card(self, tensor: Tensor, slot: str) -> None:
        reborn = self.births[tensor.object] != tensor.number
        parts = [shape_text(tensor.shape), *([dtype_text(tensor.dtype)] if tensor.op < 0 else [])]
        sub = " · ".join([*parts, *([f"v{tensor.version}"] if reborn else [])])
        label = tensor.name or self._unnamed_label(tensor)
        rows = self._value_rows(tensor.number)
        made_in = self.ops[tensor.op].region if tensor.op >= 0 else int(self.recording.column("events", "region")[tensor.event])
        self.G.add_node(
            f"t{tensor.number}",
            kind="tensor",
            number=tensor.number,
            label=label,
            sub=sub,
            size=card_size(label, sub, rows, slot),
            order=tensor.event,
            group=self._group(made_in),
            born=tensor.event,
            muted=tensor.mode is not Mode.GRAD and not tensor.requires_grad,
            tag="" if tensor.requires_grad else _TAGS[tensor.mode],
            leaf=tensor.is_leaf and tensor.requires_grad,
            value_rows=len(rows) if rows else 0,
            value_cols=len(rows[0]) if rows else 0,
        )

    def _unnamed_label(self, tensor: Tensor) -> str:
        return f"{self.ops[tensor.op].name}()" if tensor.op >= 0 else f"{tensor.maker}()"

    def _literals(self, op: Op) -> str:
        literals = [entry for entry in op.inputs if entry.tensor < 0 and entry.literal]
        name = op.name.rstrip("_")
        if name in _SIGNS:
            texts = [f"{_SIGNS[name]} {entry.literal}" for entry in literals if entry.parameter in ("other", "exponent")]
        else:
            texts = [f"{e.parameter}={e.literal}" if e.parameter else e.literal for e in literals if e.literal != "None"]
        if op.inplace >= 0 and not op.node and self.tensors[op.inplace].name:
            texts.append(f"→ {self.tensors[op.inplace].name}")
        text = ", ".join(texts)
        return text if len(text) <= 24 else text[:23] + "…"

    def _value_rows(self, tensor: int) -> list[list[str]] | None:
        """The widest of the texts that the tensor's values have over time, or None where they are not written out."""
        widest: list[list[str]] | None = None
        history = self.recording.timeline.values
        for value in dict.fromkeys(history.contents[slice(*history.range_of(tensor))].tolist()):
            array = self.recording.array(value)
            rows = value_rows(array, MAX_VALUE_ROWS, MAX_VALUE_COLS) if array is not None else None
            if rows is None:
                return None
            if widest is None:
                widest = rows
            elif len(widest) == len(rows):
                pairs = zip(widest, rows, strict=True)
                widest = [[max(a, b, key=len) for a, b in zip(old, new, strict=True)] for old, new in pairs]
        return widest

    def _slot_texts(self) -> dict[int, str]:
        """By tensor, the longest text its gradient slot will show."""
        longest: dict[int, str] = {}
        events = self.recording.tables["events"]
        for number in ((events["kind"] == Kind.CONTRIBUTION) | (events["kind"] == Kind.ACCUMULATE)).nonzero()[0].tolist():
            tensor, after = int(events["tensor"][number]), int(events["after"][number])
            if tensor not in self.cards or after < 0:
                continue
            array = self.recording.array(after)
            if array is None or array.size > _SLOT_ELEMENTS:
                text = "norm 0.000e-00"
            else:
                before, value = int(events["before"][number]), int(events["value"][number])
                terms = tuple(self.recording.value(v) for v in (before, value) if v >= 0)
                total = self.recording.value(after)
                text = sum_text(total, terms) if len(terms) > 1 else short_value_text(total)
            if len(text) > len(longest.get(tensor, "")):
                longest[tensor] = text
        return longest

    # Regions

    def _group(self, region: int) -> tuple[int, ...]:
        path: list[int] = []
        while region >= 0:
            found = self.recording.regions[region]
            if found.kind in _FRAMED:
                path.append(region)
            region = found.parent
        return tuple(reversed(path))

    def _region_labels(self) -> dict[tuple[int, ...], tuple[str, int]]:
        groups = {group[:i] for _, group in self.G.nodes(data="group") for i in range(1, len(group) + 1)}
        regions = self.recording.regions
        return {group: (regions[group[-1]].kind, regions[group[-1]].line) for group in sorted(groups)}

    # Sources used far apart

    def _set_aliases(self) -> None:
        places = {node: i for i, node in enumerate(sorted(self.G, key=lambda node: self.G.nodes[node]["order"]))}
        ends = [run.end for run in self.recording.passes]

        def parts(node: str, users: list[str]) -> list[list[str]]:
            if self.G.nodes[node]["kind"] != "tensor" or len(users) < 2:
                return [users]
            if len(self.G) > _SMALL and ends:
                # A training loop is drawn step by step: each forward pass, each update of the parameters by itself.
                steps = groupby(users, key=step)
                return [part for _, group in steps for part in spread(node, list(group))]
            return spread(node, users)

        def step(user: str) -> tuple[int, tuple[int, ...]]:
            return bisect_left(ends, self.G.nodes[user]["born"]), self.G.nodes[user]["group"]

        def spread(node: str, users: list[str]) -> list[list[str]]:
            apart = places[users[-1]] - places[users[0]]
            if not self.G.in_degree(node) and (len(users) > ALIAS_USES or apart > _ALIAS_SPAN * len(users)):
                return [[user] for user in users]
            return [users]

        self.G = alias_shared_nodes(self.G, parts=parts)
        names = {node: f"{node.of}@{node.consumer}" for node in self.G if isinstance(node, Alias)}
        for node in names:
            source, user = self.G.nodes[node.of], self.G.nodes[node.consumer]
            own = {name: source[name] for name in ("number", "label", "muted", "tag", "leaf")}
            cells = {"kind": "alias", "sub": "", "value_rows": 0, "value_cols": 0}
            size = chip_size(source["label"])
            self.G.nodes[node].update(own | cells | {"size": size, "order": user["order"] - 0.5, "born": user["born"]})
        self.G = nx.relabel_nodes(self.G, names)

    # What stays itself over an edit

    def _targets(self) -> list[str]:
        """By op, the name that the statement it is part of assigns to: its own output's, or else its first user's."""
        targets = [""] * len(self.ops)
        for op in reversed(self.ops):
            for tensor in op.outputs:
                name = self.tensors[tensor].name
                later = [targets[user] for user in self.users[tensor] if user > op.number]
                targets[op.number] = targets[op.number] or name or (later[0] if later else "")
        return targets

    def _set_keys(self) -> None:
        seen: Counter[str] = Counter()
        aliases = []
        for node, data in self.G.nodes(data=True):
            if data["kind"] == "alias":
                aliases.append(node)
                continue
            if data["kind"] == "op":
                stem = f"o|{self.ops[data['number']].name}|{self.targets[data['number']]}"
            elif data["kind"] == FAILED and self.failure is not None:
                stem = f"o|{self.failure.name}|{self.failure.target}"  # it stands where it stood when it worked
            else:
                stem = f"t|{data['label']}"
            data["key"] = f"{stem}|{seen[stem]}"
            seen[stem] += 1
        for node in aliases:
            source, user = node.split("@")
            self.G.nodes[node]["key"] = f"{self.G.nodes[source]['key']}@{self.G.nodes[user]['key']}"
