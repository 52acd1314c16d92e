"""The last good picture behind the one of a script that failed: what is not there any more, dimmed."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from gradviz.canvas.ink import Ink
from gradviz.canvas.looks import Looks
from gradviz.canvas.paint_picture import Frame, PicturePainter
from gradviz.canvas.scene import Ints, Scene, make_scene
from gradviz.graph import Picture


class Behind:
    """What a picture had and the one before it has not."""

    def __init__(self, good: Picture, scene: Scene, ink: Ink) -> None:
        """Finds what is missing.

        Args:
            good: The last picture of a script that ran to its end.
            scene: What is shown before it.
            ink: The colours.
        """
        self.scene = make_scene(good)
        self._before = scene
        state = good.recording.state(len(good.recording) - 1)
        self._looks = Looks(self.scene, state)
        self._painter = PicturePainter(self.scene, ink)
        graph, old = scene.picture.graph, good.graph
        there = {graph.nodes[node]["key"] for node in scene.nodes}
        self._missing = np.array([old.nodes[node]["key"] not in there for node in self.scene.nodes], bool)
        self._free: dict[int, bool] = {}
        ends = self.scene.ends
        self._links = np.flatnonzero(self._missing[ends].any(axis=1)) if len(ends) else np.empty(0, np.int64)

    def nodes(self, among: Ints | None = None) -> Ints:
        """The rows of ``scene`` that are dimmed; those in whose place something else stands now are left out.

        Args:
            among: Where to look, everywhere by default.
        """
        rows = np.flatnonzero(self._missing) if among is None else among[self._missing[among]]
        return np.array([row for row in rows.tolist() if self._is_free(row)], np.int64)

    def _is_free(self, row: int) -> bool:
        known = self._free.get(row)
        if known is None:
            known = self._free[row] = not len(self._before.visible_nodes(*self.scene.boxes[row].tolist()))
        return known

    def repainted(self, ink: Ink) -> None:
        """Takes over other colours."""
        self._painter = PicturePainter(self.scene, ink)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paints it under what is there."""
        seen = self.scene.visible_nodes(*frame.viewport.seen(frame.width, frame.height))
        # From afar nobody sees what stands in whose place, and there may be thousands.
        rows = seen[self._missing[seen]] if frame.viewport.level == "far" else self.nodes(seen)
        if len(rows) or len(self._links):
            self._painter.paint_dimmed(painter, self._looks, frame, rows, self._links)
