"""Writes pictures of the window in its canonical states, in both themes: `python -m tests.shots DIRECTORY`.

They are for eyes: open every one after a change to what is seen.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from bench.scripts import script_of
from gradviz.app.examples import templates
from gradviz.app.settings import Settings
from gradviz.app.start import make_application, make_runner
from gradviz.app.window import Window
from gradviz.recording import Kind
from gradviz.resource_files import resource
from gradviz.view.cursor import Selection

_PATIENCE = 30.0

NAN = """import torch

x = torch.tensor([0.0, 1.0, 4.0], requires_grad=True)
safe = torch.where(x > 0, torch.log(x), torch.zeros(3))
loss = safe.sum()
loss.backward()
print(x.grad)
"""

NO_BACKWARD = """import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
out = (y * y * 3).mean()
"""

HEAT = """import torch

torch.manual_seed(0)
image = torch.randn(24, 32)
kernel = torch.randn(32, 16, requires_grad=True)
hidden = torch.tanh(image @ kernel)
loss = (hidden * hidden).mean()
loss.backward()
"""

FAILING_OP = """import torch

x = torch.ones(3, requires_grad=True)
w = torch.full((3,), 2.0)
y = x * w
loss = y.sum()
loss.backward()
"""

ANNOTATED = """import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 3
loss = y.sum()
loss.backward()

# [gradviz-layout]
# version = 1
# frame "Scale by three" = -22, -22, 350, 150
# note "Try 0.5 here, and see what becomes of the gradient." = 40, 150
"""

FAILING = """import torch

x = torch.ones(3, requires_grad=True)
y = x * 2
z = y * y
y.add_(1)
z.sum().backward()
"""

REFUSED = """import torch
import os

x = torch.ones(2, requires_grad=True)
x.sum().backward()
"""


@dataclass(frozen=True)
class Shot:
    """One state.

    Attributes:
        name: The file's name.
        script: An example's name, or a script's text.
        at: Moves the window to the state.
        size: The window's width and height.
    """

    name: str
    script: str
    at: Callable[[Window], None]
    size: tuple[int, int] = (1600, 1000)


def _action(window: Window, name: str) -> None:
    found = window.findChild(QAction, name)
    assert found is not None, name
    found.trigger()


def _to(kind: Kind, nth: int = 0) -> Callable[[Window], None]:
    """Moves to the nth event of a kind, counted from the end where negative."""

    def move(window: Window) -> None:
        kinds = window.cursor.recording.column("events", "kind")
        window.cursor.move(int((kinds == kind).nonzero()[0][nth]))

    return move


def _stay(window: Window) -> None:
    """The state right after opening."""


def _select(name: str) -> Callable[[Window], None]:
    def select(window: Window) -> None:
        window.cursor.move(window.cursor.last)
        window.cursor.select(Selection("tensor", window.cursor.recording.names.index(name)))

    return select


def _fail_again(window: Window) -> None:
    """Edits the script so that an op fails: what came of it before stays behind, dimmed."""
    window.editor.replace_text(FAILING_OP.replace("torch.full((3,), 2.0)", "torch.ones(2, 2)"))
    _settle(lambda: not window.session.busy)


def _edit_value(window: Window) -> None:
    """Types something that is no value over a leaf's."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    _select("kernel")(window)
    _action(window, "action-edit-value")
    field = window.canvas.findChild(QLineEdit, "card-value")
    assert field is not None, window.notices.notices
    QTest.keyClicks(field, "32, width")
    QTest.keyClick(field, Qt.Key.Key_Return)


def _palette(window: Window) -> None:
    _action(window, "action-palette")
    window.palette_panel.field.setText("loss")


