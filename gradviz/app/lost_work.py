"""What an earlier GradViz could not save, offered at the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gradviz.app.recovery import Lost

if TYPE_CHECKING:
    from gradviz.app.window import Window


class LostWork(QObject):
    """Offers recovery copies, and says when none can be written."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        window.recovery.troubled.connect(self._troubled)

    def offer(self) -> None:
        """Offers what an earlier GradViz could not save."""
        window = self._window
        for lost in window.recovery.lost():
            text = self.tr("GradViz ended before changes to {0} were saved.").format(lost.title)
            window.notices.announce(
                f"lost-{lost.file.stem}",
                text,
                (self.tr("Restore"), lambda lost=lost: self.restore(lost)),
                (self.tr("Discard"), lambda lost=lost: window.recovery.forget(lost)),
            )

    def restore(self, lost: Lost) -> None:
        """Opens a text that was lost, as one that is not saved."""
        page = self._window.files.open_recovered(lost.path, lost.text, lost.title)
        if page.copy.secure():
            self._window.recovery.forget(lost)

    def _troubled(self, reason: str) -> None:
        """Says that what is not saved would be lost by a crash."""
        if reason:
            text = self.tr("What is not saved cannot be secured against a crash: {0}. Save your work now, and free some space.")
            self._window.notices.announce("recovery", text.format(reason))
        else:
            self._window.notices.dismiss("recovery")
