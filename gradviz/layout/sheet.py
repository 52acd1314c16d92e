"""What stands where on a sheet that is being filled."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.layout.gaps import nearest_gap
from gradviz.layout.problem import GroupPath, Problem, Spacing

CELL = 256.0

Box = tuple[float, float, float, float]  # along from, along to, across from, across to


class Sheet:
    """Boxes of nodes, and of groups once closed, found by their place along the flow.

    Args:
        problem: where extents and groups are read from.
        spacing: distances that free places keep.
    """

    def __init__(self, problem: Problem, spacing: Spacing) -> None:
        self._problem, self._spacing = problem, spacing
        self._boxes: dict[int, Box] = {}
        self._cells: dict[int, dict[int, None]] = {}
        self._frames: dict[GroupPath, Box] = {}
        self._closed = False
        title = spacing.group_title if problem.orientation == "LR" else 0.0
        self._pad_before, self._pad_after = spacing.group_padding + title, spacing.group_padding

    def add(self, v: int, along: float, across: float) -> None:
        """Puts a node down."""
        box = self._boxes[v] = self._box(v, along, across)
        for cell in _cells(box[0], box[1]):
            self._cells.setdefault(cell, {})[v] = None
        if self._closed:
            self._frame(v, box)

    def remove(self, v: int) -> None:
        """Takes a node away again."""
        box = self._boxes.pop(v)
        for cell in _cells(box[0], box[1]):
            del self._cells[cell][v]

    def close_groups(self) -> None:
        """From here on the frames round the groups are kept free of other nodes."""
        self._closed = True
        for v, box in self._boxes.items():
            self._frame(v, box)

    def overlaps(self, v: int, along: float, across: float) -> list[int]:
        """The nodes that one put down there would cover or be covered by."""
        box = self._box(v, along, across)
        return [w for w, other in self._near(box[0], box[1]) if box[2] < other[3] and other[2] < box[3]]

    def strangers(self, groups: set[GroupPath]) -> list[int]:
        """The nodes that stand in the frame of one of these groups and do not belong to it."""
        found: dict[int, None] = {}
        for path in groups:
            frame = self._frames[path]
            for v, box in self._near(frame[0], frame[1]):
                if self._problem.groups[v][: len(path)] != path and box[2] < frame[3] and frame[2] < box[3]:
                    found[v] = None
        return sorted(found)

    def free_place(self, block: list[tuple[int, float]], wanted: float, bias: float, *, whole: bool) -> float:
        """The free level nearest to `wanted` at which all nodes of a block fit.

        Args:
            block: nodes with their places along the flow.
            wanted: the level to be near to.
            bias: how much farther a smaller coordinate counts than a larger one.
            whole: whether the room between the nodes has to be free too.
        """
        problem, gap = self._problem, self._spacing.node_gap
        margin = self._spacing.layer_gap / 4
        reaches = [(v, a - problem.along[v] / 2 - margin, a + problem.along[v] / 2 + margin) for v, a in block]
        if whole:
            start, stop = min(r[1] for r in reaches), max(r[2] for r in reaches)
            tallest = max((v for v, _ in block), key=lambda v: problem.across[v])
            reaches = [(tallest, start, stop)]
        taken: list[tuple[float, float]] = []
        for v, start, stop in reaches:
            half = problem.across[v] / 2
            path = problem.groups[v]
            before = after = gap
            new_frame = bool(path) and path not in self._frames
            if new_frame:
                start, stop = start - self._pad_after, stop + self._pad_after
                before, after = gap / 2 + self._pad_before, gap / 2 + self._pad_after
            for _, box in self._near(start, stop):
                taken.append((box[2] - half - after, box[3] + half + before))
            for frame_path, box in self._frames.items():
                if path[: len(frame_path)] != frame_path and box[0] < stop and start < box[1]:
                    taken.append((box[2] - half - after / 2, box[3] + half + before / 2))
        return nearest_gap(sorted(taken), wanted, 0.0, bias)

    def _box(self, v: int, along: float, across: float) -> Box:
        a, c = self._problem.along[v] / 2, self._problem.across[v] / 2
        return (along - a, along + a, across - c, across + c)

    def _padded(self, box: Box) -> Box:
        pad = self._spacing.group_padding
        return (box[0] - pad, box[1] + pad, box[2] - self._pad_before, box[3] + self._pad_after)

    def _frame(self, v: int, box: Box) -> None:
        path = self._problem.groups[v]
        for length in range(1, len(path) + 1):
            part = path[:length]
            self._frames[part] = _joined(self._frames.get(part, self._padded(box)), self._padded(box))

    def _near(self, start: float, stop: float) -> Iterator[tuple[int, Box]]:
        """Nodes whose extent along overlaps a range."""
        seen: dict[int, None] = {}
        for cell in _cells(start, stop):
            seen.update(self._cells.get(cell, {}))
        for v in seen:
            box = self._boxes[v]
            if box[0] < stop and start < box[1]:
                yield v, box


def _cells(start: float, stop: float) -> range:
    return range(int(start // CELL), int(stop // CELL) + 1)


def _joined(a: Box, b: Box) -> Box:
    return (min(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), max(a[3], b[3]))