def _hold_wire(window: Window) -> None:
    """Holds a wire from w over the op that takes x and a number."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    canvas = window.canvas
    canvas.fit()
    assert canvas.scene is not None
    nodes = {label: node for node, label in canvas.scene.picture.graph.nodes(data="label")}
    start, end = canvas.out_port(canvas.scene.rows[nodes["w"]]).toPoint(), canvas.node_point(nodes["MulBackward0"])
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(canvas, start + (end - start) * share)


def _panel(name: str, then: Callable[[Window], None] = _stay) -> Callable[[Window], None]:
    def show(window: Window) -> None:
        then(window)
        window.docks.show(name)

    return show


def _tabs(window: Window) -> None:
    """Files of one name, one of them not saved and one changed by another program."""
    paths = [window.recovery.folder.parent / name / "net.py" for name in ("models", "old")]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.write_text(templates()[1].body, encoding="utf-8")
        window.files.open(path)
        window.editor.insertPlainText("# mine\n")
    window.files.new_from(templates()[2])
    paths[0].write_text("import torch\n", encoding="utf-8")
    _settle(lambda: any(window.notices.is_waiting(page) for page in window.documents.pages))


def _changed_on_disk(window: Window) -> None:
    _tabs(window)
    window.documents.step(1)


def _compared(window: Window) -> None:
    """What a kill left behind, beside the file."""
    folder = window.recovery.folder
    folder.mkdir(parents=True, exist_ok=True)
    path, text = folder.parent / "net.py", templates()[1].body
    path.write_text(text, encoding="utf-8")
    mine = text.replace("relu", "tanh").replace("print(loss)", "print(w1.grad)\nprint(w2.grad)").replace("b2 = ", "bias = ")
    for name, kept, words in (("a", path, mine), ("b", None, templates()[0].body)):
        data = {"path": str(kept) if kept else None, "title": kept.name if kept else "untitled.py", "text": words}
        (folder / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
        os.utime(folder / f"{name}.json", (1.6e9, 1.6e9 - ord(name)))
    window.lost_work.offer()


def _file_menu(window: Window) -> None:
    window.actions_table.menus["menu-file"].popup(window.mapToGlobal(QPoint(20, 22)))


def _tour(step: int) -> Callable[[Window], None]:
    """The tour at a step, those before it done."""

    def show(window: Window) -> None:
        window.tour.step = step
        window.tour.begin()
        _settle(lambda: not window.session.busy, 0.3)

    return show


def _explained(window: Window) -> None:
    """What F1 says of a function on the canvas."""
    from gradviz.app.explain import Explainer
    from gradviz.app.help_card import HelpCard

    canvas, picture = window.canvas, window.canvas.picture
    assert picture is not None
    node = next(node for node, data in picture.graph.nodes(data=True) if data["label"].startswith("Mul"))
    at = canvas.node_point(node)
    HelpCard(Explainer(window).at(canvas, at), window).open_at(canvas.mapToGlobal(at))


SHOTS = (
    Shot("01_first_start", "", _stay),
    Shot("02_running_sum", "", _to(Kind.CONTRIBUTION, 5)),
    Shot("03_end_of_pass", "", lambda window: window.cursor.move(window.cursor.last)),
    Shot("04_gradients_add_up", "05_accumulate", _to(Kind.ACCUMULATE, 1)),
    Shot("05_weighted_backward", "06_weights", _to(Kind.ACCUMULATE)),
    Shot("06_no_grad", "07_no_grad", _to(Kind.CONTRIBUTION, 1)),
    Shot("07_data_write", "08_data", _to(Kind.INPLACE)),
    Shot("08_training", "09_two_layers", _to(Kind.VISIT, 40)),
    Shot("09_nan", NAN, _to(Kind.ACCUMULATE)),
    Shot("10_heat_maps", HEAT, _select("kernel")),
    Shot("11_error_with_both_lines", FAILING, _panel("panel-problems")),
    Shot("11b_failing_op", FAILING_OP, _fail_again),
    Shot("11c_value_edited", HEAT, _edit_value),
    Shot("11d_ops", "05_accumulate", _palette),
    Shot("11e_frame_and_note", ANNOTATED, _stay),
    Shot("11f_wire_over_an_op", ANNOTATED.replace("y = x * 3", "w = torch.full((2,), 0.5)\ny = x * 3\nv = w + 1"), _hold_wire),
    Shot("12_refused", REFUSED, _panel("panel-problems")),
    Shot("13_welcome", "", lambda window: _action(window, "action-welcome")),
    Shot("14_command_palette", "", lambda window: _action(window, "action-command-palette")),
    Shot("15_top_to_bottom", "", lambda window: _action(window, "action-orientation")),
    Shot("16_thousand_ops", script_of(1000), _to(Kind.VISIT, 200)),
    Shot("17_console", "05_accumulate", _panel("panel-console", lambda window: window.cursor.move(window.cursor.last))),
    Shot("18_empty_script", "\n", _stay),
    Shot("19_small_window", "05_accumulate", _to(Kind.ACCUMULATE, 1), (1100, 700)),
    Shot("20_large_window", "09_two_layers", _to(Kind.VISIT, 40), (1920, 1080)),
    Shot("21_tabs", "", _tabs),
    Shot("22_changed_on_disk", "", _changed_on_disk),
    Shot("23_recovered_beside_the_file", "", _compared),
    Shot("24_file_menu", "", _file_menu),
    Shot("31_tour_begins", "", _tour(0)),
    Shot("32_tour_watch", "", _tour(6)),
    Shot("33_tour_cut", "", _tour(10)),
    Shot("34_explained", "", _explained),
    Shot("35_shortcuts", "", lambda window: _action(window, "action-shortcuts")),
    Shot("36_no_backward_yet", NO_BACKWARD, _panel("panel-console")),
    Shot("37_no_watches_yet", "\n", _panel("panel-watches")),
)


def _settle(until: Callable[[], bool], seconds: float = 0.0) -> None:
    """Lets Qt work until something holds, and for some seconds more."""
    deadline, rest = time.monotonic() + _PATIENCE, None
    while rest is None or time.monotonic() < rest:
        QApplication.processEvents()
        time.sleep(0.005)
        if rest is None and until():
            rest = time.monotonic() + seconds
        assert time.monotonic() < deadline, "the window did not come to rest"


def take(shot: Shot, theme: str, directory: Path) -> Path:
    """Opens a window, brings it to a state and writes its picture."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[name] = folder
        path: Path | None = None
        if "\n" in shot.script:
            path = Path(folder) / "script.py"
            path.write_text(shot.script, encoding="utf-8")
        elif shot.script:
            path = resource("examples", f"{shot.script}.py")
        window = Window(Settings(), make_runner, Path(folder) / "recovery")
        window.set_theme_choice(theme)
        window.resize(*shot.size)
        window.begin(path)
        window.show()
        _settle(lambda: not window.session.busy, 0.5)
        shot.at(window)
        _settle(lambda: not window.session.busy, 0.7)
        popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        shown: QWidget = popup or window.findChild(QDialog) or window
        picture = window.grab()
        if shown is not window:
            from PySide6.QtGui import QPainter

            painter = QPainter(picture)
            painter.drawPixmap(window.mapFromGlobal(shown.mapToGlobal(shown.rect().topLeft())), shown.grab())
            painter.end()
            shown.close()
        target = directory / f"{shot.name}_{theme}.png"
        picture.save(str(target))
        for page in window.documents.pages:
            page.document.new()
        window.close()
        window.deleteLater()
        QApplication.processEvents()
    return target


def main(arguments: list[str]) -> int:
    """Takes all shots, or those whose names begin with what is given after the directory."""
    directory = Path(arguments[0] if arguments else "build/shots")
    directory.mkdir(parents=True, exist_ok=True)
    make_application([])
    for shot in SHOTS:
        if len(arguments) < 2 or shot.name.startswith(tuple(arguments[1:])):
            for theme in ("dark", "light"):
                print(take(shot, theme, directory))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
