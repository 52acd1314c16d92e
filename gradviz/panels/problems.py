"""The problems: what went wrong, at which line, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gradviz.recording import Error
from gradviz.view.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong.

    Attributes:
        title: What: "RuntimeError: ...".
        advice: What to do; may be empty.
        line: Where in the script, 0 where it has no place.
        event: Where in the recording, -1 where nowhere.
        refused: Whether trusting the script would let it run.
        details: The traceback of the script's frames; may be empty.
    """

    title: str
    advice: str
    line: int = 0
    event: int = -1
    refused: bool = False
    details: str = ""


def problem_of(error: Error) -> Problem:
    """An error of a recording as a problem."""
    title = f"{error.type}: {error.message}" if error.type else error.message
    details = error.traceback.strip().removesuffix(title).rstrip()
    return Problem(title, error.advice, error.line, error.event, error.kind == "refused", details)


class _Card(QFrame):
    """One problem: its title, place and advice, and what can be done."""

    def __init__(self, problem: Problem, panel: ProblemsPanel) -> None:
        super().__init__(panel)
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(5)
        head = QHBoxLayout()
        head.setSpacing(12)
        title = QLabel(f"⚠  {problem.title}")
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setWordWrap(True)
        title.setProperty("role", "strong")
        title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head.addWidget(title, 1)
        if problem.line:
            go = QPushButton(self.tr("line {0}").format(problem.line))
            go.setProperty("role", "link")
            go.setToolTip(self.tr("Show this line"))
            go.clicked.connect(lambda: panel.line_asked.emit(problem.line))
            head.addWidget(go, 0, Qt.AlignmentFlag.AlignTop)
        if problem.refused:
            trust = QPushButton(self.tr("Trust and run"))
            trust.setObjectName("problem-trust")
            trust.setProperty("role", "primary")
            trust.setToolTip(self.tr("Run this script with all of Python. Do so only if you know where it comes from."))
            trust.clicked.connect(panel.trust_asked)
            head.addWidget(trust, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(head)
        for text, role in ((problem.advice, "note"), (problem.details.strip(), "code")):
            if text:
                label = QLabel(text)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setWordWrap(True)
                label.setProperty("role", role)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                layout.addWidget(label)


class ProblemsPanel(QScrollArea):
    """Shows the errors of the cursor's recording.

    Signals:
        line_asked: A problem's line shall be shown.
        trust_asked: The script shall be trusted and run.
        count_changed: How many problems there are.
    """

    line_asked = Signal(int)
    trust_asked = Signal()
    count_changed = Signal(int)

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problems-list")
        self.setAccessibleName(self.tr("Problems"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.problems: tuple[Problem, ...] = ()
        cursor.recording_changed.connect(lambda: self.show_errors(cursor.recording.errors))
        self.show_errors(cursor.recording.errors)

    def show_errors(self, errors: Sequence[Error]) -> None:
        """Shows errors, the last first: it is what ended the run."""
        self.problems = tuple(problem_of(error) for error in reversed(errors))[:100]
        inside = QWidget()
        inside.setObjectName("problems-inside")
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        for problem in self.problems:
            layout.addWidget(_Card(problem, self))
        if not self.problems:
            none = QLabel(self.tr("No problems. What goes wrong in a run will stand here, with its line and what to do."))
            none.setProperty("role", "note")
            layout.addWidget(none)
        layout.addStretch(1)
        self.setWidget(inside)
        self.count_changed.emit(len(self.problems))
