"""Ten thousand edits by hand in a row: `python -m tests.soak [COUNT] [SEED]`.

Random hands work in the window, and what tests/app/test_any_hands.py checks of each deed is checked here too. From time to time
the script is saved and opened again, which forgets the undo history, and a second window that never saw an edit opens the
same file: its picture must be the same (drift). Memory is measured then, and must not have grown.
"""

from __future__ import annotations

import ctypes
import gc
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from gradviz.app.settings import Settings
from gradviz.app.start import make_application, make_runner
from gradviz.app.window import Window
from tests.app.deeds import DEEDS, FIRST, SCRIPTS, shape
from tests.app.hands import Hands

T = TypeVar("T")
LOOKS = 20  # how often memory and drift are looked at
MOST_GROWTH = 6.0  # MiB from the first fifth to the last look


class Die:
    """Decides by chance."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one(self, of: Sequence[T]) -> T:
        return self._random.choice(of)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


def resident() -> float:
    """The memory this process holds, in MiB, after all that can be given back was."""
    QApplication.processEvents()
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def objects() -> Counter[str]:
    """How many objects of each type Python keeps."""
    return Counter(type(one).__qualname__ for one in gc.get_objects())


def opened(folder: Path, name: str) -> Window:
    """A window of its own."""
    window = Window(Settings(folder / f"{name}.ini"), make_runner, folder / name)
    window.resize(1400, 900)
    window.set_reduced_motion(True)
    window.show()
    return window


def drift(other: Hands, hands: Hands) -> bool:
    """Whether a window that never saw an edit shows the saved script differently."""
    path = hands.window.document.path
    assert path is not None
    other.reopen(path)
    fresh, edited = shape(other.window), shape(hands.window)
    return bool(edited) and fresh != edited


def soak(count: int, seed: int, folder: Path) -> int:
    """Does it, prints the figures, and returns how many of them are bad."""
    hands, other = (Hands(opened(folder, name), folder, SCRIPTS) for name in ("hands", "other"))
    with hands.watched():
        return work(Die(seed), hands, other, count)


def work(die: Die, hands: Hands, other: Hands, count: int) -> int:
    """What `soak` does once there are windows; where a check fails, what was done last is printed."""
    try:
        return _worked(die, hands, other, count)
    except BaseException:
        print(*(f"--- {name}:\n{text}" for name, text in hands.trace), f"--- now:\n{hands.window.document.text}", sep="\n")
        raise


def _worked(die: Die, hands: Hands, other: Hands, count: int) -> int:
    hands.begin(FIRST)
    looks: list[tuple[int, float]] = []
    kept: Counter[str] = Counter()
    drifted, begun, every = 0, time.monotonic(), max(1, count // LOOKS)
    print(f"{'edits':>7} {'undo steps':>10} {'MiB with them':>13} {'MiB without':>11} {'objects':>8} {'s':>6}")
    while hands.edits < count:
        name = die.one(list(DEEDS))
        hands.do(name, DEEDS[name], die)
        if hands.edits >= every * (len(looks) + 1):
            steps, full = len(hands.done) + len(hands.undone), resident()
            hands.window.files.save()
            assert hands.window.document.path is not None
            hands.reopen(hands.window.document.path)
            drifted += drift(other, hands)
            hands.begin(FIRST)  # the same script at each look, so that like is compared with like
            looks.append((hands.edits, resident()))
            now = objects()
            kept = kept or now
            seconds = time.monotonic() - begun
            print(f"{hands.edits:7} {steps:10} {full:13.1f} {looks[-1][1]:11.1f} {now.total():8} {seconds:6.0f}", flush=True)
    grown = looks[-1][1] - looks[min(LOOKS // 5, len(looks) - 1)][1]
    print(f"{hands.edits} edits in {hands.deeds.total()} deeds, {time.monotonic() - begun:.0f} s")
    print(f"pictures that differ from the saved text's: {drifted} of {len(looks)}")
    print(f"memory grown from look {LOOKS // 5 + 1} to the last: {grown:+.1f} MiB (at most {MOST_GROWTH})")
    print("objects more than at the first look:", ", ".join(f"{n} {c:+}" for n, c in (objects() - kept).most_common(8)))
    print(f"deeds with effect: {dict(sorted(hands.effects.items()))}")
    for one in (hands, other):
        one.window.document.new()
        one.window.close()
    return (drifted > 0) + (grown > MOST_GROWTH)


def main(arguments: list[str]) -> int:
    """Runs it, for so many edits, from a seed."""
    count, seed = (int(one) for one in [*arguments, *("10000", "1")[len(arguments) :]])
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[name] = folder
        make_application([])
        return soak(count, seed, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
