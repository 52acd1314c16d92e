"""The last good picture behind the one of a script that failed: what is not there any more, dimmed."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from gradviz.canvas.ink import Ink
from gradviz.canvas.looks import Looks
from gradviz.canvas.paint_picture import Frame, PicturePainter
from gradviz.canvas.scene import Scene, make_scene
from gradviz.graph import Picture


class Behind:
    """What a picture had and the one before it has not.

    Attributes:
        nodes: The rows of ``scene`` that are dimmed; those in whose place something else stands now are left out.
    """

    def __init__(self, good: Picture, scene: Scene, ink: Ink) -> None:
        """Finds what is missing.

        Args:
            good: The last picture of a script that ran to its end.
            scene: What is shown before it.
            ink: The colours.
        """
        self.scene = make_scene(good)
        self._ink = ink
        state = good.recording.state(len(good.recording) - 1)
        self._looks = Looks(self.scene, state)
        self._painter = PicturePainter(self.scene, ink)
        graph, old = scene.picture.graph, good.graph
        there = {graph.nodes[node]["key"] for node in scene.nodes}
        missing = np.array([old.nodes[node]["key"] not in there for node in self.scene.nodes], bool)
        self.nodes = np.array([row for row in np.flatnonzero(missing).tolist() if not self._is_taken(row, scene)], np.int64)
        is_dimmed = np.zeros(len(self.scene.nodes), bool)
        is_dimmed[self.nodes] = True
        ends = self.scene.ends
        self._links = np.flatnonzero(is_dimmed[ends[:, 0]] | is_dimmed[ends[:, 1]]) if len(ends) else np.empty(0, np.int64)

    def _is_taken(self, row: int, scene: Scene) -> bool:
        return bool(len(scene.visible_nodes(*self.scene.boxes[row].tolist())))

    def repainted(self, ink: Ink) -> None:
        """Takes over other colours."""
        self._ink, self._painter = ink, PicturePainter(self.scene, ink)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paints it under what is there."""
        if len(self.nodes):
            self._painter.paint_dimmed(painter, self._looks, frame, self.nodes, self._links)
