"""A pair of hands at a window: any of the things that a person does to a graph, and what must hold after each.

Who has the hands decides what they do: hypothesis in test_any_hands.py, a die in tests/soak.py.
"""

from __future__ import annotations

import ast
import io
import sys
import time
import tokenize
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, TypeVar

from PySide6.QtCore import QEvent, QPoint, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from gradviz.app.editing import place_of
from gradviz.app.window import Window
from gradviz.script.changes import EditRefused
from gradviz.script.placement import RemovePlacement
from gradviz.script.program import Program

T = TypeVar("T")
Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
PLAIN, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_PATIENCE = 30.0
_MOST_LINES = 45  # before another script is pasted over a long one

TYPED = ("type_text",)
LOSES_COMMENTS = ("in_haste", "delete", "cut", "rewire", "cut_wires", "wire")


class Choice(Protocol):
    """Decides what the hands do."""

    def one(self, of: Sequence[T]) -> T: ...

    def number(self, low: int, high: int) -> int: ...


@dataclass(frozen=True)
class Step:
    """What the undo history should hold: a text before and after, and whether it was typed."""

    before: str
    after: str
    typed: bool


def comments(text: str) -> Counter[str]:
    """The comments of a script, its layout block left out."""
    source = io.StringIO(RemovePlacement().apply(text).text)
    tokens = tokenize.generate_tokens(source.readline)
    return Counter(token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT)


def reads(text: str) -> bool:
    """Whether a text is Python."""
    try:
        Program.of(text)
    except EditRefused:
        return False
    return True


def typed(widget: QWidget, text: str) -> None:
    """Keys pressed one by one; QTest itself knows those of ASCII alone."""
    for letter in text:
        if letter.isascii():
            QTest.keyClicks(widget, letter)
        else:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(widget, QKeyEvent(kind, 0, PLAIN, letter))


Deed = Callable[["Hands", Choice], None]


