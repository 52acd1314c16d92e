"""What lies over the picture: the line at the top, the legend at the bottom, and what an empty canvas says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from gradviz.canvas import marks
from gradviz.canvas.ink import Ink, pen, text_width, wrapped
from gradviz.canvas.scene import Scene
from gradviz.canvas.words import tr
from gradviz.recording import Kind
from gradviz.recording.text import number_text

HEADER_ROOM = 44.0
_LEFT, _FONT, _ROW, _APART = 20.0, 11.0, 22.0, 26.0


_entries: WeakKeyDictionary[Scene, list[Entry]] = WeakKeyDictionary()
_hints: WeakKeyDictionary[Scene, str] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the legend explains: its sign, that sign's width, and its meaning."""

    mark: str
    width: float
    text: str


def header_text(scene: Scene) -> str:
    """ "left to right · 11 nodes"."""
    way = tr("left to right") if scene.picture.orientation == "LR" else tr("top to bottom")
    count = len(scene.nodes)
    return f"{way} · {tr('{0} nodes').format(count) if count != 1 else tr('1 node')}"


def no_pass_yet(scene: Scene) -> str:
    """What to do where gradients could flow and none did; "" elsewhere."""
    known = _hints.get(scene)
    if known is None:
        recording = scene.picture.recording
        could = not (recording.passes or recording.errors) and any(op.node for op in recording.ops)
        known = _hints[scene] = tr("no backward pass yet: B adds one") if could else ""
    return known


def legend_entries(scene: Scene) -> list[Entry]:
    """What occurs in a recording and needs explaining; the same at all of its events, so that nothing jumps."""
    known = _entries.get(scene)
    if known is None:
        known = _entries[scene] = _found_entries(scene)
    return known


def _found_entries(scene: Scene) -> list[Entry]:
    recording = scene.picture.recording
    data = [cells for _, cells in scene.picture.graph.nodes(data=True)]
    tags = {cells["tag"] for cells in data} - {""}
    kinds = set(np.unique(recording.column("events", "kind")).tolist())
    scale = scene.scale
    entries = []
    if scene.leaf.any():
        entries.append(Entry("leaf", 10, tr("needs grad")))
    entries.append(Entry("now", 10, tr("now")))
    if not np.isnan(scale.low):
        ends = number_text(scale.low, 2), number_text(scale.high, 2)
        span = " → ".join(dict.fromkeys(ends))
        entries.append(Entry("gradient", 48, tr("gradient norm {0}").format(span)))
    if (scene.link_cuts > 0).any():
        entries.append(Entry("cut", 18, tr("cut")))
    if tags:
        entries.append(Entry("muted", 12, ", ".join(sorted(tags))))
    if int(Kind.RETAIN_GRAD) in kinds:
        entries.append(Entry("pin", 8, tr("retains grad")))
    if int(Kind.FREE) in kinds:
        entries.append(Entry("freed", 18, tr("freed")))
    if scale.bad.any():
        entries.append(Entry("alarm", 13, tr("NaN or Inf")))
    return entries


def paint_header(painter: QPainter, text: str, ink: Ink) -> None:
    """The line at the top."""
    _plate(painter, QRectF(10, 12, text_width(text, _FONT) + 16, 20), ink)
    ink.text(painter, 18, 26, text, ink.theme.dim, _FONT)


def legend_rows(entries: list[Entry], width: float) -> list[list[Entry]]:
    """The entries in as many rows as they need."""
    rows: list[list[Entry]] = [[]]
    used = _LEFT
    for entry in entries:
        wide = _wide(entry)
        if rows[-1] and used + wide > width - 8:
            rows.append([])
            used = _LEFT
        rows[-1].append(entry)
        used += wide + _APART
    return rows


def legend_room(scene: Scene, width: float) -> float:
    """How much of a view's height the legend takes."""
    return 22 + _ROW * len(legend_rows(legend_entries(scene), width))


def _wide(entry: Entry) -> float:
    return entry.width + 8 + text_width(entry.text, _FONT)


