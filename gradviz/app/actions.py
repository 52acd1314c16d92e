"""The one table of actions. Menus, keys, tool bar and command palette all read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from gradviz.app.settings import SPEEDS

if TYPE_CHECKING:
    from gradviz.app.commands import Commands


@dataclass(frozen=True, slots=True)
class Spec:
    """One action.

    Attributes:
        name: Its objectName, "action-" and what it does; `Commands` has a method of that name, underscores for hyphens.
        text: As menus and the palette show it; translated when shown.
        keys: Shortcuts.
        when: The name of the condition under which it can be used: an attribute of `Conditions`.
        group: Actions of one group exclude each other, and are checked.
        checkable: Whether it is on or off.
        argument: What the method of the group is called with.
        tip: More words, for tool tips.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    when: str = "always"
    group: str = ""
    checkable: bool = False
    argument: Any = None
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What can be done at the moment."""

    always: bool = True
    writable: bool = True
    has_events: bool = False
    can_forward: bool = False
    can_back: bool = False
    selected: bool = False
    running: bool = False
    refused: bool = False
    can_undo: bool = False
    can_redo: bool = False
    picked: bool = False
    chosen: bool = False
    annotated: bool = False
    several: bool = False
    many: bool = False
    revertable: bool = False
    tabbed: bool = False


T = QT_TRANSLATE_NOOP


def _speed_spec(speed: float) -> Spec:
    return Spec(f"action-speed-{speed:g}", f"{speed:g}×", group="speed", argument=speed)


SPECS: tuple[Spec, ...] = (
    Spec("action-new", T("actions", "&New"), ("Ctrl+N",)),
    Spec("action-open", T("actions", "&Open…"), ("Ctrl+O",)),
    Spec("action-save", T("actions", "&Save"), ("Ctrl+S",), "writable"),
    Spec("action-save-as", T("actions", "Save &As…"), ("Ctrl+Shift+S",)),
    Spec(
        "action-export",
        T("actions", "&Export…"),
        ("Ctrl+E",),
        "has_events",
        tip=T("actions", "Write a picture or recording"),
    ),
    Spec(
        "action-revert",
        T("actions", "Re&vert to File"),
        ("Ctrl+Alt+R",),
        "revertable",
        tip=T("actions", "Take what the file holds; undo brings yours back"),
    ),
    Spec("action-close-tab", T("actions", "&Close"), ("Ctrl+W",)),
    Spec("action-next-tab", T("actions", "&Next Tab"), ("Ctrl+Tab", "Ctrl+PgDown"), "tabbed"),
    Spec("action-previous-tab", T("actions", "Pre&vious Tab"), ("Ctrl+Shift+Tab", "Ctrl+PgUp"), "tabbed"),
    Spec("action-quit", T("actions", "&Quit"), ("Ctrl+Q",)),
    Spec("action-undo", T("actions", "&Undo"), ("Ctrl+Z",), "can_undo"),
    Spec("action-redo", T("actions", "&Redo"), ("Ctrl+Y", "Ctrl+Shift+Z"), "can_redo"),
    Spec(
        "action-quick-add",
        T("actions", "&Add Node…"),
        ("Ctrl+Space",),
        "writable",
        tip=T("actions", "Add a node: on the canvas, Tab or a double click"),
    ),
    Spec(
        "action-palette",
        T("actions", "&Op Palette"),
        ("Ctrl+Shift+O",),
        "writable",
        tip=T("actions", "Show all ops by family, to be dragged to the canvas"),
    ),
    Spec("action-add-tensor", T("actions", "Add &Tensor…"), ("Ctrl+Shift+T",), "writable"),
    Spec("action-rename", T("actions", "Re&name…"), ("F2",), "chosen"),
    Spec(
        "action-edit-value",
        T("actions", "Edit &Values…"),
        ("Shift+F2",),
        "picked",
        tip=T("actions", "Change the numbers that the selected node takes, on its card"),
    ),
    Spec("action-cut", T("actions", "Cu&t Nodes"), ("Ctrl+X",), "picked"),
    Spec("action-copy", T("actions", "&Copy Nodes"), ("Ctrl+C",), "picked"),
    Spec("action-paste", T("actions", "&Paste Nodes"), ("Ctrl+V",), "writable"),
    Spec("action-duplicate", T("actions", "Dupl&icate"), ("Ctrl+D",), "picked"),
    Spec("action-delete", T("actions", "&Delete"), ("Del",), "chosen"),
    Spec(
        "action-toggle-requires-grad",
        T("actions", "Toggle requires_&grad"),
        ("G",),
        "picked",
        tip=T("actions", "Let the selected tensor need a gradient, or not"),
    ),
    Spec(
        "action-detach",
        T("actions", "&Detach"),
        ("D",),
        "picked",
        tip=T("actions", "Cut gradients here with detach(), or let them through again"),
    ),
    Spec(
        "action-no-grad",
        T("actions", "&Wrap in no_grad"),
        ("N",),
        "picked",
        tip=T("actions", "Hide the selected nodes from autograd, or free them"),
    ),
    Spec(
        "action-backward",
        T("actions", "Add &backward()"),
        ("B",),
        "writable",
        tip=T("actions", "Add a backward pass from the selected tensor, or from the last one"),
    ),
    Spec(
        "action-zero-grads",
        T("actions", "&Zero Gradients"),
        ("Z",),
        "writable",
        tip=T("actions", "Throw gradients away before the next pass"),
    ),
    Spec(
        "action-frame",
        T("actions", "&Frame Nodes…"),
        ("Ctrl+G",),
        "picked",
        tip=T("actions", "Put a frame with a title round the selected nodes; they move with it"),
    ),
    Spec("action-note", T("actions", "Add a Not&e…"), ("Ctrl+Shift+N",), "writable", tip=T("actions", "Write on the canvas")),
    Spec("action-next-note", T("actions", "Ne&xt Frame or Note"), ("Ctrl+J",), "annotated"),
    Spec("action-align-left", T("actions", "Align &Left Sides"), ("Ctrl+Shift+Left",), "several"),
    Spec("action-align-right", T("actions", "Align &Right Sides"), ("Ctrl+Shift+Right",), "several"),
    Spec("action-align-top", T("actions", "Align &Tops"), ("Ctrl+Shift+Up",), "several"),
    Spec("action-align-bottom", T("actions", "Align &Bottoms"), ("Ctrl+Shift+Down",), "several"),
    Spec(
        "action-align-column",
        T("actions", "Align in a &Column"),
        ("Ctrl+Shift+I",),
        "several",
        tip=T("actions", "Put the selected nodes one below the other"),
    ),
    Spec(
        "action-align-row",
        T("actions", "Align in a Ro&w"),
        ("Ctrl+Shift+E",),
        "several",
        tip=T("actions", "Put the selected nodes side by side"),
    ),
    Spec(
        "action-distribute-across",
        T("actions", "Distribute &Across"),
        ("Ctrl+Alt+E",),
        "many",
        tip=T("actions", "Make the gaps between the selected nodes equal, from left to right"),
    ),
    Spec(
        "action-distribute-down",
        T("actions", "Distribute &Down"),
        ("Ctrl+Alt+I",),
        "many",
        tip=T("actions", "Make the gaps between the selected nodes equal, from top to bottom"),
    ),
    Spec("action-select-all", T("actions", "Select A&ll"), ("Ctrl+A",), "has_events"),
    Spec("action-toggle-comment", T("actions", "To&ggle Comment"), ("Ctrl+/",), "writable"),
    Spec("action-find", T("actions", "&Find Node or Event"), ("Ctrl+F",), "has_events"),
    Spec("action-fit", T("actions", "&Fit Picture"), ("F",), "has_events"),
    Spec("action-zoom-selection", T("actions", "Zoom to &Selection"), ("Shift+F",), "selected"),
    Spec("action-zoom-in", T("actions", "Zoom &In"), ("Ctrl++", "Ctrl+=")),
    Spec("action-zoom-out", T("actions", "Zoom &Out"), ("Ctrl+-",)),
    Spec("action-orientation", T("actions", "Top to &Bottom"), ("Ctrl+T",), checkable=True),
    Spec(
        "action-minimap",
        T("actions", "&Map of the Graph"),
        ("M",),
        checkable=True,
        tip=T("actions", "Show the whole graph in a corner where it does not fit into view"),
    ),
    Spec("action-reduced-motion", T("actions", "&Reduced Motion"), checkable=True),
    Spec("action-theme-system", T("actions", "As the &System"), group="theme", argument="system"),
    Spec("action-theme-dark", T("actions", "&Dark"), group="theme", argument="dark"),
    Spec("action-theme-light", T("actions", "&Light"), group="theme", argument="light"),
    Spec("action-reset-layout", T("actions", "Reset &Window Layout")),
    Spec("action-next-panel", T("actions", "Ne&xt Panel"), ("F6",)),
    Spec("action-previous-panel", T("actions", "Previous Pane&l"), ("Shift+F6",)),
    Spec("action-run", T("actions", "&Run Script"), ("Ctrl+R",), "writable"),
    Spec("action-stop", T("actions", "S&top Script"), ("Ctrl+.",), "running"),
    Spec("action-trust-run", T("actions", "Trust and R&un"), (), "refused"),
    Spec("action-toggle-breakpoint", T("actions", "Toggle &Breakpoint"), ("F9",)),
    Spec("action-clear-breakpoints", T("actions", "&Clear All Breakpoints"), ("Ctrl+Shift+F9",)),
    Spec("action-start", T("actions", "To the &Start"), ("Alt+Home",), "can_back"),
    Spec("action-step-back", T("actions", "Step &Back"), ("Shift+F10",), "can_back"),
    Spec("action-play", T("actions", "&Play"), ("Space",), "has_events"),
    Spec("action-step-forward", T("actions", "Step &Forward"), ("F10",), "can_forward"),
    Spec("action-end", T("actions", "To the &End"), ("Alt+End",), "can_forward"),
    Spec("action-run-forward", T("actions", "Run Forward to Breakpoint"), ("F5",), "can_forward"),
    Spec("action-run-back", T("actions", "Run Back to Breakpoint"), ("Shift+F5",), "can_back"),
    Spec("action-run-to-selection", T("actions", "Run to &Selection"), ("Ctrl+F10",), "selected"),
    Spec("action-next-on-tensor", T("actions", "&Next Event on Selection"), ("Ctrl+Right",), "selected"),
    Spec("action-previous-on-tensor", T("actions", "Previous E&vent on Selection"), ("Ctrl+Left",), "selected"),
    *(_speed_spec(speed) for speed in SPEEDS),
    Spec("action-welcome", T("actions", "&Welcome")),
    Spec(
        "action-tour",
        T("actions", "Take the &Tour"),
        tip=T("actions", "Build a graph by hand and watch its gradients, in five minutes"),
    ),
    Spec("action-shortcuts", T("actions", "&Keyboard Shortcuts"), ("Ctrl+F1",)),
    Spec(
        "action-explain",
        T("actions", "&Explain This"),
        ("F1",),
        tip=T("actions", "Explain what is under the mouse, or else what has the focus"),
    ),
    Spec("action-command-palette", T("actions", "All Co&mmands…"), ("Ctrl+Shift+P",)),
    Spec("action-about", T("actions", "&About GradViz")),
)

# What stands in a menu: an action's name, "-" for a rule, "menu-..." for another menu, "panels" for the docks' switches.
MENUS: dict[str, tuple[str, tuple[str, ...]]] = {
    "menu-file": (
        T("actions", "&File"),
        (
            *("action-new", "menu-templates", "action-open", "menu-recent", "menu-examples", "-"),
            *("action-save", "action-save-as", "action-revert", "action-export", "-", "action-close-tab", "action-quit"),
        ),
    ),
    "menu-templates": (T("actions", "New from &Template"), ()),
    "menu-recent": (T("actions", "Open &Recent"), ()),
    "menu-examples": (T("actions", "Exam&ples"), ()),
    "menu-edit": (
        T("actions", "&Edit"),
        (
            *("action-undo", "action-redo", "-", "action-cut", "action-copy", "action-paste", "action-duplicate"),
            *("action-delete", "action-select-all", "-"),
            *("action-toggle-comment", "-", "action-find", "action-command-palette"),
        ),
    ),
    "menu-node": (
        T("actions", "&Node"),
        (
            *("action-quick-add", "action-palette", "action-add-tensor", "-", "action-rename", "action-edit-value", "-"),
            *("action-toggle-requires-grad", "action-detach", "action-no-grad", "-", "action-backward", "action-zero-grads"),
            *("-", "action-frame", "action-note", "action-next-note", "menu-align"),
        ),
    ),
    "menu-align": (
        T("actions", "A&lign"),
        (
            *("action-align-left", "action-align-right", "action-align-top", "action-align-bottom", "-"),
            *("action-align-column", "action-align-row", "-", "action-distribute-across", "action-distribute-down"),
        ),
    ),
    "menu-view": (
        T("actions", "&View"),
        (
            *("action-fit", "action-zoom-selection", "action-zoom-in", "action-zoom-out", "-"),
            *("action-orientation", "action-minimap", "action-reduced-motion", "-"),
            *("menu-theme", "menu-panels", "action-next-tab", "action-previous-tab"),
            *("action-next-panel", "action-previous-panel", "action-reset-layout"),
        ),
    ),
    "menu-theme": (T("actions", "T&heme"), ("action-theme-system", "action-theme-dark", "action-theme-light")),
    "menu-panels": (T("actions", "&Panels"), ()),
    "menu-run": (
        T("actions", "&Run"),
        (
            *("action-run", "action-stop", "action-trust-run", "-"),
            *("action-toggle-breakpoint", "action-clear-breakpoints", "-"),
            *("action-run-forward", "action-run-back", "action-run-to-selection"),
        ),
    ),
    "menu-go": (
        T("actions", "&Go"),
        (
            *("action-step-forward", "action-step-back", "action-play", "action-start", "action-end", "-"),
            *("action-next-on-tensor", "action-previous-on-tensor", "-", "menu-speed"),
        ),
    ),
    "menu-speed": (T("actions", "Spee&d"), tuple(f"action-speed-{speed:g}" for speed in SPEEDS)),
    "menu-help": (
        T("actions", "&Help"),
        (
            *("action-welcome", "action-tour", "-", "action-explain", "action-shortcuts", "action-command-palette"),
            *("-", "action-about"),
        ),
    ),
}
MENU_BAR = ("menu-file", "menu-edit", "menu-node", "menu-view", "menu-run", "menu-go", "menu-help")


def translated(text: str) -> str:
    """A text of the table in the user's language."""
    return QCoreApplication.translate("actions", text)


