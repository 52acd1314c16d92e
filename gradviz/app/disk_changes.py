"""What other programs do to the files that are open: told, with nothing of the user's lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from gradviz.app.comparison import Choice, ComparisonDialog, Versions
from gradviz.app.document import DocumentError
from gradviz.app.documents import Page
from gradviz.app.kept_bytes import KeptBytes

if TYPE_CHECKING:
    from gradviz.app.window import Window


class DiskChanges(QObject):
    """Tells of files that were changed or deleted, in the document that each belongs to."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        window.documents.disk_changed.connect(self._changed)
        window.documents.disk_deleted.connect(self._deleted)
        QGuiApplication.instance().applicationStateChanged.connect(self._come_back)

    def _come_back(self, state: Qt.ApplicationState) -> None:
        """The user comes back from another program: looks at the files where the system tells of no changes."""
        if state == Qt.ApplicationState.ApplicationActive:
            for page in self._window.documents.pages:
                page.document.look_at_disk()

    def _changed(self, page: Page) -> None:
        """Another program changed a file: takes it over, or asks where something would be lost."""
        document, notices = page.document, self._window.notices
        theirs = document.disk_version
        if theirs is not None and theirs.text == document.text:
            self._take(page, "")
            notices.dismiss("disk", page)
        elif not document.is_newer_on_disk():
            notices.dismiss("disk", page)  # it was put back
        elif theirs is None:
            text = self.tr("{0} was changed on disk and is no longer a script GradViz can read. Your text is kept.")
            document.set_unsaved()
            notices.say_of(page, "disk", text.format(document.name), (self.tr("Save as…"), self._window.files.save_as))
        elif document.modified:
            self._say_conflict(page, theirs)
        else:
            self._take(page, self.tr("Load from Disk"))
            text = self.tr("{0} was changed by another program and loaded again.")
            notices.say_of(page, "disk", text.format(document.name))

    def _deleted(self, page: Page) -> None:
        """A file is gone: says so, and that nothing is lost."""
        files = self._window.files
        text = self.tr("{0} was deleted or moved. Your text is still here: save it to write the file again.")
        self._window.notices.say_of(
            page, "disk", text.format(page.document.name), (self.tr("Save"), files.save), (self.tr("Save as…"), files.save_as)
        )

    def _say_conflict(self, page: Page, theirs: KeptBytes) -> None:
        """Says that there are two versions, and lets one choose; keeping one's own is decided against that one of theirs."""
        text = self.tr("{0} was changed by another program, and you have changes that are not saved.")
        self._window.notices.say_of(
            page,
            "disk",
            text.format(page.document.name),
            (self.tr("Compare…"), lambda: self._compare(page)),
            (self.tr("Load theirs"), lambda: self._take(page, self.tr("Load from Disk"))),
            (self.tr("Keep mine"), lambda: page.document.keep_mine(theirs.data)),
        )

    def say_newer(self) -> None:
        """Says that saving the document that is shown would overwrite what another program wrote."""
        window = self._window
        text = self.tr("{0} was changed by another program since it was opened. Saving now would overwrite that.")
        window.notices.say(
            "disk",
            text.format(window.document.name),
            (self.tr("Compare…"), lambda: self._compare(window.documents.current)),
            (self.tr("Load theirs"), lambda: self.take_theirs(self.tr("Load from Disk"))),
            (self.tr("Overwrite"), lambda: window.files.write(None)),
        )

    def _compare(self, page: Page) -> None:
        """Shows what the file holds now side by side with the document."""
        window, document = self._window, page.document
        theirs = document.disk_version
        if theirs is None:
            self._changed(page)
            return
        titles = self.tr("{0} as it is on disk").format(document.name), self.tr("Yours, not saved")
        choices = (
            Choice(
                "load-theirs",
                self.tr("Load &Theirs"),
                self.tr("Take what is on disk; undo brings yours back"),
                lambda _number: self._take(page, self.tr("Load from Disk")),
            ),
            Choice(
                "keep-mine",
                self.tr("&Keep Mine"),
                self.tr("Go on with yours; saving it overwrites theirs"),
                lambda _number: document.keep_mine(theirs.data),
            ),
        )
        words = self.tr("{0} was changed by another program, and you have changes that are not saved.").format(document.name)
        versions = Versions(document.name, titles, theirs.text, document.text)
        dialog = ComparisonDialog(words, (versions,), choices[::-1], window.theme, window)
        dialog.rejected.connect(lambda: self._say_conflict(page, theirs))
        dialog.open()

    def take_theirs(self, name: str) -> None:
        """Has the document that is shown take what its file holds, as one undo step of that name."""
        self._window.notices.dismiss("disk")
        self._take(self._window.documents.current, name)

    def _take(self, page: Page, name: str) -> None:
        window, document = self._window, page.document
        try:
            with page.undo_names.step(name):
                document.reload()
        except DocumentError as error:
            window.notices.say_of(page, "disk", str(error))
            return
        # A text that came from outside is trusted only if that very text was.
        page.trusted = window.settings.is_trusted(document.text)
        if page is window.documents.current:
            window.forget_trust(trusted=page.trusted)
            window.run_now()
