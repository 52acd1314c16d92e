"""Scripts on disk: what is read comes back byte for byte, and what cannot be read says so in one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.script import ScriptFileError, decode_script, read_script
from gradviz.script.file import MAX_BYTES

LINES = st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=20), max_size=8)


@given(lines=LINES, newline=st.sampled_from(["\n", "\r\n", "\r"]), mark=st.booleans())
def test_text_read_and_written_again_is_the_same_bytes(lines: list[str], newline: str, mark: bool) -> None:
    encoding = "utf-8-sig" if mark else "utf-8"
    data = newline.join(["x = 1", *lines, ""]).encode(encoding)
    script = decode_script(data, "script.py")
    assert "\r" not in script.text
    assert script.to_bytes(script.text) == data


def test_a_declared_encoding_is_kept() -> None:
    data = "# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1")
    script = decode_script(data, "script.py")
    assert script.text.splitlines()[1] == "name = 'é'"
    assert script.to_bytes(script.text) == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x7fELF\x00\x01", "script.py is a binary file, not a Python script."),
        (b"x = 1\ny = '\xff'\n", "script.py is not UTF-8 text (line 2). Save it as UTF-8 and open it again."),
        (b"# coding: nonsense\n", "script.py is not UTF-8 text. Save it as UTF-8 and open it again."),
        (b"#" * (MAX_BYTES + 1), "script.py is 8 MiB large; a script has at most 8 MiB."),
    ],
)
def test_what_is_no_script_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ScriptFileError) as caught:
        decode_script(data, "script.py")
    assert str(caught.value) == said


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptFileError, match=r"gone\.py does not exist\."):
        read_script(tmp_path / "gone.py")
    with pytest.raises(ScriptFileError, match="is a directory, not a script"):
        read_script(tmp_path)


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.py"
    path.write_text("x = 1\n")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything

        def deny(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("builtins.open", deny)
    with pytest.raises(ScriptFileError, match="may not be read: permission denied"):
        read_script(path)


def test_an_empty_file_is_an_empty_script(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_bytes(b"")
    assert read_script(tmp_path / "empty.py").text == ""
