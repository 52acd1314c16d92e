"""Kept bytes: lines that an edit left alone keep their endings, in files of any size."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.app.kept_bytes import keep

LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8)
ENDINGS = st.sampled_from(["\n", "\r\n"])


@given(LINES, LINES, st.data())
def test_the_text_comes_back_and_its_ends_keep_their_endings(old: list[str], new: list[str], data: st.DataObject) -> None:
    ends = [data.draw(ENDINGS) for _ in old]
    kept = keep("".join(map("".join, zip(old, ends, strict=True))).encode(), "a.py")
    text = "\n".join(new)
    written = keep(kept.encode(text), "a.py")
    assert written.text == text
    for (line, ending), (was, before) in zip(written.lines, kept.lines, strict=False):
        if line != was:
            break
        assert ending == before or not (ending and before)


def test_one_changed_line_in_the_middle_changes_no_other() -> None:
    data = b"a\r\nb\nc\rd\ne\r\n"
    assert keep(data, "a.py").encode("a\nb\nnew\nd\ne\n") == b"a\r\nb\nnew\rd\ne\r\n"


def test_changed_lines_keep_their_endings_beside_new_ones() -> None:
    data = b"x = 1\ny = x + 2\r\nz = y\rout = z\n"
    kept = keep(data, "a.py").encode("x = 1\nnew = 5\ny = x + 3\nz = y\nout = 2 * z\n")
    assert kept == b"x = 1\nnew = 5\ny = x + 3\r\nz = y\rout = 2 * z\n"


def test_a_line_that_undo_brings_back_after_a_save_has_its_ending_again() -> None:
    data = b"a\nb\r\nc\nd\n"
    first = keep(data, "a.py")
    without = first.encode("a\nc\nd\n")
    assert without == b"a\nc\nd\n"
    assert first.saved(without, "a.py").encode(first.text) == data


def test_a_moved_middle_keeps_its_endings() -> None:
    data = b"first\none\r\ntwo\rlast\n"
    assert keep(data, "a.py").encode("first\nnew\none\ntwo\nmore\nlast\n") == b"first\nnew\none\r\ntwo\rmore\nlast\n"


def test_a_large_file_that_is_all_alike_is_not_compared_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Counted(difflib.SequenceMatcher[str]):
        def __init__(self, junk: None, a: list[str], b: list[str], autojunk: bool = True) -> None:
            sizes.append(len(a) * len(b))
            super().__init__(junk, a, b, autojunk)

    monkeypatch.setattr(difflib, "SequenceMatcher", Counted)
    data = b"x = 1\r\n" + b"\n" * 100_000
    kept = keep(data, "a.py")
    assert kept.encode(kept.text + "# end\n") == data + b"# end\n"
    assert kept.encode("x = 1\nnew\n" + kept.text.partition("\n")[2]) == b"x = 1\r\nnew\n" + data[7:]
    assert kept.encode("# all\n" + "# new\n" * 50_000) == b"# all\n" + b"# new\n" * 50_000
    assert max(sizes) <= 1_000_000
