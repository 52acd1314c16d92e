"""Turning from one document to another: what was seen of each is kept, and seen again when one comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gradviz.app.documents import Place
from gradviz.recording import RecordingBuilder

if TYPE_CHECKING:
    from gradviz.app.window import Window


class Turning(QObject):
    """Shows another document in all panes of a window when its `Documents` turn to it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        window.documents.left.connect(self._leave)
        window.documents.turned.connect(self._arrive)

    def _leave(self) -> None:
        window, page = self._window, self._window.documents.current
        window.canvas.cancel_gesture()
        focus = window.focusWidget()
        if focus is not None and window.canvas.isAncestorOf(focus):
            window.canvas.setFocus()  # a name being typed on a card belongs to the document that is left
        cursor = window.cursor
        page.place = Place(cursor.event, cursor.selected, window.canvas.outlook) if page.shown else None
        page.stale = page.stale or window.session.busy
        window.player.pause()
        window.editing.want_nothing()

    def _arrive(self) -> None:
        window, page = self._window, self._window.documents.current
        window.session.turn_to(page.picture)
        window.editor.turn_to(page.script)
        self.show_kind()
        window.show_picture()
        window.notices.turn_to(page)
        if page.shown:
            self._show_again()
        else:
            self.show_nothing()
        window.editor.scroll_back()
        self._bring_up_to_date()

    def show_kind(self) -> None:
        """Shows whether the document is a recording or a script, and how that runs."""
        window, page = self._window, self._window.documents.current
        is_recording = page.document.recording is not None
        window.editor.setReadOnly(is_recording)
        window.canvas.editable = not is_recording
        window.script_panel.set_trusted(page.trusted)

    def show_nothing(self) -> None:
        """Shows that nothing is known of the document yet: what is known of another one shall not be taken for it."""
        window = self._window
        window.results.begin()
        window.canvas.set_picture(None)
        window.annotating.show("")
        window.cursor.set_recording(RecordingBuilder({}).build())

    def _show_again(self) -> None:
        """Shows what was seen of the document when it was left."""
        window, page = self._window, self._window.documents.current
        window.results.show_again(page.shown)
        if page.place is not None:
            window.cursor.move(page.place.event)
            window.cursor.select_all(page.place.selected)
            window.canvas.look(page.place.outlook)

    def _bring_up_to_date(self) -> None:
        window, page = self._window, self._window.documents.current
        if page.document.recording is not None and not page.shown:
            window.session.show_recording(page.document.recording)
        elif page.stale:
            window.run_now()
        elif page.picture is not None and page.picture.orientation != window.session.orientation:
            window.session.lay_out_again()
