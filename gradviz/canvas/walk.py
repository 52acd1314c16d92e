"""Where the keyboard goes from a node, and what time a node asks for."""

from __future__ import annotations

from typing import Literal

import numpy as np

from gradviz.canvas.scene import FAILED, OP, Scene

Direction = Literal["left", "right", "up", "down"]
_STEPS: dict[Direction, tuple[int, int]] = {"left": (0, -1), "right": (0, 1), "up": (1, -1), "down": (1, 1)}


def first_node(scene: Scene) -> int:
    """The first node of the program, -1 where there is none."""
    return _ordered(scene, 0)


def last_node(scene: Scene) -> int:
    """The last node of the program, -1 where there is none."""
    return _ordered(scene, -1)


def _ordered(scene: Scene, place: int) -> int:
    graph = scene.picture.graph
    rows = sorted(range(len(scene.nodes)), key=lambda row: graph.nodes[scene.nodes[row]]["order"])
    return rows[place] if rows else -1


def next_node(scene: Scene, row: int, direction: Direction) -> int:
    """The node that an arrow key leads to: along an edge in the direction of flow, else to the nearest beside.

    Args:
        scene: The picture.
        row: The node to go from.
        direction: Of the arrow.

    Returns:
        A row; the same one where there is nothing that way.
    """
    axis, sign = _STEPS[direction]
    flow = 0 if scene.picture.orientation == "LR" else 1
    if axis == flow:
        links = scene.leaving.get(row, []) if sign > 0 else scene.ports_of(row).tolist()
        ends = scene.ends[links, 1 if sign > 0 else 0] if len(links) else np.empty(0, np.int64)
        if not len(ends):
            return row
        beside = np.abs(scene.centres[ends, 1 - flow] - scene.centres[row, 1 - flow])
        along = np.abs(scene.centres[ends, flow] - scene.centres[row, flow])
        return int(ends[np.lexsort((beside, along))[0]])
    away = scene.centres - scene.centres[row]
    ahead = away[:, axis] * sign
    cost = np.where(ahead > 1, ahead + 2 * np.abs(away[:, 1 - axis]), np.inf)
    best = int(np.argmin(cost))
    return best if np.isfinite(cost[best]) else row


def next_event(scene: Scene, row: int, event: int) -> int:
    """The next event that a node has a part in after ``event``, the first of them where there is no later one."""
    recording, number = scene.picture.recording, int(scene.numbers[row])
    events = recording.tables["events"]
    if scene.kinds[row] == FAILED:
        return int(scene.born[row])
    if scene.kinds[row] == OP:
        found = np.flatnonzero((events["op"] == number) | (events["peer"] == number))
    else:
        found = recording.timeline.touching.events_of(number, len(recording))
    if not len(found):
        return int(scene.born[row])
    later = found[found > event]
    return int(later[0] if len(later) else found[0])
