"""Building by hand: what gestures and actions ask for becomes edits of the script."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from gradviz.canvas.scene import FAILED, OP, Hit, Scene
from gradviz.recording import Span
from gradviz.script.changes import Edit, EditRefused, Place

if TYPE_CHECKING:
    from gradviz.app.window import Window
    from gradviz.panels.quick_add import QuickAdd
    from gradviz.script.catalogue import Entry
    from gradviz.script.nodes import Argument
    from gradviz.script.quick import Typed

_LONGEST = 28  # characters of an argument


class Building(QObject):
    """One method for each thing a person does to the graph."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._canvas = window.canvas
        self._editing = window.editing
        self._choices: tuple[Argument, ...] = ()
        canvas = self._canvas
        canvas.add_asked.connect(self.quick_add)
        canvas.nodes_moved.connect(self.place_nodes)
        canvas.wired.connect(self.connect_wire)
        canvas.wire_over.connect(self.hold_wire)
        canvas.links_cut.connect(self.cut_wires)
        canvas.menu_asked.connect(self.show_menu)
        canvas.node_activated.connect(self._show_failure)

    def say(self, text: str) -> None:
        """Says something about an edit."""
        self._window.notices.say("edit", text)

    # Adding

    def quick_add(self, at: QPoint | None = None, source: str = "") -> None:
        """Asks which node to add, behind a node or behind what is selected."""
        canvas = self._canvas
        self._window.show_picture()
        inputs = [self._editing.place(source)] if source else self._editing.selected_places()
        told = [place.name or self.tr("what line {0} makes").format(place.span.line if place.span else 0) for place in inputs]
        hint = self.tr("It will take {0}.").format(", ".join(told)) if told else ""
        popup = self.popup(takes_tensor=bool(source), hint=hint)
        popup.chosen.connect(lambda one, typed: self.add(one, typed, inputs))
        middle = QPoint(canvas.width() // 2 - 230, canvas.height() // 4)
        popup.open_at(canvas.mapToGlobal(at or middle))

    def popup(self, *, takes_tensor: bool, hint: str) -> QuickAdd:
        """Quick-add, with all ops or with those that take a tensor."""
        from gradviz.panels.quick_add import QuickAdd

        window = self._window
        return QuickAdd(
            window.theme,
            window,
            names=self._names(),
            fits=(lambda one: one.most_inputs > 0) if takes_tensor else (lambda _: True),
            hint=hint,
        )

    def _names(self) -> set[str]:
        """The variables: those of the last run, and those of the text, whose run may not have come back yet."""
        from gradviz.script.flow import Flow
        from gradviz.script.program import Program

        found = set(self._window.cursor.recording.names) - {""}
        with contextlib.suppress(EditRefused):
            found |= {one.name for one in Flow.of(Program.of(self._window.document.text)).definitions}
        return found

    def add(self, one: Entry, typed: Typed, inputs: list[Place]) -> None:
        """Adds the op that was chosen."""
        from gradviz.script.quick import edit_for

        self._canvas.setFocus()
        self._editing.carry_out(edit_for(one, typed, inputs))

    # Places

    def place_nodes(self, places: dict[str, tuple[float, float]], label: str = "") -> None:
        """Keeps where nodes were put, with the script; ``label`` is what the undo step is called."""
        from gradviz.script.placement import SetPlacement, key_of

        picture = self._canvas.picture
        if picture is not None:
            keys = {key_of(picture.graph.nodes[node]["key"]): place for node, place in places.items()}
            rounded = {key: (round(x), round(y)) for key, (x, y) in keys.items()}
            self._editing.carry_out(SetPlacement(rounded, label=label))

    # Wires

    def hold_wire(self, source: int, taken: int, target: Hit) -> None:
        """Says beside the hand why a wire cannot end where it is held."""
        edit = self._connection(source, target, self._canvas.refuse_wire)
        if edit is not None:
            self._editing.try_then(edit, self._canvas.refuse_wire, lambda: self._canvas.refuse_wire(""))
        elif self._choices:
            self._canvas.offer_arguments(target.row, tuple(_written(one) for one in self._choices))

    def connect_wire(self, source: int, taken: int, target: Hit) -> None:
        """Leads a tensor to an argument of a node, if what comes of it can be computed."""
        edit = self._connection(source, target, self.say)
        if edit is not None:
            self._connect(edit)
        elif (arguments := self._choices) and self._canvas.scene is not None:
            self._ask_argument(self._editing.place(self._canvas.scene.nodes[source]), arguments)

    def _connect(self, edit: Edit) -> None:
        self._editing.try_then(edit, self.say, lambda: self._editing.carry_out(edit))

    def _connection(self, source: int, target: Hit, refuse: Callable[[str], None]) -> Edit | None:
        """The edit that a wire means, where that is plain; None else, with what may be meant in ``_choices``."""
        from gradviz.script.edits.wires import Connect

        scene, self._choices = self._canvas.scene, ()
        if scene is None:
            return None
        node = scene.nodes[target.row]
        if scene.kinds[target.row] not in (OP, FAILED):
            refuse(self.tr("{0} takes no inputs itself. Drop the wire on an op.").format(self._editing.place(node).name))
            return None
        try:
            arguments = self._arguments(node)
        except EditRefused as refused:
            refuse(refused.reason)
            return None
        place = self._editing.place(scene.nodes[source])
        if target.kind == "argument" and target.index < len(arguments):
            return Connect(place, arguments[target.index].span)
        if target.kind == "port":
            try:
                return Connect(place, self.end_of(int(scene.ports_of(target.row)[target.index])))
            except EditRefused as refused:
                refuse(refused.reason)
                return None
        if len(arguments) == 1:
            return Connect(place, arguments[0].span)
        if not arguments:
            refuse(self.tr("Nothing that this op takes is written in the script. Change it there."))
        self._choices = arguments
        return None

    def _arguments(self, node: str) -> tuple[Argument, ...]:
        from gradviz.script.nodes import arguments

        return arguments(self._window.document.text, self._editing.place(node))

    def _ask_argument(self, source: Place, arguments: tuple[Argument, ...]) -> None:
        """Lets one choose which argument a tensor shall become."""
        from gradviz.script.edits.wires import Connect

        menu = QMenu(self._window)
        menu.setObjectName("menu-argument")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for one in arguments:
            action = menu.addAction(self.tr("instead of {0}").format(_written(one)))
            action.triggered.connect(lambda _checked=False, one=one: self._connect(Connect(source, one.span)))
        menu.popup(self._canvas.cursor().pos())

    def cut_wires(self, links: list[int]) -> None:
        """Takes wires off: all of them, as one undo step, or none."""
        from gradviz.script.edits.several import Several
        from gradviz.script.edits.wires import Disconnect

        try:
            spans = list(dict.fromkeys(self.end_of(link) for link in links))
        except EditRefused as refused:
            self._editing.refuse(refused)
            return
        edits = [lambda work, span=span: Disconnect(work.span(span)) for span in spans]
        self._editing.carry_out(Several(edits, self.tr("Cut {} wires")))

    def end_of(self, link: int) -> Span:
        """Where the argument stands that a wire leads to.

        Raises:
            EditRefused: The script does not say.
        """
        from gradviz.script.nodes import argument_at

        scene = cast(Scene, self._canvas.scene)
        source, target = (scene.nodes[row] for row in scene.ends[link].tolist())
        alike = [row for row in scene.ports_of(scene.ends[link, 1]).tolist() if scene.ends[row, 0] == scene.ends[link, 0]]
        node, made = self._editing.place(target), self._editing.place(source)
        return argument_at(self._window.document.text, node, made, alike.index(link)).span

    def _show_failure(self, node: str) -> None:
        """Goes to the line that a failing node stands for, and to what is said of it."""
        window, picture = self._window, self._canvas.picture
        if picture is not None and picture.graph.nodes[node]["kind"] == "failed":
            window.docks.show("panel-problems")
            self._editing.go_to_line(picture.recording.errors[-1].line)

    def show_menu(self, at: QPoint) -> None:
        """Shows what can be done with what is selected."""
        table = self._window.actions_table
        menu = QMenu(self._window)
        menu.setObjectName("menu-canvas")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        adding = ("action-quick-add", "action-add-tensor", "action-note")
        some = (
            *("-", "action-rename", "action-edit-value", "action-toggle-requires-grad", "action-detach", "action-no-grad"),
            *("action-backward", "-", "action-frame", "-", "action-cut", "action-copy", "action-duplicate", "action-delete"),
        )
        names = (*adding, *some) if self._canvas.selected_nodes() else (*adding, "-", "action-paste", "action-backward")
        for name in (*names, "-", "action-undo", "action-redo", "-", "action-fit"):
            if name == "-":
                menu.addSeparator()
            else:
                menu.addAction(table[name])
        menu.popup(self._canvas.mapToGlobal(at))


def _written(argument: Argument) -> str:
    """An argument as it stands in the script: "other = 3"."""
    text = " ".join(argument.text.split())
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"{argument.name} = {short}" if argument.name else short
