"""What a script failed at, and what it was given, read out of the recording and the text."""

from __future__ import annotations

import pytest

from gradviz.graph.failure import Failure, failure_of
from gradviz.recording import Recording
from gradviz.runner import record


def failed(text: str) -> tuple[Recording, Failure]:
    recording = record("import torch\n" + text)
    failure = failure_of(recording)
    assert failure is not None
    return recording, failure


def test_an_unnamed_operand_is_the_last_tensor_that_its_expression_made() -> None:
    recording, failure = failed("x = torch.ones(2)\nfor n in (2, 2, 3):\n    y = torch.add(x.exp(), torch.ones(n), alpha=2)\n")
    exps = [op.outputs[0] for op in recording.ops if op.name == "exp"]
    assert len(exps) == 3
    assert (failure.name, failure.target) == ("add", "y")
    assert failure.inputs == (exps[-1], recording.tensor_count - 1)
    assert recording.tensor(failure.inputs[1]).shape == (3,)


@pytest.mark.parametrize("call", ["x.sum(5)", "x.sum(dim=5)", "x.sum([5])"])
def test_a_literal_is_no_operand(call: str) -> None:
    recording, failure = failed(f"x = torch.ones(2)\ny = {call}\n")
    assert [recording.names[number] for number in failure.inputs] == ["x"]


def test_of_several_operands_on_a_line_each_is_found() -> None:
    recording, failure = failed("x = torch.ones(2)\ny = torch.cat([x.exp(), x.sin(), 2 * torch.ones(2, 2)])\n")
    made = [recording.ops[recording.tensor(number).op].name for number in failure.inputs]
    assert made == ["exp", "sin", "mul"]
