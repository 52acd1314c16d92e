"""Which part of a picture is seen: all of it, what is now, what was asked for."""

from __future__ import annotations

from typing import Literal, cast

from PySide6.QtCore import QPointF, QSize, Signal
from PySide6.QtWidgets import QWidget

from gradviz.canvas import legend
from gradviz.canvas.looks import Looks
from gradviz.canvas.scene import Scene
from gradviz.canvas.viewport import Viewport
from gradviz.graph.picture import Box

Framing = Literal["fit", "home", ""]
Outlook = tuple[Viewport, Framing, QSize]

_READABLE = 0.55  # below this scale numbers cannot be read with ease
_ROOM = 48.0  # view px about what is now


class LookingView(QWidget):
    """A view that moves about over a picture.

    Signals:
        viewport_changed: Another part of the picture is seen.
    """

    viewport_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Scene | None = None
        self._looks: Looks | None = None
        self._viewport = Viewport()
        self._framing: Framing = "home"
        self._current = -1
        self._hurried = False

    @property
    def scene(self) -> Scene | None:
        """The arrays of the picture that is shown."""
        return self._scene

    @property
    def viewport(self) -> Viewport:
        """Which part of the picture is seen."""
        return self._viewport

    def fit(self) -> None:
        """Shows all of the picture."""
        if self._scene is not None:
            self._see(self._fitted(self._scene))
        self._framing = "fit"

    def go_home(self) -> None:
        """Shows all of the picture if it can be read then, else what can be read of it, with what is now."""
        if self._scene is not None:
            view = self._fitted(self._scene)
            if view.scale < _READABLE:
                bottom = legend.legend_room(self._scene, self.width())
                rooms = {"top": legend.HEADER_ROOM, "bottom": bottom}
                view = Viewport.begun(self._scene.picture.bounds, _READABLE, self.width(), self.height(), **rooms)
                view = self._with_now(view)
            self._see(view)
        self._framing = "home"

    def bounds(self) -> Box:
        """The rectangle that holds everything."""
        return self._scene.picture.bounds if self._scene is not None else (0.0, 0.0, 0.0, 0.0)

    def _fitted(self, scene: Scene) -> Viewport:
        bottom = legend.legend_room(scene, self.width())
        size = (self.width(), self.height())
        return Viewport.fitted(self.bounds(), *size, top=legend.HEADER_ROOM, bottom=bottom)

    def _with_now(self, view: Viewport) -> Viewport:
        """A viewport moved as little as brings what is now into view."""
        if self._scene is None or self._looks is None:
            return view
        left, top, right, bottom = view.seen(self.width(), self.height())
        around = []
        for stage in self._looks.stages():
            boxes = self._scene.boxes[stage]
            around.append((*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()))
            x0, y0, x1, y1 = around[-1]
            if left <= x0 and top <= y0 and x1 <= right and y1 <= bottom:
                return view
        return view.showing(around[0], self.width(), self.height(), _ROOM) if around else view

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zooms by a factor about a point of the widget, its middle by default."""
        point = at or QPointF(self.width() / 2, self.height() / 2)
        self._hurried = True
        self._see(self._viewport.zoomed(factor, point.x(), point.y()))

    def pan(self, du: float, dv: float) -> None:
        """Moves the picture by some px."""
        self._see(self._viewport.moved(du, dv))

    def show_node(self, node: str) -> None:
        """Moves the picture as little as brings a node into view. Raises KeyError for an unknown node."""
        if self._scene is None:
            raise KeyError(node)
        box = tuple(self._scene.boxes[self._scene.rows[node]].tolist())
        self._see(self._viewport.showing(cast("tuple[float, float, float, float]", box), self.width(), self.height()))

    @property
    def outlook(self) -> Outlook:
        """Which part of the picture is seen, to `look` there again."""
        return self._viewport, self._framing, self.size()

    def look(self, outlook: Outlook) -> None:
        """Looks where one looked before; what was framed is framed anew where the size is another."""
        viewport, framing, size = outlook
        self._come_to_rest()
        self._see(viewport)
        self._framing = framing
        if size != self.size():
            self._reframe()

    def see(self, viewport: Viewport) -> None:
        """Shows another part of the picture."""
        self._see(viewport)

    def _see(self, viewport: Viewport) -> None:
        if viewport != self._viewport:
            self._viewport = viewport
            self._framing = ""
            self.viewport_changed.emit()
            self.update()

    def _reframe(self) -> None:
        """Frames anew what was framed for another size."""
        if self._framing == "fit":
            self.fit()
        elif self._framing == "home":
            self.go_home()

    def _stay(self, old: Scene, new: Scene) -> None:
        """Keeps what is selected where it is on the screen; frames all anew where something would be out of sight."""
        framing = self._framing
        if self._current >= 0:
            key = key_of_row(new, self._current)
            before = next((row for row in range(len(old.nodes)) if key_of_row(old, row) == key), -1)
            if before >= 0:
                self.pan(*((old.centres[before] - new.centres[self._current]) * self._viewport.scale).tolist())
        self._framing = framing
        x, y, w, h = new.picture.bounds
        left, top, right, bottom = self._viewport.seen(self.width(), self.height())
        is_outside = x < left or y < top or x + w > right or y + h > bottom
        is_gone = x > right or y > bottom or x + w < left or y + h < top
        if framing == "fit" and is_outside:
            self.fit()
        elif is_gone or (framing == "home" and is_outside and self._fitted(new).scale >= _READABLE):
            self.go_home()

    def _come_to_rest(self) -> None:
        """Whatever moves is where it will be."""


def key_of_row(scene: Scene, row: int) -> object:
    """What a node goes by over edits of the script."""
    return scene.picture.graph.nodes[scene.nodes[row]]["key"]
