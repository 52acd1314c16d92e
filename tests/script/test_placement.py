"""Where a person put things, kept in comments at the script's end."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from gradviz.script.placement import Frame, Note, RemovePlacement, SetPlacement, key_of, read_placement
from tests.script.scripts import FIRST, do, refused

KEPT = FIRST + "\n# [gradviz-layout]\n# version = 1\n# x = 120, 40\n# z/mul#2 = 260, 88.5\n"


def test_places_are_written_to_a_block_at_the_end_and_read_again() -> None:
    text = do(SetPlacement({"x": (120, 40), "z/mul#2": (260, 88.5)}), FIRST)
    assert text == KEPT
    assert read_placement(text).positions == {"x": (120, 40), "z/mul#2": (260, 88.5)}
    assert read_placement(text).notices == ()
    assert read_placement(FIRST).positions == {}


def test_only_lines_that_differ_are_touched() -> None:
    edited = SetPlacement({"x": (120, 41), "z/mul#2": None, "y": (1, 2)}).apply(KEPT)
    assert edited.text == FIRST + "\n# [gradviz-layout]\n# version = 1\n# x = 120, 41\n# y = 1, 2\n"
    assert SetPlacement({"x": (120.0, 40.01)}).apply(KEPT).changes == ()
    assert edited.label == "Move 3 nodes"
    assert SetPlacement({"x": (0, 0)}).apply(KEPT).label == "Move x"


def test_the_block_goes_with_its_last_place() -> None:
    assert do(SetPlacement({"x": None, "z/mul#2": None}), KEPT) == FIRST
    assert do(RemovePlacement(), KEPT) == FIRST
    assert do(RemovePlacement(), FIRST) == FIRST


def test_other_ways_to_end_a_script() -> None:
    for text in ("", "x = 1", "x = 1\n", "x = 1\r\n", "x = 1\r\ny = 2", "# only this", "\ufeffx = 1\n"):
        placed = do(SetPlacement({"x": (1, 2)}), text)
        assert placed.startswith(text)
        assert read_placement(placed).positions == {"x": (1, 2)}
        assert do(RemovePlacement(), placed) == text
    assert do(SetPlacement({"x": (1, 2)}), "x = 1\r\n") == "x = 1\r\n\r\n# [gradviz-layout]\r\n# version = 1\r\n# x = 1, 2\r\n"


def test_frames_and_notes() -> None:
    frames = (Frame('The "encoder" = first', 0, 0, 300, 200.5),)
    notes = (Note("try 0.5\nhere", 20, -240),)
    text = do(SetPlacement({"x": (1, 2)}, frames=frames, notes=notes), FIRST)
    found = read_placement(text)
    assert (found.frames, found.notes, found.positions) == (frames, notes, {"x": (1, 2)})
    assert '# frame "The \\"encoder\\" = first" = 0, 0, 300, 200.5\n' in text
    assert do(SetPlacement(frames=(), notes=()), text) == do(SetPlacement({"x": (1, 2)}), FIRST)


def test_hand_edits_survive_and_garbage_is_told_of() -> None:
    text = FIRST + (
        "# [gradviz-layout]\n#x=1,2\n#   y   =   3.5 , -4\n# mine: do not touch\n# z = 1\n# a = nan, 1\n# b = 1e99, 2\n"
        '# "bad\\q" = 1, 2\n# frame Title = 1, 2, 3, 4\n#\n# x = 5, 6\n'
    )
    found = read_placement(text)
    assert found.positions == {"x": (5, 6), "y": (3.5, -4)}
    lines = [notice.split()[1] for notice in found.notices]
    assert lines == ["13", "14", "15", "16", "17", "18", "20"]
    moved = do(SetPlacement({"x": (7, 8)}), text)
    assert moved == text.replace("#x=1,2\n", "").replace("x = 5, 6", "x = 7, 8")


def test_a_newer_block_is_left_alone() -> None:
    text = KEPT.replace("version = 1", "version = 2")
    assert read_placement(text).positions == {}
    assert len(read_placement(text).notices) == 1
    assert refused(SetPlacement({"x": (1, 2)}), text).line == 11


def test_a_heading_in_a_string_is_no_block() -> None:
    text = 's = """\n# [gradviz-layout]\n# x = 1, 2\n"""\n'
    assert read_placement(text).positions == {}
    assert do(SetPlacement({"y": (3, 4)}), text) == text + "\n# [gradviz-layout]\n# version = 1\n# y = 3, 4\n"


def test_a_block_is_read_whatever_state_the_script_is_in() -> None:
    text = "x = (\n" + KEPT
    assert read_placement(text).positions == {"x": (120, 40), "z/mul#2": (260, 88.5)}
    assert SetPlacement({"x": (1, 2)}).apply(text).text == text.replace("120, 40", "1, 2")


def test_a_block_that_code_was_written_behind_is_still_the_block() -> None:
    text = KEPT + "w = 1\n"
    assert do(SetPlacement({"x": (1, 2)}), text) == text.replace("120, 40", "1, 2")


def test_keys_are_those_of_the_graph() -> None:
    assert key_of("t|x|0") == "x"
    assert key_of("t|a|1") == "a#2"
    assert key_of("o|mul|z|1") == "z/mul#2"
    assert key_of("o|relu||0") == "/relu"
    assert key_of("t|x|0@o|add|y|0") == "x@y/add"
    assert key_of("t|w['a=b']|0") == "w['a=b']"


def test_places_must_be_numbers() -> None:
    assert (
        refused(SetPlacement({"x": (math.nan, 0)}), FIRST).reason == "A place on the canvas must be a number of ordinary size."
    )


keys = st.one_of(st.sampled_from(["x", "a#2", "z/mul", "/relu", "w[0]", "version", "frame b", "note"]), st.text(min_size=1))
places = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))


@given(st.dictionaries(keys, places, max_size=5), st.sampled_from([FIRST, KEPT, "", "x = 1\r\n"]))
def test_any_key_is_read_as_it_was_written(positions: dict[str, tuple[float, float]], text: str) -> None:
    found = read_placement(do(SetPlacement(positions), text))
    assert found.notices == ()
    for key, place in positions.items():
        assert math.dist(found.positions[key], place) < 0.1


@given(st.text('# [gradviz-layout]\nxy=1,."\r', max_size=80))
def test_nothing_written_in_the_block_is_an_exception(garbage: str) -> None:
    text = "x = 1\n# [gradviz-layout]\n" + garbage
    read_placement(text)
    SetPlacement({"x": (1, 2)}).apply(text)
    RemovePlacement().apply(text)