class Actions:
    """The table made into QActions of a window.

    Attributes:
        by_name: All actions by objectName.
        menus: All menus by objectName.
    """

    def __init__(self, window: QMainWindow, commands: Commands) -> None:
        self.by_name: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        self._groups: dict[str, QActionGroup] = {}
        for spec in SPECS:
            self.by_name[spec.name] = self._made(window, commands, spec)
        window.addActions(list(self.by_name.values()))
        bar = QMenuBar(window)
        bar.setObjectName("menu-bar")
        window.setMenuBar(bar)
        for name in MENU_BAR:
            bar.addMenu(self._menu(window, name))

    def _made(self, window: QMainWindow, commands: Commands, spec: Spec) -> QAction:
        action = QAction(translated(spec.text), window)
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutVisibleInContextMenu(True)
        action.setProperty("when", spec.when)
        keys = QKeySequence(spec.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if spec.keys else ""
        words = translated(spec.tip) if spec.tip else plain(action.text())
        action.setToolTip(f"{words} ({keys})" if keys else words)
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(window))
            action.setCheckable(True)
            group.addAction(action)
            handler, argument = getattr(commands, f"set_{spec.group}"), spec.argument
            action.triggered.connect(lambda: handler(argument))
        else:
            handler = getattr(commands, spec.name.removeprefix("action-").replace("-", "_"))
            action.setCheckable(spec.checkable)
            action.triggered.connect(handler if spec.checkable else lambda: handler())
        return action

    def _menu(self, window: QMainWindow, name: str) -> QMenu:
        title, entries = MENUS[name]
        menu = QMenu(translated(title), window)
        menu.setObjectName(name)
        menu.setToolTipsVisible(True)
        self.menus[name] = menu
        for entry in entries:
            if entry == "-":
                menu.addSeparator()
            elif entry.startswith("menu-"):
                menu.addMenu(self._menu(window, entry))
            else:
                menu.addAction(self.by_name[entry])
        return menu

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Calls actions by other texts: an undo by what it takes back."""
        for name, text in texts.items():
            self.by_name[name].setText(text)

    def update(self, conditions: Conditions) -> None:
        """Lets each action be used where its condition holds."""
        for action in self.by_name.values():
            action.setEnabled(bool(getattr(conditions, action.property("when"))))


def plain(text: str) -> str:
    """A menu's text without its mnemonic mark and dots."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")
