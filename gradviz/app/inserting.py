"""Ops put where they are dropped: on a wire, on a node, on empty ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from gradviz.canvas.scene import OP
from gradviz.recording import Span
from gradviz.script.changes import EditRefused, Place

if TYPE_CHECKING:
    from gradviz.app.window import Window
    from gradviz.script.catalogue import Entry
    from gradviz.script.quick import Typed


class Inserting(QObject):
    """Takes what is dropped on a window's canvas, and what is chosen for one of its wires."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._canvas = window.canvas
        self._editing = window.editing
        self._canvas.insert_asked.connect(self.ask)
        self._canvas.op_dropped.connect(self.drop)
        self._canvas.node_dropped.connect(self.insert_node)
        window.palette_panel.chosen.connect(self.add)

    def add(self, one: Entry, typed: Typed) -> None:
        """Adds an op of the palette behind what is selected."""
        self._window.building.add(one, typed, self._editing.selected_places())

    def ask(self, at: QPoint, wire: int) -> None:
        """Asks which op to put on a wire."""
        try:
            span = self._span(wire)
        except EditRefused as refused:
            self._editing.refuse(refused)
            return
        hint = self.tr("It will go on the wire from {0} to {1}.").format(*self._ends(wire))
        popup = self._window.building.popup(takes_tensor=True, hint=hint)
        popup.chosen.connect(lambda one, typed: self._insert(one, typed, span))
        popup.open_at(self._canvas.mapToGlobal(at))

    def drop(self, name: str, node: str, wire: int) -> None:
        """Puts an op of the palette where it was dropped: on a wire (-1 for none), behind a node, or alone."""
        from gradviz.script.catalogue import entry
        from gradviz.script.quick import Typed

        one = entry(name)
        if one is None:
            return
        if wire < 0:
            places = [self._editing.place(node)] if node else []
            self._window.building.add(one, Typed(name), places)
            return
        if not one.most_inputs:
            self._window.building.say(self.tr("{0} takes no tensor: it cannot stand on a wire.").format(one.name))
            return
        try:
            self._insert(one, Typed(name), self._span(wire))
        except EditRefused as refused:
            self._editing.refuse(refused)

    def _insert(self, one: Entry, typed: Typed, span: Span) -> None:
        from gradviz.script.quick import insertion_for

        self._canvas.setFocus()
        edit = insertion_for(one, typed, span)
        self._editing.try_then(edit, self._window.building.say, lambda: self._editing.carry_out(edit))

    def insert_node(self, node: str, wire: int) -> None:
        """Leads a wire through an op that is there: it takes what the wire brings, and gives what it makes in its stead."""
        from gradviz.script.edits.several import Several
        from gradviz.script.edits.wires import Connect
        from gradviz.script.nodes import arguments

        scene, say = self._canvas.scene, self._window.building.say
        if scene is None:
            return
        if scene.kinds[scene.rows[node]] != OP:
            say(self.tr("{0} takes nothing in: only an op can be dropped on a wire.").format(self._editing.place(node).name))
            return
        place, source = self._editing.place(node), self._editing.place(scene.nodes[int(scene.ends[wire, 0])])
        try:
            taken = next((one for one in arguments(self._window.document.text, place) if one.kind != "literal"), None)
            end = self._span(wire)
        except EditRefused as refused:
            self._editing.refuse(refused)
            return
        if taken is None:
            say(self.tr("Nothing that this op takes is written in the script. Change it there."))
            return
        edit = Several(
            [
                lambda work: Connect(work.place(source), work.span(taken.span)),
                lambda work: Connect(work.place(place), work.span(end)),
            ],
            self.tr("Insert a node on a wire"),
        )
        self._editing.try_then(edit, say, lambda: self._editing.carry_out(edit))

    def _ends(self, wire: int) -> tuple[str, str]:
        """What a wire's ends are called."""
        scene = self._canvas.scene
        assert scene is not None
        labels = [str(scene.picture.graph.nodes[scene.nodes[row]]["label"]) for row in scene.ends[wire].tolist()]
        return labels[0], labels[1]

    def _span(self, wire: int) -> Span:
        """Where the text says what flows along a wire: an argument, or the op that a card shows the result of.

        Raises:
            EditRefused: It does not say.
        """
        scene = self._canvas.scene
        assert scene is not None
        source, target = (scene.nodes[row] for row in scene.ends[wire].tolist())
        if scene.links[wire].kind == "output":
            span = self._editing.place(source).span
        elif scene.links[wire].kind == "same":
            place: Place = self._editing.place(target)
            line = place.span.line if place.span else 0
            raise EditRefused(self.tr("Gradients are cut here: an op goes before the cut, or behind it."), line)
        else:
            span = self._window.building.end_of(wire)
        if span is None:
            raise EditRefused(self.tr("The script does not say what flows here."))
        return span
