"""A graph with everything in its place: what the canvas draws, and what the worker sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt

from gradviz.graph.build import Link, build_graph
from gradviz.layout import compute_layout, edge_routes, group_boxes
from gradviz.recording import Cut, Recording, read_bytes

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Group = tuple[int, ...]
Orientation = Literal["LR", "TB"]

_MARGIN = 24.0
_LAYER_GAP = 36.0


@dataclass(frozen=True, eq=False)
class Picture:
    """A laid-out graph, all lengths in px.

    Attributes:
        recording: What it shows.
        graph: Its graph, as `build_graph` describes it.
        positions: The centre of each node.
        routes: By edge an array of shape (links, 3 k + 1, 2): for each of its links the control points of k joined cubic
            Bézier curves, from producer to consumer.
        boxes: By group the frame (x, y, width, height) round it.
        orientation: "LR" (left to right) or "TB" (top to bottom).
    """

    recording: Recording
    graph: nx.DiGraph
    positions: dict[str, Point]
    routes: dict[tuple[str, str], npt.NDArray[np.float64]]
    boxes: dict[Group, Box]
    orientation: Orientation = "LR"

    @property
    def bounds(self) -> Box:
        """The rectangle (x, y, width, height) that holds everything, with a margin; (0, 0, 0, 0) for nothing."""
        if not self.positions:
            return (0.0, 0.0, 0.0, 0.0)
        centres = np.array([self.positions[node] for node in self.graph])
        halves = np.array([self.graph.nodes[node]["size"] for node in self.graph]) / 2
        lows, highs = [(centres - halves).min(axis=0)], [(centres + halves).max(axis=0)]
        for x, y, width, height in self.boxes.values():
            lows.append(np.array((x, y)))
            highs.append(np.array((x + width, y + height)))
        for route in self.routes.values():
            lows.append(route.reshape(-1, 2).min(axis=0))
            highs.append(route.reshape(-1, 2).max(axis=0))
        low, high = np.min(lows, axis=0) - _MARGIN, np.max(highs, axis=0) + _MARGIN
        return (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))

    @property
    def places(self) -> dict[str, Point]:
        """The centre of each node by its key, which outlives an edit of the script."""
        return {self.graph.nodes[node]["key"]: place for node, place in self.positions.items()}


def make_picture(
    recording: Recording,
    *,
    orientation: Orientation = "LR",
    previous: Mapping[str, Point] | None = None,
    show_unnamed: bool = False,
) -> Picture:
    """Builds the graph of a recording and lays it out.

    Args:
        recording: What a script did.
        orientation: Which way edges run.
        previous: `Picture.places` of the picture before an edit: what is still there stays where it can.
        show_unnamed: As in `build_graph`.
    """
    graph = build_graph(recording, show_unnamed=show_unnamed)
    known = previous or {}
    before = {node: known[key] for node, key in graph.nodes(data="key") if key in known}
    # Nodes are strings here; the layout takes any hashable.
    layout: Any = compute_layout(graph, orientation=orientation, previous=before or None, layer_gap=_LAYER_GAP)
    positions, routes = layout.positions, layout.routes
    placed = _placed(graph, recording.script)
    if placed:
        positions = positions | placed
        routes = edge_routes(graph, positions, orientation=orientation, previous=layout, layer_gap=_LAYER_GAP)
    boxes: Any = group_boxes(graph, positions)
    return Picture(recording, graph, positions, routes, boxes, orientation)


def _placed(graph: nx.DiGraph, script: str) -> dict[str, Point]:
    """The nodes that a person put somewhere, by what the script's layout block says."""
    if "[gradviz-layout]" not in script:
        return {}
    from gradviz.script.placement import key_of, read_placement

    kept = read_placement(script).positions
    return {node: kept[name] for node, key in graph.nodes(data="key") if (name := key_of(key)) in kept}


def picture_of(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
    """The picture of a recording's bytes as JSON-able data, for a worker to compute.

    Args:
        data: A recording, whole or cut off.
        options: ``orientation``, ``previous`` (key to [x, y]) and ``show_unnamed``, each optional.
    """
    previous = {key: (float(x), float(y)) for key, (x, y) in (options.get("previous") or {}).items()}
    picture = make_picture(
        read_bytes(data, partial=True, sealed=False),
        orientation=options.get("orientation", "LR"),
        previous=previous,
        show_unnamed=bool(options.get("show_unnamed", False)),
    )
    graph = picture.graph
    return {
        "orientation": picture.orientation,
        "nodes": [[node, *picture.positions[node], data] for node, data in graph.nodes(data=True)],
        "edges": [
            [
                source,
                target,
                [list(asdict(link).values()) for link in data["links"]],
                data["ports"],
                data["weight"],
                np.round(picture.routes[source, target], 1).tolist(),
            ]
            for source, target, data in graph.edges(data=True)
        ],
        "boxes": [[list(group), list(box)] for group, box in picture.boxes.items()],
        "regions": [[list(group), *label] for group, label in graph.graph["regions"].items()],
    }


def picture_from(data: Mapping[str, Any], recording: Recording) -> Picture:
    """The picture that `picture_of` described, of the same recording."""
    graph = nx.DiGraph()
    positions: dict[str, Point] = {}
    routes: dict[tuple[str, str], npt.NDArray[np.float64]] = {}
    for node, x, y, cells in data["nodes"]:
        graph.add_node(node, **{**cells, "size": tuple(cells["size"]), "group": tuple(cells["group"])})
        positions[node] = (x, y)
    for source, target, links, ports, weight, route in data["edges"]:
        bundle = tuple(Link(kind, row, slot, tensor, Cut(cut)) for kind, row, slot, tensor, cut in links)
        graph.add_edge(source, target, links=bundle, ports=tuple(ports), weight=weight)
        routes[source, target] = np.array(route, float)
    graph.graph["regions"] = {tuple(group): (kind, line) for group, kind, line in data["regions"]}
    boxes: dict[Group, Box] = {tuple(group): tuple(box) for group, box in data["boxes"]}
    return Picture(recording, graph, positions, routes, boxes, data["orientation"])
