"""What F1 says: of a node, an op, a slot, a wire or a panel, from the catalogue, the recording and the table of actions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QPoint, QPointF
from PySide6.QtGui import QCursor, QTextCursor
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from gradviz.app.actions import plain
from gradviz.canvas.scene import OP, Hit
from gradviz.recording import Recording
from gradviz.script.catalogue import Entry, entry

if TYPE_CHECKING:
    from gradviz.app.window import Window

T = QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Explanation:
    """A thing explained.

    Attributes:
        title: Its name.
        text: What it is, a paragraph a line.
        code: What it computes or how it is called, line by line.
    """

    title: str
    text: str
    code: tuple[str, ...] = ()


PANELS: dict[str, tuple[str, str]] = {
    "panel-canvas": (
        T("explain", "The canvas"),
        T(
            "explain",
            "The autograd graph of the script. Cards are tensors, pills the functions that autograd recorded; what is grey "
            "autograd does not see.\nTab adds a node, a drag from a node's edge draws a wire, Shift+drag selects in a box.",
        ),
    ),
    "minimap": (
        T("explain", "The map"),
        T(
            "explain",
            "The whole graph, with what is seen of it as a rectangle: drag it, or press elsewhere to look there. M hides it.",
        ),
    ),
    "panel-palette": (
        T("explain", "The ops"),
        T(
            "explain",
            "Every op by family. Type to find one; Return adds it behind what is selected. Drag one to a wire to put it there, "
            "to a node to have it take that node's tensor.",
        ),
    ),
    "panel-script": (
        T("explain", "The script"),
        T(
            "explain",
            "The document itself: a plain Python file that runs unchanged under PyTorch. What is drawn on the canvas is "
            "written here, and what is typed here is drawn there.",
        ),
    ),
    "panel-inspector": (
        T("explain", "The inspector"),
        T(
            "explain",
            "Everything known about what is selected, or else about what happens at the cursor: the step's formula with its "
            "numbers, saved tensors, where gradients go and why they stop.",
        ),
    ),
    "panel-timeline": (
        T("explain", "The timeline"),
        T("explain", "Every event of the run from left to right. Drag over it to move through time; the wheel zooms."),
    ),
    "panel-events": (
        T("explain", "The events"),
        T("explain", "What happened, one event a row. A click takes every pane to that moment."),
    ),
    "panel-watches": (
        T("explain", "The watches"),
        T("explain", "Expressions such as x.grad or y.norm(), and what they come to at the cursor."),
    ),
    "panel-problems": (
        T("explain", "The problems"),
        T("explain", "What went wrong in the last run, in PyTorch's words, with the lines that matter and what to do."),
    ),
    "panel-console": (
        T("explain", "The console"),
        T("explain", "What the script prints. What comes after the cursor is dim; a double click goes to the print's event."),
    ),
    "tour": (T("explain", "The tour"), T("explain", "It waits for you to do each step yourself. The cross leaves it.")),
    "welcome": (T("explain", "The Welcome page"), T("explain", "Examples, recent files, and how to begin.")),
}

LEAF = (
    T("explain", "a leaf that needs a gradient"),
    T(
        "explain",
        "The script made it, no op did, and it says requires_grad: backward() adds what arrives here into its .grad slot, "
        "below the rule. Each pass adds to what is there until it is set to None.",
    ),
)
PLAIN_LEAF = (
    T("explain", "a tensor that needs no gradient"),
    T("explain", "Autograd does not look behind it: what is computed from it alone has no history, and its .grad stays None."),
)
RESULT = (
    T("explain", "a result"),
    T(
        "explain",
        "An op made it. Gradients pass through it on their way to the leaves; its own .grad stays None unless the script asks "
        "for it with retain_grad().",
    ),
)
ALIAS = (
    T("explain", "the same tensor again"),
    T("explain", "Drawn a second time so that a long wire need not cross the picture."),
)
WIRE = (
    T("explain", "A wire"),
    T(
        "explain",
        "A tensor that a function takes. Backward, its gradient comes the other way: its width and colour tell the gradient's "
        "norm. A dashed wire with scissors is a cut that no gradient crosses.",
    ),
)
PORT = (
    T("explain", "A port"),
    T("explain", "Where an argument enters a function, in the order of its arguments. Drag it to take the wire elsewhere."),
)
BADGE = (
    T("explain", "A saved tensor"),
    T("explain", "What the function keeps for its derivative; freed by backward() unless retain_graph=True."),
)


def tr(text: str) -> str:
    """A text of this module in the user's language."""
    return QCoreApplication.translate("explain", text)


