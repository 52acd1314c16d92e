"""What each action does: moves in time, views, runs. The file actions are in `files`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QWidget

from gradviz import __version__
from gradviz.app.actions import Conditions
from gradviz.app.command_palette import CommandPalette
from gradviz.app.files import Files
from gradviz.panels.editor import ScriptEditor
from gradviz.panels.navigate import neighbour, next_visit, run_target

if TYPE_CHECKING:
    from gradviz.app.window import Window


class Commands(QObject):
    """One method per action, named as the action is."""

    def __init__(self, window: Window, files: Files) -> None:
        super().__init__(window)
        self._window = window
        self._cursor = window.cursor
        self.new, self.open, self.save, self.save_as = files.new, files.ask_open, files.save, files.save_as
        self.revert, self.close_tab = files.revert, files.close_tab
        self.export, self.trust_run = files.export, files.trust_and_run
        self.edit_value = window.card_edits.edit_value
        annotating = window.annotating
        self.frame, self.note, self.next_note = annotating.add_frame, annotating.add_note, annotating.next
        nodes = window.node_edits
        self.add_tensor, self.duplicate = nodes.add_tensor, nodes.duplicate
        self.cut, self.copy, self.paste = nodes.cut, nodes.copy, nodes.paste
        self.toggle_requires_grad, self.detach, self.no_grad = nodes.toggle_requires_grad, nodes.detach, nodes.no_grad
        self.backward, self.zero_grads = nodes.backward, nodes.zero_grads
        places = window.arranging
        self.zoom_selection = places.zoom_selection
        self.align_left, self.align_right, self.align_top = places.align_left, places.align_right, places.align_top
        self.align_bottom, self.align_column, self.align_row = places.align_bottom, places.align_column, places.align_row
        self.distribute_across, self.distribute_down = places.distribute_across, places.distribute_down

    def conditions(self) -> Conditions:
        """What can be done now."""
        cursor, window = self._cursor, self._window
        text = window.editor.document()
        writable = window.document.recording is None
        return Conditions(
            writable=writable,
            has_events=cursor.last >= 0,
            can_forward=cursor.event < cursor.last,
            can_back=cursor.event >= 0,
            selected=cursor.selection is not None,
            running=window.session.busy,
            refused=any(error.kind == "refused" for error in window.results.errors),
            can_undo=writable and text.isUndoAvailable(),
            can_redo=writable and text.isRedoAvailable(),
            picked=writable and cursor.selection is not None,
            chosen=writable and (cursor.selection is not None or window.canvas.annotations.chosen is not None),
            annotated=bool(window.canvas.annotations.all()),
            several=writable and len(cursor.selected) > 1,
            many=writable and len(cursor.selected) > 2,
            revertable=writable and window.document.path is not None,
            tabbed=len(window.documents.pages) > 1,
        )

    def texts(self) -> dict[str, str]:
        """What undo and redo are called now."""
        names = self._window.documents.current.undo_names
        undo, redo = (name.replace("&", "&&") for name in (names.undo, names.redo))
        tour = self._window.tour
        return {
            "action-tour": self.tr("Resume the &Tour") if tour.was_left else self.tr("Take the &Tour"),
            "action-undo": self.tr("&Undo {0}").format(undo).rstrip(),
            "action-redo": self.tr("&Redo {0}").format(redo).rstrip(),
        }

    # Time

    def _jump(self, event: int | None) -> None:
        self._window.player.pause()
        if event is not None:
            self._cursor.move(event)

    def step_forward(self) -> None:
        self._jump(self._cursor.event + 1)

    def step_back(self) -> None:
        self._jump(self._cursor.event - 1)

    def start(self) -> None:
        self._jump(-1)

    def end(self) -> None:
        self._jump(self._cursor.last)

    def play(self) -> None:
        self._window.player.toggle()

    def run_forward(self) -> None:
        self._jump(run_target(self._cursor.recording, self._cursor.event, self._window.editor.breakpoints, 1))

    def run_back(self) -> None:
        self._jump(run_target(self._cursor.recording, self._cursor.event, self._window.editor.breakpoints, -1))

    def run_to_selection(self) -> None:
        if self._cursor.selection is not None:
            self._jump(next_visit(self._cursor.recording, self._cursor.selection, self._cursor.event))

    def next_on_tensor(self) -> None:
        if self._cursor.selection is not None:
            self._jump(neighbour(self._cursor.recording, self._cursor.selection, self._cursor.event, 1))

    def previous_on_tensor(self) -> None:
        if self._cursor.selection is not None:
            self._jump(neighbour(self._cursor.recording, self._cursor.selection, self._cursor.event, -1))

    def set_speed(self, speed: float) -> None:
        self._window.set_speed(speed)

    # Running

    def run(self) -> None:
        self._window.run_now()

    def stop(self) -> None:
        self._window.session.stop()

    def toggle_breakpoint(self) -> None:
        self._window.editor.toggle_breakpoint()

    def clear_breakpoints(self) -> None:
        self._window.editor.clear_breakpoints()

    # The text

    def _field(self) -> QLineEdit | ScriptEditor:
        """What undo and redo concern: the field one types in, else the script."""
        focus = QApplication.focusWidget()
        return focus if isinstance(focus, QLineEdit) else self._window.editor

    def undo(self) -> None:
        self._field().undo()

    def redo(self) -> None:
        self._field().redo()

    def toggle_comment(self) -> None:
        self._window.editor.toggle_comment()

    # The graph

    def quick_add(self) -> None:
        self._window.building.quick_add()

    def palette(self) -> None:
        self._window.docks.show("panel-palette")
        self._window.palette_panel.names = set(self._cursor.recording.names) - {""}
        self._window.palette_panel.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._window.palette_panel.field.selectAll()

    def delete(self) -> None:
        chosen = self._window.canvas.annotations.chosen
        if chosen is not None:
            self._window.annotating.delete(chosen)
        else:
            self._window.node_edits.delete()

    def rename(self) -> None:
        chosen = self._window.canvas.annotations.chosen
        if chosen is not None:
            self._window.annotating.rename(chosen)
        else:
            self._window.card_edits.rename()

    def select_all(self) -> None:
        canvas = self._window.canvas
        if canvas.picture is not None:
            canvas.select_nodes(node for node, kind in canvas.picture.graph.nodes(data="kind") if kind != "alias")

    # Looking

    def find(self) -> None:
        self._window.tool_bar.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def fit(self) -> None:
        self._window.show_picture()
        self._window.canvas.fit()

    def zoom_in(self) -> None:
        self._zoom(1)

    def zoom_out(self) -> None:
        self._zoom(-1)

    def _zoom(self, direction: int) -> None:
        """Zooms what has the focus: the script's text, the timeline, or else the picture."""
        window, focus = self._window, QApplication.focusWidget()
        if focus is window.editor:
            window.editor.zoom(direction)
        elif focus is window.timeline:
            window.timeline.zoom(1.5**direction)
        else:
            window.canvas.zoom(1.25**direction)

    def orientation(self, top_to_bottom: bool) -> None:
        self._window.set_orientation("TB" if top_to_bottom else "LR")

    def reduced_motion(self, reduced: bool) -> None:
        self._window.set_reduced_motion(reduced)

    def minimap(self, shown: bool) -> None:
        self._window.set_minimap(shown)

    def set_theme(self, name: str) -> None:
        self._window.set_theme_choice(name)

    def reset_layout(self) -> None:
        self._window.docks.place()

    def next_tab(self) -> None:
        self._window.documents.step(1)

    def previous_tab(self) -> None:
        self._window.documents.step(-1)

    def next_panel(self) -> None:
        self._panel(1)

    def previous_panel(self) -> None:
        self._panel(-1)

    def _panel(self, direction: int) -> None:
        """Gives the focus to the next panel that can be seen."""
        window, focus = self._window, QApplication.focusWidget()
        panels: list[QWidget] = [window.canvas, *(window.focus_of(name) for name in window.docks.by_name)]
        panels = [panel for panel in panels if panel.isVisible() and not panel.visibleRegion().isEmpty()]
        if not panels:
            return
        here = next((i for i, p in enumerate(panels) if focus is p or (focus is not None and p.isAncestorOf(focus))), -1)
        panels[(here + direction) % len(panels)].setFocus(Qt.FocusReason.TabFocusReason)

    # The program

    def welcome(self) -> None:
        self._window.show_welcome()

    def tour(self) -> None:
        self._window.tour.begin()

    def explain(self) -> None:
        from gradviz.app.explain import Explainer
        from gradviz.app.help_card import HelpCard

        what, at = Explainer(self._window).meant()
        HelpCard(what, self._window).open_at(at)

    def shortcuts(self) -> None:
        from gradviz.app.shortcuts import ShortcutSheet

        ShortcutSheet(self._window.actions_table.by_name, self._window).show()

    def command_palette(self) -> None:
        window = self._window
        actions = [*window.actions_table.by_name.values(), *window.extra_actions()]
        CommandPalette(actions, window.theme, window).open_over(window)

    def about(self) -> None:
        words = self.tr("GradViz {0}, the debugger for gradients.\nRuns graph scripts on its own engine; no PyTorch needed.")
        box = QMessageBox(QMessageBox.Icon.NoIcon, self.tr("About GradViz"), words.format(__version__), parent=self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def quit(self) -> None:
        self._window.close()