class Hands:
    """Hands, and eyes that compare text, recording and canvas.

    Attributes:
        window: Where they work.
        done, undone: What the undo history should hold, the newest last.
        deeds, effects: How often each thing was done, and how often it changed the script.
        edits: How many changes of the script were made, undone and redone.
        log: Errors that Python or Qt told of.
    """

    def __init__(self, window: Window, folder: Path, scripts: Sequence[str]) -> None:
        self.window = window
        self.folder = folder
        self.scripts = scripts
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self.deeds: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.edits = 0
        self.log: list[str] = []
        self.trace: deque[tuple[str, str]] = deque(maxlen=8)
        self._doing: Literal["draw", "type", "undo", "redo", "open"] = "open"
        self._seen = window.document.text
        self.notes = 0
        self._unread = 0
        window.documents.text_changed.connect(self._changed)

    # The log

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keeps what Python and Qt tell of faults in ``log``."""

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            import traceback

            self.log.append("".join(traceback.format_exception(kind, error, trace)))

        def message(kind: QtMsgType, _context: object, text: str) -> None:
            if kind is not QtMsgType.QtDebugMsg and "This plugin does not support" not in text:
                self.log.append(text)

        before, sys.excepthook = sys.excepthook, hook
        qt_before = qInstallMessageHandler(message)
        try:
            yield
        finally:
            sys.excepthook = before
            qInstallMessageHandler(qt_before)

    def _changed(self) -> None:
        before, self._seen = self._seen, self.window.document.text
        self.edits += self._doing != "open"
        if self._doing in ("draw", "type"):
            self.done.append(Step(before, self._seen, self._doing == "type"))
            self.undone.clear()

    # Waiting and looking

    def settle(self) -> None:
        """Waits until what was done is run and shown."""
        session, until = self.window.session, time.monotonic() + _PATIENCE
        QApplication.processEvents()
        while session.busy or session.laying_out or session.trying:
            assert time.monotonic() < until, "the window did not come to rest"
            time.sleep(0.001)
            QApplication.processEvents()

    def check(self) -> None:
        """What holds whenever nothing is being done."""
        window, canvas = self.window, self.window.canvas
        text = window.document.text
        assert not self.log, "\n".join(self.log)
        assert not [n.text for n in window.notices.notices if n.key in ("internal", "run", "save", "open", "disk")]
        assert QApplication.activePopupWidget() is None
        assert canvas.findChild(QLineEdit) is None
        assert window.editor.text() == text == self._seen
        if not window.document.modified and window.document.path is not None:
            assert window.document.disk_version.text == text
        if canvas.picture is None:
            return
        picture, recording = canvas.picture, window.cursor.recording
        assert picture.recording is recording
        assert canvas.scene is not None
        assert list(canvas.scene.nodes) == list(picture.graph)
        if recording.script != text:
            # It never began: what ran last is shown, and that is said.
            assert window.problems.problems
            assert "as it was when it last ran" in canvas.header()
            assert canvas.is_stale
            return
        assert "as it was" not in canvas.header()
        assert reads(text) or not picture.graph
        if not reads(text):
            return
        self._check_places(text)

    def _check_places(self, text: str) -> None:
        """Every node stands for an expression of the text, and bears a name that the text gives."""
        picture = self.window.canvas.picture
        assert picture is not None
        program = Program.of(text)
        names = {node.id for node in ast.walk(program.tree) if isinstance(node, ast.Name)}
        names |= {node.arg for node in ast.walk(program.tree) if isinstance(node, ast.arg)}
        for node, data in picture.graph.nodes(data=True):
            place = place_of(picture, node)
            if place.span is not None and place.span.line:
                assert program.at(place.span) is not None, (node, place)
            if data["kind"] == "tensor" and place.name:
                assert place.name.split(".")[0].split("[")[0] in names, (node, place)

    # Doing

    def do(self, name: str, deed: Deed, choice: Choice) -> None:
        """Does one thing, and checks what must hold of it."""
        before = self.window.document.text
        self.deeds[name] += 1
        self.trace.append((name, before))
        count = len(self.done)
        self._doing = "type" if name in TYPED else "draw"
        deed(self, choice)
        self.settle()
        self.leave()
        self.settle()
        after = self.window.document.text
        if before != after:
            self.effects[name] += 1
        if before != after and name not in (*TYPED, "undo", "redo"):
            assert count < len(self.done)
        if before != after and name not in (*TYPED, "undo", "redo") and reads(before):
            assert reads(after), f"{name} wrote what is no Python:\n{before}\n→\n{after}"
            if name not in LOSES_COMMENTS:
                assert not comments(before) - comments(after), f"{name} lost a comment:\n{before}\n→\n{after}"
        self._doing = "draw"
        self.check()
        self._tidy(choice)

    def _tidy(self, choice: Choice) -> None:
        """Nobody leaves a script broken for long, and one that has grown long gives way to another."""
        self._unread = 0 if reads(self.window.document.text) else self._unread + 1
        if self._unread > 2:
            while self.done and not reads(self.window.document.text):
                self.undo_one()
            self._unread = 0
        if len(self.window.document.text.splitlines()) > _MOST_LINES:
            self.replace(choice.one(self.scripts))

    def leave(self) -> None:
        """Closes what waits for an answer."""
        while (popup := QApplication.activePopupWidget()) is not None:
            QTest.keyClick(popup, Key.Key_Escape)
        for field in self.window.canvas.findChildren(QLineEdit):
            QTest.keyClick(field, Key.Key_Escape)
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def begin(self, text: str) -> None:
        """Opens a script from a file."""
        path = self.folder / "script.py"
        self._doing = "open"
        self.window.document.new()
        path.write_bytes(text.encode())
        self.reopen(path)

    def reopen(self, path: Path) -> None:
        """Closes what is open and opens a file, with nothing to undo."""
        self._doing = "open"
        assert not self.window.document.modified
        assert self.window.files.close(self.window.documents.current)
        assert self.window.files.open(path)
        self._opened()

    def _opened(self) -> None:
        self.done.clear()
        self.undone.clear()
        self._seen = self.window.document.text
        self._unread = 0
        path = self.window.document.path
        self._opened_as = (self._seen, path.read_bytes() if path is not None else b"")
        self.settle()
        self._doing = "draw"
        self.check()

    def replace(self, text: str) -> None:
        """Another script pasted over the one that is there; a step like any other."""
        self._doing = "type"
        self.window.editor.replace_text(text)
        self.settle()
        self._doing = "draw"
        self.check()

    def undo_one(self) -> None:
        """One step back: to where the last edit began, or within what was typed last."""
        can, text = self.window.actions_table["action-undo"].isEnabled(), self.window.document.text
        assert can == bool(self.done)
        if not can:
            return
        self._doing = "undo"
        self.key(Key.Key_Z, CONTROL)
        self.settle()
        after = self.window.document.text
        while True:
            step = self.done.pop()
            self.undone.append(step)
            if step.before == after:
                break
            assert step.typed, f"undo gave\n{after}\nand not\n{step.before}"
            assert self.done, f"undo gave\n{after}\nafter\n{text}"
            assert self.done[-1].typed
        self._doing = "draw"
        self.check()

    def undo_all(self) -> None:
        """Back to what was opened or saved and opened last: its very bytes."""
        while self.done:
            self.undo_one()
        document = self.window.document
        assert document.text == self._opened_as[0]
        if document.path is not None:
            self.window.files.save()
            assert document.path.read_bytes() == self._opened_as[1]

    def redo_one(self) -> None:
        """One step forth again."""
        can, text = self.window.actions_table["action-redo"].isEnabled(), self.window.document.text
        assert can == bool(self.undone)
        if not can:
            return
        self._doing = "redo"
        self.key(Key.Key_Y, CONTROL)
        self.settle()
        after = self.window.document.text
        while True:
            step = self.undone.pop()
            self.done.append(step)
            if step.after == after:
                break
            assert step.typed, f"redo gave\n{after}\nand not\n{step.after}"
            assert self.undone, f"redo gave\n{after}\nafter\n{text}"
            assert self.undone[-1].typed
        self._doing = "draw"
        self.check()

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """A key pressed on the canvas."""
        if QApplication.activeWindow() is not self.window:
            self.window.activateWindow()  # the offscreen platform has no window manager that would, when a popup closes
            QApplication.processEvents()
        self.window.canvas.setFocus()
        QTest.keyClick(self.window.canvas, key, modifiers)

    def nodes(self) -> list[str]:
        picture = self.window.canvas.picture
        return list(picture.graph) if picture is not None else []

    def at(self, node: str) -> QPoint:
        """Where a node is seen, moved into view if it is not."""
        self.window.canvas.show_node(node)
        return self.window.canvas.node_point(node)

    def select(self, choice: Choice) -> bool:
        """Clicks on some nodes; whether there are any."""
        nodes = self.nodes()
        if not nodes:
            return False
        QTest.mouseClick(self.window.canvas, LEFT, PLAIN, self.at(choice.one(nodes)))
        for _ in range(choice.number(0, 2)):
            QTest.mouseClick(self.window.canvas, LEFT, CONTROL, self.at(choice.one(nodes)))
        return True

    def drag(self, start: QPoint, end: QPoint, modifiers: Qt.KeyboardModifier = PLAIN, *, cancel: bool = False) -> None:
        """Press, move and release on the canvas; or Escape in the middle of it."""
        canvas = self.window.canvas
        canvas.setFocus()
        QTest.mousePress(canvas, LEFT, modifiers, start)
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(canvas, start + (end - start) * share)
        if cancel:
            QTest.keyClick(canvas, Key.Key_Escape)
        QTest.mouseRelease(canvas, LEFT, modifiers, end)
        self.settle()

    def anywhere(self, choice: Choice) -> QPoint:
        canvas = self.window.canvas
        return QPoint(choice.number(5, canvas.width() - 5), choice.number(5, canvas.height() - 5))
