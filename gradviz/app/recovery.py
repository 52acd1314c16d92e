"""Recovery copies: what was typed and not saved outlives a kill, and is offered at the next start."""

from __future__ import annotations

import contextlib
import json
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Qt, QTimer, Signal

from gradviz.app.document import Document
from gradviz.whole_file import write_whole

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


_RETRY = 2000  # ms after which a copy that could not be written is tried again


@dataclass(frozen=True, slots=True)
class Lost:
    """A text that was left behind.

    Attributes:
        file: The recovery copy.
        path: The script's own file, None where it had none.
        title: The document's name.
        text: The text.
        when: When it was last edited.
    """

    file: Path
    path: Path | None
    title: str
    text: str
    when: datetime


def _write(file: Path, data: str) -> str:
    """Writes a copy whole or not at all; returns why it could not, "" where it could. A full disk leaves the last one."""
    try:
        write_whole(file, data.encode())
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):  # where a folder cannot be written to, what is in it stays
        file.unlink()


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _is_locked(file: Path) -> bool:
    """Whether a living GradViz looks after a copy."""
    lock = QLockFile(str(file.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        return True
    lock.unlock()
    return False


def _read(file: Path) -> Lost | None:
    """What is in a copy, None where it cannot be read; a damaged one is removed."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        path = Path(data["path"]) if data["path"] else None
        return Lost(file, path, str(data["title"]), str(data["text"]), datetime.fromtimestamp(_age(file)))
    except OSError:
        return None  # it may be readable another time
    except (ValueError, KeyError, TypeError):
        _remove(file)
        return None


class RecoveryCopy(QObject):
    """The copy of one document, there while it holds unsaved changes.

    It is written anew at every change, off the GUI thread. While one version is being written the next waits, and only the
    newest of those that wait is written after it.
    """

    def __init__(self, document: Document, recovery: Recovery) -> None:
        super().__init__(document)
        self._document, self._recovery = document, recovery
        self.file = recovery.folder / f"{uuid.uuid4().hex}.json"
        self._lock: QLockFile | None = None
        self._mutex = threading.Lock()
        self._waiting: dict[str, str | None] | None = None
        self._asked: dict[str, str | None] | None = None
        self._last: Future[str] | None = None
        self._failed = False
        self._ended = False
        document.text_changed.connect(self._changed)
        document.changed.connect(self._changed)

    def _changed(self) -> None:
        if self._document.modified:
            self.write()
        else:
            self.discard()

    def write(self) -> None:
        """Has the copy written, if the document has changed since."""
        document = self._document
        if self._ended or not document.modified:
            return
        data = {"path": str(document.path) if document.path else None, "title": document.title, "text": document.text}
        if (data == self._asked and not self._failed) or not self._locked():
            return
        self._asked = data
        with self._mutex:
            is_queued, self._waiting = self._waiting is not None, data
        if not is_queued:
            self._last = self._recovery.writer.submit(self._write_newest)

    def _locked(self) -> bool:
        """Whether the folder is there, and other windows see that somebody looks after the copy."""
        if self._lock is None:
            try:
                self._recovery.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                self._recovery.tell(error.strerror or str(error))
                return False
            self._lock = QLockFile(str(self.file.with_suffix(".lock")))
            self._lock.setStaleLockTime(0)
        if not self._lock.isLocked():
            self._lock.tryLock(0)
        return True

    def _write_newest(self) -> str:
        """Called in the writer's thread."""
        with self._mutex:
            data, self._waiting = self._waiting, None
        if data is None:
            return ""
        trouble = _write(self.file, json.dumps(data))
        self._failed = bool(trouble)
        self._recovery.tell(trouble)
        return trouble

    def secure(self) -> bool:
        """Writes the copy and waits for it; returns whether it is there now."""
        self.write()
        return self._last is not None and not self._last.result()

    def discard(self) -> None:
        """Removes the copy: nothing would be lost any more."""
        self._asked = None
        if self._lock is None:
            return
        with self._mutex:
            self._waiting = None
        if self._last is not None:
            self._last.result()
            self._last = None
        _remove(self.file)
        self._lock.unlock()
        self._lock = None

    def end(self) -> None:
        """Removes the copy, and makes none any more: what is not saved by now is not wanted."""
        self._ended = True
        self.discard()


class Recovery(QObject):
    """Keeps the copies of a window's documents, and finds those that were left behind.

    Signals:
        troubled: Copies can not be written, for the reason given; with "", they can be again.
    """

    troubled = Signal(str)
    _told = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._copies: list[RecoveryCopy] = []
        self._writer: ThreadPoolExecutor | None = None
        self._trouble = ""
        self._again = QTimer(self)
        self._again.setInterval(_RETRY)
        self._again.timeout.connect(self.flush)
        self._told.connect(self._take_trouble, Qt.ConnectionType.QueuedConnection)

    @property
    def writer(self) -> ThreadPoolExecutor:
        """Writes the copies one after the other."""
        if self._writer is None:
            from concurrent.futures import ThreadPoolExecutor

            self._writer = ThreadPoolExecutor(1, "recovery")
        return self._writer

    def tell(self, trouble: str) -> None:
        """Takes notice of how writing a copy went; may be called from any thread."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._told.emit(trouble)

    def _take_trouble(self, trouble: str) -> None:
        if trouble != self._trouble:
            return
        if trouble:
            self._again.start()
        else:
            self._again.stop()
        self.troubled.emit(trouble)

    def keep(self, document: Document) -> RecoveryCopy:
        """Keeps a copy of a document from now on."""
        copy = RecoveryCopy(document, self)
        self._copies.append(copy)
        return copy

    def drop(self, copy: RecoveryCopy) -> None:
        """Keeps a copy no more, and removes it."""
        copy.end()
        self._copies.remove(copy)

    def flush(self) -> None:
        """Has all copies written."""
        for copy in self._copies:
            copy.write()

    def wait(self) -> None:
        """Returns when everything asked for has been written."""
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def end(self) -> None:
        """Removes the copies, and makes none any more."""
        for copy in self._copies:
            copy.end()
        self.wait()
        self._trouble = ""
        self._again.stop()

    def lost(self) -> list[Lost]:
        """The copies that no living GradViz looks after, the newest first."""
        return [lost for file in self._others() if not _is_locked(file) and (lost := _read(file))]

    def edited_by_others(self) -> list[Path]:
        """The files that hold less than another living GradViz window shows."""
        found = (_read(file) for file in self._others() if _is_locked(file))
        return [copy.path for copy in found if copy is not None and copy.path is not None]

    def _others(self) -> list[Path]:
        """The copies of other windows, living or dead, the newest first."""
        ours = {copy.file for copy in self._copies}
        return sorted((file for file in self.folder.glob("*.json") if file not in ours), key=_age, reverse=True)

    def forget(self, lost: Lost) -> None:
        """Removes a copy that was left behind."""
        _remove(lost.file)
