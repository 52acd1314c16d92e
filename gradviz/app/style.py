"""The window's style sheet and palette, made from the theme's colours and nothing else."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from gradviz.panels.parts import mixed
from gradviz.view.theme import MONO, Theme

_SHEET = """
* {{ color: {text}; outline: none; }}
QMainWindow, QDialog, QMessageBox {{ background: {panel}; }}
QMainWindow::separator {{ background: {line}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {dim}; }}
QWidget {{ selection-background-color: {selected}; selection-color: {text}; }}
QDockWidget {{ background: {panel}; border: none; }}
QDockWidget > QWidget {{ background: {panel}; }}
QDockWidget::title {{ background: {panel}; padding: 8px 12px; text-align: left; color: {dim}; }}
QScrollArea, QScrollArea > QWidget > QWidget, QPlainTextEdit, QTableView {{ background: {panel}; border: none; }}

QMenuBar {{ background: {panel}; border: none; padding: 1px 10px; }}
QMenuBar::item {{ background: transparent; padding: 4px 9px; border-radius: 5px; color: {dim}; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {hover}; color: {text}; }}
QMenu {{ background: {raised}; border: 1px solid {line}; padding: 5px; }}
QMenu::item {{ padding: 5px 26px 5px 26px; border-radius: 5px; }}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {dim}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 5px 8px; }}
QMenu::indicator {{ width: 8px; height: 8px; left: 9px; border-radius: 4px; }}
QMenu::indicator:checked {{ background: {text}; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 5px; }}

QToolBar {{ background: {panel}; border: none; border-bottom: 1px solid {line}; padding: 0px 0px; spacing: 8px; }}
QToolButton, QPushButton {{ background: {raised}; border: 1px solid {line}; border-radius: 6px; padding: 0px 12px;
    min-height: 26px; }}
QToolButton:hover, QPushButton:hover {{ background: {hover}; }}
QToolButton:pressed, QPushButton:pressed {{ background: {line}; }}
QToolButton:disabled, QPushButton:disabled {{ color: {dim}; background: {panel}; }}
QToolButton:focus, QPushButton:focus {{ border: 1px solid {text}; }}
QToolButton[role="quiet"] {{ background: transparent; border: 1px solid transparent; color: {dim}; padding: 0px 8px; }}
QToolButton[role="quiet"]:hover {{ color: {text}; background: {hover}; }}
QToolButton[role="quiet"]:focus {{ border: 1px solid {text}; }}
QToolButton::menu-indicator {{ image: none; width: 0px; }}
QToolButton[role="primary"], QPushButton[role="primary"] {{ background: {now}; border: 1px solid {now}; color: {on_now};
    font-weight: 600; }}
QToolButton[role="primary"]:hover, QPushButton[role="primary"]:hover {{ background: {now_hover}; }}
QToolButton[role="primary"]:focus, QPushButton[role="primary"]:focus {{ border: 2px solid {text}; }}
QToolButton[role="primary"]:disabled {{ background: {panel}; border: 1px solid {line}; color: {dim}; }}
QPushButton[role="link"] {{ background: transparent; border: 1px solid transparent; color: {leaf}; padding: 0px 6px; }}
QPushButton[role="link"]:hover {{ background: {hover}; }}
QPushButton[role="link"]:focus {{ border: 1px solid {text}; }}

QLineEdit {{ background: {canvas}; border: 1px solid {line}; border-radius: 6px; padding: 0px 10px; min-height: 26px;
    placeholder-text-color: {dim}; }}
QLineEdit:focus {{ border: 1px solid {text}; }}
QTableView {{ gridline-color: {panel}; }}
QTableView:focus, QPlainTextEdit:focus {{ border: none; }}
QTableView::item {{ padding: 0px 10px; border: none; }}
QTableView::item:selected {{ background: {hover}; color: {text}; }}
QLineEdit[role="small"] {{ min-height: 22px; }}
QTableView QLineEdit {{ min-height: 20px; border-radius: 3px; padding: 0px 6px; }}
QListView {{ background: {raised}; border: none; padding: 4px; }}
QListView::item {{ padding: 6px 10px; border-radius: 5px; }}
QListView::item:selected {{ background: {hover}; color: {text}; }}

