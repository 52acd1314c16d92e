"""The open documents: which there are, which one is shown, and what belongs to each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextCursor

from gradviz.app.document import Document
from gradviz.app.file_watch import FileWatch
from gradviz.app.recovery import Recovery, RecoveryCopy
from gradviz.app.session import Shown
from gradviz.app.undo_names import UndoNames
from gradviz.canvas.looking import Outlook
from gradviz.graph import Picture
from gradviz.panels.editor import ScriptEditor
from gradviz.panels.editor_page import EditorPage
from gradviz.panels.navigate import never_began
from gradviz.view.cursor import Selection


@dataclass(frozen=True, slots=True)
class Place:
    """Where one was in a document's recording and picture."""

    event: int
    selected: tuple[Selection, ...]
    outlook: Outlook


@dataclass(eq=False, slots=True)
class Page:
    """One open document.

    Attributes:
        script: Its text in the editor.
        document: Its file.
        copy: Its recovery copy.
        undo_names: What the steps of its undo history are called.
        trusted: Whether it may use all of Python.
        shown: The results that made what is seen of it: the last good one, the last that began, and the newest.
        place: Where one was in it when another was turned to.
        stale: Whether it has to be run before what ``shown`` says is true again.
    """

    script: EditorPage
    document: Document
    copy: RecoveryCopy
    undo_names: UndoNames
    trusted: bool = False
    shown: list[Shown] = field(default_factory=list)
    place: Place | None = None
    stale: bool = True

    @property
    def is_untouched(self) -> bool:
        """Whether it holds nothing of the user's, so that another document may take its place."""
        document, text = self.document, self.script.text
        is_ours = document.path is None and document.recording is None and not document.modified
        return is_ours and not text.isUndoAvailable() and not text.isRedoAvailable()

    @property
    def picture(self) -> Picture | None:
        """The picture that was seen of it last."""
        return next((shown.picture for shown in reversed(self.shown) if not never_began(shown.recording)), None)

    @property
    def last_good(self) -> Picture | None:
        """The picture of the last run that came to its end."""
        return next((shown.picture for shown in reversed(self.shown) if not shown.recording.errors), None)

    def remember(self, shown: Shown) -> None:
        """A result of its own is shown; what it takes the place of is forgotten."""
        self.stale = False
        if shown.status == "same":  # laid out anew
            self.shown = [shown if old.recording is shown.recording else old for old in self.shown]
            return
        so_far = [*self.shown, shown]
        good = [one for one in so_far if not one.recording.errors]
        began = [one for one in so_far if not never_began(one.recording)]
        kept = (*good[-1:], *began[-1:], shown)
        self.shown = [one for one in so_far if any(one is other for other in kept)]

    def forget_results(self) -> None:
        """Another document has taken its place: nothing of the last one shall be seen."""
        self.shown, self.place, self.stale = [], None, True


