"""The engine against what PyTorch made of the same programs: values, prints, warnings, errors, to the letter."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from engine_harness import FOLDER, agree, outcome, programs, recorded

import engine as torch

FILES = sorted(p.stem for p in (FOLDER / "programs").glob("*.txt"))
CASES = [pytest.param(name, program, id=f"{name}: {program.title}") for name in FILES for program in programs(name)]
MODULES: dict[str, Any] = {"torch": torch, "np": np, "copy": copy, "nn": torch.nn, "F": torch.nn.functional}

# Where every number is shown in full, the last bits may differ; printed tensors may not.
TOLERANCE = {"ops": 1e-9}


@pytest.mark.parametrize(("name", "program"), CASES)
def test_a_program_does_what_it_does_in_pytorch(name: str, program: Any) -> None:
    expected = recorded(name)[program.title]
    found = outcome(program, MODULES)
    if not agree(found, expected, TOLERANCE.get(name, 0.0)):
        assert found == expected
