"""The tool bar: the file's name, the player's buttons, where the cursor stands, and the find field."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from gradviz.app.actions import Actions
from gradviz.app.find import FindField
from gradviz.app.icons import icon
from gradviz.panels.parts import StillText
from gradviz.panels.segments import pass_failed, pass_text
from gradviz.panels.words import count_text
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme

_HEIGHT = 44
_WORDS_FROM, _PASS_FROM, _PLACE_FROM = 1240, 1060, 800  # window widths from which words have room


class Dot(QWidget):
    """A dot that says that the document is not saved."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unsaved")
        self.setFixedSize(10, 10)
        self.theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.now)
        painter.drawEllipse(1, 1, 8, 8)


class ToolBar(QToolBar):
    """Shows what the actions say and where the cursor is.

    Attributes:
        find: The find field.
        place: "event 31 of 44".
        pass_: "pass 1 · backward(out)".
    """

    def __init__(self, cursor: Cursor, actions: Actions, theme: Theme, settings_menu: QMenu) -> None:
        super().__init__()
        self.setObjectName("tool-bar")
        self.setWindowTitle(self.tr("Tool Bar"))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setFixedHeight(_HEIGHT)
        self._cursor, self._actions, self._theme = cursor, actions, theme
        self._buttons: dict[str, QToolButton] = {}
        self._playing = self._busy = False
        self._failing = ""
        self.file = QLabel()
        self.file.setObjectName("file-name")
        self.file.setProperty("role", "file")
        self.dot = Dot(theme)
        self.dot.setToolTip(self.tr("Not saved"))
        self.dot.setAccessibleName(self.tr("Not saved"))
        self.busy = StillText(self.tr("⚠ line {0} fails").format("1000"))
        self.busy.setObjectName("busy")
        self.busy.setProperty("role", "status")
        self.place = StillText(self.tr("event {0} of {1}").format("10 000", "10 000"))
        self.pass_ = StillText(self.tr("pass {0}").format("10") + " " + self.tr("failed") + " · backward(output)")
        self.place.setObjectName("event-place")
        self.place.setProperty("role", "status")
        self.pass_.setObjectName("pass-place")
        self.pass_.setProperty("role", "place")
        inside = QWidget()
        inside.setMinimumWidth(1)  # what has no room is left out, see resizeEvent
        layout = QHBoxLayout(inside)
        layout.setContentsMargins(18, 0, 12, 0)
        layout.setSpacing(8)
        left = QWidget()
        names = QHBoxLayout(left)
        names.setContentsMargins(0, 0, 0, 0)
        names.setSpacing(8)
        for widget in (self.file, self.dot, self.busy):
            names.addWidget(widget)
        names.addStretch(1)
        left.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout.addWidget(left, 10)
        for name, word in (
            ("start", self.tr("Start")),
            ("step-back", self.tr("Step back")),
            ("play", self.tr("Play")),
            ("step-forward", self.tr("Step")),
            ("end", self.tr("End")),
        ):
            layout.addWidget(self._button(name, word))
        self.speed = QToolButton()
        self.speed.setObjectName("speed")
        self.speed.setProperty("role", "quiet")
        self.speed.setMenu(actions.menus["menu-speed"])
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed.setToolTip(self.tr("How fast it plays"))
        layout.addWidget(self.speed)
        layout.addWidget(self.place)
        layout.addSpacing(4)
        layout.addWidget(self.pass_)
        layout.addStretch(6)
        self.find_field = FindField(cursor)
        layout.addWidget(self.find_field)
        self.settings = QToolButton()
        self.settings.setObjectName("settings")
        self.settings.setText(self.tr("Settings"))
        self.settings.setProperty("role", "quiet")
        self.settings.setMenu(settings_menu)
        self.settings.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        layout.addWidget(self.settings)
        self.addWidget(inside)
        cursor.moved.connect(self.refresh)
        cursor.recording_changed.connect(self.refresh)
        self.set_theme(theme)
        self.refresh()

    def _button(self, name: str, word: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"button-{name}")
        action = self._actions[f"action-{name}"]
        button.setText(word)
        button.setAccessibleName(word)
        button.setToolTip(action.toolTip())
        button.setIconSize(QSize(20, 16))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if name == "play":
            button.setProperty("role", "primary")
        button.clicked.connect(action.trigger)
        action.changed.connect(lambda: self._follow(button, action))
        self._follow(button, action)
        self._buttons[name] = button
        return button

    @staticmethod
    def _follow(button: QToolButton, action: QAction) -> None:
        button.setEnabled(action.isEnabled())

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        self.dot.theme = theme
        self.dot.update()
        for name, button in self._buttons.items():
            if name != "play":
                button.setIcon(icon(name, theme.text, theme.dim))
        self.set_playing(self._playing)

    def set_playing(self, playing: bool) -> None:
        """Shows a Play or a Pause button."""
        self._playing = playing
        button = self._buttons["play"]
        button.setText(self.tr("Pause") if playing else self.tr("Play"))
        button.setAccessibleName(button.text())
        ink = self._theme.canvas if self._theme.name == "dark" else self._theme.panel
        button.setIcon(icon("pause" if playing else "play", ink, self._theme.dim))

    def set_speed(self, speed: float) -> None:
        """Shows the speed."""
        self.speed.setText(f"{speed:g}×")

    def set_file(self, name: str, path: str, *, modified: bool) -> None:
        """Shows the document's name, and whether it is saved."""
        self.file.setText(self.file.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 240))
        self.file.setToolTip(path or name)
        self.dot.setVisible(modified)

    def set_busy(self, busy: bool) -> None:
        """Says that the script is running."""
        self._busy = busy
        self._show_state()

    def set_failing(self, failing: bool, line: int = 0) -> None:
        """Says that the script failed when it ran last, and at which line (0 for none)."""
        words = self.tr("⚠ line {0} fails").format(line) if line else self.tr("⚠ fails")
        self._failing = words if failing else ""
        self._show_state()

    def _show_state(self) -> None:
        self.busy.setText(self.tr("running…") if self._busy else self._failing)

    def refresh(self) -> None:
        """Shows where the cursor stands."""
        recording, event = self._cursor.recording, self._cursor.event
        total = len(recording)
        if not total:
            self.place.setText(self.tr("no events"))
            self.pass_.setText("")
            return
        self.place.setText(self.tr("event {0} of {1}").format(count_text(event + 1), count_text(total)))
        state = self._cursor.state
        if state.pass_ < 0:
            self.pass_.setText(self.tr("forward"))
        else:
            number = self.tr("pass {0}").format(state.pass_ + 1)
            if not state.in_pass:
                number += " " + (self.tr("failed") if pass_failed(recording, state.pass_) else self.tr("done"))
            self.pass_.setText(f"{number} · {pass_text(recording, state.pass_)}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow, icons stand without words and the place in fewer."""
        width = event.size().width()
        only_icons = width < _WORDS_FROM
        for name, button in self._buttons.items():
            style = Qt.ToolButtonStyle.ToolButtonIconOnly if only_icons else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon if name == "play" else style)
        self.pass_.setVisible(width >= _PASS_FROM)
        self.place.setVisible(width >= _PLACE_FROM)
        super().resizeEvent(event)
