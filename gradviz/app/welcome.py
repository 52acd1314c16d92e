"""The Welcome page: the examples, the recent files, and how to begin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gradviz.app.examples import Example, examples, templates
from gradviz.panels.parts import Heading

_COLUMNS = 2


class _Entry(QPushButton):
    """A button with a title and a line below it."""

    def __init__(self, title: str, line: str) -> None:
        super().__init__()
        self.setProperty("role", "entry")
        self.setAccessibleName(title)
        self.setAccessibleDescription(line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 9, 14, 9)
        layout.setSpacing(3)
        for text, role in ((title, "strong"), (line, "note")):
            label = QLabel(text)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(role == "note")
            label.setProperty("role", role)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(label)


class Welcome(QScrollArea):
    """Where to begin.

    Signals:
        example_chosen: An example shall be opened.
        template_chosen: A script shall be begun with a template.
        file_chosen: A recent file, by its path.
        open_asked, new_asked, close_asked: The buttons.
    """

    example_chosen = Signal(object)
    template_chosen = Signal(object)
    file_chosen = Signal(str)
    open_asked = Signal()
    new_asked = Signal()
    close_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Welcome"))
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._build()

    def _build(self) -> None:
        inside = QWidget()
        inside.setObjectName("welcome-inside")
        outer = QHBoxLayout(inside)
        outer.setContentsMargins(40, 36, 40, 36)
        column = QWidget()
        column.setMaximumWidth(820)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        title = QLabel("GradViz")
        title.setProperty("role", "big-title")
        layout.addWidget(title)
        words = QLabel(
            self.tr("Write a small tensor program, see its autograd graph, and walk its backward pass in both directions.")
        )
        words.setWordWrap(True)
        words.setProperty("role", "status")
        layout.addWidget(words)
        layout.addSpacing(4)
        buttons = QHBoxLayout()
        for name, word, signal in (
            ("welcome-new", self.tr("New script"), self.new_asked),
            ("welcome-open", self.tr("Open…"), self.open_asked),
            ("welcome-close", self.tr("Back to the picture"), self.close_asked),
        ):
            button = QPushButton(word)
            button.setObjectName(name)
            button.clicked.connect(signal)
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout.addLayout(buttons)
        layout.addSpacing(10)
        layout.addWidget(Heading(self.tr("Begin with a template")))
        layout.addLayout(self._templates())
        layout.addSpacing(10)
        layout.addWidget(Heading(self.tr("Examples")))
        grid = QGridLayout()
        grid.setSpacing(10)
        for place, example in enumerate(examples()):
            grid.addWidget(self._example(example), place // _COLUMNS, place % _COLUMNS)
        layout.addLayout(grid)
        layout.addSpacing(10)
        self._recent_heading = Heading(self.tr("Recent files"))
        layout.addWidget(self._recent_heading)
        layout.addLayout(self._recent)
        layout.addStretch(1)
        outer.addStretch(1)
        outer.addWidget(column, 20)
        outer.addStretch(1)
        self.setWidget(inside)

    def _templates(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for template in templates():
            button = QPushButton(template.title)
            button.setObjectName(f"template-{template.path.stem}")
            button.setToolTip(template.description)
            button.clicked.connect(lambda _checked=False, template=template: self.template_chosen.emit(template))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _example(self, example: Example) -> _Entry:
        entry = _Entry(example.title, example.description)
        entry.setObjectName(f"example-{example.path.stem}")
        entry.clicked.connect(lambda: self.example_chosen.emit(example))
        return entry

    def set_recent(self, paths: Iterable[str]) -> None:
        """Shows the files opened last."""
        while (item := self._recent.takeAt(0)) is not None:
            if item.widget():
                item.widget().deleteLater()
        shown = [path for path in paths if Path(path).is_file()][:6]
        for path in shown:
            button = QPushButton(f"{Path(path).name}    {Path(path).parent}")
            button.setProperty("role", "link")
            button.setStyleSheet("text-align: left")
            button.clicked.connect(lambda _checked=False, path=path: self.file_chosen.emit(path))
            self._recent.addWidget(button)
        self._recent_heading.setVisible(bool(shown))
