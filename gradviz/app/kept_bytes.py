"""A file's bytes kept: what an edit did not touch is written again as it was, line endings and byte order mark included."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections import Counter
from dataclasses import dataclass

from gradviz.script import decode_script

# What an editor's document takes for the end of a line.
_ENDING = re.compile("(\r\n|\r|\n|\u2029|\ufdd0|\ufdd1)")

_MOST_PAIRS = 1_000_000  # of lines to compare with each other


@dataclass(frozen=True, slots=True)
class KeptBytes:
    """The bytes a document was read from or last written as.

    Attributes:
        data: The bytes.
        encoding: What they are in.
        lines: The text's lines, each with the ending it has ("" for the last).
    """

    data: bytes
    encoding: str
    lines: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The text as an editor has it, lines ended by "\\n"."""
        return "\n".join(line for line, _ in self.lines)

    def encode(self, text: str) -> bytes:
        """Another text as this file would keep it.

        Lines that are still there keep their own endings; others get the file's most common one.

        Raises:
            UnicodeEncodeError: The declared encoding has no such character.
        """
        if text == self.text and self.data:
            return self.data
        endings = Counter(ending for _, ending in self.lines if ending)
        usual = endings.most_common(1)[0][0] if endings else "\n"
        new = text.split("\n")
        kept: list[str] = [usual] * (len(new) - 1) + [""]
        if len(endings) > 1:
            for old_at, new_at, count in _same_lines([line for line, _ in self.lines], new):
                for i in range(count):
                    if new_at + i < len(new) - 1:
                        kept[new_at + i] = self.lines[old_at + i][1] or usual
        joined = "".join(line + ending for line, ending in zip(new, kept, strict=True))
        return joined.encode(self._declared(text))

    def _declared(self, text: str) -> str:
        """The encoding that the text asks for now: its coding comment may have been changed."""
        head = "\n".join(text.split("\n", 2)[:2]).encode("utf-8", "replace")
        try:
            found = tokenize.detect_encoding(io.BytesIO(head).readline)[0]
        except SyntaxError:
            found = "utf-8"
        return "utf-8-sig" if found == "utf-8" and self.encoding == "utf-8-sig" else found


def _same_lines(old: list[str], new: list[str]) -> list[tuple[int, int, int]]:
    """Runs of lines that both texts have: where in the old one, where in the new one, how many.

    What both begin and end with is found in linear time. What is between is compared line by line, which may take the
    product of the two lengths; where that is too much, it counts as all new.
    """
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - head) if old[-1 - i] != new[-1 - i]), most - head)
    blocks = [(0, 0, head), (len(old) - tail, len(new) - tail, tail)]
    old_middle, new_middle = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(old_middle) * len(new_middle) <= _MOST_PAIRS:
        matcher = difflib.SequenceMatcher(None, old_middle, new_middle, autojunk=False)
        blocks += [(head + old_at, head + new_at, count) for old_at, new_at, count in matcher.get_matching_blocks()]
    return blocks


def keep(data: bytes, name: str) -> KeptBytes:
    """Reads a script's bytes.

    Raises:
        ScriptFileError: They are no script; the text says why.
    """
    encoding = decode_script(data, name).encoding
    parts = _ENDING.split(data.decode(encoding))
    return KeptBytes(data, encoding, tuple(zip(parts[::2], [*parts[1::2], ""], strict=True)))


NOTHING = KeptBytes(b"", "utf-8", (("", ""),))
