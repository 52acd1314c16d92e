"""What the actions on selected nodes write into the script."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from gradviz.recording import Tensor
from gradviz.script.changes import Edit, EditRefused, Place

if TYPE_CHECKING:
    from gradviz.app.window import Window
    from gradviz.script.edits.work import Work


class NodeEdits(QObject):
    """One method for each action, over the nodes that are selected. Rooms of the script are entered when first asked for."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._editing = window.editing

    def _places(self) -> list[Place]:
        """Where the selected nodes are made: a card and the op whose result it is count once."""
        places: dict[object, Place] = {}
        for place in self._editing.selected_places():
            key = place.span or place.name
            if key not in places or place.name:
                places[key] = place
        return list(places.values())

    def _tensor(self, node: str) -> Tensor | None:
        """The tensor of a card, or the result of an op; None for what failed."""
        picture = self._window.canvas.picture
        if picture is None or node not in picture.graph:
            return None
        recording, data = picture.recording, picture.graph.nodes[node]
        if data["kind"] == "failed":
            return None
        if data["kind"] != "op":
            return recording.tensor(data["number"])
        outputs = recording.ops[data["number"]].outputs
        return recording.tensor(outputs[0]) if outputs else None

    def _carry_out(self, edit: Edit) -> bool:
        return self._editing.carry_out(edit)

    def delete(self) -> None:
        """Deletes what is selected; where something depends on it, asks what becomes of that."""
        from gradviz.script.edits.delete import Delete

        places = self._places()
        try:
            Delete(places).apply(self._window.document.text)
        except EditRefused as refused:
            if not refused.dependents:
                self._editing.refuse(refused)
                return
            self._window.notices.say(
                "edit",
                refused.reason,
                (self.tr("Delete those too"), lambda: self._carry_out(Delete(places, "delete")) and None),
                (self.tr("Lead round it"), lambda: self._carry_out(Delete(places, "bypass")) and None),
            )
            return
        self._carry_out(Delete(places))

    def duplicate(self) -> None:
        """Writes what is selected once more."""
        from gradviz.script.edits.copies import Duplicate

        self._carry_out(Duplicate(self._places()))

    def copy(self) -> bool:
        """Puts the lines that make what is selected on the clipboard, as text."""
        from gradviz.script.edits.copies import copy_text

        try:
            text = copy_text(self._window.document.text, self._places())
        except EditRefused as refused:
            self._editing.refuse(refused)
            return False
        QGuiApplication.clipboard().setText(text)
        return True

    def cut(self) -> None:
        """Copies what is selected and deletes it."""
        if self.copy():
            self.delete()

    def paste(self) -> None:
        """Adds the lines on the clipboard, from GradViz or any editor."""
        from gradviz.script.edits.copies import Paste

        self._carry_out(Paste(QGuiApplication.clipboard().text()))

    def toggle_requires_grad(self) -> None:
        """Lets the selected tensors need a gradient, or not."""
        from gradviz.script.edits.grads import ToggleRequiresGrad

        if self._editing.postponed(self.toggle_requires_grad):
            return
        told: dict[Place, tuple[bool, str]] = {}
        for node in self._window.canvas.selected_nodes():
            tensor = self._tensor(node)
            if tensor is not None:
                told[self._editing.place(node)] = (tensor.is_leaf, tensor.dtype.removeprefix("torch."))

        def edit(work: Work, place: Place) -> Edit:
            leaf, dtype = told.get(place, (None, ""))
            return ToggleRequiresGrad(work.place(place), leaf=leaf, dtype=dtype)

        self._each(edit, self.tr("Toggle requires_grad of {} tensors"))

    def detach(self) -> None:
        """Cuts gradients at the selected nodes, or lets them through again where they are cut."""
        from gradviz.script.edits.grads import InsertDetach, RemoveDetach

        def edit(work: Work, place: Place) -> Edit:
            at = work.place(place)
            try:
                RemoveDetach(at).apply(work.draft.text)
            except EditRefused:
                return InsertDetach(at)
            return RemoveDetach(at)

        self._each(edit, self.tr("Detach {} nodes"))

    def _each(self, edit: Callable[[Work, Place], Edit], label: str) -> None:
        """Does something to each selected node, all as one undo step."""
        from gradviz.script.edits.several import Several

        places = self._places()
        if places:
            self._carry_out(Several([partial(_at, edit, place) for place in places], label))

    def no_grad(self) -> None:
        """Hides the selected nodes from autograd, or frees them where they all are hidden."""
        from gradviz.script.edits.regions import FreeNoGrad, WrapNoGrad

        places = self._places()
        edit: Edit = FreeNoGrad(places)
        try:
            edit.apply(self._window.document.text)
        except EditRefused:
            edit = WrapNoGrad(places)
        self._carry_out(edit)

    def backward(self) -> None:
        """Adds a backward pass from the selected tensor, or from the last one that can begin one."""
        from gradviz.script.edits.grads import AddBackward

        if self._editing.postponed(self.backward):
            return
        node = next(reversed(self._window.canvas.selected_nodes()), "") or self._last_root()
        tensor = self._tensor(node)
        if tensor is None:
            self._window.notices.say("edit", self.tr("There is no tensor yet that a backward pass could begin at."))
            return
        place = self._editing.place(node)
        if not place.name and tensor.name:
            place = Place(place.span, tensor.name)
        self._carry_out(AddBackward(place, tensor.shape))

    def _last_root(self) -> str:
        """The last named tensor that has a history, "" for none."""
        picture = self._window.canvas.picture
        if picture is None:
            return ""
        found = [
            (data["order"], node)
            for node, data in picture.graph.nodes(data=True)
            if data["kind"] == "tensor" and (tensor := picture.recording.tensor(data["number"])).name and not tensor.is_leaf
        ]
        return max(found, default=(0, ""))[1]

    def zero_grads(self) -> None:
        """Throws the gradients of the selected leaves away before the next pass, or those of all."""
        from gradviz.script.edits.grads import ZeroGrads

        leaves = [
            self._editing.place(node)
            for node in self._window.canvas.selected_nodes()
            if (tensor := self._tensor(node)) is not None and tensor.is_leaf and tensor.requires_grad
        ]
        self._carry_out(ZeroGrads(leaves))

    def add_tensor(self) -> None:
        """Asks for a new tensor's values, shape and name."""
        from gradviz.app.tensor_dialog import TensorDialog

        dialog = TensorDialog(self._window)
        dialog.chosen.connect(self._carry_out)
        dialog.open()


def _at(edit: Callable[[Work, Place], Edit], place: Place, work: Work) -> Edit:
    return edit(work, place)
