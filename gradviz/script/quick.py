"""What is typed to add a node: an op by its words, then what it takes. "+ 2", "ones 2 2 grad", "sum dim=0"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gradviz.recording import Span
from gradviz.script.catalogue import Entry, search
from gradviz.script.changes import Edit, Place
from gradviz.script.edits.ops import AddOp
from gradviz.script.edits.tensors import AddTensor, Arange, Full, Ones, Randn, Source, Zeros
from gradviz.script.edits.wires import InsertOp

GRAD = "grad"
"""What is typed behind a new tensor that needs a gradient."""

_ON_WIRE = Place()  # stands for what a wire brings
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?j?", re.I)
_OPTION = re.compile(r"([A-Za-z_]\w*)=(.+)", re.S)
_BRACKETED = re.compile(r"[(\[].*[)\]]", re.S)
_TOKEN = re.compile(r"(?:[A-Za-z_]\w*=)?(?:\([^()]*\)|\[[^\[\]]*\]|[^\s,()\[\]]+)")
_SIGN_FIRST = re.compile(r"(\*\*|//|[-+*/@%])(?=[^\s*/])")


@dataclass(frozen=True)
class Typed:
    """What was typed.

    Attributes:
        words: What to look for in the catalogue.
        arguments: Numbers, brackets and variables behind it.
        options: Those given by name.
        needs_grad: Whether a new tensor shall need a gradient.
    """

    words: str
    arguments: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    needs_grad: bool = False


def read_typed(text: str, names: Collection[str] = ()) -> Typed:
    """Parts an op's words from what it takes.

    Args:
        text: What was typed.
        names: The script's variables.
    """
    text = _SIGN_FIRST.sub(r"\1 ", text.strip(), count=1) if _SIGN_FIRST.match(text.strip()) else text.strip()
    tokens = _TOKEN.findall(text)
    first = next((i for i, token in enumerate(tokens) if i and _is_argument(token, names)), len(tokens))
    rest = tokens[first:]
    if not all(_is_argument(token, names) for token in rest):
        return Typed(text)
    options = {found[1]: found[2] for token in rest if (found := _OPTION.fullmatch(token))}
    plain = [token for token in rest if not _OPTION.fullmatch(token)]
    needs_grad = GRAD in plain and GRAD not in names
    words = " ".join(tokens[:first])
    return Typed(words, tuple(token for token in plain if token != GRAD or not needs_grad), options, needs_grad)


def _is_argument(token: str, names: Collection[str]) -> bool:
    return bool(
        token in names or token == GRAD or _NUMBER.fullmatch(token) or _OPTION.fullmatch(token) or _BRACKETED.fullmatch(token)
    )


def answers(typed: Typed, limit: int = 50) -> tuple[Entry, ...]:
    """The ops that are meant, the likeliest first."""
    return search(typed.words, limit)


def edit_for(one: Entry, typed: Typed, inputs: Sequence[Place] = ()) -> Edit:
    """The edit that adds an op with what was typed, behind the nodes that are selected."""
    source = _source(one, typed)
    if source is not None:
        needs = typed.needs_grad or typed.options.get("requires_grad") == "True"
        return AddTensor(source, requires_grad=needs, dtype=typed.options.get("dtype", "").removeprefix("torch."))
    room = one.most_inputs
    given: list[Place | str] = list(inputs[:room])
    more = list(typed.arguments)
    while more and len(given) < room:
        given.append(more.pop(0))
    if not inputs and all(_NUMBER.fullmatch(text) or _BRACKETED.fullmatch(text) for text in map(str, given)):
        # Numbers alone are nothing to compute with.
        given = []
    options = dict(typed.options)
    free = [name for name in one.options if name not in options]
    if more and free:
        options[free[0]] = ", ".join(more)
    return AddOp(one.name, given, options)


def insertion_for(one: Entry, typed: Typed, wire: Span) -> Edit:
    """The edit that puts an op with what was typed on a wire, which ends at a place of the text."""
    given = edit_for(one, typed, [_ON_WIRE])
    assert isinstance(given, AddOp)
    return InsertOp(one.name, wire, tuple(given.inputs[1:]), dict(given.options))


def _source(one: Entry, typed: Typed) -> Source | None:
    """The values of a new tensor, where the op is one of those that make one of numbers alone."""
    numbers = [token.strip("()[] ") for token in typed.arguments]
    parts = [part for token in numbers for part in re.split(r"[\s,]+", token) if part]
    sizes = [int(part) for part in parts if part.isdigit()]
    if one.name in ("ones", "zeros", "randn") and len(sizes) < len(parts):
        # What it is that PyTorch refuses it says itself.
        return None
    match one.name:
        case "ones":
            return Ones(tuple(sizes))
        case "zeros":
            return Zeros(tuple(sizes))
        case "randn":
            return Randn(tuple(sizes))
        case "full" if numbers:
            return Full(tuple(sizes[:-1] if numbers[-1].isdigit() else sizes), numbers[-1])
        case "arange" if numbers:
            start, end = ("", numbers[0]) if len(numbers) == 1 else numbers[:2]
            return Arange(end, start, numbers[2] if len(numbers) > 2 else "")
    return None
