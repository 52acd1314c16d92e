"""Which place of the script is running: its span, and the path of calls that leads there."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Final, NamedTuple

from gradviz.recording import RecordingBuilder
from gradviz.runner.source import ScriptSource, SpanKey

NO_SPAN: Final[SpanKey] = (0, 0, 0, 0)


class Place(NamedTuple):
    """A place in the running script.

    Attributes:
        span: The expression or statement at work.
        stack: A row of ``stacks``.
        frame: The innermost frame of the script; None where none of its code runs.
    """

    span: SpanKey
    stack: int
    frame: FrameType | None


NOWHERE: Final = Place(NO_SPAN, -1, None)


class Places:
    """Finds places, and keeps the call paths that lead to them as rows of ``stacks``."""

    def __init__(self, source: ScriptSource, builder: RecordingBuilder) -> None:
        self._source = source
        self._filename = source.filename
        self._builder = builder
        self._spans: dict[int, tuple[CodeType, list[SpanKey]]] = {}
        self._stacks: dict[tuple[int, int, int], int] = {}
        self._rows: dict[tuple[int, str, int], int] = {}

    def here(self) -> Place:
        """The place of the calling thread."""
        filename = self._filename
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != filename:
            frame = frame.f_back
        if frame is None:
            return NOWHERE
        code, lasti = frame.f_code, frame.f_lasti
        outer = frame.f_back
        path = [(code, lasti)]
        while outer is not None:
            if outer.f_code.co_filename == filename:
                path.append((outer.f_code, outer.f_lasti))
            outer = outer.f_back
        stack = -1
        for step in reversed(path):
            key = (stack, id(step[0]), step[1])
            known = self._stacks.get(key)
            stack = self._new_stack(key, step[0]) if known is None else known
        return Place(self.span(code, lasti), stack, frame)

    def outwards(self, frame: FrameType) -> FrameType | None:
        """The script's frame that called into this one."""
        outer = frame.f_back
        while outer is not None and outer.f_code.co_filename != self._filename:
            outer = outer.f_back
        return outer

    def span(self, code: CodeType, lasti: int) -> SpanKey:
        """Where an instruction stands in the script."""
        known = self._spans.get(id(code))
        if known is None:
            # The code is kept so that its id stays its own.
            spans = [self._source.narrowed(_whole(position)) for position in code.co_positions()]
            known = self._spans[id(code)] = (code, spans)
        spans = known[1]
        place = lasti >> 1
        return spans[place] if 0 <= place < len(spans) else NO_SPAN

    def belongs(self, code: CodeType) -> bool:
        """Whether code is the script's own."""
        return code.co_filename == self._filename

    def _new_stack(self, key: tuple[int, int, int], code: CodeType) -> int:
        parent, _, lasti = key
        name, line = code.co_name, self.span(code, lasti)[0]
        row = self._rows.get((parent, name, line))
        if row is None:
            row = self._builder.add("stacks", parent, self._builder.string(name), line)
            self._rows[parent, name, line] = row
        self._stacks[key] = row
        return row


def _whole(position: tuple[int | None, int | None, int | None, int | None]) -> SpanKey:
    line, end_line, col, end_col = position
    if line is None:
        return NO_SPAN
    return (line, col or 0, end_line or line, end_col or 0)
