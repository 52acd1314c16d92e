"""What is remembered between starts: the window, theme, speed, recent files, and which scripts are trusted."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

VERSION = 1
RECENT_FILES, TRUSTED_SCRIPTS = 12, 500
THEMES = ("system", "dark", "light")
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def config_folder() -> Path:
    """Where settings are kept."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))


def data_folder() -> Path:
    """Where recovery copies are kept."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))


def text_hash(text: str) -> str:
    """The SHA-256 of a script's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Settings:
    """Typed access to an ini file. What is missing, damaged or of a later version reads as its default."""

    def __init__(self, path: Path | None = None) -> None:
        path = path or config_folder() / "gradviz.ini"
        with contextlib.suppress(OSError):  # what is chosen lasts until the end then
            path.parent.mkdir(parents=True, exist_ok=True)
        self._store = QSettings(str(path), QSettings.Format.IniFormat)
        self._readable = self._number("version", VERSION) <= VERSION
        if self._readable:
            self._store.setValue("version", VERSION)

    def _number(self, key: str, default: float) -> float:
        try:
            return float(self._store.value(key, default))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return default

    def _texts(self, key: str) -> list[str]:
        found = self._store.value(key, [])
        if isinstance(found, str):
            found = [found]
        return [text for text in found if isinstance(text, str) and text] if isinstance(found, list) else []

    def _set(self, key: str, value: Any) -> None:
        if self._readable:
            self._store.setValue(key, value)

    def sync(self) -> None:
        """Writes to disk what has changed."""
        self._store.sync()

    # The window

    def window(self) -> tuple[QByteArray, QByteArray] | None:
        """Geometry and state of the docks, or None where none was kept in this version."""
        geometry, state = self._store.value("window/geometry"), self._store.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray) and self._readable:
            return geometry, state
        return None

    def set_window(self, geometry: QByteArray, state: QByteArray) -> None:
        """Keeps geometry and state of the docks."""
        self._set("window/geometry", geometry)
        self._set("window/state", state)

    # Choices

    @property
    def theme(self) -> str:
        """ "system", "dark" or "light"."""
        found = self._store.value("view/theme", "system")
        return found if found in THEMES else "system"

    @theme.setter
    def theme(self, name: str) -> None:
        self._set("view/theme", name)

    @property
    def orientation(self) -> str:
        """ "LR" or "TB"."""
        return "TB" if self._store.value("view/orientation") == "TB" else "LR"

    @orientation.setter
    def orientation(self, orientation: str) -> None:
        self._set("view/orientation", orientation)

    @property
    def speed(self) -> float:
        """How fast a recording is played."""
        found = self._number("view/speed", 1.0)
        return found if found in SPEEDS else 1.0

    @speed.setter
    def speed(self, speed: float) -> None:
        self._set("view/speed", speed)

    @property
    def reduced_motion(self) -> bool:
        """Whether states change without travel."""
        return self._number("view/reduced_motion", 0) == 1

    @reduced_motion.setter
    def reduced_motion(self, reduced: bool) -> None:
        self._set("view/reduced_motion", int(reduced))

    @property
    def minimap(self) -> bool:
        """Whether a large graph has a map."""
        return self._number("view/minimap", 1) == 1

    @minimap.setter
    def minimap(self, shown: bool) -> None:
        self._set("view/minimap", int(shown))

    @property
    def font_size(self) -> int:
        """The script's font size in px."""
        return int(min(max(self._number("view/font_size", 13), 8), 32))

    @font_size.setter
    def font_size(self, size: int) -> None:
        self._set("view/font_size", size)

    @property
    def tour_offered(self) -> bool:
        """Whether the tour was offered and answered."""
        return self._number("tour/offered", 0) == 1

    @tour_offered.setter
    def tour_offered(self, offered: bool) -> None:
        self._set("tour/offered", int(offered))

    @property
    def tour_step(self) -> int:
        """The step at which the tour was left."""
        return int(min(max(self._number("tour/step", 0), 0), 99))

    @tour_step.setter
    def tour_step(self, step: int) -> None:
        self._set("tour/step", step)

    @property
    def watches(self) -> list[str]:
        """The watches' expressions."""
        return self._texts("watches")

    @watches.setter
    def watches(self, expressions: Iterable[str]) -> None:
        self._set("watches", list(expressions))

    # Files

    @property
    def recent(self) -> list[str]:
        """Paths of the files opened last, the last one first."""
        return self._texts("files/recent")[:RECENT_FILES]

    def add_recent(self, path: str) -> None:
        """Notes a file as the last one opened."""
        self._set("files/recent", [path, *(other for other in self.recent if other != path)][:RECENT_FILES])

    def remove_recent(self, path: str) -> None:
        """Forgets a file, as one that is not there any more."""
        self._set("files/recent", [other for other in self.recent if other != path])

    # Trust

    def is_trusted(self, text: str) -> bool:
        """Whether exactly this text was trusted once."""
        return text_hash(text) in self._texts("trust/sha256")

    def trust(self, text: str) -> None:
        """Remembers exactly this text as trusted."""
        known = [digest for digest in self._texts("trust/sha256") if digest != text_hash(text)]
        self._set("trust/sha256", [*known, text_hash(text)][-TRUSTED_SCRIPTS:])
