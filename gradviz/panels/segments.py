"""What the timeline shows, without paint: passes as labelled segments, the forward stretches between, ticks in columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication

from gradviz.recording import Recording


@dataclass(frozen=True, slots=True)
class Segment:
    """Events ``begin`` to ``end``, inclusive; ``pass_`` is -1 for a forward stretch. ``labels`` goes from long to short."""

    begin: int
    end: int
    pass_: int
    labels: tuple[str, ...]

    @property
    def label(self) -> str:
        """All there is to say of it."""
        return self.labels[0]


def _lines_text(recording: Recording, begin: int, end: int) -> str:
    lines = recording.column("events", "line")[begin : end + 1]
    lines = lines[lines > 0]
    if not len(lines):
        return ""
    low, high = int(lines.min()), int(lines.max())
    if low == high:
        return QCoreApplication.translate("segments", "line {0}").format(low)
    return QCoreApplication.translate("segments", "lines {0}–{1}").format(low, high)


def _labels(*parts: str) -> tuple[str, ...]:
    """The parts joined, then fewer and fewer of them."""
    said = [part for part in parts if part]
    return tuple("  ·  ".join(said[:count]) for count in range(len(said), 0, -1))


def segments(recording: Recording) -> list[Segment]:
    """The whole recording as segments, one after another; a pass inside another one belongs to the outer."""
    found: list[Segment] = []
    place = 0
    for one in recording.passes:
        if one.begin < place:
            continue
        if one.begin > place:
            found.append(_stretch(recording, place, one.begin - 1))
        number = QCoreApplication.translate("segments", "pass {0}").format(one.number + 1)
        labels = _labels(number, pass_text(recording, one.number), _lines_text(recording, one.begin, one.begin))
        found.append(Segment(one.begin, one.end, one.number, (*labels, str(one.number + 1))))
        place = one.end + 1
    if place < len(recording):
        found.append(_stretch(recording, place, len(recording) - 1))
    return found


def _stretch(recording: Recording, begin: int, end: int) -> Segment:
    ended = any(error.event == begin for error in recording.errors)
    word = QCoreApplication.translate("segments", "error") if ended else QCoreApplication.translate("segments", "forward")
    return Segment(begin, end, -1, _labels(word, _lines_text(recording, begin, end)))


def pass_failed(recording: Recording, number: int) -> bool:
    """Whether a pass ended with the error that ended the run."""
    one = recording.passes[number]
    return any(one.begin < error.event <= one.end + 1 for error in recording.errors)


def pass_text(recording: Recording, number: int) -> str:
    """A pass by its call: "backward(out)"."""
    one = recording.passes[number]
    root = recording.names[one.root] if one.root >= 0 else ""
    return f"{one.kind}({root})" if root else one.label or one.kind


def columns(marked: npt.NDArray[np.bool_], first: float, last: float, width: int) -> npt.NDArray[np.int64]:
    """How many of the marked events between ``first`` and ``last`` fall into each of ``width`` pixel columns."""
    numbers = np.flatnonzero(marked)
    span = max(last - first, 1e-9)
    places = np.floor((numbers - first) / span * (width - 1) + 0.5).astype(np.int64)
    places = places[(places >= 0) & (places < width)]
    return np.bincount(places, minlength=width)
