"""Cards, pills and chips near by, with their full anatomy; each is painted with its upper left corner at (0, 0)."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from gradviz.canvas import marks
from gradviz.canvas.ink import Ink, elided, pen, text_width
from gradviz.canvas.looks import NodeLook
from gradviz.graph.sizes import CARD_HEIGHT, CARD_PADDING, VALUE_ROW
from gradviz.recording import Recording

MARGIN = 20.0  # how far tags, rings and badges may reach beyond a node
RING = 4.0
BADGE_HEIGHT = 13.0
_BADGE_FONT = 9.0
_NOW_WIDTH = 2.5


def paint_node(painter: QPainter, look: NodeLook, size: tuple[float, float], ink: Ink, recording: Recording) -> None:
    """Paints a node of this size."""
    if look.selected:
        ring(painter, QRectF(0, 0, *size), 8.0 if look.kind == "tensor" else size[1] / 2, ink.theme.text)
    if look.kind == "tensor":
        _card(painter, look, size, ink, recording)
    elif look.kind == "op":
        _pill(painter, look, size, ink)
    elif look.kind == "failed":
        _failure(painter, look, size, ink)
    else:
        _chip(painter, look, size, ink)


def ring(painter: QPainter, box: QRectF, radius: float, colour: QColor, width: float = 1.5, reach: float = RING) -> None:
    """An outline round a box: what is selected."""
    painter.setPen(pen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(-reach, -reach, reach, reach), radius + reach, radius + reach)


def _frame(painter: QPainter, look: NodeLook, box: QRectF, radius: float, ink: Ink, fill: QColor | None, line: QColor) -> None:
    """The ground and border that all nodes share: dashed where autograd does not see it, amber now, an outline before birth."""
    theme = ink.theme
    if not look.born:
        painter.setPen(pen(ink.faint, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, radius, radius)
        return
    if look.muted:
        fill, line = theme.mutedfill, theme.muted
    painter.setBrush(QBrush(fill) if fill is not None else QBrush(Qt.BrushStyle.NoBrush))
    if look.muted and look.tag:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, radius, radius)
        marks.hatch(painter, box.adjusted(radius * 0.3, radius * 0.3, -radius * 0.3, -radius * 0.3), ink.hatch)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    if look.now:
        painter.setPen(pen(theme.now, _NOW_WIDTH))
    else:
        painter.setPen(pen(theme.text if look.selected else line, 1.2, (4, 3) if look.muted else ()))
    painter.drawRoundedRect(box, radius, radius)


def _card(painter: QPainter, look: NodeLook, size: tuple[float, float], ink: Ink, recording: Recording) -> None:
    theme, (w, h) = ink.theme, size
    _frame(painter, look, QRectF(0, 0, w, h), 8, ink, theme.raised, theme.line)
    strong, quiet = (theme.dim, theme.dim) if look.muted else (theme.text, theme.dim)
    if not look.born:
        strong = quiet = ink.faint_text
    if look.leaf and look.born:
        marks.chip(painter, QRectF(0, 8, 4, h - 16), theme.leaf)
    shape_wide = text_width(look.sub, 10.5)
    room = w - 2 * CARD_PADDING - shape_wide - 8 - (18 if look.bad else 0)
    name = elided(look.label, room, 14, True, True)
    ink.text(painter, CARD_PADDING, 21, name, strong, 14, mono=True, bold=True)
    ink.text(painter, w - 10, 20, look.sub, quiet, 10.5, anchor="end")
    if not look.born:
        return
    if look.bad:
        ground = theme.mutedfill if look.muted else theme.raised
        marks.alarm(painter, CARD_PADDING + text_width(name, 14, True, True) + 13, 15.5, theme.alarm, ground)
    rule = h - CARD_HEIGHT + 70
    _values(painter, look, w, rule, strong, ink, recording)
    painter.setPen(pen(theme.muted if look.muted else theme.line, 1))
    painter.drawLine(QLineF(10, rule, w - 10, rule))
    _slot(painter, look, w, rule + 20, strong, quiet, ink)
    if look.tag and look.muted:
        _tag(painter, look.tag, w, ink)


def _values(painter: QPainter, look: NodeLook, w: float, rule: float, strong: QColor, ink: Ink, recording: Recording) -> None:
    theme = ink.theme
    top = 41.0 if len(look.rows) != 1 else 49.0
    for i, row in enumerate(look.rows):
        x = CARD_PADDING
        for cell in row:
            is_bad = cell.strip() in ("nan", "inf", "-inf") or "nan" in cell
            room = w - 8 - x
            text = elided(cell, room, 12, True)
            ink.text(painter, x, top + VALUE_ROW * i, text, theme.alarm if is_bad else strong, 12, mono=True, bold=is_bad)
            x += text_width(cell + "  ", 12, True)
    if look.thumbnail >= 0:
        thumbnail = recording.value(look.thumbnail).summary.thumbnail
        if thumbnail.size:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(QRectF(CARD_PADDING, 31, w - 2 * CARD_PADDING + 4, rule - 40), marks.heat_map(thumbnail, theme))
        else:
            ink.text(painter, CARD_PADDING, 49, "[ ]", strong, 12, mono=True)


def _slot(painter: QPainter, look: NodeLook, w: float, y: float, strong: QColor, quiet: QColor, ink: Ink) -> None:
    theme, slot = ink.theme, look.slot
    colour = theme.alarm if slot.bad else theme.now if slot.now else quiet if slot.empty else strong
    label_wide = text_width(slot.label, 10.5) + (14 if look.retained else 0)
    full = text_width(slot.text, 12, True, slot.now)
    if full <= w - 2 * 10 - 4 - label_wide - 6 or not slot.now:
        ink.text(painter, CARD_PADDING, y, slot.label, quiet, 10.5)
        if look.retained:
            marks.pin(painter, CARD_PADDING + label_wide - 5, y - 4, theme.leaf if look.leaf else quiet)
        room = w - 10 - CARD_PADDING - label_wide - 6
    else:
        room = w - 20
    text = elided(slot.text, room, 12, True, slot.now)
    if slot.bad:
        marks.alarm(painter, w - 10 - text_width(text, 12, True, True) - 11, y - 4, theme.alarm, theme.raised)
    ink.text(painter, w - 10, y, text, colour, 12, mono=True, bold=slot.now or slot.bad, anchor="end")


def _tag(painter: QPainter, text: str, w: float, ink: Ink) -> None:
    wide = text_width(text, 10.5) + 16
    painter.setPen(pen(ink.theme.muted, 1))
    painter.setBrush(ink.theme.canvas)
    painter.drawRoundedRect(QRectF(w - 6 - wide, -11, wide, 18), 9, 9)
    ink.text(painter, w - 6 - wide / 2, 2, text, ink.theme.dim, 10.5, anchor="middle")


def _pill(painter: QPainter, look: NodeLook, size: tuple[float, float], ink: Ink) -> None:
    theme, (w, h) = ink.theme, size
    fill = None if look.freed else theme.raised if look.visited else theme.panel
    _frame(painter, look, QRectF(0, 0, w, h), h / 2, ink, fill, theme.muted if look.freed else theme.dim)
    colour = ink.faint_text if not look.born else theme.dim if look.muted or look.freed else theme.text
    quiet = colour if not look.born else theme.dim
    sub = f" · {look.sub}" if look.sub else ""
    label_wide, sub_wide = text_width(look.label, 11.5), text_width(sub, 11.5)
    x = (w - label_wide - sub_wide) / 2
    ink.text(painter, x, 19.5, look.label, colour, 11.5)
    if sub:
        ink.text(painter, x + label_wide, 19.5, sub, quiet, 11.5)
    if not look.born:
        return
    if look.visited:
        marks.tick(painter, w - 8.5, h / 2, theme.dim)
    if look.bad:
        marks.alarm(painter, w - 8, 1, theme.alarm, theme.canvas)
    for box, text in zip(badge_boxes(look, size), look.badges, strict=True):
        _badge(painter, box, text, look, ink)


def badge_boxes(look: NodeLook, size: tuple[float, float]) -> list[QRectF]:
    """Where a pill's badges sit, across its lower edge from the left, in the pill's own px."""
    widths = [text_width(text, _BADGE_FONT, True) + 9 for text in look.badges]
    x = size[1] / 2 + 2
    boxes = []
    for wide in widths:
        boxes.append(QRectF(x, size[1] - BADGE_HEIGHT / 2 + 1, wide, BADGE_HEIGHT))
        x += wide + 3
    return boxes


def _badge(painter: QPainter, box: QRectF, text: str, look: NodeLook, ink: Ink) -> None:
    """One saved tensor; struck out when it was let go."""
    theme = ink.theme
    painter.setPen(pen(theme.muted if look.freed else theme.dim, 1))
    painter.setBrush(theme.canvas)
    painter.drawRoundedRect(box, 3.5, 3.5)
    colour = theme.dim
    ink.text(painter, box.center().x(), box.bottom() - 3.6, text, colour, _BADGE_FONT, mono=True, anchor="middle")
    if look.freed:
        painter.setPen(pen(theme.dim, 1))
        painter.drawLine(QLineF(box.left() + 2, box.center().y(), box.right() - 2, box.center().y()))


def _failure(painter: QPainter, look: NodeLook, size: tuple[float, float], ink: Ink) -> None:
    """What the script failed at: a pill as bright as writing, with a triangle in it."""
    theme, (w, h) = ink.theme, size
    _frame(painter, look, QRectF(0, 0, w, h), h / 2, ink, theme.text, theme.text)
    colour = theme.canvas if look.born else ink.faint_text
    ink.text(painter, 32, 19.5, elided(look.label, w - 42, 11.5, bold=True), colour, 11.5, bold=True)
    if look.born:
        marks.alarm(painter, 19, h / 2, theme.canvas, theme.text)


def _chip(painter: QPainter, look: NodeLook, size: tuple[float, float], ink: Ink) -> None:
    theme, (w, h) = ink.theme, size
    _frame(painter, look, QRectF(0, 0, w, h), h / 2, ink, theme.raised, theme.line)
    if look.leaf and look.born:
        marks.chip(painter, QRectF(7, h / 2 - 5, 3, 10), theme.leaf, 1.5)
    colour = ink.faint_text if not look.born else theme.dim if look.muted else theme.text
    name = elided(look.label, w - 18, 12, True)
    ink.text(painter, w / 2 + (2 if look.leaf else 0), h / 2 + 4.2, name, colour, 12, mono=True, anchor="middle")
