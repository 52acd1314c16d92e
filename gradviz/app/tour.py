"""The first five minutes: the seed's example built by hand, step by step, in the window itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QRect, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDockWidget, QWidget

from gradviz.app.tour_steps import STEPS, script_before
from gradviz.app.tour_strip import Pointer, TourStrip

if TYPE_CHECKING:
    from gradviz.app.documents import Page
    from gradviz.app.window import Window


class Tour(QObject):
    """Watches what the user does, and says what comes next. Nothing is kept from being used meanwhile.

    It goes on in a document of its own; while another one is shown, it waits. Where it was left is remembered.

    Attributes:
        step: The number of the step at hand.
        strip: What is seen of it; None while it is not taken.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.step = window.settings.tour_step
        self.strip: TourStrip | None = None
        self._pointer: Pointer | None = None
        self._page: Page | None = None
        self._arriving = False

    @property
    def is_on(self) -> bool:
        """Whether it is being taken."""
        return self.strip is not None

    @property
    def was_left(self) -> bool:
        """Whether it was left on its way, to be taken up there."""
        return not self.is_on and 0 < self.step < len(STEPS)

    # Offered, begun and left

    def offer(self) -> None:
        """Offers it, unless that was done before: to be called at the program's start."""
        if self._window.settings.tour_offered:
            return
        self._window.notices.announce(
            "tour",
            self.tr("New here? Build this graph by hand and watch its gradients, in five minutes."),
            (self.tr("Take the tour"), self.begin),
            (self.tr("Not now"), self._do_not_offer),
        )
        cross = next(notice for notice in self._window.notices.notices if notice.key == "tour").cross
        cross.clicked.connect(self._do_not_offer)

    def _do_not_offer(self) -> None:
        self._window.settings.tour_offered = True

    def begin(self) -> None:
        """Begins it, or takes it up where it was left."""
        self._do_not_offer()
        self._window.notices.dismiss("tour")
        window = self._window
        if self.strip is None:
            self.strip = TourStrip(len(STEPS), window.theme)
            self.strip.asked_done.connect(self.do_step)
            self.strip.left.connect(self.leave)
            self._pointer = Pointer(window, self._place, window.theme)
            window.add_strip(self.strip)
            for signal in self._signals():
                signal.connect(self._look)
            window.canvas.viewport_changed.connect(self._follow)
        if self.step >= len(STEPS):
            self._go(0)
        if self._page is None or self._page not in window.documents.pages:
            window.files.new_of(script_before(self.step))
            self._page = window.documents.current
        else:
            window.documents.show(self._page)
        window.show_picture()
        window.canvas.setFocus()
        self._go(self.step)

    def _signals(self) -> tuple:  # type: ignore[type-arg]
        cursor, documents = self._window.cursor, self._window.documents
        return cursor.moved, cursor.recording_changed, documents.turned

    def leave(self) -> None:
        """Leaves it; it may be taken up again."""
        if self.strip is None or self._pointer is None:
            return
        for signal in self._signals():
            signal.disconnect(self._look)
        self._window.canvas.viewport_changed.disconnect(self._follow)
        for widget in (self.strip, self._pointer):
            widget.hide()
            widget.deleteLater()
        self.strip = self._pointer = None
        self._window.canvas.setFocus()
        self._window.update_actions()

    def set_theme(self) -> None:
        """Takes over the window's colours."""
        if self.strip is not None and self._pointer is not None:
            self.strip.set_theme(self._window.theme)
            self._pointer.theme = self._window.theme
            self._pointer.update()

    # Steps

    def _look(self) -> None:
        """Sees whether the step at hand was done."""
        window = self._window
        if self.strip is None or self._arriving:
            return
        here = window.documents.current is self._page
        self.strip.setVisible(here)
        is_shown = here and window.cursor.recording.script == window.document.text
        if is_shown and self.step < len(STEPS) and STEPS[self.step].done(window.cursor.state):
            self._go(self.step + 1)
        self._follow()

    def _go(self, step: int) -> None:
        """Shows another step."""
        self.step = self._window.settings.tour_step = step
        if self.strip is None:
            return
        if step < len(STEPS):
            one = STEPS[step]
            self.strip.say(step, _translated(one.title), _translated(one.words).format(*map(self._keys, one.actions)))
            self.strip.do_it.show()
        else:
            self.strip.say(step, self.tr("That was it"), self._farewell())
            self.strip.do_it.hide()
            self._window.settings.tour_step = 0
        self._window.update_actions()
        self._arriving = True
        QTimer.singleShot(0, self, self._arrive)

    def _arrive(self) -> None:
        """Once the picture is there: goes to where the step begins, and points at it."""
        window, canvas = self._window, self._window.canvas
        self._arriving = False
        if self.strip is None or self.step >= len(STEPS) or window.documents.current is not self._page:
            self._follow()
            return
        one, passes = STEPS[self.step], window.cursor.recording.passes
        if one.event and passes:
            window.cursor.move(passes[-1].begin)  # what is to be watched has not happened yet
        if one.event:
            canvas.fit()  # the gradient shall be seen from its start to its end
        if canvas.picture is not None and window.cursor.selection is None:
            nodes, label = canvas.picture.graph.nodes(data=True), one.place.removeprefix("card:")
            canvas.select_nodes([node for node, data in nodes if data["label"] == label and data["kind"] == "tensor"][-1:])
        self._look()

    def _farewell(self) -> str:
        text = self.tr("Go on in this script, save it with {0}, or open an example. {1} explains whatever the mouse is over.")
        return text.format(self._keys("action-save"), self._keys("action-explain"))

    def _keys(self, action: str) -> str:
        return self._window.actions_table[action].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def do_step(self) -> None:
        """Does the step at hand for the user."""
        if self.step >= len(STEPS) or self._page is None:
            return
        window, one = self._window, STEPS[self.step]
        window.documents.show(self._page)
        if one.script:
            window.editor.replace_text(one.script)
            window.run_now()
        if one.event == "end":
            window.cursor.move(window.cursor.last)

    # Where

    def _follow(self) -> None:
        if self._pointer is not None and self.strip is not None:
            self._pointer.setVisible(self.strip.isVisibleTo(self._window) and self.step < len(STEPS))
            self._pointer.follow()

    def _place(self) -> QRect:
        """Where the step at hand is done, in the window."""
        window = self._window
        name = STEPS[self.step].place if self.step < len(STEPS) else ""
        if name.startswith("card:"):
            return self._card(name.removeprefix("card:"))
        widget = window.findChild(QWidget, name)
        if isinstance(widget, QDockWidget):
            widget.raise_()
        if widget is None or not widget.isVisible():
            return QRect()
        return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())

    def _card(self, label: str) -> QRect:
        """Where a card of the canvas is; all of the canvas where there is none of that name."""
        canvas = self._window.canvas
        whole = QRect(canvas.mapTo(self._window, QPoint(0, 0)), canvas.size())
        if canvas.scene is None or canvas.picture is None or not canvas.isVisible():
            return whole if canvas.isVisible() else QRect()
        for node, data in canvas.picture.graph.nodes(data=True):
            if data["label"] == label and data["kind"] == "tensor":
                left, top, right, bottom = canvas.scene.boxes[canvas.scene.rows[node]].tolist()
                (x0, y0), (x1, y1) = canvas.viewport.to_view(left, top), canvas.viewport.to_view(right, bottom)
                at = canvas.mapTo(self._window, QPoint(round(x0), round(y0)))
                return QRect(at.x(), at.y(), round(x1 - x0), round(y1 - y0)) & whole
        return whole


def _translated(text: str) -> str:
    return QCoreApplication.translate("tour", text)
