"""What an earlier GradViz could not save, offered at the next start beside what the files hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject

from gradviz.app.comparison import Choice, ComparisonDialog, Versions
from gradviz.app.kept_bytes import keep
from gradviz.app.recovery import Lost
from gradviz.script import ScriptFileError
from gradviz.script.file import script_bytes

if TYPE_CHECKING:
    from gradviz.app.window import Window


def _saved(lost: Lost) -> str | None:
    """What the file of a text that was lost holds now, None where it cannot be read or there is none."""
    if lost.path is None:
        return None
    try:
        return keep(script_bytes(lost.path), str(lost.path)).text
    except ScriptFileError:
        return None


class LostWork(QObject):
    """Offers recovery copies, and says when none can be written."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._undecided: list[Lost] = []
        window.recovery.troubled.connect(self._troubled)

    def offer(self) -> None:
        """Offers what an earlier GradViz could not save."""
        recovery = self._window.recovery
        for lost in recovery.lost():
            if lost.text == _saved(lost):
                recovery.forget(lost)  # it was saved after all
            else:
                self._undecided.append(lost)
        if self._undecided:
            self._say()
            self.compare()

    def _say(self) -> None:
        """Says how much waits to be decided about."""
        notices, count = self._window.notices, len(self._undecided)
        if not count:
            notices.dismiss("lost")
            return
        if count == 1:
            text = self.tr("GradViz ended before changes to {0} were saved.").format(self._undecided[0].title)
        else:
            text = self.tr("GradViz ended before changes to {0} documents were saved.").format(count)
        notices.announce("lost", text, (self.tr("Compare…"), self.compare), (self.tr("Restore"), self._restore_all))

    def compare(self) -> None:
        """Shows what was lost side by side with what the files hold."""
        lost, locale = list(self._undecided), QLocale()
        versions = []
        for one in lost:
            saved = _saved(one)
            when = locale.toString(one.when, QLocale.FormatType.ShortFormat)
            if saved is not None:
                left = self.tr("Saved in {0}").format(one.path)
            elif one.path is not None:
                left = self.tr("{0} cannot be read").format(one.path)
            else:
                left = self.tr("Never saved")
            titles = left, self.tr("Recovered, as it was {0}").format(when)
            versions.append(Versions(one.title, titles, saved or "", one.text))
        words = self.tr(
            "GradViz ended before changes were saved. Restore them, and they are open again, to be saved or not; "
            "discard them, and what the file holds is all there is."
        )
        choices = (
            Choice("restore", self.tr("&Restore"), self.tr("Open the recovered text"), lambda i: self.restore(lost[i])),
            Choice("discard", self.tr("&Discard"), self.tr("Throw the recovered text away"), lambda i: self.discard(lost[i])),
        )
        dialog = ComparisonDialog(words, versions, choices, self._window.theme, self._window)
        dialog.rejected.connect(self._say)
        dialog.open()

    def _restore_all(self) -> None:
        for lost in list(self._undecided):
            self.restore(lost)

    def restore(self, lost: Lost) -> None:
        """Opens a text that was lost, as one that is not saved."""
        page = self._window.files.open_recovered(lost.path, lost.text, lost.title)
        if page.copy.secure():
            self._window.recovery.forget(lost)
        self._decided(lost)

    def discard(self, lost: Lost) -> None:
        """Throws a text that was lost away."""
        self._window.recovery.forget(lost)
        self._decided(lost)

    def _decided(self, lost: Lost) -> None:
        self._undecided = [other for other in self._undecided if other is not lost]
        self._say()

    def _troubled(self, reason: str) -> None:
        """Says that what is not saved would be lost by a crash."""
        if reason:
            text = self.tr("What is not saved cannot be secured against a crash: {0}. Save your work now, and free some space.")
            self._window.notices.announce("recovery", text.format(reason))
        else:
            self._window.notices.dismiss("recovery")
