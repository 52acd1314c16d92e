"""The engine against what PyTorch made of the same programs: values, prints, warnings, errors, to the letter."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from engine_harness import FOLDER, agree, outcome, programs, recorded
from random_programs import program as random_program

import engine as torch

FILES = sorted(p.stem for p in (FOLDER / "programs").glob("*.txt"))
CASES = [pytest.param(name, program, id=f"{name}: {program.title}") for name in FILES for program in programs(name)]
MODULES: dict[str, Any] = {"torch": torch, "np": np, "copy": copy, "nn": torch.nn, "F": torch.nn.functional}

# Where every number is shown in full, the last bits may differ; printed tensors may not.
TOLERANCE = {
    "fourier": 2e-6,
    "gradcheck": 1e-9,
    "linalg": 2e-6,
    "ops": 1e-9,
    "optim": 1e-9,
    "random_draws": 1e-12,
    "random_programs": 1e-7,
    "schedulers": 1e-12,
}
RANDOM = [pytest.param(int(seed), id=f"seed {seed}") for seed in recorded("random_programs")]


@pytest.mark.parametrize(("name", "program"), CASES)
def test_a_program_does_what_it_does_in_pytorch(name: str, program: Any) -> None:
    expected = recorded(name)[program.title]
    found = outcome(program, MODULES)
    if not agree(found, expected, TOLERANCE.get(name, 0.0)):
        assert found == expected


@pytest.mark.parametrize("seed", RANDOM)
def test_a_random_program_does_what_it_does_in_pytorch(seed: int) -> None:
    expected = recorded("random_programs")[str(seed)]
    found = outcome(random_program(seed), MODULES)
    if not agree(found, expected, TOLERANCE["random_programs"]):
        assert found == expected
