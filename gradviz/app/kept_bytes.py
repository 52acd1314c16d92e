"""A file's bytes kept: what an edit did not touch is written again as it was, line endings and byte order mark included."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gradviz.script import decode_script
from gradviz.script.line_pairs import paired_lines

# What an editor's document takes for the end of a line.
_ENDING = re.compile("(\r\n|\r|\n|\u2029|\ufdd0|\ufdd1)")


@dataclass(frozen=True, slots=True)
class KeptBytes:
    """The bytes a document was read from or last written as.

    Attributes:
        data: The bytes.
        encoding: What they are in.
        lines: The text's lines, each with the ending it has ("" for the last).
        gone: Endings of lines that earlier versions had: undo may bring them back.
    """

    data: bytes
    encoding: str
    lines: tuple[tuple[str, str], ...]
    gone: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text as an editor has it, lines ended by "\\n"."""
        return "\n".join(line for line, _ in self.lines)

    def encode(self, text: str) -> bytes:
        """Another text as this file would keep it.

        Lines that are still there, changed or not, keep their own endings; others get the file's most common one.

        Raises:
            UnicodeEncodeError: The declared encoding has no such character.
        """
        if text == self.text and self.data:
            return self.data
        endings = Counter(ending for _, ending in self.lines if ending)
        usual = endings.most_common(1)[0][0] if endings else "\n"
        new = text.split("\n")
        kept: list[str] = [self.gone.get(line, usual) for line in new[:-1]] + [""]
        if len(endings) > 1:
            for old_at, new_at in paired_lines([line for line, _ in self.lines], new):
                if new_at < len(new) - 1:
                    kept[new_at] = self.lines[old_at][1] or usual
        joined = "".join(line + ending for line, ending in zip(new, kept, strict=True))
        return joined.encode(self._declared(text))

    def saved(self, data: bytes, name: str) -> KeptBytes:
        """What is kept once other bytes were written: those, and the endings of lines that they have no more.

        Raises:
            ScriptFileError: They are no script; the text says why.
        """
        kept = keep(data, name)
        several = len({ending for _, ending in (*self.lines, *kept.lines) if ending}) > 1
        mine = {line: ending for line, ending in self.lines if ending} if several else {}
        return replace(kept, gone={**self.gone, **mine})

    def _declared(self, text: str) -> str:
        """The encoding that the text asks for now: its coding comment may have been changed."""
        head = "\n".join(text.split("\n", 2)[:2]).encode("utf-8", "replace")
        try:
            found = tokenize.detect_encoding(io.BytesIO(head).readline)[0]
        except SyntaxError:
            found = "utf-8"
        return "utf-8-sig" if found == "utf-8" and self.encoding == "utf-8-sig" else found


def keep(data: bytes, name: str) -> KeptBytes:
    """Reads a script's bytes.

    Raises:
        ScriptFileError: They are no script; the text says why.
    """
    encoding = decode_script(data, name).encoding
    parts = _ENDING.split(data.decode(encoding))
    return KeptBytes(data, encoding, tuple(zip(parts[::2], [*parts[1::2], ""], strict=True)))


NOTHING = KeptBytes(b"", "utf-8", (("", ""),))
