"""The inspector: everything about the selection, or about what the cursor's event is about."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from gradviz.panels.facts import Fact, Facts, facts_of, shown_thing
from gradviz.panels.formula import FormulaLine, step_formulas
from gradviz.panels.parts import Section, rich_label, span
from gradviz.panels.pictures import ValuePicture
from gradviz.panels.words import cut_text, detail_text, kind_text, statistics_text, subject_text
from gradviz.recording import Cut, Kind, Recording, Value
from gradviz.recording.text import number_text, value_rows
from gradviz.view.cursor import Cursor
from gradviz.view.theme import Theme

_TABLE_ROWS, _TABLE_COLUMNS = 12, 6


class InspectorHead(QWidget):
    """The thing's name at the left, its line at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel-head")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 10, 16, 6)
        layout.setSpacing(10)
        self.title = QLabel()
        self.title.setObjectName("inspector-title")
        self.title.setProperty("role", "title")
        self.place = QLabel()
        self.place.setObjectName("inspector-place")
        self.place.setProperty("role", "note")
        self.place.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout.addWidget(self.title)
        layout.addWidget(self.place, 1)


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
        self._cursor, self._theme = cursor, theme
        self._stale = True
        self.head = InspectorHead()
        inside = QWidget()
        inside.setObjectName("inspector-inside")
        self._layout = QVBoxLayout(inside)
        self._layout.setContentsMargins(18, 4, 18, 18)
        self._layout.setSpacing(16)
        self._empty = rich_label()
        self._layout.addWidget(self._empty)
        self.step = self._section(self.tr("This step"), "inspector-step")
        self.step.body.setProperty("role", "box")
        self.saved = self._section(self.tr("Saved"), "inspector-saved")
        self.incoming, self._incoming_picture = self._pictured(self.tr("Incoming gradient"), "inspector-incoming")
        self.goes_to = self._section(self.tr("Goes to"), "inspector-goes-to")
        self.cuts = self._section(self.tr("Why gradients stop"), "inspector-cuts")
        self.grad, self._grad_picture = self._pictured("grad", "inspector-grad")
        self.value, self._value_picture = self._pictured(self.tr("Value"), "inspector-value")
        self.rows = self._section(self.tr("Properties"), "inspector-properties")
        self.history = self._section(self.tr("History"), "inspector-history")
        self._layout.addStretch(1)
        self.setWidget(inside)
        cursor.moved.connect(self._changed)
        cursor.selection_changed.connect(self._changed)
        cursor.recording_changed.connect(self._changed)
        self._changed()

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        for picture in (self._incoming_picture, self._grad_picture, self._value_picture):
            picture.set_theme(theme)
        self._changed()

    def _section(self, title: str, name: str) -> Section:
        section = Section(title, name)
        section.body.linkActivated.connect(self._go)
        self._layout.addWidget(section)
        return section

    def _pictured(self, title: str, name: str) -> tuple[Section, ValuePicture]:
        section = self._section(title, name)
        picture = ValuePicture(self._theme)
        section.layout().insertWidget(1, picture)  # type: ignore[union-attr]
        return section, picture

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
        self.head.title.setText(facts.title or self._event_title(recording))
        self.head.place.setText(facts.place)
        self.head.place.setToolTip(facts.place)
        self._show_empty(facts)
        lines = step_formulas(recording, state.event)
        self.step.show_text(self._formulas(lines) or self._happened(recording))
        self.saved.show_text(self._table(facts.saved))
        self._show_value(self.incoming, self._incoming_picture, facts.incoming)
        self._show_value(self.grad, self._grad_picture, facts.grad)
        self._show_value(self.value, self._value_picture, facts.value)
        self.goes_to.show_text(self._goes_to(facts.goes_to))
        self.cuts.show_text(self._paragraphs(facts.cuts))
        self.rows.show_text(self._table(facts.rows))
        self.history.show_text(self._table(facts.history, numbers=True))

    def _event_title(self, recording: Recording) -> str:
        event = self._cursor.event
        return kind_text(recording.event(event).kind) if event >= 0 else self.tr("Inspector")

    def _show_empty(self, facts: Facts) -> None:
        text = ""
        if not facts.title and self._cursor.event < 0:
            text = (
                self.tr("The cursor stands before the first event. Step with F10, or press Space to play.")
                if len(self._cursor.recording)
                else self.tr("Nothing has run yet. Write a script at the left, or open an example.")
            )
        self._empty.setText(span(text, self._theme.dim) if text else "")
        self._empty.setVisible(bool(text))

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
        style = f"{room};padding-right:8px"
        return "<tr>" + "".join(f'<td style="{style}">{cell}</td>' for cell in cells) + "</tr>"

    def _link(self, fact: Fact, text: str, *, mono: bool = True) -> str:
        colour = self._theme.now if fact.now else self._theme.text
        inner = span(text, colour, mono=mono, bold=fact.now)
        if fact.event < 0 or fact.now:
            return inner
        return f'<a href="{fact.event}" style="text-decoration:none">{inner}</a>'

    def _table(self, facts: Iterable[Fact], *, numbers: bool = False) -> str:
        rows = "".join(
            f'<tr><td style="padding-right:14px" align="{"right" if numbers else "left"}">'
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

    def _show_value(self, section: Section, picture: ValuePicture, number: int) -> None:
        if number < 0:
            section.setVisible(False)
            return
        recording = self._cursor.recording
        value = recording.value(number)
        section.setVisible(True)
        section.note.setText(statistics_text(recording, number))
        text = self._numbers(value)
        section.body.setText(text)
        section.body.setVisible(bool(text))
        picture.show_value(value)

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
        parts = [f"{name} {number_text(n)}" for name, n in (("min", found.min), ("mean", found.mean), ("max", found.max))]
        text = span("   ".join(parts), self._theme.text, mono=True)
        if value.is_bad:
            text += "<br>" + span(f"⚠ {found.nan} nan, {found.inf} inf", self._theme.alarm, mono=True)
        return text

    def plain_text(self) -> str:
        """Everything that is shown, without its colours; for the clipboard and for tests."""
        from PySide6.QtGui import QTextDocumentFragment

        parts = [f"{self.head.title.text()}  {self.head.place.text()}".strip()]
        for section in self.widget().findChildren(Section):
            if section.isVisibleTo(self.widget()):
                body = QTextDocumentFragment.fromHtml(section.body.text()).toPlainText()
                parts.append(f"{section.heading.text()}  {section.note.text()}\n{body}".strip())
        return "\n\n".join(parts).replace("\xa0", " ")

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._stale:
            self.refresh()