class Documents(QObject):
    """The open documents, in the order of their tabs. There is always one.

    Attributes:
        pages: All of them.
        current: The one that is shown.

    Signals:
        listed: There are others than before, or in another order, or a name or what is modified has changed.
        left: Another document is about to be shown.
        turned: Another document is shown.
        changed: Name, path, modified or read-only of the current one has changed.
        text_changed: The current one's text has changed.
        text_changed_of: A document's text has changed.
        undo_changed: The current one's undo history has begun or ended.
        disk_changed, disk_deleted: A document's file was changed, or is gone.
    """

    listed = Signal()
    left = Signal()
    turned = Signal()
    changed = Signal()
    text_changed = Signal()
    text_changed_of = Signal(object)
    undo_changed = Signal()
    disk_changed = Signal(object)
    disk_deleted = Signal(object)

    def __init__(self, editor: ScriptEditor, recovery: Recovery, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor, self._recovery = editor, recovery
        self._watch = FileWatch(self)
        self.current = self._made(editor.page)
        self.pages = [self.current]

    def _made(self, script: EditorPage) -> Page:
        document = Document(script.text, self, self._watch)
        page = Page(script, document, self._recovery.keep(document), UndoNames(script.text, document))
        document.changed.connect(lambda: self._changed(page))
        for signal in (script.text.undoAvailable, script.text.redoAvailable):
            signal.connect(lambda _can: self._undo_changed(page))
        document.text_changed.connect(lambda: self._text_changed(page))
        document.disk_changed.connect(lambda: self.disk_changed.emit(page))
        document.disk_deleted.connect(lambda: self.disk_deleted.emit(page))
        return page

    def _changed(self, page: Page) -> None:
        if page in self.pages:
            self.listed.emit()
        if page is self.current:
            self.changed.emit()

    def _text_changed(self, page: Page) -> None:
        page.stale = True
        self.text_changed_of.emit(page)
        if page is self.current:
            self.text_changed.emit()

    def _undo_changed(self, page: Page) -> None:
        if page is self.current:
            self.undo_changed.emit()

    # Which there are

    def make(self) -> Page:
        """A document that is not listed yet: `add` it, or `drop` it again."""
        return self._made(EditorPage(self._editor.theme, self))

    def add(self, page: Page) -> None:
        """Lists a document behind the one that is shown, and shows it from its beginning."""
        page.script.cursor = QTextCursor(page.script.text)
        self.pages.insert(self.pages.index(self.current) + 1, page)
        self.listed.emit()
        self.show(page)

    def drop(self, page: Page) -> None:
        """Closes a document; asks nothing. One of its neighbours is shown then; the last one cannot be closed."""
        if page in self.pages:
            place = self.pages.index(page)
            if page is self.current:
                self.show(self.pages[place - 1 if place == len(self.pages) - 1 else place + 1])
            self.pages.remove(page)
            self.listed.emit()
        self._recovery.drop(page.copy)
        page.document.close()
        page.document.deleteLater()
        page.script.text.deleteLater()

    def move(self, before: int, after: int) -> None:
        """Puts a document at another place among the tabs."""
        self.pages.insert(after, self.pages.pop(before))
        self.listed.emit()

    # Which is shown

    def show(self, page: Page) -> None:
        """Shows another document."""
        if page is not self.current:
            self.left.emit()
            self.current = page
            self.turned.emit()
            self.changed.emit()

    def step(self, by: int) -> None:
        """Shows the document some tabs further on, round the end."""
        self.show(self.pages[(self.pages.index(self.current) + by) % len(self.pages)])

    # Names

    def of_file(self, path: Path) -> Page | None:
        """The document of a file, by whatever path it is called."""
        return next((page for page in self.pages if page.document.path and is_same_file(page.document.path, path)), None)

    def names(self) -> list[str]:
        """What the documents are called, files of one name told apart by their folders."""
        return told_apart([page.document.path or Path(page.document.title) for page in self.pages])

    def free_title(self, title: str, besides: Page | None = None) -> str:
        """A name for a document without a file that no other page goes by: "untitled.py", "untitled-2.py", ..."""
        taken = {page.document.name for page in self.pages if page is not besides}
        name = Path(title)
        names = (title, *(f"{name.stem}-{number}{name.suffix}" for number in range(2, len(taken) + 3)))
        return next(one for one in names if one not in taken)


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same file; a path that leads nowhere is the same as itself."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def told_apart(paths: Sequence[Path]) -> list[str]:
    """Names of files; where two are the same, with as many of their folders as tell them apart."""
    return [_told(path, [other for other in paths if other.name == path.name and other != path]) for path in paths]


def _told(path: Path, alike: Iterable[Path]) -> str:
    folders = path.parts[:-1]
    others = [other.parts[:-1] for other in alike]
    for count in range(1, len(folders) + 1):
        if others and all(other[-count:] != folders[-count:] for other in others):
            return f"{path.name} — {os.path.join(*folders[-count:])}"
    return f"{path.name} — {path.parent}" if others and folders else path.name
