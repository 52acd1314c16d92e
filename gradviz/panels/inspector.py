"""The inspector: everything about the selection, or about what the cursor's event is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget

from gradviz.panels.facts import Fact, Facts, facts_of, shown_thing
from gradviz.panels.formula import FormulaLine, step_formulas
from gradviz.panels.parts import StillText
from gradviz.panels.pictures import ValuePicture
from gradviz.panels.row_block import Cell, Row, Section
from gradviz.panels.words import detail_text, kind_text, statistics_text, subject_text
from gradviz.recording import Cut, Kind, Recording, Value
from gradviz.recording.text import number_text, value_rows
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme
from gradviz.view.words import cut_text

_TABLE_ROWS, _TABLE_COLUMNS = 12, 6
_SEEN_IN_PICTURE = 16  # so few elements stand in the heat map itself
_SIDE, _BETWEEN = 18, 16  # px beside and between the sections


class InspectorHead(QWidget):
    """The thing's name at the left, its line at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel-head")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 10, 16, 6)
        layout.setSpacing(10)
        self.title = StillText("")
        self.title.setObjectName("inspector-title")
        self.title.setProperty("role", "title")
        self.place = StillText("")
        self.place.setObjectName("inspector-place")
        self.place.setProperty("role", "note")
        self.place.set_right()
        layout.addWidget(self.title, 1)
        layout.addWidget(self.place, 1)

    def show_thing(self, title: str, place: str) -> None:
        """Shows a name, which has the room it needs, and a line, which has the rest."""
        self.title.setText(title)
        self.place.setText(place)
        self.place.setToolTip(place)
        self._share()

    def _share(self) -> None:
        """Gives the name its room; the line is elided, not the name."""
        inside = self.contentsRect().adjusted(18, 10, -16, -6)
        wide = min(self.title.fontMetrics().horizontalAdvance(self.title.text()) + 12, inside.width())
        self.title.setGeometry(inside.left(), inside.top(), wide, inside.height())
        self.place.setGeometry(inside.left() + wide, inside.top(), max(inside.width() - wide, 0), inside.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()


class Inspector(QScrollArea):
    """Shows the facts, the step's formula with its numbers, gradients and values. Links in it move the cursor.

    Attributes:
        head: Its head, by which a dock may be dragged.
    """

    def __init__(self, cursor: Cursor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName(self.tr("Inspector"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Its groove cannot be seen; were it to come and go, the text would be laid out anew each time.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._cursor, self._theme = cursor, theme
        self._stale = True
        self.head = InspectorHead()
        self.setMinimumWidth(240)
        self._inside = QWidget()
        self._inside.setObjectName("inspector-inside")
        self._sections: list[Section] = []
        self.advice = self._section("", "inspector-advice")
        self.step = self._section(self.tr("This step"), "inspector-step", boxed=True)
        self.saved = self._section(self.tr("Saved"), "inspector-saved")
        self.incoming = self._section(self.tr("Incoming gradient"), "inspector-incoming", pictured="gradient")
        self.goes_to = self._section(self.tr("Goes to"), "inspector-goes-to")
        self.cuts = self._section(self.tr("Why gradients stop"), "inspector-cuts")
        self.grad = self._section("grad", "inspector-grad", pictured="gradient")
        self.value = self._section(self.tr("Value"), "inspector-value", pictured="value")
        self.rows = self._section(self.tr("Properties"), "inspector-properties")
        self.history = self._section(self.tr("History"), "inspector-history")
        self.setWidget(self._inside)
        cursor.moved.connect(self._changed)
        cursor.selection_changed.connect(self._changed)
        cursor.recording_changed.connect(self._changed)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        for section in self._sections:
            section.body.set_theme(theme)
            if isinstance(section.picture, ValuePicture):
                section.picture.set_theme(theme)
        self._changed()

    def _section(
        self, title: str, name: str, *, pictured: Literal["", "gradient", "value"] = "", boxed: bool = False
    ) -> Section:
        picture = ValuePicture(self._theme, gradient=pictured == "gradient") if pictured else None
        section = Section(title, name, picture, boxed=boxed)
        section.setParent(self._inside)
        section.body.followed.connect(self._cursor.move)
        self._sections.append(section)
        return section

    def _arrange(self) -> None:
        """Stacks the sections that have something to say."""
        width, y = self.viewport().width() - 2 * _SIDE, 6
        for section in self._sections:
            height = section.arrange(_SIDE, y, width)
            y += height + _BETWEEN if height else 0
        self._inside.setFixedHeight(y)

    # What is shown

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Shows the cursor's place now. A hidden inspector waits until it is seen."""
        self._stale = False
        state = self._cursor.state
        recording = state.recording
        facts = facts_of(state, shown_thing(state, self._cursor.selection))
        self.head.show_thing(facts.title or self._event_title(recording), facts.place)
        self.advice.fill(self._advice(facts))
        lines = step_formulas(recording, state.event)
        self.step.fill(self._formulas(lines) or self._happened(recording), self._whose_step())
        self.saved.fill(self._table(facts.saved))
        self._show_value(self.incoming, facts.incoming)
        self._show_value(self.grad, facts.grad)
        self._show_value(self.value, facts.value)
        self.goes_to.fill(self._goes_to(facts.goes_to))
        self.cuts.fill(self._paragraphs(facts.cuts))
        self.rows.fill(self._table(facts.rows))
        self.history.fill(self._table(facts.history, numbers=True))
        self._arrange()

    def _event_title(self, recording: Recording) -> str:
        event = self._cursor.event
        return kind_text(recording.event(event).kind) if event >= 0 else self.tr("Inspector")

    def _advice(self, facts: Facts) -> list[Row]:
        """What to do where there is nothing to show."""
        if facts.title or self._cursor.event >= 0:
            return []
        if len(self._cursor.recording):
            text = self.tr("The cursor stands before the first event. Step with F10, or press Space to play.")
        else:
            text = self.tr(
                "Nothing has run yet. Press Tab on the canvas to add a node, write a script at the left, or open an example. "
                "What is selected, or happens at the cursor, will be explained here."
            )
        return [Row((Cell(text, "dim", mono=False),))]

    def _whose_step(self) -> str:
        """What the cursor's event is about, where the inspector's head speaks of a selection instead."""
        state = self._cursor.state
        if state.event < 0 or shown_thing(state, self._cursor.selection) == shown_thing(state, None):
            return ""
        return self.tr("at {0}").format(subject_text(state.recording, state.event))

    def _happened(self, recording: Recording) -> list[Row]:
        """The event in words, where no formula says it."""
        if self._cursor.event < 0:
            return []
        number = self._cursor.event
        kind = recording.event(number).kind
        parts = (kind_text(kind), subject_text(recording, number), detail_text(recording, number))
        rows = [Row((Cell("  ".join(part for part in parts if part)),))]
        cut = {Kind.DETACH: Cut.DETACH, Kind.DATA: Cut.DATA}.get(kind)
        if cut:
            rows.append(Row((Cell(cut_text(cut), "dim", mono=False),), gap=4))
        return rows

    @staticmethod
    def _formulas(lines: Iterable[FormulaLine]) -> list[Row]:
        rows: list[Row] = []
        for line in lines:
            head, numbers = ("text", "now") if line.now else ("dim", "dim")
            rows.append(Row((Cell(line.target, head), Cell(f"= {line.rule}", head)), gap=5 if rows else 0))
            if line.numbers:
                rows.append(Row((Cell("", numbers), Cell(f"= {line.numbers}", numbers)), gap=1))
        return rows

    @staticmethod
    def _linked(fact: Fact, text: str, *, mono: bool = True) -> Cell:
        event = -1 if fact.now else fact.event
        return Cell(text, "now" if fact.now else "text", mono=mono, bold=fact.now, event=event)

    def _table(self, facts: Iterable[Fact], *, numbers: bool = False) -> list[Row]:
        return [Row((Cell(fact.name, "dim", right=numbers), self._linked(fact, fact.text))) for fact in facts]

    def _goes_to(self, facts: Iterable[Fact]) -> list[Row]:
        rows = []
        for fact in facts:
            name = [self._linked(fact, fact.name, mono=False)] if fact.name else []
            text = [Cell(f", {fact.text}" if name else fact.text, "dim", mono=False)] if fact.text else []
            rows.append(Row((*name, *text), flow=True, gap=2))
        return rows

    def _paragraphs(self, facts: Iterable[Fact]) -> list[Row]:
        rows = []
        for fact in facts:
            rows.append(Row((self._linked(fact, fact.name),), gap=4 if rows else 0))
            rows.append(Row((Cell(fact.text, "dim", mono=False),)))
        return rows

    def _show_value(self, section: Section, number: int) -> None:
        if number < 0:
            section.fill(())
            return
        recording = self._cursor.recording
        value = recording.value(number)
        section.fill(self._numbers(value), statistics_text(recording, number), always=True)
        if isinstance(section.picture, ValuePicture):
            section.picture.show_value(value)

    def _numbers(self, value: Value) -> list[Row]:
        """The elements where they are few, min, mean and max where they are many, and what was not kept."""
        if not value.is_whole:
            kept = self.tr("kept as statistics: larger than the budget for whole values")
            return [*self._statistics(value), Row((Cell(kept, "dim", mono=False),))]
        array = value.array
        if array is None or array.size <= _SEEN_IN_PICTURE:
            return []
        rows = value_rows(array, _TABLE_ROWS, _TABLE_COLUMNS)
        if rows is None:
            return self._statistics(value)
        return [Row(tuple(Cell(text, right=column < len(row) - 1) for column, text in enumerate(row))) for row in rows]

    @staticmethod
    def _statistics(value: Value) -> list[Row]:
        found = value.summary
        parts = [f"{name} {number_text(n, 3)}" for name, n in (("min", found.min), ("mean", found.mean), ("max", found.max))]
        rows = [Row((Cell("   ".join(parts)),))]
        if value.is_bad:
            rows.append(Row((Cell(f"⚠ {found.nan} nan, {found.inf} inf", "alarm"),)))
        return rows

    def plain_text(self) -> str:
        """Everything that is shown, without its colours; for the clipboard and for tests."""
        head = f"{self.head.title.text()}  {self.head.place.text()}".strip()
        return "\n\n".join([head, *(section.plain_text() for section in self._sections if section.filled)])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._stale:
            self.refresh()
