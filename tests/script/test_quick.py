"""What is typed to add a node."""

from __future__ import annotations

import pytest

from gradviz.script.changes import Edit
from gradviz.script.edits.ops import AddOp
from gradviz.script.edits.tensors import AddTensor, Full, Ones
from gradviz.script.quick import answers, edit_for, read_typed


def edit_of(text: str) -> Edit:
    typed = read_typed(text, names=("y",))
    return edit_for(answers(typed)[0], typed)


@pytest.mark.parametrize("text", ["ones 2 2 grad", "ones (2, 2) grad"])
def test_sizes_make_a_tensor(text: str) -> None:
    assert edit_of(text) == AddTensor(Ones((2, 2)), requires_grad=True)


def test_the_last_number_of_full_is_its_value() -> None:
    assert edit_of("full 2 3") == AddTensor(Full((2,), "3"))


@pytest.mark.parametrize(("text", "written"), [("ones 2 -1", "2, -1"), ("zeros 2 2.5", "2, 2.5")])
def test_no_size_is_dropped_that_cannot_be_one(text: str, written: str) -> None:
    edit = edit_of(text)
    assert isinstance(edit, AddOp)
    assert written in edit.options.values()


@pytest.mark.parametrize("text", ["view 3 3", "+ 2"])
def test_numbers_alone_are_no_operands(text: str) -> None:
    edit = edit_of(text)
    assert isinstance(edit, AddOp)
    assert list(edit.inputs) == []


def test_a_variable_is_an_operand() -> None:
    edit = edit_of("+ y")
    assert isinstance(edit, AddOp)
    assert list(edit.inputs) == ["y"]
