"""Formulas with the step's own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from gradviz.panels.formula import FormulaLine, simplified, step_formulas, substitute
from gradviz.recording import Budget, Kind, Recording, Value
from gradviz.recording.values import summarise
from tests.panels.made import Maker, find, full


def value(array: object, *, kept: bool = True) -> Value:
    seen = np.asarray(array, np.float32)
    return Value(seen.shape, "float32", seen if kept else None, summarise(seen))


@pytest.mark.parametrize(
    ("formula", "operands", "expected"),
    [
        ("grad * other", {"grad": value(0.75), "other": value([[3, 3], [3, 3]])}, "0.75 · 3"),
        ("grad * other", {"grad": value([1, 2]), "other": value(3)}, "[2] · [scalar]"),
        ("grad * other", {"grad": value(1), "other": "2"}, "1 · 2"),
        ("grad * -result", {"grad": value(2), "result": value(-3)}, "2 · -(-3)"),
        ("grad - self", {"grad": value(2), "self": value(-3)}, "2 - (-3)"),
        ("expand(grad, self.shape)", {"grad": value(2), "self": value([1, 3])}, "expand(2, [2])"),
        ("expand(grad, self_shape)", {"grad": value(2), "self": value([1, 3])}, "expand(2, [2])"),
        ("grad / self.numel()", {"grad": value(2), "self": value([1, 3])}, "2 / 2"),
        ("grad.to(other)", {"grad": value(2)}, ""),
        ("cos(self) * grad", {"grad": value(2), "self": value(0)}, "cos(0) · 2"),
        ("grad * big", {"grad": value(2), "big": value([1, 2], kept=False)}, "[scalar] · [2]"),
        ("", {"grad": value(1)}, ""),
    ],
)
def test_numbers_stand_for_names_only_where_one_number_says_it_all(formula: str, operands: dict, expected: str) -> None:
    assert substitute(formula, operands) == expected


@pytest.mark.parametrize(
    ("formula", "alpha", "expected"),
    [
        ("self + alpha * other", "1", "self + other"),
        ("self + alpha * other", "2", "self + alpha * other"),
        ("maybe_multiply(grad, alpha)", "1", "grad"),
        ("maybe_multiply(-grad, alpha)", "3", "-grad * alpha"),
    ],
)
def test_an_alpha_of_one_is_not_spoken_of(formula: str, alpha: str, expected: str) -> None:
    assert simplified(formula, {"alpha": alpha}) == expected


def test_a_visited_node_shows_all_its_derivatives(recording: Recording) -> None:
    assert step_formulas(recording, find(recording, Kind.VISIT, 1)) == [
        FormulaLine("grad_self", "grad · other", "0.25 · 3 = 0.75", True),
        FormulaLine("grad_other", "grad · self", "0.25 · 3 = 0.75", True),
    ]


def test_a_contribution_shows_which_derivative_it_is_and_how_it_adds_up(recording: Recording) -> None:
    lines = step_formulas(recording, find(recording, Kind.CONTRIBUTION, 3))
    assert [line.now for line in lines] == [False, True, True]
    assert lines[-1] == FormulaLine("sum", "sum + grad", "0.75 + 0.75 = 1.5", True)


def test_a_forward_op_and_an_accumulation(recording: Recording) -> None:
    assert step_formulas(recording, find(recording, Kind.OP)) == [FormulaLine("y", "self + other", "1 + 2 = 3", True)]
    assert step_formulas(recording, find(recording, Kind.ACCUMULATE, 1)) == [
        FormulaLine("x.grad", "x.grad + grad", "1.5 + 1 = 2.5", True)
    ]
    assert step_formulas(recording, find(recording, Kind.ACCUMULATE)) == [FormulaLine("x.grad", "grad", "1.5", True)]


def test_values_that_were_not_kept_give_their_shape_and_norm() -> None:
    maker = Maker(budget=Budget(per_value=8))
    x = maker.create(full(1, 30), 3, "x", requires=True)
    maker.create(full(1, 30), 4, "other")
    number = maker.begin(11, "x.backward()", x)
    maker.contribute(11, number, -1, -1, -1, x, full(2, 30), 0)
    maker.accumulate(11, number, x)
    lines = step_formulas(maker.builder.build(), find(maker.builder.build(), Kind.ACCUMULATE))
    assert lines[0].numbers == "[30] = 30, norm 10.95"


def test_nothing_to_say_before_the_first_event(recording: Recording) -> None:
    assert step_formulas(recording, -1) == []
