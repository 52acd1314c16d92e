"""A value seen: a heat map with its numbers where there is room, and a histogram beside it, by pyqtgraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gradviz.recording import Value
from gradviz.recording.text import number_text
from gradviz.recording.values import as_matrix
from gradviz.view.theme import Theme, font

if TYPE_CHECKING:
    import pyqtgraph

_HEIGHT = 84
_NUMBERS = 16  # at most this many cells show their numbers
_MIDDLE = 2 / 3  # where on the scale a value stands whose elements are all alike
_BARS = 9


def shades(matrix: np.ndarray) -> np.ndarray:
    """Each element's place on the scale by its magnitude, 0 (least) to 1 (greatest); NaN and infinities stay NaN."""
    size = np.abs(np.where(np.isfinite(matrix), matrix, np.nan)).astype(float)
    if not np.isfinite(size).any():
        return np.full(size.shape, np.nan)
    low, high = float(np.nanmin(size)), float(np.nanmax(size))
    return np.where(np.isnan(size), np.nan, _MIDDLE) if high <= low else (size - low) / (high - low)


def colours(matrix: np.ndarray, theme: Theme) -> np.ndarray:
    """The picture of a matrix, (rows, columns, 4) bytes; what is not finite has the alarm colour."""
    places = shades(matrix)
    picture = np.empty((*matrix.shape, 4), np.ubyte)
    scale = np.array([theme.gradient_colour(i / 63).getRgb() for i in range(64)], np.ubyte)
    bad = np.isnan(places)
    picture[~bad] = scale[(places[~bad] * 63).astype(int)]
    picture[bad] = theme.alarm.getRgb()
    return picture


def _ink(ground: QColor) -> QColor:
    """Black or white, whichever reads better on a ground."""
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in ground.getRgbF()[:3])
    return QColor("#101317") if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 else QColor("#ffffff")


class ValuePicture(QWidget):
    """Heat map and histogram of one value. pyqtgraph is imported when the first value is shown, not before."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._value: Value | None = None
        self._plots: tuple[pyqtgraph.PlotWidget, pyqtgraph.PlotWidget] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        self.setFixedHeight(_HEIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        self._draw()

    def show_value(self, value: Value | None) -> None:
        """Shows a value; hides itself for None or where there is nothing to see."""
        if value is not None and value is self._value:
            return
        self._value = value
        self.setVisible(value is not None and 0 not in value.shape)
        if self.isVisibleTo(self.parentWidget()) and value is not None:
            self._draw()

    def _made(self) -> tuple[Any, Any]:
        if self._plots is None:
            import pyqtgraph

            pyqtgraph.setConfigOptions(antialias=True, imageAxisOrder="row-major")
            made = []
            for name, share in (("value-heat-map", 2), ("value-histogram", 3)):
                plot = pyqtgraph.PlotWidget(self)
                plot.setObjectName(name)
                plot.setMenuEnabled(False)
                plot.hideButtons()
                plot.setMouseEnabled(False, False)
                plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
                plot.getPlotItem().getViewBox().setDefaultPadding(0)
                for side in ("left", "bottom"):
                    plot.hideAxis(side)
                plot.setFrameShape(plot.Shape.NoFrame)
                self.layout().addWidget(plot, share)  # type: ignore[union-attr]
                made.append(plot)
            self._plots = (made[0], made[1])
        return self._plots

    def _draw(self) -> None:
        if self._value is None:
            return
        heat, histogram = self._made()
        for plot in (heat, histogram):
            plot.clear()
            plot.setBackground(self._theme.panel)
        self._draw_heat(heat, self._value)
        self._draw_histogram(histogram, self._value)

    def _draw_heat(self, plot: Any, value: Value) -> None:
        import pyqtgraph

        whole = as_matrix(value.array) if value.array is not None else None
        few = whole is not None and whole.size <= _NUMBERS and whole.shape[1] <= 4 and whole.shape[0] <= 4
        if few and whole is not None:
            matrix = np.abs(whole) if whole.dtype.kind == "c" else whole.astype(float)
        else:
            matrix = value.summary.thumbnail.astype(float)
        rows, columns = matrix.shape
        plot.addItem(pyqtgraph.ImageItem(colours(matrix, self._theme), levels=(0, 255)))
        plot.setRange(xRange=(0, columns), yRange=(0, rows), padding=0)
        plot.invertY(True)
        if not few or whole is None:
            plot.setToolTip(self.tr("Means over blocks of the value; colour is magnitude."))
            return
        plot.setToolTip("")
        gap = pyqtgraph.mkPen(self._theme.panel, width=2)
        for x in range(1, columns):
            plot.addItem(pyqtgraph.InfiniteLine(x, angle=90, pen=gap))
        for y in range(1, rows):
            plot.addItem(pyqtgraph.InfiniteLine(y, angle=0, pen=gap))
        picture = colours(matrix, self._theme)
        used = font(12 if columns <= 2 else 10, mono=True, bold=True)
        for y, row in enumerate(whole.tolist()):
            for x, element in enumerate(row):
                ink = _ink(QColor(*picture[y, x].tolist()))
                text = pyqtgraph.TextItem(number_text(element, 4 if columns <= 2 else 3), color=ink, anchor=(0.5, 0.5))
                text.setFont(used)
                text.setPos(x + 0.5, y + 0.5)
                plot.addItem(text, ignoreBounds=True)

    def _draw_histogram(self, plot: Any, value: Value) -> None:
        import pyqtgraph

        counts = value.summary.histogram
        size = len(counts)
        edges = np.linspace(0, size, _BARS + 1).astype(int)[:-1] if size > _BARS else np.arange(size)
        bars = np.add.reduceat(counts, edges)
        low, high = value.summary.min, value.summary.max
        colour = self._theme.gradient_colour(0.4)
        plot.addItem(pyqtgraph.BarGraphItem(x=np.arange(len(bars)), height=bars, width=0.88, brush=colour, pen=None))
        plot.addItem(pyqtgraph.InfiniteLine(0, angle=0, pen=pyqtgraph.mkPen(self._theme.line)))
        plot.setRange(xRange=(-0.6, len(bars) - 0.4), yRange=(0, max(int(bars.max()), 1) * 1.04), padding=0)
        plot.setToolTip(self.tr("Histogram from {0} to {1}").format(number_text(low), number_text(high)))
