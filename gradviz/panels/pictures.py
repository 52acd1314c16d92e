"""A value seen: a heat map with its numbers where there is room, and a histogram beside it, by pyqtgraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QWidget

from gradviz.recording import Value
from gradviz.view.theme import Theme

if TYPE_CHECKING:
    from gradviz.panels.plots import HeatMap, Histogram

HEIGHT, _BESIDE = 84, 16
_MIDDLE_GRADIENT, _MIDDLE_VALUE = 2 / 3, 1 / 4  # where on its scale a matrix stands whose elements are all alike


def shades(matrix: np.ndarray, *, gradient: bool = True) -> np.ndarray:
    """Each element's place on its scale, 0 (least) to 1 (greatest): a gradient's by its magnitude, a value's by its sign too.

    NaN and infinities become NaN.
    """
    size = np.where(np.isfinite(matrix), matrix, np.nan).astype(float)
    if gradient:
        size = np.abs(size)
    if not np.isfinite(size).any():
        return np.full(size.shape, np.nan)
    low, high = float(np.nanmin(size)), float(np.nanmax(size))
    if high <= low:
        return np.where(np.isnan(size), np.nan, _MIDDLE_GRADIENT if gradient else _MIDDLE_VALUE)
    return (size - low) / (high - low)


def colours(matrix: np.ndarray, theme: Theme, *, gradient: bool = True) -> np.ndarray:
    """The picture of a matrix, (rows, columns, 4) bytes; what is not finite has the alarm colour."""
    places = shades(matrix, gradient=gradient)
    picture = np.empty((*matrix.shape, 4), np.ubyte)
    colour_of = theme.gradient_colour if gradient else theme.value_colour
    scale = np.array([colour_of(i / 63).getRgb() for i in range(64)], np.ubyte)
    bad = np.isnan(places)
    picture[~bad] = scale[(places[~bad] * 63).astype(int)]
    picture[bad] = theme.alarm.getRgb()
    return picture


def ink(ground: QColor) -> QColor:
    """Black or white, whichever reads better on a ground."""
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in ground.getRgbF()[:3])
    return QColor("#101317") if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 else QColor("#ffffff")


class ValuePicture(QWidget):
    """Heat map and histogram of a gradient, in colour, or of a value, in greys.

    pyqtgraph is imported when the first one is shown, not before.
    """

    def __init__(self, theme: Theme, *, gradient: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._gradient = theme, gradient
        self._value: Value | None = None
        self._heat: HeatMap | None = None
        self._bars: Histogram | None = None
        self.setFixedHeight(HEIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        self._draw()

    def show_value(self, value: Value) -> None:
        """Shows a value; hides itself where there is nothing to see."""
        if value is not self._value:
            self._value = value
            self._draw()
        self.setVisible(0 not in value.shape)

    def _draw(self) -> None:
        if self._value is None or 0 in self._value.shape:
            return
        if self._heat is None or self._bars is None:
            from gradviz.panels.plots import HeatMap, Histogram

            self._heat, self._bars = HeatMap(self), Histogram(self)
            self._place()
            self._heat.show()
            self._bars.show()
        self._heat.draw(self._value, self._theme, gradient=self._gradient)
        self._bars.draw(self._value, self._theme, gradient=self._gradient)

    def _place(self) -> None:
        if self._heat is not None and self._bars is not None:
            wide = round((self.width() - _BESIDE) * 0.4)
            self._heat.setGeometry(0, 0, wide, self.height())
            self._bars.setGeometry(wide + _BESIDE, 0, self.width() - wide - _BESIDE, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
