"""What a painter needs to know of a theme, and text that can be set as type or as outlines."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from gradviz.view.theme import Theme, font, install_fonts

Anchor = Literal["start", "middle", "end"]
_NON_TEXT_CONTRAST = 3.0  # WCAG 2.1, success criterion 1.4.11


class Ink:
    """A theme's colours as the canvas uses them.

    Attributes:
        theme: The theme.
        outlines: Whether text is drawn as shapes, so that it looks the same where the fonts are missing.
    """

    def __init__(self, theme: Theme, *, outlines: bool = False) -> None:
        install_fonts()
        self.theme = theme
        self.outlines = outlines

    @cached_property
    def edge(self) -> QColor:
        """Forward edges: as quiet as still counts as visible."""
        return next(
            colour
            for colour in (mixed(self.theme.line, self.theme.dim, share / 10) for share in range(11))
            if contrast(colour, self.theme.canvas) >= _NON_TEXT_CONTRAST or colour == self.theme.dim
        )

    @cached_property
    def faint(self) -> QColor:
        """What has not come to be yet."""
        return mixed(self.theme.canvas, self.theme.line, 0.75)

    @cached_property
    def faint_text(self) -> QColor:
        return mixed(self.theme.canvas, self.theme.dim, 0.45)

    @cached_property
    def hatch(self) -> QColor:
        return mixed(self.theme.mutedfill, self.theme.muted, 0.28)

    def gradient(self, place: float | None) -> QColor:
        """The colour of a gradient at a place on the scale."""
        return self.theme.gradient_colour(0.0 if place is None else place)

    def text(
        self,
        painter: QPainter,
        x: float,
        y: float,
        text: str,
        colour: QColor,
        size: float,
        *,
        mono: bool = False,
        bold: bool = False,
        anchor: Anchor = "start",
    ) -> None:
        """Sets one line of text; ``y`` is its baseline, ``size`` in px."""
        if anchor != "start":
            wide = text_width(text, size, mono, bold)
            x -= wide / 2 if anchor == "middle" else wide
        if self.outlines:
            path = QPainterPath()
            path.addText(QPointF(x, y), font(size, mono=mono, bold=bold), text)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPath(path)
            return
        painter.setFont(font(size, mono=mono, bold=bold))
        painter.setPen(colour)
        painter.drawText(QPointF(x, y), text)


def pen(colour: QColor, width: float = 1.0, dash: tuple[float, ...] = ()) -> QPen:
    """A pen with round ends; ``dash`` in px, marks and gaps."""
    made = QPen(colour, width)
    made.setCapStyle(Qt.PenCapStyle.RoundCap if not dash else Qt.PenCapStyle.FlatCap)
    if dash:
        made.setDashPattern([part / width for part in dash])
    return made


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, mono: bool = False, bold: bool = False) -> float:
    """The width of a line of text in px."""
    return QFontMetricsF(font(size, mono=mono, bold=bold)).horizontalAdvance(text)


@lru_cache(maxsize=4096)
def elided(text: str, room: float, size: float, mono: bool = False, bold: bool = False) -> str:
    """A text cut to fit, with "…" for the rest."""
    if text_width(text, size, mono, bold) <= room:
        return text
    return QFontMetricsF(font(size, mono=mono, bold=bold)).elidedText(text, Qt.TextElideMode.ElideRight, room)


def wrapped(text: str, room: float, size: float) -> list[str]:
    """A text in lines that fit, broken between words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def mixed(a: QColor, b: QColor, share: float) -> QColor:
    """A colour between two, ``share`` of the way from the first."""
    return QColor(*(round(x + (y - x) * share) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)))


def contrast(a: QColor, b: QColor) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.1 defines it."""
    lights = sorted((_luminance(a), _luminance(b)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: QColor) -> float:
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3])
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