def of_op(name: str, one: Entry | None) -> Explanation | None:
    """An op of the catalogue; None for one that it does not have."""
    if one is None:
        return None
    return Explanation(one.path or name, one.meaning, tuple(part for part in (one.signature, one.formula) if part))


def of_node(recording: Recording, kind: str, number: int) -> Explanation:
    """A node of the picture: "op", "tensor", "alias" or "failed", by its row in the recording."""
    if kind == "op":
        op = recording.ops[number]
        known = of_op(op.name, entry(op.name))
        text = [known.text] if known is not None and known.text else []
        text.append(
            tr("autograd recorded it: gradients come back through it.") if op.node else tr("autograd did not record it.")
        )
        code = [*(known.code if known is not None else (op.formula,))]
        code += [f"grad_{one.parameter} = {one.formula}" for one in op.inputs if one.slot >= 0 and one.formula]
        return Explanation(op.node or op.name, "\n".join(text), tuple(line for line in code if line))
    if kind == "failed":
        error = recording.errors[-1]
        why = tuple(part for part in (error.message, error.advice) if part)
        return Explanation(tr("What the script failed at: {0}").format(error.type or error.kind), "\n".join(why))
    tensor = recording.tensor(number)
    what, text_ = ALIAS if kind == "alias" else RESULT if not tensor.is_leaf else LEAF if tensor.requires_grad else PLAIN_LEAF
    return Explanation(f"{tensor.name or tr('a tensor')}: {tr(what)}", tr(text_))


def _pair(pair: tuple[str, str]) -> Explanation:
    return Explanation(tr(pair[0]), tr(pair[1]))


class Explainer:
    """Finds what is meant in a window."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def meant(self) -> tuple[Explanation, QPoint]:
        """What is under the mouse, or else what has the focus; and where on the screen it is."""
        at = QCursor.pos()
        under = QApplication.widgetAt(at)
        if under is not None and under.window() is self._window:
            return self.at(under, under.mapFromGlobal(at)), at
        focus = QApplication.focusWidget() or self._window.canvas
        return self.focused(focus), focus.mapToGlobal(QPoint(min(60, focus.width() // 2), min(60, focus.height() // 2)))

    def at(self, widget: QWidget, place: QPoint) -> Explanation:
        """What is at a point of a widget."""
        window = self._window
        if widget is window.canvas:
            hit = window.canvas.hit_at(QPointF(place))
            return self._hit(hit) if hit is not None else _pair(PANELS["panel-canvas"])
        if widget is window.editor.viewport():
            found = self._word(window.editor.cursorForPosition(place))
            return found or _pair(PANELS["panel-script"])
        return self._widget(widget)

    def focused(self, widget: QWidget) -> Explanation:
        """What a widget that has the focus is about."""
        window = self._window
        if widget is window.canvas and (nodes := window.canvas.selected_nodes()):
            return self._node(nodes[-1])
        if widget is window.editor:
            return self._word(window.editor.textCursor()) or _pair(PANELS["panel-script"])
        return self._widget(widget)

    def _node(self, node: str) -> Explanation:
        picture = self._window.canvas.picture
        assert picture is not None
        data = picture.graph.nodes[node]
        return of_node(picture.recording, data["kind"], data["number"])

    def _hit(self, hit: Hit) -> Explanation:
        scene = self._window.canvas.scene
        assert scene is not None
        if hit.kind == "link":
            return _pair(WIRE)
        if hit.kind == "port":
            return _pair(PORT)
        if hit.kind == "badge" and scene.kinds[hit.row] == OP:
            return _pair(BADGE)
        return self._node(scene.nodes[hit.row])

    @staticmethod
    def _word(cursor: QTextCursor) -> Explanation | None:
        """The op whose name stands at a place of the script."""
        line, place = cursor.block().text(), cursor.positionInBlock()
        for found in re.finditer(r"[A-Za-z_]\w*", line):
            if found.start() <= place <= found.end():
                return of_op(found[0], entry(found[0]))
        return None

    def _widget(self, widget: QWidget) -> Explanation:
        """A panel, or a button by its own words."""
        one: QWidget | None = widget
        if isinstance(widget, QAbstractButton) and widget.toolTip():
            return Explanation(plain(widget.text()) or widget.accessibleName(), widget.toolTip())
        while one is not None:
            if one.objectName() in PANELS:
                return _pair(PANELS[one.objectName()])
            one = one.parentWidget()
        text = tr("The debugger for gradients. Point at anything and press F1; every action is in the command palette.")
        return Explanation("GradViz", text)
