"""Where the keyboard goes, and what time a node asks for."""

from __future__ import annotations

import pytest

from gradviz.canvas.scene import Scene, make_scene
from gradviz.canvas.walk import first_node, last_node, next_event, next_node
from gradviz.graph import make_picture
from gradviz.recording import RecordingBuilder
from tests.canvas import programs
from tests.panels.made import seed_recording

SEED = seed_recording()
PICTURES = {way: make_scene(make_picture(SEED, orientation=way)) for way in ("LR", "TB")}


def row(scene: Scene, label: str) -> int:
    graph = scene.picture.graph
    return scene.rows[next(n for n, d in graph.nodes(data=True) if d["label"] == label and d["kind"] != "alias")]


@pytest.mark.parametrize(("way", "forth", "back"), [("LR", "right", "left"), ("TB", "down", "up")])
def test_arrows_along_the_flow_follow_edges(way: str, forth: str, back: str) -> None:
    scene = PICTURES[way]
    path = [row(scene, "y")]
    for _ in range(3):
        path.append(next_node(scene, path[-1], forth))
        assert scene.picture.graph.has_edge(scene.nodes[path[-2]], scene.nodes[path[-1]])
    assert next_node(scene, path[1], back) == path[0]
    end = row(scene, "out")
    assert next_node(scene, end, forth) == end


@pytest.mark.parametrize(("way", "sideways"), [("LR", ("up", "down")), ("TB", ("left", "right"))])
def test_arrows_across_the_flow_go_to_the_nearest_that_way(way: str, sideways: tuple[str, str]) -> None:
    scene = PICTURES[way]
    axis = 1 if way == "LR" else 0
    for start in range(len(scene.nodes)):
        for direction, sign in zip(sideways, (-1, 1), strict=True):
            found = next_node(scene, start, direction)
            assert found == start or (scene.centres[found, axis] - scene.centres[start, axis]) * sign > 0


def test_every_node_can_be_reached_by_arrows() -> None:
    scene = PICTURES["LR"]
    seen, todo = {first_node(scene)}, [first_node(scene)]
    while todo:
        here = todo.pop()
        for direction in ("left", "right", "up", "down"):
            there = next_node(scene, here, direction)
            if there not in seen:
                seen.add(there)
                todo.append(there)
    assert seen == set(range(len(scene.nodes)))


def test_home_and_end_are_the_program_s() -> None:
    scene = PICTURES["LR"]
    assert scene.picture.graph.nodes[scene.nodes[first_node(scene)]]["label"] == "x"
    assert scene.picture.graph.nodes[scene.nodes[last_node(scene)]]["label"] == "out2"
    empty = make_scene(make_picture(RecordingBuilder({}).build()))
    assert (first_node(empty), last_node(empty)) == (-1, -1)


def test_a_node_s_next_event_is_later_or_else_its_first() -> None:
    scene = PICTURES["LR"]
    y = row(scene, "y")
    event, times = -1, []
    for _ in range(5):
        event = next_event(scene, y, event)
        times.append(event)
    assert times == [1, 16, 17, 19, 1]  # made, two contributions, its function's visit, and round again
    pill = row(scene, "MulBackward0")
    assert next_event(scene, pill, -1) == SEED.ops[int(scene.numbers[pill])].event


def test_every_node_has_an_event() -> None:
    for recording in (SEED, programs.every_cut(), programs.retained_and_shared()):
        scene = make_scene(make_picture(recording))
        for node in range(len(scene.nodes)):
            assert 0 <= next_event(scene, node, len(recording)) < len(recording)
