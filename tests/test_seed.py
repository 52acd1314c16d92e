"""Every snippet of the tutorial that GradViz was born from prints what PyTorch 2.13 prints, to the digit.

The expected outputs beside the scripts were recorded by running them under PyTorch, addresses left out.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradviz.cli import main

SNIPPETS = sorted((Path(__file__).parent / "data" / "seed").glob("*.py"))


@pytest.mark.parametrize("script", SNIPPETS, ids=lambda path: path.stem)
@pytest.mark.parametrize("trust", [False, True], ids=["restricted", "trusted"])
def test_trace_prints_what_pytorch_prints(script: Path, trust: bool, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", str(script), *(["--trust"] if trust else [])]) == 0
    printed, complaints = capfd.readouterr()
    assert re.sub(r"0x[0-9a-f]+", "0x...", printed) == script.with_suffix(".out").read_text()
    assert complaints == ""
