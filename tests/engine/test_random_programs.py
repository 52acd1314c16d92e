"""Random programs, drawn by Hypothesis, on the engine and on the real PyTorch. Needs torch, in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from engine_harness import agree, outcome
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from random_programs import GENES, LARGEST, MOST, render
from torch_process import UNLIKE, Worker

import engine as torch

pytestmark = pytest.mark.oracle

MODULES: dict[str, Any] = {"torch": torch, "np": np, "nn": torch.nn, "F": torch.nn.functional}
EXAMPLES = int(os.environ.get("GRADVIZ_RANDOM_PROGRAMS", "0"))
"""How many fresh programs to try; else the same 2000 are tried each time."""


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.stop()


@pytest.mark.timeout(900)
@settings(
    max_examples=EXAMPLES or 2000,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.tuples(*[st.integers(0, LARGEST - 1)] * GENES), min_size=1, max_size=MOST))
def test_a_program_that_hypothesis_draws_does_what_it_does_in_pytorch(worker: Worker, genes: list[tuple[int, ...]]) -> None:
    program = render(genes)
    expected = worker.run(program)
    assume(expected is not None)
    assert expected is not None
    assume(not any(word in str(expected) for word in UNLIKE))
    found = outcome(program, MODULES)
    if not agree(found, expected, 1e-7):
        note(program.code)
        assert found == expected
