"""Every row of the table of ops: its rule against finite differences, once and twice; what it returns; what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_cases import ONCE
from row_cases import NOT_DIFFERENTIABLE, RANDOM, Make, cases

import engine as torch
from engine.dispatch import run
from engine.inplace import run_inplace
from engine.rules import BORROWED, FRESH
from engine.table import TABLE, Op
from engine.tensor import Tensor, wrap

DIFFERENTIABLE = {name: row for name, row in TABLE.items() if row.derivatives and name not in NOT_DIFFERENTIABLE | RANDOM}
CASES = [pytest.param(row, make, id=f"{name}-{i}") for name, row in DIFFERENTIABLE.items() for i, make in enumerate(cases(row))]


def leaves(arguments: Sequence[Any]) -> list[Tensor]:
    """The tensors among arguments that require grad."""
    found = []
    for a in arguments:
        if isinstance(a, Tensor) and a.requires_grad:
            found.append(a)
        elif isinstance(a, tuple):
            found += leaves(a)
    return found


def outputs(row: Op, result: Any) -> list[Tensor]:
    """What a derivative can be taken of."""
    several = result if isinstance(result, tuple) else (result,)
    return [t for i, t in enumerate(several) if t.dtype.is_floating_point and i not in row.constant_outputs]


def weights(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [wrap(np.cos(1.0 + np.arange(t.numel())).reshape(tuple(t.shape))) for t in tensors]


def numeric(function: Any, tensors: Sequence[Tensor], step: float) -> list[Any]:
    """The gradients of a number with respect to tensors, by central differences."""
    found = []
    for tensor in tensors:
        grad = np.zeros(tensor._value.shape)
        flat = tensor._share() and tensor._value.reshape(-1)
        for i in range(flat.size):
            kept = flat[i]
            flat[i] = kept + step
            above = function()
            flat[i] = kept - step
            below = function()
            flat[i] = kept
            grad.reshape(-1)[i] = (above - below) / (2 * step)
        found.append(grad)
    return found


def check(row: Op, make: Make, random: np.random.Generator) -> None:
    """The rule and the rule's own derivative, against differences."""
    arguments = make(random)
    wanted = leaves(arguments)

    def value() -> float:
        made = outputs(row, run(row, arguments))
        return float(sum((t.detach() * w).sum().item() for t, w in zip(made, weights(made), strict=True)))

    made = outputs(row, run(row, arguments))
    plain = torch.autograd.grad(made, wanted, weights(made), allow_unused=True)
    expected = numeric(value, wanted, 1e-6)
    for grad, difference in zip(plain, expected, strict=True):
        found = np.zeros_like(difference) if grad is None else grad._value
        np.testing.assert_allclose(found, difference, rtol=1e-5, atol=1e-6)

    def first() -> list[Tensor]:
        made = outputs(row, run(row, arguments))
        grads = torch.autograd.grad(made, wanted, weights(made), create_graph=True, allow_unused=True)
        return [g for g in grads if g is not None]

    again = first()
    for grad, same in zip([g for g in plain if g is not None], again, strict=True):
        np.testing.assert_allclose(same._value, grad._value, rtol=1e-12, atol=1e-14)
    recorded = [g for g in again if g.requires_grad]
    if not recorded:
        return
    if row.schema.name in ONCE:
        with pytest.raises(RuntimeError, match="is not implemented"):
            torch.autograd.grad(recorded, wanted, weights(recorded))
        return
    try:
        second = torch.autograd.grad(recorded, wanted, weights(recorded), allow_unused=True)
    except NotImplementedError:
        # PyTorch has none either, and says so.
        return

    def slope() -> float:
        kept = [g for g in first() if g.requires_grad]
        return float(sum((g.detach() * w).sum().item() for g, w in zip(kept, weights(kept), strict=True)))

    for grad, difference in zip(second, numeric(slope, wanted, 1e-5), strict=True):
        found = np.zeros_like(difference) if grad is None else grad._value
        np.testing.assert_allclose(found, difference, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("row", "make"), CASES)
def test_rules_agree_with_finite_differences(row: Op, make: Make) -> None:
    check(row, make, np.random.default_rng(0))


# Differences say nothing across a jump or a kink, which other numbers may come to lie on.
JUMPING = {
    "div.Tensor_mode",
    "div.Tensor_trunc_mode",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "nextafter",
    "smooth_l1_loss",
    "huber_loss",
}
JUMPING |= {n for n in TABLE if n.startswith(("remainder", "fmod", "clamp"))}
POINTWISE = sorted(n for n, row in DIFFERENTIABLE.items() if row.promote is not None and n not in JUMPING)


@given(name=st.sampled_from(POINTWISE), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None, database=None)
def test_rules_agree_with_finite_differences_on_other_numbers(name: str, seed: int) -> None:
    for make in cases(TABLE[name]):
        check(TABLE[name], make, np.random.default_rng(seed))


@pytest.mark.parametrize("name", sorted(NOT_DIFFERENTIABLE - {"bincount", "histogram"}))
def test_what_has_no_derivative_says_so(name: str) -> None:
    row = TABLE[name]
    arguments = next(iter(cases(row)))(np.random.default_rng(0))
    with pytest.raises(RuntimeError, match="is not implemented"):
        outputs(row, run(row, arguments))[0].sum().backward()


