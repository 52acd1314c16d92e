"""What a script prints, as events."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Final

from gradviz.runner.places import NOWHERE, Place

MAX_LINES: Final = 20_000


class Output:
    """Takes what is printed and tells it on, print by print, up to a limit.

    The writes of one `print` become one text. What other threads print is kept until the script's own thread takes a step, for
    the recording is that thread's alone.

    Attributes:
        waits: Whether there is anything that was not told on.
    """

    def __init__(
        self,
        tell: Callable[[str, bool, Place], None],
        here: Callable[[], Place],
        max_bytes: int,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        """Begins with nothing printed.

        Args:
            tell: Called with the text, whether it went to stderr, and the place that printed it.
            here: Finds the running place.
            max_bytes: How much is kept.
            written: Called when a text was taken.
        """
        self._written = written
        self._tell = tell
        self._here = here
        self._bytes_left = max_bytes
        self._lines_left = MAX_LINES
        self._dropped_bytes = 0
        self._dropped_lines = 0
        self.waits = False
        self._text: list[str] = []
        self._error = False
        self._place: Place = NOWHERE
        self._thread = threading.get_ident()
        self._from_others: list[tuple[str, bool]] = []
        self.stdout = PrintStream(self, error=False)
        self.stderr = PrintStream(self, error=True)

    def write(self, text: str, *, error: bool) -> None:
        """Takes a text that was written to one of the streams."""
        if not text:
            return
        if threading.get_ident() != self._thread:
            self._from_others.append((text, error))
            self.waits = True
            return
        if self._lines_left <= 0 or self._bytes_left <= 0:
            self._drop(text)
        else:
            self._keep(text, error)
        self._written()

    def _keep(self, text: str, error: bool) -> None:
        place = self._here()._replace(frame=None)  # a frame kept would keep the script's tensors
        if self._text and (error != self._error or place != self._place or self._text[-1].endswith("\n")):
            self.flush()
        self._error, self._place = error, place
        kept = self._take(text)
        if kept:
            self._text.append(kept)
            self.waits = True

    def _take(self, text: str) -> str:
        """As much of a text as the limits leave room for."""
        lines = text.count("\n")
        if lines > self._lines_left:
            end = 0
            for _ in range(self._lines_left):
                end = text.index("\n", end) + 1
            self._drop(text[end:])
            text, lines = text[:end], self._lines_left
        size = len(text.encode(errors="surrogatepass"))
        if size > self._bytes_left:
            data = text.encode(errors="surrogatepass")[: self._bytes_left]
            kept = data.decode(errors="ignore")
            self._drop(text[len(kept) :])
            text, size, lines = kept, self._bytes_left, kept.count("\n")
        self._bytes_left -= size
        self._lines_left -= lines
        return text

    def _drop(self, text: str) -> None:
        self._dropped_bytes += len(text)
        self._dropped_lines += text.count("\n")

    def flush(self) -> None:
        """Tells on what waits for the end of its print, and what other threads printed."""
        self.waits = False
        if self._text:
            text, self._text = "".join(self._text), []
            self._tell(text, self._error, self._place)
        while self._from_others:
            text, error = self._from_others.pop(0)
            kept = self._take(text)
            if kept:
                self._tell(kept, error, NOWHERE)

    def finish(self) -> None:
        """Tells on what is left, and how much was dropped."""
        self.flush()
        if self._dropped_bytes:
            text = f"… {self._dropped_lines:,} more lines ({self._dropped_bytes:,} characters) were printed and not kept\n"
            self._tell(text, True, NOWHERE)


class PrintStream(io.TextIOBase):
    """What stands for `sys.stdout` or `sys.stderr` while a script runs."""

    def __init__(self, output: Output, *, error: bool) -> None:
        super().__init__()
        self._output = output
        self._error = error

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """Takes a text, as `print` gives it."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._output.write(text, error=self._error)
        return len(text)
