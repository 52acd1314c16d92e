"""Which lines two texts have in common, and the two texts set side by side."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

_MOST_PAIRS = 1_000_000  # of lines to compare with each other
_MOST_ALIKE = 400  # of those to compare letter by letter


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


def paired_lines(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The lines that both texts have or that became each other: where in the old one, where in the new one."""
    pairs: list[tuple[int, int]] = []
    old_at = new_at = 0
    for old_to, new_to, count in [*same_lines(old, new), (len(old), len(new), 0)]:
        changed = _changed_lines(old[old_at:old_to], new[new_at:new_to])
        pairs += [(old_at + i, new_at + j) for i, j in changed]
        pairs += [(old_to + i, new_to + i) for i in range(count)]
        old_at, new_at = old_to + count, new_to + count
    return pairs


def _changed_lines(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Which lines became which, in order: one by one where they are as many, else those that are most alike."""
    if len(old) == len(new):
        return [(i, i) for i in range(len(old))]
    if len(old) * len(new) > _MOST_ALIKE:
        return []
    alike = [[difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() for b in new] for a in old]
    # best[i][j]: how alike the first i and the first j lines are, paired in order as well as can be.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, row in enumerate(alike):
        for j, share in enumerate(row):
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], best[i][j] + share)
    pairs: list[tuple[int, int]] = []
    i, j = len(old), len(new)
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]


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
