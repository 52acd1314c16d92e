"""What each change of the grad mode covers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from gradviz.recording import Kind, RecordingBuilder
from gradviz.runner.places import Place
from gradviz.runner.source import ScriptSource


@dataclass(frozen=True, slots=True)
class _Open:
    region: int
    kind: str
    explicit: bool  # entered by a `with` or a decorator, and so to be left again


class Regions:
    """Writes the rows of ``regions`` as modes are entered and left.

    Attributes:
        current: The innermost region, -1 outside of all.
    """

    def __init__(self, source: ScriptSource, builder: RecordingBuilder) -> None:
        self._source = source
        self._builder = builder
        self._open: list[_Open] = []
        self.current = -1

    def change(self, kind: str, phase: str, grad_enabled: bool, place: Place, event: Callable[..., int]) -> None:
        """A mode was entered or left (phase "enter", "exit"), or set for good ("set")."""
        if phase == "enter":
            # `with set_grad_enabled(...)` sets the mode when it is made, and enters it then: it is one region.
            if kind == "set_grad_enabled" and self._open and self._open[-1] == _Open(self.current, kind, False):
                self._open[-1] = _Open(self.current, kind, True)
            else:
                self._enter(kind, place, event, explicit=True)
        elif phase == "exit":
            while self._open and not (self._open[-1].kind == kind and self._open[-1].explicit):
                self._leave(event)
            if self._open:
                self._leave(event)
        else:
            if self._open and not self._open[-1].explicit:
                self._leave(event)
            if not grad_enabled or self._open:
                self._enter(kind, place, event, explicit=False)

    def _enter(self, kind: str, place: Place, event: Callable[..., int], *, explicit: bool) -> None:
        line, end_line = self._extent(place)
        number = self._builder.count("events")
        region = self._builder.add("regions", self._builder.string(kind), self.current, line, end_line, number)
        self._open.append(_Open(region, kind, explicit))
        self.current = region
        event(Kind.MODE_ENTER, text=kind, place=place)

    def _leave(self, event: Callable[..., int]) -> None:
        event(Kind.MODE_EXIT, text=self._open[-1].kind)
        self._open.pop()
        self.current = self._open[-1].region if self._open else -1

    def _extent(self, place: Place) -> tuple[int, int]:
        """First and last line of what a mode entered here covers."""
        line = place.span[0]
        block = self._source.with_block(place.span)
        if block is None and place.frame is not None:
            function = _decorated(place.frame)
            block = None if function is None else self._source.function_block(function)
        return block or (line, line)


def _decorated(caller: FrameType) -> int | None:
    """The first line of the script's function that the engine's decorator is about to call for `caller`."""
    import sys

    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame is not caller:
        # The decorator's wrapper holds the function it wraps.
        function = frame.f_locals.get("function") if frame.f_code.co_name in ("within", "stepped") else None
        code = getattr(function, "__code__", None)
        if code is not None and code.co_filename == caller.f_code.co_filename:
            return int(code.co_firstlineno)
        frame = frame.f_back
    return None
