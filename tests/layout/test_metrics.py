"""The measures themselves, against slow and plain ones."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradviz.layout import count_crossings, count_straight_crossings, displacement, overlapping_nodes
from gradviz.layout.gaps import nearest_gap
from gradviz.layout.ordering import count_inversions


@given(st.lists(st.integers(-5, 5), max_size=40))
def test_inversions(values: list[int]) -> None:
    slow = sum(values[i] > values[j] for i in range(len(values)) for j in range(i + 1, len(values)))
    assert count_inversions(np.array(values, dtype=np.int64)) == slow


def test_a_cross_is_one_crossing_and_a_fork_none() -> None:
    graph = nx.DiGraph([("a", "d"), ("b", "c")])
    positions = {"a": (0, 0), "b": (0, 10), "c": (10, 0), "d": (10, 10)}
    assert count_straight_crossings(graph, positions) == 1
    assert count_straight_crossings(nx.DiGraph([("a", "c"), ("a", "d")]), positions) == 0


def test_a_stretch_shared_by_edges_of_one_source_counts_once() -> None:
    def line(*points: tuple[float, float]) -> np.ndarray:
        joins = np.array(points, dtype=float)
        return np.stack([joins[:-1], joins[:-1], joins[1:]], axis=1).reshape(-1, 2)[None]

    def chain(*points: tuple[float, float]) -> np.ndarray:
        return np.concatenate((line(*points), np.array([[points[-1]]], dtype=float)), axis=1)

    routes = {
        ("w", "a"): chain((0, 0), (10, 0)),
        ("w", "b"): chain((0, 0), (20, 0)),
        ("x", "y"): chain((5, -5), (6, 5)),
    }
    assert count_crossings(routes) == 1


def test_displacement_is_of_nodes_in_both() -> None:
    before = {"a": (0.0, 0.0), "b": (1.0, 1.0), "gone": (5.0, 5.0)}
    after = {"a": (3.0, 4.0), "b": (1.0, 1.0), "new": (0.0, 0.0)}
    assert displacement(before, after) == {"a": 5.0}


def test_overlapping_nodes_are_found_and_touching_ones_not() -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from("abc", size=(10.0, 10.0))
    assert overlapping_nodes(graph, {"a": (0, 0), "b": (10, 0), "c": (19, 9)}) == [("b", "c")]


boxes = st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 20)).map(lambda p: (p[0], p[0] + p[1])), max_size=8)


@given(boxes, st.integers(-60, 60), st.integers(0, 10))
def test_the_nearest_gap_is_free_and_none_is_nearer(taken: list[tuple[int, int]], wanted: int, half: int) -> None:
    taken = sorted(box for box in taken if box[0] < box[1])

    def free(place: float) -> bool:
        return all(place + half <= low or place - half >= high for low, high in taken)

    found = nearest_gap(taken, wanted, half)
    assert free(found)
    distance = abs(found - wanted)
    for step in range(int(distance)):
        assert not (step < distance and (free(wanted + step) or free(wanted - step)))
