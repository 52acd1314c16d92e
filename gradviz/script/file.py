"""Graph scripts on disk: read with their encoding and line endings known, or refused with one clear sentence."""

from __future__ import annotations

import io
import os
import stat
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

MAX_BYTES: Final = 8 << 20


class ScriptFileError(Exception):
    """A file cannot be read as a script; the text says why, and what to do where something can be done."""


@dataclass(frozen=True, slots=True)
class ScriptText:
    """A script as read.

    Attributes:
        text: Its text, lines ended by "\\n".
        encoding: What its bytes are in: "utf-8", "utf-8-sig", or what a PEP 263 comment declares.
        newline: How its lines end on disk.
    """

    text: str
    encoding: str
    newline: Literal["\n", "\r\n", "\r"]

    def to_bytes(self, text: str) -> bytes:
        """Another text as this file would keep it. Raises UnicodeEncodeError where its encoding has no such character."""
        return text.replace("\n", self.newline).encode(self.encoding)


def decode_script(data: bytes, name: str) -> ScriptText:
    """The script in these bytes.

    Raises:
        ScriptFileError: Too large, binary, or not text in the declared encoding.
    """
    if len(data) > MAX_BYTES:
        raise ScriptFileError(f"{name} is {len(data) / 2**20:.0f} MiB large; a script has at most {MAX_BYTES >> 20} MiB.")
    if b"\x00" in data:
        raise ScriptFileError(f"{name} is a binary file, not a Python script.")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        place = ""
        if isinstance(error, UnicodeDecodeError) and error.object == data:
            line = data[: error.start].count(b"\n") + 1
            place = f" (line {line})"
        raise ScriptFileError(f"{name} is not UTF-8 text{place}. Save it as UTF-8 and open it again.") from None
    newline: Literal["\n", "\r\n", "\r"] = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    return ScriptText(text.replace("\r\n", "\n").replace("\r", "\n"), encoding, newline)


def read_regular(path: str | os.PathLike[str]) -> bytes:
    """A file's bytes, one more than a script may have at most; never waits, as reading a pipe would.

    Raises:
        OSError: It cannot be read.
        ScriptFileError: It is a pipe, a device or a socket.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    with open(path, "rb", opener=opener) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ScriptFileError(f"{os.fspath(path)} is not a regular file.")
        return file.read(MAX_BYTES + 1)


def script_bytes(path: str | os.PathLike[str]) -> bytes:
    """A script file's bytes.

    Raises:
        ScriptFileError: Missing, unreadable, a directory, or no regular file.
    """
    path = Path(path)
    try:
        return read_regular(path)
    except FileNotFoundError:
        raise ScriptFileError(f"{path} does not exist.") from None
    except IsADirectoryError:
        raise ScriptFileError(f"{path} is a directory, not a script.") from None
    except PermissionError:
        if path.is_dir():  # what Windows says of a directory
            raise ScriptFileError(f"{path} is a directory, not a script.") from None
        raise ScriptFileError(f"{path} may not be read: permission denied.") from None
    except OSError as error:
        raise ScriptFileError(f"{path} cannot be read: {error.strerror}.") from None


def read_script(path: str | os.PathLike[str]) -> ScriptText:
    """Reads a script file.

    Raises:
        ScriptFileError: Missing, unreadable, a directory, no regular file, binary, too large, or not UTF-8.
    """
    return decode_script(script_bytes(path), str(path))
