"""One watch over all files that are open: the system gives out few of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal


class FileWatch(QObject):
    """Watches files and folders for as many as ask.

    Signals:
        touched: Something happened to a file, or to what is in a folder; the path it is watched by.
    """

    touched = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher: QFileSystemWatcher | None = None
        self._asked: Counter[str] = Counter()

    def add(self, paths: Iterable[Path]) -> None:
        """Watches paths that exist. Each is to be removed as often as it was added."""
        for path in paths:
            self._asked[str(path)] += 1
            self._look(str(path))

    def remove(self, paths: Iterable[Path]) -> None:
        """Ceases to watch paths, unless others still ask for them."""
        for path in paths:
            name = str(path)
            self._asked[name] -= 1
            if self._asked[name] <= 0:
                del self._asked[name]
                if self._watcher is not None:
                    self._watcher.removePath(name)

    def renew(self, paths: Iterable[Path]) -> None:
        """Watches on what another file has taken the place of, which Qt then watches no more."""
        for path in paths:
            self._look(str(path))

    def _look(self, name: str) -> None:
        if self._watcher is None:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.fileChanged.connect(self.touched)
            self._watcher.directoryChanged.connect(self.touched)
        if Path(name).exists() and name not in self._watcher.files() and name not in self._watcher.directories():
            self._watcher.addPath(name)
