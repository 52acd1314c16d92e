"""Some cases of the differential suite, with what PyTorch made of them: to be tried where there is no PyTorch."""

from __future__ import annotations

from pathlib import Path

import pytest

import engine
from tests.oracle.outcomes import compare, run
from tests.oracle.recorded import read

LINES = (Path(__file__).parents[1] / "data" / "oracle_sample.jsonl").read_text().splitlines()
CASES = [pytest.param(line, id=f"{i} {read(line)[0].name} {read(line)[0].form}") for i, line in enumerate(LINES)]


@pytest.mark.parametrize("line", CASES)
def test_a_recorded_case_comes_out_as_in_pytorch(line: str) -> None:
    case, expected = read(line)
    found = compare(run(case, engine), expected)
    assert not found, f"{case}: {found}"


def test_the_sample_is_of_hundreds_of_cases() -> None:
    assert len(LINES) > 500
