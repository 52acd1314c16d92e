"""Statements under no_grad, and out of it again."""

from __future__ import annotations

import pytest

from gradviz.script.edits.regions import FreeNoGrad, WrapNoGrad
from tests.script.scripts import FIRST, at, do, named, refused, run

BLOCK = '''\
import torch
x = torch.ones(2, 2, requires_grad=True)

with torch.no_grad():  # why
    # first
    a = x * 2  # twice
    b = torch.cat([
        a,
      x])

    # third
    c = """text
  kept""", b
    # end
d = x + 1
'''


def test_statements_are_wrapped() -> None:
    wrapped = do(WrapNoGrad([named("z")]), FIRST)
    assert wrapped == FIRST.replace("z = y", "with torch.no_grad():\n    z = y")
    assert WrapNoGrad([named("z")]).apply(FIRST).label == "Wrap z in no_grad"
    assert do(FreeNoGrad([named("z")]), wrapped) == FIRST
    inference = do(WrapNoGrad([named("z")], mode="inference_mode"), FIRST)
    assert "with torch.inference_mode():\n    z = y * y * 3\n" in inference
    assert do(FreeNoGrad([named("z")]), inference) == FIRST


def test_statements_next_to_each_other_share_a_block_and_others_do_not() -> None:
    assert do(WrapNoGrad([named("z"), at(FIRST, "x + 2")]), FIRST) == FIRST.replace(
        "y = x + 2  # shifted\nz", "with torch.no_grad():\n    y = x + 2  # shifted\n    z"
    )
    apart = do(WrapNoGrad([named("out"), named("y")]), FIRST)
    assert apart.count("with torch.no_grad():") == 2
    assert do(FreeNoGrad([named("y"), named("out")]), apart) == FIRST
    assert do(WrapNoGrad([named("y"), at(FIRST, "x + 2")]), FIRST).count("with") == 1


def test_a_block_next_to_them_takes_them_in() -> None:
    one = do(WrapNoGrad([named("z")]), FIRST)
    both = FIRST.replace("y = x + 2  # shifted\nz", "with torch.no_grad():\n    y = x + 2  # shifted\n    z")
    assert do(WrapNoGrad([named("y")]), one) == both
    assert do(WrapNoGrad([named("z")]), do(WrapNoGrad([named("y")]), FIRST)) == both
    ends = do(WrapNoGrad([named("out")]), do(WrapNoGrad([named("y")]), FIRST))
    assert do(WrapNoGrad([named("z")]), ends).count("with torch.no_grad():") == 1
    assert do(WrapNoGrad([named("d")]), BLOCK) == BLOCK.replace("d = x", "    d = x")


def test_comments_and_blank_lines_in_between_are_taken_in() -> None:
    text = "import torch\nx = torch.ones(1)\n# of y\ny = x + 1\n\n# of z\nz = (\n  x * 2\n)\nprint(z)\n"
    wrapped = do(WrapNoGrad([named("y"), named("z")]), text)
    assert wrapped == (
        "import torch\nx = torch.ones(1)\n# of y\nwith torch.no_grad():\n    y = x + 1\n\n"
        "    # of z\n    z = (\n      x * 2\n    )\nprint(z)\n"
    )
    assert do(FreeNoGrad([named("y"), named("z")]), wrapped) == text


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_tabs_are_kept(ending: str) -> None:
    text = "import torch\nif True:\n\tx = torch.ones(1)\n\ty = x + 1".replace("\n", ending)
    wrapped = do(WrapNoGrad([named("y")]), text)
    assert wrapped == "import torch\nif True:\n\tx = torch.ones(1)\n\twith torch.no_grad():\n\t\ty = x + 1".replace(
        "\n", ending
    )
    assert do(FreeNoGrad([named("y")]), wrapped) == text


def test_strings_over_several_lines_keep_their_blanks() -> None:
    text = 'import torch\nx = torch.ones(1)\ny = x + len("""a\n  b\n""")\n'
    wrapped = do(WrapNoGrad([named("y")]), text)
    assert wrapped == text.replace("y = x", "with torch.no_grad():\n    y = x")
    assert run(wrapped)["y"][0] == run(text)["y"][0]
    assert do(FreeNoGrad([named("y")]), wrapped) == text


def test_the_first_the_last_and_one_in_the_middle_are_freed() -> None:
    head = "with torch.no_grad():  # why\n"
    first = do(FreeNoGrad([named("a")]), BLOCK)
    assert f"# first\na = x * 2  # twice\n{head}    b = torch.cat([\n        a,\n      x])\n" in first
    last = do(FreeNoGrad([at(BLOCK, '"""text\n  kept""", b')]), BLOCK)
    assert '      x])\n\n# third\nc = """text\n  kept""", b\n# end\nd = x + 1\n' in last
    middle = do(FreeNoGrad([named("b")]), BLOCK)
    assert "twice\nb = torch.cat([\n    a,\n  x])\n\nwith torch.no_grad():\n    # third\n    c = " in middle
    whole = do(FreeNoGrad([named("a"), named("b"), at(BLOCK, '"""text\n  kept""", b')]), BLOCK)
    assert "\n# why\n# first\na = x * 2  # twice\nb = torch.cat([\n    a,\n  x])\n\n# third\nc" in whole
    for text in (first, last, middle, whole):
        assert {line.strip() for line in BLOCK.splitlines() if "#" in line and "with" not in line} <= {
            line.strip() for line in text.splitlines()
        }


def test_other_heads() -> None:
    line = "import torch\nx = torch.ones(1)\nwith torch.no_grad(): w = x * 2  # w\n"
    assert do(FreeNoGrad([named("w")]), line) == "import torch\nx = torch.ones(1)\nw = x * 2  # w\n"
    two = "import torch\nx = torch.ones(1)\nwith torch.no_grad(): w = x * 2; v = x * 3\n"
    assert refused(FreeNoGrad([named("w")]), two).line == 3
    items = "import torch\nx = torch.ones(1)\nwith torch.no_grad(), torch.enable_grad():\n    w = x * 2\n    v = x\n"
    assert refused(FreeNoGrad([named("w")]), items).line == 3
    alone = items.replace("    v = x\n", "")
    assert do(FreeNoGrad([named("w")]), alone) == alone.replace("torch.no_grad(), ", "")
    nested = "import torch\nx = torch.ones(1)\nwith torch.no_grad():\n    with torch.enable_grad():\n        w = x * 2\n"
    assert refused(FreeNoGrad([named("w")]), nested).line == 5
    inner = "import torch\nx = torch.ones(1)\nif x > 0:\n    with torch.set_grad_enabled(False):\n        w = x * 2\n"
    assert do(FreeNoGrad([named("w")]), inner) == "import torch\nx = torch.ones(1)\nif x > 0:\n    w = x * 2\n"


def test_what_cannot_be_wrapped_or_freed() -> None:
    wrapped = do(WrapNoGrad([named("z")]), FIRST)
    assert refused(WrapNoGrad([named("z")]), wrapped).reason == "Line 6 is under no_grad already."
    assert refused(FreeNoGrad([named("y")]), wrapped).reason == "Line 4 is not under no_grad."
    shared = "import torch\nx = torch.ones(1); y = x\n"
    assert refused(WrapNoGrad([named("x")]), shared).line == 2
    assert refused(WrapNoGrad([]), FIRST).reason == "Nothing is selected."
    loop = "import torch\nx = torch.ones(1)\nfor i in [1]:\n    y = x * i\n"
    assert refused(WrapNoGrad([at(loop, "x * i")]), loop).line == 4
