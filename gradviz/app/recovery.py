"""Recovery copies: what was typed and not saved outlives a kill, and is offered at the next start."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, QTimer

from gradviz.app.document import Document

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_DELAY = 250  # ms after the last key stroke


@dataclass(frozen=True, slots=True)
class Lost:
    """A text that was left behind.

    Attributes:
        file: The recovery copy.
        path: The script's own file, None where it had none.
        title: The document's name.
        text: The text.
    """

    file: Path
    path: Path | None
    title: str
    text: str


def _write(file: Path, data: str) -> bool:
    """Writes a copy whole or not at all; returns whether it could. A full disk leaves the last one."""
    part = file.with_suffix(".part")
    try:
        part.write_text(data, encoding="utf-8")
        os.replace(part, file)
    except OSError:
        _remove(part)
        return False
    return True


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):  # where a folder cannot be written to, what is in it stays
        file.unlink()


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


class Recovery(QObject):
    """Keeps a copy of the document while it holds unsaved changes. The copies are written off the GUI thread, in order."""

    def __init__(self, document: Document, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._folder = document, folder
        self._file = folder / f"{uuid.uuid4().hex}.json"
        self._lock: QLockFile | None = None
        self._writer: ThreadPoolExecutor | None = None
        self._last: Future[bool] | None = None
        self._ended = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self.flush)
        document.text_changed.connect(self._changed)
        document.changed.connect(self._changed)

    def _changed(self) -> None:
        if self._document.modified:
            self._timer.start()
        else:
            self.discard()

    def flush(self) -> None:
        """Has the copy written now."""
        self._timer.stop()
        document = self._document
        if self._ended or not document.modified:
            return
        if self._lock is None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                return
            self._lock = QLockFile(str(self._file.with_suffix(".lock")))
            self._lock.setStaleLockTime(0)
            self._lock.tryLock(0)
        data = {"path": str(document.path) if document.path else None, "title": document.title, "text": document.text}
        text = json.dumps(data)
        if self._writer is None:
            from concurrent.futures import ThreadPoolExecutor

            self._writer = ThreadPoolExecutor(1, "recovery")
        self._last = self._writer.submit(_write, self._file, text)

    def wait(self) -> None:
        """Returns when everything asked for has been written."""
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def secure(self) -> bool:
        """Writes the copy and waits for it; returns whether there is one now."""
        self._last = None
        self.flush()
        self.wait()
        return self._last is not None and self._last.result()

    def discard(self) -> None:
        """Removes the copy: nothing would be lost any more."""
        self._timer.stop()
        if self._lock is None:
            return
        self.wait()
        _remove(self._file)
        self._lock.unlock()
        self._lock = None

    def end(self) -> None:
        """Removes the copy, and makes none any more: what is not saved by now is not wanted."""
        self._ended = True
        self.discard()

    def lost(self) -> list[Lost]:
        """The copies that no living GradViz looks after, the newest first."""
        found = []
        for file in sorted(self._folder.glob("*.json"), key=_age, reverse=True):
            lock = QLockFile(str(file.with_suffix(".lock")))
            lock.setStaleLockTime(0)
            if file == self._file or not lock.tryLock(0):
                continue
            lock.unlock()
            try:
                data = json.loads(file.read_text(encoding="utf-8"))
                path = Path(data["path"]) if data["path"] else None
                found.append(Lost(file, path, str(data["title"]), str(data["text"])))
            except OSError:
                continue  # it may be readable another time
            except (ValueError, KeyError, TypeError):
                _remove(file)
        return found

    def forget(self, lost: Lost) -> None:
        """Removes a copy that was left behind."""
        _remove(lost.file)
