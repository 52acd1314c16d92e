"""Motion: a step's gradient travelling along its edge, and nodes gliding to where a new layout has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation

from gradviz.canvas.looks import Looks, NodeLook
from gradviz.canvas.paint_picture import Travel
from gradviz.canvas.scene import Floats, Scene

STEP = 250  # ms at 1x
GLIDE = 200
_MOST_GLIDING = 500  # nodes; a larger picture is there at once
_SHORTEST = 80  # ms; a step that has less than this is not travelled
_ARRIVAL = 0.86  # of a step is travel, the rest shows what has arrived


class Motion(QObject):
    """One progress from 0 to 1 at a time; a new one cancels the one before."""

    def __init__(self, changed: Callable[[], None], parent: QObject) -> None:
        """Begins at rest.

        Args:
            changed: Called whenever something else is to be painted.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._changed = changed
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._animation.valueChanged.connect(lambda _: changed())
        self._animation.finished.connect(self._ended)
        self.speed = 1.0
        self.reduced = False
        self._step: Step | None = None
        self._glide: Glide | None = None

    @property
    def running(self) -> bool:
        """Whether anything moves."""
        return self._animation.state() is QVariantAnimation.State.Running

    @property
    def progress(self) -> float:
        return float(self._animation.currentValue()) if self.running else 1.0

    @property
    def step(self) -> Step | None:
        """The step that is being travelled."""
        return self._step if self.running else None

    @property
    def glide(self) -> Glide | None:
        """The change of layout that is under way."""
        return self._glide if self.running else None

    def start_step(self, step: Step) -> bool:
        """Travels a step; says whether there is time for it."""
        self.stop()
        duration = round(STEP / self.speed)
        if self.reduced or duration < _SHORTEST or not step.links:
            return False
        self._step = step
        self._run(duration)
        return True

    def start_glide(self, glide: Glide) -> bool:
        """Lets nodes glide; says whether they do."""
        self.stop()
        if self.reduced or not glide.moves:
            return False
        self._glide = glide
        self._run(GLIDE)
        return True

    def _run(self, duration: int) -> None:
        self._animation.setDuration(duration)
        self._animation.start()

    def stop(self) -> None:
        """Ends at once, at the final state."""
        if self.running:
            self._animation.stop()
            self._changed()
        self._step = self._glide = None

    def _ended(self) -> None:
        self._step = self._glide = None
        self._changed()


class Step:
    """A step over one event, in either direction.

    Attributes:
        links: Those that a gradient crosses at the event.
        looks: After the event; painted while it is under way.
    """

    def __init__(self, earlier: Looks, later: Looks) -> None:
        """A step between two neighbouring events.

        Args:
            earlier: The looks before the event.
            later: The looks after it.
        """
        self.looks = later
        self._backwards = False
        crossed = later.links_now & (later.link_values >= 0)
        self.links = tuple(np.flatnonzero(crossed).tolist())
        ends = later.scene.ends[list(self.links)].reshape(-1).tolist() if self.links else []
        self._held = tuple((row, _held(earlier.node(row), later.node(row))) for row in dict.fromkeys(ends))

    def reversed(self) -> Step:
        """The same step back."""
        self._backwards = not self._backwards
        return self

    def share(self, progress: float) -> float:
        """How far the gradient has come, from its consumer (0) to its producer (1)."""
        return min((1 - progress if self._backwards else progress) / _ARRIVAL, 1.0)

    def travel(self, progress: float) -> Travel | None:
        """Where the gradient is; None when it has arrived."""
        share = self.share(progress)
        return Travel(self.links, share) if share < 1 else None

    def held(self, progress: float) -> tuple[tuple[int, NodeLook], ...]:
        """What still looks as before, since the gradient has not arrived."""
        return self._held if self.share(progress) < 1 else ()


def _held(before: NodeLook, after: NodeLook) -> NodeLook:
    return replace(before, now=after.now, selected=after.selected, visited=after.visited, caption=after.caption)


class Glide:
    """Nodes on their way from an old layout to a new one; those that were not there before fade in."""

    def __init__(self, old: Scene, new: Scene) -> None:
        """From the places in one scene to those in another.

        Args:
            old: The scene that was seen.
            new: The scene to be seen.
        """
        graph = old.picture.graph
        before = {graph.nodes[node]["key"]: row for row, node in enumerate(old.nodes)}
        graph = new.picture.graph
        rows = np.array([before.get(graph.nodes[node]["key"], -1) for node in new.nodes], np.int64)
        self._known = rows >= 0
        self._away: Floats = np.zeros_like(new.centres)
        self._away[self._known] = old.centres[rows[self._known]] - new.centres[self._known]
        self._scene = new
        few = len(new.nodes) <= _MOST_GLIDING
        self.moves = few and bool(self._known.any() and ((np.abs(self._away) > 0.5).any() or not self._known.all()))

    def displacement(self, progress: float) -> Floats:
        """How far each node is from its new place."""
        return self._away * (1 - progress)

    def fading(self, progress: float) -> Floats | None:
        """How much of each node is there."""
        return None if self._known.all() else np.where(self._known, 1.0, progress)
