"""The docks: each panel in one, moved, hidden and remembered."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
HIDDEN = ("panel-palette",)  # at first
SCRIPT_WIDTH, INSPECTOR_WIDTH, EVENTS_HEIGHT = 380, 360, 188
STATE_VERSION = 2


class _NoHead(QWidget):
    """The head of a dock whose tab is its head."""

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, 0)


class Dock(QDockWidget):
    """A panel in a dock. While it floats it has a window's own head, by which it is put back."""

    def __init__(self, name: str, title: str, widget: QWidget, head: QWidget | None, window: QMainWindow) -> None:
        super().__init__(title, window)
        self.setObjectName(name)
        self.setWidget(widget)
        self.setAccessibleName(title)
        self._head = head if head is not None else _NoHead()
        self.setTitleBarWidget(self._head)
        self.topLevelChanged.connect(self._floated)
        self.toggleViewAction().setObjectName(f"action-{name}")

    def _floated(self, floating: bool) -> None:
        if isinstance(self._head, _NoHead):
            self.setTitleBarWidget(None if floating else self._head)  # type: ignore[arg-type]


class Docks:
    """All docks of a window, and how they are laid out at first.

    Attributes:
        by_name: The docks by objectName.
    """

    def __init__(self, window: QMainWindow, panels: dict[str, tuple[str, QWidget, QWidget | None]]) -> None:
        self._window = window
        window.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AnimatedDocks
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, BOTTOM)
        window.setCorner(Qt.Corner.BottomRightCorner, BOTTOM)
        self.by_name = {name: Dock(name, title, widget, head, window) for name, (title, widget, head) in panels.items()}
        self.place()

    def place(self) -> None:
        """Lays the docks out as at the first start."""
        window, docks = self._window, self.by_name
        for dock in docks.values():
            dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(LEFT, docks["panel-script"])
        window.addDockWidget(LEFT, docks["panel-palette"])
        window.splitDockWidget(docks["panel-script"], docks["panel-palette"], Qt.Orientation.Vertical)
        window.addDockWidget(RIGHT, docks["panel-inspector"])
        window.addDockWidget(BOTTOM, docks["panel-events"])
        window.addDockWidget(BOTTOM, docks["panel-timeline"])
        window.splitDockWidget(docks["panel-events"], docks["panel-timeline"], Qt.Orientation.Vertical)
        for name in ("panel-watches", "panel-problems", "panel-console"):
            window.addDockWidget(BOTTOM, docks[name])
            window.tabifyDockWidget(docks["panel-events"], docks[name])
        for name, dock in docks.items():
            dock.setVisible(name not in HIDDEN)
        docks["panel-events"].raise_()
        self.resize()

    def resize(self) -> None:
        """Gives the panels their first sizes, less where the window is small."""
        window, docks = self._window, self.by_name
        wide = min(1.0, window.width() / 1500)
        columns = [docks["panel-script"], docks["panel-inspector"]]
        widths = [round(SCRIPT_WIDTH * wide), round(INSPECTOR_WIDTH * wide)]
        window.resizeDocks(columns, widths, Qt.Orientation.Horizontal)
        height = EVENTS_HEIGHT if window.height() > 800 else EVENTS_HEIGHT * 2 // 3
        window.resizeDocks([docks["panel-events"]], [height], Qt.Orientation.Vertical)

    def show(self, name: str) -> None:
        """Brings a panel to the front."""
        dock, script = self.by_name[name], self.by_name["panel-script"]
        if name == "panel-palette" and dock.isHidden() and not dock.isFloating():
            dock.show()
            self._window.resizeDocks([script, dock], [2, 3], Qt.Orientation.Vertical)
        dock.show()
        dock.raise_()

    def set_problem_count(self, count: int) -> None:
        """Says on its tab how many problems there are."""
        word = QCoreApplication.translate("docks", "Problems")
        self.by_name["panel-problems"].setWindowTitle(f"{word}  {count}" if count else word)
