"""Nodes from a distance: blocks of colour far off; a name and the size of the gradient from midway."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gradviz.canvas import marks
from gradviz.canvas.ink import Ink, elided, pen
from gradviz.canvas.looks import Looks, NodeLook
from gradviz.canvas.paint_node import ring
from gradviz.canvas.scene import FAILED, OP, Scene

_NAME = 27.0  # px of the picture, so that a name can be read at the scales this is for
_BUCKETS = 12
_LEAST = 9.0  # view px: what is now or wrong is never smaller


def paint_far_nodes(painter: QPainter, scene: Scene, looks: Looks, rows: np.ndarray, ink: Ink, scale: float) -> None:
    """All nodes among some, by kind and colour, a handful of calls for all of them."""
    theme = ink.theme
    born, muted = looks.born[rows], scene.muted[rows]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    places = looks.gradients[rows]
    lit = ~np.isnan(places) & born
    leaf = scene.leaf[rows] & born & ~lit
    ops = (scene.kinds[rows] == OP) & born & ~lit & ~muted
    _blocks(painter, scene, rows[~born], ink.faint, None)
    _blocks(painter, scene, rows[born & muted & ~lit], theme.mutedfill, theme.muted)
    _blocks(painter, scene, rows[born & ~muted & ~lit & ~leaf & ~ops], theme.line, None)
    _blocks(painter, scene, rows[ops & ~looks.freed[rows]], ink.edge, None)
    _blocks(painter, scene, rows[ops & looks.freed[rows]], theme.canvas, ink.edge)
    _blocks(painter, scene, rows[leaf], theme.leaf, None)
    buckets = (np.nan_to_num(places) * (_BUCKETS - 1)).round().astype(int)
    for bucket in np.unique(buckets[lit]).tolist():
        _blocks(painter, scene, rows[lit & (buckets == bucket)], ink.gradient(bucket / (_BUCKETS - 1)), None)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    failed = (scene.kinds == FAILED) & looks.born
    for mask, colour in ((looks.bad, theme.alarm), (failed, theme.text), (looks.now, theme.now)):
        for row in rows[mask[rows]].tolist():
            _outlined(painter, scene, row, colour, scale)
    for row in rows[looks.selected[rows]].tolist():
        ring(painter, _least_box(scene, row, scale), 3 / scale, theme.text, 1.5 / scale, 4 / scale)


def _blocks(painter: QPainter, scene: Scene, rows: np.ndarray, fill: QColor, outline: QColor | None) -> None:
    if not len(rows):
        return
    painter.setBrush(fill)
    if outline is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        hair = QPen(outline, 1)
        hair.setCosmetic(True)
        painter.setPen(hair)
    corners, sizes = scene.boxes[rows, :2], scene.sizes[rows]
    painter.drawRects([QRectF(x, y, w, h) for x, y, w, h in np.concatenate((corners, sizes), axis=1).tolist()])


def _least_box(scene: Scene, row: int, scale: float) -> QRectF:
    (x, y), (w, h) = scene.centres[row].tolist(), scene.sizes[row].tolist()
    w, h = max(w, _LEAST / scale), max(h, _LEAST / scale)
    return QRectF(x - w / 2, y - h / 2, w, h)


def _outlined(painter: QPainter, scene: Scene, row: int, colour: QColor, scale: float) -> None:
    painter.setBrush(colour)
    painter.setPen(pen(colour, 2 / scale))
    painter.drawRect(_least_box(scene, row, scale))


def paint_middle_node(painter: QPainter, look: NodeLook, size: tuple[float, float], ink: Ink) -> None:
    """A node with its name and the colour of its gradient, its upper left corner at (0, 0)."""
    theme, (w, h) = ink.theme, size
    box = QRectF(0, 0, w, h)
    failed = look.kind == "failed"
    radius = 10.0 if look.kind == "tensor" or failed else h / 2
    fill = theme.text if failed else theme.raised if look.kind == "tensor" or look.visited else theme.panel
    line = theme.line if look.kind != "op" else theme.dim
    if look.muted:
        fill, line = theme.mutedfill, theme.muted
    if not look.born or look.freed:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = theme.muted if look.born else ink.faint
    else:
        painter.setBrush(fill)
    painter.setPen(pen(theme.now, 6) if look.now else pen(line, 2.2, (8, 6) if look.muted and look.born else ()))
    painter.drawRoundedRect(box, radius, radius)
    if look.leaf and look.born:
        marks.chip(painter, QRectF(0, 10, 8, h - 20), theme.leaf)
    _middle_name(painter, look, w, h, ink)
    if look.kind == "tensor" and look.born and (look.gradient is not None or look.slot.bad):
        marks.chip(painter, QRectF(18, h - 30, w - 36, 14), theme.alarm if look.slot.bad else ink.gradient(look.gradient), 4)
    if look.bad or look.slot.bad:
        painter.save()
        painter.translate(w - 14, 12)
        painter.scale(2.2, 2.2)
        marks.alarm(painter, 0, 0, theme.alarm, theme.canvas)
        painter.restore()
    if look.selected:
        ring(painter, box, radius, theme.text, 3.5, 7)


def _middle_name(painter: QPainter, look: NodeLook, w: float, h: float, ink: Ink) -> None:
    theme = ink.theme
    colour = ink.faint_text if not look.born else theme.dim if look.muted or look.freed else theme.text
    if look.kind == "tensor":
        ink.text(painter, 18, 44, elided(look.label, w - 26, _NAME, True, True), colour, _NAME, mono=True, bold=True)
        return
    if look.kind == "failed" and look.born:
        colour = theme.canvas
        painter.save()
        painter.translate(w - 22, h / 2)
        painter.scale(2, 2)
        marks.alarm(painter, 0, 0, theme.canvas, theme.text)
        painter.restore()
        w -= 30
    name = look.label.removesuffix("0").removesuffix("Backward") or look.label
    size = 21.0 if look.kind == "op" else 19.0
    ink.text(painter, w / 2, h / 2 + size * 0.36, elided(name, w - 12, size), colour, size, anchor="middle")
