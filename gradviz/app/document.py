"""The document: a script's text, where it is kept, and whether it has been saved."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextDocument

from gradviz.app.file_watch import FileWatch
from gradviz.app.kept_bytes import NOTHING, KeptBytes, keep
from gradviz.panels.editor_keys import replace_text
from gradviz.recording import Recording, RecordingError, read_file
from gradviz.script import ScriptFileError
from gradviz.script.file import read_regular, script_bytes
from gradviz.whole_file import write_whole

UNTITLED = "untitled.py"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_SETTLE = 120  # ms: other programs replace a file in several steps


class DocumentError(Exception):
    """A file could not be opened or saved; the text says why and what to do."""


class Document(QObject):
    """A script that is open. Its text lives in a page of the editor, whose undo history it shares.

    Signals:
        changed: Name, path, modified or read-only is another.
        text_changed: The text is another.
        disk_changed: The file was changed by another program: what it holds now is in ``disk_version``.
        disk_deleted: The file is gone.
    """

    changed = Signal()
    text_changed = Signal()
    disk_changed = Signal()
    disk_deleted = Signal()

    def __init__(self, text: QTextDocument, parent: QObject | None = None, watch: FileWatch | None = None) -> None:
        """Makes an empty one over a text of the editor; all that are open share one watch over their files."""
        super().__init__(parent)
        self._text = text
        self._kept: KeptBytes = NOTHING
        self.path: Path | None = None
        self.recording: Recording | None = None
        self.title = UNTITLED
        self._on_disk: bytes | None = None  # what the text was made of, or the user holds on to it against
        self._told: bytes | None = None  # what another program has made of it since, and the user knows of
        self._seen = ""
        self._watch_over = watch or FileWatch(self)
        self._watched: tuple[Path, ...] = ()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE)
        self._settle.timeout.connect(self.look_at_disk)
        self._watch_over.touched.connect(self._touched)
        text.modificationChanged.connect(lambda _modified: self.changed.emit())
        text.contentsChanged.connect(self._contents_changed)

    @property
    def text(self) -> str:
        """The script, character for character, lines ended by "\\n"."""
        return self._text.toRawText().replace("\u2029", "\n")

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name if self.path else self.title

    @property
    def filename(self) -> str:
        """What error messages and recordings call it."""
        return str(self.path) if self.path else self.title

    @property
    def modified(self) -> bool:
        """Whether something would be lost."""
        return self.recording is None and self._text.isModified()

    @property
    def is_worthless(self) -> bool:
        """Whether nothing is lost with it: it has no file, and neither its text nor what can be undone says anything."""
        return self.path is None and not self.text.strip() and not self._text.isUndoAvailable()

    def _contents_changed(self) -> None:
        # Formats change contents too; only another text is news.
        if self._seen != self.text:
            self._seen = self.text
            self.text_changed.emit()

    # Another document

    def new(self, text: str = "", title: str = UNTITLED, *, modified: bool = False) -> None:
        """Begins a document that has no file yet."""
        self._become(None, NOTHING, text, title)
        self._text.setModified(modified)

    def open(self, path: Path) -> None:
        """Opens a script or a recording; on failure the document stays as it is.

        Raises:
            DocumentError: It cannot be read; the text says why.
        """
        path = path.absolute()
        if path.suffix == ".gradviz":
            if path.exists() and not (path.is_file() or path.is_dir()):
                raise DocumentError(self.tr("{0} cannot be opened. It is not a regular file.").format(path))
            try:
                recording = read_file(path)
            except (OSError, RecordingError) as error:
                reason = f"{error.strerror}." if isinstance(error, OSError) else str(error)
                raise DocumentError(self.tr("{0} cannot be opened. {1}").format(path, reason)) from None
            self._become(path, NOTHING, recording.script, path.name, recording)
            return
        try:
            kept = keep(script_bytes(path), str(path))
        except ScriptFileError as error:
            raise DocumentError(str(error)) from None
        self._become(path, kept, kept.text, path.name)

    def recover(self, path: Path | None, text: str, title: str) -> None:
        """Takes over a text that was never saved; what its file holds now stays known, so that saving keeps its endings."""
        kept = NOTHING
        if path is not None:
            try:
                kept = keep(script_bytes(path), str(path))
            except ScriptFileError:
                kept = NOTHING
        self._become(path, kept, text, title)
        self._text.setModified(True)
        self.changed.emit()

    def _become(self, path: Path | None, kept: KeptBytes, text: str, title: str, recording: Recording | None = None) -> None:
        self.path, self.title, self._kept, self.recording = path, title, kept, recording
        self._on_disk, self._told = kept.data if path and recording is None else None, None
        self._watch()
        self._seen = text
        self._text.setPlainText(text)
        self._text.clearUndoRedoStacks()
        self._text.setModified(False)
        self.changed.emit()
        self.text_changed.emit()

    # Saving

    def save(self, path: Path | None = None) -> None:
        """Writes the text, whole or not at all: to a neighbour first, which then takes the file's place.

        A recording becomes the script it was made of, under the new name, once that is written.

        Raises:
            DocumentError: It could not be written; the file on disk is as it was.
        """
        target = (path or self.path or Path(self.title)).absolute()
        if target.suffix.lower() == ".gradviz":
            raise DocumentError(
                self.tr("{0} was not saved: .gradviz is for recordings. Choose a name that ends in .py.").format(target.name)
            )
        try:
            data = self._kept.encode(self.text)
        except UnicodeEncodeError as error:
            raise DocumentError(
                self.tr("{0} was not saved: {1} has no character {2}. Change the script's coding comment to utf-8.").format(
                    target.name, error.encoding, error.object[error.start]
                )
            ) from None
        try:
            kept = self._kept.saved(data, str(target))
        except ScriptFileError as error:
            raise DocumentError(self.tr("{0} was not saved. {1}").format(target.name, error)) from None
        self._write(target, data)
        self.path, self.title, self.recording = target, target.name, None
        self._kept = kept
        self._on_disk, self._told = data, None
        self._watch()
        self._text.setModified(False)
        self.changed.emit()

    def _write(self, target: Path, data: bytes) -> None:
        if target.is_dir():
            raise DocumentError(self.tr("{0} is a directory. Choose a file's name.").format(target))
        try:
            write_whole(target, data)
        except OSError as error:
            raise DocumentError(self._why_not(target, error)) from None

    def _why_not(self, target: Path, error: OSError) -> str:
        """Why a file could not be written, and what to do."""
        reason, folder = error.strerror or str(error), target.parent
        if error.errno in _FULL:
            text = self.tr(
                "{0} was not saved: the disk has no room for it ({1}). "
                "Your text is still here, and the file is as it was. Free some space and try again, or save it elsewhere."
            ).format(target.name, reason)
        elif error.errno in _FORBIDDEN:
            is_file = error.errno != errno.EROFS and target.exists() and not os.access(target, os.W_OK)
            place = target if is_file else folder
            text = self.tr(
                "{0} was not saved: {1} may not be written to ({2}). Your text is still here: save it elsewhere."
            ).format(target.name, place, reason)
        elif not folder.is_dir():
            text = self.tr("{0} was not saved: there is no folder {1}. Your text is still here: save it elsewhere.").format(
                target.name, folder
            )
        else:
            text = self.tr("{0} was not saved: {1}. Your text is still here: try again, or save it elsewhere.").format(
                target.name, reason
            )
        return text

    # The disk

    @property
    def disk_version(self) -> KeptBytes | None:
        """What the file holds now, or None where it cannot be read as a script."""
        if self.path is None:
            return None
        try:
            return keep(script_bytes(self.path), str(self.path))
        except ScriptFileError:
            return None

    def is_newer_on_disk(self) -> bool:
        """Whether saving would overwrite what another program wrote, be it in the place of a file that was deleted."""
        if self.path is None or self.recording is not None:
            return False
        try:
            return read_regular(self.path) != self._on_disk
        except OSError:
            return False
        except ScriptFileError:
            return True

    def reload(self) -> None:
        """Takes over what the file holds now, as one undo step.

        Raises:
            DocumentError: It cannot be read.
        """
        if self.path is None:
            return
        try:
            kept = keep(script_bytes(self.path), str(self.path))
        except ScriptFileError as error:
            raise DocumentError(str(error)) from None
        self._kept, self._on_disk, self._told = kept, kept.data, None
        replace_text(self._text, kept.text)
        self._text.setModified(False)

    def keep_mine(self, theirs: bytes) -> None:
        """Holds on to the text against the version of the file that the user was shown: saving may overwrite that one alone."""
        self._on_disk, self._told = theirs, None
        self.set_unsaved()

    def set_unsaved(self) -> None:
        """Has the text count as not saved; what the file holds stays undecided about."""
        self._text.setModified(True)

    def close(self) -> None:
        """Ceases to watch the file."""
        self._settle.stop()
        self._unwatch()

    def _unwatch(self) -> None:
        self._watch_over.remove(self._watched)
        self._watched = ()

    def _watch(self) -> None:
        self._unwatch()
        if self.path is not None and self.recording is None:
            self._watched = (self.path, self.path.parent)
            self._watch_over.add(self._watched)

    def _touched(self, path: str) -> None:
        if Path(path) in self._watched:
            self._settle.start()

    def look_at_disk(self) -> None:
        """Tells if another program has changed or deleted the file."""
        if self.path is None or self.recording is not None:
            return
        self._watch_over.renew(self._watched)
        try:
            data = read_regular(self.path)
        except FileNotFoundError:
            if self._on_disk is not None or self._told is not None:
                self._on_disk = self._told = None
                self.set_unsaved()
                self.disk_deleted.emit()
            return
        except (OSError, ScriptFileError):
            return
        if data != (self._on_disk if self._told is None else self._told):
            self._told = data if data != self._on_disk else None
            self.disk_changed.emit()
