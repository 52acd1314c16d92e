"""Which lines two texts have in common, and the two texts set side by side."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

_MOST_PAIRS = 1_000_000  # of lines to compare with each other


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of each of two texts, side by side.

    Attributes:
        left, right: Their numbers, from 0; None where there is no such line.
        same: Whether they are the same.
    """

    left: int | None
    right: int | None
    same: bool


def same_lines(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Runs of lines that both texts have: where in the old one, where in the new one, how many; from first to last.

    What both begin and end with is found in linear time. What is between is compared line by line, which may take the
    product of the two lengths; where that is too much, it counts as all new.
    """
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - head) if old[-1 - i] != new[-1 - i]), most - head)
    old_middle, new_middle = old[head : len(old) - tail], new[head : len(new) - tail]
    runs = [(0, 0, head)]
    if len(old_middle) * len(new_middle) <= _MOST_PAIRS:
        matcher = difflib.SequenceMatcher(None, old_middle, new_middle, autojunk=False)
        runs += [(head + old_at, head + new_at, count) for old_at, new_at, count in matcher.get_matching_blocks()]
    runs.append((len(old) - tail, len(new) - tail, tail))
    return [run for run in runs if run[2]]


def side_by_side(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """The lines of two texts in pairs: what they have in common stands at one height, what differs between that."""
    pairs: list[Pair] = []
    left_at = right_at = 0
    for left_to, right_to, count in [*same_lines(left, right), (len(left), len(right), 0)]:
        for one, other in zip_longest(range(left_at, left_to), range(right_at, right_to)):
            pairs.append(Pair(one, other, same=False))
        pairs += [Pair(left_to + i, right_to + i, same=True) for i in range(count)]
        left_at, right_at = left_to + count, right_to + count
    return pairs


def common_ends(one: str, other: str) -> tuple[int, int]:
    """How many characters two lines begin with alike, and how many of the rest they end with alike."""
    most = min(len(one), len(other))
    head = next((i for i in range(most) if one[i] != other[i]), most)
    tail = next((i for i in range(most - head) if one[-1 - i] != other[-1 - i]), most - head)
    return head, tail
