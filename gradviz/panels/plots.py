"""The plots of a value, by pyqtgraph. Their items are made once and given other data, which is what makes a step quick."""

from __future__ import annotations

import numpy as np
import pyqtgraph
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from gradviz.panels.pictures import colours, ink
from gradviz.recording import Value
from gradviz.recording.text import number_text
from gradviz.recording.values import as_matrix
from gradviz.view.theme import Theme, font

_SIDE = 4  # a matrix of at most so many rows and columns shows its numbers
_BARS = 9

pyqtgraph.setConfigOptions(antialias=True, imageAxisOrder="row-major")


class _Plot(pyqtgraph.GraphicsView):  # type: ignore[misc]
    """A view box without axes, menus or mouse."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent, background=None)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.box = pyqtgraph.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.setCentralItem(self.box)


class _Numbers(pyqtgraph.GraphicsObject):  # type: ignore[misc]
    """The numbers in the cells of a small matrix, painted in the screen's own scale."""

    def __init__(self) -> None:
        super().__init__()
        self._size = (1, 1)
        self._texts: list[tuple[str, QColor]] = []

    def show_texts(self, texts: list[tuple[str, QColor]], rows: int, across: int) -> None:
        """Shows a text in each cell, row by row, in its ink."""
        if (rows, across) != self._size:
            self.prepareGeometryChange()
            self._size = (rows, across)
        self._texts = texts
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._size[1], self._size[0])

    def paint(self, painter: QPainter, *_: object) -> None:
        _, across = self._size
        to_screen = painter.transform()
        painter.resetTransform()
        painter.setFont(font(12 if across <= 2 else 10, mono=True, bold=True))
        for place, (text, colour) in enumerate(self._texts):
            y, x = divmod(place, across)
            middle = to_screen.map(QPointF(x + 0.5, y + 0.5))
            painter.setPen(colour)
            box = QRectF(middle.x() - 60, middle.y() - 12, 120, 24)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.setTransform(to_screen)


class HeatMap(_Plot):
    """Colour, or grey, is size; a small matrix shows its numbers, a large one means over blocks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "value-heat-map")
        self._image = pyqtgraph.ImageItem(levels=(0, 255))
        self._grid = pyqtgraph.PlotCurveItem(connect="pairs")
        self.box.addItem(self._image)
        self.box.addItem(self._grid)
        self.box.invertY(True)
        self._numbers = _Numbers()
        self.box.addItem(self._numbers, ignoreBounds=True)

    def draw(self, value: Value, theme: Theme, *, gradient: bool) -> None:
        """Shows a gradient or a value."""
        whole = as_matrix(value.array) if value.array is not None else None
        few = whole is not None and max(whole.shape) <= _SIDE
        matrix = value.summary.thumbnail.astype(float)
        if few and whole is not None:
            matrix = np.abs(whole) if whole.dtype.kind == "c" else whole.astype(float)
        rows, across = matrix.shape
        picture = colours(matrix, theme, gradient=gradient)
        self.setBackground(theme.panel)
        self._image.setImage(picture, autoLevels=False)
        self.box.setRange(xRange=(0, across), yRange=(0, rows), padding=0)
        self._draw_grid(rows if few else 1, across if few else 1, theme)
        texts: list[tuple[str, QColor]] = []
        if few and whole is not None:
            inks = [ink(QColor(*colour)) for colour in picture.reshape(-1, 4).tolist()]
            digits = 4 if across <= 2 else 3
            elements = whole.reshape(-1).tolist()
            texts = [(number_text(element, digits), inks[i]) for i, element in enumerate(elements)]
        self._numbers.show_texts(texts, rows, across)
        tr = QCoreApplication.translate
        coloured, grey = (
            tr("plots", "Means over blocks; colour is magnitude."),
            tr("plots", "Means over blocks; lighter is greater."),
        )
        self.setToolTip("" if few else coloured if gradient else grey)

    def _draw_grid(self, rows: int, across: int, theme: Theme) -> None:
        upright = [(x, y) for x in range(1, across) for y in (0, rows)]
        level = [(x, y) for y in range(1, rows) for x in (0, across)]
        points = np.array(upright + level, float).reshape(-1, 2)
        self._grid.setPen(pyqtgraph.mkPen(theme.panel, width=2))
        self._grid.setData(points[:, 0], points[:, 1])


class Histogram(_Plot):
    """How many elements lie in each stretch from the least to the greatest."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "value-histogram")
        self._bars = pyqtgraph.BarGraphItem(x=[0], height=[0], width=0.88, pen=None)
        self._ground = pyqtgraph.PlotCurveItem()
        self.box.addItem(self._bars)
        self.box.addItem(self._ground)

    def draw(self, value: Value, theme: Theme, *, gradient: bool) -> None:
        """Shows a gradient or a value."""
        counts = value.summary.histogram
        edges = np.linspace(0, len(counts), _BARS + 1).astype(int)[:-1]
        bars = np.add.reduceat(counts, edges)
        self.setBackground(theme.panel)
        self._bars.setOpts(x=np.arange(_BARS), height=bars, brush=theme.gradient_colour(0.4) if gradient else theme.muted)
        self._ground.setPen(pyqtgraph.mkPen(theme.line))
        self._ground.setData([-0.6, _BARS - 0.4], [0, 0])
        top = max(int(bars.max()), 1) * 1.04
        self.box.setRange(xRange=(-0.6, _BARS - 0.4), yRange=(0, top), padding=0)
        span = (number_text(value.summary.min), number_text(value.summary.max))
        self.setToolTip(QCoreApplication.translate("plots", "Histogram from {0} to {1}").format(*span))