QTabBar {{ background: {panel}; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {dim}; border: none; border-bottom: 2px solid transparent;
    padding: 9px 2px 6px 2px; margin: 0px 18px 4px 16px; font-size: 12.5px; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {now}; font-weight: 600; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:focus {{ color: {text}; border-bottom: 2px solid {text}; }}

QTabBar#document-tabs::tab {{ margin: 0px 4px 4px 18px; padding: 9px 0px 6px 0px; }}
QTabBar#document-tabs QToolButton {{ background: {panel}; border: none; border-radius: 0px; padding: 0px; min-height: 0px; }}
QTabBar#document-tabs::scroller {{ width: 44px; }}
QDialog QPlainTextEdit, QDialog QListWidget {{ background: {panel}; border: 1px solid {line}; }}

QScrollBar {{ background: transparent; border: none; margin: 0px; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {line}; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }}
QScrollBar::handle:hover {{ background: {dim}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; border: none;
    width: 0px; height: 0px; }}
QAbstractScrollArea::corner {{ background: {panel}; }}

QLabel {{ background: transparent; }}
QLabel[role="heading"] {{ color: {dim}; font-size: 10.5px; font-weight: 600; }}
QWidget[role="title"] {{ font-size: 15px; font-weight: 600; }}
QLabel[role="big-title"] {{ font-size: 26px; font-weight: 600; }}
QLabel[role="file"] {{ font-size: 13px; font-weight: 600; }}
QWidget[role="note"] {{ color: {dim}; font-size: 11px; }}
QWidget[role="status"] {{ color: {dim}; }}
QLabel[role="ok"] {{ color: {ok}; font-size: 10.5px; }}
QLabel[role="card-reason"] {{ background: {raised}; border: 1px solid {text}; border-radius: 6px; padding: 4px 8px;
    font-size: 11px; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="code"] {{ font-family: "{mono}"; color: {dim}; font-size: 11px; }}
QWidget[role="panel-head"] {{ background: {panel}; }}
QFrame[role="card"] {{ background: {card}; border: 1px solid {line}; border-radius: 8px; }}
QFrame[role="notice"] {{ background: {raised}; border: none; border-bottom: 1px solid {line}; }}
QFrame[role="popup"] {{ background: {raised}; border: 1px solid {line}; border-radius: 10px; }}
QPushButton[role="entry"] {{ background: {card}; border: 1px solid {line}; border-radius: 8px; padding: 0px;
    min-height: 76px; }}
QPushButton[role="entry"]:hover {{ background: {hover}; }}
QPushButton[role="entry"]:focus {{ border: 1px solid {text}; }}
QWidget#welcome, QWidget#welcome-inside {{ background: {canvas}; }}
"""


def _on(ground: QColor, theme: Theme) -> QColor:
    """What is written on a coloured ground."""
    return theme.canvas if theme.name == "dark" else QColor("#ffffff")


def style_sheet(theme: Theme) -> str:
    """The style sheet of the whole window."""
    colours = {
        name: getattr(theme, name)
        for name in ("canvas", "panel", "raised", "line", "text", "dim", "leaf", "now", "ok", "alarm", "muted")
    }
    colours |= {
        "hover": mixed(theme.text, theme.raised, 0.09),
        "selected": mixed(theme.leaf, theme.panel, 0.35),
        "on_now": _on(theme.now, theme),
        "now_hover": mixed(theme.text, theme.now, 0.14),
        "card": theme.raised if theme.name == "dark" else theme.canvas,
    }
    return _SHEET.format(mono=MONO, **{name: colour.name() for name, colour in colours.items()})


def palette(theme: Theme) -> QPalette:
    """The palette for what a style sheet does not reach."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, colour in {
        roles.Window: theme.panel,
        roles.WindowText: theme.text,
        roles.Base: theme.panel,
        roles.AlternateBase: theme.raised,
        roles.Text: theme.text,
        roles.PlaceholderText: theme.dim,
        roles.Button: theme.raised,
        roles.ButtonText: theme.text,
        roles.BrightText: theme.text,
        roles.ToolTipBase: theme.raised,
        roles.ToolTipText: theme.text,
        roles.Highlight: mixed(theme.leaf, theme.panel, 0.35),
        roles.HighlightedText: theme.text,
        roles.Link: theme.leaf,
        roles.LinkVisited: theme.leaf,
        roles.Light: theme.raised,
        roles.Midlight: theme.raised,
        roles.Mid: theme.line,
        roles.Dark: theme.line,
        roles.Shadow: theme.canvas,
    }.items():
        made.setColor(role, colour)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, theme.dim)
    return made
