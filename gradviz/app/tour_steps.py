"""The steps of the tour: what to do, where, and how it is seen that it was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP

from gradviz.recording import Kind, Recording, State

T = QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        title: What it is, in a few words.
        words: How it is done; ``{0}`` and the like stand for the shortcuts of ``actions``.
        done: Whether it was done, seen from where the cursor stands.
        place: Where to look: a widget's objectName, or "card:" and what is written on a node of the canvas.
        script: The script as it stands once the step is done, for whoever wants it done for them; "" where none is written.
        actions: The actions whose shortcuts the words name.
        event: "end" for a step that is done by going there from where the last pass begins.
    """

    title: str
    words: str
    done: Callable[[State], bool]
    place: str
    script: str = ""
    actions: tuple[str, ...] = ()
    event: Literal["", "end"] = ""


def leaf(recording: Recording) -> int:
    """The first leaf that a variable holds and that needs a gradient, -1 for none."""
    tensors = recording.tables["tensors"]
    for number, name in enumerate(recording.names):
        if name and int(tensors["op"][number]) < 0 and recording.tensor(number).requires_grad:
            return number
    return -1


def _ops(name: str, count: int = 1) -> Callable[[State], bool]:
    """Whether so many ops of a name were done, each on what leads back to a leaf."""
    return lambda state: sum(op.name == name and bool(op.node) for op in state.recording.ops) >= count


def _passes(count: int) -> Callable[[State], bool]:
    """Whether so many passes began where the first one did."""
    return lambda state: [one.root for one in state.recording.passes].count(_root(state.recording)) >= count


def _root(recording: Recording) -> int:
    return recording.passes[0].root if recording.passes else -1


def _seen(count: int) -> Callable[[State], bool]:
    """Whether the cursor has been taken to where so many gradients were added to the leaf."""

    def seen(state: State) -> bool:
        recording = state.recording
        number = leaf(recording)
        events = recording.tables["events"]
        added = np.flatnonzero((events["kind"] == Kind.ACCUMULATE) & (events["tensor"] == number))
        return number >= 0 and len(added) >= count and state.event >= int(added[count - 1])

    return seen


def _detached(state: State) -> bool:
    return bool((state.recording.column("events", "kind") == Kind.DETACH).any())


HEAD = "import torch\n\n"
_LINES = (
    "x = torch.ones(2, 2, requires_grad=True)\n",
    "y = x + 2\n",
    "z = y * y\n",
    "a = z * 3\n",
    "out = a.mean()\n",
)
BUILT = HEAD + "".join(_LINES)
_ONCE = f"{BUILT}out.backward()\n"
_TWICE = f"{BUILT}out.backward(retain_graph=True)\nout.backward()\n"
_CUT = _TWICE.replace("y = x + 2", "y = (x + 2).detach()")

STEPS: tuple[Step, ...] = (
    Step(
        T("tour", "A tensor that needs a gradient"),
        T(
            "tour",
            "Press Tab here on the canvas (or {0} anywhere), type “ones 2 2 grad”, Return. Look: the script has its line.",
        ),
        lambda state: leaf(state.recording) >= 0,
        "panel-canvas",
        HEAD + _LINES[0],
        ("action-quick-add",),
    ),
    Step(
        T("tour", "Add 2 to it"),
        T("tour", "x is selected, so the next node goes behind it: press Tab, type “+ 2”, Return."),
        _ops("add"),
        "card:x",
        HEAD + "".join(_LINES[:2]),
        ("action-quick-add",),
    ),
    Step(
        T("tour", "Multiply it by itself"),
        T("tour", "Press Tab, type “* y”, Return. Two edges lead from y to the product: gradients will come back along both."),
        _ops("mul"),
        "card:y",
        HEAD + "".join(_LINES[:3]),
        ("action-quick-add",),
    ),
    Step(
        T("tour", "Three times that"),
        T("tour", "Press Tab, type “* 3”, Return."),
        _ops("mul", 2),
        "card:z",
        HEAD + "".join(_LINES[:4]),
        ("action-quick-add",),
    ),
    Step(
        T("tour", "One number at the end"),
        T("tour", "Press Tab, type “mean”, Return. A backward pass begins at a single number."),
        _ops("mean"),
        "card:a",
        BUILT,
        ("action-quick-add",),
    ),
    Step(
        T("tour", "Go backward"),
        T("tour", "Press {0}: the script gets its out.backward(), and runs."),
        _passes(1),
        "card:out",
        _ONCE,
        ("action-backward",),
    ),
    Step(
        T("tour", "Watch the gradient arrive"),
        T("tour", "Press {0} to play, or {1} event by event, until 4.5 stands in x's grad slot: ¼ · 3 · 2 · (1 + 2) = 4.5."),
        _seen(1),
        "button-play",
        actions=("action-play", "action-step-forward"),
        event="end",
    ),
    Step(
        T("tour", "Backward once more"),
        T(
            "tour",
            "Click on the card out and press {0} again. The first pass now keeps the graph: see its line.",
        ),
        _passes(2),
        "card:out",
        _TWICE,
        ("action-backward",),
    ),
    Step(
        T("tour", "Gradients add up"),
        T("tour", "Play on with {0}, or go to the end with {1}: x's grad is 9 now, as 4.5 + 4.5 were added in its slot."),
        _seen(2),
        "card:x",
        actions=("action-play", "action-end"),
        event="end",
    ),
    Step(
        T("tour", "Cut the graph"),
        T("tour", "Click on the card y and press {0}. detach() cuts the edge behind y: look for the scissors."),
        _detached,
        "card:y",
        _CUT,
        ("action-detach",),
    ),
    Step(
        T("tour", "Nothing gets through"),
        T("tour", "No gradient can reach x any more, and backward() says so, in PyTorch's words. Take the cut back with {0}."),
        lambda state: not _detached(state) and not state.recording.errors and len(state.recording.passes) > 1,
        "panel-problems",
        _TWICE,
        ("action-undo",),
    ),
)


def script_before(step: int) -> str:
    """The script as it stands where a step begins."""
    return next((one.script for one in reversed(STEPS[:step]) if one.script), HEAD)
