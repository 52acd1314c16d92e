"""The inspector: everything about the selection, or about what the cursor's event is about."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget

from gradviz.panels.facts import Fact, Facts, facts_of, shown_thing
from gradviz.panels.formula import FormulaLine, step_formulas
from gradviz.panels.parts import StillText, span
from gradviz.panels.pictures import ValuePicture
from gradviz.panels.text_block import Section
from gradviz.panels.words import cut_text, detail_text, kind_text, statistics_text, subject_text
from gradviz.recording import Cut, Kind, Recording, Value
from gradviz.recording.text import number_text, value_rows
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme

_TABLE_ROWS, _TABLE_COLUMNS = 12, 6
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
        self.incoming = self._section(self.tr("Incoming gradient"), "inspector-incoming", pictured=True)
        self.goes_to = self._section(self.tr("Goes to"), "inspector-goes-to")
        self.cuts = self._section(self.tr("Why gradients stop"), "inspector-cuts")
        self.grad = self._section("grad", "inspector-grad", pictured=True)
        self.value = self._section(self.tr("Value"), "inspector-value", pictured=True)
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

    def _section(self, title: str, name: str, *, pictured: bool = False, boxed: bool = False) -> Section:
        section = Section(title, name, ValuePicture(self._theme) if pictured else None, boxed=boxed)
        section.setParent(self._inside)
        section.body.linkActivated.connect(self._go)
        self._sections.append(section)
        return section

    def _arrange(self) -> None:
        """Stacks the sections that have something to say."""
        width, y = self.viewport().width() - 2 * _SIDE, 6
        for section in self._sections:
            height = section.arrange(_SIDE, y, width)
            y += height + _BETWEEN if height else 0
        self._inside.setFixedHeight(y)

    def _go(self, link: str) -> None:
        self._cursor.move(int(link))

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
        self.step.fill(self._formulas(lines) or self._happened(recording))
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

    def _advice(self, facts: Facts) -> str:
        """What to do where there is nothing to show."""
        if facts.title or self._cursor.event >= 0:
            return ""
        if len(self._cursor.recording):
            text = self.tr("The cursor stands before the first event. Step with F10, or press Space to play.")
        else:
            text = self.tr("Nothing has run yet. Write a script at the left, or open an example.")
        return span(text, self._theme.dim)

    def _happened(self, recording: Recording) -> str:
        """The event in words, where no formula says it."""
        if self._cursor.event < 0:
            return ""
        number = self._cursor.event
        parts = (kind_text(recording.event(number).kind), subject_text(recording, number), detail_text(recording, number))
        kind = recording.event(number).kind
        cut = {Kind.DETACH: Cut.DETACH, Kind.DATA: Cut.DATA}.get(kind)
        words = "  ".join(part for part in parts if part)
        text = span(words, self._theme.text, mono=True)
        return f"{text}<br>{span(cut_text(cut), self._theme.dim)}" if cut else text

    def _formulas(self, lines: Iterable[FormulaLine]) -> str:
        rows = []
        for line in lines:
            colour, ink = (self._theme.text, self._theme.now) if line.now else (self._theme.dim, self._theme.dim)
            room = "padding-top:7px" if rows else ""
            rows.append(self._formula_row(line.target, line.rule, colour, room))
            if line.numbers:
                rows.append(self._formula_row("", line.numbers, ink, "padding-top:4px"))
        return f'<table cellspacing="0" cellpadding="0">{"".join(rows)}</table>' if rows else ""

    @staticmethod
    def _formula_row(target: str, text: str, colour: QColor, room: str) -> str:
        cells = (span(target, colour, mono=True), span("=", colour, mono=True), span(text, colour, mono=True))
        style = f"{room};padding-right:8px;white-space:nowrap"
        last = f'<td style="{room}">{cells[-1]}</td>'
        return "<tr>" + "".join(f'<td style="{style}">{cell}</td>' for cell in cells[:-1]) + last + "</tr>"

    def _link(self, fact: Fact, text: str, *, mono: bool = True) -> str:
        colour = self._theme.now if fact.now else self._theme.text
        inner = span(text, colour, mono=mono, bold=fact.now)
        if fact.event < 0 or fact.now:
            return inner
        return f'<a href="{fact.event}" style="text-decoration:none">{inner}</a>'

    def _table(self, facts: Iterable[Fact], *, numbers: bool = False) -> str:
        rows = "".join(
            f'<tr><td style="padding-right:14px;white-space:nowrap" align="{"right" if numbers else "left"}">'
            f"{span(fact.name, self._theme.dim, mono=True)}</td><td>{self._link(fact, fact.text)}</td></tr>"
            for fact in facts
        )
        return f'<table cellspacing="0" cellpadding="1">{rows}</table>' if rows else ""

    def _goes_to(self, facts: Iterable[Fact]) -> str:
        return "<br>".join(
            ", ".join(
                part
                for part in (
                    self._link(fact, fact.name, mono=False) if fact.name else "",
                    span(fact.text, self._theme.dim) if fact.text else "",
                )
                if part
            )
            for fact in facts
        )

    def _paragraphs(self, facts: Iterable[Fact]) -> str:
        return "<br>".join(f"{self._link(fact, fact.name)}<br>{span(fact.text, self._theme.dim)}" for fact in facts)

    def _show_value(self, section: Section, number: int) -> None:
        if number < 0:
            section.fill("")
            return
        recording = self._cursor.recording
        value = recording.value(number)
        section.fill(self._numbers(value), statistics_text(recording, number), always=True)
        if isinstance(section.picture, ValuePicture):
            section.picture.show_value(value)

    def _numbers(self, value: Value) -> str:
        """The elements where they are few, min, mean and max where they are many, and what was not kept."""
        theme = self._theme
        if not value.is_whole:
            kept = span(self.tr("kept as statistics: larger than the budget for whole values"), theme.dim)
            return f"{self._statistics(value)}<br>{kept}"
        array = value.array
        if array is None or array.size <= 16:
            return ""
        rows = value_rows(array, _TABLE_ROWS, _TABLE_COLUMNS)
        if rows is None:
            return self._statistics(value)
        cells = "".join(
            "<tr>"
            + "".join(f'<td align="right" style="padding-right:10px">{span(c, theme.text, mono=True)}</td>' for c in row)
            + "</tr>"
            for row in rows
        )
        return f'<table cellspacing="0" cellpadding="1">{cells}</table>'

    def _statistics(self, value: Value) -> str:
        found = value.summary
        parts = [f"{name} {number_text(n, 3)}" for name, n in (("min", found.min), ("mean", found.mean), ("max", found.max))]
        text = span("   ".join(parts), self._theme.text, mono=True)
        if value.is_bad:
            text += "<br>" + span(f"⚠ {found.nan} nan, {found.inf} inf", self._theme.alarm, mono=True)
        return text

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
