"""What is saved is the script alone: every byte that was not edited stays, and PyTorch runs it and prints the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from gradviz.app.examples import Example, examples, templates
from gradviz.app.window import Window
from gradviz.cli import main
from tests.app.conftest import settled, trigger

COMMENTED = [
    "# -*- coding: {coding} -*-",
    "import torch  # the library é",
    "",
    "",
    "x = torch.ones( 2,2 )   # spaced as one likes",
    "y = (x  +  2)  # noqa",
    "'''a string",
    "  over lines'''",
    "# the end",
]


def bytes_of(coding: str, ending: str, bom: bytes, last: str) -> bytes:
    return bom + (ending.join(COMMENTED).format(coding=coding) + last).encode(coding)


@pytest.mark.parametrize(
    ("coding", "ending", "bom", "last"),
    [
        ("utf-8", "\n", b"", "\n"),
        ("utf-8", "\r\n", b"\xef\xbb\xbf", ""),
        ("utf-8", "\r", b"", "\r\r\r"),
        ("latin-1", "\r\n", b"", "\r\n   "),
    ],
)
def test_an_edit_on_the_canvas_leaves_all_other_bytes_as_they_were(
    live: Window, qtbot: QtBot, tmp_path: Path, coding: str, ending: str, bom: bytes, last: str
) -> None:
    path = tmp_path / "script.py"
    data = bytes_of(coding, ending, bom, last)
    path.write_bytes(data)
    live.files.open(path)
    settled(qtbot, live)
    live.canvas.setFocus()
    live.canvas.select_nodes([f"t{live.cursor.recording.names.index('x')}"])
    QTest.keyClick(live.canvas, Qt.Key.Key_G)
    settled(qtbot, live)
    trigger(live, "save")
    assert path.read_bytes() == data.replace(b"torch.ones( 2,2 )", b"torch.ones( 2,2, requires_grad=True )")
    trigger(live, "undo")
    trigger(live, "save")
    assert path.read_bytes() == data


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.path.stem)
def test_every_template_runs_restricted(live: Window, qtbot: QtBot, template: Example) -> None:
    live.files.new_from(template)
    settled(qtbot, live)
    assert live.problems.problems == ()
    assert not live.trusted
    assert len(live.canvas.picture.graph) > 1


# Under PyTorch


def printed_by_pytorch(path: Path) -> str:
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return without_addresses(done.stdout)


def without_addresses(text: str) -> str:
    return re.sub(r"0x[0-9a-f]+", "0x...", text)


@pytest.mark.oracle
@pytest.mark.parametrize("script", [*examples(), *templates()], ids=lambda script: script.path.stem)
def test_pytorch_prints_the_same(
    make_window: Callable[..., Window],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    script: Example,
) -> None:
    path = tmp_path / "saved.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), ""))
    window = make_window()
    window.files.new_from(script)
    trigger(window, "save")
    capfd.readouterr()
    assert main(["trace", str(path)]) == 0
    assert without_addresses(capfd.readouterr().out) == printed_by_pytorch(path)


@pytest.mark.oracle
def test_pytorch_runs_what_was_drawn(
    live: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drawn.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), ""))
    live.canvas.setFocus()
    for words in ("ones 2 2 grad", "+ 2", "* y", "* 3", "mean"):
        QTest.keyClick(live.canvas, Qt.Key.Key_Tab)
        popup = QApplication.activePopupWidget()
        assert popup is not None
        field = popup.findChild(QLineEdit, "quick-add")
        QTest.keyClicks(field, words)
        QTest.keyClick(field, Qt.Key.Key_Return)
        settled(qtbot, live)
    trigger(live, "backward")
    settled(qtbot, live)
    live.editor.setFocus()
    QTest.keyClick(live.editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(live.editor, Qt.Key.Key_Return)
    QTest.keyClicks(live.editor, "print(x.grad)")
    trigger(live, "save")
    capfd.readouterr()
    assert main(["trace", str(path)]) == 0
    printed = capfd.readouterr().out
    assert printed.startswith("tensor([[4.5000, 4.5000],")
    assert printed == printed_by_pytorch(path)


@pytest.mark.oracle
@pytest.mark.skipif(os.name != "posix", reason="another encoding than the system's")
def test_pytorch_reads_what_was_saved_in_another_encoding(live: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_bytes(b"# coding: latin-1\r\nimport torch\r\nprint('\xe9', torch.ones(2))")
    live.files.open(path)
    settled(qtbot, live)
    live.editor.setFocus()
    QTest.keyClick(live.editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(live.editor, Qt.Key.Key_Return)
    QTest.keyClicks(live.editor, "print(2)")
    trigger(live, "save")
    assert path.read_bytes() == b"# coding: latin-1\r\nimport torch\r\nprint('\xe9', torch.ones(2))\r\nprint(2)"
    assert printed_by_pytorch(path) == "é tensor([1., 1.])\n2\n"
