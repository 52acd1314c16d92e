"""The main window: puts the rooms together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent, QTextCursor
from PySide6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from gradviz.app.actions import Actions
from gradviz.app.annotating import Annotating
from gradviz.app.arranging import Arranging
from gradviz.app.building import Building
from gradviz.app.card_edits import CardEdits
from gradviz.app.commands import Commands
from gradviz.app.disk_changes import DiskChanges
from gradviz.app.docks import STATE_VERSION, Docks
from gradviz.app.document import Document
from gradviz.app.documents import Documents, told_apart
from gradviz.app.editing import Editing
from gradviz.app.examples import Example, examples, templates
from gradviz.app.files import Files
from gradviz.app.inserting import Inserting
from gradviz.app.lost_work import LostWork
from gradviz.app.node_edits import NodeEdits
from gradviz.app.notices import NoticeBar
from gradviz.app.other_windows import OtherWindows
from gradviz.app.player import Player
from gradviz.app.recovery import Recovery
from gradviz.app.results import Results
from gradviz.app.session import AnyRunner, Session
from gradviz.app.settings import Settings, data_folder
from gradviz.app.style import palette, style_sheet
from gradviz.app.tabs import DocumentTabs, TabRow
from gradviz.app.toolbar import ToolBar
from gradviz.app.tour import Tour
from gradviz.app.turning import Turning
from gradviz.app.welcome import Welcome
from gradviz.canvas import CanvasView
from gradviz.panels.console import Console
from gradviz.panels.events import EventsPanel
from gradviz.panels.inspector import Inspector
from gradviz.panels.palette import Palette
from gradviz.panels.parts import PanelHead
from gradviz.panels.problems import ProblemsPanel
from gradviz.panels.script_panel import ScriptPanel
from gradviz.panels.timeline import Timeline
from gradviz.panels.watches import WatchesPanel
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme, load_theme


class Window(QMainWindow):
    """GradViz's window.

    Attributes:
        cursor: The place in time that every pane shows.
        documents, session, player, recovery, settings, theme: What the window puts together.
    """

    def __init__(self, settings: Settings, make_runner: Callable[[], AnyRunner], recovery_folder: Path | None = None) -> None:
        super().__init__()
        self.setObjectName("main-window")
        self.setWindowTitle("GradViz")
        self.setAcceptDrops(True)
        room = self.screen().availableSize()
        self.resize(QSize(1600, 1000).boundedTo(QSize(round(room.width() * 0.96), round(room.height() * 0.92))))
        self.settings = settings
        self.theme = self._theme_of(settings.theme)
        self.cursor = Cursor(self)
        self._make_panels()
        self.recovery = Recovery(recovery_folder or data_folder() / "recovery", self)
        self.documents = Documents(self.editor, self.recovery, self)
        self.notices.turn_to(self.documents.current)
        self.session = Session(make_runner, self)
        self.player = Player(self.cursor, self)
        self.files = Files(self)
        self.disk_changes = DiskChanges(self)
        self.lost_work = LostWork(self)
        self.other_windows = OtherWindows(self)
        self.results = Results(self)
        self.editing = Editing(self)
        self.turning = Turning(self)
        self.building = Building(self)
        self.card_edits = CardEdits(self)
        self.inserting = Inserting(self)
        self.node_edits = NodeEdits(self)
        self.annotating = Annotating(self)
        self.arranging = Arranging(self)
        self.tour = Tour(self)
        self.commands = Commands(self, self.files)
        self.actions_table = Actions(self, self.commands)
        self.tool_bar = ToolBar(self.cursor, self.actions_table, self.theme, self.actions_table.menus["menu-view"])
        self.addToolBar(self.tool_bar)
        self.tabs = DocumentTabs(self.documents, self.notices, self.theme)
        self.tab_row = TabRow(self.tabs, self.documents)
        self.addToolBarBreak()
        self.addToolBar(self.tab_row)
        self._make_docks()
        self._fill_menus()
        self._connect()
        self._apply_settings()

    # Making

    def _make_panels(self) -> None:
        self.canvas = CanvasView(self.cursor)
        self.canvas.setObjectName("panel-canvas")
        self.script_panel = ScriptPanel(self.cursor, self.theme)
        self.editor = self.script_panel.editor
        self.inspector = Inspector(self.cursor, self.theme)
        self.timeline = Timeline(self.cursor, self.theme)
        self.events_panel = EventsPanel(self.cursor, self.theme)
        self.console = Console(self.cursor, self.theme)
        self.problems = ProblemsPanel(self.cursor)
        self.watches = WatchesPanel(self.cursor, self.theme)
        self.palette_panel = Palette(self.theme)
        self.notices = NoticeBar(self.theme)
        self.welcome: Welcome | None = None
        self.pages = QStackedWidget()
        self.pages.addWidget(self.canvas)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notices)
        self._strips = QVBoxLayout()
        layout.addLayout(self._strips)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(centre)

    def _make_docks(self) -> None:
        self.docks = Docks(
            self,
            {
                "panel-script": (self.tr("Script"), self.script_panel, self.script_panel.head),
                "panel-palette": (self.tr("Ops"), self.palette_panel, PanelHead(self.tr("Ops"))),
                "panel-inspector": (self.tr("Inspector"), self.inspector, self.inspector.head),
                "panel-timeline": (self.tr("Timeline"), self.timeline, None),
                "panel-events": (self.tr("Events"), self.events_panel, None),
                "panel-watches": (self.tr("Watches"), self.watches, None),
                "panel-problems": (self.tr("Problems"), self.problems, None),
                "panel-console": (self.tr("Console"), self.console, None),
            },
        )

    def _fill_menus(self) -> None:
        menus = self.actions_table.menus
        for dock in self.docks.by_name.values():
            menus["menu-panels"].addAction(dock.toggleViewAction())
        for kind, scripts, use in (
            ("example", examples(), self.files.open_example),
            ("template", templates(), self.files.new_from),
        ):
            for script in scripts:
                menus[f"menu-{kind}s"].addAction(self._script_action(kind, script, use))
        self.refresh_recent()

    def _script_action(self, kind: str, script: Example, use: Callable[[Example], None]) -> QAction:
        action = QAction(script.title, self)
        action.setObjectName(f"action-{kind}-{script.path.stem}")
        action.setToolTip(script.description)
        action.triggered.connect(lambda: use(script))
        return action

    def _connect(self) -> None:
        documents, session, player = self.documents, self.session, self.player
        documents.changed.connect(self._show_file)
        documents.listed.connect(self.update_actions)
        documents.text_changed.connect(self._text_changed)
        documents.undo_changed.connect(self.update_actions)
        self.tabs.close_asked.connect(self.files.close)
        self.tabs.close_others_asked.connect(self.files.close_others)
        self.tabs.new_asked.connect(self.files.new)
        session.finished.connect(self.results.show)
        session.busy_changed.connect(self._show_busy)
        session.lasting.connect(self.files.say_still_running)
        session.failed.connect(lambda text: self.notices.say("run", text))
        player.playing_changed.connect(self._show_playing)
        player.speed_changed.connect(self._show_speed)
        self.timeline.scrubbing.connect(lambda _held: player.pause())
        self.editor.breakpoints_changed.connect(self._breakpoints_changed)
        self.editor.zoomed.connect(lambda size: setattr(settings, "font_size", size))
        self.problems.line_asked.connect(self.show_line)
        self.problems.trust_asked.connect(self.files.trust_refused)
        self.problems.count_changed.connect(self.docks.set_problem_count)
        self.watches.expressions_changed.connect(lambda: setattr(settings, "watches", self.watches.expressions))
        self.tool_bar.find_field.missed.connect(
            lambda text: self.notices.say("find", self.tr("Nothing is called {0}.").format(text))
        )
        self.tool_bar.find_field.left.connect(lambda: self.canvas.setFocus())
        settings = self.settings
        for signal in (self.cursor.moved, self.cursor.selection_changed, self.cursor.recording_changed):
            signal.connect(self.update_actions)
        QApplication.styleHints().colorSchemeChanged.connect(self._system_theme_changed)

    def _apply_settings(self) -> None:
        settings = self.settings
        self.watches.set_expressions(settings.watches)
        self.editor.set_zoom(settings.font_size)
        self.set_speed(settings.speed)
        self._show_speed(self.player.speed)
        self.session.orientation = settings.orientation
        self.actions_table["action-orientation"].setChecked(settings.orientation == "TB")
        self.actions_table["action-reduced-motion"].setChecked(settings.reduced_motion)
        self.canvas.set_reduced_motion(settings.reduced_motion)
        self.actions_table["action-minimap"].setChecked(settings.minimap)
        self.canvas.minimap.set_wanted(settings.minimap)
        self.actions_table[f"action-theme-{settings.theme}"].setChecked(True)
        self._use_theme(self.theme)
        kept = settings.window()
        self._unplaced = kept is None or not (self.restoreGeometry(kept[0]) and self.restoreState(kept[1], STATE_VERSION))
        if self._unplaced:
            self.docks.place()
        self.tab_row.refresh()
        self.docks.set_problem_count(0)
        self._show_file()
        self.update_actions()

    # The document and its run

    def begin(self, path: Path | None = None, *, trusted: bool = False) -> None:
        """Opens what the program was started with: a file, else the first example."""
        if path is None or not self.files.open(path, trusted=trusted):
            trouble = [notice.text for notice in self.notices.notices]
            self.files.open_example(examples()[0])
            for text in trouble:
                self.notices.announce("open", text)
        self.canvas.setFocus()
        QTimer.singleShot(0, self, self.lost_work.offer)

    @property
    def document(self) -> Document:
        """The document that is shown."""
        return self.documents.current.document

    @property
    def trusted(self) -> bool:
        """Whether the script that is shown may use all of Python."""
        return self.documents.current.trusted

    def opened(self) -> None:
        """Another document has taken the place of the one that is shown: shows it from its beginning."""
        page = self.documents.current
        page.forget_results()
        self.session.turn_to(None)
        self.results.begin()
        self.editor.clear_breakpoints()
        self.editor.moveCursor(QTextCursor.MoveOperation.Start)
        self.turning.show_kind()
        self.notices.forget(page)
        self.other_windows.look_anew()
        self.show_picture()
        if self.document.recording is not None:
            self.session.show_recording(self.document.recording)
        else:
            self.run_now()

    def run_now(self) -> None:
        """Runs the script at once."""
        if self.document.recording is None:
            self.session.run_now(self.document.text, self.document.filename, trusted=self.trusted)

    def _text_changed(self) -> None:
        if self.document.recording is None:
            self.session.run_soon(self.document.text, self.document.filename, trusted=self.trusted)

    def forget_trust(self, *, trusted: bool = False) -> None:
        """Sets how the script runs from now on."""
        self.documents.current.trusted = trusted
        self.script_panel.set_trusted(trusted)

    # What is shown

    def show_picture(self) -> None:
        """Shows the canvas."""
        self.pages.setCurrentWidget(self.canvas)

    def add_strip(self, strip: QWidget) -> None:
        """Shows a widget over the canvas, in room of its own."""
        self._strips.addWidget(strip)

    def show_welcome(self) -> None:
        """Shows the Welcome page."""
        if self.welcome is None:
            self.welcome = Welcome()
            self.welcome.example_chosen.connect(self.files.open_example)
            self.welcome.template_chosen.connect(self.files.new_from)
            self.welcome.file_chosen.connect(lambda path: self.files.open(Path(path)))
            self.welcome.open_asked.connect(self.files.ask_open)
            self.welcome.new_asked.connect(self.files.new)
            self.welcome.close_asked.connect(self.show_picture)
            self.pages.addWidget(self.welcome)
        self.welcome.set_recent(self.settings.recent)
        self.pages.setCurrentWidget(self.welcome)
        self.welcome.setFocus()

    def refresh_recent(self) -> None:
        """Fills the menu of recent files."""
        menu = self.actions_table.menus["menu-recent"]
        menu.clear()
        recent = self.settings.recent
        for path, name in zip(recent, told_apart([Path(path) for path in recent]), strict=True):
            action = menu.addAction(name.replace("&", "&&"))
            action.setToolTip(path)
            action.triggered.connect(lambda _checked=False, path=path: self.files.open(Path(path)))
        menu.setEnabled(not menu.isEmpty())

    def extra_actions(self) -> list[QAction]:
        """Actions that are not of the table: panels, examples, recent files."""
        menus = self.actions_table.menus
        return [a for name in ("menu-panels", "menu-templates", "menu-examples", "menu-recent") for a in menus[name].actions()]

    def focus_of(self, name: str) -> QWidget:
        """What gets the focus in a panel."""
        inside = self.docks.by_name[name].widget()
        return inside.focusProxy() or inside

    def update_actions(self) -> None:
        """Lets each action be used where it can be."""
        self.actions_table.update(self.commands.conditions())
        self.actions_table.set_texts(self.commands.texts())

    def _show_file(self) -> None:
        document = self.document
        name = document.name + (self.tr(" (recording)") if document.recording is not None else "")
        self.tool_bar.set_file(name, str(document.path or ""), modified=document.modified)
        self.setWindowTitle(f"{document.name}[*] — GradViz")
        self.setWindowModified(document.modified)
        self.update_actions()

    def _show_busy(self, busy: bool) -> None:
        self.tool_bar.set_busy(busy)
        if not busy:
            self.notices.dismiss("still-running")
        self.update_actions()

    def _show_playing(self, playing: bool) -> None:
        self.tool_bar.set_playing(playing)
        action = self.actions_table["action-play"]
        action.setText(self.tr("&Pause") if playing else self.tr("&Play"))

    def show_line(self, line: int) -> None:
        """Brings a line of the script into view, and goes to it."""
        self.docks.show("panel-script")
        self.editor.show_line(line)
        self.script_panel.go_to_line(line)

    def _breakpoints_changed(self) -> None:
        self.player.breakpoints = self.editor.breakpoints

    # Choices

    def set_speed(self, speed: float) -> None:
        """Sets how fast to play."""
        self.player.set_speed(speed)
        self.canvas.set_speed(speed)

    def _show_speed(self, speed: float) -> None:
        self.settings.speed = speed
        self.tool_bar.set_speed(speed)
        self.actions_table[f"action-speed-{speed:g}"].setChecked(True)

    def set_orientation(self, orientation: str) -> None:
        """Sets which way the picture runs: "LR" or "TB"."""
        self.settings.orientation = self.session.orientation = orientation
        self.session.lay_out_again()

    def set_reduced_motion(self, reduced: bool) -> None:
        """Sets whether states change without travel."""
        self.settings.reduced_motion = reduced
        self.canvas.set_reduced_motion(reduced)

    def set_minimap(self, shown: bool) -> None:
        """Sets whether a graph that does not fit into view has a map."""
        self.settings.minimap = shown
        self.canvas.minimap.set_wanted(shown)

    @staticmethod
    def _theme_of(choice: str) -> Theme:
        if choice == "system":
            light = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
            return load_theme("light" if light else "dark")
        return load_theme(choice)

    def set_theme_choice(self, choice: str) -> None:
        """Sets the theme: "system", "dark" or "light"."""
        self.settings.theme = choice
        self._use_theme(self._theme_of(choice))

    def _system_theme_changed(self) -> None:
        if self.settings.theme == "system":
            self._use_theme(self._theme_of("system"))

    def _use_theme(self, theme: Theme) -> None:
        self.theme = theme
        QApplication.setPalette(palette(theme))
        self.setStyleSheet(style_sheet(theme))
        panes = (
            self.script_panel,
            self.palette_panel,
            self.inspector,
            self.timeline,
            self.events_panel,
            self.console,
            self.watches,
        )
        for pane in (*panes, self.canvas, self.tool_bar, self.tabs, self.notices):
            pane.set_theme(theme)
        self.tour.set_theme()

    # Qt's

    def event(self, event: QEvent) -> bool:
        """A button that has the focus is pressed by Space; elsewhere Space plays."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers()
            if plain and event.key() == Qt.Key.Key_Space and isinstance(QApplication.focusWidget(), QAbstractButton):
                event.accept()
                return True
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        """The docks get their first sizes when the window has its own."""
        super().showEvent(event)
        if self._unplaced:
            self._unplaced = False
            self.docks.resize()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
        for path in paths:
            self.files.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_go(self.documents.pages):
            event.ignore()
            return
        self.player.pause()
        self.settings.set_window(self.saveGeometry(), self.saveState(STATE_VERSION))
        self.settings.sync()
        self.recovery.end()
        for page in self.documents.pages:
            page.document.close()
        self.session.close()
        event.accept()
        super().closeEvent(event)
