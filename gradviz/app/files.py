"""Opening, saving, trusting and giving back: what concerns files, with every refusal said in one clear message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog, QMessageBox

from gradviz.app.document import DocumentError
from gradviz.app.examples import Example
from gradviz.app.recovery import Lost
from gradviz.recording import write_file

if TYPE_CHECKING:
    from gradviz.app.window import Window


class Files(QObject):
    """The file actions of a window."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window

    # May it go?

    def may_leave(self) -> bool:
        """Whether the document may be left: it is saved, or the user says what to do with it."""
        document = self._window.document
        if not document.modified or not (document.text.strip() or document.path):
            return True
        box = QMessageBox(self._window)
        box.setObjectName("ask-save")
        box.setWindowTitle("GradViz")
        box.setText(self.tr("Save the changes to {0}?").format(document.name))
        box.setInformativeText(self.tr("If you do not save them, they are lost."))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answer = box.exec()
        box.deleteLater()
        if answer == buttons.Save:
            return self.save()
        return answer == buttons.Discard

    # Open

    def new(self) -> None:
        """Begins an empty script."""
        if self.may_leave():
            self._window.forget_trust()
            self._window.document.new("import torch\n\n")
            self._window.opened()
            self._window.editor.moveCursor(QTextCursor.MoveOperation.End)
            self._window.editor.setFocus()

    def ask_open(self) -> None:
        """Asks for a file and opens it."""
        folder = self._window.document.path.parent if self._window.document.path else Path.home()
        kinds = self.tr("Scripts and recordings (*.py *.gradviz);;All files (*)")
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open"), str(folder), kinds)
        if name:
            self.open(Path(name))

    def open(self, path: Path, *, trusted: bool = False) -> bool:
        """Opens a file, restricted unless it is trusted; says why where it cannot."""
        if not self.may_leave():
            return False
        window = self._window
        try:
            window.document.open(path)
        except DocumentError as error:
            window.notices.say("open", str(error))
            if not path.exists():
                window.settings.remove_recent(str(path.absolute()))
                window.refresh_recent()
            return False
        window.forget_trust(trusted=trusted or window.settings.is_trusted(window.document.text))
        window.settings.add_recent(str(path.absolute()))
        window.opened()
        return True

    def open_example(self, example: Example) -> None:
        """Opens a copy of an example: saving it asks for a place."""
        if self.may_leave():
            self._window.forget_trust()
            self._window.document.new(example.text, example.path.name)
            self._window.opened()

    # Save

    def save(self) -> bool:
        """Saves the script; asks for a name where it has none, and before it overwrites what another program wrote."""
        document = self._window.document
        if document.path is None or document.recording is not None:
            return self.save_as()
        if document.is_newer_on_disk():
            self._window.notices.say(
                "disk",
                self.tr("{0} was changed by another program since it was opened. Saving now would overwrite that.").format(
                    document.name
                ),
                (self.tr("Overwrite"), lambda: self._write(None)),
                (self.tr("Save as…"), self.save_as),
                (self.tr("Load theirs"), self._reload),
            )
            return False
        return self._write(None)

    def save_as(self) -> bool:
        """Asks for a name and saves under it."""
        document = self._window.document
        start = document.path or Path.home() / document.title
        if start.suffix != ".py":
            start = start.with_suffix(".py")
        name, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save as"), str(start), self.tr("Scripts (*.py);;All files (*)")
        )
        if not name:
            return False
        path = Path(name)
        return self._write(path if path.suffix else path.with_suffix(".py"))

    def _write(self, path: Path | None) -> bool:
        window = self._window
        was_recording = window.document.recording is not None
        try:
            window.document.save(path)
        except DocumentError as error:
            window.notices.say("save", str(error), (self.tr("Save as…"), self.save_as))
            return False
        window.notices.dismiss("save")
        window.notices.dismiss("disk")
        window.settings.add_recent(str(window.document.path))
        if window.trusted:
            window.settings.trust(window.document.text)
        window.refresh_recent()
        if was_recording:
            window.opened()
        return True

    def export(self) -> None:
        """Keeps the recording, or a picture of the cursor's event."""
        window = self._window
        start = (window.document.path or Path.home() / window.document.title).with_suffix(".png")
        kinds = self.tr("Picture (*.png *.svg);;Recording (*.gradviz)")
        name, kind = QFileDialog.getSaveFileName(window, self.tr("Export"), str(start), kinds)
        if not name:
            return
        path = Path(name)
        if not path.suffix:
            path = path.with_suffix(".gradviz" if "gradviz" in kind else ".png")
        try:
            self._export(path)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            window.notices.say("export", self.tr("{0} was not written: {1}.").format(path, reason))
        else:
            window.notices.say("export", self.tr("Written to {0}.").format(path))

    def _export(self, path: Path) -> None:
        window = self._window
        if path.suffix.lower() == ".gradviz":
            write_file(window.cursor.recording, path)
        elif path.suffix.lower() in (".png", ".svg"):
            from gradviz.export import write

            picture = window.canvas.picture
            if picture is None or picture.recording is not window.cursor.recording:
                raise ValueError(self.tr("its picture is not there yet"))
            write(picture, window.cursor.event, path, window.theme.name)
        else:
            raise ValueError(self.tr("a picture's name ends in .png or .svg, a recording's in .gradviz"))

    # Trust

    def trust_and_run(self) -> None:
        """Runs the script with all of Python from now on, and remembers this text."""
        window = self._window
        window.settings.trust(window.document.text)
        window.notices.dismiss("refused")
        window.forget_trust(trusted=True)
        window.run_now()

    def say_refused(self, message: str, line: int) -> None:
        """Says what was refused, with the way out."""
        place = self.tr("Line {0}: {1}").format(line, message) if line else message
        self._window.notices.say("refused", place, (self.tr("Trust and run"), self.trust_and_run))

    def say_still_running(self) -> None:
        """Says that the script takes its time, and how to end it."""
        window = self._window
        window.notices.say("still-running", self.tr("The script is still running."), (self.tr("Stop"), window.session.stop))

    # The disk

    def disk_changed(self) -> None:
        """Another program changed the file: takes it over, or asks where something would be lost."""
        window, document = self._window, self._window.document
        theirs = document.disk_text
        if theirs == document.text:
            self._reload()
        elif theirs is None:
            text = self.tr("{0} was changed on disk and is no longer a script GradViz can read. Your text is kept.")
            document.keep_mine()
            window.notices.say("disk", text.format(document.name))
        elif document.modified:
            text = self.tr("{0} was changed by another program, and you have changes that are not saved.")
            choices: tuple[tuple[str, Callable[[], None]], ...] = (
                (self.tr("Load theirs"), self._reload),
                (self.tr("Keep mine"), document.keep_mine),
            )
            window.notices.say("disk", text.format(document.name), *choices)
        else:
            self._reload()
            window.notices.say("disk", self.tr("{0} was changed by another program and loaded again.").format(document.name))

    def _reload(self) -> None:
        window = self._window
        try:
            window.document.reload()
        except DocumentError as error:
            window.notices.say("disk", str(error))
            return
        # A text that came from outside is trusted only if that very text was.
        window.forget_trust(trusted=window.settings.is_trusted(window.document.text))
        window.run_now()

    def disk_deleted(self) -> None:
        """The file is gone: says so, and that nothing is lost."""
        window = self._window
        text = self.tr("{0} was deleted or moved. Your text is still here: save it to write the file again.")
        window.notices.say(
            "disk", text.format(window.document.name), (self.tr("Save"), self.save), (self.tr("Save as…"), self.save_as)
        )

    # Recovery

    def offer_lost(self) -> None:
        """Offers what an earlier GradViz could not save."""
        window = self._window
        for lost in window.recovery.lost():
            text = self.tr("GradViz ended before changes to {0} were saved.").format(lost.title)
            window.notices.say(
                f"lost-{lost.file.stem}",
                text,
                (self.tr("Restore"), lambda lost=lost: self._restore(lost)),
                (self.tr("Discard"), lambda lost=lost: window.recovery.forget(lost)),
            )

    def _restore(self, lost: Lost) -> None:
        window = self._window
        if not self.may_leave():
            window.notices.dismiss(f"lost-{lost.file.stem}")
            self.offer_lost()
            return
        window.forget_trust(trusted=window.settings.is_trusted(lost.text))
        window.document.recover(lost.path, lost.text, lost.title)
        if window.recovery.secure():
            window.recovery.forget(lost)
        window.opened()
