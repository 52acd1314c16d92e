"""Every test gets its own folders and no screen, and fails if it leaves a thread, process, timer or animation behind."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_PATIENCE = 5.0  # seconds that threads and processes which are on their way out are given


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, data and home of this test alone."""
    home = tmp_path / "home"
    for name, folder in (
        ("HOME", home),
        ("USERPROFILE", home),
        ("XDG_CONFIG_HOME", home / ".config"),
        ("XDG_DATA_HOME", home / ".local/share"),
        ("XDG_CACHE_HOME", home / ".cache"),
        ("XDG_STATE_HOME", home / ".local/state"),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(folder))
    return home


@dataclass(frozen=True)
class Disk:
    """A disk of 64 KiB with nothing on it."""

    folder: Path

    def make_read_only(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", str(self.folder)], check=True)

    def fill(self, leaving: int = 0) -> None:
        """Takes up all room but some bytes, which are rounded down to whole pages."""
        free = os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_frsize
        (self.folder / "filler").write_bytes(b"x" * (free - leaving))

    def free(self) -> None:
        """Gives the room back."""
        (self.folder / "filler").unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """A small disk of this test alone, where the user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if not sys.platform.startswith("linux") or mount is None:
        pytest.skip("small disks are made as Linux makes them")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this user may not mount a disk")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _children() -> set[int]:
    """The processes that this one has started and that still live."""
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        try:
            found |= {int(number) for number in task.read_text().split()}
        except OSError:
            continue
    return found


def _running_objects() -> list[str]:
    """Timers and animations that run, of those that Python knows."""
    if "PySide6.QtCore" not in sys.modules:
        return []
    from PySide6.QtCore import QAbstractAnimation, QTimer
    from shiboken6 import isValid

    running = []
    for thing in gc.get_objects():
        try:
            kind = type(thing)
            if issubclass(kind, QTimer) and isValid(thing) and thing.isActive():
                running.append(f"a timer of {thing.parent()!r}")
            elif issubclass(kind, QAbstractAnimation) and isValid(thing) and thing.state() == QAbstractAnimation.State.Running:
                running.append(f"an animation of {thing.parent()!r}")
        except ReferenceError:
            continue
    return running


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves something running."""
    threads, children = set(threading.enumerate()), _children()
    yield
    uses_qt = "qapp" in request.fixturenames
    left = _running_objects() if uses_qt else []
    until = time.monotonic() + _PATIENCE
    while True:
        alive = [t.name for t in threading.enumerate() if t not in threads and not t.name.startswith("pydevd")]
        born = _children() - children
        if not (alive or born) or time.monotonic() > until:
            break
        time.sleep(0.01)
    left += [f"thread {name}" for name in alive] + [f"process {number}" for number in born]
    assert not left, f"the test left behind: {', '.join(left)}"
