"""Opening, saving, closing, trusting and giving back: what concerns files, with every refusal said in one clear message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog, QMessageBox

from gradviz.app.document import UNTITLED, Document, DocumentError
from gradviz.app.documents import Page
from gradviz.app.examples import Example
from gradviz.recording import write_file

if TYPE_CHECKING:
    from gradviz.app.window import Window

_EMPTY = "import torch\n\n"
_NAMED = 10  # documents that a question names at most


class Files(QObject):
    """The file actions of a window."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._refused = ""

    # May it go?

    def may_go(self, pages: Sequence[Page]) -> bool:
        """Whether documents may be left: all are saved, or the user says what to do with those that are not."""
        unsaved = [page for page in pages if page.document.modified and not page.document.is_worthless]
        if not unsaved:
            return True
        if self._window.documents.current not in unsaved:
            self._window.documents.show(unsaved[0])
        answer = self._ask_save([page.document.name for page in unsaved])
        if answer == QMessageBox.StandardButton.Discard:
            return True
        return answer == QMessageBox.StandardButton.Save and all(self._save_page(page) for page in unsaved)

    def _ask_save(self, names: Sequence[str]) -> int:
        box = QMessageBox(self._window)
        box.setObjectName("ask-save")
        box.setWindowTitle("GradViz")
        if len(names) == 1:
            box.setText(self.tr("Save the changes to {0}?").format(names[0]))
        else:
            more = len(names) - _NAMED
            shown = [*names[:_NAMED], *([self.tr("and {0} more").format(more)] if more > 0 else [])]
            box.setText(self.tr("Save the changes to {0} documents?").format(len(names)) + "\n\n" + "\n".join(shown))
        box.setInformativeText(self.tr("If you do not save them, they are lost."))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        if len(names) > 1:
            box.button(buttons.Save).setText(self.tr("Save All"))
            box.button(buttons.Discard).setText(self.tr("Discard All"))
        box.setDefaultButton(buttons.Save)
        answer = box.exec()
        box.deleteLater()
        return answer

    def _save_page(self, page: Page) -> bool:
        self._window.documents.show(page)
        return self.save()

    # Open

    def _begin(self, fill: Callable[[Document], None], trusted: Callable[[str], bool] = lambda _text: False) -> Page:
        """Fills a new document, or the one that is shown while that is untouched, and runs it.

        Raises:
            DocumentError: It could not be filled; all is as it was.
        """
        window, documents = self._window, self._window.documents
        if documents.current.is_untouched:
            page = documents.current
            fill(page.document)
            page.trusted = trusted(page.document.text)
            window.opened()
        else:
            page = documents.make()
            try:
                fill(page.document)
            except DocumentError:
                documents.drop(page)
                raise
            page.trusted = trusted(page.document.text)
            documents.add(page)
        window.notices.dismiss("open")
        window.refresh_recent()
        return page

    def _begin_text(self, text: str, title: str) -> None:
        documents = self._window.documents
        besides = documents.current if documents.current.is_untouched else None
        self._begin(lambda document: document.new(text, documents.free_title(title, besides)))

    def new(self) -> None:
        """Begins an empty script."""
        self._begin_text(_EMPTY, UNTITLED)
        self._window.editor.moveCursor(QTextCursor.MoveOperation.End)
        self._window.editor.setFocus()

    def new_of(self, text: str) -> None:
        """Begins a script with a text."""
        self._begin_text(text, UNTITLED)

    def new_from(self, template: Example) -> None:
        """Begins a script that is not empty."""
        self._begin_text(template.body, UNTITLED)
        self._window.canvas.setFocus()

    def open_example(self, example: Example) -> None:
        """Opens a copy of an example: saving it asks for a place."""
        self._begin_text(example.text, example.path.name)

    def open_recovered(self, path: Path | None, text: str, title: str) -> Page:
        """Opens a text that was never saved; where its file is open and unchanged, there."""
        window = self._window
        already = window.documents.of_file(path) if path is not None else None
        if already is None or already.document.modified:
            return self._begin(lambda document: document.recover(path, text, title), window.settings.is_trusted)
        window.documents.show(already)
        already.document.recover(path, text, title)
        already.trusted = window.settings.is_trusted(text)
        window.opened()
        return already

    def ask_open(self) -> None:
        """Asks for files and opens them."""
        folder = self._window.document.path.parent if self._window.document.path else Path.home()
        kinds = self.tr("Scripts and recordings (*.py *.gradviz);;All files (*)")
        names, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Open"), str(folder), kinds)
        for name in names:
            self.open(Path(name))

    def open(self, path: Path, *, trusted: bool = False) -> bool:
        """Opens a file, restricted unless it is trusted, or shows it where it is open; says why where it cannot."""
        window = self._window
        already = window.documents.of_file(path)
        if already is not None:
            already.document.look_at_disk()
            window.documents.show(already)
            window.show_picture()
        else:
            try:
                self._begin(lambda document: document.open(path), lambda text: trusted or window.settings.is_trusted(text))
            except DocumentError as error:
                window.notices.announce("open", str(error))
                if not path.exists():
                    window.settings.remove_recent(str(path.absolute()))
                    window.refresh_recent()
                return False
        window.settings.add_recent(str(path.absolute()))
        window.refresh_recent()
        return True

    # Close

    def close_tab(self) -> None:
        """Closes the document that is shown."""
        self.close(self._window.documents.current)

    def close(self, page: Page) -> bool:
        """Closes a document, unless the user keeps it; where it was the last, an empty one and the Welcome page follow."""
        if not self.may_go([page]):
            return False
        window = self._window
        window.notices.forget(page)
        if len(window.documents.pages) > 1:
            window.documents.drop(page)
        else:
            page.document.new(_EMPTY)
            page.trusted = False
            window.opened()
            window.show_welcome()
        return True

    def close_others(self, page: Page) -> None:
        """Closes all documents but one."""
        others = [other for other in self._window.documents.pages if other is not page]
        if self.may_go(others):
            self._window.documents.show(page)
            for other in others:
                self._window.notices.forget(other)
                self._window.documents.drop(other)

    # Save

    def save(self) -> bool:
        """Saves the script; asks for a name where it has none, and before it overwrites what another program wrote."""
        document = self._window.document
        if document.path is None or document.recording is not None:
            return self.save_as()
        if document.is_newer_on_disk():
            self._window.disk_changes.say_newer()
            return False
        return self.write(None)

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
        if not path.suffix:
            path = path.with_suffix(".py")
            if path.exists() and not self._may_overwrite(path):  # the dialog asked about the name without its ending
                return False
        other = self._window.documents.of_file(path)
        if other is not None and other is not self._window.documents.current:
            text = self.tr("{0} is open in another tab. Close it there first, or choose another name.")
            self._window.notices.say("save", text.format(path.name), (self.tr("Save as…"), self.save_as))
            return False
        return self.write(path)

    def _may_overwrite(self, path: Path) -> bool:
        box = QMessageBox(self._window)
        box.setObjectName("ask-overwrite")
        box.setWindowTitle("GradViz")
        box.setText(self.tr("{0} exists already. Overwrite it?").format(path.name))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Yes | buttons.Cancel)
        box.button(buttons.Yes).setText(self.tr("Overwrite"))
        box.setDefaultButton(buttons.Cancel)
        answer = box.exec()
        box.deleteLater()
        return answer == buttons.Yes

    def write(self, path: Path | None) -> bool:
        """Writes the script to a file, None for its own, and asks nothing; says why where it cannot."""
        window = self._window
        was_recording = window.document.recording is not None
        try:
            window.document.save(path)
        except DocumentError as error:
            again = (self.tr("Try again"), lambda: self.write(path))
            window.notices.say("save", str(error), again, (self.tr("Save as…"), self.save_as))
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

    def revert(self) -> None:
        """Takes what the file holds, as one undo step."""
        self._window.disk_changes.take_theirs(self.tr("Revert to File"))

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

    def trust_refused(self) -> None:
        """Trusts the script that was refused, if it still is the one that is shown; another runs as any script does."""
        if self._refused == self._window.document.text:
            self.trust_and_run()
            return
        self._window.notices.dismiss("refused")
        self._window.run_now()

    def say_refused(self, message: str, line: int) -> None:
        """Says what was refused, with the way out."""
        place = self.tr("Line {0}: {1}").format(line, message) if line else message
        self._refused = self._window.document.text
        self._window.notices.say("refused", place, (self.tr("Trust and run"), self.trust_refused))

    def say_still_running(self) -> None:
        """Says that the script takes its time, and how to end it."""
        window = self._window
        window.notices.say("still-running", self.tr("The script is still running."), (self.tr("Stop"), window.session.stop))
