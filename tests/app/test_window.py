"""The table of actions, the palette, the Welcome page, the docks, the themes."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gradviz.app.actions import MENU_BAR, MENUS, SPECS, Conditions, plain
from gradviz.app.command_palette import CommandPalette, score
from gradviz.app.docks import HIDDEN
from gradviz.app.examples import examples
from gradviz.app.icons import icon
from gradviz.app.start import install_translation, make_runner
from gradviz.app.style import style_sheet
from gradviz.app.window import Window
from gradviz.panels.parts import mixed, now_ground
from gradviz.view.theme import load_theme
from tests.app.conftest import said, settled, trigger

# Actions


def test_names_and_shortcuts_are_unique() -> None:
    names = [spec.name for spec in SPECS]
    keys = [QKeySequence(key).toString() for spec in SPECS for key in spec.keys]
    assert len(names) == len(set(names))
    assert len(keys) == len(set(keys))
    assert all(keys)


def test_every_action_has_its_condition_text_and_object(window: Window) -> None:
    for spec in SPECS:
        action = window.actions_table[spec.name]
        assert window.findChild(type(action), spec.name) is action
        assert hasattr(Conditions(), spec.when)
        assert plain(action.text())


def test_every_action_is_in_a_menu_and_every_menu_in_the_bar(window: Window) -> None:
    placed = set(itertools.chain.from_iterable(entries for _, entries in MENUS.values()))
    assert {spec.name for spec in SPECS} <= placed
    assert set(MENUS) <= placed | set(MENU_BAR)
    for name in MENUS:
        assert isinstance(window.findChild(QMenu, name), QMenu)


def test_mnemonics_of_a_menu_do_not_clash(window: Window) -> None:
    for name, menu in window.actions_table.menus.items():
        letters = [text[text.index("&") + 1].lower() for text in (a.text() for a in menu.actions()) if "&" in text]
        assert len(letters) == len(set(letters)), name


@pytest.mark.parametrize("name", ["step-forward", "step-back", "play", "open", "save", "save-as", "run", "fit", "undo", "redo"])
def test_the_promised_names_are_there(window: Window, name: str) -> None:
    assert f"action-{name}" in window.actions_table.by_name


@pytest.mark.parametrize("name", ["canvas", "script", "inspector", "timeline", "events", "console", "problems", "watches"])
def test_every_panel_has_its_name_and_an_accessible_one(window: Window, name: str) -> None:
    panel = window.findChild(QWidget, f"panel-{name}")
    assert panel is not None
    assert panel.accessibleName()


def test_the_scripts_text_widget_has_its_name(window: Window) -> None:
    assert window.findChild(QPlainTextEdit, "script-text") is window.editor


# The palette


@pytest.fixture
def open_palette(window: Window, qtbot: QtBot) -> Callable[[], CommandPalette]:
    def make() -> CommandPalette:
        trigger(window, "command-palette")
        (palette,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, CommandPalette) and w.isVisible())
        return palette

    return make


def test_the_palette_finds_and_does(window: Window, open_palette: Callable[[], CommandPalette]) -> None:
    palette = open_palette()
    QTest.keyClicks(palette.field, "to the end")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.cursor.event == window.cursor.last
    palette = open_palette()
    QTest.keyClicks(palette.field, "step")
    assert palette.list.item(0).text() == "Step Back", "what cannot be used now stands below"
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.cursor.event == window.cursor.last - 1
    palette = open_palette()
    QTest.keyClick(palette, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_the_palette_offers_every_action(window: Window, open_palette: Callable[[], CommandPalette]) -> None:
    palette = open_palette()
    shown = {palette.list.item(row).text() for row in range(palette.list.count())}
    assert {plain(action.text()) for action in window.actions_table.by_name.values()} <= shown
    assert {example.title for example in examples()} <= shown
    palette.close()


def test_better_fits_come_first() -> None:
    words = ["Step Forward", "Step Back", "Stop Script", "Save As", "Top to Bottom"]
    for typed, best in (("sf", "Step Forward"), ("stepb", "Step Back"), ("save", "Save As"), ("stop", "Stop Script")):
        fits = {word: fit for word in words if (fit := score(word, typed)) is not None}
        assert min(fits, key=lambda word: fits[word]) == best
    assert score("Step", "xyz") is None
    assert score("Step", "") is not None


# Welcome and examples


def test_the_welcome_page_opens_examples_and_recent_files(window: Window, qtbot: QtBot, tmp_path: object) -> None:
    trigger(window, "welcome")
    welcome = window.welcome
    assert welcome is not None
    assert window.pages.currentWidget() is welcome
    for example in examples():
        assert welcome.findChild(QPushButton, f"example-{example.path.stem}") is not None
    welcome.findChild(QPushButton, "example-05_accumulate").click()
    settled(qtbot, window)
    assert window.document.name == "05_accumulate.py"
    assert window.pages.currentWidget() is window.canvas
    trigger(window, "welcome")
    welcome.findChild(QPushButton, "welcome-close").click()
    assert window.pages.currentWidget() is window.canvas


def test_every_example_opens_from_the_file_menu(window: Window, qtbot: QtBot) -> None:
    entries = window.actions_table.menus["menu-examples"].actions()
    assert len(entries) == len(examples()) >= 9
    for action, example in zip(entries, examples(), strict=True):
        action.trigger()
        assert window.editor.text() == example.text
        assert not window.document.modified
    settled(qtbot, window)


def test_examples_have_a_title_and_a_description() -> None:
    titles = [example.title for example in examples()]
    assert len(titles) == len(set(titles))
    assert all(example.title and example.description.endswith(".") for example in examples())


# Docks


def test_docks_are_hidden_shown_and_put_back(window: Window) -> None:
    for name, dock in window.docks.by_name.items():
        if name in HIDDEN:
            assert dock.isHidden()
            continue
        dock.toggleViewAction().trigger()
        assert dock.isHidden() or name in ("panel-watches", "panel-problems", "panel-console")
    trigger(window, "reset-layout")
    assert {name for name, dock in window.docks.by_name.items() if dock.isHidden()} == set(HIDDEN)
    timeline, events = window.docks.by_name["panel-timeline"], window.docks.by_name["panel-events"]
    assert timeline.geometry().top() > events.geometry().top()
    assert timeline.width() == window.width(), "the timeline runs across the whole bottom"


def test_a_dock_floats_and_comes_back(window: Window) -> None:
    dock = window.docks.by_name["panel-console"]
    dock.setFloating(True)
    assert dock.titleBarWidget() is None, "while it floats it has a head to be dragged by"
    dock.setFloating(False)
    assert dock.titleBarWidget() is not None


# Themes


def luminance(colour: QColor) -> float:
    parts = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3])
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(a: QColor, b: QColor) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_writing_has_contrast(name: str, qapp: object) -> None:
    theme = load_theme(name)
    hover = mixed(theme.text, theme.raised, 0.09)
    for ink in (theme.text, theme.dim):
        for ground in (theme.panel, theme.raised, theme.canvas, hover):
            assert contrast(ink, ground) >= 4.5
    for ink in (theme.text, theme.code_kw, theme.code_num, theme.code_str):
        assert contrast(ink, now_ground(theme)) >= 4.5
    assert contrast(theme.canvas if name == "dark" else QColor("#ffffff"), theme.now) >= 4.5
    assert contrast(mixed(theme.text, theme.code_com, 0.12), theme.panel) >= 4.5
    assert contrast(theme.now, theme.canvas if name == "dark" else theme.panel) >= 4.5  # in the formula's box
    assert contrast(theme.ok, theme.panel) >= 4.5
    assert contrast(theme.now, theme.panel) >= 4.5


def test_the_theme_is_changed_everywhere(window: Window) -> None:
    for name in ("light", "dark"):
        trigger(window, f"theme-{name}")
        theme = load_theme(name)
        assert window.theme is theme
        assert window.editor.theme is theme
        assert window.settings.theme == name
        assert theme.panel.name() in window.styleSheet()
        image = window.grab().toImage()
        assert image.pixelColor(2, image.height() - 2) == theme.panel
    assert style_sheet(load_theme("dark")) != style_sheet(load_theme("light"))
    trigger(window, "theme-system")
    assert window.settings.theme == "system"


@pytest.mark.parametrize("name", ["play", "pause", "step-forward", "step-back", "start", "end", "close"])
def test_icons_are_drawn(qapp: object, name: str) -> None:
    assert not icon(name, QColor("red")).pixmap(16).toImage().allGray()


def test_orientation_and_motion_are_kept(window: Window, qtbot: QtBot) -> None:
    trigger(window, "orientation")
    settled(qtbot, window)
    assert window.settings.orientation == window.session.orientation == "TB"
    assert window.canvas.picture.orientation == "TB"
    trigger(window, "reduced-motion")
    assert window.settings.reduced_motion


@pytest.mark.parametrize("size", [(1100, 700), (700, 500), (1920, 1080)])
def test_the_tool_bar_fits(window: Window, size: tuple[int, int]) -> None:
    window.resize(*size)
    QApplication.processEvents()
    assert window.width() == size[0]
    right = window.tool_bar.settings.mapTo(window, window.tool_bar.settings.rect().bottomRight()).x()
    assert right <= window.width()


def test_about_says_what_it_is(window: Window) -> None:
    trigger(window, "about")
    (box,) = (w for w in QApplication.topLevelWidgets() if w.isVisible() and w.inherits("QMessageBox"))
    assert "GradViz" in box.text()
    box.close()


def test_a_message_is_dismissed_by_its_cross(window: Window) -> None:
    window.notices.say("a", "one")
    window.notices.say("b", "two")
    window.notices.say("a", "three")
    assert said(window) == ["two", "three"]
    window.notices.notices[0].cross.click()
    assert said(window) == ["three"]


def test_a_translation_that_is_not_there_is_no_trouble(qapp: QApplication) -> None:
    install_translation(qapp)


def test_the_worker_is_the_runner() -> None:
    from gradviz.runner import Runner

    runner = make_runner()
    try:
        assert isinstance(runner, Runner)
    finally:
        runner.close()
