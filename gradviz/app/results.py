"""What a run brought, shown: recording, picture and errors, at the place where the user was looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gradviz.app.session import Shown
from gradviz.panels.navigate import home_event, never_began, same_place
from gradviz.recording import Error
from gradviz.view.cursor import Selection

if TYPE_CHECKING:
    from gradviz.app.window import Window


class Results(QObject):
    """Takes the results of a window's runs.

    Attributes:
        fresh: Whether the next result belongs to another document than the one shown.
        errors: What went wrong in the last run.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.fresh = True
        self.errors: tuple[Error, ...] = ()
        self._again = False

    def begin(self) -> None:
        """Another document is shown, of which nothing is known yet."""
        self.fresh, self.errors = True, ()
        self._window.canvas.set_note("")
        self._window.tool_bar.set_failing(False)

    def show_again(self, results: Sequence[Shown]) -> None:
        """Shows what another document's runs brought, in their order, as it was seen before."""
        self.begin()
        self._again = True  # what was said of them was heard
        for shown in results:
            self.show(shown)
        self._again = False

    def show(self, shown: Shown) -> None:
        """Shows a result in all panes."""
        window, recording = self._window, shown.recording
        if not self._again:
            window.documents.current.remember(shown)
        if shown.status == "same":
            window.canvas.set_picture(shown.picture, keep_still=False)
            return
        if never_began(recording) and not self.fresh and not never_began(window.cursor.recording):
            # As while a line is being typed: what ran last stays in view beside what is wrong.
            window.script_panel.show_errors(recording.errors)
            window.problems.show_errors(recording.errors)
            why = self._why(recording.errors[-1])
            window.canvas.set_note(self.tr("as it was when it last ran: {0}").format(why), is_stale=True)
        else:
            line = recording.errors[-1].line if recording.errors else 0
            note = self.tr("stopped at line {0}; what came after is dimmed").format(line) if line > 0 else ""
            window.canvas.set_note(note)
            self._show_recording(shown)
        if shown.note and not self._again:
            window.notices.say("run", shown.note)
        self.errors = recording.errors
        window.tool_bar.set_failing(bool(self.errors), self.errors[-1].line if self.errors else 0)
        refused = [error for error in self.errors if error.kind == "refused"]
        if refused and not self._again:
            window.files.say_refused(refused[-1].message, refused[-1].line)
        elif not refused:
            window.notices.dismiss("refused")
        window.update_actions()

    def _why(self, error: Error) -> str:
        """Why a script did not get to its first tensor."""
        if error.kind == "syntax":
            return self.tr("line {0} cannot be read").format(error.line) if error.line else self.tr("the script cannot be read")
        return self.tr("line {0} fails").format(error.line) if error.line else self.tr("the script fails")

    def _show_recording(self, shown: Shown) -> None:
        recording, cursor = shown.recording, self._window.cursor
        event = home_event(recording) if self.fresh else same_place(cursor.recording, cursor.event, recording)
        selection = None if self.fresh else self._same_thing(shown)
        keep_still, self.fresh = not self.fresh, False
        cursor.set_recording(recording, event, selection)
        good = self._window.documents.current.last_good if recording.errors and keep_still else None
        self._window.canvas.set_picture(shown.picture, keep_still=keep_still, behind=good)
        self._window.annotating.show(recording.script)
        self._window.editing.select_wanted(shown.picture)

    def _same_thing(self, shown: Shown) -> Selection | None:
        """What the selection of the run before is called in this one."""
        old, chosen = self._window.canvas.picture, self._window.cursor.selection
        if chosen is None or old is None:
            return None
        node = f"{'t' if chosen.kind == 'tensor' else 'o'}{chosen.number}"
        key = old.graph.nodes[node]["key"] if node in old.graph else None
        for _, data in shown.picture.graph.nodes(data=True):
            if key is not None and data["key"] == key and data["number"] >= 0:  # an op that fails now is no op any more
                return Selection(chosen.kind, data["number"])
        return None
