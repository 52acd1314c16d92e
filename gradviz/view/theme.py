"""Colours and fonts. Each colour has one meaning, and both themes give it the same name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication

from gradviz.resource_files import resource

SANS = "DejaVu Sans"
MONO = "DejaVu Sans Mono"


@dataclass(frozen=True)
class Theme:
    """A theme's colours.

    Attributes:
        name: "dark" or "light".
        canvas, panel, raised: Grounds, from the lowest to the highest.
        line: Rules, frames and forward edges.
        text, dim: Writing, and writing that may be overlooked.
        leaf: A leaf that needs grad.
        now: The cursor, in every pane.
        ok: Something was checked and holds.
        alarm: A NaN or an infinity, and nothing else.
        muted, mutedfill: What autograd does not see.
        code_kw, code_num, code_str, code_com: Syntax.
        grad: Stops of the scale for a gradient's size, small to large.
    """

    name: str
    canvas: QColor
    panel: QColor
    raised: QColor
    line: QColor
    text: QColor
    dim: QColor
    leaf: QColor
    now: QColor
    ok: QColor
    alarm: QColor
    muted: QColor
    mutedfill: QColor
    code_kw: QColor
    code_num: QColor
    code_str: QColor
    code_com: QColor
    grad: tuple[QColor, ...]

    @cached_property
    def _scale(self) -> list[QColor]:
        stops = np.array([stop.getRgb()[:3] for stop in self.grad], float)
        places = np.linspace(0, len(stops) - 1, 64)
        rows = np.stack([np.interp(places, np.arange(len(stops)), stops[:, i]) for i in range(3)], axis=1)
        return [QColor(*(round(c) for c in row)) for row in rows]

    def gradient_colour(self, fraction: float) -> QColor:
        """The colour of a gradient of this relative size, 0 (least) to 1 (greatest)."""
        return self._scale[int(min(max(fraction, 0.0), 1.0) * 63)]

    def value_colour(self, fraction: float) -> QColor:
        """The grey of a value of this relative size; the coloured scale is kept for gradients."""
        low, high = self.line.getRgb()[:3], self.text.getRgb()[:3]
        share = min(max(fraction, 0.0), 1.0)
        return QColor(*(round(a + share * (b - a)) for a, b in zip(low, high, strict=True)))


@lru_cache(maxsize=2)
def load_theme(name: str) -> Theme:
    """The theme called "dark" or "light"."""
    tokens = json.loads(resource("themes", f"{name}.json").read_text(encoding="utf-8"))
    grad = tuple(QColor(stop) for stop in tokens.pop("grad"))
    return Theme(name=name, grad=grad, **{key: QColor(value) for key, value in tokens.items()})


@lru_cache(maxsize=1)
def install_fonts() -> None:
    """Makes the bundled fonts known to Qt, so that every machine shows the same text in the same space."""
    for path in sorted(resource("fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def _dpi() -> float:
    """What Qt takes a point to be, so that a size in px is the same on every platform."""
    screen = QGuiApplication.primaryScreen()
    return screen.logicalDotsPerInchY() if screen is not None else 96.0


@lru_cache(maxsize=64)
def font(size: float, *, mono: bool = False, bold: bool = False) -> QFont:
    """A font of the given pixel size."""
    made = QFont(MONO if mono else SANS)
    made.setPixelSize(round(size)) if float(size).is_integer() else made.setPointSizeF(size * 72 / _dpi())
    made.setBold(bold)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made
