"""What an edit of a script comes to: ranges of its text replaced, or a reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gradviz.recording import Span


class EditRefused(Exception):  # noqa: N818 (it is an answer, not a fault)
    """A gesture cannot be said as an edit of the text, and nothing was changed.

    Attributes:
        reason: Why, in a sentence for the user.
        line: The line of the script to go to, 0 where there is none.
        dependents: For a deletion: what would be left without its input.
    """

    def __init__(self, reason: str, line: int = 0, dependents: Sequence[Place] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.dependents = tuple(dependents)


class Change(NamedTuple):
    """The characters from ``start`` up to ``end`` become ``text``; offsets count characters of the text before."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a gesture is about: a node, by the place that made it and the variable that holds it.

    Attributes:
        span: The expression that made it, as recordings have it (``events.line`` and so on); None where only the name is known.
        name: The variable, "" for none.
    """

    span: Span | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit as carried out: one undo step.

    Attributes:
        text: The script after it.
        changes: What became what, in order and apart from each other, in offsets of the script before.
        label: What the undo step is called: "Rename x to weights".
        selection: What to select: places in the script after it.
        note: What the user should know besides, "" for nothing.
    """

    text: str
    changes: tuple[Change, ...]
    label: str
    selection: tuple[Place, ...] = ()
    note: str = ""


class Edit(Protocol):
    """One thing a person can do to a script."""

    def apply(self, text: str) -> Edited:
        """Carries it out on a script.

        Raises:
            EditRefused: It cannot be said in the text, or what it is about is not there.
        """
        ...


def changed(text: str, changes: Iterable[Change]) -> str:
    """A text after changes that are in order and apart from each other."""
    parts: list[str] = []
    place = 0
    for change in changes:
        parts += (text[place : change.start], change.text)
        place = change.end
    return "".join((*parts, text[place:]))


def inverse(text: str, changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes that lead back, in offsets of the changed text.

    Args:
        text: The text before the changes.
        changes: In order and apart from each other.
    """
    found: list[Change] = []
    moved = 0
    for change in changes:
        start = change.start + moved
        found.append(Change(start, start + len(change.text), text[change.start : change.end]))
        moved += len(change.text) - (change.end - change.start)
    return tuple(found)


def moved_place(place: Place, then: str, now: str) -> Place:
    """Where a place of an earlier text is in a later one, told by the lines that both begin and end with.

    Args:
        place: A place of the earlier text.
        then: The earlier text.
        now: The later text.

    Returns:
        The place; one without a span or a name where its lines are others now.
    """
    if place.span is None or then == now:
        return place
    old, new = then.split("\n"), now.split("\n")
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - head) if old[-1 - i] != new[-1 - i]), most - head)
    span = place.span
    if span.end_line <= head:
        return place
    if span.line > len(old) - tail:
        by = len(new) - len(old)
        return Place(Span(span.line + by, span.col, span.end_line + by, span.end_col), place.name)
    return Place()


class Draft:
    """A text on its way through several edits, which become one.

    It is kept as pieces: slices of the text it began as, and strings between them.
    """

    def __init__(self, text: str) -> None:
        self._begun = text
        self._pieces: list[tuple[int, int] | str] = [(0, len(text))]
        self.text = text

    def apply(self, changes: Iterable[Change]) -> None:
        """Makes changes, in any order but apart from each other, in offsets of the text as it is now."""
        ordered = sorted(changes, key=lambda change: (change.start, change.end))
        new: list[tuple[int, int] | str] = []
        place = 0
        for change in ordered:
            if change.start < place:
                raise ValueError("changes overlap")
            new += self._slice(place, change.start)
            if change.text:
                new.append(change.text)
            place = change.end
        new += self._slice(place, len(self.text))
        self._pieces = new
        self.text = changed(self.text, ordered)

    def _slice(self, start: int, end: int) -> list[tuple[int, int] | str]:
        found: list[tuple[int, int] | str] = []
        at = 0
        for piece in self._pieces:
            length = len(piece) if isinstance(piece, str) else piece[1] - piece[0]
            low, high = max(start - at, 0), min(end - at, length)
            if low < high:
                found.append(piece[low:high] if isinstance(piece, str) else (piece[0] + low, piece[0] + high))
            at += length
        return found

    def moved(self, start: int, end: int) -> tuple[int, int]:
        """Where a range of the text it began as is now; of what was replaced, where that which replaced it is."""
        at = 0
        first, last = 0, len(self.text)
        for piece in self._pieces:
            length = len(piece) if isinstance(piece, str) else piece[1] - piece[0]
            if not isinstance(piece, str):
                if piece[0] <= start < piece[1]:
                    first = at + start - piece[0]
                elif piece[1] <= start:
                    first = at + length
                if piece[0] < end <= piece[1]:
                    last = at + end - piece[0]
                elif piece[0] >= end:
                    last = min(last, at)
            at += length
        return first, last

    def changes(self) -> tuple[Change, ...]:
        """All that was changed since the beginning."""
        found: list[Change] = []
        place, between = 0, ""
        for piece in (*self._pieces, (len(self._begun), len(self._begun))):
            if isinstance(piece, str):
                between += piece
            elif between or piece[0] > place:
                found += _trimmed(self._begun, Change(place, piece[0], between))
                place, between = piece[1], ""
            else:
                place = piece[1]
        return tuple(found)


def _trimmed(text: str, change: Change) -> list[Change]:
    """A change without what it leaves as it is at its ends; nothing if that is all of it."""
    old, new = text[change.start : change.end], change.text
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - head) if old[-1 - i] != new[-1 - i]), most - head)
    if head == len(old) == len(new):
        return []
    return [Change(change.start + head, change.end - tail, new[head : len(new) - tail])]
