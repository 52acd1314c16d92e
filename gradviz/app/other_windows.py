"""Says when a file is being edited in another GradViz window too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gradviz.app.documents import is_same_file

if TYPE_CHECKING:
    from gradviz.app.window import Window


class OtherWindows(QObject):
    """Looks for others when a file is shown, and when one begins to change it.

    Others are seen by the recovery copies of what they have not saved. What they save is seen by the watch over the file.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._seen: tuple[Path | None, bool] = (None, False)
        window.documents.changed.connect(self._look)

    def look_anew(self) -> None:
        """Looks even if it has looked already: what was said of the document has been taken away."""
        self._seen = (None, False)
        self._look()

    def _look(self) -> None:
        window, document = self._window, self._window.document
        seen = (document.path, document.modified)
        if seen == self._seen:
            return
        self._seen = seen
        path = document.path
        if path is None or document.recording is not None:
            return
        if any(is_same_file(path, other) for other in window.recovery.edited_by_others()):
            text = self.tr(
                "{0} has changes in another GradViz window that are not saved there. "
                "When one of the two is saved, the other one tells so, and asks before it overwrites anything."
            )
            window.notices.say("elsewhere", text.format(document.name))
        else:
            window.notices.dismiss("elsewhere")
