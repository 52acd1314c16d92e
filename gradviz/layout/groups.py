"""Frames round the nodes of a group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from gradviz.layout.problem import GroupPath, SizeSource, Spacing, group_path, node_size

Box = tuple[float, float, float, float]


def group_boxes(
    G: nx.DiGraph,
    positions: Mapping[Any, tuple[float, float]],
    *,
    size: SizeSource = "size",
    group: str = "group",
    spacing: Spacing | None = None,
) -> dict[GroupPath, Box]:
    """The frame (x, y, width, height) in px of each group, (x, y) being its upper left corner.

    A frame holds its group's nodes and the frames of the groups within it, with padding on all sides and room for a title
    at the top.

    Args:
        G: the graph.
        positions: the centre of each node; nodes without one are left out.
        size: as in `layered_layout`.
        group: name of the node attribute that holds the group.
        spacing: the distances that the layout was made with.

    Returns:
        boxes by group path (a tuple, outermost group first), an outer group before those within it.
    """
    spacing = spacing or Spacing()
    bounds: dict[GroupPath, tuple[float, float, float, float]] = {}
    for node, data in G.nodes(data=True):
        path = group_path(data.get(group))
        if not path or node not in positions:
            continue
        (x, y), (w, h) = positions[node], node_size(G, node, size)
        _widen(bounds, path, (x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    pad, title = spacing.group_padding, spacing.group_title
    depth = max((len(path) for path in bounds), default=0)
    boxes: dict[GroupPath, Box] = {}
    for level in range(depth, 0, -1):
        for path in [path for path in bounds if len(path) == level]:
            left, top, right, bottom = bounds[path]
            frame = (left - pad, top - pad - title, right + pad, bottom + pad)
            boxes[path] = (frame[0], frame[1], frame[2] - frame[0], frame[3] - frame[1])
            if level > 1:
                _widen(bounds, path[:-1], frame)
    return dict(sorted(boxes.items(), key=lambda entry: len(entry[0])))


def _widen(bounds: dict[GroupPath, Box], path: GroupPath, box: Box) -> None:
    old = bounds.get(path, box)
    bounds[path] = (min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3]))