@pytest.mark.parametrize(("row", "make"), CASES)
def test_only_views_share_memory_with_their_arguments(row: Op, make: Make) -> None:
    if "unsafe" in row.name:
        pytest.skip("takes over the memory of what nobody else holds")
    arguments = make(np.random.default_rng(1))
    tensors = leaves(arguments)
    for t in tensors:
        t._share()
    made = run(row, arguments)
    for output in made if isinstance(made, tuple) else (made,):
        shared = [np.shares_memory(np.asarray(output._value), t._value) for t in tensors]
        assert any(shared) == (row.is_view and output.numel() > 0)
        assert (output._counter is not None and output._counter is tensors[0]._counter) == row.is_view


@pytest.mark.parametrize(("row", "make"), CASES)
def test_a_rule_does_not_write_to_what_it_is_given(row: Op, make: Make) -> None:
    arguments = make(np.random.default_rng(2))
    tensors = leaves(arguments)
    before = [np.array(t._value) for t in tensors]
    made = outputs(row, run(row, arguments))
    given = weights(made)
    kept = [np.array(w._value) for w in given]
    results = [np.array(t._value) for t in made]
    torch.autograd.grad(made, tensors, given, allow_unused=True)
    for t, old in zip([*tensors, *given, *made], [*before, *kept, *results], strict=True):
        np.testing.assert_array_equal(t._value, old)


@pytest.mark.parametrize(("row", "make"), CASES)
def test_a_gradient_said_to_be_fresh_is_nobody_elses(row: Op, make: Make) -> None:
    arguments = make(np.random.default_rng(5))
    made = outputs(row, run(row, arguments))
    node = made[0].grad_fn
    kept = [np.asarray(getattr(item, "_value", getattr(item, "value", 0))) for item in node._saved]
    # A number spread over the whole shape, which must not be added to.
    grads: list[Any] = [
        np.broadcast_to(np.float64(2.0), m.shape) if m.dtype.is_floating_point else None for m in node._input_metadata
    ]
    results, ownership = node.evaluate(grads, False)
    for result, whose in zip(results, ownership, strict=True):
        if result is None or whose == BORROWED or not isinstance(result, np.ndarray):
            continue
        if whose == FRESH:
            assert result.flags.writeable
            assert not any(np.shares_memory(result, other) for other in (*kept, *(g for g in grads if g is not None)))
            assert all(n == 1 or s for s, n in zip(result.strides, result.shape, strict=True))


IN_PLACE = {
    name: row
    for name, row in DIFFERENTIABLE.items()
    if row.promote is not None and row.tensors[:1] == (0,) and not row.many and name not in ("where",) and "loss" not in name
    if next(cases(row), None) is not None
}


@pytest.mark.parametrize("name", sorted(IN_PLACE))
def test_written_in_place_a_row_gives_the_same_gradients(name: str) -> None:
    row = IN_PLACE[name]
    make = next(iter(cases(row)))
    arguments = make(np.random.default_rng(3))
    tensors = leaves(arguments)
    fresh = run(row, arguments)
    if fresh.shape != tensors[0].shape:
        pytest.skip("the result has another shape")
    expected = torch.autograd.grad(fresh, tensors, weights([fresh])[0], allow_unused=True)
    target = arguments[0].clone()
    written = run_inplace(row, [target, *arguments[1:]], name)
    assert written is target
    np.testing.assert_array_equal(written._value, fresh._value)
    found = torch.autograd.grad(written, tensors, weights([fresh])[0], allow_unused=True)
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a._value, b._value, rtol=1e-12)


COMPLEX = sorted(
    name
    for name, row in DIFFERENTIABLE.items()
    if any("conj" in d for d in row.derivatives.values()) and next(cases(row), None)
)


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_rules_follow_the_convention(name: str) -> None:
    """The gradient of a real number L is dL/dx + i dL/dy."""
    row = TABLE[name]
    if name == "acosh.inplace":
        pytest.skip("the same rule as another row")
    random = np.random.default_rng(4)
    arguments = next(iter(cases(row)))(random)
    for i, a in enumerate(arguments):
        if isinstance(a, Tensor) and a.dtype.is_floating_point:
            made = wrap(a._value * 0.4 + 0.3j * random.permutation(a._value.ravel()).reshape(a._value.shape))
            arguments[i] = made.requires_grad_()
    tensors = leaves(arguments)
    result = run(row, arguments)
    weight = wrap(np.exp(1j * np.arange(result.numel())).reshape(tuple(result.shape)).astype(result._value.dtype))
    found = torch.autograd.grad(result, tensors, weight)

    def value() -> float:
        return float((run(row, arguments)._value * weight._value.conj()).real.sum())

    for tensor, grad in zip(tensors, found, strict=True):
        expected = np.zeros(tensor._value.shape, complex)
        flat = tensor._value.reshape(-1)
        for i in range(flat.size):
            kept = flat[i]
            for unit in (1, 1j):
                flat[i] = kept + 1e-6 * unit
                above = value()
                flat[i] = kept - 1e-6 * unit
                below = value()
                flat[i] = kept
                expected.reshape(-1)[i] += unit * (above - below) / 2e-6
        np.testing.assert_allclose(grad._value, expected, rtol=1e-5, atol=1e-6)


def test_every_row_explains_itself() -> None:
    for name, row in TABLE.items():
        assert row.formula, name
        assert row.schema.text.startswith(name + "("), name


def test_a_node_tells_the_rule_that_runs() -> None:
    x = torch.ones(2, requires_grad=True)
    assert (x * x).grad_fn.formulas == (("self", "grad * other"), ("other", "grad * self"))
    z = torch.ones(2, dtype=torch.complex64, requires_grad=True)
    assert (z * z).grad_fn.formulas[0] == ("self", "grad * conj(other)")
