"""The few words that stand on the canvas."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from gradviz.graph import Link
from gradviz.recording import Cut, Event, Input, Recording
from gradviz.recording.text import short_value_text

_NAME = re.compile(r"[A-Za-z_]\w*")
_SIMPLE = re.compile(r"[\w.\-−·+/() ]+\Z")
_LONGEST = 24


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("canvas", text)


def cut_reason(cut: Cut) -> str:
    """Why gradients do not cross, in a word or two; PyTorch's own where it has one."""
    return {
        Cut.NONE: "",
        Cut.DETACH: "detach",
        Cut.DATA: ".data",
        Cut.NO_GRAD: "no_grad",
        Cut.INFERENCE: "inference_mode",
        Cut.DTYPE: tr("not floating"),
        Cut.LEAF: tr("needs no grad"),
        Cut.CONSTANT: tr("constant"),
        Cut.NOT_DIFFERENTIABLE: tr("no derivative"),
    }[cut]


def cut_line(recording: Recording, link: Link) -> int:
    """The line of the script that a link is cut at: that of the detach, or of the op it leads to; 0 where unknown."""
    if link.cut in (Cut.DETACH, Cut.DATA):
        op = _gate(recording, link)
    else:
        op = int(recording.column("inputs", "op")[link.row]) if link.row >= 0 else -1
    if op < 0:
        return 0
    event = int(recording.column("ops", "event")[op])
    return int(recording.column("events", "line")[event]) if event >= 0 else 0


def _gate(recording: Recording, link: Link) -> int:
    """The detach or .data that a link passes: the op it leads to, or the one that made what flows into it."""
    if link.row < 0:
        return -1
    if link.kind == "same":
        return int(recording.column("inputs", "op")[link.row])
    return int(recording.column("tensors", "op")[link.tensor])


def product_text(recording: Recording, event: Event, visited: int) -> str:
    """What made a contribution, with this step's own numbers: "0.75 · y = 2.25"; "→ 2.25" where it does not fit.

    Args:
        recording: What the event belongs to.
        event: The contribution.
        visited: The gradient that its source was visited with, a row of ``values``; -1 if unknown.
    """
    result = short_value_text(recording.value(event.value)) if event.value >= 0 else ""
    arrow = f"→ {result}"
    if event.peer < 0 or visited < 0 or not result:
        return arrow
    inputs = recording.ops[event.peer].inputs
    entry = next((i for i in inputs if i.slot == event.slot), None)
    if entry is None or not entry.formula:
        return arrow
    left = _substituted(recording, entry.formula, inputs, short_value_text(recording.value(visited)))
    text = f"{left} = {result}"
    return text if left not in ("", result) and len(text) <= _LONGEST else arrow


def _substituted(recording: Recording, formula: str, inputs: tuple[Input, ...], grad: str) -> str:
    """A formula with names of the script in place of parameters, "" where it is not a plain one."""
    names = {"grad": grad}
    for entry in inputs:
        names[entry.parameter] = recording.names[entry.tensor] if entry.tensor >= 0 else entry.literal
    known = all(names.get(name) for name in _NAME.findall(formula))
    text = _NAME.sub(lambda found: names.get(found[0], found[0]), formula).replace("**", "^").replace("*", "·")
    return text if known and _SIMPLE.match(text) and "norm" not in text else ""
