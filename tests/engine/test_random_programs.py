"""Random programs, drawn by Hypothesis, on the engine and on the real PyTorch. Needs torch, in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from engine_harness import agree, outcome, recorded
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from random_programs import GENES, LARGEST, MOST, program, render
from torch_process import UNLIKE, Worker

import engine as torch

pytestmark = pytest.mark.oracle

MODULES: dict[str, Any] = {"torch": torch, "np": np, "nn": torch.nn, "F": torch.nn.functional}
EXAMPLES = int(os.environ.get("GRADVIZ_RANDOM_PROGRAMS", "0"))
"""How many programs Hypothesis shall draw. It does so only when asked, for about one fresh program in a hundred still finds a
difference: mostly in which of two errors comes first, or in how a result lies in memory."""


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.stop()


def test_the_recorded_programs_do_what_they_do_in_pytorch_today(worker: Worker) -> None:
    for seed in recorded("random_programs"):
        expected = worker.run(program(int(seed)))
        assert expected is not None
        assert agree(recorded("random_programs")[seed], expected, 1e-7), f"seed {seed}"


@pytest.mark.timeout(3600)
@pytest.mark.skipif(not EXAMPLES, reason="GRADVIZ_RANDOM_PROGRAMS says how many programs to draw")
@settings(max_examples=EXAMPLES or 1, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(*[st.integers(0, LARGEST - 1)] * GENES), min_size=1, max_size=MOST))
def test_a_program_that_hypothesis_draws_does_what_it_does_in_pytorch(worker: Worker, genes: list[tuple[int, ...]]) -> None:
    drawn = render(genes)
    expected = worker.run(drawn)
    assume(expected is not None)
    assert expected is not None
    assume(not any(word in str(expected) for word in UNLIKE))
    found = outcome(drawn, MODULES)
    if not agree(found, expected, 1e-7):
        note(drawn.code)
        assert found == expected
