"""Selected nodes put in line or at equal distances, and looked at from near."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gradviz.canvas.legend import HEADER_ROOM, legend_room
from gradviz.canvas.viewport import Viewport

if TYPE_CHECKING:
    from gradviz.app.window import Window
    from gradviz.layout.arrange import Floats, Line

_ROOM, _NEAREST = 48.0, 2.0  # view px about what is zoomed to, and how large it becomes at most


class Arranging(QObject):
    """One method for each action that puts selected nodes somewhere, or that brings them into view."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._canvas = window.canvas

    def _rows(self) -> list[int]:
        scene = self._canvas.scene
        return [scene.rows[node] for node in self._canvas.selected_nodes()] if scene is not None else []

    # Places

    def align(self, line: Line) -> None:
        """Puts the selected nodes in line."""
        from gradviz.layout.arrange import aligned

        rows, scene = self._rows(), self._canvas.scene
        if scene is not None and len(rows) > 1:
            self._place(rows, aligned(scene.centres[rows], scene.sizes[rows], line), self.tr("Align {0} nodes"))

    def align_left(self) -> None:
        self.align("left")

    def align_right(self) -> None:
        self.align("right")

    def align_top(self) -> None:
        self.align("top")

    def align_bottom(self) -> None:
        self.align("bottom")

    def align_column(self) -> None:
        self.align("column")

    def align_row(self) -> None:
        self.align("row")

    def distribute(self, axis: int) -> None:
        """Puts the selected nodes at equal distances: across (0) or down (1)."""
        from gradviz.layout.arrange import distributed

        rows, scene = self._rows(), self._canvas.scene
        if scene is not None and len(rows) > 2:
            self._place(rows, distributed(scene.centres[rows], scene.sizes[rows], axis), self.tr("Distribute {0} nodes"))

    def distribute_across(self) -> None:
        self.distribute(0)

    def distribute_down(self) -> None:
        self.distribute(1)

    def _place(self, rows: list[int], centres: Floats, label: str) -> None:
        scene = self._canvas.scene
        if scene is not None:
            places = {scene.nodes[row]: (x, y) for row, (x, y) in zip(rows, centres.tolist(), strict=True)}
            self._window.building.place_nodes(places, label.format(len(rows)))

    # Looking

    def zoom_selection(self) -> None:
        """Shows the selected nodes as large as the view lets them be."""
        canvas, rows = self._canvas, self._rows()
        self._window.show_picture()
        if canvas.scene is None or not rows:
            return
        boxes = canvas.scene.boxes[rows]
        (left, top), (right, bottom) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
        width, height, below = canvas.width() - 2 * _ROOM, canvas.height(), legend_room(canvas.scene, canvas.width()) + _ROOM
        bounds = (left, top, right - left, bottom - top)
        view = Viewport.fitted(bounds, width, height, top=HEADER_ROOM + _ROOM, bottom=below, most=_NEAREST)
        canvas.see(view.moved(_ROOM, 0))
