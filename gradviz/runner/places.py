"""Which line is running: its span, and the path of calls that leads there."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Final, NamedTuple

from gradviz.recording import RecordingBuilder
from gradviz.runner.source import Binding, ScriptSource, SpanKey

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


class Spot:
    """What is known of an instruction of the script, reached by one path of calls.

    Attributes:
        span: The expression or statement it is part of.
        stack: A row of ``stacks``.
        cells: Both as the cells of an event.
        binding: Where the one tensor made there goes; None before anybody asked.
        callee: What was called there last, to see whether it is still the same; None for nothing.
        makes_part: Whether that is a class which is no tensor's, so that what is made there are parts of what it makes.
    """

    __slots__ = ("binding", "callee", "cells", "makes_part", "span", "stack")

    def __init__(self, span: SpanKey, stack: int) -> None:
        self.span = span
        self.stack = stack
        self.cells = (*span, stack)
        self.binding: Binding | None = None
        self.callee: object = None
        self.makes_part = False


NO_SPOT: Final = Spot(NO_SPAN, -1)


class Places:
    """Finds places, and keeps the call paths that lead to them as rows of ``stacks``.

    Attributes:
        outermost: The code that runs the script: no frames of the script lie further out.
    """

    def __init__(self, source: ScriptSource, builder: RecordingBuilder) -> None:
        self.outermost: CodeType | None = None
        self._source = source
        self._filename = source.filename
        self._builder = builder
        self._spans: dict[int, tuple[CodeType, list[SpanKey]]] = {}
        self._spots: dict[tuple[int, int, int], Spot] = {}
        self._rows: dict[tuple[int, str, int], int] = {}

    def here(self) -> Place:
        """The place of the calling thread."""
        spot, frame = self.spot()
        return Place(spot.span, spot.stack, frame)

    def spot(self, depth: int = 1) -> tuple[Spot, FrameType | None]:
        """The spot the calling thread is at, and the innermost frame of the script.

        Args:
            depth: How many frames out to begin looking: those nearer are known not to be the script's.
        """
        filename = self._filename
        frame: FrameType | None = sys._getframe(depth)
        while frame is not None and frame.f_code.co_filename != filename:
            frame = frame.f_back
        if frame is None:
            return NO_SPOT, None
        outer = frame.f_back
        parent = -1 if outer is None or outer.f_code is self.outermost else self._path(outer)
        code = frame.f_code
        found = self._spots.get((parent, id(code), frame.f_lasti))
        return found or self._new_spot(parent, code, frame.f_lasti), frame

    def _path(self, frame: FrameType | None) -> int:
        """The row of ``stacks`` for a frame and those that called it, -1 if none of them is the script's."""
        filename, outermost = self._filename, self.outermost
        path = []
        while frame is not None and frame.f_code is not outermost:
            if frame.f_code.co_filename == filename:
                path.append((frame.f_code, frame.f_lasti))
            frame = frame.f_back
        stack = -1
        for code, lasti in reversed(path):
            found = self._spots.get((stack, id(code), lasti))
            stack = (found or self._new_spot(stack, code, lasti)).stack
        return stack

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
            spans = [self._source.meant(_whole(position)) for position in code.co_positions()]
            known = self._spans[id(code)] = (code, spans)
        spans = known[1]
        place = lasti >> 1
        return spans[place] if 0 <= place < len(spans) else NO_SPAN

    def belongs(self, code: CodeType) -> bool:
        """Whether code is the script's own."""
        return code.co_filename == self._filename

    def _new_spot(self, parent: int, code: CodeType, lasti: int) -> Spot:
        span = self.span(code, lasti)
        name, line = code.co_name, span[0]
        row = self._rows.get((parent, name, line))
        if row is None:
            row = self._builder.add("stacks", parent, self._builder.string(name), line)
            self._rows[parent, name, line] = row
        spot = self._spots[parent, id(code), lasti] = Spot(span, row)
        return spot


def _whole(position: tuple[int | None, int | None, int | None, int | None]) -> SpanKey:
    line, end_line, col, end_col = position
    if line is None:
        return NO_SPAN
    return (line, col or 0, end_line or line, end_col or 0)
