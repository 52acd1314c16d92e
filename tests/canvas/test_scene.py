"""Culling and hit tests against looking at every node."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.canvas.scene import (
    OP,
    Scene,
    between,
    distance_to,
    lengths,
    make_scene,
    point_along,
    sampled,
)
from gradviz.graph import Picture, make_picture
from gradviz.recording import RecordingBuilder
from tests.panels.made import seed_recording

coordinates = st.integers(-500, 3000).map(lambda n: n + 0.3)  # never just on an edge
SCENE = make_scene(make_picture(seed_recording()))


def test_a_scene_does_not_outlive_its_use() -> None:
    picture = make_picture(seed_recording())
    scene = make_scene(picture)
    known = weakref.ref(picture)
    del picture, scene
    gc.collect()
    assert known() is None


def test_every_node_and_link_of_the_picture_is_in_the_arrays(picture: Picture) -> None:
    scene = make_scene(picture)
    assert list(scene.nodes) == list(picture.graph.nodes)
    assert len(scene.links) == sum(len(links) for _, _, links in picture.graph.edges(data="links"))
    for row, node in enumerate(scene.nodes):
        assert tuple(scene.centres[row]) == pytest.approx(picture.positions[node])
        assert tuple(scene.sizes[row]) == picture.graph.nodes[node]["size"]


def test_a_scene_is_made_once_and_on_any_thread(picture: Picture) -> None:
    found: list[Scene] = []
    other = threading.Thread(target=lambda: found.append(make_scene(picture)))
    other.start()
    other.join()
    assert found == [make_scene(picture)]


@given(coordinates, coordinates, st.integers(0, 2000), st.integers(0, 2000))
def test_visible_nodes_are_those_that_the_rectangle_touches(x: float, y: float, w: int, h: int) -> None:
    expected = []
    for row in range(len(SCENE.nodes)):
        (cx, cy), (nw, nh) = SCENE.centres[row], SCENE.sizes[row]
        if abs(cx - (x + w / 2)) <= (nw + w) / 2 and abs(cy - (y + h / 2)) <= (nh + h) / 2:
            expected.append(row)
    assert SCENE.visible_nodes(x, y, x + w, y + h).tolist() == expected


@given(coordinates, coordinates)
def test_the_node_at_a_point_is_the_one_whose_box_holds_it(x: float, y: float) -> None:
    boxes = SCENE.boxes
    inside = [r for r in range(len(boxes)) if boxes[r, 0] <= x <= boxes[r, 2] and boxes[r, 1] <= y <= boxes[r, 3]]
    assert SCENE.node_at(x, y) == (inside[0] if inside else -1)


def test_points_on_links_hit_them_or_the_nodes_they_end_at() -> None:
    for link in range(len(SCENE.links)):
        for share in (0.2, 0.5, 0.8):
            x, y = point_along(SCENE.line(link), share)
            hit = SCENE.hit(x, y, 4)
            assert hit is not None
            if hit.kind == "link":
                assert distance_to(SCENE.line(hit.row), x, y) <= distance_to(SCENE.line(link), x, y) + 1e-9


def test_ports_are_hit_before_their_pill_and_counted_in_the_order_of_arguments() -> None:
    twice = next(row for row in range(len(SCENE.nodes)) if SCENE.kinds[row] == OP and len(SCENE.ports_of(row)) == 2)
    ports = SCENE.ports_of(twice).tolist()
    assert [SCENE.links[link].slot for link in ports] == [0, 1]
    for index, link in enumerate(ports):
        x, y = SCENE.line(link)[-1]
        hit = SCENE.hit(x, y, 3)
        assert hit is not None
        assert (hit.kind, hit.row, hit.index) == ("port", twice, index)


def test_nothing_is_hit_far_from_everything() -> None:
    assert SCENE.hit(-5000, -5000, 6) is None


def test_a_cut_has_its_scissors_where_the_link_can_be_hit() -> None:
    cut = int(np.flatnonzero(SCENE.link_cuts)[0])
    x, y = point_along(SCENE.line(cut), 0.5)
    hit = SCENE.hit(x, y, 6)
    assert hit is not None
    assert (hit.kind, hit.row) == ("link", cut)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(-200, 200), st.floats(-200, 200)), min_size=len(SCENE.nodes), max_size=len(SCENE.nodes)))
def test_displaced_links_stay_with_their_nodes_and_displacing_back_undoes_it(by: list[tuple[float, float]]) -> None:
    away = np.array(by)
    moved = SCENE.displaced(away)
    for link, (source, target) in enumerate(SCENE.ends.tolist()):
        first, last = SCENE.starts[link], SCENE.starts[link + 1] - 1
        assert moved.points[first] - SCENE.points[first] == pytest.approx(away[source])
        assert moved.points[last] - SCENE.points[last] == pytest.approx(away[target])
    back = moved.displaced(-away)
    assert back.points == pytest.approx(SCENE.points, abs=1e-9)
    assert back.centres == pytest.approx(SCENE.centres, abs=1e-9)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=4, max_size=4))
def test_sampled_points_lie_on_the_curve(control: list[tuple[float, float]]) -> None:
    points = np.array(control)
    line = sampled(points)
    assert line[0] == pytest.approx(points[0])
    assert line[-1] == pytest.approx(points[-1])
    if len(line) == 13:
        t = 0.5
        middle = (
            (1 - t) ** 3 * points[0] + 3 * t * (1 - t) ** 2 * points[1] + 3 * t * t * (1 - t) * points[2] + t**3 * points[3]
        )
        assert line[6] == pytest.approx(middle, abs=1e-9)


def test_parts_of_a_line_measure_what_was_asked_for() -> None:
    line = np.array([(0.0, 0.0), (30.0, 0.0), (30.0, 40.0)])
    assert lengths(line)[-1] == 70
    assert point_along(line, 0.5) == (30.0, 5.0)
    part = between(line, 10, 50)
    assert lengths(part)[-1] == pytest.approx(40)
    assert part[0] == pytest.approx((10, 0))
    assert between(line, -5, 500) == pytest.approx(line)


def test_an_empty_picture_makes_an_empty_scene() -> None:
    scene = make_scene(make_picture(RecordingBuilder({}).build()))
    assert scene.nodes == ()
    assert len(scene.visible_nodes(-1, -1, 1, 1)) == 0
    assert scene.hit(0, 0, 6) is None
    assert scene.link_boxes.shape == (0, 4)