def paint_legend(painter: QPainter, scene: Scene, ink: Ink, width: float, height: float) -> None:
    """The legend at the bottom left."""
    rows = legend_rows(legend_entries(scene), width)
    for i, row in enumerate(rows):
        y = height - 26 - _ROW * (len(rows) - 1 - i)
        wide = sum(_wide(entry) for entry in row) + _APART * (len(row) - 1)
        _plate(painter, QRectF(_LEFT - 10, y - 15, wide + 20, _ROW), ink)
        x = _LEFT
        for entry in row:
            _MARKS[entry.mark](painter, x, y, ink)
            ink.text(painter, x + entry.width + 8, y, entry.text, ink.theme.dim, _FONT)
            x += _wide(entry) + _APART


def _plate(painter: QPainter, box: QRectF, ink: Ink) -> None:
    """A ground that keeps text readable over whatever was moved beneath it."""
    ground = QColor(ink.theme.canvas)
    ground.setAlphaF(0.86)
    marks.chip(painter, box, ground, 6)


def _leaf(painter: QPainter, x: float, y: float, ink: Ink) -> None:
    marks.chip(painter, QRectF(x + 3, y - 11, 4, 14), ink.theme.leaf)


def _now(painter: QPainter, x: float, y: float, ink: Ink) -> None:
    painter.setPen(pen(ink.theme.now, 2.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(x, y - 9, 11, 10), 3, 3)


def _gradient(painter: QPainter, x: float, y: float, ink: Ink) -> None:
    for i in range(4):
        marks.chip(painter, QRectF(x + 12 * i, y - 9, 12, 10), ink.gradient(i / 3), 0)


def _cut(painter: QPainter, x: float, y: float, ink: Ink) -> None:
    marks.scissors(painter, x + 9, y - 4, ink.theme.dim)


def _muted(painter: QPainter, x: float, y: float, ink: Ink) -> None:
    box = QRectF(x, y - 10, 12, 12)
    marks.chip(painter, box, ink.theme.mutedfill)
    marks.hatch(painter, box.adjusted(1, 1, -1, -1), ink.theme.muted, 4)
    painter.setPen(pen(ink.theme.muted, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 2, 2)


def _pin(painter: QPainter, x: float, y: float, ink: Ink) -> None:
    marks.pin(painter, x + 4, y - 4, ink.theme.dim)


def _freed(painter: QPainter, x: float, y: float, ink: Ink) -> None:
    painter.setPen(pen(ink.theme.dim, 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(x, y - 9, 18, 10), 5, 5)


def _alarm(painter: QPainter, x: float, y: float, ink: Ink) -> None:
    marks.alarm(painter, x + 6.5, y - 4, ink.theme.alarm, ink.theme.canvas)


_MARKS: dict[str, Callable[[QPainter, float, float, Ink], None]] = {
    "leaf": _leaf,
    "now": _now,
    "gradient": _gradient,
    "cut": _cut,
    "muted": _muted,
    "pin": _pin,
    "freed": _freed,
    "alarm": _alarm,
}


def empty_lines(has_recording: bool) -> tuple[str, str]:
    """What an empty canvas says: how things are, and what to do next."""
    if has_recording:
        return tr("No tensors yet"), tr(
            "Press Tab here and type: ones 2 2 grad. Or write x = torch.ones(2, 2, requires_grad=True) in the script."
        )
    return tr("Nothing has run yet"), tr(
        "Press Tab here to add a node, write a script on the left, or open an example from the File menu."
    )


def paint_empty(painter: QPainter, ink: Ink, width: float, height: float, *, has_recording: bool) -> None:
    """An empty canvas."""
    head, advice = empty_lines(has_recording)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y = width / 2, height / 2
    painter.setPen(pen(ink.theme.muted, 1.2, (4, 3)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(x - 66, y - 84, 46, 38), 8, 8)
    painter.drawRoundedRect(QRectF(x + 8, y - 76, 58, 22), 11, 11)
    painter.drawLine(QLineF(x - 20, y - 65, x + 8, y - 65))
    ink.text(painter, x, y, head, ink.theme.text, 15, bold=True, anchor="middle")
    for i, line in enumerate(wrapped(advice, width - 40, 12)):
        ink.text(painter, x, y + 26 + 19 * i, line, ink.theme.dim, 12, anchor="middle")
