"""Every op a person can add: how it is called, what it means, how it is best written; and a search over them.

The window's process never imports the engine, so what the engine knows of its ops is kept in ``resources/catalogue.json``,
which `make catalogue` writes (see `make_catalogue`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, Literal

from gradviz.resource_files import resource
from gradviz.script.words import words

ParameterKind = Literal["tensor", "tensors", "number", "int", "ints", "bool", "text", "dtype", "other"]

SLOT: Final = re.compile(r"\{(?P<name>\*|\w+)(?P<optional>\?)?(?:=(?P<fill>[^{}]*))?\}")
"""A place in a template: `{0}` a tensor, `{1=2}` a tensor for which a number may stand, `{2?}` one that may be left out,
`{*}` all tensors, `{dim=-1}` an option."""


_COMMON: Final = words(
    """
    add sub mul div pow matmul sum mean max min exp log sqrt relu sigmoid tanh softmax view reshape transpose cat stack
    detach clone mse_loss cross_entropy where index ones zeros randn tensor
    """
)
"""What people ask for most: of ops that answer equally well, these come first."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an op.

    Attributes:
        name: Its name.
        kind: What it takes.
        default: Its default as written, None where it must be given.
        keyword_only: Whether it can only be given by name.
        many: Whether it takes any number of arguments (`*size`).
    """

    name: str
    kind: ParameterKind
    default: str | None = None
    keyword_only: bool = False
    many: bool = False


@dataclass(frozen=True)
class Entry:
    """One op.

    Attributes:
        name: Its name: "add", "mse_loss".
        path: Where PyTorch has it: "torch.add", "torch.nn.functional.mse_loss", "torch.Tensor.view".
        signature: How it is called, for reading.
        meaning: What it does, in a sentence.
        formula: What it computes, "" where no formula says it.
        category: The group it is shown in.
        parameters: In order; a method's receiver comes first.
        writing: The template of the expression a person would write, see `SLOT`.
        words: What else it is found by.
        others: Its other names in PyTorch: "absolute" of "abs".
        random: Whether it draws random numbers.
    """

    name: str
    path: str
    signature: str
    meaning: str
    formula: str
    category: str
    parameters: tuple[Parameter, ...]
    writing: str
    words: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    random: bool = False

    @cached_property
    def slots(self) -> tuple[re.Match[str], ...]:
        """The places in the template."""
        return tuple(SLOT.finditer(self.writing))

    @property
    def takes_many(self) -> bool:
        """Whether it takes any number of tensors."""
        return any(slot["name"] == "*" for slot in self.slots)

    @property
    def inputs(self) -> int:
        """How many tensors must be given, or numbers in their stead."""
        if self.takes_many:
            return 1
        return sum(slot["name"].isdigit() and not slot["optional"] for slot in self.slots)

    @property
    def most_inputs(self) -> int:
        """How many tensors may be given."""
        return 64 if self.takes_many else sum(slot["name"].isdigit() for slot in self.slots)

    @property
    def fills(self) -> dict[int, str]:
        """By input, the number that stands for it until it is connected."""
        return {int(slot["name"]): slot["fill"] for slot in self.slots if slot["name"].isdigit() and slot["fill"]}

    @property
    def options(self) -> dict[str, str]:
        """What else the template asks for, with the value it has until someone says otherwise."""
        return {slot["name"]: slot["fill"] or "" for slot in self.slots if not (slot["name"].isdigit() or slot["name"] == "*")}


@cache
def entries() -> tuple[Entry, ...]:
    """Every op, by category and in the order to show them."""
    rows: list[dict[str, Any]] = json.loads(resource("catalogue.json").read_text("utf-8"))["ops"]
    return tuple(
        Entry(
            **{
                **row,
                "parameters": tuple(Parameter(**parameter) for parameter in row["parameters"]),
                "words": tuple(row.get("words", ())),
                "others": tuple(row.get("others", ())),
            }
        )
        for row in rows
    )


@cache
def _by_name() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for one in entries():
        found.setdefault(one.path, one)
        found.setdefault(one.name, one)
    for one in entries():
        for other in one.others:
            found.setdefault(other, one)
    return found


def entry(name: str) -> Entry | None:
    """The op of a name ("add", "absolute") or path ("torch.nn.functional.relu")."""
    return _by_name().get(name)


def categories() -> tuple[str, ...]:
    """The groups of ops, in the order to show them."""
    return tuple(dict.fromkeys(one.category for one in entries()))


# Search


def search(text: str, limit: int = 50) -> tuple[Entry, ...]:
    """The ops that a few typed characters mean, the likeliest first; all of them for none.

    A name that is typed whole comes first, then names that begin so, other names and symbols ("+", "times"), beginnings of a
    word in a name ("loss"), words of the meaning, and last names that have the characters in this order ("sfm": softmax).
    """
    wanted = text.strip().lower().removeprefix("torch.").removeprefix("f.").removesuffix("(").lstrip(".")
    if not wanted:
        return entries()[:limit]
    scored = [(-score, one.name not in _COMMON, place) for place, one in enumerate(entries()) if (score := _score(one, wanted))]
    return tuple(entries()[place] for *_, place in sorted(scored)[:limit])


def _score(one: Entry, wanted: str) -> float:
    """How well an op answers what was typed: 0 for not at all."""
    terms = wanted.split()
    if len(terms) > 1:
        joined = _score_word(one, "_".join(terms))
        each = [_score_word(one, term) for term in terms]
        return max(joined, min(each) + sum(each) / 1000 if all(each) else 0)
    return _score_word(one, wanted)


def _score_word(one: Entry, wanted: str) -> float:
    name = one.name.lower()
    if name == wanted:
        return 100
    if wanted in one.words:
        # The first of an op's words is what it is known by: "+" is add before it is anything else.
        return 95 - one.words.index(wanted)
    if wanted in one.others:
        return 90
    if not any(c.isalnum() for c in wanted):
        return 0
    if name.startswith(wanted):
        return 80
    parts = re.split(r"[_.]", name)
    if any(part.startswith(wanted) for part in parts[1:]):
        return 70
    if any(word.startswith(wanted) for word in (*one.words, *one.others)):
        return 60
    if len(wanted) >= 2 and "".join(part[:1] for part in parts).startswith(wanted):
        return 55  # "bce": binary_cross_entropy
    if len(wanted) >= 3:
        meaning = re.findall(r"\w+", one.meaning.lower())
        if any(word.startswith(wanted) for word in meaning):
            return 40
        if wanted in name:
            return 35
        if one.category.lower().startswith(wanted):
            return 20
    spread = _spread(name, wanted)
    return 10 / spread if spread else 0


def _spread(name: str, wanted: str) -> float:
    """How far apart a name has the characters in this order, beginning with its first; 0 where it has them not."""
    if len(wanted) < 2 or not name.startswith(wanted[0]):
        return 0
    at = 0
    for character in wanted[1:]:
        at = name.find(character, at + 1)
        if at < 0:
            return 0
    return (at + 1) / len(wanted)
