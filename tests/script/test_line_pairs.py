"""Two texts set side by side."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.script.line_pairs import common_ends, side_by_side

lines = st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=12)


@given(lines, lines)
@settings(max_examples=200, deadline=None, database=None)
def test_every_line_stands_there_once_and_in_order(left: list[str], right: list[str]) -> None:
    pairs = side_by_side(left, right)
    assert [pair.left for pair in pairs if pair.left is not None] == list(range(len(left)))
    assert [pair.right for pair in pairs if pair.right is not None] == list(range(len(right)))
    for pair in pairs:
        if pair.same:
            assert pair.left is not None
            assert pair.right is not None
            assert left[pair.left] == right[pair.right]
    if left == right:
        assert all(pair.same for pair in pairs)


def test_what_is_alike_stands_at_one_height() -> None:
    left, right = ["a", "b", "c", "d"], ["a", "x", "y", "c", "d", "e"]
    shown = [(p.left, p.right, p.same) for p in side_by_side(left, right)]
    assert shown == [
        (0, 0, True),
        (1, 1, False),
        (None, 2, False),
        (2, 3, True),
        (3, 4, True),
        (None, 5, False),
    ]


def test_long_texts_without_a_line_in_common_are_not_compared_line_by_line() -> None:
    left, right = [f"a{i}" for i in range(3000)], [f"b{i}" for i in range(3000)]
    pairs = side_by_side(["same", *left, "end"], ["same", *right, "end"])
    assert len(pairs) == 3002
    assert [pairs[0].same, pairs[1].same, pairs[-1].same] == [True, False, True]


@pytest.mark.parametrize(
    ("one", "other", "ends"),
    [("", "", (0, 0)), ("abc", "abc", (3, 0)), ("aa", "aaa", (2, 0)), ("x = 1", "x = 2", (4, 0)), ("abcd", "axd", (1, 1))],
)
def test_what_lines_begin_and_end_with_alike(one: str, other: str, ends: tuple[int, int]) -> None:
    assert common_ends(one, other) == ends
