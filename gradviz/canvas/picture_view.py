"""A picture at the cursor's event in a widget: which part is seen, how steps move, and what is painted."""

from __future__ import annotations

from typing import cast

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHideEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from gradviz.canvas import legend
from gradviz.canvas.behind import Behind
from gradviz.canvas.ink import Ink
from gradviz.canvas.looking import LookingView, key_of_row
from gradviz.canvas.looks import LinkLook, Looks, NodeLook
from gradviz.canvas.motion import Glide, Motion, Step
from gradviz.canvas.paint_node import ring
from gradviz.canvas.paint_picture import Frame, PicturePainter
from gradviz.canvas.scene import FAILED, OP, Scene, make_scene
from gradviz.canvas.tips import description
from gradviz.canvas.words import tr
from gradviz.graph import Picture
from gradviz.recording import State
from gradviz.view.cursor import Cursor, Selection
from gradviz.view.theme import Theme, load_theme

_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
_VEIL = 0.55  # how much of the ground lies over a picture of the script as it was


class PictureView(LookingView):
    """Shows a picture at the cursor's event; without hands of its own.

    Signals:
        picture_changed: Another picture is shown.
    """

    picture_changed = Signal()

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._ink = Ink(load_theme("dark"))
        self._note = ""
        self._is_stale = False
        self._behind: Behind | None = None
        self._painter: PicturePainter | None = None
        self._by_keyboard = False
        self._motion = Motion(self.update, self)
        self._displaced: dict[str, tuple[float, float]] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(tr("Graph"))
        cursor.moved.connect(self._moved)
        cursor.selection_changed.connect(self._selected)

    # What is shown

    @property
    def picture(self) -> Picture | None:
        """The picture that is shown."""
        return self._scene.picture if self._scene else None

    @property
    def ink(self) -> Ink:
        """The colours it is painted in."""
        return self._ink

    def rows_now(self) -> list[int]:
        """The rows of the nodes that the event is about."""
        return self._looks.now.nonzero()[0].tolist() if self._looks is not None else []

    @property
    def moving(self) -> bool:
        """Whether anything travels or glides."""
        return self._motion.running

    def set_picture(self, picture: Picture | None, keep_still: bool = True, behind: Picture | None = None) -> None:
        """Shows another picture.

        Args:
            picture: What to show, None for nothing. Its recording should be the cursor's.
            keep_still: Let what is selected stay where it is on the screen and the rest glide; else `go_home`.
            behind: The last good picture, of which what is missing in this one is shown dimmed.
        """
        old = self._scene
        self._motion.stop()
        self._displaced = {}
        self._scene = make_scene(picture) if picture is not None else None
        self._behind = Behind(behind, self._scene, self._ink) if behind is not None and self._scene is not None else None
        self._renew_painter()
        self._looks = self._made_looks(self._state())
        kept = self._current_key(old)
        self._current = self._row_of_key(kept)
        self._selected()
        if keep_still and old is not None and self._scene is not None and len(old.nodes):
            self._stay(old, self._scene)
            self._motion.start_glide(Glide(old, self._scene))
        else:
            self.go_home()
        self._describe()
        self.picture_changed.emit()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._ink = Ink(theme)
        if self._behind is not None:
            self._behind.repainted(self._ink)
        self._renew_painter()
        self.update()

    def _renew_painter(self) -> None:
        self._painter = PicturePainter(self._scene, self._ink) if self._scene else None
        if self._painter is not None:
            self._painter.behind = self._paint_behind

    def _paint_behind(self, painter: QPainter, frame: Frame) -> None:
        """What lies between the ground and the nodes."""
        if self._behind is not None:
            self._behind.paint(painter, frame)

    def dimmed_nodes(self) -> list[str]:
        """The labels of what stands dimmed behind the picture."""
        if self._behind is None:
            return []
        scene = self._behind.scene
        return [scene.picture.graph.nodes[scene.nodes[row]]["label"] for row in self._behind.nodes().tolist()]

    @property
    def is_stale(self) -> bool:
        """Whether the whole picture is dimmed, since it is of the script as it was."""
        return self._is_stale

    def set_speed(self, speed: float) -> None:
        """Sets how fast steps travel; at 1 a step takes a quarter of a second."""
        self._motion.speed = speed

    def set_reduced_motion(self, reduced: bool) -> None:
        """Sets whether states change without travel."""
        self._motion.reduced = reduced
        if reduced:
            self._motion.stop()

    def node_state(self, node: str) -> NodeLook:
        """What a node looks like, as it is painted. Raises KeyError for an unknown node."""
        if self._scene is None or self._looks is None:
            raise KeyError(node)
        row = self._scene.rows[node]
        step = self._motion.step
        held = dict(step.held(self._motion.progress)) if step else {}
        return held.get(row) or (step.looks if step else self._looks).node(row)

    def link_states(self, source: str, target: str) -> list[LinkLook]:
        """What the links from one node to another look like, in the order of arguments."""
        if self._scene is None or self._looks is None:
            raise KeyError((source, target))
        start, end = self._scene.rows[source], self._scene.rows[target]
        looks = self._motion.step.looks if self._motion.step else self._looks
        return [looks.link(int(link)) for link in self._scene.ports_of(end) if self._scene.ends[link, 0] == start]

    def node_point(self, node: str) -> QPoint:
        """Where the middle of a node is in the widget. Raises KeyError for an unknown node."""
        if self._scene is None:
            raise KeyError(node)
        return QPointF(*self._viewport.to_view(*self._scene.centres[self._scene.rows[node]].tolist())).toPoint()

    def header(self) -> str:
        """The line at the top."""
        if self._scene is None:
            return ""
        parts = (legend.header_text(self._scene), legend.no_pass_yet(self._scene), self._note)
        return " · ".join(part for part in parts if part)

    def set_note(self, note: str, *, is_stale: bool = False) -> None:
        """Says something of the whole picture in the line at the top, "" for nothing; dims one of an older script."""
        if (note, is_stale) != (self._note, self._is_stale):
            self._note, self._is_stale = note, is_stale
            self.update()

    def legend(self) -> list[str]:
        """What the legend explains."""
        return [entry.text for entry in legend.legend_entries(self._scene)] if self._scene else []

    def _come_to_rest(self) -> None:
        self._motion.stop()

    def displace(self, by: dict[str, tuple[float, float]]) -> None:
        """Shows some nodes away from their places, by px of the picture; {} puts all back."""
        self._displaced = by
        self.update()

    # The cursor

    def _state(self) -> State | None:
        if self._scene is None:
            return None
        recording = self._scene.picture.recording
        if self._cursor.recording is recording:
            return self._cursor.state
        return recording.state(min(self._cursor.event, len(recording) - 1))

    def _made_looks(self, state: State | None) -> Looks | None:
        if self._scene is None or state is None:
            return None
        is_ours = self._cursor.recording is state.recording
        return Looks(self._scene, state, self._cursor.selected if is_ours else (), self._looks)

    def _moved(self, event: int) -> None:
        before = self._looks
        if self._scene is None or before is None or self._cursor.recording is not self._scene.picture.recording:
            return
        self._motion.stop()
        self._looks = after = cast(Looks, self._made_looks(self._cursor.state))
        if abs(event - before.state.event) == 1 and self.isVisible() and self._viewport.level != "far":
            forwards = event > before.state.event
            self._motion.start_step(Step(before, after) if forwards else Step(after, before).reversed())
        framing = self._framing
        self._see(self._with_now(self._viewport))
        self._framing = framing
        self._describe()
        self.update()

    def _selected(self) -> None:
        selection = self._cursor.selection
        if self._scene is None or self._looks is None or self._cursor.recording is not self._scene.picture.recording:
            return
        self._looks = self._made_looks(self._looks.state)
        current = self._current
        if current < 0 or self._selection_of(current) != selection:
            self._current = self._row_of(selection)
        self._describe()
        self.update()

    def _selection_of(self, row: int) -> Selection | None:
        """What is selected with a node; None for what failed, which the recording does not have."""
        scene = cast(Scene, self._scene)
        if scene.kinds[row] == FAILED:
            return None
        return Selection("op" if scene.kinds[row] == OP else "tensor", int(scene.numbers[row]))

    def _row_of(self, selection: Selection | None) -> int:
        if selection is None or self._scene is None:
            return -1
        return self._scene.rows.get(f"{'t' if selection.kind == 'tensor' else 'o'}{selection.number}", -1)

    def _current_key(self, scene: Scene | None) -> object:
        return key_of_row(scene, self._current) if scene is not None and 0 <= self._current < len(scene.nodes) else None

    def _row_of_key(self, key: object) -> int:
        if key is None or self._scene is None:
            return -1
        return next((row for row in range(len(self._scene.nodes)) if key_of_row(self._scene, row) == key), -1)

    def _describe(self) -> None:
        """Says what is at hand to those who do not see it."""
        if self._scene is None or self._looks is None or not len(self._scene.nodes):
            self.setAccessibleDescription(" ".join(legend.empty_lines(self._cursor.last >= 0)))
            return
        rows = [self._current] if self._current >= 0 else self._looks.now.nonzero()[0].tolist()[:3]
        self.setAccessibleDescription(
            "; ".join([legend.header_text(self._scene), *(description(self._looks, r) for r in rows)])
        )

    # Qt's

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._ink.theme.canvas)
        scene, looks = self._scene, self._looks
        if scene is None or looks is None or not len(scene.nodes) or self._painter is None:
            has_run = self._cursor.last >= 0
            legend.paint_empty(painter, self._ink, self.width(), self.height(), has_recording=has_run)
        else:
            self._paint_scene(painter, scene, looks, self._painter)
        if self._by_keyboard and self.hasFocus() and self._current < 0:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ring(painter, self.rect().toRectF(), 6, self._ink.theme.dim, 1.5, -2)

    def _paint_scene(self, painter: QPainter, scene: Scene, looks: Looks, pictured: PicturePainter) -> None:
        step, glide, progress = self._motion.step, self._motion.glide, self._motion.progress
        frame = Frame(
            self._viewport,
            self.width(),
            self.height(),
            self.devicePixelRatioF(),
            travel=step.travel(progress) if step else None,
            held=step.held(progress) if step else (),
            fading=glide.fading(progress) if glide else None,
            ring=self._current if self.hasFocus() else -1,
            hurried=self._hurried,
        )
        if glide is not None:
            pictured = pictured.displaced(glide.displacement(progress))
        elif self._displaced:
            by = np.zeros_like(scene.centres)
            by[[scene.rows[node] for node in self._displaced]] = list(self._displaced.values())
            pictured = pictured.displaced(by)
        pictured.paint(painter, step.looks if step else looks, frame)
        self._hurried = self._hurried and pictured.unfinished
        if self._hurried:
            self.update()
        if self._is_stale:
            veil = QColor(self._ink.theme.canvas)
            veil.setAlphaF(_VEIL)
            painter.fillRect(self.rect(), veil)
        legend.paint_header(painter, self.header(), self._ink)
        legend.paint_legend(painter, scene, self._ink, self.width(), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._reframe()
        super().resizeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() in (*_KEYBOARD, Qt.FocusReason.MouseFocusReason):
            self._by_keyboard = event.reason() in _KEYBOARD
        super().focusInEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._motion.stop()
        super().hideEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(860, 720)
