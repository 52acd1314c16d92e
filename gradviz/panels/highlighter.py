"""Python's syntax in the four colours of the theme."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gradviz.panels.parts import mixed
from gradviz.view.theme import Theme

_TOKEN = re.compile(
    r"""(?P<comment>\#.*)
    | (?P<triple>(?:[rRbBfFuU]{0,2})(?P<quotes>\"\"\"|'''))
    | (?P<string>[rRbBfFuU]{0,2}(?:"(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$)))
    | (?P<number>(?<![\w.])(?:0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?))
    | (?P<decorator>^\s*@[\w.]+)
    | (?P<word>[^\W\d]\w*)""",
    re.VERBOSE,
)
_QUOTES = ("", '"""', "'''")


def utf16_place(text: str, index: int) -> int:
    """The place that Qt counts to for a place in a Python string."""
    return index if text.isascii() else len(text[:index].encode("utf-16-le", "surrogatepass")) // 2


class PythonHighlighter(QSyntaxHighlighter):
    """Colours keywords, numbers, strings and comments; a string in triple quotes goes on over the lines.

    The state of a block is the kind of quotes that are still open at its end: 0 none, 1 double, 2 single.
    """

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        for name, colour in {
            "keyword": theme.code_kw,
            "number": theme.code_num,
            "string": theme.code_str,
            "comment": mixed(theme.text, theme.code_com, 0.12),  # as the token, with the contrast of AA
        }.items():
            made = QTextCharFormat()
            made.setForeground(colour)
            self._formats[name] = made
        self._formats["comment"].setFontItalic(True)
        self.rehighlight()

    def _mark(self, text: str, start: int, end: int, kind: str) -> None:
        first = utf16_place(text, start)
        self.setFormat(first, utf16_place(text, end) - first, self._formats[kind])

    def _close(self, text: str, start: int, search: int, state: int) -> int:
        """Colours a string in triple quotes from ``start``; returns where it ends, noting if it goes on."""
        quotes = _QUOTES[state]
        position = search
        while True:
            end = text.find(quotes, position)
            if end < 0:
                self._mark(text, start, len(text), "string")
                self.setCurrentBlockState(state)
                return len(text)
            backslashes = len(text[:end]) - len(text[:end].rstrip("\\"))
            if backslashes % 2 == 0:
                self._mark(text, start, end + 3, "string")
                return end + 3
            position = end + 1

    def highlightBlock(self, text: str) -> None:  # noqa: N802
        """Colours one line."""
        self.setCurrentBlockState(0)
        position = 0
        if self.previousBlockState() > 0:
            position = self._close(text, 0, 0, self.previousBlockState())
        while match := _TOKEN.search(text, position):
            position = match.end()
            if match["triple"]:
                position = self._close(text, match.start(), match.end(), _QUOTES.index(match["quotes"]))
            elif match["comment"]:
                self._mark(text, match.start(), match.end(), "comment")
            elif match["string"]:
                self._mark(text, match.start(), match.end(), "string")
            elif match["number"]:
                self._mark(text, match.start(), match.end(), "number")
            elif match["decorator"] or keyword.iskeyword(match["word"] or ""):
                self._mark(text, match.start(), match.end(), "keyword")
